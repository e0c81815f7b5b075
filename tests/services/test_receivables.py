"""What is owed by age, income by kind and month, and maintenance that opens its own orders (P6-10b, P8-5.2, P6-6)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
from sqlmodel import select

from models import Contract, Document, IncomeKind, ServiceCategory, WorkKind
from services import worker
from services.database import reading, writing
from services.maintenance import contracts_due, open_maintenance
from services.reports.receivables import (
    by_age,
    income_of_year,
    income_to_excel,
    incomes_behind,
    receivables,
    receivables_to_excel,
    total_by_month,
)
from tests.complaint_story import stock
from tests.factories import NOW, Cast
from tests.income_story import collect, recognised, sent_income
from tests.order_story import order


def test_what_is_owed_is_shown_by_age_and_income_by_kind_and_month(cast: Cast) -> None:
    """P6-10b, P8-5.1, P8-5.2: only what is recognised, only what is still to come"""
    sent_income(cast)
    collect(cast, recognised(cast, income_amount="1000", tax=None), "400")
    collect(cast, recognised(cast, income_kind="consulting", income_amount="200", tax=None))
    late = NOW + timedelta(days=70)  # 40 days after the 30 in which it was to be paid
    with reading() as session:
        rows = receivables(session, cast.accountant, late)
        assert [(one.payer, one.receivable, one.late) for one in rows] == [("西安地铁", Decimal("600.00"), 40)]
        assert by_age(rows) == [0, 0, Decimal("600.00"), 0, 0]
        found = income_of_year(session, cast.finance_head, 2026, NOW)
        assert {kind: sums[10] for kind, sums in found.items()} == {
            IncomeKind.PART_SALE: Decimal("1000.00"),
            IncomeKind.CONSULTING: Decimal("200.00"),
        }
        assert total_by_month(found)[10] == Decimal("1200.00")
        november = incomes_behind(session, cast.finance_head, 2026, NOW, kind=None, month=11)
        assert sum(one.amount for one in november) == Decimal("1200.00")
        [sale] = incomes_behind(session, cast.finance_head, 2026, NOW, kind=IncomeKind.PART_SALE, month=None)
        assert (sale.amount, sale.collected, sale.receivable) == (1000, 400, 600)
        assert incomes_behind(session, cast.finance_head, 2026, NOW, kind=None, month=10) == []
        assert incomes_behind(session, cast.stranger, 2026, NOW, kind=None, month=None) == []
        sheet = income_to_excel(session, cast.finance_head, 2026, NOW, language="en")
        last = list(openpyxl.load_workbook(BytesIO(sheet)).active.iter_rows(values_only=True))[-1]
        assert (last[0], last[11], last[13]) == ("All kinds", 1200, 1200)
        assert receivables(session, cast.stranger, late) == []
        assert income_of_year(session, cast.stranger, 2026, NOW) == {}
        data = receivables_to_excel(session, cast.accountant, late, language="zh")
    cells = [cell.value for row in openpyxl.load_workbook(BytesIO(data)).active.iter_rows() for cell in row]
    assert "西安地铁" in cells and "未收" in cells


def with_maintenance(months: int = 3) -> int:
    """The customer's contract, which began in January, with maintenance every so many months."""
    stock()
    with writing() as session:
        contract = session.exec(select(Contract)).one()
        contract.starts_on, contract.maintenance_months = date(2026, 2, 28), months
        return contract.id


def orders() -> list[Document]:
    with reading() as session:
        return list(session.exec(select(Document).where(Document.kind == "SO")))


def test_maintenance_that_is_due_opens_its_order_exactly_once(cast: Cast) -> None:
    """P6-6 B, issue 7: seven days ahead, however often the worker looks, and again three months later"""
    contract = with_maintenance()
    with reading() as session:
        assert contracts_due(session, NOW - timedelta(days=3)) == [], "due on the 28th: not yet a week ahead"
        assert contracts_due(session, NOW) == [contract]
    for _ in range(2):
        worker.one_day(NOW)
    with writing() as session:
        open_maintenance(session, contract, NOW)  # another worker that was as quick
    (paper,) = orders()
    own = order(paper)
    assert (paper.step, paper.applicant_id) == ("dispatch", cast.service_clerk.id)
    assert (own.work_kind, own.category) == (WorkKind.MAINTENANCE, ServiceCategory.CONTRACT)
    assert "FW-2026-001" in own.fault and "2026-11-28" in own.fault


def test_no_maintenance_is_opened_for_a_contract_that_is_over_or_was_entered_late(cast: Cast) -> None:
    contract = with_maintenance()
    with writing() as session:
        session.get_one(Contract, contract).ends_on = date(2026, 9, 30)
    with reading() as session:
        assert contracts_due(session, NOW) == []
