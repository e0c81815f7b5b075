"""Warnings of the budget control are written down beside its stops, and stay (P7-10)."""

from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WARNING = sa.table(
    "paperwarning",
    sa.column("id"),
    sa.column("document_id"),
    sa.column("key", sa.String),
    sa.column("facts", sa.JSON),
    sa.column("reason"),
)
_PAPER = sa.table(
    "document",
    sa.column("id"),
    sa.column("applicant_id"),
    sa.column("submitted_at", _MOMENT),
    sa.column("created_at", _MOMENT),
)
_FIGURES = ("plan", "reserved", "spent", "asked")
_STOP = sa.table(
    "budgetstop",
    sa.column("at", _MOMENT),
    *map(sa.column, ("document_id", "person_id", "action", "department_id", "category", "month", "until", "basis")),
    *map(sa.column, (*_FIGURES, "response", "reason")),
)


def upgrade() -> None:
    op.add_column("budgetstop", sa.Column("response", sa.String(length=40), nullable=False, server_default="stop"))
    op.add_column("budgetstop", sa.Column("reason", sa.String(length=200), nullable=False, server_default=""))
    connection = op.get_bind()
    kept = (
        sa.select(
            _WARNING.c.document_id,
            _WARNING.c.facts,
            _WARNING.c.reason,
            _PAPER.c.applicant_id,
            sa.func.coalesce(_PAPER.c.submitted_at, _PAPER.c.created_at).label("at"),
        )
        .join(_PAPER, _PAPER.c.id == _WARNING.c.document_id)
        .where(_WARNING.c.key.startswith("budget_control.over."))
        .order_by(_WARNING.c.id)
    )
    for row in connection.execute(kept).all():
        facts, place = row.facts, row.facts.get("place")
        if place:
            figures = {name: int(Decimal(row.facts[name]["amount"]) * 100) for name in _FIGURES}
            said = {"document_id": row.document_id, "person_id": row.applicant_id, "at": row.at, "reason": row.reason}
            values = said | figures | place | {"action": "submit", "response": "warn"}
            connection.execute(_STOP.insert().values(**values))
