"""Open advances by person, with the days by which each is overdue (P9-5b)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col

from models import Department, Document, Person
from services.access import visible_documents
from services.documents.advances import NOTHING, balance, open_advances
from services.export import Column, to_excel
from services.texts import text

COLUMNS = (
    "applicant",
    "department",
    "number",
    "title",
    "paid",
    "settled",
    "returned",
    "open",
    "due_on",
    "days_overdue",
)
STEPS = (0, 30, 90)
"""Days overdue up to which sums are told apart."""
_MONEY = frozenset({"paid", "settled", "returned", "open"})


@dataclass(frozen=True)
class Owed:
    """One open advance: whose, what has become of it, by when it was to be settled. Amounts in yuan."""

    applicant: str
    department: str
    number: str
    title: str
    paid: Decimal
    settled: Decimal
    returned: Decimal
    open: Decimal
    due_on: date
    days_overdue: int


def ageing(session: Session, reader: Person, now: datetime) -> list[Owed]:
    """The open advances that the reader may see, by person; whoever has been overdue longest comes first."""
    visible = visible_documents(session, reader, now).where(Document.kind == "CA").with_only_columns(col(Document.id))
    found: list[tuple[int, Owed]] = []
    for one in open_advances(session, now, among=visible):
        person = session.get_one(Person, one.document.applicant_id)
        department = session.get_one(Department, one.document.department_id)
        money = balance(session, one.document.id)
        owed = Owed(
            person.name,
            department.name,
            one.document.number or "",
            one.document.title,
            money.paid,
            money.settled,
            money.returned,
            money.open,
            one.due_on,
            one.days_overdue,
        )
        found.append((person.id, owed))
    worst: dict[int, int] = {}
    for person_id, owed in found:
        worst[person_id] = max(worst.get(person_id, 0), owed.days_overdue)
    found.sort(key=lambda pair: (-worst[pair[0]], pair[0], -pair[1].days_overdue, pair[1].number))
    return [owed for _, owed in found]


def by_age(rows: list[Owed]) -> list[Decimal]:
    """What is open of those not due, up to 30, up to 90 and more days overdue, in yuan."""
    sums = [NOTHING] * (len(STEPS) + 1)
    for row in rows:
        place = next((i for i, days in enumerate(STEPS) if row.days_overdue <= days), len(STEPS))
        sums[place] += row.open
    return sums


def ageing_to_excel(session: Session, reader: Person, now: datetime, *, language: str) -> bytes:
    """The list as the reader sees it."""
    columns = [Column(text(language, f"ageing.{name}"), _sort(name)) for name in COLUMNS]
    rows = ([getattr(row, name) for name in COLUMNS] for row in ageing(session, reader, now))
    return to_excel(columns, rows, title=text(language, "menu.open_advances"), language=language)


def _sort(name: str) -> Any:
    return "money" if name in _MONEY else {"due_on": "date", "days_overdue": "number"}.get(name, "text")
