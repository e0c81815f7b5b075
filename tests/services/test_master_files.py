"""Customers, products and sold items: kept by hand and by Excel, looked through first, written whole or not at all."""

import time
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from models import Customer, Event, Part, Person, Product, Role, SoldItem, Supply
from services.database import reading, writing
from services.errors import Invalid, Refused
from services.master_data import MASTERS, count_of, masters_of, rows_of, save
from services.master_files import Brought, bring, headings, look_through, to_file
from tests import factories
from tests.factories import NOW, Cast
from tests.story import hold, refusal

CUSTOMERS, SOLD = MASTERS["customers"], MASTERS["sold_items"]


def book(*rows: Any, table: str = "customers", language: str = "zh") -> bytes:
    """A workbook with the headings of a table and these rows."""
    made = openpyxl.Workbook()
    made.active.append(list(headings(MASTERS[table], language).values()))
    for row in rows:
        made.active.append(list(row))
    target = BytesIO()
    made.save(target)
    return target.getvalue()


def row(code: str = "K001", name: str = "西安地铁", department: str = "service", **more: Any) -> list[Any]:
    facts = {"key_customer": "是", "visit_months": 3, "contact": "李工", "phone": "029-0000 1111", "address": "西安"}
    return [code, name, department, *(facts | more).values()]


def looked(data: bytes, by: Person, table: str = "customers") -> Brought:
    with reading() as session:
        return look_through(session, by, MASTERS[table], data)


def brought(data: bytes, by: Person, table: str = "customers") -> Brought:
    with writing() as session:
        return bring(session, by, MASTERS[table], data, NOW)


def customers() -> dict[str, Customer]:
    with reading() as session:
        return {one.code: one for one in session.exec(select(Customer))}


@pytest.fixture
def stock(cast: Cast) -> None:
    with writing() as session:
        station = factories.customer(session, "K001", cast.service, "西安地铁")
        brake = factories.product(session, "ZD-200", "制动单元")
        factories.sold_item(session, "ZD2511-0001", brake, station)


def test_a_file_is_looked_through_and_nothing_is_written(cast: Cast) -> None:
    found = looked(book(row(), row("K002", "宁波地铁")), cast.administrator)
    assert (len(found.new), found.changed, found.same, found.faults) == (2, [], 0, [])
    assert customers() == {}


def test_what_a_file_says_is_written_and_a_second_time_changes_nothing(cast: Cast) -> None:
    data = book(row(), row("K002", "宁波地铁", key_customer="否", visit_months=None))
    brought(data, cast.administrator)
    assert customers()["K001"].department_id == cast.service.id
    assert [(one.key_customer, one.visit_months) for one in customers().values()] == [(True, 3), (False, None)]
    with reading() as session:
        before = len(session.exec(select(Event)).all())
    again = brought(data, cast.administrator)
    assert (again.new, again.changed, again.same) == ([], [], 2)
    with reading() as session:
        assert len(session.exec(select(Event)).all()) == before, "what changes nothing leaves no trace"


def test_a_changed_row_changes_alone_and_the_trail_says_what_was_there(cast: Cast) -> None:
    brought(book(row(), row("K002", "宁波地铁")), cast.administrator)
    brought(book(row(phone="029-2222"), row("K002", "宁波地铁")), cast.administrator)
    assert customers()["K001"].phone == "029-2222"
    with reading() as session:
        last = session.exec(select(Event).order_by(Event.id.desc())).first()  # type: ignore[attr-defined]
    assert last.action == "master.brought"
    assert last.data == {"added": [], "changed": {"K001": {"phone": ["029-0000 1111", "029-2222"]}}}


def test_faults_are_named_by_row_and_nothing_of_the_file_is_written(cast: Cast) -> None:
    data = book(
        row(),
        row("K002", "", department="nowhere"),
        [None] * 8,
        row("K003", "宁波地铁", visit_months="often"),
        row("K001", "又一个"),
    )
    found = looked(data, cast.administrator)
    assert [(one.line, one.field, one.key) for one in found.faults] == [
        (3, "name", "fault.required"),
        (3, "department_id", "fault.option"),
        (5, "visit_months", "fault.whole"),
        (6, "code", "master.twice_in_file"),
    ]
    with pytest.raises(Invalid):
        brought(data, cast.administrator)
    assert customers() == {}


@pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04" + b"\0" * 100], ids=["empty", "text", "torn"])
def test_what_is_no_workbook_is_refused(cast: Cast, data: bytes) -> None:
    assert refusal(looked, data, cast.administrator).key == "settings.bad_file"


def test_a_sheet_without_a_column_of_the_table_is_refused(cast: Cast) -> None:
    assert refusal(looked, book(table="products"), cast.administrator).key == "settings.column_missing"


def test_only_those_who_keep_the_table_bring_a_file(cast: Cast) -> None:
    for person in (cast.engineer, cast.department_head, cast.general_manager, cast.stranger):
        assert refusal(brought, book(row()), person).key == "account.administrators_only"
    assert customers() == {}


def test_the_service_administrator_keeps_customers_and_products_and_nothing_else(cast: Cast) -> None:
    """P5-3"""
    hold(cast.engineer2, Role.SERVICE_ADMINISTRATOR)
    with reading() as session:
        assert {one.key for one in masters_of(session, cast.engineer2)} == {
            "customers",
            "products",
            "sold_items",
            "contracts",
        }
    brought(book(row()), cast.engineer2)
    assert set(customers()) == {"K001"}
    with pytest.raises(Refused), writing() as session:
        save(session, cast.engineer2, MASTERS["departments"], None, {"code": "x", "name": "y"}, True, NOW)


def test_headings_are_read_in_either_language(cast: Cast) -> None:
    found = looked(book(row(), language="en"), cast.administrator)
    assert len(found.new) == 1 and not found.faults


def test_what_is_taken_away_comes_back_as_it_is(cast: Cast, stock: None) -> None:
    for table in ("customers", "products", "sold_items"):
        with reading() as session:
            data = to_file(session, MASTERS[table], "zh")
        found = looked(data, cast.administrator, table)
        assert (found.new, found.changed, found.same, found.faults) == ([], [], 1, []), table


def test_sold_items_name_customer_and_product_by_code_and_dates_as_excel_has_them(cast: Cast, stock: None) -> None:
    sold = book(["ZD2512-0002", "ZD-200", "K001", date(2025, 12, 1), 36], table="sold_items")
    brought(sold, cast.administrator, "sold_items")
    with reading() as session:
        item = session.exec(select(SoldItem).where(SoldItem.serial == "ZD2512-0002")).one()
    assert (item.sold_on, item.own_warranty_months) == (date(2025, 12, 1), 36)


def test_ten_thousand_rows_are_brought_in_under_twenty_seconds(cast: Cast, stock: None) -> None:
    """Issue 6, 10"""
    day = date(2025, 12, 1)
    data = book(*([f"N{n:05d}", "ZD-200", "K001", day, None] for n in range(10_000)), table="sold_items")
    begun = time.monotonic()
    assert len(brought(data, cast.administrator, "sold_items").new) == 10_000
    assert time.monotonic() - begun < 20


def test_more_rows_than_are_looked_at_are_refused_as_a_whole(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.master_files.MOST_ROWS", 1)
    found = looked(book(row(), row("K002")), cast.administrator)
    assert [one.key for one in found.faults] == ["fault.too_many_lines"]


def test_rows_are_found_by_any_of_their_texts(cast: Cast, stock: None) -> None:
    with writing() as session:
        factories.customer(session, "K100", cast.service, "宁波_地铁", phone="0574-1234")
    with reading() as session:
        assert [one.code for one in rows_of(session, CUSTOMERS, "0574")] == ["K100"]
        assert [one.code for one in rows_of(session, CUSTOMERS, "波_地")] == ["K100"]
        assert count_of(session, CUSTOMERS, "地铁") == 2
        assert count_of(session, CUSTOMERS, "%") == 0
        assert len(rows_of(session, CUSTOMERS, most=1)) == 1


def test_a_row_that_went_out_of_use_is_offered_no_more_but_stays_where_it_stands(cast: Cast, stock: None) -> None:
    with writing() as session:
        session.exec(select(Product)).one().active = False
    item = {"serial": "X1", "sold_on": "2026-01-05"}
    with reading() as session:
        brake, station = session.exec(select(Product)).one(), session.exec(select(Customer)).one()
        kept = session.exec(select(SoldItem)).one()
    links = {"product_id": brake.id, "customer_id": station.id}
    with pytest.raises(Invalid), writing() as session:
        save(session, cast.administrator, SOLD, None, item | links, True, NOW)
    with writing() as session:
        again = save(session, cast.administrator, SOLD, kept.id, {"serial": kept.serial} | item | links, True, NOW)
    assert again.product_id == brake.id


def test_a_contract_ends_after_it_starts(cast: Cast, stock: None) -> None:
    with reading() as session:
        station = session.exec(select(Customer)).one()
    raw = {"number": "FW-1", "customer_id": station.id, "starts_on": "2026-02-01", "ends_on": "2026-01-31"}
    with pytest.raises(Invalid) as caught, writing() as session:
        save(session, cast.administrator, MASTERS["contracts"], None, raw, True, NOW)
    assert [one.key for one in caught.value.faults] == ["master.ends_before_it_starts"]


def test_parts_come_with_their_suppliers_by_code_and_their_price_to_the_fen(cast: Cast) -> None:
    """Issue 7, 5. Purchasing keeps both tables (P3-2.2)."""
    by = cast.purchaser
    brought(book(["S01", "恒锐橡塑", "外协", "袁立明", "0519-1", "a@b.example"], table="suppliers"), by, "suppliers")
    rows = (
        ["P1", "皮碗", "PW-178", "件", 46.5, "是", "S01"],
        ["P2", "滤芯", "KL-900", "件", None, "否", None],
        ["P3", "弹簧", "TH-1", "件", "46.555", "是", "S99"],
    )
    found = looked(book(*rows, table="parts"), by, "parts")
    assert [(one.line, one.field, one.key) for one in found.faults] == [
        (4, "price", "fault.decimals"),
        (4, "supplier_id", "fault.option"),
    ]
    brought(book(*rows[:2], table="parts"), by, "parts")
    with reading() as session:
        first, second = session.exec(select(Part).order_by(Part.code)).all()
        [supplier] = rows_of(session, MASTERS["suppliers"])
        again = look_through(session, by, MASTERS["parts"], to_file(session, MASTERS["parts"], "en"))
    assert (first.price, first.stocked, first.supplier_id) == (Decimal("46.50"), True, supplier.id)
    assert (second.price, second.stocked, second.supplier_id, supplier.supply) == (None, False, None, Supply.OUTSOURCED)
    assert (again.same, again.faults) == (2, [])
    assert refusal(brought, book(table="parts"), cast.service_administrator, "parts").key == (
        "account.administrators_only"
    )
