"""Monthly settlements (P2-2.2, P7-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monthlysettlement",
        sa.Column("settled_department_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("remarks", sa.String(length=1000), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_monthlysettlement_document_id_document")
        ),
        sa.ForeignKeyConstraint(
            ["settled_department_id"],
            ["department.id"],
            name=op.f("fk_monthlysettlement_settled_department_id_department"),
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_monthlysettlement")),
    )
    op.create_index(op.f("ix_monthlysettlement_month"), "monthlysettlement", ["month"])
    op.create_index(
        op.f("ix_monthlysettlement_settled_department_id"), "monthlysettlement", ["settled_department_id"]
    )
    _lines(
        "settlementcategory",
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("month_planned", sa.BigInteger(), nullable=False),
        sa.Column("month_spent", sa.BigInteger(), nullable=False),
        sa.Column("month_over", sa.BigInteger(), nullable=False),
        sa.Column("last_spent", sa.BigInteger(), nullable=False),
    )
    _lines(
        "settlementcost",
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("cost_element", sa.String(length=40), nullable=False),
        sa.Column("element_spent", sa.BigInteger(), nullable=False),
        sa.Column("last_spent", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("finding", sa.String(length=200), nullable=True),
    )
    _lines(
        "settlementcheck",
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("open_count", sa.Integer(), nullable=False),
        sa.Column("owners", sa.String(length=400), nullable=True),
        sa.Column("papers", sa.String(length=400), nullable=True),
    )


    op.create_table(
        "bookvoucher",
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_bookvoucher_document_id_document")),
        sa.ForeignKeyConstraint(["source_id"], ["document.id"], name=op.f("fk_bookvoucher_source_id_document")),
        sa.PrimaryKeyConstraint("month", "number", name=op.f("pk_bookvoucher")),
        sa.UniqueConstraint("month", "source_id", name=op.f("uq_bookvoucher_month_source_id")),
    )
    op.create_index(op.f("ix_bookvoucher_document_id"), "bookvoucher", ["document_id"])
    op.create_index(op.f("ix_bookvoucher_source_id"), "bookvoucher", ["source_id"])


def _lines(table: str, *columns: sa.Column) -> None:
    op.create_table(
        table,
        *columns,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f(f"fk_{table}_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_document_id"), table, ["document_id"])
