"""The signatures of a paper: who signed in which role, when and with what words, and whose are still awaited."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import Document, Event, Person, Role, State, Task, TaskState
from services.documents import KINDS
from services.documents.filling import fill
from services.engine.flow import tasks_of
from services.engine.preview import Station, preview, route_ahead
from services.prints.values import breakable, moment, name_of
from services.texts import has_text, text


def signatures(session: Session, document: Document, language: str, now: datetime) -> list[dict[str, Any]]:
    """One box a signature, in the order of the route: those given, those asked now, those still to come."""
    tasks = tasks_of(session, document)
    given = [task for task in tasks if task.state == TaskState.DONE and task.stands and _signs(task.decides, task.role)]
    given.sort(key=lambda task: (task.closed_at, task.id))
    remarks = _remarks(session, document)
    boxes = [_applicants(session, document, language)]
    boxes += [_given(session, task, remarks, language) for task in given]
    if document.state == State.RUNNING:
        # a colleague asked first signs besides: it is the task that waits for him whose signature is awaited
        living = (TaskState.OPEN, TaskState.HELD)
        awaited = [
            task
            for task in tasks
            if task.state in living and task.asked_by_id is None and _signs(task.decides, task.role)
        ]
        boxes += [_empty(language, task.step, task.role, task.instead_of) for task in awaited]
        ahead = [one for one in route_ahead(session, document, now) if _signs(one.decides, one.role)]
        boxes += [_empty(language, one.step, one.role, one.instead_of) for one in ahead]
    elif document.state == State.DRAFT:
        boxes += [_empty(language, one.step, one.role, one.instead_of) for one in _planned(session, document, now)]
    return boxes


def _planned(session: Session, document: Document, now: datetime) -> list[Station]:
    """The route a draft would take if it were sent as it is."""
    author, kind = session.get_one(Person, document.created_by_id), KINDS[document.kind]
    filled, _ = fill(session, author, kind, document.draft or {}, now, document)
    return [one for one in preview(session, author, filled, kind.code, now) if _signs(one.decides, one.role)]


def _signs(decides: bool, role: Role | None) -> bool:
    """A decision is a signature; so is work done in a role (the cashier's payment), but not the applicant's own."""
    return decides or role is not None


def _applicants(session: Session, document: Document, language: str) -> dict[str, Any]:
    return {
        "step": text(language, "print.applicant"),
        "name": name_of(session, document.created_by_id) if document.submitted_at else "",
        "outcome": "",
        "at": moment(document.submitted_at),
        "remark": "",
        "standing_in": "",
    }


def _given(session: Session, task: Task, remarks: dict[tuple[str, Any, Any], str], language: str) -> dict[str, Any]:
    name = name_of(session, task.closed_by_id)
    if task.on_behalf_of_id:
        name = text(language, "print.for", name=name, principal=name_of(session, task.on_behalf_of_id))
    outcome, remark = _outcome(language, task.outcome), remarks.get((task.step, task.closed_by_id, task.closed_at), "")
    box = _empty(language, task.step, task.role, task.instead_of)
    if task.asked_by_id is not None:  # a colleague's view, asked for besides: not the signature of the step's role
        box["step"] = text(language, "print.asked")
    return box | {
        "name": name,
        "outcome": "" if remark.startswith(outcome) else outcome,  # who writes "agreed" has said it
        "at": moment(task.closed_at),
        "remark": breakable(remark),
    }


def _empty(language: str, step: str, role: Role | None, instead_of: Role | None) -> dict[str, Any]:
    standing_in = ""
    if instead_of and role:
        standing_in = text(language, "print.standing_in", role=text(language, f"role.{role.value}"))
    own = instead_of or role
    label = f"step.{step}" if has_text(language, f"step.{step}") else f"role.{own.value if own else step}"
    each = f"step.{step}.of"  # several roles sign in this step: each box is called by its role
    return {
        "step": text(language, f"role.{own.value}") if own and has_text(language, each) else text(language, label),
        "name": "",
        "outcome": "",
        "at": "",
        "remark": "",
        "standing_in": standing_in,
    }


def _remarks(session: Session, document: Document) -> dict[tuple[str, Any, Any], str]:
    """What was written beside each decision, by step, person and moment."""
    statement = select(Event).where(Event.document_id == document.id, col(Event.step).is_not(None))
    return {(event.step or "", event.actor_id, event.at): event.note for event in session.exec(statement) if event.note}


def _outcome(language: str, outcome: str | None) -> str:
    """The word for a decision: a step's own outcomes have the action's name."""
    key = f"print.outcome.{outcome}"
    return text(language, key if has_text(language, key) else f"action.{outcome}")
