"""What an invoice is to the tax office stands on its line (P8-3.2)."""

import sqlalchemy as sa
from alembic import op


revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('voucherline', schema=None) as batch_op:
        batch_op.add_column(sa.Column('invoice_kind', sa.String(length=40), nullable=True))
