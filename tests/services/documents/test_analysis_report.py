"""Analysis reports: figures drawn from the cases of a period, frozen when sent, with what is concluded (P1-4.4b)."""

from datetime import timedelta
from typing import Any

import pytest

from models import Document, State
from services.corrective_actions import open_action
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import blank, check
from services.documents.kind import lines_of
from tests.action_story import BY, sent_action
from tests.analysis_story import PERIOD, WRITTEN, drafted_analysis, sent_analysis
from tests.complaint_story import at_step, sent_complaint
from tests.factories import NOW, Cast
from tests.services.test_prints import printed
from tests.story import asked, detail, do, faults, may, refusal, reload

LATER = NOW + timedelta(days=8)
"""November is over."""
NOVEMBER = PERIOD | {"period_to": "2026-11-30"}


@pytest.fixture
def november(cast: Cast) -> None:
    """Two cases about one product of one customer: one closed, one just taken in; one corrective action."""
    at_step(cast, None)
    sent_complaint(cast)
    sent_action(cast)


def table(paper: Document, name: str) -> list[Any]:
    with reading() as session:
        return lines_of(session, paper, KINDS["AR"].lines(name))


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str]]:
    return {(one.field, one.key) for one in faults(attempt, *what, **how)}


def test_its_figures_are_those_of_the_period_and_stay_as_they_were_sent(cast: Cast, november: None) -> None:
    """P1-4.4b"""
    paper = do(cast.service_administrator, drafted_analysis(cast, **NOVEMBER), "submit", now=LATER)
    said = {one.figure.value: one.this_period for one in table(paper, "figures")}
    assert said == {
        "received": "2",
        "closed": "1",
        "open": "1",
        "answered": "50.0%",
        "verified": "100.0%",
        "median": "0.1",
        "ninetieth": "0.1",
        "satisfaction": "5.0",
        "cost": "1,000.00",
    }
    assert {one.period_before for one in table(paper, "figures")} == {"0", None}
    ((cause, count, part),) = [(one.cause_category, one.case_count, one.case_share) for one in table(paper, "causes")]
    assert (cause, count, part) == ("seal", 1, "100.0%")
    assert {(one.repeated.value, one.repeated_name, one.case_count) for one in table(paper, "repeats")} == {
        ("product", "制动单元 ZD-200", 2),
        ("customer", "西安地铁", 2),
    }
    (action,) = table(paper, "actions")
    assert (action.problem, action.handling_department_id, action.days_late) == (
        "密封圈选型不适应低温",
        cast.service.id,
        None,
    )
    sent_complaint(cast)
    assert {one.figure.value: one.this_period for one in table(reload(paper), "figures")} == said


def test_it_is_read_by_the_marketing_manager_and_the_general_manager(cast: Cast) -> None:
    """P5-3"""
    paper = sent_analysis(cast)
    assert (paper.number, asked(paper)) == ("AR-202611-0001", {"marketing_manager"})
    paper = do(cast.marketing_manager, paper, "approve", now=NOW)
    assert do(cast.general_manager, paper, "approve", now=NOW).state == State.DONE


def test_what_it_proposes_is_put_right_from_it(cast: Cast) -> None:
    """P1-4.4b"""
    paper = sent_analysis(cast)
    with writing() as session:
        known = {"action_kind": "design", "rectify_by": BY.isoformat(), "handling_department_id": cast.service.id}
        action = open_action(session, cast.quality_inspector, reload(paper), "of-ar", now=NOW, **known)
    assert (detail(action).action_source, detail(action).about_id) == ("evaluation", paper.id)


@pytest.mark.parametrize(
    ("period", "wrong"),
    [
        ({"period_to": "2026-11-23"}, ("period_to", "AR.fault.not_over")),
        ({"period_from": "2026-11-23"}, ("period_from", "AR.fault.begins_after_its_end")),
        ({"period_from": "2025-11-01"}, ("period_from", "AR.fault.too_long")),
        ({"proposals": None}, ("proposals", "fault.required")),
    ],
)
def test_a_period_that_is_not_over_or_too_long_is_refused(cast: Cast, period: Any, wrong: tuple[str, str]) -> None:
    assert keys(sent_analysis, cast, **period) == {wrong}


def test_an_odd_period_draws_nothing_and_breaks_nothing(cast: Cast) -> None:
    for start, end in (("0001-01-01", "0001-01-02"), ("9999-12-31", "9999-12-31"), ("2026-11-22", "2026-11-01")):
        with reading() as session:
            raw = WRITTEN | {"period_from": start, "period_to": end}
            filled, found = check(session, cast.service_administrator, "AR", raw, NOW)
        assert found or not filled.lines["figures"]


def test_it_opens_with_the_month_that_is_over_for_those_who_write_it(cast: Cast) -> None:
    with reading() as session:
        opened = blank(session, cast.quality_inspector, "AR", NOW)
    assert opened == {"period_from": "2026-10-01", "period_to": "2026-10-31"}
    for who in (cast.engineer, cast.customer_service, cast.department_head):
        assert refusal(drafted_analysis, cast, who).key == "draft.may_not_start"
    assert may(cast.stranger, sent_analysis(cast), NOW) == set()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints(cast: Cast, november: None, language: str) -> None:
    paper = do(cast.service_administrator, drafted_analysis(cast, **NOVEMBER), "submit", now=LATER)
    with reading() as session:
        sheet = printed(session, cast.general_manager, session.get_one(Document, paper.id), "report", language)
    sheet.says("西安地铁", "密封类投诉仍最多", "低温密封件全部换型", "1,000.00", "50.0%")
    assert not sheet.outside()
