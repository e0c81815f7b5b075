"""Parts requests, supplier notices and returns that travel; a test says what is different about its own."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from models import Document, Part, Person, Role, SoldItem, Supplier, Supply
from services.database import reading, writing
from tests import factories
from tests.complaint_story import stock
from tests.factories import NOW, Cast
from tests.story import do, draft, hold

TODAY = NOW.date().isoformat()
NEEDED = "2026-11-30"


def store() -> tuple[Part, Part, Supplier]:
    """A seal that the store keeps, at 46.00, and a valve that a supplier makes, at 640.00."""
    with writing() as session:
        known = {one.code: one for one in session.exec(select(Part))}
        if "P1003" in known:
            return known["P1003"], known["P1301"], session.exec(select(Supplier).where(Supplier.code == "S04")).one()
        supplier = factories.supplier(
            session,
            "S04",
            "海曙气动",
            contact="励建国",
            phone="0574-1",
        )
        factories.supplier(session, "S03", "澄北弹簧", supply=Supply.OUTSOURCED)
        seal = factories.part(session, "P1003", "皮碗", model="PW-178", price="46.00")
        valve = factories.part(
            session, "P1301", "电磁阀", model="EV-24D", price="640.00", stocked=False, supplier_id=supplier.id
        )
        return seal, valve, supplier


def part_line(part: Part | str, quantity: Any = 2, price: Any = None, **changes: Any) -> dict[str, Any]:
    """A line as the form sends it: of the list, or named freely."""
    listed = isinstance(part, Part)
    return {
        "part_id": part.id if isinstance(part, Part) else None,
        "part_name": None if listed else part,
        "part_model": None if listed else "X-1",
        "quantity": quantity,
        "unit_price": price,
        "needed_on": NEEDED,
    } | changes


def parts_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Two seals from stock and one valve to buy: 732.00."""
    seal, valve, _ = store()
    return {
        "serves": None,
        "site": "西安机务段检修车间",
        "direct": True,
        "contact": "李工",
        "contact_phone": "029-1111",
        "remarks": None,
        "lines": [part_line(seal, 2), part_line(valve, 1)],
    } | changes


def drafted_parts(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.engineer, "PR", parts_form(cast, **changes))


def sent_parts(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A parts request that waits for production."""
    return do(by or cast.engineer, drafted_parts(cast, by, **changes), "submit", now=NOW)


def shipped_from_stock(cast: Cast, **changes: Any) -> Document:
    """Production has shipped what the store had; the rest waits for purchasing."""
    paper = sent_parts(cast, **changes)
    return do(cast.production_engineer, paper, "complete", now=NOW, shipped_on=TODAY, waybill="SF1001")


def ordered_parts(cast: Cast, **changes: Any) -> Document:
    return do(cast.purchaser, shipped_from_stock(cast, **changes), "complete", now=NOW, ordered_on=TODAY)


def received_parts(cast: Cast, **changes: Any) -> Document:
    """Everything came."""
    paper = ordered_parts(cast, **changes)
    paper = do(cast.purchaser, paper, "complete", now=NOW, bought_shipped_on=TODAY, bought_waybill="SF1002")
    with reading() as session:
        applicant = session.get_one(Person, paper.applicant_id)
    return do(applicant, paper, "complete", now=NOW, received_on=TODAY)


def head_of_quality(cast: Cast) -> Person:
    """Who heads the department of purchasing and production: without him no notice finds its way."""
    with writing() as session:
        head = factories.person(session, "quality_head", cast.quality, "蒋志刚")
        factories.grant(session, head, Role.DEPARTMENT_HEAD, cast.quality)
        return head


def springs() -> Supplier:
    """Who makes springs to our drawings: production looks after him."""
    store()
    with reading() as session:
        return session.exec(select(Supplier).where(Supplier.code == "S03")).one()


def notice_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A notice about valves, for 3,000 yuan, as purchasing types it."""
    return {
        "supplier_id": store()[2].id,
        "serves": None,
        "problem": "电磁阀低温卡滞，列车缓解不良",
        "model": "电磁阀 EV-24D",
        "quantity": 4,
        "on_site": True,
        "site": "西安机务段检修车间",
        "contact": "李工",
        "contact_phone": "029-1111",
        "solve_by": NEEDED,
        "cost_bearing": "supplier",
        "claimed_amount": "3000.00",
        "first_contact_on": TODAY,
        "first_contact_note": "已电话告知，答应派人",
    } | changes


def drafted_notice(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.purchaser, "SN", notice_form(cast, **changes))


def buyer(cast: Cast) -> Person:
    """The engineer buys as well: a notice of his is of the first service room's, whose people the cast plays."""
    hold(cast.engineer, Role.PURCHASER)
    return cast.engineer


def sent_notice(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A notice whose letter is to be sent."""
    return do(by or cast.purchaser, drafted_notice(cast, by, **changes), "submit", now=NOW)


SENT = {"sent_on": TODAY, "sent_way": "email"}
ANSWERED = {"answered_on": TODAY, "answer": "同意更换，明日到段", "accepted_amount": "2000.00"}
SOLVED = {"solved_on": TODAY, "rating": 4, "solve_note": "已更换 4 只"}


def solved_notice(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A notice that waits for the confirmation that it is solved."""
    by, paper = by or cast.purchaser, sent_notice(cast, by, **changes)
    for answers in (SENT, ANSWERED, SOLVED):
        paper = do(by, paper, "complete", now=NOW, **answers)
    return paper


def sold_lately(serial: str = "ZD2611-0007", days: int = 3) -> SoldItem:
    """A brake unit that was sold so many days ago."""
    customer, product = stock()
    with writing() as session:
        known = session.exec(select(SoldItem).where(SoldItem.serial == serial)).first()
        day = (NOW - timedelta(days=days)).date()
        return known or factories.sold_item(session, serial, product, customer, sold_on=day)


def return_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A refund of 900 of the 1,200 that were paid three days ago."""
    item = sold_lately()
    return {
        "serves": None,
        "customer_id": item.customer_id,
        "product_id": item.product_id,
        "serial": item.serial,
        "quantity": 1,
        "return_kind": "refund",
        "reason": "装车即漏风",
        "paid_price": "1200.00",
        "refund_amount": "900.00",
    } | changes


def drafted_return(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.engineer, "RT", return_form(cast, **changes))


def sent_return(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A return that waits for its inspection."""
    return do(by or cast.engineer, drafted_return(cast, by, **changes), "submit", now=NOW)


INSPECTED = {"inspection": "defect", "inspection_note": "密封面划伤"}
TAKEN_IN = {"received_on": TODAY, "receipt_note": None}
REFUNDED = {"refunded_on": TODAY, "refund_reference": "20261123-8"}


def refunded_return(cast: Cast, **changes: Any) -> Document:
    """A return whose money went back."""
    paper = do(cast.quality_inspector, sent_return(cast, **changes), "approve", now=NOW, **INSPECTED)
    paper = do(cast.sales_manager, paper, "approve", now=NOW)
    paper = do(cast.warehouse, paper, "complete", now=NOW, **TAKEN_IN)
    return do(cast.finance_officer, paper, "approve", now=NOW, **REFUNDED)
