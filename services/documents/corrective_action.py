"""Corrective action: what was found wrong is put right by the department that owns it, step by step until it is proved
to work (P3-2.1b, P2-6.3, P7-11b, P8-6.2).
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models import (
    ActionKind,
    ActionSource,
    CauseCategory,
    Complaint,
    CorrectiveAction,
    CorrectiveActionForm,
    Document,
    Finding,
    Measure,
    MeasureForm,
    Person,
    Role,
    Severity,
    State,
)
from services.documents.kind import DocumentType, Filled, Lines, Option, Print, Row, Section, lines_of
from services.errors import Fault, Invalid
from services.people import has_role, local_day
from services.prints.declared import paper_data
from services.routes import COMPLETE, Condition, Of, Outcome, Owner, decision, end_of, work, working_days
from services.settings import setting

NOT_EFFECTIVE = "not_effective"
TAKE_ON, CARRY_OUT, VERIFY, VERIFY_BUDGET = "take_on", "carry_out", "verify_effect", "verify_budget"
SOURCES = {
    "CP": ActionSource.COMPLAINT,
    "SS": ActionSource.EVALUATION,
    "CV": ActionSource.VISIT,
    "AR": ActionSource.EVALUATION,
    "EC": ActionSource.AUDIT,
    "BI": ActionSource.INSPECTION,
}
"""By kind of the paper in which it was found."""
OPEN = (State.RUNNING, State.RETURNED, State.REVERSING)
_LOOKED_BACK = timedelta(days=365)
_MOST = 2000
"""Papers to choose from: the newest."""
_BUDGET = ActionKind.BUDGET.value


def title(filled: Filled) -> str:
    return (filled.values.get("problem") or "")[:100]


def open_actions(session: Session, about_id: int) -> list[str]:
    """Numbers of the corrective actions of a paper that are not finished."""
    found = (
        select(Document.number)
        .join(CorrectiveAction, col(CorrectiveAction.document_id) == Document.id)
        .where(CorrectiveAction.about_id == about_id, col(Document.state).in_(OPEN))
        .order_by(col(Document.id))
    )
    return [number for number in session.exec(found) if number]


def action_offered(session: Session, user: Person, source: Document, now: datetime) -> bool:
    """From a paper that was sent and stands."""
    from services.access import may_start  # rights ask the registry, which this file is a part of

    return source.state in (State.RUNNING, State.DONE) and may_start(session, user, "CX")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """From the paper in which it was found: what that says already."""
    start: dict[str, Any] = {
        "rectify_by": (local_day(now) + timedelta(days=setting(session, "corrective.days", now))).isoformat()
    }
    if source is None:
        return start
    known, found = _KNOWN.get(source.kind), SOURCES.get(source.kind)
    start |= {"about_id": source.id, "action_source": found.value if found else None}
    return start | (known(session, source) if known else {"problem": source.title})


def _of_complaint(session: Session, source: Document) -> dict[str, Any]:
    case = session.get_one(Complaint, source.id)
    kinds = {CauseCategory.DESIGN: ActionKind.DESIGN, CauseCategory.PURCHASED: ActionKind.PURCHASING}
    kinds |= dict.fromkeys((CauseCategory.SEAL, CauseCategory.ASSEMBLY, CauseCategory.ELECTRICAL), ActionKind.PROCESS)
    kind = kinds.get(CauseCategory(case.cause_category)) if case.cause_category else None
    return {
        "action_kind": kind.value if kind else None,
        "handling_department_id": case.responsible_department_id,
        "problem": f"{case.content}\n{case.finding or ''}".strip()[:2000],
        "known_cause": case.cause,
    }


def _of_inspection(session: Session, source: Document) -> dict[str, Any]:
    """The findings about the department that has the gravest of them: each department puts right its own (P7-11b)."""
    every = session.exec(select(Finding).where(Finding.document_id == source.id).order_by(col(Finding.position))).all()
    order = list(Severity)
    gravest = min(every, key=lambda one: order.index(one.severity), default=None)
    if gravest is None:
        return {"action_kind": ActionKind.BUDGET.value}
    own = [one.finding for one in every if one.finding_department_id == gravest.finding_department_id]
    return {
        "action_kind": ActionKind.BUDGET.value,
        "handling_department_id": gravest.finding_department_id,
        "problem": "\n".join(own)[:2000],
    }


_KNOWN: dict[str, Callable[[Session, Document], dict[str, Any]]] = {"CP": _of_complaint, "BI": _of_inspection}
"""By kind of the paper it is started from: what of that is known."""


def sources(session: Session, user: Person, now: datetime) -> list[Option]:
    """Papers of the last year in which something may have been found, each under the source that it is."""
    from services.access import visible_documents

    mine = visible_documents(session, user, now).where(
        col(Document.kind).in_(SOURCES),
        col(Document.state).in_([State.RUNNING, State.DONE]),
        col(Document.submitted_at) >= now - _LOOKED_BACK,
    )
    found = mine.with_only_columns(col(Document.id), col(Document.kind), col(Document.number), col(Document.title))
    return [
        Option(row.id, f"{row.number} {row.title}", under=SOURCES[row.kind].value)
        for row in session.execute(found.order_by(col(Document.id).desc()).limit(_MOST))
    ]


def time_is_left(filled: Filled) -> Iterator[Fault]:
    """Nothing is put right by a day that is over."""
    if filled.has("rectify_by") and filled.values["rectify_by"] < local_day(filled.now):
        yield Fault("rectify_by", "CX.fault.in_past")


def planned(session: Session, document: Document, now: datetime) -> None:
    """Each measure has a day until the action's own, and an owner who does not verify it himself (P7-11b)."""
    own = session.get_one(CorrectiveAction, document.id)
    measures: list[Measure] = lines_of(session, document, MEASURES)
    if faults := [fault for one in measures for fault in _wrong_in_plan(session, own, one, now)]:
        raise Invalid(faults)
    own.measure_owner_ids = sorted({one.owner_id for one in measures})
    session.add(own)


def _wrong_in_plan(session: Session, own: CorrectiveAction, one: Measure, now: datetime) -> Iterator[Fault]:
    if one.due_on < local_day(now):
        yield Fault("due_on", "CX.fault.in_past", {}, MEASURES.name, one.position)
    elif one.due_on > own.rectify_by:
        yield Fault("due_on", "CX.fault.after_deadline", {"day": own.rectify_by}, MEASURES.name, one.position)
    verifier = Role.BUDGET_SUPERVISOR if own.action_kind == ActionKind.BUDGET else Role.QUALITY_INSPECTOR
    if has_role(session, session.get_one(Person, one.owner_id), verifier):
        yield Fault("owner_id", "CX.fault.owner_verifies", {}, MEASURES.name, one.position)


def done_already(session: Session, document: Document, now: datetime) -> None:
    """What is ticked as done was done, since the action was opened."""
    if document.step != CARRY_OUT:
        return
    opened = local_day(document.submitted_at or now)
    faults = [
        Fault("done_on", "CX.fault.not_done_then", {"day": opened}, MEASURES.name, one.position)
        for one in lines_of(session, document, MEASURES)
        if one.done_on and not opened <= one.done_on <= local_day(now)
    ]
    if faults:
        raise Invalid(faults)


def to_be_done_again(session: Session, document: Document, now: datetime) -> None:
    """Sent back by the verification, nothing counts as done: what was written as evidence stays to be added to."""
    for one in lines_of(session, document, MEASURES):
        one.done_on = None
        session.add(one)


def planned_anew(session: Session, document: Document, now: datetime) -> None:
    """The owning department has not taken it on any more; who was to do what is said again."""
    own = session.get_one(CorrectiveAction, document.id)
    own.measure_owner_ids = []
    session.add(own)


MEASURES = Lines(
    "measures", Measure, MeasureForm, ("measure", "owner_id", "due_on"), most=50, derived=("done_on", "evidence")
)
_EFFECT = (Outcome(COMPLETE), Outcome(NOT_EFFECTIVE, to=CARRY_OUT, needs_note=True, fills=False))

CORRECTIVE_ACTION = DocumentType(
    code="CX",
    slug="corrective_actions",
    area="complaints",
    icon=":material/build_circle:",
    table=CorrectiveAction,
    form=CorrectiveActionForm,
    sections=(
        Section("CX.section.source", Row("action_source", "about_id")),
        Section(
            "CX.section.problem",
            Row("action_kind", "handling_department_id", "rectify_by"),
            Row("problem"),
            Row("known_cause"),
        ),
    ),
    after=("root_cause", "measure_owner_ids", "effect"),
    added=(MEASURES,),
    on_added={MEASURES.name: planned},
    columns=("action_source", "action_kind", "rectify_by"),
    title=title,
    readers=frozenset({Role.QUALITY_INSPECTOR, Role.SERVICE_ADMINISTRATOR, Role.BUDGET_SUPERVISOR}),
    starters=frozenset(
        {
            Role.QUALITY_INSPECTOR,
            Role.SERVICE_ADMINISTRATOR,
            Role.DEPARTMENT_HEAD,
            Role.VICE_PRESIDENT,
            Role.SALES_MANAGER,
            Role.PRODUCTION_ENGINEER,
            Role.TECHNICAL_ENGINEER,
            Role.RND_ENGINEER,
            Role.FINANCE_HEAD,
            Role.FINANCE_OFFICER,
            Role.BUDGET_SUPERVISOR,
        }
    ),
    of_department="handling_department_id",
    people={"measure_owner_ids": False},
    starts_from=("CP", "SS", "CV", "AR", "BI"),
    checks=(time_is_left,),
    defaults=defaults,
    options={"about_id": sources},
    narrowed_by={"about_id": "action_source"},
    prefilled={"root_cause": "known_cause"},
    route=(
        decision(
            Role.DEPARTMENT_HEAD,
            of=Of.HANDLING,
            key=TAKE_ON,
            within=working_days(2),
            fields=("root_cause",),
            required=("root_cause",),
            table=MEASURES.name,
            milestone="approved",
        ),
        work(
            CARRY_OUT,
            Owner(person="measure_owner_ids"),
            within=end_of("rectify_by"),
            line_fields={MEASURES.name: ("done_on", "evidence")},
            own_lines="owner_id",
            line_required=("done_on", "evidence"),
            milestone="carried_out",
        ),
        work(
            VERIFY,
            Owner(Role.QUALITY_INSPECTOR),
            when=(Condition("action_kind", "!=", _BUDGET),),
            within=working_days(5),
            fields=("effect",),
            required=("effect",),
            outcomes=_EFFECT,
        ),
        work(
            VERIFY_BUDGET,
            Owner(Role.BUDGET_SUPERVISOR),
            when=(Condition("action_kind", "==", _BUDGET),),
            within=working_days(5),
            fields=("effect",),
            required=("effect",),
            outcomes=_EFFECT,
        ),
    ),
    undo={"approved": planned_anew, "carried_out": to_be_done_again},
    guards={"complete": done_already},
    by_step=True,
    cancel_after_approval=True,  # it may have been opened by mistake, and a case cannot be closed over it
    reversible=False,
    prints=(Print("action", "declared", paper_data),),
)
