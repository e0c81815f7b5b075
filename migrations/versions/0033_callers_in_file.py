"""Whoever calls is in the customer's file: what a call leaves open is taken from there (P6-8a)."""

import sqlalchemy as sa
from alembic import op


revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("serviceorder", schema=None) as batch_op:
        batch_op.alter_column("contact", existing_type=sa.String(length=40), nullable=True)
        batch_op.alter_column("contact_phone", existing_type=sa.String(length=40), nullable=True)
        batch_op.alter_column("address", existing_type=sa.String(length=200), nullable=True)
