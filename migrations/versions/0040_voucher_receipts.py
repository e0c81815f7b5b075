"""Paper vouchers of a claim are marked as received before it is audited (P9-4c)."""

import sqlalchemy as sa
from alembic import op


revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('voucherreceipt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('received_by_id', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_voucherreceipt_document_id_document')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['person.id'], name=op.f('fk_voucherreceipt_ended_by_id_person')),
    sa.ForeignKeyConstraint(['received_by_id'], ['person.id'], name=op.f('fk_voucherreceipt_received_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voucherreceipt'))
    )
    with op.batch_alter_table('voucherreceipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_voucherreceipt_document_id'), ['document_id'], unique=False)
