"""Evaluation of the use of funds: cost, satisfaction and technical level of each department in a period, cost against
quality, and what was concluded from it (P2-7.1, P2-7.2, P2-7.3).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Assessed, Assessment, Balance, BudgetCategory, Document, Indicator, Person
from services.access import visible_documents
from services.controls.standing import NOT_STANDING
from services.database import rows
from services.export import Column, to_excel
from services.money.ledger import NOTHING
from services.people import has_role
from services.reports.budget import BUDGET_READERS
from services.reports.scorecard import Figure, Subject, scorecard
from services.reports.scorecards import Scope, departments_measured
from services.settings import setting
from services.texts import text

COLUMNS = (
    "department",
    "spent",
    "plan",
    "used",
    "cases",
    "cost_per_case",
    "satisfaction",
    "technical",
    "total",
    "assessment",
    "conclusion",
    "follows",
)
MONEY = ("spent", "plan", "cost_per_case")


@dataclass(frozen=True)
class Spent:
    """What a department planned and spent in a category, in yuan."""

    category: BudgetCategory
    plan: Decimal
    spent: Decimal


@dataclass(frozen=True)
class Concluded:
    """The department's assessment for the period, as far as the reader may see it."""

    number: str
    conclusion: str
    follows: str | None
    """Number of the budget adjustment or corrective action that it leads to."""
    follows_kind: str | None


@dataclass(frozen=True)
class Evaluated:
    """One department in a period. Amounts in yuan; satisfaction of five, technical level of a hundred."""

    subject: Subject
    by_category: tuple[Spent, ...]
    cases: int
    cost_per_case: Decimal | None
    cost_goal: Decimal
    satisfaction: Decimal | None
    satisfaction_goal: Decimal
    technical: Decimal | None
    total: Decimal | None
    concluded: Concluded | None

    @property
    def spent(self) -> Decimal:
        return sum((one.spent for one in self.by_category), NOTHING)

    @property
    def plan(self) -> Decimal:
        return sum((one.plan for one in self.by_category), NOTHING)

    @property
    def used(self) -> Decimal | None:
        """Of a hundred of the plan."""
        return (self.spent * 100 / self.plan).quantize(Decimal("0.01")) if self.plan else None


def may_evaluate(session: Session, reader: Person) -> bool:
    """Every manager sees the sums (P2-1.3)."""
    return has_role(session, reader, *BUDGET_READERS)


def evaluation(session: Session, reader: Person, scope: Scope, now: datetime) -> list[Evaluated]:
    """The departments that handled complaints or spent in the period, in their order."""
    goals = {rule.indicator: rule.goal for rule in setting(session, "assessment.indicators", now)
             if rule.assessed == Assessed.DEPARTMENT}  # fmt: skip
    concluded = _concluded(session, reader, scope, now)
    found = []
    for subject in departments_measured(session):
        card = scorecard(session, subject, scope.period, now)
        figures = {one.indicator: one for one in card.figures}
        cost, quality = figures.get(Indicator.COST_PER_CASE), figures.get(Indicator.SATISFACTION)
        spent = _spent(session, subject, scope)
        closed = figures.get(Indicator.TURNAROUND)
        if not (spent or (closed and closed.of)):
            continue
        found.append(
            Evaluated(
                subject,
                tuple(spent),
                closed.of if closed else 0,
                _reached(cost),
                goals.get(Indicator.COST_PER_CASE, NOTHING),
                _reached(quality),
                goals.get(Indicator.SATISFACTION, NOTHING),
                _reached(figures.get(Indicator.TECHNICAL)),
                card.total,
                concluded.get(subject.id),
            )
        )
    return found


def evaluation_to_excel(session: Session, reader: Person, scope: Scope, now: datetime, *, language: str) -> bytes:
    """The table as the page shows it."""
    sorts = dict.fromkeys((*MONEY, "used", "satisfaction", "technical", "total"), "money") | {"cases": "number"}
    columns: list[Any] = [Column(text(language, f"evaluation.{one}"), sorts.get(one, "text")) for one in COLUMNS]  # type: ignore[arg-type]
    lines = ([cell(one, name) for name in COLUMNS] for one in evaluation(session, reader, scope, now))
    title = f"{text(language, 'menu.evaluation')} {scope.period.key}"
    return to_excel(columns, lines, title=title, language=language)


def cell(one: Evaluated, name: str) -> Any:
    """What stands in a column."""
    if name == "department":
        return one.subject.name
    if name in ("assessment", "conclusion", "follows"):
        key = "number" if name == "assessment" else name
        return getattr(one.concluded, key) if one.concluded else None
    return getattr(one, name)


def _reached(figure: Figure | None) -> Decimal | None:
    return figure.reached if figure else None


def _spent(session: Session, subject: Subject, scope: Scope) -> list[Spent]:
    where = {"department": subject.id, "months": scope.period.months}
    found = rows(session, _BALANCES, where)
    return [Spent(row.category, row.plan, row.spent) for row in found if row.spent or row.plan]


_BALANCES = (
    sa.select(
        col(Balance.category), sa.func.sum(Balance.budget).label("plan"), sa.func.sum(Balance.spent).label("spent")
    )
    .where(col(Balance.department_id) == sa.bindparam("department"))
    .where(col(Balance.month).in_(sa.bindparam("months", expanding=True)))
    .group_by(col(Balance.category))
    .order_by(col(Balance.category))
)


def _concluded(session: Session, reader: Person, scope: Scope, now: datetime) -> dict[int, Concluded]:
    """By department: its assessment of the period that the reader may see."""
    seen: Any = visible_documents(session, reader, now)
    after = sa.orm.aliased(Document)
    found = (
        seen.join(Assessment, col(Assessment.document_id) == Document.id)
        .outerjoin(after, col(after.id) == Assessment.leads_to_id)
        .where(col(Assessment.assessed) == Assessed.DEPARTMENT, col(Assessment.period) == scope.period.key)
        .where(col(Document.state).not_in(NOT_STANDING))
        .with_only_columns(
            col(Assessment.assessed_department_id),
            col(Document.number),
            col(Assessment.conclusion),
            col(after.number).label("follows"),
            col(after.kind).label("follows_kind"),
        )
    )
    return {row[0]: Concluded(*row[1:]) for row in session.execute(found)}
