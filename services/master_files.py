"""Master data as Excel: taken away, and brought back: looked through first, then written as a whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from models import Customer, Department, Person, Product, Supplier
from services import audit
from services.documents.fields import Type, spec
from services.errors import Fault, Invalid
from services.master_data import Master, known_links, must_keep, plain, role_of, rows_of, values_of
from services.row_files import Choices, rows_from_excel, rows_to_excel
from services.texts import LANGUAGES, term_of, text

MOST_ROWS, LARGEST = 20_000, 10_000_000
_MOST_FAULTS = 500
_CODES: dict[str, Any] = {
    "customer": Customer,
    "product": Product,
    "department": Department,
    "supplier": Supplier,
}
"""Tables that rows of a file lead to by their code."""


@dataclass
class Brought:
    """What a file would do: rows that are new, changed or as they are, and what is wrong with it, row by row."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    """The row as it is, and what it is to hold."""
    same: int = 0
    faults: list[Fault] = field(default_factory=list)
    """With the line of the sheet, whose first one holds the headings."""


def to_file(session: Session, master: Master, language: str) -> bytes:
    """All rows of a table, to be mended and brought back."""
    rows = [{name: getattr(row, name) for name in master.fields} for row in rows_of(session, master)]
    said, choices = headings(master, language), _choices(session, master, language)
    return rows_to_excel(
        master.form, rows, said, choices, title=text(language, f"master.{master.key}"), language=language
    )


def look_through(session: Session, actor: Person, master: Master, data: bytes) -> Brought:
    """What a file would do, without doing it. Raises `Refused` where it is none, or not of this table."""
    must_keep(session, actor, master)
    raw = rows_from_excel(
        master.form,
        data,
        [headings(master, one) for one in LANGUAGES],
        [_choices(session, master, one) for one in LANGUAGES],
        largest=LARGEST,
        most=MOST_ROWS + 2,
        keep_empty=True,
    )
    brought = _compared(session, master, raw[:MOST_ROWS])
    if len(raw) > MOST_ROWS:
        brought.faults.insert(0, Fault(master.named_by, "fault.too_many_lines", {"most": MOST_ROWS}, master.key, None))
    return brought


def bring(session: Session, actor: Person, master: Master, data: bytes, now: datetime) -> Brought:
    """Write what a file says. Raises `Invalid` with all its faults; then nothing of it is written."""
    brought = look_through(session, actor, master, data)
    if brought.faults:
        raise Invalid(brought.faults)
    session.add_all(master.table(**values) for values in brought.new)
    changes: dict[str, Any] = {}
    for row, values in brought.changed:
        differing = {name: value for name, value in values.items() if getattr(row, name) != value}
        changes[str(getattr(row, master.named_by))] = {
            name: [plain(getattr(row, name)), plain(value)] for name, value in differing.items()
        }
        for name, value in differing.items():
            setattr(row, name, value)
        session.add(row)
    session.flush()
    if brought.new or brought.changed:
        added = [plain(values[master.named_by]) for values in brought.new]
        audit.record(
            session,
            now=now,
            action="master.brought",
            actor=actor,
            role=role_of(session, actor, master),
            subject=master.key,
            data={"added": added, "changed": changes},
        )
    return brought


def headings(master: Master, language: str) -> dict[str, str]:
    return {name: text(language, f"field.{name}") for name in master.fields}


def _compared(session: Session, master: Master, raw: Sequence[Mapping[str, Any]]) -> Brought:
    there = {getattr(row, master.named_by): row for row in session.exec(select(master.table))}
    known = known_links(session, master, list(there.values()))
    brought, seen = Brought(), set[Any]()
    for line, typed in enumerate(raw, start=2):
        if not any(value is not None for value in typed.values()):
            continue
        values, faults = values_of(master, typed, known)
        name = values.get(master.named_by)
        if name in seen:
            faults.append(Fault(master.named_by, "master.twice_in_file"))
        if faults:
            found = [Fault(one.field, one.key, one.facts, master.key, line) for one in faults]
            brought.faults += found[: _MOST_FAULTS - len(brought.faults)]
            continue
        seen.add(name)
        row = there.get(name)
        if row is None:
            brought.new.append(values)
        elif any(getattr(row, one) != value for one, value in values.items()):
            brought.changed.append((row, values))
        else:
            brought.same += 1
    return brought


def _choices(session: Session, master: Master, language: str) -> Choices:
    """How what is not typed freely reads in a file: choices by their words, other rows by their codes."""
    found: dict[str, dict[Any, str]] = {}
    for name in master.fields:
        field_ = spec(master.form, name)
        if field_.choices:
            found[name] = {member.value: text(language, term_of(member).key) for member in field_.choices}
        elif field_.kind == Type.YES_NO:
            found[name] = {True: text(language, "word.yes"), False: text(language, "word.no")}
        elif field_.kind == Type.LINK:
            found[name] = {row.id: row.code for row in session.exec(select(_CODES[field_.table or ""]))}
    return found
