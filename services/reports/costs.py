"""The cost report: what the departments cost by element and month, against budget and last year (P8-4.3, P2-6.2).

What cases cost and who bears them is in case_costs.py. A manager sees the departments in his charge; finance, the
general manager and whoever reads all of after-sales the whole company.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Balance, Department, Document, Event, LedgerEntry, Person, Role
from services import audit
from services.access import visible_documents
from services.database import rows
from services.errors import Refused
from services.money.ledger import NOTHING, month_of, sum_of
from services.months import months_before
from services.notices import tell_person
from services.people import has_role, holders, local_day
from services.reports.spending import MOST, Behind, Purpose, departments_of
from services.texts import text

SENT = "costs.sent"
MAY_SEND = (Role.FINANCE_OFFICER, Role.FINANCE_HEAD)
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Scope:
    """What the report is narrowed down to."""

    year: int
    department_id: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime) -> "Scope":
        """From the parameters of an address. What makes no sense is left out: an address is typed by anyone."""
        year, department = query.get("year", ""), query.get("department", "")
        return cls(
            int(year) if re.fullmatch("20[0-9]{2}", year) else local_day(now).year,
            int(department) if re.fullmatch("[0-9]{1,9}", department) else None,
        )

    @property
    def span(self) -> dict[str, str]:
        return {"first": f"{self.year}01", "last": f"{self.year}12"}

    def a_year_ago(self) -> "Scope":
        return replace(self, year=self.year - 1)


@dataclass(frozen=True)
class Line:
    """An element's or a department's year: yuan month by month, its budget (of a department) and last year's."""

    key: str
    name: str
    months: tuple[Decimal, ...]
    planned: Decimal
    last: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.months, NOTHING)

    @property
    def drawn(self) -> Purpose:
        """As the chart of purposes draws it."""
        return Purpose(self.key, self.name, self.months)


@dataclass(frozen=True)
class Month:
    """A month of all that is looked at, in yuan."""

    number: int
    spent: Decimal
    planned: Decimal
    last: Decimal


def looked_at(session: Session, reader: Person, scope: Scope) -> dict[int, str]:
    """The departments that are looked at, by id. Raises `Refused` for whoever is no manager, or none of that one's."""
    own = departments_of(session, reader)
    chosen = own if scope.department_id is None else {id: own[id] for id in own if id == scope.department_id}
    if not chosen:
        raise Refused("costs.not_yours")
    return chosen


def all_departments(session: Session) -> dict[int, str]:
    """What departments are called, by id."""
    return {one.id: one.name for one in session.exec(select(Department))}


def by_element(session: Session, reader: Person, scope: Scope, language: str) -> list[Line]:
    """Cost elements by month; the dearest first (P8-4.2)."""
    this, before = (_spent(session, reader, one) for one in (scope, scope.a_year_ago()))
    sums = _summed(this, lambda row: str(row.cost_element))
    last = _summed(before, lambda row: str(row.cost_element))
    found = [
        Line(
            key,
            text(language, f"cost_element.{key}"),
            tuple(sums.get(key, _empty())),
            NOTHING,
            sum(last.get(key, []), NOTHING),
        )
        for key in sums.keys() | last.keys()
    ]
    return sorted(found, key=lambda one: (-one.total, one.key))


def by_department(session: Session, reader: Person, scope: Scope) -> list[Line]:
    """Departments by month, with their budget and what they cost a year ago."""
    names = looked_at(session, reader, scope)
    sums = _summed(_spent(session, reader, scope), lambda row: str(row.department_id))
    last = _summed(_spent(session, reader, scope.a_year_ago()), lambda row: str(row.department_id))
    planned = _planned(session, list(names), scope)
    return [
        Line(
            str(id),
            name,
            tuple(sums.get(str(id), _empty())),
            sum((amount for (its, _), amount in planned.items() if its == id), NOTHING),
            sum(last.get(str(id), []), NOTHING),
        )
        for id, name in names.items()
    ]


def by_month(session: Session, reader: Person, scope: Scope) -> list[Month]:
    """What all of it cost, what was planned, and last year's, month by month."""
    names = list(looked_at(session, reader, scope))
    this, last = (
        _summed(_spent(session, reader, one), lambda row: "").get("", _empty()) for one in (scope, scope.a_year_ago())
    )
    planned = _empty()
    for (_, month), amount in _planned(session, names, scope).items():
        planned[int(month[4:]) - 1] += amount
    return [Month(number, this[number - 1], planned[number - 1], last[number - 1]) for number in MONTHS]


def matrix(session: Session, reader: Person, scope: Scope) -> dict[tuple[str, int], Decimal]:
    """The year's cost by element and department."""
    found: dict[tuple[str, int], Decimal] = {}
    for row in _spent(session, reader, scope):
        place = (str(row.cost_element), row.department_id)
        found[place] = found.get(place, NOTHING) + row.amount
    return found


def behind(
    session: Session, reader: Person, scope: Scope, element: str | None, month: int | None, now: datetime
) -> list[Behind]:
    """The papers that cost something of an element in a month, or in the year; the largest first."""
    span = scope.span if month is None else {"first": f"{scope.year}{month:02d}", "last": f"{scope.year}{month:02d}"}
    named = span | {"departments": list(looked_at(session, reader, scope))}
    sums: dict[int, Decimal] = {}
    for row in rows(session, _BY_PAPER, named):
        if element in (None, row.cost_element):
            sums[row.document_id] = sums.get(row.document_id, NOTHING) + row.amount
    largest = sorted(((id, one) for id, one in sums.items() if one), key=lambda one: (-one[1], one[0]))[:MOST]
    seen = visible_documents(session, reader, now).where(col(Document.id).in_([id for id, _ in largest]))
    readable = {one.id: one for one in session.exec(seen)}
    return [Behind(readable.get(id), amount) for id, amount in largest]


# --- the result goes to the departments (P8-4.3)


def may_send(session: Session, reader: Person) -> bool:
    return has_role(session, reader, *MAY_SEND)


def send_result(session: Session, actor: Person, month: str, now: datetime) -> int:
    """Tell the head of every department that a month's result is there; it is on record. How many were told."""
    if not may_send(session, actor):
        raise Refused("costs.finance_only")
    if month >= month_of(local_day(now)):
        raise Refused("costs.month_not_over")
    people: dict[int, Person] = {}
    for department in session.exec(select(Department).where(Department.active)):
        people |= {one.id: one for one in holders(session, Role.DEPARTMENT_HEAD, department.id)}
    audit.record(session, now=now, action=SENT, actor=actor, subject=f"costs {month}", data={"people": sorted(people)})
    for person in people.values():
        tell_person(session, person, "costs_sent", now, month=f"{month[:4]}-{month[4:]}", name=actor.name)
    return len(people)


def last_sent(session: Session) -> tuple[str, datetime, str] | None:
    """The month whose result was sent last, when and by whom."""
    event = session.exec(select(Event).where(Event.action == SENT).order_by(col(Event.id).desc())).first()
    if event is None:
        return None
    actor = session.get(Person, event.actor_id)
    return event.subject.rpartition(" ")[2], event.at, actor.name if actor else ""


def month_to_send(now: datetime) -> str:
    """The month that is over."""
    return months_before(month_of(local_day(now)))


# --- helpers


def _spent(session: Session, reader: Person, scope: Scope) -> list[Any]:
    return list(rows(session, _SPENT, scope.span | {"departments": list(looked_at(session, reader, scope))}))


def _summed(found: list[Any], key: Any) -> dict[str, list[Decimal]]:
    sums: dict[str, list[Decimal]] = {}
    for row in found:
        sums.setdefault(key(row), _empty())[int(row.month[4:]) - 1] += row.amount
    return sums


def _empty() -> list[Decimal]:
    return [NOTHING] * 12


def _planned(session: Session, departments: list[int], scope: Scope) -> dict[tuple[int, str], Decimal]:
    found = rows(session, _BUDGETS, scope.span | {"departments": departments})
    return {(row.department_id, row.month): row.amount for row in found}


_SCOPE = (
    col(LedgerEntry.month).between(sa.bindparam("first"), sa.bindparam("last")),
    col(LedgerEntry.department_id).in_(sa.bindparam("departments", expanding=True)),
    col(LedgerEntry.cost_element) != "",
)
_AMOUNT = sum_of("spent")
_WHAT: Any = (col(LedgerEntry.cost_element), col(LedgerEntry.department_id), col(LedgerEntry.month))
_SPENT = sa.select(*_WHAT, _AMOUNT.label("amount")).where(*_SCOPE).group_by(*_WHAT).having(_AMOUNT != 0)
_BY_PAPER = (
    sa.select(col(LedgerEntry.cost_element), col(LedgerEntry.document_id), _AMOUNT.label("amount"))
    .where(*_SCOPE)
    .group_by(col(LedgerEntry.cost_element), col(LedgerEntry.document_id))
)
_BUDGETS = (
    sa.select(col(Balance.department_id), col(Balance.month), sa.func.sum(col(Balance.budget)).label("amount"))
    .where(col(Balance.month).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(col(Balance.department_id).in_(sa.bindparam("departments", expanding=True)))
    .group_by(col(Balance.department_id), col(Balance.month))
)
