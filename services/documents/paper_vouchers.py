"""The pasted vouchers of a claim lie on finance's desk before it is audited (P9-4a, P9-4c, P8-3.4)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, Response, State, VoucherReceipt
from services.database import rows
from services.documents.kind import LIES_WITH_ITS_AUTHOR
from services.errors import Refused
from services.settings import setting

AUDIT = "finance_audit"


def receipt_of(session: Session, document_id: int) -> VoucherReceipt | None:
    """By whom and when the vouchers of a claim were received, where that stands."""
    standing = select(VoucherReceipt).where(VoucherReceipt.document_id == document_id, *_STANDS)
    return session.exec(standing).first()


def must_be_received(session: Session, document: Document, now: datetime) -> None:
    """The audit looks at paper: refused without it, where the setting says stop (P8-3.4)."""
    if document.step == AUDIT and not receipt_of(session, document.id) and _response(session, now) == Response.STOP:
        raise Refused("EC.refused.vouchers_not_received")


def end_receipt(session: Session, document: Document, now: datetime) -> None:
    """A claim that goes back to its author takes its vouchers along: they are received anew."""
    receipt = receipt_of(session, document.id) if document.state in LIES_WITH_ITS_AUTHOR else None
    if receipt:
        receipt.ended_at = now
        session.add(receipt)


def awaited(session: Session, ids: Collection[int], now: datetime) -> list[int]:
    """Of these claims, those at the audit whose vouchers have not come: the auditor is warned, or stopped."""
    if _response(session, now) == Response.IGNORE:
        return []
    return list(rows(session, _AWAITED, {"ids": list(ids)}).scalars())


def _response(session: Session, now: datetime) -> Any:
    return setting(session, "claim.paper_vouchers", now)


_STANDS = (col(VoucherReceipt.ended_at).is_(None),)
_AWAITED = (
    sa.select(col(Document.id))
    .where(col(Document.id).in_(sa.bindparam("ids", expanding=True)))
    .where(col(Document.kind) == "EC", col(Document.state) == State.RUNNING, col(Document.step) == AUDIT)
    .where(col(Document.id).not_in(sa.select(col(VoucherReceipt.document_id)).where(*_STANDS)))
)
