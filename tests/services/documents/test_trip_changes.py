"""A trip is changed or extended on the route on which it was asked for: a follow-up moves its days (P9-2)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Document, Person, State
from services.database import reading
from services.documents import KINDS
from services.documents.drafts import blank
from services.documents.folder import folder_of, trip_number
from services.documents.marks import marks_of
from services.documents.travel_request import trips_to_change
from services.money.ledger import problems, reserved_for
from services.verify import problems as altered
from tests.factories import Cast
from tests.story import (
    BACK,
    ON_SITE,
    approved_trip,
    asked,
    detail,
    do,
    draft,
    estimate,
    faults,
    move,
    refusal,
    reload,
    sent_trip,
    trip_form,
)

SUNDAY = date(2026, 11, 29)


def _drafted(trip: Document, by: Person, **changes: Any) -> Document:
    with reading() as session:
        form = blank(session, by, "TR", ON_SITE, trip.id)
    return draft(by, "TR", form | {"ends_on": SUNDAY.isoformat()} | changes, source=trip, now=ON_SITE)


def _sent(trip: Document, by: Person, **changes: Any) -> Document:
    return do(by, _drafted(trip, by, **changes), "submit", now=ON_SITE)


def _extended(cast: Cast, trip: Document, **changes: Any) -> Document:
    return move(cast, _sent(trip, cast.engineer, **changes), now=ON_SITE)


def _faults(cast: Cast, trip: Document, **changes: Any) -> list[tuple[str, str]]:
    return [(one.field, one.key) for one in faults(_sent, trip, cast.engineer, **changes)]


def _reserved(trip: Document) -> Decimal:
    with reading() as session:
        assert list(problems(session)) == []
        return sum((share.amount for share in reserved_for(session, trip.id)), Decimal("0.00"))


def test_an_extension_goes_the_way_of_the_trip_and_moves_its_days(cast: Cast) -> None:
    """P9-2"""
    trip = approved_trip(cast)
    change = _sent(trip, cast.engineer)
    assert asked(change) == {"department_head"}
    change = do(cast.department_head, change, "approve", now=ON_SITE)
    assert (asked(change), detail(trip).moved_end) == ({"office_director"}, None)
    change = do(cast.office_director, change, "approve", now=ON_SITE)
    assert (change.state, reload(trip).step) == (State.DONE, "travel"), "nobody travels on the change"
    assert (detail(trip).last_planned, detail(trip).ends_on) == (SUNDAY, date(2026, 11, 27))
    days = {"departed_on": "2026-11-25", "returned_on": "2026-12-02"}
    assert do(cast.engineer, trip, "complete", now=BACK + timedelta(days=5), **days).state == State.DONE
    with reading() as session:
        assert altered(session) == [], "what both signed is untouched"


def test_without_an_extension_so_late_a_return_is_refused(cast: Cast) -> None:
    days = {"departed_on": "2026-11-25", "returned_on": "2026-12-02"}
    refused = refusal(do, cast.engineer, approved_trip(cast), "complete", now=BACK + timedelta(days=5), **days)
    assert refused.key == "TR.refused.returned_long_after"


def test_it_opens_with_what_the_trip_says(cast: Cast) -> None:
    trip = approved_trip(cast, companions=[cast.engineer2.id])
    with reading() as session:
        form = blank(session, cast.engineer, "TR", ON_SITE, trip.id)
    own = trip_form(cast, companions=[cast.engineer2.id])
    assert {name: form[name] for name in ("traveller_id", "companions", "destinations", "task", "ends_on")} == {
        name: own[name] for name in ("traveller_id", "companions", "destinations", "task", "ends_on")
    }
    assert form["changes_id"] == trip.id


def test_it_is_offered_while_the_trip_lasts_to_whoever_travels(cast: Cast) -> None:
    trip, waiting = approved_trip(cast, companions=[cast.engineer2.id]), sent_trip(cast, cast.clerk)
    (follow_up,) = (one for one in KINDS["TR"].follow_ups if one.kind == "TR")
    with reading() as session:
        people = (cast.engineer, cast.engineer2, cast.department_head)
        assert [follow_up.offered(session, one, trip, ON_SITE) for one in people] == [True, False, False]
        assert not follow_up.offered(session, cast.clerk, waiting, ON_SITE)
        assert [one.value for one in trips_to_change(session, cast.engineer, ON_SITE)] == [trip.id]
    done = do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-27")
    with reading() as session:
        assert not follow_up.offered(session, cast.engineer, done, BACK)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"starts_on": "2026-11-26"}, ("starts_on", "TR.fault.begun")),
        ({"ends_on": "2026-11-25"}, ("ends_on", "TR.fault.change_in_past")),
        ({"ends_on": "2026-11-24"}, ("ends_on", "fault.ends_before_start")),
        ({"changes_id": 999_999}, ("changes_id", "fault.option")),
    ],
)
def test_what_cannot_be_changed_is_said(cast: Cast, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert expected in _faults(cast, approved_trip(cast), **changes)


def test_a_change_keeps_its_crew(cast: Cast) -> None:
    """P9-2"""
    trip = approved_trip(cast)
    assert _faults(cast, trip, companions=[cast.engineer2.id]) == [("companions", "TR.fault.other_crew")]
    assert _faults(cast, trip, traveller_id=cast.engineer2.id) == [("traveller_id", "TR.fault.other_crew")]


def test_nobody_changes_the_trip_of_others(cast: Cast) -> None:
    assert refusal(_sent, approved_trip(cast), cast.clerk).key == "draft.not_offered"
    assert refusal(_sent, approved_trip(cast, cast.engineer2), cast.stranger).key == "access.not_found"


def test_before_it_begins_it_may_be_moved_whole(cast: Cast) -> None:
    trip = approved_trip(cast, starts_on="2026-12-07", ends_on="2026-12-09")
    _extended(cast, trip, starts_on="2026-12-10", ends_on="2026-12-12")
    assert (detail(trip).first_planned, detail(trip).last_planned) == (date(2026, 12, 10), date(2026, 12, 12))
    assert sent_trip(cast, starts_on="2026-12-07", ends_on="2026-12-09").state == State.RUNNING, "those days are free"
    found = faults(sent_trip, cast, starts_on="2026-12-12", ends_on="2026-12-13")
    assert [(one.field, one.key) for one in found] == [("starts_on", "TR.fault.overlap")]


def test_an_extension_into_another_trip_is_refused(cast: Cast) -> None:
    trip = approved_trip(cast)
    approved_trip(cast, starts_on="2026-11-29", ends_on="2026-11-30")
    assert _faults(cast, trip) == [("starts_on", "TR.fault.overlap")]


def test_a_trip_needs_an_estimate_and_a_change_only_what_it_costs_more(cast: Cast) -> None:
    found = faults(sent_trip, cast, estimates=[])
    assert [(one.field, one.key) for one in found] == [("estimates", "fault.no_lines")]
    trip = approved_trip(cast)
    assert _sent(trip, cast.engineer).amount is None


def test_what_it_costs_more_is_reserved_for_the_trip_and_goes_with_it(cast: Cast) -> None:
    trip = approved_trip(cast)
    _extended(cast, trip, estimates=[estimate(cast, "lodging", "600.00")])
    assert _reserved(trip) == Decimal("2400.00")
    do(cast.engineer, trip, "cancel", now=ON_SITE)
    assert _reserved(trip) == 0


def test_a_change_that_is_undone_moves_the_trip_back(cast: Cast) -> None:
    trip = approved_trip(cast)
    change = _extended(cast, trip, estimates=[estimate(cast, "lodging", "600.00")])
    do(cast.engineer, change, "reverse", now=ON_SITE, note="提前修好")
    do(cast.office_director, change, "approve", now=ON_SITE)
    assert (detail(trip).moved_end, _reserved(trip)) == (None, Decimal("1800.00"))


def test_of_two_changes_the_last_counts(cast: Cast) -> None:
    trip = approved_trip(cast)
    _extended(cast, trip)
    again = _extended(cast, trip, ends_on="2026-11-28")
    assert detail(trip).last_planned == date(2026, 11, 28)
    do(cast.engineer, again, "reverse", now=ON_SITE, note="又延长")
    do(cast.office_director, again, "approve", now=ON_SITE)
    assert detail(trip).last_planned == SUNDAY


def test_a_trip_that_is_over_meanwhile_is_not_changed(cast: Cast) -> None:
    trip = approved_trip(cast)
    change = do(cast.department_head, _sent(trip, cast.engineer), "approve", now=ON_SITE)
    do(cast.engineer, trip, "cancel", now=ON_SITE)
    assert refusal(do, cast.office_director, change, "approve", now=ON_SITE).key == "TR.refused.nothing_to_change"


def test_it_is_told_from_a_trip_and_lies_in_its_folder(cast: Cast) -> None:
    trip = approved_trip(cast)
    change = _extended(cast, trip, estimates=[estimate(cast, "lodging", "600.00")])
    with reading() as session:
        assert [one.key for one in marks_of(session, [("TR", change.id)], ON_SITE)[change.id]] == ["TR.mark.change"]
        assert trip_number(session, cast.engineer, change, ON_SITE) == trip.number
        folder = folder_of(session, cast.engineer, trip.number or "", ON_SITE)
        assert not any(one.offered(session, cast.engineer, change, ON_SITE) for one in KINDS["TR"].follow_ups)
    assert change.id in {one.id for one in folder.papers}
    assert folder.asked == Decimal("2400.00")


def test_the_claim_is_for_the_days_that_were_really_travelled(cast: Cast) -> None:
    """P9-4b"""
    trip = approved_trip(cast)
    _extended(cast, trip)
    days = {"departed_on": "2026-11-25", "returned_on": "2026-11-29"}
    trip = do(cast.engineer, trip, "complete", now=BACK + timedelta(days=2), **days)
    with reading() as session:
        form = blank(session, cast.engineer, "EC", BACK + timedelta(days=2), trip.id)
    assert (form["ends_on"], form["allowance_days"]) == ("2026-11-29", 5)
