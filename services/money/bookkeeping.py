"""Accounting vouchers of closed months: what each paper has cost, debit and credit equal to the fen (P2-2.2).

Costs are debited by element and category. A claim credits first the advances that it settled, then what is owed to its
payee; a cost entry credits what its element says. What was taken back stands below zero on both sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    AccountForm,
    AccountUse,
    BookVoucher,
    BudgetCategory,
    ClosedMonth,
    Department,
    Document,
    ExpenseClaim,
    LedgerEntry,
    MonthlySettlement,
)
from services.database import rows
from services.money.ledger import NOTHING, hold, sum_of
from services.months import last_day

Accounts = tuple[AccountForm, ...]


@dataclass(frozen=True)
class Posting:
    """One line of a voucher: an account and yuan on one of its sides."""

    use: AccountUse
    account: str
    name: str
    """As the setting says it; empty where it says none."""
    cost_element: str
    debit: Decimal = NOTHING
    credit: Decimal = NOTHING


@dataclass(frozen=True)
class Voucher:
    """What one paper has cost in a department's month."""

    number: int
    """Counts the company's vouchers of the month."""
    day: date
    department_code: str
    department: str
    source: str
    """Number of the paper."""
    title: str
    lines: tuple[Posting, ...]


def number_vouchers(session: Session, settlement: Document) -> None:
    """Give each paper with costs in a settled month its number of the month; one that has it keeps it."""
    hold(session)
    own = session.get_one(MonthlySettlement, settlement.id)
    numbered = set(session.exec(select(BookVoucher.source_id).where(BookVoucher.month == own.month)))
    last = session.exec(select(sa.func.max(BookVoucher.number)).where(BookVoucher.month == own.month)).one() or 0
    sources = dict.fromkeys(row.document_id for row in _costs(session, own.settled_department_id, own.month))
    for number, source_id in enumerate((one for one in sources if one not in numbered), start=last + 1):
        session.add(BookVoucher(month=own.month, number=number, document_id=settlement.id, source_id=source_id))
    session.flush()


def vouchers(session: Session, month: str, accounts: Accounts) -> list[Voucher]:
    """The vouchers of every department that has closed a month, in the order of their numbers."""
    found = []
    numbers = {one.source_id: one.number for one in session.exec(select(BookVoucher).where(BookVoucher.month == month))}
    closed = (
        select(Department)
        .join(ClosedMonth, col(ClosedMonth.department_id) == Department.id)
        .where(ClosedMonth.month == month)
    )
    for department in session.exec(closed):
        by_source: dict[int, list[Any]] = {}
        for row in _costs(session, department.id, month):
            by_source.setdefault(row.document_id, []).append(row)
        for source_id, costs in by_source.items():
            paper = session.get_one(Document, source_id)
            found.append(
                Voucher(
                    numbers.get(source_id, 0),
                    last_day(month),
                    department.code,
                    department.name,
                    paper.number or "",
                    paper.title,
                    (*_debits(accounts, costs), *_credits(session, accounts, paper, month, costs)),
                )
            )
    return sorted(found, key=lambda one: one.number)


def account_for(accounts: Accounts, use: AccountUse, category: BudgetCategory, element: str) -> AccountForm | None:
    """The row of the setting that fits best: what names the element outranks what names the category."""
    fitting = [
        one
        for one in accounts
        if one.use == use and one.cost_element in (None, element) and one.category in (None, category)
    ]
    return max(fitting, key=lambda one: (one.cost_element is not None, one.category is not None), default=None)


def _debits(accounts: Accounts, costs: list[Any]) -> Iterator[Posting]:
    for row in costs:
        yield _line(accounts, AccountUse.COST, row, debit=row.amount)


def _credits(session: Session, accounts: Accounts, paper: Document, month: str, costs: list[Any]) -> Iterator[Posting]:
    if paper.kind == "CE":
        for row in costs:
            yield _line(accounts, AccountUse.ACCRUED, row, credit=row.amount)
        return
    whole = sum((row.amount for row in costs), NOTHING)
    settled = _settled_by_advances(session, paper, month, whole)
    if settled:
        yield _line(accounts, AccountUse.ADVANCES, costs[0], credit=settled)
    if whole - settled:
        yield _line(accounts, AccountUse.PAYABLE, costs[0], credit=whole - settled)


def _settled_by_advances(session: Session, paper: Document, month: str, whole: Decimal) -> Decimal:
    """How much of a claim's cost in a month its advances have paid: they are used up by the earliest months first."""
    claim = session.get(ExpenseClaim, paper.id)
    if claim is None or not claim.offset_amount:
        return NOTHING
    before = rows(session, _BEFORE, {"id": paper.id, "month": month}).scalar() or NOTHING
    return max(min(claim.offset_amount - before, whole), NOTHING)


def _line(accounts: Accounts, use: AccountUse, row: Any, **amount: Decimal) -> Posting:
    found = account_for(accounts, use, row.category, row.cost_element)
    return Posting(
        use, found.account if found else "", (found.account_name or "") if found else "", row.cost_element, **amount
    )


def _costs(session: Session, department_id: int, month: str) -> list[Any]:
    return list(rows(session, _COSTS, {"department": department_id, "month": month}))


_SPENT = sum_of("spent")
_COSTS = (
    sa.select(
        col(LedgerEntry.document_id),
        col(LedgerEntry.category),
        col(LedgerEntry.cost_element),
        _SPENT.label("amount"),
    )
    .where(col(LedgerEntry.department_id) == sa.bindparam("department"))
    .where(col(LedgerEntry.month) == sa.bindparam("month"))
    .group_by(col(LedgerEntry.document_id), col(LedgerEntry.category), col(LedgerEntry.cost_element))
    .having(_SPENT != 0)
    .order_by(col(LedgerEntry.document_id), col(LedgerEntry.category), col(LedgerEntry.cost_element))
)
_BEFORE = sa.select(_SPENT).where(
    col(LedgerEntry.document_id) == sa.bindparam("id"), col(LedgerEntry.month) < sa.bindparam("month")
)
