"""The money of cash advances: paid out = settled by claims + returned in cash + open, to the fen (P9-5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import AdvanceReturn, CashAdvance, ClaimOffset, Document, ExpenseClaim, Payment, State, TravelRequest
from services.calendar import working_times
from services.documents.kind import Lines, lines_of
from services.documents.payments import PAYMENTS
from services.people import SHANGHAI, local_day
from services.settings import setting

NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Balance:
    """What has become of an advance, in yuan."""

    paid: Decimal
    settled: Decimal
    returned: Decimal

    @property
    def open(self) -> Decimal:
        return self.paid - self.settled - self.returned


def balance(session: Session, advance_id: int) -> Balance:
    """What was paid out, settled by claims and returned in cash, added up from the lines behind each."""
    return Balance(
        _sum(session, Payment.paid_amount, col(Payment.document_id) == advance_id),
        _sum(session, ClaimOffset.amount, col(ClaimOffset.advance_id) == advance_id),
        _sum(session, AdvanceReturn.returned_amount, col(AdvanceReturn.document_id) == advance_id),
    )


def offset(session: Session, claim: Document, lines: Lines, audited: Decimal, now: datetime) -> Decimal:
    """An approved claim settles the advances it names, in order, as far as it reaches; how much it settled (P9-5b).

    The advances are taken first, so that of two claims on one advance the later finds what the earlier left.
    """
    named: list[ClaimOffset] = lines_of(session, claim, lines)
    taken = _take(session, {line.advance_id for line in named})
    left = audited
    for line in named:
        _, advance = taken[line.advance_id]
        line.amount = min(left, advance.open_amount or NOTHING)
        advance.open_amount = (advance.open_amount or NOTHING) - line.amount
        left -= line.amount
        session.add_all((line, advance))
    session.flush()
    _tell(session, [taken[line.advance_id] for line in named if line.amount], claim, "settle", now)
    return audited - left


def give_back(session: Session, claim: Document, lines: Lines, now: datetime) -> None:
    """A claim that stands no more settles nothing: what it had settled is open again (P9-5b)."""
    named: list[ClaimOffset] = [line for line in lines_of(session, claim, lines) if line.amount]
    taken = _take(session, {line.advance_id for line in named})
    for line in named:
        _, advance = taken[line.advance_id]
        advance.open_amount = (advance.open_amount or NOTHING) + (line.amount or NOTHING)
        line.amount = None
        session.add_all((line, advance))
    session.flush()
    _tell(session, [taken[line.advance_id] for line in named], claim, "unsettle", now)


@dataclass(frozen=True)
class Settlement:
    """What a claim is to the advances it names, in yuan: expected until it is approved, then as it was."""

    advances: int
    offset: Decimal
    payable: Decimal
    """Of the claim, above the advances."""
    rest: Decimal
    """Of the advances, above the claim: to be claimed by others, or returned."""


def advances_of(session: Session, claim: Document) -> list[Document]:
    """The advances that a claim names, in order."""
    named = select(Document).join(ClaimOffset, col(ClaimOffset.advance_id) == Document.id)
    lines = named.where(col(ClaimOffset.document_id) == claim.id).order_by(col(ClaimOffset.position))
    return list(session.exec(lines))


def settlement_of(session: Session, document: Document, claim: ExpenseClaim) -> Settlement:
    """What a claim settles, pays and leaves open (P9-5b)."""
    named = session.exec(select(ClaimOffset).where(col(ClaimOffset.document_id) == document.id)).all()
    advances = [session.get_one(CashAdvance, line.advance_id) for line in named]
    still_open = sum((one.open_amount or NOTHING for one in advances), NOTHING)
    if claim.offset_amount is not None and claim.audited_amount is not None:
        return Settlement(len(named), claim.offset_amount, claim.audited_amount - claim.offset_amount, still_open)
    claimed = document.amount or NOTHING
    expected = min(claimed, still_open)
    return Settlement(len(named), expected, claimed - expected, still_open - expected)


@dataclass(frozen=True)
class OpenAdvance:
    """An advance that is not settled in full, with the day by which it should be."""

    document: Document
    advance: CashAdvance
    due_on: date
    days_overdue: int


def open_advances(
    session: Session, now: datetime, *, applicant_id: int | None = None, among: Any = None
) -> list[OpenAdvance]:
    """Advances of which something is open, the oldest first: of one person, or among documents that a query finds.

    Due [5] working days after the trip's recorded return (until it is recorded, after its planned end); without a trip
    on the day that was promised, which is at most so long after the day of its purpose (P9-5b).
    """
    found = _OPEN
    if applicant_id is not None:
        found = found.where(Document.applicant_id == applicant_id)
    if among is not None:
        found = found.where(col(Document.id).in_(among))
    return [
        OpenAdvance(document, advance, due, max((local_day(now) - due).days, 0))
        for document, advance, due in _with_due(session, session.execute(found), now)
    ]


def overdue(session: Session, applicant_id: int, now: datetime) -> OpenAdvance | None:
    """His advance that should have been settled longest ago, where there is one (P9-5a)."""
    late = [one for one in open_advances(session, now, applicant_id=applicant_id) if one.days_overdue]
    return max(late, key=lambda one: one.days_overdue, default=None)


def latest_day(session: Session, day: date, now: datetime) -> date:
    """By when an advance for something on a day has to be settled: [5] working days later (P9-5b)."""
    return next(_days_after(session, [day], now))


_OPEN: Any = (
    sa.select(Document, CashAdvance)
    .join(CashAdvance, col(CashAdvance.document_id) == Document.id)
    .where(col(CashAdvance.open_amount) > 0, col(Document.state) == State.RUNNING)
    .order_by(col(Document.id))
)


def _with_due(session: Session, found: Iterable[Any], now: datetime) -> Iterator[tuple[Document, CashAdvance, date]]:
    pairs = [(row[0], row[1]) for row in found]
    trips = {one.trip_id: session.get_one(TravelRequest, one.trip_id) for _, one in pairs if one.trip_id}
    ends = {id: trip.returned_on or trip.last_planned for id, trip in trips.items()}
    due = dict(zip(ends, _days_after(session, ends.values(), now), strict=True))
    for document, advance in pairs:
        yield document, advance, due[advance.trip_id] if advance.trip_id else advance.repay_by


def _days_after(session: Session, days: Iterable[date], now: datetime) -> Iterator[date]:
    allowed: int = setting(session, "advance.settle_days", now)
    times = working_times(session, now.replace(year=now.year - 1, day=1))
    for day in days:
        yield local_day(times.after_days(datetime.combine(day, time(12), SHANGHAI), allowed))


def _sum(session: Session, column: Any, where: Any) -> Decimal:
    found = session.execute(sa.select(column).where(where, col(column).is_not(None))).scalars()
    return sum(found, NOTHING)


def _take(session: Session, ids: set[int]) -> dict[int, tuple[Document, CashAdvance]]:
    """Lock advances, in the order of their ids, so that two claims that name the same two never wait for each other."""
    taken = {}
    for id in sorted(ids):
        document = session.exec(_DOCUMENT, params={"id": id}).one()
        taken[id] = (document, session.exec(_ADVANCE, params={"id": id}).one())
    return taken


_DOCUMENT = (
    select(Document)
    .where(Document.id == sa.bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_ADVANCE = (
    select(CashAdvance).where(CashAdvance.document_id == sa.bindparam("id")).execution_options(populate_existing=True)
)


def _tell(
    session: Session, touched: list[tuple[Document, CashAdvance]], claim: Document, action: str, now: datetime
) -> None:
    """The advance itself goes on: settled in full it is done, and open again it is running."""
    from services.engine.following import follow  # the engine asks the registry, which this file is a part of

    for document, advance in touched:
        open_now = f"{advance.open_amount:.2f}"
        follow(session, document, now, action=action, note=claim.number or "", data={"open": open_now})


def problems(session: Session) -> Iterator[str]:
    """Advances that say another sum is open than the lines behind them add up to."""
    for advance, number in session.execute(_EVERY):
        is_open, said = balance(session, advance.document_id).open, advance.open_amount or NOTHING
        if is_open != said or is_open < 0:
            yield f"{number}: {said} open, {is_open} by its payments, claims and returns"


_EVERY: Any = (
    sa.select(CashAdvance, col(Document.number))
    .join(Document, col(Document.id) == CashAdvance.document_id)
    .order_by(col(Document.id))
)


def paid_so_far(session: Session, document: Document) -> Decimal:
    """What has been paid on a paper."""
    return sum((line.paid_amount or NOTHING for line in lines_of(session, document, PAYMENTS)), NOTHING)
