"""Money of a trip in the browser, in Chinese: guests entertained under a request, and an advance with something left of
it (P9-3.2, P9-5b).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import CalendarDay, Document, Person
from services.database import reading, writing
from services.documents.claim_requests import requests_to_claim
from services.engine import act
from services.people import local_day
from tests import factories
from tests.browser.screen import Company, Screens
from tests.story import draft, estimate, trip_form

pytestmark = pytest.mark.browser

DINNER, TOOLS = "与宝鸡段检修车间工作餐", "购置随车专用工具"


def test_guests_are_entertained_on_a_trip_under_a_request(company: Company, screens: Screens) -> None:
    """P9-3.2a, P9-3.2b: asked for before, recorded when spent, and claimed up to what was agreed to."""
    cast = company.cast
    trip, today = _trip_under_way(company), local_day(datetime.now(UTC))
    engineer = screens.of(cast.engineer, f"/travel_requests?number={trip}").press("请示费用").sees("请示金额")
    engineer.choose("费用性质", "招待").choose("费用类别", "业务招待费").fill("请示金额", "300").fill("事由", DINNER)
    engineer.fill("对方人员", "宝鸡段 李工等 3 人").fill("人数", "3").press("提交").sees("已提交")
    request = engineer.number()
    _sign(company, request, "approve", cast.department_head, cast.vice_president)

    engineer.go(f"/spending_requests?number={request}").sees("实际地点").fill("实际地点", "宝鸡").picture("60-record")
    engineer.press("完成").sees("已办理", "已办结")
    _sign(company, trip, "complete", cast.engineer, departed_on=today.isoformat(), returned_on=today.isoformat())

    engineer.go(f"/travel_requests?number={trip}").press("报销费用").sees("票据", "收款")
    line = [today.isoformat(), "", "业务招待费", "", "", "", "宝鸡段 3 人"]
    engineer.paste([[*line, "360", "", _called(company, request)]]).press("提交").sees("多出 60.00")
    engineer.picture("61-above-the-request").page.reload()
    engineer.settle().sees("多出 60.00")
    engineer.paste([[*line, "300"]]).press("提交").sees("已提交", "招-1", "300.00")
    engineer.picture("62-claimed")


def test_an_advance_is_settled_and_the_rest_comes_back(company: Company, screens: Screens) -> None:
    """P9-5b: 1,000 paid out, 640 of it claimed, 360 returned to the cashier: nothing is open."""
    cast, today = company.cast, local_day(datetime.now(UTC))
    colleague = screens.of(cast.engineer2, "/cash_advances").press("申请支款").sees("支款金额")
    colleague.fill("用途", TOOLS).fill("支款金额", "1000").press("提交").sees("已提交").picture("63-asked-for")
    advance = colleague.number()
    _sign(company, advance, "approve", cast.department_head, cast.vice_president, cast.finance_vp, cast.finance_officer)
    cashier = (
        screens.of(cast.cashier, f"/cash_advances?number={advance}").fill("付款凭证号", "付 118").press("登记付款")
    )
    cashier.sees("已办理")

    colleague.go(f"/cash_advances?number={advance}").press("报销费用").sees("票据", "冲抵备用金")
    colleague.paste([[today.isoformat(), "", "市内交通费", "", "", "", "专用扳手", "640"]]).sees("备用金余款", "360.00")
    colleague.press("提交").sees("已提交").picture("64-settlement")
    claim = colleague.number()
    with company.at_home(), writing() as session:
        factories.voucher_receipt(session, session.exec(select(Document).where(Document.number == claim)).one())
    signers = (cast.clerk, cast.department_head, cast.vice_president, cast.finance_vp, cast.finance_officer)
    _sign(company, claim, "approve", *signers)

    cashier.go(f"/cash_advances?number={advance}").sees("未核销", "360.00").picture("65-rest-is-open")
    cashier.fill("退回金额", "360").press("完成").sees("已办理", "已办结").picture("66-settled")
    cashier.go("/open_advances").does_not_see(advance)


def _called(company: Company, number: str) -> str:
    """How a claim's table calls the request."""
    with company.at_home(), reading() as session:
        engineer = session.get_one(Person, company.cast.engineer.id)
        offered = requests_to_claim(session, engineer, datetime.now(UTC))
        return next(one.label for one in offered if number in one.label)


def _trip_under_way(company: Company) -> str:
    """The engineer's trip of today, signed by both; it is a day on which one works."""
    cast, now = company.cast, datetime.now(UTC)
    today = local_day(now)
    days = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=1)).isoformat(), "destinations": "宝鸡"}
    form = trip_form(cast, **days, estimates=[estimate(cast, "lodging", "400.00")])
    with company.at_home():
        with writing() as session:
            session.add(CalendarDay(day=today, working=True))
        trip = draft(cast.engineer, "TR", form, now=now)
        with writing() as session:
            number = act(session, session.get_one(Person, cast.engineer.id), trip.id, "submit", now=now).number
    assert number
    _sign(company, number, "approve", cast.department_head, cast.office_director)
    return number


def _sign(company: Company, number: str, action: str, *people: Person, **answers: Any) -> None:
    """What is done meanwhile, by one after the other."""
    with company.at_home():
        for person in people:
            with writing() as session:
                id = session.exec(select(Document.id).where(Document.number == number)).one()
                act(session, session.get_one(Person, person.id), id, action, now=datetime.now(UTC), **answers)
