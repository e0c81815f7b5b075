"""Payments of a claim or an advance, in as many parts as it takes, and never more than is left (P8-3.1)."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import CashAdvance, Document, ExpenseClaim, Payment, PaymentForm, Role, State
from services.database import rows
from services.documents.bank_accounts import Account, account_to_pay, name_account, papers_waiting
from services.documents.kind import Lines, Mark, lines_of
from services.errors import Refused
from services.people import local_day
from services.routes import Condition, Owner, Step, work, working_days

PAYMENTS = Lines(
    "payments",
    Payment,
    PaymentForm,
    ("paid_on", "paid_amount", "payment_reference"),
    derived=("bank_name", "bank_account"),
)


def payment_step(**more: Any) -> Step:
    """The cashier pays until nothing is left; not asked at all where nothing is to be paid."""
    left = Condition("left_to_pay", "!=", "0.00")  # before the audit nobody knows: then it is expected
    return work("payment", Owner(Role.CASHIER), within=working_days(2), adds="payments", asked_while=left, **more)


def paid_on_time(session: Session, document: Document, own: Any, now: datetime) -> Payment:
    """The payment just added, checked: after the approval, not in the future, no more than is left, and to an account
    that a second person has confirmed (P8-3.1).
    """
    left = own.left_to_pay or Decimal("0.00")
    payment: Payment = lines_of(session, document, PAYMENTS)[-1]
    approved_on = local_day(document.approved_at) if document.approved_at else None
    if payment.paid_on > local_day(now):
        raise Refused("payment.refused.in_future")
    if approved_on and payment.paid_on < approved_on:
        raise Refused("payment.refused.before_approval", day=approved_on)
    if payment.paid_amount is None:
        payment.paid_amount = left
    if payment.paid_amount > left:
        raise Refused("payment.refused.above", left=left)
    account = account_to_pay(session, payee_of(document, own), Account(own.bank_name, own.bank_account), held=True)
    payment.bank_name, payment.bank_account = account
    session.add(payment)
    return payment


def account_named(session: Session, document: Document, now: datetime) -> None:
    """What a claim or an advance says where its money is to go: an account nobody knows waits to be confirmed."""
    own: Any = session.get(ExpenseClaim if document.kind == "EC" else CashAdvance, document.id)
    if own is None:  # a draft that is given up names none
        return
    name_account(session, document, payee_of(document, own), Account(own.bank_name, own.bank_account), now)


def payee_of(document: Document, own: Any) -> int:
    """Who is paid: the traveller of a claim, the applicant of an advance."""
    return own.traveller_id if isinstance(own, ExpenseClaim) else document.applicant_id


def payment_marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """Papers whose money is to come back, and those that name an account nobody has confirmed yet (P8-3.1)."""
    found = paid_in_vain(session, ids)
    for id in papers_waiting(session, ids):
        found.setdefault(id, []).append(Mark("EC.mark.account_waits", "orange"))
    return found


def paid_in_vain(session: Session, ids: Collection[int]) -> dict[int, list[Mark]]:
    """Papers that were reversed after money had left the house: it is to come back (P8-6.1)."""
    return {id: [Mark("EC.mark.to_be_repaid")] for id in rows(session, _PAID_IN_VAIN, {"ids": list(ids)}).scalars()}


_PAID_IN_VAIN = (
    sa.select(col(Document.id))
    .join(Payment, col(Payment.document_id) == Document.id)
    .where(col(Document.id).in_(sa.bindparam("ids", expanding=True)), col(Document.state) == State.REVERSED)
    .distinct()
)
