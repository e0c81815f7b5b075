"""What waits for a person: one row a task, with enough beside it to decide most without opening the paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Document, Participant, Person, Task, TaskState
from services.access import held_seats, load_document, visible_documents, with_id
from services.database import one_at_a_time
from services.documents import KINDS
from services.documents.filling import visible
from services.engine.acts import act, actions_for
from services.engine.case import REVERSAL
from services.errors import Refused

SORTS = ("due", "waited", "amount")


@dataclass(frozen=True)
class Waiting:
    """A row of the inbox."""

    task_id: int
    document_id: int
    version: int
    kind: str
    number: str
    title: str
    step: str
    amount: Any
    applicant: str
    department: str
    opened_at: datetime
    due_at: datetime | None
    decides: bool
    for_name: str | None = None
    """Whom the reader would stand in for."""


_COLUMNS: tuple[Any, ...] = (
    col(Task.id).label("task_id"),
    col(Document.id).label("document_id"),
    col(Document.version),
    col(Document.kind),
    col(Document.number),
    col(Document.title),
    col(Task.step),
    col(Document.amount),
    col(Person.name).label("applicant"),
    col(Department.name).label("department"),
    col(Task.opened_at),
    col(Task.due_at),
    col(Task.decides),
)


def waiting_for(
    session: Session,
    user: Person,
    now: datetime,
    *,
    area: str | None = None,
    text: str = "",
    sort: str = "due",
    limit: int = 200,
) -> list[Waiting]:
    """The user's open tasks, his own and those he may take as a deputy; never one he may not decide on."""
    rows: dict[int, Waiting] = {}
    for holder, seats in held_seats(session, user, now):
        statement = _statement(user, holder, seats, area, text).order_by(*_order(sort)).limit(limit)
        for row in session.execute(statement).mappings():
            for_name = None if holder.id == user.id else holder.name
            rows.setdefault(row["task_id"], Waiting(**row, for_name=for_name))
    return sorted(rows.values(), key=_key(sort))[:limit]


def count_waiting(session: Session, user: Person, now: datetime) -> dict[str, int]:
    """How many tasks wait, by area."""
    counted: dict[str, int] = {}
    open_tasks: dict[int, str] = {}
    for holder, seats in held_seats(session, user, now):
        statement = _where(sa.select(col(Task.id), col(Document.kind)).join(Document), user, holder, seats)
        open_tasks |= {row[0]: row[1] for row in session.execute(statement)}
    for kind in open_tasks.values():
        counted[KINDS[kind].area] = counted.get(KINDS[kind].area, 0) + 1
    return counted


def acts_for_all(session: Session, user: Person, document_ids: Sequence[int], now: datetime) -> list[str]:
    """The decisions that every document of a selection allows as they are, in the order of the first."""
    offered: list[list[str]] = []
    for document_id in document_ids:
        document = load_document(session, user, now, id=document_id)
        actions = [one for one in actions_for(session, user, document, now) if one.step and one.step.decides]
        offered.append([one.key for one in actions if one.step and one.step.outcome(one.key) and not one.step.required])
    return [key for key in offered[0] if all(key in others for others in offered)] if offered else []


def decide_many(
    session: Session, user: Person, chosen: Sequence[tuple[int, int]], action: str, *, note: str, now: datetime
) -> list[tuple[str, Refused | None]]:
    """Decide several documents (id and version seen). Each stands for itself: one refusal does not hold up the rest."""
    _take_all(session, [document_id for document_id, _ in chosen])
    results: list[tuple[str, Refused | None]] = []
    for document_id, seen in chosen:
        try:
            with session.begin_nested():
                done = act(session, user, document_id, action, seen=seen, note=note, now=now)
        except Refused as refusal:
            results.append((_number(session, user, document_id, now), refusal))
        else:
            results.append((done.number or "", None))
    return results


def _take_all(session: Session, document_ids: Sequence[int]) -> None:
    """Lock all that deciding may lock before the first is decided, in one order: else two could wait for each other."""
    kinds: set[str] = set()
    for document_id in sorted(set(document_ids)):
        kinds |= set(session.exec(select(Document.kind).where(with_id(document_id)).with_for_update()))
    for kind in sorted(kinds):
        one_at_a_time(session, f"submit {kind}")


def _number(session: Session, user: Person, document_id: int, now: datetime) -> str:
    """Which document it is that was refused, for whoever may know."""
    statement = visible_documents(session, user, now).where(with_id(document_id))
    document = session.exec(statement).first()
    return (document.number if document else None) or ""


def _statement(user: Person, holder: Person, seats: sa.ColumnElement[bool], area: str | None, text: str) -> Any:
    statement = (
        sa.select(*_COLUMNS)
        .select_from(Task)
        .join(Document, col(Document.id) == Task.document_id)
        .join(Person, col(Person.id) == Document.applicant_id)
        .join(Department, col(Department.id) == Document.department_id)
    )
    if area:
        statement = statement.where(col(Document.kind).in_([k.code for k in KINDS.values() if k.area == area]))
    if text.strip():
        statement = statement.where(matches(text))
    return _where(statement, user, holder, seats)


def matches(text: str) -> sa.ColumnElement[bool]:
    """Number, title or applicant's name holds the text, taken letter by letter."""
    sought = visible(text).strip()
    columns = (col(Document.number), col(Document.title), col(Person.name))
    return sa.or_(*(column.icontains(sought, autoescape=True) for column in columns))


def _where(statement: Any, user: Person, holder: Person, seats: sa.ColumnElement[bool]) -> Any:
    """Open, on a seat of the holder's, and neither of the two may be barred from deciding on it."""
    statement = statement.where(col(Task.state) == TaskState.OPEN, seats)
    statement = statement.where(sa.or_(col(Task.decides).is_(False), ~_barred(holder)))
    return statement if user.id == holder.id else statement.where(~_barred(user))


def _barred(person: Person) -> sa.ColumnElement[bool]:
    """His own paper, one that concerns him, or one he has signed already (DESIGN.md, "Nobody decides ...").

    Whether a finished paper is reversed is for its last decider's role to say, though he signed it.
    """
    signed = sa.orm.aliased(Task)
    return sa.or_(
        col(Document.applicant_id) == person.id,
        col(Document.created_by_id) == person.id,
        sa.exists().where(
            col(Participant.document_id) == Document.id,
            col(Participant.person_id) == person.id,
            col(Participant.benefits),
        ),
        sa.exists().where(
            col(signed.document_id) == Document.id,
            col(signed.state) == TaskState.DONE,
            col(signed.stands),
            col(signed.decides),
            col(Task.step) != REVERSAL,
            sa.or_(col(signed.closed_by_id) == person.id, col(signed.on_behalf_of_id) == person.id),
        ),
    )


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "amount":
        return col(Document.amount).desc().nulls_last(), col(Task.id)
    if sort == "waited":
        return col(Task.opened_at), col(Task.id)
    return col(Task.due_at).asc().nulls_last(), col(Task.id)


def _key(sort: str) -> Any:
    if sort == "amount":
        return lambda row: (-(row.amount or 0), row.opened_at)
    if sort == "waited":
        return lambda row: row.opened_at
    return lambda row: (row.due_at is None, row.due_at or row.opened_at, row.opened_at)
