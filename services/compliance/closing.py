"""The clauses about month end, costs, inspection and what is put right; about surveys, visits and analyses."""

from datetime import date
from typing import Any

from sqlmodel import col, select

from models import (
    ActionKind,
    AnalysisReport,
    Balance,
    ClosedMonth,
    Complaint,
    Department,
    Document,
    Event,
    MonthlySettlement,
    SettlementCheck,
    State,
    VisitOpinion,
)
from services.compliance.duties import duty, last_day_for
from services.compliance.found import Found, of
from services.compliance.measures import all_of, day, filled, in_time, promised, signed
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.controls.standing import NOT_STANDING
from services.documents.monthly_settlement import due_on, shut_from
from services.months import month_said
from services.people import local_day
from services.reports.cases import day_begins
from services.reports.contacts_due import ASKERS, rounds, visits
from services.reports.costs import SENT
from services.reports.inspections import of_departments


def _settled(records: Records) -> Found:
    """Departments that spent in the month before: is that month settled and closed? It is to be sent by a day; one
    that was sent and is still looked at is a risk until the month is over (P2-2.2).
    """
    closed = select(ClosedMonth.department_id).where(ClosedMonth.month == records.previous)
    spent, done, sent = _spent(records), set(records.session.exec(closed)), _reported(records)
    waiting = [id for id in spent if id not in done and id in sent] if records.is_current else []
    missing = [id for id in spent if id not in done and id not in waiting]
    return duty(records, len(spent), _named(records, missing), _settlement_due(records), near=len(waiting))


def _spending_reported(records: Records) -> Found:
    """Departments that spent in the month before: has each sent its settlement? (P7-9)"""
    spent, sent = _spent(records), _reported(records)
    missing = _named(records, [id for id in spent if id not in sent])
    return duty(records, len(spent), missing, _settlement_due(records))


def _settlement_due(records: Records) -> date:
    return due_on(records.session, records.previous, records.now)


def _spent(records: Records) -> list[int]:
    spent = (
        select(Balance.department_id)
        .where(Balance.month == records.previous, col(Balance.spent) != 0)
        .group_by(col(Balance.department_id))
    )
    return sorted(records.session.exec(spent))


def _reported(records: Records) -> set[int]:
    """Departments whose settlement of the month before was sent, be it that finance sent it back since."""
    sent = (
        select(MonthlySettlement.settled_department_id)
        .join(Document, col(Document.id) == MonthlySettlement.document_id)
        .where(MonthlySettlement.month == records.previous, col(Document.number).is_not(None))
        .where(col(Document.state).not_in(NOT_STANDING))
    )
    return set(records.session.exec(sent))


def _named(records: Records, departments: list[int]) -> tuple[tuple[object, ...], ...]:
    names = {one.id: one.name for one in records.session.exec(select(Department))}
    return tuple((names[id],) for id in departments)


def _evidence(records: Records) -> Found:
    """Points of the checklists of the settlements sent in the month: is nothing open? A point that is open with an
    explanation is a risk; it breaks the rule where finance was not content with it and sent the paper back (P8-4.4).
    """
    papers = records.sent("MS")
    points, refused = records.lines(SettlementCheck, papers), {one.id for one in papers if one.state == State.RETURNED}
    open_ = [one.document_id for one in points if one.open_count]
    asked = ((one.document_id, one.open_count == 0 or one.document_id not in refused) for one in points)
    return of(asked, (id for id in open_ if id not in refused))


def _cost_result_sent(records: Records) -> Found:
    """Was the result of the month before, if it cost anything, sent to the departments? (P8-4.3)"""
    if not _spent(records):
        return Found(0)
    sent = select(Event.id).where(Event.action == SENT, Event.subject == f"costs {records.previous}")
    open_ = [] if records.session.exec(sent).first() else [(month_said(records.previous),)]
    over = shut_from(records.session, records.previous, records.now)
    return duty(records, 1, open_, last_day_for(records, "costs.due_days", over))


def _of_design(_: Document, action: Any) -> bool:
    return bool(action.action_kind == ActionKind.DESIGN)


def _of_budget(_: Document, action: Any) -> bool:
    return bool(action.action_kind == ActionKind.BUDGET)


def _carried_out(records: Records) -> Found:
    """Corrective actions that are under way or ended in the month: is none beyond its day? (P7-11b, P8-6.2)"""
    running = records.forms(records.running("CX")) if records.is_current else []
    today = local_day(records.now)
    ended = (
        (paper.id, day(paper.closed_at) <= action.rectify_by) for paper, action in records.forms(records.finished("CX"))
    )
    return of([*ended, *((paper.id, today <= action.rectify_by) for paper, action in running)])


def _asked_regularly(records: Records) -> Found:
    return _none_late(records, "rounds", list(rounds(records.session, records.now)))


def _visited_regularly(records: Records) -> Found:
    return _none_late(records, "visits", list(visits(records.session, records.now)))


def _none_late(records: Records, name: str, due: list[Any]) -> Found:
    """Of the customers who are due by now or soon: is none late?"""
    late = [one for one in due if one.days_late > 0]
    return Found(len(due), others=tuple((one.customer,) for one in late), near=len(due) - len(late))


def _opinions_asked(records: Records) -> Found:
    """Did each visit bring opinions that were passed on? (P3-1.3b)"""
    made = records.sent("CV")
    heard = {one.document_id for one in records.lines(VisitOpinion, made)}
    return of((paper.id, paper.id in heard) for paper in made)


def _inspected(records: Records) -> Found:
    """Is no department's inspection overdue? (P7-11a)"""
    every = of_departments(records.session, records.now)
    return Found(len(every), others=tuple((one.department,) for one in every if one.days_overdue > 0))


def _analysed(records: Records) -> Found:
    """Does a report reach into the month before, so that its complaints, if any, are analysed? (P1-4.4b)"""
    first, last = records.days_of(records.previous)
    came_in = select(Complaint.document_id).where(
        col(Complaint.received_at) >= day_begins(first), col(Complaint.received_at) < records.start
    )
    if records.session.exec(came_in.limit(1)).first() is None:
        return Found(0)
    statement = (
        select(Document.id)
        .join(AnalysisReport, col(AnalysisReport.document_id) == Document.id)
        .where(
            col(Document.number).is_not(None),
            col(Document.state).not_in(NOT_STANDING),
            col(AnalysisReport.period_to) >= first,
            col(AnalysisReport.period_from) <= last,
        )
    )
    open_ = [] if records.session.exec(statement).first() else [(month_said(records.previous),)]
    return duty(records, 1, open_, last_day_for(records, "analysis.due_days", last))


RULES = {
    "P1-4.4b": Rule(("AR", "turnaround"), _analysed, "analyses"),
    "P2-2.2": Rule(("MS", "month_end"), _settled, "settled"),
    "P2-6.2": Rule(("costs", "MS"), signed("MS"), "settlements_signed"),
    "P2-6.3": Rule(("CX", "BI"), signed("CX", "take_on", when=_of_budget, at="finished"), "put_right"),
    "P3-1.3a": Rule(("CV",), _visited_regularly, "visited", named_to=frozenset(ASKERS)),
    "P3-1.3b": Rule(("CV",), _opinions_asked, "opinions"),
    "P3-1.4": Rule(("CV",), signed("CV"), "promoted"),
    "P3-1.5": Rule(("SS",), _asked_regularly, "surveyed", named_to=frozenset(ASKERS)),
    "P3-2.1b": Rule(("CX",), signed("CX", "take_on", "verify_effect", when=_of_design, at="finished"), "put_right"),
    "P4-2.5": Rule(("CP", "SS"), promised("survey"), "asked_in_time"),
    "P7-9": Rule(("MS", "month_end"), _spending_reported, "spending_reported"),
    "P7-11a": Rule(("BI",), _inspected, "inspected"),
    "P7-11b": Rule(("CX", "BI"), _carried_out, "carried_out"),
    "P7-11c": Rule(("BI",), all_of(signed("BI"), filled("BI", "inspection_summary", at="approved")), "summed_up"),
    "P8-4.3": Rule(("costs",), _cost_result_sent, "result_sent"),
    "P8-4.4": Rule(("MS", "month_end"), _evidence, "checklist"),
    "P8-6.2": Rule(("BI", "CX"), all_of(_carried_out, in_time("CX")), "carried_out"),
}
