"""The file in which a customer agreed to a solution is named in the case (P4-2.3)."""

import sqlalchemy as sa
from alembic import op


revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # one column and nothing else: the table is not made anew, so that its text index stays (services/search.py)
    with op.batch_alter_table('complaint', schema=None) as batch_op:
        batch_op.add_column(sa.Column('consent_file', sa.String(length=120), nullable=True))
