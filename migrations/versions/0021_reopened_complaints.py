"""When a complaint was taken up again: the customer waits for an answer from then on (P1-6.1)."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaint", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
