"""What a field offers to choose from, and how a stored id reads: people by name, expense types in the user's words."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Asset, Customer, Department, Document, ExpenseType, Part, Person, Product, Supplier
from services.database import rows
from services.documents.fields import Spec
from services.documents.kind import DocumentType, Option
from services.money.ledger import ALLOWANCE


def options(session: Session, user: Person, kind: DocumentType, field: Spec, now: datetime) -> list[Option]:
    """What may be chosen in a field that leads to another table: the kind's own offer, else every live row of it."""
    own = kind.options.get(field.name)
    if own:
        return own(session, user, now)
    return _EVERY[field.table or ""](session)


def names(session: Session, table: str, ids: Iterable[Any], language: str) -> dict[Any, str]:
    """How ids of a table read, in one query."""
    if table == "clause":
        said = {option.value: option.said(language) for option in _clauses(session)}
        return {one: said.get(one, one) for one in ids if one is not None}
    rows_of, name = _NAMES[table]
    name = col(ExpenseType.name_en) if table == "expensetype" and language == "en" else name
    wanted = {one for one in ids if one is not None}
    found = session.execute(sa.select(rows_of.id, name).where(rows_of.id.in_(wanted))) if wanted else ()
    return {row[0]: row[1] for row in found}


def every(session: Session, table: str) -> list[Option]:
    """Every live row of a table that a field may lead to."""
    return _EVERY[table](session)


def _people(session: Session) -> list[Option]:
    """By name and department; namesakes in one department are told apart by their logins."""
    found = list(rows(session, _EVERYBODY))
    counted = Counter((row.name, row.department) for row in found)
    return [
        Option(
            row.id,
            f"{row.name} {row.department}" + (f" ({row.login})" if counted[row.name, row.department] > 1 else ""),
        )
        for row in found
    ]


def trip_expense_types(session: Session, user: Person, now: datetime) -> list[Option]:
    """What money is spent on while travelling."""
    return [Option(row.id, row.name, row.name_en) for row in rows(session, _LIVE_TYPES) if row.for_trips]


def voucher_expense_types(session: Session, user: Person, now: datetime) -> list[Option]:
    """What a voucher may be for: not the daily allowance, which the portal reckons itself, nor what is accrued."""
    found = (row for row in rows(session, _LIVE_TYPES) if row.code != ALLOWANCE and not row.accrued)
    return [Option(row.id, row.name, row.name_en) for row in found]


def all_expense_types(session: Session) -> list[Option]:
    """Everything that money is spent on."""
    return [Option(row.id, row.name, row.name_en) for row in rows(session, _LIVE_TYPES)]


def _customers(session: Session) -> list[Option]:
    return [Option(row.id, f"{row.name} {row.code}") for row in rows(session, _LIVE_CUSTOMERS)]


def _products(session: Session) -> list[Option]:
    return [Option(row.id, f"{row.name} {row.model}") for row in rows(session, _LIVE_PRODUCTS)]


def _assets(session: Session) -> list[Option]:
    return [Option(row.id, f"{row.code} {row.name}") for row in rows(session, _LIVE_ASSETS)]


def _suppliers(session: Session) -> list[Option]:
    return [Option(row.id, f"{row.name} {row.code}") for row in rows(session, _LIVE_SUPPLIERS)]


def _parts(session: Session) -> list[Option]:
    """By name and model, and by the code under which the store knows them."""
    return [Option(row.id, f"{row.name} {row.model} {row.code}") for row in rows(session, _LIVE_PARTS)]


def _departments(session: Session) -> list[Option]:
    return [Option(row.id, row.name) for row in rows(session, _LIVE_DEPARTMENTS)]


def _clauses(session: Session) -> list[Option]:
    from services.compliance.policy import clauses  # its package asks the registry of kinds

    return [Option(id, f"{id} {one.says['zh']}", f"{id} {one.says['en']}") for id, one in clauses().items()]


_EVERYBODY: Any = (
    sa.select(col(Person.id), col(Person.name), col(Person.login), col(Department.name).label("department"))
    .join(Department, col(Department.id) == Person.department_id)
    .where(col(Person.active))
    .order_by(col(Department.id), col(Person.id))
)
_LIVE_TYPES = (
    sa.select(
        col(ExpenseType.id),
        col(ExpenseType.code),
        col(ExpenseType.name),
        col(ExpenseType.name_en),
        col(ExpenseType.for_trips),
        col(ExpenseType.accrued),
    )
    .where(col(ExpenseType.active))
    .order_by(col(ExpenseType.position), col(ExpenseType.id))
)
_LIVE_DEPARTMENTS = (
    sa.select(col(Department.id), col(Department.name)).where(col(Department.active)).order_by(col(Department.id))
)
_LIVE_CUSTOMERS = (
    sa.select(col(Customer.id), col(Customer.name), col(Customer.code))
    .where(col(Customer.active))
    .order_by(col(Customer.code), col(Customer.id))
)
_LIVE_PRODUCTS = (
    sa.select(col(Product.id), col(Product.name), col(Product.model))
    .where(col(Product.active))
    .order_by(col(Product.code), col(Product.id))
)
_LIVE_ASSETS = (
    sa.select(col(Asset.id), col(Asset.code), col(Asset.name)).where(col(Asset.active)).order_by(col(Asset.code))
)
_LIVE_SUPPLIERS = (
    sa.select(col(Supplier.id), col(Supplier.name), col(Supplier.code))
    .where(col(Supplier.active))
    .order_by(col(Supplier.code), col(Supplier.id))
)
_LIVE_PARTS = (
    sa.select(col(Part.id), col(Part.name), col(Part.model), col(Part.code))
    .where(col(Part.active))
    .order_by(col(Part.code), col(Part.id))
)
_EVERY = {
    "person": _people,
    "expensetype": all_expense_types,
    "department": _departments,
    "customer": _customers,
    "product": _products,
    "asset": _assets,
    "supplier": _suppliers,
    "part": _parts,
    "clause": _clauses,
}
_NAMES: dict[str, tuple[Any, Any]] = {
    "person": (Person, Person.name),
    "department": (Department, Department.name),
    "expensetype": (ExpenseType, ExpenseType.name),
    "document": (Document, sa.func.coalesce(Document.number, Document.title)),
    "customer": (Customer, Customer.name),
    "product": (Product, col(Product.name) + " " + col(Product.model)),
    "asset": (Asset, col(Asset.code) + " " + col(Asset.name)),
    "supplier": (Supplier, Supplier.name),
    "part": (Part, col(Part.name) + " " + col(Part.model)),
}
"""By table: its rows, and what they are called by."""
