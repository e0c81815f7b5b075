"""Parts that are used on a visit: chosen from the list or typed, those that came for it beforehand (P3-2.4)."""

from collections import Counter
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import Document, OrderPart, Part, PartsRequest, RequestedPart, ServiceCategory, ServiceOrder, State
from services.database import rows
from services.documents.kind import Pick


def offered(session: Session, document: Document) -> list[Pick]:
    """The list of parts, with what each costs a customer who pays (P3-2.4, P6-10)."""
    paid = _is_paid(session, document)
    parts = session.exec(select(Part).where(col(Part.active)).order_by(col(Part.code), col(Part.id)))
    return [
        Pick(f"{one.name} {one.model} {one.code}", _line(one.name, one.model, 1, one.price if paid else None))
        for one in parts
    ]


def came_for_it(session: Session, document: Document) -> list[dict[str, Any]]:
    """What was received on site for this order, or for the visit that it goes on with, less what that one used."""
    paid, before = _is_paid(session, document), session.get(Document, document.source_id or 0)
    orders = [one for one in (document, before) if one is not None and one.kind == document.kind]
    used: Counter[tuple[str, str]] = Counter()
    for one in session.exec(select(OrderPart).where(col(OrderPart.document_id).in_([paper.id for paper in orders]))):
        used[_plain(one.part_name), _plain(one.part_model)] += one.quantity
    found = []
    for part in session.exec(_RECEIVED.where(col(PartsRequest.serves).in_([paper.number for paper in orders]))):
        key = (_plain(part.part_name), _plain(part.part_model))
        left = part.quantity - min(used[key], part.quantity)
        used[key] -= part.quantity - left
        if left:
            found.append(_line(part.part_name, part.part_model, left, part.unit_price if paid else None))
    return found


_RECEIVED = (
    select(RequestedPart)
    .join(PartsRequest, col(PartsRequest.document_id) == RequestedPart.document_id)
    .where(col(PartsRequest.received_on).is_not(None))
    .order_by(col(RequestedPart.document_id), col(RequestedPart.position))
)


def numbers_of(session: Session, document: Document) -> list[str]:
    """The number of an order, and of the one that it goes on with: parts may have been asked for under either."""
    before = session.get(Document, document.source_id or 0)
    return [one.number for one in (document, before) if one and one.number and one.kind == document.kind]


def awaiting_parts(session: Session, ids: Collection[int]) -> set[int]:
    """Those of the orders whose visit is still to come and for which parts were asked that have not come (P3-2.2)."""
    return set(rows(session, _AWAITING, {"ids": list(ids)}).scalars())


_BEFORE = aliased(Document)
_ASKED: Any = (
    sa.select(col(PartsRequest.serves))
    .join(Document, col(Document.id) == PartsRequest.document_id)
    .where(col(Document.kind) == "PR", col(Document.state).in_((State.RUNNING, State.RETURNED)))
    .where(col(PartsRequest.serves).is_not(None))
)
_AWAITING = (
    sa.select(col(Document.id))
    .outerjoin(_BEFORE, sa.and_(col(_BEFORE.id) == col(Document.source_id), col(_BEFORE.kind) == col(Document.kind)))
    .where(
        col(Document.id).in_(sa.bindparam("ids", expanding=True)),
        col(Document.state) == State.RUNNING,
        col(Document.step).in_(("dispatch", "visit")),
        sa.or_(col(Document.number).in_(_ASKED), col(_BEFORE.number).in_(_ASKED)),
    )
)


def note_listed(session: Session, document_id: int) -> None:
    """A part that was typed by the name and model of the list, or by its code, is the listed one and is called as the
    list does, so that its price is found; another one stays as it was typed.
    """
    known: dict[tuple[str, ...], Part] = {}
    for part in session.exec(select(Part).where(col(Part.active)).order_by(col(Part.id))):
        known.setdefault((_plain(part.code),), part)
        known.setdefault((_plain(part.name), _plain(part.model)), part)
    for used in session.exec(select(OrderPart).where(OrderPart.document_id == document_id)):
        name, model = _plain(used.part_name), _plain(used.part_model)
        found = known.get((name, model)) or (None if model else known.get((name,)))
        used.listed = found is not None
        if found is not None:
            used.part_name, used.part_model = found.name, found.model


def _is_paid(session: Session, document: Document) -> bool:
    order = session.get(ServiceOrder, document.id)
    return order is not None and order.category == ServiceCategory.PAID


def _line(name: str | None, model: str | None, quantity: int, price: Any) -> dict[str, Any]:
    said = None if price is None else f"{price:.2f}"
    return {"part_name": name, "part_model": model, "quantity": quantity, "unit_price": said}


def _plain(said: str | None) -> str:
    return "".join((said or "").upper().split())
