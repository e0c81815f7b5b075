"""Spending requests, and which of them a claim line falls under (P9-3.2)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = "0007"
branch_labels = None
depends_on = None

_COMMON = {
    'repair': ('MATERIALS', 'PARTS', 'RENTAL', 'OUTSOURCED', 'LABOUR'),
    'entertainment': ('ENTERTAIN',),
    'gift': ('GIFT',),
    'purchase': ('TOOLS', 'TRAINING', 'CALIBRATION'),
}
"""What the common expense types are asked for as; others are marked by an administrator."""


def upgrade() -> None:
    op.create_table('spendingrequest',
    sa.Column('trip_id', sa.Integer(), nullable=True),
    sa.Column('serves', sa.String(length=40), nullable=True),
    sa.Column('spending', sa.String(length=40), nullable=False),
    sa.Column('expense_type_id', sa.Integer(), nullable=False),
    sa.Column('asked_amount', sa.BigInteger(), nullable=False),
    sa.Column('planned_on', sa.Date(), nullable=False),
    sa.Column('matter', sa.String(length=500), nullable=False),
    sa.Column('guests', sa.String(length=300), nullable=True),
    sa.Column('headcount', sa.Integer(), nullable=True),
    sa.Column('invoice', sa.Boolean(), nullable=False),
    sa.Column('no_invoice_reason', sa.String(length=300), nullable=True),
    sa.Column('no_invoice_handling', sa.String(length=300), nullable=True),
    sa.Column('phone_people', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('phone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('spent_on', sa.Date(), nullable=True),
    sa.Column('spent_place', sa.String(length=100), nullable=True),
    sa.Column('spent_matter', sa.String(length=500), nullable=True),
    sa.Column('spent_amount', sa.BigInteger(), nullable=True),
    sa.Column('spent_guests', sa.String(length=300), nullable=True),
    sa.Column('spent_headcount', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_spendingrequest_document_id_document')),
    sa.ForeignKeyConstraint(['expense_type_id'], ['expensetype.id'], name=op.f('fk_spendingrequest_expense_type_id_expensetype')),
    sa.ForeignKeyConstraint(['trip_id'], ['document.id'], name=op.f('fk_spendingrequest_trip_id_document')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_spendingrequest'))
    )
    with op.batch_alter_table('spendingrequest', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_spendingrequest_trip_id'), ['trip_id'], unique=False)

    with op.batch_alter_table('expensetype', schema=None) as batch_op:
        batch_op.add_column(sa.Column('spending', sa.String(length=40), nullable=True))

    with op.batch_alter_table('voucherline', schema=None) as batch_op:
        batch_op.add_column(sa.Column('request_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_voucherline_request_id'), ['request_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_voucherline_request_id_document'), 'document', ['request_id'], ['id'])

    types = sa.table('expensetype', sa.column('code', sa.String), sa.column('spending', sa.String))
    for spending, codes in _COMMON.items():
        op.execute(types.update().where(types.c.code.in_(codes)).values(spending=spending))
