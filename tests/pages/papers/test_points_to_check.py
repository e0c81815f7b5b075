"""What the controls find is said while a claim is typed, explained there, and read by whoever signs it (P8-3.2)."""

from pathlib import Path
from typing import Any

import pytest
from time_machine import Traveller

from models import State
from services.attachments import attachments_of
from services.database import reading
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, press_named, run, shown, zh
from tests.services.invoices.made import DIGITAL, pdf_of
from tests.story import BACK, drafted_claim, reload, voucher


@pytest.fixture(autouse=True)
def _back(clock: Traveller) -> None:
    clock.move_to(BACK)


def _odd(cast: Cast) -> Any:
    """A claim with two receipts for one ride."""
    twice = [voucher(cast, "local", "35.00"), voucher(cast, "local", "35.00", invoice_number="77")]
    return drafted_claim(cast, vouchers=twice)


def test_a_warned_claim_is_sent_with_its_reason_and_whoever_signs_reads_it(cast: Cast, visit: Visit) -> None:
    claim = _odd(cast)
    app = visit(cast.engineer, "expense_claims", edit=str(claim.id))
    said = zh("control.same_again.same_claim", line=1, day="2026-11-26", amount="35.00")
    assert said in shown(app)
    app = press_named(app, zh("action.submit"))
    assert zh("fault.reason_needed") in shown(app)
    assert reload(claim).state == State.DRAFT
    (reason,) = [one for one in app.text_input if ".reason." in str(one.key)]
    reason.set_value("两人分乘两车")
    app = press_named(run(app), zh("action.submit"))
    sent = reload(claim)
    assert sent.state == State.RUNNING
    paper = shown(visit(cast.clerk, "expense_claims", number=sent.number))
    assert said in paper and zh("control.reason", reason="两人分乘两车") in paper


def test_a_dropped_invoice_becomes_a_line_and_what_was_not_read_is_said(
    cast: Cast, visit: Visit, tmp_path: Path
) -> None:
    claim = drafted_claim(cast, vouchers=[])
    app = visit(cast.engineer, "expense_claims", edit=str(claim.id))
    app.file_uploader[0].upload("坏.pdf", b"%PDF-1.7 broken", "application/pdf")
    app = run(app)
    assert errors(app) == [zh("attachment.damaged", name="坏.pdf")]
    app.file_uploader[0].upload("住宿.pdf", pdf_of(DIGITAL | {"buyer": "", "seller": ""}, tmp_path), "application/pdf")
    app = run(app)
    assert errors(app) == []
    fields = zh("print.list_separator").join((zh("field.seller"), zh("field.buyer_name")))
    assert zh("invoice.partly_read", name="住宿.pdf", line=1, fields=fields) in shown(app)
    draft = reload(claim).draft or {}
    assert [row["invoice_number"] for row in draft["vouchers"]] == [DIGITAL["number"]]
    with reading() as session:
        assert [one.name for one in attachments_of(session, claim)] == ["住宿.pdf"]
