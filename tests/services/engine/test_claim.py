"""A claim from the trip to the payment (P9-4a, P9-4b, P9-4c, P8-3)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from models import Sheet, State
from services.attachments import attach
from services.database import reading, writing
from services.documents.drafts import blank
from services.errors import Term
from tests.factories import Cast
from tests.story import (
    BACK,
    LATER,
    approved_trip,
    claim_at,
    claim_form,
    decree,
    detail,
    do,
    draft,
    drafted_claim,
    events,
    faults,
    finished_trip,
    lines,
    may,
    move,
    open_tasks,
    paid_claim,
    refusal,
    reload,
    retype,
    sent_claim,
    signed,
    voucher,
)

CHAIN = ["clerk", "department_head", "vice_president", "office_director", "finance_vp", "finance_audit"]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
PDF += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>"


def test_a_travel_claim_goes_to_clerk_head_vice_president_office_finance_and_audit(cast: Cast) -> None:
    """P9-4c, P8-3.1, P8-3.4"""
    claim = sent_claim(cast)
    signers = (
        cast.clerk,
        cast.department_head,
        cast.vice_president,
        cast.office_director,
        cast.finance_vp,
        cast.finance_officer,
    )
    for step, signer in zip(CHAIN, signers, strict=True):
        assert (claim.step, claim.approved_at) == (step, None)
        claim = do(signer, claim, "approve")
    assert (claim.step, claim.state, claim.approved_at) == ("payment", State.RUNNING, BACK)
    assert signed(claim) == CHAIN


def test_the_cashier_records_the_payment_and_the_claim_is_done(cast: Cast) -> None:
    """P9-4c"""
    claim = paid_claim(cast)
    own = detail(claim)
    assert (claim.state, claim.closed_at, open_tasks(claim)) == (State.DONE, LATER, [])
    assert (own.paid_on, own.payment_reference) == (date(2026, 12, 1), "20261201-17")


def test_a_payment_needs_its_day_and_none_in_the_future(cast: Cast) -> None:
    claim = claim_at(cast, "payment")
    missing = faults(do, cast.cashier, claim, "complete")
    assert {(one.field, one.key) for one in missing} == {
        ("paid_on", "fault.required"),
        ("payment_reference", "fault.required"),
    }
    refused = refusal(do, cast.cashier, claim, "complete", paid_on="2026-11-29", payment_reference="1")
    assert refused.key == "payment.refused.in_future"
    assert detail(claim).paid_on is None


def test_nothing_is_paid_before_the_audit(cast: Cast) -> None:
    """P8-3.1"""
    claim = claim_at(cast, "payment")
    voucher_no = {"now": LATER, "payment_reference": "1"}
    refused = refusal(do, cast.cashier, claim, "complete", paid_on="2026-11-27", **voucher_no)
    assert refused.key == "payment.refused.before_approval"
    assert do(cast.cashier, claim, "complete", paid_on="2026-11-28", **voucher_no).state == State.DONE


def test_only_the_cashier_pays(cast: Cast) -> None:
    claim = claim_at(cast, "payment")
    for person in (cast.accountant, cast.finance_officer, cast.finance_head, cast.finance_vp, cast.engineer):
        assert "complete" not in may(person, claim)
    assert "complete" in may(cast.cashier, claim)


def test_nothing_is_paid_that_finance_has_not_audited(cast: Cast) -> None:
    """P8-3.1: none without approval; P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    assert refusal(do, cast.cashier, claim, "complete", paid_on="2026-11-28").key == "action.not_allowed"


@pytest.mark.parametrize(
    ("amount", "asked"), [("4699.99", False), ("4700.00", True), ("4700.01", True)], ids=["below", "at", "above"]
)
def test_from_the_major_amount_on_the_head_of_finance_signs_before_the_vice_president(
    cast: Cast, amount: str, asked: bool
) -> None:
    """P8-3.3: with 300.00 of allowance these are claims of 4,999.99, 5,000.00 and 5,000.01"""
    claim = sent_claim(cast, vouchers=[voucher(cast, "lodging", amount)])
    assert claim.amount == Decimal(amount) + 300
    claim = move(cast, claim, until="payment")
    expected = [*CHAIN[:4], "finance_head", *CHAIN[4:]] if asked else CHAIN
    assert signed(claim) == expected


def test_the_major_amount_is_a_setting(cast: Cast) -> None:
    """P8-3.3"""
    decree("claim.major_amount", "1750.00")
    assert "finance_head" in signed(claim_at(cast, "payment"))


def test_a_claim_for_less_than_the_head_of_finance_sees_does_not_reach_him_by_being_cut(cast: Cast) -> None:
    """P8-3.3: what counts is what was claimed, not what the audit leaves of it"""
    claim = claim_at(cast, "finance_audit", vouchers=[voucher(cast, "lodging", "6000.00")])
    assert "finance_head" in signed(claim)
    cut = {"vouchers": {1: {"audited_amount": "100.00", "audit_reason": "超标准"}}}
    claim = do(cast.finance_officer, claim, "approve", lines=cut)
    assert (claim.step, claim.amount) == ("payment", Decimal("6300.00"))


# --- the audit

THIRD = {"sheet": Term("sheet.travel.short"), "number": 3}
"""The fourth line, after one of entertainment: on the paper it is called 票-3 (P9-4a)."""


def test_the_audit_passes_every_line_as_claimed_unless_it_says_otherwise(cast: Cast) -> None:
    """P8-3.4"""
    claim = claim_at(cast, "payment")
    assert [line.audited_amount for line in lines(claim)] == [line.amount for line in lines(claim)]
    assert detail(claim).audited_amount == claim.amount == Decimal("1750.00")


def test_the_audit_cuts_single_lines_with_a_reason(cast: Cast) -> None:
    """P8-3.4, P8-3.2"""
    claim = claim_at(cast, "finance_audit")
    cuts = {
        2: {"audited_amount": "360.00", "audit_reason": "超出住宿标准"},
        4: {"audited_amount": "0", "audit_reason": "无票"},
    }
    claim = do(cast.finance_officer, claim, "approve", lines={"vouchers": cuts})
    assert [line.audited_amount for line in lines(claim)] == [Decimal(one) for one in ("600", "360", "250", "0")]
    assert lines(claim)[1].audit_reason == "超出住宿标准"
    assert detail(claim).audited_amount == Decimal("1510.00")
    assert claim.amount == Decimal("1750.00")
    assert events(claim)[-1].data["changed"]["vouchers.2.audited_amount"] == [None, "360.00"]


def test_a_cut_does_not_send_the_claim_back(cast: Cast) -> None:
    """DESIGN.md: changed money goes back, an audit cut excepted"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {1: {"audited_amount": "1.00", "audit_reason": "票据不符"}}}
    assert do(cast.finance_officer, claim, "approve", lines=cut).step == "payment"


@pytest.mark.parametrize("reason", [None, "", "   ", "\u200b"])
def test_a_cut_without_a_reason_is_refused(cast: Cast, reason: str | None) -> None:
    """P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {4: {"audited_amount": "60.00", "audit_reason": reason}}}
    refused = refusal(do, cast.finance_officer, claim, "approve", lines=cut)
    assert (refused.key, refused.facts) == ("EC.refused.cut_without_reason", THIRD)
    assert lines(claim)[3].audited_amount is None
    assert reload(claim).step == "finance_audit"


def test_the_audit_cannot_raise_a_line(cast: Cast) -> None:
    claim = claim_at(cast, "finance_audit")
    more = {"vouchers": {4: {"audited_amount": "100.01", "audit_reason": "更正"}}}
    refused = refusal(do, cast.finance_officer, claim, "approve", lines=more)
    assert (refused.key, refused.facts) == ("EC.refused.audited_above", THIRD)


@pytest.mark.parametrize(
    ("amount", "said"), [("-1", "fault.at_least"), ("1.001", "fault.decimals"), ("viel", "fault.number")]
)
def test_a_wrong_audited_amount_is_said_beside_its_line(cast: Cast, amount: str, said: str) -> None:
    claim = claim_at(cast, "finance_audit")
    rows = {"vouchers": {3: {"audited_amount": amount, "audit_reason": "更正"}}}
    (fault,) = faults(do, cast.finance_officer, claim, "approve", lines=rows)
    assert (fault.table, fault.line, fault.field, fault.key) == ("vouchers", 3, "audited_amount", said)


def test_the_audit_touches_no_other_column_and_no_other_claim(cast: Cast) -> None:
    """A forged answer for a column that the step does not open is not taken."""
    claim = claim_at(cast, "finance_audit")
    forged = {1: {"amount": "9999.00", "audited_amount": "600.00"}, 99: {"audited_amount": "1"}}
    more = {"bank_account": "6222 0000", "claim_kind": "x", "audited_amount": "99999"}
    claim = do(cast.finance_officer, claim, "approve", lines={"vouchers": forged}, **more)
    assert lines(claim)[0].amount == Decimal("600.00")
    assert detail(claim).bank_account == "6200 0000 0000 0001"
    assert detail(claim).audited_amount == Decimal("1750.00")


def test_nobody_but_the_audit_can_cut(cast: Cast) -> None:
    claim = claim_at(cast, "department_head")
    cut = {"vouchers": {1: {"audited_amount": "1.00", "audit_reason": "..."}}}
    do(cast.department_head, claim, "approve", lines=cut)
    assert lines(claim)[0].audited_amount is None


def test_a_claim_sent_again_after_the_audit_returned_it_is_audited_anew(cast: Cast) -> None:
    claim = do(cast.finance_officer, claim_at(cast, "finance_audit"), "return")
    claim = do(cast.engineer, claim, "submit")
    assert {line.audited_amount for line in lines(claim)} == {None}


# --- what it is made from


def test_a_claim_starts_from_the_trip_with_its_days_route_and_purpose(cast: Cast) -> None:
    """P9-4b: traveller, dates, from and to, purpose"""
    trip = finished_trip(cast)
    with reading() as session:
        form = blank(session, cast.engineer, "EC", BACK, trip.id)
    assert form["trip_id"] == trip.id and form["traveller_id"] == cast.engineer.id
    assert (form["starts_on"], form["ends_on"]) == ("2026-11-25", "2026-11-27")
    assert (form["origin"], form["destinations"], form["purpose"]) == ("株洲", "西安", "更换 3 台制动单元并跟车试验")
    assert (form["allowance_days"], form["bank_account"]) == (3, "6200 0000 0000 0001")


def test_the_days_are_those_the_trip_really_took(cast: Cast) -> None:
    """P9-4b"""
    trip = approved_trip(cast)
    trip = do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-26", returned_on="2026-11-28")
    form = claim_form(cast, trip, cast.engineer)
    assert (form["starts_on"], form["ends_on"], form["allowance_days"]) == ("2026-11-26", "2026-11-28", 3)


def test_there_is_no_claim_before_the_traveller_is_back(cast: Cast) -> None:
    """P9-4a: after the trip"""
    trip = approved_trip(cast)
    assert refusal(draft, cast.engineer, "EC", {}, source=trip).key == "draft.not_offered"


def test_only_who_travelled_claims(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    assert sent_claim(cast, trip, cast.engineer2).applicant_id == cast.engineer2.id
    for person in (cast.department_head, cast.office_director, cast.general_manager):
        assert refusal(draft, person, "EC", {}, source=trip).key == "draft.not_offered"
    assert refusal(draft, cast.stranger, "EC", {}, source=trip).key == "access.not_found"


def test_who_applied_for_another_has_nothing_to_claim(cast: Cast) -> None:
    trip = finished_trip(cast, traveller_id=cast.engineer2.id)
    assert refusal(draft, cast.engineer, "EC", {}, source=trip).key == "draft.not_offered"


def test_what_an_audit_found_falls_with_it_and_stays_where_a_paid_claim_is_reversed(cast: Cast) -> None:
    """P8-3.4: a sum that nobody has audited is not shown as what is paid."""
    claim = do(cast.finance_officer, claim_at(cast, "finance_audit"), "approve")
    assert detail(claim).audited_amount is not None
    do(cast.finance_officer, claim, "take_back", note="看错了")
    assert detail(claim).audited_amount is None
    do(cast.finance_officer, claim, "approve")
    paid = {"paid_on": "2026-12-01", "payment_reference": "1"}
    do(cast.cashier, claim, "complete", now=LATER, **paid)
    do(cast.engineer, claim, "reverse", now=LATER, note="重复报销")
    do(cast.finance_officer, claim, "approve", now=LATER)
    assert detail(claim).audited_amount is not None


def test_a_trip_is_claimed_once_by_each_traveller(cast: Cast) -> None:
    """P8-3.2"""
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    first = sent_claim(cast, trip)
    again = drafted_claim(cast, trip)
    (fault,) = faults(do, cast.engineer, again, "submit")
    assert (fault.field, fault.key, fault.facts) == ("trip_id", "EC.fault.claimed_already", {"number": first.number})
    assert sent_claim(cast, trip, cast.engineer2).number


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_a_claim_that_came_to_nothing_does_not_bar_the_next(cast: Cast, end: str) -> None:
    trip = finished_trip(cast)
    first = sent_claim(cast, trip)
    if end == "reject":
        first = do(cast.department_head, do(cast.clerk, first, "approve"), "reject")
    else:
        first = do(cast.engineer, first, "withdraw")
    assert sent_claim(cast, trip).state == State.RUNNING


def test_vouchers_are_numbered_on_two_sheets_in_the_order_they_are_pasted(cast: Cast) -> None:
    """P9-4a: entertainment on a sheet of its own"""
    kinds = ("train", "entertainment", "local", "entertainment", "lodging")
    mixed = [voucher(cast, kind, f"{number}.00") for number, kind in enumerate(kinds, start=10)]
    claim = sent_claim(cast, vouchers=mixed)
    assert [(line.position, line.sheet, line.sequence) for line in lines(claim)] == [
        (1, Sheet.TRAVEL, 1),
        (2, Sheet.ENTERTAINMENT, 1),
        (3, Sheet.TRAVEL, 2),
        (4, Sheet.ENTERTAINMENT, 2),
        (5, Sheet.TRAVEL, 3),
    ]


def test_the_allowance_counts_days_at_the_rate_of_the_day_it_was_sent(cast: Cast) -> None:
    decree("claim.daily_allowance", "80.00")
    claim = sent_claim(cast, vouchers=[voucher(cast, "train", "100.00")])
    assert claim.amount == Decimal("340.00")
    decree("claim.daily_allowance", "120.00", now=BACK)
    claim = move(cast, claim, until="payment", now=LATER)
    assert (claim.amount, detail(claim).audited_amount) == (Decimal("340.00"), Decimal("340.00"))
    assert detail(claim).allowance_rate == Decimal("80.00")
    assert signed(claim) == CHAIN
    claim = do(cast.cashier, claim, "complete", now=LATER, paid_on="2026-12-01", payment_reference="1")
    assert (claim.state, claim.amount) == (State.DONE, Decimal("340.00"))


def test_a_new_rate_that_changes_the_amount_of_a_returned_claim_is_signed_anew(cast: Cast) -> None:
    """DESIGN.md: money changed after an approval goes back, though the applicant changed nothing"""
    claim = do(cast.vice_president, claim_at(cast, "vice_president"), "return")
    decree("claim.daily_allowance", "120.00", now=BACK)
    claim = do(cast.engineer, claim, "submit", now=LATER)
    assert (claim.amount, claim.step) == (Decimal("1810.00"), "clerk")


def test_a_claim_is_not_turned_to_a_trip_that_was_given_up(cast: Cast) -> None:
    given_up = do(cast.engineer, approved_trip(cast), "cancel")
    claim = drafted_claim(cast, finished_trip(cast, starts_on="2026-11-23", ends_on="2026-11-24"))
    claim = retype(cast.engineer, claim, trip_id=given_up.id)
    assert ("trip_id", "fault.option") in {(one.field, one.key) for one in faults(do, cast.engineer, claim, "submit")}


def test_every_decision_records_the_hashes_of_the_files_that_were_there(cast: Cast) -> None:
    """P8-3.2, and what was decided on can be proved later"""
    claim = drafted_claim(cast)
    with writing() as session:
        first = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = do(cast.engineer, claim, "submit")
    claim = do(cast.clerk, claim, "approve")
    with writing() as session:
        second = attach(session, cast.department_head, claim, "票2.pdf", PDF + b"\n%more", BACK)
    claim = do(cast.department_head, claim, "approve", now=BACK + timedelta(hours=1))
    files = {event.step: event.data["files"] for event in events(claim) if event.action in ("submit", "approve")}
    assert files == {
        None: [first.sha256],
        "clerk": [first.sha256],
        "department_head": [first.sha256, second.sha256],
    }
