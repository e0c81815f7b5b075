"""Lists as Excel: real dates and numbers, text that stays text, a header that stays in sight."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any, Literal

import xlsxwriter
from sqlmodel import Session
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models import Person, State
from services.config import data_folder
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType
from services.errors import Refused
from services.lists import Filters, listing
from services.people import SHANGHAI
from services.texts import has_text, said, text

Kind = Literal["text", "money", "date", "moment", "number"]

_LOOKED_AT = 500
"""Rows that decide the widths; the rest is written as it streams by."""
_WIDEST, _NARROWEST = 60, 8
_MOST_ROWS, _LONGEST = 1_048_575, 32_767  # what a sheet and a cell of Excel hold
_FIXED_WIDTH = {"money": 14.0, "date": 12.0, "moment": 17.0}
_FORMATS: dict[Kind, dict[str, Any]] = {
    "text": {"text_wrap": False, "valign": "vcenter"},
    "money": {"num_format": "#,##0.00", "valign": "vcenter"},
    "date": {"num_format": "yyyy-mm-dd", "align": "left", "valign": "vcenter"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "vcenter"},
    "number": {"num_format": "General", "valign": "vcenter"},
}
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
_HEADER = {"bold": True, "bg_color": "#EEF1F6", "bottom": 1, "valign": "vcenter"}
_FONT = {"zh": "Microsoft YaHei", "en": "Calibri"}


_KINDS: dict[Type, Kind] = {
    Type.MONEY: "money",
    Type.NUMBER: "number",
    Type.DATE: "date",
    Type.MOMENT: "moment",
}
"""What a field of a document becomes; anything else is text."""
_HEADER_KINDS: dict[str, Kind] = {"amount": "money", "claimed": "money", "submitted_at": "moment", "due_at": "moment"}


@dataclass(frozen=True)
class Column:
    """One column of a list: its label in the user's language and what its cells hold."""

    label: str
    kind: Kind = "text"


def to_excel(columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, title: str, language: str) -> bytes:
    """The rows as an .xlsx file of one sheet, named by the title.

    `Decimal` becomes a number with two decimals, dates and moments (in Shanghai's time) become real ones, everything
    else a string, never a formula. Memory does not grow with the rows: they are written as they come.
    Raises `Refused` where a sheet of Excel cannot hold them all.
    """
    target = BytesIO()
    with (
        TemporaryDirectory(dir=data_folder()) as scratch,
        xlsxwriter.Workbook(target, _OPTIONS | {"tmpdir": scratch}) as book,
    ):
        book.set_properties({"title": title})
        sheet = book.add_worksheet(_sheet_name(title))
        _fill(book, sheet, columns, iter(rows), _FONT.get(language, _FONT["en"]))
    return target.getvalue()


@dataclass(frozen=True)
class Sheet:
    """One of several tables of a workbook."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]


def to_workbook(sheets: Sequence[Sheet], language: str) -> bytes:
    """Several tables as one .xlsx file, each on a sheet of its own, written as `to_excel` does."""
    target = BytesIO()
    with (
        TemporaryDirectory(dir=data_folder()) as scratch,
        xlsxwriter.Workbook(target, _OPTIONS | {"tmpdir": scratch}) as book,
    ):
        for sheet in sheets:
            page = book.add_worksheet(_sheet_name(sheet.title))
            _fill(book, page, sheet.columns, iter(sheet.rows), _FONT.get(language, _FONT["en"]))
    return target.getvalue()


def list_to_excel(session: Session, user: Person, filters: Filters, now: datetime, *, language: str) -> bytes:
    """A list as the user sees it under these filters, all pages of it. He gets what he may read and nothing else."""
    kind = KINDS[filters.kind] if filters.kind else None
    found = listing(session, user, filters, now, language=language, whole=True)
    columns = [_column(kind, name, language) for name in found.columns]
    rows = ([_cell(row.get(name), name, language) for name in found.columns] for row in found.rows)
    title = text(language, f"kind.{kind.code}" if kind else "menu.mine")
    return to_excel(columns, rows, title=title, language=language)


def _column(kind: DocumentType | None, name: str, language: str) -> Column:
    if kind is None or name not in kind.columns:
        return Column(text(language, f"column.{name}"), _HEADER_KINDS.get(name, "text"))
    own = f"{kind.code}.field.{name}"
    label = text(language, own if has_text(language, own) else f"field.{name}")
    return Column(label, _KINDS.get(spec(kind.table, name).kind, "text"))


def _cell(value: Any, name: str, language: str) -> Any:
    """A value as it goes into its cell: days and amounts as they are, choices and keys in the reader's words."""
    if value is None or name == "number":
        return value
    if name == "kind":
        return text(language, f"kind.{value}")
    if name == "state":
        return text(language, f"state.{State(value).value}")
    if name == "step":
        return text(language, f"step.{value}" if has_text(language, f"step.{value}") else f"role.{value}")
    if isinstance(value, Decimal | date) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return said(language, value)


def _fill(
    book: Workbook, sheet: Worksheet, columns: Sequence[Column], rows: Iterator[Sequence[Any]], font: str
) -> None:
    look = {"font_name": font, "font_size": 10}
    formats = {kind: book.add_format(look | form) for kind, form in _FORMATS.items()}
    header = book.add_format(look | _HEADER)
    first = list(islice(rows, _LOOKED_AT))
    for place, column in enumerate(columns):  # widths come first: rows cannot be revisited
        sheet.set_column(place, place, _width(column, [row[place] for row in first]))
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 20)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.label, header)
    count = 0
    for source in (first, rows):
        for row in source:
            count += 1
            if count > _MOST_ROWS:
                raise Refused("export.too_many_rows", limit=_MOST_ROWS)
            for place, (column, value) in enumerate(zip(columns, row, strict=True)):
                _write(sheet, count, place, column.kind, value, formats[column.kind])
    if columns:
        sheet.autofilter(0, 0, count, len(columns) - 1)


def _write(sheet: Worksheet, row: int, place: int, kind: Kind, value: Any, form: Format) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, place, value.astimezone(SHANGHAI).replace(tzinfo=None), form)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, form)
    elif isinstance(value, Decimal | int) and kind in ("money", "number"):
        sheet.write_number(row, place, float(value), form)  # Excel knows no other number; 15 digits hold any amount
    else:
        sheet.write_string(row, place, _printable(str(value)), form)


def _printable(text: str) -> str:
    """Text that XML can hold: control characters make Excel call the file damaged."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))[:_LONGEST]


def _width(column: Column, values: Iterable[Any]) -> float:
    """Wide enough for the label with its filter button and for what the first rows hold."""
    needed = _cells(column.label) + 4
    if column.kind in _FIXED_WIDTH:
        return max(_FIXED_WIDTH[column.kind], needed)
    longest = max((_cells(str(value)) for value in values if value is not None), default=0)
    return float(min(_WIDEST, max(_NARROWEST, needed, longest + 2)))


def _cells(text: str) -> float:
    """Width in Excel's units: a Chinese character takes two and a little."""
    return sum(2.1 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text)


def _sheet_name(title: str) -> str:
    """Excel forbids some characters in a sheet's name, quotes at its ends, and more than 31 of them."""
    name = "".join(c for c in _printable(title) if c not in "[]:*?/\\\n\t").strip("' ")[:31].strip("' ")
    return name if name and name.lower() != "history" else f"_{name}"
