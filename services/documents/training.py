"""Training: customers at the stages of a product's use, new employees, service staff again and again (P1-8.1, P3-1.2,
P4-1.2). It is planned, approved by the department head, held, and then recorded with everybody's result.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Attendee,
    AttendeeForm,
    Customer,
    Document,
    Participant,
    Person,
    Role,
    Training,
    TrainingForm,
    TrainingKind,
    TrainingResult,
)
from services.documents.kind import LIES_WITH_ITS_AUTHOR, DocumentType, Filled, Lines, Print, Row, Section, lines_of
from services.errors import Fault, Invalid
from services.people import local_day
from services.prints.declared import form_data
from services.routes import Condition, Of, Owner, decision, end_of, work, working_days
from services.settings import setting
from services.texts import text

ATTENDEES = Lines(
    "attendees",
    Attendee,
    AttendeeForm,
    ("person_id", "attendee_name", "post"),
    most=200,
    derived=("result", "score"),
    brief=("person_id", "attendee_name"),
)
OF_A_CUSTOMER = Condition("training", "==", TrainingKind.CUSTOMER.value)
HOLD = "hold_training"
ATTENDS = "attendees"
"""The part of whoever is to come."""


def title(filled: Filled) -> str:
    customer = filled.session.get(Customer, filled.values.get("held_for_id") or 0)
    return " ".join(one for one in (customer.name if customer else "", filled.values.get("topic") or "") if one)


def somebody_trains(filled: Filled) -> Iterator[Fault]:
    """A colleague or somebody from outside trains: one of the two."""
    ours, outside = (filled.values.get(name) for name in ("trainer_id", "outside_trainer"))
    if {"trainer_id", "outside_trainer"} <= filled.values.keys() and bool(ours) == bool(outside):
        yield Fault("trainer_id", "TN.fault.one_trainer")


def those_who_come_are_named(filled: Filled) -> Iterator[Fault]:
    """Our own people by who they are, a customer's by name; nobody twice, and no trainer trains himself."""
    customers = filled.values.get("training") == TrainingKind.CUSTOMER
    seen: set[Any] = set()
    for number, line in enumerate(filled.lines.get("attendees", []), start=1):
        named, left = ("attendee_name", "person_id") if customers else ("person_id", "attendee_name")
        if line.get(left):
            yield Fault(left, "TN.fault.own_people" if left == "attendee_name" else "TN.fault.customers_people",
                        {}, "attendees", number)  # fmt: skip
        elif named in line and not line[named]:
            yield Fault(named, "fault.required", {}, "attendees", number)
        elif line.get(named) in seen:
            yield Fault(named, "TN.fault.twice", {}, "attendees", number)
        elif line.get("person_id") and line["person_id"] == filled.values.get("trainer_id"):
            yield Fault("person_id", "TN.fault.trains_himself", {}, "attendees", number)
        seen.add(line.get(named))


def record_is_whole(session: Session, document: Document, now: datetime) -> None:
    """It was held, everybody has a result, and a score says the same as the result (P1-8.1, P4-1.2)."""
    if document.step != HOLD or (faults := list(_wrong_in_record(session, document, now))) == []:
        return
    raise Invalid(faults)


def _wrong_in_record(session: Session, document: Document, now: datetime) -> Iterator[Fault]:
    training = session.get_one(Training, document.id)
    if training.held_on and training.held_on > local_day(now):
        yield Fault("held_on", "TN.fault.not_held_yet")
    least = setting(session, "training.pass_score", now)
    for line in lines_of(session, document, ATTENDEES):
        wrong = _wrong_in_result(line, least)
        if wrong:
            yield Fault(wrong[0], wrong[1], {"least": least}, "attendees", line.position)


def _wrong_in_result(line: Attendee, least: int) -> tuple[str, str] | None:
    if line.result is None:
        return "result", "fault.required"
    if line.score is None:
        return None
    if line.result == TrainingResult.ABSENT:
        return "score", "TN.fault.absent_has_no_score"
    passes = line.score >= least
    return None if passes == (line.result == TrainingResult.PASSED) else ("score", "TN.fault.score_says_otherwise")


def attendees_read_it(session: Session, document: Document, now: datetime) -> None:
    """Our own people who are to come read the paper once it is sent."""
    known = sa.delete(Participant).where(col(Participant.document_id) == document.id, col(Participant.part) == ATTENDS)
    session.execute(known)
    if document.state in LIES_WITH_ITS_AUTHOR:
        return
    people = {line.person_id for line in lines_of(session, document, ATTENDEES) if line.person_id}
    for person_id in sorted(people):
        session.add(Participant(document_id=document.id, person_id=person_id, part=ATTENDS, benefits=False))


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    return {"training": TrainingKind.REFRESHER.value, "planned_on": local_day(now).isoformat(), "hours": 2}


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """Once it was held: how many came, and how many of them passed."""
    lines: list[Attendee] = lines_of(session, document, ATTENDEES)
    came = [line for line in lines if line.result not in (None, TrainingResult.ABSENT)]
    if not came:
        return []
    passed = [line for line in came if line.result == TrainingResult.PASSED]
    scores = [line.score for line in came if line.score is not None]
    mean = [("TN.fact.mean_score", f"{sum(scores) / len(scores):.1f}")] if scores else []
    return [("TN.fact.came", len(came)), ("TN.fact.passed", len(passed)), *mean]


def record_data(session: Session, document: Document, language: str) -> dict[str, Any]:
    """The training record (培训记录表): what, when, by whom, who came, and with which result."""
    return form_data(
        session,
        document,
        TRAINING,
        language,
        notes=[text(language, "TN.print_rule")],
    )


TRAINING = DocumentType(
    code="TN",
    slug="trainings",
    area="governance",
    icon=":material/school:",
    table=Training,
    form=TrainingForm,
    sections=(
        Section(
            "TN.section.what",
            Row("training", "topic"),
            Row("held_for_id", "stage", "trained_product_id", when=OF_A_CUSTOMER, needed=("held_for_id", "stage")),
            Row("planned_on", "hours", "training_place"),
            Row("trainer_id", "outside_trainer"),
            Row("outline"),
        ),
        Section("TN.section.attendees", ATTENDEES),
    ),
    after=("held_on", "held_hours", "training_summary"),
    columns=("training", "planned_on", "held_on"),
    title=title,
    people={"trainer_id": False},
    readers=frozenset({Role.SERVICE_ADMINISTRATOR}),
    starters=frozenset({Role.CLERK, Role.DEPARTMENT_HEAD, Role.SERVICE_ADMINISTRATOR}),
    sort="training",
    checks=(somebody_trains, those_who_come_are_named),
    defaults=defaults,
    settled=attendees_read_it,
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(2), milestone="approved"),
        work(
            HOLD,
            Owner(person="applicant"),
            within=end_of("planned_on"),
            fields=("held_on", "held_hours", "training_summary"),
            required=("held_on", "held_hours"),
            line_fields={"attendees": ("result", "score")},
        ),
    ),
    planned={"held_on": "planned_on"},
    prefilled={"held_hours": "hours"},
    guards={"complete": record_is_whole},
    cancel_after_approval=True,
    facts=facts,
    prints=(Print("record", "form", record_data),),
)
