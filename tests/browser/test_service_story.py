"""Service on a phone: a paid call with cash, a warranty call with a part, a notice to a supplier up to the recovery
(P6-9a, P6-10a, P3-1.1, P3-2.3).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models import Document, OrderPart, Person, ServiceIncome, ServiceOrder
from services.database import reading
from services.people import local_day
from tests.browser.screen import Company, Screen, Screens
from tests.order_story import drafted_order
from tests.parts_story import drafted_notice, drafted_parts, head_of_quality, part_line, store
from tests.story import do

pytestmark = pytest.mark.browser

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SEAL = "PW-178"


def test_a_paid_call_is_done_signed_and_its_cash_handed_over(company: Company, screens: Screens) -> None:
    """P6-9a, P6-10a: 200 for coming and an hour at 150"""
    number = _dispatched(company, hours=1, category="paid", category_reason="人为损坏")
    technician = _on_site(company, screens, number).picture("70-visit")
    technician.fill("服务内容", "更换接头，试验正常").fill("工时（小时）", "1").choose("服务结果", "已解决")
    technician.fill("现场收款", "400").fill("客户签字人", "李工")
    _draw(technician)
    technician.sees("现场收款不能超过服务费 350.00").picture("71-more-than-the-fee")
    technician.fill("现场收款", "350")
    _sign(technician)
    technician.fill("服务内容", "另换阀座").sees("签字后内容已改动").press("完工").sees("请客户重新签字")
    technician.picture("71-sign-again")
    _sign(technician)
    technician.press("完工").sees("已办理").picture("72-done")

    cashier = screens.of(company.cast.cashier, f"/service_orders?number={number}", **PHONE).sees("待交款")
    assert cashier.value("出纳实收") == "350.00"
    cashier.picture("73-cash").press("收妥").sees("已办理")
    assert _order(company, number).handed_amount == Decimal("350.00")


def test_a_warranty_call_uses_the_part_that_came_for_it(company: Company, screens: Screens) -> None:
    """P3-1.1, P3-2.4: it stands there already; nothing to pay"""
    number = _dispatched(company, hours=4)
    _seal_came(company, number)
    technician = _on_site(company, screens, number).sees("已填入到货的配件").picture("74-part")
    technician.fill("服务内容", "更换皮碗").fill("工时（小时）", "2").choose("服务结果", "已解决")
    technician.fill("客户签字人", "李工")
    _sign(technician)
    technician.press("完工").sees("已办理").picture("75-part-used")
    order = _order(company, number)
    with company.at_home(), reading() as session:
        used = session.exec(select(OrderPart).where(OrderPart.document_id == order.document_id)).one()
    assert (used.part_model, used.quantity, used.listed, order.fee) == (SEAL, 2, True, None)


def test_a_supplier_is_told_answers_solves_and_pays_what_he_agreed(company: Company, screens: Screens) -> None:
    """P3-2.3a, P3-2.3b, P8-5.1"""
    today = local_day(datetime.now(UTC))
    with company.at_home():
        head_of_quality(company.cast)
        form = {"solve_by": (today + timedelta(days=3)).isoformat(), "first_contact_on": today.isoformat()}
        number = _number(_now(do, company.cast.purchaser, drafted_notice(company.cast, **form), "submit"))
    buyer = screens.of(company.cast.purchaser, f"/supplier_notices?number={number}", **PHONE).sees("待发出")
    buyer.does_not_see("邮件发送").choose("发出方式", "书面").picture("76-letter").press("已发送").sees("待供应商答复")
    buyer.fill("供应商答复", "同意更换并承担部分费用").fill("供应商承担（元）", "1800").press("完成").sees(
        "供应商处理中"
    )
    buyer.picture("77-answered").press("登记服务收入").sees("填写后自动保存")
    assert buyer.chosen("收入种类") == "向供应商追偿"
    assert buyer.value("含税金额") == "1800.00"
    buyer.picture("78-recovery").press("提交").sees("已提交")
    with company.at_home(), reading() as session:
        income = session.exec(select(ServiceIncome).where(ServiceIncome.serves == number)).one()
    assert income.income_amount == Decimal("1800.00") and income.supplier_id is not None


def _dispatched(company: Company, *, hours: int, **form: Any) -> str:
    """A call for the engineer, planned from so many hours on."""
    cast, begins = company.cast, datetime.now(UTC) + timedelta(hours=hours)
    plan = {"technician_id": cast.engineer.id, "planned_from": begins.isoformat()}
    plan |= {"planned_until": (begins + timedelta(hours=2)).isoformat()}
    with company.at_home():
        called = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
        paper = _now(do, cast.service_clerk, drafted_order(cast, received_at=called, **form), "submit")
        return _number(_now(do, cast.dispatcher, paper, "complete", **plan))


def _seal_came(company: Company, number: str) -> None:
    cast, today = company.cast, local_day(datetime.now(UTC)).isoformat()
    with company.at_home():
        lines = [part_line(store()[0], 2, needed_on=today)]
        paper = _now(do, cast.engineer, drafted_parts(cast, serves=number, lines=lines), "submit")
        _now(do, cast.production_engineer, paper, "complete", shipped_on=today, waybill="SF1001")
        _now(do, cast.engineer, paper, "complete", received_on=today)


def _on_site(company: Company, screens: Screens, number: str) -> Screen:
    return screens.of(company.cast.engineer, f"/service_orders?number={number}", **PHONE).sees("填写服务凭证")


def _sign(me: Screen) -> None:
    """The customer draws his name with a finger, under what is filled in."""
    _draw(me)
    me.sees("客户已签字")


def _draw(me: Screen) -> None:
    pad = me.page.locator(".st-key-signature-box canvas").first
    pad.evaluate("pad => pad.scrollIntoView({block: 'center'})")
    box = pad.bounding_box()
    assert box
    me.page.mouse.move(box["x"] + 40, box["y"] + 60)
    me.page.mouse.down()
    me.page.mouse.move(box["x"] + 200, box["y"] + 110, steps=8)
    me.page.mouse.up()
    me.settle().press("保存签字")


def _order(company: Company, number: str) -> ServiceOrder:
    with company.at_home(), reading() as session:
        id = session.exec(select(Document.id).where(Document.number == number)).one()
        return session.get_one(ServiceOrder, id)


def _now(call: Callable[..., Document], by: Person, paper: Document, action: str, **answers: Any) -> Document:
    return call(by, paper, action, now=datetime.now(UTC), **answers)


def _number(paper: Document) -> str:
    assert paper.number
    return paper.number
