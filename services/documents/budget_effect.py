"""What a paper does to lines of the budget that it changes itself, and what would be left on the tightest one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from models import BudgetCategory, Document
from services.documents.budgeted import has_still_to_be_decided, looks_of
from services.documents.kind import DocumentType, Filled
from services.money import control
from services.money.ledger import NOTHING, BudgetLine


@dataclass(frozen=True)
class Move:
    """A line of the budget, what is left on it, and what a paper gives to it or takes from it. Yuan."""

    department_id: int
    category: BudgetCategory
    month: str
    left: Decimal
    change: Decimal

    @property
    def after(self) -> Decimal:
        return self.left + self.change


def moves_while_typed(kind: DocumentType, filled: Filled) -> list[Move]:
    """The lines that a paper being typed would change."""
    return _moves(filled.session, kind.moves.typed(filled), filled.now) if kind.moves else []


def moves_of(session: Session, kind: DocumentType, document: Document, now: datetime) -> list[Move]:
    """The lines that a sent paper would change; none once it has."""
    if kind.moves is None or not has_still_to_be_decided(document):
        return []
    return _moves(session, kind.moves.stored(session, document), now)


def left_after(session: Session, kind: DocumentType, document: Document, now: datetime) -> Decimal | None:
    """Yuan that would be left on the tightest line of the budget from which a sent paper takes, or to which it gives;
    None where it touches none, or none of which the control knows what is left.
    """
    moves = moves_of(session, kind, document, now)
    afters = [one.after for one in moves if one.change < NOTHING] or [one.after for one in moves]
    if kind.budget:
        afters += [one.after for one in looks_of(session, document, kind.budget, now)]
    return min(afters, default=None)


def _moves(session: Session, lines: Iterable[BudgetLine], now: datetime) -> list[Move]:
    """One for each line, in the order in which they stand; none where the control has nothing to go by."""
    summed: dict[tuple[int, BudgetCategory, str], Decimal] = {}
    for line in lines:
        place = (line.department_id, line.category, line.month)
        summed[place] = summed.get(place, NOTHING) + line.amount
    found = []
    for (department_id, category, month), change in summed.items():
        left = control.left_on(session, BudgetLine(month, department_id, category, NOTHING), now)
        if left is not None:
            found.append(Move(department_id, category, month, left, change))
    return found
