"""What a customer signed: the seal of the voucher as it was filled in then (P6-9a)."""

import sqlalchemy as sa
from alembic import op


revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('serviceorder', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signed_content', sa.String(length=64), nullable=True))
