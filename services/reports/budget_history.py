"""How a line of the budget came to be what it is, as a manager reads it: paper by paper, with who moved what (P7-7)."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col

from models import BudgetCategory, Document, Person, Posting
from services.access import visible_documents
from services.errors import Refused
from services.money.history import history
from services.reports.budget import may_read_budgets


@dataclass(frozen=True)
class Step:
    """What one paper did to a line of the budget, its months together. Yuan; below zero it lost."""

    at: datetime
    posting: Posting
    first: str
    last: str
    """The first and the last month that it changed."""
    amount: Decimal
    author: str
    document: Document | None
    """None where the reader may not read it: then nothing is said of what it is for."""


def line_history(
    session: Session, reader: Person, department_id: int, category: BudgetCategory, year: int, now: datetime
) -> list[Step]:
    """The steps of a line in order. Raises `Refused` for whoever is no manager (P2-1.3)."""
    if not may_read_budgets(session, reader):
        raise Refused("burn.not_yours")
    changes = history(session, department_id, category, year)
    seen = visible_documents(session, reader, now).where(col(Document.id).in_({one.document_id for one in changes}))
    readable = {one.id: one for one in session.exec(seen)}
    steps: dict[tuple[int, Posting], Step] = {}
    for one in changes:
        known = steps.get((one.document_id, one.posting))
        steps[one.document_id, one.posting] = (
            replace(
                known,
                first=min(known.first, one.month),
                last=max(known.last, one.month),
                amount=known.amount + one.amount,
            )
            if known
            else Step(one.at, one.posting, one.month, one.month, one.amount, one.author, readable.get(one.document_id))
        )
    return list(steps.values())
