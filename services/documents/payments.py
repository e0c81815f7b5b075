"""Payments of a claim or an advance, in as many parts as it takes, and never more than is left (P8-3.1)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, Payment, PaymentForm, Role, State
from services.database import rows
from services.documents.kind import Lines, Mark, lines_of
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


def paid_in_vain(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """Papers that were reversed after money had left the house: it is to come back (P8-6.1)."""
    return {id: [Mark("EC.mark.to_be_repaid")] for id in rows(session, _PAID_IN_VAIN, {"ids": list(ids)}).scalars()}


_PAID_IN_VAIN = (
    sa.select(col(Document.id))
    .join(Payment, col(Payment.document_id) == Document.id)
    .where(col(Document.id).in_(sa.bindparam("ids", expanding=True)), col(Document.state) == State.REVERSED)
    .distinct()
)
