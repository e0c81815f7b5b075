"""Cash advance: who gets one, who pays it, what becomes of it (P9-5)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Document, State
from services.database import reading
from services.documents.advances import balance, open_advances, overdue
from services.documents.cash_advance import facts
from services.documents.drafts import blank, check
from services.documents.expense_claim import facts as claim_facts
from services.documents.expense_claim import figures
from services.documents.marks import marks_of
from services.errors import Fault
from services.prints.render import render
from tests.factories import NOW, Cast
from tests.services.test_prints import Paper
from tests.story import (
    BACK,
    LATER,
    approved_trip,
    claim_at,
    decree,
    detail,
    do,
    draft,
    drafted_advance,
    events,
    faults,
    finished_trip,
    may,
    move,
    open_tasks,
    paid_advance,
    refusal,
    reload,
    sent_advance,
    sent_claim,
    sent_settlement,
    sent_trip,
    settlement_form,
    signed,
    tasks,
    voucher,
)

CHAIN = ["department_head", "vice_president", "finance_vp", "finance_audit"]
PAID = {"paid_on": "2026-11-23", "payment_reference": "1"}


def _money(paper: Any) -> str:
    """Paid out, settled, returned, open."""
    with reading() as session:
        now_it_is = balance(session, paper.id)
        assert now_it_is.open == (detail(paper).open_amount or 0)
    return f"{now_it_is.paid} {now_it_is.settled} {now_it_is.returned} {now_it_is.open}"


def _faults(cast: Cast, **changes: Any) -> list[tuple[str, str]]:
    found: list[Fault] = faults(sent_advance, cast, **changes)
    return [(one.field, one.key) for one in found]


# --- asked for and paid


def test_an_advance_goes_to_head_vice_president_finance_and_audit_then_the_cashier_pays(cast: Cast) -> None:
    """P9-5a"""
    advance = move(cast, sent_advance(cast), until="payment")
    assert (signed(advance), (advance.number or "")[:10]) == (CHAIN, "CA-202611-")
    advance = do(cast.cashier, advance, "complete", **PAID)
    assert (advance.state, advance.step, advance.reached) == (State.RUNNING, "settlement", ["approved", "paid"])
    assert _money(advance) == "1000.00 0.00 0.00 1000.00"


def test_only_the_cashier_pays_and_only_what_was_asked_for(cast: Cast) -> None:
    advance = move(cast, sent_advance(cast), until="payment")
    for person in (cast.engineer, cast.accountant, cast.finance_officer, cast.finance_vp):
        assert "complete" not in may(person, advance)
    refused = refusal(do, cast.cashier, advance, "complete", **PAID, paid_amount="1000.01")
    assert (refused.key, refused.facts) == ("payment.refused.above", {"left": Decimal("1000.00")})
    assert _money(advance) == "0.00 0.00 0.00 0.00"


def test_it_opens_from_the_trip_with_what_is_known(cast: Cast) -> None:
    """P9-5a: settled by five working days after the trip's end on Friday the 27th"""
    trip = approved_trip(cast)
    with reading() as session:
        form = blank(session, cast.engineer, "CA", NOW, trip.id)
    said = (form["trip_id"], form["requested"], form["wanted_by"], form["repay_by"])
    assert said == (trip.id, "1800.00", "2026-11-25", "2026-12-04")


def test_a_trip_that_is_not_signed_or_is_claimed_gives_no_advance(cast: Cast) -> None:
    """P9-5a"""
    assert refusal(draft, cast.engineer, "CA", {}, source=sent_trip(cast)).key == "draft.not_offered"
    trip = finished_trip(cast, cast.engineer2)
    sent_claim(cast, trip, cast.engineer2)
    assert refusal(draft, cast.engineer2, "CA", {}, source=trip, now=BACK).key == "draft.not_offered"
    assert _faults(cast, trip_id=trip.id) == [("trip_id", "fault.option")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"purpose": ""}, ("purpose", "fault.required")),
        ({"requested": "0"}, ("requested", "fault.above")),
        ({"requested": "1.001"}, ("requested", "fault.decimals")),
        ({"requested": None}, ("requested", "fault.required")),
        ({"wanted_by": "2026-11-22"}, ("wanted_by", "CA.fault.in_past")),
        ({"repay_by": "2026-11-22"}, ("repay_by", "CA.fault.repaid_before")),
        ({"repay_by": "2026-12-01"}, ("repay_by", "CA.fault.repaid_late")),
        ({"bank_account": "12"}, ("bank_account", "fault.too_short")),
        ({"trip_id": 999_999}, ("trip_id", "fault.option")),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(cast: Cast, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert _faults(cast, **changes) == [expected]


def test_it_may_be_given_up_until_it_is_paid(cast: Cast) -> None:
    advance = move(cast, sent_advance(cast), until="payment")
    assert "cancel" in may(cast.engineer, advance)
    assert "cancel" not in may(cast.engineer, paid_advance(cast, cast.engineer2))
    assert do(cast.engineer, advance, "cancel").state == State.CANCELLED


def test_a_stranger_sees_no_advance(cast: Cast) -> None:
    assert refusal(do, cast.stranger, sent_advance(cast), "approve").key == "access.not_found"


# --- cash comes back


def _returns(cast: Cast, advance: Any, amount: str, **more: Any) -> Any:
    return do(cast.cashier, advance, "complete", **({"returned_on": "2026-11-23", "returned_amount": amount} | more))


def test_cash_returned_in_parts_closes_it_once_nothing_is_open(cast: Cast) -> None:
    """P9-5b"""
    advance = _returns(cast, paid_advance(cast), "300.00", receipt="S-1")
    assert (advance.step, _money(advance)) == ("settlement", "1000.00 0.00 300.00 700.00")
    assert len(open_tasks(advance)) == 1
    advance = _returns(cast, advance, "700.00")
    assert (advance.state, _money(advance)) == (State.DONE, "1000.00 0.00 1000.00 0.00")


def test_no_more_is_returned_than_is_open(cast: Cast) -> None:
    """P9-5b: refused with the figure"""
    advance = _returns(cast, paid_advance(cast), "300.00")
    refused = refusal(_returns, cast, advance, "700.01")
    assert (refused.key, refused.facts) == ("CA.refused.more_than_open", {"open": Decimal("700.00")})
    assert _money(advance) == "1000.00 0.00 300.00 700.00"


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"returned_on": "2026-11-24"}, "CA.refused.returned_in_future"),
        ({"returned_on": "2026-11-22"}, "CA.refused.returned_before"),
    ],
)
def test_cash_comes_back_after_it_was_paid_and_not_in_the_future(cast: Cast, more: dict[str, str], key: str) -> None:
    assert refusal(_returns, cast, paid_advance(cast), "1.00", **more).key == key


@pytest.mark.parametrize(("amount", "key"), [("0", "fault.above"), ("-1", "fault.above"), (None, "fault.required")])
def test_a_return_is_an_amount(cast: Cast, amount: Any, key: str) -> None:
    (fault,) = faults(_returns, cast, paid_advance(cast), amount)
    assert (fault.field, fault.key) == ("returned_amount", key)


# --- settled by claims


def test_a_claim_below_the_advance_leaves_the_rest_open(cast: Cast) -> None:
    """P9-5b: nothing is paid, so that the claim is done with the audit"""
    advance = paid_advance(cast)
    claim = move(cast, sent_settlement(cast, advance, "640.50"), now=BACK)
    assert (claim.state, claim.step, detail(claim).left_to_pay) == (State.DONE, None, Decimal("0.00"))
    assert signed(claim) == ["clerk", "department_head", "vice_president", "finance_vp", "finance_audit"]
    assert (reload(advance).step, _money(advance)) == ("settlement", "1000.00 640.50 0.00 359.50")


@pytest.mark.parametrize("amount", ["999.99", "1000.00", "1000.01"])
def test_at_the_fen_a_claim_settles_in_full_or_pays_the_rest(cast: Cast, amount: str) -> None:
    """P9-5b"""
    advance = paid_advance(cast)
    claim = move(cast, sent_settlement(cast, advance, amount), now=BACK)
    above = max(Decimal(amount) - 1000, Decimal(0))
    assert claim.step == ("payment" if above else None)
    assert detail(claim).left_to_pay == above
    done = Decimal(amount) >= 1000
    assert (reload(advance).state, detail(advance).open_amount) == (
        State.DONE if done else State.RUNNING,
        max(1000 - Decimal(amount), Decimal(0)),
    )
    assert not (done and open_tasks(advance))


def test_a_settlement_of_a_major_amount_does_not_go_to_the_head_of_finance(cast: Cast) -> None:
    """DOCUMENTS.md, EC; P9-5b"""
    claim = move(cast, sent_settlement(cast, paid_advance(cast), "5000.00"), now=BACK)
    assert "finance_head" not in signed(claim)


def test_what_the_audit_cuts_settles_nothing(cast: Cast) -> None:
    """P8-3.4, P9-5b"""
    advance = paid_advance(cast)
    claim = move(cast, sent_settlement(cast, advance, "800.00"), until="finance_audit", now=BACK)
    assert _money(advance) == "1000.00 0.00 0.00 1000.00"
    cut = {"vouchers": {1: {"audited_amount": "500.00", "audit_reason": "超标准"}}}
    do(cast.finance_officer, claim, "approve", lines=cut)
    assert _money(advance) == "1000.00 500.00 0.00 500.00"


def test_several_claims_settle_one_advance_and_one_claim_several(cast: Cast) -> None:
    """P9-5b"""
    first, second = paid_advance(cast), paid_advance(cast, requested="200.00")
    move(cast, sent_settlement(cast, first, "300.00"), now=BACK)
    both = [{"advance_id": first.id}, {"advance_id": second.id}]
    move(cast, sent_settlement(cast, first, "800.00", offsets=both), now=BACK)
    assert (_money(first), _money(second)) == ("1000.00 1000.00 0.00 0.00", "200.00 100.00 0.00 100.00")
    assert (reload(first).state, reload(second).state) == (State.DONE, State.RUNNING)


def test_two_claims_on_one_advance_never_settle_more_than_it(cast: Cast) -> None:
    """P9-5b: the second is paid what the first left nothing for"""
    advance = paid_advance(cast)
    first, second = sent_settlement(cast, advance, "700.00"), sent_settlement(cast, advance, "700.01")
    move(cast, first, now=BACK)
    second = move(cast, second, until="payment", now=BACK)
    assert (_money(advance), detail(second).left_to_pay) == ("1000.00 1000.00 0.00 0.00", Decimal("400.01"))


def test_a_reversed_claim_gives_the_advance_back(cast: Cast) -> None:
    """P9-5b: the advance that was done is open again, with a task and its trail"""
    advance = paid_advance(cast)
    claim = move(cast, sent_settlement(cast, advance, "1000.00"), now=BACK)
    assert reload(advance).state == State.DONE
    do(cast.engineer, claim, "reverse", note="重复报销")
    claim = do(cast.finance_officer, claim, "approve")
    assert claim.state == State.REVERSED
    advance = reload(advance)
    assert (advance.state, advance.step, advance.closed_at) == (State.RUNNING, "settlement", None)
    assert (_money(advance), len(open_tasks(advance))) == ("1000.00 0.00 0.00 1000.00", 1)
    assert [event.action for event in events(advance)][-2:] == ["settle", "unsettle"]
    assert _returns(cast, advance, "1000.00").state == State.DONE


def test_an_audit_taken_back_gives_the_advance_back(cast: Cast) -> None:
    """P8-3.4, P9-5b"""
    advance = paid_advance(cast)
    claim = move(cast, sent_settlement(cast, advance, "1200.00"), until="payment", now=BACK)
    do(cast.finance_officer, claim, "take_back", note="再看一遍")
    assert (_money(advance), detail(claim).left_to_pay) == ("1000.00 0.00 0.00 1000.00", None)


def test_the_claim_of_the_trip_settles_the_trips_advance(cast: Cast) -> None:
    """P9-5b: trip vouchers are always a travel claim; 1,750 against 1,800"""
    trip = approved_trip(cast)
    advance = paid_advance(cast, trip=trip, requested="1800.00")
    do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-27")
    (fault,) = faults(sent_claim, cast, trip, offsets=[])
    assert (fault.field, fault.key, fault.facts) == ("offsets", "EC.fault.advance_left_out", {"number": advance.number})
    claim = move(cast, sent_claim(cast, trip), now=BACK)
    assert (claim.state, _money(advance)) == (State.DONE, "1800.00 1750.00 0.00 50.00")


def test_an_advance_for_a_trip_is_not_settled_without_it(cast: Cast) -> None:
    """P9-5b"""
    trips_own, without = paid_advance(cast, trip=approved_trip(cast)), paid_advance(cast)
    lines = [{"advance_id": without.id}, {"advance_id": trips_own.id}, {"advance_id": without.id}]
    found = faults(sent_settlement, cast, without, "10.00", offsets=lines)
    assert [(one.line, one.key) for one in found] == [(2, "EC.fault.advance_of_a_trip"), (3, "EC.fault.advance_twice")]
    (fault,) = faults(sent_settlement, cast, without, "10.00", offsets=[])
    assert fault.key == "EC.fault.no_advance"


def test_nobody_settles_the_advance_of_another(cast: Cast) -> None:
    other = paid_advance(cast, cast.engineer2)
    (fault,) = faults(sent_settlement, cast, paid_advance(cast), "10.00", offsets=[{"advance_id": other.id}])
    assert (fault.field, fault.key) == ("advance_id", "fault.option")
    assert refusal(draft, cast.department_head, "EC", {}, source=other).key == "draft.not_offered"


# --- due


def _due(cast: Cast, now: Any) -> list[tuple[date, int]]:
    with reading() as session:
        return [(one.due_on, one.days_overdue) for one in open_advances(session, now, applicant_id=cast.engineer.id)]


def test_an_advance_for_a_trip_is_due_five_working_days_after_the_return(cast: Cast) -> None:
    """P9-5b: until the return is recorded, after the planned end"""
    trip = approved_trip(cast)
    paid_advance(cast, trip=trip)
    assert _due(cast, NOW) == [(date(2026, 12, 4), 0)]
    back = {"departed_on": "2026-11-25", "returned_on": "2026-11-30"}
    do(cast.engineer, trip, "complete", now=LATER, **back)
    assert _due(cast, NOW + timedelta(days=15)) == [(date(2026, 12, 7), 1)]


def test_without_a_trip_it_is_due_on_the_day_that_was_promised(cast: Cast) -> None:
    """P9-5b"""
    paid_advance(cast, repay_by="2026-11-26")
    assert _due(cast, NOW + timedelta(days=3)) == [(date(2026, 11, 26), 0)]
    assert _due(cast, NOW + timedelta(days=4)) == [(date(2026, 11, 26), 1)]


def test_nobody_gets_another_while_one_is_overdue(cast: Cast) -> None:
    """P9-5a: refused with its number"""
    late = paid_advance(cast, repay_by="2026-11-24")
    another = drafted_advance(cast, wanted_by="2026-12-01", repay_by="2026-12-02")
    (fault,) = faults(do, cast.engineer, another, "submit", now=NOW + timedelta(days=2))
    assert (fault.key, fault.facts) == ("CA.fault.overdue", {"number": late.number, "days": 1})
    colleague = drafted_advance(cast, cast.engineer2, wanted_by="2026-12-01", repay_by="2026-12-02")
    assert do(cast.engineer2, colleague, "submit", now=NOW + timedelta(days=2)).state == State.RUNNING
    _returns(cast, late, "1000.00", now=NOW + timedelta(days=2))
    assert do(cast.engineer, another, "submit", now=NOW + timedelta(days=2)).state == State.RUNNING


def test_how_long_an_advance_may_be_open_is_a_setting(cast: Cast) -> None:
    decree("advance.settle_days", 10)
    paid_advance(cast, trip=approved_trip(cast))
    assert _due(cast, NOW) == [(date(2026, 12, 11), 0)]


# --- what is seen


def test_the_figures_of_an_advance(cast: Cast) -> None:
    """P9-5b: and wherever it is listed, that a part of it is settled, and that the rest should be by now"""
    advance = paid_advance(cast)
    assert _marks(advance, BACK) == []
    move(cast, sent_settlement(cast, advance, "640.50"), now=BACK)
    _returns(cast, advance, "100.00", now=BACK)
    assert _marks(advance, BACK) == ["CA.mark.partly_settled"]
    assert _marks(advance, BACK + timedelta(days=30)) == ["CA.mark.partly_settled", "CA.mark.overdue"]
    with reading() as session:
        said = {key: str(value) for key, value in facts(session, reload(advance))}
    assert said == {
        "CA.fact.paid": "1000.00",
        "CA.fact.settled": "640.50",
        "CA.fact.returned": "100.00",
        "CA.fact.open": "259.50",
    }


def _marks(advance: Document, now: datetime) -> list[str]:
    with reading() as session:
        return [mark.key for mark in marks_of(session, [("CA", advance.id)], now).get(advance.id, [])]


def test_a_trip_under_an_open_advance_is_not_cancelled(cast: Cast) -> None:
    """P9-2, P9-5: only once the money is back"""
    trip = approved_trip(cast)
    advance = paid_advance(cast, trip=trip)
    refused = refusal(do, cast.engineer, trip, "cancel")
    assert (refused.key, refused.facts) == ("TR.refused.stands_under", {"number": advance.number})
    _returns(cast, advance, "1000.00")
    assert do(cast.engineer, trip, "cancel").state == State.CANCELLED


def test_a_claim_paid_in_parts_is_done_when_nothing_is_left(cast: Cast) -> None:
    """P8-3.1"""
    claim = claim_at(cast, "payment")
    first = {"paid_on": "2026-11-28", "payment_reference": "1"}
    claim = do(cast.cashier, claim, "complete", **first, paid_amount="1000.00")
    assert (claim.step, detail(claim).left_to_pay) == ("payment", Decimal("750.00"))
    refused = refusal(do, cast.cashier, claim, "complete", **first, paid_amount="750.01")
    assert (refused.key, refused.facts) == ("payment.refused.above", {"left": Decimal("750.00")})
    claim = do(cast.cashier, claim, "complete", **first | {"payment_reference": "2"})
    assert (claim.state, detail(claim).left_to_pay, detail(claim).payment_reference) == (State.DONE, Decimal(0), "2")
    assert len([task for task in tasks(claim) if task.step == "payment"]) == 2


def test_nobody_is_overdue_who_owes_nothing(cast: Cast) -> None:
    with reading() as session:
        assert overdue(session, cast.engineer.id, NOW) is None


def test_a_claim_cut_to_nothing_is_done_without_a_payment(cast: Cast) -> None:
    """Only what is to be paid is paid."""
    claim = claim_at(cast, "finance_audit", vouchers=[voucher(cast, "local", "10.00")], allowance_days=0)
    cut = {"vouchers": {1: {"audited_amount": "0.00", "audit_reason": "不予报销"}}}
    assert do(cast.finance_officer, claim, "approve", lines=cut).state == State.DONE


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("640.50", {"offset": "640.50", "payable": "0.00", "rest": "359.50"}),
        ("1000.00", {"offset": "1000.00", "payable": "0.00"}),
        ("1000.01", {"offset": "1000.00", "payable": "0.01"}),
    ],
)
def test_while_it_is_typed_a_claim_says_what_it_settles(cast: Cast, amount: str, said: dict[str, str]) -> None:
    """Issue 4, 4: claim above the advance, and below it; the paper says the same until and after the audit"""
    advance = paid_advance(cast)
    expected = {f"EC.fact.{key}": value for key, value in said.items()}
    with reading() as session:
        filled, _ = check(session, cast.engineer, "EC", settlement_form(cast, advance, amount), BACK)
        assert {key: str(value) for key, value in figures(filled)} == expected
    claim = sent_settlement(cast, advance, amount)
    for _ in range(2):
        with reading() as session:
            shown = {key: str(value) for key, value in claim_facts(session, reload(claim))}
        assert {key: value for key, value in shown.items() if key in _SETTLES} == expected
        claim = move(cast, claim, now=BACK)


_SETTLES = {"EC.fact.offset", "EC.fact.payable", "EC.fact.rest"}


def test_the_print_of_a_claim_says_what_it_settles_and_what_is_paid(cast: Cast) -> None:
    """P9-5b, P6-7"""
    advance = paid_advance(cast)
    claim = move(cast, sent_settlement(cast, advance, "1000.01"), until="payment", now=BACK)
    do(cast.cashier, claim, "complete", paid_on="2026-11-28", payment_reference="20261128-3")
    with reading() as session:
        claim_pdf, advance_pdf = (
            Paper(render(session, cast.engineer, paper, key, language="zh", base_url="https://x.example", now=BACK))
            for paper, key in ((claim, "claim"), (advance, "advance"))
        )
    said = ("备用金核销单", advance.number or "", "冲抵", "1,000.00", "实付", "¥0.01", "20261128-3")
    assert claim_pdf.says(*said) and claim_pdf.outside() == []
    assert advance_pdf.says("支款申请单", "购买专用工具", "壹仟元整", "报销核销") and advance_pdf.outside() == []
