"""What a supplier agreed to bear is claimed as income of kind recovery, once and no more than that (P3-2.3a, P8-5)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, IncomeKind, Person, ServiceIncome, State, SupplierNotice
from services.database import one_at_a_time
from services.documents.kind import Filled
from services.errors import Fault, Refused

NOTHING = Decimal("0.00")
_GONE = (State.REJECTED, State.CANCELLED, State.REVERSED)


def offered_by_notice(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Has the supplier agreed to bear more than has been claimed of him?"""
    from services.access import may_start  # rights ask the registry, which this file is a part of

    return left_of(session, document) > 0 and may_start(session, user, "RV")


def left_of(session: Session, notice: Document, *, but: int | None = None) -> Decimal:
    """Yuan that he agreed to bear and that no income claims yet."""
    found = session.get(SupplierNotice, notice.id)
    accepted = found.accepted_amount if found else None
    return (accepted or NOTHING) - sum((income.income_amount for income, _ in _claims(session, notice, but)), NOTHING)


def not_while_claimed(session: Session, document: Document, now: datetime) -> None:
    """What an income rests on is not given up under it (P8-5.4)."""
    one_at_a_time(session, "submit RV")  # else one could be sent in the same instant
    if claims := _claims(session, document, None):
        raise Refused("SN.refused.claimed", number=claims[0][1])


def _claims(session: Session, notice: Document, but: int | None) -> list[tuple[ServiceIncome, str]]:
    """Standing incomes that claim on a notice, with their numbers: started from it, or by hand for it or its case."""
    found = session.get(SupplierNotice, notice.id)
    by_hand = sa.and_(
        col(Document.source_id).is_(None),
        col(ServiceIncome.supplier_id) == (found.supplier_id if found else None),
        col(ServiceIncome.serves).in_([notice.number, found.serves if found else None]),
    )
    claimed = (
        select(ServiceIncome, Document.number)
        .join(Document, col(Document.id) == ServiceIncome.document_id)
        .where(sa.or_(col(Document.source_id) == notice.id, by_hand), col(Document.id) != (but or 0))
        .where(col(Document.state).not_in(_GONE), col(Document.number).is_not(None))
        .order_by(col(Document.id))
    )
    return [(income, number or "") for income, number in session.exec(claimed)]


def claim_on(session: Session, notice: Document) -> dict[str, Any]:
    """What an income that is started from a notice says already."""
    found = session.get_one(SupplierNotice, notice.id)
    return {
        "income_kind": IncomeKind.FROM_SUPPLIER.value,
        "supplier_id": found.supplier_id,
        "serves": found.serves or notice.number,
        "basis": f"{notice.number} {found.model}"[:100],
        "income_amount": f"{left_of(session, notice):.2f}",
    }


def no_more_than_he_agreed(filled: Filled) -> Iterator[Fault]:
    """What is claimed of a supplier on account of a notice is what he agreed to bear, at most, be it started from the
    notice or typed by hand for it or for its case (P3-2.3a).
    """
    notice = _notice_behind(filled)
    if notice is None or not filled.has("income_amount"):
        return
    left = left_of(filled.session, notice, but=filled.document.id if filled.document else None)
    if filled.values["income_amount"] > left:
        yield Fault("income_amount", "RV.fault.above_agreed", {"left": left})


def _notice_behind(filled: Filled) -> Document | None:
    own, supplier = filled.document, filled.values.get("supplier_id")
    source = filled.session.get(Document, own.source_id) if own and own.source_id else None
    if source is not None:
        return source if source.kind == "SN" else None
    if supplier is None or not filled.values.get("serves"):
        return None
    said = filled.values["serves"]
    meant = (
        select(Document)
        .join(SupplierNotice, col(SupplierNotice.document_id) == Document.id)
        .where(SupplierNotice.supplier_id == supplier, col(Document.state).not_in(_GONE))
        .where(sa.or_(col(Document.number) == said, col(SupplierNotice.serves) == said))
        .where(col(Document.number).is_not(None))
        .order_by(col(Document.id).desc())
    )
    return filled.session.exec(meant).first()
