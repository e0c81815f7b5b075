"""The outbox: mails to people outside. An act lays one in, in its own transaction; the worker posts it once after.

A letter is taken before it is sent, so that of several workers one sends it. Of one that was being sent when its worker
died nobody knows whether it went out: it is shown as such and never sent again by itself.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, Letter, LetterState
from services.audit import record
from services.database import rows
from services.notices import tell

NOT_GONE = (LetterState.WAITING, LetterState.FAILED, LetterState.UNCERTAIN)
"""States in which the portal may be told to send it in another way."""
AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long it waits after each failure; after the last it is given up."""
LONGEST_SENDING = timedelta(minutes=10)
MAILED = "mailed"
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\\\"\x00-\x1f]+@[^\s@,;:<>()\[\]\\\"\x00-\x1f]+")


@dataclass(frozen=True)
class Mail:
    """What is sent to whom; `reply_to` gets the answer."""

    address: str
    subject: str
    body: str
    reply_to: str | None = None


def is_address(typed: str | None) -> bool:
    """Is it one mail address, as far as its form goes?"""
    return bool(typed and _ADDRESS.fullmatch(typed))


def put(session: Session, document: Document, layout: str, mail: Mail, now: datetime) -> Letter:
    """Lay a mail into the outbox, with one of the paper's prints to go with it."""
    letter = Letter(
        document_id=document.id,
        layout=layout,
        address=mail.address,
        reply_to=mail.reply_to if is_address(mail.reply_to) else None,
        subject=mail.subject[:200],
        body=mail.body[:2000],
        queued_at=now,
        queued_by_id=document.applicant_id,
        next_try_at=now,
    )
    session.add(letter)
    session.flush()
    return letter


def latest(session: Session, document_id: int) -> Letter | None:
    """The newest mail of a paper."""
    return session.exec(_LATEST, params={"document": document_id}).first()


def undelivered(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the papers whose newest mail has failed for good, or may have."""
    found = rows(session, _STATES, {"ids": list(ids)})
    newest = {row.document_id: row.state for row in found}
    return {id for id, state in newest.items() if state in (LetterState.FAILED, LetterState.UNCERTAIN)}


def withdraw(session: Session, document_id: int) -> None:
    """What has not gone out yet stays here."""
    session.connection().execute(_WITHDRAW, {"document": document_id})


# --- the worker's part


def due(session: Session, now: datetime) -> list[int]:
    """Letters that it is time to send."""
    return list(rows(session, _DUE, {"now": now}).scalars())


def take(session: Session, letter_id: int, now: datetime) -> Letter | None:
    """Take a letter to send it; None where somebody else has, or it was withdrawn."""
    taken = session.connection().execute(_TAKE, {"letter": letter_id, "now": now})
    return session.get(Letter, letter_id) if taken.rowcount else None


def gone(session: Session, letter: Letter, now: datetime, sha256: str) -> None:
    """The mail server has it; the trail says to whom it went, and the seal of the PDF that went with it."""
    _note(session, letter, LetterState.SENT, now, sent_at=now, error=None)
    document = session.get_one(Document, letter.document_id)
    facts = {"address": letter.address, "letter": letter.id, "sha256": sha256}
    record(session, now=now, action=MAILED, document=document, data=facts)


def failed(session: Session, letter: Letter, why: str, now: datetime, *, for_good: bool) -> None:
    """It could not be sent: it is tried again later, or, `for_good` or after the last try, its writer is told."""
    given_up = for_good or letter.tries > len(AGAIN_AFTER)
    if given_up:
        _note(session, letter, LetterState.FAILED, now, error=why[:300])
        _tell(session, letter, "mail_failed", now)
    else:
        again = now + AGAIN_AFTER[letter.tries - 1]
        _note(session, letter, LetterState.WAITING, again, error=why[:300])


def unknown(session: Session, letter: Letter, now: datetime, why: str | None = None) -> None:
    """Nobody knows whether it went out: its writer is told, and asks the supplier."""
    if _note(session, letter, LetterState.UNCERTAIN, now, **({"error": why[:300]} if why else {})):
        _tell(session, letter, "mail_uncertain", now)


def interrupted(session: Session, now: datetime) -> list[Letter]:
    """Letters whose sending began long ago, and that nobody ended."""
    return list(session.exec(_LOST, params={"long_ago": now - LONGEST_SENDING}))


def _note(session: Session, letter: Letter, state: LetterState, next_try_at: datetime, **more: Any) -> bool:
    """What has become of a letter that is being sent; False where somebody has said so already."""
    values = {"state": state, "next_try_at": next_try_at} | more
    mine = sa.update(Letter).where(col(Letter.id) == letter.id, col(Letter.state) == LetterState.SENDING)
    return bool(session.connection().execute(mine.values(**values)).rowcount)


def _tell(session: Session, letter: Letter, key: str, now: datetime) -> None:
    document = session.get_one(Document, letter.document_id)
    tell(session, {document.applicant_id, document.keeper_id}, key, document, now, address=letter.address)


_LATEST = (
    select(Letter)
    .where(Letter.document_id == sa.bindparam("document"))
    .order_by(col(Letter.id).desc())
    .limit(1)
    .execution_options(populate_existing=True)
)
_STATES = (
    sa.select(col(Letter.document_id), col(Letter.state))
    .where(col(Letter.document_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(Letter.id))
)
_WITHDRAW = (
    sa.update(Letter)
    .where(col(Letter.document_id) == sa.bindparam("document"), col(Letter.state).in_(NOT_GONE))
    .values(state=LetterState.WITHDRAWN)
)
_DUE = (
    sa.select(col(Letter.id))
    .where(col(Letter.state) == LetterState.WAITING, col(Letter.next_try_at) <= sa.bindparam("now"))
    .order_by(col(Letter.id))
)
_TAKE = (
    sa.update(Letter)
    .where(col(Letter.id) == sa.bindparam("letter"), col(Letter.state) == LetterState.WAITING)
    .values(state=LetterState.SENDING, tries=Letter.tries + 1, next_try_at=sa.bindparam("now"))
)
_LOST = select(Letter).where(
    col(Letter.state) == LetterState.SENDING, col(Letter.next_try_at) < sa.bindparam("long_ago")
)
