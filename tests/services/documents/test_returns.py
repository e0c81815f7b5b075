"""Returns: inspected, decided, taken in, and never refunded above what was paid (P1-6.4)."""

from datetime import timedelta
from decimal import Decimal

from models import BudgetCategory, Posting, State
from services.database import reading
from services.money import ledger
from services.money.ledger import BudgetLine
from services.prints.render import render
from tests.factories import NOW, Cast
from tests.parts_story import (
    INSPECTED,
    REFUNDED,
    TAKEN_IN,
    drafted_return,
    refunded_return,
    sent_return,
    sold_lately,
)
from tests.story import asked, detail, do, faults, issued, refusal, reload


def keys(cast: Cast, **changes: object) -> list[tuple[str, str]]:
    found = faults(do, cast.engineer, drafted_return(cast, **changes), "submit", now=NOW)
    return [(one.field, one.key) for one in found]


def test_a_refund_goes_from_quality_to_finance_and_is_spent(cast: Cast) -> None:
    """P1-6.4; P7-5, category 6"""
    paper = sent_return(cast)
    assert (paper.amount, asked(paper)) == (Decimal("900.00"), {"quality_inspector"})
    paper = do(cast.quality_inspector, paper, "approve", now=NOW, **INSPECTED)
    assert asked(paper) == {"sales_manager"}
    paper = do(cast.sales_manager, paper, "approve", now=NOW)
    assert asked(paper) == {"warehouse"}
    paper = do(cast.warehouse, paper, "complete", now=NOW, **TAKEN_IN)
    assert asked(paper) == {"finance_officer"}
    with reading() as session:
        assert [one.posting for one in ledger.entries_of(session, paper)] == [Posting.RESERVED]
    paper = do(cast.finance_officer, paper, "approve", now=NOW, **REFUNDED)
    with reading() as session:
        entry = next(one for one in ledger.entries_of(session, paper) if one.posting == Posting.SPENT)
        assert ledger.reserved_for(session, paper.id) == []
        assert render(session, cast.engineer, paper, "return", base_url="", now=NOW).startswith(b"%PDF")
    assert paper.state == State.DONE
    assert (entry.posting, entry.category, entry.amount, entry.department_id) == (
        Posting.SPENT,
        BudgetCategory.OTHER,
        Decimal("900.00"),
        cast.service.id,
    )


def test_an_exchange_ends_in_the_warehouse_and_costs_no_budget(cast: Cast) -> None:
    paper = sent_return(cast, return_kind="exchange")
    assert paper.amount is None and detail(paper).refund_amount is None
    paper = do(cast.quality_inspector, paper, "approve", now=NOW, **INSPECTED)
    paper = do(cast.sales_manager, paper, "approve", now=NOW)
    assert do(cast.warehouse, paper, "complete", now=NOW, **TAKEN_IN).state == State.DONE


def test_beyond_the_days_the_sales_manager_says_why(cast: Cast) -> None:
    """P1-6.4: [7] days for a refund, [15] for an exchange; the last day counts"""
    for kind, days, beyond in (
        ("refund", 7, False),
        ("refund", 8, True),
        ("exchange", 15, False),
        ("exchange", 16, True),
    ):
        serial = sold_lately(f"ZD-{kind}-{days}", days).serial
        paper = sent_return(cast, serial=serial, return_kind=kind)
        assert detail(paper).out_of_period is beyond, (kind, days)
    assert not detail(sent_return(cast, serial=None, return_kind="repair")).out_of_period
    paper = do(cast.quality_inspector, paper, "approve", now=NOW, **INSPECTED)
    assert [one.key for one in faults(do, cast.sales_manager, paper, "approve", now=NOW)] == ["RT.fault.no_exception"]
    paper = do(cast.sales_manager, paper, "approve", now=NOW, exception_reason="批次问题，客户停运")
    assert paper.step == "return_receive"


def test_all_refunds_of_an_item_together_are_no_more_than_was_paid(cast: Cast) -> None:
    """P1-6.4"""
    assert keys(cast, refund_amount="1200.01") == [("refund_amount", "RT.fault.above_paid")]
    first = refunded_return(cast)
    assert keys(cast, refund_amount="300.01") == [("refund_amount", "RT.fault.above_paid")]
    assert keys(cast, refund_amount="300.00", paid_price="1500.00") == [("paid_price", "RT.fault.other_price")]
    second = sent_return(cast, refund_amount="300.00")
    assert keys(cast, refund_amount="0.01") == [("refund_amount", "RT.fault.above_paid")]
    do(cast.quality_inspector, second, "reject", now=NOW)
    assert sent_return(cast, refund_amount="300.00").number and reload(first).state == State.DONE


def test_what_it_says_of_the_item_is_true(cast: Cast) -> None:
    assert keys(cast, serial="NOBODY-1") == [("serial", "RT.fault.not_sold")]
    assert keys(cast, serial=None) == [("serial", "fault.required")]
    assert keys(cast, refund_amount=None, quantity=2) == [
        ("refund_amount", "fault.required"),
        ("quantity", "RT.fault.one_serial"),
    ]


def test_a_refund_stays_within_the_budget(cast: Cast) -> None:
    """P2-5.1a"""
    issued(cast, BudgetLine("202611", cast.service.id, BudgetCategory.OTHER, Decimal("899.99")))
    assert keys(cast) == [("refund_amount", "budget_control.over.month")]


def test_what_lies_in_the_store_is_not_withdrawn_and_a_wrong_refund_is_reversed(cast: Cast) -> None:
    paper = do(cast.quality_inspector, sent_return(cast), "approve", now=NOW, **INSPECTED)
    paper = do(cast.sales_manager, paper, "approve", now=NOW)
    tomorrow = (NOW + timedelta(days=1)).date().isoformat()
    wrong = faults(do, cast.warehouse, paper, "complete", now=NOW, received_on=tomorrow)
    assert [one.key for one in wrong] == ["RT.fault.in_future"]
    paper = do(cast.warehouse, paper, "complete", now=NOW, **TAKEN_IN)
    assert refusal(do, cast.engineer, paper, "withdraw", now=NOW).key == "action.not_allowed"
    paper = do(cast.finance_officer, paper, "approve", now=NOW, **REFUNDED)
    paper = do(cast.engineer, paper, "reverse", now=NOW, note="退错客户")
    paper = do(cast.finance_officer, paper, "approve", now=NOW)
    with reading() as session:
        assert ledger.spent_by(session, paper.id) == 0
    assert paper.state == State.REVERSED


def test_nobody_else_inspects_or_decides(cast: Cast) -> None:
    paper = sent_return(cast)
    for person in (cast.sales_manager, cast.warehouse, cast.engineer, cast.department_head):
        assert refusal(do, person, paper, "approve", now=NOW).key == "action.not_allowed"
    assert refusal(do, cast.stranger, paper, "approve", now=NOW).key == "access.not_found"
