"""A sheet as an Excel file: written to be filled in, read back whole or not at all, each fault named with its cell."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from openpyxl.utils import get_column_letter

from services.documents.fields import spec
from services.documents.filling import check_value
from services.documents.grids import Rows, choices_of, whole
from services.documents.kind import DocumentType, Lines
from services.errors import Fault, Invalid, Refused
from services.export import Column, to_excel
from services.row_files import LARGEST, first_sheet, merged_in
from services.texts import LANGUAGES, has_text, term_of, text

_UNPACKED = 2_000_000
"""Bytes of a sheet of a few lines once it is unpacked; a longer one is another file."""
_DEEPEST, _WIDEST = 40, 30
"""Rows and columns that are looked at."""


def sheet_to_excel(kind: DocumentType, lines: Lines, rows: Rows, *, title: str, language: str) -> bytes:
    """The sheet as it is typed, with headings in the reader's words: a template where nothing is typed yet."""
    assert lines.grid
    names = (*lines.grid.months, lines.grid.total)
    columns = [Column(_said(kind, lines.grid.by, language))]
    columns += [Column(_said(kind, name, language), "money") for name in names]
    called = {one.value: text(language, term_of(one).key) for one in choices_of(lines)}
    cells = [
        [called[row[lines.grid.by]], *(_amount(lines, name, row.get(name)) for name in names)]
        for row in whole(lines, rows)
    ]
    return to_excel(columns, cells, title=title, language=language)


def sheet_from_excel(kind: DocumentType, lines: Lines, data: bytes) -> Rows:
    """The sheet that an Excel file holds, as typed: by headings in row 1 and names in column A, of either language.

    Raises `Invalid` with all that is wrong, cell by cell (text in an amount, an empty, merged or calculated cell, a
    month or a line that is missing or twice there), and `Refused` where it is no workbook. Nothing is taken before
    all of it was checked.
    """
    cells, merged = _cells(data)
    assert lines.grid
    faults: list[Fault] = [_at(cell, "merged") for cell in merged]
    headings = {column: _value(cells, 1, column) for column in range(2, _WIDEST)}
    names = {row: _value(cells, row, 1) for row in range(2, _DEEPEST)}
    columns, wrong = _places(headings, {name: _words(kind, name) for name in lines.grid.months}, "month", _head)
    faults += wrong
    called = {
        one.value: {one.value, *(text(spoken, term_of(one).key) for spoken in LANGUAGES)} for one in choices_of(lines)
    }
    places, wrong = _places(names, called, "line", _name)
    faults += wrong
    rows: Rows = []
    for name, row in places.items():
        line: dict[str, Any] = {lines.grid.by: name}
        for month, column in columns.items():
            line[month], fault = _read(lines, month, cells.get((row, column)), f"{get_column_letter(column)}{row}")
            faults += [fault] if fault else []
        rows.append(line)
    if faults:
        raise Invalid(faults)
    return whole(lines, rows)


def typed_cell(value: Any) -> Any:
    """A number as it was meant: what a calculation left behind the fen is nothing."""
    if isinstance(value, bool | date):
        return "?"
    if isinstance(value, float) and isfinite(value):
        near = round(Decimal(repr(value)), 2)
        return str(near) if abs(near - Decimal(repr(value))) < Decimal("0.000001") else repr(value)
    return str(value)


def _cells(data: bytes) -> tuple[dict[tuple[int, int], Any], list[str]]:
    """The cells in the corner that is looked at, by row and column, and where some of a sheet are merged."""
    if len(data) > LARGEST:
        raise Refused("settings.bad_file")
    with first_sheet(data, _UNPACKED, formulas=True) as sheet:
        found = {
            (row, column): cell
            for row, cells in enumerate(sheet.iter_rows(max_row=_DEEPEST, max_col=_WIDEST), start=1)
            for column, cell in enumerate(cells, start=1)
        }
        return found, merged_in(sheet)


def _value(cells: Mapping[tuple[int, int], Any], row: int, column: int) -> Any:
    cell = cells.get((row, column))
    return cell.value if cell else None


def _places(
    said: Mapping[int, Any], wanted: Mapping[str, set[str]], what: str, cell: Any
) -> tuple[dict[str, int], list[Fault]]:
    """Where each of the wanted stands, and what is missing or there twice."""
    found: dict[str, int] = {}
    faults = []
    for place, value in said.items():
        name = next((one for one, words in wanted.items() if str(value or "").strip() in words), None)
        if name in found:
            faults.append(_at(cell(place), f"{what}_twice"))
        elif name:
            found[name] = place
    for number, name in enumerate(wanted):
        if name not in found:
            faults.append(_at(cell(number + 2), f"{what}_missing", name=sorted(wanted[name])[-1]))
    return found, faults


def _read(lines: Lines, name: str, cell: Any, place: str) -> tuple[str | None, Fault | None]:
    if cell is None or cell.value is None or not str(cell.value).strip():
        return None, _at(place, "empty")
    if cell.data_type == "f":
        return None, _at(place, "formula")
    value, fault = check_value(spec(lines.form, name), typed_cell(cell.value))
    if fault:
        return None, _at(place, "text" if fault.key == "fault.number" else "wrong")
    return (None, _at(place, "empty")) if value is None else (f"{value:.2f}", None)


def _amount(lines: Lines, name: str, raw: Any) -> Decimal | None:
    """What is typed, as far as it is an amount; an open month is a nought, to be written over."""
    value, fault = check_value(spec(lines.form, name), raw)
    assert lines.grid
    return Decimal("0.00") if value is None and fault is None and name != lines.grid.total else value


def _said(kind: DocumentType, name: str, language: str) -> str:
    own = f"{kind.code}.field.{name}"
    return text(language, own if has_text(language, own) else f"field.{name}")


def _words(kind: DocumentType, name: str) -> set[str]:
    return {name, *(_said(kind, name, spoken) for spoken in LANGUAGES)}


def _at(cell: str, what: str, **facts: Any) -> Fault:
    return Fault("file", f"sheet.fault.{what}", {"cell": cell} | facts)


def _head(column: int) -> str:
    return f"{get_column_letter(column)}1"


def _name(row: int) -> str:
    return f"A{row}"
