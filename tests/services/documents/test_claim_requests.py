"""Claim lines and the spending requests they fall under: agreed before, recorded, and never more than that (P9-3.2)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Document, Person, State
from services.database import reading
from services.documents.claim_requests import requests_to_claim
from services.documents.kind import offered_under
from services.documents.marks import marks_of
from services.errors import Invalid
from services.money.ledger import problems as ledger_problems
from services.money.ledger import reserved_for
from services.money.postings import expired
from tests.factories import Cast
from tests.services.test_prints import printed
from tests.story import (
    BACK,
    LATER,
    ON_SITE,
    RECORD,
    agreed_request,
    claim_at,
    decree,
    do,
    draft,
    drafted_claim,
    faults,
    finished_trip,
    move,
    recorded_request,
    refusal,
    reload,
    repair_request,
    request_form,
    sent_claim,
    sent_report,
    sent_request,
    voucher,
)


def _meal(cast: Cast, request: Document | None, amount: str = "250.00", **more: Any) -> dict[str, Any]:
    return voucher(cast, "entertainment", amount, request_id=request.id if request else None, **more)


def _faults(cast: Cast, trip: Document, *lines: dict[str, Any]) -> list[tuple[int | None, str, str]]:
    found = faults(sent_claim, cast, trip, vouchers=list(lines))
    return [(fault.line, fault.field, fault.key) for fault in found]


def _offered(person: Person, trip: Document | None) -> list[int | str]:
    with reading() as session:
        found = requests_to_claim(session, person, BACK)
    return [one.value for one in offered_under(found, trip.id if trip else None)]


def test_a_recorded_request_is_claimed(cast: Cast) -> None:
    """P9-3.2a, P9-3.2b"""
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    assert sent_claim(cast, trip, vouchers=[_meal(cast, request, "300.00")]).state == State.RUNNING


@pytest.mark.parametrize("expense", ["entertainment", "materials", "gift"])
def test_repair_entertainment_and_gifts_name_their_request(cast: Cast, expense: str) -> None:
    """P9-3.2a, P9-3.2c"""
    trip = finished_trip(cast)
    lines = voucher(cast, "train", "10.00"), voucher(cast, expense, "10.00", request_id=None)
    assert _faults(cast, trip, *lines) == [(2, "request_id", "EC.fault.needs_request")]


def test_a_request_of_another_kind_covers_nothing(cast: Cast) -> None:
    trip = finished_trip(cast)
    line = voucher(cast, "materials", "10.00", request_id=recorded_request(cast, trip).id)
    assert _faults(cast, trip, line) == [(1, "request_id", "EC.fault.other_request")]


def test_what_happened_is_recorded_before_it_is_claimed(cast: Cast) -> None:
    """P9-3.2b"""
    trip = finished_trip(cast)
    request = agreed_request(cast, trip)
    assert _faults(cast, trip, _meal(cast, request)) == [(1, "request_id", "EC.fault.no_record")]


def test_a_request_nobody_agreed_to_is_not_offered(cast: Cast) -> None:
    """P9-3.2a"""
    trip = finished_trip(cast)
    request = sent_request(cast, trip)
    assert _offered(cast.engineer, trip) == []
    assert _faults(cast, trip, _meal(cast, request)) == [(1, "request_id", "fault.option")]


def test_each_is_offered_his_own_under_its_trip_until_it_is_used_up(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    own, others = recorded_request(cast, trip), recorded_request(cast, trip, cast.engineer2)
    assert _offered(cast.engineer, trip) == [own.id]
    assert _offered(cast.engineer2, trip) == [others.id]
    assert _offered(cast.engineer, None) == [], "without a trip, those without a trip"
    sent_claim(cast, trip, vouchers=[_meal(cast, own, "300.00")])
    assert _offered(cast.engineer, trip) == []


def test_the_request_of_another_trip_is_refused(cast: Cast) -> None:
    first = finished_trip(cast, starts_on="2026-11-25", ends_on="2026-11-25")
    trip = finished_trip(cast, starts_on="2026-11-26", ends_on="2026-11-27")
    request = recorded_request(cast, first)
    assert _faults(cast, trip, _meal(cast, request)) == [(1, "request_id", "fault.option")]


def test_a_claim_is_not_above_what_was_agreed(cast: Cast) -> None:
    """P9-3.2a: to the fen"""
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    above = [(1, "amount", "EC.fault.above_request")]
    assert _faults(cast, trip, _meal(cast, request, "300.01")) == above
    two = [_meal(cast, request, "200.00"), _meal(cast, request, "100.01")]
    assert _faults(cast, trip, *two) == [(2, "amount", "EC.fault.above_request")]
    decree("request.tolerance", "0.01")
    assert sent_claim(cast, trip, vouchers=two).state == State.RUNNING


def test_all_standing_claims_together_are_not_above_it(cast: Cast) -> None:
    """P9-3.2a: a rejected claim gives back what it took"""
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    first = sent_claim(cast, trip, vouchers=[_meal(cast, request, "200.00")])
    second = drafted_claim(cast, trip, vouchers=[_meal(cast, request, "100.01")])
    found = faults(do, cast.engineer, second, "submit", now=BACK)
    assert "EC.fault.above_request" in {fault.key for fault in found}
    do(cast.clerk, first, "return")
    do(cast.engineer, first, "cancel", now=BACK)
    assert do(cast.engineer, second, "submit", now=BACK).state == State.RUNNING


def test_a_returned_claim_may_be_sent_again_with_its_own_request(cast: Cast) -> None:
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    claim = sent_claim(cast, trip, vouchers=[_meal(cast, request, "300.00")])
    do(cast.clerk, claim, "return")
    assert do(cast.engineer, claim, "submit").state == State.RUNNING


def test_what_the_audit_cut_is_free_again(cast: Cast) -> None:
    """P8-3.4"""
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    claim = claim_at(cast, "finance_audit", trip=trip, vouchers=[_meal(cast, request, "300.00")])
    cut = {"vouchers": {1: {"audited_amount": "100.00", "audit_reason": "超标"}}}
    do(cast.finance_officer, claim, "approve", lines=cut)
    assert _offered(cast.engineer, trip) == [request.id]


def test_where_no_invoice_could_be_had_none_for_something_else_is_taken(cast: Cast) -> None:
    """P9-3.2c"""
    trip = finished_trip(cast)
    handling = {"invoice": False, "no_invoice_reason": "农户自产", "no_invoice_handling": "附收据"}
    gift = {"spending": "gift", "expense_type_id": cast.expense["gift"].id}
    request = recorded_request(cast, trip, **handling, **gift)
    line = voucher(cast, "gift", "300.00", request_id=request.id)
    assert _faults(cast, trip, line | {"invoice_number": "12345678"}) == [
        (1, "invoice_number", "EC.fault.substitute_invoice")
    ]
    claim = sent_claim(cast, trip, vouchers=[line])
    with reading() as session:
        (mark,) = marks_of(session, [("EC", claim.id)], BACK)[claim.id]
        assert mark.key == "EC.mark.no_invoice"
        for sheet in ("claim", "vouchers"):
            assert printed(session, cast.engineer, claim, sheet).says("无发票，不得税前扣除")
    month = {"month": "2026-11", "register_kind": "entertainment"}
    register = do(cast.clerk, draft(cast.clerk, "MR", month, now=LATER), "submit", now=LATER)
    with reading() as session:
        assert printed(session, cast.clerk, register, "register").says("无发票，不得税前扣除")


def test_a_repair_is_claimed_after_report_request_and_record(cast: Cast) -> None:
    """P9-3.1, P9-3.2a, P9-3.2b"""
    trip = finished_trip(cast)
    move(cast, sent_report(cast, trip))
    request = recorded_request(cast, trip, **repair_request(cast))
    line = voucher(cast, "materials", "300.00", request_id=request.id)
    assert sent_claim(cast, trip, vouchers=[line]).state == State.RUNNING


def test_a_request_under_a_standing_claim_is_not_undone(cast: Cast) -> None:
    """P9-3.2a"""
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    claim = sent_claim(cast, trip, vouchers=[_meal(cast, request)])
    refused = refusal(do, cast.engineer, request, "reverse", note="误填")
    assert (refused.key, refused.facts) == ("SR.refused.claimed", {"number": claim.number})
    do(cast.department_head, move(cast, claim, until="department_head", now=BACK), "reject")
    assert do(cast.engineer, request, "reverse", note="误填").state == State.REVERSING


def test_a_companion_claims_under_his_own_request_alone(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    request = recorded_request(cast, trip)
    found = faults(sent_claim, cast, trip, cast.engineer2, vouchers=[_meal(cast, request)])
    assert [(fault.field, fault.key) for fault in found] == [("request_id", "fault.option")]


def test_two_claims_sent_in_the_same_instant_do_not_share_a_request(cast: Cast) -> None:
    """P9-3.2a: the second is refused, whoever comes second"""
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    drafts = [drafted_claim(cast, trip, vouchers=[_meal(cast, request, "300.00")]) for _ in range(4)]

    def send(claim: Document) -> bool:
        try:
            return do(cast.engineer, claim, "submit", now=BACK).state == State.RUNNING
        except Invalid:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(send, drafts)) == [False, False, False, True]
    assert sum(reload(one).state == State.RUNNING for one in drafts) == 1


# --- what it posts


def _reserved(request: Document) -> Decimal:
    with reading() as session:
        return sum((share.amount for share in reserved_for(session, request.id)), Decimal("0.00"))


def test_what_both_agreed_to_is_reserved_until_it_is_claimed(cast: Cast) -> None:
    """DOCUMENTS.md, What posts to the ledger"""
    trip = finished_trip(cast)
    request = sent_request(cast, trip)
    do(cast.vice_president, request, "approve")
    assert _reserved(request) == 0
    do(cast.department_head, request, "approve")
    assert _reserved(request) == Decimal("300.00")
    do(cast.engineer, request, "complete", **(RECORD | {"spent_amount": "250.00"}))
    claim = claim_at(cast, "finance_audit", trip=trip, vouchers=[_meal(cast, request, "250.00")])
    assert _reserved(request) == Decimal("300.00")
    claim = do(cast.finance_officer, claim, "approve", now=BACK)
    assert _reserved(request) == 0
    with reading() as session:
        assert list(ledger_problems(session)) == []


def test_a_request_that_is_given_up_keeps_nothing_aside(cast: Cast) -> None:
    request = agreed_request(cast)
    do(cast.engineer, request, "cancel")
    assert _reserved(request) == 0


def test_what_is_claimed_in_parts_is_released_in_parts(cast: Cast) -> None:
    trip = finished_trip(cast)
    request = recorded_request(cast, trip)
    claim = claim_at(cast, "finance_audit", trip=trip, vouchers=[_meal(cast, request, "100.00")])
    do(cast.finance_officer, claim, "approve", now=BACK)
    assert _reserved(request) == Decimal("200.00")


def test_what_nobody_claims_is_let_go_after_30_days(cast: Cast) -> None:
    request = do(cast.engineer, draft(cast.engineer, "SR", request_form(cast, None), now=ON_SITE), "submit")
    move(cast, request, until="record")
    with reading() as session:
        assert request.id not in expired(session, ON_SITE + timedelta(days=29))
        assert request.id in expired(session, ON_SITE + timedelta(days=30))
