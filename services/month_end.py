"""Month end: where the settlement of each department's months stands, what is missing in one, and how it is begun
(P2-2.2, P7-9, P8-4.4).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Balance, ClosedMonth, Department, Document, MonthlySettlement, MonthlySettlementForm, Person, State
from services.access import DEPARTMENT_READERS, may_start
from services.database import rows
from services.documents.cost_proposals import departments_to_charge, proposals
from services.documents.drafts import keep
from services.documents.fields import spec
from services.documents.filling import check_value
from services.documents.kind import LIES_WITH_ITS_AUTHOR
from services.documents.month_checks import Check, checklist
from services.documents.monthly_settlement import departments_to_settle, due_on
from services.errors import Refused
from services.money.ledger import NOTHING, month_of
from services.people import local_day, standing
from services.reports.plans import FOLLOW_ALL, may_follow

MONTHS = range(1, 13)


class Stands(StrEnum):
    """Where a department's month stands."""

    CLOSED = "closed"
    REVIEW = "review"
    """Sent: its head or finance has it."""
    RETURNED = "returned"
    DRAFT = "draft"
    """Begun by the reader."""
    DUE = "due"
    """Over and not begun, and in time until `due_on`."""
    LATE = "late"
    """Over, not begun, and its last day has passed (P7-9)."""
    RUNNING = "running"
    """The month it is."""
    NOTHING = "nothing"
    """Nothing was planned or spent in it, or it is still to come."""


@dataclass(frozen=True)
class Cell:
    month: str
    stands: Stands
    document_id: int | None = None
    number: str | None = None


@dataclass(frozen=True)
class Row:
    """A department's year."""

    department_id: int
    department: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Month:
    """A department's month, looked at: what it has cost, what is missing, and what the reader may begin in it."""

    spent: Decimal
    planned: Decimal
    checks: tuple[Check, ...]
    may_begin: bool
    entries: int
    """Lines that recur and that he may have entered with one click."""
    due_on: date
    """The last day on which its settlement is sent in time."""


@dataclass(frozen=True)
class Scope:
    """What the page shows: a year, and a department's month where one is chosen."""

    year: int
    department_id: int | None = None
    month: str | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime) -> "Scope":
        """From the parameters of an address. What makes no sense is left out: an address is typed by anyone."""
        year, department = query.get("year", ""), query.get("department", "")
        month, _ = check_value(spec(MonthlySettlementForm, "month"), query.get("month"))
        return cls(
            int(year) if re.fullmatch("20[0-9]{2}", year) else local_day(now).year,
            int(department) if re.fullmatch("[0-9]{1,9}", department) else None,
            month,
        )


def board(session: Session, reader: Person, year: int, now: datetime) -> list[Row]:
    """The departments that the reader follows, month by month. Raises `Refused` for whoever follows none."""
    if not may_follow(session, reader):
        raise Refused("month_end.not_yours")
    found = _settlements(session, year) | _drafts(session, reader)
    shut = {(row.department_id, row.month) for row in rows(session, _CLOSED, _span(year))}
    used = {(row.department_id, row.month) for row in rows(session, _USED, _span(year))}
    this = month_of(local_day(now))
    months = [f"{year}{number:02d}" for number in MONTHS]
    late = {month for month in months if month < this and due_on(session, month, now) < local_day(now)}
    return [
        Row(one.id, one.name, tuple(_cell((one.id, month), found, shut, used, late, this) for month in months))
        for one in _departments(session, reader)
    ]


def look_at(session: Session, reader: Person, department_id: int, month: str, now: datetime) -> Month | None:
    """A department's month; None where the reader does not follow the department."""
    if department_id not in {one.id for one in _departments(session, reader)}:
        return None
    sums = rows(session, _SUMS, {"department": department_id, "month": month}).one()
    settles = {option.value for option in departments_to_settle(session, reader, now)}
    enters = {option.value for option in departments_to_charge(session, reader, now)}
    over = month < month_of(local_day(now))
    return Month(
        sums.spent or NOTHING,
        sums.planned or NOTHING,
        tuple(checklist(session, department_id, month, now)),
        over and department_id in settles and may_start(session, reader, "MS"),
        len(proposals(session, department_id, month)) if department_id in enters else 0,
        due_on(session, month, now),
    )


def begin(session: Session, user: Person, department_id: int, month: str, now: datetime) -> Document:
    """A draft of the settlement; the one that the user has begun already, if there is one."""
    there = _drafts(session, user).get((department_id, month))
    if there and there.document_id:
        return session.get_one(Document, there.document_id)
    raw = {"settled_department_id": department_id, "month": month}
    return keep(session, user, "MS", raw, token=f"settles-{uuid4().hex[:20]}", now=now)


def _cell(
    place: tuple[int, str],
    found: dict[tuple[int, str], Cell],
    shut: set[tuple[int, str]],
    used: set[tuple[int, str]],
    late: set[str],
    this: str,
) -> Cell:
    cell, (_, month) = found.get(place), place
    if place in shut:
        return Cell(month, Stands.CLOSED, cell.document_id, cell.number) if cell else Cell(month, Stands.CLOSED)
    if cell is not None:
        return cell
    if month == this:
        return Cell(month, Stands.RUNNING)
    if month > this or place not in used:
        return Cell(month, Stands.NOTHING)
    return Cell(month, Stands.LATE if month in late else Stands.DUE)


def _settlements(session: Session, year: int) -> dict[tuple[int, str], Cell]:
    return {
        (row.department_id, row.month): Cell(
            row.month, Stands.RETURNED if row.state == State.RETURNED else Stands.REVIEW, row.id, row.number
        )
        for row in rows(session, _SENT, _span(year))
    }


def _drafts(session: Session, reader: Person) -> dict[tuple[int, str], Cell]:
    found = {}
    statement = select(Document).where(
        Document.kind == "MS",
        Document.created_by_id == reader.id,
        col(Document.state).in_(LIES_WITH_ITS_AUTHOR),
        Document.state != State.RETURNED,
    )
    for document in session.exec(statement):
        typed = document.draft or {}
        month, _ = check_value(spec(MonthlySettlementForm, "month"), typed.get("month"))
        if month and typed.get("settled_department_id"):
            found[int(typed["settled_department_id"]), month] = Cell(month, Stands.DRAFT, document.id, None)
    return found


def _departments(session: Session, reader: Person) -> list[Department]:
    me = standing(session, reader)
    statement = select(Department).where(Department.active).order_by(col(Department.id))
    if not me.roles & FOLLOW_ALL:
        statement = statement.where(col(Department.id).in_(me.departments(DEPARTMENT_READERS)))
    return list(session.exec(statement))


def _span(year: int) -> dict[str, Any]:
    return {"first": f"{year}01", "last": f"{year}12"}


_IN_SPAN: tuple[Any, Any] = (sa.bindparam("first"), sa.bindparam("last"))
_SENT: Any = (
    sa.select(
        col(MonthlySettlement.settled_department_id).label("department_id"),
        col(MonthlySettlement.month),
        col(Document.id),
        col(Document.number),
        col(Document.state),
    )
    .join(Document, col(Document.id) == MonthlySettlement.document_id)
    .where(col(MonthlySettlement.month).between(*_IN_SPAN))
    .where(col(Document.state).in_((State.RUNNING, State.RETURNED, State.DONE)))
)
_CLOSED = sa.select(col(ClosedMonth.department_id), col(ClosedMonth.month)).where(
    col(ClosedMonth.month).between(*_IN_SPAN)
)
_USED = (
    sa.select(col(Balance.department_id), col(Balance.month))
    .where(col(Balance.month).between(*_IN_SPAN), sa.or_(col(Balance.budget) != 0, col(Balance.spent) != 0))
    .distinct()
)
_SUMS = sa.select(
    sa.func.sum(col(Balance.spent)).label("spent"), sa.func.sum(col(Balance.budget)).label("planned")
).where(col(Balance.department_id) == sa.bindparam("department"), col(Balance.month) == sa.bindparam("month"))
