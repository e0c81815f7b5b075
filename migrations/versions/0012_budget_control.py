"""Whether a budget was issued is found at once (P7-6)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_ledgerentry_issued",
        "ledgerentry",
        ["department_id", "month"],
        sqlite_where=sa.text("posting = 'issued'"),
        postgresql_where=sa.text("posting = 'issued'"),
    )
