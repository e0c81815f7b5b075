"""The dispatch board: open calls by area and urgency beside the technicians with their day (P5-8.1, P6-8b)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Customer, Department, Document, Person, Role, ServiceOrder, Severity, State
from services.access import visible_documents
from services.documents.order_parts import awaiting_parts
from services.documents.order_steps import technicians
from services.engine import act, actions_for
from services.engine.action import CALL_BACK
from services.people import SHANGHAI, local_day

DISPATCHERS = frozenset({Role.DISPATCHER, Role.SALES_MANAGER})
BOARD_READERS = DISPATCHERS | {Role.SERVICE_CLERK}
FULL_DAY = Decimal(8)
"""Hours planned for a day above which it is marked as too much."""
_ORDER = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.NORMAL: 2}


@dataclass(frozen=True)
class Waiting:
    """A call that waits for somebody to be sent, or the visit planned for it."""

    id: int
    number: str
    version: int
    customer: str
    area: str
    """The department that looks after the customer."""
    address: str
    fault: str
    urgency: Severity
    due_at: datetime | None
    technician_id: int | None
    planned_from: datetime | None
    planned_until: datetime | None
    parts_missing: bool = False
    """Parts that were asked for it have not come yet (P3-2.2)."""


@dataclass(frozen=True)
class Day:
    """What a technician has on a day, in order."""

    person_id: int
    name: str
    visits: list[Waiting] = field(default_factory=list)
    hours: Decimal = Decimal(0)
    overlaps: bool = False

    @property
    def overloaded(self) -> bool:
        return self.hours > FULL_DAY


@dataclass(frozen=True)
class Board:
    day: date
    calls: list[Waiting]
    """Not yet dispatched: by area, then urgency, then when they are due."""
    days: list[Day]


def board(session: Session, user: Person, day: date, now: datetime) -> Board:
    """The board of a day, of the calls that the user may see."""
    open_ones = list(session.execute(_open(session, user, now)))
    awaiting = awaiting_parts(session, [row[0].id for row in open_ones])
    found = [_waiting(row, awaiting) for row in open_ones]
    calls = [one for one, step in found if step == "dispatch"]
    calls.sort(key=lambda one: (one.area, _ORDER[Severity(one.urgency)], one.due_at or now, one.id))
    visits = defaultdict[int, list[Waiting]](list)
    for one, step in found:
        if step == "visit" and one.technician_id and _touches(one, day):
            visits[one.technician_id].append(one)
    people = technicians(session, user, now)
    return Board(day, calls, [_day(int(one.value), one.label, visits[int(one.value)], day) for one in people])


def assign(
    session: Session,
    user: Person,
    order: Waiting,
    technician_id: int | None,
    begins: datetime | None,
    ends: datetime | None,
    now: datetime,
) -> Document:
    """Send a technician, or another one, or at another time; as one act of the board in the caller's transaction.

    Raises `Invalid` where he is booked already, `Refused` for whoever does not dispatch, or where somebody acted
    since the board was seen.
    """
    seen = order.version
    document = session.get_one(Document, order.id)
    if any(one.key == CALL_BACK for one in actions_for(session, user, document, now)):
        seen = act(session, user, order.id, CALL_BACK, seen=seen, now=now).version
    given: dict[str, Any] = {
        "technician_id": technician_id,
        "planned_from": _typed(begins),
        "planned_until": _typed(ends),
    }
    return act(session, user, order.id, "complete", seen=seen, now=now, **given)


def span(day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    """From and until on a day of the company; an end before the beginning is that of the next day."""
    last = day if ends > begins else day + timedelta(days=1)
    return datetime.combine(day, begins, SHANGHAI), datetime.combine(last, ends, SHANGHAI)


def _typed(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _day(person_id: int, name: str, visits: Sequence[Waiting], day: date) -> Day:
    visits = sorted(visits, key=lambda one: (one.planned_from, one.id))
    overlaps = any(a.planned_until > b.planned_from for a, b in pairwise(visits) if a.planned_until and b.planned_from)
    return Day(person_id, name, list(visits), sum((_hours(one, day) for one in visits), Decimal(0)), overlaps)


def _touches(one: Waiting, day: date) -> bool:
    return bool(
        one.planned_from and one.planned_until and local_day(one.planned_from) <= day <= local_day(one.planned_until)
    )


def _hours(one: Waiting, day: date) -> Decimal:
    """How many hours of a visit lie on the day, to a tenth."""
    assert one.planned_from and one.planned_until
    first = datetime.combine(day, time(0), SHANGHAI)
    begins, ends = max(one.planned_from, first), min(one.planned_until, first + timedelta(days=1))
    return round(Decimal(int((ends - begins).total_seconds())) / 3600, 1)


def _open(session: Session, user: Person, now: datetime) -> Any:
    found: Any = visible_documents(session, user, now)
    return (
        found.join(ServiceOrder, col(ServiceOrder.document_id) == Document.id)
        .join(Customer, col(Customer.id) == ServiceOrder.customer_id)
        .outerjoin(Department, col(Department.id) == ServiceOrder.handling_department_id)
        .where(col(Document.state) == State.RUNNING, col(Document.step).in_(["dispatch", "visit"]))
        .with_only_columns(Document, ServiceOrder, col(Customer.name).label("customer"), col(Department.name))
        .order_by(sa.desc(col(Document.id)))
    )


def _waiting(row: Any, awaiting: set[int]) -> tuple[Waiting, str]:
    document, order = row[0], row[1]
    one = Waiting(
        document.id,
        document.number,
        document.version,
        row.customer,
        row[3] or "",
        order.address,
        order.fault,
        order.urgency,
        document.due_at,
        order.technician_id,
        order.planned_from,
        order.planned_until,
        document.id in awaiting,
    )
    return one, document.step
