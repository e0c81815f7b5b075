"""What stands on the papers of governance, drawn from their declarations: fields by section, tables, what follows."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from models import Document
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines, Row, is_asked
from services.documents.lookups import names
from services.months import month_said
from services.prints.values import breakable, detail, lines
from services.texts import has_text, said, text

Data = dict[str, Any]
_LONG, _WIDE = 40, 9
"""From so many characters on a text has a row of its own, and a column of a table is a wide one."""


def paper_data(
    session: Session, document: Document, kind: DocumentType, language: str, *, notes: Sequence[str] = ()
) -> Data:
    """A paper as its kind declares it, for the template `form`: what was never filled in is left blank."""
    row = detail(session, document, kind.table, kind.form)
    values = row.model_dump()
    asked = [name for item in kind.items if isinstance(item, Row) and is_asked(item, values) for name in item.fields]
    fields = [*asked, *(name for name in kind.after if values.get(name) is not None)]
    cells = [(label(kind, name, language), _said(session, kind.table, name, [row], language)[0]) for name in fields]
    return {
        "short": [list(cell) for cell in cells if len(cell[1]) < _LONG and "\n" not in cell[1]],
        "long": [list(cell) for cell in cells if len(cell[1]) >= _LONG or "\n" in cell[1]],
        "tables": [table_data(session, document, kind, one, language) for one in kind.tables if is_asked(one, values)],
        "facts": [[text(language, key), said(language, value)] for key, value in kind.facts(session, document)],
        "notes": list(notes),
    }


def table_data(session: Session, document: Document, kind: DocumentType, table: Lines, language: str) -> Data:
    """The lines of a table, without the columns in which nothing stands."""
    rows = lines(session, document, table.name, table.table, table.form)
    columns = [one for shown in table.on_paper for one in shown]
    said_ = {name: _said(session, table.table, name, rows, language) for name in columns}
    shown = [name for name in columns if any(said_[name])] or columns[:1]
    section = next((one.key for one in kind.sections if table in one.items), f"{kind.code}.section.{table.name}")
    return {
        "heading": text(language, section),
        "heads": [label(kind, name, language) for name in shown],
        "wide": [max((len(one) for one in said_[name]), default=0) > _WIDE for name in shown],
        "rows": [[str(place), *cells] for place, cells in enumerate(zip(*(said_[n] for n in shown), strict=True), 1)],
    }


def label(kind: DocumentType, name: str, language: str) -> str:
    """What a field is called on the kind's paper."""
    own = f"{kind.code}.field.{name}"
    return text(language, own if has_text(language, own) else f"field.{name}")


def _said(session: Session, table: Any, name: str, rows: Sequence[Any], language: str) -> list[str]:
    field, values = spec(table, name), [getattr(row, name) for row in rows]
    if field.kind == Type.LINK and field.table:
        read = names(session, field.table, values, language)
        return [breakable(read.get(value, "")) for value in values]
    if field.kind == Type.LINKS:
        read = names(session, "person", [one for value in values for one in value or ()], language)
        return [text(language, "print.list_separator").join(read.get(one, "") for one in value) for value in values]
    if field.kind == Type.MONTH:
        return [month_said(value) for value in values]
    return [breakable(said(language, value)) for value in values]
