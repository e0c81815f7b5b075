"""Reminders: whom they reach, when, and that each is written once, however many look and however often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from models import Document, Notice, Participant, Person, Role, Task, TaskState
from services import worker
from services.access import may_read
from services.accounts import disable_person
from services.audit import verify_chain
from services.database import engine, reading, writing
from services.engine import reminders
from services.engine.reminders import due_now, remind_one
from services.routes import Clock, Of, Owner, Step, decision, work
from tests.factories import NOW, Cast
from tests.services.engine.test_together import together
from tests.story import (
    decree,
    depute,
    do,
    events,
    hold,
    may,
    open_tasks,
    reload,
    retype,
    sent_claim,
    sent_trip,
    travels_by,
)

EIGHT_HOURS = Clock(working_hours=8)
MOST = NOW + timedelta(hours=7, minutes=54)
"""16:54 on Monday: 6 h 24 min of the 8 hours of work since 09:00 have gone, lunch left out."""
DUE = NOW + timedelta(days=1)
"""09:00 on Tuesday."""
LONG_LATE = DUE + timedelta(hours=5, minutes=30)
"""14:30 on Tuesday: four hours of work later, lunch left out."""
A_MINUTE = timedelta(minutes=1)


def told(person: Person) -> list[str]:
    """What somebody was told because of the clock, in order."""
    with reading() as session:
        mine = select(Notice.key).where(Notice.person_id == person.id, col(Notice.key).in_(KEYS))
        return list(session.exec(mine.order_by(col(Notice.id))))


def everybody_told() -> dict[str, list[str]]:
    """Logins of those who were told something because of the clock, with what."""
    with reading() as session:
        rows = session.exec(
            select(Person.login, Notice.key)
            .join(Notice, col(Notice.person_id) == Person.id)
            .where(col(Notice.key).in_(KEYS))
            .order_by(col(Notice.id))
        )
        found: dict[str, list[str]] = {}
        for login, key in rows:
            found.setdefault(login, []).append(key)
        return found


KEYS = ("warned", "late", "escalated")


def look(now: datetime) -> dict[str, int]:
    """One round of the worker."""
    return dict(worker.one_round(now))


def eight_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head has eight hours of work, then the trip is made, for which nobody sets a clock."""
    travels_by(
        monkeypatch,
        "TR",
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=EIGHT_HOURS),
        work("end", Owner(person="applicant")),
    )


# --- when, and how often


def test_at_80_percent_at_100_and_four_hours_of_work_later_each_exactly_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3 point 3"""
    eight_hours(monkeypatch)
    trip = sent_trip(cast)
    assert look(MOST - A_MINUTE) == {}
    assert [look(MOST), look(MOST + A_MINUTE)] == [{"warned": 1}, {}]
    assert look(DUE - A_MINUTE) == {}
    assert [look(DUE), look(DUE + A_MINUTE)] == [{"late": 1}, {}]
    assert look(LONG_LATE - A_MINUTE) == {}
    assert [look(LONG_LATE), look(LONG_LATE + A_MINUTE), look(LONG_LATE + timedelta(days=9))] == [
        {"escalated": 1},
        {},
        {},
    ]
    assert everybody_told() == {
        "department_head": ["warned", "late"],
        "engineer": ["late"],
        "vice_president": ["escalated"],
    }
    assert [event.action for event in events(trip)] == ["submit", "escalate"]


def test_a_policys_working_day_runs_to_its_end(cast: Cast) -> None:
    """P1-4.2a: one working day from Monday on is over when Tuesday is; the hours of work after it are Wednesday's."""
    trip = sent_trip(cast)
    assert reload(trip).due_at == datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)
    assert look(datetime(2026, 11, 24, 15, 59, 58, tzinfo=UTC)) == {"warned": 1}
    assert look(datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC)) == {"late": 1}
    assert look(datetime(2026, 11, 25, 5, 59, tzinfo=UTC)) == {}
    assert look(datetime(2026, 11, 25, 6, 0, tzinfo=UTC)) == {"escalated": 1}


def test_a_restarted_worker_tells_nothing_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    eight_hours(monkeypatch)
    sent_trip(cast)
    for moment in (MOST, DUE, LONG_LATE):
        look(moment)
        engine().dispose()  # all that a process knows is gone; what it wrote stays
        assert look(moment) == {}
    assert told(cast.department_head) == ["warned", "late"]


def test_a_worker_that_stood_still_tells_what_is_true_now(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has become late meanwhile is not said to become late soon."""
    eight_hours(monkeypatch)
    sent_trip(cast)
    assert look(LONG_LATE) == {"late": 1, "escalated": 1}
    assert told(cast.department_head) == ["late"]


def test_a_worker_that_dies_in_the_middle_has_told_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mark, notice, right and event are one transaction."""
    eight_hours(monkeypatch)
    trip = sent_trip(cast)
    (task,) = open_tasks(trip)
    with pytest.raises(KeyboardInterrupt), writing() as session:
        remind_one(session, task.id, LONG_LATE)
        raise KeyboardInterrupt
    assert everybody_told() == {}
    assert look(LONG_LATE) == {"late": 1, "escalated": 1}


def test_workers_that_look_in_the_same_instant_tell_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    eight_hours(monkeypatch)
    trips = [sent_trip(cast, starts_on=f"2026-12-{day:02d}", ends_on=f"2026-12-{day:02d}") for day in range(1, 6)]
    for moment in (MOST, DUE, LONG_LATE):
        with reading() as session:
            found = due_now(session, moment)
        assert len(found) == len(trips)
        results = together(*[lambda found=found, moment=moment: remind_all(found, moment)] * 4)
        assert sum(results) == len(trips), results
    assert everybody_told() == {
        "department_head": ["warned"] * 5 + ["late"] * 5,
        "engineer": ["late"] * 5,
        "vice_president": ["escalated"] * 5,
    }
    with reading() as session:
        assert verify_chain(session) == []


def remind_all(found: list[int], now: datetime) -> int:
    done = 0
    for task_id in found:
        with writing() as session:
            done += len(remind_one(session, task_id, now))
    return done


def test_who_signs_in_the_same_instant_is_reminded_before_or_not_at_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    eight_hours(monkeypatch)
    for day in range(1, 6):
        trip = sent_trip(cast, starts_on=f"2026-12-{day:02d}", ends_on=f"2026-12-{day:02d}")
        together(lambda: look(DUE), lambda trip=trip: do(cast.department_head, trip, "approve", now=DUE))
        assert reload(trip).step == "end"
        with reading() as session:
            (task, *_) = session.exec(select(Task).where(Task.document_id == trip.id).order_by(col(Task.id)))
            notices = select(Notice).where(Notice.document_id == trip.id, Notice.key == "late")
            assert len(session.exec(notices.where(Notice.person_id == cast.department_head.id)).all()) == bool(
                task.late_told_at
            )
    assert look(DUE) == {}


def test_one_that_fails_keeps_nobody_else_from_being_reminded(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    eight_hours(monkeypatch)
    broken = open_tasks(sent_trip(cast))[0].id
    sent_trip(cast, cast.engineer2)

    def fails(session: Any, task_id: int, now: datetime) -> list[str]:
        if task_id == broken:
            raise RuntimeError("disk full")
        return remind_one(session, task_id, now)

    monkeypatch.setattr(worker, "remind_one", fails)
    assert look(DUE) == {"late": 1}
    assert "in the worker" in caplog.text
    monkeypatch.setattr(worker, "remind_one", remind_one)
    assert look(DUE) == {"late": 1}


def test_looking_asks_the_database_a_constant_number_of_times(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """DESIGN.md: "late" is one indexed query."""
    eight_hours(monkeypatch)
    for day in range(1, 6):
        sent_trip(cast, starts_on=f"2026-12-{day:02d}", ends_on=f"2026-12-{day:02d}")
    said: list[str] = []
    with reading() as session:
        session.connection()
        sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args: said.append(args[2]))
        assert len(due_now(session, LONG_LATE)) == 5
    assert len([one for one in said if "FROM task" in one]) == 4  # one for each thing to tell
    assert len(said) <= 10


# --- whom


def test_a_deputy_is_told_with_whom_he_stands_in_for(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    sent_trip(cast)
    look(DUE + timedelta(days=1))
    assert told(cast.engineer2) == ["late"]
    assert told(cast.department_head) == ["late"]


def test_a_deputy_who_may_not_decide_is_told_nothing(cast: Cast) -> None:
    """The engineer stands in for his head, but not on his own paper, nor on one that takes him along."""
    depute(cast.department_head, cast.engineer2)
    sent_trip(cast, companions=[cast.engineer2.id])
    look(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert everybody_told() == {"department_head": ["warned"]}


def test_who_has_signed_left_or_lost_the_role_is_told_nothing(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    look(DUE + timedelta(days=1))
    assert told(cast.department_head) == []
    assert told(cast.office_director) == ["late"]
    assert told(cast.stranger) == told(cast.other_head) == told(cast.administrator) == []


def test_nobody_is_reminded_of_a_paper_that_went_back(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "return")
    assert look(LONG_LATE + timedelta(days=9)) == {}


def test_while_a_colleague_is_asked_he_is_reminded_and_not_who_asked_him(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.stranger.id, note="请看")
    assert look(datetime(2026, 11, 24, 12, 0, tzinfo=UTC)) == {"warned": 1}
    assert everybody_told() == {"stranger": ["warned"]}
    assert look(LONG_LATE + timedelta(days=1)) == {"late": 1, "escalated": 1}
    assert everybody_told() == {
        "stranger": ["warned", "late"],
        "engineer": ["late"],
        "other_head": ["escalated"],  # a person named: the head of his department
    }


def test_who_asked_is_reminded_once_the_task_is_his_again(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.stranger.id, note="请看")
    late = DUE + timedelta(days=1)
    look(late)
    do(cast.stranger, trip, "approve", now=late)
    look(late)
    assert told(cast.department_head) == ["late"]


def test_a_stopped_clock_reminds_nobody_and_goes_on_with_what_was_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    eight_hours(monkeypatch)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "pause", note="等客户确认", now=NOW + timedelta(hours=2))
    assert look(LONG_LATE + timedelta(days=7)) == {}
    do(cast.department_head, trip, "resume", now=NOW + timedelta(days=7, hours=2))
    assert look(MOST + timedelta(days=7) - A_MINUTE) == {}
    assert look(MOST + timedelta(days=7)) == {"warned": 1}
    assert look(DUE + timedelta(days=7)) == {"late": 1}


def test_a_pause_is_no_way_round_a_clock(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3 point 3: 16 hours of work after the pause at 11:00 on Monday it is 11:00 on Wednesday."""
    eight_hours(monkeypatch)
    decree("clock.pause_working_hours", 16)
    trip = sent_trip(cast)
    paused = NOW + timedelta(hours=2)
    do(cast.department_head, trip, "pause", note="等客户确认", now=paused)
    waited = paused + timedelta(days=2)
    assert look(waited - A_MINUTE) == {}
    assert [look(waited), look(waited + A_MINUTE), look(waited + timedelta(days=9))] == [{"waits_long": 1}, {}, {}]
    assert heard("waits_long") == {"department_head", "engineer", "vice_president"}
    assert escalated_to(trip) == ["vice_president"]
    assert [event.action for event in events(trip)] == ["submit", "pause", "escalate"]


def test_each_pause_is_told_of_and_what_was_late_before_it_stays_late(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    eight_hours(monkeypatch)
    decree("clock.pause_working_hours", 8)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "pause", note="等客户确认", now=NOW)
    assert look(NOW + timedelta(days=1)) == {"waits_long": 1}
    do(cast.department_head, trip, "resume", now=NOW + timedelta(days=1))
    do(cast.department_head, trip, "pause", note="再等一次", now=NOW + timedelta(days=1))
    assert look(NOW + timedelta(days=2)) == {"waits_long": 1}
    do(cast.department_head, trip, "resume", now=NOW + timedelta(days=2))
    late = NOW + timedelta(days=3)
    do(cast.department_head, trip, "pause", note="已逾期", now=late)
    assert look(late) == {"late": 1}
    assert look(late + timedelta(days=1)) == {"escalated": 1}


def heard(key: str) -> set[str]:
    with reading() as session:
        told_of = select(Person.login).join(Notice, col(Notice.person_id) == Person.id).where(Notice.key == key)
        return set(session.exec(told_of))


def test_a_policys_own_limit_reminds_though_its_holder_waits_for_others(cast: Cast) -> None:
    """P1-4.2a: it never stops."""
    trip = sent_trip(cast)
    do(cast.department_head, trip, "pause", note="等客户确认")
    assert look(DUE + timedelta(days=1)) == {"late": 1}


# --- the role above


def escalated_to(trip: Document) -> list[str]:
    """Logins of those who were told as the role above, on this paper."""
    with reading() as session:
        found = select(Person.login).join(Participant, col(Participant.person_id) == Person.id)
        found = found.where(Participant.document_id == trip.id, Participant.part == "escalation")
        return sorted(session.exec(found))


LATE_ENOUGH = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def test_the_role_above_may_read_the_paper_from_then_on_and_decides_nothing_by_that(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.stranger.id, note="请看")
    assert not readable_by(cast.other_head, trip)
    look(LATE_ENOUGH)
    assert readable_by(cast.other_head, trip)
    assert may(cast.other_head, trip) <= {"comment"}
    do(cast.stranger, trip, "approve", now=LATE_ENOUGH)
    assert readable_by(cast.other_head, trip)


def readable_by(who: Person, trip: Document) -> bool:
    with reading() as session:
        return may_read(session, who, reload(trip), LATE_ENOUGH)


def test_a_paper_sent_anew_stays_readable_for_whom_it_was_escalated_to(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.stranger.id, note="请看")
    look(LATE_ENOUGH)
    do(cast.stranger, trip, "return", now=LATE_ENOUGH)
    retype(cast.engineer, trip, now=LATE_ENOUGH, starts_on="2026-12-10", ends_on="2026-12-12")
    do(cast.engineer, trip, "submit", now=LATE_ENOUGH)
    assert readable_by(cast.other_head, trip)


def test_it_is_on_record_with_nobodys_name_to_it(cast: Cast) -> None:
    trip = sent_trip(cast)
    look(LATE_ENOUGH)
    event = events(trip)[-1]
    assert (event.action, event.actor_id, event.step) == ("escalate", None, "department_head")
    assert event.data["name"] == cast.vice_president.name
    with reading() as session:
        assert verify_chain(session) == []


def test_it_takes_nobody_his_decision_away(cast: Cast) -> None:
    trip = sent_trip(cast)
    seen = reload(trip).version
    look(LATE_ENOUGH)
    assert do(cast.department_head, trip, "approve", seen=seen, now=LATE_ENOUGH).step == "office_director"


def test_whoever_the_paper_favours_is_passed_over(cast: Cast) -> None:
    trip = sent_trip(cast, companions=[cast.vice_president.id])
    look(LATE_ENOUGH)
    assert escalated_to(trip) == ["general_manager"]


def test_whoever_signed_already_is_passed_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    within = Clock(working_days=1)
    travels_by(
        monkeypatch,
        "TR",
        decision(Role.VICE_PRESIDENT, of=Of.APPLICANT),
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=within),
        work("end", Owner(person="applicant")),
    )
    trip = sent_trip(cast)
    do(cast.vice_president, trip, "approve")
    look(LATE_ENOUGH)
    assert escalated_to(trip) == ["general_manager"]


def test_a_role_nobody_stands_in_for_is_answered_for_by_the_head_of_the_department(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = work("payment", Owner(Role.CASHIER), within=Clock(working_days=1))
    travels_by(monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT), step)
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    look(LATE_ENOUGH)
    assert escalated_to(trip) == ["finance_head"]


def test_nobody_is_told_as_the_role_above_himself(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head's own work is late: it goes to the vice president, not back to him."""
    travels_by(monkeypatch, "TR", work("travel", Owner(person="applicant"), within=Clock(working_days=1)))
    trip = sent_trip(cast, cast.department_head)
    look(LATE_ENOUGH)
    assert everybody_told() == {"department_head": ["late"], "vice_president": ["escalated"]}
    assert escalated_to(trip) == ["vice_president"]


def test_where_nobody_is_above_nothing_is_said_and_nothing_tried_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing() as session:
        disable_person(session, cast.administrator, cast.finance_vp.id, NOW)
        disable_person(session, cast.administrator, cast.finance_head.id, NOW)
    travels_by(monkeypatch, "TR", decision(Role.GENERAL_MANAGER, within=Clock(working_days=1)))
    trip = sent_trip(cast)
    look(LATE_ENOUGH)
    assert (escalated_to(trip), [event.action for event in events(trip)]) == ([], ["submit"])
    assert look(LATE_ENOUGH + timedelta(days=1)) == {}


def test_the_hours_until_then_are_a_setting(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    eight_hours(monkeypatch)
    decree("clock.escalate_working_hours", 1)
    sent_trip(cast)
    look(DUE)
    assert look(DUE + timedelta(minutes=59)) == {}
    assert look(DUE + timedelta(hours=1)) == {"escalated": 1}


def test_a_seat_taken_back_is_not_reminded_of_the_same_again(cast: Cast) -> None:
    trip = sent_trip(cast)
    look(DUE + timedelta(days=1))
    do(cast.department_head, trip, "approve", now=DUE + timedelta(days=1))
    do(cast.department_head, trip, "take_back", note="看错了", now=DUE + timedelta(days=1))
    look(DUE + timedelta(days=1))
    assert told(cast.department_head) == ["late"]


def test_side_by_side_each_is_reminded_of_his_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    travels_by(monkeypatch, "TR", Step("both", owners, within=Clock(working_days=1)), decision(Role.FINANCE_VP))
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    look(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    assert everybody_told() == {"office_director": ["warned"]}
    assert [task.state for task in open_tasks(trip)] == [TaskState.OPEN]


def test_a_claim_reminds_every_holder_of_its_seat(cast: Cast) -> None:
    hold(cast.engineer2, Role.CLERK, cast.service)
    sent_claim(cast)
    look(datetime(2026, 12, 5, 9, 0, tzinfo=UTC))
    assert told(cast.clerk) == told(cast.engineer2) == ["late"]


def test_the_notices_and_the_event_have_their_words() -> None:
    from services.texts import has_text, languages

    for language in languages():
        for key in (reminders.WARNED, reminders.LATE, reminders.ESCALATED):
            assert has_text(language, f"notice.{key}")
        assert has_text(language, f"did.{reminders.ESCALATE}")
