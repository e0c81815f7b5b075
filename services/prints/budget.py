"""What stands on the papers of the budget: a department's plan, the company's budget (P2-3, P7-6)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import (
    BudgetCategory,
    BudgetPlan,
    BudgetPlanForm,
    CompanyBudget,
    CompanyBudgetForm,
    CompanyBudgetLine,
    CompanyBudgetLineForm,
    Department,
    Document,
    PlanLine,
    PlanLineForm,
)
from services.capitals import in_capitals
from services.money.ledger import NOTHING
from services.prints.values import breakable, detail, fen, lines
from services.texts import term_of, text

Data = dict[str, Any]
_MONTHS = tuple(f"m{month:02d}" for month in range(1, 13))


def plan_data(session: Session, document: Document, language: str) -> Data:
    """The budget plan (预算编制): every category month by month with its quarters, beside last year, and why."""
    plan = detail(session, document, BudgetPlan, BudgetPlanForm)
    sheet = lines(session, document, "lines", PlanLine, PlanLineForm)
    department = session.get(Department, plan.planned_department_id) if plan.planned_department_id else None
    months = [[getattr(line, name) or NOTHING for name in _MONTHS] for line in sheet]
    names = [text(language, term_of(line.category).key) if line.category else "" for line in sheet]
    whole = [sum(column, NOTHING) for column in zip(*months, strict=True)] or [NOTHING] * 12
    last = [line.last_amount or NOTHING for line in sheet]
    reviewed = [line.reviewed for line in sheet]
    left = plan.reviewed_amount if plan.reviewed_amount is not None else sum(whole, NOTHING)
    return {
        "department": department.name if department else "",
        "year": str(plan.year or ""),
        "halves": [
            {
                "heads": _heads(language, start),
                "rows": [
                    [name, *_with_quarters(line[start : start + 6])] for name, line in zip(names, months, strict=True)
                ],
                "sums": _with_quarters(whole[start : start + 6]),
            }
            for start in (0, 6)
        ],
        "years": [
            {
                "name": name,
                "last": fen(before),
                "planned": fen(sum(line, NOTHING)),
                "reviewed": fen(left_of),
                "reason": breakable(one.review_reason),
            }
            for name, before, line, left_of, one in zip(names, last, months, reviewed, sheet, strict=True)
        ],
        "last": fen(sum(last, NOTHING)),
        "planned": fen(sum(whole, NOTHING)),
        "reviewed": fen(plan.reviewed_amount),
        "capitals": in_capitals(left),
        "why": [
            [text(language, f"BP.field.{name}"), breakable(getattr(plan, name))]
            for name in ("demand", "product_quality", "technical_level", "work_plan")
        ],
    }


def company_data(session: Session, document: Document, language: str) -> Data:
    """The company's budget (公司售后服务预算): department by category, last year beneath, and the ceiling (P7-6)."""
    budget = detail(session, document, CompanyBudget, CompanyBudgetForm)
    plans = lines(session, document, "plans", CompanyBudgetLine, CompanyBudgetLineForm)
    columns = [*(category.value for category in BudgetCategory), "year_amount"]
    last = [*(f"last_{category.value}" for category in BudgetCategory), "last_amount"]
    whole = sum((line.year_amount or NOTHING for line in plans), NOTHING)
    return {
        "year": str(budget.year or ""),
        "basis": breakable(budget.basis),
        "heads": [text(language, term_of(category).key) for category in BudgetCategory],
        "rows": [
            {
                "name": session.get_one(Department, line.planned_department_id).name,
                "number": session.get_one(Document, line.plan_id).number or "",
                "planned": [fen(getattr(line, name) or NOTHING) for name in columns],
                "last": [fen(getattr(line, name) or NOTHING) for name in last],
            }
            for line in plans
        ],
        "planned": [fen(sum((getattr(line, name) or NOTHING for line in plans), NOTHING)) for name in columns],
        "last": [fen(sum((getattr(line, name) or NOTHING for line in plans), NOTHING)) for name in last],
        "ceiling": fen(budget.ceiling),
        "capitals": in_capitals(whole),
    }


def _heads(language: str, start: int) -> list[str]:
    months = [text(language, f"BP.field.{name}") for name in _MONTHS[start : start + 6]]
    first, second = (text(language, f"budget.q{start // 3 + place}") for place in (1, 2))
    return [*months[:3], first, *months[3:], second]


def _with_quarters(months: Sequence[Decimal]) -> list[int | None]:
    """Six months in fen, with the sum of each three after them."""
    return [fen(one) for part in (months[:3], months[3:]) for one in (*part, sum(part, NOTHING))]
