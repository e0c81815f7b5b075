"""A task whose clock stands still is told of as well, once a pause (issue 3, clocks)."""

import sqlalchemy as sa
from alembic import op


revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pause_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_task_paused", ["state", "paused_at"])
