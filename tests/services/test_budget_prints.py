"""The budget on paper: a plan by month and quarter, the company's budget beside last year (P2-3.1, P7-6, P6-7)."""

from typing import Any

import pytest

from models import BudgetCategory, Document, Person
from services.database import reading
from services.errors import Refused
from services.prints.render import render
from tests.factories import NOW, Cast
from tests.services.test_prints import ADDRESS, Paper
from tests.story import do, drafted_plan, issued_budget, plan_line, sent_plan


def printed(who: Person, paper: Document, layout: str, language: str = "zh") -> Paper:
    with reading() as session:
        return Paper(render(session, who, paper, layout, language=language, base_url=ADDRESS, now=NOW))


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("部门预算表", "一季度", "审核金额")), ("en", ("Q1", "Reviewed"))]
)
def test_a_plan_shows_months_quarters_and_what_finance_left(cast: Cast, language: str, words: tuple[str, ...]) -> None:
    """P2-3.1, P7-6"""
    plan = do(cast.department_head, sent_plan(cast), "approve")
    place = list(BudgetCategory).index(BudgetCategory.PROJECTS) + 1
    trim: dict[str, Any] = {"lines": {"lines": {place: {"reviewed": "12000.00", "review_reason": "按上年水平"}}}}
    do(cast.finance_officer, plan, "approve", **trim)
    paper = printed(cast.clerk, plan, "plan", language)
    assert paper.says(
        *words, "1,200.00", "3,600.00", "14,400.00", "12,000.00", "按上年水平", "13,200.00", "在用 320 台"
    )
    assert paper.outside() == []
    assert paper.codes()[0] == f"{ADDRESS}/budget_plans?number={plan.number}"


def test_the_largest_amounts_find_their_place(cast: Cast) -> None:
    lines = [plan_line(category.value, "100000000.00") for category in BudgetCategory]
    paper = printed(cast.clerk, sent_plan(cast, lines=lines), "plan")
    assert paper.says("600,000,000.00", "1,800,000,000.00", "7,200,000,000.00") and paper.outside() == []


def test_a_draft_prints_as_far_as_it_goes(cast: Cast) -> None:
    assert printed(cast.clerk, drafted_plan(cast, demand=None, lines=[]), "plan").says("草稿")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_companys_budget_shows_each_department_and_the_ceiling(cast: Cast, language: str) -> None:
    """P7-6"""
    budget = issued_budget(cast)
    paper = printed(cast.general_manager, budget, "company", language)
    assert paper.says(cast.service.name, "14,400.00", "1,200.00", "15,600.00", "20,000.00", "2027", "BP-202611-0001")
    assert paper.outside() == []


def test_who_may_not_read_it_gets_no_print(cast: Cast) -> None:
    budget = issued_budget(cast)
    for person in (cast.stranger, cast.clerk):
        with pytest.raises(Refused):
            printed(person, budget, "company")
