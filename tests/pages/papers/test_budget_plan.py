"""The form of a budget plan: a sheet that is typed, filled and spread, with its sums beside it (P2-3.1, P7-4)."""

from decimal import Decimal

import pytest
from sqlmodel import select
from streamlit.testing.v1 import AppTest

from models import Balance, BudgetCategory, Document, PlanLine
from services.database import reading, writing
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, edit_table, faults, press, shown, type_in, zh
from tests.story import do, sent_plan

WHY = {"demand": "在用 320 台", "product_quality": "投诉下降", "technical_level": "2 人待培训", "work_plan": "春秋走访"}
PROJECTS = list(BudgetCategory).index(BudgetCategory.PROJECTS)


@pytest.fixture
def form(cast: Cast, visit: Visit) -> AppTest:
    """A new plan of a department that spent 900.00 on projects in March and 2,100.00 in April."""
    with writing() as session:
        for month, amount in (("202603", "900.00"), ("202604", "2100.00")):
            place = {"month": month, "department_id": cast.service.id, "category": BudgetCategory.PROJECTS}
            session.add(Balance(**place, spent=Decimal(amount)))
    return visit(cast.clerk, "budget_plans", new="form")


def typed(app: AppTest, **cells: str) -> AppTest:
    return edit_table(app, "sheet", {PROJECTS: cells}).run()


def row(app: AppTest) -> dict[str, str]:
    """What stands on the sheet for service projects."""
    return dict(next(one for one in app.dataframe if one.key.endswith(".sheet")).value.iloc[PROJECTS])


def tool(app: AppTest, name: str) -> AppTest:
    key = next(one.key for one in app.button if one.key and one.key.endswith(f".{name}"))
    return press(app, key)


def test_it_opens_with_last_years_actuals_and_their_sums(form: AppTest) -> None:
    """P7-4"""
    assert (row(form)["m03"], row(form)["m04"], row(form)["m05"]) == ("900.00", "2100.00", "0.00")
    assert "3,000.00" in shown(form) and zh("budget.q2") in shown(form)


def test_quarters_and_year_follow_what_is_typed(form: AppTest) -> None:
    """P2-3.1"""
    seen = shown(typed(form, m05="1000.5"))
    assert "3,100.50" in seen and "4,000.50" in seen and "+33.4 %" in seen


def test_a_typed_year_is_spread_over_its_months(form: AppTest) -> None:
    """P2-3.1"""
    app = tool(typed(form, year_total="10000"), "shape")
    assert (row(app)["m03"], row(app)["m04"], row(app)["m12"]) == ("3000.00", "7000.00", "0.00")
    app = tool(app, "even")
    assert (row(app)["m01"], row(app)["m12"]) == ("833.34", "833.33")
    app = tool(app, "BP.from.nothing")
    assert {row(app)[name] for name in ("m01", "m04", "m12")} == {"0.00"}
    assert row(tool(app, "BP.from.spent"))["m04"] == "2100.00"


def test_a_year_that_is_not_its_months_and_a_negative_month_are_said_beside_the_sheet(form: AppTest) -> None:
    app = press(type_in(typed(form, year_total="1", m01="-5"), **WHY), "form.send")
    said = "".join(faults(app))
    assert zh("category.projects") in said and zh("fault.at_least", ge=Decimal("0.00")) in said
    app = press(typed(app, year_total="1", m01="0"), "form.send")
    assert zh("BP.fault.total_differs", sum=Decimal("3000.00")) in "".join(faults(app))
    with reading() as session:
        assert session.exec(select(PlanLine)).all() == []


def test_it_is_sent_and_reads_as_it_was_typed(form: AppTest) -> None:
    app = press(type_in(typed(form, m12="0.01"), **WHY), "form.send")
    with reading() as session:
        plan = session.exec(select(Document).where(Document.kind == "BP")).one()
    assert address(app)[1] == {"number": plan.number}
    seen = shown(app)
    assert plan.amount == Decimal("3000.01") and "3,000.01" in seen and zh("budget.by_month") in seen


def test_finance_trims_a_line_where_it_reads_the_plan(cast: Cast, visit: Visit) -> None:
    """P7-6"""
    plan = do(cast.department_head, sent_plan(cast), "approve")
    app = visit(cast.finance_officer, "budget_plans", number=plan.number)
    edit_table(app, "lines", {PROJECTS: {"reviewed": "12000", "review_reason": "按上年"}}).run()
    app = press(app, next(one.key for one in app.button if one.key and one.key.endswith("do.approve")))
    seen = shown(app)
    assert zh("BP.claimed", amount=Decimal("15600.00")) in seen and "13,200.00" in seen and "按上年" in seen
