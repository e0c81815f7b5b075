"""The audit trail: every act adds one event, sealed with the hash of the event before it.

Whoever changes, removes or inserts an event breaks the chain from there on; `verify_chain` says where.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ChainHead, Document, Event, Person
from services.database import rows
from services.upsert import insert_into

GENESIS = "0" * 64
_SEALED = (
    "sequence",
    "actor_id",
    "on_behalf_of_id",
    "role",
    "document_id",
    "subject",
    "action",
    "step",
    "note",
    "data",
    "previous_hash",
)


def record(
    session: Session,
    *,
    now: datetime,
    action: str,
    actor: Person | None = None,
    on_behalf_of: Person | None = None,
    role: str | None = None,
    document: Document | None = None,
    subject: str = "",
    step: str | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Add one event to the end of the chain, in the caller's transaction.

    Raises `TypeError` for a float in `data`: databases write it back in another form, and the seal would not fit.
    """
    _must_come_back_as_it_is(data)
    sequence, previous = _take_head(session)
    said = {
        "sequence": sequence + 1,
        "actor_id": actor.id if actor else None,
        "on_behalf_of_id": on_behalf_of.id if on_behalf_of else None,
        "role": role,
        "document_id": document.id if document else None,
        "subject": subject,
        "action": action,
        "step": step,
        "note": note,
        "data": data or {},
        "previous_hash": previous,
    }
    sealed = _seal(said, now)
    rows(session, _MOVE_HEAD, {"to": sequence + 1, "sealed": sealed})
    rows(session, _ADD, said | {"at": now, "hash": sealed})


def verify_chain(session: Session) -> list[str]:
    """What is wrong with the chain, one line each; an empty list proves that nothing was altered."""
    problems: list[str] = []
    expected, previous, place = 1, GENESIS, 0
    for event in session.exec(select(Event).order_by(col(Event.sequence)).execution_options(yield_per=1000)):
        if event.sequence != expected:
            problems.append(f"event {expected} to {event.sequence - 1}: missing")
        if event.previous_hash != previous:
            problems.append(f"event {event.sequence}: does not follow the one before it")
        if event.hash != seal(event):
            problems.append(f"event {event.sequence}: was altered")
        if event.id <= place:
            problems.append(f"event {event.sequence}: stands in another place than it was written in")
        expected, previous, place = event.sequence + 1, event.hash, event.id
    found = head(session)
    if (found["sequence"], found["hash"]) != (expected - 1, previous):
        problems.append(f"the chain ends at event {expected - 1}, its head says {found['sequence']}")
    return problems


def head(session: Session) -> dict[str, Any]:
    """Number and hash of the last event: kept elsewhere, they prove later that no end was cut off."""
    row = rows(session, _HEAD).first()
    return {"sequence": row.sequence, "hash": row.hash} if row else {"sequence": 0, "hash": GENESIS}


def seal(event: Event) -> str:
    """SHA-256 over everything an event says, the hash before it included."""
    return _seal({name: getattr(event, name) for name in _SEALED}, event.at)


def _seal(said: dict[str, Any], at: datetime) -> str:
    said = said | {"at": at.astimezone(UTC).isoformat()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _must_come_back_as_it_is(data: Any) -> None:
    if isinstance(data, float):
        raise TypeError("a float in the audit trail")
    for one in data.values() if isinstance(data, dict) else data if isinstance(data, list | tuple) else ():
        _must_come_back_as_it_is(one)


def _take_head(session: Session) -> tuple[int, str]:
    """Lock the head of the chain; whoever comes second waits here, so the chain has one order."""
    row = rows(session, _TAKE_HEAD).first()
    if row is None:
        insert = insert_into(session, ChainHead).values(id=1, sequence=0, hash=GENESIS).on_conflict_do_nothing()
        session.execute(insert)
        row = rows(session, _TAKE_HEAD).one()
    return row.sequence, row.hash


_HEAD = select(ChainHead.sequence, ChainHead.hash).where(ChainHead.id == 1)
_TAKE_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = (
    sa.update(ChainHead.__table__)  # type: ignore[attr-defined]
    .where(col(ChainHead.id) == 1)
    .values(sequence=sa.bindparam("to"), hash=sa.bindparam("sealed"))
)
_ADD = sa.insert(Event)
