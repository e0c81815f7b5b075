"""What is started from a case on its way, a call or a complaint: parts, a return, a notice to a supplier, a visit; each
knows what the case says already (P4-2.4).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Complaint, Customer, Document, Person, ServiceOrder, State
from services.documents.kind import FollowUp

UNDER_WAY = {"SO": "visit", "CP": "execute"}
"""Kinds of cases, and the step at which they are carried out."""


def started_from_case(code: str, *, by_whoever_may: bool = False) -> FollowUp:
    """A paper that whoever carries the case out may start from it; or whoever may start one at all."""
    return FollowUp(code, _offered(code, by_whoever_may=by_whoever_may), several=True)


def known_of_case(session: Session, source: Document | None, *fields: str) -> dict[str, Any]:
    """What a case says of these fields: its number as `serves`, who and where, which machine, what is wrong with it."""
    case = _case(session, source)
    if source is None or case is None:
        return {}
    customer = session.get(Customer, case.customer_id)
    known = {
        "serves": source.number,
        "customer_id": case.customer_id,
        "contact": case.contact,
        "contact_phone": case.contact_phone or (customer.phone if customer else None),
        "site": getattr(case, "address", None) or (customer.address if customer else None),
        "product_id": case.product_id,
        "serial": case.serial,
        "bought_on": case.bought_on.isoformat() if case.bought_on else None,
        "fault": (case.fault if isinstance(case, ServiceOrder) else case.content)[:2000],
    }
    return {name: known[name] for name in fields}


def _offered(code: str, *, by_whoever_may: bool) -> Callable[[Session, Person, Document, datetime], bool]:
    def ask(session: Session, user: Person, document: Document, now: datetime) -> bool:
        from services.access import may_start  # rights ask the registry, which this file is a part of

        case = _case(session, document)
        if case is None or document.state != State.RUNNING or document.step != UNDER_WAY[document.kind]:
            return False
        carries_out = case.technician_id if isinstance(case, ServiceOrder) else case.handler_id
        return (by_whoever_may or carries_out == user.id) and may_start(session, user, code)

    return ask


def _case(session: Session, document: Document | None) -> ServiceOrder | Complaint | None:
    if document is None or document.kind not in UNDER_WAY:
        return None
    return session.get(ServiceOrder, document.id) if document.kind == "SO" else session.get(Complaint, document.id)
