"""Corrective actions that are not finished: what is due from whom, the latest first (P7-11b)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col

from models import CorrectiveAction, Document, Measure, Person, Role, State
from services.access import DEPARTMENT_READERS, READS_ALL, visible_documents
from services.documents import KINDS
from services.documents.corrective_action import CARRY_OUT, MEASURES
from services.documents.kind import lines_of
from services.documents.lookups import names
from services.documents.timeline import open_now
from services.export import Column, to_excel
from services.people import local_day
from services.texts import has_text, said, text

CHASERS = READS_ALL | DEPARTMENT_READERS | KINDS["CX"].readers | {Role.FINANCE_HEAD}
"""Whose menu has the list; it shows each of them the actions that he may read."""
COLUMNS = ("number", "title", "source", "department", "stage", "what", "owner", "due_on", "days_late")


@dataclass(frozen=True)
class Chased:
    """One thing that is due of an action: a measure that is not done, or a step that waits for somebody."""

    document_id: int
    number: str
    title: str
    source: str
    department: str
    step: str | None
    """None: it lies with its author again."""
    what: str
    owner: str
    due_on: date | None
    days_late: int


def chased(session: Session, reader: Person, now: datetime, language: str) -> list[Chased]:
    """All that is due of the open actions that the reader may see, what has been late longest first."""
    open_ones = visible_documents(session, reader, now).where(
        Document.kind == "CX", col(Document.state).in_([State.RUNNING, State.RETURNED])
    )
    documents = list(session.exec(open_ones.order_by(col(Document.id))))
    departments = names(session, "department", {one.department_id for one in documents}, language)
    found = [row for one in documents for row in _due_of(session, one, departments, now, language)]
    return sorted(found, key=lambda row: (row.due_on or date.max, row.number, row.owner))


def late(found: list[Chased]) -> int:
    return sum(row.days_late > 0 for row in found)


def at_step(found: list[Chased], *steps: str) -> int:
    """How many actions stand at one of these steps."""
    return len({row.document_id for row in found if row.step in steps})


def _due_of(
    session: Session, document: Document, departments: dict[int, str], now: datetime, language: str
) -> Iterator[Chased]:
    own = session.get_one(CorrectiveAction, document.id)
    about = names(session, "document", [own.about_id], language)
    source = " ".join(filter(None, (said(language, own.action_source), about.get(own.about_id or 0, ""))))
    head = (document.id, document.number or "", document.title, source, departments[document.department_id])

    def row(what: str, owner: str, due_on: date | None) -> Chased:
        days = max((local_day(now) - due_on).days, 0) if due_on else 0
        return Chased(*head, document.step, what, owner, due_on, days)

    if document.step == CARRY_OUT:
        measures: list[Measure] = [one for one in lines_of(session, document, MEASURES) if one.done_on is None]
        people = names(session, "person", {one.owner_id for one in measures}, language)
        yield from (row(one.measure, people.get(one.owner_id, ""), one.due_on) for one in measures)
        return
    asked = [name for one in open_now(session, document) for name in one.people]
    if document.step is None:
        asked = [session.get_one(Person, document.applicant_id).name]
    yield row("", " ".join(asked), local_day(document.due_at) if document.due_at else None)


def stage(row: Chased, language: str) -> str:
    """Where the action stands, in words."""
    key = f"step.{row.step}.doing"
    return text(language, key) if row.step and has_text(language, key) else text(language, f"state.{State.RETURNED}")


def actions_to_excel(session: Session, reader: Person, now: datetime, *, language: str) -> bytes:
    """The list as the reader sees it."""
    sorts: dict[str, Any] = {"due_on": "date", "days_late": "number"}
    columns = [Column(text(language, f"open_actions.{name}"), sorts.get(name, "text")) for name in COLUMNS]
    rows = [
        [stage(row, language) if name == "stage" else getattr(row, name) for name in COLUMNS]
        for row in chased(session, reader, now, language)
    ]
    return to_excel(columns, rows, title=text(language, "menu.open_actions"), language=language)
