"""Files that belong to a document: checked by content, kept under their SHA-256, read by whoever may read the paper."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Attachment, Document, Event, Person
from services.access import load_document
from services.attachments import store
from services.attachments.contents import CheckedFile, check
from services.audit import record
from services.database import rows
from services.documents.drafts import EDITABLE, is_authors
from services.errors import Refused

if TYPE_CHECKING:
    from services.engine import Action

__all__ = [
    "MOST_FILES",
    "CheckedFile",
    "attach",
    "attachments_of",
    "check",
    "hashes",
    "may_attach",
    "may_remove",
    "open_attachment",
    "remove",
    "takes_files",
]

MOST_FILES = 50


def attach(
    session: Session, person: Person, document: Document, name: str, data: bytes | CheckedFile, now: datetime
) -> Attachment:
    """Add a file to a document: by its author while it lies with him, by others while they have a task open on it.

    `data` may have been looked at before (`check`), so that a slow look does not keep the database waiting. The same
    content sent twice to one document is the same attachment. Raises `Refused`: the content is not what is
    taken, there are `MOST_FILES` already, or it is not his turn.
    """
    document = _take(session, person, document, now)
    if not may_attach(session, person, document, now):
        raise Refused("attachment.not_now", number=document.number or "")
    file = data if isinstance(data, CheckedFile) else check(name, data)
    there = attachments_of(session, document)
    if same := next((one for one in there if one.sha256 == file.sha256), None):
        return same
    if len(there) >= MOST_FILES:
        raise Refused("attachment.too_many", limit=MOST_FILES)
    store.put(file.sha256, file.data)
    attachment = Attachment(
        document_id=document.id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.data),
        sha256=file.sha256,
        uploaded_by_id=person.id,
        uploaded_at=now,
    )
    session.add(attachment)
    session.flush()
    _tell(session, person, document, "attach", attachment, now)
    return attachment


def remove(session: Session, person: Person, attachment_id: int, now: datetime) -> Attachment:
    """Take a file off a document that lies with its author: only who brought it may. The bytes stay in the store."""
    attachment = _find(session, attachment_id)
    document = _take(session, person, session.get_one(Document, attachment.document_id), now)
    session.refresh(attachment)  # as it is now that the document is ours
    if attachment.removed_at is not None:
        raise Refused("attachment.not_found")
    if not may_remove(session, person, document, attachment):
        raise Refused("attachment.not_removable", name=attachment.name)
    attachment.removed_at, attachment.removed_by_id = now, person.id
    session.add(attachment)
    session.flush()
    _tell(session, person, document, "detach", attachment, now)
    return attachment


def may_attach(session: Session, person: Person, document: Document, now: datetime) -> bool:
    """May the person add a file now? The engine's own answer decides for whoever is not the author."""
    from services.engine.acts import actions_for  # here, because the engine asks this module for the hashes it records

    if document.state in EDITABLE:
        return is_authors(document, person)
    return takes_files(actions_for(session, person, document, now))


def takes_files(actions: Iterable["Action"]) -> bool:
    """May whoever is offered these actions on a paper under way add a file? Whoever has a task on it may."""
    from services.engine.action import REOPEN, TAKE_BACK

    return any(one.task_id is not None and one.key not in (TAKE_BACK, REOPEN) for one in actions)  # their task is over


def may_remove(session: Session, person: Person, document: Document, attachment: Attachment) -> bool:
    """May the person take the file away? What a signer added stays once somebody decided with it before him.

    Its author may: his files are part of the paper, and whoever signed it with them signs anew.
    """
    if attachment.uploaded_by_id != person.id or document.state not in EDITABLE:
        return False
    if is_authors(document, person):
        return True
    decided = session.exec(select(Event.data).where(Event.document_id == document.id, col(Event.step).is_not(None)))
    return not any(attachment.sha256 in data.get("files", ()) for data in decided)


def attachments_of(session: Session, document: Document) -> list[Attachment]:
    """The files a document has now, in the order they came."""
    statement = select(Attachment).where(Attachment.document_id == document.id, col(Attachment.removed_at).is_(None))
    return list(session.exec(statement.order_by(col(Attachment.id))))


def open_attachment(session: Session, person: Person, attachment_id: int, now: datetime) -> tuple[Attachment, bytes]:
    """A file with its bytes, for whoever may read its document; anyone else gets the answer for a file never there.

    Raises `store.Damaged` where the bytes are no longer those that were stored.
    """
    attachment = _find(session, attachment_id)
    load_document(session, person, now, id=attachment.document_id)
    return attachment, store.get(attachment.sha256)


def hashes(session: Session, document: Document) -> list[str]:
    """SHA-256 of every file the document has now: recorded with each decision, it says what was decided on."""
    return list(rows(session, _HASHES, {"document_id": document.id}).scalars())


_HASHES = (
    select(Attachment.sha256)
    .where(Attachment.document_id == sa.bindparam("document_id"), col(Attachment.removed_at).is_(None))
    .order_by(col(Attachment.id))
)


def _take(session: Session, person: Person, document: Document, now: datetime) -> Document:
    """Lock the document, so that of two uploads one comes second and is counted."""
    load_document(session, person, now, id=document.id)
    statement = select(Document).where(Document.id == document.id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()


def _find(session: Session, attachment_id: int) -> Attachment:
    attachment = session.get(Attachment, attachment_id)
    if attachment is None or attachment.removed_at is not None:
        raise Refused("attachment.not_found")
    return attachment


def _tell(
    session: Session, person: Person, document: Document, action: str, attachment: Attachment, now: datetime
) -> None:
    data = {"name": attachment.name, "sha256": attachment.sha256, "size": attachment.size}
    record(session, now=now, action=action, actor=person, document=document, data=data)
