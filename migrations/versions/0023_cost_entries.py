"""Cost entries, and the assets that are written off by them (P8-4.1, P8-4.2)."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("expensetype", sa.Column("accrued", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE expensetype SET accrued = true WHERE code = 'DEPRECIATION'"))
    op.create_table(
        "asset",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("in_use_from", sa.Date(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("salvage", sa.BigInteger(), nullable=False),
        sa.Column("life_months", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_asset_department_id_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("code", name=op.f("uq_asset_code")),
    )
    op.create_index(op.f("ix_asset_department_id"), "asset", ["department_id"])
    op.create_table(
        "costentry",
        sa.Column("charged_department_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("remarks", sa.String(length=500), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["charged_department_id"], ["department.id"], name=op.f("fk_costentry_charged_department_id_department")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_costentry_document_id_document")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_costentry")),
    )
    op.create_index(op.f("ix_costentry_charged_department_id"), "costentry", ["charged_department_id"])
    op.create_index(op.f("ix_costentry_month"), "costentry", ["month"])
    op.create_table(
        "costentryline",
        sa.Column("expense_type_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("cost_element", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_costentryline_asset_id_asset")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_costentryline_document_id_document")),
        sa.ForeignKeyConstraint(
            ["expense_type_id"], ["expensetype.id"], name=op.f("fk_costentryline_expense_type_id_expensetype")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_costentryline")),
    )
    op.create_index(op.f("ix_costentryline_asset_id"), "costentryline", ["asset_id"])
    op.create_index(op.f("ix_costentryline_document_id"), "costentryline", ["document_id"])
