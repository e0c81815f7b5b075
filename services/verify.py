"""Proof that the records are whole: the chain of the audit trail, its end, and the bytes of every attachment."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from models import Attachment, Event
from services import audit
from services.attachments import store


def problems(session: Session, *, kept_head: dict[str, Any] | None = None) -> list[str]:
    """What is wrong with the records, one line each; empty where they are whole.

    A head of the chain that was kept elsewhere (`audit.head`) also proves that no end of the chain was cut off and
    that the whole was not written anew.
    """
    found = audit.verify_chain(session)
    if kept_head:
        found += _against(session, kept_head)
    return [*found, *_damaged_files(session)]


def export_head(session: Session, file: Path, now: datetime) -> dict[str, Any]:
    """Write the head of the audit chain as JSON, to be kept where nobody who can change the database reaches it."""
    head = audit.head(session) | {"exported_at": now.isoformat()}
    file.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")
    return head


def _against(session: Session, kept: dict[str, Any]) -> Iterable[str]:
    sequence = int(kept["sequence"])
    if sequence == 0:
        return
    found = session.exec(select(Event.hash).where(Event.sequence == sequence)).first()
    if found is None:
        yield f"event {sequence}: was there when the head was kept, and is gone"
    elif found != kept["hash"]:
        yield f"event {sequence}: is not the one it was when the head was kept"


def _damaged_files(session: Session) -> Iterable[str]:
    for sha256 in session.exec(select(Attachment.sha256).distinct().order_by(col(Attachment.sha256))):
        try:
            store.get(sha256)
        except store.Damaged as damage:
            yield f"attachment {damage}"
