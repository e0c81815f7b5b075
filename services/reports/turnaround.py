"""How fast complaints are handled: in, closed and open, promises kept, time to the end and at each step, causes.

Everything is reckoned from the cases that the reader may see. Days are days of the calendar, as the customer counts
them (P1-5, P1-6.2, P1-7.1). An open case never counts as closed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    CauseCategory,
    Complaint,
    Customer,
    Department,
    Document,
    PaperClock,
    Person,
    Product,
    Role,
    Severity,
    State,
    Task,
    TaskState,
)
from services.access import READS_ALL
from services.addresses import whole_in
from services.database import rows
from services.documents import KINDS
from services.people import has_role, local_day
from services.reports.cases import CaseFilters, View, chosen, day_begins
from services.settings import setting

WEEKS = (12, 26, 52)
MANAGERS = READS_ALL | KINDS["CP"].readers | {Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT, Role.SALES_MANAGER}
_DAY = 86_400.0


@dataclass(frozen=True)
class Scope:
    """The weeks up to today, and one department or all. It stands in the page's address."""

    weeks: int
    department_id: int | None
    today: date

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime) -> "Scope":
        known = {str(one): one for one in WEEKS}
        weeks = known.get(query.get("weeks", ""), WEEKS[0])
        return cls(weeks, whole_in(query.get("department")), local_day(now))

    @property
    def first(self) -> date:
        """The Monday with which it begins."""
        return monday(self.today) - timedelta(weeks=self.weeks - 1)

    @property
    def before(self) -> "Scope":
        """As many weeks that ended with the one before."""
        return replace(self, today=self.first - timedelta(days=1))

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.today


@dataclass(frozen=True)
class Period(Scope):
    """From one day to another, both included."""

    start: date = date.min

    @classmethod
    def of(cls, start: date, end: date) -> "Period":
        return cls((monday(end) - monday(start)).days // 7 + 1, None, end, start)

    @property
    def first(self) -> date:
        return self.start

    @property
    def before(self) -> "Period":
        """As many days that ended with the one before."""
        return Period.of(self.start - (self.today - self.start) - timedelta(days=1), self.start - timedelta(days=1))


@dataclass(frozen=True)
class Handled:
    """A case as it is reckoned with."""

    id: int
    number: str
    title: str
    customer: str
    product: str
    department: str
    severity: Severity
    cause: CauseCategory | None
    received_on: date
    closed_on: date | None
    days: float | None
    """From receipt to the end; None while it is open."""
    score: int | None
    cost: Decimal | None
    step: str | None
    """Where it stands, while it is open."""
    late: bool


@dataclass(frozen=True)
class Kept:
    """A promise that fell due, and whether it was kept in time."""

    case_id: int
    key: str
    due_on: date
    on_time: bool


@dataclass(frozen=True)
class Waited:
    """How long a case waited at a step, in days, and how long it might have."""

    case_id: int
    step: str
    days: float
    limit: float | None


@dataclass(frozen=True)
class Week:
    """One week from its Monday: cases in and closed, and how many were open at its end."""

    start: date
    received: int
    closed: int
    open: int


@dataclass(frozen=True)
class Spread:
    """How long the cases took that were closed in a month: a tenth less than `low`, a tenth more than `high`."""

    month: str
    count: int
    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float


@dataclass(frozen=True)
class StepTime:
    """How long cases wait at a step, and how long they may."""

    step: str
    median: float
    limit: float | None
    count: int
    waiting: int
    """Open ones that stand there now."""

    @property
    def over(self) -> bool:
        return self.limit is not None and self.median > self.limit


@dataclass(frozen=True)
class Cause:
    cause: CauseCategory
    count: int
    cumulative: float
    """Share of all with a cause, with those before it."""


@dataclass(frozen=True)
class Group:
    """A part of the cases: a department, a product, a severity."""

    name: str
    count: int
    closed: int
    median: float | None
    score: float | None
    cost: Decimal | None
    """In yuan, a case."""


@dataclass(frozen=True)
class Turnaround:
    """All the page shows."""

    scope: Scope
    cases: tuple[Handled, ...]
    """Received, closed or open within the weeks."""
    kept: tuple[Kept, ...]
    waited: tuple[Waited, ...]
    earlier: float | None
    """The median of the weeks before, in days."""
    answer_target: int
    verification_target: int
    days_target: int

    @property
    def received(self) -> list[Handled]:
        return [case for case in self.cases if self.scope.holds(case.received_on)]

    @property
    def closed(self) -> list[Handled]:
        return [case for case in self.cases if self.scope.holds(case.closed_on)]

    @property
    def open(self) -> list[Handled]:
        return [case for case in self.cases if case.closed_on is None]

    @property
    def open_at_end(self) -> list[Handled]:
        """Open at the end of its last day, though some may be closed by now."""
        return [case for case in self.cases if case.closed_on is None or case.closed_on > self.scope.today]

    def on_time(self, key: str) -> float | None:
        """Share of the promises of a sort that were kept in time, of those that fell due."""
        return share(one.on_time for one in self.kept if one.key == key)

    @property
    def median(self) -> float | None:
        return percentile([case.days for case in self.closed if case.days is not None], 50)

    @property
    def ninetieth(self) -> float | None:
        return percentile([case.days for case in self.closed if case.days is not None], 90)

    @property
    def scores(self) -> list[int]:
        return [case.score for case in self.closed if case.score is not None]

    @property
    def costs(self) -> list[Decimal]:
        """What finance has settled as the cost of those that were closed, in yuan."""
        return [case.cost for case in self.closed if case.cost is not None]

    @property
    def weeks(self) -> list[Week]:
        starts = [self.scope.first + timedelta(weeks=number) for number in range(self.scope.weeks)]
        return [_week(start, min(start + timedelta(days=6), self.scope.today), self.cases) for start in starts]

    @property
    def spreads(self) -> list[Spread]:
        by_month = defaultdict[str, list[float]](list)
        for case in self.closed:
            if case.closed_on and case.days is not None:
                by_month[f"{case.closed_on:%Y-%m}"].append(case.days)
        return [_spread(month, by_month[month]) for month in sorted(by_month)]

    @property
    def steps(self) -> list[StepTime]:
        """In the order of the route."""
        by_step = defaultdict[str, list[Waited]](list)
        for one in self.waited:
            by_step[one.step].append(one)
        standing = Counter(case.step for case in self.open)
        return [
            _step(step.key, by_step[step.key], standing[step.key]) for step in KINDS["CP"].route if step.key in by_step
        ]

    @property
    def causes(self) -> list[Cause]:
        """The most frequent first, each with the share that it and those before it make up."""
        counted = Counter(case.cause for case in self.received if case.cause)
        found, passed, whole = [], 0, sum(counted.values())
        for cause, count in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
            passed += count
            found.append(Cause(cause, count, passed / whole))
        return found

    def groups(self, name: Callable[[Handled], str]) -> list[Group]:
        """The cases received within the weeks, by anything; the most first."""
        parts = defaultdict[str, list[Handled]](list)
        for case in self.received:
            parts[name(case)].append(case)
        return sorted((_group(key, part) for key, part in parts.items()), key=lambda one: (-one.count, one.name))


def may_read(session: Session, user: Person) -> bool:
    """Managers, and those who read every case: each sees what he may see of them."""
    return has_role(session, user, *MANAGERS)


def turnaround(session: Session, user: Person, scope: Scope, now: datetime) -> Turnaround:
    """The figures of the weeks up to now."""
    filters = CaseFilters(view=View.ALL, department_id=scope.department_id)
    every = [_handled(row, now) for row in session.execute(_cases(chosen(session, user, filters, now)))]
    cases = tuple(one for one in every if _concerns(one, scope))
    ids = [case.id for case in cases]
    earlier = [one.days for one in every if one.days is not None and scope.before.holds(one.closed_on)]
    return Turnaround(
        scope,
        cases,
        tuple(one for one in _promises(session, ids, now) if scope.holds(one.due_on)),
        tuple(_waits(session, ids, scope)),
        percentile(earlier, 50),
        setting(session, "complaint.target_answer", now),
        setting(session, "complaint.target_verification", now),
        setting(session, "complaint.target_days", now),
    )


def departments_of(session: Session) -> dict[int, str]:
    """Those that have handled a case."""
    found = sa.select(col(Department.id), col(Department.name)).where(
        col(Department.id).in_(sa.select(col(Complaint.handling_department_id)))
    )
    return {row.id: row.name for row in session.execute(found.order_by(col(Department.id)))}


def percentile(values: Sequence[float], part: int) -> float | None:
    """Between the two values that lie nearest; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * part / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def share(found: Iterable[bool]) -> float | None:
    """How many of them are so; None of none."""
    every = list(found)
    return sum(every) / len(every) if every else None


def mean_amount(amounts: Sequence[Decimal]) -> Decimal | None:
    """The mean in yuan, to the fen; None of none."""
    return (sum(amounts, Decimal(0)) / len(amounts)).quantize(Decimal("0.01")) if amounts else None


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _concerns(case: Handled, scope: Scope) -> bool:
    return case.received_on <= scope.today and (case.closed_on is None or case.closed_on >= scope.first)


def _cases(found: Any) -> Any:
    return (
        found.join(Customer, col(Customer.id) == Complaint.customer_id)
        .outerjoin(Product, col(Product.id) == Complaint.product_id)
        .outerjoin(Department, col(Department.id) == Complaint.handling_department_id)
        .with_only_columns(
            col(Document.id),
            col(Document.number),
            col(Document.title),
            col(Document.state),
            col(Document.step),
            col(Document.due_at),
            col(Document.closed_at),
            col(Customer.name).label("customer"),
            (col(Product.name) + " " + col(Product.model)).label("product"),
            col(Department.name).label("department"),
            col(Complaint.severity),
            col(Complaint.cause_category),
            col(Complaint.received_at),
            col(Complaint.score_overall),
            col(Complaint.case_cost),
        )
        .order_by(col(Complaint.received_at).desc(), col(Document.id).desc())
    )


def _handled(row: Any, now: datetime) -> Handled:
    closed = row.closed_at if row.state == State.DONE else None
    return Handled(
        row.id,
        row.number,
        row.title,
        row.customer,
        row.product or "",
        row.department or "",
        row.severity,
        row.cause_category,
        local_day(row.received_at),
        local_day(closed) if closed else None,
        (closed - row.received_at).total_seconds() / _DAY if closed else None,
        row.score_overall,
        row.case_cost,
        row.step if row.state == State.RUNNING else None,
        bool(row.state == State.RUNNING and row.due_at and row.due_at < now),
    )


def _promises(session: Session, ids: list[int], now: datetime) -> Iterable[Kept]:
    """Those that fell due, or were kept before they did."""
    for part in _parts(ids):
        for row in rows(session, _CLOCKS, {"ids": part}):
            if row.kept_at or row.due_at < now:
                on_time = bool(row.kept_at and row.kept_at <= row.due_at)
                yield Kept(row.document_id, row.key, local_day(min(row.due_at, row.kept_at or row.due_at)), on_time)


_CLOCKS = sa.select(
    col(PaperClock.document_id), col(PaperClock.key), col(PaperClock.due_at), col(PaperClock.kept_at)
).where(col(PaperClock.document_id).in_(sa.bindparam("ids", expanding=True)))


def _waits(session: Session, ids: list[int], scope: Scope) -> Iterable[Waited]:
    """Work that was ended within the weeks."""
    since = day_begins(scope.first)
    for part in _parts(ids):
        for row in rows(session, _TASKS, {"ids": part, "since": since}):
            limit = (row.due_at - row.opened_at).total_seconds() / _DAY if row.due_at else None
            yield Waited(row.document_id, row.step, (row.closed_at - row.opened_at).total_seconds() / _DAY, limit)


_TASKS = sa.select(
    col(Task.document_id), col(Task.step), col(Task.opened_at), col(Task.closed_at), col(Task.due_at)
).where(
    col(Task.document_id).in_(sa.bindparam("ids", expanding=True)),
    col(Task.state) == TaskState.DONE,
    col(Task.closed_at) >= sa.bindparam("since"),
)


def _week(start: date, end: date, cases: Iterable[Handled]) -> Week:
    received = closed = still_open = 0
    for case in cases:
        received += start <= case.received_on <= end
        closed += case.closed_on is not None and start <= case.closed_on <= end
        still_open += case.received_on <= end and (case.closed_on is None or case.closed_on > end)
    return Week(start, received, closed, still_open)


def _spread(month: str, days: list[float]) -> Spread:
    low, quarter, median, three_quarters, high = (percentile(days, part) or 0.0 for part in (10, 25, 50, 75, 90))
    return Spread(month, len(days), low, quarter, median, three_quarters, high)


def _step(key: str, found: list[Waited], waiting: int) -> StepTime:
    limits = [one.limit for one in found if one.limit is not None and one.limit > 0]
    return StepTime(
        key, percentile([one.days for one in found], 50) or 0.0, percentile(limits, 50), len(found), waiting
    )


def _group(name: str, cases: list[Handled]) -> Group:
    days = [case.days for case in cases if case.days is not None]
    scores = [case.score for case in cases if case.score is not None]
    return Group(
        name,
        len(cases),
        len(days),
        percentile(days, 50),
        sum(scores) / len(scores) if scores else None,
        mean_amount([case.cost for case in cases if case.cost is not None]),
    )


def _parts(ids: list[int]) -> Iterable[list[int]]:
    return (ids[start : start + 500] for start in range(0, len(ids), 500))
