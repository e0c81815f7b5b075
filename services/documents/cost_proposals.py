"""What recurs each month: proposed to whoever enters costs, so that nothing is forgotten or booked twice."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Asset,
    CostElement,
    CostEntry,
    CostEntryForm,
    CostEntryLine,
    Department,
    Document,
    ExpenseType,
    OrderPart,
    Part,
    Person,
    Role,
    ServiceOrder,
)
from services.database import one_at_a_time
from services.documents.fields import spec
from services.documents.filling import check_value
from services.documents.kind import LIES_WITH_ITS_AUTHOR, Option
from services.documents.standing import NOT_STANDING
from services.money.depreciation import schedule
from services.money.ledger import NOTHING
from services.months import first_day, last_day, months_before
from services.people import standing as standing_of

ENTERS_FOR_ALL = frozenset({Role.ACCOUNTANT})
ENTERS_FOR_ITS_OWN = frozenset({Role.CLERK, Role.DEPARTMENT_HEAD})
Line = dict[str, Any]


def departments_to_charge(session: Session, user: Person, now: datetime) -> list[Option]:
    """For which departments somebody may enter costs: an accountant for all, a clerk or head for his own."""
    me = standing_of(session, user)
    found = select(Department).where(Department.active).order_by(col(Department.id))
    if not me.roles & ENTERS_FOR_ALL:
        found = found.where(col(Department.id).in_(me.departments(ENTERS_FOR_ITS_OWN)))
    return [Option(one.id, one.name) for one in session.exec(found)]


def proposals(session: Session, department_id: int, month: str) -> list[Line]:
    """Lines of the month that recur and that no entry has yet, be it a draft: wages as in the month before, what is
    written off of assets, what visits took from the store.
    """
    types, assets = _entered(session, department_id, month)
    return [
        *_labour(session, department_id, month, types),
        *_written_off(session, department_id, month, assets),
        *_materials(session, department_id, month, types),
    ]


def prepare_month(session: Session, user: Person, month: str, now: datetime) -> list[Document]:
    """A draft for each department that the user enters costs for, with what recurs; where nothing does, none."""
    from services.documents.drafts import keep  # the drafts know all kinds, of which this is a part

    one_at_a_time(session, "cost entries")  # else two who press at once would prepare everything twice
    found = []
    for department in departments_to_charge(session, user, now):
        lines = proposals(session, int(department.value), month)
        if lines:
            raw = {"charged_department_id": department.value, "month": month, "lines": lines}
            found.append(keep(session, user, "CE", raw, token=f"prepared-{uuid4().hex[:20]}", now=now))
    return found


def _labour(session: Session, department_id: int, month: str, entered: set[int]) -> Iterator[Line]:
    """Wages and what goes with them, as in the month before."""
    before = {"department_id": department_id, "month": months_before(month)}
    summed: dict[int, tuple[Decimal, list[str]]] = {}
    for line, number in session.execute(_LABOUR, before):
        amount, numbers = summed.get(line.expense_type_id, (NOTHING, []))
        summed[line.expense_type_id] = (amount + line.amount, [*numbers, *({number} - {*numbers})])
    for type_id, (amount, numbers) in summed.items():
        if type_id not in entered:
            yield _line(type_id, None, amount, " ".join(numbers)[:200])


def _materials(session: Session, department_id: int, month: str, entered: set[int]) -> Iterator[Line]:
    """Parts from the store that service orders of the month name as used, at their list prices."""
    kind = _type_of(session, CostElement.MATERIALS)
    if kind is None or kind in entered:
        return
    named = {"department_id": department_id, "first": first_day(month), "last": last_day(month)}
    used = session.execute(_USED, named).all()
    whole = sum((price * quantity for _, quantity, price in used), NOTHING)
    if whole:
        yield _line(kind, None, whole, " ".join(dict.fromkeys(number for number, _, _ in used))[:200])


def _type_of(session: Session, element: CostElement) -> int | None:
    """The first expense type of a cost element."""
    return session.exec(
        select(ExpenseType.id)
        .where(ExpenseType.cost_element == element, ExpenseType.active)
        .order_by(col(ExpenseType.position), col(ExpenseType.id))
    ).first()


def _written_off(session: Session, department_id: int, month: str, entered: set[int]) -> Iterator[Line]:
    kind = _type_of(session, CostElement.DEPRECIATION)
    assets = select(Asset).where(Asset.department_id == department_id, Asset.active).order_by(col(Asset.code))
    for asset in session.exec(assets) if kind else ():
        months = schedule(asset)
        if month in months and months[month] and asset.id not in entered:
            place = list(months).index(month) + 1
            yield _line(kind or 0, asset.id, months[month], f"{asset.name} {place}/{asset.life_months}")


def _line(type_id: int, asset_id: int | None, amount: Decimal, basis: str) -> Line:
    return {"expense_type_id": type_id, "asset_id": asset_id, "amount": f"{amount:.2f}", "basis": basis}


def _entered(session: Session, department_id: int, month: str) -> tuple[set[int], set[int]]:
    """Expense types and assets that entries of the month hold already: those sent, and those still being typed."""
    named = {"department_id": department_id, "month": month}
    lines: list[Any] = [line._mapping for line in session.execute(_SENT, named)]
    for draft in session.exec(_TYPED):
        typed = draft or {}
        said, _ = check_value(spec(CostEntryForm, "month"), typed.get("month"))
        if (typed.get("charged_department_id"), said) == (department_id, month):
            lines += typed.get("lines") or []
    return {one["expense_type_id"] for one in lines}, {one["asset_id"] for one in lines if one.get("asset_id")}


_OF_MONTH = sa.and_(
    col(CostEntry.charged_department_id) == sa.bindparam("department_id"), col(CostEntry.month) == sa.bindparam("month")
)
_LABOUR = (
    sa.select(CostEntryLine, col(Document.number))
    .join(Document, col(Document.id) == CostEntryLine.document_id)
    .join(CostEntry, col(CostEntry.document_id) == Document.id)
    .where(_OF_MONTH, col(Document.state).not_in(NOT_STANDING))
    .where(col(CostEntryLine.cost_element) == CostElement.LABOUR)
    .order_by(col(CostEntryLine.id))
)
_USED = (
    sa.select(col(Document.number), col(OrderPart.quantity), col(Part.price))
    .join(ServiceOrder, col(ServiceOrder.document_id) == Document.id)
    .join(OrderPart, col(OrderPart.document_id) == Document.id)
    .join(Part, sa.and_(col(Part.name) == OrderPart.part_name, col(Part.model) == OrderPart.part_model))
    .where(col(Document.state).not_in(NOT_STANDING), col(Part.stocked), col(Part.price).is_not(None))
    .where(col(ServiceOrder.handling_department_id) == sa.bindparam("department_id"))
    .where(col(ServiceOrder.worked_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(col(Document.id), col(OrderPart.position))
)
_SENT = (
    sa.select(col(CostEntryLine.expense_type_id), col(CostEntryLine.asset_id))
    .join(Document, col(Document.id) == CostEntryLine.document_id)
    .join(CostEntry, col(CostEntry.document_id) == Document.id)
    .where(_OF_MONTH, col(Document.state).not_in(NOT_STANDING))
)
_TYPED = select(Document.draft).where(
    Document.kind == "CE", col(Document.state).in_(LIES_WITH_ITS_AUTHOR), col(Document.draft).is_not(None)
)
