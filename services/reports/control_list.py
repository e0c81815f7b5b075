"""What the budget control stopped and warned of in a period, and what was decided outside the budget, with the reasons:
for the supervision group, finance and the general manager (P7-10, P2-5.1a, P2-5.3).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    BudgetCategory,
    BudgetRequest,
    BudgetStop,
    Department,
    Document,
    Event,
    Person,
    Response,
    Role,
    Task,
    TaskState,
)
from services.access import MONEY_READERS, visible_documents
from services.addresses import day_in, whole_in
from services.database import rows
from services.errors import Refused, Term
from services.export import Column, Kind, to_excel
from services.months import month_said
from services.people import SHANGHAI, local_day, standing
from services.texts import said, term_of, text

READERS = MONEY_READERS | {Role.BUDGET_SUPERVISOR}
MOST = 500
"""Rows that the page shows; the file has them all."""


class Sort(StrEnum):
    """What happened."""

    STOP = "stop"
    WARNING = "warning"
    DECISION = "decision"


@dataclass(frozen=True)
class Scope:
    """The period, both days included, and what the list is narrowed down to."""

    first: date
    last: date
    sort: Sort | None = None
    department_id: int | None = None
    category: BudgetCategory | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime) -> "Scope":
        """From the parameters of an address; what makes no sense is left out. Else it is this year so far."""
        today = local_day(now)
        sort, category = (query.get(name, "") for name in ("sort", "category"))
        return cls(
            day_in(query.get("from")) or today.replace(month=1, day=1),
            day_in(query.get("to")) or today,
            Sort(sort) if sort in set(Sort) else None,
            whole_in(query.get("department")),
            BudgetCategory(category) if category in set(BudgetCategory) else None,
        )

    @property
    def span(self) -> dict[str, datetime]:
        """From the first moment of the first day until after the last of the last, as the company's clock says."""
        first, after = (datetime.combine(day, time(), SHANGHAI) for day in (self.first, self.last + timedelta(days=1)))
        return {"first": first.astimezone(UTC), "after": after.astimezone(UTC)}


@dataclass(frozen=True)
class Entry:
    """One thing that happened. Amounts in yuan."""

    at: datetime
    sort: Sort
    document_id: int
    kind: str
    number: str
    title: str
    department_id: int
    category: BudgetCategory
    until: str
    """The month up to which it was measured, or for which money was asked."""
    asked: Decimal
    left: Decimal | None
    """What was left of the line; of a decision nothing is said."""
    who: str
    """Who was stopped, gave the reason, or decided."""
    what: Term
    """By what it was measured, or how it was decided."""
    reason: str


def may_read_control(session: Session, reader: Person) -> bool:
    return bool(standing(session, reader).roles & READERS)


def control_list(session: Session, reader: Person, scope: Scope) -> list[Entry]:
    """What happened in the period, the newest first. Raises `Refused` for whoever it is not for."""
    if not may_read_control(session, reader):
        raise Refused("control_list.shut")
    found = [one for one in _everything(session, scope.span) if _within(one, scope)]
    found.sort(key=lambda one: (one.at, one.document_id), reverse=True)
    return found


def open_to(session: Session, reader: Person, entries: Iterable[Entry], now: datetime) -> set[int]:
    """The papers among them that were sent and that the reader may open."""
    ids = {one.document_id for one in entries if one.number}
    seen = visible_documents(session, reader, now).where(col(Document.id).in_(ids))
    return {one.id for one in session.exec(seen)}


def sums(entries: list[Entry]) -> dict[Sort, tuple[int, Decimal]]:
    """How many of each sort, and the yuan that they were about; several decisions on one paper are about it once."""
    found = {}
    for sort in Sort:
        its = [one for one in entries if one.sort == sort]
        amounts = [one.asked for one in its]
        if sort == Sort.DECISION:
            amounts = list({one.document_id: one.asked for one in reversed(its)}.values())
        found[sort] = (len(its), sum(amounts, Decimal("0.00")))
    return found


COLUMNS: dict[str, Kind] = {
    "at": "moment",
    "sort": "text",
    "department": "text",
    "category": "text",
    "until": "text",
    "what": "text",
    "asked": "money",
    "left": "money",
    "number": "text",
    "title": "text",
    "who": "text",
    "reason": "text",
}


def control_to_excel(session: Session, reader: Person, scope: Scope, *, language: str) -> bytes:
    """The list as the reader sees it, all of it."""
    columns = [Column(text(language, f"control_list.{name}"), kind) for name, kind in COLUMNS.items()]
    found = control_list(session, reader, scope)
    named = departments(session)
    lines = ([shown(one, name, named, language) for name in COLUMNS] for one in found)
    return to_excel(columns, lines, title=text(language, "menu.control_list"), language=language)


def shown(one: Entry, name: str, named: Mapping[int, str], language: str) -> Any:
    """A cell: words in the reader's language, amounts and moments as they are."""
    match name:
        case "sort":
            return text(language, f"control_list.sort.{one.sort}")
        case "department":
            return named.get(one.department_id, "")
        case "category":
            return said(language, one.category)
        case "until":
            return month_said(one.until)
        case "what":
            return text(language, one.what.key)
        case "number":
            return one.number or text(language, f"kind.{one.kind}")
    return getattr(one, name)


def departments(session: Session) -> dict[int, str]:
    return {row.id: row.name for row in rows(session, _DEPARTMENTS)}


def _everything(session: Session, span: Mapping[str, datetime]) -> Iterator[Entry]:
    for row in rows(session, _STOPS, span):
        sort = Sort.STOP if row.response == Response.STOP else Sort.WARNING
        left = row.plan - row.reserved - row.spent
        what = term_of(row.basis)
        yield _entry(row, sort, row.department_id, row.category, row.until, row.asked, left, what, row.reason)
    for row in rows(session, _DECISIONS, span):
        asked = row.granted if row.outcome == "approve" and row.granted is not None else row.asked
        what = Term(f"action.{row.outcome}")
        yield _entry(
            row, Sort.DECISION, row.department_id, row.category, row.until, asked, None, what, row.reason or ""
        )


def _entry(
    row: Any,
    sort: Sort,
    department_id: int,
    category: BudgetCategory,
    until: str,
    asked: Decimal,
    left: Decimal | None,
    what: Term,
    reason: str,
) -> Entry:
    paper = (row.document_id, row.kind, row.number or "", row.title)
    return Entry(row.at, sort, *paper, department_id, category, until, asked, left, row.who, what, reason)


def _within(one: Entry, scope: Scope) -> bool:
    return (
        scope.sort in (None, one.sort)
        and scope.department_id in (None, one.department_id)
        and scope.category in (None, one.category)
    )


def _during(moment: Any) -> tuple[Any, ...]:
    return moment >= sa.bindparam("first"), moment < sa.bindparam("after")


_PAPER = (col(Document.kind), col(Document.number), col(Document.title))
_DEPARTMENTS = sa.select(col(Department.id), col(Department.name)).order_by(col(Department.id))
_STOPS: Any = (
    sa.select(BudgetStop.__table__, *_PAPER, col(Person.name).label("who"))  # type: ignore[attr-defined]
    .join(Document, col(Document.id) == BudgetStop.document_id)
    .join(Person, col(Person.id) == BudgetStop.person_id)
    .where(*_during(col(BudgetStop.at)))
)
_WORDS = (
    sa.select(col(Event.note))
    .where(col(Event.document_id) == Task.document_id, col(Event.step) == Task.step)
    .where(col(Event.at) == Task.closed_at, col(Event.actor_id) == Task.closed_by_id)
    .order_by(col(Event.id).desc())
    .limit(1)
    .correlate(Task)
    .scalar_subquery()
)
_DECISIONS: Any = (
    sa.select(
        col(Task.closed_at).label("at"),
        col(Task.document_id),
        *_PAPER,
        col(Document.department_id),
        col(BudgetRequest.category),
        col(BudgetRequest.month).label("until"),
        col(BudgetRequest.outside_amount).label("asked"),
        col(BudgetRequest.granted_amount).label("granted"),
        col(Task.outcome),
        _WORDS.label("reason"),
        col(Person.name).label("who"),
    )
    .join(BudgetRequest, col(BudgetRequest.document_id) == Task.document_id)
    .join(Document, col(Document.id) == Task.document_id)
    .join(Person, col(Person.id) == Task.closed_by_id)
    .where(col(Task.state) == TaskState.DONE, col(Task.decides), *_during(col(Task.closed_at)))
)
