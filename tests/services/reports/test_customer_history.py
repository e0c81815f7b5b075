"""Everything that happened with a customer or a machine, as the reader may see it (P3-1.1, P3-1.3)."""

from datetime import date, timedelta

from models import Person, State, Warranty
from services.database import reading, writing
from services.reports.customer_history import CustomerHistory, MachineHistory, customer_history, machine_history
from tests import factories
from tests.care_story import sent_survey, sent_visit
from tests.complaint_story import drafted_complaint, sent_complaint, stock
from tests.factories import NOW, Cast
from tests.governance_story import sent_training
from tests.income_story import sent_income
from tests.order_story import sent_order
from tests.parts_story import sent_return

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


def test_what_makes_no_sense_is_nothing(cast: Cast) -> None:
    stock()
    assert of_customer(cast.marketing_manager, 999_999_999) is None
    for serial in ("", "  ", "%", "' OR 1=1 --", "Z" * 5_000, "\x00"):
        assert of_machine(cast.marketing_manager, serial) is None
