"""Violation: who broke which clause is dealt with, once he was heard (P2-8.1, P8-6.3).

Nobody reads it but its author, whoever is concerned, the head of finance, the general manager and the supervision
group.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import (
    Department,
    Document,
    Finding,
    FoundBy,
    Handling,
    Person,
    Role,
    Severity,
    State,
    Violation,
    ViolationForm,
)
from services.documents.kind import DocumentType, Filled, Option, Print, Row, Section
from services.errors import Fault, Invalid
from services.money.ledger import NOTHING
from services.people import holders, local_day
from services.prints.declared import form_data
from services.routes import Condition, Owner, decision, work, working_days
from services.texts import text

HEAR, RECOVER = "hear", "recover_money"
MOST_SOURCES = 2000
"""Papers that are offered as a source: the newest that its author may read."""


def title(filled: Filled) -> str:
    session, values = filled.session, filled.values
    person = session.get(Person, values.get("violator_id") or 0)
    department = session.get(Department, values.get("responsible_department_id") or 0)
    who = person or department
    return " ".join(one for one in (values.get("clause") or "", who.name if who else "") if one)


def heard(filled: Filled) -> int | None:
    """Who is heard: the person responsible; of a department its head."""
    if person := filled.values.get("violator_id"):
        return int(person)
    department = filled.values.get("responsible_department_id")
    heads = holders(filled.session, Role.DEPARTMENT_HEAD, department) if department else []
    return heads[0].id if heads else None


def somebody_is_heard(filled: Filled) -> Iterator[Fault]:
    """He belongs to the department, there is somebody, and it is not the author himself (P8-6.3)."""
    values = filled.values
    person = filled.session.get(Person, values.get("violator_id") or 0)
    if not filled.has("responsible_department_id"):
        return
    if person and person.department_id != values["responsible_department_id"]:
        yield Fault("violator_id", "VL.fault.person_elsewhere")
    elif values.get("heard_id") is None:
        yield Fault("violator_id", "VL.fault.nobody_to_hear")
    elif values["heard_id"] == filled.user.id:
        yield Fault("violator_id", "VL.fault.own")


def sources(session: Session, user: Person, now: datetime) -> list[Option]:
    """The newest papers that the author may read."""
    from services.access import visible_documents  # access asks the registry, which this file is a part of

    seen = visible_documents(session, user, now).where(col(Document.number).is_not(None), Document.kind != "VL")
    named = seen.with_only_columns(col(Document.id), col(Document.number), col(Document.title))
    newest = session.execute(named.order_by(col(Document.id).desc()).limit(MOST_SOURCES))
    return [Option(row.id, f"{row.number} {row.title}") for row in newest]


def handling_is_whole(session: Session, document: Document, now: datetime) -> None:
    """Where money is to be recovered, how much is said; what came back is no more than that, and where it is less it
    is said why no more is awaited (P8-6.3).
    """
    own = session.get_one(Violation, document.id)
    faults = list(_wrong_at(document.step, own, now))
    if faults:
        raise Invalid(faults)


def _wrong_at(step: str | None, own: Violation, now: datetime) -> Iterator[Fault]:
    if step == Role.FINANCE_HEAD and (own.handling == Handling.RECOVERY) != bool(own.to_recover):
        yield Fault("to_recover", "VL.fault.amount_without_recovery")
    if step != RECOVER or own.recovered_amount is None:
        return
    if own.recovered_amount and own.recovered_on is None:
        yield Fault("recovered_on", "fault.required")
    if own.recovered_on and own.recovered_on > local_day(now):
        yield Fault("recovered_on", "VL.fault.recovered_in_future")
    left = (own.to_recover or NOTHING) - own.recovered_amount
    if left < NOTHING:
        yield Fault("recovered_amount", "VL.fault.recovered_more", {"amount": own.to_recover})
    elif bool(left) != bool((own.shortfall_reason or "").strip()):
        key = "VL.fault.shortfall_unexplained" if left else "VL.fault.no_shortfall"
        yield Fault("shortfall_reason", key, {"left": left} if left else {})


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    own = session.get(Violation, document.id)
    found = [("VL.fact.to_recover", own.to_recover), ("VL.fact.recovered", own.recovered_amount)] if own else []
    return [(key, amount) for key, amount in found if amount is not None]


def violation_offered(session: Session, user: Person, source: Document, now: datetime) -> bool:
    """From a paper that was sent and stands: a claim that is audited, an inspection that found something (P8-6.3)."""
    from services.access import may_start  # rights ask the registry, which this file is a part of

    stands = source.number is not None and source.state in (State.RUNNING, State.RETURNED, State.DONE)
    return stands and (source.kind != "BI" or bool(_gravest(session, source))) and may_start(session, user, "VL")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """From the paper in which it was found: that paper, whose it is, and of an inspection its gravest finding."""
    if source is None:
        return {}
    start = {"source_paper_id": source.id, "evidence": f"{source.number} {source.title}"}
    if finding := _gravest(session, source):
        return start | {
            "found_by": FoundBy.INSPECTION.value,
            "clause": finding.clause,
            "facts_found": finding.finding,
            "responsible_department_id": finding.finding_department_id,
            "source_paper_id": finding.paper_id or source.id,
        }
    whose = {"responsible_department_id": source.department_id, "violator_id": source.applicant_id}
    return start | whose | {"found_by": FoundBy.AUDIT.value}


def _gravest(session: Session, source: Document) -> Finding | None:
    order = list(Severity)
    found = session.exec(select(Finding).where(Finding.document_id == source.id).order_by(col(Finding.position)))
    return min(found, key=lambda one: order.index(one.severity), default=None)


def decision_data(session: Session, document: Document, language: str) -> dict[str, Any]:
    """The decision (违规处理单): what happened, what he said, how it is handled."""
    return form_data(session, document, VIOLATION, language, notes=[text(language, "VL.print_rule")])


VIOLATION = DocumentType(
    code="VL",
    slug="violations",
    area="governance",
    icon=":material/gavel:",
    table=Violation,
    form=ViolationForm,
    sections=(
        Section(
            "VL.section.what",
            Row("clause", "found_by"),
            Row("facts_found"),
            Row("evidence"),
            Row("source_paper_id"),
        ),
        Section("VL.section.responsible", Row("responsible_department_id", "violator_id")),
    ),
    after=(
        "heard_id",
        "statement",
        "accepts_facts",
        "handling",
        "handling_note",
        "to_recover",
        "recovered_amount",
        "recovered_on",
        "shortfall_reason",
    ),
    columns=("clause", "violator_id", "handling"),
    title=title,
    confidential=True,
    stands_in=Role.BUDGET_SUPERVISOR,
    people={"violator_id": True, "heard_id": True},
    readers=frozenset({Role.FINANCE_HEAD, Role.GENERAL_MANAGER, Role.BUDGET_SUPERVISOR}),
    starters=frozenset({Role.FINANCE_OFFICER, Role.FINANCE_HEAD, Role.BUDGET_SUPERVISOR}),
    starts_from=("EC", "BI"),
    follows={"heard_id": heard},
    checks=(somebody_is_heard,),
    defaults=defaults,
    options={"source_paper_id": sources},
    route=(
        work(
            HEAR,
            Owner(person="heard_id"),
            within=working_days(3),
            fields=("statement", "accepts_facts"),
            required=("statement",),
        ),
        decision(
            Role.FINANCE_HEAD,
            within=working_days(3),
            fields=("handling", "handling_note", "to_recover"),
            required=("handling", "handling_note"),
        ),
        decision(Role.GENERAL_MANAGER, within=working_days(3), milestone="approved"),
        work(
            RECOVER,
            Owner(person="applicant"),
            when=(Condition("handling", "==", Handling.RECOVERY.value),),
            within=working_days(10),
            fields=("recovered_amount", "recovered_on", "shortfall_reason"),
            required=("recovered_amount",),
        ),
    ),
    guards={"approve": handling_is_whole, "complete": handling_is_whole},
    facts=facts,
    prints=(Print("decision", "form", decision_data),),
)
