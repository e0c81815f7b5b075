"""The clauses about training, appraisal, the use of funds and what follows from breaches (P1-7, P1-8, P2-6 to P2-8)."""

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from models import Assessed, Assessment, Document, TrainingKind
from services.compliance.duties import duty, last_day_for
from services.compliance.found import Found, Measure
from services.compliance.measures import holds, signed
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.controls.standing import NOT_STANDING
from services.months import last_day
from services.reports.cases import day_begins
from services.reports.scorecards import departments_measured
from services.reports.training_due import SEES_ALL, everybody_due


def _trained(*kinds: TrainingKind) -> Measure:
    """Is nobody overdue for a training of these kinds?"""

    def measure(records: Records) -> Found:
        due = records.once("training_due", lambda: everybody_due(records.session, records.now))
        found = [one for one in due if one.kind in kinds]
        over = [one for one in found if one.days_overdue > 0]
        return Found(len(found), others=tuple((one.who, one.product) for one in over), near=len(found) - len(over))

    return measure


def _assessed(records: Records) -> Found:
    """Has every department that is measured been assessed for the quarter before? (P1-7.2)

    Only where the portal was in use by then.
    """
    quarter = (int(records.month[4:]) - 1) // 3
    last = last_day(f"{records.year}{quarter * 3:02d}" if quarter else f"{records.year - 1}12")
    in_use = select(Document.id).where(col(Document.submitted_at) < day_begins(last + timedelta(days=1)))
    if records.session.exec(in_use.limit(1)).first() is None:
        return Found(0)
    period = f"{records.year}Q{quarter}" if quarter else f"{records.year - 1}Q4"
    statement = (
        select(Assessment.assessed_department_id)
        .join(Document, col(Document.id) == Assessment.document_id)
        .where(
            Assessment.period == period,
            Assessment.assessed == Assessed.DEPARTMENT,
            col(Document.number).is_not(None),
            col(Document.state).not_in(NOT_STANDING),
        )
    )
    there = set(records.session.exec(statement))
    every = departments_measured(records.session)
    open_ = [(one.name,) for one in every if one.department_id not in there]
    return duty(records, len(every), open_, last_day_for(records, "assessment.due_days", last))


def _concluded(_: Document, assessment: Any) -> bool:
    return bool(assessment.conclusion)


RULES = {
    "P1-7.2": Rule(("AS", "scorecards"), _assessed, "assessed"),
    "P1-8.1": Rule(("TN", "training_due"), _trained(TrainingKind.NEW_EMPLOYEE), "new_trained", named_to=SEES_ALL),
    "P2-6.1": Rule(("AS", "evaluation"), _assessed, "assessed"),
    "P2-7.1": Rule(("evaluation", "AS"), _assessed, "assessed"),
    "P2-7.2": Rule(("AS", "evaluation"), _assessed, "assessed"),
    "P2-7.3": Rule(("AS",), holds("AS", _concluded, at="approved"), "concluded"),
    "P2-8.1": Rule(("VL",), signed("VL", "hear", "finance_head", "general_manager"), "heard"),
    "P3-1.2": Rule(("TN", "training_due"), _trained(TrainingKind.CUSTOMER), "customers_trained", named_to=SEES_ALL),
    "P4-1.1": Rule(("people", "complaint_register"), None, "one_department"),
    "P4-1.2": Rule(("TN", "training_due"), _trained(TrainingKind.REFRESHER), "refreshed", named_to=SEES_ALL),
    "P4-1.4": Rule(("AS", "scorecards"), _assessed, "assessed"),
    "P8-6.3": Rule(("VL",), signed("VL", "hear", "finance_head", "general_manager"), "heard"),
}
