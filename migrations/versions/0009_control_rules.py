"""What the control rules look at, the invoices that stand on claims, the reasons for warnings, what a file was read as
(P8-3.2).
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

NATURES = {
    'ticket': ('INTERCITY', 'TICKET_FEE'),
    'ride': ('LOCAL', 'OWN_CAR'),
    'lodging': ('LODGING',),
    'meals': ('MEALS',),
    'entertainment': ('ENTERTAIN',),
}
"""Expense types that every portal was set up with, by code."""
NOT_STANDING = ('draft', 'withdrawn', 'rejected', 'cancelled', 'reversed')


def upgrade() -> None:
    nature = sa.Enum(*NATURES, 'other', name='nature', native_enum=False, length=40)
    with op.batch_alter_table('expensetype', schema=None) as batch_op:
        batch_op.add_column(sa.Column('nature', nature, nullable=False, server_default='other'))
    types = sa.table('expensetype', sa.column('code'), sa.column('nature'))
    for value, codes in NATURES.items():
        op.execute(sa.update(types).where(types.c.code.in_(codes)).values(nature=value))
    with op.batch_alter_table('expensetype', schema=None) as batch_op:
        batch_op.alter_column('nature', existing_type=nature, server_default=None)
    with op.batch_alter_table('voucherline', schema=None) as batch_op:
        batch_op.add_column(sa.Column('until', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('buyer_name', sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column('buyer_tax_no', sa.String(length=30), nullable=True))
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('invoice_key', sa.String(length=60), nullable=True))
    op.create_table('paperwarning',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('mark', sa.String(length=60), nullable=False),
    sa.Column('table_name', sa.String(length=40), nullable=True),
    sa.Column('line', sa.Integer(), nullable=True),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql'), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_paperwarning_document_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paperwarning')),
    sa.UniqueConstraint('document_id', 'mark', name=op.f('uq_paperwarning_document_id_mark'))
    )
    op.create_table('claimedinvoice',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_claimedinvoice_document_id_document')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_claimedinvoice'))
    )
    with op.batch_alter_table('claimedinvoice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_claimedinvoice_document_id'), ['document_id'], unique=False)
    lines = sa.table('voucherline', sa.column('invoice_key'), sa.column('document_id'))
    papers = sa.table('document', sa.column('id'), sa.column('state'))
    claimed = sa.table('claimedinvoice', sa.column('key'), sa.column('document_id'))
    standing = (
        sa.select(lines.c.invoice_key, sa.func.min(lines.c.document_id))
        .join(papers, papers.c.id == lines.c.document_id)
        .where(lines.c.invoice_key.is_not(None), papers.c.state.not_in(NOT_STANDING))
        .group_by(lines.c.invoice_key)
    )
    op.execute(sa.insert(claimed).from_select(['key', 'document_id'], standing))
