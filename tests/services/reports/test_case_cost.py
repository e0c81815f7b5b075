"""What a case cost: trips, requests, parts, labour, refunds, each once and to the fen; and who bears it (P5-6c)."""

from decimal import Decimal

import pytest

from models import Complaint, Document, IncomeKind, Person, ServiceIncome, ServiceOrder, Severity, WorkKind
from services.database import reading, writing
from services.reports.case_cost import CaseCost, CostKind, case_cost
from tests import factories
from tests.complaint_story import at_step, step
from tests.factories import NOW, Cast
from tests.parts_story import refunded_return, shipped_from_stock
from tests.story import BACK, decree, finished_trip, move, sent_claim, voucher


def cost(reader: Person, paper: Document) -> CaseCost | None:
    with reading() as session:
        return case_cost(session, reader, session.get_one(Document, paper.id), BACK)


@pytest.fixture
def case(cast: Cast) -> Document:
    """A complaint with a trip, parts from stock and a refund."""
    complaint = at_step(cast, "allocate")
    lines = [voucher(cast, "train", "600.00", origin="株洲", destination="西安", transport="train")]
    trip = finished_trip(cast, serves=complaint.number)
    move(cast, sent_claim(cast, trip, vouchers=lines), until="payment", now=BACK)
    shipped_from_stock(cast, serves=complaint.number)
    refunded_return(cast, serves=complaint.number)
    return complaint


def test_everything_that_serves_a_case_is_its_cost(cast: Cast, case: Document) -> None:
    """P5-6c; P4-2.4"""
    found = cost(cast.general_manager, case)
    assert found is not None
    assert [(one.kind, one.amount) for one in found.lines] == [
        (CostKind.TRIP, Decimal("900.00")),  # three days of allowance are in it
        (CostKind.PARTS, Decimal("92.00")),
        (CostKind.REFUND, Decimal("900.00")),
    ]
    assert found.total == Decimal("1892.00")
    assert all(one.number for one in found.lines)


def test_who_bears_it_adds_up_to_the_fen(cast: Cast, case: Document) -> None:
    shares = [
        {"bearer": "department", "bearing_department_id": cast.service.id, "percent": "33.33"},
        {"bearer": "supplier", "bearer_name": "华密橡胶", "percent": "66.67"},
    ]
    step(cast, case, lines={"shares": shares}, now=BACK)
    found = cost(cast.general_manager, case)
    assert found is not None
    assert sum(one.amount for one in found.shares) == found.total == Decimal("1892.00")


def test_whoever_may_not_read_a_paper_sees_its_sum_and_not_its_number(cast: Cast, case: Document) -> None:
    found = cost(cast.customer_service, case)
    assert found is not None
    assert {one.paper: one.number is not None for one in found.lines} == {"EC": False, "PR": False, "RT": True}


def test_a_case_that_cost_nothing_and_other_papers_have_none(cast: Cast) -> None:
    assert cost(cast.general_manager, at_step(cast, "verify")) is None
    assert cost(cast.general_manager, finished_trip(cast)) is None


def test_hours_of_an_order_that_serves_the_case_count_at_the_rate(cast: Cast) -> None:
    """Issue 7, 8: labour hours x rate"""
    complaint = at_step(cast, "verify")
    decree("case.hour_rate", "100.00")
    with writing() as session:
        order = factories.document(session, "SO", cast.engineer, number="SO-202611-0001", state="running")
        facts = order_row(complaint, cast) | {"document_id": order.id, "work_hours": Decimal("2.50")}
        session.add(ServiceOrder(**facts))
    found = cost(cast.general_manager, complaint)
    assert found is not None
    assert [(one.kind, one.amount) for one in found.lines] == [(CostKind.LABOUR, Decimal("250.00"))]
    own = cost(cast.general_manager, order)
    assert own is not None and own.total == Decimal("250.00")


def order_row(complaint: Document, cast: Cast) -> dict[str, object]:
    with reading() as session:
        case = session.get_one(Complaint, complaint.id)
    return {
        "customer_id": case.customer_id,
        "contact": "李工",
        "contact_phone": "029-1111",
        "address": "西安",
        "received_at": NOW,
        "urgency": Severity.NORMAL,
        "work_kind": WorkKind.REPAIR,
        "fault": "漏风",
        "serves": complaint.number,
    }


def test_what_was_recovered_is_taken_off(cast: Cast, case: Document) -> None:
    """Issue 7, 8: less recoveries; what is only claimed is none yet"""
    for collected in (Decimal("500.00"), Decimal("0.00")):
        with writing() as session:
            paper = factories.document(session, "RV", cast.salesperson, state="running")
            facts = {"income_kind": IncomeKind.FROM_SUPPLIER, "serves": case.number, "earned_on": NOW.date()}
            money = {
                "income_amount": Decimal("800.00"),
                "collected": collected,
                "basis": "合同",
                "collect_by": NOW.date(),
            }
            session.add(ServiceIncome(document_id=paper.id, **facts, **money))
    found = cost(cast.general_manager, case)
    assert found is not None and found.lines[-1].amount == Decimal("-500.00")
    assert found.total == Decimal("1392.00")
