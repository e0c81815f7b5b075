"""What stands on the papers that change lines of the budget: the request for money outside of it (P2-4.1)."""

from typing import Any

from sqlmodel import Session

from models import BudgetRequest, BudgetRequestForm, Document
from services.capitals import in_capitals
from services.months import month_said
from services.prints.values import breakable, detail, fen
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


def _amount(language: str, key: str, amount: Any) -> Data:
    return {"label": text(language, key), "fen": fen(amount), "capitals": in_capitals(amount) if amount else ""}
