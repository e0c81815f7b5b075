"""What happened to a document, in order: who, in which role, for whom, when, what he said, and what he changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any

from sqlmodel import Session, col, select

from models import Document, Event, Person, Role, Task, TaskState
from services.documents import KINDS
from services.documents.fields import spec
from services.documents.filling import check_value, written_lines
from services.documents.kind import DocumentType, Lines
from services.engine.action import ASK_AFTER, ASK_BEFORE, SUBMIT
from services.engine.case import Case, case_of
from services.engine.flow import tasks_of
from services.engine.opening import OPENED
from services.engine.seats import deputies_free, people_for, signed_beside


@dataclass(frozen=True)
class Entry:
    """One line of the timeline."""

    action: str
    actor: str
    for_name: str | None
    role: str | None
    step: str | None
    at: datetime
    took: timedelta | None
    """How long the task had waited when it was signed."""
    note: str
    data: dict[str, Any]
    changes: tuple["Change", ...] = ()
    asked_by: str | None = None
    """Who asked him for his view: he signed besides, and not in the step's role."""


@dataclass(frozen=True)
class Change:
    """One thing that a step filled in or changed, or that its author changed before he sent the paper again."""

    field: str
    """A field of the paper, a column of one of its tables, or, where lines came and went, the table itself."""
    before: Any
    after: Any
    table: str | None = None
    line: int | None = None
    """Position of the line."""


@dataclass(frozen=True)
class Open:
    """A signature or piece of work that is asked for right now."""

    step: str
    decides: bool
    role: Role | None
    instead_of: Role | None
    people: tuple[str, ...]
    opened_at: datetime
    due_at: datetime | None
    asked: bool = False
    """A colleague is asked for his view, and not the step's own role."""
    deputies: tuple[str, ...] = ()
    """Who may do it in their place today, where that was asked."""
    paused: bool = False
    """Whoever is asked has said that he waits for others."""


_ASKING = (ASK_BEFORE, ASK_AFTER)
_SENT = (SUBMIT, OPENED)
"""By its author, or by the portal itself."""


def timeline(session: Session, document: Document) -> list[Entry]:
    """All events of a document since it was first sent, oldest first: what its author gathered before is his own."""
    found = session.exec(select(Event).where(Event.document_id == document.id).order_by(col(Event.id))).all()
    events = list(dropwhile(lambda event: event.action not in _SENT, found)) or list(found)
    ids = {id for event in events for id in (event.actor_id, event.on_behalf_of_id) if id}
    people = {p.id: p.name for p in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    tasks = tasks_of(session, document)
    opened = {(task.step, task.closed_at): task.opened_at for task in tasks}
    asked = {(task.step, task.closed_at, task.closed_by_id) for task in tasks if task.asked_by_id is not None}
    askers: dict[int, str] = {}
    entries = []
    sent: dict[str, Any] | None = None
    for event in events:
        began = opened.get((event.step or "", event.at))
        actor = people.get(event.actor_id or 0, "")
        if event.action in _ASKING:
            askers[event.data["person"]] = actor
        besides = (event.step or "", event.at, event.actor_id) in asked
        entries.append(
            Entry(
                action=event.action,
                actor=actor,
                for_name=people.get(event.on_behalf_of_id) if event.on_behalf_of_id else None,
                role=event.role,
                step=event.step,
                at=event.at,
                took=event.at - began if began else None,
                note=event.note,
                data=event.data,
                changes=(*_filled_in(document, event), *_sent_otherwise(document, sent, event.data.get("content"))),
                asked_by=askers.get(event.actor_id or 0, "") if besides else None,
            )
        )
        sent = event.data.get("content", sent)
    return entries


def open_now(session: Session, document: Document, now: datetime | None = None) -> list[Open]:
    """Who is asked right now, with names; with those of their deputies of the day, where a moment is given."""
    return _those(session, document, TaskState.OPEN, now)


def held_now(session: Session, document: Document) -> list[Open]:
    """Who decides as soon as the colleague has answered whom he asked first."""
    return _those(session, document, TaskState.HELD)


def _those(session: Session, document: Document, state: TaskState, now: datetime | None = None) -> list[Open]:
    tasks = tasks_of(session, document)
    waiting = [task for task in tasks if task.state == state]
    if not waiting:
        return []
    case = case_of(session, document)
    return [_open(session, task, tasks, case, now) for task in waiting]


def _filled_in(document: Document, event: Event) -> Iterator[Change]:
    """What a step wrote: `paid_on`, or a column of a line, `vouchers.2.audited_amount`."""
    kind, found = KINDS[document.kind], []
    for key, (before, after) in event.data.get("changed", {}).items():
        table, _, rest = key.partition(".")
        line, _, column = rest.partition(".")
        if rest:
            row = kind.lines(table).table
            found.append(Change(column, _typed(row, column, before), _typed(row, column, after), table, int(line)))
        else:
            found.append(Change(key, _typed(kind.table, key, before), _typed(kind.table, key, after)))
    yield from sorted(found, key=lambda one: _place(kind, one))


def _place(kind: DocumentType, change: Change) -> tuple[str, int, int]:
    """Where a change stands on the paper: PostgreSQL keeps the trail's facts in an order of its own."""
    table = kind.lines(change.table).table if change.table else kind.table
    return change.table or "", change.line or 0, list(table.model_fields).index(change.field)


def _sent_otherwise(
    document: Document, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Iterator[Change]:
    """What a paper says that was sent again, where it says something else than the last time."""
    if before is None or after is None:
        return
    kind = KINDS[document.kind]
    for name in kind.fields:
        was, is_now = (_typed(kind.table, name, content.get(name)) for content in (before, after))
        if was != is_now:
            yield Change(name, was, is_now)
    for lines in kind.tables:
        old, new = (_typed_lines(lines, content.get(lines.name)) for content in (before, after))
        if old != new:
            yield Change(lines.name, len(old), len(new))


def _typed_lines(lines: Lines, raw: Any) -> list[list[Any]]:
    """The lines of the trail without the blank ones that a form offers: what is only written otherwise is no change."""
    return [[_typed(lines.form, name, row.get(name)) for name in lines.columns] for row in written_lines(lines, raw)]


def _typed(table: Any, name: str, value: Any) -> Any:
    """A value of the trail as the field holds it; what it cannot hold (a draft's nonsense) as it was typed."""
    found, fault = check_value(spec(table, name), value)
    return value if fault else found


def _open(session: Session, task: Task, tasks: list[Task], case: Case, now: datetime | None) -> Open:
    taken = signed_beside(tasks, task)
    people = people_for(session, task, case, taken)
    deputies = deputies_free(session, people, task.role, case, taken, now) if now else []
    return Open(
        task.step,
        task.decides,
        task.role,
        task.instead_of,
        tuple(person.name for person in people),
        task.opened_at,
        task.due_at,
        task.asked_by_id is not None,
        tuple(person.name for person in deputies),
        task.paused_at is not None,
    )
