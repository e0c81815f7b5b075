"""Paper vouchers are marked as received before the audit (P9-4c, P8-3.4)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlmodel import select

from models import Document, Person, Response, VoucherReceipt
from services.database import reading, writing
from services.documents.marks import marks_of
from services.errors import Refused
from services.voucher_receipts import (
    lately_received,
    number_in,
    receipt_for,
    receive_vouchers,
    still_to_come,
    undo_receipt,
)
from tests.factories import Cast
from tests.story import BACK, claim_at, decree, do, events, refusal, reload, sent_claim, sent_general


def received(by: Person, claim: Document, said: str | None = None) -> None:
    with writing() as session:
        receive_vouchers(session, by, said or claim.number or "", BACK)


def undone(by: Person, claim: Document, reason: str = "缺住宿发票") -> None:
    with writing() as session:
        undo_receipt(session, by, claim.id, reason, BACK)


def without(claim: Document) -> Document:
    """The vouchers have not come."""
    with writing() as session:
        session.execute(sa.delete(VoucherReceipt))
    return claim


def test_scanning_the_sheet_marks_the_vouchers_and_the_audit_goes_on(cast: Cast) -> None:
    """P9-4c: refused before, passed after; who received them when stands on the claim."""
    claim = without(claim_at(cast, "finance_audit"))
    assert refusal(do, cast.finance_officer, claim, "approve").key == "EC.refused.vouchers_not_received"
    with reading() as session:
        assert "EC.mark.vouchers_awaited" in [one.key for one in marks_of(session, [("EC", claim.id)], BACK)[claim.id]]
        assert [one.document.id for one in still_to_come(session, cast.clerk, BACK)] == [claim.id]
    received(cast.clerk, claim, f"https://portal.example/expense_claims?number={claim.number}")
    with reading() as session:
        receipt = receipt_for(session, claim)
        assert receipt and (receipt.by, receipt.at) == (cast.clerk.name, BACK)
        assert still_to_come(session, cast.clerk, BACK) == []
        assert [one.document.id for one in lately_received(session, cast.clerk, BACK)] == [claim.id]
    assert events(claim)[-1].action == "vouchers_received"
    assert do(cast.finance_officer, claim, "approve").step == "payment"


@pytest.mark.parametrize(("response", "said"), [(Response.WARN, ["EC.mark.vouchers_awaited"]), (Response.IGNORE, [])])
def test_the_company_may_warn_or_look_away_instead(cast: Cast, response: Response, said: list[str]) -> None:
    decree("claim.paper_vouchers", response.value, BACK)
    claim = without(claim_at(cast, "finance_audit"))
    with reading() as session:
        marks = marks_of(session, [("EC", claim.id)], BACK).get(claim.id, [])
    assert [one.key for one in marks] == said
    assert do(cast.finance_officer, claim, "approve").step == "payment"


def test_they_are_marked_once_and_taken_back_with_a_reason(cast: Cast) -> None:
    claim = without(sent_claim(cast))
    received(cast.clerk, claim)
    assert refusal(received, cast.finance_officer, claim).key == "paper_vouchers.refused.already"
    assert refusal(undone, cast.clerk, claim, " ").key == "action.needs_note"
    undone(cast.clerk, claim)
    assert [event.note for event in events(claim) if event.action == "vouchers_given_back"] == ["缺住宿发票"]
    assert refusal(undone, cast.clerk, claim).key == "paper_vouchers.refused.not_received"
    received(cast.finance_officer, claim)
    with reading() as session:
        rows = session.exec(select(VoucherReceipt).order_by(VoucherReceipt.id)).all()  # type: ignore[arg-type]
    assert [(one.received_by_id, one.reason) for one in rows] == [
        (cast.clerk.id, "缺住宿发票"),
        (cast.finance_officer.id, None),
    ]


def test_a_claim_that_goes_back_takes_its_vouchers_along(cast: Cast) -> None:
    claim = claim_at(cast, "department_head")
    do(cast.department_head, claim, "return")
    with reading() as session:
        assert receipt_for(session, claim) is None


def test_after_the_audit_nothing_is_received_or_taken_back(cast: Cast) -> None:
    claim = claim_at(cast, "payment")
    for attempt in (received, undone):
        assert refusal(attempt, cast.clerk, claim).key == "paper_vouchers.refused.not_now"


@pytest.mark.parametrize("who", ["engineer2", "stranger", "other_head", "administrator"])
def test_a_stranger_learns_nothing_of_the_claim(cast: Cast, who: str) -> None:
    assert refusal(received, getattr(cast, who), without(sent_claim(cast))).key == "access.not_found"


def test_neither_the_wrong_role_nor_the_claimant_marks_them(cast: Cast) -> None:
    claim = without(sent_claim(cast))
    assert refusal(received, cast.department_head, claim).key == "paper_vouchers.refused.not_yours"
    assert refusal(received, cast.engineer, claim).key == "paper_vouchers.refused.own"
    own = sent_general(cast, cast.clerk)
    without(own)
    assert refusal(received, cast.clerk, own).key == "paper_vouchers.refused.own"


@pytest.mark.parametrize("said", ["", "   ", "https://x/?number=", "http://[?a=b", "EC-2026-1 OR 1=1", "TR", "9" * 500])
def test_what_is_no_number_is_refused(said: str) -> None:
    assert refusal(number_in, said).key == "paper_vouchers.refused.no_number"


def test_wide_digits_of_an_input_method_are_read() -> None:
    assert number_in("ｅｃ－２０２６１１－０００１ ") == "EC-202611-0001"


def test_of_two_who_scan_it_in_one_instant_one_comes_second(cast: Cast) -> None:
    claim = without(sent_claim(cast))

    def attempt(who: Person) -> str:
        try:
            received(who, claim)
        except Refused as refused:
            return refused.key
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, [cast.clerk, cast.finance_officer])) == [
            "done",
            "paper_vouchers.refused.already",
        ]
    assert reload(claim).version == claim.version
