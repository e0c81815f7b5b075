"""Rows of a setting as an Excel file: written to be filled in, and read back by the headings it was written with."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from sqlmodel import SQLModel

from services.documents.fields import Type, spec
from services.errors import Refused
from services.export import Column, Kind, to_excel

LARGEST = 2_000_000
"""Bytes of a file that is read."""
_UNPACKED = 20
"""A workbook is at most so many times larger than the largest file: more is a trap."""
MOST = 1_000
"""Rows that are looked at."""
_MOST_NAMED = 20
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=.([A-Z]{1,3}[0-9]{1,7})")
_COLUMNS: dict[Type, Kind] = {Type.MONEY: "money", Type.DATE: "date"}
Choices = Mapping[str, Mapping[Any, str]]
"""Field -> what may be chosen in it -> how it reads."""


def rows_to_excel(
    form: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    said: Mapping[str, str],
    choices: Choices,
    *,
    title: str,
    language: str,
) -> bytes:
    """The rows with headings in the reader's words (`said`: field -> heading)."""
    columns = [Column(said[name], _COLUMNS.get(spec(form, name).kind, "text")) for name in said]
    values = [[_word(choices, name, _stored(form, name, row.get(name))) for name in said] for row in rows]
    return to_excel(columns, values, title=title, language=language)


def rows_from_excel(
    form: type[SQLModel],
    data: bytes,
    headings: Sequence[Mapping[str, str]],
    choices: Sequence[Choices],
    *,
    largest: int = LARGEST,
    most: int = MOST,
    keep_empty: bool = False,
    names: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """The rows of a file's first sheet, as typed: what no heading or choice explains stays for the check to refuse.

    `headings` and `choices` are those of each language; blank rows are left out unless `keep_empty`, so that a row's
    place is that on the sheet; `names` are the fields that are looked for, where not all. Raises `Refused` where it is
    no workbook or lacks a column.
    """
    cells = _cells(data, largest, most)
    if not cells:
        raise Refused("settings.bad_file")
    places = [_field_of(heading, headings) for heading in cells[0]]
    names = tuple(form.model_fields) if names is None else names
    missing = [name for name in names if name not in places]
    if missing:
        raise Refused("settings.column_missing", column=headings[0][missing[0]])
    known = {name: {k: v for found in choices for k, v in _values(found, name).items()} for name in names}
    rows = []
    for line in cells[1:]:
        row = {name: _typed(value) for name, value in zip(places, line, strict=False) if name}
        if keep_empty or any(value is not None for value in row.values()):
            rows.append({name: known[name].get(value, value) for name, value in row.items()})
    return rows


@contextmanager
def first_sheet(data: bytes, unpacked: int, *, formulas: bool = False) -> Iterator[Any]:
    """The first sheet of a workbook that comes to no more than so many bytes once it is unpacked, read as it is asked
    for: what spans the whole sheet (a merged range, a link) would else be laid out cell by cell.

    Raises `Refused` for what is no workbook, also where that shows only while it is read. `formulas` gives them instead
    of what they came to.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > unpacked:
                raise Refused("settings.bad_file")
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)
        yield book.worksheets[0]
    except _BROKEN:
        raise Refused("settings.bad_file") from None


def merged_in(sheet: Any) -> list[str]:
    """Where the first merged ranges of such a sheet begin: they are left out where it is read as it is asked for."""
    with sheet._get_source() as source:
        return [place.decode() for place in _MERGED.findall(source.read())[:_MOST_NAMED]]


_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,  # of the package's XML, whoever reads it
    InvalidFileException,
    RuntimeError,  # locked with a password, or packed in a way nobody knows
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    OverflowError,
    OSError,
    EOFError,
)
"""What comes out of the libraries where a file is not what it says."""


def _cells(data: bytes, largest: int, most: int) -> list[tuple[Any, ...]]:
    if len(data) > largest:
        raise Refused("settings.bad_file")
    with first_sheet(data, largest * _UNPACKED) as sheet:
        return list(sheet.iter_rows(max_row=most, max_col=50, values_only=True))


def _field_of(heading: Any, headings: Sequence[Mapping[str, str]]) -> str | None:
    said = str(heading or "").strip()
    return next((name for found in headings for name, words in found.items() if said in (words, name)), None)


def _values(choices: Choices, name: str) -> dict[str, Any]:
    return {said: value for value, said in choices.get(name, {}).items()}


def _typed(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()  # a day is a moment to Excel
    text = f"{value:.2f}" if isinstance(value, float) else str(value).strip()
    return text or None


def _word(choices: Choices, name: str, value: Any) -> Any:
    return choices.get(name, {}).get(value, value)


def _stored(form: type[SQLModel], name: str, value: Any) -> Any:
    """As the form holds it: an amount as one."""
    return None if value is None else spec(form, name).adapter.validate_python(value)
