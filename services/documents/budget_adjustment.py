"""Budget adjustment: money moves between lines of the budget or is added to them, never by one alone (P7-7, P7-3)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import (
    AdjustmentGiven,
    AdjustmentLineForm,
    AdjustmentTaken,
    Balance,
    BudgetAdjustment,
    BudgetAdjustmentForm,
    Department,
    Document,
    Person,
    Posting,
    Role,
)
from services.documents.company_plans import company_budget_is_issued, lines_of_plan
from services.documents.kind import DocumentType, Filled, Lines, Moved, Print, Row, Section, lines_of
from services.errors import Fault, Refused
from services.money import control, ledger
from services.money.ledger import NOTHING, BudgetLine, month_of
from services.people import local_day
from services.prints import budget_lines
from services.routes import Of, Owner, Step, decision, working_days
from services.texts import term_of

COLUMNS = ("department_id", "category", "month", "amount")
TAKEN = Lines("taken", AdjustmentTaken, AdjustmentLineForm, COLUMNS, least=0, most=100)
GIVEN = Lines("given", AdjustmentGiven, AdjustmentLineForm, COLUMNS, least=0, most=100)
TABLES = (TAKEN, GIVEN)


def title(filled: Filled) -> str:
    return filled.values.get("reason") or ""


def amount(filled: Filled) -> Decimal | None:
    """What is moved, or added."""
    return max(_total(filled, TAKEN), _total(filled, GIVEN)) or None


def departments(filled: Filled) -> list[int]:
    """Whose lines are touched: all their heads are asked (P7-7)."""
    found = {line.get("department_id") for table in TABLES for line in filled.lines.get(table.name, [])}
    return sorted(one for one in found if one)


def lines_are_told_apart(filled: Filled) -> Iterator[Fault]:
    """There is at least one line, none twice, all of one year."""
    if not any(filled.lines.get(table.name) for table in TABLES):
        yield Fault("given", "BA.fault.no_line")
    seen: set[tuple[Any, ...]] = set()
    year = ""
    for table, number, line in _typed(filled):
        place = (line.department_id, line.category, line.month)
        if place in seen:
            yield Fault("category", "BA.fault.twice", {}, table.name, number)
        seen.add(place)
        year = year or line.month[:4]
        if line.month[:4] != year:
            yield Fault("month", "BA.fault.other_year", {"year": year}, table.name, number)


def budget_is_issued(filled: Filled) -> Iterator[Fault]:
    """Only what finance has issued is adjusted; before that the plan itself is mended (P7-6, P7-7). A department that
    the company's issued budget left out is given its first one.
    """
    for table, number, line in _typed(filled):
        year = line.month[:4]
        is_first = table is GIVEN and company_budget_is_issued(filled.session, int(year))
        if not is_first and not control.is_issued(filled.session, line.department_id, year):
            department = filled.session.get_one(Department, line.department_id)
            facts = {"department": department.name, "year": year}
            yield Fault("department_id", "BA.fault.not_issued", facts, table.name, number)


def months_are_open(filled: Filled) -> Iterator[Fault]:
    """A closed month takes no postings (P2-2.4)."""
    for table, number, line in _typed(filled):
        if ledger.open_month(filled.session, line.department_id, line.month) != line.month:
            yield Fault("month", "ledger.fault.month_closed", {}, table.name, number)


def leaves_what_is_used(filled: Filled) -> Iterator[Fault]:
    """No month loses more than is planned in it, and no line what is spent or reserved of it (P7-7)."""
    typed = list(_typed(filled))
    for table, number, line in typed:
        planned = _planned(filled.session, line)
        if table is TAKEN and line.amount > planned:
            yield Fault("amount", "BA.fault.above_plan", {"plan": planned}, table.name, number)
    for one in control.shortfalls(filled.session, _turned(typed_lines(filled))):
        number = next(n for table, n, line in typed if table is TAKEN and _is_of(line, one))
        yield Fault("amount", "BA.fault.used", _lacking(one), TAKEN.name, number)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """A line on each side, for the user's department and the month it is; what a plan says that came too late."""
    if source is not None:
        given = [
            {"department_id": one.department_id, "category": one.category.value, "month": one.month,
             "amount": f"{one.amount:.2f}"}
            for one in lines_of_plan(session, source)
        ]  # fmt: skip
        return {"reason": f"{source.number} {source.title}", "taken": [], "given": given}
    line = {"department_id": user.department_id, "month": month_of(local_day(now))}
    return {"taken": [dict(line)], "given": [dict(line)]}


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """What is taken, given, and thereby added to the whole."""
    taken, given = _total(filled, TAKEN), _total(filled, GIVEN)
    return [("BA.fact.taken", taken), ("BA.fact.given", given), ("BA.fact.added", given - taken)]


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    taken, given = (
        sum((line.amount for line in lines_of(session, document, table)), NOTHING) for table in (TAKEN, GIVEN)
    )
    return [("BA.fact.taken", taken), ("BA.fact.given", given), ("BA.fact.added", given - taken)]


def adjusted(session: Session, document: Document, now: datetime) -> None:
    """The lines are as all agreed; what was reserved meanwhile may forbid it. A first budget is issued (P7-6)."""
    ledger.hold(session)
    lines = _where_posted(session, _lines(session, document))
    _must_leave_enough(session, lines)
    first = [one for one in lines if not control.is_issued(session, one.department_id, one.month[:4])]
    ledger.allot(session, document, Posting.ADJUSTED, [one for one in lines if one not in first], now)
    ledger.allot(session, document, Posting.ISSUED, first, now)


def undone(session: Session, document: Document, now: datetime) -> None:
    """The lines are again as they were, as far as nobody has used what they were given."""
    ledger.hold(session)
    lines = _where_posted(session, _turned(_lines(session, document)))
    _must_leave_enough(session, lines)
    ledger.allot(session, document, Posting.ADJUSTED, lines, now)


def still_unused(session: Session, document: Document, now: datetime) -> None:
    """What has been reserved or spent of what was given is not taken back under those who did."""
    _must_leave_enough(session, _where_posted(session, _turned(_lines(session, document))))


def _where_posted(session: Session, lines: list[BudgetLine]) -> list[BudgetLine]:
    """A month that was closed meanwhile neither loses nor gains: the next open one does, if it has it (P2-2.4)."""
    opened = [ledger.open_month(session, line.department_id, line.month) or line.month for line in lines]
    return [replace(line, month=month) for line, month in zip(lines, opened, strict=True)]


def _must_leave_enough(session: Session, lines: list[BudgetLine]) -> None:
    """The same as when it is sent, alone with the balances."""
    ledger.hold(session)
    for line in lines:
        if line.amount < NOTHING and -line.amount > _planned(session, line):
            raise Refused("BA.fault.above_plan", plan=_planned(session, line))
    for one in control.shortfalls(session, _turned(lines)):
        raise Refused("BA.fault.used", **_lacking(one))


def _turned(lines: Iterable[BudgetLine]) -> list[BudgetLine]:
    """What is given is taken, and the other way round."""
    return [replace(line, amount=-line.amount) for line in lines]


def _lacking(one: control.Look) -> dict[str, Any]:
    month = f"{one.until[:4]}-{one.until[4:]}"
    return {"category": term_of(one.category), "month": month, "missing": one.missing}


def _lines(session: Session, document: Document) -> list[BudgetLine]:
    """What each line gains, below zero what it loses."""
    found = []
    for table, sign in ((TAKEN, -1), (GIVEN, 1)):
        for line in lines_of(session, document, table):
            found.append(BudgetLine(line.month, line.department_id, line.category, sign * line.amount))
    return found


def typed_lines(filled: Filled) -> list[BudgetLine]:
    """The same of one that is being typed, as far as its lines are whole."""
    return [replace(line, amount=-line.amount) if table is TAKEN else line for table, _, line in _typed(filled)]


def _typed(filled: Filled) -> Iterator[tuple[Lines, int, BudgetLine]]:
    """The lines that are whole, each with its table and number."""
    for table in TABLES:
        for number, line in enumerate(filled.lines.get(table.name, []), start=1):
            if all(line.get(name) for name in COLUMNS):
                yield (
                    table,
                    number,
                    BudgetLine(line["month"], line["department_id"], line["category"], line["amount"]),
                )


def _is_of(line: BudgetLine, one: control.Look) -> bool:
    return (line.department_id, line.category, line.month[:4]) == (one.department_id, one.category, one.month[:4])


def _planned(session: Session, line: BudgetLine) -> Decimal:
    found = session.get(Balance, (line.month, line.department_id, line.category), populate_existing=True)
    return found.budget if found else NOTHING


def _total(filled: Filled, table: Lines) -> Decimal:
    return sum((line["amount"] for line in filled.lines.get(table.name, []) if line.get("amount")), NOTHING)


BUDGET_ADJUSTMENT = DocumentType(
    code="BA",
    slug="budget_adjustments",
    area="budget",
    icon=":material/swap_vert:",
    table=BudgetAdjustment,
    form=BudgetAdjustmentForm,
    sections=(
        Section("BA.section.why", Row("reason")),
        Section("BA.section.taken", TAKEN),
        Section("BA.section.given", GIVEN),
    ),
    title=title,
    amount=amount,
    figures=figures,
    facts=facts,
    moves=Moved(typed_lines, _lines),
    money=True,
    readers=frozenset({Role.BUDGET_SUPERVISOR}),
    starters=frozenset({Role.CLERK, Role.DEPARTMENT_HEAD, Role.FINANCE_HEAD}),
    starts_from=("BP",),
    follows={"department_ids": departments},
    checks=(lines_are_told_apart, budget_is_issued, months_are_open, leaves_what_is_used),
    defaults=defaults,
    route=(
        Step(
            "department_heads",
            (Owner(Role.DEPARTMENT_HEAD, Of.TOUCHED),),
            within=working_days(2),
        ),
        decision(Role.FINANCE_HEAD, within=working_days(2)),
        decision(Role.GENERAL_MANAGER, within=working_days(2), milestone="approved"),
    ),
    effects={"approved": adjusted},
    undo={"approved": undone},
    guards={"reverse": still_unused},
    prints=(Print("adjustment", "budget_change", budget_lines.adjustment_data),),
)
