"""Company budget: all departments' reviewed plans of a year under one ceiling, approved and issued (P2-3.4, P7-6)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import CompanyBudget, CompanyBudgetForm, CompanyBudgetLine, Document, Role
from services.documents.company_plans import PLANS, budgeted, issue, nothing_below_spent, warnings, watched
from services.documents.kind import DocumentType, Filled, Print, Row, Section, lines_of
from services.documents.standing import hold, standing
from services.errors import Fault
from services.money.ledger import NOTHING
from services.people import local_day
from services.prints import budget
from services.routes import Owner, decision, work, working_days

_NEXT_YEAR_FROM = 7
"""The month from which on a new budget is one for the year that follows."""


def title(filled: Filled) -> str:
    return str(filled.values.get("year") or "")


def year_is_near(filled: Filled) -> Iterator[Fault]:
    """A budget is for this year or the next one."""
    this_year = local_day(filled.now).year
    if filled.has("year") and filled.values["year"] not in (this_year, this_year + 1):
        yield Fault("year", "CB.fault.year_far", {"first": str(this_year), "last": str(this_year + 1)})


def one_budget_a_year(filled: Filled) -> Iterator[Fault]:
    """The company has one budget a year; what comes later is a budget adjustment (P7-7)."""
    other = standing(filled.session, _key(filled.values["year"])) if filled.has("year") else None
    if other is not None and (filled.document is None or other != filled.document.id):
        number = filled.session.get_one(Document, other).number
        yield Fault("year", "CB.fault.budgeted_already", {"number": number or ""})


def stands_alone(session: Session, document: Document, now: datetime) -> None:
    """Of two budgets for one year that are sent in one instant one is refused."""
    detail = session.get(CompanyBudget, document.id)
    if detail is not None:
        hold(session, document, _key(detail.year), Fault("year", "CB.fault.budgeted_meanwhile"))


def defaults(session: Session, user: Any, source: Document | None, now: datetime) -> dict[str, Any]:
    """The next year."""
    day = local_day(now)
    return {"year": day.year + (day.month >= _NEXT_YEAR_FROM)}


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What the year before has cost, what is planned, and what is left under the ceiling."""
    detail = session.get(CompanyBudget, document.id)
    lines: list[CompanyBudgetLine] = lines_of(session, document, PLANS)
    return _against_last_year(
        sum((line.last_amount or NOTHING for line in lines), NOTHING),
        sum((line.year_amount or NOTHING for line in lines), NOTHING),
        detail.ceiling if detail else None,
    )


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """The same while it is typed."""
    last = sum((line["last_amount"] for line in filled.lines["plans"]), NOTHING)
    return _against_last_year(last, budgeted(filled) or NOTHING, filled.values.get("ceiling"))


def _against_last_year(last: Decimal, whole: Decimal, ceiling: Decimal | None) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("CB.fact.last", last), ("CB.fact.sum", whole)]
    if ceiling is not None:
        found.append(("CB.fact.below", ceiling - whole) if whole <= ceiling else ("CB.fact.above", whole - ceiling))
    return found


def _key(year: int) -> str:
    return f"CB {year}"


COMPANY_BUDGET = DocumentType(
    code="CB",
    slug="company_budgets",
    area="budget",
    icon=":material/account_balance_wallet:",
    table=CompanyBudget,
    form=CompanyBudgetForm,
    sections=(
        Section("CB.section.ceiling", Row("year", "ceiling"), Row("basis")),
        Section("CB.section.plans", PLANS),
    ),
    columns=("year", "ceiling"),
    title=title,
    amount=budgeted,
    figures=figures,
    money=True,
    readers=frozenset({Role.BUDGET_SUPERVISOR}),
    starters=frozenset({Role.FINANCE_HEAD}),
    checks=(year_is_near, one_budget_a_year, nothing_below_spent),
    warnings=warnings,
    watched=watched,
    settled=stands_alone,
    defaults=defaults,
    route=(
        decision(Role.GENERAL_MANAGER, within=working_days(3), milestone="approved"),
        work("issue", Owner(Role.FINANCE_OFFICER), within=working_days(1), milestone="issued"),
    ),
    effects={"issued": issue},
    reversible=False,
    facts=facts,
    prints=(Print("company", "company", budget.company_data),),
)
