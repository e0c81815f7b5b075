"""What a person may do with a document now. The buttons are drawn from it, and every act is checked against it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session, col, select

from models import Document, Event, Person, State, Task, TaskState
from services.access import has_role, may_read
from services.attachments import hashes
from services.database import fetch
from services.documents import KINDS
from services.documents.drafts import EDITABLE, is_authors
from services.engine.action import (
    ASK_AFTER,
    ASK_BEFORE,
    CALL_BACK,
    CANCEL,
    COMMENT,
    PAUSE,
    RECALL,
    REMIND,
    REOPEN,
    RESUME,
    REVERSE,
    SUBMIT,
    SUPPLEMENT,
    TAKE_BACK,
    TRANSFER,
    WITHDRAW,
    Action,
)
from services.engine.case import REVERSAL
from services.engine.flow import Journey
from services.engine.seats import may_be_asked, sitter, transferable
from services.routes import APPROVE, DECISION, REJECT, RETURN, Step, position


def offers(journey: Journey, user: Person) -> Iterator[Action]:
    """Everything the user may do with the paper now, the likeliest first; who seeks one act asks no further."""
    session, document = journey.session, journey.document
    person = fetch(session, Person, user.id)
    if person is None or not person.active:
        return
    has_any = False
    for some in (_on_his_seat, _held_seat, _planner, _author, _own_decision, _finished):
        for action in some(journey, person):
            has_any = True
            yield action
    if document.number is not None and (has_any or may_read(session, person, document, journey.now)):
        yield Action(COMMENT, needs_note=True)


def candidates(journey: Journey, user: Person, action: Action) -> list[Person]:
    """The colleagues whom an action that needs one may be given to, by name."""
    if not action.needs_person:
        return []
    task, case = journey.task(action.task_id), journey.case
    taken = journey.signed_beside(task)
    if action.key == TRANSFER:
        return transferable(journey.session, user, task, case, taken, _beside(journey, task))
    signing = {one.id for one in (user, action.for_person) if one}
    return may_be_asked(journey.session, signing, case, taken, _beside(journey, task))


def signing_step(journey: Journey, task: Task) -> Step:
    """The step as the owner of a task sees it: a colleague who was asked only says yes or no."""
    step = journey.step(task.step)
    if task.asked_by_id is None:
        return step
    known = {outcome.key for outcome in step.outcomes} | {APPROVE}
    plain = tuple(outcome for outcome in DECISION if outcome.key in known)
    return replace(step, fields=(), required=(), line_fields={}, adds=None, outcomes=plain, milestone=None)


def _on_his_seat(journey: Journey, user: Person) -> Iterator[Action]:
    """The outcomes of the step whose task waits for him, and what else he may do with the task."""
    if journey.document.state not in (State.RUNNING, State.REVERSING):
        return
    case = journey.case
    for task in journey.open_tasks:
        taken = journey.signed_beside(task)
        seated = sitter(journey.session, user, task, case, taken, journey.now)
        if seated is None:
            continue
        step = signing_step(journey, task)
        about = Action("", step=step, task_id=task.id, for_person=seated[1])
        if task.paused_at:
            yield replace(about, key=RESUME)
            return
        for outcome in step.outcomes:
            if not _can_be_given(journey, outcome.key):
                continue
            back = _steps_behind(journey, step) if outcome.key == RETURN else ()
            yield replace(about, key=outcome.key, needs_note=outcome.needs_note, returns_to=back)
        if transferable(journey.session, user, task, case, taken, _beside(journey, task)):
            yield replace(about, key=TRANSFER, needs_person=True)
        if task.decides and task.asked_by_id is None and _goes_straight_on(step) and step.key != REVERSAL:
            yield replace(about, key=ASK_BEFORE, needs_note=True, needs_person=True)
            yield replace(about, key=ASK_AFTER, needs_person=True)
        if step.within and step.key != REVERSAL:
            yield replace(about, key=PAUSE, needs_note=True)
        return  # one seat at a time: the next is offered once this one is signed


def _can_be_given(journey: Journey, outcome: str) -> bool:
    """Where the kind offers an answer only sometimes: now?"""
    sometimes = KINDS[journey.document.kind].offered.get(outcome)
    return sometimes is None or sometimes(journey.session, journey.document)


def _held_seat(journey: Journey, user: Person) -> Iterator[Action]:
    """Whoever asked a colleague first may stop waiting for him."""
    for task in journey.tasks:
        if task.state == TaskState.HELD and (seated := _sits(journey, user, task)):
            yield Action(RECALL, step=journey.step(task.step), task_id=task.id, for_person=seated[1])


def _planner(journey: Journey, user: Person) -> Iterator[Action]:
    """Whoever plans a step may take the paper back to his own while it is open."""
    document = journey.document
    step = journey.step(document.step) if document.state == State.RUNNING and document.step else None
    if step is None or step.recalled_to is None:
        return
    planned = [task for task in journey.tasks if task.step == step.recalled_to and task.stands]
    if any(_sits(journey, user, task) for task in planned):
        yield Action(CALL_BACK)


def _author(journey: Journey, user: Person) -> Iterator[Action]:
    document = journey.document
    if not is_authors(document, user):
        return
    if document.state in EDITABLE:
        yield Action(SUBMIT)
    if document.state == State.RUNNING and document.approved_at is None:
        yield Action(WITHDRAW)
        if KINDS[document.kind].said_later:
            yield Action(SUPPLEMENT)
    if document.state == State.RUNNING:
        yield Action(REMIND)
    if _cancellable(document):
        yield Action(CANCEL, needs_note=document.number is not None)


def _own_decision(journey: Journey, user: Person) -> Iterator[Action]:
    """His own decision, taken back while nobody has acted since, nor brought or removed a file."""
    task = _decided_last(journey, user)
    if task and _files_are_the_same(journey, task) and (seated := _sits(journey, user, task)):
        step = signing_step(journey, task)
        yield Action(TAKE_BACK, needs_note=True, step=step, task_id=task.id, for_person=seated[1])


def _decided_last(journey: Journey, user: Person) -> Task | None:
    document = journey.document
    if document.state not in (State.RUNNING, State.RETURNED, State.REJECTED):
        return None
    for task in journey.tasks:
        if not (task.decides and task.stands and task.closed_by_id == user.id):
            continue
        if task.signed_version != document.version:
            continue
        if document.state != State.RUNNING:
            return task
        gone_on = task.outcome != RETURN and document.step is not None
        here = position(journey.route, task.step)
        if gone_on and position(journey.route, document.step or "") >= here:
            return task  # where it went back instead, others' signatures fell: that is not to be undone
    return None


def _files_are_the_same(journey: Journey, task: Task) -> bool:
    """Are the files those that were there when a task was signed? Whoever signed before it read them, too."""
    act = (Event.document_id == journey.document.id, Event.step == task.step, Event.at == task.closed_at)
    data = journey.session.exec(select(Event.data).where(*act).order_by(col(Event.id).desc())).first() or {}
    return sorted(data.get("files", ())) == sorted(hashes(journey.session, journey.document))


def _finished(journey: Journey, user: Person) -> Iterator[Action]:
    """A paper that has come to an end: taken up again, or undone."""
    document, kind = journey.document, KINDS[journey.document.kind]
    if document.state == State.REJECTED:
        task = rejected_task(journey)
        if task and (seated := _sits(journey, user, task)):
            step = journey.step(task.step)
            yield Action(REOPEN, needs_note=True, step=step, task_id=task.id, for_person=seated[1])
    if document.state == State.DONE:
        on_route = kind.reopen_at in {step.key for step in journey.route}  # an older version may not have the step
        may = has_role(journey.session, user, *kind.reopeners)
        if on_route and may and may_read(journey.session, user, document, journey.now):
            yield Action(REOPEN, needs_note=True)
        if kind.reversible and (is_authors(document, user) or user.id in journey.signed_beside()):
            yield Action(REVERSE, needs_note=True)
    if document.state == State.REVERSING and asked_for_reversal(journey.session, document, user):
        yield Action(WITHDRAW, step=journey.step(REVERSAL))


def rejected_task(journey: Journey) -> Task | None:
    """The task that ended a rejected paper."""
    return next((task for task in reversed(journey.tasks) if task.outcome == REJECT and task.stands), None)


def asked_for_reversal(session: Session, document: Document, user: Person) -> bool:
    asked = select(Event.actor_id).where(Event.document_id == document.id, Event.action == REVERSE)
    return session.exec(asked.order_by(col(Event.id).desc())).first() == user.id


def reminded_since(journey: Journey, moment_ago: timedelta) -> Event | None:
    """The newest reminder, where it is not older than that."""
    lately = select(Event).where(Event.document_id == journey.document.id, Event.action == REMIND)
    return journey.session.exec(
        lately.where(Event.at > journey.now - moment_ago).order_by(col(Event.id).desc())
    ).first()


def _sits(journey: Journey, user: Person, task: Task) -> tuple[Person, Person | None] | None:
    """Could the user take the task today? With whom he stands in for, where it is not his own seat."""
    return sitter(journey.session, user, task, journey.case, journey.signed_beside(task), journey.now)


def _beside(journey: Journey, task: Task) -> list[Task]:
    return [other for other in journey.living_tasks if other is not task and other.step == task.step]


def _goes_straight_on(step: Step) -> bool:
    """May a colleague's yes stand before or after one's own? Not where the step leads more ways than on."""
    approve = step.outcome(APPROVE)
    return approve is not None and approve.to is None


def _cancellable(document: Document) -> bool:
    if document.state in EDITABLE:
        return True
    kind, open_trip = KINDS[document.kind], document.state == State.RUNNING and document.approved_at is not None
    return open_trip and kind.cancel_after_approval and kind.cancel_until not in document.reached


def _steps_behind(journey: Journey, step: Step) -> tuple[str, ...]:
    route = journey.route
    if step.key == REVERSAL:
        return ()
    signed = {task.step for task in journey.tasks if task.stands and task.state == TaskState.DONE}
    return tuple(one.key for one in route[: position(route, step.key)] if one.key in signed)
