"""Where less came back of a violation than was decided it is said why (P8-6.3)."""

import sqlalchemy as sa
from alembic import op


revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('violation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shortfall_reason', sa.String(length=500), nullable=True))
