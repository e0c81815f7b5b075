"""What stands on the papers of the budget: a department's plan, the company's budget (P2-3, P7-6)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import BudgetPlan, BudgetPlanForm, Department, Document, PlanLine, PlanLineForm
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


def _heads(language: str, start: int) -> list[str]:
    months = [text(language, f"BP.field.{name}") for name in _MONTHS[start : start + 6]]
    first, second = (text(language, f"budget.q{start // 3 + place}") for place in (1, 2))
    return [*months[:3], first, *months[3:], second]


def _with_quarters(months: Sequence[Decimal]) -> list[int | None]:
    """Six months in fen, with the sum of each three after them."""
    return [fen(one) for part in (months[:3], months[3:]) for one in (*part, sum(part, NOTHING))]
