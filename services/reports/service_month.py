"""The service orders behind a month's briefing: by week, by kind, and what each technician did (P6-6, P5-8.1)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col

from models import Document, Person, ServiceCategory, ServiceOrder, VisitResult
from services.access import visible_documents
from services.controls.standing import NOT_STANDING
from services.months import first_day
from services.people import local_day
from services.reports.turnaround import Week

WEEKS = 12
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Technician:
    """What somebody did on site in a month."""

    name: str
    visits: int
    solved: int
    hours: Decimal


@dataclass(frozen=True)
class ServiceMonth:
    """Orders up to a month's end, or to now while it lasts."""

    weeks: list[Week]
    """Received, closed and open, the last twelve; the newest last."""
    categories: list[tuple[ServiceCategory, int]]
    """Orders received in the month, the most first."""
    technicians: list[Technician]
    """Who served in the month, the most visits first."""


def service_month(session: Session, reader: Person, month: str, until: datetime) -> ServiceMonth:
    """Counted over the orders that the reader may read."""
    found = (
        visible_documents(session, reader, until)
        .join(ServiceOrder, col(ServiceOrder.document_id) == Document.id)
        .join(Person, col(Person.id) == ServiceOrder.technician_id, isouter=True)
        .where(col(Document.number).is_not(None), col(Document.state).not_in(NOT_STANDING))
        .where(col(ServiceOrder.received_at) <= until)
    )
    columns: Any = (ServiceOrder, Document.closed_at, Person.name)
    orders = [(one, closed_at, name) for one, closed_at, name in session.execute(found.with_only_columns(*columns))]
    first, last = first_day(month), local_day(until)
    received = Counter(one.category for one, _, _ in orders if first <= local_day(one.received_at) <= last)
    served = [(one, name) for one, _, name in orders if one.worked_on and first <= one.worked_on <= last]
    days = [(local_day(one.received_at), local_day(at) if at and at <= until else None) for one, at, _ in orders]
    return ServiceMonth(
        _weeks(days, last),
        [(category, count) for category, count in received.most_common() if category],
        _technicians(served),
    )


def _weeks(orders: list[tuple[date, date | None]], last: date) -> list[Week]:
    """By the days on which each order was received and closed."""
    monday = last - timedelta(days=last.weekday())
    found = []
    for back in range(WEEKS - 1, -1, -1):
        start = monday - back * _WEEK
        end = min(start + _WEEK - timedelta(days=1), last)
        received = sum(start <= first <= end for first, _ in orders)
        closed = sum(over is not None and start <= over <= end for _, over in orders)
        still_open = sum(first <= end and (over is None or over > end) for first, over in orders)
        found.append(Week(start, received, closed, still_open))
    return found


def _technicians(served: list[tuple[ServiceOrder, str | None]]) -> list[Technician]:
    by_name: dict[str, list[ServiceOrder]] = {}
    for order, name in served:
        by_name.setdefault(name or "", []).append(order)
    found = [
        Technician(
            name,
            len(orders),
            sum(one.visit_result == VisitResult.SOLVED for one in orders),
            sum((one.work_hours or Decimal(0) for one in orders), Decimal(0)),
        )
        for name, orders in by_name.items()
    ]
    return sorted(found, key=lambda one: (-one.visits, one.name))
