"""How a line of the budget came to be what it is: what was issued, moved and granted, by which paper and why (P7-7)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import BudgetCategory, Document, LedgerEntry, Person, Posting
from services.database import rows

ALLOTS = (Posting.ISSUED, Posting.ADJUSTED, Posting.GRANTED)


@dataclass(frozen=True)
class Change:
    """One change of a line: a month of it, how much, and who asked for it on which paper. Yuan; below zero it lost."""

    at: datetime
    month: str
    posting: Posting
    amount: Decimal
    document_id: int
    kind: str
    number: str
    author: str
    reason: str
    """What the paper says it is for."""


def history(session: Session, department_id: int, category: BudgetCategory, year: int) -> list[Change]:
    """The changes of a category of a department's budget in a year, in order."""
    named = {"department_id": department_id, "category": category, "first": f"{year}01", "last": f"{year}12"}
    return [Change(**row._mapping) for row in rows(session, _CHANGES, named)]


_CHANGES: Any = (
    sa.select(
        col(LedgerEntry.at),
        col(LedgerEntry.month),
        col(LedgerEntry.posting),
        col(LedgerEntry.amount),
        col(LedgerEntry.document_id),
        col(Document.kind),
        sa.func.coalesce(col(Document.number), "").label("number"),
        col(Person.name).label("author"),
        col(Document.title).label("reason"),
    )
    .join(Document, col(Document.id) == LedgerEntry.document_id)
    .join(Person, col(Person.id) == Document.applicant_id)
    .where(col(LedgerEntry.month).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(col(LedgerEntry.department_id) == sa.bindparam("department_id"))
    .where(col(LedgerEntry.category) == sa.bindparam("category"), col(LedgerEntry.posting).in_(ALLOTS))
    .order_by(col(LedgerEntry.id))
)
