"""What happened to a document, in order: who, in which role, for whom, when, what he said, and what he changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Any

from sqlmodel import Session, col, select

from models import Document, Event, Person, Role, Task, TaskState
from services.engine.case import case_of
from services.engine.flow import tasks_of
from services.engine.seats import people_for, signed_beside


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


def timeline(session: Session, document: Document) -> list[Entry]:
    """All events of a document since it was first sent, oldest first: what its author gathered before is his own."""
    found = session.exec(select(Event).where(Event.document_id == document.id).order_by(col(Event.id))).all()
    events = list(dropwhile(lambda event: event.action != "submit", found)) or list(found)
    ids = {id for event in events for id in (event.actor_id, event.on_behalf_of_id) if id}
    people = {p.id: p.name for p in session.exec(select(Person).where(col(Person.id).in_(ids)))}
    opened = {(task.step, task.closed_at): task.opened_at for task in tasks_of(session, document)}
    entries = []
    for event in events:
        began = opened.get((event.step or "", event.at))
        entries.append(
            Entry(
                action=event.action,
                actor=people.get(event.actor_id or 0, ""),
                for_name=people.get(event.on_behalf_of_id) if event.on_behalf_of_id else None,
                role=event.role,
                step=event.step,
                at=event.at,
                took=event.at - began if began else None,
                note=event.note,
                data=event.data,
            )
        )
    return entries


def open_now(session: Session, document: Document) -> list[Open]:
    """Who is asked right now, with names."""
    tasks = tasks_of(session, document)
    waiting = [task for task in tasks if task.state == TaskState.OPEN]
    if not waiting:
        return []
    case = case_of(session, document)
    return [_open(session, task, tasks, case) for task in waiting]


def _open(session: Session, task: Task, tasks: list[Task], case: Any) -> Open:
    people = people_for(session, task, case, signed_beside(tasks, task))
    return Open(
        task.step,
        task.decides,
        task.role,
        task.instead_of,
        tuple(person.name for person in people),
        task.opened_at,
        task.due_at,
    )
