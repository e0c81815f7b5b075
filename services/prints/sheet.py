"""A paper form as an Excel sheet: its title across all columns, its head, a table with sums, a line for signatures.

Printed it is the paper form: A4, as wide as the page, the table's heading on every page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

_FONT = {"zh": "Microsoft YaHei", "en": "Calibri"}
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False}
_A4 = 9
_GAP = " " * 8
_WRAPPED_LINE = 15.0
"""Points that a line of text is high."""
_BOX = {"border": 1, "valign": "vcenter"}


@dataclass(frozen=True)
class SheetColumn:
    """A column of the form: its heading, its width in characters, and whether it is added up."""

    label: str
    width: float
    summed: bool = False


@dataclass(frozen=True)
class FormSheet:
    """What stands on the form. Cells are text, whole numbers, days or amounts in yuan."""

    company: str
    title: str
    facts: tuple[str, ...]
    """Department, month, number: in one line above the table."""
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[Any]]
    total: str
    """What the line of the sums is called."""
    signatures: tuple[str, ...]
    remarks: str = ""


def to_form(sheet: FormSheet, language: str) -> bytes:
    """The form as an .xlsx file of one sheet. What was typed stays text and never becomes a formula."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS | {"in_memory": True}) as book:
        book.set_properties({"title": sheet.title, "company": sheet.company})
        _draw(book, book.add_worksheet(sheet.title[:31]), sheet, _FONT.get(language, _FONT["en"]))
    return target.getvalue()


def _draw(book: Workbook, page: Worksheet, sheet: FormSheet, font: str) -> None:
    last = len(sheet.columns) - 1

    def look(**more: Any) -> Format:
        return book.add_format({"font_name": font, "font_size": 10, "valign": "vcenter"} | more)

    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
    page.set_row(0, 18)
    page.set_row(1, 30)
    page.merge_range(0, 0, 0, last, sheet.company, look(align="center"))
    page.merge_range(1, 0, 1, last, sheet.title, look(align="center", bold=True, font_size=18))
    page.merge_range(2, 0, 2, last, _GAP.join(sheet.facts), look())
    heading = look(bold=True, align="center", text_wrap=True, bg_color="#EEF1F6", **_BOX)
    for place, column in enumerate(sheet.columns):
        page.write_string(_HEADING, place, column.label, heading)
    end = _fill(page, sheet, look)
    if sheet.remarks:
        page.merge_range(end, 0, end, last, sheet.remarks, look(text_wrap=True, valign="top"))
        page.set_row(end, _WRAPPED_LINE * _lines_of(sheet.remarks, sum(one.width for one in sheet.columns)))
        end += 1
    page.set_row(end, 34)
    page.merge_range(end, 0, end, last, _GAP.join(sheet.signatures), look(text_wrap=True))
    _prepare_print(page, end, last)


_HEADING = 3
"""The row of the table's heading, from 0."""


def _fill(page: Worksheet, sheet: FormSheet, look: Any) -> int:
    """The table with its sums; returns the row after it."""
    text = look(text_wrap=True, **_BOX)
    formats = {
        Decimal: look(num_format="#,##0.00", **_BOX),
        date: look(num_format="yyyy-mm-dd", align="center", **_BOX),
        int: look(align="center", **_BOX),
    }
    start = _HEADING + 1
    for number, row in enumerate(sheet.rows, start=start):
        page.set_row(number, _height(sheet, row))
        for place, value in enumerate(row):
            _write(page, number, place, value, formats.get(type(value), text))
    end = start + len(sheet.rows)
    strong = look(bold=True, align="center", **_BOX)
    page.set_row(end, 20)
    for place, column in enumerate(sheet.columns):
        if column.summed:
            amounts = [row[place] for row in sheet.rows if row[place] is not None]
            whole = sum(amounts)
            named = "#,##0.00" if any(isinstance(one, Decimal) for one in amounts) else "#,##0"
            page.write_number(end, place, float(whole), look(bold=True, num_format=named, **_BOX))
        else:
            page.write_string(end, place, sheet.total if place == 0 else "", strong)
    return end + 1


def _write(page: Worksheet, row: int, place: int, value: Any, form: Format) -> None:
    if value is None or value == "":
        page.write_blank(row, place, None, form)
    elif isinstance(value, Decimal | int):
        page.write_number(row, place, float(value), form)
    elif isinstance(value, date):
        page.write_datetime(row, place, value, form)
    else:
        page.write_string(row, place, str(value), form)


def _height(sheet: FormSheet, row: Sequence[Any]) -> float:
    """High enough for the longest text of the row: Excel does not find that out by itself before it is opened."""
    texts = ((value, column.width) for value, column in zip(row, sheet.columns, strict=True) if isinstance(value, str))
    return max(18.0, _WRAPPED_LINE * max((_lines_of(value, width) for value, width in texts), default=1))


def _lines_of(text: str, width: float) -> int:
    """Lines that a text takes in a column: a Chinese character is as wide as two others."""
    return sum(
        max(1, -(-sum(1 if one.isascii() else 2 for one in line) // max(1, int(width - 1))))
        for line in text.split("\n")
    )


def _prepare_print(page: Worksheet, end: int, last: int) -> None:
    page.set_landscape()
    page.set_paper(_A4)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEADING)
    page.print_area(0, 0, end, last)
    page.center_horizontally()
    page.set_footer("&C&P / &N")
    page.hide_gridlines(2)
    page.freeze_panes(_HEADING + 1, 0)
