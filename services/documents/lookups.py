"""What a field offers to choose from, and how a stored id reads: people by name, expense types in the user's words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Document, ExpenseType, Person
from services.documents.fields import Spec
from services.documents.kind import DocumentType, Option

ALLOWANCE = "ALLOWANCE"
"""The code of the expense type under which a trip's daily allowance is estimated and booked."""


def options(session: Session, user: Person, kind: DocumentType, field: Spec, now: datetime) -> list[Option]:
    """What may be chosen in a field that leads to another table: the kind's own offer, else every live row of it."""
    own = kind.options.get(field.name)
    if own:
        return own(session, user, now)
    return _EVERY[field.table or ""](session)


def names(session: Session, table: str, ids: Iterable[Any], language: str) -> dict[int, str]:
    """How ids of a table read, in one query."""
    name: Any = {
        "person": Person.name,
        "department": Department.name,
        "expensetype": ExpenseType.name if language == "zh" else ExpenseType.name_en,
        "document": Document.number,
    }[table]
    wanted = {one for one in ids if one is not None}
    rows = session.execute(sa.select(name.class_.id, name).where(name.class_.id.in_(wanted))) if wanted else ()
    return {row[0]: row[1] for row in rows}


def _people(session: Session) -> list[Option]:
    rows = session.exec(
        select(Person.id, Person.name, Department.name)
        .join(Department, col(Department.id) == Person.department_id)
        .where(col(Person.active))
        .order_by(col(Department.id), col(Person.id))
    )
    return [Option(id, f"{name} {department}") for id, name, department in rows]


def trip_expense_types(session: Session, user: Person, now: datetime) -> list[Option]:
    """What money is spent on while travelling."""
    return [Option(row.id, row.name, row.name_en) for row in _live_expense_types(session) if row.for_trips]


def voucher_expense_types(session: Session, user: Person, now: datetime) -> list[Option]:
    """What a voucher may be for: not the daily allowance, which the portal reckons itself, without a voucher."""
    found = (row for row in _live_expense_types(session) if row.for_trips and row.code != ALLOWANCE)
    return [Option(row.id, row.name, row.name_en) for row in found]


def _expense_types(session: Session) -> list[Option]:
    return [Option(row.id, row.name, row.name_en) for row in _live_expense_types(session)]


def _live_expense_types(session: Session) -> list[ExpenseType]:
    statement = select(ExpenseType).where(col(ExpenseType.active))
    return list(session.exec(statement.order_by(col(ExpenseType.position), col(ExpenseType.id))))


def _departments(session: Session) -> list[Option]:
    rows = session.exec(select(Department).where(Department.active).order_by(col(Department.id)))
    return [Option(row.id, row.name) for row in rows]


_EVERY = {"person": _people, "expensetype": _expense_types, "department": _departments}
