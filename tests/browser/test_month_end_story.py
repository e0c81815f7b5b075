"""A month end in the browser, in Chinese: costs are entered, the month is settled, confirmed and closed, the vouchers
leave for the books, the result goes to the departments and the leadership gets its briefing (P2-2, P7-9, P8-4).
"""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from pptx import Presentation
from sqlmodel import select

from models import BudgetCategory, ClosedMonth, Document, Person, Posting
from services.database import reading, writing
from services.documents.monthly_settlement import due_on
from services.engine import act
from services.money import ledger
from services.money.ledger import BudgetLine
from services.months import months_before
from services.people import local_day
from tests import factories
from tests.browser.screen import Company, Screen, Screens

pytestmark = pytest.mark.browser


def test_a_month_is_closed_and_its_figures_reach_the_books_the_departments_and_the_leadership(
    company: Company, screens: Screens
) -> None:
    cast, month = company.cast, months_before(ledger.month_of(local_day(datetime.now(UTC))))
    said = f"{month[:4]}-{month[4:]}"
    _plan(company, month, "8000.00")

    accountant = screens.of(cast.accountant, "/cost_entries").press("计提成本")
    accountant.choose("承担部门", cast.service.name).fill("所属月份", said)
    accountant.paste([["工资薪酬", "", "8000", "工资表"]]).press("提交").sees("已提交").picture("60-cost-entry")
    _sign(company, accountant.number(), cast.finance_officer, cast.finance_head)

    clerk = screens.of(cast.clerk, f"/month_end?department={cast.service.id}&month={month}")
    clerk.sees(_stands(company, month), "支出 8,000.00").picture("61-month-end").press("结算月份").sees("8,000.00")
    clerk.press("提交").sees("已提交")
    settlement = clerk.number()
    _sign(company, settlement, cast.department_head)

    finance = screens.of(cast.finance_officer, f"/settlements?number={settlement}")
    finance.confirm(0).picture("62-confirmed").press("同意").sees("已同意")
    with company.at_home(), reading() as session:
        assert session.get(ClosedMonth, (month, cast.service.id)) is not None
    finance.go(f"/month_end?department={cast.service.id}&month={month}").sees("已结账").picture("63-closed")
    _balances(finance, f"导出 {said} 记账凭证（已结账部门）")

    head = screens.of(cast.finance_head, f"/costs?year={month[:4]}").press(f"下发 {said} 成本核算结果").sees("0.8")
    head.picture("64-costs")
    manager = (
        screens.of(cast.general_manager, f"/briefing?month={month}").sees("售后服务月度简报").picture("65-briefing")
    )
    assert manager.fetch("下载 PDF").body().startswith(b"%PDF")
    assert len(Presentation(BytesIO(manager.fetch("下载幻灯片 (PPTX)").body())).slides) == 5


def _stands(company: Company, month: str) -> str:
    """The story is played on the day it is: the settlement is due, or late already."""
    now = datetime.now(UTC)
    with company.at_home(), reading() as session:
        return "待结算" if local_day(now) <= due_on(session, month, now) else "逾期未结"


def _balances(finance: Screen, link: str) -> None:
    """As many yuan on the one side of the vouchers as on the other."""
    sheet = openpyxl.load_workbook(BytesIO(finance.fetch(link).body())).active
    assert sheet is not None
    head, *lines = sheet.iter_rows(values_only=True)
    sides = [sum(Decimal(str(line[head.index(side)] or 0)) for line in lines) for side in ("借方金额", "贷方金额")]
    assert sides == [Decimal(8000), Decimal(8000)]


def _plan(company: Company, month: str, amount: str) -> None:
    """So much was planned for the month's wages."""
    line = BudgetLine(month, company.cast.service.id, BudgetCategory.SALARIES, Decimal(amount))
    with company.at_home(), writing() as session:
        paper = factories.travel_request(session, company.cast.finance_head)
        ledger.allot(session, paper, Posting.ISSUED, [line], datetime.now(UTC))


def _sign(company: Company, number: str, *people: Person) -> None:
    """What others sign meanwhile."""
    with company.at_home():
        with reading() as session:
            id = session.exec(select(Document.id).where(Document.number == number)).one()
        for person in people:
            with writing() as session:
                act(session, session.get_one(Person, person.id), id, "approve", now=datetime.now(UTC))
