"""Indexes for lists at any size: the newest of a kind first, and what somebody signed for another."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index("ix_document_kind_submitted", ["kind", "submitted_at", "id"], unique=False)
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_on_behalf_of_id"), ["on_behalf_of_id"], unique=False)
