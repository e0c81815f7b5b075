"""What follows an order by itself: the next visit of an unfinished one, the income of a paid one (P6-9, P6-10)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import Session, select

from models import (
    Collection,
    Contract,
    Document,
    IncomeKind,
    Person,
    ServiceCategory,
    ServiceOrder,
    VisitResult,
)
from services.people import local_day

DAYS_TO_PAY = 30
CARRIED_ON = (
    "customer_id",
    "contact",
    "contact_phone",
    "address",
    "urgency",
    "work_kind",
    "serial",
    "product_id",
    "bought_on",
    "category",
    "serves",
)


def next_visit(session: Session, document: Document, now: datetime) -> Document | None:
    """The order that goes on where a visit was not finished, linked to it; opened once."""
    from services.documents.papers import plain  # both ask the registry, which leads to this file
    from services.engine.opening import open_by_itself

    order = session.get_one(ServiceOrder, document.id)
    if order.visit_result != VisitResult.UNFINISHED:
        return None
    raw: dict[str, Any] = {name: plain(getattr(order, name)) for name in CARRIED_ON}
    raw |= {
        "received_at": now.isoformat(),
        "fault": f"{document.number}: {order.unfinished_reason}",
        "category_reason": order.category_reason or document.number,
    }
    keeper = session.get_one(Person, document.keeper_id or document.applicant_id)
    token = f"next-visit-{document.id}"
    return open_by_itself(session, "SO", raw, token=token, keeper=keeper, now=now, source=document)


def open_income(session: Session, document: Document, now: datetime) -> Document | None:
    """What a customer owes for a visit, for the accountant to invoice the same day: the fee of a paid one less what was
    collected on the spot, or what the contract says (P6-10a, P6-10b, P6-6). Opened once; nothing where nothing is owed.
    """
    from services.engine.opening import open_by_itself  # the engine asks the registry, which leads to this file

    order = session.get_one(ServiceOrder, document.id)
    kind, owed = _owed(session, order)
    if not owed:
        return None
    day = order.worked_on or local_day(now)
    raw = {
        "income_kind": kind.value,
        "customer_id": order.customer_id,
        "serves": document.number,
        "earned_on": day.isoformat(),
        "income_amount": f"{owed:.2f}",
        "basis": (order.work_done or order.fault)[:300],
        "collect_by": (day + timedelta(days=DAYS_TO_PAY)).isoformat(),
    }
    keeper = session.get_one(Person, document.keeper_id or document.applicant_id)
    token, said = f"income-{document.id}", {"from_order": True}
    paper = open_by_itself(session, "RV", raw, token=token, keeper=keeper, now=now, source=document, said=said)
    paper.department_id = document.department_id
    if taken := min(order.handed_amount or Decimal(0), owed):
        spot = Collection(
            document_id=paper.id, position=1, collected_on=day, collection_reference=document.number or ""
        )
        spot.collected_sum = taken
        session.add(spot)
    session.flush()
    return paper


def _owed(session: Session, order: ServiceOrder) -> tuple[IncomeKind, Decimal]:
    """The fee of a paid order; of one under a contract what the contract asks for a visit."""
    if order.category == ServiceCategory.PAID:
        return IncomeKind.REPAIR_FEE, order.fee or Decimal(0)
    if order.category != ServiceCategory.CONTRACT or order.visit_result != VisitResult.SOLVED:
        return IncomeKind.CONTRACT_FEE, Decimal(0)
    contract = session.exec(select(Contract).where(Contract.number == order.contract_number)).first()
    return IncomeKind.CONTRACT_FEE, (contract.visit_fee if contract else None) or Decimal(0)
