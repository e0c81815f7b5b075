"""Papers as they are stored: written when they are sent, read back for the form, their content sealed in a digest."""

import hashlib
import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Attachment, Document, Participant
from services.database import fetch, rows
from services.documents import KINDS
from services.documents.filling import REASONS
from services.documents.kind import DocumentType, Filled, Lines, lines_of
from services.documents.warned import keep_warnings, reasons_of
from services.people import department_of
from services.routes import Step

LONGEST_MARK = 60
LONGEST_KEPT = 41_000
"""Characters of a text that a draft keeps: more than twice what the longest field takes."""
MOST_KEPT = 500
_LARGEST = 2**63
"""More than any id or count: a number beyond it is as wrong when it is this one."""


def write(session: Session, document: Document, filled: Filled) -> None:
    """Store a valid paper under its header: its fields, its lines, the people it names, title and amount."""
    kind = KINDS[document.kind]
    kind.derive(filled)
    document.department_id = department_for(session, kind, document, filled)
    document.title = title_of(kind, filled)
    document.amount = kind.amount(filled)
    detail = detail_of(session, document)
    if detail is None:
        detail = _details(session)[document.id] = kind.table(document_id=document.id, **filled.values)
    else:
        _forget_lines(session, document, kind)
        _forget_participants(session, document, kind)
        for name, value in filled.values.items():
            setattr(detail, name, value)
    session.add(detail)
    for table in kind.tables:
        _add_lines(session, document, table, filled.lines.get(table.name, []))
    if kind.warnings:
        keep_warnings(session, document, kind.warnings(filled), filled)
    _add_participants(session, document, kind, filled.values)
    session.flush()


def department_for(session: Session, kind: DocumentType, document: Document, filled: Filled) -> int:
    """Whose paper it is: of the department that it names, else of where its applicant works when it is first sent."""
    if kind.of_department and (named := filled.values.get(kind.of_department)):
        return int(named)
    return department_of(session, document.applicant_id) if document.number is None else document.department_id


def title_of(kind: DocumentType, filled: Filled) -> str:
    """What lists call the paper: one line, also where it comes from a field of several."""
    return " ".join(kind.title(filled).split())[:200]


def detail_of(session: Session, document: Document) -> Any:
    """The row of the kind's own table; None for a paper that was never sent.

    Kept as long as the session: one that nobody held on to would be read anew each time it is asked for.
    """
    kept = _details(session)
    detail = kept.get(document.id)
    if detail is None or detail not in session:
        detail = kept[document.id] = fetch(session, KINDS[document.kind].table, document.id)
    return detail


def _details(session: Session) -> dict[int, Any]:
    kept: dict[int, Any] = session.info.setdefault("details", {})
    return kept


def planned_days(session: Session, code: str, document_id: int, step: Step) -> dict[str, date]:
    """The days that the paper plans for what a step is to record: field of the step -> day."""
    kind = KINDS[code]
    planned = {name: kind.planned[name] for name in step.fields if name in kind.planned}
    if not planned:
        return {}
    detail = fetch(session, kind.table, document_id)
    return {name: getattr(detail, plan) for name, plan in planned.items()}


def proposed(kind: DocumentType, detail: Any, step: Step) -> dict[str, Any]:
    """What was to be, for what a step records: field of the step -> value."""
    return {name: getattr(detail, plan) for name, plan in kind.prefilled.items() if name in step.fields}


def raw_of(session: Session, document: Document) -> dict[str, Any]:
    """The stored paper as a form holds it: plain values, ready to be typed over and sent again."""
    kind = KINDS[document.kind]
    detail = detail_of(session, document)
    if detail is None:
        return dict(document.draft or {})
    raw = {name: plain(getattr(detail, name)) for name in kind.fields}
    for table in kind.tables:
        raw[table.name] = [
            {name: plain(getattr(row, name)) for name in table.columns} for row in lines_of(session, document, table)
        ]
    if kind.warnings and (reasons := reasons_of(session, document)):
        raw[REASONS] = reasons
    return raw


def drawn_of(kind: DocumentType, filled: Filled) -> dict[str, Any]:
    """The lines that nobody typed, as plain values: what a sending writes into the trail beside what was typed."""
    return {
        table.name: [{name: plain(line.get(name)) for name in table.columns} for line in filled.lines[table.name]]
        for table in kind.tables
        if table.drawn
    }


def content_digest(session: Session, document: Document) -> str:
    """SHA-256 of what the paper says, its author's files included: whoever signed another content has to sign anew.

    A file that a signer adds on the way is no change of the paper, nor is what its author may say later.
    """
    named = {"id": document.id, "applicant": document.applicant_id, "author": document.created_by_id}
    return digest_of(signed_part(session, document), rows(session, _AUTHORS_FILES, named).scalars())


def signed_part(session: Session, document: Document) -> dict[str, Any]:
    """What whoever signs puts his name to: all of the paper but what its author may say later."""
    later = KINDS[document.kind].said_later
    return {name: value for name, value in raw_of(session, document).items() if name not in later}


def step_digest(session: Session, document: Document, step: Step) -> str:
    """SHA-256 of what stands in the fields and the table that a step fills in."""
    kind, detail = KINDS[document.kind], detail_of(session, document)
    fields = {name: getattr(detail, name) for name in step.fields}
    rows = lines_of(session, document, kind.lines(step.table)) if step.table else []
    columns = kind.lines(step.table).columns if step.table else ()
    return digest_of_step(fields, [{name: getattr(row, name) for name in columns} for row in rows])


def digest_of_step(fields: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    """The digest of a step that is filled in with these fields and these lines of its table."""
    said = {name: plain(value) for name, value in fields.items()}
    return digest_of(said | {"lines": [{name: plain(value) for name, value in line.items()} for line in lines]}, ())


_AUTHORS_FILES = (
    select(Attachment.sha256)
    .where(Attachment.document_id == sa.bindparam("id"), col(Attachment.removed_at).is_(None))
    .where(col(Attachment.uploaded_by_id).in_([sa.bindparam("applicant"), sa.bindparam("author")]))
)


def digest_of(raw: dict[str, Any], files: Iterable[str]) -> str:
    """The digest of a paper that says this, with these files of its author (SHA-256).

    What says nothing is left out: a field that a kind gets later changes no paper that was signed before.
    """
    said = json.dumps([_said(raw), sorted(files)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _said(one) for name, one in value.items() if one not in (None, "", False) and one != []}
    return [_said(one) for one in value] if isinstance(value, list) else value


def fill_in(
    session: Session, document: Document, fields: dict[str, Any], lines: dict[str, dict[int, dict[str, Any]]]
) -> dict[str, Any]:
    """Write what the owner of a step filled in; returns what changed, for the audit trail."""
    changed: dict[str, Any] = {}
    kind, detail = KINDS[document.kind], detail_of(session, document)
    for name, value in fields.items():
        if getattr(detail, name) != value:
            changed[name] = [plain(getattr(detail, name)), plain(value)]
            setattr(detail, name, value)
    session.add(detail)
    for table_name, by_position in lines.items():
        for row in lines_of(session, document, kind.lines(table_name)):
            for name, value in by_position.get(row.position, {}).items():
                if getattr(row, name) != value:
                    key = f"{table_name}.{row.position}.{name}"
                    changed[key] = [plain(getattr(row, name)), plain(value)]
                    setattr(row, name, value)
                    session.add(row)
    if changed.keys() & kind.people.keys():
        _forget_participants(session, document, kind)
        _add_participants(session, document, kind, {name: getattr(detail, name) for name in kind.people})
    session.flush()
    return changed


def add_line(session: Session, document: Document, table: Lines, line: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Add the line that the owner of a step filled in, with what follows from it; what was added, for the trail.

    The kind itself may refuse it, or fill in what was left open.
    """
    place = len(lines_of(session, document, table)) + 1
    row = table.table(document_id=document.id, position=place, **line)
    session.add(row)
    session.flush()
    if follows := KINDS[document.kind].on_added.get(table.name):
        follows(session, document, now)
    session.flush()
    said = {name: plain(getattr(row, name)) for name in table.columns}
    return {f"{table.name}.{place}.{name}": [None, value] for name, value in said.items() if value is not None}


def follow_lines(session: Session, document: Document, table: Lines, now: datetime) -> None:
    """What follows from a table and what stands beside it (a case's cost by its shares); the kind may refuse it."""
    if follows := KINDS[document.kind].on_added.get(table.name):
        follows(session, document, now)
        session.flush()


def replace_lines(
    session: Session, document: Document, table: Lines, lines: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    """Write a table that the owner of a step filled in as a whole; what it says, for the trail.

    The kind itself may refuse it, or fill in what follows.
    """
    before = {row.position: row for row in lines_of(session, document, table)}
    was = {place: {name: plain(getattr(row, name)) for name in table.columns} for place, row in before.items()}
    rows: Any = table.table
    session.execute(sa.delete(rows).where(rows.document_id == document.id))
    _add_lines(session, document, table, lines)
    session.flush()
    follow_lines(session, document, table, now)
    now_it_is = {
        place: {name: plain(value) for name, value in line.items()} for place, line in enumerate(lines, start=1)
    }
    return {
        f"{table.name}.{place}.{name}": [was.get(place, {}).get(name), now_it_is.get(place, {}).get(name)]
        for place in sorted({*was, *now_it_is})
        for name in table.columns
        if was.get(place, {}).get(name) != now_it_is.get(place, {}).get(name)
    }


def own_fields(kind: DocumentType, raw: dict[str, Any]) -> dict[str, Any]:
    """What a draft keeps: only the kind's own fields and columns, so that a forged one is not carried along."""
    kept = {name: _keepable(raw[name]) for name in kind.fields if name in raw}
    for table in kind.typed_tables:
        sent = raw.get(table.name)
        rows = [row for row in sent if isinstance(row, dict)] if isinstance(sent, list) else []
        kept[table.name] = [
            {name: _keepable(row[name]) for name in table.columns if name in row} for row in rows[: table.most + 1]
        ]
    if kind.warnings and isinstance(reasons := raw.get(REASONS), dict):
        said = [(mark, why) for mark, why in reasons.items() if isinstance(mark, str) and isinstance(why, str) and why]
        kept[REASONS] = {_keepable(mark[:LONGEST_MARK]): _keepable(why) for mark, why in said[:MOST_KEPT]}
    return kept


def _keepable(value: Any) -> Any:
    """As typed, as far as both databases can hold it; what is neither text, number nor list becomes nothing.

    Of a text or list longer than any field takes so much is kept that its field still says that it is too long.
    """
    if isinstance(value, list):
        return [None if isinstance(one, list) else _keepable(one) for one in value[:MOST_KEPT]]
    value = plain(value)
    if isinstance(value, float):
        return f"{value:.15g}" if isfinite(value) else None
    if isinstance(value, str):
        return "".join(c for c in value[:LONGEST_KEPT] if c != "\0" and not "\ud800" <= c <= "\udfff")
    return max(-_LARGEST, min(value, _LARGEST)) if isinstance(value, int) else None


def _forget_lines(session: Session, document: Document, kind: DocumentType) -> None:
    for table in kind.tables:
        lines: Any = table.table
        session.execute(sa.delete(lines).where(lines.document_id == document.id))


def _add_lines(session: Session, document: Document, table: Lines, lines: list[dict[str, Any]]) -> None:
    for position, line in enumerate(lines, start=1):
        session.add(table.table(document_id=document.id, position=position, **line))


def _forget_participants(session: Session, document: Document, kind: DocumentType) -> None:
    """Those whom the fields name; who may read it for another reason (it came to him late) still may."""
    named = sa.delete(Participant).where(col(Participant.document_id) == document.id)
    session.execute(named.where(col(Participant.part).in_(kind.people)))


def _add_participants(session: Session, document: Document, kind: DocumentType, values: dict[str, Any]) -> None:
    for name, benefits in kind.people.items():
        value = values.get(name)
        for person in dict.fromkeys(value if isinstance(value, list) else [value] if value else []):
            session.add(Participant(document_id=document.id, person_id=person, part=name, benefits=benefits))


def plain(value: Any) -> Any:
    """As JSON keeps it: days as ISO text, amounts as text, choices by value."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return getattr(value, "value", value)
