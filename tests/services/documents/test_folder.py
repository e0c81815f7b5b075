"""A trip as a folder: what belongs to it, what money was asked for and spent, what is still missing (issue 4, 1)."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from models import Document, Person
from services.database import reading
from services.documents.folder import Folder, folder_of, offered_from, trip_number
from tests.factories import Cast
from tests.story import (
    BACK,
    LATER,
    ON_SITE,
    agreed_request,
    approved_trip,
    do,
    drafted_claim,
    estimate,
    finished_trip,
    move,
    paid_claim,
    recorded_request,
    refusal,
    sent_claim,
    sent_report,
    sent_request,
    sent_trip,
    voucher,
)


def _folder(who: Person, trip: Document, now: datetime = BACK) -> Folder:
    with reading() as session:
        return folder_of(session, who, trip.number or "", now)


def _missing(who: Person, trip: Document, now: datetime = BACK) -> list[str]:
    return [one.key.removeprefix("folder.missing.") for one in _folder(who, trip, now).missing]


def test_it_holds_every_paper_of_the_trip_that_the_reader_may_read(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    report, request = sent_report(cast, trip), recorded_request(cast, trip)
    claim, others = (
        drafted_claim(cast, trip, vouchers=[_ticket(cast)]),
        sent_claim(cast, trip, cast.engineer2, vouchers=[_ticket(cast)]),
    )
    mine = {one.id for one in _folder(cast.engineer, trip).papers}
    assert mine == {trip.id, report.id, request.id, claim.id}, "a companion's claim is his own"
    assert {one.id for one in _folder(cast.department_head, trip).papers} == {trip.id, report.id, request.id, others.id}


def _ticket(cast: Cast) -> dict[str, object]:
    return voucher(cast, "train", "600.00")


def test_a_request_that_names_the_trip_without_starting_from_it_lies_in_it(cast: Cast) -> None:
    trip = approved_trip(cast)
    request = sent_request(cast, trip)
    with reading() as session:
        assert trip_number(session, cast.engineer, request, ON_SITE) == trip.number
        assert trip_number(session, cast.engineer, trip, ON_SITE) == trip.number
    assert request.id in {one.id for one in _folder(cast.engineer, trip).papers}


def test_nobody_opens_the_folder_of_a_trip_he_may_not_read(cast: Cast) -> None:
    trip = approved_trip(cast)
    assert refusal(_folder, cast.stranger, trip).key == "access.not_found"
    request = sent_request(cast, trip)
    assert refusal(_folder, cast.engineer, request).key == "access.not_found", "a folder is a trip's"


def test_money_asked_agreed_and_spent(cast: Cast) -> None:
    trip = finished_trip(cast)
    sent_request(cast, trip, asked_amount="200.00")
    request = recorded_request(cast, trip)
    folder = _folder(cast.engineer, trip)
    assert (folder.asked, folder.approved, folder.spent) == (Decimal("2300.00"), Decimal("2100.00"), 0)
    meal = voucher(cast, "entertainment", "300.00", request_id=request.id)
    paid_claim(cast, trip=trip, vouchers=[_ticket(cast), meal])
    folder = _folder(cast.engineer, trip, LATER)
    assert (folder.spent, folder.missing, folder.still_open) == (Decimal("1200.00"), (), 0)


def test_what_the_estimate_foresaw_is_not_counted_once_more_when_it_is_asked_for_in_detail(cast: Cast) -> None:
    """P9-3.2a: 200.00 of the dinner for 300.00 stood in the trip's estimate."""
    foreseen = [estimate(cast, "train", "1000.00"), estimate(cast, "entertainment", "200.00")]
    trip = approved_trip(cast, estimates=foreseen)
    assert _folder(cast.engineer, trip).approved == Decimal("1200.00")
    sent_request(cast, trip)
    folder = _folder(cast.engineer, trip)
    assert (folder.asked, folder.approved) == (Decimal("1300.00"), Decimal("1200.00"))


def test_a_claim_under_way_keeps_the_money_open(cast: Cast) -> None:
    trip = finished_trip(cast)
    sent_claim(cast, trip, vouchers=[_ticket(cast)])
    folder = _folder(cast.engineer, trip)
    assert (folder.spent, folder.still_open) == (0, Decimal("1800.00"))


def test_what_is_turned_down_counts_nowhere(cast: Cast) -> None:
    trip = approved_trip(cast)
    do(cast.department_head, sent_request(cast, trip), "reject")
    assert _folder(cast.engineer, trip).asked == Decimal("1800.00")


def test_nobody_has_claimed_and_how_long_they_are_back(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    sent_claim(cast, trip, cast.engineer2, vouchers=[_ticket(cast)])
    (missing,) = _folder(cast.engineer, trip, BACK + timedelta(days=11)).missing
    assert (missing.key, missing.facts) == ("folder.missing.claim", {"name": cast.engineer.name, "count": 12})


def test_on_the_day_of_return_no_claim_is_missing_yet(cast: Cast) -> None:
    trip = finished_trip(cast)
    assert _missing(cast.engineer, trip, BACK - timedelta(days=1)) == []


def test_a_return_that_was_not_recorded_is_missing(cast: Cast) -> None:
    assert _missing(cast.engineer, approved_trip(cast)) == ["return"]


@pytest.mark.parametrize(("serves", "missing"), [("CP-202611-0007", ["report"]), (None, [])])
def test_a_trip_for_a_complaint_wants_a_field_report(cast: Cast, serves: str | None, missing: list[str]) -> None:
    """P9-3.1"""
    trip = approved_trip(cast, serves=serves)
    assert _missing(cast.engineer, trip, ON_SITE) == missing
    sent_report(cast, trip)
    assert _missing(cast.engineer, trip, ON_SITE) == []


def test_agreed_and_not_recorded_then_recorded_and_not_claimed(cast: Cast) -> None:
    """P9-3.2b"""
    trip = finished_trip(cast)
    request = agreed_request(cast, trip)
    assert _missing(cast.engineer, trip) == ["record", "claim"]
    do(cast.engineer, request, "cancel")
    recorded_request(cast, trip)
    assert _missing(cast.engineer, trip) == ["unclaimed", "claim"]


def test_of_a_trip_that_waits_or_does_not_stand_nothing_is_missing(cast: Cast) -> None:
    assert _missing(cast.engineer, sent_trip(cast)) == []
    trip = approved_trip(cast, cast.engineer2)
    do(cast.engineer2, trip, "cancel")
    assert _missing(cast.engineer2, trip) == []


def test_each_of_the_crew_has_his_share(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    sent_claim(cast, trip, cast.engineer2, vouchers=[_ticket(cast)])
    shares = {share.name: (len(share.claims), share.claimed) for share in _folder(cast.department_head, trip).shares}
    assert shares == {cast.engineer.name: (0, 0), cast.engineer2.name: (1, Decimal("900.00"))}


def test_everything_that_follows_starts_from_it(cast: Cast) -> None:
    trip = finished_trip(cast)
    report = move(cast, sent_report(cast, trip))
    with reading() as session:
        offered = [one.kind for one in offered_from(session, cast.engineer, trip, [report], BACK)]
        assert {"FR", "SR", "EC"} <= set(offered)
        claim = drafted_claim(cast, trip)
        assert "EC" not in [one.kind for one in offered_from(session, cast.engineer, trip, [claim], BACK)]
        assert offered_from(session, cast.department_head, trip, [], BACK) == []
