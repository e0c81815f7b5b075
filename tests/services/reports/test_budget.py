"""The budget page's figures: what is planned, reserved and spent, where the year ends, and who may look (P2-1.3)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from models import BudgetCategory, Department, Person, Posting
from services.database import reading, writing
from services.errors import Refused
from services.money import ledger
from services.money.ledger import BudgetLine
from services.reports.budget import (
    Alert,
    Burn,
    Scope,
    Sums,
    alerts,
    behind,
    burn,
    burn_to_excel,
    elapsed_of,
    forecasts,
    may_read_budgets,
    own_scope,
    years,
)
from tests import factories
from tests.factories import NOW, Cast
from tests.story import BACK, approved_trip, decree, estimate, paid_claim

OTHER = BudgetCategory.OTHER
NOTHING = Decimal("0.00")


def issued(cast: Cast, department: Department, amount: str, *months: str, category: BudgetCategory = OTHER) -> None:
    """So much for each of the months."""
    with writing() as session:
        paper = factories.document(session, "TR", cast.finance_head)
        lines = [BudgetLine(month, department.id, category, Decimal(amount)) for month in months]
        ledger.allot(session, paper, Posting.ISSUED, lines, NOW)


def seen(reader: Person, scope: Scope | None = None, now: datetime = BACK) -> Burn:
    with reading() as session:
        return burn(session, reader, scope or Scope(2026), now)


def warned(reader: Person, scope: Scope | None = None) -> list[Alert]:
    with reading() as session:
        return alerts(session, burn(session, reader, scope or Scope(2026), BACK), BACK)


# --- the figures


def test_a_months_plan_what_is_reserved_and_what_is_spent_stand_beside_each_other(cast: Cast) -> None:
    """P2-5.2, P7-8b."""
    issued(cast, cast.service, "3000.00", "202610", "202611")
    approved_trip(cast, estimates=[estimate(cast, "train", "700.00")])
    of_november = seen(cast.vice_president).months[10]
    assert (of_november.plan, of_november.reserved, of_november.spent) == (
        Decimal("3000.00"),
        Decimal("700.00"),
        Decimal("0.00"),
    )
    assert seen(cast.vice_president).total.left == Decimal("5300.00")


def test_a_claim_moves_money_from_reserved_to_spent(cast: Cast) -> None:
    claim = paid_claim(cast)
    total = seen(cast.vice_president).total
    assert total.reserved == Decimal("0.00")
    assert total.spent == claim.amount


def test_a_department_or_a_category_is_looked_at_alone(cast: Cast) -> None:
    issued(cast, cast.service, "100.00", "202601")
    issued(cast, cast.service2, "30.00", "202601")
    issued(cast, cast.service, "7.00", "202601", category=BudgetCategory.TRAINING)
    assert seen(cast.finance_vp).total.plan == Decimal("137.00")
    assert seen(cast.finance_vp, Scope(2026, cast.service.id)).total.plan == Decimal("107.00")
    assert seen(cast.finance_vp, Scope(2026, category=OTHER)).total.plan == Decimal("130.00")
    assert seen(cast.finance_vp, Scope(2025)).total == Sums()


def test_every_department_and_category_with_figures_is_a_line(cast: Cast) -> None:
    issued(cast, cast.service2, "30.00", "202601", "202602")
    issued(cast, cast.service, "7.00", "202601", category=BudgetCategory.TRAINING)
    lines = [(line.department, line.category, line.sums.plan) for line in seen(cast.finance_vp).lines]
    assert lines == [
        (cast.service.name, BudgetCategory.TRAINING, Decimal("7.00")),
        (cast.service2.name, OTHER, Decimal("60.00")),
    ]


def test_the_years_with_figures_are_offered_and_this_one(cast: Cast) -> None:
    with reading() as session:
        assert years(session, NOW) == [2026]
    issued(cast, cast.service, "1.00", "202402")
    with reading() as session:
        assert years(session, NOW) == [2026, 2025, 2024]


# --- where the year ends


@pytest.mark.parametrize(
    ("today", "part"),
    [
        (date(2025, 12, 31), Decimal(0)),
        (date(2026, 1, 1), Decimal(1) / 365),
        (date(2026, 12, 31), Decimal(1)),
        (date(2027, 1, 1), Decimal(1)),
        (date(2028, 7, 1), Decimal(1)),
    ],
)
def test_the_part_of_the_year_that_has_passed(today: date, part: Decimal) -> None:
    assert elapsed_of(2026, today) == part


def test_a_leap_year_has_a_day_more() -> None:
    assert elapsed_of(2028, date(2028, 2, 29)) == Decimal(60) / 366


def test_straight_on_the_year_ends_where_the_days_lead() -> None:
    nothing = [Decimal(0)] * 12
    (straight,) = forecasts(Decimal("100.00"), NOTHING, nothing, 2026, date(2026, 3, 14))  # the 73rd of 365 days
    assert (straight.amount, straight.by_shape) == (Decimal("500.00"), False)


def test_last_years_shape_outranks_the_straight_line() -> None:
    """Half of last year's money was gone by the end of June; so twice of what is gone now will be."""
    heavy_start = [Decimal(10)] * 3 + [Decimal(20)] * 3 + [Decimal(15)] * 6
    by_shape, straight = forecasts(Decimal("90.00"), NOTHING, heavy_start, 2026, date(2026, 6, 30))
    assert (by_shape.amount, by_shape.by_shape) == (Decimal("180.00"), True)
    assert straight.amount == Decimal("181.49")


def test_a_year_without_one_months_figures_has_no_shape() -> None:
    gap = [Decimal(10)] * 11 + [Decimal(0)]
    assert [one.by_shape for one in forecasts(Decimal(1), NOTHING, gap, 2026, date(2026, 6, 30))] == [False]


def test_what_is_reserved_will_be_spent_at_least() -> None:
    (straight,) = forecasts(Decimal("100.00"), Decimal("900.00"), [NOTHING] * 12, 2026, date(2026, 12, 30))
    assert straight.amount == Decimal("1000.00")


@pytest.mark.parametrize("today", [date(2025, 12, 31), date(2026, 12, 31), date(2027, 2, 1)])
def test_a_year_that_is_over_or_to_come_is_not_forecast(today: date) -> None:
    assert forecasts(Decimal(1), NOTHING, [Decimal(1)] * 12, 2026, today) == ()


# --- alerts


def test_a_line_is_watched_from_its_share_on_and_over_from_one_fen_above(cast: Cast) -> None:
    """P2-5.2: 80 % and 100 %."""
    approved_trip(cast, estimates=[estimate(cast, "train", "800.00")])
    issued(cast, cast.service, "1000.01", "202601")
    assert warned(cast.finance_vp) == []
    issued(cast, cast.service, "999.99", "202601")
    decree("budget.watched_share", 40)
    assert [one.over for one in warned(cast.finance_vp)] == [False]
    decree("budget.watched_share", 80)
    assert warned(cast.finance_vp) == []


def test_exactly_used_up_is_not_over(cast: Cast) -> None:
    approved_trip(cast, estimates=[estimate(cast, "train", "800.00")])
    issued(cast, cast.service, "800.00", "202601")
    assert [one.over for one in warned(cast.finance_vp)] == [False]


def test_one_fen_beyond_the_plan_is_over(cast: Cast) -> None:
    approved_trip(cast, estimates=[estimate(cast, "train", "800.01")])
    issued(cast, cast.service, "800.00", "202601")
    assert [one.over for one in warned(cast.finance_vp)] == [True]


def test_spending_in_a_category_without_a_plan_is_over_once_the_department_has_a_budget(cast: Cast) -> None:
    approved_trip(cast, estimates=[estimate(cast, "train", "800.00")])
    assert warned(cast.finance_vp) == []
    issued(cast, cast.service, "1.00", "202601", category=BudgetCategory.TRAINING)
    assert [(one.line.category, one.over) for one in warned(cast.finance_vp)] == [(OTHER, True)]


def test_alerts_are_those_of_what_is_looked_at(cast: Cast) -> None:
    approved_trip(cast, estimates=[estimate(cast, "train", "800.00")])
    issued(cast, cast.service, "700.00", "202601")
    assert len(warned(cast.finance_vp, Scope(2026, cast.service.id))) == 1
    assert warned(cast.finance_vp, Scope(2026, cast.service2.id)) == []
    assert warned(cast.finance_vp, Scope(2026, category=BudgetCategory.TRAINING)) == []


# --- the papers behind


def test_the_papers_behind_a_figure_come_largest_first(cast: Cast) -> None:
    claim = paid_claim(cast)
    small = approved_trip(
        cast, starts_on="2026-11-30", ends_on="2026-11-30", estimates=[estimate(cast, "train", "300.00")]
    )
    with reading() as session:
        found = behind(session, cast.finance_vp, Scope(2026), ["202611"], BACK)
    numbers = {one.document.number: one.sums for one in found if one.document}
    assert numbers[small.number] == Sums(reserved=Decimal("300.00"))
    assert numbers[claim.number].spent == claim.amount
    assert [one.sums.used for one in found] == sorted((one.sums.used for one in found), reverse=True)


def test_a_paper_that_gave_its_money_back_is_behind_nothing(cast: Cast) -> None:
    paid_claim(cast)
    with reading() as session:
        found = behind(session, cast.finance_vp, Scope(2026), Scope(2026).months, BACK)
    assert [one.document.kind for one in found if one.document] == ["EC"]


def test_a_head_of_another_department_sees_the_sum_but_not_the_paper(cast: Cast) -> None:
    """P2-1.3: totals for every manager; papers for whoever may read them."""
    approved_trip(cast, estimates=[estimate(cast, "train", "300.00")])
    with reading() as session:
        (only,) = behind(session, cast.other_head, Scope(2026), ["202611"], BACK)
    assert only.document is None
    assert only.sums.reserved == Decimal("300.00")


# --- who may look


@pytest.mark.parametrize("login", ["department_head", "other_head", "vice_president", "general_manager", "cashier"])
def test_managers_and_finance_read_the_budget(cast: Cast, login: str) -> None:
    """P2-1.3."""
    with reading() as session:
        assert may_read_budgets(session, getattr(cast, login))


@pytest.mark.parametrize("login", ["engineer", "clerk", "stranger", "administrator"])
def test_nobody_else_does(cast: Cast, login: str) -> None:
    who = getattr(cast, login)
    with reading() as session:
        for look in (
            lambda: burn(session, who, Scope(2026), NOW),
            lambda: behind(session, who, Scope(2026), ["202611"], NOW),
            lambda: burn_to_excel(session, who, Scope(2026), NOW, language="zh"),
        ):
            with pytest.raises(Refused) as refused:
                look()
            assert refused.value.key == "burn.not_yours"


# --- Excel and addresses


def test_the_figures_leave_as_excel_by_month_department_and_category(cast: Cast) -> None:
    issued(cast, cast.service, "3000.00", "202611")
    approved_trip(cast, estimates=[estimate(cast, "train", "700.00")])
    with reading() as session:
        data = burn_to_excel(session, cast.finance_vp, Scope(2026), BACK, language="zh")
    rows = list(load_workbook(BytesIO(data)).active.iter_rows(values_only=True))
    assert rows[1] == ("2026-11", cast.service.name, "其他", 3000, 700, 0, 2300)


def test_an_address_that_makes_no_sense_narrows_nothing_down() -> None:
    now = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)  # in the company it is the new year
    assert Scope.read({"year": "abc", "department": "-1", "category": "gold"}, now) == Scope(2027)
    assert Scope.read({"year": "2025", "department": "3", "category": "other"}, now) == Scope(2025, 3, OTHER)


# --- at a glance


def test_a_head_sees_his_own_department_first_and_who_answers_for_more_the_company(cast: Cast) -> None:
    with reading() as session:
        assert own_scope(session, cast.department_head, NOW) == Scope(2026, cast.service.id)
        assert own_scope(session, cast.vice_president, NOW) == Scope(2026)
        assert own_scope(session, cast.finance_head, NOW) == Scope(2026)
        assert own_scope(session, cast.engineer, NOW) is None
