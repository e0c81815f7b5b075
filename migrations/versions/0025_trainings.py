"""Trainings with who comes, and when people joined (P1-8.1)."""

import sqlalchemy as sa
from alembic import op


revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attendee",
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("attendee_name", sa.String(length=40), nullable=True),
        sa.Column("post", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_attendee_document_id_document")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attendee_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendee")),
    )
    with op.batch_alter_table("attendee", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendee_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendee_person_id"), ["person_id"], unique=False)

    op.create_table(
        "training",
        sa.Column("training", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("held_for_id", sa.Integer(), nullable=True),
        sa.Column("stage", sa.String(length=40), nullable=True),
        sa.Column("trained_product_id", sa.Integer(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("training_place", sa.String(length=100), nullable=True),
        sa.Column("trainer_id", sa.Integer(), nullable=True),
        sa.Column("outside_trainer", sa.String(length=100), nullable=True),
        sa.Column("outline", sa.String(length=2000), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("held_hours", sa.Integer(), nullable=True),
        sa.Column("training_summary", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_training_document_id_document")),
        sa.ForeignKeyConstraint(["held_for_id"], ["customer.id"], name=op.f("fk_training_held_for_id_customer")),
        sa.ForeignKeyConstraint(
            ["trained_product_id"], ["product.id"], name=op.f("fk_training_trained_product_id_product")
        ),
        sa.ForeignKeyConstraint(["trainer_id"], ["person.id"], name=op.f("fk_training_trainer_id_person")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_training")),
    )
    with op.batch_alter_table("training", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_held_for_id"), ["held_for_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_training_held_on"), ["held_on"], unique=False)

    op.add_column("person", sa.Column("joined_on", sa.Date(), nullable=True))
