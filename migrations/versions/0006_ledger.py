"""The ledger and its balances; claims that were finished before are booked as spent (P8-4.1)."""

import sqlalchemy as sa
from alembic import op

from services.schema import append_only

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('balance',
    sa.Column('month', sa.String(length=6), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('budget', sa.BigInteger(), nullable=False),
    sa.Column('reserved', sa.BigInteger(), nullable=False),
    sa.Column('spent', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_balance_department_id_department')),
    sa.PrimaryKeyConstraint('month', 'department_id', 'category', name=op.f('pk_balance'))
    )
    op.create_table('ledgerentry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('month', sa.String(length=6), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('cost_element', sa.String(length=40), nullable=False),
    sa.Column('expense_type_id', sa.Integer(), nullable=True),
    sa.Column('posting', sa.String(length=40), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('reservation_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['department_id'], ['department.id'], name=op.f('fk_ledgerentry_department_id_department')),
    sa.ForeignKeyConstraint(['document_id'], ['document.id'], name=op.f('fk_ledgerentry_document_id_document')),
    sa.ForeignKeyConstraint(['expense_type_id'], ['expensetype.id'], name=op.f('fk_ledgerentry_expense_type_id_expensetype')),
    sa.ForeignKeyConstraint(['reservation_id'], ['document.id'], name=op.f('fk_ledgerentry_reservation_id_document')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledgerentry')),
    sa.UniqueConstraint('document_id', 'posting', 'line', name=op.f('uq_ledgerentry_document_id_posting_line'))
    )
    with op.batch_alter_table('ledgerentry', schema=None) as batch_op:
        batch_op.create_index('ix_ledgerentry_place', ['month', 'department_id', 'category'], unique=False)
        batch_op.create_index(batch_op.f('ix_ledgerentry_reservation_id'), ['reservation_id'], unique=False)
    _book_what_was_spent()
    for statement in append_only("ledgerentry", op.get_bind().dialect.name):
        op.execute(statement)


def _book_what_was_spent() -> None:
    month = {"sqlite": "strftime('%Y%m', {day})", "postgresql": "to_char({day}, 'YYYYMM')"}[op.get_bind().dialect.name]
    line = "ROW_NUMBER() OVER (PARTITION BY d.id ORDER BY v.position)"
    finished = "d.approved_at IS NOT NULL AND d.state <> 'reversed' AND c.audited_amount IS NOT NULL"
    into = (
        "INSERT INTO ledgerentry (at, month, department_id, category, cost_element, expense_type_id, posting, amount,"
        " document_id, line) "
    )
    op.execute(
        f"{into} SELECT d.approved_at, {month.format(day='v.spent_on')}, d.department_id, t.category, t.cost_element,"
        f" t.id, 'spent', COALESCE(v.audited_amount, v.amount), d.id, {line}"
        " FROM document d JOIN expenseclaim c ON c.document_id = d.id JOIN voucherline v ON v.document_id = d.id"
        f" JOIN expensetype t ON t.id = v.expense_type_id WHERE {finished}"
        " AND COALESCE(v.audited_amount, v.amount) <> 0"
    )
    op.execute(
        f"{into} SELECT d.approved_at, {month.format(day='c.starts_on')}, d.department_id, 'projects', 'travel',"
        " (SELECT MIN(id) FROM expensetype WHERE code = 'ALLOWANCE'), 'spent', c.allowance_rate * c.allowance_days,"
        " d.id, 0 FROM document d JOIN expenseclaim c ON c.document_id = d.id"
        f" WHERE {finished} AND c.allowance_rate * c.allowance_days <> 0"
    )
    op.execute(
        "INSERT INTO balance (month, department_id, category, budget, reserved, spent)"
        " SELECT month, department_id, category, 0, 0, SUM(amount) FROM ledgerentry"
        " GROUP BY month, department_id, category"
    )
