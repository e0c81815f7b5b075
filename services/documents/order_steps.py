"""What the steps of a service order are held to beside their fields, and what follows from them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Department,
    Document,
    Grant,
    OrderPart,
    Person,
    Role,
    ServiceCategory,
    ServiceOrder,
    State,
    VisitResult,
)
from services.database import one_at_a_time, rows
from services.documents.kind import Option
from services.documents.order_following import next_visit, open_income
from services.documents.order_money import difference_of, fee_of, wrong_with_cash, wrong_with_money
from services.documents.order_parts import note_listed
from services.errors import Fault, Invalid
from services.people import local_day

Wrong = Iterator[Fault]
VISITORS = (Role.TECHNICIAN, Role.ENGINEER)
"""Who is sent to customers."""
DAY = Decimal(24)
LONGEST_VISIT = timedelta(days=31)
OF_A_VISIT = (
    "worked_on",
    "work_done",
    "work_hours",
    "visit_result",
    "unfinished_reason",
    "fee",
    "fee_reason",
    "collected_amount",
    "signed_by",
)
"""What the technician fills in on site."""


def technicians(session: Session, user: Person, now: datetime) -> list[Option]:
    """Technicians and service engineers, by department (P5-8.1)."""
    return [Option(row.id, f"{row.name} {row.department}") for row in rows(session, _VISITORS)]


_VISITORS: Any = (
    sa.select(col(Person.id), col(Person.name), col(Department.name).label("department"))
    .join(Department, col(Department.id) == Person.department_id)
    .where(
        col(Person.active),
        col(Person.id).in_(
            sa.select(col(Grant.person_id)).where(col(Grant.role).in_(VISITORS), col(Grant.ended_at).is_(None))
        ),
    )
    .order_by(col(Department.id), col(Person.id))
)


def step_is_right(session: Session, document: Document, now: datetime) -> None:
    """Whoever ends a step has filled it in as the rules of that step want it."""
    order = session.get_one(ServiceOrder, document.id)
    check = _CHECKS.get(document.step or "")
    if check and (faults := list(check(session, order, now))):
        raise Invalid(faults)


def fit_to_be_signed(session: Session, document: Document, now: datetime) -> None:
    """What the customer is asked to sign can be ended as it stands: he is not asked twice (P6-9a)."""
    if faults := list(_visit(session, session.get_one(ServiceOrder, document.id), now)):
        raise Invalid(faults)


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What the cashier found too much or too little in what was collected."""
    difference = difference_of(session.get_one(ServiceOrder, document.id)) if document.number else None
    return [("SO.fact.difference", difference)] if difference else []


# --- what follows from steps


def dispatched(session: Session, document: Document, now: datetime) -> None:
    order = session.get_one(ServiceOrder, document.id)
    order.dispatched_at = now
    order.visit_on = local_day(order.planned_until) if order.planned_until else None
    if order.category == order.proposed_category:
        order.category_reason = None


def called_back(session: Session, document: Document, now: datetime) -> None:
    """It is dispatched anew; what was signed already is of a visit that did not end."""
    order = session.get_one(ServiceOrder, document.id)
    for name in ("dispatched_at", "visit_on", "signature_id", "signed_content", *OF_A_VISIT):
        setattr(order, name, None)
    session.execute(sa.delete(OrderPart).where(col(OrderPart.document_id) == document.id))


def worked(session: Session, document: Document, now: datetime) -> None:
    """What it costs the customer stands, and which parts are listed ones; where the visit was not finished, the next
    one is opened.
    """
    order = session.get_one(ServiceOrder, document.id)
    order.worked_at = now
    if order.signature_id and not is_signed(session, document, now):  # a visit that goes on needs none
        order.signature_id = order.signed_content = None
    order.fee = fee_of(session, order, now) or None
    note_listed(session, document.id)
    next_visit(session, document, now)


def handed(session: Session, document: Document, now: datetime) -> None:
    """Nothing of it lies with the technician any more: what the customer owes goes to the accountant (P6-10)."""
    open_income(session, document, now)


def to_be_worked_on(session: Session, document: Document, now: datetime) -> None:
    session.get_one(ServiceOrder, document.id).worked_at = None


# --- what is wrong with a step


def _dispatch(session: Session, order: ServiceOrder, now: datetime) -> Wrong:
    """A time to come, in order, in which the technician is free (P5-8.1); a category with its reason (P6-6)."""
    if order.category != order.proposed_category and not order.category_reason:
        yield Fault("category_reason", "SO.fault.category", {"category": order.proposed_category})
    begins, ends = order.planned_from, order.planned_until
    if begins is None or ends is None:
        return
    if ends <= begins:
        yield Fault("planned_until", "SO.fault.ends_before")
    elif ends <= now:
        yield Fault("planned_until", "SO.fault.planned_in_past")
    elif ends - begins > LONGEST_VISIT:
        yield Fault("planned_until", "SO.fault.too_long", {"days": LONGEST_VISIT.days})
    else:
        one_at_a_time(session, f"dispatch {order.technician_id}")  # of two who book him at once, one comes second
        for other in booked(session, order.technician_id or 0, begins, ends, but=order.document_id)[:1]:
            facts = {"number": other.number, "begins": other.planned_from, "ends": other.planned_until}
            yield Fault("planned_from", "SO.fault.double_booked", facts)


def booked(session: Session, person_id: int, begins: datetime, ends: datetime, *, but: int) -> list[Any]:
    """Visits planned for a person in a time, other than one: number, planned_from, planned_until."""
    facts = {"person": person_id, "begins": begins, "ends": ends, "but": but}
    return list(rows(session, _BOOKED, facts))


_BOOKED = (
    sa.select(col(Document.number), col(ServiceOrder.planned_from), col(ServiceOrder.planned_until))
    .join(Document, col(Document.id) == ServiceOrder.document_id)
    .where(
        col(ServiceOrder.technician_id) == sa.bindparam("person"),
        col(ServiceOrder.planned_from) < sa.bindparam("ends"),
        col(ServiceOrder.planned_until) > sa.bindparam("begins"),
        col(ServiceOrder.document_id) != sa.bindparam("but"),
        col(Document.state) == State.RUNNING,
        col(Document.step) == "visit",
    )
    .order_by(col(ServiceOrder.planned_from))
)


def _visit(session: Session, order: ServiceOrder, now: datetime) -> Wrong:
    """Done on a day between call and today, at most 24 hours of it; a customer who signs is named (P6-9a)."""
    day, hours = order.worked_on, order.work_hours
    if day and day > local_day(now):
        yield Fault("worked_on", "fault.in_future")
    elif day and day < local_day(order.received_at):
        yield Fault("worked_on", "SO.fault.before_call", {"at": order.received_at})
    if hours is not None and hours <= 0:
        yield Fault("work_hours", "SO.fault.no_hours")
    elif hours and day:
        facts = {"person": order.technician_id, "day": day, "but": order.document_id}
        others = sum((row.work_hours for row in rows(session, _SAME_DAY, facts)), Decimal(0))
        if others + hours > DAY:
            yield Fault("work_hours", "SO.fault.hours", {"hours": others})
    unfinished = order.visit_result == VisitResult.UNFINISHED
    if unfinished and not order.unfinished_reason:
        yield Fault("unfinished_reason", "fault.required")
    yield from wrong_with_money(session, order, now)
    if _needs_a_signature(order) and not order.signed_by:
        yield Fault("signed_by", "fault.required")


def _signed_visit(session: Session, order: ServiceOrder, now: datetime) -> Wrong:
    """The customer signed, and what he signed is what stands there now (P6-9a)."""
    yield from _visit(session, order, now)
    if not _needs_a_signature(order):
        return
    if order.signature_id is None:
        yield Fault("signed_by", "SO.fault.not_signed")
    elif not is_signed(session, session.get_one(Document, order.document_id), now):
        yield Fault("signed_by", "SO.fault.signed_otherwise")


def _needs_a_signature(order: ServiceOrder) -> bool:
    return order.visit_result != VisitResult.UNFINISHED and order.category != ServiceCategory.ADMINISTRATION


def is_signed(session: Session, document: Document, now: datetime) -> bool:
    from services.attachments.signature import is_covered  # files ask the engine, which asks the registry

    return is_covered(session, document, now)


_SAME_DAY = sa.select(col(ServiceOrder.work_hours)).where(
    col(ServiceOrder.technician_id) == sa.bindparam("person"),
    col(ServiceOrder.worked_on) == sa.bindparam("day"),
    col(ServiceOrder.document_id) != sa.bindparam("but"),
    col(ServiceOrder.worked_at).is_not(None),
)


def _hand_over(session: Session, order: ServiceOrder, now: datetime) -> Wrong:
    yield from wrong_with_cash(order)


_CHECKS: Mapping[str, Callable[[Session, ServiceOrder, datetime], Wrong]] = {
    "dispatch": _dispatch,
    "visit": _signed_visit,
    "hand_over": _hand_over,
}
