"""Which claims stand, what stands on them, and the invoices they hold (P8-3.2)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import ClaimedInvoice, Document, ExpenseClaim, ExpenseType, State, VoucherLine
from services.controls.rule import Looked
from services.database import rows
from services.errors import Fault, Invalid
from services.upsert import insert_into

NOT_STANDING = (State.DRAFT, State.WITHDRAWN, State.REJECTED, State.CANCELLED, State.REVERSED)


def hold_invoices(session: Session, document: Document, now: datetime) -> None:
    """Take the invoices of a claim that stands, or let go of those of one that stands no more.

    The key is unique: where another claim was quicker in the same instant, this one is refused.
    """
    stands = document.state not in NOT_STANDING
    own = select(VoucherLine.invoice_key, VoucherLine.position).where(VoucherLine.document_id == document.id)
    lines = {key: position for key, position in session.exec(own) if key} if stands else {}
    held = set(session.exec(select(ClaimedInvoice.key).where(ClaimedInvoice.document_id == document.id)))
    if gone := held - lines.keys():
        session.execute(sa.delete(ClaimedInvoice).where(col(ClaimedInvoice.key).in_(gone)))
    take = insert_into(session, ClaimedInvoice).on_conflict_do_nothing().returning(ClaimedInvoice.key)
    for key in sorted(lines.keys() - held):  # in one order, so that two claims never wait for each other
        if rows(session, take, {"key": key, "document_id": document.id}).first() is None:
            fault = Fault("invoice_number", "control.duplicate_invoice.found.elsewhere", {}, "vouchers", lines[key])
            raise Invalid([fault])


def lines_of_his(claim: Looked) -> Iterable[Any]:
    """Lines of the person's other standing claims whose days touch those of this one."""
    if claim.days is None:
        return ()
    first, last = claim.days
    asked = {"person": claim.person_id, "own": claim.document_id or 0, "first": first, "last": last}
    return rows(claim.session, _LINES_OF_HIS, asked)


def claims_of_his(claim: Looked) -> Iterable[Any]:
    """Heads of the person's other standing claims."""
    asked = {"person": claim.person_id, "own": claim.document_id or 0}
    return rows(claim.session, _CLAIMS_OF_HIS, asked)


_OTHERS = (
    col(ExpenseClaim.traveller_id) == sa.bindparam("person"),
    col(Document.id) != sa.bindparam("own"),
    col(Document.state).not_in(NOT_STANDING),
)
_LAST_DAY: Any = sa.func.coalesce(VoucherLine.until, VoucherLine.spent_on)
_LINES_OF_HIS = (
    sa.select(
        col(VoucherLine.document_id),
        col(VoucherLine.spent_on),
        col(VoucherLine.until),
        col(VoucherLine.amount),
        col(VoucherLine.seller),
        col(ExpenseType.nature),
    )
    .join(Document, col(Document.id) == VoucherLine.document_id)
    .join(ExpenseClaim, col(ExpenseClaim.document_id) == Document.id)
    .join(ExpenseType, col(ExpenseType.id) == VoucherLine.expense_type_id)
    .where(*_OTHERS, col(VoucherLine.spent_on) <= sa.bindparam("last"), sa.bindparam("first") <= _LAST_DAY)
    .order_by(col(VoucherLine.id))
)
_CLAIMS_OF_HIS = (
    sa.select(
        col(Document.id),
        col(Document.amount),
        col(Document.submitted_at),
        col(ExpenseClaim.trip_id),
        col(ExpenseClaim.starts_on),
        col(ExpenseClaim.ends_on),
    )
    .join(ExpenseClaim, col(ExpenseClaim.document_id) == Document.id)
    .where(*_OTHERS)
    .order_by(col(Document.id))
)
