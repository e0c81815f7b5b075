"""Cost entry: what no voucher says is booked in the month in which it arose (P8-4.1, P8-4.2)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Asset, BudgetCategory, Document, OrderPart, Posting, ServiceOrder, State
from services.database import reading, writing
from services.documents import KINDS
from services.documents.cost_proposals import prepare_month, proposals
from services.documents.drafts import blank, check
from services.documents.lookups import voucher_expense_types
from services.documents.warned import explained
from services.errors import Invalid
from services.master_data import MASTERS, save
from services.money import ledger
from services.money.depreciation import depreciation, schedule
from services.money.ledger import BudgetLine
from tests import factories
from tests.factories import NOW, Cast
from tests.services.documents.test_travel_request import said
from tests.services.money.test_closing import close
from tests.services.test_prints import printed
from tests.story import (
    asked,
    booked_entry,
    do,
    drafted_entry,
    entry_form,
    faults,
    issued,
    move,
    refusal,
    reload,
    sent_entry,
)


def posted(paper: Document) -> list[tuple[Posting, str, str | None, str, Decimal]]:
    with reading() as session:
        found = ledger.entries_of(session, paper)
        return [(one.posting, one.month, one.meant_for, one.cost_element, one.amount) for one in found]


def depreciated(cast: Cast, **more: Any) -> Asset:
    with writing() as session:
        return factories.asset(session, "A-001", cast.service, **more)


def written_off(cast: Cast, asset: Asset, amount: str = "100.00", **changes: Any) -> dict[str, Any]:
    """The form of an entry that writes an asset off in November."""
    kind = cast.expense["depreciation"].id
    line = {"expense_type_id": kind, "asset_id": asset.id, "amount": amount, "basis": "1/36"}
    return {"month": "2026-11", "lines": [line]} | changes


# --- its way


def test_finance_audits_the_head_of_finance_agrees_and_it_is_spent_in_its_month(cast: Cast) -> None:
    """P8-4.1"""
    paper = sent_entry(cast)
    assert asked(paper) == {"finance_officer"}
    do(cast.finance_officer, paper, "approve")
    assert asked(paper) == {"finance_head"} and posted(paper) == []
    do(cast.finance_head, paper, "approve")
    assert posted(paper) == [(Posting.SPENT, "202610", None, "labour", Decimal("8000.00"))]
    assert (reload(paper).state, reload(paper).title) == (State.DONE, "售后一室 2026-10")


def test_nobody_else_decides_and_a_stranger_sees_nothing(cast: Cast) -> None:
    paper = sent_entry(cast)
    for person in (cast.clerk, cast.department_head, cast.accountant, cast.finance_head):
        assert refusal(do, person, paper, "approve").key == "action.not_allowed"
    assert refusal(do, cast.stranger, paper, "approve").key == "access.not_found"


def test_a_clerk_enters_costs_for_his_department_and_an_accountant_for_all(cast: Cast) -> None:
    other = drafted_entry(cast, charged_department_id=cast.service2.id)
    assert [one.field for one in faults(do, cast.clerk, other, "submit")] == ["charged_department_id"]
    paper = booked_entry(cast, cast.accountant, charged_department_id=cast.service2.id)
    assert reload(paper).department_id == cast.service2.id
    with reading() as session:
        assert {one.department_id for one in ledger.entries_of(session, paper)} == {cast.service2.id}
        assert refusal(blank, session, cast.engineer, "CE", NOW).key == "draft.may_not_start"


def test_a_reversed_entry_is_taken_back(cast: Cast) -> None:
    """P2-2.3: nothing is edited, only reversed."""
    paper = booked_entry(cast)
    do(cast.clerk, paper, "reverse", note="工资表有误")
    do(cast.finance_head, paper, "approve")
    assert [one[0] for one in posted(paper)] == [Posting.SPENT, Posting.REVERSED]


def test_a_closed_month_is_said_on_the_form_and_on_the_paper(cast: Cast) -> None:
    """P2-2.4"""
    close(cast, "202610")
    with reading() as session:
        filled, found = check(session, cast.clerk, "CE", entry_form(cast), NOW)
        assert found == [] and KINDS["CE"].figures(filled) == [("CE.fact.posted_in", "2026-11")]
    paper = booked_entry(cast)
    assert posted(paper) == [(Posting.SPENT, "202611", "202610", "labour", Decimal("8000.00"))]
    with reading() as session:
        assert KINDS["CE"].facts(session, paper) == [("CE.fact.posted_in", "2026-11")]


def test_a_closed_year_and_a_month_to_come_take_nothing(cast: Cast) -> None:
    """P8-4.1, P2-2.4"""
    close(cast, *(f"2026{month:02d}" for month in range(9, 13)))
    for month, key in (("2026-10", "CE.fault.year_closed"), ("2026-12", "CE.fault.not_begun")):
        (fault, *_) = faults(do, cast.clerk, drafted_entry(cast, month=month), "submit")
        assert (fault.field, fault.key) == ("month", key)
        said(fault)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"amount": "0"}, "amount"), ({"amount": "1.005"}, "amount"), ({"basis": " "}, "basis")],
)
def test_what_makes_no_sense_is_refused_beside_its_field(cast: Cast, changes: dict[str, Any], field: str) -> None:
    (line,) = entry_form(cast)["lines"]
    (fault,) = faults(do, cast.clerk, drafted_entry(cast, lines=[line | changes]), "submit")
    assert (fault.field, fault.table, fault.line) == (field, "lines", 1)


def test_what_the_budget_does_not_have_is_booked_with_a_reason_that_both_read(cast: Cast) -> None:
    """P8-4.1, P2-5.3: what has arisen has arisen."""
    issued(cast, BudgetLine("202610", cast.service.id, BudgetCategory.SALARIES, Decimal("7000.00")))
    paper = drafted_entry(cast)
    assert [one.key for one in faults(do, cast.clerk, paper, "submit")] == ["fault.reason_needed"]
    with reading() as session:
        filled, _ = check(session, cast.clerk, "CE", entry_form(cast), NOW)
        (warned,) = KINDS["CE"].warnings(filled)  # type: ignore[misc]
        assert warned.fault.facts["missing"] == Decimal("1000.00")
    paper = sent_entry(cast, reasons={warned.mark: "新增一名工程师"})
    with reading() as session:
        (one,) = explained(session, cast.finance_officer, reload(paper), KINDS["CE"], NOW)
        assert (one.reason, one.warned.blocks) == ("新增一名工程师", False)
    assert len(posted(move(cast, paper))) == 1


def test_wages_entered_a_second_time_are_asked_about(cast: Cast) -> None:
    sent_entry(cast)
    with reading() as session:
        filled, _ = check(session, cast.accountant, "CE", entry_form(cast), NOW)
        assert [one.fault.key for one in KINDS["CE"].warnings(filled)] == ["CE.warn.again"]  # type: ignore[misc]


def test_no_voucher_is_handed_in_for_what_is_accrued(cast: Cast) -> None:
    with reading() as session:
        offered = {one.value for one in voucher_expense_types(session, cast.engineer, NOW)}
    assert cast.expense["lodging"].id in offered and cast.expense["wages"].id not in offered


# --- assets


@given(
    cost=st.decimals("0.02", "99999999.99", places=2),
    share=st.decimals("0", "0.99", places=2),
    months=st.integers(1, 600),
)
def test_what_is_written_off_is_cost_less_salvage_to_the_fen(cost: Decimal, share: Decimal, months: int) -> None:
    """P8-4.2"""
    salvage = (cost * share).quantize(Decimal("0.01"))
    asset = Asset(cost=cost, salvage=salvage, life_months=months, in_use_from=date(2026, 10, 20))
    plan = schedule(asset)
    assert sum(plan.values()) == cost - salvage
    assert len(plan) == months and max(plan.values()) - min(plan.values()) <= Decimal("0.01")
    assert next(iter(plan)) == "202611" and depreciation(asset, "202610") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"life_months": 0}, "life_months"),
        ({"life_months": -3}, "life_months"),
        ({"salvage": "3600.00"}, "salvage"),
        ({"in_use_from": "2026-10-01"}, "in_use_from"),
        ({"cost": "0"}, "cost"),
    ],
)
def test_an_asset_that_makes_no_sense_is_refused_in_words(cast: Cast, changes: dict[str, Any], field: str) -> None:
    """Issue 8: 0 months"""
    row = {"code": "A-9", "name": "检漏仪", "department_id": cast.service.id, "bought_on": "2026-10-12"}
    row |= {"in_use_from": "2026-10-20", "cost": "3600.00", "salvage": "0.00", "life_months": 36} | changes
    with writing() as session, pytest.raises(Invalid) as refused:
        save(session, cast.accountant, MASTERS["assets"], None, row, True, NOW)
    (fault,) = refused.value.faults
    assert fault.field == field
    said(fault)


def test_an_asset_is_written_off_once_a_month_by_its_share(cast: Cast) -> None:
    asset = depreciated(cast)
    booked_entry(cast, **written_off(cast, asset))
    cases = (
        (written_off(cast, asset), "CE.fault.asset_written_off"),
        (written_off(cast, asset, month="2026-10"), "CE.fault.asset_out_of_life"),
        (written_off(cast, asset, charged_department_id=cast.service2.id), "CE.fault.asset_elsewhere"),
    )
    for form, key in cases:
        (fault,) = faults(do, cast.accountant, drafted_entry(cast, cast.accountant, **form), "submit")
        assert (fault.field, fault.key) == ("asset_id", key)
        said(fault)
    other = depreciated_two(cast)
    form = written_off(cast, other, "99.99")
    (fault,) = faults(do, cast.clerk, drafted_entry(cast, **form), "submit")
    assert (fault.key, fault.facts) == ("CE.fault.asset_amount", {"amount": Decimal("100.00")})
    twice = form | {"lines": written_off(cast, other)["lines"] * 2}
    (fault,) = faults(do, cast.clerk, drafted_entry(cast, **twice), "submit")
    assert (fault.key, fault.line) == ("CE.fault.asset_twice", 2)


def depreciated_two(cast: Cast) -> Asset:
    with writing() as session:
        return factories.asset(session, "A-002", cast.service)


# --- what is proposed


def test_wages_and_depreciation_are_proposed_and_nothing_twice(cast: Cast) -> None:
    """Issue 8, 1"""
    asset = depreciated(cast)
    october = booked_entry(cast)
    with reading() as session:
        labour, machine = proposals(session, cast.service.id, "202611")
    assert (labour["amount"], labour["basis"]) == ("8000.00", october.number)
    assert (machine["asset_id"], machine["amount"], machine["basis"]) == (asset.id, "100.00", "便携式检漏仪 1/36")
    with writing() as session:
        (paper,) = prepare_month(session, cast.clerk, "202611", NOW)
        assert prepare_month(session, cast.accountant, "202611", NOW) == [], "its draft stands there"
    assert (paper.state, paper.amount, paper.department_id) == (State.DRAFT, Decimal("8100.00"), cast.service.id)
    move(cast, do(cast.clerk, paper, "submit"))
    with reading() as session:
        assert proposals(session, cast.service.id, "202611") == []
        assert len(proposals(session, cast.service.id, "202612")) == 2
    assert len(posted(paper)) == 2


def test_an_asset_out_of_use_and_another_departments_are_not_proposed(cast: Cast) -> None:
    depreciated(cast, active=False)
    with writing() as session:
        factories.asset(session, "A-002", cast.service2)
    with reading() as session:
        assert proposals(session, cast.service.id, "202611") == []
        assert len(proposals(session, cast.service2.id, "202611")) == 1


def test_parts_from_the_store_are_proposed_at_their_list_price(cast: Cast) -> None:
    """P8-4.2: materials; what is bought for a case, or in no list, is claimed and not accrued."""
    with writing() as session:
        for code, stocked in (("P-1", True), ("P-2", False)):
            factories.part(session, code, "密封圈", model=code, stocked=stocked, price=Decimal("12.50"))
        customer = factories.customer(session, "K-1", cast.service)
        order = factories.document(session, "SO", cast.clerk, number="SO-202611-0001", state=State.DONE)
        facts = {"contact": "李工", "contact_phone": "1", "address": "西安", "received_at": NOW, "work_kind": "repair"}
        worked = {"worked_on": date(2026, 11, 5), "handling_department_id": cast.service.id, "fault": "漏风"}
        session.add(ServiceOrder(document_id=order.id, customer_id=customer.id, **facts, **worked))
        for position, (model, quantity) in enumerate((("P-1", 3), ("P-2", 5), ("P-9", 7))):
            part = {"part_name": "密封圈", "part_model": model, "quantity": quantity}
            session.add(OrderPart(document_id=order.id, position=position, **part))
    with reading() as session:
        (line,) = proposals(session, cast.service.id, "202611")
        assert proposals(session, cast.service.id, "202610") == []
    assert (line["amount"], line["basis"]) == ("37.50", "SO-202611-0001")
    booked_entry(cast, month="2026-11", lines=[line])
    with reading() as session:
        assert proposals(session, cast.service.id, "202611") == []


def test_it_is_printed(cast: Cast) -> None:
    paper = booked_entry(cast)
    with writing() as session:
        printed(session, cast.clerk, paper, "entry").says("成本计提单", "十月工资表", "8,000.00", "捌仟元整")
