"""What the money goes to: by expense type and month, by trip and trip day, in open advances, and how long claims take.

A manager sees the departments in his charge; finance, the general manager and whoever reads all of after-sales the
whole company (P2-5.2, P2-6.2, P8-4.3).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import (
    BudgetCategory,
    Department,
    Document,
    ExpenseClaim,
    ExpenseType,
    LedgerEntry,
    Person,
    Posting,
    Role,
    Task,
    TaskState,
    TravelRequest,
)
from services.access import MONEY_READERS, READS_ALL, visible_documents
from services.addresses import whole_in, year_in
from services.ageing import STEPS, Owed, ageing
from services.calendar import working_times
from services.controls.standing import NOT_STANDING
from services.database import rows
from services.documents import KINDS
from services.errors import Refused
from services.money.ledger import NOTHING, sum_of
from services.months import first_day, last_day
from services.people import SHANGHAI, local_day, standing
from services.texts import said

SEES_ALL = MONEY_READERS | READS_ALL | {Role.OFFICE_DIRECTOR, Role.BUDGET_SUPERVISOR}
SEES_HIS_OWN = (Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT, Role.SALES_MANAGER)
SPENDING_READERS = SEES_ALL.union(SEES_HIS_OWN)
MONTHS = range(1, 13)
MOST = 100
"""Papers that are listed behind a figure, at most."""
_FEN = Decimal("0.01")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Scope:
    """What the page is narrowed down to."""

    year: int
    department_id: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime) -> "Scope":
        """From the parameters of an address. What makes no sense is left out: an address is typed by anyone."""
        return cls(year_in(query.get("year")) or local_day(now).year, whole_in(query.get("department")))

    def month(self, number: int) -> str:
        return f"{self.year}{number:02}"


@dataclass(frozen=True)
class Purpose:
    """What money is spent on: an expense type, or a budget category where the cost has none (accruals)."""

    key: str
    name: str
    months: tuple[Decimal, ...]
    """Yuan spent in each month of the year."""

    @property
    def total(self) -> Decimal:
        return sum(self.months, NOTHING)


@dataclass(frozen=True)
class Trips:
    """Trips that ended in a month and are audited."""

    month: int
    trips: int = 0
    days: int = 0
    """Of everybody who claims for them: two people away for three days are six."""
    cost: Decimal = NOTHING

    def __add__(self, other: "Trips") -> "Trips":
        return Trips(self.month, self.trips + other.trips, self.days + other.days, self.cost + other.cost)

    @property
    def per_trip(self) -> Decimal | None:
        return _share(self.cost, self.trips)

    @property
    def per_day(self) -> Decimal | None:
        return _share(self.cost, self.days)


@dataclass(frozen=True)
class Age:
    """Open advances that are overdue by up to so many days; 0 is not overdue, None more than the last step."""

    days: int | None
    advances: tuple[Owed, ...]

    @property
    def open(self) -> Decimal:
        return sum((one.open for one in self.advances), NOTHING)


@dataclass(frozen=True)
class StepTime:
    """How long claims lay at a step, in hours of working time."""

    step: str
    count: int
    median: float
    longest: float


@dataclass(frozen=True)
class Behind:
    """A paper behind a figure, with its part of it. One that the reader may not read has neither number nor title."""

    document: Document | None
    figure: Decimal
    """Yuan, or hours."""


def departments_of(session: Session, reader: Person) -> dict[int, str]:
    """The departments whose spending the reader may see, by id; none for whoever is no manager."""
    me = standing(session, reader)
    found = select(Department).order_by(col(Department.id))
    if not me.roles & SEES_ALL:
        found = found.where(col(Department.id).in_(me.departments(SEES_HIS_OWN)))
    return {one.id: one.name for one in session.exec(found)}


def purposes(session: Session, reader: Person, scope: Scope) -> list[Purpose]:
    """What was spent on what, month by month, from the ledger; the most expensive first."""
    own = _departments(session, reader, scope)
    facts = {"departments": own, "first": scope.month(1), "last": scope.month(12)}
    months: dict[str, list[Decimal]] = {}
    names: dict[str, str] = {}
    for row in rows(session, _SPENT, facts):
        key = _key(row.type_id, row.category)
        names[key] = row.category.value if row.type_id is None else str(row.type_id)
        months.setdefault(key, [NOTHING] * 12)[int(row.month[4:]) - 1] += row.amount
    found = [Purpose(key, names[key], tuple(amounts)) for key, amounts in months.items() if any(amounts)]
    return sorted(found, key=lambda one: (-one.total, one.key))


def named(session: Session, found: Iterable[Purpose], language: str) -> list[Purpose]:
    """The same with the names that people read."""
    name = ExpenseType.name if language == "zh" else ExpenseType.name_en
    types = {f"t{row[0]}": row[1] for row in session.execute(select(ExpenseType.id, name))}
    return [
        Purpose(one.key, types.get(one.key) or said(language, BudgetCategory(one.name)), one.months) for one in found
    ]


def trips(session: Session, reader: Person, scope: Scope) -> list[Trips]:
    """Month by month of return: what trips cost whose claims are audited. Claims under way are left out."""
    found = {month: Trips(month) for month in MONTHS}
    for row in _audited_trips(session, reader, scope):
        found[row.returned_on.month] += Trips(0, 1, row.days, row.cost)
    return list(found.values())


def ages(session: Session, reader: Person, scope: Scope, now: datetime) -> list[Age]:
    """Open advances today, as far as the reader may read them, by how long they are overdue (P9-5b)."""
    own = departments_of(session, reader)
    names = {own[id] for id in _departments(session, reader, scope)}
    by_age: dict[int | None, list[Owed]] = {days: [] for days in (*STEPS, None)}
    for one in ageing(session, reader, now):
        if one.department in names:
            by_age[next((days for days in STEPS if one.days_overdue <= days), None)].append(one)
    return [Age(days, tuple(advances)) for days, advances in by_age.items()]


def step_times(session: Session, reader: Person, scope: Scope) -> list[StepTime]:
    """How long claims lay at each step that was done in the year, in the order of the route."""
    hours: dict[str, list[float]] = {}
    for step, _, took in _steps_done(session, reader, scope):
        hours.setdefault(step, []).append(took)
    order = [step.key for step in KINDS["EC"].route]
    known = [step for step in order if step in hours] + sorted(set(hours) - set(order))
    return [StepTime(step, len(hours[step]), median(hours[step]), max(hours[step])) for step in known]


def behind_purpose(
    session: Session, reader: Person, scope: Scope, key: str, month: int | None, now: datetime
) -> list[Behind]:
    """The papers that spent money on something in a month, or in the year; the largest first."""
    months = [month] if month else list(MONTHS)
    facts = {
        "departments": _departments(session, reader, scope),
        "first": scope.month(months[0]),
        "last": scope.month(months[-1]),
    }
    sums: dict[int, Decimal] = {}
    for row in rows(session, _SPENT_BY, facts):
        if _key(row.type_id, row.category) == key:
            sums[row.document_id] = sums.get(row.document_id, NOTHING) + row.amount
    return _behind(session, reader, now, [(id, amount) for id, amount in sums.items() if amount])


def behind_trips(session: Session, reader: Person, scope: Scope, month: int, now: datetime) -> list[Behind]:
    """The trips of a month with what they cost."""
    found = _audited_trips(session, reader, scope)
    return _behind(session, reader, now, [(row.trip_id, row.cost) for row in found if row.returned_on.month == month])


def behind_step(session: Session, reader: Person, scope: Scope, step: str, now: datetime) -> list[Behind]:
    """The claims that lay longest at a step, with their hours."""
    longest: dict[int, float] = {}
    for its, document_id, took in _steps_done(session, reader, scope):
        if its == step:
            longest[document_id] = max(took, longest.get(document_id, 0.0))
    found = [(id, Decimal(hours).quantize(Decimal("0.1"))) for id, hours in longest.items()]
    return _behind(session, reader, now, found)


def _departments(session: Session, reader: Person, scope: Scope) -> list[int]:
    """Those that are looked at. Raises `Refused` for whoever is no manager, or none of that department's."""
    own = departments_of(session, reader)
    chosen = list(own) if scope.department_id is None else [id for id in own if id == scope.department_id]
    if not chosen:
        raise Refused("spending.not_yours")
    return chosen


def _audited_trips(session: Session, reader: Person, scope: Scope) -> list["_AuditedTrip"]:
    facts = {
        "departments": _departments(session, reader, scope),
        "first": first_day(scope.month(1)),
        "last": last_day(scope.month(12)),
    }
    return [_AuditedTrip.of(row) for row in rows(session, _TRIPS, facts)]


@dataclass(frozen=True)
class _AuditedTrip:
    trip_id: int
    returned_on: date
    days: int
    cost: Decimal

    @classmethod
    def of(cls, row: Any) -> "_AuditedTrip":
        days = (row.returned_on - row.departed_on).days + 1
        return cls(row.trip_id, row.returned_on, days * row.claims, row.cost)


def _steps_done(session: Session, reader: Person, scope: Scope) -> Iterator[tuple[str, int, float]]:
    """Step, claim and working hours of everything that was done in the year."""
    since, before = (datetime.combine(date(year, 1, 1), time.min, SHANGHAI) for year in (scope.year, scope.year + 1))
    facts = {"departments": _departments(session, reader, scope), "since": since, "before": before}
    times = working_times(session, since)
    for row in rows(session, _STEPS, facts):
        yield row.step, row.document_id, times.between(row.opened_at, row.closed_at) / _HOUR


def _behind(session: Session, reader: Person, now: datetime, found: Collection[tuple[int, Decimal]]) -> list[Behind]:
    largest = sorted(found, key=lambda one: (-one[1], one[0]))[:MOST]
    seen = visible_documents(session, reader, now).where(col(Document.id).in_([id for id, _ in largest]))
    readable = {one.id: one for one in session.exec(seen)}
    return [Behind(readable.get(id), figure) for id, figure in largest]


def _key(type_id: int | None, category: BudgetCategory) -> str:
    return category.value if type_id is None else f"t{type_id}"


def _share(amount: Decimal, count: int) -> Decimal | None:
    return (amount / count).quantize(_FEN, ROUND_HALF_UP) if count else None


_SPENDING = (
    col(LedgerEntry.posting).in_((Posting.SPENT, Posting.REVERSED)),
    col(LedgerEntry.month).between(sa.bindparam("first"), sa.bindparam("last")),
    col(LedgerEntry.department_id).in_(sa.bindparam("departments", expanding=True)),
)
_WHAT: Any = (col(LedgerEntry.expense_type_id).label("type_id"), col(LedgerEntry.category))
_SPENT = (
    sa.select(*_WHAT, col(LedgerEntry.month), sum_of("spent").label("amount"))
    .where(*_SPENDING)
    .group_by(*_WHAT, col(LedgerEntry.month))
)
_SPENT_BY = (
    sa.select(*_WHAT, col(LedgerEntry.document_id), sum_of("spent").label("amount"))
    .where(*_SPENDING)
    .group_by(*_WHAT, col(LedgerEntry.document_id))
)
_trip: Any = aliased(Document)
_TRIPS: Any = (
    sa.select(
        col(TravelRequest.document_id).label("trip_id"),
        col(TravelRequest.departed_on),
        col(TravelRequest.returned_on),
        sa.func.count().label("claims"),
        sa.func.sum(ExpenseClaim.audited_amount).label("cost"),
    )
    .join(_trip, _trip.id == TravelRequest.document_id)
    .join(ExpenseClaim, col(ExpenseClaim.trip_id) == TravelRequest.document_id)
    .join(Document, col(Document.id) == ExpenseClaim.document_id)
    .where(col(Document.state).not_in(NOT_STANDING), col(ExpenseClaim.audited_amount).is_not(None))
    .where(col(TravelRequest.returned_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(_trip.department_id.in_(sa.bindparam("departments", expanding=True)))
    .group_by(col(TravelRequest.document_id), col(TravelRequest.departed_on), col(TravelRequest.returned_on))
)
_STEPS = (
    sa.select(col(Task.step), col(Task.opened_at), col(Task.closed_at), col(Task.document_id))
    .join(Document, col(Document.id) == Task.document_id)
    .where(col(Document.kind) == "EC", col(Task.state) == TaskState.DONE, col(Task.asked_by_id).is_(None))
    .where(col(Task.closed_at) >= sa.bindparam("since"), col(Task.closed_at) < sa.bindparam("before"))
    .where(col(Document.department_id).in_(sa.bindparam("departments", expanding=True)))
)
