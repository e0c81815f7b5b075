"""What a supplier agreed to bear is claimed as income of kind recovery, once and no more than that (P3-2.3a, P8-5)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import Document, IncomeKind, Person, ServiceIncome, State, SupplierNotice
from services.documents.kind import Filled
from services.errors import Fault

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
    claimed = (
        select(col(ServiceIncome.income_amount))
        .join(Document, col(Document.id) == ServiceIncome.document_id)
        .where(Document.source_id == notice.id, col(Document.id) != (but or 0), col(Document.state).not_in(_GONE))
        .where(col(Document.number).is_not(None))
    )
    return (accepted or NOTHING) - sum(session.exec(claimed), NOTHING)


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
    """An income from a notice claims what its supplier agreed to bear, at most (P3-2.3a)."""
    own = filled.document
    notice = filled.session.get(Document, own.source_id) if own and own.source_id else None
    if own is None or notice is None or notice.kind != "SN" or not filled.has("income_amount"):
        return
    left = left_of(filled.session, notice, but=own.id)
    if filled.values["income_amount"] > left:
        yield Fault("income_amount", "RV.fault.above_agreed", {"left": left})
