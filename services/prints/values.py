"""How values stand on paper: days, moments, amounts in fen, names; and what a draft says so far."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session, SQLModel, col, select

from models import Base, Document, Payment, Person
from services.people import SHANGHAI
from services.texts import text

Row = TypeVar("Row", bound=Base)

_RUN = 12
"""Letters or digits that fit into the narrowest cell that holds text, even if each is a W."""


def fen(amount: Decimal | None) -> int | None:
    """An amount as templates take it: whole fen, so that their sums are exact."""
    return None if amount is None else int(amount * 100)


def day(value: date | None, language: str) -> str:
    """A day in words of the language: 2026年11月25日."""
    if value is None:
        return ""
    return text(language, "print.day", year=value.year, month=value.month, day=value.day, iso=value.isoformat())


def short_day(value: date | None) -> str:
    return "" if value is None else value.isoformat()


def moment(value: datetime | None) -> str:
    """A moment in Shanghai's time, to the minute."""
    return "" if value is None else f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def breakable(value: str | None, run: int = _RUN) -> str:
    """Text for a cell: letters or digits in a run longer than `run` may break after each so many."""
    return re.sub(rf"[!-~]{{{run}}}(?=[!-~])", "\\g<0>\u200b", value or "")


def name_of(session: Session, person_id: int | None) -> str:
    person = session.get(Person, person_id) if person_id else None
    return person.name if person else ""


def names_of(session: Session, ids: Iterable[int], language: str) -> str:
    names = [name_of(session, one) for one in ids]
    return text(language, "print.list_separator").join(name for name in names if name)


def detail(session: Session, document: Document, table: type[Row], form: type[SQLModel]) -> Row:
    """The paper as it was sent; for a draft, what was typed so far as far as it makes sense."""
    stored = session.get(table, document.id)
    return stored or table(document_id=document.id, **_typed(form, document.draft or {}))


def lines(session: Session, document: Document, name: str, table: type[Row], form: type[SQLModel]) -> list[Row]:
    """The lines of a table in order, of the paper as it was sent or of a draft."""
    rows: Any = table
    if document.number is not None:
        return list(session.exec(select(rows).where(rows.document_id == document.id).order_by(col(rows.position))))
    if _is_drawn(document, name):
        return [table(position=number, **line) for number, line in enumerate(_drawn(session, document, name), start=1)]
    typed = [row for row in (document.draft or {}).get(name) or [] if isinstance(row, Mapping)]
    return [table(position=number, **_typed(form, row)) for number, row in enumerate(typed, start=1)]


def _is_drawn(document: Document, name: str) -> bool:
    from services.documents import KINDS  # the registry names the papers' data functions

    return KINDS[document.kind].lines(name).drawn is not None


def _drawn(session: Session, document: Document, name: str) -> list[dict[str, Any]]:
    """Lines of a draft that nobody types, as they would be sent now."""
    from services.documents import KINDS
    from services.documents.filling import fill

    author = session.get_one(Person, document.created_by_id)
    filled, _ = fill(session, author, KINDS[document.kind], document.draft or {}, document.created_at, document)
    return filled.lines[name]


def payments_of(session: Session, document: Document, language: str) -> list[dict[str, Any]]:
    """What was paid on a paper: when, how much, under which reference."""
    found = select(Payment).where(Payment.document_id == document.id).order_by(col(Payment.position))
    return [
        {
            "date": day(one.paid_on, language),
            "fen": fen(one.paid_amount),
            "reference": breakable(one.payment_reference),
        }
        for one in session.exec(found)
    ]


def _typed(form: type[SQLModel], raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _valid(form, name, raw.get(name)) for name in form.model_fields}


def _valid(form: type[SQLModel], name: str, raw: Any) -> Any:
    try:
        return _adapter(form, name).validate_python(raw)
    except ValidationError:
        return None


@cache
def _adapter(form: type[SQLModel], name: str) -> TypeAdapter[Any]:
    annotation: Any = form.model_fields[name].annotation
    return TypeAdapter(annotation)
