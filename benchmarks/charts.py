"""What the budget page's figures cost with few and with many entries in the ledger: the charts read balances."""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from models import Balance, BudgetCategory, Department, Document, Grant, LedgerEntry, Person, Posting, Role
from services.database import reading, writing
from services.money import ledger
from services.money.ledger import EFFECT
from services.reports.budget import Scope, alerts, behind, burn
from services.schema import migrate

_NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
_DEPARTMENTS, _YEARS, _PAPERS = 8, (2025, 2026), 500
_AT_ONCE = 20_000
_SPENT = (Posting.RESERVED, Posting.RELEASED, Posting.SPENT)


def measure(sizes: list[int], runs: int) -> None:
    """For each size a fresh database; median milliseconds of the charts' figures, of the papers behind the marks that
    are clicked (a month; a department's year of a category), and of those behind a whole year, for which none asks.
    """
    print("| entries | charts: median ms | p95 | papers behind a month | behind a cell | behind a year |")
    print("|---:|---:|---:|---:|---:|---:|")
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["PORTAL_DATA"], os.environ["PORTAL_DATABASE_URL"] = folder, f"sqlite:///{Path(folder) / 'p.db'}"
            migrate()
            with writing() as session:
                reader = _fill(session, size)
            with reading() as session:
                wrong = list(ledger.problems(session))
            assert not wrong, wrong[:3]
            charts = _times(runs, lambda session, reader=reader: _charts(session, reader))
            whole = Scope(2026)
            cell = Scope(2026, reader.department_id, BudgetCategory.PROJECTS)
            marks = ((whole, ["202611"]), (cell, cell.months), (whole, whole.months))
            month, year_of_cell, year = (
                statistics.median(
                    _times(5, lambda session, mark=mark, reader=reader: behind(session, reader, *mark, _NOW))
                )
                for mark in marks
            )
            p95 = statistics.quantiles(charts, n=20)[-1]
            papers = f"{month:.0f} | {year_of_cell:.0f} | {year:.0f}"
            print(f"| {size:,} | {statistics.median(charts):.1f} | {p95:.1f} | {papers} |", flush=True)


def _charts(session: Session, reader: Person) -> None:
    seen = burn(session, reader, Scope(2026), _NOW)
    alerts(session, seen, _NOW)


def _times(runs: int, ask: Callable[[Session], None]) -> list[float]:
    found = []
    for _ in range(runs + 1):
        with reading() as session:
            begun = time.perf_counter()
            ask(session)
            found.append((time.perf_counter() - begun) * 1000)
    return found[1:]  # the first compiles the statements


def _fill(session: Session, size: int) -> Person:
    """So many postings of some papers over two years, each in its balance; whoever reads them all."""
    random = Random(size)
    departments = [Department(code=f"d{number}", name=f"部门{number}") for number in range(_DEPARTMENTS)]
    session.add_all(departments)
    session.flush()
    reader = Person(login="reader", name="读者", department_id=departments[0].id)
    session.add(reader)
    session.flush()
    session.add(Grant(person_id=reader.id, role=Role.GENERAL_MANAGER, granted_at=_NOW))
    papers = [
        Document(
            kind="TR",
            number=f"TR-202601-{number:05}",
            title="差旅",
            applicant_id=reader.id,
            created_by_id=reader.id,
            department_id=departments[0].id,
            created_at=_NOW,
            client_token=f"paper-{number}",
        )
        for number in range(_PAPERS)
    ]
    session.add_all(papers)
    session.flush()
    months = [f"{year}{month:02}" for year in _YEARS for month in range(1, 13)]
    balances: dict[tuple[str, int, BudgetCategory], dict[str, Decimal]] = {}
    waiting: list[dict[str, Any]] = []
    for month, department, category in product(months, departments, BudgetCategory):
        waiting.append(_entry(0, month, department.id, category, Posting.ISSUED, Decimal(5000), papers[0].id))
    for place in range(max(0, size - len(waiting))):
        where = (random.choice(months), random.choice(departments).id, random.choice(list(BudgetCategory)))
        amount, posting = Decimal(random.randint(1, 90000)) / 100, _SPENT[place % len(_SPENT)]
        waiting.append(_entry(place, *where, posting, amount, papers[place % _PAPERS].id))
    for line, row in enumerate(waiting):
        row["line"] = line
        figure, sign = EFFECT[row["posting"]]
        sums = balances.setdefault((row["month"], row["department_id"], row["category"]), {})
        sums[figure] = sums.get(figure, Decimal(0)) + sign * row["amount"]
    table: Any = LedgerEntry
    for start in range(0, len(waiting), _AT_ONCE):
        session.execute(sa.insert(table.__table__), waiting[start : start + _AT_ONCE])
    for (month, department_id, category), sums in balances.items():
        session.add(Balance(month=month, department_id=department_id, category=category, **sums))
    return reader


def _entry(
    place: int,
    month: str,
    department_id: int,
    category: BudgetCategory,
    posting: Posting,
    amount: Decimal,
    document_id: int,
) -> dict[str, Any]:
    return {
        "at": _NOW,
        "month": month,
        "department_id": department_id,
        "category": category,
        "cost_element": "",
        "posting": posting,
        "amount": amount,
        "document_id": document_id,
        "line": place,
        "reservation_id": document_id if posting in (Posting.RESERVED, Posting.RELEASED) else None,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=50)
    options = parser.parse_args()
    measure(options.entries, options.runs)
