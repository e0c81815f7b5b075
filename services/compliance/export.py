"""The compliance page as Excel."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Person
from services.compliance import ClauseState, compliance, papers_behind
from services.export import Column, to_excel
from services.texts import text

COLUMNS = ("id", "policy", "says", "standing", "figure", "due", "target", "papers", "lives")


def compliance_to_excel(session: Session, reader: Person, month: str, now: datetime, *, language: str) -> bytes:
    """All clauses of a month, each with the numbers of the papers behind it that the reader may read."""
    columns = [Column(text(language, f"compliance.column.{name}"), "text") for name in COLUMNS]
    lines = [
        [_cell(session, reader, state, name, now, language) for name in COLUMNS]
        for state in compliance(session, reader, month, now)
    ]
    return to_excel(columns, lines, title=text(language, "menu.compliance"), language=language)


def _cell(session: Session, reader: Person, state: ClauseState, name: str, now: datetime, language: str) -> Any:
    match name:
        case "id":
            return state.clause.id
        case "policy":
            return f"{state.policy.id} {state.policy.name[language]}"
        case "standing":
            return text(language, f"compliance.{state.standing}")
        case "figure":
            key, facts = state.figure
            return text(language, key, **facts)
        case "due":
            return state.due.isoformat() if state.due else ""
        case "target":
            return str(state.target) if state.found else ""
        case "papers":
            return " ".join(paper.number or "" for paper in papers_behind(session, reader, state, now))
    return getattr(state.clause, name)[language]
