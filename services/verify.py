"""Proof that the records are whole: the audit trail, the ledger, every paper against both, every file's bytes."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from models import Attachment, Document, Event, State, Task, TaskState
from services import audit
from services.attachments import store
from services.documents import KINDS, advances
from services.documents.drafts import EDITABLE
from services.documents.papers import digest_of, signed_part
from services.money import ledger, postings, stops
from services.schema import missing_triggers

AT_ONCE = 500
"""Papers that are read together."""


def problems(session: Session, *, kept_head: dict[str, Any] | None = None) -> list[str]:
    """What is wrong with the records, one line each; empty where they are whole.

    A head of the chain that was kept elsewhere (`audit.head`) also proves that no end of the chain was cut off and
    that the whole was not written anew.
    """
    found = audit.verify_chain(session)
    if kept_head:
        found += _against(session, kept_head)
    found += [f"trigger {name}: missing" for name in missing_triggers(session.connection(), "event")]
    found += [*ledger.problems(session), *stops.problems(session), *postings.problems(session)]
    found += advances.problems(session)
    return [*found, *_altered_papers(session), *_damaged_files(session)]


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


def _altered_papers(session: Session) -> Iterable[str]:
    """Papers that stand otherwise than their last event left them, or say otherwise than their last signer read."""
    ids = session.exec(select(Document.id).order_by(col(Document.id))).all()
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        documents = session.exec(select(Document).where(col(Document.id).in_(some)).order_by(col(Document.id))).all()
        kept: list[Any] = []  # read at once and held, for the papers' own look-ups to find them in memory
        for table in {KINDS[document.kind].table for document in documents}:
            kept += session.exec(_of(table, some)).all()
        events = _by_document(session.exec(_of(Event, some).order_by(col(Event.sequence))))
        files = _by_document(session.exec(_of(Attachment, some)))
        signed = select(Task).where(Task.stands, Task.state == TaskState.DONE, col(Task.content).is_not(None))
        tasks = _by_document(session.exec(signed.where(col(Task.document_id).in_(some)).order_by(col(Task.id))))
        for document in documents:
            its = (events[document.id], files[document.id], tasks[document.id])
            yield from (
                f"{document.number or f'draft {document.id}'}: {what}" for what in _wrong(session, document, *its)
            )
        session.expunge_all()


def _wrong(
    session: Session, document: Document, events: list[Event], files: list[Attachment], tasks: list[Task]
) -> Iterable[str]:
    acts = [event for event in events if "state" in event.data]
    if not acts:
        if document.state not in (State.DRAFT, State.CANCELLED) or document.number:
            yield f"is {document.state.value}, and no event says why"
        return
    last = acts[-1].data
    if document.state != last["state"][1]:
        yield f"is {document.state.value}, its last event left it {last['state'][1]}"
    amount = None if document.amount is None else f"{document.amount:.2f}"
    if amount != last.get("amount"):
        yield f"comes to {amount}, its last event left it at {last.get('amount')}"
    if {file.sha256 for file in files if file.removed_at is None} != _files_after(events):
        yield "has other files than its events say"
    last_signed = max(tasks, key=lambda task: (task.closed_at, task.id), default=None)
    if last_signed and document.state not in EDITABLE and _reads_otherwise(session, document, last_signed, acts, files):
        yield "says something else than its last signer read"


def _files_after(events: list[Event]) -> set[str]:
    files: set[str] = set()
    for event in events:
        if "files" in event.data:
            files = set(event.data["files"])
        elif event.action in ("attach", "detach"):
            files = files ^ {event.data["sha256"]}
    return files


def _reads_otherwise(
    session: Session, document: Document, task: Task, acts: list[Event], files: list[Attachment]
) -> bool:
    """Does the paper have another content than was signed? What its author added while he carried it out is none."""
    then = next(
        (e for e in reversed(acts) if (e.step, e.action, e.at) == (task.step, task.outcome, task.closed_at)), None
    )
    if then is None:
        return True
    authors = (document.applicant_id, document.created_by_id)
    brought = {file.sha256 for file in files if file.uploaded_by_id in authors}
    says = digest_of(signed_part(session, document), brought & set(then.data["files"]))
    return {task.content, then.data.get("digest", task.content)} != {says}  # early events have no digest


def _of(table: Any, documents: Sequence[int]) -> Any:
    return select(table).where(table.document_id.in_(documents))


def _by_document(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.document_id].append(row)
    return found


def _damaged_files(session: Session) -> Iterable[str]:
    for sha256 in session.exec(select(Attachment.sha256).distinct().order_by(col(Attachment.sha256))):
        try:
            store.get(sha256)
        except store.Damaged as damage:
            yield f"attachment {damage}"
