"""The clauses about the budget: planned, approved, issued, kept to the fen (P2-1 to P2-5, P7)."""

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models import (
    Balance,
    BudgetCategory,
    BudgetPlan,
    ClosedMonth,
    Department,
    Document,
    LedgerEntry,
    OutsideKind,
    PlanLine,
    Posting,
    Role,
    RouteVersion,
    Setting,
)
from services.compliance.duties import duty
from services.compliance.found import Found, of
from services.compliance.measures import all_of, filled, has_holder, holds, signed
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.documents.standing import NOT_STANDING
from services.months import last_day
from services.people import local_day
from services.reports.plans import due_day
from services.settings import setting


def _lines(records: Records, *, watched: bool = False) -> Found:
    """Lines of the year's budget, added up to the month: is each within its plan? (P2-5.1a, P2-5.1b)

    `watched` counts those that are used beyond the watched share as at risk (P2-5.2).
    """
    plan, reserved, spent = (sa.func.sum(col(one)) for one in (Balance.budget, Balance.reserved, Balance.spent))
    statement = (
        sa.select(
            col(Department.name),
            col(Balance.category),
            plan.label("plan"),
            reserved.label("reserved"),
            spent.label("spent"),
        )
        .join(Department, col(Department.id) == Balance.department_id)
        .where(col(Balance.month) >= f"{records.year}01", col(Balance.month) <= records.month)
        .group_by(col(Department.name), col(Balance.category))
        .having(plan > 0)
    )
    lines = records.once("lines", lambda: records.session.execute(statement).all())
    over = [(line.name, line.category) for line in lines if line.reserved + line.spent > line.plan]
    share = setting(records.session, "budget.watched_share", records.now) if watched else None
    near = [line for line in lines if share and line.plan >= line.reserved + line.spent > line.plan * share / 100]
    return Found(len(lines), others=tuple(over), near=len(near))


def _plans(records: Records, year: int | None = None) -> list[tuple[Document, BudgetPlan]]:
    """The plans that stand for a year: the one that is looked at, unless said otherwise."""
    year = year or records.year
    statement = (
        select(Document, BudgetPlan)
        .join(BudgetPlan, col(BudgetPlan.document_id) == Document.id)
        .where(
            BudgetPlan.year == year,
            col(Document.number).is_not(None),
            col(Document.state).not_in(NOT_STANDING),
        )
    )
    return records.once(("plans", year), lambda: list(records.session.exec(statement)))  # type: ignore[no-any-return]


def _plans_in_time(records: Records) -> Found:
    """Has every department sent its plan, by the day on which it was due? The plan of the year; of the next year from
    the month in which that falls due (P2-3.1).
    """
    year = records.year + (due_day(records.session, records.year + 1, records.now) <= last_day(records.month))
    due = due_day(records.session, year, records.now)
    sent = {plan.planned_department_id: paper for paper, plan in _plans(records, year)}
    departments = list(records.session.exec(select(Department).where(Department.active)))
    late = tuple(paper.id for paper in sent.values() if paper.submitted_at and local_day(paper.submitted_at) > due)
    missing = duty(records, len(departments), [(one.name,) for one in departments if one.id not in sent], due)
    return replace(missing, broken=late)


def _six_categories(records: Records) -> Found:
    """Does each plan hold all six categories? (P2-3.2, P7-5)"""
    lines = records.lines(PlanLine, [paper for paper, _ in _plans(records)])
    held: dict[int, set[BudgetCategory]] = {paper.id: set() for paper, _ in _plans(records)}
    for line in lines:
        held[line.document_id].add(line.category)
    return of((id, found == set(BudgetCategory)) for id, found in held.items())


def _weighed(records: Records) -> Found:
    """Does each plan say what it weighs: demand, quality, technical level, this year's work? (P2-3.3, P7-4)"""
    said = ("demand", "product_quality", "technical_level", "work_plan")
    return of((paper.id, all(getattr(plan, one) for one in said)) for paper, plan in _plans(records))


def _issued(records: Records) -> Found:
    """Was each plan reviewed by finance, approved and issued with the company's budget? (P7-6)"""
    return of((paper.id, plan.company_budget_id is not None) for paper, plan in _plans(records))


def _within_ceiling(paper: Document, budget: Any) -> bool:
    return paper.amount is not None and paper.amount <= budget.ceiling


def _entries(records: Records) -> list[LedgerEntry]:
    statement = select(LedgerEntry).where(LedgerEntry.month == records.month)
    return records.once("entries", lambda: list(records.session.exec(statement)))  # type: ignore[no-any-return]


def _changed_by_papers(records: Records) -> Found:
    """Is every change of a budget line of the month the work of an approved paper? (P7-3, P7-7, P2-5.1b)"""
    changes = {Posting.ADJUSTED, Posting.GRANTED, Posting.ISSUED}
    return _behind(records, [one for one in _entries(records) if one.posting in changes])


def _spent_by_papers(records: Records) -> Found:
    """Does an approved paper stand behind every yuan spent in the month? (P7-8a, P8-6.1)"""
    return _behind(records, [one for one in _entries(records) if one.posting == Posting.SPENT])


def _behind(records: Records, entries: list[LedgerEntry]) -> Found:
    ids = {one.document_id for one in entries}
    statement = select(Document.id).where(
        col(Document.id).in_(ids), sa.or_(col(Document.approved_at).is_not(None), col(Document.closed_at).is_not(None))
    )
    approved = set(records.session.exec(statement))
    return of((id, id in approved) for id in sorted(ids))


def _has_element(records: Records) -> Found:
    """Does every yuan spent in the month name its cost element? (P2-2.1, P8-4.2)"""
    spent = [one for one in _entries(records) if one.posting == Posting.SPENT]
    return of((one.document_id, bool(one.cost_element)) for one in spent)


def _closed_stay_closed(records: Records) -> Found:
    """Was nothing posted into a closed month after it was closed? (P2-2.3)"""
    same = sa.and_(
        col(ClosedMonth.month) == LedgerEntry.month, col(ClosedMonth.department_id) == LedgerEntry.department_id
    )
    of_year = col(LedgerEntry.month).between(f"{records.year}01", f"{records.year}12")
    every = sa.select(sa.func.count()).select_from(LedgerEntry).join(ClosedMonth, same).where(of_year)
    after = select(LedgerEntry.document_id).join(ClosedMonth, same).where(of_year)
    broken = records.session.exec(after.where(col(LedgerEntry.at) > ClosedMonth.closed_at))
    return Found(records.session.execute(every).scalar_one(), tuple(broken))


def _accrued(records: Records) -> Found:
    """Is what was spent booked on the month in which it arose, or on the next one open? (P8-4.1)"""
    spent = [one for one in _entries(records) if one.posting == Posting.SPENT]
    return of((one.document_id, one.meant_for is None or one.meant_for <= one.month) for one in spent)


def _rules_approved(records: Records) -> Found:
    """Changed routes, limits and control settings that hold by now: did the general manager approve each? (P6-5)

    Those that wait for him are at risk: they do not hold before.
    """
    begun = []
    for table, author in ((RouteVersion, RouteVersion.created_by_id), (Setting, Setting.proposed_by_id)):
        statement = select(table.approved_by_id, table.valid_from).where(
            col(author).is_not(None), col(table.declined_at).is_(None)
        )
        begun += list(records.session.exec(statement))
    approved = [by for by, _ in begun if by is not None]
    return Found(len(approved), near=len(begun) - len(approved))


def _overspend(_: Document, request: Any) -> bool:
    return bool(request.outside in (OutsideKind.OVERSPEND, OutsideKind.UNPLANNED))


RULES = {
    "P2-1.3": Rule(("budget",), None, "managers_read"),
    "P2-2.1": Rule(("budget", "spending"), _has_element, "elements"),
    "P2-2.3": Rule(("budget",), _closed_stay_closed, "closed_stay_closed"),
    "P2-3.1": Rule(("BP", "plan_progress"), _plans_in_time, "plans_in_time"),
    "P2-3.2": Rule(("BP",), _six_categories, "six_categories"),
    "P2-3.3": Rule(("BP",), _weighed, "weighed"),
    "P2-3.4": Rule(("CB",), holds("CB", _within_ceiling, at="sent"), "within_ceiling"),
    "P2-4.1": Rule(("OB",), signed("OB"), "outside_signed"),
    "P2-4.2": Rule(("routes",), all_of(*(signed(kind) for kind in ("TR", "SR", "EC", "CA", "BA", "OB"))), "all_signed"),
    "P2-4.3": Rule(("OB",), filled("OB", "demand", "satisfaction", "interest", at="approved"), "considered"),
    "P2-5.1a": Rule(("budget", "control_list"), _lines, "lines_within"),
    "P2-5.1b": Rule(("budget", "BA"), all_of(_lines, _changed_by_papers), "lines_within"),
    "P2-5.2": Rule(("budget",), lambda records: _lines(records, watched=True), "lines_watched"),
    "P2-5.3": Rule(("OB", "control_list"), signed("OB", when=_overspend), "overspend_signed"),
    "P6-5": Rule(("routes", "settings"), _rules_approved, "rules_approved"),
    "P7-3": Rule(("BP", "BA"), _changed_by_papers, "changed_by_papers"),
    "P7-4": Rule(("BP",), _weighed, "weighed"),
    "P7-5": Rule(("BP",), _six_categories, "six_categories"),
    "P7-6": Rule(("BP", "CB", "plan_progress"), _issued, "issued"),
    "P7-7": Rule(("BA",), _changed_by_papers, "changed_by_papers"),
    "P7-8a": Rule(("budget",), _spent_by_papers, "spent_by_papers"),
    "P7-10": Rule(("people", "control_list"), has_holder(Role.BUDGET_SUPERVISOR), "roles"),
    "P8-4.1": Rule(("budget",), _accrued, "accrued"),
    "P8-4.2": Rule(("budget", "spending"), _has_element, "elements"),
    "P8-6.1": Rule(("control_list", "budget"), _spent_by_papers, "spent_by_papers"),
}
