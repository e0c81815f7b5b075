"""Satisfaction surveys: asked after a case and in rounds, read by the department concerned (P3-1.5, P4-2.5)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import Customer, Document, SatisfactionSurvey, State
from services.corrective_actions import open_action
from services.database import reading, writing
from services.documents.marks import marks_of
from services.reports.contacts_due import Due, Sort, contacts_due, due_to_excel
from services.reports.satisfaction import by_month
from services.reports.turnaround import Scope
from tests.action_story import BY
from tests.care_story import drafted_survey, sent_survey, survey_form
from tests.complaint_story import SCORES, at_step
from tests.complaint_story import step as complaint_step
from tests.factories import NOW, Cast
from tests.services.test_prints import printed
from tests.story import asked, detail, do, faults, may, refusal, reload, waits_for

TOMORROW = (NOW + timedelta(days=1)).date().isoformat()
LOW = dict.fromkeys(SCORES, 2)


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str]]:
    return {(one.field, one.key) for one in faults(attempt, *what, **how)}


def surveys() -> list[tuple[Document, SatisfactionSurvey]]:
    with reading() as session:
        papers = select(Document, SatisfactionSurvey).where(SatisfactionSurvey.document_id == Document.id)
        return list(session.exec(papers))


def due(cast: Cast, days: int = 0) -> list[Due]:
    with reading() as session:
        return contacts_due(session, cast.customer_service, NOW + timedelta(days=days))


def test_a_survey_is_read_by_the_head_who_looks_after_the_customer(cast: Cast) -> None:
    """P3-1.5"""
    paper = sent_survey(cast)
    assert (paper.number, paper.department_id, asked(paper)) == ("SS-202611-0001", cast.service.id, {"department_head"})
    assert paper.title == "西安地铁 希望备件到货再快些"
    assert do(cast.department_head, paper, "complete", now=NOW).state == State.DONE


def test_to_a_customer_who_is_not_content_the_department_says_what_it_does(cast: Cast) -> None:
    """P3-1.5"""
    paper = sent_survey(cast, **LOW)
    with reading() as session:
        assert [one.key for one in marks_of(session, [("SS", paper.id)], NOW)[paper.id]] == ["SS.mark.unhappy"]
    assert keys(do, cast.department_head, paper, "complete", now=NOW) == {("follow_up", "SS.fault.what_is_done")}
    paper = do(cast.department_head, paper, "complete", now=NOW, follow_up="已登门致歉，缩短备件周期")
    assert detail(paper).follow_up == "已登门致歉，缩短备件周期"
    with writing() as session:
        known = {"action_kind": "conduct", "rectify_by": BY.isoformat(), "handling_department_id": cast.service.id}
        action = open_action(session, cast.quality_inspector, reload(paper), "of-ss", now=NOW, **known)
    assert detail(action).action_source == "evaluation"


def test_what_is_answered_at_the_survey_of_a_case_goes_to_the_department_by_itself(cast: Cast) -> None:
    """P4-2.5, P3-1.5"""
    case = at_step(cast, "survey")
    assert not surveys()
    complaint_step(cast, case, survey_remarks="师傅很专业")
    ((paper, own),) = surveys()
    assert (own.survey_kind, own.about_id, own.score_quality) == ("case", case.id, SCORES["score_quality"])
    assert paper.applicant_id == cast.customer_service.id and waits_for(cast.department_head, paper, NOW)


def test_a_case_that_came_in_long_ago_is_asked_about_as_any_other(cast: Cast) -> None:
    """P4-2.5: its survey step is not shut by the year that a list looks back"""
    long_ago = (NOW - timedelta(days=400)).isoformat()
    case = at_step(cast, "allocate", received_at=long_ago)
    assert [own.about_id for _, own in surveys()] == [case.id]


def test_a_customer_who_went_out_of_use_meanwhile_is_asked_all_the_same(cast: Cast) -> None:
    """P4-2.5: else his case could not be brought to its end"""
    case = at_step(cast, "survey")
    with writing() as session:
        session.exec(select(Customer)).one().active = False
    assert complaint_step(cast, case).step == "allocate"
    assert [(paper.source_id, own.about_id) for paper, own in surveys()] == [(case.id, case.id)]
    assert keys(sent_survey, cast) == {("customer_id", "fault.option")}, "he is not asked in a round any more"


def test_who_could_not_be_reached_gives_no_survey(cast: Cast) -> None:
    complaint_step(cast, at_step(cast, "survey"), survey_answer="unreachable", **dict.fromkeys(SCORES))
    assert surveys() == []


def test_a_case_is_first_asked_about_in_its_own_file(cast: Cast) -> None:
    """P4-2.5"""
    case = at_step(cast, "survey")
    of_case = {"survey_kind": "case", "about_id": case.id}
    assert keys(sent_survey, cast, **of_case) == {("about_id", "SS.fault.asked_in_its_file")}
    complaint_step(cast, case)
    assert sent_survey(cast, **of_case).step == "read_survey", "asked once more"
    assert keys(sent_survey, cast, survey_kind="case") == {("about_id", "fault.required")}


@pytest.mark.parametrize("score", [0, 6, None, "x"])
def test_scores_go_from_one_to_five(cast: Cast, score: Any) -> None:
    assert {one for one, _ in keys(sent_survey, cast, score_price=score)} == {"score_price"}


def test_nobody_is_asked_tomorrow_and_nobody_else_asks(cast: Cast) -> None:
    assert keys(sent_survey, cast, surveyed_on=TOMORROW) == {("surveyed_on", "SS.fault.in_future")}
    for who in (cast.engineer, cast.department_head, cast.service_clerk):
        assert refusal(drafted_survey, cast, who).key == "draft.may_not_start"
    paper = sent_survey(cast)
    assert may(cast.stranger, paper, NOW) == set() and may(cast.customer_service, paper, NOW) >= {"withdraw"}
    assert refusal(do, cast.other_head, paper, "complete", now=NOW).key == "access.not_found"


def test_whom_to_ask_next_stands_in_a_list_the_late_in_days(cast: Cast) -> None:
    """P3-1.5, P4-2.5: cases within 5 working days, customers every 6 months"""
    survey_form(cast)
    assert [(one.sort, one.customer, one.due_on) for one in due(cast)] == [(Sort.PERIODIC, "西安地铁", None)]
    do(cast.customer_service, sent_survey(cast), "withdraw", now=NOW)
    assert [one.last_on for one in due(cast)] == [None], "what was taken back does not count"
    sent_survey(cast)
    assert due(cast) == []
    (one,) = due(cast, days=182)
    assert (one.last_on, str(one.due_on), one.days_late) == (NOW.date(), "2027-05-23", 1)
    case = at_step(cast, "survey")
    (one,) = due(cast)
    assert (one.sort, one.number, str(one.due_on)) == (Sort.CASE, case.number, "2026-11-30")
    with reading() as session:
        assert contacts_due(session, cast.stranger, NOW) == []
        assert due_to_excel(session, cast.customer_service, NOW, language="zh")[:2] == b"PK"


def test_key_customers_are_due_for_a_visit_by_their_own_interval(cast: Cast) -> None:
    """P3-1.3a"""
    survey_form(cast)
    sent_survey(cast)
    with writing() as session:
        session.exec(select(Customer)).one().visit_months = 3
    assert [(one.sort, one.last_on) for one in due(cast)] == [(Sort.VISIT, None)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints(cast: Cast, language: str) -> None:
    paper = do(cast.department_head, sent_survey(cast), "complete", now=NOW, follow_up="已转备件组")
    with reading() as session:
        sheet = printed(session, cast.customer_service, session.get_one(Document, paper.id), "survey", language)
    sheet.says("西安地铁", "希望备件到货再快些", "已转备件组")
    assert not sheet.outside()


def test_satisfaction_is_reckoned_by_month_after_cases_and_in_rounds_alike(cast: Cast) -> None:
    """P1-7.1, P3-1.5"""
    complaint_step(cast, at_step(cast, "survey"))
    sent_survey(cast, score_overall=3)
    do(cast.customer_service, sent_survey(cast, score_overall=1), "withdraw", now=NOW)
    with reading() as session:
        (month,) = by_month(session, cast.quality_inspector, Scope.read({}, NOW), NOW)
        elsewhere = Scope.read({"department": str(cast.office.id)}, NOW)
        assert by_month(session, cast.quality_inspector, elsewhere, NOW) == []
        assert by_month(session, cast.stranger, Scope.read({}, NOW), NOW) == []
    assert (month.month, month.after_cases, month.rounds, month.means["score_overall"]) == ("2026-11", 1, 1, 4.0)
