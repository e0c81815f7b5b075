"""Everything that happened with a customer or a machine, as the reader may see it (P3-1.1, P3-1.3)."""

from datetime import date, timedelta
from io import BytesIO

from openpyxl import load_workbook

from models import Person, State, Warranty
from services.database import reading, writing
from services.reports.customer_history import (
    CustomerHistory,
    MachineHistory,
    before,
    customer_history,
    machine_history,
)
from services.reports.customer_history_files import history_to_excel
from tests import factories
from tests.care_story import sent_survey, sent_visit
from tests.complaint_story import drafted_complaint, sent_complaint, stock
from tests.factories import NOW, Cast
from tests.governance_story import sent_training
from tests.income_story import sent_income
from tests.order_story import sent_order
from tests.parts_story import sent_return
from tests.story import refusal

SERIAL = "ZD2511-0001"


def of_customer(reader: Person, id: int | None = None) -> CustomerHistory | None:
    with reading() as session:
        return customer_history(session, reader, id or stock()[0].id, NOW)


def of_machine(reader: Person, serial: str = SERIAL) -> MachineHistory | None:
    with reading() as session:
        return machine_history(session, reader, serial, NOW)


def test_a_customer_has_every_paper_that_names_him_newest_first(cast: Cast) -> None:
    """P3-1.1, P3-1.3"""
    customer, product = stock()
    yesterday = (NOW - timedelta(days=1)).date()
    visit = sent_visit(cast, visited_on=yesterday.isoformat())
    complaint, survey, order = sent_complaint(cast), sent_survey(cast), sent_order(cast)
    income, back = sent_income(cast), sent_return(cast)
    more = {"training": "customer", "held_for_id": customer.id, "stage": "care", "trained_product_id": product.id}
    lesson = sent_training(cast, attendees=[{"person_id": None, "attendee_name": "李工", "post": None}], **more)
    drafted_complaint(cast)  # a draft has not happened
    with writing() as session:
        other = factories.customer(session, "K002", cast.service, "咸阳车辆段")
    elsewhere = sent_complaint(cast, customer_id=other.id, serial=None)
    found = of_customer(cast.marketing_manager)
    assert found is not None
    papers = {one.number for one in found.happenings if one.state}
    assert papers == {one.number for one in (visit, complaint, survey, order, income, back, lesson)}
    assert found.papers == dict.fromkeys(("CP", "SS", "CV", "TN", "SO", "RV", "RT"), 1)
    days = [one.day for one in found.happenings]
    assert days == sorted(days, reverse=True)
    seen = next(one for one in found.happenings if one.number == visit.number)
    assert (seen.day, seen.kind, seen.title, seen.state) == (yesterday, "CV", visit.title, State.RUNNING)
    assert {one.number for one in found.happenings if one.kind == "sold"} == {SERIAL, "ZD2611-0007"}
    assert [one.number for one in found.happenings if one.kind == "contract"] == [found.contract] == ["FW-2026-001"]
    assert [one.serial for one in found.machines] == ["ZD2611-0007", SERIAL]
    theirs = of_customer(cast.marketing_manager, other.id)
    assert theirs is not None and theirs.contract is None and theirs.machines == ()
    assert [one.number for one in theirs.happenings] == [elsewhere.number]


def test_a_machine_is_found_however_its_serial_number_is_typed(cast: Cast) -> None:
    """P3-1.1"""
    complaint, order = sent_complaint(cast, serial="zd2511 -0001"), sent_order(cast)
    sent_return(cast)  # of another machine
    found = of_machine(cast.marketing_manager, " zd2511-0001 ")
    assert found is not None and found.machine is not None
    assert found.machine.customer.name == "西安地铁" and found.machine.sold_on == date(2025, 11, 23)
    assert found.machine.warranty.state in (Warranty.RUNNING, Warranty.OVER)
    until = [one.day for one in found.happenings if one.kind == "warranty_ends"]
    assert until == [found.machine.warranty.until]
    assert {one.number for one in found.happenings if one.state} == {complaint.number, order.number}


def test_a_machine_that_nobody_sold_has_the_papers_that_name_it(cast: Cast) -> None:
    order = sent_order(cast, serial="XX-1", product_id=stock()[1].id)
    found = of_machine(cast.marketing_manager, "XX-1")
    assert found is not None and found.machine is None
    assert [one.number for one in found.happenings] == [order.number]
    assert of_machine(cast.stranger, "XX-1") is None, "that it is named in a paper is not told to who may not read it"


def test_each_reads_only_his_papers_and_who_has_no_customers_nothing(cast: Cast) -> None:
    visit, complaint, income = sent_visit(cast), sent_complaint(cast), sent_income(cast)

    def papers(reader: Person) -> set[str | None]:
        found = of_customer(reader)
        assert found is not None
        return {one.number for one in found.happenings if one.state}

    assert papers(cast.stranger) == set()
    assert papers(cast.engineer) == {visit.number}
    assert papers(cast.cashier) == {income.number}
    assert complaint.number in papers(cast.customer_service)
    for nobody in (cast.office_director, cast.administrator):
        assert of_customer(nobody) is None and of_machine(nobody) is None


def test_while_a_call_is_taken_in_what_there_was_before_stands_beside_it(cast: Cast) -> None:
    """P6-8a: of this machine, and of this customer besides, without the paper that is typed; rights kept"""
    complaint, order, visit, other = sent_complaint(cast), sent_order(cast), sent_visit(cast), sent_return(cast)
    unnamed = sent_order(cast, serial=None, product_id=stock()[1].id, bought_on="2025-11-23")

    def known(reader: Person, serial: str | None = " zd2511-0001", but: str | None = None) -> tuple[set[str], set[str]]:
        with reading() as session:
            found = before(session, reader, stock()[0].id, serial, NOW, but=but)
        assert found is not None
        machine, customer = ({one.number for one in some} for some in (found.machine, found.customer))
        return machine, customer

    assert known(cast.marketing_manager) == (
        {complaint.number, order.number},
        {visit.number, other.number, unnamed.number},
    )
    assert known(cast.marketing_manager, but=order.number)[0] == {complaint.number}
    everything = {one.number for one in (complaint, order, visit, other, unnamed)}
    assert known(cast.marketing_manager, None) == (set(), everything)
    assert known(cast.service_clerk)[0] == {order.number}, "the clerk reads orders, and no complaints"
    with reading() as session:
        assert before(session, cast.administrator, stock()[0].id, SERIAL, NOW, but=None) is None
        assert before(session, cast.marketing_manager, None, " ", NOW, but=None) is None


def test_the_timeline_leaves_as_excel_as_its_reader_sees_it(cast: Cast) -> None:
    """P3-1.1"""
    complaint, order, customer = sent_complaint(cast), sent_order(cast), str(stock()[0].id)

    def numbers(reader: Person, **query: str) -> list[object]:
        with reading() as session:
            called, data = history_to_excel(session, reader, query, NOW, language="zh")
        assert called in ("西安地铁", SERIAL)
        return [row[2].value for row in load_workbook(BytesIO(data)).active.iter_rows(min_row=2)]

    assert {complaint.number, order.number, "FW-2026-001", SERIAL} <= set(
        numbers(cast.marketing_manager, customer=customer)
    )
    assert numbers(cast.marketing_manager, customer=customer, kind="SO") == [order.number]
    assert complaint.number not in numbers(cast.service_clerk, serial="zd2511 -0001")
    for query in ({"customer": "x"}, {"customer": "999999"}, {"serial": "ZZ", "customer": customer}, {}):
        assert refusal(numbers, cast.marketing_manager, **query).key == "file.not_found"
    assert refusal(numbers, cast.administrator, customer=customer).key == "file.not_found"


def test_what_makes_no_sense_is_nothing(cast: Cast) -> None:
    stock()
    assert of_customer(cast.marketing_manager, 999_999_999) is None
    for serial in ("", "  ", "%", "' OR 1=1 --", "Z" * 5_000, "\x00"):
        assert of_machine(cast.marketing_manager, serial) is None
