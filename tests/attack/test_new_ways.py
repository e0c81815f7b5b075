"""Somebody tries what came later: acts beside the route, handing over, deputies by setting, changes of the rules."""

from datetime import timedelta
from decimal import Decimal

from services.attachments import attach, remove
from services.database import writing
from tests.factories import Cast
from tests.services.engine.test_claim import PDF
from tests.story import (
    BACK,
    claim_at,
    detail,
    do,
    drafted_claim,
    inbox,
    may_all,
    move,
    retype,
    voucher,
)

MINUTE = timedelta(minutes=1)


def test_receipts_exchanged_while_it_was_returned_cannot_be_taken_back_under_old_signatures(cast: Cast) -> None:
    """P8-3.2: the accomplice returns it, the author changes the files, the accomplice takes his return back."""
    claim = drafted_claim(cast)
    with writing() as session:
        receipt = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = move(cast, do(cast.engineer, claim, "submit"), until="finance_vp", now=BACK)
    claim = do(cast.finance_vp, claim, "return")
    with writing() as session:
        remove(session, cast.engineer, receipt.id, BACK + MINUTE)
        attach(session, cast.engineer, claim, "票.pdf", PDF + b"\n%other", BACK + MINUTE)
    assert "take_back" not in may_all(cast.finance_vp, claim)


def test_a_claim_sent_anew_shows_no_sum_of_an_audit_before(cast: Cast) -> None:
    """P8-3.4: audited at 1,000, taken back, returned, sent again over 9,300: nobody reads 1,000 in his inbox"""
    claim = claim_at(cast, "finance_audit", vouchers=[voucher(cast, "lodging", "1000.00")])
    claim = do(cast.finance_officer, claim, "approve")
    claim = do(cast.finance_officer, claim, "take_back", note="看错了")
    do(cast.finance_officer, claim, "return")
    retype(cast.engineer, claim, BACK, vouchers=[voucher(cast, "lodging", "9000.00")])
    claim = do(cast.engineer, claim, "submit")
    assert detail(claim).audited_amount is None
    assert [row.amount for row in inbox(cast.clerk, BACK)] == [Decimal("9300.00")]
