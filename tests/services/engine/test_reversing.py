"""A decision that is to be otherwise: taken back, taken up again, undone with all its effects."""

from dataclasses import replace

import pytest

from models import Role, State
from services.accounts import disable_person, end_grant
from services.database import writing
from services.documents import KINDS
from services.documents.kind import DocumentType
from services.engine import case, flow
from services.routes import Of, Owner, Step, work
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    LATER,
    asked,
    claim_at,
    do,
    faults,
    finished_trip,
    hold,
    may,
    may_all,
    open_tasks,
    paid_claim,
    refusal,
    reload,
    sent_trip,
    signed,
    travels_by,
    waits_for,
)

BOTH = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.VICE_PRESIDENT, Of.APPLICANT))
END = work("end", Owner(person="applicant"))


# --- taking back


def test_a_decision_is_taken_back_while_the_next_has_not_acted(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    do(cast.department_head, trip, "take_back", note="看错了")
    assert reload(trip).step == "department_head"
    assert waits_for(cast.department_head, trip)
    assert not waits_for(cast.office_director, trip)
    assert signed(trip) == []
    do(cast.department_head, trip, "return", note="请补充")
    assert reload(trip).state == State.RETURNED


def test_once_the_next_has_acted_it_is_too_late(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    do(cast.office_director, trip, "approve")
    assert "take_back" not in may_all(cast.department_head, trip)
    assert refusal(do, cast.department_head, trip, "take_back", note="x").key == "action.not_allowed"


def test_nobody_takes_back_anothers_decision(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    assert "take_back" not in may_all(cast.office_director, trip)
    assert refusal(do, cast.office_director, trip, "take_back", note="x").key == "action.not_allowed"


def test_taking_back_the_last_approval_undoes_what_it_brought_about(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    do(cast.office_director, trip, "approve")
    assert reload(trip).approved_at is not None
    do(cast.office_director, trip, "take_back", note="日期不对")
    trip = reload(trip)
    assert (trip.step, trip.approved_at, trip.reached) == ("office_director", None, [])
    assert asked(trip) == {"office_director"}


@pytest.mark.parametrize("action", ["return", "reject"])
def test_a_return_or_rejection_is_taken_back_while_nothing_happened_since(cast: Cast, action: str) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, action, note="再想想")
    do(cast.department_head, trip, "take_back", note="看错了")
    trip = reload(trip)
    assert (trip.state, trip.step, trip.closed_at, trip.draft) == (State.RUNNING, "department_head", None, None)
    assert waits_for(cast.department_head, trip)


def test_of_two_who_sign_side_by_side_one_takes_back_and_the_other_still_stands(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", Step("both", BOTH), END)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    do(cast.vice_president, trip, "approve")
    do(cast.vice_president, trip, "take_back", note="等等")
    assert asked(trip) == {"vice_president"}
    do(cast.vice_president, trip, "approve")
    assert reload(trip).step == "end"


def test_a_side_by_side_rejection_taken_back_asks_the_other_as_well(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", Step("both", BOTH), END)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "reject", note="不同意")
    do(cast.department_head, trip, "take_back", note="看错了")
    assert asked(trip) == {"department_head", "vice_president"}


def test_what_is_asked_again_beside_a_decision_taken_back_finds_who_stands_in(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", both), END)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "reject", note="不同意")
    with writing() as session:
        disable_person(session, cast.administrator, cast.office_director.id, NOW)
    do(cast.department_head, trip, "take_back", note="看错了")
    assert asked(trip) == {"department_head", "general_manager"}


def test_who_turned_a_claim_down_takes_it_up_again_though_it_is_not_his_own(cast: Cast) -> None:
    """What a form offers its author (his trips, himself) is not asked in the name of whoever decides."""
    claim = do(cast.department_head, claim_at(cast, "department_head"), "reject", note="不符")
    claim = do(cast.department_head, claim, "reopen", note="已补充")
    assert (claim.state, claim.step) == (State.RUNNING, "department_head")


@pytest.mark.parametrize("way", ["take_back", "reopen"])
def test_when_a_colleagues_rejection_falls_whoever_asked_him_waits_for_him_again(cast: Cast, way: str) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    do(cast.engineer2, trip, "reject", note="不可行")
    do(cast.engineer2, trip, way, note="看错了")
    assert asked(trip) == {"engineer2"}
    assert may(cast.department_head, trip) == {"recall", "comment"}
    do(cast.engineer2, trip, "approve")
    assert asked(trip) == {"department_head"}


def test_a_rejection_taken_up_again_is_not_taken_back_as_well(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "reject", note="不必去")
    do(cast.department_head, trip, "reopen", note="情况有变")
    assert "take_back" not in may_all(cast.department_head, trip)


def test_whoever_lost_the_role_takes_nothing_back(cast: Cast) -> None:
    given = hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    do(cast.stranger, trip, "approve")
    with writing() as session:
        end_grant(session, cast.administrator, given.id, NOW)
    assert "take_back" not in may_all(cast.stranger, trip)


# --- taking up again


def test_a_rejected_paper_is_taken_up_again_by_whoever_rejects_there(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "reject", note="不必去")
    do(cast.engineer, trip, "comment", note="客户又来电")
    assert "reopen" not in may_all(cast.engineer, trip)
    do(cast.department_head, trip, "reopen", note="情况有变")
    trip = reload(trip)
    assert (trip.state, trip.step, trip.closed_at) == (State.RUNNING, "department_head", None)
    do(cast.department_head, trip, "approve")


def test_a_rejected_trip_that_would_overlap_by_now_stays_rejected(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "reject", note="不必去")
    sent_trip(cast)
    (fault,) = faults(do, cast.department_head, trip, "reopen", note="情况有变")
    assert fault.key == "TR.fault.overlap"
    assert reload(trip).state == State.REJECTED


def test_a_finished_paper_is_taken_up_again_where_its_kind_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    trip = finished_trip(cast)
    assert "reopen" not in may_all(cast.office_director, trip)
    _declare(monkeypatch, "TR", reopen_at="office_director", reopeners=frozenset({Role.OFFICE_DIRECTOR}))
    assert "reopen" not in may_all(cast.department_head, trip)
    do(cast.office_director, trip, "reopen", note="日期有误")
    trip = reload(trip)
    assert (trip.state, trip.step, trip.approved_at, trip.reached) == (State.RUNNING, "office_director", None, [])


def test_who_refused_a_reversal_signs_again_once_the_paper_is_taken_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = finished_trip(cast)
    do(cast.engineer, trip, "reverse", now=BACK, note="填错了")
    do(cast.office_director, trip, "reject", now=BACK, note="不必冲销")
    _declare(monkeypatch, "TR", reopen_at="office_director", reopeners=frozenset({Role.OFFICE_DIRECTOR}))
    do(cast.office_director, trip, "reopen", now=BACK, note="日期有误")
    assert asked(trip) == {"office_director"}
    assert waits_for(cast.office_director, trip, BACK)


def test_who_asked_for_a_reversal_in_vain_finds_the_paper_in_his_inbox_once_it_is_taken_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks does not decide on that; what stands in the paper is his to sign as before."""
    trip = finished_trip(cast)
    do(cast.department_head, trip, "reverse", now=BACK, note="填错了")
    do(cast.department_head, trip, "withdraw", now=BACK)
    _declare(monkeypatch, "TR", reopen_at="department_head", reopeners=frozenset({Role.OFFICE_DIRECTOR}))
    do(cast.office_director, trip, "reopen", now=BACK, note="日期有误")
    assert "approve" in may(cast.department_head, trip)
    assert waits_for(cast.department_head, trip, BACK)


def test_who_may_take_up_again_a_kind_takes_up_only_what_he_may_read(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = finished_trip(cast)
    _declare(monkeypatch, "TR", reopen_at="office_director", reopeners=frozenset({Role.DEPARTMENT_HEAD}))
    assert refusal(do, cast.other_head, trip, "reopen", note="日期有误").key == "access.not_found"
    assert "reopen" in may_all(cast.department_head, trip)


# --- undoing


def test_a_finished_paper_is_undone_once_the_last_deciders_role_agrees(cast: Cast) -> None:
    trip = finished_trip(cast)
    do(cast.engineer, trip, "reverse", note="填错了行程", now=BACK)
    assert reload(trip).state == State.REVERSING
    assert waits_for(cast.office_director, trip, BACK)
    assert may(cast.office_director, trip, BACK) == {"approve", "reject", "comment"}
    do(cast.office_director, trip, "approve", now=BACK)
    trip = reload(trip)
    assert (trip.state, trip.step, trip.approved_at, trip.reached) == (State.REVERSED, None, None, [])
    assert not open_tasks(trip)


def test_a_reversal_refused_leaves_the_paper_as_it_was(cast: Cast) -> None:
    trip = finished_trip(cast)
    reached = reload(trip).reached
    do(cast.engineer, trip, "reverse", note="填错了", now=BACK)
    do(cast.office_director, trip, "reject", note="没有错", now=BACK)
    assert (reload(trip).state, reload(trip).reached) == (State.DONE, reached)


def test_whoever_asks_for_a_reversal_does_not_decide_on_it(cast: Cast) -> None:
    trip = finished_trip(cast)
    do(cast.office_director, trip, "reverse", note="有误", now=BACK)
    assert "approve" not in may(cast.office_director, trip, BACK)
    assert not waits_for(cast.office_director, trip, BACK)
    assert asked(trip) & {"vice_president", "general_manager"}


def test_whoever_asked_for_a_reversal_may_think_better_of_it(cast: Cast) -> None:
    trip = finished_trip(cast)
    do(cast.engineer, trip, "reverse", note="填错了", now=BACK)
    do(cast.engineer, trip, "withdraw", now=BACK)
    assert reload(trip).state == State.DONE
    assert not open_tasks(trip)


def test_a_paper_on_which_nobody_had_to_decide_is_undone_by_the_head(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", work("travel", Owner(person="traveller_id")))
    trip = do(cast.engineer, sent_trip(cast), "complete", now=BACK)
    do(cast.engineer, trip, "reverse", note="填错了", now=BACK)
    assert asked(trip) == {"department_head"}


def test_where_the_person_named_to_decide_asks_for_the_reversal_his_head_says(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Step("judge", (Owner(person="reviewer"),))
    travels_by(monkeypatch, "TR", person)
    named = {"reviewer": cast.stranger.id}
    read = case.case_of
    monkeypatch.setattr(flow, "case_of", lambda s, d: replace(read(s, d), values={**read(s, d).values, **named}))
    trip = do(cast.stranger, sent_trip(cast), "approve")
    assert trip.state == State.DONE
    do(cast.stranger, trip, "reverse", note="有误")
    assert {task.role for task in open_tasks(trip)} == {Role.DEPARTMENT_HEAD}
    assert waits_for(cast.other_head, trip)


def test_a_stranger_asks_for_no_reversal(cast: Cast) -> None:
    trip = finished_trip(cast)
    assert refusal(do, cast.stranger, trip, "reverse", note="x", now=BACK).key == "access.not_found"


def test_a_claim_is_undone_by_finance_audit_that_decided_last(cast: Cast) -> None:
    claim = paid_claim(cast)
    do(cast.engineer, claim, "reverse", note="重复报销", now=LATER)
    assert asked(claim) == {"finance_officer"}
    do(cast.finance_officer, claim, "approve", now=LATER)
    assert reload(claim).state == State.REVERSED


def test_an_effect_is_taken_back_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    _declare(
        monkeypatch,
        "TR",
        effects={"approved": lambda *_: happened.append("done")},
        undo={"approved": lambda *_: happened.append("undone")},
    )
    trip = finished_trip(cast)
    do(cast.engineer, trip, "reverse", note="x", now=BACK)
    do(cast.office_director, trip, "approve", now=BACK)
    assert happened == ["done", "undone"]


def _declare(monkeypatch: pytest.MonkeyPatch, code: str, **changes: object) -> DocumentType:
    kind = replace(KINDS[code], **changes)  # type: ignore[arg-type]
    monkeypatch.setitem(KINDS, code, kind)  # type: ignore[arg-type]
    return kind
