"""What stands on the papers that change lines of the budget: outside of it (P2-4.1), and adjusted (P7-7)."""

from typing import Any

from sqlmodel import Session

from models import (
    AdjustmentGiven,
    AdjustmentLineForm,
    AdjustmentTaken,
    BudgetAdjustment,
    BudgetAdjustmentForm,
    BudgetRequest,
    BudgetRequestForm,
    Department,
    Document,
)
from services.capitals import in_capitals
from services.money.ledger import NOTHING
from services.months import month_said
from services.prints.values import breakable, detail, fen, lines
from services.texts import said, text

Data = dict[str, Any]


def request_data(session: Session, document: Document, language: str) -> Data:
    """The out-of-budget request (预算外支出申请): which line, how much, for what, and what was weighed (P2-4.3)."""
    own = detail(session, document, BudgetRequest, BudgetRequestForm)
    paper = session.get(Document, own.for_id) if own.for_id else None
    facts = [
        [text(language, "OB.field.outside"), said(language, own.outside)],
        [text(language, "field.category"), said(language, own.category)],
        [text(language, "OB.field.month"), month_said(own.month)],
    ]
    if paper:
        facts.append([text(language, "field.for_id"), breakable(paper.number or paper.title)])
    amounts = [_amount(language, "field.outside_amount", own.outside_amount)]
    if own.granted_amount is not None:
        amounts.append(_amount(language, "field.granted_amount", own.granted_amount))
    return {
        "facts": facts,
        "amounts": amounts,
        "tables": [],
        "texts": [
            [text(language, f"OB.field.{name}"), breakable(getattr(own, name))]
            for name in ("reason", "demand", "satisfaction", "interest")
        ],
    }


def adjustment_data(session: Session, document: Document, language: str) -> Data:
    """The adjustment (预算调整单): which lines lose, which gain, and why (P7-7)."""
    own = detail(session, document, BudgetAdjustment, BudgetAdjustmentForm)
    tables: list[tuple[str, list[Any]]] = [
        ("taken", [*lines(session, document, "taken", AdjustmentTaken, AdjustmentLineForm)]),
        ("given", [*lines(session, document, "given", AdjustmentGiven, AdjustmentLineForm)]),
    ]
    return {
        "facts": [],
        "amounts": [
            _amount(language, f"BA.fact.{name}", sum((one.amount or NOTHING for one in rows), NOTHING))
            for name, rows in tables
        ],
        "tables": [
            {
                "heading": text(language, f"BA.section.{name}"),
                "heads": [text(language, key) for key in _HEADS],
                "rows": [_row(session, one, language) for one in rows],
            }
            for name, rows in tables
            if rows
        ],
        "texts": [[text(language, "BA.field.reason"), breakable(own.reason)]],
    }


_HEADS = ("field.department_id", "field.category", "BA.field.month", "field.amount")


def _row(session: Session, one: Any, language: str) -> list[Any]:
    department = session.get(Department, one.department_id) if one.department_id else None
    name = breakable(department.name if department else "")
    return [name, said(language, one.category), month_said(one.month), fen(one.amount)]


def _amount(language: str, key: str, amount: Any) -> Data:
    return {"label": text(language, key), "fen": fen(amount), "capitals": in_capitals(amount) if amount else ""}
