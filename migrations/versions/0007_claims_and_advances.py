"""The three kinds of claims (P9-4c, P8-3.3, P9-5b)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None

TRIP = {
    "trip_id": sa.Integer(),
    "starts_on": sa.Date(),
    "ends_on": sa.Date(),
    "origin": sa.String(length=60),
    "destinations": sa.String(length=120),
}


def upgrade() -> None:
    with op.batch_alter_table("expenseclaim", schema=None) as batch_op:
        for name, sort in TRIP.items():  # asked for travel claims alone
            batch_op.alter_column(name, existing_type=sort, nullable=True)
