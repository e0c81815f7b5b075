"""Budget plan: a department's year by category and month, reviewed by finance (P2-3, P7-3, P7-4, P7-5, P7-6)."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models import Balance, BudgetCategory, Document, PlanLine, Role, StandingBudget, State
from services.database import reading, writing
from services.documents.budget_plan import own_departments
from services.documents.drafts import blank, check
from services.documents.grids import filled_from, spread_totals, sums_while_typed
from services.documents.kind import Filled
from services.documents.plan_lines import LINES, MONTHS, reviewed_months
from services.engine import act
from services.errors import Fault, Refused
from tests.factories import NOW, Cast
from tests.story import (
    asked,
    detail,
    do,
    draft,
    drafted_plan,
    faults,
    hold,
    may,
    move,
    plan_form,
    plan_line,
    refusal,
    reload,
    retype,
    reviewed_plan,
    sent_plan,
)


def _lines(plan: Document) -> dict[BudgetCategory, PlanLine]:
    with reading() as session:
        found = session.exec(select(PlanLine).where(PlanLine.document_id == plan.id).order_by(PlanLine.position))
        return {line.category: line for line in found}


def _spent(cast: Cast, month: str, amount: str, category: BudgetCategory = BudgetCategory.PROJECTS) -> None:
    with writing() as session:
        row = Balance(month=month, department_id=cast.service.id, category=category, spent=Decimal(amount))
        session.add(row)


def _faults(cast: Cast, **changes: Any) -> list[tuple[str, str]]:
    found: list[Fault] = faults(sent_plan, cast, **changes)
    return [(fault.field, fault.key) for fault in found]


def _sheet(cast: Cast, **by_category: dict[str, Any]) -> list[dict[str, Any]]:
    """The form's sheet with some of its lines changed."""
    return [line | by_category.get(line["category"], {}) for line in plan_form(cast)["lines"]]


def _trim(plan: Document, category: BudgetCategory, amount: str, reason: str | None) -> dict[str, Any]:
    return {"lines": {"lines": {_lines(plan)[category].position: {"reviewed": amount, "review_reason": reason}}}}


# --- planning


def test_a_plan_goes_from_the_department_to_finance_and_waits_for_the_company(cast: Cast) -> None:
    """P7-6, P2-3.1"""
    plan = sent_plan(cast)
    assert ((plan.number or "").startswith("BP-202611-"), plan.amount) == (True, Decimal("15600.00"))
    assert asked(plan) == {"department_head"}
    plan = do(cast.department_head, plan, "approve")
    assert asked(plan) == {"finance_officer"}
    plan = do(cast.finance_officer, plan, "approve")
    assert (plan.state, plan.reached) == (State.DONE, ["approved"])
    assert detail(plan).reviewed_amount == Decimal("15600.00")


def test_it_opens_for_next_year_with_what_this_one_has_cost(cast: Cast) -> None:
    """P7-4: last year's actuals"""
    _spent(cast, "202603", "812.50")
    with reading() as session:
        form = blank(session, cast.clerk, "BP", NOW)
    assert (form["year"], form["planned_department_id"]) == (2027, cast.service.id)
    line = next(one for one in form["lines"] if one["category"] == "projects")
    assert (line["m03"], line["m04"]) == ("812.50", "0.00")


def test_all_six_categories_stand_on_it_each_once(cast: Cast) -> None:
    """P7-5, P2-3.2: daily service, equipment for repairs and training are among them"""
    found = list(_lines(sent_plan(cast)))
    assert found == list(BudgetCategory)
    assert {BudgetCategory.PROJECTS, BudgetCategory.EQUIPMENT, BudgetCategory.TRAINING} < set(found)
    five = plan_form(cast)["lines"][:5]
    assert ("lines", "fault.no_lines") in _faults(cast, year=2026, lines=five)
    twice = [*five, five[0]]
    assert _faults(cast, year=2026, lines=twice) == [("category", "BP.fault.category_twice")]


def test_what_last_year_cost_is_kept_beside_each_category(cast: Cast) -> None:
    """P7-4"""
    _spent(cast, "202602", "300.00")
    _spent(cast, "202611", "40.00")
    line = _lines(sent_plan(cast))[BudgetCategory.PROJECTS]
    assert (line.last_amount, line.year_amount) == (Decimal("340.00"), Decimal("14400.00"))


def test_it_says_why_in_all_four_ways(cast: Cast) -> None:
    """P2-3.3, P7-4: demand, quality, technical level and the year's work are weighed"""
    found = _faults(cast, demand="", product_quality=" ", technical_level=None, work_plan="—")
    assert found == [(name, "fault.required") for name in ("demand", "product_quality", "technical_level", "work_plan")]


def test_an_open_month_is_nothing_planned(cast: Cast) -> None:
    plan = sent_plan(cast, lines=_sheet(cast, projects={"m02": None, "m03": ""}))
    assert plan.amount == Decimal("13200.00")
    assert _lines(plan)[BudgetCategory.PROJECTS].m02 == Decimal("0.00")


def test_a_line_copied_out_of_a_spreadsheet_is_understood_as_it_was_shown(cast: Cast) -> None:
    """P2-3.1: thousands, a currency, blanks, digits of an input method, and the dash that stands for a nought"""
    shown = ["1,234.50", " ¥ 2,000.00 ", " -   ", "１２００", "1 200.00", "", *["0"] * 6]
    plan = sent_plan(cast, lines=_sheet(cast, projects=dict(zip(MONTHS, shown, strict=True))))
    line = _lines(plan)[BudgetCategory.PROJECTS]
    months = [getattr(line, name) for name in MONTHS]
    assert months[:6] == [Decimal(one) for one in ("1234.50", "2000.00", "0.00", "1200.00", "1200.00", "0.00")]
    assert line.year_amount == Decimal("5634.50")


# --- sums and spreads


def _filled(session: Any, cast: Cast, lines: Any) -> Filled:
    return check(session, cast.clerk, "BP", plan_form(cast, lines=lines), NOW)[0]


def test_quarters_and_the_year_are_the_sums_of_the_months(cast: Cast) -> None:
    """P2-3.1: monthly, quarterly and yearly"""
    _spent(cast, "202605", "4000.00")
    with reading() as session:
        sums = sums_while_typed(LINES, _filled(session, cast, _sheet(cast, projects={"m01": "5000.05"})))
    projects = next(one for one in sums if one.name == BudgetCategory.PROJECTS)
    assert projects.quarters == tuple(map(Decimal, ("7400.05", "3600.00", "3600.00", "3600.00")))
    assert (projects.year, projects.before, projects.change) == (
        Decimal("18200.05"), Decimal("4000.00"), Decimal("355.0")
    )  # fmt: skip
    assert (sums[-1].name, sums[-1].year) == (None, Decimal("19400.05"))


def test_a_typed_year_is_spread_evenly_or_as_last_year(cast: Cast) -> None:
    """P2-3.1: to the fen"""
    _spent(cast, "202603", "100.00")
    _spent(cast, "202604", "300.00")
    rows = _sheet(cast, projects={"year_total": "1000.01"}, other={"year_total": "viel"})
    with reading() as session:
        even = spread_totals(LINES, rows)
        shaped = spread_totals(LINES, rows, _filled(session, cast, rows))
    by_name = {row["category"]: row for row in even}
    assert [by_name["projects"][name] for name in MONTHS] == [*["83.34"] * 5, *["83.33"] * 7]
    assert by_name["other"] == next(row for row in rows if row["category"] == "other")
    projects = next(row for row in shaped if row["category"] == "projects")
    assert (projects["m03"], projects["m04"], projects["m05"]) == ("250.00", "750.01", "0.00")
    sent = sent_plan(cast, lines=[row | {"year_total": None} if row["category"] == "other" else row for row in shaped])
    assert _lines(sent)[BudgetCategory.PROJECTS].year_amount == Decimal("1000.01")


def test_the_sheet_is_filled_from_last_years_actuals_its_budget_or_nothing(cast: Cast) -> None:
    """P7-4"""
    with writing() as session:
        place = {"month": "202606", "department_id": cast.service.id, "category": BudgetCategory.PROJECTS}
        session.add(Balance(**place, budget=Decimal("900.00"), spent=Decimal("700.00")))
    with reading() as session:
        filled = _filled(session, cast, _sheet(cast))
        june = [
            next(row for row in filled_from(LINES, source, filled) if row["category"] == "projects")["m06"]
            for source in ("BP.from.spent", "BP.from.budget", "BP.from.nothing")
        ]
    assert june == ["700.00", "900.00", "0.00"]


def test_a_typed_year_that_is_not_its_months_is_a_fault(cast: Cast) -> None:
    lines = _sheet(cast, projects={"year_total": "14400.01"})
    (fault,) = faults(sent_plan, cast, lines=lines)
    assert (fault.field, fault.key, fault.facts) == (
        "year_total", "BP.fault.total_differs", {"sum": Decimal("14400.00")}
    )  # fmt: skip
    assert fault.line == list(BudgetCategory).index(BudgetCategory.PROJECTS) + 1
    kept = sent_plan(cast, lines=_sheet(cast, projects={"year_total": "14,400"}))
    assert _lines(kept)[BudgetCategory.PROJECTS].year_total is None, "the months say it from now on"


@pytest.mark.parametrize(
    ("month", "key"),
    [
        ("-1", "fault.at_least"),
        ("1.005", "fault.decimals"),
        ("viel", "fault.number"),
        ("=1+1", "fault.number"),
        ("100000000.01", "fault.at_most"),
    ],
)
def test_a_month_is_an_amount(cast: Cast, month: str, key: str) -> None:
    (fault,) = faults(sent_plan, cast, lines=_sheet(cast, training={"m07": month}))
    assert (fault.field, fault.key, fault.table, fault.line) == ("m07", key, "lines", 3)


def test_a_plan_of_nothing_is_none(cast: Cast) -> None:
    empty = [plan_line(category.value, "0.00") for category in BudgetCategory]
    assert _faults(cast, lines=empty) == [("lines", "BP.fault.nothing_planned")]


# --- whose, and for when


@pytest.mark.parametrize(
    ("year", "key"), [(2025, "BP.fault.year_far"), (2028, "BP.fault.year_far"), ("x", "fault.whole")]
)
def test_a_plan_is_for_this_year_or_the_next(cast: Cast, year: Any, key: str) -> None:
    assert _faults(cast, year=year) == [("year", key)]


def test_clerk_and_head_plan_for_their_own_department(cast: Cast) -> None:
    with reading() as session:
        offered = {
            login: [one.value for one in own_departments(session, getattr(cast, login), NOW)]
            for login in ("clerk", "department_head", "finance_head", "engineer")
        }
    own = [cast.service.id]
    assert offered == {"clerk": own, "department_head": own, "finance_head": [cast.finance.id], "engineer": []}
    assert _faults(cast, planned_department_id=cast.service2.id) == [("planned_department_id", "fault.option")]


def test_nobody_else_begins_one(cast: Cast) -> None:
    for person in (cast.engineer, cast.stranger, cast.general_manager, cast.finance_officer, cast.administrator):
        assert refusal(draft, person, "BP", {}).key == "draft.may_not_start"


def test_the_plan_is_the_named_departments_whoever_works_where(cast: Cast) -> None:
    """The clerk of the office may keep another department's books: its own head is asked."""
    hold(cast.office_director, Role.CLERK, cast.service2)
    plan = sent_plan(cast, cast.office_director)
    assert plan.department_id == cast.service2.id
    assert asked(plan) == {"other_head"}
    assert may(cast.clerk, plan) == set()


def test_a_head_does_not_decide_on_his_own_plan(cast: Cast) -> None:
    assert asked(sent_plan(cast, cast.department_head)) == {"vice_president"}


def test_a_stranger_learns_nothing_of_it(cast: Cast) -> None:
    plan = sent_plan(cast)
    for person in (cast.stranger, cast.engineer, cast.other_head):
        assert refusal(do, person, plan, "approve").key == "access.not_found"


# --- one a year


def test_a_second_plan_for_the_year_is_refused_with_the_first_ones_number(cast: Cast) -> None:
    """P7-4"""
    first = sent_plan(cast)
    (fault,) = faults(sent_plan, cast, cast.department_head)
    assert (fault.field, fault.key, fault.facts) == ("year", "BP.fault.planned_already", {"number": first.number})
    assert sent_plan(cast, cast.department_head, year=2026).state == State.RUNNING


@pytest.mark.parametrize("end", ["withdraw", "reject", "reverse"])
def test_once_it_stands_no_more_another_one_may(cast: Cast, end: str) -> None:
    plan = reviewed_plan(cast) if end == "reverse" else sent_plan(cast)
    if end == "reverse":
        plan = do(cast.clerk, plan, "reverse", note="重做")
        move(cast, plan)
        assert reload(plan).state == State.REVERSED
    else:
        do(cast.clerk if end == "withdraw" else cast.department_head, plan, end)
    assert sent_plan(cast).state == State.RUNNING


def test_a_returned_plan_stands_and_comes_back_as_itself(cast: Cast) -> None:
    plan = do(cast.department_head, sent_plan(cast), "return")
    assert _faults(cast) == [("year", "BP.fault.planned_already")]
    retype(cast.clerk, plan, lines=_sheet(cast, training={"m01": "200.00"}))
    assert do(cast.clerk, plan, "submit").amount == Decimal("15700.00")


def test_of_two_sent_in_one_instant_one_is_refused(cast: Cast) -> None:
    """P7-4: both were checked before either was stored."""
    plans = [(cast.clerk, drafted_plan(cast)), (cast.department_head, drafted_plan(cast, cast.department_head))]
    ready, ends = threading.Barrier(2), []

    def send(who: Any, plan: Document) -> None:
        ready.wait()
        try:
            with writing() as session:
                act(session, who, plan.id, "submit", now=NOW)
            ends.append("sent")
        except Refused as refused:
            ends.append(refused.key)

    threads = [threading.Thread(target=send, args=one) for one in plans]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(ends) == ["fault.summary", "sent"]
    with reading() as session:
        assert len(session.exec(select(StandingBudget)).all()) == 1


# --- the review


def test_finance_trims_with_a_reason_and_it_is_not_sent_back(cast: Cast) -> None:
    """P7-6"""
    plan = do(cast.department_head, sent_plan(cast), "approve")
    plan = do(cast.finance_officer, plan, "approve", **_trim(plan, BudgetCategory.PROJECTS, "12000.01", "按上年水平"))
    assert (plan.state, plan.amount) == (State.DONE, Decimal("15600.00"))
    assert detail(plan).reviewed_amount == Decimal("13200.01")
    line = _lines(plan)[BudgetCategory.PROJECTS]
    months = reviewed_months(line)
    assert (sum(months), months[0], months[11]) == (Decimal("12000.01"), Decimal("1000.01"), Decimal("1000.00"))
    assert reviewed_months(_lines(plan)[BudgetCategory.TRAINING]) == [Decimal("100.00")] * 12


@pytest.mark.parametrize("reason", [None, "  ", "-"])
def test_a_trim_needs_its_reason(cast: Cast, reason: str | None) -> None:
    plan = do(cast.department_head, sent_plan(cast), "approve")
    refused = refusal(
        do, cast.finance_officer, plan, "approve", **_trim(plan, BudgetCategory.PROJECTS, "100.00", reason)
    )
    assert refused.key == "BP.refused.trimmed_without_reason"
    assert reload(plan).step == "budget_review"


def test_finance_adds_nothing(cast: Cast) -> None:
    """P7-6: what a department did not plan nobody plans for it."""
    plan = do(cast.department_head, sent_plan(cast), "approve")
    more = _trim(plan, BudgetCategory.PROJECTS, "14400.01", "更多")
    assert refusal(do, cast.finance_officer, plan, "approve", **more).key == "BP.refused.reviewed_above"
    negative = _trim(plan, BudgetCategory.PROJECTS, "-1", "负数")
    assert [one.key for one in faults(do, cast.finance_officer, plan, "approve", **negative)] == ["fault.at_least"]


def test_only_finance_reviews(cast: Cast) -> None:
    plan = do(cast.department_head, sent_plan(cast), "approve")
    for person in (cast.clerk, cast.department_head, cast.finance_head, cast.accountant, cast.general_manager):
        assert "approve" not in may(person, plan)
