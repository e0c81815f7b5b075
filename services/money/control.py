"""Is there money left? Asked before any is reserved or spent, category by category: of the plan up to the month, and of
the year's (P2-5.1a, P2-5.1b, P7-8a).

At the limit passes, a fen above is answered as the category's setting says. What takes money back is never asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Balance,
    Basis,
    BudgetCategory,
    Department,
    Document,
    LedgerEntry,
    Opening,
    OpeningActual,
    Response,
    State,
)
from services.database import asked_once, rows
from services.errors import Refused
from services.money import ledger
from services.money.ledger import NOTHING, BudgetLine, covered, hold
from services.money.stops import OVER, put_down_excess
from services.money.wants import Want
from services.settings import setting
from services.texts import term_of

_FEN = Decimal("0.01")
_EVERY = frozenset(BudgetCategory)
_SEVERITY = {Response.STOP: 2, Response.WARN: 1, None: 0}


@dataclass(frozen=True)
class Look:
    """What a paper asks of a category of a department's budget in a year, and what is left of it, in yuan."""

    department_id: int
    category: BudgetCategory
    month: str
    """The first month for which it asks."""
    until: str
    """The month up to which plan and use are added up; of last year's rule the month itself."""
    basis: Basis
    plan: Decimal
    reserved: Decimal
    spent: Decimal
    asked: Decimal
    """What it takes, above what its own reservation covers."""
    response: Response | None = None
    """What the control answers; None where there is enough."""

    @property
    def left(self) -> Decimal:
        return self.plan - self.reserved - self.spent

    @property
    def after(self) -> Decimal:
        return self.left - self.asked

    @property
    def missing(self) -> Decimal:
        return max(-self.after, NOTHING)

    @property
    def key(self) -> str:
        return f"{OVER}{self.basis}"

    def facts(self, session: Session) -> dict[str, Any]:
        """The line's numbers, for a message; and as they are kept, for who asks which line it is."""
        department = session.get_one(Department, self.department_id)
        return {
            "place": {
                "department_id": self.department_id,
                "category": self.category.value,
                "month": self.month,
                "until": self.until,
                "basis": self.basis.value,
            },
            "department": department.name,
            "category": term_of(self.category),
            "year": self.until[:4],
            "month": f"{self.until[:4]}-{self.until[4:]}",
            "plan": self.plan,
            "reserved": self.reserved,
            "spent": self.spent,
            "left": self.left,
            "asked": self.asked,
            "missing": self.missing,
        }


def moves(session: Session, department_id: int, wanted: Iterable[Want]) -> list[BudgetLine]:
    """Which lines of the budget wants would take from, and which their own reservations give back (below zero).

    What is meant for a closed month is asked of the one in which it will be posted.
    """
    found: list[BudgetLine] = []
    covering: dict[int, list[ledger.Cost]] = {}
    for want in wanted:
        category, _ = ledger.place_of(session, want.cost.expense_type_id)
        found.append(BudgetLine(want.cost.month, department_id, category, want.cost.amount))
        if want.covered_by is not None:
            covering.setdefault(want.covered_by, []).append(want.cost)
    for reservation_id, costs in sorted(covering.items()):
        for share in covered(session, reservation_id, ledger.by_category(session, costs)):
            found.append(BudgetLine(share.month, share.department_id, share.category, -share.amount))
    opened = [ledger.month_to_post(session, line.department_id, line.month) for line in found]
    return [replace(line, month=month) for line, month in zip(found, opened, strict=True)]


def look(session: Session, lines: Iterable[BudgetLine], now: datetime) -> list[Look]:
    """What is left of every category that is asked for money, and whether it is enough; nothing where no budget and no
    figures of last year say what may be spent.
    """
    found: list[Look] = []
    for (department_id, year), categories in _by_year(lines):
        stand = _stand(session, department_id, year)
        for category, one in sorted(categories.items()):
            if one.months:
                found += _looked(stand, category, one, _responses(session, category, now), _share(session, now))
    return found


def left_on(session: Session, line: BudgetLine, now: datetime) -> Decimal | None:
    """Yuan that are left on a line, as the control would say it; None where it has nothing to go by."""
    stand = _stand(session, line.department_id, line.month[:4])
    asked = _Asked({line.month: NOTHING}, {line.month})
    if not stand.issued and line.category in stand.known:
        share = _share(session, now)
        return _provisional(stand, line.category, line.month, NOTHING, Response.STOP, share).left
    found = _looked(stand, line.category, asked, _responses(session, line.category, now), _share(session, now))
    return found[0].left if found else None


def shortfalls(session: Session, lines: Iterable[BudgetLine]) -> list[Look]:
    """Where less would be left than is spent and reserved if budgets lost so much, or gained (below zero), whatever the
    settings of the control say.
    """
    found: list[Look] = []
    for (department_id, year), categories in _by_year(lines):
        stand = _stand(session, department_id, year)
        strict = (Response.STOP, Response.STOP)
        for category, one in sorted(categories.items()):
            found += _looked(stand, category, one, strict, Decimal(1)) if one.months else []
    return [one for one in found if one.response is not None]


def must_fit(session: Session, document: Document, wanted: Iterable[Want], now: datetime) -> None:
    """Before a paper reserves or spends, alone with the balances. Raises `Refused` with the line's numbers (P7-8a)."""
    hold(session)
    found = look(session, moves(session, document.department_id, wanted), now)
    for one in found:
        if one.response == Response.STOP:
            raise Refused(one.key, **one.facts(session))
    _put_down(session, document, found, now)


def is_booked_anyway(session: Session, document: Document, wanted: Iterable[Want], now: datetime) -> None:
    """Before a paper books what has arisen already: nothing stops it, what is beyond goes on record (P2-5.3)."""
    hold(session)
    _put_down(session, document, look(session, moves(session, document.department_id, wanted), now), now)


def is_issued(session: Session, department_id: int, year: str) -> bool:
    """Has finance issued the department's budget of a year (P7-6)?"""
    span = {"department_id": department_id, "first": f"{year}01", "last": f"{year}12"}
    return rows(session, _ISSUED, span).first() is not None


def _put_down(session: Session, document: Document, found: Iterable[Look], now: datetime) -> None:
    for one in found:
        if one.response is not None:
            put_down_excess(session, document, one.facts(session), now)


# --- what stands


@dataclass
class _Asked:
    """What a paper takes from a category in a year, month by month, less what it gives back."""

    net: dict[str, Decimal] = field(default_factory=dict)
    months: set[str] = field(default_factory=set)
    """Those for which it asks at all, be it covered."""

    def add(self, line: BudgetLine) -> None:
        self.net[line.month] = self.net.get(line.month, NOTHING) + line.amount
        if line.amount > NOTHING:
            self.months.add(line.month)


@dataclass
class _Stand:
    """A department's balances of a year and the year before it, and by what they are measured."""

    department_id: int
    year: str
    issued: bool
    known: frozenset[BudgetCategory]
    """Without a budget of this year: of which categories is there anything to go by?"""
    figures: dict[tuple[str, BudgetCategory], tuple[Decimal, ...]] = field(default_factory=dict)

    def at(self, month: str, category: BudgetCategory) -> tuple[Decimal, ...]:
        """Budget, reserved and spent."""
        return self.figures.get((month, category), (NOTHING, NOTHING, NOTHING))

    @property
    def months(self) -> list[str]:
        return [f"{self.year}{number:02d}" for number in range(1, 13)]


def _stand(session: Session, department_id: int, year: str) -> _Stand:
    return asked_once(session, ("stand", department_id, year), lambda: _asked_stand(session, department_id, year))


def _asked_stand(session: Session, department_id: int, year: str) -> _Stand:
    before = str(int(year) - 1)
    span = {"department_id": department_id, "first": f"{before}01", "last": f"{year}12"}
    if is_issued(session, department_id, year):  # then last year says nothing
        return _Stand(department_id, year, True, _EVERY, _figures(session, span | {"first": f"{year}01"}))
    figures = _figures(session, span)
    if rows(session, _ISSUED, span | {"first": "", "last": year}).first() is not None:
        return _Stand(department_id, year, False, _EVERY, figures)
    stand = _Stand(department_id, year, False, _EVERY, figures)
    old = {
        row.category: row.m01
        for row in rows(session, _TAKEN_OVER, {"department_id": department_id, "year": int(before)})
    }
    if all(stand.at(f"{before}01", one)[2] == old.get(one, NOTHING) for one in BudgetCategory):
        stand.known = frozenset(old)  # the portal itself was not at work in that January
    return stand


def _figures(session: Session, span: dict[str, Any]) -> dict[tuple[str, BudgetCategory], tuple[Decimal, ...]]:
    return {(row.month, row.category): (row.budget, row.reserved, row.spent) for row in rows(session, _BALANCES, span)}


def _by_year(lines: Iterable[BudgetLine]) -> list[tuple[tuple[int, str], dict[BudgetCategory, _Asked]]]:
    asked: dict[tuple[int, str], dict[BudgetCategory, _Asked]] = {}
    for line in lines:
        categories = asked.setdefault((line.department_id, line.month[:4]), {})
        categories.setdefault(line.category, _Asked()).add(line)
    return sorted(asked.items())


def _looked(
    stand: _Stand,
    category: BudgetCategory,
    asked: _Asked,
    responses: tuple[Response, Response],
    share: Decimal,
) -> list[Look]:
    if stand.issued:
        return [_in_budget(stand, category, asked, responses)]
    if category not in stand.known:
        return []
    return [
        _provisional(stand, category, month, amount, responses[0], share)
        for month, amount in sorted(asked.net.items())
        if amount > NOTHING
    ]


def _in_budget(stand: _Stand, category: BudgetCategory, asked: _Asked, responses: tuple[Response, Response]) -> Look:
    """The tightest place from the first month on: later months may have taken already what this one asks for."""
    first = min(asked.months)
    in_month, in_year = responses
    sums, places = [NOTHING] * 4, []
    for month in stand.months:
        figures = (*stand.at(month, category), asked.net.get(month, NOTHING))
        sums = [total + one for total, one in zip(sums, figures, strict=True)]
        if month < first:
            continue
        last = month == stand.months[-1]
        basis = Basis.YEAR if last and first != month else Basis.MONTH
        answers = {in_year} if basis == Basis.YEAR else {in_month, in_year} if last else {in_month}
        plan, reserved, spent, taken = sums
        place = Look(stand.department_id, category, first, month, basis, plan, reserved, spent, max(taken, NOTHING))
        places.append((_answered(place, answers), answers != {Response.IGNORE}))
    watched = [one for one, counts in places if counts] or [one for one, _ in places]
    return max(watched, key=lambda one: (_SEVERITY[one.response], -one.after))


def _answered(place: Look, answers: set[Response]) -> Look:
    """The place with what the control says to it: nothing where there is enough, or where it takes nothing."""
    if place.asked == NOTHING or place.after >= NOTHING or answers == {Response.IGNORE}:
        return place
    return replace(place, response=Response.STOP if Response.STOP in answers else Response.WARN)


def _provisional(
    stand: _Stand, category: BudgetCategory, month: str, asked: Decimal, response: Response, share: Decimal
) -> Look:
    """Until the budget is issued a month may spend as much as last year's same month, and what it was granted."""
    same_month = f"{int(stand.year) - 1}{month[4:]}"
    _, _, last_year = stand.at(same_month, category)
    granted, reserved, spent = stand.at(month, category)
    plan = (last_year * share).quantize(_FEN, ROUND_DOWN) + granted
    place = Look(stand.department_id, category, month, month, Basis.PROVISIONAL, plan, reserved, spent, asked)
    return _answered(place, {response})


def _responses(session: Session, category: BudgetCategory, now: datetime) -> tuple[Response, Response]:
    """What is answered on the month's and on the year's plan; a category that no row names is stopped."""
    for row in setting(session, "budget.control", now):
        if row.category == category:
            return row.month_response, row.year_response
    return Response.STOP, Response.STOP


def _share(session: Session, now: datetime) -> Decimal:
    return Decimal(setting(session, "budget.provisional_percent", now)) / 100


_BALANCES = sa.select(
    col(Balance.month), col(Balance.category), col(Balance.budget), col(Balance.reserved), col(Balance.spent)
).where(
    col(Balance.department_id) == sa.bindparam("department_id"),
    col(Balance.month).between(sa.bindparam("first"), sa.bindparam("last")),
)
_ISSUED = (
    sa.select(col(LedgerEntry.id))
    .where(col(LedgerEntry.department_id) == sa.bindparam("department_id"))
    .where(col(LedgerEntry.month).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(sa.literal_column("ledgerentry.posting = 'issued'"))
    .limit(1)
)
_TAKEN_OVER = (
    sa.select(col(OpeningActual.category), col(OpeningActual.m01))
    .join(Opening, col(Opening.document_id) == OpeningActual.document_id)
    .join(Document, col(Document.id) == OpeningActual.document_id)
    .where(col(Document.state).in_((State.DONE, State.REVERSING)), col(Opening.year) == sa.bindparam("year"))
    .where(col(OpeningActual.department_id) == sa.bindparam("department_id"))
)
"""What the old books say of a year; its January, to tell it from what the portal itself has booked in it."""
