"""Reminders of promises: when most of the time has gone and when it is over, each told exactly once.

While the step is open in which a promise is kept, its own task reminds of it.
"""

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, PaperClock
from services.documents import KINDS
from services.engine.asked import people_asked
from services.engine.flow import journey_of, take
from services.engine.promises import running
from services.notices import tell

WARNED, LATE = "promise_warned", "promise_late"
"""What there is to tell: text keys of notices."""


class _Stage(NamedTuple):
    key: str
    told_at: Any
    """The column that remembers it."""
    time: sa.ColumnElement[bool]


def promises_due(session: Session, now: datetime) -> list[int]:
    """Ids of the clocks of which somebody is to be told something."""
    found: set[int] = set()
    of_paper = col(Document.id) == PaperClock.document_id
    for stage in _stages(now):
        due = select(PaperClock.id).join(Document, of_paper).where(stage.time, stage.told_at.is_(None), running())
        found |= set(session.exec(due))
    return sorted(found)


def remind_of_promise(session: Session, clock_id: int, now: datetime) -> list[str]:
    """Tell of one promise what it is time for, in the caller's transaction; returns what was told."""
    document_id = session.exec(select(PaperClock.document_id).where(PaperClock.id == clock_id)).first()
    document = take(session, document_id) if document_id else None
    if document is None:
        return []
    told = [stage.key for stage in _stages(now) if _is_ours(session, clock_id, stage, now)]
    clock = session.get_one(PaperClock, clock_id)
    promise = next(one for one in KINDS[document.kind].promises if one.key == clock.key)
    if document.step == promise.step:
        return []
    for key in told:
        people = people_asked(journey_of(session, document, now)) | {document.applicant_id, document.created_by_id}
        tell(session, people, key, document, now, promise=clock.key)
    return told


def _stages(now: datetime) -> tuple[_Stage, ...]:
    """What is late already is not announced any more."""
    due_at, warn_at = col(PaperClock.due_at), col(PaperClock.warn_at)
    return (
        _Stage(WARNED, col(PaperClock.warned_at), sa.and_(warn_at <= now, due_at > now)),
        _Stage(LATE, col(PaperClock.late_told_at), due_at < now),
    )


def _is_ours(session: Session, clock_id: int, stage: _Stage, now: datetime) -> bool:
    """Of several who come to tell the same, the one whose mark the row takes does it."""
    open_ = (col(PaperClock.id) == clock_id, col(PaperClock.kept_at).is_(None), stage.time, stage.told_at.is_(None))
    done: Any = session.execute(sa.update(PaperClock).where(*open_).values({stage.told_at.key: now}))
    return bool(done.rowcount == 1)
