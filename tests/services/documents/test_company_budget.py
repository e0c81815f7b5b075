"""Company budget: the reviewed plans of all departments under one ceiling, approved and issued (P2-3.4, P7-6, P7-7)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import Balance, BudgetCategory, CompanyBudgetLine, Document, LedgerEntry, Posting, State
from services.database import reading, writing
from services.documents.drafts import blank
from services.errors import Fault
from services.money.control import is_issued
from services.money.ledger import problems
from services.money.years import planned_in
from tests.factories import NOW, Cast
from tests.story import (
    asked,
    company_form,
    detail,
    do,
    draft,
    drafted_company_budget,
    events,
    faults,
    issued_budget,
    may,
    move,
    plan_line,
    refusal,
    reviewed_plan,
    sent_company_budget,
    sent_plan,
    told,
)


def _lines(budget: Document) -> list[CompanyBudgetLine]:
    with reading() as session:
        found = select(CompanyBudgetLine).where(CompanyBudgetLine.document_id == budget.id)
        return list(session.exec(found.order_by(col(CompanyBudgetLine.position))))


def _spent(cast: Cast, month: str, amount: str) -> None:
    with writing() as session:
        place = {"month": month, "department_id": cast.service.id, "category": BudgetCategory.PROJECTS}
        session.add(Balance(**place, spent=Decimal(amount)))


def _faults(attempt: Any, *what: Any, **how: Any) -> list[tuple[str, str]]:
    found: list[Fault] = faults(attempt, *what, **how)
    return [(fault.field, fault.key) for fault in found]


def _head_of_finance_plans(cast: Cast) -> Document:
    """Finance's own plan: 600 a month for the other category."""
    sheet = [plan_line(category.value, "600.00" if category == "other" else "0.00") for category in BudgetCategory]
    return reviewed_plan(cast, cast.finance_head, lines=sheet)


# --- drawing it up


def test_it_puts_the_reviewed_plans_side_by_side_with_last_year(cast: Cast) -> None:
    """P7-6: finance consolidates"""
    _spent(cast, "202605", "4000.00")
    mine, finance = reviewed_plan(cast), _head_of_finance_plans(cast)
    budget = sent_company_budget(cast, cast.finance_head, ceiling="30000.00")
    first, second = _lines(budget)
    assert (first.plan_id, second.plan_id) == (mine.id, finance.id)
    assert (first.projects, first.training, first.year_amount) == (
        Decimal("14400.00"), Decimal("1200.00"), Decimal("15600.00")
    )  # fmt: skip
    assert (first.last_projects, first.last_training, first.last_amount) == (
        Decimal("4000.00"), Decimal("0.00"), Decimal("4000.00")
    )  # fmt: skip
    assert (budget.amount, asked(budget)) == (Decimal("22800.00"), {"general_manager"})


def test_a_plan_that_finance_has_not_reviewed_is_not_in_it(cast: Cast) -> None:
    """P7-6"""
    sent_plan(cast)
    assert ("plans", "fault.nothing_drawn") in _faults(sent_company_budget, cast, cast.finance_head)


def test_only_the_head_of_finance_begins_one(cast: Cast) -> None:
    reviewed_plan(cast)
    for person in (cast.finance_officer, cast.finance_vp, cast.general_manager, cast.department_head, cast.engineer):
        assert refusal(draft, person, "CB", company_form(cast)).key == "draft.may_not_start"
    with reading() as session:
        assert blank(session, cast.finance_head, "CB", NOW) == {"year": 2027}


def test_departments_without_a_plan_and_a_sum_above_the_ceiling_need_a_reason(cast: Cast) -> None:
    """P2-3.4: the plan fits the business plan and the profit target, or says why not"""
    assert _faults(sent_company_budget, cast, reasons={}) == [("reasons", "fault.reason_needed")]
    found = _faults(sent_company_budget, cast, cast.finance_head, ceiling="15599.99")
    assert found == [("reasons", "fault.reason_needed")]
    at_the_ceiling = sent_company_budget(cast, cast.finance_head, ceiling="15600.00")
    assert at_the_ceiling.state == State.RUNNING
    above = company_form(cast)["reasons"] | {"above 15599.99 15600.00": "地铁新线质保期"}
    do(cast.finance_head, at_the_ceiling, "withdraw")
    assert sent_company_budget(cast, cast.finance_head, ceiling="15599.99", reasons=above).state == State.RUNNING


@pytest.mark.parametrize(("year", "key"), [(2025, "CB.fault.year_far"), (2028, "CB.fault.year_far")])
def test_a_budget_is_for_this_year_or_the_next(cast: Cast, year: int, key: str) -> None:
    assert ("year", key) in _faults(sent_company_budget, cast, year=year)


def test_there_is_one_a_year(cast: Cast) -> None:
    """P7-7"""
    first = sent_company_budget(cast)
    (fault,) = [one for one in faults(sent_company_budget, cast, cast.finance_head) if one.field == "year"]
    assert (fault.key, fault.facts) == ("CB.fault.budgeted_already", {"number": first.number})
    do(cast.general_manager, first, "reject")
    assert sent_company_budget(cast, cast.finance_head).state == State.RUNNING


def test_a_plan_that_is_in_it_stays_as_it_is(cast: Cast) -> None:
    """P7-7"""
    plan = reviewed_plan(cast)
    budget = sent_company_budget(cast, cast.finance_head)
    refused = refusal(do, cast.clerk, plan, "reverse", note="重做")
    assert (refused.key, refused.facts) == ("BP.refused.in_company_budget", {"number": budget.number})
    do(cast.finance_head, budget, "withdraw")
    assert do(cast.clerk, plan, "reverse", note="重做").state == State.REVERSING


# --- approving and issuing


def test_the_general_manager_approves_and_finance_issues(cast: Cast) -> None:
    """P7-6, P2-3.1: each month of each category is posted"""
    plan = reviewed_plan(cast)
    budget = do(cast.general_manager, sent_company_budget(cast, cast.finance_head), "approve")
    assert asked(budget) == {"finance_officer"}
    with reading() as session:
        assert not is_issued(session, cast.service.id, "2027")
    budget = do(cast.finance_officer, budget, "complete")
    assert budget.state == State.DONE
    with reading() as session:
        issued = planned_in(session, cast.service.id, 2027)
        entries = session.exec(select(LedgerEntry).where(LedgerEntry.document_id == budget.id)).all()
        assert list(problems(session)) == []
        assert is_issued(session, cast.service.id, "2027")
    assert issued[BudgetCategory.PROJECTS] == [Decimal("1200.00")] * 12
    assert issued[BudgetCategory.SALARIES] == [Decimal("0.00")] * 12
    assert {entry.posting for entry in entries} == {Posting.ISSUED}
    assert sum(entry.amount for entry in entries) == budget.amount
    assert detail(plan).company_budget_id == budget.id


def test_what_finance_left_is_issued_to_the_fen(cast: Cast) -> None:
    """P7-6"""
    plan = do(cast.department_head, sent_plan(cast), "approve")
    place = list(BudgetCategory).index(BudgetCategory.PROJECTS) + 1
    trim = {"lines": {"lines": {place: {"reviewed": "10000.00", "review_reason": "按上年"}}}}
    do(cast.finance_officer, plan, "approve", **trim)
    budget = move(cast, sent_company_budget(cast, cast.finance_head), until="issue")
    do(cast.finance_officer, budget, "complete")
    with reading() as session:
        months = planned_in(session, cast.service.id, 2027)[BudgetCategory.PROJECTS]
    assert (sum(months), months[0], months[11]) == (Decimal("10000.00"), Decimal("833.34"), Decimal("833.33"))


def test_the_departments_are_told(cast: Cast) -> None:
    """P7-6: finance issues to the departments"""
    plan = reviewed_plan(cast)
    budget = do(cast.general_manager, sent_company_budget(cast, cast.finance_head), "approve")
    assert "issue" not in told(cast.clerk)
    do(cast.finance_officer, budget, "complete")
    assert told(cast.clerk)[-1] == "issue"
    assert (events(plan)[-1].action, events(plan)[-1].data["name"]) == ("issue", budget.number)


def test_nobody_else_approves_or_issues(cast: Cast) -> None:
    budget = sent_company_budget(cast)
    for person in (cast.finance_head, cast.finance_vp, cast.finance_officer, cast.accountant):
        assert "approve" not in may(person, budget)
    budget = do(cast.general_manager, budget, "approve")
    for person in (cast.finance_head, cast.general_manager, cast.accountant, cast.cashier):
        assert "complete" not in may(person, budget)


def test_a_department_does_not_read_what_others_plan(cast: Cast) -> None:
    budget = sent_company_budget(cast)
    for person in (cast.stranger, cast.engineer, cast.clerk, cast.department_head, cast.vice_president):
        assert refusal(do, person, budget, "approve").key == "access.not_found"


def test_an_issued_budget_is_not_undone(cast: Cast) -> None:
    """P7-7: only a budget adjustment changes it"""
    budget = issued_budget(cast)
    for person in (cast.finance_head, cast.general_manager, cast.finance_officer):
        assert may(person, budget) == {"comment"}
        assert refusal(do, person, budget, "reverse", note="重做").key == "action.not_allowed"
    assert _faults(sent_company_budget, cast, cast.finance_head) == [
        ("plans", "fault.nothing_drawn"), ("year", "CB.fault.budgeted_already")
    ]  # fmt: skip


# --- not below what is spent


def test_it_is_not_below_what_is_spent_already(cast: Cast) -> None:
    """P7-6: of a year that runs; at the amount it passes, a fen above it does not"""
    _spent(cast, "202602", "2400.00")
    reviewed_plan(cast, year=2026)
    assert sent_company_budget(cast, cast.finance_head, year=2026).state == State.RUNNING


def test_a_fen_more_is_refused(cast: Cast) -> None:
    _spent(cast, "202602", "2400.01")
    reviewed_plan(cast, year=2026)
    (fault,) = faults(sent_company_budget, cast, cast.finance_head, year=2026)
    assert (fault.key, fault.table, fault.line) == ("CB.fault.below_spent", "plans", 1)
    assert fault.facts["month"] == "2026-02" and fault.facts["spent"] == Decimal("2400.01")


def test_what_was_spent_since_it_was_sent_counts_too(cast: Cast) -> None:
    reviewed_plan(cast, year=2026)
    budget = do(cast.general_manager, sent_company_budget(cast, cast.finance_head, year=2026), "approve")
    _spent(cast, "202601", "1200.01")
    assert refusal(do, cast.finance_officer, budget, "complete").key == "CB.refused.below_spent"
    with reading() as session:
        assert not is_issued(session, cast.service.id, "2026")


def test_an_early_month_may_carry_a_later_one(cast: Cast) -> None:
    """The control adds the plan up to the month: what was not spent before may be spent later."""
    _spent(cast, "202603", "3600.00")
    reviewed_plan(cast, year=2026)
    assert sent_company_budget(cast, cast.finance_head, year=2026).state == State.RUNNING


def test_a_draft_follows_the_plans_until_it_is_sent(cast: Cast) -> None:
    budget = drafted_company_budget(cast)
    assert budget.amount == Decimal("15600.00")
    _head_of_finance_plans(cast)
    found = _faults(do, cast.finance_head, budget, "submit")
    assert found == [("reasons", "fault.reason_needed")] * 2, (
        "fewer are without a plan, and the sum is above the ceiling"
    )
    assert _lines(budget) == []
