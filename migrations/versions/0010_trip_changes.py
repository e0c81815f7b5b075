"""Changes of a trip, and the days to which they have moved it (P9-2)."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("travelrequest", schema=None) as batch_op:
        batch_op.add_column(sa.Column("changes_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("moved_start", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("moved_end", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_travelrequest_changes_id"), ["changes_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_travelrequest_changes_id_document"), "document", ["changes_id"], ["id"]
        )
