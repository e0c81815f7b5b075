"""What a paper asks of the budget, while it is typed and once it is sent: costs, and the reservations that cover them.

The control asks about it before money is reserved or spent, and what is posted is drawn from the same (P8-4.1).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    BudgetCategory,
    CostEntry,
    CostEntryLine,
    Document,
    ExpenseClaim,
    ExpenseType,
    Part,
    PartSource,
    RequestedPart,
    Return,
    ReturnKind,
    SpendingRequest,
    TravelEstimate,
    TravelRequest,
    VoucherLine,
)
from services.database import rows
from services.money.ledger import ALLOWANCE, Cost, month_of
from services.people import local_day
from services.settings import setting

if TYPE_CHECKING:
    from services.documents.kind import Filled

_ONE_DAY = timedelta(days=1)
_PARTS = "PARTS"
"""The code of the expense type for spare parts."""
_REFUNDS = ("REFUND", "OTHER")
"""Those for money that customers get back, the likeliest first."""


@dataclass(frozen=True)
class Want:
    """A cost, the paper whose reservation covers it as far as that reaches, and where on the form it stands."""

    cost: Cost
    covered_by: int | None = None
    field: str = "amount"
    table: str | None = None
    line: int | None = None


def typed_trip(filled: "Filled") -> Iterator[Want]:
    """The estimate of a trip that is being typed, in the month in which the trip begins."""
    starts_on = filled.values.get("starts_on")
    for number, line in enumerate(filled.lines.get("estimates", []), start=1):
        if starts_on and line.get("amount") and line.get("expense_type_id"):
            cost = Cost(month_of(starts_on), line["expense_type_id"], line["amount"])
            yield Want(cost, None, "amount", "estimates", number)


def stored_trip(session: Session, document: Document) -> Iterator[Want]:
    """The estimate of a trip, in the month in which the trip begins."""
    for line in rows(session, _TRIP, {"id": document.id}):
        yield Want(Cost(month_of(line.starts_on), line.expense_type_id, line.amount))


def typed_request(filled: "Filled") -> Iterator[Want]:
    """What is asked for, in the month for which it is planned; its trip's estimate covers what it holds for it."""
    if filled.has("planned_on", "expense_type_id", "asked_amount"):
        values = filled.values
        cost = Cost(month_of(values["planned_on"]), values["expense_type_id"], values["asked_amount"])
        yield Want(cost, values.get("trip_id"), "asked_amount")


def stored_request(session: Session, document: Document) -> Iterator[Want]:
    """What a spending request asks for."""
    for asked in rows(session, _REQUEST, {"id": document.id}):
        yield Want(Cost(month_of(asked.planned_on), asked.expense_type_id, asked.asked_amount), asked.trip_id)


def typed_parts(filled: "Filled") -> Iterator[Want]:
    """The parts that will have to be bought, in the months in which they are needed; what is in stock costs nothing of
    it: cost entries book that.
    """
    lines = filled.lines.get("lines", [])
    named = col(Part.id).in_({line["part_id"] for line in lines if line.get("part_id")})
    listed = {part.id: part for part in filled.session.exec(select(Part).where(named))}
    kind = parts_type(filled.session)
    for number, line in enumerate(lines, start=1):
        part = listed.get(line.get("part_id") or 0)
        price = line.get("unit_price") or (part.price if part else None)
        if price and line.get("quantity") and line.get("needed_on") and not (part and part.stocked):
            cost = Cost(month_of(line["needed_on"]), kind, price * line["quantity"])
            yield Want(cost, None, "unit_price", "lines", number)


def stored_parts(session: Session, document: Document) -> Iterator[Want]:
    """What is bought for a parts request, at the price of the order where there is one, else as estimated."""
    kind = parts_type(session)
    found = select(RequestedPart).where(
        RequestedPart.document_id == document.id, RequestedPart.source == PartSource.PURCHASE
    )
    for line in session.exec(found.order_by(col(RequestedPart.position))):
        price = line.unit_price if line.ordered_price is None else line.ordered_price
        if price:
            yield Want(Cost(month_of(line.needed_on), kind, price * line.quantity))


def typed_refund(filled: "Filled") -> Iterator[Want]:
    """What is to be given back to a customer, this month."""
    if filled.values.get("return_kind") == ReturnKind.REFUND and filled.has("refund_amount"):
        month = month_of(local_day(filled.now))
        cost = Cost(month, _type_for(filled.session, BudgetCategory.OTHER, *_REFUNDS), filled.values["refund_amount"])
        yield Want(cost, None, "refund_amount")


def stored_refund(session: Session, document: Document) -> Iterator[Want]:
    """What is given back, on the day on which it is; until then, in the month in which it was asked for."""
    row = session.get_one(Return, document.id)
    if row.return_kind == ReturnKind.REFUND and row.refund_amount:
        day = row.refunded_on or local_day(document.submitted_at or document.created_at)
        yield Want(Cost(month_of(day), _type_for(session, BudgetCategory.OTHER, *_REFUNDS), row.refund_amount))


def parts_type(session: Session) -> int | None:
    """The expense type on which bought parts are booked: that of spare parts, else another of materials (P7-5)."""
    return _type_for(session, BudgetCategory.MATERIALS, _PARTS)


def _type_for(session: Session, category: BudgetCategory, *codes: str) -> int | None:
    """The first of these expense types that there is, else any of the category."""
    ranked = sa.case(*((col(ExpenseType.code) == code, rank) for rank, code in enumerate(codes)), else_=len(codes))
    found = select(ExpenseType.id).where(ExpenseType.category == category, col(ExpenseType.active))
    return session.exec(found.order_by(ranked, col(ExpenseType.position), col(ExpenseType.id))).first()


def typed_claim(filled: "Filled") -> Iterator[Want]:
    """The vouchers of a claim that is being typed and its allowance, under their requests or the trip."""
    trip_id = filled.values.get("trip_id")
    for number, line in enumerate(filled.lines.get("vouchers", []), start=1):
        if line.get("spent_on") and line.get("expense_type_id") and line.get("amount"):
            cost = Cost(month_of(line["spent_on"]), line["expense_type_id"], line["amount"])
            yield Want(cost, line.get("request_id") or trip_id, "amount", "vouchers", number)
    rate: Decimal = setting(filled.session, "claim.daily_allowance", filled.now)
    days = allowance_days(filled.values.get("starts_on"), filled.values.get("allowance_days") or 0)
    for cost in _allowance(filled.session, rate, days):
        yield Want(cost, trip_id, "allowance_days")


def stored_claim(session: Session, document: Document) -> Iterator[Want]:
    """What each voucher and the allowance cost, as far as the audit left it, under their requests or the trip."""
    claim = rows(session, _CLAIM, {"id": document.id}).one()
    for line in rows(session, _VOUCHERS, {"id": document.id}):
        amount = line.amount if line.audited_amount is None else line.audited_amount
        yield Want(Cost(month_of(line.spent_on), line.expense_type_id, amount), line.request_id or claim.trip_id)
    days = allowance_days(claim.starts_on, claim.allowance_days)
    for cost in _allowance(session, claim.allowance_rate, days):
        yield Want(cost, claim.trip_id)


def typed_entry(filled: "Filled") -> Iterator[Want]:
    """The lines of a cost entry that is being typed, in the month in which they arose (P8-4.1)."""
    month = filled.values.get("month")
    for number, line in enumerate(filled.lines.get("lines", []), start=1):
        if month and line.get("expense_type_id") and line.get("amount"):
            yield Want(Cost(month, line["expense_type_id"], line["amount"]), None, "amount", "lines", number)


def stored_entry(session: Session, document: Document) -> Iterator[Want]:
    """What a cost entry books."""
    for line in rows(session, _ENTRY, {"id": document.id}):
        yield Want(Cost(line.month, line.expense_type_id, line.amount))


def allowance_days(first: date | None, count: int) -> list[date]:
    """The days for which an allowance is paid, counted from the departure."""
    return [] if first is None else [first + number * _ONE_DAY for number in range(count)]


def _allowance(session: Session, rate: Decimal, days: Iterable[date]) -> Iterator[Cost]:
    counted = Counter(map(month_of, days))
    if not counted or not rate:
        return
    kind = rows(session, _ALLOWANCE_TYPE, {"code": ALLOWANCE}).scalar()
    for month, count in sorted(counted.items()):
        yield Cost(month, kind, rate * count)


# Put together once, and read as plain columns: an inbox asks them for each of its rows.
_TRIP = (
    sa.select(col(TravelRequest.starts_on), col(TravelEstimate.expense_type_id), col(TravelEstimate.amount))
    .join_from(TravelRequest, TravelEstimate, col(TravelEstimate.document_id) == TravelRequest.document_id)
    .where(col(TravelRequest.document_id) == sa.bindparam("id"))
    .order_by(col(TravelEstimate.position))
)
_REQUEST = sa.select(
    col(SpendingRequest.planned_on),
    col(SpendingRequest.expense_type_id),
    col(SpendingRequest.asked_amount),
    col(SpendingRequest.trip_id),
).where(col(SpendingRequest.document_id) == sa.bindparam("id"))
_CLAIM = sa.select(
    col(ExpenseClaim.trip_id),
    col(ExpenseClaim.starts_on),
    col(ExpenseClaim.allowance_days),
    col(ExpenseClaim.allowance_rate),
).where(col(ExpenseClaim.document_id) == sa.bindparam("id"))
_VOUCHERS = (
    sa.select(
        col(VoucherLine.spent_on),
        col(VoucherLine.expense_type_id),
        col(VoucherLine.amount),
        col(VoucherLine.audited_amount),
        col(VoucherLine.request_id),
    )
    .where(col(VoucherLine.document_id) == sa.bindparam("id"))
    .order_by(col(VoucherLine.id))
)
_ENTRY = (
    sa.select(col(CostEntry.month), col(CostEntryLine.expense_type_id), col(CostEntryLine.amount))
    .join_from(CostEntry, CostEntryLine, col(CostEntryLine.document_id) == CostEntry.document_id)
    .where(col(CostEntry.document_id) == sa.bindparam("id"))
    .order_by(col(CostEntryLine.id))
)
_ALLOWANCE_TYPE = sa.select(col(ExpenseType.id)).where(col(ExpenseType.code) == sa.bindparam("code"))
