"""How the budget of a year burns: plan, reservations and spending by month, what is left, where the year will end.

The charts read the balances, whose number does not grow with the papers; only the papers behind a mark are looked up
in the ledger (P2-1.3, P2-5.2, P7-8b).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Balance, BudgetCategory, Department, Document, LedgerEntry, Person, Role
from services.access import MONEY_READERS, READS_ALL, visible_documents
from services.addresses import whole_in, year_in
from services.database import rows
from services.errors import Refused
from services.export import Column, to_excel
from services.money.ledger import EFFECT, NOTHING, sum_of
from services.people import local_day, standing
from services.settings import setting
from services.texts import said, text

BUDGET_READERS = (
    MONEY_READERS
    | READS_ALL
    | {
        Role.DEPARTMENT_HEAD,
        Role.VICE_PRESIDENT,
        Role.OFFICE_DIRECTOR,
        Role.SALES_MANAGER,
        Role.BUDGET_SUPERVISOR,
    }
)
"""Every manager reads the budget's totals (P2-1.3)."""
MONTHS = range(1, 13)
FULL = Decimal(1)
_FEN = Decimal("0.01")


@dataclass(frozen=True)
class Sums:
    """Plan, reservations and spending of a part of the budget, in yuan."""

    plan: Decimal = NOTHING
    reserved: Decimal = NOTHING
    spent: Decimal = NOTHING

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.plan + other.plan, self.reserved + other.reserved, self.spent + other.spent)

    @property
    def used(self) -> Decimal:
        return self.reserved + self.spent

    @property
    def left(self) -> Decimal:
        return self.plan - self.used

    @property
    def share(self) -> Decimal | None:
        """The part of the plan that is reserved or spent: 1 is all of it. None where nothing is planned."""
        return self.used / self.plan if self.plan else None


@dataclass(frozen=True)
class Scope:
    """What a page is narrowed down to."""

    year: int
    department_id: int | None = None
    category: BudgetCategory | None = None

    @classmethod
    def read(cls, query: Mapping[str, str], now: datetime) -> "Scope":
        """From the parameters of an address. What makes no sense is left out: an address is typed by anyone."""
        category = query.get("category", "")
        return cls(
            year_in(query.get("year")) or local_day(now).year,
            whole_in(query.get("department")),
            BudgetCategory(category) if category in set(BudgetCategory) else None,
        )

    @property
    def months(self) -> list[str]:
        return [f"{self.year}{month:02}" for month in MONTHS]


@dataclass(frozen=True)
class Line:
    """A department's year in one category."""

    department_id: int
    department: str
    category: BudgetCategory
    sums: Sums


@dataclass(frozen=True)
class Forecast:
    """What will have been spent by the end of the year, in yuan, and how that was reckoned."""

    amount: Decimal
    by_shape: bool
    """By the course of last year's spending; else straight on from what was spent so far."""


@dataclass(frozen=True)
class Burn:
    """The year of a scope, seen on a day."""

    scope: Scope
    today: date
    months: tuple[Sums, ...]
    lines: tuple[Line, ...]
    """Of the whole company, whatever the scope: departments by their order, categories by theirs."""
    elapsed: Decimal
    """Part of the year's days that has passed, this day included: 0 before the year, 1 after it."""
    forecasts: tuple[Forecast, ...]

    @property
    def total(self) -> Sums:
        return sum(self.months, Sums())

    @property
    def own_lines(self) -> list[Line]:
        """Those of the scope."""
        department, category = self.scope.department_id, self.scope.category
        return [
            line
            for line in self.lines
            if department in (None, line.department_id) and category in (None, line.category)
        ]

    @property
    def month(self) -> int:
        """The last month that has begun; 0 before the year."""
        if self.today.year != self.scope.year:
            return 0 if self.today.year < self.scope.year else 12
        return self.today.month


@dataclass(frozen=True)
class Alert:
    """A line of the budget that is used beyond a share of its plan (P2-5.2)."""

    line: Line
    over: bool
    """Used up and more; else beyond the share from which it is watched."""


@dataclass(frozen=True)
class Behind:
    """A paper behind a figure of the budget. One that the reader may not read has neither number nor title."""

    document: Document | None
    sums: Sums


def may_read_budgets(session: Session, reader: Person) -> bool:
    """Is the reader a manager, from finance or of the supervision group? (P2-1.3)"""
    return bool(standing(session, reader).roles & BUDGET_READERS)


def own_scope(session: Session, reader: Person, now: datetime) -> Scope | None:
    """What of this year's budget a manager sees first: his department's where he heads just one, else the company's.

    None for whoever is no manager (P2-1.3).
    """
    mine = standing(session, reader)
    if not mine.roles & BUDGET_READERS:
        return None
    year, heads = local_day(now).year, mine.departments([Role.DEPARTMENT_HEAD])
    alone = len(heads) == 1 and mine.roles & BUDGET_READERS == {Role.DEPARTMENT_HEAD}
    return Scope(year, heads[0] if alone else None)


def years(session: Session, now: datetime) -> list[int]:
    """The years that have figures, and this one; newest first."""
    this = local_day(now).year
    kept = [int(month[:4]) for month in rows(session, _MONTHS_KEPT).one() if month]
    return list(range(max([this, *kept]), min([this, *kept]) - 1, -1))


def burn(session: Session, reader: Person, scope: Scope, now: datetime) -> Burn:
    """The figures of a year. Raises `Refused` for whoever is no manager (P2-1.3)."""
    _refuse_others(session, reader)
    today = local_day(now)
    kept = _balances(session, scope.year)
    months = [Sums() for _ in MONTHS]
    cells: dict[tuple[int, BudgetCategory], Sums] = {}
    for one in kept:
        sums = Sums(one.budget, one.reserved, one.spent)
        place = (one.department_id, one.category)
        cells[place] = cells.get(place, Sums()) + sums
        if _is_in(scope, one):
            months[int(one.month[4:]) - 1] += sums
    elapsed = elapsed_of(scope.year, today)
    spent, reserved = (sum((getattr(one, name) for one in months), NOTHING) for name in ("spent", "reserved"))
    last_year = [NOTHING for _ in MONTHS]
    for one in _balances(session, scope.year - 1):
        if _is_in(scope, one):
            last_year[int(one.month[4:]) - 1] += one.spent
    return Burn(
        scope,
        today,
        tuple(months),
        _lines(session, cells),
        elapsed,
        forecasts(spent, reserved, last_year, scope.year, today),
    )


def elapsed_of(year: int, today: date) -> Decimal:
    """The part of a year's days that has passed by the end of a day."""
    if today.year != year:
        return FULL if today.year > year else Decimal(0)
    first, last = date(year, 1, 1), date(year, 12, 31)
    return Decimal((today - first).days + 1) / Decimal((last - first).days + 1)


def forecasts(
    spent: Decimal, reserved: Decimal, last_year: list[Decimal], year: int, today: date
) -> tuple[Forecast, ...]:
    """Where spending ends: by last year's shape where every month of it has figures, and straight on.

    It never ends below what is spent and reserved already. Once the year is over, what was spent is no forecast any
    more; before it begins there is nothing to go by.
    """
    elapsed = elapsed_of(year, today)
    if not 0 < elapsed < 1:
        return ()
    found = []
    if all(last_year):
        into = Decimal(today.day) / Decimal((_next_month(today) - today.replace(day=1)).days)
        passed = sum(last_year[: today.month - 1], NOTHING) + last_year[today.month - 1] * into
        found.append(Forecast(max(spent + reserved, _yuan(spent * sum(last_year, NOTHING) / passed)), by_shape=True))
    found.append(Forecast(max(spent + reserved, _yuan(spent / elapsed)), by_shape=False))
    return tuple(found)


def alerts(session: Session, burn: Burn, now: datetime) -> list[Alert]:
    """Lines of the scope used beyond the watched share or without a plan, those over the plan first (P2-5.2).

    Of a department that has no budget at all yet nothing is said.
    """
    watched = setting(session, "budget.watched_share", now) / Decimal(100)
    planned = {line.department_id for line in burn.lines if line.sums.plan}
    found = [
        Alert(line, over=line.sums.left < 0)
        for line in burn.own_lines
        if line.department_id in planned and (line.sums.left < 0 or (line.sums.share or 0) >= watched)
    ]
    return sorted(found, key=lambda one: (not one.over, one.line.sums.left))


def behind(
    session: Session, reader: Person, scope: Scope, months: Iterable[str], now: datetime, most: int = 50
) -> list[Behind]:
    """The papers behind figures of the budget, the largest first. Raises `Refused` for whoever is no manager."""
    _refuse_others(session, reader)
    its = sa.func.coalesce(col(LedgerEntry.reservation_id), col(LedgerEntry.document_id))
    reserved, spent = sum_of("reserved"), sum_of("spent")
    where: list[sa.ColumnElement[bool]] = [
        col(LedgerEntry.month).in_(list(months)),
        col(LedgerEntry.posting).in_([one for one, (figure, _) in EFFECT.items() if figure != "budget"]),
    ]
    if scope.department_id is not None:
        where.append(col(LedgerEntry.department_id) == scope.department_id)
    if scope.category is not None:
        where.append(col(LedgerEntry.category) == scope.category)
    statement = (
        sa.select(its.label("id"), reserved.label("reserved"), spent.label("spent"))
        .where(*where)
        .group_by(its)
        .having(reserved + spent > 0)
        .order_by((reserved + spent).desc(), its)
        .limit(most)
    )
    found = rows(session, statement).all()
    seen = visible_documents(session, reader, now).where(col(Document.id).in_([row.id for row in found]))
    readable = {one.id: one for one in session.exec(seen)}
    return [Behind(readable.get(row.id), Sums(NOTHING, row.reserved, row.spent)) for row in found]


def burn_to_excel(session: Session, reader: Person, scope: Scope, now: datetime, *, language: str) -> bytes:
    """Plan, reservations and spending of a scope by month, department and category, in yuan."""
    _refuse_others(session, reader)
    names = {one.id: one.name for one in session.exec(select(Department))}
    columns = [
        *(Column(text(language, f"burn.{name}")) for name in ("month", "department", "category")),
        *(Column(text(language, f"burn.{name}_yuan"), "money") for name in ("plan", "reserved", "spent", "left")),
    ]
    found = (
        [
            f"{one.month[:4]}-{one.month[4:]}",
            names[one.department_id],
            said(language, one.category),
            one.budget,
            one.reserved,
            one.spent,
            one.budget - one.reserved - one.spent,
        ]
        for one in _balances(session, scope.year)
        if _is_in(scope, one)
    )
    return to_excel(columns, found, title=text(language, "menu.budget"), language=language)


def _refuse_others(session: Session, reader: Person) -> None:
    if not may_read_budgets(session, reader):
        raise Refused("burn.not_yours")


def _balances(session: Session, year: int) -> list[sa.Row[tuple[str, int, BudgetCategory, Decimal, Decimal, Decimal]]]:
    return list(rows(session, _OF_A_YEAR, {"first": f"{year}01", "last": f"{year}12"}))


def _is_in(scope: Scope, one: sa.Row[tuple[str, int, BudgetCategory, Decimal, Decimal, Decimal]]) -> bool:
    return scope.department_id in (None, one.department_id) and scope.category in (None, one.category)


def _lines(session: Session, cells: Mapping[tuple[int, BudgetCategory], Sums]) -> tuple[Line, ...]:
    names = {one.id: one.name for one in session.exec(select(Department).order_by(col(Department.id)))}
    return tuple(
        Line(id, names[id], category, cells[id, category])
        for id in names
        for category in BudgetCategory
        if (id, category) in cells and cells[id, category] != Sums()
    )


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _yuan(amount: Decimal) -> Decimal:
    return amount.quantize(_FEN, ROUND_HALF_UP)


_OF_A_YEAR = (
    sa.select(
        col(Balance.month),
        col(Balance.department_id),
        col(Balance.category),
        col(Balance.budget),
        col(Balance.reserved),
        col(Balance.spent),
    )
    .where(col(Balance.month).between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(col(Balance.month), col(Balance.department_id), col(Balance.category))
)
_MONTHS_KEPT = sa.select(sa.func.min(col(Balance.month)), sa.func.max(col(Balance.month)))
