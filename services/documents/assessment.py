"""Assessment: a department or a person, measured by the records of a month or quarter (P1-7, P2-6.1, P2-7, P4-1.4).

The figures are drawn, never typed, and stay as they were sent.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import (
    Assessed,
    Assessment,
    AssessmentForm,
    Department,
    Document,
    IndicatorLine,
    IndicatorLineForm,
    Person,
    Role,
    Span,
)
from services.documents.kind import DocumentType, Filled, Lines, Option, Print, Row, Section
from services.documents.vouchers import NOT_STANDING
from services.errors import Fault
from services.money.ledger import month_of
from services.months import months_before
from services.people import local_day, standing
from services.prints.declared import form_data
from services.routes import Condition, Of, decision, working_days
from services.texts import text

KEEPERS = frozenset({Role.CLERK, Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT})
"""Who draws up the assessments of a department and its people."""
FOLLOWS_FROM_IT = ("BA", "CX")
MOST_OFFERED = 200
MOST_NAMED = 500
"""Characters of numbers that stand beside a figure."""
OF_A_DEPARTMENT = Condition("assessed", "==", Assessed.DEPARTMENT.value)


def draw(filled: Filled) -> list[dict[str, Any]]:
    """What the records say of it, for whoever may draw it up."""
    if "indicators" not in filled.memory:
        filled.memory["indicators"] = _draw(filled)
    found: list[dict[str, Any]] = filled.memory["indicators"]
    return found


INDICATORS = Lines(
    "indicators",
    IndicatorLine,
    IndicatorLineForm,
    ("indicator", "reached", "goal", "counted", "weight", "score", "papers"),
    drawn=draw,
)


def title(filled: Filled) -> str:
    named = _name(filled)
    return f"{named} {period(filled)}".strip()


def department(filled: Filled) -> int | None:
    """Of a person the department in which he works."""
    if filled.values.get("assessed") == Assessed.PERSON:
        person = filled.session.get(Person, filled.values.get("assessed_person_id") or 0)
        return person.department_id if person else None
    found: int | None = filled.values.get("assessed_department_id")
    return found


def period(filled: Filled) -> str:
    """202610, or 2026Q3; nothing as long as it is not typed."""
    from services.reports.scorecard import period_of  # it asks the registry, which this file is a part of

    if not filled.has("span", "month"):
        return ""
    return period_of(filled.values["span"], filled.values["month"]).key


def total(filled: Filled) -> Decimal | None:
    """The score: the weighted mean of what could be measured."""
    from services.reports.scorecard import weighted

    return weighted((line["score"], line["weight"]) for line in filled.lines.get("indicators", []))


def drawn_up_by_its_own(filled: Filled) -> Iterator[Fault]:
    """A department's clerk, its head or the vice president in charge draws it up (P1-7.2)."""
    where = department(filled)
    if where is not None and where not in _kept(filled):
        name = "assessed_person_id" if filled.values["assessed"] == Assessed.PERSON else "assessed_department_id"
        yield Fault(name, "AS.fault.not_yours")


def period_is_over(filled: Filled) -> Iterator[Fault]:
    """What is assessed has come to its end: the figures stay as they were sent (P1-7.2)."""
    from services.reports.scorecard import period_of

    if filled.has("span", "month"):
        found = period_of(filled.values["span"], filled.values["month"])
        if found.last >= local_day(filled.now):
            yield Fault("month", "AS.fault.not_over", {"day": found.last})


def assessed_once(filled: Filled) -> Iterator[Fault]:
    """A department, and a person, is assessed once for a period (P1-7.2)."""
    if not filled.values.get("assessed") or not period(filled):
        return
    number = _other(filled)
    if number:
        yield Fault("month", "AS.fault.assessed_already", {"number": number})


def departments_kept(session: Session, user: Person, now: datetime) -> list[Option]:
    kept = standing(session, user).departments(KEEPERS)
    found = select(Department).where(col(Department.id).in_(kept), col(Department.active))
    return [Option(one.id, one.name) for one in session.exec(found.order_by(col(Department.id)))]


def people_kept(session: Session, user: Person, now: datetime) -> list[Option]:
    """Those of his departments, himself left out."""
    kept = standing(session, user).departments(KEEPERS)
    found = select(Person).where(col(Person.department_id).in_(kept), col(Person.active), col(Person.id) != user.id)
    return [Option(one.id, one.name) for one in session.exec(found.order_by(col(Person.department_id), col(Person.id)))]


def follow_ups(session: Session, user: Person, now: datetime) -> list[Option]:
    """Budget adjustments and corrective actions that he may read, the newest first (P2-7.3)."""
    from services.access import visible_documents

    seen = visible_documents(session, user, now)
    seen = seen.where(col(Document.kind).in_(FOLLOWS_FROM_IT), col(Document.number).is_not(None))
    newest = session.exec(seen.order_by(col(Document.id).desc()).limit(MOST_OFFERED))
    return [Option(one.id, f"{one.number} {one.title}") for one in newest]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """The month that is over, of the user's own department."""
    own = user.department_id if user.department_id in standing(session, user).departments(KEEPERS) else None
    return {
        "assessed": Assessed.DEPARTMENT.value,
        "assessed_department_id": own,
        "span": Span.MONTH.value,
        "month": months_before(month_of(local_day(now))),
    }


def figures(filled: Filled) -> list[tuple[str, Any]]:
    score = total(filled)
    return [("AS.fact.total", score)] if score is not None else []


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    own = session.get(Assessment, document.id)
    return [("AS.fact.total", own.total_score)] if own and own.total_score is not None else []


def card_data(session: Session, document: Document, language: str) -> dict[str, Any]:
    """The assessment sheet (考核表): every indicator with goal, weight and score, and what follows."""
    return form_data(session, document, ASSESSMENT, language, notes=[text(language, "AS.print_rule")])


def _draw(filled: Filled) -> list[dict[str, Any]]:
    from services.reports.scorecard import Subject, period_of, scorecard

    where, named = department(filled), _name(filled)
    if where is None or where not in _kept(filled) or not filled.has("assessed", "span", "month"):
        return []
    assessed = filled.values["assessed"]
    id = filled.values["assessed_person_id"] if assessed == Assessed.PERSON else where
    span = period_of(filled.values["span"], filled.values["month"])
    card = scorecard(filled.session, Subject(assessed, id, named, where), span, filled.now)
    return [
        {
            "indicator": one.indicator,
            "reached": one.reached,
            "goal": one.goal,
            "counted": f"{one.good} / {one.of}" if one.of else None,
            "weight": one.weight,
            "score": one.score,
            "papers": _numbers([paper.number for paper in one.short]),
        }
        for one in card.figures
    ]


def _numbers(found: list[str]) -> str | None:
    """As many as there is room for, each once."""
    said = ""
    for number in dict.fromkeys(found):
        if len(said) + len(number) > MOST_NAMED:
            return f"{said} ..."
        said = f"{said}, {number}" if said else number
    return said or None


def _name(filled: Filled) -> str:
    values, session = filled.values, filled.session
    if values.get("assessed") == Assessed.PERSON:
        person = session.get(Person, values.get("assessed_person_id") or 0)
        return person.name if person else ""
    found = session.get(Department, values.get("assessed_department_id") or 0)
    return found.name if found else ""


def _kept(filled: Filled) -> list[int]:
    """Departments whose assessments its author, or who looks after it now, draws up."""
    keeper = filled.document.keeper_id if filled.document else None
    people = [filled.user, *([filled.session.get_one(Person, keeper)] if keeper else [])]
    return [one for person in people for one in standing(filled.session, person).departments(KEEPERS)]


def _other(filled: Filled) -> str | None:
    """Number of the assessment of the same that stands."""
    person = filled.values["assessed"] == Assessed.PERSON
    same = Assessment.assessed_person_id if person else Assessment.assessed_department_id
    wanted = filled.values.get("assessed_person_id") if person else department(filled)
    found = (
        select(Document.number)
        .join(Assessment, col(Assessment.document_id) == Document.id)
        .where(Assessment.assessed == filled.values["assessed"], col(same) == wanted)
        .where(Assessment.period == period(filled), col(Document.state).not_in(NOT_STANDING))
    )
    if filled.document is not None:
        found = found.where(Document.id != filled.document.id)
    return filled.session.exec(found).first()


ASSESSMENT = DocumentType(
    code="AS",
    slug="assessments",
    area="governance",
    icon=":material/grading:",
    table=Assessment,
    form=AssessmentForm,
    sections=(
        Section(
            "AS.section.what",
            Row("assessed"),
            Row("assessed_department_id", when=OF_A_DEPARTMENT, needed=("assessed_department_id",)),
            Row(
                "assessed_person_id",
                when=Condition("assessed", "==", Assessed.PERSON.value),
                needed=("assessed_person_id",),
            ),
            Row("span", "month"),
        ),
        Section("AS.section.indicators", INDICATORS),
        Section("AS.section.conclusion", Row("conclusion"), Row("leads_to_id")),
    ),
    columns=("assessed", "period", "total_score"),
    title=title,
    figures=figures,
    facts=facts,
    people={"assessed_person_id": True},
    starters=KEEPERS,
    of_department="assessed_department_id",
    follows={"assessed_department_id": department, "period": period, "total_score": total},
    checks=(drawn_up_by_its_own, period_is_over, assessed_once),
    defaults=defaults,
    options={
        "assessed_department_id": departments_kept,
        "assessed_person_id": people_kept,
        "leads_to_id": follow_ups,
    },
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(3)),
        decision(Role.VICE_PRESIDENT, of=Of.APPLICANT, within=working_days(3)),
        decision(Role.GENERAL_MANAGER, when=(OF_A_DEPARTMENT,), within=working_days(3), milestone="approved"),
    ),
    prints=(Print("card", "form", card_data),),
)
