"""What stands on a paper that is printed as its kind declares it: part by part (template `declared`), or as one form
with what follows from it (template `form`). What is not filled in yet is left blank.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Session, SQLModel

from models import Document
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines, Row, is_asked
from services.documents.lookups import names
from services.months import month_said
from services.prints.values import breakable, day, detail, lines
from services.texts import has_text, said, text

Data = dict[str, Any]
_LONG, _WIDE = 40, 9
"""On a form a text of so many characters has a row of its own, and a column of a table is a wide one."""


def paper_data(session: Session, document: Document, language: str) -> Data:
    """Part by part: the sections with their tables, and a part for each step that fills in something."""
    from services.documents import KINDS  # the registry names the papers' data functions

    kind = KINDS[document.kind]
    own = detail(session, document, kind.table, kind.form)
    parts = []
    for section in kind.sections:
        rows = [one for one in section.items if isinstance(one, Row) and is_asked(one, own.model_dump())]
        tables = [one for one in section.items if isinstance(one, Lines)]
        fields = [name for row in rows for name in row.fields]
        parts.append(_part(session, document, own, section.key, fields, tables, language))
    for step in kind.route:
        if step.fields or step.table:
            tables = [kind.lines(step.table)] if step.table else []
            key = f"step.{step.key}" if has_text(language, f"step.{step.key}") else f"role.{step.key}"
            part = _part(session, document, own, key, step.fields, tables, language)
            if any(row["value"] for row in part["rows"]) or not step.when:  # what only some papers ask for
                parts.append(part)
    return {"parts": parts}


def form_data(
    session: Session, document: Document, kind: DocumentType, language: str, *, notes: Sequence[str] = ()
) -> Data:
    """As one form: short fields, long ones, tables, what follows from them, and notes at its foot."""
    row = detail(session, document, kind.table, kind.form)
    values = row.model_dump()
    asked = [name for item in kind.items if isinstance(item, Row) and is_asked(item, values) for name in item.fields]
    fields = [*asked, *(name for name in kind.after if values.get(name) is not None)]
    cells = [[_label(kind.code, name, language), *_said(session, kind.table, name, [row], language)] for name in fields]
    return {
        "short": [cell for cell in cells if len(cell[1]) < _LONG and "\n" not in cell[1]],
        "long": [cell for cell in cells if len(cell[1]) >= _LONG or "\n" in cell[1]],
        "tables": [_filled(session, document, kind, one, language) for one in kind.tables if is_asked(one, values)],
        "facts": [[text(language, key), said(language, value)] for key, value in kind.facts(session, document)],
        "notes": list(notes),
    }


# --- part by part


def _part(
    session: Session, document: Document, own: Any, key: str, fields: Iterable[str], tables: list[Lines], language: str
) -> Data:
    table: type[SQLModel] = type(own)
    return {
        "title": text(language, key),
        "rows": [
            {
                "label": _label(document.kind, name, language),
                "value": _said(session, table, name, [own], language, spelt=True)[0],
                "wide": spec(table, name).kind == Type.LONG_TEXT,
            }
            for name in fields
        ],
        "tables": [_table(session, document, one, language) for one in tables],
    }


def _table(session: Session, document: Document, table: Lines, language: str) -> Data:
    """A table of lines; a text takes three times the room of anything else."""
    columns = (*table.columns, *table.derived)
    rows = lines(session, document, table.name, table.table, table.form)
    cells = [_said(session, table.table, name, rows, language, spelt=True) for name in columns]
    return {
        "heads": [_label(document.kind, name, language) for name in columns],
        "widths": [3 if spec(table.table, name).kind == Type.LONG_TEXT else 1 for name in columns],
        "rows": [list(row) for row in zip(*cells, strict=True)],
    }


# --- as one form


def _filled(session: Session, document: Document, kind: DocumentType, table: Lines, language: str) -> Data:
    """The lines of a table, numbered, without the columns in which nothing stands."""
    rows = lines(session, document, table.name, table.table, table.form)
    columns = [name for names_ in table.on_paper for name in names_]
    cells = {name: _said(session, table.table, name, rows, language) for name in columns}
    shown = [name for name in columns if any(cells[name])] or columns[:1]
    section = next((one.key for one in kind.sections if table in one.items), f"{kind.code}.section.{table.name}")
    return {
        "heading": text(language, section),
        "heads": [_label(kind.code, name, language) for name in shown],
        "wide": [max((len(one) for one in cells[name]), default=0) > _WIDE for name in shown],
        "rows": [[str(place), *row] for place, row in enumerate(zip(*(cells[n] for n in shown), strict=True), 1)],
    }


# --- both


def _label(code: str, name: str, language: str) -> str:
    """What a field is called on the kind's paper."""
    own = f"{code}.field.{name}"
    return text(language, own if has_text(language, own) else f"field.{name}")


def _said(
    session: Session, table: type[SQLModel], name: str, rows: Sequence[Any], language: str, *, spelt: bool = False
) -> list[str]:
    """A field of each row in words: ids by name, looked up at once; days in short, or spelt out."""
    field, values = spec(table, name), [getattr(row, name) for row in rows]
    if field.kind in (Type.LINK, Type.LINKS) and field.table:
        ids = [value if isinstance(value, list) else [value] for value in values]
        called = names(session, field.table, [one for some in ids for one in some], language)
        separator = text(language, "print.list_separator")
        return [breakable(separator.join(called.get(one, "") for one in some)) for some in ids]
    if field.kind == Type.MONTH:
        return ["" if value is None else month_said(value) for value in values]
    if field.kind == Type.DATE and spelt:
        return [day(value, language) for value in values]
    return [breakable("" if value == [] else said(language, value)) for value in values]
