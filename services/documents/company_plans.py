"""All departments' plans in the company's budget: drawn side by side with last year, watched, and issued (P7-6)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlmodel import Session, col, select

from models import (
    BudgetCategory,
    BudgetPlan,
    CompanyBudget,
    CompanyBudgetLine,
    CompanyBudgetLineForm,
    Department,
    Document,
    Person,
    PlanLine,
    Posting,
    State,
)
from services.audit import record
from services.database import one_at_a_time
from services.documents.kind import Filled, Lines, lines_of
from services.documents.plan_lines import LINES, reviewed_months
from services.documents.standing import NOT_STANDING
from services.errors import Fault, Refused, Warned
from services.money import ledger
from services.money.control import is_issued
from services.money.ledger import NOTHING, BudgetLine
from services.money.years import planned_in, running_sums, spent_in
from services.notices import tell
from services.texts import term_of

ISSUE = "issue"
"""What a plan's own trail and its author are told when the company's budget is issued."""
_NAMES = [category.value for category in BudgetCategory]
_LAST = {name: f"last_{name}" for name in _NAMES}


def reviewed_plans(filled: Filled) -> list[dict[str, Any]]:
    """Every department's reviewed plan of the year that is not issued yet: by category, with the year before."""
    year = filled.values.get("year")
    if year is None:
        return []
    statement = (
        select(BudgetPlan)
        .join(Document, col(Document.id) == BudgetPlan.document_id)
        .where(BudgetPlan.year == year, Document.state == State.DONE, col(BudgetPlan.company_budget_id).is_(None))
        .order_by(col(BudgetPlan.planned_department_id))
    )
    return [_line(filled.session, plan) for plan in filled.session.exec(statement)]


_BENEATH: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {
    ("planned_department_id",): (("plan_id",),),
    **{(name,): ((last,),) for name, last in _LAST.items()},
    ("year_amount",): (("last_amount",),),
}
PLANS = Lines(
    "plans",
    CompanyBudgetLine,
    CompanyBudgetLineForm,
    ("plan_id", "planned_department_id", *_NAMES, "year_amount", *_LAST.values(), "last_amount"),
    most=200,
    shown=(("planned_department_id",), *((name,) for name in _NAMES), ("year_amount",)),
    beneath=_BENEATH,
    total=True,
    drawn=reviewed_plans,
)


def budgeted(filled: Filled) -> Decimal | None:
    """What all plans come to."""
    return _sum(filled.lines["plans"], "year_amount") or None


def nothing_below_spent(filled: Filled) -> Iterator[Fault]:
    """What is already spent of the year is within its plan (issue of a budget while its year runs)."""
    for number, line in enumerate(filled.lines["plans"], start=1):
        for below in _below_spent(filled.session, line["plan_id"]):
            yield Fault(below["category"].value, "CB.fault.below_spent", _said(below), "plans", number)
            break


def warnings(filled: Filled) -> Iterator[Warned]:
    """Departments without a reviewed plan, and a sum above the ceiling: sent with a reason (P2-3.4, P7-6)."""
    if not filled.has("year") or not filled.lines["plans"]:
        return
    yield from _odd(filled.session, filled.values.get("ceiling"), filled.lines["plans"])


def watched(session: Session, reader: Person, document: Document, now: datetime) -> Iterator[Warned]:
    """The same of a budget on its way, for the general manager."""
    lines: list[CompanyBudgetLine] = lines_of(session, document, PLANS)
    budget = session.get_one(CompanyBudget, document.id)
    yield from _odd(session, budget.ceiling, [line.model_dump() for line in lines])


def issue(session: Session, document: Document, now: datetime) -> None:
    """Every plan in it is issued: each month of each category is the department's to spend (P7-6).

    Raises `Refused` where a plan stands no more or a category would be below what is already spent.
    """
    ledger.hold(session)
    for line in lines_of(session, document, PLANS):
        plan, paper = session.get_one(BudgetPlan, line.plan_id), session.get_one(Document, line.plan_id)
        if paper.state != State.DONE or plan.company_budget_id is not None:
            raise Refused("CB.refused.plan_gone", number=paper.number or "")
        for below in _below_spent(session, line.plan_id):
            raise Refused("CB.refused.below_spent", number=paper.number or "", **_said(below))
        ledger.allot(session, document, Posting.ISSUED, _budget_lines(session, plan), now)
        plan.company_budget_id = document.id
        session.add(plan)
        record(session, now=now, action=ISSUE, document=paper, data={"name": document.number})
        tell(session, {paper.applicant_id, paper.created_by_id, paper.keeper_id}, ISSUE, paper, now)


def company_budget_is_issued(session: Session, year: int) -> bool:
    """Has finance issued the company's budget of a year (P7-6)?"""
    its = select(Document.id).join(CompanyBudget, col(CompanyBudget.document_id) == Document.id)
    return session.exec(its.where(CompanyBudget.year == year, Document.state == State.DONE)).first() is not None


def came_too_late(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """A reviewed plan that the company's issued budget does not hold: its department has no budget yet, and gets one by
    a budget adjustment.
    """
    plan = session.get(BudgetPlan, document.id)
    if plan is None or document.state != State.DONE or plan.company_budget_id is not None:
        return False
    return company_budget_is_issued(session, plan.year) and not is_issued(
        session, plan.planned_department_id, str(plan.year)
    )


def lines_of_plan(session: Session, document: Document) -> list[BudgetLine]:
    """What a reviewed plan would give, its closed months in the next open ones; months of nothing left out (P2-2.4)."""
    summed: dict[tuple[BudgetCategory, str], BudgetLine] = {}
    for line in _budget_lines(session, session.get_one(BudgetPlan, document.id)):
        month = ledger.open_month(session, line.department_id, line.month)
        if month is not None and line.amount:
            known = summed.get((line.category, month))
            amount = line.amount + (known.amount if known else NOTHING)
            summed[line.category, month] = replace(line, month=month, amount=amount)
    return list(summed.values())


def no_company_budget_stands_on_it(session: Session, document: Document, now: datetime) -> None:
    """A plan is not undone under the company's budget that holds it (P7-7: what is issued only BA changes)."""
    one_at_a_time(session, "submit CB")  # else one could be sent in the same instant
    holding = (
        select(Document.number)
        .join(CompanyBudgetLine, col(CompanyBudgetLine.document_id) == Document.id)
        .where(CompanyBudgetLine.plan_id == document.id, col(Document.state).not_in(NOT_STANDING))
    )
    if number := session.exec(holding).first():
        raise Refused("BP.refused.in_company_budget", number=number)


def _line(session: Session, plan: BudgetPlan) -> dict[str, Any]:
    reviewed = {line.category: line.reviewed or NOTHING for line in _plan_lines(session, plan.document_id)}
    spent = spent_in(session, plan.planned_department_id, plan.year - 1)
    before = {_LAST[category.value]: sum(months, NOTHING) for category, months in spent.items()}
    return {
        "plan_id": plan.document_id,
        "planned_department_id": plan.planned_department_id,
        **{category.value: reviewed.get(category, NOTHING) for category in BudgetCategory},
        "year_amount": sum(reviewed.values(), NOTHING),
        **before,
        "last_amount": sum(before.values(), NOTHING),
    }


def _plan_lines(session: Session, plan_id: int) -> list[PlanLine]:
    return lines_of(session, session.get_one(Document, plan_id), LINES)


def _budget_lines(session: Session, plan: BudgetPlan) -> Iterator[BudgetLine]:
    for line in _plan_lines(session, plan.document_id):
        for month, amount in enumerate(reviewed_months(line), start=1):
            yield BudgetLine(f"{plan.year}{month:02d}", plan.planned_department_id, line.category, amount)


def _below_spent(session: Session, plan_id: int) -> Iterator[dict[str, Any]]:
    """The first month of each category by which more is spent than planned, with what was granted before the issue."""
    plan = session.get_one(BudgetPlan, plan_id)
    spent = spent_in(session, plan.planned_department_id, plan.year)
    granted = planned_in(session, plan.planned_department_id, plan.year)
    for line in _plan_lines(session, plan_id):
        months = zip(reviewed_months(line), granted[line.category], strict=True)
        planned = running_sums(first + second for first, second in months)
        used = running_sums(spent[line.category])
        grows = [True, *(after > before for before, after in pairwise(used))]
        for month, (may, has) in enumerate(zip(planned, used, strict=True), start=1):
            if grows[month - 1] and has > may:
                yield {"category": line.category, "month": f"{plan.year}-{month:02d}", "spent": has, "planned": may}
                break


def _said(below: dict[str, Any]) -> dict[str, Any]:
    return below | {"category": term_of(below["category"])}


def _odd(session: Session, ceiling: Decimal | None, lines: Iterable[dict[str, Any]]) -> Iterator[Warned]:
    lines = list(lines)
    there = {line["planned_department_id"] for line in lines}
    missing = session.exec(
        select(Department.id, Department.name)
        .where(Department.active, col(Department.id).not_in(there))
        .order_by(col(Department.id))
    ).all()
    if missing:
        mark = "no plan " + "-".join(str(id) for id, _ in missing)
        names = " / ".join(name for _, name in missing)
        yield Warned(mark[:60], Fault("plans", "CB.warn.no_plan", {"departments": names, "count": len(missing)}))
    whole = _sum(lines, "year_amount")
    if ceiling is not None and whole > ceiling:
        facts = {"sum": whole, "ceiling": ceiling, "above": whole - ceiling}
        yield Warned(f"above {ceiling} {whole}", Fault("ceiling", "CB.warn.above_ceiling", facts))


def _sum(lines: Iterable[dict[str, Any]], name: str) -> Decimal:
    return sum((line.get(name) or NOTHING for line in lines), NOTHING)
