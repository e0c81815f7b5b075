"""What whoever sees a paper has to know of it at once: asked for many papers at a time."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Task, TaskState
from services.database import rows
from services.documents import KINDS
from services.documents.kind import Mark

PAUSED = Mark("mark.paused", "gray")
"""Whoever it lies with waits for others."""
_AT_ONCE = 1000
"""A database takes only so many values in one question."""


def marks_of(session: Session, papers: Iterable[tuple[str, int]], now: datetime) -> dict[int, list[Mark]]:
    """The marks of papers, each given by its kind and id; most have none."""
    ids: dict[str, list[int]] = {}
    for code, id in papers:
        ids.setdefault(code, []).append(id)
    found: dict[int, list[Mark]] = {}
    for code, of_kind in ids.items():
        for start in range(0, len(of_kind), _AT_ONCE):
            some = of_kind[start : start + _AT_ONCE]
            found |= KINDS[code].marks(session, some, now)
            for id in rows(session, _PAUSED, {"ids": some}).scalars():
                found.setdefault(id, []).append(PAUSED)
    return found


_PAUSED = (
    sa.select(col(Task.document_id))
    .where(col(Task.document_id).in_(sa.bindparam("ids", expanding=True)))
    .where(col(Task.state) == TaskState.OPEN, col(Task.paused_at).is_not(None))
    .distinct()
)
