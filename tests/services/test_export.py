"""Lists leave as Excel files that Excel reads as they were meant."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from services import export
from services.errors import Refused
from services.export import Column, to_excel

COLUMNS = (
    Column("编号"),
    Column("金额", "money"),
    Column("日期", "date"),
    Column("提交时间", "moment"),
    Column("天数", "number"),
)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    return tmp_path


def sheet_of(rows, columns=COLUMNS, title="出差申请", language="zh") -> Worksheet:
    return load_workbook(BytesIO(to_excel(columns, rows, title=title, language=language))).active


def test_numbers_and_dates_are_real():
    moment = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)  # already the next day in Shanghai
    sheet = sheet_of([("TR-202611-0001", Decimal("1801.50"), date(2026, 11, 23), moment, 3)])
    number, amount, day, when, days = sheet[2]
    assert number.value == "TR-202611-0001"
    assert (amount.value, amount.number_format) == (1801.5, "#,##0.00")
    assert (day.value.date(), day.number_format) == (date(2026, 11, 23), "yyyy-mm-dd")
    assert when.value.isoformat() == "2026-11-24T01:30:00"
    assert days.value == 3


def test_the_header_stays_and_filters():
    sheet = sheet_of([("a", None, None, None, None), ("b", None, None, None, None)])
    assert [cell.value for cell in sheet[1]] == ["编号", "金额", "日期", "提交时间", "天数"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E3"
    assert sheet["B2"].value is None


def test_text_never_becomes_a_formula_or_a_link():
    texts = ["=1+1", "+86 10", "-3", "@SUM(A1)", "{=A1}", "http://example.com/", "00123", "1e5"]
    sheet = sheet_of([(text,) for text in texts], [Column("文本")])
    cells = [sheet.cell(row, 1) for row in range(2, len(texts) + 2)]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_text_that_xml_cannot_hold_does_not_damage_the_file():
    sheet = sheet_of([("a\x00b\x0bc\ud800",), ("长" * 40_000,)], [Column("文本")])
    assert sheet["A2"].value == "abc"
    assert len(sheet["A3"].value) == 32_767


def test_widths_fit_chinese_text():
    sheet = sheet_of([("西安地铁三号线制动单元更换", "abc")], [Column("事由"), Column("x")])
    assert sheet.column_dimensions["A"].width > 27
    assert sheet.column_dimensions["B"].width < 10


def test_any_title_names_a_sheet():
    assert sheet_of([], title="a/b:c*[d]?" + "x" * 50).title == "abcd" + "x" * 27
    assert sheet_of([], title="'").title == "_"


def test_an_empty_list_is_a_header():
    assert sheet_of([]).max_row == 1


def test_rows_may_come_from_a_stream():
    sheet = sheet_of(((f"no {i}",) for i in range(3000)), [Column("编号")])
    assert sheet.max_row == 3001
    assert sheet["A3001"].value == "no 2999"


def test_nothing_is_left_beside_the_file(data):
    sheet_of([("a",)], [Column("编号")])
    assert list(data.iterdir()) == []


def test_more_rows_than_a_sheet_holds_are_refused_not_lost(monkeypatch):
    monkeypatch.setattr(export, "_MOST_ROWS", 10)
    with pytest.raises(Refused, match="export.too_many_rows"):
        sheet_of(((str(i),) for i in range(11)), [Column("编号")])
