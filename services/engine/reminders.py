"""Reminders: when most of a task's time has gone, when it is due, and, once it has been late for some hours, to the
role above. A clock that stands still reminds of nothing, but whoever has waited for others long is told of to the role
above as well. Each is written exactly once, however many workers look and however often they are started anew.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from models import Participant, Task, TaskState
from services.audit import record
from services.calendar import working_time_before
from services.database import rows
from services.engine.asked import who_may
from services.engine.flow import Journey, journey_of, take
from services.engine.seats import people_for, seat_above
from services.notices import tell
from services.settings import setting

WARNED, LATE, ESCALATED, WAITS_LONG = "warned", "late", "escalated", "waits_long"
"""What there is to tell: text keys of notices."""
ESCALATE = "escalate"
ESCALATION = "escalation"
"""The part of whoever was told as the role above: he may read the paper from then on."""


def due_now(session: Session, now: datetime) -> list[int]:
    """Ids of the tasks of which somebody is to be told something: one indexed query for each thing to tell."""
    found: set[int] = set()
    for stage in _stages(session, now):
        found |= set(session.exec(select(Task.id).where(stage.time, stage.told_at.is_(None))))
    return sorted(found)


def remind_one(session: Session, task_id: int, now: datetime) -> list[str]:
    """Tell of one task what it is time for, in the caller's transaction; returns what was told.

    The paper is locked first, as by every act; what decides is then the row itself, which takes each moment only once.
    """
    document_id = session.exec(select(Task.document_id).where(Task.id == task_id)).first()
    document = take(session, document_id) if document_id else None
    if document is None:
        return []
    journey = journey_of(session, document, now)
    task = journey.task(task_id)
    told = [stage.key for stage in _stages(session, now) if _is_ours(session, task, stage, now)]
    for key in told:
        _tell(journey, task, key)
    return told


class _Stage(NamedTuple):
    key: str
    told_at: Any
    """The column that remembers it."""
    time: sa.ColumnElement[bool]
    """Is it time?"""


def _stages(session: Session, now: datetime) -> tuple[_Stage, ...]:
    """What there is to tell of an open task, in order. One whose clock stands still has no due time, and a held one
    waits for a colleague who is reminded instead. What is late already is not announced any more. A clock that a
    policy lets stand still does so for some time of work; whoever waits longer says so to the role above.
    """
    is_open, due_at = col(Task.state) == TaskState.OPEN, col(Task.due_at)
    hours = timedelta(hours=setting(session, "clock.escalate_working_hours", now))
    long_late = working_time_before(session, now, hours)
    pause = timedelta(hours=setting(session, "clock.pause_working_hours", now))
    stopped = sa.and_(is_open, col(Task.paused_at) <= working_time_before(session, now, pause))
    return (
        _Stage(WARNED, col(Task.warned_at), sa.and_(is_open, col(Task.warn_at) <= now, due_at > now)),
        _Stage(LATE, col(Task.late_told_at), sa.and_(is_open, due_at <= now)),
        _Stage(ESCALATED, col(Task.escalated_at), sa.and_(is_open, due_at <= long_late)),
        _Stage(WAITS_LONG, col(Task.pause_told_at), sa.and_(stopped, col(Task.due_left).is_not(None))),
    )


def _is_ours(session: Session, task: Task, stage: _Stage, now: datetime) -> bool:
    """Of several who come to tell the same, the one whose mark the row takes does it."""
    key: str = stage.told_at.key
    mine = sa.update(Task).where(col(Task.id) == task.id, stage.time, stage.told_at.is_(None))
    done: Any = rows(session, mine.values({key: now}))
    if done.rowcount != 1:
        return False
    set_committed_value(task, key, now)  # the object in hand says what its row says
    return True


def _tell(journey: Journey, task: Task, key: str) -> None:
    document, asked = journey.document, who_may(journey, task)
    told: Iterable[int | None] = asked
    facts = {"step": task.step, "names": _names(journey, task)}
    if key in (LATE, WAITS_LONG):
        told = asked | {document.applicant_id, document.created_by_id, document.keeper_id}
    if key in (ESCALATED, WAITS_LONG):
        told = {*_escalate(journey, task), *(told if key == WAITS_LONG else ())}
    tell(journey.session, told, key, document, journey.now, **facts)


def _names(journey: Journey, task: Task) -> str:
    people = people_for(journey.session, task, journey.case, journey.signed_beside(task))
    return ", ".join(person.name for person in people)


def _escalate(journey: Journey, task: Task) -> list[int]:
    """Let the role above read the paper, and put on record that it was told."""
    session, document = journey.session, journey.document
    seat = seat_above(session, task, journey.case, journey.signed_beside(task), journey.now)
    if seat is None:
        return []
    told = [person.id for person in seat.people]
    part = (Participant.document_id == document.id, Participant.part == ESCALATION)
    known = set(session.exec(select(Participant.person_id).where(*part)))
    for person in told:
        if person not in known:
            new = Participant(document_id=document.id, person_id=person, part=ESCALATION, benefits=False)
            session.add(new)
    names = ", ".join(person.name for person in seat.people)
    data = {"task": task.id, "role": seat.role, "people": told, "name": names}
    record(session, now=journey.now, action=ESCALATE, document=document, step=task.step, data=data)
    return told
