"""Monthly registers: drawn from the records, reviewed by the head, then the vice president (P9-6)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Document, RegisterKind, Role, State, TravelRequest
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import blank, check
from services.documents.kind import lines_of
from services.errors import Refused
from services.verify import problems
from tests import factories
from tests.factories import NOW, Cast
from tests.story import (
    LATER,
    approved_trip,
    asked,
    claim_at,
    do,
    draft,
    drafted_register,
    events,
    faults,
    finished_trip,
    hold,
    may,
    recorded_request,
    refusal,
    reload,
    retype,
    sent_claim,
    sent_register,
    told,
)

NEW_YEAR = datetime(2027, 1, 4, 1, 0, tzinfo=NOW.tzinfo)
"""The first Monday of January: December is over."""

TYPED = ("2026-11", "202611", "2026/11", "2026.11", "2026年11月", "２０２６-１１", " 2026-11 ", 202611)
NO_MONTHS = ("2026-13", "2026-00", "20261", "26-11", "十一月", "2026-11-01", "1999-11", 2026, "x")


# --- what it lists


def test_the_trips_of_the_month_are_drawn_with_what_was_claimed(cast: Cast) -> None:
    """P9-6a"""
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    claim = sent_claim(cast, trip)
    own, companions = _trips(sent_register(cast, cast.clerk))
    assert (own.traveller_id, own.trip_id) == (cast.engineer.id, trip.id)
    assert (own.departed_on, own.returned_on, own.days) == (date(2026, 11, 25), date(2026, 11, 27), 3)
    assert (own.origin, own.destinations, own.task) == ("株洲", "西安", "更换 3 台制动单元并跟车试验")
    assert (own.claim_numbers, own.claimed) == (claim.number, Decimal("1750.00"))
    assert (companions.traveller_id, companions.claim_numbers, companions.claimed) == (cast.engineer2.id, None, None)


def test_what_the_audit_cut_is_not_claimed(cast: Cast) -> None:
    """P9-6a, P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {1: {"audited_amount": "550.00", "audit_reason": "超标准"}}}
    do(cast.finance_officer, claim, "approve", lines=cut)
    (line,) = _trips(sent_register(cast, cast.clerk))
    assert line.claimed == Decimal("1700.00")


def test_entertainment_and_gifts_are_drawn_from_their_records(cast: Cast) -> None:
    """P9-6a, P9-3.2b"""
    trip = finished_trip(cast)
    claim = sent_claim(cast, trip)
    with writing() as session:
        gift = cast.expense["gift"]
        factories.spending_request(session, cast.engineer2, trip, gift, Decimal("90.00"), spent_on=date(2026, 11, 3))
        factories.spending_request(session, cast.engineer, trip, cast.expense["materials"], Decimal("70.00"))
    gifts, dinner = _spendings(sent_register(cast, cast.clerk, register_kind="entertainment"))
    assert (gifts.spent_amount, gifts.handler_id, gifts.claimed) == (Decimal("90.00"), cast.engineer2.id, None)
    assert (dinner.spent_amount, dinner.spent_headcount, dinner.spent_place) == (Decimal("250.00"), 3, "西安")
    assert (dinner.claim_numbers, dinner.claimed) == (claim.number, Decimal("250.00"))


def test_what_is_not_recorded_is_not_listed_but_counted(cast: Cast) -> None:
    """P9-6a"""
    finished_trip(cast)
    approved_trip(cast, cast.engineer2)
    register = drafted_register(cast, cast.clerk)
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MR", reload(register).draft or {}, LATER, reload(register))
        assert len(filled.lines["trips"]) == 1
        assert KINDS["MR"].figures(filled) == [("MR.fact.not_back", 1)]


def test_a_trip_belongs_to_the_month_of_its_return(cast: Cast) -> None:
    """P9-6a"""
    trip = finished_trip(cast)
    _returns_on(trip, date(2026, 12, 2))
    assert [one.key for one in faults(do, cast.clerk, _draft(cast, "2026-11"), "submit", now=LATER)] == [
        "fault.nothing_drawn"
    ]
    december = do(cast.clerk, _draft(cast, "2026-12", now=NEW_YEAR), "submit", now=NEW_YEAR)
    assert [line.trip_id for line in _trips(december)] == [trip.id]


def test_the_other_departments_trips_are_on_its_own_register(cast: Cast) -> None:
    """P9-6a: whoever travels along is on the register of his own department."""
    finished_trip(cast, companions=[cast.stranger.id])
    clerk = _clerk_of_the_other_department(cast)
    assert [line.traveller_id for line in _trips(sent_register(cast, cast.clerk))] == [cast.engineer.id]
    assert [line.traveller_id for line in _trips(sent_register(cast, clerk))] == [cast.stranger.id]


def test_what_is_recorded_late_comes_on_the_next_register_and_says_so(cast: Cast) -> None:
    """P9-6a: nothing is left out because somebody wrote it down late."""
    finished_trip(cast)
    november = sent_register(cast, cast.clerk)
    late = finished_trip(cast, cast.engineer2)  # recorded after the register was sent
    december = do(cast.clerk, _draft(cast, "2026-12", now=NEW_YEAR), "submit", now=NEW_YEAR)
    assert [(line.trip_id, line.late_of) for line in _trips(december)] == [(late.id, "202611")]
    assert len(_trips(november)) == 1


def test_no_two_registers_list_the_same(cast: Cast) -> None:
    """P9-6a: a late line stays where it was sent, also when its own month is drawn anew."""
    finished_trip(cast)
    november = sent_register(cast, cast.clerk)
    late = finished_trip(cast, cast.engineer2)
    do(cast.clerk, _draft(cast, "2026-12", now=NEW_YEAR), "submit", now=NEW_YEAR)
    do(cast.clerk, november, "withdraw", now=NEW_YEAR)
    november = do(cast.clerk, november, "submit", now=NEW_YEAR)
    assert late.id not in [line.trip_id for line in _trips(november)]


def test_before_its_month_was_sent_nothing_is_late(cast: Cast) -> None:
    """P9-6a: what belongs to November waits for November's register, be it drawn up after December's."""
    finished_trip(cast)
    december = _draft(cast, "2026-12", now=NEW_YEAR)
    assert [one.key for one in faults(do, cast.clerk, december, "submit", now=NEW_YEAR)] == ["fault.nothing_drawn"]


# --- it stays as it was sent


def test_a_trip_that_changes_later_does_not_change_a_sent_register(cast: Cast) -> None:
    """P9-6b: frozen when submitted"""
    trip = finished_trip(cast)
    register = sent_register(cast, cast.clerk)
    with writing() as session:
        session.get_one(TravelRequest, trip.id).destinations = "成都"
    sent_claim(cast, trip)
    do(cast.department_head, register, "approve")
    do(cast.vice_president, register, "approve")
    (line,) = _trips(register)
    assert (line.destinations, line.claimed) == ("西安", None)
    with reading() as session:
        assert not [one for one in problems(session) if "MR-" in one]


def test_withdrawn_and_sent_again_it_is_drawn_anew(cast: Cast) -> None:
    """P9-6b"""
    trip = finished_trip(cast)
    register = do(cast.clerk, sent_register(cast, cast.clerk), "withdraw")
    claim = sent_claim(cast, trip)
    do(cast.clerk, register, "submit")
    (line,) = _trips(register)
    assert line.claim_numbers == claim.number
    assert events(register)[-1].data["content"]["trips"][0]["claim_numbers"] == claim.number


def test_returned_and_drawn_anew_whoever_signed_signs_again(cast: Cast) -> None:
    """P9-6b"""
    trip = finished_trip(cast)
    register = do(cast.department_head, sent_register(cast, cast.clerk), "approve")
    do(cast.vice_president, register, "return")
    sent_claim(cast, trip)
    do(cast.clerk, register, "submit")
    assert asked(register) == {"department_head"}


# --- its way


def test_the_head_reviews_it_and_the_vice_president_gets_it(cast: Cast) -> None:
    """P9-6b"""
    register = sent_register(cast)
    assert (register.title, register.amount) == ("售后一室 2026-11", Decimal("0.00"))
    assert asked(register) == {"department_head"}
    do(cast.department_head, register, "approve")
    assert asked(register) == {"vice_president"}
    assert do(cast.vice_president, register, "approve").state == State.DONE
    assert told(cast.clerk) == ["done"]


@pytest.mark.parametrize("who", ["engineer", "engineer2", "finance_officer", "vice_president", "clerk"])
def test_nobody_else_reviews_it(cast: Cast, who: str) -> None:
    """P9-6b: wrong role"""
    register = sent_register(cast)
    assert "approve" not in may(getattr(cast, who), register)
    assert refusal(do, getattr(cast, who), register, "approve").key in ("action.not_allowed", "access.not_found")


@pytest.mark.parametrize("who", ["stranger", "other_head", "engineer", "office_director"])
def test_a_stranger_sees_nothing_of_it(cast: Cast, who: str) -> None:
    register = sent_register(cast)
    assert refusal(do, getattr(cast, who), register, "comment", note="?").key == "access.not_found"


@pytest.mark.parametrize("who", ["engineer", "department_head", "stranger", "administrator"])
def test_only_a_clerk_draws_one_up(cast: Cast, who: str) -> None:
    """P9-6b: wrong role"""
    with reading() as session, pytest.raises(Refused) as caught:
        blank(session, getattr(cast, who), "MR", LATER)
    assert caught.value.key == "draft.may_not_start"


def test_a_clerk_who_sits_elsewhere_draws_up_the_register_of_the_department_whose_clerk_he_is(cast: Cast) -> None:
    """P9-6b: it is the department's paper, whose head reviews it; another department's clerk sees none of its trips."""
    finished_trip(cast)
    hold(cast.office_director, Role.CLERK, cast.service)
    with reading() as session:
        opened = blank(session, cast.office_director, "MR", LATER)
    assert opened["registered_department_id"] == cast.service.id
    register = do(cast.office_director, draft(cast.office_director, "MR", opened, now=LATER), "submit", now=LATER)
    assert (register.department_id, len(_trips(register)), asked(register)) == (cast.service.id, 1, {"department_head"})
    forged = opened | {"registered_department_id": cast.service2.id}
    wrong = faults(do, cast.office_director, draft(cast.office_director, "MR", forged, now=LATER), "submit", now=LATER)
    assert ("registered_department_id", "fault.option") in {(one.field, one.key) for one in wrong}


def test_who_is_clerk_elsewhere_sees_none_of_his_own_departments_trips(cast: Cast) -> None:
    """P9-6b: a clerk's register is that of the department whose clerk he is."""
    finished_trip(cast)
    hold(cast.engineer2, Role.CLERK, cast.office)
    register = _draft(cast, "2026-11", by=cast.engineer2)
    with reading() as session:
        filled, wrong = check(session, cast.engineer2, "MR", reload(register).draft or {}, LATER, reload(register))
    assert filled.lines["trips"] == []
    assert "MR.fault.not_clerk" in {one.key for one in wrong}


# --- which month


@pytest.mark.parametrize("typed", TYPED)
def test_a_month_is_understood_however_it_is_typed(cast: Cast, typed: str) -> None:
    register = sent_register(cast, month=typed)
    with reading() as session:
        assert session.get_one(KINDS["MR"].table, register.id).month == "202611"  # type: ignore[attr-defined]


@pytest.mark.parametrize("typed", NO_MONTHS)
def test_what_is_no_month_is_said_to_be_none(cast: Cast, typed: Any) -> None:
    wrong = faults(do, cast.clerk, drafted_register(cast, month=typed), "submit", now=LATER)
    assert ("month", "fault.month") in {(one.field, one.key) for one in wrong}


@pytest.mark.parametrize("month", ["2026-12", "2027-01"])
def test_a_month_that_is_not_over_is_drawn_but_not_sent(cast: Cast, month: str) -> None:
    """P9-6b: else what is still to come would be missing."""
    trip = finished_trip(cast)
    _returns_on(trip, date(2026, 12, 1))
    register = _draft(cast, month)
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MR", reload(register).draft or {}, LATER, reload(register))
    assert len(filled.lines["trips"]) == (month == "2026-12")
    wrong = faults(do, cast.clerk, register, "submit", now=LATER)
    assert ("month", "MR.fault.month_not_over") in {(one.field, one.key) for one in wrong}


def test_on_the_first_day_after_it_the_month_is_over_in_shanghai(cast: Cast) -> None:
    finished_trip(cast)
    register = _draft(cast, "2026-11")
    evening = datetime(2026, 11, 30, 15, 59, tzinfo=NOW.tzinfo)
    assert "MR.fault.month_not_over" in {one.key for one in faults(do, cast.clerk, register, "submit", now=evening)}
    do(cast.clerk, register, "submit", now=evening + timedelta(minutes=1))


def test_a_department_has_one_register_of_a_kind_for_a_month(cast: Cast) -> None:
    """P9-6b"""
    first = sent_register(cast)
    second = _draft(cast, "2026-11")
    (wrong,) = [one for one in faults(do, cast.clerk, second, "submit", now=LATER) if one.field == "month"]
    assert (wrong.key, wrong.facts) == ("MR.fault.registered_already", {"number": first.number})
    do(cast.clerk, first, "withdraw")
    do(cast.clerk, second, "submit", now=LATER)
    assert "MR.fault.registered_already" in {one.key for one in faults(do, cast.clerk, first, "submit", now=LATER)}


def test_a_rejected_register_is_not_taken_up_beside_another(cast: Cast) -> None:
    """P9-6b"""
    first = do(cast.department_head, sent_register(cast), "reject")
    second = do(cast.clerk, _draft(cast, "2026-11"), "submit", now=LATER)
    wrong = faults(do, cast.department_head, first, "reopen", note="?")
    assert [one.facts for one in wrong] == [{"number": second.number}]


def test_trips_and_entertainment_are_two_registers(cast: Cast) -> None:
    recorded_request(cast, finished_trip(cast))
    sent_register(cast, cast.clerk)
    with reading() as session:
        opened = blank(session, cast.clerk, "MR", LATER)
    own = {"registered_department_id": cast.service.id}
    assert opened == own | {"month": "202611", "register_kind": RegisterKind.ENTERTAINMENT.value}
    spent = do(cast.clerk, draft(cast.clerk, "MR", opened, now=LATER), "submit", now=LATER)
    assert spent.amount == sum(line.spent_amount for line in _spendings(spent))
    with reading() as session:
        opened = blank(session, cast.clerk, "MR", LATER)
    assert opened == own | {"month": "202612", "register_kind": RegisterKind.TRIPS.value}, "what this month has so far"


def test_another_kind_chosen_in_a_returned_register_leaves_no_line_of_the_first(cast: Cast) -> None:
    recorded_request(cast, finished_trip(cast))
    register = do(cast.department_head, sent_register(cast, cast.clerk), "return")
    retype(cast.clerk, register, LATER, month="2026-11", register_kind="entertainment")
    do(cast.clerk, register, "submit", now=LATER)
    assert (_trips(register), len(_spendings(register))) == ([], 1)


def _draft(cast: Cast, month: str, *, by: Any = None, now: datetime = LATER, kind: str = "trips") -> Document:
    return draft(by or cast.clerk, "MR", {"month": month, "register_kind": kind}, now=now)


def _returns_on(trip: Document, day: date) -> None:
    """It took longer than planned, with a change that was signed."""
    with writing() as session:
        session.get_one(TravelRequest, trip.id).returned_on = day


def _clerk_of_the_other_department(cast: Cast) -> Any:
    with writing() as session:
        clerk = factories.person(session, "clerk_of_two", cast.service2, "周婷")
        factories.grant(session, clerk, Role.CLERK, cast.service2)
    return clerk


def _trips(register: Document) -> list[Any]:
    with reading() as session:
        return list(lines_of(session, reload(register), KINDS["MR"].lines("trips")))


def _spendings(register: Document) -> list[Any]:
    with reading() as session:
        return list(lines_of(session, reload(register), KINDS["MR"].lines("spendings")))
