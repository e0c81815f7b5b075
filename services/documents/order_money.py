"""What a visit costs the customer: by the price list, with the parts he pays; what may be taken on the spot (P6-10)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import Document, OrderPart, ServiceCategory, ServiceOrder, VisitResult, WorkKind
from services.documents.kind import Answers
from services.errors import Fault
from services.settings import setting

NOTHING = Decimal("0.00")
CENT = Decimal("0.01")


def listed_fee(session: Session, order: ServiceOrder, now: datetime) -> Decimal:
    """By the price list: the call-out, the hours, and the parts with their prices, in yuan to the fen (P6-10)."""
    parts = session.exec(select(OrderPart).where(col(OrderPart.document_id) == order.document_id))
    used = [(part.quantity, part.unit_price) for part in parts]
    return _by_list(session, order.work_kind, order.work_hours, used, now)


def fee_to_sign(
    session: Session, document: Document, fields: Answers, lines: list[Answers], now: datetime
) -> list[tuple[str, Any]]:
    """What a paid visit comes to with what is filled in: said on site before it is signed and paid (P6-10a)."""
    order = session.get_one(ServiceOrder, document.id)
    if order.category != ServiceCategory.PAID or fields["visit_result"] == VisitResult.UNFINISHED:
        return []
    used = [(line["quantity"], line["unit_price"]) for line in lines]
    listed = _by_list(session, order.work_kind, fields["work_hours"], used, now)
    agreed = fields["fee"]
    said = [("SO.fact.listed_fee", listed)] if fields["work_hours"] else []
    return said if agreed in (None, listed) else [*said, ("SO.fact.agreed_fee", agreed)]


def _by_list(
    session: Session,
    work_kind: WorkKind,
    hours: Decimal | None,
    parts: Iterable[tuple[int, Decimal | None]],
    now: datetime,
) -> Decimal:
    price = next((one for one in setting(session, "service.prices", now) if one.work_kind == work_kind), None)
    labour = price.call_out + price.per_hour * (hours or NOTHING) if price else NOTHING
    return (labour + sum((quantity * (each or NOTHING) for quantity, each in parts), NOTHING)).quantize(CENT)


def fee_of(session: Session, order: ServiceOrder, now: datetime) -> Decimal:
    """What the customer is to pay for a visit: as agreed on site, else by the price list; a visit that is not finished
    is paid with the one that ends it.
    """
    if order.category != ServiceCategory.PAID:
        return NOTHING
    if order.fee is not None:
        return order.fee
    return NOTHING if order.visit_result == VisitResult.UNFINISHED else listed_fee(session, order, now)


def wrong_with_money(session: Session, order: ServiceOrder, now: datetime) -> Iterator[Fault]:
    """Only what is paid for has a fee; another than the listed one needs a reason; on the spot up to [500] are taken,
    and never more than the fee (P6-10a).
    """
    taken = order.collected_amount or NOTHING
    if order.category != ServiceCategory.PAID:
        for name in ("fee", "collected_amount"):
            if getattr(order, name):
                yield Fault(name, "SO.fault.no_fee", {"category": order.category})
        return
    fee = fee_of(session, order, now)
    finished = order.visit_result == VisitResult.SOLVED
    if finished and not order.fee_reason and fee != (listed := listed_fee(session, order, now)):
        yield Fault("fee_reason", "SO.fault.other_fee", {"listed": listed})
    highest: Decimal = setting(session, "service.spot_limit", now)
    if taken > fee:
        yield Fault("collected_amount", "SO.fault.collected_above", {"fee": fee})
    elif taken and fee > highest:
        yield Fault("collected_amount", "SO.fault.above_spot", {"limit": highest})


def difference_of(order: ServiceOrder) -> Decimal | None:
    """What the cashier counted, less what was taken; None as long as he has not counted."""
    if order.handed_amount is None:
        return None
    return order.handed_amount - (order.collected_amount or NOTHING)


def wrong_with_cash(order: ServiceOrder) -> Iterator[Fault]:
    """The cashier counts what was taken; a difference needs a word (P6-10a)."""
    if order.handed_amount != order.collected_amount and not order.handed_remark:
        yield Fault("handed_remark", "SO.fault.difference", {"collected": order.collected_amount})
