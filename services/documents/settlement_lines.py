"""What a settlement lists: a month's cost by category against its budget, by cost element, and the checklist.

All of it is drawn from ledger and records; nobody types a figure (P2-2.2, P7-9).
"""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Balance,
    BudgetCategory,
    LedgerEntry,
    SettlementCategory,
    SettlementCategoryForm,
    SettlementCheck,
    SettlementCheckForm,
    SettlementCost,
    SettlementCostForm,
)
from services.database import rows
from services.documents.kind import Filled, Lines
from services.documents.month_checks import checklist
from services.errors import Fault, Warned
from services.money.ledger import NOTHING, sum_of
from services.months import months_before
from services.settings import setting
from services.texts import term_of

Costs = dict[tuple[BudgetCategory, str], Decimal]
"""Yuan by category and cost element."""


def costs_of(session: Session, department_id: int, month: str) -> Costs:
    """What a department's month has cost, as the ledger has it; parts in which nothing is left are not named."""
    found = rows(session, _COSTS, {"department": department_id, "month": month})
    return {(row.category, row.cost_element): row.amount for row in found}


def draw_categories(filled: Filled) -> list[dict[str, Any]]:
    """Every category of which something is planned or spent in the month, or was a year ago."""
    if not filled.has("settled_department_id", "month"):
        return []
    before = _balances(filled, months_before(filled.values["month"], 12))
    now = _balances(filled, filled.values["month"])
    found = []
    for category in BudgetCategory:
        planned, spent = now.get(category, (NOTHING, NOTHING))
        _, last = before.get(category, (NOTHING, NOTHING))
        if planned or spent or last:
            line = {"category": category, "month_planned": planned, "month_spent": spent}
            found.append(line | {"month_over": spent - planned, "last_spent": last})
    return found


def draw_costs(filled: Filled) -> list[dict[str, Any]]:
    """The month's cost by category and cost element, with that of the same month a year ago (P8-4.2)."""
    if not filled.has("settled_department_id", "month"):
        return []
    department, month = filled.values["settled_department_id"], filled.values["month"]
    this, last = (costs_of(filled.session, department, one) for one in (month, months_before(month, 12)))
    order = list(BudgetCategory)
    return [
        {
            "category": category,
            "cost_element": element,
            "element_spent": this.get((category, element), NOTHING),
            "last_spent": last.get((category, element), NOTHING),
        }
        for category, element in sorted(this.keys() | last.keys(), key=lambda one: (order.index(one[0]), one[1]))
    ]


def draw_checks(filled: Filled) -> list[dict[str, Any]]:
    """The checklist: what is still open, and whose it is (P8-4.4)."""
    if not filled.has("settled_department_id", "month"):
        return []
    found = checklist(filled.session, filled.values["settled_department_id"], filled.values["month"], filled.now)
    return [
        {"item": one.item, "open_count": len(one.open), "owners": one.owners[:400], "papers": one.papers[:400]}
        for one in found
    ]


def odd(filled: Filled) -> Iterator[Warned]:
    """What is open, and categories beside their budget by more than [10] %: sent with an explanation (P2-2.2)."""
    for number, line in enumerate(filled.lines["checks"], start=1):
        if line["open_count"]:
            facts = {"count": line["open_count"], "owners": line["owners"]}
            fault = Fault("item", f"MS.warn.{line['item'].value}", facts, "checks", number)
            yield Warned(f"open {line['item'].value} {_digest(line['papers'], line['open_count'])}", fault)
    share = Decimal(setting(filled.session, "settlement.variance_percent", filled.now))
    for number, line in enumerate(filled.lines["categories"], start=1):
        planned, over = line["month_planned"], line["month_over"]
        if over and abs(over) * 100 > share * planned:
            facts = {"category": term_of(line["category"]), "planned": planned, "spent": line["month_spent"]}
            fault = Fault("month_over", "MS.warn.variance", facts | {"over": over}, "categories", number)
            yield Warned(f"variance {line['category'].value} {over}", fault)


def _balances(filled: Filled, month: str) -> dict[BudgetCategory, tuple[Decimal, Decimal]]:
    """Budget and spent by category."""
    named = {"department": filled.values["settled_department_id"], "month": month}
    return {row.category: (row.budget, row.spent) for row in rows(filled.session, _BALANCES, named)}


def _digest(*said: Any) -> str:
    """A reason holds for just what was open when it was given."""
    return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()[:12]


_SPENT = sum_of("spent")
_COSTS = (
    sa.select(col(LedgerEntry.category), col(LedgerEntry.cost_element), _SPENT.label("amount"))
    .where(col(LedgerEntry.department_id) == sa.bindparam("department"))
    .where(col(LedgerEntry.month) == sa.bindparam("month"))
    .group_by(col(LedgerEntry.category), col(LedgerEntry.cost_element))
    .having(_SPENT != 0)
)
_BALANCES = sa.select(col(Balance.category), col(Balance.budget), col(Balance.spent)).where(
    col(Balance.department_id) == sa.bindparam("department"), col(Balance.month) == sa.bindparam("month")
)
CATEGORIES = Lines(
    "categories",
    SettlementCategory,
    SettlementCategoryForm,
    ("category", "month_planned", "month_spent", "month_over", "last_spent"),
    least=0,
    total=True,
    drawn=draw_categories,
)
COSTS = Lines(
    "costs",
    SettlementCost,
    SettlementCostForm,
    ("category", "cost_element", "element_spent", "last_spent"),
    least=0,
    derived=("confirmed", "finding"),
    brief=("category", "cost_element", "element_spent", "last_spent"),
    total=True,
    drawn=draw_costs,
)
CHECKS = Lines(
    "checks",
    SettlementCheck,
    SettlementCheckForm,
    ("item", "open_count", "owners", "papers"),
    least=0,
    drawn=draw_checks,
)
