"""The ledger: what a trip reserves and its claims spend, to the fen, whatever is undone in between (P8-4.1)."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from models import Balance, BudgetCategory, Document, LedgerEntry, Posting
from services.database import reading, writing
from services.documents.marks import marks_of
from services.engine.flow import take
from services.money import ledger, postings
from services.money.ledger import BudgetLine, Cost
from services.verify import problems
from services.worker import one_day
from tests import factories
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    LATER,
    agreed_request,
    approved_trip,
    claim_at,
    decree,
    do,
    drafted_claim,
    estimate,
    events,
    finished_trip,
    move,
    paid_claim,
    reload,
    sent_claim,
    sent_trip,
    voucher,
)

NOTHING = Decimal("0.00")


def figures() -> dict[str, Decimal]:
    """Net yuan reserved and spent, by the balances."""
    with reading() as session:
        balances = session.exec(select(Balance)).all()
    return {name: sum((getattr(one, name) for one in balances), NOTHING) for name in ("reserved", "spent")}


def entries(document: Document) -> list[tuple[Posting, str, BudgetCategory, Decimal]]:
    with reading() as session:
        return [(one.posting, one.month, one.category, one.amount) for one in ledger.entries_of(session, document)]


def whole() -> None:
    with reading() as session:
        assert list(ledger.problems(session)) == []
        assert list(postings.problems(session)) == []


def test_a_trip_reserves_its_estimate_once_both_have_signed_and_not_before(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    assert entries(trip) == []
    do(cast.office_director, trip, "approve")
    assert entries(trip) == [
        (Posting.RESERVED, "202611", BudgetCategory.OTHER, Decimal("1000.00")),
        (Posting.RESERVED, "202611", BudgetCategory.OTHER, Decimal("800.00")),
    ]
    assert figures() == {"reserved": Decimal("1800.00"), "spent": NOTHING}
    whole()


def test_lines_of_one_expense_type_are_one_reservation(cast: Cast) -> None:
    lines = [estimate(cast, "train", "100.00"), estimate(cast, "train", "50.50"), estimate(cast, "materials", "9.99")]
    trip = approved_trip(cast, estimates=lines)
    assert entries(trip) == [
        (Posting.RESERVED, "202611", BudgetCategory.OTHER, Decimal("150.50")),
        (Posting.RESERVED, "202611", BudgetCategory.MATERIALS, Decimal("9.99")),
    ]


def test_a_trip_that_is_given_up_reserves_nothing_any_more(cast: Cast) -> None:
    trip = approved_trip(cast)
    do(cast.engineer, trip, "cancel", note="客户改期")
    assert figures() == {"reserved": NOTHING, "spent": NOTHING}
    assert [one[0] for one in entries(trip)] == [Posting.RESERVED] * 2 + [Posting.RELEASED] * 2
    whole()


def test_an_approval_that_is_taken_back_takes_the_reservation_with_it_and_approved_again_it_is_there_again(
    cast: Cast,
) -> None:
    trip = approved_trip(cast)
    do(cast.office_director, trip, "take_back", note="再看一下")
    assert figures()["reserved"] == NOTHING
    do(cast.office_director, trip, "approve")
    assert figures()["reserved"] == Decimal("1800.00")
    whole()


def test_a_finished_claim_spends_what_the_audit_found_and_releases_the_trip(cast: Cast) -> None:
    """P8-3.4, P8-4.1: 1,450.00 on vouchers and three days of allowance, 50.00 of it cut."""
    claim = claim_at(cast, "finance_audit")
    assert figures() == {"reserved": Decimal("1800.00"), "spent": NOTHING}
    cut = {"vouchers": {1: {"audited_amount": "550.00", "audit_reason": "超标准"}}}
    do(cast.finance_officer, claim, "approve", now=BACK, lines=cut)
    assert figures() == {"reserved": NOTHING, "spent": Decimal("1700.00")}
    with reading() as session:
        assert ledger.spent_by(session, claim.id) == Decimal("1700.00")
    whole()


def test_a_claim_beside_which_a_companion_may_still_claim_releases_only_what_it_spends(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.stranger.id], estimates=[estimate(cast, "train", "5000.00")])
    move(cast, sent_claim(cast, trip), now=LATER)
    assert figures() == {"reserved": Decimal("3800.00"), "spent": Decimal("1750.00")}
    whole()


def test_a_request_on_a_trip_takes_its_money_from_the_trips_estimate_and_gives_it_back(cast: Cast) -> None:
    """P9-3.2a: what was estimated and is asked for in detail is not kept aside twice."""
    trip = approved_trip(
        cast, estimates=[estimate(cast, "train", "1000.00"), estimate(cast, "entertainment", "200.00")]
    )
    request = agreed_request(cast, trip)
    assert figures()["reserved"] == Decimal("1200.00"), "300 of what was kept aside for the trip"
    with reading() as session:
        assert [one.amount for one in ledger.reserved_for(session, request.id)] == [Decimal("300.00")]
    do(cast.engineer, request, "cancel", note="客人没有来")
    assert figures()["reserved"] == Decimal("1200.00")
    with reading() as session:
        assert ledger.reserved_for(session, request.id) == []
    whole()


def test_the_allowance_of_a_trip_over_the_end_of_a_month_is_spent_in_both(cast: Cast) -> None:
    """P8-4.1: the cost belongs to the month in which it arose."""
    trip = approved_trip(cast, starts_on="2026-11-29", ends_on="2026-12-02")
    back = {"departed_on": "2026-11-29", "returned_on": "2026-12-02"}
    do(cast.engineer, trip, "complete", now=LATER + timedelta(days=2), **back)
    claim = drafted_claim(cast, trip, vouchers=[voucher(cast, "train", "80.00", spent_on="2026-12-01")])
    claim = move(cast, do(cast.engineer, claim, "submit", now=LATER + timedelta(days=3)), now=LATER + timedelta(days=4))
    spent = [(month, amount) for posting, month, _, amount in entries(claim) if posting == Posting.SPENT]
    assert sorted(spent) == [("202611", Decimal("200.00")), ("202612", Decimal("80.00")), ("202612", Decimal("200.00"))]
    whole()


def test_a_reversed_claim_gives_everything_back_and_the_trip_has_its_money_reserved_again(cast: Cast) -> None:
    claim = paid_claim(cast)
    assert figures() == {"reserved": NOTHING, "spent": Decimal("1750.00")}
    do(cast.engineer, claim, "reverse", note="重复报销", now=LATER)
    assert figures()["spent"] == Decimal("1750.00"), "asked for is not done"
    do(cast.finance_officer, claim, "approve", now=LATER)
    assert figures() == {"reserved": Decimal("1800.00"), "spent": NOTHING}
    whole()
    with reading() as session:
        assert ledger.left_of(ledger.entries_of(session, claim))["spent"] == NOTHING
        (marked,) = marks_of(session, [("EC", claim.id)], LATER)[claim.id]
    assert marked.key == "EC.mark.to_be_repaid", "the money has left the house"


def test_a_claim_for_which_nothing_was_paid_has_nothing_to_come_back(cast: Cast) -> None:
    claim = sent_claim(cast)
    do(cast.engineer, claim, "withdraw", now=LATER)
    with reading() as session:
        assert marks_of(session, [("EC", claim.id)], LATER) == {}


def test_nothing_in_the_ledger_can_be_changed_or_taken_out(cast: Cast) -> None:
    approved_trip(cast)
    for statement in ("UPDATE ledgerentry SET amount = 1", "DELETE FROM ledgerentry"):
        with pytest.raises(DBAPIError, match="only grows"), writing() as session:
            session.execute(sa.text(statement))


def test_a_posting_cannot_be_made_twice(session: Session, cast: Cast) -> None:
    trip = approved_trip(cast)
    first = session.exec(select(LedgerEntry).where(LedgerEntry.document_id == trip.id)).first()
    assert first
    session.add(LedgerEntry(**first.model_dump(exclude={"id"})))
    with pytest.raises(DBAPIError):
        session.flush()
    session.rollback()


def test_a_balance_that_was_altered_shows(cast: Cast) -> None:
    approved_trip(cast)
    with writing() as session:
        session.execute(sa.update(Balance).values(reserved=Decimal("1.00")))
    with reading() as session:
        (found,) = problems(session)
    assert "reserved is 1.00, the ledger says 1800.00" in found


def test_a_claim_of_which_the_ledger_says_otherwise_shows(cast: Cast) -> None:
    claim = paid_claim(cast)
    with writing() as session:
        ledger.spend(session, session.get_one(Document, claim.id), [Cost("202611", None, Decimal("0.01"))], LATER)
    with reading() as session:
        assert f"{claim.number}: 1750.01 spent in the ledger, 1750.00 by its audit" in problems(session)


# --- what nobody claims


def test_what_nobody_claims_in_time_is_let_go_once_and_put_on_record(cast: Cast) -> None:
    trip = finished_trip(cast)  # back on 27 November
    assert one_day(datetime(2026, 12, 26, 4, tzinfo=NOW.tzinfo)) == 0, "the 29th day"
    assert figures()["reserved"] == Decimal("1800.00")
    assert one_day(datetime(2026, 12, 27, 4, tzinfo=NOW.tzinfo)) == 1
    assert figures()["reserved"] == NOTHING
    assert one_day(datetime(2026, 12, 28, 4, tzinfo=NOW.tzinfo)) == 0
    assert [(one.action, one.actor_id, one.data["amount"]) for one in events(trip)][-1] == ("release", None, "1800.00")
    whole()


def test_how_long_a_reservation_is_kept_is_a_setting(cast: Cast) -> None:
    finished_trip(cast)
    decree("budget.release_days", 5)
    assert one_day(BACK + timedelta(days=3)) == 0
    assert one_day(BACK + timedelta(days=4)) == 1


def test_a_claim_under_way_keeps_the_reservation_and_a_late_one_spends_without_one(cast: Cast) -> None:
    claim = sent_claim(cast)
    assert one_day(NOW + timedelta(days=90)) == 0
    move(cast, claim, now=LATER)
    assert figures() == {"reserved": NOTHING, "spent": Decimal("1750.00")}
    assert one_day(NOW + timedelta(days=90)) == 0
    whole()


# --- any sequence


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["reserve", "release", "spend", "undo", "part"]),
            st.integers(0, 2),
            st.decimals(min_value="0.01", max_value="9999.99", places=2),
        ),
        max_size=25,
    )
)
def test_whatever_papers_post_the_balances_are_what_the_ledger_adds_up_to(
    acts: list[tuple[str, int, Decimal]], database: str
) -> None:
    """Reserved never falls below nothing; what is undone is gone to the fen; a balance says what its entries say."""
    with writing() as session:
        person = factories.person(session, f"p{next(_count)}", factories.department(session, f"d{next(_count)}"))
        kinds = [factories.expense_type(session, f"t{next(_count)}") for _ in range(2)]
        papers = [factories.travel_request(session, person) for _ in range(3)]
        for act, which, amount in acts:
            paper, other = papers[which], papers[which - 1]
            costs = [Cost("202611", kinds[which % 2].id, amount), Cost("202612", None, amount)]
            if act == "reserve":
                ledger.reserve(session, paper, costs, NOW)
            elif act == "release":
                ledger.release(session, paper, paper.id, NOW)
                assert ledger.reserved_for(session, paper.id) == []
            elif act == "part":
                ledger.release(session, other, paper.id, NOW, {BudgetCategory.PROJECTS: amount})
            elif act == "spend":
                ledger.spend(session, paper, costs, NOW)
            else:
                ledger.undo(session, paper, NOW)
                assert ledger.spent_by(session, paper.id) == NOTHING
            assert all(balance.reserved >= 0 and balance.spent >= 0 for balance in session.exec(select(Balance)))
        assert list(ledger.problems(session)) == []


_count = iter(range(10**9))


def test_a_paper_is_locked_before_its_reservation_is_let_go(cast: Cast) -> None:
    trip = finished_trip(cast)
    with writing() as session:
        taken = take(session, trip.id)
        assert taken and postings.expire_one(session, taken, NOW) == NOTHING, "not yet"
    assert reload(trip).state == trip.state


def test_what_is_allotted_stands_on_the_lines_of_the_budget(cast: Cast) -> None:
    """P7-6, P7-7, P7-8: issued, moved and granted money adds up on each line."""
    trip = approved_trip(cast)
    march = BudgetLine("202603", trip.department_id, BudgetCategory.OTHER, Decimal("1000.00"))
    with writing() as session:
        paper = session.get_one(Document, trip.id)
        ledger.allot(session, paper, Posting.ISSUED, [march], LATER)
        ledger.allot(session, paper, Posting.ADJUSTED, [replace(march, amount=Decimal("-300.00"))], LATER)
        ledger.allot(session, paper, Posting.GRANTED, [replace(march, amount=Decimal("0.01"))], LATER)
    with reading() as session:
        balance = session.get_one(Balance, ("202603", trip.department_id, BudgetCategory.OTHER))
    assert (balance.budget, balance.reserved, balance.spent) == (Decimal("700.01"), NOTHING, NOTHING)
    whole()
