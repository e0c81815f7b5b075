"""The ledger only grows: papers reserve, release and spend in it, and each month's balance grows in the same breath.

The month is the one in which the cost arose, not the one in which it is paid (P8-4.1). A paper that is undone posts
the opposite; nothing is taken out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Balance,
    BudgetCategory,
    ClosedMonth,
    CostElement,
    Department,
    Document,
    ExpenseType,
    LedgerEntry,
    Posting,
)
from services.database import asked_once, is_look, one_at_a_time, rows
from services.errors import Refused
from services.schema import missing_triggers
from services.upsert import insert_into

NOTHING = Decimal("0.00")
ALLOWANCE = "ALLOWANCE"
"""The code of the expense type under which a trip's daily allowance is estimated and booked."""
NO_ELEMENT = ""
"""A budget is planned by category; what the money is made of (labour, travel) is known when it is spent."""
EFFECT: Mapping[Posting, tuple[str, int]] = {
    Posting.ISSUED: ("budget", 1),
    Posting.ADJUSTED: ("budget", 1),
    Posting.GRANTED: ("budget", 1),
    Posting.RESERVED: ("reserved", 1),
    Posting.RELEASED: ("reserved", -1),
    Posting.SPENT: ("spent", 1),
    Posting.REVERSED: ("spent", -1),
}
"""Which figure of the balance a posting moves, and which way."""


@dataclass(frozen=True)
class Cost:
    """An amount of money for one purpose in one month."""

    month: str
    expense_type_id: int | None
    """None is the daily allowance of a company that has no type of its own for it."""
    amount: Decimal


@dataclass(frozen=True)
class Share:
    """A part of the ledger, with what stands there: a line of the budget and an expense type in it."""

    month: str
    department_id: int
    category: BudgetCategory
    cost_element: str
    expense_type_id: int | None
    amount: Decimal
    reservation_id: int | None = None


@dataclass(frozen=True)
class BudgetLine:
    """A line of the budget: a month's money of a department for a category."""

    month: str
    department_id: int
    category: BudgetCategory
    amount: Decimal


def month_of(day: date) -> str:
    """The month that a cost of this day belongs to (P8-4.1)."""
    return f"{day:%Y%m}"


def reserve(
    session: Session, document: Document, costs: Iterable[Cost], now: datetime, reservation_id: int | None = None
) -> None:
    """Keep money aside for what a paper allows, in the budget of its department; or for another that it adds to."""
    own = [replace(share, reservation_id=reservation_id or document.id) for share in _shares(session, document, costs)]
    _post(session, document, Posting.RESERVED, own, now)


def release(
    session: Session,
    document: Document,
    reservation_id: int,
    now: datetime,
    upto: Mapping[BudgetCategory, Decimal] | None = None,
) -> Decimal:
    """Let go of what is still reserved for a paper: all of it, or `upto` an amount a category. Returns yuan let go.

    `document` is the paper on account of which it is let go (a claim, for its trip).
    """
    hold(session)
    freed = reserved_for(session, reservation_id) if upto is None else covered(session, reservation_id, upto)
    _post(session, document, Posting.RELEASED, freed, now)
    return sum((share.amount for share in freed), NOTHING)


def spend(session: Session, document: Document, costs: Iterable[Cost], now: datetime) -> None:
    """Book what a paper has cost."""
    _post(session, document, Posting.SPENT, _shares(session, document, costs), now)


def take_over(
    session: Session, document: Document, lines: Iterable[tuple[BudgetLine, CostElement]], now: datetime
) -> None:
    """Book what was spent before the portal was, as the old books say (P7-4)."""
    shares = [Share(one.month, one.department_id, one.category, element, None, one.amount) for one, element in lines]
    _post(session, document, Posting.SPENT, shares, now)


def allot(session: Session, document: Document, posting: Posting, lines: Iterable[BudgetLine], now: datetime) -> None:
    """Give money to lines of the budget: issued, adjusted (which may take it away), or granted (P7-6, P7-7, P7-8)."""
    shares = [Share(one.month, one.department_id, one.category, NO_ELEMENT, None, one.amount) for one in lines]
    _post(session, document, posting, shares, now)


def undo(session: Session, document: Document, now: datetime) -> None:
    """Take back what a paper has spent, and reserve again what it had released for others; in a year that is closed
    what was reserved has lapsed.
    """
    spent = _open(session, "document_id", document.id, "spent")
    _post(session, document, Posting.REVERSED, spent, now)
    released = _open(session, "document_id", document.id, "reserved")
    again = [
        replace(share, amount=-share.amount)
        for share in released
        if share.amount < 0 and share.reservation_id != document.id
        if open_month(session, share.department_id, share.month) is not None
    ]
    _post(session, document, Posting.RESERVED, again, now)


def reserved_for(session: Session, document_id: int) -> list[Share]:
    """What is still reserved for a paper, month by month."""
    return [share for share in _open(session, "reservation_id", document_id, "reserved") if share.amount > NOTHING]


def reserved_in(session: Session, department_id: int, month: str) -> list[Share]:
    """What is still reserved in a month of a department, by whatever papers."""
    named = {"department_id": department_id, "month": month}
    papers = rows(session, _RESERVING, named).scalars().all()
    kept = (share for id in papers for share in reserved_for(session, id))
    return [share for share in kept if (share.department_id, share.month) == (department_id, month)]


def carry(session: Session, document: Document, shares: list[Share], month: str | None, now: datetime) -> None:
    """Reservations go on in another month of the same line, on account of a paper; in none they lapse."""
    _post(session, document, Posting.RELEASED, shares, now)
    if month is not None:
        _post(session, document, Posting.RESERVED, [replace(share, month=month) for share in shares], now)


def spent_by(session: Session, document_id: int) -> Decimal:
    """Yuan that a paper has cost, as they stand in the ledger."""
    return sum((share.amount for share in _open(session, "document_id", document_id, "spent")), NOTHING)


def place_of(session: Session, expense_type_id: int | None) -> tuple[BudgetCategory, str]:
    """The budget category and the cost element of an expense type (P7-5, P8-4.2)."""
    if expense_type_id is None:
        return BudgetCategory.PROJECTS, "travel"

    if is_look(session):
        return asked_once(session, "places", lambda: _places(session))[expense_type_id]
    kind = session.get_one(ExpenseType, expense_type_id)
    return kind.category, str(kind.cost_element)


def by_category(session: Session, costs: Iterable[Cost]) -> dict[BudgetCategory, Decimal]:
    """What costs add up to, by the budget category to which their expense types lead."""
    summed: dict[BudgetCategory, Decimal] = {}
    for cost in costs:
        category, _ = place_of(session, cost.expense_type_id)
        summed[category] = summed.get(category, NOTHING) + cost.amount
    return summed


def hold(session: Session) -> None:
    """Be alone with the balances until the transaction ends: two people never both see the last yuan left.

    One lock for the whole budget: the audit trail, which each act writes in the end, is one for all as well. Whoever
    writes in the trail before he posts takes it first, else two would wait for each other.
    """
    one_at_a_time(session, "budget")


def covered(session: Session, reservation_id: int, upto: Mapping[BudgetCategory, Decimal]) -> list[Share]:
    """What a reservation gives for costs, part by part, up to an amount a category."""
    left, freed = dict(upto), []
    for share in reserved_for(session, reservation_id):
        amount = min(share.amount, left.get(share.category, NOTHING))
        left[share.category] = left.get(share.category, NOTHING) - amount
        freed.append(replace(share, amount=amount))
    return freed


def open_month(session: Session, department_id: int, month: str) -> str | None:
    """The month in which something meant for a month is posted: itself, or where that is closed for the department the
    next open one of the same year; None where there is none any more (P2-2.4).
    """
    year = month[:4]
    named = {"department_id": department_id, "first": f"{year}01", "last": f"{year}12"}
    closed = asked_once(session, ("closed", department_id, year), lambda: set(rows(session, _CLOSED, named).scalars()))
    later = (f"{month[:4]}{number:02d}" for number in range(int(month[4:]), 13))
    return next((one for one in later if one not in closed), None)


def month_to_post(session: Session, department_id: int, month: str) -> str:
    """Where a cost meant for a month is posted: the next open month of its year; where that year is closed as a whole,
    the first open one after it, since what was paid for has to be booked (P8-4.1).
    """
    while (found := open_month(session, department_id, month)) is None:
        month = f"{int(month[:4]) + 1}01"
    return found


def entries_of(session: Session, document: Document) -> list[LedgerEntry]:
    """What a paper posted, and what was posted to its reservation, in order."""
    its = sa.or_(col(LedgerEntry.document_id) == document.id, col(LedgerEntry.reservation_id) == document.id)
    return list(session.exec(select(LedgerEntry).where(its).order_by(col(LedgerEntry.id))))


def left_of(entries: Iterable[LedgerEntry]) -> dict[str, Decimal]:
    """What postings add up to in yuan, by the figures of the balance that they moved."""
    found: dict[str, Decimal] = {}
    for one in entries:
        figure, sign = EFFECT[one.posting]
        found[figure] = found.get(figure, NOTHING) + sign * one.amount
    return found


def problems(session: Session) -> Iterator[str]:
    """Where the balances are not what the ledger adds up to, and guards of the ledger that are missing."""
    for name in missing_triggers(session.connection(), "ledgerentry"):
        yield f"trigger {name}: missing"
    summed = {(row.month, row.department_id, row.category): row for row in rows(session, _SUMS)}
    kept = {(one.month, one.department_id, one.category): one for one in session.exec(select(Balance))}
    for key in sorted(summed.keys() | kept.keys()):
        for figure in ("budget", "reserved", "spent"):
            is_kept = getattr(kept.get(key), figure, NOTHING)
            adds_up = getattr(summed.get(key), figure, None) or NOTHING
            if is_kept != adds_up:
                month, department_id, category = key
                yield f"balance {month} {department_id} {category}: {figure} is {is_kept}, the ledger says {adds_up}"


def _places(session: Session) -> dict[int, tuple[BudgetCategory, str]]:
    return {row.id: (row.category, str(row.cost_element)) for row in rows(session, _PLACES)}


def _post(session: Session, document: Document, posting: Posting, shares: Iterable[Share], now: datetime) -> None:
    """Write entries and their balances, in the caller's transaction. A share of nothing is no entry.

    What is meant for a closed month goes to the next open one, and says so (P2-2.4). A budget stays in its year.
    """
    shares = [share for share in shares if share.amount]
    if not shares:
        return
    hold(session)
    meant = [share.month for share in shares]
    shares = [replace(share, month=_month_for(session, share, posting)) for share in shares]
    last = rows(session, _LAST_LINE, {"document_id": document.id, "posting": posting}).scalar() or 0
    for line, (share, month) in enumerate(zip(shares, meant, strict=True), start=last + 1):
        session.add(
            LedgerEntry(
                at=now,
                month=share.month,
                department_id=share.department_id,
                category=share.category,
                cost_element=share.cost_element,
                expense_type_id=share.expense_type_id,
                posting=posting,
                amount=share.amount,
                document_id=document.id,
                line=line,
                reservation_id=share.reservation_id,
                meant_for=None if month == share.month else month,
            )
        )
    session.flush()
    _grow(session, shares, posting)


def _month_for(session: Session, share: Share, posting: Posting) -> str:
    if EFFECT[posting][0] != "budget":
        return month_to_post(session, share.department_id, share.month)
    found = open_month(session, share.department_id, share.month)
    if found is None:
        department = session.get_one(Department, share.department_id)
        raise Refused("ledger.refused.year_closed", department=department.name, year=share.month[:4])
    return found


def _grow(session: Session, shares: list[Share], posting: Posting) -> None:
    figure, sign = EFFECT[posting]
    statement = insert_into(session, Balance)
    grown = statement.on_conflict_do_update(
        index_elements=["month", "department_id", "category"],
        set_={figure: getattr(Balance, figure) + statement.excluded[figure]},
    )
    nothing = {"budget": NOTHING, "reserved": NOTHING, "spent": NOTHING}
    parts = [
        {"month": share.month, "department_id": share.department_id, "category": share.category}
        | nothing
        | {figure: sign * share.amount}
        for share in shares
    ]
    rows(session, grown, parts)


def _shares(session: Session, document: Document, costs: Iterable[Cost]) -> list[Share]:
    """Costs on the lines of the budget to which their expense types lead; those of one line are one share."""
    summed: dict[tuple[str, int], Decimal] = {}
    for cost in costs:
        key = (cost.month, cost.expense_type_id or 0)
        summed[key] = summed.get(key, NOTHING) + cost.amount
    found = []
    for (month, type_id), amount in sorted(summed.items()):
        category, element = place_of(session, type_id or None)
        found.append(Share(month, document.department_id, category, element, type_id or None, amount))
    return found


def _open(session: Session, whose: str, id: int, figure: str) -> list[Share]:
    """What stands in the ledger of one figure, part by part; parts in which nothing is left are not named."""
    groups: dict[tuple[Any, ...], list[Share]] = {}
    for row in rows(session, _parts(whose, figure), {"id": id}):
        share = Share(**row._mapping)
        groups.setdefault(tuple(vars(replace(share, month="", amount=NOTHING)).values()), []).append(share)
    left = [share for shares in groups.values() for share in _left_of(shares)]
    return sorted(left, key=lambda one: (one.month, one.department_id, one.category, one.cost_element))


def _left_of(shares: list[Share]) -> list[Share]:
    """What is taken back of a closed month stands in a later one: of months of both signs the earlier are settled."""
    whole = sum((share.amount for share in shares), NOTHING)
    sign = 1 if whole > NOTHING else -1
    against = sum((share.amount for share in shares if share.amount * sign < NOTHING), NOTHING)
    left = []
    for share in shares:
        if share.amount * sign > NOTHING:
            settled = min(abs(share.amount), abs(against)) * sign
            against += settled
            left.append(replace(share, amount=share.amount - settled))
    return [share for share in left if share.amount]


@cache
def _parts(whose: str, figure: str) -> Any:
    parts = (
        col(LedgerEntry.month),
        col(LedgerEntry.department_id),
        col(LedgerEntry.category),
        col(LedgerEntry.cost_element),
        col(LedgerEntry.expense_type_id),
    )
    total = sum_of(figure)
    return (
        sa.select(*parts, total.label("amount"), col(LedgerEntry.reservation_id))
        .where(getattr(LedgerEntry, whose) == sa.bindparam("id"))
        .where(col(LedgerEntry.posting).in_([one for one, (moved, _) in EFFECT.items() if moved == figure]))
        .group_by(*parts, col(LedgerEntry.reservation_id))
        .having(total != 0)
        .order_by(*parts, col(LedgerEntry.reservation_id))
    )


def sum_of(figure: str) -> Any:
    """What the entries of a query add up to in one figure of the balance."""
    amount, posting = col(LedgerEntry.amount), col(LedgerEntry.posting)
    # a number times the column would be read as yuan and stored as fen
    cases = [
        (posting == one, amount if sign > 0 else -amount) for one, (moved, sign) in EFFECT.items() if moved == figure
    ]
    return sa.func.sum(sa.case(*cases, else_=sa.literal(NOTHING, LedgerEntry.amount.type)))  # type: ignore[attr-defined]


_PLACES = sa.select(col(ExpenseType.id), col(ExpenseType.category), col(ExpenseType.cost_element))
_CLOSED = sa.select(col(ClosedMonth.month)).where(
    col(ClosedMonth.department_id) == sa.bindparam("department_id"),
    col(ClosedMonth.month).between(sa.bindparam("first"), sa.bindparam("last")),
)
_RESERVING = (
    sa.select(col(LedgerEntry.reservation_id))
    .where(col(LedgerEntry.month) == sa.bindparam("month"))
    .where(col(LedgerEntry.department_id) == sa.bindparam("department_id"))
    .where(col(LedgerEntry.posting) == Posting.RESERVED)
    .distinct()
    .order_by(col(LedgerEntry.reservation_id))
)
_LAST_LINE = sa.select(sa.func.max(col(LedgerEntry.line))).where(
    col(LedgerEntry.document_id) == sa.bindparam("document_id"), col(LedgerEntry.posting) == sa.bindparam("posting")
)
_SUMS = sa.select(
    col(LedgerEntry.month),
    col(LedgerEntry.department_id),
    col(LedgerEntry.category),
    *(sum_of(figure).label(figure) for figure in ("budget", "reserved", "spent")),
).group_by(col(LedgerEntry.month), col(LedgerEntry.department_id), col(LedgerEntry.category))
