"""What follows an order by itself: the next visit where one was not finished (P6-9a)."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Document, Person, ServiceOrder, VisitResult

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
