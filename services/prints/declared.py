"""What stands on a paper that is printed part by part, as its kind declares it: its sections, then what its steps
filled in; what is not filled in yet as blanks.
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, SQLModel

from models import Document
from services.documents.fields import Type, spec
from services.documents.lookups import names
from services.months import month_said
from services.prints.values import breakable, day, detail, lines, moment
from services.texts import has_text, said, text

Data = dict[str, Any]


def paper_data(session: Session, document: Document, language: str) -> Data:
    """Any kind of paper: its sections with their tables, and a part for each step that fills in something."""
    from services.documents import KINDS  # the registry names the papers' data functions
    from services.documents.kind import Lines, Row, is_asked

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


def _part(
    session: Session, document: Document, own: Any, key: str, fields: Iterable[str], tables: list[Any], language: str
) -> Data:
    return {
        "title": text(language, key),
        "rows": [_field(session, document.kind, own, name, language) for name in fields],
        "tables": [_table(session, document, table, language) for table in tables],
    }


def _field(session: Session, code: str, own: SQLModel, name: str, language: str) -> Data:
    table: type[SQLModel] = type(own)
    return {
        "label": _label(code, name, language),
        "value": breakable(on_paper(session, table, name, getattr(own, name), language)),
        "wide": spec(table, name).kind == Type.LONG_TEXT,
    }


def _table(session: Session, document: Document, table: Any, language: str) -> Data:
    """A table of lines; a text takes three times the room of anything else."""
    columns = (*table.columns, *table.derived)
    rows = lines(session, document, table.name, table.table, table.form)
    long = {name: spec(table.table, name).kind == Type.LONG_TEXT for name in columns}
    return {
        "heads": [_label(document.kind, name, language) for name in columns],
        "widths": [3 if long[name] else 1 for name in columns],
        "rows": [
            [breakable(on_paper(session, table.table, name, getattr(row, name), language)) for name in columns]
            for row in rows
        ],
    }


def _label(code: str, name: str, language: str) -> str:
    own = f"{code}.field.{name}"
    return text(language, own if has_text(language, own) else f"field.{name}")


def on_paper(session: Session, table: type[SQLModel], name: str, value: Any, language: str) -> str:
    """A value as words: ids by name, days and moments as they stand on paper."""
    field = spec(table, name)
    if value is None or value == []:
        return ""
    if field.kind in (Type.LINK, Type.LINKS) and field.table:
        ids = value if isinstance(value, list) else [value]
        called = names(session, field.table, ids, language)
        return text(language, "print.list_separator").join(called.get(one, "") for one in ids)
    if field.kind == Type.MONTH:
        return month_said(value)
    if field.kind == Type.MOMENT:
        return moment(value)
    return day(value, language) if field.kind == Type.DATE else said(language, value)
