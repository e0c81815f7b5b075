"""What the company promises whoever complains: clocks across the steps, stopped by nothing but what was promised."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import Document, PaperClock, Person
from services.database import reading, writing
from services.documents.filling import check_value
from services.engine.promise_reminders import promises_due, remind_of_promise
from services.people import SHANGHAI
from services.setting_changes import field_of
from services.worker import one_round
from tests import factories
from tests.complaint_story import RECEIVED, TODAY, at_step, clocks, sent_complaint, step
from tests.factories import NOW, Cast
from tests.story import decree, detail, do, faults, reload, told

ANSWER, VERIFICATION, SOLUTION, SURVEY = "answer", "verification", "solution", "survey"


def end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI)


def news(person: Person) -> list[str]:
    return [key for key in told(person) if key.startswith("promise")]


def round_at(now: datetime) -> Counter[str]:
    return one_round(now)


# --- the answer


def test_the_answer_is_due_24_hours_of_the_wall_clock_after_receipt(cast: Cast) -> None:
    """P1-6.1"""
    clock = clocks(sent_complaint(cast))[ANSWER]
    assert (clock.started_at, clock.due_at, clock.kept_at) == (RECEIVED, RECEIVED + timedelta(hours=24), None)


def test_only_the_first_contact_stops_it(cast: Cast) -> None:
    """P1-6.1: not taking the call, taking it on, or naming a handler"""
    paper = at_step(cast, "contact")
    assert clocks(paper)[ANSWER].kept_at is None
    assert reload(paper).due_at == RECEIVED + timedelta(hours=24)
    paper = step(cast, paper)
    assert clocks(paper)[ANSWER].kept_at == NOW and clocks(paper)[ANSWER].on_time


@pytest.mark.parametrize(("late", "on_time"), [(timedelta(0), True), (timedelta(minutes=1), False)])
def test_at_exactly_its_due_time_it_is_in_time(cast: Cast, late: timedelta, on_time: bool) -> None:
    """P1-6.1"""
    at = RECEIVED + timedelta(hours=24) + late
    paper = step(cast, at_step(cast, "contact"), now=at + timedelta(hours=1), contacted_at=at.isoformat())
    assert clocks(paper)[ANSWER].on_time is on_time


def test_a_pause_stops_no_promise(cast: Cast) -> None:
    """P1-6.1, P1-4.2a"""
    paper = at_step(cast, "contact")
    before = clocks(paper)
    do(cast.engineer, paper, "pause", now=NOW, note="等客户来电")
    do(cast.engineer, paper, "resume", now=NOW + timedelta(hours=5), note="")
    assert [one.due_at for one in clocks(paper).values()] == [one.due_at for one in before.values()]


@pytest.mark.parametrize(("severity", "hours", "day"), [("critical", 4, 24), ("major", 12, 25), ("normal", 24, 26)])
def test_more_at_stake_means_less_time(cast: Cast, severity: str, hours: int, day: int) -> None:
    """P1-6.1, P1-4.2a"""
    found = clocks(step(cast, sent_complaint(cast, severity=severity)))
    assert found[ANSWER].due_at == RECEIVED + timedelta(hours=hours)
    assert found[VERIFICATION].due_at == end_of(date(2026, 11, day))


@pytest.mark.parametrize(
    ("key", "most"), [("answer_hours.normal", 24), ("verify_days.normal", 3), ("survey_days.normal", 5)]
)
def test_no_setting_is_longer_than_the_policy(key: str, most: int) -> None:
    field = field_of(f"complaint.{key}")
    assert check_value(field, str(most))[1] is None
    assert check_value(field, str(most + 1))[1] is not None
    assert check_value(field, "0")[1] is not None


def test_a_tighter_setting_holds_for_complaints_from_then_on(cast: Cast) -> None:
    paper = sent_complaint(cast)
    decree("complaint.answer_hours.normal", 8)
    assert clocks(sent_complaint(cast))[ANSWER].due_at == RECEIVED + timedelta(hours=8)
    assert clocks(step(cast, paper))[ANSWER].due_at == RECEIVED + timedelta(hours=24)


# --- the verification


def test_verification_counts_from_receipt_by_the_department_whose_day_is_day_0(cast: Cast) -> None:
    """P1-4.2a"""
    paper = sent_complaint(cast)
    assert VERIFICATION not in clocks(paper)
    later = NOW + timedelta(days=1)
    paper = step(cast, paper, now=later)
    assert clocks(paper)[VERIFICATION].due_at == end_of(date(2026, 11, 27))
    paper = step(cast, step(cast, paper, now=later), now=later, contacted_at=NOW.isoformat())
    assert paper.step == "verify" and reload(paper).due_at == end_of(date(2026, 11, 27))


def test_make_up_days_count_and_holidays_do_not(cast: Cast) -> None:
    """P1-4.2a: Tuesday off, Saturday worked instead"""
    with writing() as session:
        factories.calendar_day(session, date(2026, 11, 24), False)
        factories.calendar_day(session, date(2026, 11, 28), True)
    friday = datetime(2026, 11, 27, 2, tzinfo=SHANGHAI)
    form: dict[str, Any] = {"received_at": NOW.isoformat()}
    assert clocks(step(cast, sent_complaint(cast, **form)))[VERIFICATION].due_at == end_of(date(2026, 11, 27))
    late = step(cast, sent_complaint(cast, **form), now=friday)
    assert clocks(late)[VERIFICATION].due_at == end_of(date(2026, 12, 1))


def test_given_back_and_taken_on_by_another_it_counts_from_there(cast: Cast) -> None:
    """P1-4.2a"""
    paper = step(cast, at_step(cast, "assign"), "not_ours")
    assert VERIFICATION not in clocks(paper)
    paper = step(cast, paper, now=NOW + timedelta(days=2), handling_department_id=cast.service2.id)
    assert clocks(paper)[VERIFICATION].due_at == end_of(date(2026, 11, 30))


# --- the solution and the survey


def test_a_promised_day_is_kept_until_its_end(cast: Cast) -> None:
    """P1-4.2c"""
    days = {"agree": {"promised_on": "2026-11-25"}}
    paper = at_step(cast, "execute", on_the_way=days)
    assert clocks(paper)[SOLUTION].due_at == end_of(date(2026, 11, 25))
    late = NOW + timedelta(days=3)
    assert clocks(step(cast, paper, now=late, executed_on="2026-11-25"))[SOLUTION].on_time
    paper = at_step(cast, "execute", on_the_way=days)
    assert not clocks(step(cast, paper, now=late, executed_on="2026-11-26"))[SOLUTION].on_time


def test_the_survey_is_due_five_working_days_after_the_customer_was_told(cast: Cast) -> None:
    """P4-2.5"""
    paper = at_step(cast, "survey")
    assert clocks(paper)[SURVEY].due_at == end_of(date(2026, 11, 30))
    assert clocks(step(cast, paper, now=NOW + timedelta(days=1)))[SURVEY].kept_at == NOW + timedelta(days=1)


def test_who_had_more_at_stake_is_asked_sooner(cast: Cast) -> None:
    """P4-2.5: as the settings say, which are never longer than five working days"""
    decree("complaint.survey_days.major", 2)
    paper = at_step(cast, "survey", severity="major")
    assert clocks(paper)[SURVEY].due_at == end_of(date(2026, 11, 25))


def test_rework_opens_the_promise_anew_and_the_first_one_stays_on_record(cast: Cast) -> None:
    """P1-4.2c"""
    paper = step(cast, at_step(cast, "feed_back"), "rework")
    clock = clocks(paper)[SOLUTION]
    assert (clock.turn, clock.kept_at) == (2, None)
    assert step(cast, paper, executed_on=TODAY).step == "report"
    assert clocks(paper)[SOLUTION].on_time


def test_a_reopened_complaint_is_verified_anew(cast: Cast) -> None:
    """P1-4.2a"""
    paper = at_step(cast, None)
    later = NOW + timedelta(days=7)
    paper = do(cast.customer_service, paper, "reopen", now=later, note="复现")
    paper = step(cast, paper, now=later)
    clock = clocks(paper)[VERIFICATION]
    assert (clock.turn, clock.kept_at, clock.due_at) == (2, None, end_of(date(2026, 12, 3)))


def test_a_reopened_complaint_is_answered_anew_and_its_first_answer_stays_on_record(cast: Cast) -> None:
    """P1-6.1: the customer came back and waits again, whatever he was told the first time."""
    paper = at_step(cast, None)
    later = NOW + timedelta(days=7)
    paper = do(cast.customer_service, paper, "reopen", now=later, note="复现")
    clock = clocks(paper)[ANSWER]
    assert (clock.turn, clock.kept_at, clock.due_at) == (2, None, later + timedelta(hours=24))
    assert reload(paper).due_at <= clock.due_at, "nobody is late with it yet"
    paper = step(cast, step(cast, paper, now=later), now=later)
    assert detail(paper).contacted_at is None, "the first contact answers nothing any more"
    for at in (NOW, later - timedelta(minutes=1)):
        assert faults(step, cast, paper, now=later, contacted_at=at.isoformat())[0].key == "CP.fault.before_receipt"
    paper = step(cast, paper, now=later, contacted_at=later.isoformat())
    with reading() as session:
        its = select(PaperClock).where(PaperClock.document_id == paper.id, PaperClock.key == ANSWER)
        assert [(one.turn, one.kept_at) for one in session.exec(its)] == [(1, NOW), (2, later)]


def test_a_declined_complaint_that_is_reopened_is_not_late_from_its_first_moment(cast: Cast) -> None:
    paper = do(cast.sales_manager, sent_complaint(cast), "decline", now=NOW, note="不是本公司产品")
    while paper.step:
        paper = step(cast, paper)
    later = NOW + timedelta(days=7)
    paper = do(cast.customer_service, paper, "reopen", now=later, note="合同上有")
    assert clocks(paper)[ANSWER].due_at == later + timedelta(hours=24)


def test_what_is_declined_is_answered_by_telling_the_customer_and_owes_nothing_more(cast: Cast) -> None:
    """P1-6.1, P5-7.1"""
    paper = do(cast.sales_manager, sent_complaint(cast), "decline", now=NOW, note="不是本公司产品")
    assert set(clocks(paper)) == {ANSWER}
    later = NOW + timedelta(hours=1)
    paper = step(cast, paper, now=later)
    found = clocks(paper)
    assert set(found) == {ANSWER} and found[ANSWER].kept_at == later


# --- reminders


def test_whoever_holds_it_up_and_its_author_are_reminded_once_of_an_answer(cast: Cast) -> None:
    """P1-6.1, DESIGN: at 80 % and at 100 %"""
    sent_complaint(cast)
    before, soon, late = (RECEIVED + timedelta(hours=hours) for hours in (19, 20, 25))
    round_at(before)
    assert news(cast.sales_manager) == []
    for moment in (soon, soon, late, late):
        round_at(moment)
    for who in (cast.sales_manager, cast.customer_service):
        assert news(who) == ["promise_warned", "promise_late"]
    assert news(cast.engineer) == news(cast.stranger) == []


def test_at_its_step_the_task_itself_reminds(cast: Cast) -> None:
    at_step(cast, "contact")
    round_at(RECEIVED + timedelta(hours=25))
    assert news(cast.engineer) == [] and "late" in told(cast.engineer)


def test_what_is_kept_is_reminded_of_no_more(cast: Cast) -> None:
    at_step(cast, "verify")
    with writing() as session:
        assert promises_due(session, NOW + timedelta(hours=30)) == []


def test_of_two_who_remind_one_does(cast: Cast) -> None:
    sent_complaint(cast)
    late = RECEIVED + timedelta(hours=25)
    with writing() as session:
        (id,) = promises_due(session, late)
        assert remind_of_promise(session, id, late) == ["promise_late"]
        assert remind_of_promise(session, id, late) == []


def test_a_withdrawn_complaint_reminds_nobody(cast: Cast) -> None:
    paper = do(cast.customer_service, sent_complaint(cast), "withdraw", now=NOW)
    with writing() as session:
        assert promises_due(session, RECEIVED + timedelta(hours=25)) == []
        assert session.get_one(Document, paper.id).due_at is None


def test_a_paper_without_promises_has_no_such_clock(cast: Cast) -> None:
    from tests.story import sent_trip

    assert clocks(sent_trip(cast)) == {}
