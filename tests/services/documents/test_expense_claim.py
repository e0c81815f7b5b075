"""What a claim must say before it is taken (P9-4a, P9-4b, P8-3.2), in both languages, field by field."""

from time import process_time
from typing import Any

import pytest
from sqlmodel import select

from models import Document, ExpenseClaim, State, VoucherLine
from services.database import reading, writing
from services.documents.drafts import check
from services.documents.expense_claim import claimed, facts, trips_to_claim
from services.documents.vouchers import invoice_key, vouchers_total
from services.errors import Fault
from tests.factories import Cast, expense_type
from tests.services.documents.test_travel_request import said
from tests.story import (
    BACK,
    claim_at,
    claim_form,
    do,
    drafted_claim,
    drafted_general,
    estimate,
    faults,
    finished_trip,
    lines,
    move,
    reload,
    retype,
    sent_claim,
    sent_trip,
    tasks,
    voucher,
    vouchers,
)


def _refused(cast: Cast, **changes: Any) -> list[Fault]:
    """Send a claim with something wrong in it: nothing may be stored."""
    claim = drafted_claim(cast, **changes)
    found = faults(do, cast.engineer, claim, "submit")
    after = reload(claim)
    assert (after.state, after.number, tasks(claim)) == (State.DRAFT, None, [])
    with reading() as session:
        assert session.get(ExpenseClaim, claim.id) is None
        assert session.exec(select(VoucherLine)).all() == []
    for fault in found:
        said(fault)
    return found


def _one(cast: Cast, **changes: Any) -> tuple[str | None, int | None, str, str]:
    (fault,) = _refused(cast, **changes)
    return fault.table, fault.line, fault.field, fault.key


@pytest.mark.parametrize(
    ("column", "typed", "key"),
    [
        ("amount", "0", "fault.above"),
        ("amount", "-1", "fault.above"),
        ("amount", "1.001", "fault.decimals"),
        ("amount", "100000000.01", "fault.at_most"),
        ("amount", "viel", "fault.number"),
        ("amount", None, "fault.required"),
        ("tax", "-0.01", "fault.at_least"),
        ("tax", "x", "fault.number"),
        ("tax", "10.00", "EC.fault.tax_too_high"),
        ("tax", "11.00", "EC.fault.tax_too_high"),
        ("spent_on", "2026-11-31", "fault.date"),
        ("spent_on", None, "fault.required"),
        ("until", "2026-11-29", "EC.fault.in_future"),
        ("until", "2026-11-26", "EC.fault.left_before_arrived"),
        ("spent_on", "2026-11-29", "EC.fault.in_future"),
        ("expense_type_id", 999, "fault.option"),
        ("expense_type_id", None, "fault.required"),
        ("transport", "rocket", "fault.option"),
        ("invoice_number", "1" * 31, "fault.too_long"),
        ("invoice_code", "1" * 21, "fault.too_long"),
        ("seller", "x" * 101, "fault.too_long"),
        ("description", "x" * 101, "fault.too_long"),
    ],
)
def test_what_is_wrong_with_a_voucher_is_said_beside_its_line(cast: Cast, column: str, typed: Any, key: str) -> None:
    """P8-3.2: true, complete and in order; issue 2 point 9"""
    rows = [voucher(cast, "train", "20.00"), voucher(cast, "lodging", "10.00") | {column: typed}]
    assert _one(cast, vouchers=rows) == ("vouchers", 2, column, key)


def test_a_claim_without_a_voucher_is_none(cast: Cast) -> None:
    """P9-4a"""
    assert _one(cast, vouchers=[]) == (None, None, "vouchers", "fault.no_lines")


def test_five_hundred_vouchers_are_a_claim_and_one_more_is_too_many(cast: Cast) -> None:
    """P9-4a: numbered one after the other, each looked at by every control, and all of it within a few seconds"""
    many = [voucher(cast, "local", f"{n}.00", invoice_number=f"A{n * 7}") for n in range(1, 501)]
    claim, started = drafted_claim(cast, vouchers=many), process_time()
    do(cast.engineer, claim, "submit")
    assert process_time() - started < 5
    assert [line.sequence for line in lines(claim)] == list(range(1, 501))
    (fault,) = faults(do, cast.engineer2, drafted_general(cast, cast.engineer2, vouchers=[*many, many[0]]), "submit")
    assert (fault.field, fault.key, fault.facts) == ("vouchers", "fault.too_many_lines", {"most": 500})


def test_the_same_invoice_stands_on_a_claim_once(cast: Cast) -> None:
    """P8-3.2"""
    rows = [
        voucher(cast, "train", "20.00", invoice_number="88"),
        voucher(cast, "meals", "20.00", invoice_number="89"),
        voucher(cast, "local", "20.00", invoice_number=" 88 "),
    ]
    (fault,) = _refused(cast, vouchers=rows)
    assert (fault.line, fault.field, fault.key, fault.facts) == (
        3,
        "invoice_number",
        "control.duplicate_invoice.twice",
        {"line": 1},
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((None, "25432000000012345678"), (None, "2543 2000 0000 1234 5678")),
        ((None, "25432000000012345678"), ("043001900111", "２５４３２０００００００１２３４５６７８")),
        (("043001900111", "00012345"), ("0430-0190-0111", "０００１２３４５")),
        ((None, "ab-88"), (None, "AB88")),
    ],
    ids=["blanks", "digital", "code", "letters"],
)
def test_an_invoice_is_the_same_however_its_number_is_typed(cast: Cast, first: Any, second: Any) -> None:
    """P8-3.2"""
    assert invoice_key(*first) == invoice_key(*second) is not None
    rows = [
        voucher(cast, "train", "20.00", invoice_code=code, invoice_number=number) for code, number in (first, second)
    ]
    (fault,) = _refused(cast, vouchers=rows)
    assert (fault.line, fault.key, fault.facts) == (2, "control.duplicate_invoice.twice", {"line": 1})


def _invoiced(cast: Cast, number: str) -> dict[str, Any]:
    return {"vouchers": [voucher(cast, "local", "5.00"), voucher(cast, "train", "20.00", invoice_number=number)]}


@pytest.mark.parametrize("reads", [True, False])
def test_an_invoice_is_claimed_once_in_the_company(cast: Cast, reads: bool) -> None:
    """P8-3.2: whoever claims it; the other claim is named only to whom may read it"""
    author = cast.department_head if reads else cast.engineer2
    other = sent_claim(cast, **_invoiced(cast, "8 8"))
    claim = drafted_claim(cast, by=author, **_invoiced(cast, "88"))
    (fault,) = faults(do, author, claim, "submit")
    named = ("control.duplicate_invoice.found", {"number": other.number})
    unnamed: tuple[str, dict[str, Any]] = ("control.duplicate_invoice.found.elsewhere", {})
    assert (fault.table, fault.line, fault.field) == ("vouchers", 2, "invoice_number")
    assert (fault.key, fault.facts) == (named if reads else unnamed)
    said(fault)


@pytest.mark.parametrize(("end", "taken"), [("return", True), ("reject", False), ("withdraw", False)])
def test_the_invoice_of_a_claim_that_does_not_stand_may_be_claimed(cast: Cast, end: str, taken: bool) -> None:
    other = sent_claim(cast, **_invoiced(cast, "88"))
    if end == "reject":
        move(cast, other, until="department_head")
    do(cast.engineer if end == "withdraw" else cast.department_head if end == "reject" else cast.clerk, other, end)
    claim = drafted_claim(cast, by=cast.engineer2, **_invoiced(cast, "88"))
    if taken:
        assert faults(do, cast.engineer2, claim, "submit")
    else:
        assert do(cast.engineer2, claim, "submit").state == State.RUNNING


def test_a_claim_sent_again_is_not_its_own_double(cast: Cast) -> None:
    claim = do(cast.clerk, sent_claim(cast, **_invoiced(cast, "88")), "return")
    assert do(cast.engineer, claim, "submit").state == State.RUNNING


def test_the_daily_allowance_is_estimated_but_never_a_voucher(cast: Cast) -> None:
    """The portal reckons it itself: as a voucher it would be paid twice."""
    with writing() as session:
        cast.expense["allowance"] = expense_type(session, "ALLOWANCE", "出差补助", "Daily allowance")
    assert sent_trip(cast, estimates=[estimate(cast, "allowance", "300.00")]).state == State.RUNNING
    rows = [voucher(cast, "allowance", "300.00")]
    claim = drafted_claim(cast, finished_trip(cast, cast.engineer2), cast.engineer2, vouchers=rows)
    (fault,) = faults(do, cast.engineer2, claim, "submit")
    assert (fault.line, fault.field, fault.key) == (1, "expense_type_id", "fault.option")


def test_invoices_of_different_codes_may_bear_the_same_number(cast: Cast) -> None:
    rows = [
        voucher(cast, "train", amount, invoice_number="88", invoice_code=code)
        for amount, code in (("20.00", None), ("21.00", "1"), ("22.00", "2"))
    ]
    assert sent_claim(cast, vouchers=rows).state == State.RUNNING


@pytest.mark.parametrize(
    ("field", "typed", "key"),
    [
        ("purpose", "", "fault.required"),
        ("purpose", "x" * 501, "fault.too_long"),
        ("origin", None, "fault.required"),
        ("destinations", " ", "fault.required"),
        ("bank_name", "", "fault.required"),
        ("bank_account", "", "fault.required"),
        ("bank_account", "6" * 41, "fault.too_long"),
        ("allowance_days", "4", "EC.fault.too_many_days"),
        ("allowance_days", "-1", "fault.at_least"),
        ("allowance_days", "367", "fault.at_most"),
        ("allowance_days", "1.5", "fault.whole"),
        ("allowance_days", "zwei", "fault.whole"),
        ("claim_kind", "barter", "fault.option"),
        ("traveller_id", None, "fault.required"),
        ("starts_on", "2026-11-24", "EC.fault.dates_differ"),
        ("ends_on", "2026-11-28", "EC.fault.dates_differ"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_beside_it(cast: Cast, field: str, typed: Any, key: str) -> None:
    """P9-4b; issue 2 point 9"""
    found = {(fault.field, fault.key) for fault in _refused(cast, **{field: typed})}
    expected = "starts_on" if key == "EC.fault.dates_differ" else field
    assert found == {(expected, key)}


def test_an_account_number_too_short_says_so(cast: Cast) -> None:
    (fault,) = _refused(cast, bank_account="123")
    assert (fault.field, fault.key) == ("bank_account", "fault.too_short")


def test_the_days_must_be_those_of_the_trip_as_made(cast: Cast) -> None:
    """P9-4b: vouchers and claim must agree"""
    (fault,) = _refused(cast, starts_on="2026-11-26", allowance_days=2)
    assert [str(day) for day in (fault.facts["start"], fault.facts["end"])] == ["2026-11-25", "2026-11-27"]


def test_an_end_before_the_start_is_said_as_such(cast: Cast) -> None:
    found = {(fault.field, fault.key) for fault in _refused(cast, ends_on="2026-11-24", allowance_days=0)}
    assert found == {("ends_on", "fault.ends_before_start")}


@pytest.mark.parametrize("forged", ["other", "unknown"])
def test_nobody_claims_for_another(cast: Cast, forged: str) -> None:
    """The payee is the traveller himself, whatever a forged form says."""
    other = cast.engineer2.id if forged == "other" else 10**12
    found = {(fault.field, fault.key) for fault in _refused(cast, traveller_id=other)}
    assert found == {("traveller_id", "fault.option")}


def test_a_trip_one_was_not_on_cannot_be_chosen(cast: Cast) -> None:
    others = finished_trip(cast, cast.engineer2)
    own = finished_trip(cast)
    claim = drafted_claim(cast, own)
    for forged in (others.id, 0, -1, 10**20, "x", sent_trip(cast, starts_on="2026-12-01", ends_on="2026-12-01").id):
        retype(cast.engineer, claim, BACK, trip_id=forged)
        assert "trip_id" in {fault.field for fault in faults(do, cast.engineer, claim, "submit")}


def test_the_trips_offered_are_ones_own_that_are_over_newest_first(cast: Cast) -> None:
    first = finished_trip(cast, starts_on="2026-11-23", ends_on="2026-11-23")
    second = finished_trip(cast, companions=[cast.engineer2.id])
    finished_trip(cast, cast.clerk)
    sent_trip(cast, starts_on="2026-12-01", ends_on="2026-12-01")
    with reading() as session:
        assert [one.value for one in trips_to_claim(session, cast.engineer, BACK)] == [second.id, first.id]
        assert [one.value for one in trips_to_claim(session, cast.engineer2, BACK)] == [second.id]
        assert trips_to_claim(session, cast.stranger, BACK) == []


def test_total_and_allowance_are_there_while_typing(cast: Cast) -> None:
    trip = finished_trip(cast)
    form = claim_form(cast, trip, cast.engineer)
    form["vouchers"][0]["amount"] = "x"
    with reading() as session:
        filled, found = check(session, cast.engineer, "EC", form, BACK)
        assert [fault.field for fault in found] == ["amount"]
        assert f"{vouchers_total(filled)} {claimed(filled)}" == "850.00 1150.00"


def test_a_returned_claim_says_what_the_audit_will_say_again(cast: Cast) -> None:
    claim = do(cast.finance_officer, claim_at(cast, "finance_audit"), "return")
    retype(cast.engineer, claim, BACK, vouchers=vouchers(cast)[:2])
    claim = do(cast.engineer, claim, "submit")
    assert ([line.position for line in lines(claim)], f"{claim.amount}") == ([1, 2], "1400.00")


def test_the_figures_under_the_vouchers(cast: Cast) -> None:
    def shown(claim: Document) -> dict[str, str]:
        with reading() as session:
            return {key: str(value) for key, value in facts(session, reload(claim))}

    claim = drafted_claim(cast)
    assert shown(claim) == {}
    claim = do(cast.engineer, claim, "submit")
    before = {"EC.fact.vouchers": "4", "EC.fact.vouchers_total": "1450.00", "EC.fact.allowance": "300.00"}
    assert shown(claim) == before
    claim = move(cast, claim, until="payment")
    assert shown(claim) == before | {"EC.fact.audited": "1750.00"}
