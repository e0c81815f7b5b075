"""What a case cost: trips, money asked for, parts, labour, refunds, less what was recovered; and who bears it (P5-6c).

A case is a complaint with the service orders that serve it, or a service order alone. What papers say is counted once:
a claim's line that falls under a request of the case there, the rest of a trip's claim with the trip.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    CostShare,
    Document,
    ExpenseClaim,
    IncomeKind,
    OrderPart,
    Part,
    PartSource,
    PartsRequest,
    Person,
    RequestedPart,
    Return,
    ServiceIncome,
    ServiceOrder,
    SpendingRequest,
    State,
    SupplierNotice,
    TravelRequest,
    VoucherLine,
)
from services.access import visible_documents
from services.documents.cases import CASES
from services.money import ledger
from services.money.spread import by_shape
from services.settings import setting

NOTHING = Decimal("0.00")
_FEN = Decimal("0.01")
_RECOVERIES = (IncomeKind.FROM_CUSTOMER, IncomeKind.FROM_SUPPLIER)


class CostKind(StrEnum):
    TRIP = "trip"
    REQUEST = "request"
    """Spent under a spending request."""
    PARTS = "parts"
    LABOUR = "labour"
    REFUND = "refund"
    RECOVERY = "recovery"
    """What customers and suppliers paid back: below zero."""


@dataclass(frozen=True)
class CostLine:
    """What one paper cost the case, in yuan; its number only where the reader may read it."""

    kind: CostKind
    document_id: int
    paper: str
    number: str | None
    amount: Decimal
    detail: str = ""
    """What it was: a part, so many hours."""


@dataclass(frozen=True)
class Share:
    """Who bears how much of it, as finance has settled it."""

    share: CostShare
    amount: Decimal


@dataclass(frozen=True)
class CaseCost:
    lines: list[CostLine]
    total: Decimal
    shares: list[Share]


def case_cost(session: Session, reader: Person, document: Document, now: datetime) -> CaseCost | None:
    """What a complaint or a service order has cost so far; None for other papers and where it cost nothing."""
    if document.kind not in CASES or document.number is None:
        return None
    numbers = _numbers(session, document)
    found = sorted(
        (*_claimed(session, numbers), *_parts(session, numbers), *_orders(session, document, numbers, now),
         *_refunds(session, numbers), *_recovered(session, numbers)),
        key=lambda one: (list(CostKind).index(one.kind), one.document_id),
    )  # fmt: skip
    if not found:
        return None
    readable = visible_documents(session, reader, now).with_only_columns(col(Document.id), col(Document.number))
    papers = readable.where(col(Document.id).in_({one.document_id for one in found}))
    known: dict[int, str | None] = {row[0]: row[1] for row in session.execute(papers)}
    lines = [CostLine(one.kind, one.document_id, one.paper, known.get(one.document_id), one.amount, one.detail)
             for one in found]  # fmt: skip
    total = sum((one.amount for one in lines), NOTHING)
    return CaseCost(lines, total, _shares(session, document, total))


def _numbers(session: Session, document: Document) -> list[str]:
    """Its own number, and those of the orders that serve it."""
    orders = (
        select(Document.number)
        .join(ServiceOrder, col(ServiceOrder.document_id) == Document.id)
        .where(_names(ServiceOrder, [document.number or ""]), col(Document.number).is_not(None))
    )
    return [document.number or "", *(number for number in session.exec(orders) if number)]


def _names(table: Any, numbers: Iterable[str]) -> sa.ColumnElement[bool]:
    return sa.func.upper(sa.func.trim(table.serves)).in_(list(numbers))


def _claimed(session: Session, numbers: list[str]) -> Iterator[CostLine]:
    """What finished claims say: under a request of the case, whatever claim it is on; the rest of its trips' claims."""
    requests = _ids(session, SpendingRequest, numbers)
    parts = _ids(session, PartsRequest, numbers)
    trips = _ids(session, TravelRequest, numbers)
    requests |= set(
        session.exec(select(SpendingRequest.document_id).where(col(SpendingRequest.trip_id).in_(trips or {0})))
    )
    amount = sa.func.coalesce(VoucherLine.audited_amount, VoucherLine.amount)
    under = (
        sa.select(col(VoucherLine.request_id), sa.func.sum(amount))
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(_audited(), col(VoucherLine.request_id).in_(requests or {0}))
        .group_by(col(VoucherLine.request_id))
    )
    for id, spent in session.execute(under):
        yield CostLine(CostKind.REQUEST, id, "SR", None, spent)
    claims = (
        select(Document)
        .join(ExpenseClaim, col(ExpenseClaim.document_id) == Document.id)
        .where(_audited(), col(ExpenseClaim.trip_id).in_(trips or {0}))
    )
    for claim in session.exec(claims):
        elsewhere = sa.select(sa.func.sum(amount)).where(
            col(VoucherLine.document_id) == claim.id, col(VoucherLine.request_id).in_(requests | parts or {0})
        )
        rest = ledger.spent_by(session, claim.id) - (session.execute(elsewhere).scalar() or NOTHING)
        if rest > NOTHING:
            yield CostLine(CostKind.TRIP, claim.id, "EC", None, rest)


def _audited() -> sa.ColumnElement[bool]:
    return sa.and_(col(Document.approved_at).is_not(None), col(Document.state).in_((State.RUNNING, State.DONE)))


def _ids(session: Session, table: Any, numbers: list[str]) -> set[int]:
    return set(session.execute(sa.select(table.document_id).where(_names(table, numbers))).scalars())


def _parts(session: Session, numbers: list[str]) -> Iterator[CostLine]:
    """What the store has shipped and what was ordered; an order that was given up costs nothing."""
    lines = (
        sa.select(RequestedPart, PartsRequest)
        .join(PartsRequest, col(PartsRequest.document_id) == RequestedPart.document_id)
        .join(Document, col(Document.id) == RequestedPart.document_id)
        .where(_names(PartsRequest, numbers), col(Document.state).in_((State.RUNNING, State.DONE)))
        .order_by(col(RequestedPart.document_id), col(RequestedPart.position))
    )
    for line, request in session.execute(lines):
        is_there = request.shipped_on if line.source == PartSource.STOCK else request.ordered_amount
        price = line.unit_price if line.ordered_price is None else line.ordered_price
        if is_there and price:
            named = " ".join(filter(None, (line.part_name, line.part_model)))
            yield CostLine(
                CostKind.PARTS, line.document_id, "PR", None, price * line.quantity, f"{named} × {line.quantity}"
            )


def _orders(session: Session, document: Document, numbers: list[str], now: datetime) -> Iterator[CostLine]:
    """Hours at the rate of a setting, and parts that the technician had with him, unless a request asked for them."""
    rate: Decimal = setting(session, "case.hour_rate", now)
    orders = (
        select(ServiceOrder)
        .join(Document, col(Document.id) == ServiceOrder.document_id)
        .where(col(Document.number).in_(numbers), col(Document.state).in_((State.RUNNING, State.DONE)))
    )
    asked = select(RequestedPart.part_name, RequestedPart.part_model).join(
        PartsRequest, col(PartsRequest.document_id) == RequestedPart.document_id
    )
    requested = {tuple(row) for row in session.execute(asked.where(_names(PartsRequest, numbers)))}
    for order in session.exec(orders):
        if order.work_hours:
            cost = (order.work_hours * rate).quantize(_FEN)
            yield CostLine(
                CostKind.LABOUR, order.document_id, "SO", None, cost, f"{order.work_hours:f} h × {rate:,.2f}"
            )
        used = sa.select(OrderPart, col(Part.price)).join(
            Part, sa.and_(col(Part.name) == OrderPart.part_name, col(Part.model) == OrderPart.part_model)
        )
        for part, price in session.execute(used.where(col(OrderPart.document_id) == order.document_id)):
            if price and (part.part_name, part.part_model) not in requested:
                named = f"{part.part_name} {part.part_model} × {part.quantity}"
                yield CostLine(CostKind.PARTS, order.document_id, "SO", None, price * part.quantity, named)


def _refunds(session: Session, numbers: list[str]) -> Iterator[CostLine]:
    """What customers got back."""
    for id in sorted(_ids(session, Return, numbers)):
        spent = ledger.spent_by(session, id)
        if spent:
            yield CostLine(CostKind.REFUND, id, "RT", None, spent)


def _recovered(session: Session, numbers: list[str]) -> Iterator[CostLine]:
    """What was collected of recoveries for the case, or for a supplier's notice about it (P5-5.2b, P3-2.3a)."""
    notices = select(Document.number).where(col(Document.id).in_(_ids(session, SupplierNotice, numbers) or {0}))
    named = [*numbers, *(number for number in session.exec(notices) if number)]
    found = (
        select(ServiceIncome)
        .join(Document, col(Document.id) == ServiceIncome.document_id)
        .where(_names(ServiceIncome, named), col(ServiceIncome.income_kind).in_(_RECOVERIES))
        .where(col(Document.state).in_((State.RUNNING, State.DONE)), col(ServiceIncome.collected) > 0)
        .order_by(col(ServiceIncome.document_id))
    )
    for income in session.exec(found):
        yield CostLine(CostKind.RECOVERY, income.document_id, "RV", None, -(income.collected or NOTHING))


def _shares(session: Session, document: Document, total: Decimal) -> list[Share]:
    found = select(CostShare).where(CostShare.document_id == document.id).order_by(col(CostShare.position))
    shares = list(session.exec(found))
    amounts = by_shape(max(total, NOTHING), [one.percent for one in shares]) if shares else []
    return [Share(one, amount) for one, amount in zip(shares, amounts, strict=True)]
