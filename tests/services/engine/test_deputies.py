"""Deputies: they act in their own name for another, and never gain more than he has (DESIGN.md, Delegation)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models import Person, Role, State
from services.database import reading, writing
from services.delegation import ended_lately
from services.documents.drafts import check
from services.engine.preview import preview, route_ahead
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    LATER,
    asked,
    claim_at,
    depute,
    do,
    events,
    hold,
    inbox,
    may,
    refusal,
    reload,
    sent_claim,
    sent_trip,
    tasks,
    told,
    trip_form,
    waits_for,
)


def test_a_deputy_signs_in_his_own_name_for_the_other(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    assert waits_for(cast.engineer2, trip)
    trip = do(cast.engineer2, trip, "approve")
    (task, _) = tasks(trip)
    assert (task.closed_by_id, task.on_behalf_of_id) == (cast.engineer2.id, cast.department_head.id)
    event = events(trip)[-1]
    assert (event.actor_id, event.on_behalf_of_id, event.role) == (
        cast.engineer2.id,
        cast.department_head.id,
        "department_head",
    )


@pytest.mark.parametrize("way", ["take_back", "reopen"])
def test_what_a_deputy_undoes_of_his_own_he_undoes_for_the_other(cast: Cast, way: str) -> None:
    """Every act says for whom it is done."""
    depute(cast.department_head, cast.engineer2)
    trip = do(cast.engineer2, sent_trip(cast), "reject")
    do(cast.engineer2, trip, way, note="看错了")
    assert events(trip)[-1].on_behalf_of_id == cast.department_head.id


def test_the_deputed_person_may_still_act_himself(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert tasks(trip)[0].on_behalf_of_id is None


def test_a_deputy_does_not_decide_on_his_own_paper(cast: Cast) -> None:
    """The self-approval rule looks through delegation."""
    depute(cast.department_head, cast.engineer)
    trip = sent_trip(cast)
    assert "approve" not in may(cast.engineer, trip)
    assert not waits_for(cast.engineer, trip)
    assert refusal(do, cast.engineer, trip, "approve").key == "action.not_allowed"


@pytest.mark.parametrize("part", ["traveller_id", "companions"])
def test_a_deputy_does_not_decide_on_a_trip_he_goes_on(cast: Cast, part: str) -> None:
    depute(cast.department_head, cast.engineer2)
    other = cast.engineer2.id
    trip = sent_trip(cast, **{part: other if part == "traveller_id" else [other]})
    assert "approve" not in may(cast.engineer2, trip)
    assert not waits_for(cast.engineer2, trip)


def test_a_deputy_does_not_decide_on_the_paper_of_the_one_he_stands_in_for(cast: Cast) -> None:
    """He would sign it in the name of the applicant."""
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast, cast.department_head)
    assert asked(trip) == {"vice_president"}
    assert may(cast.engineer2, trip) == set()
    assert not waits_for(cast.engineer2, trip)


def test_who_signed_in_his_own_right_does_not_sign_again_as_a_deputy(cast: Cast) -> None:
    """Not twice under two roles."""
    depute(cast.department_head, cast.clerk)
    claim = do(cast.clerk, sent_claim(cast), "approve")
    assert claim.step == "department_head"
    assert "approve" not in may(cast.clerk, claim)
    assert not waits_for(cast.clerk, claim)


def test_who_signed_as_a_deputy_does_not_sign_again_in_his_own_right(cast: Cast) -> None:
    depute(cast.department_head, cast.office_director)
    trip = do(cast.office_director, sent_trip(cast), "approve")
    assert trip.step == "office_director"
    assert asked(trip) == {"vice_president"}
    assert "approve" not in may(cast.office_director, trip)


def test_for_whom_a_deputy_signed_does_not_sign_again_himself(cast: Cast) -> None:
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    depute(cast.department_head, cast.engineer2)
    trip = do(cast.engineer2, sent_trip(cast), "approve")
    assert asked(trip) == {"office_director"}
    assert "approve" not in may(cast.department_head, trip)
    assert "approve" not in may(cast.engineer2, trip)


def test_two_deputies_of_one_person_are_one_signature(cast: Cast) -> None:
    hold(cast.department_head, Role.OFFICE_DIRECTOR)
    depute(cast.department_head, cast.engineer2)
    depute(cast.department_head, cast.stranger)
    trip = do(cast.engineer2, sent_trip(cast), "approve")
    assert "approve" not in may(cast.stranger, trip)


def test_a_deputy_has_no_deputies(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    depute(cast.engineer2, cast.stranger)
    trip = sent_trip(cast)
    assert may(cast.stranger, trip) == set()
    assert not waits_for(cast.stranger, trip)


def test_a_deputy_of_one_who_lost_the_role_may_do_nothing(cast: Cast) -> None:
    """Never more than the deputed person has."""
    depute(cast.other_head, cast.engineer2)
    trip = sent_trip(cast)
    assert may(cast.engineer2, trip) == set()
    assert refusal(do, cast.engineer2, trip, "approve").key == "access.not_found"


def test_a_deputy_of_one_who_was_disabled_may_do_nothing(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    with writing() as session:
        session.get_one(Person, cast.department_head.id).active = False
    assert may(cast.engineer2, trip) == set()
    assert not waits_for(cast.engineer2, trip)


def test_a_deputy_who_was_disabled_finds_nothing_in_his_inbox(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    with writing() as session:
        session.get_one(Person, cast.engineer2.id).active = False
    assert not waits_for(cast.engineer2, trip)
    assert may(cast.engineer2, trip) == set()


def test_an_administrator_decides_nothing_as_a_deputy_either(cast: Cast) -> None:
    """DOCUMENTS.md: sets up, decides nothing"""
    depute(cast.department_head, cast.administrator)
    trip = sent_trip(cast)
    assert may(cast.administrator, trip) == set()
    assert not waits_for(cast.administrator, trip)


@pytest.mark.parametrize(
    ("days", "works"),
    [((-3, -1), False), ((1, 3), False), ((0, 0), True), ((-1, 0), True), ((0, 5), True)],
)
def test_a_delegation_holds_on_its_days_in_company_time(cast: Cast, days: tuple[int, int], works: bool) -> None:
    first, last = (NOW.date() + timedelta(days=day) for day in days)
    depute(cast.department_head, cast.engineer2, starts_on=first, ends_on=last)
    trip = sent_trip(cast)
    late = NOW.replace(hour=15, minute=59)  # 23:59 of the same day in Shanghai
    for moment in (NOW, late):
        assert ("approve" in may(cast.engineer2, trip, moment)) is works
        assert waits_for(cast.engineer2, trip, moment) is works
    if last == NOW.date():
        assert "approve" not in may(cast.engineer2, trip, late + timedelta(minutes=1))


def test_a_delegation_that_was_ended_holds_no_more(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2, ended_at=NOW - timedelta(minutes=1))
    assert may(cast.engineer2, sent_trip(cast)) == set()


def test_a_deputy_whose_time_ended_a_minute_ago_reads_for_whom_and_when(cast: Cast) -> None:
    """Issue 3, bad input: nothing is done, and he is told why"""
    hold(cast.stranger, Role.MARKETING_MANAGER)  # reads the paper without the delegation, too
    end = NOW - timedelta(minutes=1)
    depute(cast.department_head, cast.stranger, ended_at=end)
    trip = sent_trip(cast)
    no = refusal(do, cast.stranger, trip, "approve", seen=trip.version)
    assert (no.key, no.facts["name"], no.facts["at"]) == ("action.delegation_ended", cast.department_head.name, end)
    assert refusal(do, cast.clerk, trip, "approve").key == "action.not_allowed"


def test_a_delegation_that_ran_out_by_itself_ended_with_its_last_day(cast: Cast) -> None:
    day = NOW.date()
    depute(cast.department_head, cast.engineer2, starts_on=day - timedelta(days=3), ends_on=day)
    after = NOW.replace(hour=16, minute=1)  # 0:01 of the next day in Shanghai
    with reading() as session:
        assert ended_lately(session, cast.engineer2, NOW) is None
        found = ended_lately(session, cast.engineer2, after)
        assert found and (found[0].id, found[1]) == (cast.department_head.id, NOW.replace(hour=16, minute=0))
        assert ended_lately(session, cast.engineer2, after + timedelta(days=1)) is None


def test_a_delegation_may_be_for_some_kinds_only(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2, kinds=["EC"])
    trip = sent_trip(cast)
    assert may(cast.engineer2, trip) == set()
    assert not waits_for(cast.engineer2, trip)
    do(cast.department_head, trip, "reject")
    claim = claim_at(cast, "department_head")
    assert "approve" in may(cast.engineer2, claim)


@pytest.mark.parametrize(("limit", "works"), [("1799.99", False), ("1800.00", True), ("1800.01", True)])
def test_a_delegation_may_reach_to_an_amount_only(cast: Cast, limit: str, works: bool) -> None:
    depute(cast.department_head, cast.engineer2, amount_limit=Decimal(limit))
    trip = sent_trip(cast)
    assert ("approve" in may(cast.engineer2, trip)) is works
    assert waits_for(cast.engineer2, trip) is works


def test_a_deputy_reads_what_he_may_decide_on_and_what_he_signed_and_nothing_else(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    first = sent_trip(cast)
    second = sent_trip(cast, cast.clerk)
    do(cast.department_head, second, "approve")
    first = do(cast.engineer2, first, "approve")
    assert may(cast.engineer2, first) == {"comment"}
    assert may(cast.engineer2, second) == set()


def test_the_inbox_says_for_whom(cast: Cast) -> None:
    depute(cast.department_head, cast.other_head)
    for_another = sent_trip(cast)
    own = sent_trip(cast, cast.stranger)
    assert {row.document_id: row.for_name for row in inbox(cast.other_head)} == {
        for_another.id: "赵国强",
        own.id: None,
    }


def test_the_route_ahead_names_the_deputies_who_may_sign(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    depute(cast.department_head, cast.engineer)
    with reading() as session:
        filled, _ = check(session, cast.engineer, "TR", trip_form(cast), NOW)
        first = preview(session, cast.engineer, filled, "TR", NOW)[0]
        assert [person.name for person in first.people] == ["赵国强"]
        assert [person.name for person in first.deputies] == ["李海涛"]
    trip = sent_trip(cast)
    with reading() as session:
        ahead = route_ahead(session, reload(trip), NOW)
    assert [station.step for station in ahead] == ["office_director", "travel"]


def test_neither_asked_nor_announced_is_a_deputy_who_has_signed_the_paper(cast: Cast) -> None:
    """The clerk checked the claim: what the vice president decides is not for him, though he is his deputy."""
    claim = claim_at(cast, "department_head")
    depute(cast.vice_president, cast.clerk)
    with reading() as session:
        ahead = route_ahead(session, reload(claim), BACK)
    assert {one.step: [deputy.name for deputy in one.deputies] for one in ahead}["vice_president"] == []
    do(cast.department_head, claim, "approve")
    do(cast.engineer, claim, "remind")
    assert told(cast.vice_president)[-2:] == ["waits", "reminded"]
    assert not {"waits", "reminded"} & set(told(cast.clerk)[1:])


def test_a_deputy_who_will_have_signed_by_then_is_not_foretold(cast: Cast) -> None:
    depute(cast.office_director, cast.department_head)
    with reading() as session:
        filled, _ = check(session, cast.engineer, "TR", trip_form(cast), NOW)
        stations = preview(session, cast.engineer, filled, "TR", NOW)
    assert {one.step: [deputy.name for deputy in one.deputies] for one in stations}["office_director"] == []


@pytest.mark.parametrize("who", ["accountant", "engineer", "finance_officer"])
def test_the_money_is_not_handed_out_by_a_deputy_whom_it_concerns(cast: Cast, who: str) -> None:
    """DOCUMENTS.md: accountant and cashier are never the same person; author and auditor do not pay either."""
    claim = claim_at(cast, "payment")
    deputy = getattr(cast, who)
    depute(cast.cashier, deputy)
    assert "complete" not in may(deputy, claim, LATER)
    assert not waits_for(deputy, claim, LATER)
    pays = {"now": LATER, "paid_on": "2026-12-01", "payment_reference": "1"}
    assert refusal(do, deputy, claim, "complete", **pays).key == "action.not_allowed"


def test_a_deputy_whom_it_does_not_concern_pays(cast: Cast) -> None:
    claim = claim_at(cast, "payment")
    depute(cast.cashier, cast.engineer2)
    assert waits_for(cast.engineer2, claim, LATER)
    do(cast.engineer2, claim, "complete", now=LATER, paid_on="2026-12-01", payment_reference="1")
    assert reload(claim).state == State.DONE
