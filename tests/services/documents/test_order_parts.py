"""Parts of a visit: what came for it is filled in, the list is offered (P3-2.4, P6-10)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import select

from models import Document, ServiceOrder
from services.database import reading
from services.documents.kind import lines_of
from services.documents.order_parts import came_for_it, offered
from services.documents.service_order import SERVICE_ORDER
from tests.factories import NOW, Cast
from tests.order_story import at_step, step
from tests.parts_story import received_parts, shipped_from_stock, store
from tests.story import reload


def came(paper: Document) -> list[tuple[str, int, Any]]:
    with reading() as session:
        found = came_for_it(session, reload(paper))
    return [(one["part_name"], one["quantity"], one["unit_price"]) for one in found]


def test_what_was_received_for_the_order_stands_in_its_table(cast: Cast) -> None:
    """P3-2.4: what is on its way, or for another order, does not"""
    seal, valve, _ = store()
    paper, other = at_step(cast, "visit"), at_step(cast, "dispatch")
    shipped_from_stock(cast, serves=paper.number)
    received_parts(cast, serves=other.number)
    assert came(paper) == []
    received_parts(cast, serves=paper.number)
    assert came(paper) == [(seal.name, 2, None), (valve.name, 1, None)]


def test_the_next_visit_finds_what_the_one_before_left(cast: Cast) -> None:
    seal, valve, _ = store()
    paper = at_step(cast, "visit")
    received_parts(cast, serves=paper.number)
    used = [{"part_name": "P1003", "part_model": None, "quantity": 1, "unit_price": None}]
    step(cast, paper, visit_result="unfinished", unfinished_reason="缺电磁阀安装板", lines={"parts": used})
    with reading() as session:
        following = session.exec(select(Document).where(Document.source_id == paper.id, Document.kind == "SO")).one()
    assert came(following) == [(seal.name, 1, None), (valve.name, 1, None)]


def test_the_list_is_offered_with_its_price_where_the_customer_pays(cast: Cast) -> None:
    """P6-10; what is chosen is a listed part, anything else is marked"""
    seal, _, _ = store()
    free = at_step(cast, "visit")
    later = {
        "planned_from": (NOW + timedelta(hours=4)).isoformat(),
        "planned_until": (NOW + timedelta(hours=6)).isoformat(),
    }
    paid = at_step(cast, "visit", on_the_way={"dispatch": later}, category="paid", category_reason="人为损坏")
    with reading() as session:
        assert {one.line["unit_price"] for one in offered(session, free)} == {None}
        pick = next(one for one in offered(session, paid) if seal.code in one.label)
    assert dict(pick.line) == {"part_name": seal.name, "part_model": seal.model, "quantity": 1, "unit_price": "46.00"}
    free_text = {"part_name": "橡胶板", "part_model": None, "quantity": "2", "unit_price": "8.00"}
    rows = [dict(pick.line) | {"quantity": "2"}, free_text]
    paper = step(cast, paid, lines={"parts": rows})
    with reading() as session:
        found = lines_of(session, paper, SERVICE_ORDER.lines("parts"))
        assert [(one.part_name, one.listed) for one in found] == [(seal.name, True), ("橡胶板", False)]
        fee = session.get_one(ServiceOrder, paper.id).fee
    assert fee == Decimal("533.00"), "200 call-out, 1.5 h at 150, 2 seals at 46, 2 rubber sheets at 8"
