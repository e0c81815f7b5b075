"""What stands on a cost entry (成本计提单) as it is printed (P8-4.1, P8-4.2)."""

from typing import Any

from sqlmodel import Session

from models import CostEntry, CostEntryForm, CostEntryLine, CostEntryLineForm, Document, ExpenseType
from services.capitals import in_capitals
from services.money.ledger import NOTHING
from services.months import month_said
from services.prints.values import breakable, detail, fen, lines
from services.texts import said, text

Data = dict[str, Any]
_HEADS = ("field.expense_type_id", "CE.field.basis", "field.cost_element", "field.amount")


def entry_data(session: Session, document: Document, language: str) -> Data:
    """Month, each cost with its element and its basis, and what they add up to."""
    own = detail(session, document, CostEntry, CostEntryForm)
    found = [*lines(session, document, "lines", CostEntryLine, CostEntryLineForm)]
    whole = sum((one.amount or NOTHING for one in found), NOTHING)
    total = {"label": text(language, "form.total"), "fen": fen(whole), "capitals": in_capitals(whole) if whole else ""}
    rows = [_row(session, one, language) for one in found]
    return {
        "facts": [[text(language, "CE.field.month"), month_said(own.month)]],
        "amounts": [total],
        "tables": [
            {
                "heading": text(language, "CE.section.lines"),
                "heads": [text(language, key) for key in _HEADS],
                "rows": rows,
            }
        ],
        "texts": [[text(language, "CE.field.remarks"), breakable(own.remarks or "")]],
    }


def _row(session: Session, one: Any, language: str) -> list[Any]:
    kind = session.get(ExpenseType, one.expense_type_id) if one.expense_type_id else None
    name = (kind.name_en if language == "en" else kind.name) if kind else ""
    element = said(language, kind.cost_element) if kind else ""
    return [name, breakable(one.basis or ""), element, fen(one.amount)]
