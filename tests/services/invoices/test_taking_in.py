"""A dropped invoice becomes a line of the claim, and its file belongs to that line (P8-3.2)."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from models import Document, InvoiceKind, Person, State
from services.attachments import attachments_of, check
from services.database import reading, writing
from services.invoices import Invoice, Taken, read_invoice, take_in
from tests.factories import Cast
from tests.services.invoices.made import DIGITAL, pdf_of
from tests.story import BACK, do, drafted_claim, lines, refusal, reload, retype, sent_claim, voucher

HOTEL = Invoice(
    InvoiceKind.ORDINARY,
    None,
    DIGITAL["number"],
    date(2026, 11, 26),
    Decimal("318.00"),
    Decimal("18.00"),
    DIGITAL["seller"],
)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    return check("住宿.pdf", pdf_of(DIGITAL, tmp_path))


def _drop(by: Person, claim: Document, *files: tuple[Any, Invoice]) -> list[Taken]:
    with writing() as session:
        return take_in(session, by, claim.id, files, now=BACK)


def _typed(claim: Document) -> list[dict[str, Any]]:
    return list((reload(claim).draft or {})["vouchers"])


def test_what_was_read_stands_in_a_new_line_and_the_rest_is_left_open(cast: Cast, file: Any) -> None:
    claim = drafted_claim(cast, vouchers=[voucher(cast, "local", "5.00"), {}])
    (taken,) = _drop(cast.engineer, claim, (file, HOTEL))
    assert (taken.line, taken.read, taken.left_open) == (2, True, ("buyer_name",))
    assert _typed(claim)[1] == {
        "spent_on": "2026-11-26",
        "description": None,
        "invoice_kind": "ordinary",
        "invoice_number": DIGITAL["number"],
        "seller": DIGITAL["seller"],
        "amount": "318.00",
        "tax": "18.00",
    }


def test_the_whole_way_from_the_file_to_the_line_it_belongs_to(cast: Cast, file: Any) -> None:
    claim = drafted_claim(cast, vouchers=[])
    _drop(cast.engineer, claim, (file, read_invoice(file)))
    row = _typed(claim)[0] | {"expense_type_id": cast.expense["lodging"].id}
    retype(cast.engineer, claim, vouchers=[row])
    claim = do(cast.engineer, claim, "submit", now=BACK)
    (line,) = lines(claim)
    with reading() as session:
        (stored,) = attachments_of(session, claim)
    assert line.invoice_key == stored.invoice_key == DIGITAL["number"]
    assert f"{line.amount} {line.tax} {line.seller}" == f"318.00 18.00 {DIGITAL['seller']}"


def test_an_invoice_that_stands_on_a_line_gets_no_second_one(cast: Cast, file: Any) -> None:
    """Only what is missing there is filled in: what was typed stays."""
    typed = voucher(cast, "lodging", "300.00", invoice_number=f" {DIGITAL['number']} ")
    claim = drafted_claim(cast, vouchers=[typed])
    (taken,) = _drop(cast.engineer, claim, (file, HOTEL))
    assert taken.line == 1
    (row,) = _typed(claim)
    assert (row["amount"], row["tax"], row["seller"]) == ("300.00", "18.00", DIGITAL["seller"])


def test_a_file_of_which_nothing_is_read_is_kept_with_a_line_to_type(cast: Cast, file: Any) -> None:
    claim = drafted_claim(cast, vouchers=[])
    (taken,) = _drop(cast.engineer, claim, (file, Invoice()))
    assert not taken.read
    assert _typed(claim) == [{"description": "住宿.pdf"}]
    with reading() as session:
        assert [one.invoice_key for one in attachments_of(session, claim)] == [None]


@pytest.mark.parametrize("who", ["engineer2", "clerk", "stranger"])
def test_nobody_drops_files_on_another_ones_claim(cast: Cast, file: Any, who: str) -> None:
    claim = drafted_claim(cast, vouchers=[])
    assert refusal(_drop, getattr(cast, who), claim, (file, HOTEL)).key == "access.not_found"
    assert _typed(claim) == []


def test_a_claim_on_its_way_takes_no_lines(cast: Cast, file: Any) -> None:
    claim = sent_claim(cast)
    refused = refusal(_drop, cast.engineer, claim, (file, HOTEL))
    assert refused.key == "attachment.not_now"
    assert reload(claim).state == State.RUNNING
    with reading() as session:
        assert attachments_of(session, claim) == []
