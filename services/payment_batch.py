"""What waits for the cashier's payment, and as Excel for the bank: payee, bank, account, amount to the fen, number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import Document, ExpenseClaim, Person, Task
from services.access import waiting_clause
from services.controls import must_hold
from services.documents.bank_accounts import Account, account_to_pay
from services.documents.papers import detail_of
from services.documents.payments import payee_of
from services.errors import Refused
from services.export import Column, to_excel
from services.texts import text

COLUMNS = ("payee", "bank_name", "bank_account", "amount", "number")
MOST = 500
"""Payments in one file."""


@dataclass(frozen=True)
class Due:
    """A payment that waits: to whom, on which confirmed account, how many yuan are left, for which paper."""

    document_id: int
    kind: str
    payee: str
    bank_name: str
    bank_account: str
    amount: Decimal
    number: str
    held: Refused | None = None
    """Why it cannot be paid yet: nobody has confirmed the account that it names, or a control speaks against it."""


def waiting_payments(session: Session, user: Person, now: datetime) -> list[Due]:
    """Claims and advances whose payment waits for the user, the oldest first."""
    waiting = (
        select(Document)
        .join(Task, col(Task.document_id) == Document.id)
        .where(waiting_clause(session, user, now), Task.step == "payment", col(Document.kind).in_(("EC", "CA")))
        .order_by(col(Document.id))
    )
    return [_due(session, document, now) for document in session.exec(waiting)]


def batch_to_excel(session: Session, user: Person, ids: Collection[int], now: datetime, *, language: str) -> bytes:
    """The payments that the cashier ticked, for the bank. Account numbers are text: no digit is lost.

    Raises `Refused` for everybody else, where one of them does not wait for his payment any more, where the account
    of one is not confirmed by a second person (P8-3.1), and where a control speaks against one by now (P8-3.2).
    """
    waiting = {one.document_id: one for one in waiting_payments(session, user, now)}
    if not ids or len(ids) > MOST or not set(ids) <= set(waiting):
        raise Refused("file.not_found")
    for one in (waiting[id] for id in sorted(ids)):
        if one.held:
            raise one.held
    columns = [Column(text(language, f"batch.{name}"), "money" if name == "amount" else "text") for name in COLUMNS]
    rows = ([getattr(waiting[id], name) for name in COLUMNS] for id in sorted(ids))
    return to_excel(columns, rows, title=text(language, "menu.payments"), language=language)


def _due(session: Session, document: Document, now: datetime) -> Due:
    own: Any = detail_of(session, document)
    payee, account, held = payee_of(document, own), Account(own.bank_name, own.bank_account), None
    try:
        account = account_to_pay(session, payee, account)
        if isinstance(own, ExpenseClaim):
            must_hold(session, document, now)
    except Refused as refused:
        held = refused
    return Due(
        document.id,
        document.kind,
        session.get_one(Person, payee).name,
        *account,
        own.left_to_pay or Decimal("0.00"),
        document.number or "",
        held,
    )
