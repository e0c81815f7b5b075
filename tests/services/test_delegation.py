"""Naming a deputy and handing over: by everyone for himself, in days, without chains (DESIGN.md, Delegation)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models import Delegation, Document, Event, Person, Role, State
from services.accounts import disable_person, hand_over
from services.attachments import may_attach
from services.database import reading, writing
from services.delegation import delegate, delegations_around, end_delegation, may_deputise
from services.documents.drafts import drafts_of
from services.engine import case, flow
from services.errors import Fault
from services.people import local_day
from services.routes import Owner, Step, work
from tests import factories
from tests.factories import NOW, Cast
from tests.services.engine.test_together import together
from tests.story import (
    BACK,
    approved_trip,
    asked,
    claim_at,
    do,
    draft,
    drafted_trip,
    faults,
    hold,
    may,
    refusal,
    reload,
    retype,
    sent_trip,
    told,
    travels_by,
    trip_form,
    waits_for,
)

TODAY = local_day(NOW)


def name(person: Person, deputy: Person, *, now: Any = NOW, **changes: Any) -> Delegation:
    """Somebody names a deputy, from today for a week unless the test says otherwise."""
    week = {"starts_on": TODAY.isoformat(), "ends_on": (TODAY + timedelta(days=7)).isoformat()}
    with writing() as session:
        return delegate(session, person, {"deputy_id": deputy.id} | week | changes, now)


def end(person: Person, delegation: Delegation, now: Any = NOW) -> Delegation:
    with writing() as session:
        return end_delegation(session, person, delegation.id, now)


def only_fault(person: Person, deputy: Person, **changes: Any) -> Fault:
    (fault,) = faults(name, person, deputy, **changes)
    return fault


# --- naming a deputy


def test_everybody_names_his_deputy_and_it_is_one_event(cast: Cast) -> None:
    name(cast.department_head, cast.engineer2, reason="休假")
    trip = sent_trip(cast)
    assert waits_for(cast.engineer2, trip)
    with reading() as session:
        (event,) = session.exec(select(Event).where(Event.action == "delegation.given")).all()
    assert (event.actor_id, event.subject, event.data["deputy"]) == (
        cast.department_head.id,
        "department_head",
        "engineer2",
    )


def test_a_limit_and_kinds_are_kept(cast: Cast) -> None:
    row = name(cast.department_head, cast.engineer2, amount_limit="1,000", kinds=["TR"])
    assert (row.amount_limit, row.kinds) == (Decimal("1000.00"), ["TR"])


@pytest.mark.parametrize(
    ("changes", "field", "key"),
    [
        ({"starts_on": "2026-11-22"}, "starts_on", "delegation.in_past"),
        ({"ends_on": "2026-11-22"}, "ends_on", "fault.ends_before_start"),
        ({"starts_on": "tomorrow"}, "starts_on", "fault.date"),
        ({"ends_on": None}, "ends_on", "fault.required"),
        ({"kinds": ["TR", "XX"]}, "kinds", "fault.option"),
        ({"amount_limit": "-1"}, "amount_limit", "fault.at_least"),
        ({"amount_limit": "1.234"}, "amount_limit", "fault.decimals"),
    ],
)
def test_bad_input_is_said_beside_its_field(cast: Cast, changes: dict[str, Any], field: str, key: str) -> None:
    fault = only_fault(cast.department_head, cast.engineer2, **changes)
    assert (fault.field, fault.key) == (field, key)


def test_nobody_stands_in_for_himself(cast: Cast) -> None:
    assert only_fault(cast.department_head, cast.department_head).key == "delegation.to_oneself"


def test_neither_the_disabled_nor_an_administrator_stands_in(cast: Cast) -> None:
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    assert only_fault(cast.department_head, cast.engineer2).key == "delegation.not_possible"
    assert only_fault(cast.department_head, cast.administrator).key == "delegation.not_possible"
    with reading() as session:
        offered = {person.login for person in may_deputise(session, cast.department_head)}
    assert not offered & {"engineer2", "administrator", "department_head"}


def test_a_forged_deputy_is_refused(cast: Cast) -> None:
    (fault,) = faults(name, cast.department_head, cast.engineer2, deputy_id=999)
    assert fault.key == "delegation.not_possible"


def test_deputies_form_no_chain(cast: Cast) -> None:
    name(cast.department_head, cast.engineer2)
    fault = only_fault(cast.office_director, cast.department_head)
    assert (fault.field, fault.key) == ("deputy_id", "delegation.deputy_is_away")
    fault = only_fault(cast.engineer2, cast.clerk)
    assert (fault.field, fault.key) == ("starts_on", "delegation.you_stand_in")


def test_two_who_name_each_other_make_no_circle(cast: Cast) -> None:
    name(cast.department_head, cast.other_head)
    found = {one.key for one in faults(name, cast.other_head, cast.department_head)}
    assert found == {"delegation.deputy_is_away", "delegation.you_stand_in"}


def test_of_two_who_name_each_other_in_the_same_instant_one_does(cast: Cast) -> None:
    results = together(
        lambda: name(cast.department_head, cast.other_head), lambda: name(cast.other_head, cast.department_head)
    )
    assert sum(isinstance(one, Delegation) for one in results) == 1


def test_the_same_is_not_handed_to_the_same_deputy_twice(cast: Cast) -> None:
    name(cast.department_head, cast.engineer2, kinds=["TR"])
    fault = only_fault(cast.department_head, cast.engineer2, kinds=["TR"])
    assert (fault.field, fault.key) == ("deputy_id", "delegation.already")
    name(cast.department_head, cast.engineer2, kinds=["EC"])
    name(cast.department_head, cast.stranger, kinds=["TR"])


def test_days_that_do_not_meet_are_no_chain(cast: Cast) -> None:
    name(cast.department_head, cast.engineer2)
    later = {"starts_on": "2026-12-10", "ends_on": "2026-12-12"}
    name(cast.other_head, cast.department_head, **later)


def test_it_ends_at_once_when_it_is_ended_and_only_by_its_giver(cast: Cast) -> None:
    row = name(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    assert refusal(end, cast.engineer2, row).key == "delegation.not_yours"
    end(cast.department_head, row)
    assert refusal(do, cast.engineer2, trip, "approve").key in ("action.not_allowed", "access.not_found")
    assert not waits_for(cast.engineer2, trip)


def test_both_see_what_holds_and_what_will(cast: Cast) -> None:
    name(cast.department_head, cast.engineer2)
    over = end(cast.other_head, name(cast.other_head, cast.stranger))
    for person in (cast.department_head, cast.engineer2):
        with reading() as session:
            ((_, giver, deputy),) = delegations_around(session, person, NOW)
        assert (giver.login, deputy.login) == ("department_head", "engineer2")
    assert over.ended_at == NOW
    with reading() as session:
        assert delegations_around(session, cast.stranger, NOW) == []


def test_the_disabled_name_nobody(cast: Cast) -> None:
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    assert refusal(name, cast.engineer2, cast.clerk).key == "session.ended"


# --- handing over


def give(cast: Cast, person: Person, successor: Person, by: Person | None = None) -> dict[str, int]:
    with writing() as session:
        return hand_over(session, by or cast.administrator, person.id, successor.id, NOW)


def test_when_somebody_leaves_a_colleague_gets_what_is_open(cast: Cast) -> None:
    trip = approved_trip(cast)
    running = draft(cast.engineer, "TR", trip_form(cast, starts_on="2026-12-01", ends_on="2026-12-02"))
    do(cast.engineer, running, "submit")
    assert give(cast, cast.engineer, cast.engineer2) == {"tasks": 1, "papers": 2}
    assert asked(trip) == {"engineer2"}
    assert "withdraw" in may(cast.engineer2, running)
    do(cast.engineer2, running, "withdraw")
    assert reload(running).state == State.WITHDRAWN


def test_whoever_takes_over_does_not_decide_on_what_he_took_over(cast: Cast) -> None:
    trip = sent_trip(cast)
    give(cast, cast.engineer, cast.department_head)
    assert asked(trip) == {"vice_president"}
    assert "approve" not in may(cast.department_head, trip)


def test_whoever_kept_a_paper_and_handed_it_on_does_not_decide_on_it_either(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    give(cast, cast.engineer, cast.department_head)
    do(cast.department_head, trip, "submit")
    give(cast, cast.department_head, cast.engineer2)
    assert asked(trip) == {"vice_president"}
    assert "approve" not in may(cast.department_head, trip)
    assert not waits_for(cast.department_head, trip)


def test_whoever_takes_over_a_returned_claim_sends_it_again(cast: Cast) -> None:
    """It stays the traveller's claim for his trip: neither is the successor's to choose for himself."""
    claim = do(cast.department_head, claim_at(cast, "department_head"), "return")
    give(cast, cast.engineer, cast.engineer2)
    retype(cast.engineer2, claim, BACK, purpose="更换轴承并试车")
    claim = do(cast.engineer2, claim, "submit")
    assert (claim.state, claim.step) == (State.RUNNING, "clerk")


def test_a_file_that_the_successor_adds_is_part_of_what_is_signed(cast: Cast) -> None:
    claim = do(cast.department_head, claim_at(cast, "department_head"), "return")
    give(cast, cast.engineer, cast.engineer2)
    with writing() as session:
        assert may_attach(session, cast.engineer2, reload(claim), BACK)
        factories.attachment(session, claim, cast.engineer2, uploaded_at=BACK)
    assert do(cast.engineer2, claim, "submit").step == "clerk"


def test_a_draft_that_was_taken_over_is_found_among_ones_own(cast: Cast) -> None:
    trip = drafted_trip(cast)
    give(cast, cast.engineer, cast.engineer2)
    with reading() as session:
        assert [one.id for one in drafts_of(session, cast.engineer2)] == [trip.id]
    assert do(cast.engineer2, trip, "submit").state == State.RUNNING


def test_a_task_that_the_successor_may_not_take_is_not_announced_to_him(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", work("plan", Owner(person="applicant")), Step("judge", (Owner(person="judge_id"),)))
    read = case.case_of
    named = {"judge_id": cast.stranger.id}
    monkeypatch.setattr(flow, "case_of", lambda s, d: replace(read(s, d), values={**read(s, d).values, **named}))
    trip = do(cast.engineer, sent_trip(cast, companions=[cast.engineer2.id]), "complete")
    assert waits_for(cast.stranger, trip)
    give(cast, cast.stranger, cast.engineer2)
    with writing() as session:
        disable_person(session, cast.administrator, cast.stranger.id, NOW)
    assert asked(trip) == {"other_head"}
    assert told(cast.other_head)[-1] == "waits"
    assert "waits" not in told(cast.engineer2)


def names_a_judge(monkeypatch: pytest.MonkeyPatch, judge: Person) -> None:
    """A route with a decision that names one person."""
    travels_by(monkeypatch, "TR", Step("judge", (Owner(person="judge_id"),)), work("end", Owner(person="applicant")))
    read = case.case_of
    named = {"judge_id": judge.id}
    monkeypatch.setattr(flow, "case_of", lambda s, d: replace(read(s, d), values={**read(s, d).values, **named}))


def test_a_decision_that_names_him_falls_to_his_head_whoever_takes_over(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_a_judge(monkeypatch, cast.stranger)
    trip = sent_trip(cast)
    assert give(cast, cast.stranger, cast.engineer2) == {"tasks": 0, "papers": 0}
    assert asked(trip) == {"other_head"}
    assert "approve" not in may(cast.engineer2, trip) | may(cast.stranger, trip)
    assert told(cast.other_head)[-1] == "waits" and "waits" not in told(cast.engineer2)
    do(cast.other_head, trip, "approve")


def test_where_the_head_himself_leaves_the_table_says_who_decides(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    names_a_judge(monkeypatch, cast.department_head)
    trip = sent_trip(cast)
    give(cast, cast.department_head, cast.engineer2)
    assert asked(trip) == {"vice_president"}


@pytest.mark.parametrize("act", ["ask_before", "ask_after"])
def test_a_question_put_to_him_goes_back_to_whoever_asked(cast: Cast, act: str) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, act, person=cast.stranger.id, note="请看")
    give(cast, cast.stranger, cast.engineer2)
    assert asked(trip) == {"department_head"}
    assert told(cast.department_head)[-1] == "waits"
    assert "approve" not in may(cast.engineer2, trip) | may(cast.stranger, trip)
    do(cast.department_head, trip, "approve")


def test_an_administrator_does_not_make_himself_the_one_who_decides(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_a_judge(monkeypatch, cast.stranger)
    trip = sent_trip(cast)
    assert refusal(give, cast, cast.stranger, cast.administrator).key == "handover.not_possible"
    assert asked(trip) == {"stranger"}


def test_what_was_handed_to_him_goes_back_to_the_role(cast: Cast) -> None:
    hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "transfer", person=cast.stranger.id)
    give(cast, cast.stranger, cast.engineer2)
    assert waits_for(cast.department_head, trip)
    assert not waits_for(cast.engineer2, trip)


def test_delegations_of_whoever_leaves_end(cast: Cast) -> None:
    name(cast.department_head, cast.engineer)
    give(cast, cast.engineer, cast.engineer2)
    trip = sent_trip(cast, by=cast.clerk)
    assert not waits_for(cast.engineer, trip)


def test_only_an_administrator_hands_over(cast: Cast) -> None:
    refused = refusal(give, cast, cast.engineer, cast.engineer2, by=cast.general_manager)
    assert refused.key == "account.administrators_only"


def test_nothing_is_handed_to_the_disabled_to_an_administrator_or_to_himself(cast: Cast) -> None:
    assert refusal(give, cast, cast.engineer, cast.engineer).key == "handover.same_person"
    assert refusal(give, cast, cast.engineer, cast.administrator).key == "handover.not_possible"
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    assert refusal(give, cast, cast.engineer, cast.engineer2).key == "handover.not_possible"


def test_a_finished_paper_stays_whose_it_was(cast: Cast) -> None:
    trip = approved_trip(cast)
    do(cast.engineer, trip, "cancel")
    give(cast, cast.engineer, cast.engineer2)
    with reading() as session:
        assert session.get_one(Document, trip.id).keeper_id is None
