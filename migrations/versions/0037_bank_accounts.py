"""A bank account of a person takes a second person to confirm it (P8-3.1)."""

import sqlalchemy as sa
from alembic import op


revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accountchange',
    sa.Column('bank_name', sa.String(length=60), nullable=False),
    sa.Column('bank_account', sa.String(length=40), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=True),
    sa.Column('proposed_by_id', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted', sa.Boolean(), nullable=True),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('former_name', sa.String(length=60), nullable=True),
    sa.Column('former_account', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_accountchange_decided_by_id_person')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_accountchange_document_id_document')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_accountchange_person_id_person')),
    sa.ForeignKeyConstraint(['proposed_by_id'], ['person.id'], name=op.f('fk_accountchange_proposed_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accountchange'))
    )
    with op.batch_alter_table('accountchange', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_accountchange_document_id'), ['document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_accountchange_person_id'), ['person_id'], unique=False)
    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('bank_name', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('bank_account', sa.String(length=40), nullable=True))
