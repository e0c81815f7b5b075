"""The end of a claim: the audit cuts and settles it, and only then is it paid (P8-3.4, P8-3.1)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import Document, ExpenseClaim, State, VoucherLine
from services.documents.kind import lines_of
from services.documents.vouchers import VOUCHERS
from services.errors import Refused, Term
from services.money import postings
from services.people import local_day
from services.texts import term_of


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
    """After the audit every line has its audited amount, the claim the sum that is paid, the ledger what was spent."""
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    for line in lines:
        line.audited_amount = line.amount if line.audited_amount is None else line.audited_amount
        session.add(line)
    claim = session.get_one(ExpenseClaim, document.id)
    claim.audited_amount = sum((line.audited_amount or Decimal(0) for line in lines), Decimal("0.00")) + (
        claim.allowance_rate * claim.allowance_days
    )
    session.add(claim)
    session.flush()
    postings.claim_finished(session, document, now)


def forget_audit(session: Session, document: Document, now: datetime) -> None:
    """Where the audit is taken back nobody knows what will be paid; a reversed claim keeps what was (P8-3.4)."""
    postings.claim_undone(session, document, now)
    if document.state != State.REVERSING:
        claim = session.get_one(ExpenseClaim, document.id)
        claim.audited_amount = None
        session.add(claim)


def paid_after_audit(session: Session, document: Document, now: datetime) -> None:
    """Money leaves the house after the audit and not in the future (P8-3.1)."""
    claim = session.get_one(ExpenseClaim, document.id)
    approved_on = local_day(document.approved_at) if document.approved_at else None
    if claim.paid_on and claim.paid_on > local_day(now):
        raise Refused("EC.refused.paid_in_future")
    if claim.paid_on and approved_on and claim.paid_on < approved_on:
        raise Refused("EC.refused.paid_before_audit", day=approved_on)


def _numbered(line: VoucherLine) -> dict[str, Any]:
    """A voucher by the number that stands on its sheet (P9-4a)."""
    return {"sheet": Term(f"{term_of(line.sheet).key}.short"), "number": line.sequence}
