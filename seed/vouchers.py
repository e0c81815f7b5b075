"""Paper vouchers of the demonstration: they come to the clerk who checks a claim, or at the latest to its audit."""

from datetime import datetime

from sqlmodel import Session

from models import Document, Person
from services.documents.paper_vouchers import AUDIT, receipt_of
from services.voucher_receipts import may_receive, receive_vouchers

_LATE = 4
"""One claim in so many has its vouchers sent after it."""


def hand_in(session: Session, to: Person, document: Document, at: datetime) -> None:
    """Whoever checks or audits a claim marks what lies on his desk (P9-4c)."""
    now_here = document.step == AUDIT or (document.step == "clerk" and document.id % _LATE)
    if now_here and receipt_of(session, document.id) is None and may_receive(session, to, document, at):
        receive_vouchers(session, to, document.number or "", at)
