"""Monthly registers with their lines (P9-6)."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monthlyregister",
        sa.Column("month", sa.String(length=6), nullable=False),
        sa.Column("register_kind", sa.String(length=40), nullable=False),
        sa.Column("remarks", sa.String(length=500), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_monthlyregister_document_id_document")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_monthlyregister")),
    )
    with op.batch_alter_table("monthlyregister", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_monthlyregister_month"), ["month"], unique=False)

    op.create_table(
        "registerspending",
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("spending", sa.String(length=40), nullable=False),
        sa.Column("spent_matter", sa.String(length=500), nullable=False),
        sa.Column("spent_guests", sa.String(length=300), nullable=True),
        sa.Column("spent_headcount", sa.Integer(), nullable=True),
        sa.Column("spent_place", sa.String(length=100), nullable=False),
        sa.Column("handler_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("spent_amount", sa.BigInteger(), nullable=False),
        sa.Column("claim_numbers", sa.String(length=400), nullable=True),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.Column("late_of", sa.String(length=6), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_registerspending_document_id_document")
        ),
        sa.ForeignKeyConstraint(["handler_id"], ["person.id"], name=op.f("fk_registerspending_handler_id_person")),
        sa.ForeignKeyConstraint(["request_id"], ["document.id"], name=op.f("fk_registerspending_request_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registerspending")),
    )
    with op.batch_alter_table("registerspending", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registerspending_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registerspending_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registerspending_spent_on"), ["spent_on"], unique=False)

    op.create_table(
        "registertrip",
        sa.Column("traveller_id", sa.Integer(), nullable=False),
        sa.Column("trip_id", sa.Integer(), nullable=False),
        sa.Column("departed_on", sa.Date(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=60), nullable=False),
        sa.Column("destinations", sa.String(length=120), nullable=False),
        sa.Column("transport", sa.String(length=40), nullable=False),
        sa.Column("task", sa.String(length=500), nullable=False),
        sa.Column("claim_numbers", sa.String(length=400), nullable=True),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.Column("late_of", sa.String(length=6), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_registertrip_document_id_document")),
        sa.ForeignKeyConstraint(["traveller_id"], ["person.id"], name=op.f("fk_registertrip_traveller_id_person")),
        sa.ForeignKeyConstraint(["trip_id"], ["document.id"], name=op.f("fk_registertrip_trip_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registertrip")),
    )
    with op.batch_alter_table("registertrip", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registertrip_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_registertrip_returned_on"), ["returned_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_registertrip_trip_id"), ["trip_id"], unique=False)
