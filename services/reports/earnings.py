"""Service income beside what the same months cost, and the difference (P8-5.1, P8-4.3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, Person, ServiceIncome
from services.access import visible_documents
from services.database import rows
from services.money.ledger import NOTHING
from services.reports import costs
from services.reports.costs import Scope
from services.reports.spending import MOST, Behind


@dataclass(frozen=True)
class Earned:
    """A month's recognised income, without tax, beside its cost, in yuan."""

    number: int
    income: Decimal
    spent: Decimal

    @property
    def difference(self) -> Decimal:
        return self.income - self.spent


def by_month(session: Session, reader: Person, scope: Scope) -> list[Earned]:
    """Income by the month of the service (P8-5.1), of the departments that are looked at.

    Tax is no income. Raises `Refused` for whoever may not see the costs of the departments.
    """
    months = costs.by_month(session, reader, scope)
    earned = [NOTHING] * len(months)
    for row in rows(session, _EARNED, _facts(costs.looked_at(session, reader, scope), scope)):
        earned[row.earned_on.month - 1] += _without_tax(row)
    return [Earned(one.number, earned[one.number - 1], one.spent) for one in months]


def behind(session: Session, reader: Person, scope: Scope, month: int, now: datetime) -> list[Behind]:
    """The papers behind the income of a month, the largest first; without their text where he may not read them."""
    facts = _facts(costs.looked_at(session, reader, scope), scope)
    found = [
        (row.document_id, _without_tax(row)) for row in rows(session, _EARNED, facts) if row.earned_on.month == month
    ]
    largest = sorted(found, key=lambda one: (-one[1], one[0]))[:MOST]
    seen = visible_documents(session, reader, now).where(col(Document.id).in_([id for id, _ in largest]))
    readable = {one.id: one for one in session.exec(seen)}
    return [Behind(readable.get(id), amount) for id, amount in largest]


def _facts(departments: Collection[int], scope: Scope) -> dict[str, Any]:
    days = {"first": date(scope.year, 1, 1), "last": date(scope.year, 12, 31)}
    return days | {"departments": list(departments)}


def _without_tax(row: Any) -> Decimal:
    amount: Decimal = row.income_amount
    return amount - (row.tax or NOTHING)


_EARNED: Any = (
    sa.select(
        col(ServiceIncome.document_id),
        col(ServiceIncome.earned_on),
        col(ServiceIncome.income_amount),
        col(ServiceIncome.tax),
    )
    .join(Document, col(Document.id) == ServiceIncome.document_id)
    .where(col(ServiceIncome.receivable).is_not(None))  # recognised
    .where(col(ServiceIncome.earned_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(col(Document.department_id).in_(sa.bindparam("departments", expanding=True)))
)
