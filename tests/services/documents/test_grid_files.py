"""The sheet of a plan as Excel: out and in again; what is wrong is named with its cell, and then nothing is taken."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from models import BudgetCategory, CustomerForm
from services.documents.budget_plan import BUDGET_PLAN
from services.documents.grid_files import sheet_from_excel, sheet_to_excel
from services.documents.plan_lines import LINES, MONTHS
from services.errors import Invalid, Refused
from services.row_files import rows_from_excel
from tests.story import plan_line

ROWS = [plan_line(category.value, f"{100 * number}.50") for number, category in enumerate(BudgetCategory)]


def written(rows: list[dict[str, Any]] = ROWS, language: str = "zh") -> bytes:
    return sheet_to_excel(BUDGET_PLAN, LINES, rows, title="预算", language=language)


def changed(change: Callable[[Worksheet], Any]) -> bytes:
    book = openpyxl.load_workbook(BytesIO(written()))
    change(book.worksheets[0])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def setting(cell: str, value: Any) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet[cell] = value

    return change


def found(data: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as caught:
        sheet_from_excel(BUDGET_PLAN, LINES, data)
    return [(fault.facts["cell"], fault.key.removeprefix("sheet.fault.")) for fault in caught.value.faults]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_written_is_read_back_and_twice_changes_nothing(language: str) -> None:
    once = sheet_from_excel(BUDGET_PLAN, LINES, written(language=language))
    assert once == [{name: row[name] for name in ("category", *MONTHS)} for row in ROWS]
    assert sheet_from_excel(BUDGET_PLAN, LINES, written(once)) == once


def test_the_template_opens_with_a_nought_in_each_month() -> None:
    sheet = openpyxl.load_workbook(BytesIO(written([]))).worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == ["预算类别", "1月", "2月"]
    assert [cell.value for cell in sheet["C"][1:]] == [0] * 6
    assert sheet["A2"].value == "人员薪酬与福利"


def test_numbers_are_taken_as_they_are_meant() -> None:
    rows = sheet_from_excel(BUDGET_PLAN, LINES, changed(setting("B3", 0.1 + 0.2)))
    assert rows[1]["m01"] == "0.30"
    assert sheet_from_excel(BUDGET_PLAN, LINES, changed(setting("B3", "1,234.5")))[1]["m01"] == "1234.50"


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (setting("C3", "约三千"), [("C3", "text")]),
        (setting("C3", True), [("C3", "text")]),
        (setting("C3", -1), [("C3", "wrong")]),
        (setting("C3", " - "), [("C3", "empty")]),
        (setting("C3", 1.005), [("C3", "wrong")]),
        (setting("C3", 100_000_001), [("C3", "wrong")]),
        (setting("M7", None), [("M7", "empty")]),
        (setting("D4", "=B4+C4"), [("D4", "formula")]),
        (setting("E1", None), [("E1", "month_missing")]),
        (setting("E1", "3月"), [("E1", "month_twice"), ("E1", "month_missing")]),
        (setting("A4", "差旅费"), [("A4", "line_missing")]),
        (lambda sheet: sheet.delete_cols(5), [("E1", "month_missing")]),
        (lambda sheet: sheet.delete_rows(2), [("A2", "line_missing")]),
        (lambda sheet: sheet.merge_cells("B2:C2"), [("B2", "merged"), ("C2", "empty")]),
    ],
)
def test_each_fault_is_named_with_its_cell(change: Callable[[Worksheet], Any], faults: list[tuple[str, str]]) -> None:
    """Text in an amount, a missing month, a merged cell, a formula."""
    assert found(changed(change)) == faults


def test_all_is_looked_through_before_any_is_taken() -> None:
    def change(sheet: Worksheet) -> None:
        sheet["B2"], sheet["C5"], sheet["M7"] = "x", "=1", -5

    assert found(changed(change)) == [("B2", "text"), ("C5", "formula"), ("M7", "wrong")]


def bomb() -> bytes:
    """A workbook of a few kilobytes that unpacks to 50 million."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(written())) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bomb:
        for entry in book.infolist():
            bomb.writestr(entry, book.read(entry))
        bomb.writestr("xl/media/image1.bin", b"\0" * 50_000_000)
    return target.getvalue()


def patched(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part of the package written by somebody else."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(written())) as book, zipfile.ZipFile(target, "w") as made:
        for entry in book.infolist():
            data = book.read(entry)
            made.writestr(entry.filename, change(data) if entry.filename == part else data)
    return target.getvalue()


def after_the_cells(said: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"</sheetData>", b"</sheetData>" + said)


SHEET = "xl/worksheets/sheet1.xml"


def test_what_spans_the_whole_sheet_is_not_laid_out_cell_by_cell() -> None:
    """Seventeen thousand million cells in a file of six kilobytes."""
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert found(patched(SHEET, after_the_cells(merged))) == [("A1", "merged")]
    linked = b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="x"/></hyperlinks>'
    assert sheet_from_excel(BUDGET_PLAN, LINES, patched(SHEET, after_the_cells(linked)))[1]["m01"] == "100.50"


def test_a_number_beyond_all_numbers_is_none() -> None:
    endless = patched(SHEET, lambda data: data.replace(b"<v>100.5</v>", b"<v>1e999</v>", 1))
    assert found(endless) == [("B3", "text")]


def _locked() -> bytes:
    data = bytearray(written())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + flags] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


def _torn() -> bytes:
    """Its sheet's packed bytes are others."""
    data = bytearray(written())
    place = zipfile.ZipFile(BytesIO(bytes(data))).getinfo(SHEET).header_offset + 30 + len(SHEET) + 10
    data[place : place + 60] = bytes(byte ^ 0xFF for byte in data[place : place + 60])
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [
        patched(SHEET, lambda data: data[: len(data) // 2]),
        patched("xl/workbook.xml", lambda data: b"<a"),
        patched("[Content_Types].xml", lambda data: b""),
        _locked(),
        _torn(),
    ],
    ids=["half a sheet", "no book", "no contents", "locked", "torn"],
)
def test_what_breaks_off_while_it_is_read_is_no_workbook(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        sheet_from_excel(BUDGET_PLAN, LINES, data)
    assert caught.value.key == "settings.bad_file"
    with pytest.raises(Refused):
        rows_from_excel(CustomerForm, data, [{}], [{}])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"%PDF-1.7", bomb(), b"\0" * 3_000_000])
def test_what_is_no_workbook_or_a_bomb_is_refused_unread(data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        sheet_from_excel(BUDGET_PLAN, LINES, data)
    assert caught.value.key == "settings.bad_file"
