"""Out-of-budget requests (P2-4.1, P2-5.3)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budgetrequest",
        sa.Column("outside", sa.String(length=40), nullable=False),
        sa.Column("for_id", sa.Integer(), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("outside_amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("demand", sa.String(length=500), nullable=False),
        sa.Column("satisfaction", sa.String(length=500), nullable=False),
        sa.Column("interest", sa.String(length=500), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("granted_amount", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_budgetrequest_document_id_document")),
        sa.ForeignKeyConstraint(["for_id"], ["document.id"], name=op.f("fk_budgetrequest_for_id_document")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_budgetrequest")),
    )
    op.create_index(op.f("ix_budgetrequest_for_id"), "budgetrequest", ["for_id"])
