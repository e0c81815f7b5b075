"""Limits and cities: settings of several rows, typed or from Excel, approved by the general manager (P6-5)."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from models import CityForm, CityTier, Grade, LimitForm, LimitPer
from services.database import writing
from services.errors import Invalid, Refused
from services.row_files import rows_from_excel, rows_to_excel
from services.setting_changes import approve_change, change
from tests.factories import NOW, Cast
from tests.services.test_setting_changes import REASON, TODAY, holds

LIMITS, CITIES = "claim.limits", "claim.cities"
HEADINGS = {"expense_type_id": "费用类型", "tier": "城市级别", "grade": "差旅级别", "per": "计算单位", "amount": "金额"}


def row(cast: Cast, amount: Any = "450", **changes: Any) -> dict[str, Any]:
    facts = {"tier": "first", "grade": "staff", "per": "night", "amount": amount}
    return {"expense_type_id": cast.expense["lodging"].id} | facts | changes


def propose(cast: Cast, rows: Any, key: str = LIMITS) -> int:
    with writing() as session:
        return change(session, cast.administrator, key, rows, valid_from=TODAY, note=REASON, now=NOW).id


def test_limits_hold_as_a_whole_once_the_general_manager_approved_them(cast: Cast) -> None:
    """P6-5"""
    id = propose(cast, [row(cast, "450.5"), row(cast, "¥ 1,200", tier=None, grade="executive"), {"tier": None}])
    assert holds(LIMITS) == ()
    with writing() as session:
        approve_change(session, cast.general_manager, id, NOW)
    first, second = holds(LIMITS)
    lodging = cast.expense["lodging"].id
    assert first == LimitForm(
        expense_type_id=lodging, tier=CityTier.FIRST, grade=Grade.STAFF, per=LimitPer.NIGHT, amount=Decimal("450.50")
    )
    assert (second.tier, second.grade, second.amount) == (None, Grade.EXECUTIVE, Decimal("1200.00"))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"amount": "0"}, "fault.above"),
        ({"amount": "1.005"}, "fault.decimals"),
        ({"amount": "viel"}, "fault.number"),
        ({"amount": None}, "fault.required"),
        ({"per": "year"}, "fault.option"),
        ({"tier": "fourth"}, "fault.option"),
        ({"expense_type_id": 99999}, "fault.option"),
        ({"expense_type_id": "住宿"}, "fault.whole"),
    ],
)
def test_a_row_that_does_not_fit_is_named_with_its_line(cast: Cast, changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(Invalid) as caught:
        propose(cast, [row(cast, tier=None), row(cast, **changes)])
    found = caught.value.faults[0]
    assert (found.table, found.line, found.field) == (LIMITS, 2, next(iter(changes)))
    assert found.key == fault or fault == "fault.whole"
    assert holds(LIMITS) == ()


def test_two_rows_for_the_same_are_refused(cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        propose(cast, [row(cast, "450"), row(cast, "500")])
    assert [(one.key, one.line) for one in caught.value.faults] == [("settings.row_twice", 2)]


def test_nonsense_is_no_table(cast: Cast) -> None:
    for raw in ("450", [450, "x"], None):
        with pytest.raises(Refused) as caught:
            propose(cast, raw)
        assert caught.value.key == "settings.unchanged", "nothing in it is nothing new"


def test_more_rows_than_a_company_has_limits_are_refused(cast: Cast) -> None:
    cities = [{"city": f"城市{number}", "tier": "second"} for number in range(501)]
    with pytest.raises(Invalid) as caught:
        propose(cast, cities, CITIES)
    assert caught.value.faults[-1].key == "fault.too_many_lines"


def test_a_file_that_was_taken_away_comes_back_as_it_was(cast: Cast) -> None:
    rows = [row(cast, "450.50"), row(cast, "1200.00", tier=None, grade=None)]
    choices = {
        "expense_type_id": {one.id: one.name for one in cast.expense.values()},
        "tier": {"first": "一类城市", "second": "二类城市", "third": "三类城市"},
        "grade": {"staff": "员工", "manager": "经理", "executive": "高管"},
        "per": {"night": "每晚", "day": "每天", "voucher": "每张票据"},
    }
    data = rows_to_excel(LimitForm, rows, HEADINGS, choices, title="费用标准", language="zh")
    came_back = rows_from_excel(LimitForm, data, [HEADINGS], [choices])
    assert [one | {"amount": Decimal(one["amount"])} for one in came_back] == [
        one | {"amount": Decimal(one["amount"])} for one in rows
    ]
    propose(cast, came_back)


def test_what_a_file_says_that_is_no_choice_is_refused_by_the_check(cast: Cast) -> None:
    data = _workbook([list(HEADINGS.values()), ["住宿", "一类", "员工", "每晚", "450"]])
    (read,) = rows_from_excel(LimitForm, data, [HEADINGS], [{}])
    with pytest.raises(Invalid):
        propose(cast, [read])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no workbook", b"%PDF-1.7", b"x" * 3_000_000])
def test_what_is_no_workbook_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"settings\.bad_file"):
        rows_from_excel(CityForm, data, [{"city": "城市", "tier": "城市级别"}], [{}])


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(Refused) as caught:
        rows_from_excel(CityForm, _workbook([["城市"], ["北京"]]), [{"city": "城市", "tier": "城市级别"}], [{}])
    assert (caught.value.key, caught.value.facts) == ("settings.column_missing", {"column": "城市级别"})


def _workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for line in rows:
        book.active.append(line)  # type: ignore[union-attr]
    target = BytesIO()
    book.save(target)
    return target.getvalue()
