"""Analysis report: what the complaints of a period show, and what is concluded and proposed from it (P1-4.4b).

Its figures are drawn from the records while its author has it and stay as they were when it was sent.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from models import (
    AnalysisAction,
    AnalysisActionForm,
    AnalysisCause,
    AnalysisCauseForm,
    AnalysisFigure,
    AnalysisFigureForm,
    AnalysisRepeat,
    AnalysisRepeatForm,
    AnalysisReport,
    AnalysisReportForm,
    CorrectiveAction,
    Document,
    Person,
    Repeated,
    ReportFigure,
    Role,
    State,
)
from services.documents.corrective_action import action_offered
from services.documents.kind import DocumentType, Filled, FollowUp, Lines, Print, Row, Section
from services.errors import Fault
from services.people import local_day
from services.prints.declared import paper_data
from services.routes import decision, working_days

if TYPE_CHECKING:
    from services.reports.turnaround import Turnaround

_LONGEST = timedelta(days=366)
_TOP = 8
"""Products, and customers, at most."""


def title(filled: Filled) -> str:
    return " - ".join(f"{filled.values[name]}" for name in ("period_from", "period_to") if filled.values.get(name))


def period_is_over(filled: Filled) -> Iterator[Fault]:
    """Only what has happened is analysed: a year at most, that ended yesterday or before (P1-4.4b)."""
    if not filled.has("period_from", "period_to"):
        return
    start, end = filled.values["period_from"], filled.values["period_to"]
    if end >= local_day(filled.now):
        yield Fault("period_to", "AR.fault.not_over")
    if start > end:
        yield Fault("period_from", "AR.fault.begins_after_its_end")
    elif end - start > _LONGEST:
        yield Fault("period_from", "AR.fault.too_long")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """The month that is over."""
    last = local_day(now).replace(day=1) - timedelta(days=1)
    return {"period_from": last.replace(day=1).isoformat(), "period_to": last.isoformat()}


# --- what is drawn


def figures(filled: Filled) -> list[dict[str, Any]]:
    """Each figure of the period beside that of as many days before."""
    found = _seen(filled)
    if found is None:
        return []
    this, before = (_figures(seen) for seen in found)
    return [{"figure": name, "this_period": said, "period_before": before[name]} for name, said in this.items() if said]


def causes(filled: Filled) -> list[dict[str, Any]]:
    """The most frequent first, each with the share that it and those before it make up."""
    found = _seen(filled)
    return [
        {"cause_category": one.cause, "case_count": one.count, "case_share": f"{one.cumulative:.1%}"}
        for one in (found[0].causes if found else ())
    ]


def repeats(filled: Filled) -> list[dict[str, Any]]:
    """Products and customers with more than one complaint, the most first."""
    found = _seen(filled)
    if found is None:
        return []
    received = found[0].received
    lists = {Repeated.PRODUCT: [case.product for case in received if case.product]}
    lists[Repeated.CUSTOMER] = [case.customer for case in received]
    return [
        {"repeated": sort, "repeated_name": name, "case_count": count}
        for sort, names in lists.items()
        for name, count in sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))[:_TOP]
        if count > 1
    ]


def open_actions(filled: Filled) -> list[dict[str, Any]]:
    """Corrective actions that the author may read and that are not finished, the latest first."""
    from services.access import visible_documents  # rights ask the registry, which this file is a part of

    mine = visible_documents(filled.session, filled.user, filled.now).with_only_columns(col(Document.id))
    found = (
        select(Document, CorrectiveAction)
        .where(CorrectiveAction.document_id == Document.id, col(Document.id).in_(mine))
        .where(Document.state == State.RUNNING)
        .order_by(col(CorrectiveAction.rectify_by), col(Document.id))
    )
    today = local_day(filled.now)
    return [
        {
            "action_id": document.id,
            "problem": document.title,
            "handling_department_id": own.handling_department_id,
            "rectify_by": own.rectify_by,
            "days_late": max((today - own.rectify_by).days, 0) or None,
        }
        for document, own in filled.session.exec(found)
    ]


def _seen(filled: Filled) -> "tuple[Turnaround, Turnaround] | None":
    """The period and the one before it, as the author sees them; reckoned once."""
    from services.reports.turnaround import Period, turnaround  # asks the registry, which this file is a part of

    if not filled.has("period_from", "period_to"):
        return None
    start, end = filled.values["period_from"], filled.values["period_to"]
    if not date(2000, 1, 1) <= start <= end <= start + _LONGEST:
        return None
    key = ("turnaround", start, end)
    if key not in filled.memory:
        period = Period.of(start, end)
        filled.memory[key] = tuple(
            turnaround(filled.session, filled.user, one, filled.now) for one in (period, period.before)
        )
    found: tuple[Turnaround, Turnaround] = filled.memory[key]
    return found


def _figures(seen: "Turnaround") -> dict[ReportFigure, str | None]:
    costs = [case.cost for case in seen.closed if case.cost is not None]
    scores = seen.scores
    return {
        ReportFigure.RECEIVED: str(len(seen.received)),
        ReportFigure.CLOSED: str(len(seen.closed)),
        ReportFigure.OPEN: str(len(seen.open_at_end)),
        ReportFigure.ANSWERED: _percent(seen.on_time("answer")),
        ReportFigure.VERIFIED: _percent(seen.on_time("verification")),
        ReportFigure.MEDIAN: _decimal(seen.median),
        ReportFigure.NINETIETH: _decimal(seen.ninetieth),
        ReportFigure.SATISFACTION: _decimal(sum(scores) / len(scores) if scores else None),
        ReportFigure.COST: f"{sum(costs, Decimal(0)):,.2f}" if costs else None,
    }


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.1%}"


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}"


ANALYSIS_REPORT = DocumentType(
    code="AR",
    slug="analysis_reports",
    area="complaints",
    icon=":material/summarize:",
    table=AnalysisReport,
    form=AnalysisReportForm,
    sections=(
        Section("AR.section.period", Row("period_from", "period_to")),
        Section(
            "AR.section.figures",
            Lines(
                "figures",
                AnalysisFigure,
                AnalysisFigureForm,
                ("figure", "this_period", "period_before"),
                least=0,
                drawn=figures,
            ),
        ),
        Section(
            "AR.section.causes",
            Lines(
                "causes",
                AnalysisCause,
                AnalysisCauseForm,
                ("cause_category", "case_count", "case_share"),
                least=0,
                drawn=causes,
            ),
        ),
        Section(
            "AR.section.repeats",
            Lines(
                "repeats",
                AnalysisRepeat,
                AnalysisRepeatForm,
                ("repeated", "repeated_name", "case_count"),
                least=0,
                drawn=repeats,
            ),
        ),
        Section(
            "AR.section.actions",
            Lines(
                "actions",
                AnalysisAction,
                AnalysisActionForm,
                ("action_id", "problem", "handling_department_id", "rectify_by", "days_late"),
                least=0,
                drawn=open_actions,
            ),
        ),
        Section("AR.section.conclusions", Row("conclusions"), Row("proposals")),
    ),
    columns=("period_from", "period_to"),
    title=title,
    readers=frozenset({Role.QUALITY_INSPECTOR, Role.SERVICE_ADMINISTRATOR, Role.CUSTOMER_SERVICE, Role.SALES_MANAGER}),
    starters=frozenset({Role.QUALITY_INSPECTOR, Role.SERVICE_ADMINISTRATOR}),
    checks=(period_is_over,),
    defaults=defaults,
    route=(
        decision(Role.MARKETING_MANAGER, within=working_days(3)),
        decision(Role.GENERAL_MANAGER, within=working_days(5), milestone="approved"),
    ),
    follow_ups=(FollowUp("CX", action_offered, several=True),),
    prints=(Print("report", "declared", paper_data),),
)
