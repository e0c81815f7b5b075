"""What cases cost, by case and by product, and who bears it after finance's rulings: every yuan has its case, and the
shares add up to the fen (P5-6c, P8-4.3).
"""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Bearer, Complaint, CostShare, Customer, Document, Person, Product, Task, TaskState
from services.access import visible_documents
from services.database import rows
from services.money.ledger import NOTHING
from services.months import first_day, last_day
from services.people import SHANGHAI
from services.reports.costs import Scope, by_department, looked_at

_FEN = Decimal("0.01")
CUSTOMERS, SUPPLIER = "customer", "supplier:"


@dataclass(frozen=True)
class Share:
    """Who bears how much of a case, in yuan."""

    key: str
    """A department's id, `customer`, or a supplier's name behind `supplier:`."""
    amount: Decimal


@dataclass(frozen=True)
class Case:
    """A case whose costs were allocated; number and customer only where the reader may read it."""

    document_id: int
    number: str
    customer: str
    product: str
    allocated_at: datetime
    handled_by: int | None
    cost: Decimal
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Borne:
    """What somebody bears: a department's own cost, less what its cases cost, and what the rulings give it to bear."""

    key: str
    name: str
    spent: Decimal
    handed_on: Decimal
    borne: Decimal

    @property
    def after(self) -> Decimal:
        return self.spent - self.handed_on + self.borne


@dataclass(frozen=True)
class ProductCost:
    """What the cases of a product cost."""

    product: str
    cases: int
    cost: Decimal

    @property
    def per_case(self) -> Decimal:
        return (self.cost / self.cases).quantize(_FEN, ROUND_HALF_UP)


def cases(session: Session, reader: Person, scope: Scope, now: datetime) -> list[Case]:
    """The cases allocated in the year that a department looked at has handled or bears a share of; newest first."""
    own = looked_at(session, reader, scope)
    concerned = {str(id) for id in own}
    found = [
        one
        for one in _allocated(session, scope)
        if one.handled_by in own or concerned & {share.key for share in one.shares}
    ]
    visible = visible_documents(session, reader, now).where(col(Document.kind) == "CP")
    readable = {row[0] for row in session.execute(visible.with_only_columns(col(Document.id)))}
    return [one if one.document_id in readable else _closed(one) for one in found]


def bearers(session: Session, reader: Person, scope: Scope, names: dict[str, str]) -> list[Borne]:
    """Departments, then customers and suppliers; it adds up to what was spent. `names` says what keys are called.

    A reader of some departments sees those alone.
    """
    own = by_department(session, reader, scope)
    all_cases = _allocated(session, scope)
    handed: dict[str, Decimal] = {}
    borne: dict[str, Decimal] = {}
    for one in all_cases:
        handed[str(one.handled_by)] = handed.get(str(one.handled_by), NOTHING) + one.cost
        for share in one.shares:
            borne[share.key] = borne.get(share.key, NOTHING) + share.amount
    found = [
        Borne(line.key, line.name, line.total, handed.get(line.key, NOTHING), borne.get(line.key, NOTHING))
        for line in own
    ]
    if scope.department_id is None:
        others = sorted(key for key in borne if key == CUSTOMERS or key.startswith(SUPPLIER))
        found += [Borne(key, names.get(key) or key[len(SUPPLIER) :], NOTHING, NOTHING, borne[key]) for key in others]
    return found


def by_product(found: list[Case]) -> list[ProductCost]:
    """The dearest first; cases without a known product stand together."""
    counted: dict[str, tuple[int, Decimal]] = {}
    for one in found:
        count, cost = counted.get(one.product, (0, NOTHING))
        counted[one.product] = (count + 1, cost + one.cost)
    lines = [ProductCost(product, count, cost) for product, (count, cost) in counted.items()]
    return sorted(lines, key=lambda one: (-one.cost, one.product))


def of_bearer(found: list[Case], key: str) -> list[Case]:
    """The cases behind what somebody bears, or hands on."""
    return [one for one in found if str(one.handled_by) == key or key in {share.key for share in one.shares}]


def _closed(one: Case) -> Case:
    """As whoever may not read the case sees it: its figures alone."""
    return Case(0, "", "", one.product, one.allocated_at, one.handled_by, one.cost, one.shares)


def _allocated(session: Session, scope: Scope) -> list[Case]:
    since = datetime.combine(first_day(f"{scope.year}01"), time.min, SHANGHAI)
    until = datetime.combine(last_day(f"{scope.year}12"), time.max, SHANGHAI)
    found = list(rows(session, _CASES, {"since": since, "until": until}))
    shares: dict[int, list[Share]] = {}
    for row in rows(session, _SHARES, {"ids": [one.document_id for one in found]}):
        shares.setdefault(row.document_id, []).append(Share(_key(row), row.share_amount or NOTHING))
    return [
        Case(
            one.document_id,
            one.number or "",
            one.customer,
            " ".join(part for part in (one.product, one.model) if part),
            one.at,
            one.handling_department_id,
            one.case_cost,
            tuple(shares.get(one.document_id, [])),
        )
        for one in found
    ]


def _key(row: Any) -> str:
    if row.bearer == Bearer.DEPARTMENT:
        return str(row.bearing_department_id)
    return CUSTOMERS if row.bearer == Bearer.CUSTOMER else f"{SUPPLIER}{row.bearer_name or ''}"


_AT = sa.func.max(col(Task.closed_at)).label("at")
_CASES: Any = (
    sa.select(
        col(Document.id).label("document_id"),
        col(Document.number),
        col(Customer.name).label("customer"),
        col(Product.name).label("product"),
        col(Product.model),
        col(Complaint.handling_department_id),
        col(Complaint.case_cost),
        _AT,
    )
    .join(Complaint, col(Complaint.document_id) == Document.id)
    .join(Customer, col(Customer.id) == Complaint.customer_id)
    .outerjoin(Product, col(Product.id) == Complaint.product_id)
    .join(Task, col(Task.document_id) == Document.id)
    .where(col(Task.step) == "allocate", col(Task.state) == TaskState.DONE, col(Task.stands))
    .where(col(Complaint.case_cost).is_not(None))
    .group_by(
        col(Document.id),
        col(Document.number),
        col(Customer.name),
        col(Product.name),
        col(Product.model),
        col(Complaint.handling_department_id),
        col(Complaint.case_cost),
    )
    .having(sa.func.max(col(Task.closed_at)).between(sa.bindparam("since"), sa.bindparam("until")))
    .order_by(_AT.desc(), col(Document.id).desc())
)
_SHARES = (
    sa.select(
        col(CostShare.document_id),
        col(CostShare.bearer),
        col(CostShare.bearing_department_id),
        col(CostShare.bearer_name),
        col(CostShare.share_amount),
    )
    .where(col(CostShare.document_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(CostShare.document_id), col(CostShare.position))
)
