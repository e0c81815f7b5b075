"""Budget inspection: the supervision group looks at how the budget is carried out, and what it finds is put right
(P7-10, P7-11a, P7-11b, P7-11c, P8-6.2).
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col

from models import (
    BudgetInspection,
    BudgetInspectionForm,
    Department,
    Document,
    Finding,
    FindingForm,
    LastPoint,
    LastPointForm,
    Person,
    Role,
    SampleLine,
    SampleLineForm,
    Severity,
    Span,
)
from services.documents.corrective_action import action_offered
from services.documents.inspection_lines import draw_last_points, draw_sample, period, seed
from services.documents.kind import DocumentType, Filled, FollowUp, Lines, Option, Print, Row, Section, lines_of
from services.documents.violation import violation_offered
from services.errors import Fault
from services.money.ledger import month_of
from services.months import months_before
from services.people import local_day
from services.prints.declared import form_data
from services.routes import decision, working_days
from services.settings import setting
from services.texts import text

MOST_OFFERED = 300
SAMPLE = Lines(
    "sample",
    SampleLine,
    SampleLineForm,
    ("sampled_for", "paper_id", "paper_title", "paper_department_id", "paper_amount"),
    least=0,
    drawn=draw_sample,
)
FINDINGS = Lines(
    "findings",
    Finding,
    FindingForm,
    ("finding", "severity", "clause", "finding_department_id", "paper_id"),
    least=0,
    most=100,
)
LAST_POINTS = Lines(
    "last_points",
    LastPoint,
    LastPointForm,
    ("point", "severity", "point_department_id", "actions"),
    least=0,
    drawn=draw_last_points,
)


def title(filled: Filled) -> str:
    department = filled.session.get(Department, filled.values.get("inspected_department_id") or 0)
    return " ".join(one for one in (period_key(filled), department.name if department else "") if one)


def period_key(filled: Filled) -> str:
    """202610, or 2026Q3; nothing as long as it is not typed."""
    found = period(filled)
    return found.key if found else ""


def ends_on(filled: Filled) -> date | None:
    found = period(filled)
    return found.last if found else None


def has_begun(filled: Filled) -> Iterator[Fault]:
    """A period that lies ahead has nothing to inspect (P7-11a)."""
    found = period(filled)
    if found and found.first > local_day(filled.now):
        yield Fault("month", "BI.fault.not_begun")


def papers_looked_at(session: Session, user: Person, now: datetime) -> list[Option]:
    """Papers about money that may be named in a finding: the newest that he may read."""
    from services.access import visible_documents  # rights ask the registry, which this file is a part of
    from services.documents import KINDS

    money = [code for code, kind in KINDS.items() if kind.money]
    seen = visible_documents(session, user, now)
    seen = seen.where(col(Document.kind).in_(money), col(Document.number).is_not(None))
    newest = session.exec(seen.order_by(col(Document.id).desc()).limit(MOST_OFFERED))
    return [Option(one.id, f"{one.number} {one.title}") for one in newest]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """The quarter that is over."""
    this = month_of(local_day(now))
    return {
        "span": Span.QUARTER.value,
        "month": months_before(this, 3),
        "sample_size": setting(session, "inspection.sample", now),
    }


def to_be_put_right(session: Session, user: Person, source: Document, now: datetime) -> bool:
    """Was something found, and may he open a corrective action for it? (P7-11b)"""
    return bool(lines_of(session, source, FINDINGS)) and action_offered(session, user, source, now)


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """How many papers were looked at, by which seed, and what was found."""
    own = session.get(BudgetInspection, document.id)
    findings: list[Finding] = lines_of(session, document, FINDINGS)
    grave = sum(1 for one in findings if one.severity != Severity.NORMAL)
    found = [("BI.fact.looked_at", len(lines_of(session, document, SAMPLE))), ("BI.fact.findings", len(findings))]
    found += [("BI.fact.grave", grave)] if grave else []
    return [*found, *([("BI.fact.seed", str(own.sample_seed))] if own and own.sample_seed is not None else [])]


def report_data(session: Session, document: Document, language: str) -> dict[str, Any]:
    """The summary report (预算执行检查报告): sample, findings, last time's points, what is proposed (P7-11c)."""
    return form_data(session, document, BUDGET_INSPECTION, language, notes=[text(language, "BI.print_rule")])


BUDGET_INSPECTION = DocumentType(
    code="BI",
    slug="budget_inspections",
    area="governance",
    icon=":material/manage_search:",
    table=BudgetInspection,
    form=BudgetInspectionForm,
    sections=(
        Section("BI.section.what", Row("span", "month"), Row("inspected_department_id", "sample_size")),
        Section("BI.section.sample", SAMPLE),
        Section("BI.section.findings", FINDINGS),
        Section("BI.section.last_points", LAST_POINTS, Row("last_time")),
        Section("BI.section.summary", Row("inspection_summary"), Row("proposals")),
    ),
    columns=("period", "inspected_department_id"),
    title=title,
    facts=facts,
    readers=frozenset({Role.BUDGET_SUPERVISOR, Role.GENERAL_MANAGER, Role.FINANCE_HEAD, Role.FINANCE_VP}),
    starters=frozenset({Role.BUDGET_SUPERVISOR}),
    follows={"period": period_key, "ends_on": ends_on, "sample_seed": seed},
    checks=(has_begun,),
    defaults=defaults,
    options={"paper_id": papers_looked_at},
    route=(decision(Role.GENERAL_MANAGER, within=working_days(5), milestone="approved"),),
    follow_ups=(FollowUp("CX", to_be_put_right, several=True), FollowUp("VL", violation_offered, several=True)),
    prints=(Print("report", "form", report_data),),
)
