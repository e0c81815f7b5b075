"""The budget in the browser, in Chinese: a trip is stopped, money is granted outside the budget, the trip goes, and the
chart shows it (P2-4.1, P2-5.1a).
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlmodel import select

from models import BudgetCategory, Document, Person, Posting
from services.database import reading, writing
from services.engine import act
from services.money import ledger
from services.money.ledger import BudgetLine
from services.money.years import planned_in
from services.people import local_day
from tests import factories
from tests.browser.screen import Company, Screen, Screens

pytestmark = pytest.mark.browser

TOO_TALL = """() => { const main = document.querySelector('[data-testid="stMain"]');
  return main.scrollHeight - main.clientHeight; }"""
TASK = "宜昌东站：制动缸漏风处理"


def test_a_trip_stopped_by_the_budget_goes_once_money_is_granted(company: Company, screens: Screens) -> None:
    """Planned are 1,000, wanted 1,500; what is missing is asked for with one click, filled in already."""
    _issue(company, "1000.00")
    engineer = screens.of(company.cast.engineer, "/travel_requests").press("新建出差申请").sees("费用预计")
    engineer.fill("出发地", "株洲").fill("目的地", "宜昌").choose("交通工具", "火车").fill("出差事由", TASK)
    engineer.paste([["住宿费", "1500"]]).sees("预算影响", "-500.00").picture("50-over-the-budget")
    engineer.press("提交").sees("超出 500.00").picture("51-stopped")

    engineer.press("申请预算外支出").sees("本单调整", "+500.00").picture("52-asked-for-outside")
    engineer.fill("需求的必要性", "列车停运").fill("对客户满意度的影响", "已催办").fill("对公司利益的影响", "免于赔付")
    engineer.press("提交").sees("已提交")
    request = engineer.number()
    _approve(company, request, company.cast.department_head, company.cast.finance_vp)

    manager = screens.of(company.cast.general_manager, "/inbox").sees(TASK, "批后预算余 ¥ 1,500.00")
    manager.press(TASK).sees("本单调整", "+500.00").picture("53-before-granting")
    manager.press("同意").sees("已同意")

    engineer.go("/").press(TASK).sees("预算影响").press("提交").sees("已提交")
    trip = engineer.number()
    _approve(company, trip, company.cast.department_head, company.cast.office_director)
    _sees_the_budget_burn(manager)


def _sees_the_budget_burn(manager: Screen) -> None:
    manager.go("/budget").sees("累计支出", "执行率 %", "已用 100%，剩 ¥ 0.00").picture("54-budget")
    assert manager.page.evaluate(TOO_TALL) <= 0, "on one screen at 1440 x 900"
    manager.page.emulate_media(media="print")
    figures = manager.page.locator(".st-key-on-paper-figures")
    figures.wait_for()
    assert "1,500.00" in figures.inner_text() and not manager.page.get_by_test_id("stDataFrame").first.is_visible()
    manager.page.emulate_media(media="screen")
    figures.wait_for(state="hidden")
    manager.page.emulate_media(color_scheme="dark")
    manager.settle().picture("55-budget-dark")


def _issue(company: Company, amount: str) -> None:
    """Finance has issued so much for this month, in the category that lodging falls under."""
    now = datetime.now(UTC)
    line = BudgetLine(ledger.month_of(local_day(now)), company.cast.service.id, BudgetCategory.OTHER, Decimal(amount))
    with company.at_home(), writing() as session:
        paper = factories.travel_request(session, company.cast.finance_head)
        ledger.allot(session, paper, Posting.ISSUED, [line], now)


def _approve(company: Company, number: str, *people: Person) -> None:
    """What others sign meanwhile."""
    for person in people:
        with company.at_home():
            with reading() as session:
                id = session.exec(select(Document.id).where(Document.number == number)).one()
            with writing() as session:
                act(session, session.get_one(Person, person.id), id, "approve", now=datetime.now(UTC))


def test_a_plan_goes_from_the_grid_to_the_issued_budget(company: Company, screens: Screens) -> None:
    """P7-4, P7-6: the clerk plans, finance reviews and consolidates, the general manager approves, finance issues."""
    cast, year = company.cast, local_day(datetime.now(UTC)).year + 1
    clerk = screens.of(cast.clerk, "/budget_plans").press("编制预算").sees("编制依据", "月度预算")
    for label, why in (
        ("市场需求", "在用 320 台"),
        ("产品质量", "投诉下降"),
        ("技术水平", "2 人待培训"),
        ("本年工作计划", "春秋走访"),
    ):
        clerk.fill(label, why)
    clerk.paste([["", *["100"] * 12]]).sees("1,200.00").picture("56-plan-typed").press("提交").sees("已提交")
    plan = clerk.number()
    _approve(company, plan, cast.department_head, cast.finance_officer)

    head = screens.of(cast.finance_head, "/company_budgets").press("汇总公司预算").sees(cast.service.name, "1,200.00")
    head.fill("控制总额", "20000").fill("依据", "不超过收入的 3%").sees("写明原因后可以提交")
    head.fill("原因", "试点部门先行").picture("57-consolidated").press("提交").sees("已提交")
    budget = head.number()
    _approve(company, budget, cast.general_manager)
    officer = screens.of(cast.finance_officer, f"/company_budgets?number={budget}").press("完成").sees("已办结")
    officer.picture("58-issued").go(f"/budget?year={year}").sees("累计支出").picture("59-next-year")
    with company.at_home(), reading() as session:
        assert planned_in(session, cast.service.id, year)[BudgetCategory.SALARIES] == [Decimal("100.00")] * 12
