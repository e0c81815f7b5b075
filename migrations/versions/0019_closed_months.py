"""Closed months, and for which month an entry was meant that came too late for it (P2-2.4)."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledgerentry", sa.Column("meant_for", sa.String(length=6), nullable=True))
    op.create_table(
        "closedmonth",
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_closedmonth_department_id_department")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_closedmonth_document_id_document")),
        sa.PrimaryKeyConstraint("month", "department_id", name=op.f("pk_closedmonth")),
    )
