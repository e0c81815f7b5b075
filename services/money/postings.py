"""What papers post to the ledger: trips and spending requests reserve, a claim spends and releases (DOCUMENTS.md)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    BudgetCategory,
    Document,
    ExpenseClaim,
    ExpenseType,
    LedgerEntry,
    SpendingRequest,
    State,
    TravelEstimate,
    TravelRequest,
    VoucherLine,
)
from services.audit import record
from services.database import rows
from services.money import ledger
from services.money.ledger import ALLOWANCE, NOTHING, Cost, month_of
from services.people import local_day
from services.settings import setting

EXPIRE = "release"
"""The event of a reservation that was let go because nobody claimed in time."""
_ONE_DAY = timedelta(days=1)


def trip_approved(session: Session, document: Document, now: datetime) -> None:
    """The estimate is reserved by expense type, in the month in which the trip begins; a change's for its trip."""
    trip = session.get_one(TravelRequest, document.id)
    ledger.reserve(session, document, _estimated(session, trip), now, trip.changes_id)


def request_approved(session: Session, document: Document, now: datetime) -> None:
    """What may be spent is reserved in the month it is planned for; as far as its trip's estimate held it, there no
    longer.
    """
    request = session.get_one(SpendingRequest, document.id)
    cost = Cost(month_of(request.planned_on), request.expense_type_id, request.asked_amount)
    ledger.reserve(session, document, [cost], now)
    if request.trip_id is not None:
        ledger.release(session, document, request.trip_id, now, _by_category(session, [cost]))


def request_given_up(session: Session, document: Document, now: datetime) -> None:
    """Nothing comes of it: its trip has again what was taken from its estimate."""
    given_up(session, document, now)
    ledger.undo(session, document, now)


def given_up(session: Session, document: Document, now: datetime) -> None:
    """Nothing comes of what was approved: what is still reserved for it is free again."""
    trip = session.get(TravelRequest, document.id)
    if trip and trip.changes_id:
        ledger.release(session, document, trip.changes_id, now, _by_category(session, _estimated(session, trip)))
    else:
        ledger.release(session, document, document.id, now)


def claim_finished(session: Session, document: Document, now: datetime) -> None:
    """What the audit found is spent. What was reserved for it is released: for a line that names a request there, for
    the others for the trip; the whole of it once nothing more can be claimed.
    """
    claim = session.get_one(ExpenseClaim, document.id)
    costs = list(_costs(session, claim))
    ledger.spend(session, document, [cost for cost, _ in costs], now)
    for request_id in sorted({request_id for _, request_id in costs if request_id is not None}):
        own = [cost for cost, named in costs if named == request_id]
        upto = None if _used_up(session, request_id) else _by_category(session, own)
        ledger.release(session, document, request_id, now, upto)
    if claim.trip_id is not None:
        others = [cost for cost, named in costs if named is None]
        upto = None if _all_claimed(session, claim) else _by_category(session, others)
        ledger.release(session, document, claim.trip_id, now, upto)


def claim_undone(session: Session, document: Document, now: datetime) -> None:
    """What the claim spent is taken back, and what it released for its trip is reserved again."""
    ledger.undo(session, document, now)


def expired(session: Session, now: datetime) -> list[int]:
    """Papers with money still reserved though [30] days have passed since the return, and no claim is under way.

    A request without a trip counts from the day on which it was, or was to be, spent.
    """
    last = local_day(now) - timedelta(days=setting(session, "budget.release_days", now))
    running = (
        select(ExpenseClaim.trip_id)
        .join(Document, col(Document.id) == ExpenseClaim.document_id)
        .where(col(Document.state).in_((State.RUNNING, State.RETURNED)), col(ExpenseClaim.trip_id).is_not(None))
    )
    trips = session.exec(
        select(TravelRequest.document_id)
        .join(LedgerEntry, col(LedgerEntry.reservation_id) == TravelRequest.document_id)
        .where(col(TravelRequest.returned_on) <= last, col(TravelRequest.document_id).not_in(running))
        .group_by(col(TravelRequest.document_id))
        .having(ledger.sum_of("reserved") > 0)
        .order_by(col(TravelRequest.document_id))
    )
    return [*trips, *_expired_requests(session, last)]


def expire_one(session: Session, document: Document, now: datetime) -> Decimal:
    """Let go of an expired reservation, and put it on record; nothing happens where that was done meanwhile."""
    freed = ledger.release(session, document, document.id, now) if document.id in expired(session, now) else NOTHING
    if freed:
        record(session, now=now, action=EXPIRE, document=document, data={"amount": f"{freed:.2f}"})
    return freed


def problems(session: Session) -> Iterator[str]:
    """Finished claims whose vouchers are not what the ledger says was spent on them."""
    spent = sa.func.coalesce(_NET_SPENT, sa.literal(NOTHING, LedgerEntry.amount.type))  # type: ignore[attr-defined]
    statement = (
        sa.select(col(Document.number), col(Document.state), col(ExpenseClaim.audited_amount), spent.label("booked"))
        .join(ExpenseClaim, col(ExpenseClaim.document_id) == Document.id)
        .order_by(col(Document.id))
    )
    for row in rows(session, statement):
        due = NOTHING if row.state == State.REVERSED or row.audited_amount is None else row.audited_amount
        if row.booked != due:
            yield f"{row.number or 'a draft'}: {row.booked} spent in the ledger, {due} by its audit"


def _estimated(session: Session, trip: TravelRequest) -> list[Cost]:
    lines = session.exec(select(TravelEstimate).where(TravelEstimate.document_id == trip.document_id))
    return [Cost(month_of(trip.starts_on), one.expense_type_id, one.amount) for one in lines]


def _expired_requests(session: Session, last: date) -> Iterable[int]:
    running = (
        select(VoucherLine.request_id)
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(col(Document.state).in_((State.RUNNING, State.RETURNED)), col(VoucherLine.request_id).is_not(None))
    )
    spent = sa.func.coalesce(col(SpendingRequest.spent_on), col(SpendingRequest.planned_on))
    since = sa.case((col(SpendingRequest.trip_id).is_(None), spent), else_=col(TravelRequest.returned_on))
    return session.exec(
        select(SpendingRequest.document_id)
        .outerjoin(TravelRequest, col(TravelRequest.document_id) == SpendingRequest.trip_id)
        .join(LedgerEntry, col(LedgerEntry.reservation_id) == SpendingRequest.document_id)
        .where(since <= last, col(SpendingRequest.document_id).not_in(running))
        .group_by(col(SpendingRequest.document_id))
        .having(ledger.sum_of("reserved") > 0)
        .order_by(col(SpendingRequest.document_id))
    )


def _costs(session: Session, claim: ExpenseClaim) -> Iterator[tuple[Cost, int | None]]:
    """What each voucher and the allowance cost, with the request that it falls under."""
    lines = session.exec(select(VoucherLine).where(VoucherLine.document_id == claim.document_id)).all()
    for line in lines:
        amount = line.amount if line.audited_amount is None else line.audited_amount
        yield Cost(month_of(line.spent_on), line.expense_type_id, amount), line.request_id
    days = _allowance_days(claim)
    if days and claim.allowance_rate:
        kind = session.exec(select(ExpenseType.id).where(ExpenseType.code == ALLOWANCE)).first()
        for month, count in sorted(Counter(map(month_of, days)).items()):
            yield Cost(month, kind, claim.allowance_rate * count), None


def _allowance_days(claim: ExpenseClaim) -> list[date]:
    """The days for which an allowance is paid, counted from the departure."""
    first = claim.starts_on
    return [] if first is None else [first + i * _ONE_DAY for i in range(claim.allowance_days)]


def _all_claimed(session: Session, claim: ExpenseClaim) -> bool:
    """Has everyone who was on the trip a finished claim?"""
    trip = session.get_one(TravelRequest, claim.trip_id)
    finished = session.exec(
        select(ExpenseClaim.traveller_id)
        .join(Document, col(Document.id) == ExpenseClaim.document_id)
        .where(ExpenseClaim.trip_id == claim.trip_id, col(Document.approved_at).is_not(None))
        .where(Document.state != State.REVERSED)
    )
    return {trip.traveller_id, *trip.companions} <= {*finished, claim.traveller_id}


def _used_up(session: Session, request_id: int) -> bool:
    """Is all claimed that was spent on a request?"""
    request = session.get_one(SpendingRequest, request_id)
    claimed = session.exec(
        select(sa.func.sum(col(VoucherLine.amount)))
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(VoucherLine.request_id == request_id, col(Document.approved_at).is_not(None))
        .where(Document.state != State.REVERSED)
    ).one()
    return request.spent_amount is not None and (claimed or NOTHING) >= request.spent_amount


def _by_category(session: Session, costs: Iterable[Cost]) -> dict[BudgetCategory, Decimal]:
    summed: dict[BudgetCategory, Decimal] = {}
    for cost in costs:
        category, _ = ledger.place_of(session, cost.expense_type_id)
        summed[category] = summed.get(category, NOTHING) + cost.amount
    return summed


_NET_SPENT = (
    sa.select(ledger.sum_of("spent"))
    .where(col(LedgerEntry.document_id) == Document.id)
    .correlate(Document)
    .scalar_subquery()
)
