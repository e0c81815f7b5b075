"""Field report: what was found on site; repair is cleared only once both have agreed (P9-3.1)."""

from typing import Any

import pytest

from models import FieldReport, State
from services.database import reading
from services.documents import KINDS
from services.documents.drafts import blank
from services.documents.field_report import trips_to_report
from services.errors import Fault
from tests.factories import Cast
from tests.story import (
    ON_SITE,
    approved_trip,
    asked,
    detail,
    do,
    faults,
    finished_trip,
    may,
    refusal,
    reload,
    report_form,
    sent_report,
    sent_trip,
    waits_for,
)


def _faults(cast: Cast, **changes: Any) -> list[tuple[str, str]]:
    found: list[Fault] = faults(sent_report, cast, **changes)
    return [(fault.field, fault.key) for fault in found]


def test_a_report_from_the_site_is_cleared_once_both_have_agreed(cast: Cast) -> None:
    """P9-3.1"""
    report = sent_report(cast)
    assert (report.number or "").startswith("FR-202611-")
    assert asked(report) == {"department_head", "vice_president"}
    do(cast.vice_president, report, "approve")
    assert (reload(report).state, reload(report).approved_at) == (State.RUNNING, None)
    done = do(cast.department_head, report, "approve")
    assert (done.state, done.approved_at is not None) == (State.DONE, True)


@pytest.mark.parametrize("action", ["return", "reject"])
def test_one_of_them_alone_can_say_no(cast: Cast, action: str) -> None:
    """P9-3.1"""
    report = sent_report(cast)
    do(cast.vice_president, report, "approve")
    report = do(cast.department_head, report, action)
    assert report.state in (State.RETURNED, State.REJECTED) and report.approved_at is None


def test_nobody_else_agrees_for_them(cast: Cast) -> None:
    report = sent_report(cast)
    for person in (cast.engineer, cast.clerk, cast.office_director, cast.other_head):
        assert "approve" not in may(person, report)
    assert refusal(do, cast.stranger, report, "approve").key == "access.not_found"


def test_it_opens_from_the_trip_with_what_is_known(cast: Cast) -> None:
    trip = approved_trip(cast, serves="CP-202611-0007")
    with reading() as session:
        form = blank(session, cast.engineer, "FR", ON_SITE, trip.id)
    assert (form["trip_id"], form["serves"], form["looked_on"]) == (trip.id, "CP-202611-0007", "2026-11-26")


def test_it_is_offered_to_whoever_travels_on_a_signed_trip(cast: Cast) -> None:
    waiting, trip = sent_trip(cast, cast.clerk), approved_trip(cast, companions=[cast.engineer2.id])
    (follow_up,) = (one for one in KINDS["TR"].follow_ups if one.kind == "FR")
    with reading() as session:
        offered = {
            person.login: follow_up.offered(session, person, trip, ON_SITE)
            for person in (cast.engineer, cast.engineer2, cast.department_head)
        }
        assert not follow_up.offered(session, cast.clerk, waiting, ON_SITE)
        assert [one.value for one in trips_to_report(session, cast.engineer2, ON_SITE)] == [trip.id]
        assert trips_to_report(session, cast.clerk, ON_SITE) == []
    assert offered == {"engineer": True, "engineer2": True, "department_head": False}
    assert follow_up.several, "a trip may lead to more than one site"


def test_a_companion_reports_too(cast: Cast) -> None:
    trip = approved_trip(cast, companions=[cast.engineer2.id])
    assert sent_report(cast, trip, cast.engineer2).state == State.RUNNING


def test_nobody_reports_on_a_trip_of_others(cast: Cast) -> None:
    trip = approved_trip(cast)
    assert refusal(sent_report, cast, trip, cast.engineer2).key == "access.not_found"
    own = approved_trip(cast, cast.engineer2)
    found = faults(sent_report, cast, own, cast.engineer2, trip_id=trip.id)
    assert [(fault.field, fault.key) for fault in found] == [("trip_id", "fault.option")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"looked_on": "2026-11-27"}, ("looked_on", "FR.fault.in_future")),
        ({"looked_on": "2026-11-24"}, ("looked_on", "FR.fault.before_trip")),
        ({"looked_on": "soon"}, ("looked_on", "fault.date")),
        ({"product": ""}, ("product", "fault.required")),
        ({"product_state": " \u200b"}, ("product_state", "fault.required")),
        ({"verified_with": None}, ("verified_with", "fault.required")),
        ({"verified": ""}, ("verified", "fault.required")),
        ({"opinion": ""}, ("opinion", "fault.required")),
        ({"opinion": "长" * 1001}, ("opinion", "fault.too_long")),
        ({"proposal": ""}, ("proposal", "fault.required")),
        ({"trip_id": 999_999}, ("trip_id", "fault.option")),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(
    cast: Cast, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert _faults(cast, **changes) == [expected]


def test_without_a_repair_no_proposal_is_asked_for(cast: Cast) -> None:
    report = sent_report(cast, repair=False, proposal=None)
    own: FieldReport = detail(report)
    assert (own.repair, own.proposal) == (False, None)


def test_a_trip_under_a_living_report_is_neither_cancelled_nor_undone(cast: Cast) -> None:
    """P9-2, P9-3.1"""
    trip = approved_trip(cast)
    report = sent_report(cast, trip)
    refused = refusal(do, cast.engineer, trip, "cancel", now=ON_SITE)
    assert (refused.key, refused.facts) == ("TR.refused.stands_under", {"number": report.number})
    do(cast.department_head, report, "reject")
    assert do(cast.engineer, trip, "cancel", now=ON_SITE).state == State.CANCELLED


def test_a_report_may_still_be_written_after_the_return(cast: Cast) -> None:
    trip = finished_trip(cast)
    assert sent_report(cast, trip).state == State.RUNNING


def test_the_draft_of_a_report_says_what_was_typed(cast: Cast) -> None:
    trip = approved_trip(cast)
    assert report_form(trip, product="转向架")["product"] == "转向架"
    report = sent_report(cast, trip, product="转向架", product_state="异响")
    assert report.title == "转向架 异响"
    assert waits_for(cast.department_head, report, ON_SITE)
