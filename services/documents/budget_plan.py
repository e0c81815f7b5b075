"""Budget plan: a department's year, month by month and category by category, reviewed by finance (P2-3, P7-4, P7-6)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import BudgetPlan, BudgetPlanForm, Department, Document, PlanLine, Role
from services.documents.company_plans import came_too_late, no_company_budget_stands_on_it
from services.documents.filling import says_something
from services.documents.grids import as_typed
from services.documents.kind import DocumentType, Filled, FollowUp, Option, Print, Row, Section, lines_of
from services.documents.plan_lines import (
    GRID,
    LINES,
    derive,
    one_line_for_each_category,
    planned,
    spent_before,
    totals_agree,
)
from services.documents.standing import hold, standing
from services.errors import Fault, Refused
from services.money.ledger import NOTHING
from services.people import local_day
from services.people import standing as standing_of
from services.prints import budget
from services.routes import Of, decision, working_days
from services.texts import term_of

PLANNERS = frozenset({Role.CLERK, Role.DEPARTMENT_HEAD})
REVIEW = "budget_review"
_NEXT_YEAR_FROM = 7
"""The month from which on a new plan is one for the year that follows."""


def title(filled: Filled) -> str:
    department_id, year = filled.values.get("planned_department_id"), filled.values.get("year")
    department = filled.session.get(Department, department_id) if department_id else None
    return " ".join(str(part) for part in (department.name if department else None, year) if part)


def year_is_near(filled: Filled) -> Iterator[Fault]:
    """A plan is for this year or the next one."""
    this_year = local_day(filled.now).year
    if filled.has("year") and filled.values["year"] not in (this_year, this_year + 1):
        yield Fault("year", "BP.fault.year_far", {"first": str(this_year), "last": str(this_year + 1)})


def one_plan_a_year(filled: Filled) -> Iterator[Fault]:
    """A department has one plan for a year (P7-4)."""
    if not filled.has("year", "planned_department_id"):
        return
    other = standing(filled.session, _key(filled.values["planned_department_id"], filled.values["year"]))
    if other is not None and (filled.document is None or other != filled.document.id):
        number = filled.session.get_one(Document, other).number
        yield Fault("year", "BP.fault.planned_already", {"number": number or ""})


def stands_alone(session: Session, document: Document, now: datetime) -> None:
    """Of two plans for one department and year that are sent in one instant one is refused (P7-4)."""
    plan = session.get(BudgetPlan, document.id)
    if plan is not None:
        fault = Fault("year", "BP.fault.planned_meanwhile")
        hold(session, document, _key(plan.planned_department_id, plan.year), fault)


def own_departments(session: Session, user: Any, now: datetime) -> list[Option]:
    """Those whose clerk or head he is."""
    ids = standing_of(session, user).departments(PLANNERS)
    found = select(Department).where(col(Department.id).in_(ids), Department.active).order_by(col(Department.id))
    return [Option(one.id, one.name) for one in session.exec(found)]


def defaults(session: Session, user: Any, source: Document | None, now: datetime) -> dict[str, Any]:
    """The next year of his department, from what this one has cost (P7-4)."""
    day = local_day(now)
    offered = [option.value for option in own_departments(session, user, now)]
    department_id = user.department_id if user.department_id in offered else next(iter(offered), None)
    year = day.year + (day.month >= _NEXT_YEAR_FROM)
    known = {"planned_department_id": department_id, "year": year}
    return known | {"lines": as_typed(GRID, spent_before(Filled(session, user, now, known, {})))}


def trimmed_with_reason(session: Session, document: Document, now: datetime) -> None:
    """Finance may take away from a category, saying why, and adds nothing (P7-6)."""
    if document.step != REVIEW:
        return
    lines: list[PlanLine] = lines_of(session, document, LINES)
    for line in lines:
        if line.reviewed is not None and line.reviewed > line.year_amount:
            raise Refused("BP.refused.reviewed_above", category=term_of(line.category), amount=line.year_amount)
        if line.reviewed not in (None, line.year_amount) and not says_something(line.review_reason or ""):
            raise Refused("BP.refused.trimmed_without_reason", category=term_of(line.category))


def reviewed(session: Session, document: Document, now: datetime) -> None:
    """Each category has the amount that finance found right; from now on the plan waits for the company's budget."""
    lines: list[PlanLine] = lines_of(session, document, LINES)
    for line in lines:
        line.reviewed = line.year_amount if line.reviewed is None else line.reviewed
        session.add(line)
    plan = session.get_one(BudgetPlan, document.id)
    plan.reviewed_amount = sum((line.reviewed or NOTHING for line in lines), NOTHING)
    session.add(plan)


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What was planned, what the year before had cost, what finance left."""
    lines: list[PlanLine] = lines_of(session, document, LINES)
    plan = session.get(BudgetPlan, document.id)
    if plan is None:
        return []
    found: list[tuple[str, Any]] = [
        ("BP.fact.last", sum((line.last_amount for line in lines), NOTHING)),
        ("BP.fact.planned", sum((line.year_amount for line in lines), NOTHING)),
    ]
    if plan.reviewed_amount is not None:
        found.append(("BP.fact.reviewed", plan.reviewed_amount))
    return found


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """While it is typed: what the year before has cost."""
    return [("BP.fact.last", sum((sum(months, NOTHING) for months in spent_before(filled).values()), NOTHING))]


def _key(department_id: int, year: int) -> str:
    return f"BP {year} {department_id}"


BUDGET_PLAN = DocumentType(
    code="BP",
    slug="budget_plans",
    area="budget",
    icon=":material/calendar_month:",
    table=BudgetPlan,
    form=BudgetPlanForm,
    sections=(
        Section("BP.section.plan", Row("planned_department_id", "year")),
        Section("BP.section.why", Row("demand", "product_quality"), Row("technical_level", "work_plan")),
        Section("BP.section.lines", LINES),
    ),
    columns=("year", "company_budget_id"),
    title=title,
    amount=planned,
    figures=figures,
    payable="reviewed_amount",
    money=True,
    readers=frozenset({Role.BUDGET_SUPERVISOR}),
    starters=PLANNERS,
    of_department="planned_department_id",
    checks=(year_is_near, one_plan_a_year, one_line_for_each_category, totals_agree),
    settled=stands_alone,
    defaults=defaults,
    derive=derive,
    options={"planned_department_id": own_departments},
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(2)),
        decision(
            Role.FINANCE_OFFICER,
            key=REVIEW,
            within=working_days(5),
            line_fields={"lines": ("reviewed", "review_reason")},
            cuts=True,
            milestone="approved",
        ),
    ),
    effects={"approved": reviewed},
    guards={"approve": trimmed_with_reason, "reverse": no_company_budget_stands_on_it},
    facts=facts,
    follow_ups=(FollowUp("BA", came_too_late),),
    prints=(Print("plan", "plan", budget.plan_data),),
)
