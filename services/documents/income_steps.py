"""What follows from the steps of an income: amount = collected + receivable + written off, to the fen (P8-5)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import Collection, Complaint, Document, Person, ServiceIncome, WriteOff
from services.documents.kind import Filled, Lines, lines_of
from services.errors import Fault, Invalid, Refused
from services.people import local_day

NOTHING = Decimal("0.00")


def recognised(session: Session, document: Document, now: datetime) -> None:
    """From now on it is a claim on whoever owes it; what was collected on the spot counts (P8-5.3, P6-10a)."""
    _reckon(session, document)


def not_recognised(session: Session, document: Document, now: datetime) -> None:
    income = session.get_one(ServiceIncome, document.id)
    income.collected = income.written_off = income.receivable = None


def collected_rightly(session: Session, document: Document, now: datetime) -> None:
    """The collection just added: not in the future, not above what is left (issue 7)."""
    left = _left(session, document)
    added: Collection = _lines(session, document, Collection)[-1]
    if added.collected_on > local_day(now):
        raise Refused("RV.refused.in_future")
    if added.collected_sum is None:
        added.collected_sum = left
    if added.collected_sum > left:
        raise Refused("RV.refused.above", left=left)
    session.add(added)
    _reckon(session, document)


def written_off_rightly(session: Session, document: Document, now: datetime) -> None:
    """The write-off just added: not above what is left, with its reason (P8-6.1)."""
    left = _left(session, document)
    added: WriteOff = _lines(session, document, WriteOff)[-1]
    if added.write_off_sum > left:
        raise Refused("RV.refused.above", left=left)
    _reckon(session, document)


def no_less_than_is_in(filled: Filled) -> Iterator[Fault]:
    """What was taken on the spot already is a part of it (P6-10a)."""
    if filled.document is None or not filled.has("income_amount"):
        return
    found = _lines(filled.session, filled.document, Collection)
    collected = sum((one.collected_sum or NOTHING for one in found), NOTHING)
    if filled.values["income_amount"] < collected:
        yield Fault("income_amount", "RV.fault.below_collected", {"amount": collected})


def what_an_order_earned_stays(session: Session, document: Document, now: datetime) -> None:
    """The fee of a visit is by the price list or the contract: its clerk neither takes it back nor gives it up. The
    accountant asks the department head, where it is wrong (P6-10b, P8-5.3).
    """
    source = session.get(Document, document.source_id or 0)
    if source is not None and source.kind == "SO":
        raise Refused("RV.refused.of_order", number=source.number or "")


def step_is_right(session: Session, document: Document, now: datetime) -> None:
    """Recognised and invoiced on a day that has come, not before it was earned (P8-5.3)."""
    if document.step != "recognise":
        return
    income = session.get_one(ServiceIncome, document.id)
    if faults := list(_wrong_days(income, now)):
        raise Invalid(faults)


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What is in, what is still to come."""
    income = session.get(ServiceIncome, document.id) if document.number else None
    if income is None or income.receivable is None:
        return []
    return [("RV.fact.collected", income.collected), ("RV.fact.receivable", income.receivable)]


def offered_by_case(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Costs of a case that is no matter of quality are recovered from the customer (P5-5.2b)."""
    from services.access import may_start  # rights ask the registry, which this file is a part of

    return document.step == "recover" and may_start(session, user, "RV")


def customer_of(session: Session, source: Document) -> int | None:
    """Whose case the paper is from which an income is started."""
    complaint = session.get(Complaint, source.id) if source.kind == "CP" else None
    return complaint.customer_id if complaint else None


def _wrong_days(income: ServiceIncome, now: datetime) -> Iterator[Fault]:
    for name in ("recognised_on", "invoiced_on"):
        day = getattr(income, name)
        if day and day > local_day(now):
            yield Fault(name, "RV.fault.in_future")
        elif day and day < income.earned_on:
            yield Fault(name, "RV.fault.before_earned", {"day": income.earned_on})


def _left(session: Session, document: Document) -> Decimal:
    """What may still be collected or written off."""
    left = session.get_one(ServiceIncome, document.id).receivable
    return NOTHING if left is None else left


def _reckon(session: Session, document: Document) -> None:
    """Count the three anew from the lines: one truth, whatever came in which order."""
    income = session.get_one(ServiceIncome, document.id)
    income.collected = sum((one.collected_sum or NOTHING for one in _lines(session, document, Collection)), NOTHING)
    income.written_off = sum((one.write_off_sum for one in _lines(session, document, WriteOff)), NOTHING)
    income.receivable = income.income_amount - income.collected - income.written_off
    session.add(income)


def _lines(session: Session, document: Document, table: Any) -> list[Any]:
    return lines_of(session, document, Lines("", table, table, ()))
