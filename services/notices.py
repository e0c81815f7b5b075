"""What a person is told in the portal. A notice is written in the transaction of what it tells of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, Notice, Person
from services.database import rows


def tell(
    session: Session, people: Iterable[int | None], key: str, document: Document, now: datetime, **facts: Any
) -> None:
    """Write one notice to each of the people, in the caller's transaction; `facts` are what its text names."""
    known = {"kind": document.kind, "number": document.number, "title": document.title} | facts
    said = {"at": now, "key": key, "facts": known, "document_id": document.id}
    told = [said | {"person_id": person} for person in sorted({one for one in people if one is not None})]
    if told:
        rows(session, _TOLD, told)


def tell_person(session: Session, person: Person, key: str, now: datetime, **facts: Any) -> None:
    """A notice that is about no paper."""
    session.add(Notice(person_id=person.id, at=now, key=key, facts=facts))


def unread(session: Session, user: Person, *, document_id: int | None = None) -> int:
    """How many notices the user has not read: of one document, or all."""
    asked = {"reader": user.id} if document_id is None else {"reader": user.id, "paper": document_id}
    return int(rows(session, _UNREAD if document_id is None else _UNREAD_OF_IT, asked).scalar_one())


def latest(session: Session, user: Person, limit: int = 20) -> list[Notice]:
    """The user's notices, newest first."""
    return list(session.exec(_LATEST, params={"reader": user.id, "limit": limit}))


def mark_read(session: Session, user: Person, now: datetime, *, document_id: int | None = None) -> None:
    """The user has seen his notices: those of one document, or all."""
    seen = {"reader": user.id, "now": now}
    if document_id is None:
        session.connection().execute(_ALL_READ, seen)
    else:
        session.connection().execute(_READ, seen | {"paper": document_id})


_UNREAD = (
    sa.select(sa.func.count())
    .select_from(Notice)
    .where(col(Notice.person_id) == sa.bindparam("reader"), col(Notice.read_at).is_(None))
)
_UNREAD_OF_IT = _UNREAD.where(col(Notice.document_id) == sa.bindparam("paper"))
_LATEST = (
    select(Notice)
    .where(Notice.person_id == sa.bindparam("reader"))
    .order_by(col(Notice.id).desc())
    .limit(sa.bindparam("limit"))
)
_TOLD = sa.insert(Notice)
_ALL_READ = (
    sa.update(Notice.__table__)  # type: ignore[attr-defined]
    .where(col(Notice.person_id) == sa.bindparam("reader"), col(Notice.read_at).is_(None))
    .values(read_at=sa.bindparam("now"))
)
_READ = _ALL_READ.where(col(Notice.document_id) == sa.bindparam("paper"))
