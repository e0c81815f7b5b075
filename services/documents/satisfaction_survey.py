"""Satisfaction survey: customers are asked after a case and in rounds, and the department concerned reads what they say
(P3-1.5, P4-2.5).
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Complaint,
    Customer,
    Document,
    Person,
    Role,
    SatisfactionSurvey,
    SatisfactionSurveyForm,
    State,
    SurveyKind,
    Task,
    TaskState,
)
from services.database import rows
from services.documents.complaint_route import SCORES
from services.documents.corrective_action import action_offered
from services.documents.kind import DocumentType, Filled, FollowUp, Mark, Option, Print, Row, Section
from services.errors import Fault, Invalid
from services.people import holders, local_day
from services.prints.declared import paper_data
from services.routes import Condition, Of, Owner, work, working_days

UNHAPPY = 2
"""An overall score from which on the department says what it does about it."""
_MOST = 2000
"""Cases to choose from: the newest."""
_LOOKED_BACK = timedelta(days=365)


def title(filled: Filled) -> str:
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    return " ".join(filter(None, (customer.name if customer else "", filled.values.get("survey_remarks"))))[:100]


def department_concerned(filled: Filled) -> int | None:
    """That handled the case; in a round that which looks after the customer."""
    case = filled.session.get(Complaint, filled.values.get("about_id") or 0)
    if case is not None and case.handling_department_id is not None:
        return case.handling_department_id
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    return customer.department_id if customer else None


def cases(session: Session, user: Person, now: datetime) -> list[Option]:
    """Complaints that came in, or were asked about, in the last year, each under its customer: those asked about last
    come first.
    """
    from services.access import visible_documents  # rights ask the registry, which this file is a part of

    mine = visible_documents(session, user, now).with_only_columns(col(Document.id))
    last = sa.func.coalesce(col(Complaint.surveyed_at), col(Complaint.received_at))
    found = sa.select(col(Document.id), col(Document.number), col(Document.title), col(Complaint.customer_id))
    found = found.join(Complaint, col(Complaint.document_id) == Document.id).where(
        last >= now - _LOOKED_BACK,
        col(Document.id).in_(mine),
        col(Document.state).in_([State.RUNNING, State.DONE]),
    )
    return [
        Option(row.id, f"{row.number} {row.title}", under=row.customer_id)
        for row in rows(session, found.order_by(last.desc(), col(Document.id).desc()).limit(_MOST))
    ]


def asked_already(filled: Filled) -> Iterator[Fault]:
    """Nobody is asked tomorrow."""
    if filled.has("surveyed_on") and filled.values["surveyed_on"] > local_day(filled.now):
        yield Fault("surveyed_on", "SS.fault.in_future")


def not_in_the_place_of_its_step(filled: Filled) -> Iterator[Fault]:
    """A case is asked about once its customer was told the result, first in its own file (P4-2.5)."""
    case = filled.session.get(Complaint, filled.values.get("about_id") or 0)
    if case is not None and case.surveyed_at is None:
        yield Fault("about_id", "SS.fault.asked_in_its_file")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """A round, by telephone, today."""
    return {"survey_kind": SurveyKind.PERIODIC.value, "surveyed_on": local_day(now).isoformat(), "survey_way": "phone"}


def hand_on(session: Session, document: Document, case: Complaint, now: datetime) -> None:
    """What was answered at the survey of a case becomes a survey of its own, which the department reads (P3-1.5)."""
    from services.documents.drafts import keep  # these ask the registry, which this file is a part of
    from services.engine import act

    asked = select(Task).where(Task.document_id == document.id, Task.step == "survey", Task.state == TaskState.DONE)
    task = session.exec(asked.order_by(col(Task.id).desc())).first()
    author = _in_whose_name(session, task)
    if task is None or author is None:
        return
    raw = {name: getattr(case, name) for name in (*SCORES, "survey_remarks", "customer_id")}
    raw |= {"survey_kind": SurveyKind.CASE.value, "about_id": document.id, "respondent": case.contact}
    raw |= {"surveyed_on": local_day(now).isoformat(), "survey_way": (case.notify_way or case.channel).value}
    paper = keep(session, author, "SS", raw, token=f"survey-{task.id}", now=now)
    paper.source_id = document.id
    act(session, author, paper.id, "submit", now=now)


def _in_whose_name(session: Session, task: Task | None) -> Person | None:
    """Whoever asked, or for whom he did; else somebody whose work it is."""
    from services.access import may_start

    did = [session.get(Person, id) for id in (task.closed_by_id, task.on_behalf_of_id) if id] if task else []
    people = [*did, *holders(session, Role.CUSTOMER_SERVICE, None)]
    return next((one for one in people if one and may_start(session, one, "SS")), None)


def is_answered(session: Session, document: Document, now: datetime) -> None:
    """To a customer who is not content the department says what it does about it (P3-1.5)."""
    own = session.get_one(SatisfactionSurvey, document.id)
    if own.score_overall <= UNHAPPY and not own.follow_up:
        raise Invalid([Fault("follow_up", "SS.fault.what_is_done")])


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That a customer is not content."""
    return {id: [Mark("SS.mark.unhappy")] for id in rows(session, _UNHAPPY, {"ids": list(ids)}).scalars()}


_UNHAPPY = sa.select(col(SatisfactionSurvey.document_id)).where(
    col(SatisfactionSurvey.document_id).in_(sa.bindparam("ids", expanding=True)),
    col(SatisfactionSurvey.score_overall) <= UNHAPPY,
)

SATISFACTION_SURVEY = DocumentType(
    code="SS",
    slug="satisfaction_surveys",
    area="complaints",
    icon=":material/sentiment_satisfied:",
    table=SatisfactionSurvey,
    form=SatisfactionSurveyForm,
    sections=(
        Section(
            "SS.section.who",
            Row("survey_kind", "customer_id"),
            Row("about_id", when=Condition("survey_kind", "==", SurveyKind.CASE.value), needed=("about_id",)),
            Row("surveyed_on", "survey_way", "respondent"),
        ),
        Section("SS.section.scores", Row(*SCORES), Row("survey_remarks")),
    ),
    after=("follow_up",),
    columns=("survey_kind", "customer_id", "surveyed_on", "score_overall"),
    title=title,
    readers=frozenset({Role.CUSTOMER_SERVICE, Role.SERVICE_ADMINISTRATOR, Role.QUALITY_INSPECTOR, Role.SALES_MANAGER}),
    starters=frozenset({Role.CUSTOMER_SERVICE}),
    of_department="handling_department_id",
    sort="survey_kind",
    checks=(asked_already, not_in_the_place_of_its_step),
    defaults=defaults,
    follows={"handling_department_id": department_concerned},
    options={"about_id": cases},
    narrowed_by={"about_id": "customer_id"},
    marks=marks,
    route=(
        work(
            "read_survey",
            Owner(Role.DEPARTMENT_HEAD, Of.HANDLING),
            within=working_days(3),
            fields=("follow_up",),
            milestone="approved",
        ),
    ),
    guards={"complete": is_answered},
    reversible=False,
    follow_ups=(FollowUp("CX", action_offered, several=True),),
    prints=(Print("survey", "declared", paper_data),),
)
