"""What customers think of the service, month by month: after cases and in rounds alike (P1-7.1, P3-1.5)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col

from models import Document, Person, SatisfactionSurvey, State, SurveyKind
from services.access import visible_documents
from services.documents.complaint_route import SCORES
from services.reports.turnaround import Scope


@dataclass(frozen=True)
class MonthScores:
    """The surveys of a month: how many after cases, how many in rounds, and the mean of each score, from 1 to 5."""

    month: str
    after_cases: int
    rounds: int
    means: dict[str, float]


def by_month(session: Session, user: Person, scope: Scope, now: datetime) -> list[MonthScores]:
    """By month of asking, as far as the user may read the surveys; oldest first."""
    found = (
        visible_documents(session, user, now)
        .join(SatisfactionSurvey, col(SatisfactionSurvey.document_id) == Document.id)
        .where(col(Document.state).in_([State.RUNNING, State.DONE]))
        .where(col(SatisfactionSurvey.surveyed_on).between(scope.first, scope.today))
    )
    if scope.department_id is not None:
        found = found.where(SatisfactionSurvey.handling_department_id == scope.department_id)
    months = defaultdict[str, list[SatisfactionSurvey]](list)
    for survey in session.execute(found.with_only_columns(SatisfactionSurvey)).scalars():
        months[f"{survey.surveyed_on:%Y-%m}"].append(survey)
    return [_month(name, months[name]) for name in sorted(months)]


def _month(name: str, surveys: list[SatisfactionSurvey]) -> MonthScores:
    after_cases = sum(one.survey_kind == SurveyKind.CASE for one in surveys)
    means = {score: sum(getattr(one, score) for one in surveys) / len(surveys) for score in SCORES}
    return MonthScores(name, after_cases, len(surveys) - after_cases, means)
