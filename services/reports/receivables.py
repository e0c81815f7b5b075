"""What customers and suppliers still owe, by age, and service income by kind and month (P6-10b, P8-5.2)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Customer, Department, Document, IncomeKind, Person, ServiceIncome, State, Supplier
from services.access import DEPARTMENT_READERS, MONEY_READERS, READS_ALL, visible_documents
from services.documents import KINDS
from services.export import Column, to_excel
from services.people import local_day
from services.texts import said, text

INCOME_READERS = MONEY_READERS | DEPARTMENT_READERS | READS_ALL | KINDS["RV"].starters
STEPS = (0, 30, 60, 90)
"""Days overdue up to which sums are told apart."""
COLUMNS = (
    "payer",
    "number",
    "income_kind",
    "basis",
    "invoice_number",
    "amount",
    "collected",
    "receivable",
    "due",
    "late",
)
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Receivable:
    """One income of which something is still to come. Amounts in yuan."""

    payer: str
    number: str
    income_kind: IncomeKind
    basis: str
    invoice_number: str
    amount: Decimal
    collected: Decimal
    receivable: Decimal
    due: date
    late: int
    """Days overdue; 0 where it is not due yet."""
    department: str


def receivables(session: Session, reader: Person, now: datetime) -> list[Receivable]:
    """All that the reader may see, what is overdue longest first."""
    found = _incomes(session, reader, now).where(
        col(Document.state) == State.RUNNING, col(ServiceIncome.receivable) > 0
    )
    today = local_day(now)
    rows = [_receivable(row, today) for row in session.execute(found)]
    return sorted(rows, key=lambda one: (one.due, one.number))


def by_age(rows: list[Receivable]) -> list[Decimal]:
    """What is owed of those not due, up to 30, 60, 90 and more days overdue, in yuan."""
    sums = [NOTHING] * (len(STEPS) + 1)
    for row in rows:
        sums[next((i for i, days in enumerate(STEPS) if row.late <= days), len(STEPS))] += row.receivable
    return sums


def income_of_year(session: Session, reader: Person, year: int, now: datetime) -> dict[IncomeKind, list[Decimal]]:
    """Recognised income of a year by kind and month of the service, with tax, in yuan (P8-5.1)."""
    found = _recognised(session, reader, year, now)
    sums: dict[IncomeKind, list[Decimal]] = defaultdict(lambda: [NOTHING] * 12)
    for row in session.execute(found):
        income: ServiceIncome = row[1]
        sums[income.income_kind][income.earned_on.month - 1] += income.income_amount
    return {kind: sums[kind] for kind in IncomeKind if kind in sums}


def total_by_month(income: dict[IncomeKind, list[Decimal]]) -> list[Decimal]:
    """All kinds together, month by month."""
    return [sum(month, NOTHING) for month in zip(*income.values(), strict=True)]


def incomes_behind(
    session: Session, reader: Person, year: int, now: datetime, *, kind: IncomeKind | None, month: int | None
) -> list[Receivable]:
    """The incomes that a sum of `income_of_year` is made of: of all kinds, or of all months, where none is named."""
    rows = session.execute(_recognised(session, reader, year, now))
    found = [
        _receivable(row, local_day(now))
        for row in rows
        if kind in (None, row[1].income_kind) and month in (None, row[1].earned_on.month)
    ]
    return sorted(found, key=lambda one: one.number)


def income_to_excel(session: Session, reader: Person, year: int, now: datetime, *, language: str) -> bytes:
    """Kinds down, months across, with their sums."""
    income = income_of_year(session, reader, year, now)
    months = [Column(f"{year}-{month:02d}", "money") for month in range(1, 13)]
    columns = [Column(text(language, "field.income_kind")), *months, Column(text(language, "owed.sum"), "money")]
    sums = [(said(language, kind), row) for kind, row in income.items()]
    sums += [(text(language, "owed.total"), total_by_month(income))] if income else []
    rows = ([name, *row, sum(row, NOTHING)] for name, row in sums)
    return to_excel(columns, rows, title=text(language, "owed.income"), language=language)


def receivables_to_excel(session: Session, reader: Person, now: datetime, *, language: str) -> bytes:
    """The list as the reader sees it."""
    columns = [Column(text(language, f"owed.{name}"), _sort(name)) for name in COLUMNS]
    rows = (
        [said(language, one.income_kind) if name == "income_kind" else getattr(one, name) for name in COLUMNS]
        for one in receivables(session, reader, now)
    )
    return to_excel(columns, rows, title=text(language, "menu.receivables"), language=language)


def _sort(name: str) -> Any:
    money = ("amount", "collected", "receivable")
    return "money" if name in money else {"due": "date", "late": "number"}.get(name, "text")


def _recognised(session: Session, reader: Person, year: int, now: datetime) -> Any:
    return _incomes(session, reader, now).where(
        col(ServiceIncome.receivable).is_not(None),
        col(ServiceIncome.earned_on) >= date(year, 1, 1),
        col(ServiceIncome.earned_on) <= date(year, 12, 31),
    )


def _incomes(session: Session, reader: Person, now: datetime) -> Any:
    found: Any = visible_documents(session, reader, now)
    return (
        found.join(ServiceIncome, col(ServiceIncome.document_id) == Document.id)
        .outerjoin(Customer, col(Customer.id) == ServiceIncome.customer_id)
        .outerjoin(Supplier, col(Supplier.id) == ServiceIncome.supplier_id)
        .join(Department, col(Department.id) == Document.department_id)
        .with_only_columns(
            Document,
            ServiceIncome,
            sa.func.coalesce(col(Customer.name), col(Supplier.name), "").label("payer"),
            col(Department.name).label("department"),
        )
    )


def _receivable(row: Any, today: date) -> Receivable:
    document, income = row[0], row[1]
    return Receivable(
        row.payer,
        document.number,
        income.income_kind,
        income.basis,
        income.invoice_number or "",
        income.income_amount,
        income.collected or NOTHING,
        income.receivable,
        income.collect_by,
        max(0, (today - income.collect_by).days),
        row.department,
    )
