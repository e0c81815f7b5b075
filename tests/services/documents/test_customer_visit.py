"""Customer visits: departments answer the opinions that concern them, sales pursues leads (P3-1.3, P3-1.4)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import Customer, Document, State, VisitOpinion
from services.database import reading, writing
from services.reports.contacts_due import contacts_due
from tests.care_story import REPLY, approved_visit, drafted_visit, opinion, sent_visit
from tests.factories import NOW, Cast
from tests.services.test_prints import printed
from tests.story import asked, do, faults, may, refusal

TOMORROW = (NOW + timedelta(days=1)).date().isoformat()


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str, int | None]]:
    return {(one.field, one.key, one.line) for one in faults(attempt, *what, **how)}


def replies(paper: Document) -> list[str | None]:
    with reading() as session:
        return [one.reply for one in session.exec(select(VisitOpinion).where(VisitOpinion.document_id == paper.id))]


def test_a_visit_goes_to_the_head_then_to_the_departments_then_to_sales(cast: Cast) -> None:
    """P3-1.3a, P3-1.4"""
    paper = sent_visit(cast)
    assert (paper.number, paper.step) == ("CV-202611-0001", "department_head")
    paper = do(cast.department_head, paper, "approve", now=NOW)
    paper = do(cast.department_head, paper, "complete", now=NOW, **REPLY)
    assert (paper.step, asked(paper)) == ("pursue_leads", {"salesperson"})
    assert do(cast.salesperson, paper, "complete", now=NOW, leads_result="已报价").state == State.DONE


def test_each_department_answers_its_own_opinions_and_all_of_them(cast: Cast) -> None:
    """P3-1.3b: opinions are forwarded to the departments"""
    three = [opinion(cast.service2), opinion(cast.service, aspect="service"), opinion(cast.service2)]
    paper = approved_visit(cast, opinions=three, leads=[])
    assert asked(paper) == {"department_head", "other_head"}
    answered = {"lines": {"opinions": {1: {"reply": "改接头"}, 2: {"reply": "不是他的"}}}}
    assert keys(do, cast.other_head, paper, "complete", now=NOW, **answered) == {("reply", "fault.required", 3)}
    answered["lines"]["opinions"][3] = {"reply": "同上"}
    paper = do(cast.other_head, paper, "complete", now=NOW, **answered)
    assert replies(paper) == ["改接头", None, "同上"] and asked(paper) == {"department_head"}
    own = {"lines": {"opinions": {2: {"reply": "已加派人员"}}}}
    assert do(cast.department_head, paper, "complete", now=NOW, **own).state == State.DONE


def test_a_visit_without_opinions_and_leads_says_nothing(cast: Cast) -> None:
    """P3-1.3b"""
    assert keys(sent_visit, cast, opinions=[], leads=[]) == {("opinions", "CV.fault.nothing_said", None)}
    only_leads = do(cast.department_head, sent_visit(cast, opinions=[]), "approve", now=NOW)
    assert only_leads.step == "pursue_leads"


def test_a_visit_is_written_down_once_it_was_paid_by_those_who_were_there(cast: Cast) -> None:
    found = keys(sent_visit, cast, visited_on=TOMORROW, visitors=[], opinions=[opinion(cast.service, aspect="price")])
    assert {("visited_on", "CV.fault.in_future", None), ("visitors", "fault.required", None)} < found
    assert ("aspect", "fault.option", 1) in found
    assert refusal(drafted_visit, cast, cast.finance_officer).key == "draft.may_not_start"


def test_a_head_who_visits_has_his_visit_read_by_his_superior_and_a_stranger_sees_nothing(cast: Cast) -> None:
    paper = sent_visit(cast, cast.department_head)
    assert asked(paper) == {"vice_president"}
    assert may(cast.stranger, paper, NOW) == set()
    assert refusal(do, cast.stranger, paper, "approve", now=NOW).key == "access.not_found"


def test_a_visit_sets_the_clock_for_the_next_one(cast: Cast) -> None:
    """P3-1.3a"""
    sent_visit(cast)
    with writing() as session:
        session.exec(select(Customer)).one().visit_months = 3
    with reading() as session:
        found = [one for one in contacts_due(session, cast.engineer, NOW + timedelta(days=92)) if one.sort == "visit"]
        assert found == [], "an engineer is not asked to plan visits"
        (one,) = [
            one for one in contacts_due(session, cast.department_head, NOW + timedelta(days=93)) if one.sort == "visit"
        ]
    assert (one.last_on, str(one.due_on), one.days_late) == (NOW.date(), "2027-02-23", 1)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints_with_opinions_and_leads(cast: Cast, language: str) -> None:
    paper = do(cast.department_head, approved_visit(cast), "complete", now=NOW, **REPLY)
    with reading() as session:
        sheet = printed(session, cast.engineer, session.get_one(Document, paper.id), "visit", language)
    sheet.says("西安地铁", "接头拆装不便", "下月起改用快速接头", "明年拟增购 6 台", cast.engineer.name)
    assert not sheet.outside()
