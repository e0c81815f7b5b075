"""How far the budget plans of a year are: which department has sent its plan, and who is late (P2-3.1, P7-4)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, col, select

from models import BudgetPlan, Department, Document, Person, Role, State
from services.access import DEPARTMENT_READERS, MONEY_READERS, READS_ALL, visible_documents
from services.documents.standing import NOT_STANDING
from services.money.ledger import NOTHING
from services.money.years import spent_in
from services.people import Standing, local_day, standing
from services.settings import setting

FOLLOW_ALL = MONEY_READERS | READS_ALL | {Role.BUDGET_SUPERVISOR}
"""They read every department's plan."""


@dataclass(frozen=True)
class Progress:
    """Where a department's plan for a year stands; amounts in yuan, None as long as nothing is known."""

    department: str
    number: str | None
    """None: nothing was sent, or it does not stand any more."""
    state: State | None
    step: str | None
    last: Decimal
    """What the year before has cost."""
    planned: Decimal | None
    reviewed: Decimal | None
    issued: bool
    days_late: int
    """By how many days it was sent too late, or is late today."""


def may_follow(session: Session, reader: Person) -> bool:
    """Has the reader anything to do with plans?"""
    return bool(standing(session, reader).roles & (FOLLOW_ALL | DEPARTMENT_READERS))


def due_day(session: Session, year: int, now: datetime) -> date:
    """The day of the year before by which a plan is to be sent (P2-3.1)."""
    month, day = map(int, setting(session, "budget.plan_due", now).split("-"))
    return date(year - 1, month, day)


def progress(session: Session, reader: Person, year: int, now: datetime) -> list[Progress]:
    """Every department's plan for a year, as far as the reader follows them: all, or those of his departments."""
    due, today = due_day(session, year, now), local_day(now)
    plans = _plans(session, reader, year, now)
    found = []
    for department in followed_departments(session, standing(session, reader)):
        paper, plan = plans.get(department.id, (None, None))
        sent = local_day(paper.submitted_at) if paper and paper.submitted_at else today
        found.append(
            Progress(
                department=department.name,
                number=paper.number if paper else None,
                state=paper.state if paper else None,
                step=paper.step if paper else None,
                last=sum((sum(one, NOTHING) for one in spent_in(session, department.id, year - 1).values()), NOTHING),
                planned=paper.amount if paper else None,
                reviewed=plan.reviewed_amount if plan else None,
                issued=bool(plan and plan.company_budget_id),
                days_late=max((sent - due).days, 0),
            )
        )
    return found


def followed_departments(session: Session, me: Standing) -> list[Department]:
    """All departments for whoever follows the whole company, else his own."""
    statement = select(Department).where(Department.active).order_by(col(Department.id))
    if not me.roles & FOLLOW_ALL:
        statement = statement.where(col(Department.id).in_(me.departments(DEPARTMENT_READERS)))
    return list(session.exec(statement))


def _plans(
    session: Session, reader: Person, year: int, now: datetime
) -> dict[int, tuple[Document, BudgetPlan]] | dict[int, tuple[None, None]]:
    """The plans that stand, by department."""
    visible = visible_documents(session, reader, now).where(Document.kind == "BP").with_only_columns(col(Document.id))
    statement = (
        select(Document, BudgetPlan)
        .join(BudgetPlan, col(BudgetPlan.document_id) == Document.id)
        .where(BudgetPlan.year == year, col(Document.state).not_in(NOT_STANDING), col(Document.id).in_(visible))
    )
    return {plan.planned_department_id: (paper, plan) for paper, plan in session.exec(statement)}
