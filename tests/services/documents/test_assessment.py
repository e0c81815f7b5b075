"""Assessments: measured by the records, frozen when sent, once a period (P1-7.1, P1-7.2, P2-6.1, P2-7, P4-1.4)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Document, Indicator, Person, State
from services.access import may_read
from services.database import reading, writing
from services.documents.assessment import INDICATORS
from services.documents.drafts import check
from services.documents.kind import lines_of
from services.errors import Invalid
from services.prints.render import render
from services.reports.evaluation import evaluation, evaluation_to_excel
from services.reports.scorecards import Scope, has_scorecard, scorecards, scorecards_to_excel, subjects
from services.setting_changes import approve_change, change
from services.settings import SETTINGS, setting
from tests.care_story import sent_survey
from tests.complaint_story import at_step, step
from tests.factories import NOW, Cast
from tests.governance_story import assessment_form, attends, drafted_assessment, held_training, sent_assessment
from tests.services.documents.test_travel_request import said
from tests.services.test_prints import Paper
from tests.story import asked, detail, do, draft, faults, inbox, may, move, refusal, reload, sent_adjustment

DECEMBER = datetime(2026, 12, 7, 1, 0, tzinfo=UTC)
"""November is over."""
NOVEMBER = {"month": "2026-11"}
MONTH = {"span": "month", "month": "202611"}


@pytest.fixture
def november(cast: Cast) -> list[Document]:
    """Two cases of the engineer's, closed after one and five days, one that nobody answers; and a training."""
    received = NOW.isoformat()
    closed = []
    for days in (1, 5):
        paper = at_step(cast, "feed_back", received_at=received)
        closed.append(step(cast, paper, now=NOW + timedelta(days=days)))
    held_training(cast, ("passed", 85), attendees=[attends(cast.engineer)])
    return [*closed, at_step(cast, "contact", received_at=received)]


def _lines(paper: Document) -> dict[str, tuple[Decimal | None, Decimal | None, str | None]]:
    with reading() as session:
        found = lines_of(session, paper, INDICATORS)
        return {one.indicator.value: (one.reached, one.score, one.counted) for one in found}


def _fault(cast: Cast, by: Person | None = None, **changes: Any) -> list[tuple[str, str]]:
    found = faults(sent_assessment, cast, by, **changes)
    for fault in found:
        said(fault)
    return [(one.field, one.key) for one in found]


# --- the figures


def test_every_figure_is_what_the_records_say(cast: Cast, november: list[Document]) -> None:
    """P1-7.1, P2-7.2: reckoned by hand"""
    paper = sent_assessment(cast, now=DECEMBER, **NOVEMBER)
    number = november[2].number
    assert _lines(paper) == {
        "answer": (Decimal("66.67"), Decimal("70.18"), "2 / 3"),
        "verification": (Decimal("66.67"), Decimal("70.18"), "2 / 3"),
        "turnaround": (Decimal("3.00"), Decimal("100.00"), "2 / 2"),
        "satisfaction": (Decimal("5.00"), Decimal("100.00"), "2 / 2"),
        "reopened": (Decimal("0.00"), Decimal("100.00"), "2 / 2"),
        "cost_per_case": (Decimal("1000.00"), Decimal("100.00"), "2 / 2"),
        "budget": (None, None, None),
        "training": (Decimal("50.00"), Decimal("50.00"), "1 / 2"),
        "technical": (Decimal("85.00"), Decimal("100.00"), "1 / 1"),
    }
    assert detail(paper).total_score == Decimal("87.28"), "7,855.40 of 90: the weight of the budget is the others'"
    with reading() as session:
        short = {one.indicator: one.papers for one in lines_of(session, paper, INDICATORS)}
    assert (short[Indicator.ANSWER], short[Indicator.TURNAROUND]) == (number, None)


def test_a_person_is_measured_by_his_own_cases(cast: Cast, november: list[Document]) -> None:
    """P4-1.4"""
    person = {"assessed": "person", "assessed_department_id": None, "assessed_person_id": cast.engineer.id}
    paper = sent_assessment(cast, now=DECEMBER, **person, **NOVEMBER)
    found = _lines(paper)
    assert found["satisfaction"][2] == "2 / 2" and found["training"][0] == Decimal("100.00")
    assert "budget" not in found
    other = sent_assessment(cast, now=DECEMBER, **person | {"assessed_person_id": cast.engineer2.id}, **NOVEMBER)
    assert {key: one[0] for key, one in _lines(other).items() if one[0] is not None} == {"training": Decimal("0.00")}


def test_satisfaction_counts_the_rounds_too_and_no_case_twice(cast: Cast, november: list[Document]) -> None:
    """P3-1.5, P2-7.2: the surveys handed on from the two cases are counted with them"""
    poor = sent_survey(cast, score_overall=2)
    sent_survey(cast, score_overall=1, surveyed_on="2026-10-31")
    with reading() as session:
        (card,) = scorecards(session, cast.department_head, Scope.read(MONTH, DECEMBER), DECEMBER)
        people = Scope.read({"view": "person"} | MONTH, DECEMBER)
        own = next(
            one for one in scorecards(session, cast.engineer, people, DECEMBER) if one.subject.id == cast.engineer.id
        )
    figure, his = card.figure(Indicator.SATISFACTION), own.figure(Indicator.SATISFACTION)
    assert figure and (figure.reached, figure.good, figure.of) == (Decimal("4.00"), 2, 3)
    assert [(one.kind, one.number) for one in figure.short] == [("SS", poor.number)]
    assert his and (his.reached, his.of) == (Decimal("5.00"), 2), "a person is measured by his cases"


def test_what_was_sent_stays_whatever_happens_after(cast: Cast, november: list[Document]) -> None:
    """P1-7.2: scores are frozen"""
    paper = sent_assessment(cast, now=DECEMBER, **NOVEMBER)
    before = _lines(paper)
    held_training(cast, ("passed", 61), attendees=[attends(cast.engineer2)])
    move(cast, paper, now=DECEMBER)
    assert (_lines(paper), reload(paper).state) == (before, State.DONE)
    again = do(cast.clerk, paper, "reverse", note="补充培训记录", now=DECEMBER)
    do(cast.general_manager, again, "approve", now=DECEMBER)
    assert _lines(sent_assessment(cast, now=DECEMBER, **NOVEMBER))["training"][0] == Decimal("100.00")


# --- its way


def test_of_a_department_three_agree_and_of_a_person_two(cast: Cast) -> None:
    paper = sent_assessment(cast)
    for who in (cast.department_head, cast.vice_president, cast.general_manager):
        assert asked(paper) == {who.login}
        do(who, paper, "approve")
    assert reload(paper).state == State.DONE
    person = {"assessed": "person", "assessed_person_id": cast.engineer.id}
    paper = sent_assessment(cast, **person)
    assert reload(paper).title == f"{cast.engineer.name} 202610"
    assert may(cast.engineer, paper) == {"comment"}, "he reads what is said of him and decides nothing"
    assert may(cast.engineer2, paper) == set() and inbox(cast.stranger) == []
    do(cast.department_head, paper, "approve")
    do(cast.vice_president, paper, "approve")
    assert (reload(paper).state, reload(paper).approved_at) == (State.DONE, reload(paper).closed_at)


def test_a_head_does_not_decide_on_his_own_assessment(cast: Cast) -> None:
    paper = sent_assessment(cast, assessed="person", assessed_person_id=cast.department_head.id)
    assert asked(paper) == {"vice_president"}


def test_the_same_is_assessed_once_for_a_period(cast: Cast) -> None:
    """Issue 8, Bad input"""
    first = sent_assessment(cast)
    assert _fault(cast) == [("month", "AS.fault.assessed_already")]
    assert _fault(cast, span="month", month="2026-10") == [("month", "AS.fault.assessed_already")]
    sent_assessment(cast, span="quarter", month="2026-08")
    assert _fault(cast, span="quarter", month="2026-09") == [("month", "AS.fault.assessed_already")]
    do(cast.department_head, first, "reject")
    assert sent_assessment(cast).number != first.number


def test_a_period_that_is_not_over_is_not_assessed(cast: Cast) -> None:
    assert _fault(cast, month="2026-11") == [("month", "AS.fault.not_over")]
    assert _fault(cast, span="quarter", month="2026-10") == [("month", "AS.fault.not_over")]


def test_nobody_draws_up_the_figures_of_others(cast: Cast, november: list[Document]) -> None:
    raw = assessment_form(cast, assessed_department_id=cast.service2.id)
    with reading() as session:
        filled, _ = check(session, cast.clerk, "AS", raw, DECEMBER)
    assert filled.lines["indicators"] == []
    assert ("assessed_department_id", "fault.option") in _fault(cast, assessed_department_id=cast.service2.id)
    assert refusal(draft, cast.engineer, "AS", assessment_form(cast)).key == "draft.may_not_start"


def test_what_follows_from_it_is_named(cast: Cast) -> None:
    """P2-7.3"""
    adjustment = sent_adjustment(cast)
    paper = sent_assessment(cast, leads_to_id=adjustment.id)
    assert detail(paper).leads_to_id == adjustment.id
    trip = drafted_assessment(cast)
    assert ("leads_to_id", "fault.option") in _fault(cast, leads_to_id=trip.id)


def test_it_prints_in_both_languages(cast: Cast, november: list[Document]) -> None:
    paper = sent_assessment(cast, now=DECEMBER, **NOVEMBER)
    with reading() as session:
        for language, words in (("zh", "首次响应及时率"), ("en", "First responses in time")):
            pdf = render(session, cast.clerk, paper, "card", language=language, base_url="", now=DECEMBER)
            printed = Paper(pdf)
            assert printed.says(words, "66.67", "87.28") and printed.outside() == []


# --- goals and weights


def _propose(cast: Cast, rows: list[dict[str, Any]]) -> int:
    with writing() as session:
        facts = {"valid_from": NOW.date(), "note": "年度目标调整", "now": NOW}
        return change(session, cast.administrator, "assessment.indicators", rows, **facts).id


@pytest.mark.parametrize(("weight", "total"), [(14, 99), (16, 101)])
def test_weights_that_do_not_make_a_hundred_are_refused(cast: Cast, weight: int, total: int) -> None:
    """Issue 8, Bad input: 99 %"""
    rows = [dict(row) for row in SETTINGS["assessment.indicators"].default]
    rows[0]["weight"] = weight
    with pytest.raises(Invalid) as caught:
        _propose(cast, rows)
    (fault,) = caught.value.faults
    assert (fault.key, fault.facts["total"]) == ("settings.weights", total)
    said(fault)


def test_other_goals_and_weights_hold_once_the_general_manager_approved_them(
    cast: Cast, november: list[Document]
) -> None:
    """P6-5"""
    rows = [row for row in SETTINGS["assessment.indicators"].default if row["assessed"] == "person"]
    rows.append({"assessed": "department", "indicator": "technical", "goal": "100.00", "weight": 100})
    proposed = _propose(cast, rows)
    with reading() as session:
        assert len(setting(session, "assessment.indicators", NOW)) > len(rows), "not before he approved"
    with writing() as session:
        approve_change(session, cast.general_manager, proposed, NOW)
    paper = sent_assessment(cast, now=DECEMBER, **NOVEMBER)
    assert list(_lines(paper)) == ["technical"] and detail(paper).total_score == Decimal("85.00")


# --- who sees which scorecard


def _names(reader: Person, **query: str) -> list[str]:
    with reading() as session:
        scope = Scope.read({"span": "month", "month": "202611"} | query, DECEMBER)
        return [card.subject.name for card in scorecards(session, reader, scope, DECEMBER)]


def test_everybody_sees_his_own_and_a_head_those_of_his_people(cast: Cast, november: list[Document]) -> None:
    """P4-1.4"""
    assert _names(cast.engineer, view="person") == [cast.engineer.name]
    assert _names(cast.engineer) == [] and _names(cast.stranger) == []
    assert _names(cast.department_head) == [cast.service.name]
    assert _names(cast.department_head, view="person") == [
        cast.department_head.name,
        cast.engineer.name,
        cast.engineer2.name,
    ]
    assert _names(cast.other_head) == []
    assert len(_names(cast.general_manager)) == 1
    with reading() as session:
        assert not has_scorecard(session, cast.administrator)
        assert subjects(session, cast.administrator, Scope.read({"view": "person"}, NOW).assessed) == []
        data = scorecards_to_excel(
            session, cast.department_head, Scope.read(NOVEMBER, DECEMBER), DECEMBER, language="zh"
        )
    assert data[:2] == b"PK"


def test_cost_and_quality_stand_side_by_side_with_what_was_concluded(cast: Cast, november: list[Document]) -> None:
    """P2-7.1, P2-7.2, P2-7.3"""
    adjustment = sent_adjustment(cast)
    paper = sent_assessment(cast, now=DECEMBER, leads_to_id=adjustment.id, **NOVEMBER)
    scope = Scope.read({"span": "month", "month": "202611"}, DECEMBER)
    with reading() as session:
        (one,) = evaluation(session, cast.general_manager, scope, DECEMBER)
        assert evaluation_to_excel(session, cast.general_manager, scope, DECEMBER, language="en")[:2] == b"PK"
        (unseen,) = evaluation(session, cast.finance_officer, scope, DECEMBER)
    assert (one.cases, one.cost_per_case, one.satisfaction, one.technical) == (
        2, Decimal("1000.00"), Decimal("5.00"), Decimal("85.00"),
    )  # fmt: skip
    assert (one.plan, one.spent) == (Decimal("1000.00"), Decimal("0.00"))
    assert one.concluded and (one.concluded.number, one.concluded.follows) == (paper.number, adjustment.number)
    assert unseen.concluded is None, "the sums are for every manager, the assessment is not"
    with reading() as session:
        assert not may_read(session, cast.finance_officer, paper, DECEMBER)
