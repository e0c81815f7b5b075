"""A year of the budget, month by month: what was planned and what was spent, as the balances say."""

from collections.abc import Iterable
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Balance, BudgetCategory
from services.database import rows
from services.money.ledger import NOTHING

Months = list[Decimal]
"""Yuan of the twelve months."""


def spent_in(session: Session, department_id: int, year: int) -> dict[BudgetCategory, Months]:
    """What a department has spent in a year, by category and month (P7-4)."""
    return _of(session, department_id, year, "spent")


def planned_in(session: Session, department_id: int, year: int) -> dict[BudgetCategory, Months]:
    """What a department's budget of a year is by now, with what was adjusted and granted."""
    return _of(session, department_id, year, "budget")


def running_sums(months: Iterable[Decimal]) -> Months:
    """What a year has come to by the end of each month."""
    sums: Months = []
    for amount in months:
        sums.append((sums[-1] if sums else NOTHING) + amount)
    return sums


def _of(session: Session, department_id: int, year: int, figure: str) -> dict[BudgetCategory, Months]:
    found: dict[BudgetCategory, Months] = {category: [NOTHING] * 12 for category in BudgetCategory}
    named = {"department_id": department_id, "first": f"{year}01", "last": f"{year}12"}
    for row in rows(session, _BALANCES, named):
        found[row.category][int(row.month[4:]) - 1] = getattr(row, figure)
    return found


_BALANCES = sa.select(col(Balance.month), col(Balance.category), col(Balance.budget), col(Balance.spent)).where(
    col(Balance.department_id) == sa.bindparam("department_id"),
    col(Balance.month).between(sa.bindparam("first"), sa.bindparam("last")),
)
