"""Invoices read, not typed: a dropped file becomes a line of the claim, with what it says filled in (P8-3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from models import Document, Person
from services.access import load_document
from services.attachments import CheckedFile, attach
from services.controls.rule import invoice_key
from services.documents import KINDS
from services.documents.drafts import keep, typed
from services.documents.fields import spec
from services.documents.filling import cleaned
from services.documents.kind import Lines
from services.invoices.reading import Invoice, read_invoice

__all__ = ["Invoice", "Taken", "read_invoice", "take_in"]

FILLED_IN = {
    "spent_on": "issued_on",
    "invoice_kind": "kind",
    "invoice_code": "code",
    "invoice_number": "number",
    "seller": "seller",
    "amount": "amount",
    "tax": "tax",
    "buyer_name": "buyer_name",
    "buyer_tax_no": "buyer_tax_no",
}
"""Columns of a line, and what of an invoice goes there."""
_NOT_ON_ALL = frozenset({"kind", "code", "tax", "buyer_tax_no"})
"""What many invoices do not bear: nothing to be missed."""


@dataclass(frozen=True)
class Taken:
    """What became of one file: the line it belongs to, and the columns that are left to the user."""

    name: str
    line: int
    read: bool
    """Was anything of an invoice read at all?"""
    left_open: tuple[str, ...]


def take_in(
    session: Session, user: Person, document_id: int, files: Sequence[tuple[CheckedFile, Invoice]], *, now: datetime
) -> list[Taken]:
    """Attach files to a claim that lies with its author, and make a line of each invoice that it does not have yet.

    What stands on a line already is left as it is; the file belongs to the line of its invoice. Raises `Refused`.
    """
    document = load_document(session, user, now, id=document_id)
    table = KINDS[document.kind].lines(KINDS[document.kind].reads or "")
    raw = typed(session, document)
    lines = [line for line in raw.get(table.name) or [] if not _is_blank(table, line)]
    taken = [_take(session, user, document, lines, file, invoice, now) for file, invoice in files]
    keep(session, user, document.kind, raw | {table.name: lines}, token=document.client_token, now=now)
    return taken


def _take(
    session: Session,
    user: Person,
    document: Document,
    lines: list[dict[str, Any]],
    file: CheckedFile,
    invoice: Invoice,
    now: datetime,
) -> Taken:
    attachment = attach(session, user, document, file.name, file, now)
    attachment.invoice_key = invoice.key
    session.add(attachment)
    found = {column: getattr(invoice, name) for column, name in FILLED_IN.items()}
    place = next((at for at, line in enumerate(lines) if invoice.key and _key(line) == invoice.key), len(lines))
    if place == len(lines):
        lines.append({"description": None if invoice.key else file.name[:100]})
    line = lines[place]
    for column, value in found.items():
        if value is not None and line.get(column) in (None, ""):
            line[column] = str(value.value if isinstance(value, StrEnum) else value)
    left_open = tuple(
        column for column, name in FILLED_IN.items() if name not in _NOT_ON_ALL and line.get(column) in (None, "")
    )
    return Taken(file.name, place + 1, any(value is not None for value in found.values()), left_open)


def _key(line: dict[str, Any]) -> str | None:
    code, number = line.get("invoice_code"), line.get("invoice_number")
    return invoice_key(str(code) if code else None, str(number) if number else None)


def _is_blank(table: Lines, line: dict[str, Any]) -> bool:
    return all(cleaned(spec(table.form, name), line.get(name)) in (None, []) for name in table.columns)
