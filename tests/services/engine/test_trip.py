"""A trip from the form to the return (P9-1, P9-2)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from models import Document, State
from services.errors import Refused
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    LATER,
    approved_trip,
    asked,
    decree,
    detail,
    do,
    drafted_trip,
    events,
    finished_trip,
    may,
    open_tasks,
    refusal,
    reload,
    sent_trip,
    signed,
    tasks,
    waits_for,
)


def test_a_request_is_signed_by_the_department_head_and_then_by_the_office_director(cast: Cast) -> None:
    """P9-2, P2-4.2"""
    trip = sent_trip(cast)
    assert (trip.number, trip.state, trip.step) == ("TR-202611-0001", State.RUNNING, "department_head")
    assert asked(trip) == {"department_head"}
    trip = do(cast.department_head, trip, "approve", note="同意")
    assert asked(trip) == {"office_director"}
    trip = do(cast.office_director, trip, "approve")
    assert (trip.state, trip.step, trip.approved_at) == (State.RUNNING, "travel", NOW)
    assert signed(trip) == ["department_head", "office_director"]


def test_the_office_director_is_not_asked_before_the_head_has_signed(cast: Cast) -> None:
    """P9-2"""
    trip = sent_trip(cast)
    assert not waits_for(cast.office_director, trip)
    assert refusal(do, cast.office_director, trip, "approve").key == "action.not_allowed"
    assert reload(trip).step == "department_head"


def test_the_trip_is_open_only_once_both_have_signed(cast: Cast) -> None:
    """P9-2: only then may the trip start"""
    trip = sent_trip(cast)
    days = {"departed_on": "2026-11-25", "returned_on": "2026-11-27"}
    for _ in range(2):
        assert trip.approved_at is None
        assert "complete" not in may(cast.engineer, trip)
        assert refusal(do, cast.engineer, trip, "complete", now=BACK, **days).key == "action.not_allowed"
        trip = do(cast.department_head if trip.step == "department_head" else cast.office_director, trip, "approve")
    assert "complete" in may(cast.engineer, trip)


def test_the_traveller_records_when_he_left_and_came_back(cast: Cast) -> None:
    """P9-2"""
    trip = approved_trip(cast)
    trip = do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-28")
    own = detail(trip)
    assert (own.departed_on, own.returned_on) == (date(2026, 11, 25), date(2026, 11, 28))
    assert (trip.state, trip.step, trip.closed_at) == (State.DONE, None, BACK)
    assert open_tasks(trip) == []


def test_nobody_else_records_it(cast: Cast) -> None:
    trip = approved_trip(cast)
    for person in (cast.department_head, cast.office_director, cast.engineer2, cast.general_manager):
        assert "complete" not in may(person, trip)


def test_a_trip_that_somebody_applies_for_another_is_recorded_by_the_one_who_travels(cast: Cast) -> None:
    trip = approved_trip(cast, traveller_id=cast.engineer2.id)
    assert "complete" in may(cast.engineer2, trip)
    assert "complete" not in may(cast.engineer, trip)


def test_leaving_before_both_have_signed_is_not_recorded(cast: Cast) -> None:
    """P9-2: only then may the trip start"""
    trip = approved_trip(cast)
    early = {"departed_on": "2026-11-22", "returned_on": "2026-11-27"}
    assert refusal(do, cast.engineer, trip, "complete", now=BACK, **early).key == (
        "TR.refused.departed_before_approved"
    )
    same_day = {"departed_on": "2026-11-23", "returned_on": "2026-11-27"}
    assert do(cast.engineer, trip, "complete", now=BACK, **same_day).state == State.DONE


def test_the_return_is_neither_before_the_departure_nor_in_the_future(cast: Cast) -> None:
    trip = approved_trip(cast)

    def came_back(departed: str, returned: str) -> str:
        days = {"departed_on": departed, "returned_on": returned}
        return refusal(do, cast.engineer, trip, "complete", now=BACK, **days).key

    assert came_back("2026-11-26", "2026-11-25") == "TR.refused.returned_before_departed"
    assert came_back("2026-11-26", "2026-11-29") == "TR.refused.returned_in_future"
    assert detail(trip).departed_on is None
    assert reload(trip).state == State.RUNNING


def _recorded(cast: Cast, trip: Document, departed: str, returned: str) -> str | None:
    """Record the days of a trip in January, when all is over; the refusal it meets."""
    days = {"departed_on": departed, "returned_on": returned}
    try:
        do(cast.engineer, trip, "complete", now=NOW + timedelta(days=45), **days)
    except Refused as refused:
        assert (detail(trip).returned_on, reload(trip).state) == (None, State.RUNNING)
        return refused.key
    return None


def test_days_far_beyond_the_plan_need_a_request_of_their_own(cast: Cast) -> None:
    """P9-2: an extension is signed like the trip itself; three days are borne"""
    trip = approved_trip(cast, starts_on="2026-11-30", ends_on="2026-12-02")
    assert _recorded(cast, trip, "2026-11-26", "2026-12-02") == "TR.refused.departed_long_before"
    assert _recorded(cast, trip, "2026-11-30", "2026-12-06") == "TR.refused.returned_long_after"
    assert _recorded(cast, trip, "2026-11-27", "2026-12-05") is None


def test_how_many_days_are_borne_is_a_setting(cast: Cast) -> None:
    trip = approved_trip(cast, starts_on="2026-11-30", ends_on="2026-12-02")
    decree("trip.days_beyond_plan", 0)
    assert _recorded(cast, trip, "2026-11-30", "2026-12-03") == "TR.refused.returned_long_after"
    assert _recorded(cast, trip, "2026-11-29", "2026-12-02") == "TR.refused.departed_long_before"
    assert _recorded(cast, trip, "2026-11-30", "2026-12-02") is None


@pytest.mark.parametrize("whose", ["traveller", "companion"])
def test_the_days_recorded_are_on_no_other_trip(cast: Cast, whose: str) -> None:
    """Issue 2 point 9: planned days of a trip that stands, recorded ones of a trip that is over"""
    other = cast.engineer if whose == "traveller" else cast.engineer2
    trip = approved_trip(cast, companions=[cast.engineer2.id])
    next_trip = approved_trip(cast, other, starts_on="2026-11-28", ends_on="2026-11-30")
    assert _recorded(cast, trip, "2026-11-25", "2026-11-28") == "TR.refused.overlap"
    do(other, next_trip, "complete", now=LATER, departed_on="2026-11-29", returned_on="2026-11-30")
    assert _recorded(cast, trip, "2026-11-25", "2026-11-29") == "TR.refused.overlap"
    assert _recorded(cast, trip, "2026-11-25", "2026-11-28") is None


def test_the_estimate_is_the_amount_and_place_and_task_are_the_title(cast: Cast) -> None:
    """P9-1"""
    trip = sent_trip(cast)
    assert trip.amount == Decimal("1800.00")
    assert trip.title == "西安 更换 3 台制动单元并跟车试验"


def test_each_signature_is_due_one_working_day_later(cast: Cast) -> None:
    """Monday's request is due on Tuesday's end, in company time."""
    trip = sent_trip(cast)
    (task,) = open_tasks(trip)
    assert task.due_at == trip.due_at
    assert task.due_at and task.due_at.astimezone().timestamp() > (NOW + timedelta(hours=38)).timestamp()
    assert approved_trip(cast, cast.stranger).due_at is None  # a trip has no clock


def test_a_draft_has_no_number_and_nobody_is_asked(cast: Cast) -> None:
    trip = drafted_trip(cast)
    assert (trip.number, trip.state) == (None, State.DRAFT)
    assert tasks(trip) == [] and events(trip) == []


def test_the_timeline_of_a_trip_has_one_event_for_each_act(cast: Cast) -> None:
    """P4-2.4, P1-4.4a"""
    trip = finished_trip(cast)
    said = [(event.action, event.actor_id, event.step, event.role) for event in events(trip)]
    assert said == [
        ("submit", cast.engineer.id, None, None),
        ("approve", cast.department_head.id, "department_head", "department_head"),
        ("approve", cast.office_director.id, "office_director", "office_director"),
        ("complete", cast.engineer.id, "travel", None),
    ]
    assert [event.data["state"] for event in events(trip)] == [
        ["draft", "running"],
        ["running", "running"],
        ["running", "running"],
        ["running", "done"],
    ]
