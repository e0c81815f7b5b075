"""What papers post to the ledger: trips and spending requests reserve, a claim spends and releases (DOCUMENTS.md)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Document,
    ExpenseClaim,
    LedgerEntry,
    PartsRequest,
    SpendingRequest,
    State,
    TravelRequest,
    VoucherLine,
)
from services.audit import record
from services.database import rows
from services.money import control, ledger, wants
from services.money.ledger import NOTHING
from services.people import local_day
from services.settings import setting

EXPIRE = "release"
"""The event of a reservation that was let go because nobody claimed in time."""


def trip_approved(session: Session, document: Document, now: datetime) -> None:
    """The estimate is reserved by expense type, in the month in which the trip begins; a change's for its trip."""
    wanted = list(wants.stored_trip(session, document))
    control.must_fit(session, document, wanted, now)
    trip = session.get_one(TravelRequest, document.id)
    ledger.reserve(session, document, [one.cost for one in wanted], now, trip.changes_id)


def request_approved(session: Session, document: Document, now: datetime) -> None:
    """What may be spent is reserved in the month it is planned for; as far as its trip's estimate held it, there no
    longer.
    """
    wanted = list(wants.stored_request(session, document))
    control.must_fit(session, document, wanted, now)
    ledger.reserve(session, document, [one.cost for one in wanted], now)
    for one in wanted:
        if one.covered_by is not None:
            ledger.release(session, document, one.covered_by, now, ledger.by_category(session, [one.cost]))


def request_given_up(session: Session, document: Document, now: datetime) -> None:
    """Nothing comes of it: its trip has again what was taken from its estimate."""
    given_up(session, document, now)
    ledger.undo(session, document, now)


def parts_ordered(session: Session, document: Document, now: datetime) -> None:
    """What is bought is reserved in the months in which it is needed, and is what may be claimed under the request."""
    wanted = list(wants.stored_parts(session, document))
    control.must_fit(session, document, wanted, now)
    ledger.reserve(session, document, [one.cost for one in wanted], now)
    request = session.get_one(PartsRequest, document.id)
    request.ordered_amount = sum((one.cost.amount for one in wanted), NOTHING) if wanted else None
    session.add(request)


def refund_granted(session: Session, document: Document, now: datetime) -> None:
    """What a customer is to get back is reserved."""
    wanted = list(wants.stored_refund(session, document))
    control.must_fit(session, document, wanted, now)
    ledger.reserve(session, document, [one.cost for one in wanted], now)


def refunded(session: Session, document: Document, now: datetime) -> None:
    """What he gets back is spent, in the month in which he gets it (P7-5, category 6)."""
    wanted = [replace(one, covered_by=document.id) for one in wants.stored_refund(session, document)]
    control.must_fit(session, document, wanted, now)
    ledger.spend(session, document, [one.cost for one in wanted], now)
    ledger.release(session, document, document.id, now)


def given_up(session: Session, document: Document, now: datetime) -> None:
    """Nothing comes of what was approved: what is still reserved for it is free again."""
    trip = session.get(TravelRequest, document.id)
    if trip and trip.changes_id:
        costs = [one.cost for one in wants.stored_trip(session, document)]
        ledger.release(session, document, trip.changes_id, now, ledger.by_category(session, costs))
    else:
        ledger.release(session, document, document.id, now)


def claim_finished(session: Session, document: Document, now: datetime) -> None:
    """What the audit found is spent. What was reserved for it is released: for a line that names a request there, for
    the others for the trip; the whole of it once nothing more can be claimed.
    """
    claim = session.get_one(ExpenseClaim, document.id)
    wanted = list(wants.stored_claim(session, document))
    control.must_fit(session, document, wanted, now)
    ledger.spend(session, document, [one.cost for one in wanted], now)
    for request_id in sorted({one.covered_by for one in wanted if one.covered_by not in (None, claim.trip_id)}):
        own = [one.cost for one in wanted if one.covered_by == request_id]
        upto = None if _used_up(session, request_id) else ledger.by_category(session, own)
        ledger.release(session, document, request_id, now, upto)
    if claim.trip_id is not None:
        others = [one.cost for one in wanted if one.covered_by == claim.trip_id]
        upto = None if _all_claimed(session, claim) else ledger.by_category(session, others)
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
    return [*trips, *_expired_requests(session, last), *_expired_parts(session, last)]


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


def _expired_parts(session: Session, last: date) -> Iterable[int]:
    """Parts requests count from the day on which the parts came, or were needed."""
    since = sa.func.coalesce(col(PartsRequest.received_on), col(PartsRequest.needed_on))
    return session.exec(
        select(PartsRequest.document_id)
        .join(LedgerEntry, col(LedgerEntry.reservation_id) == PartsRequest.document_id)
        .where(since <= last, col(PartsRequest.document_id).not_in(_under_claim()))
        .group_by(col(PartsRequest.document_id))
        .having(ledger.sum_of("reserved") > 0)
        .order_by(col(PartsRequest.document_id))
    )


def _under_claim() -> Any:
    """Requests under which a claim is on its way."""
    return (
        select(VoucherLine.request_id)
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(col(Document.state).in_((State.RUNNING, State.RETURNED)), col(VoucherLine.request_id).is_not(None))
    )


def _expired_requests(session: Session, last: date) -> Iterable[int]:
    spent = sa.func.coalesce(col(SpendingRequest.spent_on), col(SpendingRequest.planned_on))
    since = sa.case((col(SpendingRequest.trip_id).is_(None), spent), else_=col(TravelRequest.returned_on))
    return session.exec(
        select(SpendingRequest.document_id)
        .outerjoin(TravelRequest, col(TravelRequest.document_id) == SpendingRequest.trip_id)
        .join(LedgerEntry, col(LedgerEntry.reservation_id) == SpendingRequest.document_id)
        .where(since <= last, col(SpendingRequest.document_id).not_in(_under_claim()))
        .group_by(col(SpendingRequest.document_id))
        .having(ledger.sum_of("reserved") > 0)
        .order_by(col(SpendingRequest.document_id))
    )


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
    request, parts = session.get(SpendingRequest, request_id), session.get(PartsRequest, request_id)
    spent = request.spent_amount if request else parts.ordered_amount if parts else None
    claimed = session.exec(
        select(sa.func.sum(col(VoucherLine.amount)))
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(VoucherLine.request_id == request_id, col(Document.approved_at).is_not(None))
        .where(Document.state != State.REVERSED)
    ).one()
    return spent is not None and (claimed or NOTHING) >= spent


_NET_SPENT = (
    sa.select(ledger.sum_of("spent"))
    .where(col(LedgerEntry.document_id) == Document.id)
    .correlate(Document)
    .scalar_subquery()
)
