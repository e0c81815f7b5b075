"""The cost report's figures, reckoned a second time with pandas from the raw tables (P8-4.3, P2-6.2)."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from itertools import product
from typing import Any

import openpyxl
import pandas as pd
import pytest
from sqlmodel import Session, select

from models import Bearer, BudgetCategory, Complaint, CostShare, Event, Notice, Role, TaskState
from services.database import reading, writing
from services.money.ledger import BudgetLine
from services.money.spread import by_shape
from services.reports import case_costs, costs, earnings
from services.reports.cost_files import PARTS, costs_to_excel
from services.reports.costs import Scope
from tests import factories
from tests.factories import NOW, Cast
from tests.income_story import income, recognised, sent_income
from tests.services.documents.test_travel_request import said
from tests.story import booked_entry, do, finished_trip, issued, move, refusal, sent_claim

YEAR = Scope(2026)
NOTHING = Decimal("0.00")


@pytest.fixture
def year(cast: Cast) -> Cast:
    """Wages of two departments, a claim that is audited, an entry that is reversed, a year ago; and three cases."""
    for month, category in (
        ("202609", "salaries"),
        ("202610", "salaries"),
        ("202611", "other"),
        ("202611", "projects"),
    ):
        issued(cast, BudgetLine(month, cast.service.id, BudgetCategory(category), Decimal("9000.00")))
    booked_entry(cast)
    booked_entry(cast, cast.accountant, charged_department_id=cast.service2.id, lines=[_line(cast, "333.33")])
    booked_entry(cast, month="2025-10", lines=[_line(cast, "7000.01")])
    wrong = booked_entry(cast, month="2026-09", lines=[_line(cast, "66.66")])
    do(cast.clerk, wrong, "reverse", note="重复")
    do(cast.finance_head, wrong, "approve")
    move(cast, sent_claim(cast, finished_trip(cast)), until="payment")
    with writing() as session:
        seal = factories.product(session, "P-1", "单元制动缸")
        customer = factories.customer(session, "K-1", cast.service)
        own, other, quality = (
            (Bearer.DEPARTMENT, cast.service.id),
            (Bearer.DEPARTMENT, cast.service2.id),
            cast.quality.id,
        )
        supplier = (Bearer.SUPPLIER, None)
        thirds = {(Bearer.DEPARTMENT, quality): "33.33", (Bearer.CUSTOMER, None): "33.33", supplier: "33.34"}
        _case(session, cast, customer, seal, "1000.01", thirds)
        _case(session, cast, customer, None, "250.00", {own: "100.00"})
        _case(session, cast, customer, seal, "0.05", {other: "50.00", supplier: "50.00"})
    return cast


def _line(cast: Cast, amount: str) -> dict[str, Any]:
    return {"expense_type_id": cast.expense["wages"].id, "asset_id": None, "amount": amount, "basis": "工资表"}


def _case(session: Session, cast: Cast, customer: Any, product: Any, cost: str, shares: dict[Any, str]) -> None:
    """A case that the first room handled, and that finance has ruled on."""
    paper = factories.document(session, "CP", cast.customer_service, number=f"CP-202611-{cost}")
    facts = {"contact": "李工", "channel": "phone", "received_at": NOW, "content": "漏风", "case_cost": Decimal(cost)}
    places = {"customer_id": customer.id, "product_id": product.id if product else None}
    session.add(Complaint(document_id=paper.id, handling_department_id=cast.service.id, **(facts | places)))
    factories.task(session, paper, "allocate", Role.FINANCE_OFFICER, state=TaskState.DONE, closed_at=NOW, decides=False)
    amounts = by_shape(Decimal(cost), [Decimal(percent) for percent in shares.values()])
    lines = zip(shares.items(), amounts, strict=True)
    for position, (((bearer, department), percent), amount) in enumerate(lines):
        named = {"bearing_department_id": department, "bearer_name": "恒润密封" if bearer == Bearer.SUPPLIER else None}
        facts = {"bearer": bearer, "percent": Decimal(percent), "share_amount": amount}
        session.add(CostShare(document_id=paper.id, position=position, **(facts | named)))
    session.flush()


@pytest.fixture
def raw(year: Cast) -> Iterator[Any]:
    """The tables as they are: fen as whole numbers."""
    with reading() as session:
        yield lambda table: pd.read_sql(f"SELECT * FROM {table}", session.connection())  # noqa: S608 - names of the test


def yuan(fen: Any) -> Decimal:
    return Decimal(int(fen)).scaleb(-2)


def spent(raw: Any, year: str) -> pd.DataFrame:
    """What was spent less what was taken back, in fen."""
    ledger = raw("ledgerentry")
    ledger = ledger[ledger.posting.isin(["spent", "reversed"]) & ledger.month.str.startswith(year)].copy()
    ledger["fen"] = ledger.amount.where(ledger.posting == "spent", -ledger.amount)
    return ledger


def cells(frame: pd.DataFrame, *by: str) -> dict[Any, Decimal]:
    """Every sum that is not nothing, by its place."""
    columns = list(by) if len(by) > 1 else by[0]
    return {place: yuan(fen) for place, fen in frame.groupby(columns).fen.sum().items() if fen}


def told(lines: dict[str, costs.Line]) -> dict[Any, Decimal]:
    """Every figure of lines by month that is not nothing."""
    return {
        (key, f"2026{number:02d}"): amount
        for key, line in lines.items()
        for number, amount in enumerate(line.months, start=1)
        if amount
    }


def budgeted(raw: Any, year: str) -> pd.DataFrame:
    """What was issued, moved and granted, in fen."""
    ledger = raw("ledgerentry")
    ledger = ledger[ledger.posting.isin(["issued", "adjusted", "granted"]) & ledger.month.str.startswith(year)].copy()
    ledger["fen"] = ledger.amount
    return ledger


def test_elements_departments_and_months_are_what_the_ledger_says(year: Cast, raw: Any) -> None:
    """P8-4.3, P8-4.2, P2-6.2: each figure both ways, so that none is missing and none is there that nobody booked"""
    this, last, planned = spent(raw, "2026"), spent(raw, "2025"), budgeted(raw, "2026")
    with reading() as session:
        elements = {one.key: one for one in costs.by_element(session, year.finance_head, YEAR, "zh")}
        departments = {one.key: one for one in costs.by_department(session, year.finance_head, YEAR)}
        months = costs.by_month(session, year.finance_head, YEAR)
        matrix = costs.matrix(session, year.finance_head, YEAR)
    assert len(cells(this, "cost_element")) > 1 and len(cells(this, "department_id")) > 1, (
        "there is something to add up"
    )
    assert told(elements) == cells(this, "cost_element", "month")
    assert {key: one.last for key, one in elements.items() if one.last} == cells(last, "cost_element")
    assert told(departments) == {
        (str(department), month): amount
        for (department, month), amount in cells(this, "department_id", "month").items()
    }
    by_department = {str(department): amount for department, amount in cells(planned, "department_id").items()}
    assert {key: one.planned for key, one in departments.items() if one.planned} == by_department
    assert {place: amount for place, amount in matrix.items() if amount} == cells(this, "cost_element", "department_id")
    for one in months:
        for frame, year_of, amount in ((this, 2026, one.spent), (planned, 2026, one.planned), (last, 2025, one.last)):
            assert amount == yuan(frame[frame.month == f"{year_of}{one.number:02d}"].fen.sum())
    whole = yuan(this.fen.sum())
    for lines in (elements, departments):
        assert sum((one.total for one in lines.values()), NOTHING) == whole
    assert months[9].last == Decimal("7000.01") and months[8].spent == NOTHING, "what was reversed costs nothing"


def test_every_allocated_yuan_has_its_case_and_all_of_it_adds_up(year: Cast, raw: Any) -> None:
    """P8-4.3, P5-6c: to the fen."""
    shares, complaints = raw("costshare"), raw("complaint")
    assert shares.share_amount.sum() == complaints.case_cost.sum() == 125006
    with reading() as session:
        cases = case_costs.cases(session, year.general_manager, YEAR, NOW)
        borne = case_costs.bearers(session, year.general_manager, YEAR, {"customer": "客户"})
    for one in cases:
        own = shares[shares.document_id == one.document_id]
        assert sum((share.amount for share in one.shares), NOTHING) == one.cost == yuan(own.share_amount.sum())
    assert sum((one.cost for one in cases), NOTHING) == yuan(complaints.case_cost.sum())
    whole = yuan(spent(raw, "2026").fen.sum())
    assert sum((one.after for one in borne), NOTHING) == sum((one.spent for one in borne), NOTHING) == whole
    by_key = {one.key: one for one in borne}
    ruled = shares[shares.bearer == "department"].groupby("bearing_department_id").share_amount.sum()
    for department, fen in ruled.items():
        line = by_key[str(int(department))]
        assert line.borne == yuan(fen)
        behind = case_costs.of_bearer(cases, line.key)
        own = [share.amount for one in behind for share in one.shares if share.key == line.key]
        assert sum(own, NOTHING) == line.borne, "each yuan leads to its case"
    assert by_key[str(year.service.id)].handed_on == Decimal("1250.06")
    assert by_key["supplier:恒润密封"].borne == yuan(shares[shares.bearer == "supplier"].share_amount.sum())


def test_income_stands_beside_the_cost_of_its_month(year: Cast, raw: Any) -> None:
    """P8-5.1: by the month of the service, without tax; what is not recognised yet is none."""
    kept = recognised(year)
    recognised(year, earned_on="2026-10-20", income_amount="400.05", tax=None)
    recognised(year, earned_on="2025-10-20", income_amount="999.00", tax=None)
    waits = sent_income(year)
    table, ledger = raw("serviceincome"), spent(raw, "2026")
    table["earned_on"] = table.earned_on.astype(str)  # PostgreSQL gives days
    table = table[table.receivable.notna() & table.earned_on.str.startswith("2026")]
    fen = (table.income_amount - table.tax.fillna(0)).groupby(table.earned_on.str[5:7].astype(int)).sum()
    cost = ledger.groupby(ledger.month.str[4:].astype(int)).fen.sum()
    with reading() as session:
        found = earnings.by_month(session, year.finance_head, YEAR)
        own = earnings.by_month(session, year.department_head, YEAR)
        other = earnings.by_month(session, year.finance_head, Scope(2026, year.service2.id))
        papers = earnings.behind(session, year.department_head, YEAR, NOW.month, NOW)
        assert refusal(earnings.by_month, session, year.engineer, YEAR).key == "costs.not_yours"
        assert refusal(earnings.behind, session, year.stranger, YEAR, NOW.month, NOW).key == "costs.not_yours"
    for one in found:
        assert (one.income, one.spent) == (yuan(fen.get(one.number, 0)), yuan(cost.get(one.number, 0)))
        assert one.difference == yuan(fen.get(one.number, 0) - cost.get(one.number, 0))
    assert {one.number: one.income for one in found if one.income} == {
        10: Decimal("400.05"),
        NOW.month: Decimal("1000.00"),
    }
    assert [one.income for one in own] == [one.income for one in found] and not any(one.income for one in other)
    assert income(waits).receivable is None
    assert [(one.document and one.document.number, one.figure) for one in papers] == [
        (kept.number, Decimal("1000.00")),
    ]


def test_the_cost_of_a_case_by_product(year: Cast) -> None:
    with reading() as session:
        found = case_costs.by_product(case_costs.cases(session, year.general_manager, YEAR, NOW))
    assert [(one.product, one.cases, one.cost, one.per_case) for one in found] == [
        ("单元制动缸 P-1", 2, Decimal("1000.06"), Decimal("500.03")),
        ("", 1, Decimal("250.00"), Decimal("250.00")),
    ]


def test_a_mark_leads_to_the_papers_behind_it(year: Cast) -> None:
    with reading() as session:
        october = costs.behind(session, year.finance_head, YEAR, "labour", 10, NOW)
        whole = costs.behind(session, year.department_head, YEAR, None, None, NOW)
        lines = costs.by_department(session, year.department_head, YEAR)
    assert [one.figure for one in october] == [Decimal("8000.00"), Decimal("333.33")]
    assert [line.key for line in lines] == [str(year.service.id)], "a head sees his own department"
    assert sum((one.figure for one in whole), NOTHING) == lines[0].total


def test_whoever_is_no_manager_sees_nothing_and_a_head_no_other_department(year: Cast) -> None:
    with reading() as session:
        for person in (year.engineer, year.stranger, year.clerk, year.administrator):
            assert refusal(costs.by_element, session, person, YEAR, "zh").key == "costs.not_yours"
        other = Scope(2026, year.service2.id)
        assert refusal(costs.by_month, session, year.department_head, other).key == "costs.not_yours"
        hidden = case_costs.cases(session, year.finance_head, YEAR, NOW)
    assert {one.number for one in hidden} <= {"", *(one.number for one in hidden if one.document_id)}


def test_each_table_is_taken_away_as_excel(year: Cast) -> None:
    with reading() as session:
        for part, language in product(PARTS, ("zh", "en")):
            title, data = costs_to_excel(session, year.general_manager, YEAR, part, NOW, language=language)
            rows = list(openpyxl.load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))
            assert title and len(rows) > 1
            if part == "cases":
                assert sum(row[-1] for row in rows[1:]) == pytest.approx(1250.06)


def test_finance_sends_the_result_to_the_departments_and_it_is_on_record(year: Cast) -> None:
    """P8-4.3"""
    with writing() as session:
        assert refusal(costs.send_result, session, year.department_head, "202610", NOW).key == "costs.finance_only"
        early = refusal(costs.send_result, session, year.finance_head, "202611", NOW)
        assert early.key == "costs.month_not_over"
        said(early)
        assert costs.send_result(session, year.finance_officer, "202610", NOW) >= 2
    with reading() as session:
        told = session.exec(select(Notice).where(Notice.key == "costs_sent")).all()
        assert {year.department_head.id, year.other_head.id} <= {one.person_id for one in told}
        assert told[0].facts["month"] == "2026-10"
        event = session.exec(select(Event).where(Event.action == costs.SENT)).one()
        assert (event.actor_id, event.subject) == (year.finance_officer.id, "costs 202610")
        assert costs.last_sent(session) == ("202610", NOW, year.finance_officer.name)
