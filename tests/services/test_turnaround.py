"""How fast complaints are handled: every figure against cases that are counted by hand (P1-5, P1-6.2, P1-7.1)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from models import CauseCategory, Document, Person
from services.database import reading
from services.errors import Refused
from services.people import SHANGHAI
from services.reports.turnaround import Scope, Turnaround, percentile, share, turnaround
from services.reports.turnaround_files import turnaround_to_excel
from tests.complaint_story import SCORES, answers, at_step, sent_complaint, step
from tests.factories import NOW, Cast
from tests.story import decree, do

LATER = NOW + timedelta(days=10)
"""Thursday, 3 December."""


def seen(by: Person, now: datetime = NOW, **query: str) -> Turnaround:
    with reading() as session:
        return turnaround(session, by, Scope.read(query, now), now)


def closed_after(cast: Cast, days: int, **changes: Any) -> Document:
    """A case that is received now and closed so many days later, at the hour of its receipt."""
    paper = at_step(cast, "feed_back", on_the_way=changes, received_at=NOW.isoformat())
    return step(cast, paper, now=NOW + timedelta(days=days))


# --- figures


def test_median_and_ninetieth_are_of_the_closed_cases_alone(cast: Cast) -> None:
    """P1-6.2: open cases never count as closed"""
    for days in (1, 3, 5, 9):
        closed_after(cast, days)
    sent_complaint(cast)
    found = seen(cast.quality_inspector, LATER)
    assert (found.median, found.ninetieth) == (4.0, pytest.approx(7.8))
    assert (len(found.closed), len(found.open), len(found.received)) == (4, 1, 5)


def test_nothing_is_no_figure(cast: Cast) -> None:
    found = seen(cast.quality_inspector)
    assert (found.median, found.ninetieth, found.on_time("answer"), found.scores) == (None, None, None, [])
    assert (found.spreads, found.steps, found.causes, found.groups(lambda case: case.product)) == ([], [], [], [])
    assert [week.open for week in found.weeks] == [0] * 12


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [([7.0], 90, 7.0), ([1.0, 2.0], 50, 1.5), ([4.0, 1.0, 3.0, 2.0, 5.0], 50, 3.0), ([0.0, 10.0], 90, 9.0)],
)
def test_percentiles_lie_between_the_values(values: list[float], part: int, expected: float) -> None:
    assert percentile(values, part) == pytest.approx(expected)
    assert percentile([], part) is None and share([]) is None


def test_promises_are_on_time_late_or_not_due_yet(cast: Cast) -> None:
    """P1-6.1, P1-4.2a"""
    at_step(cast, "verify")
    at_step(cast, "contact", received_at=(NOW - timedelta(hours=30)).isoformat())
    sent_complaint(cast)
    found = seen(cast.quality_inspector)
    assert found.on_time("answer") == 0.5, "the third is not due yet"
    assert found.on_time("verification") is None
    assert seen(cast.quality_inspector, NOW + timedelta(days=2)).on_time("answer") == pytest.approx(1 / 3)


def test_targets_are_settings(cast: Cast) -> None:
    """P1-7.1"""
    assert (seen(cast.general_manager).answer_target, seen(cast.general_manager).days_target) == (95, 10)
    decree("complaint.target_days", 8)
    assert seen(cast.general_manager).days_target == 8


def test_the_median_is_held_against_the_weeks_before(cast: Cast) -> None:
    closed_after(cast, 4)
    later = NOW + timedelta(weeks=14)
    assert seen(cast.quality_inspector, later).earlier == 4.0
    assert seen(cast.quality_inspector).earlier is None


# --- by week and month


def test_cases_are_counted_in_the_week_of_their_receipt_and_of_their_end(cast: Cast) -> None:
    closed_after(cast, 1)
    closed_after(cast, 8)
    sent_complaint(cast, received_at=datetime(2026, 11, 22, 23, 59, tzinfo=SHANGHAI).isoformat())
    weeks = {week.start: (week.received, week.closed, week.open) for week in seen(cast.quality_inspector, LATER).weeks}
    assert weeks[date(2026, 11, 16)] == (1, 0, 1), "a Sunday belongs to the week before"
    assert weeks[date(2026, 11, 23)] == (2, 1, 2)
    assert weeks[date(2026, 11, 30)] == (0, 1, 1)


def test_time_to_the_end_is_spread_over_the_month_of_the_end(cast: Cast) -> None:
    for days in (1, 2, 3, 8):
        closed_after(cast, days)
    november, december = seen(cast.quality_inspector, LATER).spreads
    assert (november.month, november.count, november.median) == ("2026-11", 3, 2.0)
    assert (november.low, november.high) == (pytest.approx(1.2), pytest.approx(2.8))
    assert (december.month, december.count, december.median) == ("2026-12", 1, 8.0)


# --- by step, cause and part


def test_time_at_a_step_is_from_its_opening_to_its_end_beside_its_limit(cast: Cast) -> None:
    paper = at_step(cast, "plan")
    step(cast, paper, now=NOW + timedelta(days=4))
    at_step(cast, "plan")
    found = {one.step: one for one in seen(cast.quality_inspector, LATER).steps}
    plan = found["plan"]
    assert (plan.median, plan.count, plan.waiting, plan.over) == (4.0, 1, 1, True)
    assert plan.limit == pytest.approx(2.62, abs=0.01)
    assert not found["accept"].over


def test_causes_stand_in_order_with_their_cumulative_share(cast: Cast) -> None:
    """P4-2.2"""
    for cause in ("seal", "seal", "seal", "assembly"):
        at_step(cast, "responsibility", on_the_way={"analyse": {"cause_category": cause}})
    found = [(one.cause, one.count, one.cumulative) for one in seen(cast.quality_inspector).causes]
    assert found == [(CauseCategory.SEAL, 3, 0.75), (CauseCategory.ASSEMBLY, 1, 1.0)]


def test_parts_have_their_count_median_score_and_cost(cast: Cast) -> None:
    """P1-7.1, P5-6c"""
    closed_after(cast, 2, allocate={"case_cost": "100"}, survey=SCORES | {"score_overall": 4})
    closed_after(cast, 4, allocate={"case_cost": "201.01"})
    sent_complaint(cast)
    handled, waiting = seen(cast.quality_inspector, LATER).groups(lambda case: case.department)
    assert (handled.name, handled.count, handled.closed, handled.median) == ("售后一室", 2, 2, 3.0)
    assert (handled.score, handled.cost) == (4.5, Decimal("150.50"))
    assert (waiting.name, waiting.count, waiting.median, waiting.cost) == ("", 1, None, None)


# --- who sees what


def test_a_manager_reckons_with_the_cases_that_he_may_see(cast: Cast) -> None:
    at_step(cast, "verify")
    paper = sent_complaint(cast)
    do(
        cast.sales_manager,
        paper,
        "approve",
        now=NOW,
        **answers(cast, "accept", handling_department_id=cast.service2.id),
    )
    assert len(seen(cast.general_manager).open) == 2
    assert len(seen(cast.department_head).open) == len(seen(cast.other_head).open) == 1
    assert len(seen(cast.general_manager, department=str(cast.service2.id)).open) == 1


def test_nobody_else_takes_it_away(cast: Cast) -> None:
    with reading() as session:
        scope = Scope.read({}, NOW)
        for who in (cast.engineer, cast.stranger, cast.administrator, cast.cashier):
            with pytest.raises(Refused) as caught:
                turnaround_to_excel(session, who, scope, NOW, language="zh")
            assert caught.value.key == "turnaround.not_yours"


@pytest.mark.parametrize("query", [{"weeks": "x"}, {"weeks": "9999"}, {"department": "-1"}, {"department": "9" * 30}])
def test_an_address_that_anyone_may_type_breaks_nothing(cast: Cast, query: dict[str, str]) -> None:
    assert Scope.read(query, NOW) == Scope.read({}, NOW)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_table_has_its_sheet(cast: Cast, language: str) -> None:
    closed_after(cast, 3)
    with reading() as session:
        data = turnaround_to_excel(session, cast.quality_inspector, Scope.read({}, LATER), LATER, language=language)
    book = openpyxl.load_workbook(BytesIO(data))
    assert len(book.worksheets) == 9
    assert book.worksheets[0].max_row == 13
    assert [cell.value for cell in book.worksheets[-1][2]][0] == "CP-202611-0001"
