"""Which department has planned, and who is late (P2-3.1: ahead of time, with a due date)."""

from datetime import date, datetime, timedelta

import pytest

from models import Department, Role
from services.database import reading
from services.reports.plans import Progress, due_day, may_follow, progress
from tests.factories import NOW, Cast
from tests.story import decree, do, hold, issued_budget, reviewed_plan, sent_plan

AFTER = datetime(2026, 12, 12, 1, 0, tzinfo=NOW.tzinfo)
"""Two days after the plans were due."""


def seen(cast: Cast, login: str = "finance_head", now: datetime = NOW, year: int = 2027) -> dict[str, Progress]:
    with reading() as session:
        return {one.department: one for one in progress(session, getattr(cast, login), year, now)}


def test_plans_are_due_in_december_of_the_year_before(cast: Cast) -> None:
    """P2-3.1"""
    with reading() as session:
        assert due_day(session, 2027, NOW) == date(2026, 12, 10)
    decree("budget.plan_due", "11-20")
    with reading() as session:
        assert due_day(session, 2027, NOW) == date(2026, 11, 20)
    assert seen(cast)[cast.service.name].days_late == 3


def test_who_has_not_sent_is_late_from_the_day_after(cast: Cast) -> None:
    """P2-3.1"""
    sent_plan(cast)
    on_the_day = datetime(2026, 12, 10, 15, 59, tzinfo=NOW.tzinfo)
    assert {one.days_late for one in seen(cast, now=on_the_day).values()} == {0}
    late = {name: one.days_late for name, one in seen(cast, now=AFTER).items()}
    assert late.pop(cast.service.name) == 0, "it was sent in time"
    assert set(late.values()) == {2}


def test_each_department_says_where_its_plan_stands(cast: Cast) -> None:
    plan = sent_plan(cast)
    mine = seen(cast)[cast.service.name]
    assert (mine.number, mine.step, mine.planned, mine.reviewed) == (plan.number, "department_head", plan.amount, None)
    do(cast.department_head, plan, "reject")
    assert seen(cast)[cast.service.name].number is None, "what was turned down is no plan"
    reviewed_plan(cast)
    mine = seen(cast)[cast.service.name]
    assert (mine.reviewed, mine.issued) == (plan.amount, False)


def test_what_is_issued_says_so(cast: Cast) -> None:
    issued_budget(cast)
    assert [name for name, one in seen(cast).items() if one.issued] == [cast.service.name]
    assert seen(cast, year=2026)[cast.service.name].number is None


def test_finance_follows_all_a_department_its_own_and_an_engineer_none(cast: Cast) -> None:
    hold(cast.stranger, Role.BUDGET_SUPERVISOR)
    sent_plan(cast)
    for login in ("finance_head", "finance_officer", "general_manager", "stranger"):
        assert set(seen(cast, login)) == {one.name for one in vars(cast).values() if isinstance(one, Department)}
    assert set(seen(cast, "clerk")) == set(seen(cast, "department_head")) == {cast.service.name}
    assert set(seen(cast, "vice_president")) == {cast.service.name, cast.service2.name, cast.office.name}
    assert seen(cast, "engineer") == {}
    with reading() as session:
        assert not may_follow(session, cast.engineer) and not may_follow(session, cast.administrator)
        assert may_follow(session, cast.clerk)


@pytest.mark.parametrize("days", [0, 5])
def test_a_plan_that_was_sent_late_stays_late(cast: Cast, days: int) -> None:
    plan = sent_plan(cast)
    decree("budget.plan_due", f"{NOW - timedelta(days=days):%m-%d}")
    assert seen(cast, now=AFTER)[cast.service.name].days_late == days
    assert plan.number
