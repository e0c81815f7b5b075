"""Acts beside the route: handing over, asking others, waiting, reminding, mentioning; and what is told."""

from datetime import timedelta

import pytest

from models import Document, Person, Role, State, TaskState
from services.accounts import disable_person, end_grant
from services.database import reading, writing
from services.documents.kind import Mark
from services.documents.marks import PAUSED, marks_of
from services.engine import candidates_for
from services.engine.acts import actions_for
from services.routes import Clock, Of, Owner, Signers, Step, decision, work
from tests.factories import NOW, Cast
from tests.story import (
    asked,
    claim_at,
    depute,
    do,
    events,
    faults,
    hold,
    may,
    may_all,
    open_tasks,
    refusal,
    reload,
    sent_trip,
    signed,
    tasks,
    told,
    travels_by,
    waits_for,
)

BOTH = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.VICE_PRESIDENT, Of.APPLICANT))
END = work("end", Owner(person="applicant"))


def may_be_given(who: Person, paper: Document, key: str) -> set[str]:
    """Names of those to whom an action may be given."""
    with reading() as session:
        fresh = session.get_one(Document, paper.id)
        action = next(one for one in actions_for(session, who, fresh, NOW) if one.key == key)
        return {person.name for person in candidates_for(session, who, fresh, action, NOW)}


def marks(paper: Document) -> list[Mark]:
    with reading() as session:
        return marks_of(session, [(paper.kind, paper.id)], NOW).get(paper.id, [])


# --- handing over


def test_a_task_is_handed_to_a_colleague_in_the_same_role(cast: Cast) -> None:
    hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "transfer", person=cast.stranger.id)
    assert not waits_for(cast.department_head, trip)
    assert waits_for(cast.stranger, trip)
    assert "approve" not in may(cast.department_head, trip)
    do(cast.stranger, trip, "approve")
    assert reload(trip).step == "office_director"


def test_a_task_is_not_handed_to_whoever_does_not_hold_the_role(cast: Cast) -> None:
    hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    (fault,) = faults(do, cast.department_head, trip, "transfer", person=cast.clerk.id)
    assert (fault.field, fault.key) == ("person", "action.person_may_not")
    (fault,) = faults(do, cast.department_head, trip, "transfer")
    assert fault.key == "action.needs_person"
    assert waits_for(cast.department_head, trip)


def test_a_task_is_not_handed_to_whoever_may_not_decide(cast: Cast) -> None:
    """The applicant's own paper is not for him, though he holds the role too."""
    hold(cast.engineer, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    assert "transfer" not in may_all(cast.department_head, trip)
    assert refusal(do, cast.department_head, trip, "transfer", person=cast.engineer.id).key == "action.not_allowed"


def test_a_handed_over_task_goes_back_to_the_role_when_its_new_holder_loses_it(cast: Cast) -> None:
    given = hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "transfer", person=cast.stranger.id)
    with writing() as session:
        end_grant(session, cast.administrator, given.id, NOW)
    assert waits_for(cast.department_head, trip)


# --- asking another


def test_a_colleague_asked_first_signs_before(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="技术上可行吗")
    assert not waits_for(cast.department_head, trip)
    assert may(cast.department_head, trip) == {"recall", "comment"}
    assert waits_for(cast.engineer2, trip)
    assert may(cast.engineer2, trip) == {"approve", "return", "reject", "comment"}
    do(cast.engineer2, trip, "approve", note="可行")
    assert reload(trip).step == "department_head"
    do(cast.department_head, trip, "approve")
    assert reload(trip).step == "office_director"


def test_whoever_asked_hears_that_his_colleague_has_answered(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="技术上可行吗")
    do(cast.engineer2, trip, "approve")
    assert told(cast.department_head)[-1] == "answered"
    do(cast.department_head, trip, "ask_after", person=cast.clerk.id, note="请再看")
    do(cast.clerk, trip, "approve")
    assert told(cast.department_head)[-1] == "answered"


def test_whoever_somebody_acted_for_is_told(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    do(cast.engineer2, trip, "comment", note="看过")
    assert "done_for_you" not in told(cast.department_head)
    do(cast.engineer2, trip, "approve")
    assert told(cast.department_head)[-1] == "done_for_you"
    assert "done_for_you" not in told(cast.engineer2)


def test_a_paper_that_waits_for_others_is_marked_wherever_it_is_listed(cast: Cast) -> None:
    trip = sent_trip(cast)
    assert marks(trip) == []
    do(cast.department_head, trip, "pause", note="等厂家答复")
    assert marks(trip) == [PAUSED]
    do(cast.department_head, trip, "resume")
    assert marks(trip) == []


def test_asking_needs_a_reason_and_the_clock_goes_on(cast: Cast) -> None:
    trip = sent_trip(cast)
    (fault,) = faults(do, cast.department_head, trip, "ask_before", person=cast.engineer2.id)
    assert fault.key == "action.needs_note"
    due_at = reload(trip).due_at
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    assert reload(trip).due_at == due_at


def test_neither_applicant_nor_signer_nor_administrator_may_be_asked(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    names = may_be_given(cast.office_director, trip, "ask_before")
    assert cast.engineer2.name in names
    assert not names & {cast.engineer.name, cast.department_head.name, cast.administrator.name}


@pytest.mark.parametrize("key", ["ask_before", "ask_after"])
def test_a_deputy_does_not_ask_the_one_for_whom_he_signs(cast: Cast, key: str) -> None:
    """It is the other's signature already: he would be asked for what he may not give a second time."""
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    names = may_be_given(cast.engineer2, trip, key)
    assert cast.vice_president.name in names
    assert cast.department_head.name not in names
    (fault,) = faults(do, cast.engineer2, trip, key, person=cast.department_head.id, note="请看")
    assert (fault.field, fault.key) == ("person", "action.person_may_not")


def test_the_colleague_who_was_asked_may_turn_it_down_for_good(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    do(cast.engineer2, trip, "reject", note="不可行")
    assert reload(trip).state == State.REJECTED
    assert not [task for task in tasks(trip) if task.state in (TaskState.OPEN, TaskState.HELD)]


def test_whoever_asked_may_stop_waiting(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    do(cast.department_head, trip, "recall")
    assert waits_for(cast.department_head, trip)
    assert not waits_for(cast.engineer2, trip)


def test_when_the_colleague_leaves_the_task_is_its_askers_again(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    assert waits_for(cast.department_head, trip)


def test_when_a_colleague_asked_after_leaves_whoever_asked_him_is_asked_again(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_after", person=cast.engineer2.id)
    with writing() as session:
        disable_person(session, cast.administrator, cast.engineer2.id, NOW)
    assert asked(trip) == {"department_head"}
    do(cast.department_head, trip, "approve")
    assert (reload(trip).step, signed(trip)) == ("office_director", ["department_head"])


def test_when_both_leave_the_stand_in_of_whoever_asked_is_asked(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    for person in (cast.department_head, cast.engineer2):
        with writing() as session:
            disable_person(session, cast.administrator, person.id, NOW)
    assert asked(trip) == {"vice_president"}


def test_a_colleague_asked_after_signs_before_the_paper_goes_on(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_after", person=cast.engineer2.id)
    assert reload(trip).step == "department_head"
    assert waits_for(cast.engineer2, trip)
    do(cast.engineer2, trip, "approve")
    assert reload(trip).step == "office_director"
    assert signed(trip) == ["department_head", "department_head"]


def test_a_step_that_one_of_several_decides_still_waits_for_who_was_asked(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", Step("either", BOTH, signers=Signers.ANY_OWNER), decision(Role.OFFICE_DIRECTOR))
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_after", person=cast.engineer2.id)
    assert reload(trip).step == "either"
    do(cast.engineer2, trip, "approve")
    assert reload(trip).step == "office_director"


def test_who_was_asked_fills_in_nothing_and_asks_nobody_else(cast: Cast) -> None:
    claim = claim_at(cast, "finance_audit")
    do(cast.finance_officer, claim, "ask_before", person=cast.engineer2.id, note="发票真实吗")
    cut = {"lines": {"vouchers": {1: {"audited_amount": "1.00", "audit_reason": "x"}}}}
    do(cast.engineer2, claim, "approve", **cut)
    (task,) = open_tasks(claim)
    assert task.step == "finance_audit"
    assert "changed" not in events(claim)[-1].data
    assert not {"ask_before", "ask_after", "transfer"} & may_all(cast.engineer2, claim)


# --- waiting for others


def test_hours_of_work_stop_while_one_waits(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Friday 16:00 to Monday 10:30 are 2 + 2 working hours: they are added to what was left."""
    travels_by(monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=Clock(working_hours=8)), END)
    trip = sent_trip(cast)  # Monday 09:00; 8 hours of work end on Tuesday 08:30 + ... = 09:00
    due_at = reload(trip).due_at
    paused = NOW + timedelta(hours=2)  # 11:00, two hours of work later
    do(cast.department_head, trip, "pause", note="等客户确认", now=paused)
    assert reload(trip).due_at is None
    assert "approve" not in may(cast.department_head, trip)
    assert may(cast.department_head, trip) == {"resume", "comment"}
    do(cast.department_head, trip, "resume", now=paused + timedelta(days=1))
    assert due_at is not None
    assert reload(trip).due_at == due_at + timedelta(days=1)


def test_a_policys_own_limit_never_stops(cast: Cast) -> None:
    """P1-4.2a, P1-6.1: working days and clock hours go on whoever waits for whom."""
    trip = sent_trip(cast)
    due_at = reload(trip).due_at
    do(cast.department_head, trip, "pause", note="等客户确认")
    assert reload(trip).due_at == due_at
    do(cast.department_head, trip, "resume", now=NOW + timedelta(days=1))
    assert reload(trip).due_at == due_at


def test_a_clock_that_stood_still_beside_a_decision_taken_back_stands_still_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", Step("both", BOTH, within=Clock(working_hours=8)), END)
    trip = sent_trip(cast)
    do(cast.vice_president, trip, "pause", note="等客户确认")
    do(cast.department_head, trip, "reject", note="不同意")
    do(cast.department_head, trip, "take_back", note="看错了")
    assert may(cast.vice_president, trip) == {"resume", "comment"}
    do(cast.vice_president, trip, "resume", now=NOW + timedelta(days=1))
    assert {task.due_at for task in open_tasks(trip)} == {NOW + timedelta(days=1), NOW + timedelta(days=2)}


def test_who_was_asked_and_takes_back_his_own_decision_is_asked_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """His own signature had barred him from the answer; without it whoever asked waits for him as before."""
    travels_by(monkeypatch, "TR", Step("both", BOTH), END)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.vice_president.id, note="请看")
    do(cast.vice_president, trip, "approve")
    assert "approve" in may(cast.department_head, trip)
    do(cast.vice_president, trip, "take_back", note="看错了")
    assert "approve" not in may(cast.department_head, trip) and "recall" in may_all(cast.department_head, trip)
    assert [task.asked_by_id is None for task in open_tasks(trip)] == [True, False]


# --- reminding, mentioning


def test_the_author_reminds_whoever_is_asked_and_not_too_often(cast: Cast) -> None:
    trip = sent_trip(cast)
    before = told(cast.department_head)
    do(cast.engineer, trip, "remind")
    assert told(cast.department_head) == [*before, "reminded"]
    assert refusal(do, cast.engineer, trip, "remind", now=NOW + timedelta(hours=3)).key == "action.reminded_lately"
    do(cast.engineer, trip, "remind", now=NOW + timedelta(hours=5))
    assert "remind" not in may_all(cast.department_head, trip)


def test_a_remark_reaches_whoever_it_mentions_if_he_may_read_the_paper(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.engineer, trip, "comment", note="请看第二行", mention=[cast.department_head.id])
    assert told(cast.department_head)[-1] == "mentioned"
    (fault,) = faults(do, cast.engineer, trip, "comment", note="看", mention=[cast.stranger.id])
    assert (fault.field, fault.key) == ("mention", "action.mentioned_cannot_read")
    assert told(cast.stranger) == []


def test_neither_remark_nor_reminder_takes_a_decision_away(cast: Cast) -> None:
    trip = sent_trip(cast)
    seen = reload(trip).version
    do(cast.engineer, trip, "comment", note="补充说明")
    do(cast.engineer, trip, "remind")
    do(cast.department_head, trip, "approve", seen=seen)


# --- what is told


def test_everybody_is_told_in_the_transaction_of_the_act(cast: Cast) -> None:
    trip = sent_trip(cast)
    assert told(cast.department_head) == ["waits"]
    do(cast.department_head, trip, "approve")
    assert told(cast.office_director) == ["waits"]
    do(cast.office_director, trip, "reject", note="不必")
    assert told(cast.engineer) == ["rejected"]


def test_a_colleague_is_told_who_handed_it_to_him_or_asks_him(cast: Cast) -> None:
    hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
    trip = do(cast.department_head, sent_trip(cast), "transfer", person=cast.stranger.id)
    assert told(cast.stranger) == ["waits", "transferred"]
    do(cast.stranger, trip, "ask_before", person=cast.engineer2.id, note="技术上可行吗")
    assert told(cast.engineer2) == ["asked"]
    do(cast.engineer2, trip, "approve")
    do(cast.stranger, trip, "ask_after", person=cast.clerk.id)
    assert told(cast.clerk) == ["asked"]


def test_a_deputy_is_told_as_well(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    sent_trip(cast)
    assert told(cast.engineer2) == ["waits"]


def test_every_act_is_one_event(cast: Cast) -> None:
    trip = sent_trip(cast)
    count = len(events(trip))
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    do(cast.department_head, trip, "recall")
    do(cast.department_head, trip, "pause", note="等")
    do(cast.department_head, trip, "resume")
    do(cast.department_head, trip, "approve")
    do(cast.department_head, trip, "take_back", note="错")
    assert [event.action for event in events(trip)[count:]] == [
        "ask_before",
        "recall",
        "pause",
        "resume",
        "approve",
        "take_back",
    ]


def test_a_colleagues_yes_is_not_the_owners_where_one_of_several_decides(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", Step("either", BOTH, signers=Signers.ANY_OWNER), decision(Role.OFFICE_DIRECTOR))
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    do(cast.engineer2, trip, "approve")
    assert reload(trip).step == "either"
    do(cast.vice_president, trip, "approve")
    assert reload(trip).step == "office_director"


def test_who_looks_after_a_paper_finds_no_decision_on_it_in_his_inbox(cast: Cast) -> None:
    trip = sent_trip(cast)
    with writing() as session:
        session.get_one(Document, trip.id).keeper_id = cast.department_head.id
    assert not waits_for(cast.department_head, trip)
