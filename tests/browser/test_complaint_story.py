"""Two complaints in the browser, in Chinese, from the call to the question how it was: one about quality, one that is
disputed and turns out not to be (P1-4, P5). What lies between the stations shown is done by the same people meanwhile.
"""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models import Complaint, Document
from services.database import reading
from services.people import local_day
from tests.browser.screen import Company, Screen, Screens
from tests.complaint_story import SCORES, step, stock

pytestmark = pytest.mark.browser

SCORE = {"speed": "速度", "quality": "质量", "attitude": "态度", "price": "价格", "overall": "总体"}


def test_a_quality_complaint_from_the_call_to_the_survey(company: Company, screens: Screens) -> None:
    """P1-4.1 to P1-4.3, P3-1.1, P4-2.1 to P4-2.5, P5-6a, P5-6b, P5-7.1"""
    desk = _called_in(company, screens, "2 号制动缸漏风")
    desk.sees("已提交", "待受理").picture("60-complaint-taken-in")
    number = desk.number()

    manager = screens.of(company.cast.sales_manager, "/inbox").press("西安地铁 制动单元 ZD-200 2 号制动缸漏风")
    manager.choose("处理部门", "售后一室").press("受理").sees("已同意").picture("61-complaint-accepted")
    _meanwhile(company, number, "verify")
    handler = screens.of(company.cast.engineer, f"/complaints?number={number}").sees("首次答复", "按时")
    handler.choose("核实结论", "属实，质量问题").fill("核实情况", "复测 3 次，漏风属实").press("核实完毕").sees(
        "已办理"
    )
    handler.picture("62-complaint-verified")
    _meanwhile(company, number, "survey")
    _asked_how_it_was(desk, number)
    assert _case(company, number).score_overall == 5


def test_a_disputed_complaint_that_is_not_about_quality(company: Company, screens: Screens) -> None:
    """P5-5.2a, P5-5.2b, P5-7.3: whose fault it is says the contract, and so it is when the customer does not agree."""
    desk = _called_in(company, screens, "闸片磨耗过快，要求免费更换")
    number = desk.number()
    _meanwhile(company, number, "dispute", verify={"verdict": "disputed"})
    arbiter = screens.of(company.cast.dispute_coordinator, f"/complaints?number={number}")
    arbiter.choose("性质认定", "非质量问题").fill("认定依据（合同条款）", "合同第 8 条：易损件").press("认定").sees(
        "已办理"
    )
    arbiter.picture("63-complaint-not-of-quality")
    _meanwhile(company, number, "settle", agree={"consent": "disputed"})
    arbiter.go(f"/complaints?number={number}").fill("合同条款", "合同第 12 条")
    arbiter.fill("协调结果", "双方各承担一半").press("协调完毕").sees("已办理").picture("64-complaint-settled")
    _meanwhile(company, number, "survey")
    _asked_how_it_was(desk, number)
    assert _case(company, number).responsible_department_id is None


def _called_in(company: Company, screens: Screens, said: str) -> Screen:
    """Customer service takes it in while the customer speaks."""
    with company.at_home():
        stock()
    desk = screens.of(company.cast.customer_service, "/complaints").press("登记投诉")
    desk.choose("客户", "西安地铁").fill("联系人", "李工").choose("投诉方式", "电话")
    desk.fill("出厂编号", "ZD2511-0001").sees("制动单元 ZD-200", "质保期内")
    return desk.fill("投诉内容", said).press("提交").sees("已提交")


def _asked_how_it_was(desk: Screen, number: str) -> None:
    """P1-4.3, P4-2.5"""
    desk.go(f"/complaints?number={number}").choose("回访结果", "已答复")
    for name, words in SCORE.items():
        desk.fill(f"{words}（1-5）", str(SCORES[f"score_{name}"]))
    desk.press("回访完毕").sees("已办理").picture(f"65-complaint-surveyed-{number[-1]}")


def _meanwhile(company: Company, number: str, until: str, **otherwise: dict[str, str]) -> None:
    """Everybody who is asked before that step answers today."""
    now = datetime.now(UTC)
    day = local_day(now).isoformat()
    answers = {
        "contact": {"contacted_at": now.isoformat()},
        "agree": {"promised_on": day, "consent_on": day},
        "execute": {"executed_on": day},
        "notify": {"notified_on": day},
    }
    with company.at_home():
        with reading() as session:
            paper = session.exec(select(Document).where(Document.number == number)).one()
        while paper.step != until:
            assert paper.step
            given = answers.get(paper.step, {}) | otherwise.get(paper.step, {})
            paper = step(company.cast, paper, now=datetime.now(UTC), **given)


def _case(company: Company, number: str) -> Complaint:
    with company.at_home(), reading() as session:
        id = session.exec(select(Document.id).where(Document.number == number)).one()
        return session.get_one(Complaint, id)
