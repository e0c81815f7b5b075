"""An agreement given by phone: it counts from the call, and is confirmed in the portal within [24] hours (P9-3.2a)."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, SpendingRequest, Task, TaskState
from services.people import local_day
from services.routes import APPROVE
from services.settings import setting

AGREEMENT = "agreement"
"""The step in which both sign."""


@dataclass(frozen=True)
class Call:
    """Who agreed by phone and when, and whether they have said so in the portal."""

    people: tuple[int, ...]
    at: datetime
    due_at: datetime
    confirmed_at: datetime | None
    """When the last of them had confirmed; None while one of them has not."""

    @property
    def late(self) -> bool:
        return self.confirmed_at is not None and self.confirmed_at > self.due_at

    def broken(self, now: datetime) -> bool:
        return self.confirmed_at is None and now > self.due_at


def calls(session: Session, ids: Collection[int]) -> dict[int, Call]:
    """The agreements by phone of some requests. The hours are those that held when the call was made."""
    found: dict[int, Call] = {}
    asked = session.execute(_CALLED, {"ids": list(ids)}).all() if ids else []
    signed = _signatures(session, [row.document_id for row in asked])
    for row in asked:
        confirmed = [_confirmed_at(row, signed[row.document_id], person) for person in row.phone_people]
        hours = timedelta(hours=setting(session, "request.phone_hours", row.phone_at))
        last = max((at for at in confirmed if at), default=None) if None not in confirmed else None
        found[row.document_id] = Call(tuple(row.phone_people), row.phone_at, row.phone_at + hours, last)
    return found


def agreed_on(session: Session, request: SpendingRequest) -> date | None:
    """The day from which both had agreed, be it by phone; None while one has not signed."""
    days: list[date] = []
    for task in _signatures(session, [request.document_id])[request.document_id]:
        assert task.closed_at
        by_phone = request.phone_at is not None and bool(_signed_as(task) & set(request.phone_people))
        days.append(local_day(min(task.closed_at, request.phone_at or task.closed_at) if by_phone else task.closed_at))
    return max(days, default=None)


def _confirmed_at(row: Any, signed: list[Task], person: int) -> datetime | None:
    """When somebody signed, or somebody for him; where another signed in his place, when all had agreed."""
    own = [task.closed_at for task in signed if task.closed_at and person in _signed_as(task)]
    approved_at: datetime | None = row.approved_at
    return min(own, default=approved_at)


def _signed_as(task: Task) -> set[int]:
    return {id for id in (task.closed_by_id, task.on_behalf_of_id) if id}


def _signatures(session: Session, ids: Collection[int]) -> defaultdict[int, list[Task]]:
    """The signatures under some requests that stand."""
    found: defaultdict[int, list[Task]] = defaultdict(list)
    for task in session.exec(_SIGNED, params={"ids": list(ids)}) if ids else ():
        found[task.document_id].append(task)
    return found


_CALLED = (
    sa.select(
        col(SpendingRequest.document_id),
        col(SpendingRequest.phone_people),
        col(SpendingRequest.phone_at),
        col(Document.approved_at),
    )
    .join(Document, col(Document.id) == SpendingRequest.document_id)
    .where(col(SpendingRequest.document_id).in_(sa.bindparam("ids", expanding=True)))
    .where(col(SpendingRequest.phone_at).is_not(None))
)
_SIGNED = (
    select(Task)
    .where(col(Task.document_id).in_(sa.bindparam("ids", expanding=True)))
    .where(col(Task.step) == AGREEMENT, col(Task.outcome) == APPROVE, col(Task.stands), col(Task.asked_by_id).is_(None))
    .where(col(Task.state) == TaskState.DONE)
)
