"""Accounting vouchers of closed months: debit equals credit to the fen, numbered by month (P2-2.2, P2-2.3)."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pytest

from models import AccountUse, BudgetCategory, Document
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import check, keep
from services.money.bookkeeping import Voucher, account_for, vouchers
from services.money.ledger import BudgetLine
from services.reports.vouchers import vouchers_to_excel
from services.settings import setting
from tests.factories import NOW, Cast
from tests.services.documents.test_monthly_settlement import confirm
from tests.story import (
    BACK,
    LATER,
    booked_entry,
    claim_form,
    decree,
    do,
    draft,
    entry_form,
    finished_trip,
    issued,
    month_form,
    move,
    paid_advance,
    refusal,
)


def of_month(month: str) -> list[Voucher]:
    with reading() as session:
        return vouchers(session, month, setting(session, "accounting.accounts", NOW))


def closed(cast: Cast, month: str, now: Any = NOW) -> Document:
    """A month settled with whatever has to be explained explained."""
    form = month_form(cast, month=month)
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MS", form, now)
        why = {one.mark: "已核实" for one in KINDS["MS"].warnings(filled)}  # type: ignore[misc]
    paper = do(cast.clerk, draft(cast.clerk, "MS", form | {"reasons": why}, now=now), "submit", now=now)
    return confirm(cast, move(cast, paper, until="settlement_review", now=now), now)


def sides(one: Voucher) -> list[tuple[str, Decimal, Decimal]]:
    return [(line.account, line.debit, line.credit) for line in one.lines]


def test_wages_are_debited_by_element_and_credited_to_wages_payable(cast: Cast) -> None:
    paper = booked_entry(cast)
    assert of_month("202610") == [], "it is not closed"
    closed(cast, "2026-10")
    (one,) = of_month("202610")
    zero = Decimal("0.00")
    assert (one.number, one.source, str(one.day)) == (1, paper.number, "2026-10-31")
    assert sides(one) == [("660101", Decimal("8000.00"), zero), ("2211", zero, Decimal("8000.00"))]


def test_a_claim_credits_the_advances_it_settled_and_the_rest_to_its_payee(cast: Cast) -> None:
    trip = finished_trip(cast)
    advance = paid_advance(cast, trip=trip, requested="1000.00")
    form = claim_form(cast, trip, cast.engineer, offsets=[{"advance_id": advance.id}])
    claim = draft(cast.engineer, "EC", form, source=trip, now=BACK)
    claim = move(cast, do(cast.engineer, claim, "submit", now=BACK), until="payment")
    booked_entry(cast, month="2026-11")
    late = LATER.replace(month=12, day=20)
    closed(cast, "2026-11", late)
    found = of_month("202611")
    assert [one.number for one in found] == [1, 2]
    for one in found:
        assert sum(line.debit for line in one.lines) == sum(line.credit for line in one.lines)
    of_claim = next(one for one in found if one.source == claim.number)
    credits = {line.use: line.credit for line in of_claim.lines if line.credit}
    assert credits[AccountUse.ADVANCES] == Decimal("1000.00")
    assert credits[AccountUse.PAYABLE] == sum(line.debit for line in of_claim.lines) - Decimal("1000.00")


def test_numbers_run_through_the_companys_month_and_stay_when_it_is_reopened(cast: Cast) -> None:
    first = booked_entry(cast)
    paper = closed(cast, "2026-10")
    do(cast.finance_head, paper, "reopen", note="漏记")
    (line,) = entry_form(cast)["lines"]
    second = booked_entry(cast, lines=[line | {"expense_type_id": cast.expense["materials"].id}])
    do(cast.finance_officer, paper, "return", note="重新提交")
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MS", month_form(cast), NOW, session.get(Document, paper.id))
        why = {one.mark: "已核实" for one in KINDS["MS"].warnings(filled)}  # type: ignore[misc]
    with writing() as session:
        keep(session, cast.clerk, "MS", month_form(cast) | {"reasons": why}, token=paper.client_token, now=NOW)
    confirm(cast, move(cast, do(cast.clerk, paper, "submit"), until="settlement_review"))
    assert [(one.number, one.source) for one in of_month("202610")] == [(1, first.number), (2, second.number)]


def test_the_more_specific_account_comes_first(cast: Cast) -> None:
    rows = [
        {"use": "cost", "account": "6601"},
        {"use": "cost", "category": "salaries", "account": "660199"},
        {"use": "cost", "cost_element": "labour", "account": "660101"},
        {"use": "cost", "cost_element": "labour", "category": "salaries", "account": "66010101"},
    ]
    decree("accounting.accounts", rows)
    with reading() as session:
        accounts = setting(session, "accounting.accounts", NOW)
    cases = {
        (BudgetCategory.SALARIES, "labour"): "66010101",
        (BudgetCategory.PROJECTS, "labour"): "660101",
        (BudgetCategory.SALARIES, "travel"): "660199",
        (BudgetCategory.OTHER, "travel"): "6601",
    }
    for (category, element), account in cases.items():
        found = account_for(accounts, AccountUse.COST, category, element)
        assert found and found.account == account
    assert account_for(accounts, AccountUse.PAYABLE, BudgetCategory.OTHER, "travel") is None


def test_the_sheet_is_finances_alone(cast: Cast) -> None:
    issued(cast, BudgetLine("202610", cast.service.id, BudgetCategory.SALARIES, Decimal("8000.00")))
    booked_entry(cast)
    closed(cast, "2026-10")
    with reading() as session:
        title, data = vouchers_to_excel(session, cast.accountant, "202610", NOW, language="zh")
        for person in (cast.clerk, cast.department_head, cast.stranger, cast.administrator):
            assert refusal(vouchers_to_excel, session, person, "202610", NOW, language="zh").key == "access.not_found"
        assert refusal(vouchers_to_excel, session, cast.accountant, "soon", NOW, language="zh")
    rows = list(openpyxl.load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))
    assert title == "记账凭证 2026-10" and rows[0][:4] == ("凭证日期", "凭证字", "凭证号", "分录号")
    assert [row[5:9] for row in rows[1:]] == [
        ("660101", "费用 人工", 8000, None),
        ("2211", "计提 人工", None, 8000),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_month_is_an_empty_sheet(cast: Cast, language: str) -> None:
    with reading() as session:
        _, data = vouchers_to_excel(session, cast.finance_head, "202609", NOW, language=language)
    assert openpyxl.load_workbook(BytesIO(data)).worksheets[0].max_row == 1
