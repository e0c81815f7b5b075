"""Missing parts: what sites still wait for, by the day it is needed, late ones first; whoever reads it may chase it
(P3-2.2, P3-2.5).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Document,
    Event,
    PartSource,
    PartsRequest,
    Person,
    RequestedPart,
    Role,
    State,
    Supplier,
    Task,
    TaskState,
)
from services.access import visible_documents
from services.documents.cases import number_of_case
from services.documents.order_parts import numbers_of
from services.engine import act
from services.engine.action import COMMENT
from services.engine.asked import people_asked
from services.engine.flow import journey_of, take
from services.errors import Refused
from services.export import Column, to_excel
from services.people import local_day
from services.texts import said, text

READERS = frozenset(
    {
        Role.PRODUCTION_ENGINEER,
        Role.PURCHASER,
        Role.WAREHOUSE,
        Role.QUALITY_INSPECTOR,
        Role.DEPARTMENT_HEAD,
        Role.VICE_PRESIDENT,
        Role.ENGINEER,
        Role.TECHNICIAN,
        Role.DISPATCHER,
        Role.MARKETING_MANAGER,
        Role.GENERAL_MANAGER,
    }
)
"""Whose menu has the page; it shows each of them the requests that he may read."""
COLUMNS = (
    "needed_on",
    "days_late",
    "part",
    "quantity",
    "site",
    "stage",
    "owner",
    "supplier",
    "expected_on",
    "serves",
    "number",
    "chased",
)
ON_ITS_WAY = "on_its_way"


@dataclass(frozen=True)
class Missing:
    """A part that is not on site yet."""

    document_id: int
    number: str
    part: str
    quantity: int
    needed_on: date
    days_late: int
    """0 while its day has not passed."""
    site: str
    stage: str
    """The step that is open, or that it is on its way."""
    owner: str
    supplier: str
    expected_on: date | None
    serves: str
    chased: int
    """How often somebody asked after it, or the portal did."""

    @property
    def late(self) -> bool:
        return self.days_late > 0

    @property
    def comes_too_late(self) -> bool:
        """Is it promised for a day on which it is not needed any more?"""
        return self.expected_on is not None and self.expected_on > self.needed_on


def missing_parts(session: Session, reader: Person, now: datetime, *, serves: str | None = None) -> list[Missing]:
    """The open lines of requests that the reader may read, by the day on which they are needed; of one case only."""
    visible = visible_documents(session, reader, now).with_only_columns(col(Document.id))
    lines = _LINES.where(col(Document.id).in_(visible))
    if serves is not None:
        lines = lines.where(col(PartsRequest.serves) == number_of_case(serves))
    return _missing(session, lines, now)


def missing_for(session: Session, order: Document, now: datetime) -> list[Missing]:
    """What has not come yet for a visit that is still to be made: whoever reads the order sees it, before the
    technician leaves (P3-2.2).
    """
    if order.kind != "SO" or order.state != State.RUNNING or order.step not in ("dispatch", "visit"):
        return []
    return _missing(session, _LINES.where(col(PartsRequest.serves).in_(numbers_of(session, order))), now)


def _missing(session: Session, lines: Any, now: datetime) -> list[Missing]:
    today = local_day(now)
    found = session.execute(lines).all()
    ids = {document.id for _, _, document, _ in found}
    asked, chased = _asked(session, ids), _chased(session, ids)
    return [
        Missing(
            line.document_id,
            document.number or "",
            " ".join(filter(None, (line.part_name, line.part_model))),
            line.quantity,
            line.needed_on,
            max((today - line.needed_on).days, 0),
            request.site,
            _stage(line, request, document.step, document.state),
            "" if _is_on_its_way(line, request) else asked.get(line.document_id, ""),
            supplier or "",
            line.expected_on,
            request.serves or "",
            chased.get(line.document_id, 0),
        )
        for line, request, document, supplier in found
    ]


_LINES: Any = (
    sa.select(RequestedPart, PartsRequest, Document, col(Supplier.name))
    .join(PartsRequest, col(PartsRequest.document_id) == RequestedPart.document_id)
    .join(Document, col(Document.id) == RequestedPart.document_id)
    .outerjoin(Supplier, col(Supplier.id) == RequestedPart.supplier_id)
    .where(col(Document.kind) == "PR", col(Document.state).in_((State.RUNNING, State.RETURNED)))
    .order_by(col(RequestedPart.needed_on), col(Document.id), col(RequestedPart.position))
)


def chase(session: Session, user: Person, document_id: int, note: str, now: datetime) -> None:
    """Ask those whose turn it is where the parts are: a remark in the paper that tells them (P3-2.5)."""
    document = take(session, document_id)
    if document is None or document.kind != "PR":
        raise Refused("access.not_found", number="")
    told = people_asked(journey_of(session, document, now)) - {user.id}
    act(session, user, document_id, COMMENT, note=note, mention=sorted(told), now=now)


def missing_to_excel(session: Session, reader: Person, now: datetime, *, language: str) -> bytes:
    columns = [Column(text(language, f"missing.{name}"), _sort(name)) for name in COLUMNS]
    rows = ([_cell(one, name, language) for name in COLUMNS] for one in missing_parts(session, reader, now))
    return to_excel(columns, rows, title=text(language, "menu.missing_parts"), language=language)


def stage_words(one: Missing, language: str) -> str:
    key = f"missing.{ON_ITS_WAY}" if one.stage == ON_ITS_WAY else f"step.{one.stage}.doing"
    return text(language, f"state.{one.stage}" if one.stage == State.RETURNED else key)


def _cell(one: Missing, name: str, language: str) -> Any:
    if name == "stage":
        return stage_words(one, language)
    if name == "days_late":
        return one.days_late or None
    value = getattr(one, name)
    return value if isinstance(value, int | date) or value is None else said(language, value)


def _sort(name: str) -> Any:
    dates = {"needed_on": "date", "expected_on": "date"}
    return dates.get(name, "number" if name in ("days_late", "quantity", "chased") else "text")


def _is_on_its_way(line: RequestedPart, request: PartsRequest) -> bool:
    from_stock = line.source == PartSource.STOCK
    return bool(request.shipped_on if from_stock else request.bought_shipped_on)


def _stage(line: RequestedPart, request: PartsRequest, step: str | None, state: State) -> str:
    if state == State.RETURNED:
        return State.RETURNED.value
    return ON_ITS_WAY if _is_on_its_way(line, request) else step or ""


def _asked(session: Session, ids: set[int]) -> dict[int, str]:
    """Whose turn it is: the role, or the person who is named."""
    if not ids:
        return {}
    found = (
        sa.select(col(Task.document_id), col(Task.role), col(Person.name))
        .outerjoin(Person, col(Person.id) == Task.person_id)
        .where(col(Task.document_id).in_(ids), col(Task.state) == TaskState.OPEN)
    )
    return {id: name or (f"role.{role.value}" if role else "") for id, role, name in session.execute(found)}


def _chased(session: Session, ids: set[int]) -> dict[int, int]:
    """How often somebody asked after a request: remarks and reminders in its trail, and those of the portal."""
    counted = (
        sa.select(col(Event.document_id), sa.func.count())
        .where(col(Event.document_id).in_(ids or {0}), col(Event.action).in_((COMMENT, "remind")))
        .group_by(col(Event.document_id))
    )
    found = {id or 0: int(number) for id, number in session.execute(counted)}
    warned = sa.select(col(Task.document_id), sa.func.count()).where(
        col(Task.document_id).in_(ids or {0}), col(Task.state) == TaskState.OPEN, col(Task.late_told_at).is_not(None)
    )
    for id, number in session.execute(warned.group_by(col(Task.document_id))):
        found[id] = found.get(id, 0) + int(number)
    return found
