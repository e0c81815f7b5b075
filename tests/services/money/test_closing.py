"""A closed month takes no postings: they go to the next open one of the same year, and say so (P2-2.4, issue 5)."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models import Balance, ClosedMonth, Document, LedgerEntry, Posting
from services.database import reading, writing
from services.money import control, ledger
from services.money.closing import close_month
from services.money.ledger import BudgetLine, Cost
from services.money.wants import Want
from tests import factories
from tests.factories import NOW, Cast
from tests.services.documents.test_travel_request import said
from tests.services.money.test_control import OTHER, issue, spent
from tests.services.money.test_ledger import whole
from tests.story import (
    BACK,
    LATER,
    adjustment_line,
    approved_trip,
    do,
    faults,
    finished_trip,
    issued,
    move,
    paid_claim,
    refusal,
    sent_adjustment,
    sent_claim,
    sent_outside,
)


def close(cast: Cast, *months: str, department: Any = None) -> None:
    with writing() as session:
        paper = factories.travel_request(session, cast.engineer)
        for month in months:
            close_month(session, paper, (department or cast.service).id, month, LATER)


def balance(cast: Cast, month: str) -> tuple[Decimal, Decimal]:
    """Reserved and spent."""
    with reading() as session:
        found = session.get(Balance, (month, cast.service.id, OTHER))
        return (found.reserved, found.spent) if found else (Decimal("0.00"), Decimal("0.00"))


def entries(paper: Document) -> list[tuple[Posting, str, str | None, Decimal]]:
    with reading() as session:
        found = session.exec(select(LedgerEntry).where(LedgerEntry.document_id == paper.id)).all()
        return [(one.posting, one.month, one.meant_for, one.amount) for one in found]


def test_what_is_meant_for_a_closed_month_goes_to_the_next_open_one_and_says_so(cast: Cast) -> None:
    close(cast, "202609", "202610")
    paper = spent(cast, "202609", "100.00")
    assert entries(paper) == [(Posting.SPENT, "202611", "202609", Decimal("100.00"))]
    assert (balance(cast, "202609"), balance(cast, "202611")[1]) == ((0, 0), Decimal("100.00"))
    whole()


def test_an_open_month_is_posted_in_itself(cast: Cast) -> None:
    close(cast, "202609")
    assert entries(spent(cast, "202610", "1.00")) == [(Posting.SPENT, "202610", None, Decimal("1.00"))]
    close(cast, "202610", department=cast.service2)
    assert entries(spent(cast, "202610", "1.00"))[0][1] == "202610", "another department has closed it"


def test_a_year_of_which_all_months_are_closed_gets_no_more_budget(cast: Cast) -> None:
    """P7-7"""
    close(cast, *(f"2026{month:02d}" for month in range(9, 13)))
    refused = refusal(issue, cast, {"202610": "1.00"})
    assert (refused.key, refused.facts["year"]) == ("ledger.refused.year_closed", "2026")


def test_a_claim_of_a_closed_year_is_spent_in_the_first_open_month_after_it_and_says_so(cast: Cast) -> None:
    """P8-4.1, P8-3.4: nobody waits for his money because the books of the year are shut; taken back it is not a fen."""
    claim = sent_claim(cast, finished_trip(cast))
    close(cast, "202611", "202612", "202701")
    claim = move(cast, claim, until="payment", now=BACK)
    assert {(posting, month, meant) for posting, month, meant, _ in entries(claim)} == {
        (Posting.SPENT, "202702", "202611")
    }, "what was reserved has lapsed with the year"
    spent_then = balance(cast, "202702")[1]
    do(cast.cashier, claim, "complete", now=BACK, paid_on="2026-11-28", payment_reference="1")
    do(cast.engineer, claim, "reverse", note="重复报销", now=LATER)
    do(cast.finance_officer, claim, "approve", now=LATER)
    assert spent_then > 0
    assert balance(cast, "202702") == (0, 0)
    whole()


def test_what_is_reserved_in_a_month_goes_on_in_the_next_when_it_is_closed(cast: Cast) -> None:
    trip = approved_trip(cast)
    assert balance(cast, "202611") == (Decimal("1800.00"), Decimal("0.00"))
    close(cast, "202611")
    assert (balance(cast, "202611")[0], balance(cast, "202612")[0]) == (Decimal("0.00"), Decimal("1800.00"))
    do(cast.engineer, trip, "cancel", note="客户改期")
    assert balance(cast, "202612")[0] == Decimal("0.00")
    whole()


def test_closing_twice_changes_nothing(cast: Cast) -> None:
    approved_trip(cast)
    close(cast, "202611", "202611")
    with reading() as session:
        assert len(session.exec(select(ClosedMonth)).all()) == 1
    assert balance(cast, "202612")[0] == Decimal("1800.00")


def test_with_the_last_month_what_is_still_reserved_lapses(cast: Cast) -> None:
    trip = approved_trip(cast, starts_on="2026-12-07", ends_on="2026-12-08")
    close(cast, "202612")
    assert balance(cast, "202612")[0] == Decimal("0.00")
    do(cast.engineer, trip, "cancel", note="客户改期")
    whole()


def test_a_claim_of_a_closed_month_is_spent_in_the_next_and_releases_what_was_carried_on(cast: Cast) -> None:
    """P8-4.1 as far as it can be kept: the entries say which month they were meant for"""
    claim = sent_claim(cast, finished_trip(cast))
    close(cast, "202611")
    claim = move(cast, claim, until="payment", now=BACK)
    its = {(posting, month, meant) for posting, month, meant, _ in entries(claim)}
    assert its == {(Posting.SPENT, "202612", "202611"), (Posting.RELEASED, "202612", None)}
    assert balance(cast, "202611") == (Decimal("0.00"), Decimal("0.00"))
    whole()


def test_a_claim_is_undone_after_its_month_was_closed_and_not_a_fen_is_left(cast: Cast) -> None:
    """P2-2.4: no edits after closing, reversals only; undone twice nothing is taken back twice"""
    claim = paid_claim(cast)
    before = balance(cast, "202611")
    close(cast, "202611")
    do(cast.engineer, claim, "reverse", note="重复报销", now=LATER)
    do(cast.finance_officer, claim, "approve", now=LATER)
    assert balance(cast, "202611") == before, "the closed month stays as it was"
    with writing() as session:
        paper = session.get_one(Document, claim.id)
        assert ledger.spent_by(session, claim.id) == 0
        ledger.undo(session, paper, LATER)
        assert ledger.spent_by(session, claim.id) == 0
    with reading() as session:
        assert all(one.amount > 0 for one in session.exec(select(LedgerEntry)))
    assert balance(cast, "202612")[1] == -before[1]
    with reading() as session:
        assert list(ledger.problems(session)) == []


def test_the_control_asks_the_month_in_which_it_will_be_posted(cast: Cast) -> None:
    issue(cast, {"202610": "100.00", "202611": "50.00"})
    spent(cast, "202611", "100.00")
    close(cast, "202610")
    train = cast.expense["train"].id
    for amount, stopped in (("50.00", False), ("50.01", True)):
        with reading() as session:
            wanted = [Want(Cost("202610", train, Decimal(amount)))]
            (one,) = control.look(session, control.moves(session, cast.service.id, wanted), NOW)
        assert (one.month, one.response is not None) == ("202611", stopped)


@pytest.mark.parametrize("month", ["2026-10", "2026-11"])
def test_money_outside_the_budget_is_not_asked_for_a_closed_month(cast: Cast, month: str) -> None:
    close(cast, "202610", "202611")
    (fault,) = faults(sent_outside, cast, month=month)
    assert (fault.field, fault.key) == ("month", "ledger.fault.month_closed")
    said(fault)


def test_a_closed_month_is_not_adjusted(cast: Cast) -> None:
    issued(cast, BudgetLine("202612", cast.service.id, OTHER, Decimal("5.00")))
    close(cast, "202611")
    given = [adjustment_line(cast, "300.00", month="2026-12", category="training")]
    found = faults(sent_adjustment, cast, given=given, taken=[adjustment_line(cast, "300.00")])
    assert ("taken", 1, "ledger.fault.month_closed") in [(one.table, one.line, one.key) for one in found]


def test_a_month_that_is_closed_while_others_decide_loses_nothing_and_no_month_falls_below_nothing(cast: Cast) -> None:
    """P2-2.4, P7-7: what would be taken from it would be missing in the next one."""
    given = [adjustment_line(cast, "300.00", month="2026-12", category="training")]
    paper = move(cast, sent_adjustment(cast, given=given), until="general_manager")
    close(cast, "202611")
    refused = refusal(do, cast.general_manager, paper, "approve")
    assert (refused.key, refused.facts) == ("BA.fault.above_plan", {"plan": Decimal("0.00")})
    with reading() as session:
        assert session.get(Balance, ("202612", cast.service.id, OTHER)) is None
        assert session.get_one(Balance, ("202611", cast.service.id, OTHER)).budget == Decimal("1000.00")
