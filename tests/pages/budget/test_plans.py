"""The page on which finance follows the plans (P2-3.1)."""

from models import Department
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import shown, zh
from tests.story import decree, sent_plan


def test_finance_sees_who_has_planned_and_who_is_late(cast: Cast, visit: Visit) -> None:
    """P2-3.1"""
    plan = sent_plan(cast)
    decree("budget.plan_due", "11-20")
    app = visit(cast.finance_head, "plan_progress")
    found = {one.label: one.value for one in app.metric}
    all_of_them = sum(isinstance(one, Department) for one in vars(cast).values())
    assert (found[zh("plans.sent")], found[zh("plans.late")]) == (f"1 / {all_of_them}", str(all_of_them - 1))
    assert found[zh("plans.sum")] == "¥ 15,600.00"
    table = app.dataframe[0].value
    assert plan.number in list(table["number"]) and cast.service2.name in list(table["department"])
    assert list(table["days_late"]) == [3] * all_of_them


def test_a_clerk_sees_his_department_alone(cast: Cast, visit: Visit) -> None:
    app = visit(cast.clerk, "plan_progress")
    assert list(app.dataframe[0].value["department"]) == [cast.service.name]


def test_an_engineer_is_told_that_it_is_not_his(cast: Cast, visit: Visit) -> None:
    app = visit(cast.engineer, "plan_progress")
    assert zh("plans.not_yours") in shown(app) and not app.dataframe
