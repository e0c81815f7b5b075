"""Paper vouchers are marked as received: by the QR code of their sheet, or by its number typed or scanned (P9-4c)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from sqlmodel import Session, col, select

from models import Document, Person, Role, State, Task, VoucherReceipt
from services import audit
from services.access import load_document, visible_documents, waiting_clause
from services.documents.paper_vouchers import AUDIT, receipt_of
from services.engine.flow import take
from services.errors import Refused
from services.people import has_role

RECEIVERS = frozenset({Role.CLERK, Role.FINANCE_OFFICER})
"""Whose desk vouchers come to: the clerk's who checks, and finance's that audits."""
_MOST = 200
_SHOWN = timedelta(days=3)
"""For how long what was received stays on the page."""


@dataclass(frozen=True)
class Receipt:
    """A claim with the receipt of its vouchers, or without one."""

    document: Document
    claimant: str
    by: str = ""
    at: datetime | None = None


def may_receive(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Does he mark the vouchers of this claim now? Nobody those of his own."""
    if document.kind != "EC" or document.state != State.RUNNING or document.approved_at is not None:
        return False
    return document.applicant_id != user.id and _receives(session, user, document, now)


def receipt_for(session: Session, document: Document) -> Receipt | None:
    """Who received the vouchers of a claim, and when."""
    row = receipt_of(session, document.id)
    if row is None:
        return None
    claimant, by = (session.get_one(Person, id).name for id in (document.applicant_id, row.received_by_id))
    return Receipt(document, claimant, by, row.received_at)


def receive_vouchers(session: Session, user: Person, said: str, now: datetime) -> Document:
    """The vouchers of a claim have come; `said` is its number, or the address in the QR code of its sheets.

    Refused for whoever does not receive them, for one's own, after the audit, and a second time.
    """
    document = _taken(session, load_document(session, user, now, number=number_in(said)))
    _must_receive(session, user, document, now)
    already = receipt_of(session, document.id)
    if already:
        who = session.get_one(Person, already.received_by_id).name
        raise Refused("paper_vouchers.refused.already", number=document.number, who=who, at=already.received_at)
    session.add(VoucherReceipt(document_id=document.id, received_by_id=user.id, received_at=now))
    session.flush()
    audit.record(session, now=now, action="vouchers_received", actor=user, document=document)
    return document


def undo_receipt(session: Session, user: Person, document_id: int, reason: str, now: datetime) -> Document:
    """They were marked by mistake, or given back: said with the reason, as long as they are not audited."""
    document = _taken(session, load_document(session, user, now, id=document_id))
    _must_receive(session, user, document, now)
    why = " ".join(reason.split())[:200]
    if not why:
        raise Refused("action.needs_note")
    receipt = receipt_of(session, document.id)
    if receipt is None:
        raise Refused("paper_vouchers.refused.not_received", number=document.number)
    receipt.ended_by_id, receipt.ended_at, receipt.reason = user.id, now, why
    session.flush()
    audit.record(session, now=now, action="vouchers_given_back", actor=user, document=document, note=why)
    return document


def still_to_come(session: Session, user: Person, now: datetime) -> list[Receipt]:
    """Claims the user reads and marks whose vouchers have not come: those at the audit first, the oldest first."""
    received = select(VoucherReceipt.document_id).where(col(VoucherReceipt.ended_at).is_(None))
    waiting = (
        visible_documents(session, user, now)
        .where(Document.kind == "EC", Document.state == State.RUNNING, col(Document.approved_at).is_(None))
        .where(col(Document.id).not_in(received))
        .order_by((col(Document.step) != AUDIT), col(Document.submitted_at), col(Document.id))
        .limit(_MOST)
    )
    papers = [paper for paper in session.exec(waiting) if may_receive(session, user, paper, now)]
    ids = {paper.applicant_id for paper in papers}
    names = dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids))).all())
    return [Receipt(paper, names[paper.applicant_id]) for paper in papers]


def lately_received(session: Session, user: Person, now: datetime) -> list[Receipt]:
    """What the user has marked in the last days, the newest first."""
    marked = (
        select(VoucherReceipt, Document, Person.name)
        .join(Document, col(Document.id) == VoucherReceipt.document_id)
        .join(Person, col(Person.id) == Document.applicant_id)
        .where(VoucherReceipt.received_by_id == user.id, VoucherReceipt.received_at > now - _SHOWN)
        .where(col(VoucherReceipt.ended_at).is_(None))
        .order_by(col(VoucherReceipt.id).desc())
        .limit(_MOST)
    )
    return [Receipt(paper, name, user.name, row.received_at) for row, paper, name in session.exec(marked)]


def number_in(said: str) -> str:
    """The number of a claim in what a scanner typed: the address of its QR code, or the number itself."""
    plain = "".join(unicodedata.normalize("NFKC", said).split())
    asked = parse_qs(plain.partition("?")[2]).get("number", [plain])
    found = re.fullmatch(r"[A-Za-z]{2}-\d{6}-\d{1,6}", asked[0])
    if found is None:
        raise Refused("paper_vouchers.refused.no_number", said=plain[:60])
    return asked[0].upper()


def _taken(session: Session, document: Document) -> Document:
    """Locked, so that of two who mark it in one instant one comes second, and the audit before or after."""
    taken = take(session, document.id)
    assert taken is not None
    return taken


def _must_receive(session: Session, user: Person, document: Document, now: datetime) -> None:
    if document.kind != "EC" or document.state != State.RUNNING or document.approved_at is not None:
        raise Refused("paper_vouchers.refused.not_now", number=document.number)
    if document.applicant_id == user.id:
        raise Refused("paper_vouchers.refused.own")
    if not _receives(session, user, document, now):
        raise Refused("paper_vouchers.refused.not_yours")


def _receives(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """The clerk of its department, finance that audits, and whoever stands in for the clerk in this claim."""
    if has_role(session, user, Role.CLERK, department_id=document.department_id):
        return True
    if has_role(session, user, Role.FINANCE_OFFICER):
        return True
    asked = select(Task.id).where(Task.document_id == document.id, Task.step == Role.CLERK.value)
    return session.exec(asked.where(waiting_clause(session, user, now))).first() is not None
