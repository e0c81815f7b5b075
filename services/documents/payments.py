"""Payments of a claim or an advance, in as many parts as it takes, and never more than is left (P8-3.1)."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Document, Payment, PaymentForm, Role
from services.documents.kind import Lines, lines_of
from services.errors import Refused
from services.people import local_day
from services.routes import Condition, Owner, Step, work, working_days

PAYMENTS = Lines("payments", Payment, PaymentForm, ("paid_on", "paid_amount", "payment_reference"))


def payment_step(**more: Any) -> Step:
    """The cashier pays until nothing is left; not asked at all where nothing is to be paid."""
    left = Condition("left_to_pay", "!=", "0.00")  # before the audit nobody knows: then it is expected
    return work("payment", Owner(Role.CASHIER), within=working_days(2), adds="payments", asked_while=left, **more)


def paid_on_time(session: Session, document: Document, left: Any, now: datetime) -> Payment:
    """The payment just added, checked: after the approval, not in the future, no more than is left (P8-3.1)."""
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
    session.add(payment)
    return payment
