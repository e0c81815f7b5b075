"""Which departments are to be inspected, and by when (P7-11a)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Balance, BudgetInspection, Department, Document, Finding, Person, Role, Span
from services.controls.standing import NOT_STANDING
from services.documents.inspection_lines import open_actions
from services.errors import Refused
from services.export import Column, to_excel
from services.money.ledger import month_of
from services.people import has_role, local_day
from services.reports.scorecard import period_of
from services.settings import setting
from services.texts import text
from services.warranty import months_later

READERS = frozenset(
    {Role.BUDGET_SUPERVISOR, Role.GENERAL_MANAGER, Role.MARKETING_MANAGER, Role.FINANCE_HEAD, Role.FINANCE_VP}
)
COLUMNS = ("department", "last", "inspected_until", "findings", "open_actions", "due_on", "days_overdue")


@dataclass(frozen=True)
class DueInspection:
    """A department with a budget: what was inspected last, what is open of it, and when the next one is due."""

    department: str
    last: str | None
    inspected_until: date | None
    findings: int
    open_actions: str
    due_on: date
    days_overdue: int


def inspections_due(session: Session, reader: Person, now: datetime) -> list[DueInspection]:
    """Every department with a budget of this year, whoever is overdue longest first.

    Raises `Refused` for whoever does not watch over budgets.
    """
    if not has_role(session, reader, *READERS):
        raise Refused("inspections.shut")
    return of_departments(session, now)


def inspections_to_excel(session: Session, reader: Person, now: datetime, *, language: str) -> bytes:
    """The list as the page shows it. Raises `Refused` as the list does."""
    sorts = {"inspected_until": "date", "findings": "number", "due_on": "date", "days_overdue": "number"}
    columns: list[Any] = [Column(text(language, f"inspections.{one}"), sorts.get(one, "text")) for one in COLUMNS]  # type: ignore[arg-type]
    lines = ([getattr(one, name) for name in COLUMNS] for one in inspections_due(session, reader, now))
    return to_excel(columns, lines, title=text(language, "menu.inspections"), language=language)


def of_departments(session: Session, now: datetime) -> list[DueInspection]:
    """Every department with a budget of this year, whoever is overdue longest first."""
    today, months = local_day(now), setting(session, "inspection.months", now)
    quarter = period_of(Span.QUARTER, month_of(today))
    planned = select(Balance.department_id).where(col(Balance.month).startswith(str(today.year)))
    departments = select(Department).where(col(Department.active), col(Department.id).in_(planned))
    found = []
    for one in session.exec(departments.order_by(col(Department.id))):
        last = _last(session, one.id)
        due_on = months_later(last.ends_on, months) if last else quarter.first
        findings = select(sa.func.count()).select_from(Finding)
        found.append(
            DueInspection(
                one.name,
                last.number if last else None,
                last.ends_on if last else None,
                session.exec(findings.where(Finding.document_id == last.id)).one() if last else 0,
                ", ".join(open_actions(session, last.id)) if last else "",
                due_on,
                max((today - due_on).days, 0),
            )
        )
    return sorted(found, key=lambda one: one.due_on)


@dataclass(frozen=True)
class _Last:
    id: int
    number: str | None
    ends_on: date


def _last(session: Session, department_id: int) -> _Last | None:
    """The inspection of the department, or of all, that reaches furthest."""
    whose = col(BudgetInspection.inspected_department_id)
    found = (
        sa.select(col(Document.id), col(Document.number), col(BudgetInspection.ends_on))
        .join(BudgetInspection, col(BudgetInspection.document_id) == Document.id)
        .where(col(Document.state).not_in(NOT_STANDING), sa.or_(whose.is_(None), whose == department_id))
        .order_by(col(BudgetInspection.ends_on).desc(), col(Document.id).desc())
    )
    row = session.execute(found).first()
    return _Last(row.id, row.number, row.ends_on) if row else None
