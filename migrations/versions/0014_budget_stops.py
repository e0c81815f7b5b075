"""Stops of the budget control are written down (P2-5.1a)."""

import sqlalchemy as sa
from alembic import op

from services.schema import append_only

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budgetstop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("until", sa.String(length=6), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_budgetstop_department_id_department")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_budgetstop_document_id_document")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_budgetstop_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgetstop")),
    )
    op.create_index(op.f("ix_budgetstop_at"), "budgetstop", ["at"])
    op.create_index(op.f("ix_budgetstop_document_id"), "budgetstop", ["document_id"])
    for statement in append_only("budgetstop", op.get_bind().dialect.name):
        op.execute(statement)
