"""Whom to ask and whom to visit next: cases whose survey is open, customers due by their interval (P3-1.3a, P3-1.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Complaint,
    Customer,
    CustomerVisit,
    Department,
    Document,
    PaperClock,
    Person,
    Role,
    SatisfactionSurvey,
    SoldItem,
    State,
)
from services.access import DEPARTMENT_READERS, READS_ALL, visible_documents
from services.documents.complaint_clocks import SURVEY
from services.export import Column, to_excel
from services.people import has_role, local_day
from services.settings import setting
from services.texts import text
from services.warranty import months_later

ASKERS = (
    READS_ALL
    | DEPARTMENT_READERS
    | {
        Role.CUSTOMER_SERVICE,
        Role.SERVICE_ADMINISTRATOR,
        Role.SALES_MANAGER,
        Role.SALESPERSON,
        Role.QUALITY_INSPECTOR,
    }
)
"""Who sees whom to ask and to visit."""
COLUMNS = ("customer", "contact", "phone", "department", "last_on", "due_on", "days_late")
_AHEAD = timedelta(days=30)
_COUNTS = (State.RUNNING, State.DONE)


class Sort(StrEnum):
    CASE = "case"
    PERIODIC = "periodic"
    VISIT = "visit"


@dataclass(frozen=True)
class Due:
    """One customer to be asked or visited. One who never was has no day: he comes first."""

    sort: Sort
    customer_id: int
    customer: str
    contact: str
    phone: str
    department: str
    last_on: date | None
    due_on: date | None
    days_late: int
    number: str = ""
    """The complaint to ask about."""


def contacts_due(session: Session, user: Person, now: datetime) -> list[Due]:
    """All that is late or due within 30 days, the longest late first; nothing for whom it is none of his business."""
    if not has_role(session, user, *ASKERS):
        return []
    found = [*_cases(session, user, now), *rounds(session, now), *visits(session, now)]
    return sorted(found, key=lambda one: (one.due_on or date.min, one.customer))


def _cases(session: Session, user: Person, now: datetime) -> Iterator[Due]:
    """Complaints that stand at their survey, as far as the user may read them (P4-2.5)."""
    mine = visible_documents(session, user, now).where(
        Document.kind == "CP", Document.state == State.RUNNING, Document.step == SURVEY
    )
    clock = sa.and_(col(PaperClock.document_id) == Document.id, col(PaperClock.key) == SURVEY)
    found = (
        mine.join(Complaint, col(Complaint.document_id) == Document.id)
        .join(Customer, col(Customer.id) == Complaint.customer_id)
        .join(Department, col(Department.id) == Complaint.handling_department_id)
        .join(PaperClock, clock, isouter=True)
    )
    columns: Any = (col(Document.number), Complaint, Customer, col(Department.name), col(PaperClock.due_at))
    for number, case, customer, department, due_at in session.execute(found.with_only_columns(*columns)):
        due_on = local_day(due_at) if due_at else None
        days = _late(due_on, now)
        told = case.notified_on
        yield Due(
            Sort.CASE, customer.id, customer.name, case.contact, case.contact_phone or "", department, told, due_on,
            days, number,
        )  # fmt: skip


def rounds(session: Session, now: datetime) -> Iterator[Due]:
    """Customers who have something of ours and were not asked for so long (P3-1.5)."""
    months = setting(session, "survey.interval_months", now)
    last = _last(session, SatisfactionSurvey, SatisfactionSurvey.surveyed_on)
    buyers = set(session.execute(sa.select(col(SoldItem.customer_id)).where(col(SoldItem.active))).scalars())
    for customer, department in _customers(session):
        if customer.id in buyers or customer.id in last:
            yield from _by_interval(Sort.PERIODIC, customer, department, last.get(customer.id), months, now)


def visits(session: Session, now: datetime) -> Iterator[Due]:
    """Customers with an interval of their own, the key customers (P3-1.3a)."""
    last = _last(session, CustomerVisit, CustomerVisit.visited_on)
    for customer, department in _customers(session):
        if customer.visit_months:
            yield from _by_interval(Sort.VISIT, customer, department, last.get(customer.id), customer.visit_months, now)


def _by_interval(
    sort: Sort, customer: Customer, department: str, last_on: date | None, months: int, now: datetime
) -> Iterator[Due]:
    due_on = months_later(last_on, months) if last_on else None
    if due_on is None or due_on <= local_day(now) + _AHEAD:
        yield Due(
            sort, customer.id, customer.name, customer.contact or "", customer.phone or "", department, last_on, due_on,
            _late(due_on, now),
        )  # fmt: skip


def _late(due_on: date | None, now: datetime) -> int:
    return max((local_day(now) - due_on).days, 0) if due_on else 0


def _last(session: Session, table: Any, day: Any) -> dict[int, date]:
    """When each customer was last asked or visited, by papers that stand."""
    found = (
        sa.select(table.customer_id, sa.func.max(day))
        .join(Document, col(Document.id) == table.document_id)
        .where(col(Document.state).in_(_COUNTS))
        .group_by(table.customer_id)
    )
    return {row[0]: row[1] for row in session.execute(found)}


def _customers(session: Session) -> list[tuple[Customer, str]]:
    found = sa.select(Customer, col(Department.name)).join(Department, col(Department.id) == Customer.department_id)
    return [(row[0], row[1]) for row in session.execute(found.where(col(Customer.active)).order_by(col(Customer.id)))]


def due_to_excel(session: Session, user: Person, now: datetime, *, language: str) -> bytes:
    """The list as the reader sees it."""
    sorts: dict[str, Any] = {"last_on": "date", "due_on": "date", "days_late": "number"}
    columns = [Column(text(language, "due_list.what")), Column(text(language, "due_list.number"))]
    columns += [Column(text(language, f"due_list.{name}"), sorts.get(name, "text")) for name in COLUMNS]
    rows = [
        [text(language, f"due_list.{one.sort}"), one.number, *(getattr(one, name) for name in COLUMNS)]
        for one in contacts_due(session, user, now)
    ]
    return to_excel(columns, rows, title=text(language, "menu.contacts_due"), language=language)
