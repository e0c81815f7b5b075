"""Several people at once: who comes second is told so, numbers are unique, one form is one paper."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import select

from models import Document, NumberSeries, Person, Role, State, Task, TaskState
from services.accounts import disable_person, end_grant
from services.audit import verify_chain
from services.config import database_url
from services.database import reading, writing
from services.documents.drafts import keep
from services.documents.numbers import next_number
from services.engine import act
from services.errors import Invalid, Refused
from services.routes import Of, Owner, Step, decision
from services.texts import languages, text
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    depute,
    do,
    draft,
    drafted_claim,
    drafted_trip,
    finished_trip,
    hold,
    move,
    open_tasks,
    refusal,
    reload,
    retype,
    sent_trip,
    signed,
    tasks,
    travels_by,
    trip_form,
)


def together(*attempts: Callable[[], Any]) -> list[Any]:
    """Do all at once, each in a thread of its own; what each came to: its result or its refusal."""
    results: list[Any] = [None] * len(attempts)
    start = threading.Barrier(len(attempts))

    def run(place: int) -> None:
        start.wait()
        try:
            results[place] = attempts[place]()
        except Exception as failure:  # noqa: BLE001 - whatever it is, the test looks at it
            results[place] = failure

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(attempts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _fine(results: list[Any]) -> list[Any]:
    failures = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert not failures, failures
    return [one for one in results if not isinstance(one, Refused)]


def _refused(results: list[Any]) -> list[Refused]:
    return [one for one in results if isinstance(one, Refused)]


# --- an older look


def test_who_acts_on_an_older_look_is_told_who_did_what_and_when(cast: Cast) -> None:
    """Issue 2 point 9"""
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    seen = trip.version
    do(cast.department_head, trip, "return", note="请补充")
    refused = refusal(do, cast.clerk, trip, "approve", seen=seen)
    assert refused.key == "action.someone_acted_first"
    assert (refused.facts["who"], refused.facts["action"].key, refused.facts["at"]) == ("赵国强", "action.return", NOW)
    assert reload(trip).state == State.RETURNED
    for language in languages():
        said = text(language, refused.key, **refused.facts)
        assert "赵国强" in said and "2026-11-23 09:00" in said and "{" not in said


def test_the_one_who_did_it_twice_from_an_old_page_is_told_too(cast: Cast) -> None:
    trip = sent_trip(cast)
    seen = trip.version
    do(cast.department_head, trip, "approve", seen=seen)
    assert refusal(do, cast.department_head, trip, "approve", seen=seen).key == "action.someone_acted_first"
    assert len(signed(trip)) == 1


def test_a_comment_meanwhile_takes_nobody_his_decision(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.clerk, trip, "comment")
    assert do(cast.department_head, trip, "approve", seen=trip.version).step == "office_director"


def test_it_names_the_act_that_moved_the_paper_and_not_a_remark_after_it(cast: Cast) -> None:
    trip = sent_trip(cast)
    seen = trip.version
    do(cast.engineer, trip, "withdraw")
    do(cast.clerk, trip, "comment")
    refused = refusal(do, cast.department_head, trip, "approve", seen=seen)
    assert (refused.facts.get("who"), refused.facts["action"].key) == ("王建军", "action.withdraw")


def test_a_draft_typed_on_in_another_window_is_not_sent_from_an_old_one(cast: Cast) -> None:
    trip = drafted_trip(cast)
    retype(cast.engineer, trip, task="in another window")
    assert refusal(do, cast.engineer, trip, "submit", seen=trip.version).key == "draft.changed_elsewhere"


def test_a_returned_paper_typed_on_in_another_window_is_not_laid_at_the_door_of_who_returned_it(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    retype(cast.engineer, trip, task="in another window")
    assert refusal(do, cast.engineer, trip, "submit", seen=trip.version).key == "draft.changed_elsewhere"


def test_a_draft_typed_on_in_another_window_is_not_overwritten(cast: Cast) -> None:
    """Issue 2 point 9: nothing lost"""
    trip = drafted_trip(cast)
    retype(cast.engineer, trip, task="in another window")
    refused = refusal(
        draft, cast.engineer, "TR", trip_form(cast, task="here"), token=trip.client_token, seen=trip.version
    )
    assert refused.key == "draft.changed_elsewhere"
    assert (reload(trip).draft or {})["task"] == "in another window"


# --- in the same instant


def test_of_two_who_decide_in_the_same_instant_exactly_one_wins(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    for number in range(5):
        day = f"2026-12-{2 * number + 1:02d}"
        trip = sent_trip(cast, starts_on=day, ends_on=day)
        results = together(
            lambda trip=trip: do(cast.department_head, trip, "approve", seen=trip.version),
            lambda trip=trip: do(cast.clerk, trip, "reject", seen=trip.version),
        )
        assert len(_fine(results)) == 1
        assert [refused.key for refused in _refused(results)] == ["action.someone_acted_first"]
        assert len(signed(trip)) == 1


def test_without_a_version_the_second_finds_nothing_left_to_decide(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    results = together(lambda: do(cast.department_head, trip, "approve"), lambda: do(cast.clerk, trip, "approve"))
    assert [refused.key for refused in _refused(results)] == ["action.not_allowed"]
    assert (len(_fine(results)), signed(trip)) == (1, ["department_head"])


def test_who_looked_before_and_acts_after_another_does_not_sign_the_same_seat(cast: Cast) -> None:
    """One session that had read the task while it was open."""
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    trip = sent_trip(cast)
    if database_url().startswith("sqlite"):
        pytest.skip("on SQLite nobody else writes while a session may")
    with pytest.raises(Refused), writing() as session:
        seen = session.exec(select(Task).where(Task.document_id == trip.id)).one()
        assert seen.state == TaskState.OPEN
        do(cast.department_head, trip, "approve")
        act(session, cast.clerk, trip.id, "approve", now=NOW)
    assert len(signed(trip)) == 1


def test_a_double_click_signs_once(cast: Cast) -> None:
    trip = sent_trip(cast)
    results = together(*[lambda: do(cast.department_head, trip, "approve", seen=trip.version)] * 4)
    assert len(_fine(results)) == 1
    assert len(tasks(trip)) == 2


def test_withdrawn_and_approved_in_the_same_instant_one_of_the_two_happened(cast: Cast) -> None:
    trip = sent_trip(cast)
    results = together(
        lambda: do(cast.engineer, trip, "withdraw", seen=trip.version),
        lambda: do(cast.department_head, trip, "approve", seen=trip.version),
    )
    assert len(_fine(results)) == 1
    after = reload(trip)
    assert (after.state, len(open_tasks(trip))) in ((State.WITHDRAWN, 0), (State.RUNNING, 1))


def test_two_who_sign_side_by_side_in_the_same_instant_both_sign(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners), decision(Role.FINANCE_VP))
    trip = sent_trip(cast)
    results = together(
        lambda: do(cast.department_head, trip, "approve"), lambda: do(cast.office_director, trip, "approve")
    )
    assert len(_fine(results)) == 2
    assert (reload(trip).step, len(signed(trip))) == ("finance_vp", 2)


def test_a_deputy_and_his_principal_in_the_same_instant_are_one_signature(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    trip = sent_trip(cast)
    results = together(lambda: do(cast.department_head, trip, "approve"), lambda: do(cast.engineer2, trip, "approve"))
    assert len(_fine(results)) == 1
    assert len(signed(trip)) == 1


# --- numbers


def test_numbers_are_unique_and_without_gaps_under_twenty_threads(cast: Cast) -> None:
    """Issue 2 point 6"""

    def one() -> str:
        with writing() as session:
            return next_number(session, "TR", NOW)

    numbers = _fine(together(*[one] * 20))
    assert sorted(numbers) == [f"TR-202611-{number:04d}" for number in range(1, 21)]


def test_a_sequence_begins_anew_with_the_month_it_is_in_the_company(cast: Cast) -> None:
    with writing() as session:
        moments = (
            datetime(2026, 11, 30, 15, 59, tzinfo=UTC),
            datetime(2026, 11, 30, 16, 0, tzinfo=UTC),
            datetime(2026, 12, 31, 16, 0, tzinfo=UTC),
        )
        given = [next_number(session, "TR", moment) for moment in moments]
        assert given == ["TR-202611-0001", "TR-202612-0001", "TR-202701-0001"]
        assert next_number(session, "EC", moments[0]) == "EC-202611-0001"


def test_a_number_that_was_not_used_is_given_to_the_next(cast: Cast) -> None:
    trip = drafted_trip(cast, estimates=[])
    with pytest.raises(Invalid):
        do(cast.engineer, trip, "submit")
    assert sent_trip(cast, cast.engineer2).number == "TR-202611-0001"


def test_after_the_ten_thousandth_the_number_grows(cast: Cast) -> None:
    with writing() as session:
        session.add(NumberSeries(kind="TR", month="202611", last=9999))
        session.flush()
        assert next_number(session, "TR", NOW) == "TR-202611-10000"


def test_many_who_send_at_once_all_get_a_number_and_the_chain_holds(cast: Cast) -> None:
    people = [cast.engineer, cast.engineer2, cast.clerk, cast.stranger, cast.office_director, cast.cashier]
    hold(cast.clerk, Role.CLERK, cast.service)
    hold(cast.other_head, Role.DEPARTMENT_HEAD, cast.office)
    drafts = [(person, drafted_trip(cast, person)) for person in people]
    sent = _fine(together(*[lambda p=p, d=d: do(p, d, "submit") for p, d in drafts]))
    assert sorted(one.number for one in sent) == [f"TR-202611-{number:04d}" for number in range(1, 7)]
    with reading() as session:
        assert verify_chain(session) == []


# --- one form, one paper


def test_a_form_sent_twice_in_the_same_instant_makes_one_paper(cast: Cast) -> None:
    """STREAMLIT.md 4: a double click runs two threads"""

    def send() -> Document:
        with writing() as session:
            paper = keep(session, cast.engineer, "TR", trip_form(cast), token="one-form", now=NOW)
            return act(session, cast.engineer, paper.id, "submit", now=NOW)

    results = together(*[send] * 4)
    assert len(_fine(results)) == 1
    assert {refused.key for refused in _refused(results)} == {"draft.not_editable"}
    with reading() as session:
        assert len(session.exec(select(Document)).all()) == 1


def test_a_draft_kept_by_two_threads_at_once_is_one_draft(cast: Cast) -> None:
    results = together(*[lambda: draft(cast.engineer, "TR", trip_form(cast), token="one-form")] * 4)
    assert len({paper.id for paper in _fine(results)}) == 1
    with reading() as session:
        assert len(session.exec(select(Document)).all()) == 1


def test_two_overlapping_trips_sent_in_the_same_instant_are_not_both_taken(cast: Cast) -> None:
    one, other = drafted_trip(cast), drafted_trip(cast)
    results = together(lambda: do(cast.engineer, one, "submit"), lambda: do(cast.engineer, other, "submit"))
    assert len(_fine(results)) == 1
    (refused,) = _refused(results)
    assert isinstance(refused, Invalid) and refused.faults[0].key == "TR.fault.overlap"


def test_two_claims_for_one_trip_sent_in_the_same_instant_are_not_both_taken(cast: Cast) -> None:
    """P8-3.2: nothing is paid twice"""
    trip = finished_trip(cast)
    one, other = drafted_claim(cast, trip), drafted_claim(cast, trip)
    results = together(*[lambda paper=paper: do(cast.engineer, paper, "submit", now=BACK) for paper in (one, other)])
    assert len(_fine(results)) == 1
    (refused,) = _refused(results)
    assert isinstance(refused, Invalid)
    assert [fault.key for fault in refused.faults] == ["EC.fault.claimed_already"]


def test_many_papers_move_at_once_and_every_event_finds_its_place_in_the_chain(cast: Cast) -> None:
    papers = [sent_trip(cast, starts_on=f"2026-12-{day:02d}", ends_on=f"2026-12-{day:02d}") for day in range(1, 9)]
    _fine(together(*[lambda paper=paper: move(cast, paper, until="travel") for paper in papers]))
    assert {reload(paper).step for paper in papers} == {"travel"}
    with reading() as session:
        assert verify_chain(session) == []


# --- a role ends while its holder acts


def test_a_role_that_ends_while_its_holder_signs_leaves_no_half_of_either(cast: Cast) -> None:
    """Issue 3: exactly one wins, the other reads what happened; nobody meets an error of the database."""
    for _ in range(8):
        given = hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
        trip = sent_trip(cast)
        _fine(
            together(
                lambda trip=trip: do(cast.stranger, trip, "approve"),  # type: ignore[misc]
                lambda given=given: _end(cast, given.id),  # type: ignore[misc]
            )
        )
        (first, *_) = tasks(trip)
        if first.closed_by_id == cast.stranger.id:
            assert (first.role, reload(trip).step) == (Role.DEPARTMENT_HEAD, "office_director")
        else:
            assert first.state == TaskState.OPEN
        do(cast.engineer, trip, "withdraw")
        do(cast.engineer, trip, "cancel")


def test_whoever_loses_his_role_may_still_have_said_something(cast: Cast) -> None:
    for _ in range(8):
        given = hold(cast.stranger, Role.DEPARTMENT_HEAD, cast.service)
        trip = sent_trip(cast)
        _fine(
            together(
                lambda trip=trip: do(cast.stranger, trip, "comment", note="看过"),  # type: ignore[misc]
                lambda given=given: _end(cast, given.id),  # type: ignore[misc]
            )
        )
        do(cast.engineer, trip, "withdraw")
        do(cast.engineer, trip, "cancel")


def test_of_two_administrators_who_shut_each_other_out_one_is_left(cast: Cast) -> None:
    hold(cast.stranger, Role.ADMINISTRATOR)
    for _ in range(6):
        results = together(
            lambda: _disable(cast.administrator, cast.stranger),
            lambda: _disable(cast.stranger, cast.administrator),
        )
        assert len(_fine(results)) == 1
        with writing() as session:
            for person in (cast.administrator, cast.stranger):
                session.get_one(Person, person.id).active = True


def _end(cast: Cast, grant_id: int) -> None:
    with writing() as session:
        end_grant(session, cast.administrator, grant_id, NOW)


def _disable(actor: Person, other: Person) -> Person:
    with writing() as session:
        return disable_person(session, actor, other.id, NOW)
