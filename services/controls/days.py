"""Controls of days: on the trip, one place a night, one claim for a day, claimed in time (P9-4b, P9-5b, P8-3.2)."""

from collections.abc import Iterator
from datetime import date, timedelta

from models import Nature
from services.controls.rule import Found, Looked, Voucher, compared
from services.controls.standing import claims_of_his, lines_of_his
from services.people import local_day


def outside_trip(claim: Looked) -> Iterator[Found]:
    """The day of travel or stay lies on the trip: a day beyond it needs a reason, more is refused."""
    if claim.trip_days is None:
        return
    first, last = claim.trip_days
    grace, today = timedelta(days=claim.setting("control.days_outside_trip")), local_day(claim.now)
    for one in claim.vouchers:
        if one.spent_on is None or one.last_day is None or (first <= one.spent_on and one.last_day <= last):
            continue
        if one.last_day > today:
            continue  # a day to come is refused as such
        blocks = one.spent_on < first - grace or one.last_day > last + grace
        day = one.spent_on if one.spent_on < first else one.last_day
        facts = {"day": day, "start": first, "end": last}
        yield Found(blocks, facts, one.line, "spent_on", about=(one.spent_on, one.until, one.amount, one.invoice_key))


def same_again(claim: Looked) -> Iterator[Found]:
    """The same amount on the same day for the same person: perhaps one expense with two receipts.

    On one claim, lines that say something different (another way, another matter, another seller) are no such pair.
    """
    spent = [one for one in claim.vouchers if one.spent_on and one.amount]
    for place, one in enumerate(spent):
        twin = next((other for other in spent[:place] if _alike(one, other)), None)
        if twin:
            facts = {"line": twin.line, "day": one.spent_on, "amount": one.amount}
            yield Found(False, facts, one.line, how="same_claim", about=(one.spent_on, one.amount, one.invoice_key))
    elsewhere = {(row.spent_on, row.amount): row.document_id for row in lines_of_his(claim)}
    for one in spent:
        if other := elsewhere.get((one.spent_on, one.amount)):
            facts = {"day": one.spent_on, "amount": one.amount}
            about = (one.spent_on, one.amount, one.invoice_key, other)
            yield Found(False, facts, one.line, about=about, other_id=other)


def overlapping_trips(claim: Looked) -> Iterator[Found]:
    """Nobody claims for two trips on one day."""
    if claim.trip_days is None:
        return
    first, last = claim.trip_days
    for other in claims_of_his(claim):
        if other.trip_id and other.trip_id != claim.trip_id and other.starts_on <= last and other.ends_on >= first:
            facts = {"start": other.starts_on, "end": other.ends_on}
            yield Found(True, facts, field="starts_on", other_id=other.id)


def two_hotels(claim: Looked) -> Iterator[Found]:
    """Nobody sleeps in two hotels in one night. Who the host was has to be known of both."""
    stays = [one for one in claim.vouchers if one.nights and one.seller]
    for place, one in enumerate(stays):
        for other in stays[:place]:
            if (night := _shared(one.nights, other.nights)) and one.seller != other.seller:
                yield Found(True, {"line": other.line, "day": night}, one.line, "until", how="same_claim")
                break
    for row in lines_of_his(claim) if stays else ():
        nights = _nights(row.spent_on, row.until) if row.nature == Nature.LODGING and row.seller else frozenset()
        for one in stays:
            if (night := _shared(one.nights, nights)) and compared(row.seller) != one.seller:
                yield Found(True, {"day": night}, one.line, "until", other_id=row.document_id)


def allowance_and_meal(claim: Looked) -> Iterator[Found]:
    """The daily allowance is for meals: a meal on a day for which it is claimed as well has to be explained."""
    meals = sorted({one.spent_on for one in claim.vouchers if one.nature == Nature.MEALS and one.spent_on})
    if claim.trip_days is None or not claim.allowance_days or not claim.setting("claim.daily_allowance"):
        return
    first, last = claim.trip_days
    days_without = (last - first).days + 1 - claim.allowance_days
    if len(meals) > max(days_without, 0):
        facts = {"meals": len(meals), "days": claim.allowance_days}
        yield Found(False, facts, field="allowance_days", about=(*meals, claim.allowance_days))


def too_old(claim: Looked) -> Iterator[Found]:
    """A claim is made soon: after some days it needs a reason, after more it is refused."""
    if claim.trip_days is None and claim.days is None:
        return
    since = claim.trip_days[1] if claim.trip_days else claim.days[0] if claim.days else claim.sent_on
    age = (claim.sent_on - since).days
    if age > claim.setting("control.old_days_warn"):
        blocks = age > claim.setting("control.old_days_block")
        most = claim.setting("control.old_days_block" if blocks else "control.old_days_warn")
        yield Found(blocks, {"since": since, "days": age, "most": most}, field="ends_on", about=(since,))


def _alike(one: Voucher, other: Voucher) -> bool:
    """May two lines of one claim be one expense?"""
    if (one.spent_on, one.amount, one.type_id) != (other.spent_on, other.amount, other.type_id):
        return False
    said = ((one.route, other.route), (one.description, other.description), (one.seller, other.seller))
    return not any(first and second and first != second for first, second in said)


def _nights(first: date, until: date | None) -> frozenset[date]:
    count = (until - first).days if until else 1
    return frozenset(first + timedelta(days=number) for number in range(max(0, min(count, 366))))


def _shared(nights: frozenset[date], others: frozenset[date]) -> date | None:
    return min(nights & others, default=None)
