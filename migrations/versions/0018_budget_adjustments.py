"""Budget adjustments (P7-7)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budgetadjustment",
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("department_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_budgetadjustment_document_id_document")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_budgetadjustment")),
    )
    for table in ("adjustmenttaken", "adjustmentgiven"):
        op.create_table(
            table,
            sa.Column("department_id", sa.Integer(), nullable=False),
            sa.Column("category", sa.String(length=40), nullable=False),
            sa.Column("month", sa.String(length=6), nullable=False),
            sa.Column("amount", sa.BigInteger(), nullable=False),
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("document_id", sa.Integer(), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f(f"fk_{table}_department_id_department")),
            sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f(f"fk_{table}_document_id_document")),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_document_id"), table, ["document_id"])
