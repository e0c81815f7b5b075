"""What stands on a monthly settlement (月度费用结算单) as it is printed (P2-2.2, P7-9)."""

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from models import (
    Document,
    MonthlySettlement,
    MonthlySettlementForm,
    PaperWarning,
    SettlementCategory,
    SettlementCheck,
    SettlementCost,
)
from services.capitals import in_capitals
from services.months import month_said
from services.prints.values import breakable, detail, fen
from services.texts import said, text

Data = dict[str, Any]


def settlement_data(session: Session, document: Document, language: str) -> Data:
    """The month against its budget, its costs by element, the checklist, and what was explained."""
    own = detail(session, document, MonthlySettlement, MonthlySettlementForm)
    amount = document.amount
    return {
        "facts": [[text(language, "MS.field.month"), month_said(own.month)]],
        "amounts": [
            {
                "label": text(language, "form.total"),
                "fen": fen(amount),
                "capitals": in_capitals(amount) if amount else "",
            }
        ],
        "tables": [one for one in _tables(session, document, language) if one["rows"]],
        "texts": [*_texts(session, document, language), [text(language, "MS.field.remarks"), breakable(own.remarks)]],
    }


def _tables(session: Session, document: Document, language: str) -> Iterator[Data]:
    def said_last(one: Any) -> str:
        return said(language, one.last_spent)

    heads = ("field.category", "field.month_planned", "field.last_spent", "field.month_spent")
    rows = [
        [said(language, one.category), said(language, one.month_planned), said_last(one), fen(one.month_spent)]
        for one in _lines(session, document, SettlementCategory)
    ]
    yield _table(language, "MS.section.categories", heads, rows)
    heads = ("field.category", "field.cost_element", "field.last_spent", "field.element_spent")
    rows = [
        [said(language, one.category), said(language, one.cost_element), said_last(one), fen(one.element_spent)]
        for one in _lines(session, document, SettlementCost)
    ]
    yield _table(language, "MS.section.costs", heads, rows)


def _table(language: str, heading: str, heads: tuple[str, ...], rows: list[list[Any]]) -> Data:
    return {"heading": text(language, heading), "heads": [text(language, key) for key in heads], "rows": rows}


def _texts(session: Session, document: Document, language: str) -> Iterator[list[str]]:
    """Each point of the checklist with what is open, and what was explained."""
    for one in _lines(session, document, SettlementCheck):
        done = text(language, "MS.print.in")
        open_ = text(language, "month_end.open", count=one.open_count, owners=one.owners or "")
        yield [said(language, one.item), breakable(open_ if one.open_count else done)]
    explained = select(PaperWarning).where(PaperWarning.document_id == document.id).order_by(col(PaperWarning.id))
    found = [one for one in session.exec(explained) if one.reason]
    if found:
        lines = "\n".join(f"{number}. {one.reason}" for number, one in enumerate(found, start=1))
        yield [text(language, "MS.print.reasons"), breakable(lines)]


def _lines(session: Session, document: Document, table: Any) -> list[Any]:
    return list(session.exec(select(table).where(table.document_id == document.id).order_by(table.position)))
