"""Parts requests, supplier notices and returns that travel; a test says what is different about its own."""

from typing import Any

from sqlmodel import select

from models import Document, Part, Person, Supplier
from services.database import reading, writing
from tests import factories
from tests.factories import NOW, Cast
from tests.story import do, draft

TODAY = NOW.date().isoformat()
NEEDED = "2026-11-30"


def store() -> tuple[Part, Part, Supplier]:
    """A seal that the store keeps, at 46.00, and a valve that a supplier makes, at 640.00."""
    with writing() as session:
        known = {one.code: one for one in session.exec(select(Part))}
        if "P1003" in known:
            return known["P1003"], known["P1301"], session.exec(select(Supplier)).one()
        supplier = factories.supplier(
            session,
            "S04",
            "海曙气动",
            contact="励建国",
            phone="0574-1",
        )
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
