"""Promises of a paper: clocks that run across its steps, kept beside it, with reminders of their own.

They stop when what was promised is done, at exactly its due time still in time, and by nothing else (P1-6.1).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, PaperClock, State
from services.documents import KINDS
from services.documents.kind import Promise
from services.documents.papers import detail_of
from services.engine.deadlines import deadline


def settle(session: Session, document: Document, now: datetime) -> None:
    """Start, end or begin anew the clocks of a paper, as its fields say after an act."""
    detail = detail_of(session, document)
    if detail is None:
        return
    clocks = _kept(session, document)
    for promise in KINDS[document.kind].promises:
        clock = _settled(session, document, detail, promise, clocks.get(promise.key), now)
        if clock is None:
            clocks.pop(promise.key, None)
        else:
            clocks[promise.key] = clock


def left_of(session: Session, document: Document, key: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Until when a promise runs, and when its keepers are reminded; nothing where it has not begun."""
    settle(session, document, now)
    clock = _kept(session, document).get(key)
    return (clock.due_at, clock.warn_at) if clock else (None, None)


def open_until(session: Session, document: Document) -> list[datetime]:
    """When those promises are due that are not kept yet."""
    if not KINDS[document.kind].promises:
        return []
    return [clock.due_at for clock in _kept(session, document).values() if clock.kept_at is None]


def clocks_of(session: Session, ids: Iterable[int]) -> list[PaperClock]:
    """The clocks of papers as they stand: of those that began more than once the latest."""
    found = session.exec(_CLOCKS, params={"ids": list(ids)}).all()
    return list({(clock.document_id, clock.key): clock for clock in found}.values())


_CLOCKS = (
    select(PaperClock)
    .where(col(PaperClock.document_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(PaperClock.document_id), col(PaperClock.key), col(PaperClock.turn))
)


def _kept(session: Session, document: Document) -> dict[str, PaperClock]:
    """The clocks of one paper by key, asked once a session: nobody else moves them while an act holds the paper."""
    every: dict[int, dict[str, PaperClock]] = session.info.setdefault("promises", {})
    if document.id not in every:
        every[document.id] = {clock.key: clock for clock in clocks_of(session, [document.id])}
    return every[document.id]


def running() -> Any:
    """Clocks that still run, of papers under way: for a query over `PaperClock` and `Document`."""
    return sa.and_(col(PaperClock.kept_at).is_(None), col(Document.state) == State.RUNNING)


def _settled(
    session: Session, document: Document, detail: Any, promise: Promise, clock: PaperClock | None, now: datetime
) -> PaperClock | None:
    since, kept = promise.since(detail), promise.kept(detail)
    if since is None:
        if clock is not None and clock.kept_at is None:
            session.delete(clock)  # nobody waits for it any more
            return None
        return clock
    if clock is None or (clock.kept_at is not None and kept is None):
        clock = _begun(session, document, detail, promise, since, clock, now)
    elif clock.kept_at is None and clock.started_at != since:
        clock.started_at = since
        clock.due_at, clock.warn_at = _times(session, detail, promise, since, now)
    if clock.kept_at != kept:
        clock.kept_at = kept
    session.add(clock)
    return clock


def _begun(
    session: Session,
    document: Document,
    detail: Any,
    promise: Promise,
    since: datetime,
    last: PaperClock | None,
    now: datetime,
) -> PaperClock:
    due_at, warn_at = _times(session, detail, promise, since, now)
    return PaperClock(
        document_id=document.id,
        key=promise.key,
        turn=last.turn + 1 if last else 1,
        started_at=since,
        due_at=due_at,
        warn_at=warn_at,
    )


def _times(
    session: Session, detail: Any, promise: Promise, since: datetime, now: datetime
) -> tuple[datetime, datetime | None]:
    clock = promise.clock(session, detail, now)
    due_at, warn_at = deadline(session, clock, since, getattr(detail, clock.end_of) if clock.end_of else None)
    assert due_at is not None
    return due_at, warn_at
