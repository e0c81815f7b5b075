"""The one door: `actions_for` says what a person may do with a document now, `act` does it and nothing else does.

`act` asks the same question again inside the write transaction, then writes state, task, event and effects together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import Document, Event, Person, State, Task, TaskState
from services.access import load_document, may_read, with_id
from services.attachments import hashes
from services.audit import record
from services.database import one_at_a_time
from services.documents import KINDS
from services.documents.drafts import EDITABLE
from services.documents.filling import check_field, fill, visible
from services.documents.kind import Filled
from services.documents.numbers import next_number
from services.documents.papers import content_digest, detail_of, fill_in, raw_of, write
from services.engine.flow import (
    Journey,
    advance,
    close_open_tasks,
    decided,
    fix_route,
    journey_of,
    must_be_seated,
    rehome,
    signed_otherwise,
    step_is_signed,
    undo_signatures,
)
from services.engine.seats import sitter
from services.errors import Fault, Invalid, Refused, Term
from services.routes import REJECT, RETURN, Outcome, Step, position

SUBMIT, WITHDRAW, CANCEL, COMMENT = "submit", "withdraw", "cancel", "comment"
TO_APPLICANT = "applicant"
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Action:
    """Something a person may do with a document now. The button is drawn from it and the act is checked against it."""

    key: str
    needs_note: bool = False
    step: Step | None = None
    task_id: int | None = None
    for_person: Person | None = None
    """Whom the user stands in for, where it is not his own seat."""
    returns_to: tuple[str, ...] = ()
    """Steps a return may go to; the applicant always."""


@dataclass
class Act:
    """One act under way: what `act` hands to the functions that carry it out."""

    journey: Journey
    user: Person
    action: Action
    note: str
    to: str | None
    answers: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.journey.session

    @property
    def document(self) -> Document:
        return self.journey.document

    @property
    def now(self) -> datetime:
        return self.journey.now


def actions_for(session: Session, user: Person, document: Document, now: datetime) -> tuple[Action, ...]:
    """What the user may do with the document now, the likeliest first. Asked from the database every time."""
    return _offered(journey_of(session, document, now), user)


def act(
    session: Session,
    user: Person,
    document_id: int,
    action: str,
    *,
    now: datetime,
    seen: int | None = None,
    note: str = "",
    to: str | None = None,
    **answers: Any,
) -> Document:
    """Take one step: state, tasks, event and effects, all in the caller's transaction.

    `seen` is the version the user looked at: if someone acted since, nothing happens and he is told who and what.
    `to` names where a return goes (a step's key; the applicant unless given). `answers` are what a step asks its owner
    to fill in: fields by name, `lines={table: {position: {column: value}}}`.
    Raises `Refused` (not allowed, acted first, nobody to decide) or `Invalid` (faults beside fields).
    """
    document = _take(session, document_id)
    journey = journey_of(session, document, now)
    allowed = next((one for one in _offered(journey, user) if one.key == action), None)
    if allowed is None:
        load_document(session, user, now, id=document_id)  # who may not even read it learns nothing more
    if seen is not None and seen != document.version:
        raise _someone_acted_first(session, document, seen)
    if allowed is None:
        raise Refused("action.not_allowed", action=Term(f"action.{action}"), number=document.number or "")
    note = visible(note).strip()
    if allowed.needs_note and not note:
        raise Invalid([Fault("note", "action.needs_note")])
    if len(note) > LONGEST_NOTE:
        raise Invalid([Fault("note", "fault.too_long", {"max_length": LONGEST_NOTE})])
    doing = Act(journey, user, allowed, note, to, answers)
    before = document.state
    _DO.get(action, _sign)(doing)
    _seal(doing, before)
    return document


# ------------------------------------------------------------------------------------------------- what may be done


def _offered(journey: Journey, user: Person) -> tuple[Action, ...]:
    session, document = journey.session, journey.document
    person = session.get(Person, user.id)
    if person is None or not person.active:
        return ()
    own = (*_task_actions(journey, person), *_author_actions(person, document))
    if document.number is not None and (own or may_read(session, person, document, journey.now)):
        return (*own, Action(COMMENT, needs_note=True))
    return own


def _task_actions(journey: Journey, user: Person) -> Iterable[Action]:
    if journey.document.state != State.RUNNING:
        return
    case, route = journey.case, journey.route
    for task in journey.open_tasks:
        seated = sitter(journey.session, user, task, case, journey.signed_beside(task), journey.now)
        if seated is None:
            continue
        step = route[position(route, task.step)]
        for outcome in step.outcomes:
            back = _steps_behind(journey, step) if outcome.key == RETURN else ()
            yield Action(outcome.key, outcome.needs_note, step, task.id, seated[1], back)
        return  # one seat at a time: the next is offered once this one is signed


def _author_actions(user: Person, document: Document) -> Iterable[Action]:
    mine = user.id in (document.applicant_id, document.created_by_id)
    if mine and document.state in EDITABLE:
        yield Action(SUBMIT)
    if mine and document.state == State.RUNNING and document.approved_at is None:
        yield Action(WITHDRAW)
    if mine and _cancellable(document):
        yield Action(CANCEL, needs_note=document.number is not None)


def _cancellable(document: Document) -> bool:
    if document.state in EDITABLE:
        return True
    open_trip = document.state == State.RUNNING and document.approved_at is not None
    return open_trip and KINDS[document.kind].cancel_after_approval


def _steps_behind(journey: Journey, step: Step) -> tuple[str, ...]:
    route = journey.route
    signed = {task.step for task in journey.tasks if task.stands and task.state == TaskState.DONE}
    return tuple(one.key for one in route[: position(route, step.key)] if one.key in signed)


# ----------------------------------------------------------------------------------------------------- doing it


def _submit(doing: Act) -> None:
    """Send a paper: checked whole, numbered, its route fixed, its first step opened.

    A paper that was returned and says the same as before goes on where it was returned; one that says anything else
    goes back through every step that had signed it.
    """
    session, document, now = doing.session, doing.document, doing.now
    one_at_a_time(session, f"submit {document.kind}")  # else two trips could overlap, each unseen by the other
    raw = document.draft if document.draft is not None else raw_of(session, document)
    filled, faults = fill(session, doing.user, KINDS[document.kind], raw, now, document)
    if faults:
        raise Invalid(faults)
    journey = doing.journey
    resumes = _returning_step(journey) if document.state == State.RETURNED else None
    write(session, document, filled)
    document.draft = None
    if document.number is None:
        document.number = next_number(session, document.kind, now)
    document.submitted_at, document.round = now, document.round + 1
    route = journey.route if resumes else fix_route(session, document, now)
    same = resumes and not signed_otherwise(journey.tasks, content_digest(session, document), document.amount)
    start = position(route, resumes) if resumes and same else 0
    undo_signatures(journey, start)
    must_be_seated(journey, route[start:])
    advance(journey, start)
    doing.data |= {"content": raw, "resumed_at": resumes if start else None}


def _sign(doing: Act) -> None:
    """End a task with one of its step's outcomes: approve, complete, or one the step names itself."""
    document = doing.document
    step, task = _step_and_task(doing)
    outcome = step.outcome(doing.action.key)
    assert outcome
    _take_answers(doing, step)
    _guard(doing)
    if recount := "changed" in doing.data and not step.cuts:
        document.amount = _amount_now(doing)
    _close(doing, task, outcome)
    journey, route = doing.journey, doing.journey.route
    if recount and _sent_back_by_money(doing):
        return
    if outcome.to is None and not step_is_signed(step, journey.open_tasks):
        rehome(journey)
        return
    close_open_tasks(journey)
    here = position(route, step.key)
    index = position(route, outcome.to) if outcome.to else here + 1
    if index <= here:
        undo_signatures(journey, index)
    advance(journey, index, done=step if index > here else None)


def _return(doing: Act) -> None:
    """Give the paper back: to the applicant, who mends and sends it again, or to an earlier step."""
    journey, document = doing.journey, doing.document
    target = doing.to or TO_APPLICANT
    if target != TO_APPLICANT and target not in doing.action.returns_to:
        raise Refused("action.no_such_step")
    _guard(doing)
    _, task = _step_and_task(doing)
    _close(doing, task, Outcome(RETURN))
    close_open_tasks(journey)
    doing.data["to"] = target
    if target == TO_APPLICANT:
        document.state, document.step = State.RETURNED, None
        document.draft = raw_of(doing.session, document)
        return
    back = position(journey.route, target)
    undo_signatures(journey, back)
    advance(journey, back)


def _reject(doing: Act) -> None:
    _, task = _step_and_task(doing)
    _guard(doing)
    _close(doing, task, Outcome(REJECT))
    _end(doing, State.REJECTED)


def _withdraw(doing: Act) -> None:
    """Take a paper back before it is approved: it lies with its author again, and every signature is asked anew."""
    _guard(doing)
    close_open_tasks(doing.journey)
    undo_signatures(doing.journey, 0)
    doing.document.state, doing.document.step = State.WITHDRAWN, None
    doing.document.draft = raw_of(doing.session, doing.document)


def _cancel(doing: Act) -> None:
    """Give a paper up for good. A draft that was never sent just goes away."""
    _guard(doing)
    _end(doing, State.CANCELLED)
    effect = KINDS[doing.document.kind].effects.get("cancelled")
    if effect and doing.document.approved_at:
        effect(doing.session, doing.document, doing.now)


def _comment(doing: Act) -> None:
    """A remark in the timeline; it changes nothing."""


_DO = {
    SUBMIT: _submit,
    RETURN: _return,
    REJECT: _reject,
    WITHDRAW: _withdraw,
    CANCEL: _cancel,
    COMMENT: _comment,
}


# ------------------------------------------------------------------------------------------------------- its parts


def _take(session: Session, document_id: int) -> Document:
    """Lock the document, so that of two people acting in the same instant one comes second and is told so."""
    statement = select(Document).where(with_id(document_id)).with_for_update()
    document = session.exec(statement.execution_options(populate_existing=True)).first()
    if document is None:
        raise Refused("access.not_found", number="")
    return document


def _someone_acted_first(session: Session, document: Document, seen: int) -> Refused:
    """Who moved the paper since it was seen, and how; where nobody did, its author typed on in another window."""
    events = select(Event).where(Event.document_id == document.id, Event.action != COMMENT)
    for event in session.exec(events.order_by(col(Event.id).desc())):
        actor = session.get(Person, event.actor_id) if event.actor_id else None
        if actor and event.data.get("version", 0) > seen:
            what = Term(f"action.{event.action}")
            return Refused("action.someone_acted_first", who=actor.name, action=what, at=event.at)
    return Refused("draft.changed_elsewhere")


def _step_and_task(doing: Act) -> tuple[Step, Task]:
    assert doing.action.step
    return doing.action.step, next(task for task in doing.journey.tasks if task.id == doing.action.task_id)


def _close(doing: Act, task: Task, outcome: Outcome) -> None:
    task.state, task.closed_at, task.outcome = TaskState.DONE, doing.now, outcome.key
    task.closed_by_id = doing.user.id
    task.on_behalf_of_id = doing.action.for_person.id if doing.action.for_person else None
    task.amount, task.content = doing.document.amount, content_digest(doing.session, doing.document)


def _end(doing: Act, state: State) -> None:
    close_open_tasks(doing.journey)
    doing.document.state, doing.document.step = state, None
    doing.document.closed_at = doing.now


def _guard(doing: Act) -> None:
    guard = KINDS[doing.document.kind].guards.get(doing.action.key)
    if guard:
        guard(doing.session, doing.document, doing.now)


def _take_answers(doing: Act, step: Step) -> None:
    """Check and store what the step asks its owner to fill in; anything else that was sent along is ignored.

    What was not sent stays as it is: a step that is asked again does not wipe what stands there.
    """
    kind, detail = KINDS[doing.document.kind], detail_of(doing.session, doing.document)
    filled = Filled(doing.session, doing.user, doing.now, {}, {}, doing.document)
    faults: list[Fault] = []
    fields: dict[str, Any] = {}
    for name in step.fields:
        fields[name], fault = getattr(detail, name), None
        if name in doing.answers:
            fields[name], fault = check_field(filled, kind, kind.table, name, doing.answers[name])
        if fault is None and name in step.required and fields[name] is None:
            fault = Fault(name, "fault.required")
        faults += [fault] if fault else []
    lines: dict[str, dict[int, dict[str, Any]]] = {}
    for table_name, columns in step.line_fields.items():
        form, lines[table_name] = kind.lines(table_name).table, {}
        for place, row in ((doing.answers.get("lines") or {}).get(table_name) or {}).items():
            for name in columns:
                if name not in row:
                    continue
                value, fault = check_field(filled, kind, form, name, row[name])
                if fault:
                    faults.append(Fault(name, fault.key, fault.facts, table_name, int(place)))
                else:
                    lines[table_name].setdefault(int(place), {})[name] = value
    if faults:
        raise Invalid(faults)
    changed = fill_in(doing.session, doing.document, fields, lines)
    if changed:
        doing.data["changed"] = changed


def _amount_now(doing: Act) -> Decimal | None:
    """What the paper comes to with what the step filled in."""
    kind = KINDS[doing.document.kind]
    filled, _ = fill(doing.session, doing.user, kind, raw_of(doing.session, doing.document), doing.now, doing.document)
    return kind.amount(filled)


def _sent_back_by_money(doing: Act) -> bool:
    """Money that a step changed after others had approved goes back to the first who approved another amount."""
    journey = doing.journey
    keys = {task.step for task in decided(journey.tasks) if task.amount != doing.document.amount}
    index = next((i for i, step in enumerate(journey.route) if step.key in keys), None)
    if index is None:
        return False
    close_open_tasks(journey)
    undo_signatures(journey, index)
    advance(journey, index)
    doing.data["sent_back_to"] = journey.route[index].key
    return True


def _returning_step(journey: Journey) -> str | None:
    """The step that returned the paper last."""
    returned = [task for task in journey.tasks if task.outcome == RETURN]
    return returned[-1].step if returned else None


def _seal(doing: Act, before: State) -> None:
    """One event for one act. A comment leaves the version as it is: it takes nobody's decision away."""
    document, action = doing.document, doing.action
    if action.key != COMMENT:
        document.version += 1
    doing.session.add(document)
    doing.session.flush()
    if document.number is None and action.key == CANCEL:
        return  # a draft nobody ever saw
    doing.data |= {"state": [before.value, document.state.value], "version": document.version}
    doing.data["files"] = hashes(doing.session, document)
    if document.amount is not None:
        doing.data["amount"] = f"{document.amount:.2f}"
    task = next((task for task in doing.journey.tasks if action.task_id and task.id == action.task_id), None)
    record(
        doing.session,
        now=doing.now,
        action=action.key,
        actor=doing.user,
        on_behalf_of=action.for_person,
        role=task.role if task else None,
        document=document,
        step=action.step.key if action.step else None,
        note=doing.note,
        data=doing.data,
    )
