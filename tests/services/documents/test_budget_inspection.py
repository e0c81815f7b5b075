"""Budget inspection: a sample that can be drawn again, findings, last time's points, who is due (P7-10, P7-11)."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from models import Document, SampledFor, State
from services.database import reading
from services.documents.budget_inspection import FINDINGS, LAST_POINTS, SAMPLE, to_be_put_right
from services.documents.drafts import blank, check
from services.documents.kind import lines_of
from services.errors import Refused
from services.prints.render import render
from services.reports.inspections import inspections_due, inspections_to_excel
from tests.factories import NOW, Cast
from tests.governance_story import drafted_inspection, finding, inspection_form, sent_inspection
from tests.services.documents.test_travel_request import said
from tests.services.test_prints import Paper
from tests.story import asked, detail, do, draft, faults, may, refusal, reload, sent_adjustment, sent_trip

MARCH = datetime(2027, 3, 8, 1, 0, tzinfo=UTC)


@pytest.fixture
def trips(cast: Cast) -> list[Document]:
    """Five papers of the quarter."""
    return [sent_trip(cast, starts_on=f"2026-12-{day:02d}", ends_on=f"2026-12-{day:02d}") for day in range(1, 6)]


def _sample(paper: Document) -> list[tuple[str, int]]:
    with reading() as session:
        return [(one.sampled_for.value, one.paper_id) for one in lines_of(session, paper, SAMPLE)]


def test_what_was_found_goes_to_the_general_manager(cast: Cast, trips: list[Document]) -> None:
    """P7-10, P7-11a"""
    paper = sent_inspection(cast)
    assert reload(paper).title == "2026Q4" and asked(paper) == {"general_manager"}
    assert may(cast.engineer, paper) == set() and may(cast.department_head, paper) == set()
    do(cast.general_manager, paper, "approve")
    assert reload(paper).state == State.DONE
    with reading() as session:
        assert [one.finding for one in lines_of(session, paper, FINDINGS)] == [finding(cast)["finding"]]


def test_the_sample_is_drawn_by_chance_and_can_be_drawn_again(cast: Cast, trips: list[Document]) -> None:
    """P7-11a: the seed is recorded, and nobody chooses it"""
    paper = drafted_inspection(cast, sample_seed=1)
    with reading() as session:
        drawn = []
        for _ in range(2):
            filled, _faults = check(session, cast.budget_supervisor, "BI", inspection_form(cast), NOW, paper)
            drawn.append([line["paper_id"] for line in filled.lines["sample"]])
    assert drawn[0] == drawn[1] and len(drawn[0]) == 2 and set(drawn[0]) <= {one.id for one in trips}
    paper = do(cast.budget_supervisor, paper, "submit", now=NOW)
    assert [id for _, id in _sample(paper)] == drawn[0]
    assert {why for why, _ in _sample(paper)} == {SampledFor.CHANCE}
    assert detail(paper).sample_seed not in (None, 1)
    everything = sent_inspection(cast, sample_size=50)
    assert sorted(id for _, id in _sample(everything)) == sorted(one.id for one in trips)


def test_it_may_be_about_one_department(cast: Cast, trips: list[Document]) -> None:
    paper = sent_inspection(cast, inspected_department_id=cast.service2.id)
    assert _sample(paper) == [] and reload(paper).title == f"2026Q4 {cast.service2.name}"


def test_last_times_points_stand_in_the_next_one(cast: Cast) -> None:
    """P7-11c"""
    sent_inspection(cast)
    later = sent_inspection(cast, month="2027-02", now=MARCH)
    with reading() as session:
        points = [(one.point, one.severity.value) for one in lines_of(session, later, LAST_POINTS)]
        assert points == [(finding(cast)["finding"], "major")]
        for language, words in (("zh", "预算执行检查报告"), ("en", "Report of the budget inspection")):
            pdf = render(session, cast.general_manager, later, "report", language=language, base_url="", now=MARCH)
            printed = Paper(pdf)
            assert printed.says(words, "两次招待在事后补请示", "P9-3.2a") and printed.outside() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"month": "2027-01"}, ("month", "BI.fault.not_begun")),
        ({"sample_size": 51}, ("sample_size", "fault.at_most")),
        ({"inspection_summary": ""}, ("inspection_summary", "fault.required")),
        ({"findings": [{"finding": "x", "severity": "major", "clause": "P0-1", "finding_department_id": 1}]},
         ("clause", "fault.option")),  # fmt: skip
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(cast: Cast, changes: dict[str, Any], found: tuple[str, str]) -> None:
    (fault,) = faults(sent_inspection, cast, **changes)
    said(fault)
    assert (fault.field, fault.key) == found


def test_only_the_group_inspects(cast: Cast) -> None:
    for person in (cast.engineer, cast.department_head, cast.finance_officer):
        assert refusal(draft, person, "BI", inspection_form(cast)).key == "draft.may_not_start"


def test_departments_with_a_budget_are_due_every_quarter(cast: Cast) -> None:
    """P7-11a"""
    sent_adjustment(cast)
    with reading() as session:
        (due,) = inspections_due(session, cast.budget_supervisor, NOW)
        assert (due.department, due.last, due.due_on) == (cast.service.name, None, date(2026, 10, 1))
        with pytest.raises(Refused) as caught:
            inspections_due(session, cast.department_head, NOW)
        assert caught.value.key == "inspections.shut"
        assert refusal(inspections_to_excel, session, cast.department_head, NOW, language="zh").key == caught.value.key
    paper = sent_inspection(cast)
    with reading() as session:
        (due,) = inspections_due(session, cast.finance_head, NOW + timedelta(days=2))
        data = inspections_to_excel(session, cast.finance_head, NOW + timedelta(days=2), language="zh")
    assert (due.last, due.findings, due.due_on, due.days_overdue) == (paper.number, 1, date(2027, 3, 31), 0)
    _, line = openpyxl.load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True)
    assert line[:2] == (cast.service.name, paper.number) and line[3] == 1


def test_a_finding_opens_a_corrective_action_that_stays_in_sight(cast: Cast) -> None:
    """P7-11b, P2-6.3"""
    paper = do(cast.general_manager, sent_inspection(cast), "approve")
    with reading() as session:
        assert to_be_put_right(session, cast.budget_supervisor, paper, NOW)
        start = blank(session, cast.budget_supervisor, "CX", NOW, source_id=paper.id)
    assert (start["action_kind"], start["action_source"]) == ("budget", "inspection")
    assert (start["problem"], start["handling_department_id"]) == (finding(cast)["finding"], cast.service.id)
    action = do(cast.budget_supervisor, draft(cast.budget_supervisor, "CX", start, source=paper), "submit", now=NOW)
    assert asked(action) == {"department_head"}
    later = sent_inspection(cast, month="2027-02", now=MARCH)
    with reading() as session:
        assert [one.actions for one in lines_of(session, later, LAST_POINTS)] == [action.number]
