"""What a budget inspection looks at: papers drawn by chance, those on the control list, last time's points (P7-11a).

The chance is that of a seed which nobody chooses: whoever draws from it again finds the same papers.
"""

from datetime import datetime
from random import Random
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import BudgetInspection, BudgetStop, Document, Finding, PaperWarning, SampledFor, State
from services.controls.standing import NOT_STANDING
from services.documents.kind import Filled

SAMPLED = ("EC", "SR", "CA", "TR")
"""Kinds of papers that use the budget."""
MOST_CONTROLLED = 20
CORRECTIVE = "CX"


def period(filled: Filled) -> Any:
    """The month or quarter that is inspected; None as long as it is not typed."""
    from services.reports.scorecard import period_of  # it asks the registry, which these lines are a part of

    return period_of(filled.values["span"], filled.values["month"]) if filled.has("span", "month") else None


def seed(filled: Filled) -> int | None:
    """Follows from the paper itself, once it is kept: nobody chooses it."""
    return crc32(filled.document.client_token.encode()) if filled.document else None


def draw_sample(filled: Filled) -> list[dict[str, Any]]:
    """So many papers of the period by chance, and those about which the controls had something to say."""
    chosen, found = seed(filled), period(filled)
    if chosen is None or found is None or not filled.has("sample_size"):
        return []
    begins, ends = found.moments()
    every = _papers(filled, begins, ends)
    controlled = _controlled(filled.session, every)
    others = [id for id in sorted(every) if id not in controlled]
    by_chance = sorted(Random(chosen).sample(others, min(filled.values["sample_size"], len(others))))
    reasons = [(id, SampledFor.CHANCE) for id in by_chance] + [(id, SampledFor.CONTROL) for id in controlled]
    return [
        {
            "sampled_for": why,
            "paper_id": id,
            "paper_title": every[id].title,
            "paper_department_id": every[id].department_id,
            "paper_amount": every[id].amount,
        }
        for id, why in reasons
    ]


def draw_last_points(filled: Filled) -> list[dict[str, Any]]:
    """The findings of the inspection before, with what is still open of them (P7-11c)."""
    before = last_inspection(filled)
    if before is None:
        return []
    still_open = ", ".join(open_actions(filled.session, before)) or None
    found = select(Finding).where(Finding.document_id == before).order_by(col(Finding.position))
    return [
        {
            "point": one.finding,
            "severity": one.severity,
            "point_department_id": one.finding_department_id,
            "actions": still_open,
        }
        for one in filled.session.exec(found)
    ]


def open_actions(session: Session, inspection_id: int) -> list[str]:
    """Numbers of the corrective actions that were opened from an inspection and are not finished (P7-11b)."""
    found = select(Document.number).where(
        Document.source_id == inspection_id,
        Document.kind == CORRECTIVE,
        col(Document.state).in_([State.RUNNING, State.RETURNED]),
    )
    return [number for number in session.exec(found.order_by(col(Document.id))) if number]


def last_inspection(filled: Filled) -> int | None:
    """Id of the inspection of the same department, or of all, that ended last before this period."""
    found = period(filled)
    if found is None:
        return None
    department = filled.values.get("inspected_department_id")
    earlier = (
        select(Document.id)
        .join(BudgetInspection, col(BudgetInspection.document_id) == Document.id)
        .where(col(Document.state).not_in(NOT_STANDING), col(BudgetInspection.ends_on) < found.first)
    )
    if department is not None:
        same = (col(BudgetInspection.inspected_department_id) == department,
                col(BudgetInspection.inspected_department_id).is_(None))  # fmt: skip
        earlier = earlier.where(sa.or_(*same))
    return filled.session.exec(earlier.order_by(col(BudgetInspection.ends_on).desc(), col(Document.id).desc())).first()


def _papers(filled: Filled, begins: datetime, ends: datetime) -> dict[int, Document]:
    found = select(Document).where(
        col(Document.kind).in_(SAMPLED),
        col(Document.state).not_in(NOT_STANDING),
        col(Document.submitted_at) >= begins,
        col(Document.submitted_at) < ends,
    )
    if department := filled.values.get("inspected_department_id"):
        found = found.where(Document.department_id == department)
    return {one.id: one for one in filled.session.exec(found)}


def _controlled(session: Session, papers: dict[int, Document]) -> list[int]:
    """Those with a warning or a stop, the newest first."""
    ids: set[int] = set()
    every = sorted(papers)
    for start in range(0, len(every), 500):
        part = every[start : start + 500]
        ids |= set(session.exec(select(PaperWarning.document_id).where(col(PaperWarning.document_id).in_(part))))
        stopped = session.exec(select(BudgetStop.document_id).where(col(BudgetStop.document_id).in_(part)))
        ids |= {id for id in stopped if id is not None}
    return sorted(ids, reverse=True)[:MOST_CONTROLLED]
