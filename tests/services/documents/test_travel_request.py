"""What a travel request must say before it is taken (P9-1, P9-2), in both languages, field by field."""

from typing import Any

import pytest
from sqlmodel import select

from models import Participant, State, TravelEstimate, TravelRequest
from services.database import reading, writing
from services.documents.travel_request import claim_offered
from services.errors import Fault
from services.texts import has_text, languages, text
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    LATER,
    approved_trip,
    detail,
    do,
    drafted_trip,
    estimate,
    events,
    faults,
    finished_trip,
    move,
    refusal,
    reload,
    retype,
    sent_trip,
    tasks,
)


def said(fault: Fault) -> list[str]:
    """The message beside the field, in both languages; it exists, and no fact is missing in it."""
    messages = []
    for language in languages():
        assert has_text(language, fault.key), f"{fault.key} has no text in {language}"
        message = text(language, fault.key, **fault.facts)
        assert message and "{" not in message, message
        messages.append(message)
    assert messages[0] != messages[1]
    return messages


def _refused(cast: Cast, **changes: Any) -> list[Fault]:
    """Send a request with something wrong in it: nothing may be stored."""
    trip = drafted_trip(cast, **changes)
    found = faults(do, cast.engineer, trip, "submit")
    after = reload(trip)
    assert (after.state, after.number, tasks(trip), events(trip)) == (State.DRAFT, None, [], [])
    with reading() as session:
        assert session.get(TravelRequest, trip.id) is None
        assert session.exec(select(TravelEstimate)).all() == []
        assert session.exec(select(Participant)).all() == []
    for fault in found:
        said(fault)
    return found


@pytest.mark.parametrize(
    ("amount", "key"),
    [
        (None, "fault.required"),
        ("", "fault.required"),
        ("   ", "fault.required"),
        ("0", "fault.above"),
        ("0.00", "fault.above"),
        ("-0", "fault.above"),
        ("-5", "fault.above"),
        ("1.005", "fault.decimals"),
        ("0.001", "fault.decimals"),
        ("100000000.01", "fault.at_most"),
        ("9" * 40, "fault.at_most"),
        ("abc", "fault.number"),
        ("1e3", "fault.number"),
        ("NaN", "fault.number"),
        ("Infinity", "fault.number"),
        ("-Infinity", "fault.number"),
        ("1.2.3", "fault.number"),
        ("1_000", "fault.number"),
        ("٣", "fault.number"),
        ("0x10", "fault.number"),
        ("--1", "fault.number"),
        ("壹佰", "fault.number"),
        (True, "fault.number"),
        ([1], "fault.number"),
    ],
)
def test_an_amount_that_is_none_is_refused_beside_its_line(cast: Cast, amount: Any, key: str) -> None:
    """Issue 2 point 9"""
    good = estimate(cast, "train", "10.00")
    (fault,) = _refused(cast, estimates=[good, estimate(cast, "lodging", amount)])
    assert (fault.table, fault.line, fault.field, fault.key) == ("estimates", 2, "amount", key)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1234.5", "1234.50"),
        (" 1,234.50 ", "1234.50"),
        ("¥1,234.50", "1234.50"),
        ("１２３４．５０", "1234.50"),
        ("￥12", "12.00"),
        ("100000000", "100000000.00"),
        ("0.01", "0.01"),
        ("+7", "7.00"),
        (12, "12.00"),
        (0.1, "0.10"),
    ],
)
def test_an_amount_may_be_typed_as_people_type_it(cast: Cast, typed: Any, stored: str) -> None:
    trip = sent_trip(cast, estimates=[estimate(cast, "train", typed)])
    assert f"{trip.amount:.2f}" == stored


@pytest.mark.parametrize(
    "field", ["traveller_id", "origin", "destinations", "starts_on", "ends_on", "transport", "task"]
)
@pytest.mark.parametrize("empty", [None, "", " \t\n", "\u200b\ufeff"])
def test_what_must_be_filled_in_is_said_beside_its_field(cast: Cast, field: str, empty: Any) -> None:
    (fault,) = _refused(cast, **{field: empty})
    assert (fault.field, fault.key, fault.table) == (field, "fault.required", None)


def test_everything_that_is_wrong_is_said_at_once(cast: Cast) -> None:
    wrong = {"origin": "", "ends_on": "2026-11-24", "transport": "rocket", "estimates": [estimate(cast, "train", "x")]}
    found = {(fault.field, fault.key) for fault in _refused(cast, **wrong)}
    assert found == {
        ("origin", "fault.required"),
        ("ends_on", "fault.ends_before_start"),
        ("transport", "fault.option"),
        ("amount", "fault.number"),
    }


@pytest.mark.parametrize("rows", [[], None, [{}], [{"expense_type_id": None, "amount": "", "note": " "}]])
def test_at_least_one_line_must_be_estimated(cast: Cast, rows: Any) -> None:
    (fault,) = _refused(cast, estimates=rows)
    assert (fault.field, fault.key) == ("estimates", "fault.no_lines")


def test_blank_lines_are_not_counted(cast: Cast) -> None:
    blank = {"expense_type_id": None, "amount": None, "note": ""}
    trip = sent_trip(cast, estimates=[blank, estimate(cast, "train", "5"), blank])
    with reading() as session:
        rows = session.exec(select(TravelEstimate).where(TravelEstimate.document_id == trip.id)).all()
    assert [row.position for row in rows] == [1]


@pytest.mark.parametrize(("field", "longest"), [("origin", 60), ("destinations", 120), ("task", 500), ("serves", 40)])
def test_a_text_has_a_longest_length(cast: Cast, field: str, longest: int) -> None:
    """Issue 2 point 9: a text too long"""
    (fault,) = _refused(cast, **{field: "长" * (longest + 1)})
    assert (fault.field, fault.key) == (field, "fault.too_long")
    assert str(longest) in said(fault)[0]
    assert sent_trip(cast, **{field: "长" * longest}).state == State.RUNNING


def test_a_note_on_a_line_has_a_longest_length(cast: Cast) -> None:
    (fault,) = _refused(cast, estimates=[estimate(cast, "train", "1", note="x" * 101)])
    assert (fault.table, fault.line, fault.field, fault.key) == ("estimates", 1, "note", "fault.too_long")


@pytest.mark.parametrize(
    ("start", "end", "field", "key"),
    [
        ("2026-11-25", "2026-11-24", "ends_on", "fault.ends_before_start"),
        ("2026-11-22", "2026-11-24", "starts_on", "TR.fault.already_started"),
        ("2026-11-25", "2027-11-25", "ends_on", "TR.fault.too_long"),
        ("2026-02-30", "2026-11-27", "starts_on", "fault.date"),
        ("25.11.2026", "2026-11-27", "starts_on", "fault.date"),
        ("2026-11-25", "9999-99-99", "ends_on", "fault.date"),
        ("20261125", "2026-11-27", "starts_on", "fault.date"),
    ],
)
def test_days_that_cannot_be_are_refused(cast: Cast, start: str, end: str, field: str, key: str) -> None:
    """P9-2: applied for before it starts; issue 2 point 9: an end before a start"""
    (fault,) = _refused(cast, starts_on=start, ends_on=end)
    assert (fault.field, fault.key) == (field, key)


def test_a_trip_of_one_day_that_starts_today_is_one(cast: Cast) -> None:
    assert sent_trip(cast, starts_on="2026-11-23", ends_on="2026-11-23").state == State.RUNNING


def test_a_trip_lasts_180_days_at_most(cast: Cast) -> None:
    (fault,) = _refused(cast, starts_on="2026-11-25", ends_on="2027-05-25")
    assert fault.key == "TR.fault.too_long"
    assert sent_trip(cast, starts_on="2026-11-25", ends_on="2027-05-24").state == State.RUNNING


@pytest.mark.parametrize(
    ("field", "forged"),
    [
        ("transport", "rocket"),
        ("transport", 1),
        ("transport", ["train"]),
        ("traveller_id", 9999),
        ("traveller_id", 10**30),
        ("traveller_id", -1),
        ("companions", [9999]),
        ("companions", [10**30]),
    ],
)
def test_a_forged_option_is_refused(cast: Cast, field: str, forged: Any) -> None:
    """Issue 2 point 9"""
    (fault,) = _refused(cast, **{field: forged})
    assert (fault.field, fault.key) == (field, "fault.option")


@pytest.mark.parametrize("forged", ["x", ["x"], [[1]], "1; DROP TABLE person"])
@pytest.mark.parametrize("field", ["traveller_id", "companions"])
def test_what_is_no_person_at_all_is_refused(cast: Cast, field: str, forged: Any) -> None:
    found = _refused(cast, **{field: forged})
    assert {fault.field for fault in found} == {field}


def test_a_disabled_person_or_expense_type_is_no_option(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.engineer2).active = False
        session.merge(cast.expense["meals"]).active = False
    found = _refused(cast, companions=[cast.engineer2.id], estimates=[estimate(cast, "meals", "1")])
    assert {(fault.field, fault.key) for fault in found} == {
        ("companions", "fault.option"),
        ("expense_type_id", "fault.option"),
    }


def test_the_traveller_is_not_his_own_companion(cast: Cast) -> None:
    (fault,) = _refused(cast, companions=[cast.engineer2.id, cast.engineer.id])
    assert (fault.field, fault.key) == ("companions", "TR.fault.companion_is_traveller")


def test_a_companion_named_twice_is_one(cast: Cast) -> None:
    trip = sent_trip(cast, companions=[cast.engineer2.id, cast.engineer2.id])
    assert detail(trip).companions == [cast.engineer2.id]


# --- overlap


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        ("2026-11-24", "2026-11-24", False),
        ("2026-11-23", "2026-11-25", True),
        ("2026-11-26", "2026-11-26", True),
        ("2026-11-27", "2026-12-01", True),
        ("2026-11-23", "2026-12-31", True),
        ("2026-11-28", "2026-11-30", False),
    ],
)
def test_nobody_is_on_two_trips_at_once(cast: Cast, start: str, end: str, overlaps: bool) -> None:
    """Issue 2 point 9"""
    first = sent_trip(cast)
    second = drafted_trip(cast, starts_on=start, ends_on=end)
    if not overlaps:
        assert do(cast.engineer, second, "submit").state == State.RUNNING
        return
    (fault,) = faults(do, cast.engineer, second, "submit")
    assert (fault.field, fault.key, fault.facts["number"]) == ("starts_on", "TR.fault.overlap", first.number)
    assert "2026-11-25" in said(fault)[0]


@pytest.mark.parametrize("part", ["traveller", "companion"])
def test_a_companion_is_on_the_trip_as_well_once_it_is_approved(cast: Cast, part: str) -> None:
    approved_trip(cast, companions=[cast.engineer2.id])
    if part == "companion":
        second = drafted_trip(cast, cast.clerk, companions=[cast.engineer2.id])
        field, author = "companions", cast.clerk
    else:
        second, field, author = drafted_trip(cast, cast.engineer2), "starts_on", cast.engineer2
    (fault,) = faults(do, author, second, "submit")
    assert (fault.field, fault.key) == (field, "TR.fault.overlap")


@pytest.mark.parametrize("named", ["traveller_id", "companions"])
def test_nobody_keeps_another_from_travelling_by_merely_naming_him(cast: Cast, named: str) -> None:
    """A request that somebody else made, and nobody has approved, is in nobody's way."""
    sent_trip(cast, cast.stranger, **{named: cast.clerk.id if named == "traveller_id" else [cast.clerk.id]})
    assert sent_trip(cast, cast.clerk).state == State.RUNNING


def test_of_two_requests_that_name_him_one_is_approved(cast: Cast) -> None:
    first = sent_trip(cast, companions=[cast.engineer2.id])
    second = move(cast, sent_trip(cast, cast.engineer2), until="office_director")
    move(cast, first, until="travel")
    refused = refusal(do, cast.office_director, second, "approve")
    assert (refused.key, refused.facts["number"]) == ("TR.refused.overlap", first.number)
    assert do(cast.office_director, second, "reject").state == State.REJECTED


def test_a_trip_goes_on_until_its_return_is_recorded(cast: Cast) -> None:
    """Past its end, the traveller says first that he is back; then he may leave again."""
    trip = approved_trip(cast, companions=[cast.engineer2.id])
    for author, field in ((cast.engineer, "starts_on"), (cast.engineer2, "starts_on"), (cast.clerk, "companions")):
        companions = [cast.engineer2.id] if author == cast.clerk else []
        again = drafted_trip(cast, author, starts_on="2026-12-07", ends_on="2026-12-08", companions=companions)
        (fault,) = faults(do, author, again, "submit", now=LATER)
        assert (fault.field, fault.key, fault.facts["number"]) == (field, "TR.fault.not_back", trip.number)
        said(fault)
    do(cast.engineer, trip, "complete", now=LATER, departed_on="2026-11-25", returned_on="2026-11-27")
    again = drafted_trip(cast, starts_on="2026-12-07", ends_on="2026-12-08")
    assert do(cast.engineer, again, "submit", now=LATER).state == State.RUNNING


def test_a_trip_that_has_not_ended_is_in_nobodys_way_afterwards(cast: Cast) -> None:
    approved_trip(cast)
    again = drafted_trip(cast, starts_on="2026-12-07", ends_on="2026-12-08")
    assert do(cast.engineer, again, "submit").state == State.RUNNING


@pytest.mark.parametrize("end", ["withdraw", "reject", "cancel", "draft"])
def test_a_trip_that_does_not_stand_is_in_nobodys_way(cast: Cast, end: str) -> None:
    if end == "draft":
        drafted_trip(cast)
    elif end == "cancel":
        do(cast.engineer, approved_trip(cast), "cancel")
    else:
        do(cast.engineer if end == "withdraw" else cast.department_head, sent_trip(cast), end)
    assert sent_trip(cast).state == State.RUNNING


def test_a_returned_trip_still_stands(cast: Cast) -> None:
    do(cast.department_head, sent_trip(cast), "return")
    assert faults(sent_trip, cast)[0].key == "TR.fault.overlap"


def test_whoever_was_told_that_a_trip_is_late_may_travel_himself(cast: Cast) -> None:
    late = approved_trip(cast)
    with writing() as session:
        told = Participant(document_id=late.id, person_id=cast.engineer2.id, part="escalation", benefits=False)
        session.add(told)
    assert sent_trip(cast, by=cast.engineer2).state == State.RUNNING


def test_a_request_does_not_overlap_with_itself(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    assert do(cast.engineer, trip, "submit").state == State.RUNNING


def test_who_came_back_early_may_leave_again(cast: Cast) -> None:
    trip = approved_trip(cast, starts_on="2026-11-25", ends_on="2026-12-10")
    do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-26")
    again = drafted_trip(cast, starts_on="2026-12-01", ends_on="2026-12-02")
    assert do(cast.engineer, again, "submit", now=LATER).state == State.RUNNING


# --- what is stored


def test_a_trip_concerns_its_traveller_and_his_companions(cast: Cast) -> None:
    trip = sent_trip(cast, companions=[cast.engineer2.id])
    with reading() as session:
        found = session.exec(select(Participant).where(Participant.document_id == trip.id)).all()
    assert {(one.person_id, one.part, one.benefits) for one in found} == {
        (cast.engineer.id, "traveller_id", True),
        (cast.engineer2.id, "companions", True),
    }


def test_text_is_stored_without_what_nobody_sees(cast: Cast) -> None:
    trip = sent_trip(cast, origin=" 株洲 \x00\t 北 ", task="第一行\r\n第二行\u202e", destinations="西安\u200b")
    own = detail(trip)
    assert (own.origin, own.task, own.destinations) == ("株洲 北", "第一行\n第二行", "西安")


def test_markup_and_formulas_are_text(cast: Cast) -> None:
    typed = "<script>alert(1)</script> =1+1 {0} %s ' OR 1=1 --"
    trip = sent_trip(cast, task=typed)
    assert detail(trip).task == typed
    assert trip.title.endswith(typed)


def test_a_title_is_cut_to_what_its_column_holds(cast: Cast) -> None:
    trip = sent_trip(cast, destinations="西" * 120, task="长" * 500)
    assert len(trip.title) == 200


def test_sent_again_it_says_what_it_says_now_and_nothing_of_before(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast, companions=[cast.engineer2.id]), "return")
    retype(cast.engineer, trip, companions=[], estimates=[estimate(cast, "local", "5.00")])
    trip = do(cast.engineer, trip, "submit")
    with reading() as session:
        rows = session.exec(select(TravelEstimate).where(TravelEstimate.document_id == trip.id)).all()
        people = session.exec(select(Participant).where(Participant.document_id == trip.id)).all()
    assert [(row.position, f"{row.amount}") for row in rows] == [(1, "5.00")]
    assert {one.person_id for one in people} == {cast.engineer.id}


def test_a_claim_is_offered_only_to_who_was_on_the_trip_and_only_afterwards(cast: Cast) -> None:
    """P9-4a"""

    def offered(trip: Any) -> set[str]:
        with reading() as session:
            people = (cast.engineer, cast.engineer2, cast.department_head, cast.stranger)
            return {person.login for person in people if claim_offered(session, person, reload(trip), NOW)}

    trip = sent_trip(cast, companions=[cast.engineer2.id])
    assert offered(trip) == set()
    do(cast.department_head, trip, "reject")
    assert offered(finished_trip(cast, companions=[cast.engineer2.id])) == {"engineer", "engineer2"}
