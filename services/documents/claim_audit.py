"""The end of a claim: audited, offset against advances, and only then is the rest paid (P8-3.4, P9-5b, P8-3.1)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import ClaimOffset, ClaimOffsetForm, Document, ExpenseClaim, Payment, State, VoucherLine
from services.documents.advances import give_back, offset
from services.documents.kind import Lines, lines_of
from services.documents.payments import PAYMENTS, paid_on_time
from services.documents.vouchers import VOUCHERS
from services.errors import Refused, Term
from services.money import ledger, postings
from services.routes import Condition
from services.texts import term_of

NOT_GENERAL = Condition("claim_kind", "in", ["travel", "settlement"])
OFFSETS = Lines(
    "offsets", ClaimOffset, ClaimOffsetForm, ("advance_id",), least=0, most=20, derived=("amount",), when=NOT_GENERAL
)
"""The advances that a claim settles."""


def cut_with_reason(session: Session, document: Document, now: datetime) -> None:
    """The audit cuts a line to between nothing and what was claimed, and says why (P8-3.4)."""
    if document.step != "finance_audit":
        return
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    for line in lines:
        if line.audited_amount is not None and line.audited_amount > line.amount:
            raise Refused("EC.refused.audited_above", **_numbered(line))
        if line.audited_amount not in (None, line.amount) and not (line.audit_reason or "").strip():
            raise Refused("EC.refused.cut_without_reason", **_numbered(line))


def settle_audit(session: Session, document: Document, now: datetime) -> None:
    """After the audit every line has its audited amount, the claim its sum, the ledger what was spent.

    First the claim settles the advances that it names; what is above them is paid (P9-5b).
    """
    ledger.hold(session)
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    for line in lines:
        line.audited_amount = line.amount if line.audited_amount is None else line.audited_amount
        session.add(line)
    claim = session.get_one(ExpenseClaim, document.id)
    claim.audited_amount = sum((line.audited_amount or Decimal(0) for line in lines), Decimal("0.00")) + (
        claim.allowance_rate * claim.allowance_days
    )
    claim.offset_amount = offset(session, document, OFFSETS, claim.audited_amount, now)
    claim.left_to_pay = claim.audited_amount - claim.offset_amount
    session.add(claim)
    session.flush()
    postings.claim_finished(session, document, now)


def forget_audit(session: Session, document: Document, now: datetime) -> None:
    """Where the audit is taken back nobody knows what will be paid; a reversed claim keeps what was (P8-3.4).

    Either way it settles no advance any more.
    """
    ledger.hold(session)
    claim = session.get_one(ExpenseClaim, document.id)
    give_back(session, document, OFFSETS, now)  # advances before balances, as in the audit: none waits round
    postings.claim_undone(session, document, now)
    claim.offset_amount = None
    if document.state != State.REVERSING:
        claim.audited_amount = claim.left_to_pay = None
    session.add(claim)


def pay(session: Session, document: Document, now: datetime) -> None:
    """A payment was recorded: so much less is left (P8-3.1)."""
    claim = session.get_one(ExpenseClaim, document.id)
    payment = paid_on_time(session, document, claim, now)
    claim.left_to_pay = (claim.left_to_pay or Decimal("0.00")) - (payment.paid_amount or Decimal("0.00"))
    claim.paid_on, claim.payment_reference = payment.paid_on, payment.payment_reference
    session.add(claim)


def paid_as_before(session: Session, document: Document, now: datetime) -> None:
    """On an older route the payment is filled in on the claim itself, whole: then it becomes a line like any other."""
    claim = session.get_one(ExpenseClaim, document.id)
    if claim.left_to_pay and claim.paid_on and not lines_of(session, document, PAYMENTS):
        reference = claim.payment_reference or ""
        payment = Payment(document_id=document.id, position=1, paid_on=claim.paid_on, payment_reference=reference)
        session.add(payment)
        session.flush()
        pay(session, document, now)


def _numbered(line: VoucherLine) -> dict[str, Any]:
    """A voucher by the number that stands on its sheet (P9-4a)."""
    return {"sheet": Term(f"{term_of(line.sheet).key}.short"), "number": line.sequence}
