"""A month is closed for a department: it takes no more postings, what is reserved in it goes on later (P2-2.4)."""

from datetime import datetime

from sqlmodel import Session

from models import ClosedMonth, Document
from services.money import ledger


def close_month(session: Session, document: Document, department_id: int, month: str, now: datetime) -> None:
    """Close a month on account of its settlement; closed already, nothing happens.

    What is reserved in it and neither spent nor let go is carried on to the next open month of the year, so that a
    closed month keeps nothing that could still change; with the year's last open month it lapses.
    """
    ledger.hold(session)
    if session.get(ClosedMonth, (month, department_id)) is not None:
        return
    kept = ledger.reserved_in(session, department_id, month)
    following = ledger.open_month(session, department_id, month[:4] + f"{int(month[4:]) + 1:02d}")
    ledger.carry(session, document, kept, following, now)
    session.add(ClosedMonth(month=month, department_id=department_id, closed_at=now, document_id=document.id))
    session.flush()


def reopen_month(session: Session, department_id: int, month: str) -> None:
    """The month takes postings again; what went to later months meanwhile stays there (P2-2.3)."""
    ledger.hold(session)
    closed = session.get(ClosedMonth, (month, department_id))
    if closed is not None:
        session.delete(closed)
        session.flush()
