"""One invoice, fifty claims sent in the same instant: the unique key lets one through (P8-3.2)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlmodel import select

from models import ClaimedInvoice, Document, Person, State
from services.database import reading, writing
from services.errors import Invalid
from tests import factories
from tests.factories import Cast
from tests.story import do, drafted_claim, finished_trip, move, sent_claim, voucher

THREADS = 50


def _crew(cast: Cast) -> list[Person]:
    """Fifty colleagues on one trip."""
    with writing() as session:
        return [
            factories.person(
                session, f"man{n}", cast.service, f"同事{n}", bank_name="中国银行", bank_account="62000001"
            )
            for n in range(THREADS)
        ]


def _held() -> dict[str, int]:
    with reading() as session:
        return {one.key: one.document_id for one in session.exec(select(ClaimedInvoice))}


@pytest.mark.parametrize("guarded", [True, False], ids=["as it is", "by the key alone"])
def test_of_fifty_claims_for_one_invoice_exactly_one_is_sent(
    cast: Cast, guarded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing else puts the claims in line, and each has looked before any was stored"""
    crew = _crew(cast)
    trip = finished_trip(cast, companions=[one.id for one in crew])
    rows = [voucher(cast, "lodging", "20.00", invoice_number="88")]
    claims = [drafted_claim(cast, trip, one, vouchers=rows, traveller_id=one.id) for one in crew]
    if not guarded:
        monkeypatch.setattr("services.engine.sending.one_at_a_time", lambda *_: None)
        monkeypatch.setattr("services.controls.invoices._claimed_before", lambda *_: {})
    start = Barrier(THREADS)

    def send(by: Person, claim: Document) -> str:
        start.wait()
        try:
            return do(by, claim, "submit").state
        except Invalid as invalid:
            assert {fault.key.removesuffix(".elsewhere") for fault in invalid.faults} == {
                "control.duplicate_invoice.found"
            }
            return "refused"

    with ThreadPoolExecutor(THREADS) as pool:
        ended = list(pool.map(send, crew, claims))
    assert sorted(ended) == ["refused"] * (THREADS - 1) + [State.RUNNING]
    assert _held() == {"88": claims[ended.index(State.RUNNING)].id}


@pytest.mark.parametrize(
    ("end", "held"), [("return", True), ("reject", False), ("withdraw", False), ("", True), ("cancel", False)]
)
def test_an_invoice_is_held_as_long_as_its_claim_stands(cast: Cast, end: str, held: bool) -> None:
    claim = sent_claim(cast, vouchers=[voucher(cast, "lodging", "20.00", invoice_number="88")])
    if end == "reject":
        move(cast, claim, until="department_head")
    who = {"withdraw": cast.engineer, "reject": cast.department_head}.get(end, cast.clerk)
    if end == "cancel":
        do(who, claim, "return")
        do(cast.engineer, claim, "cancel")
    elif end:
        do(who, claim, end)
    assert _held() == ({"88": claim.id} if held else {})


def test_a_rejected_claim_that_is_taken_up_again_holds_its_invoices_again(cast: Cast) -> None:
    claim = sent_claim(cast, vouchers=[voucher(cast, "lodging", "20.00", invoice_number="88")])
    move(cast, claim, until="department_head")
    do(cast.department_head, claim, "reject")
    do(cast.department_head, claim, "take_back", note="看错了")
    assert _held() == {"88": claim.id}
