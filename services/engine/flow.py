"""How a paper moves along its route: which step is next, whose tasks it opens, when it is finished or goes back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, Person, Role, State, Task, TaskState
from services.access import is_plausible
from services.documents import KINDS
from services.engine import promises
from services.engine.ahead import applies, seats, walk
from services.engine.case import REVERSAL, Case, case_of
from services.engine.deadlines import deadline
from services.engine.seats import NOT_NAMED, Seat, people_for, signed_beside
from services.engine.versions import route_of
from services.errors import Refused
from services.routes import (
    APPROVE,
    REJECT,
    RETURN,
    Clock,
    Of,
    Outcome,
    Owner,
    Route,
    Signers,
    Step,
    position,
)


@dataclass
class Journey:
    """One paper on its way within one act. Its tasks are read once, as they are under the paper's lock."""

    session: Session
    document: Document
    now: datetime
    tasks: list[Task]
    """All it ever had, in order; what the act opens is added."""
    opened: list[tuple[Task, tuple[Person, ...]]] = field(default_factory=list)
    """What the act opened, and for whom: they are told."""

    @property
    def route(self) -> Route:
        return route_of(self.session, self.document)

    @property
    def case(self) -> Case:
        return case_of(self.session, self.document)

    @property
    def open_tasks(self) -> list[Task]:
        return [task for task in self.tasks if task.state == TaskState.OPEN]

    @property
    def living_tasks(self) -> list[Task]:
        """Open ones, and those whose holder asked a colleague first."""
        return [task for task in self.tasks if task.state in (TaskState.OPEN, TaskState.HELD)]

    def task(self, id: int | None) -> Task:
        return next(task for task in self.tasks if id is not None and task.id == id)

    def signed_beside(self, task: Task | None = None) -> frozenset[int]:
        """Whose signatures bar them from a task."""
        return signed_beside(self.tasks, task)

    def step(self, key: str) -> Step:
        """A step by its key; the one that decides on a reversal stands on no route."""
        return reversal_step(self.last_decider) if key == REVERSAL else self.route[position(self.route, key)]

    @property
    def last_decider(self) -> Owner:
        """Whose role decided last on the paper: it also says whether the paper is reversed."""
        last = next((task for task in reversed(decided(self.tasks)) if task.step != REVERSAL), None)
        if last is None:  # nobody had to decide: then his head, who would be asked first
            return Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT)
        step = self.route[position(self.route, last.step)]
        wanted = last.instead_of or last.role
        return next((owner for owner in step.owners if owner.role == wanted), step.owners[0])


def journey_of(session: Session, document: Document, now: datetime) -> Journey:
    return Journey(session, document, now, tasks_of(session, document))


def advance(journey: Journey, start: int, *, passed: Route = ()) -> None:
    """Open the first step from `start` on that applies; finish after the last.

    The milestones of the steps it has passed, signed or not asked for, are reached.

    Raises `Refused` where a step's role is held by nobody: then nothing of the act is kept.
    """
    session, now, route, index = journey.session, journey.now, journey.route, start
    for step in passed:
        _reach(journey, step.milestone)
    while index < len(route) and not applies(session, route[index], journey.case, now):
        _reach(journey, route[index].milestone)  # what it brings about may decide on the steps that follow
        index += 1
    if index >= len(route):
        _finish(journey.document, now)
    else:
        open_step(journey, route[index])


def open_step(journey: Journey, step: Step) -> None:
    """Open a step's tasks, each on the seat its owner leads to."""
    case = journey.case
    with journey.session.no_autoflush:  # what is asked here no act changes: paper and task are written once, at its end
        found = seats(journey.session, step, case, journey.signed_beside(), journey.now)
    journey.document.state = State.RUNNING
    open_on(journey, step, found)


def open_on(journey: Journey, step: Step, found: Iterable[Seat]) -> None:
    """Open a step with a task on each of these seats, all under its clock."""
    document, now = journey.document, journey.now
    due_at, warn_at = _within(journey, step)
    for seat in found:
        task = Task(
            document_id=document.id,
            step=step.key,
            decides=step.decides,
            role=seat.role,
            department_id=seat.department_id,
            person_id=seat.person_id,
            instead_of=seat.instead_of,
            round=document.round,
            opened_at=now,
            due_at=due_at,
            warn_at=warn_at,
        )
        open_task(journey, task, seat.people)
    document.step = step.key
    refresh_due(journey)


def _within(journey: Journey, step: Step) -> tuple[datetime | None, datetime | None]:
    """When a step that opens now is due, and when its holders are reminded."""
    clock = step.within
    if clock and clock.promise:
        return promises.left_of(journey.session, journey.document, clock.promise, journey.now)
    with journey.session.no_autoflush:
        day = journey.case.field(clock.end_of) if clock and clock.end_of else None
        return deadline(journey.session, clock, journey.now, day)


def open_task(journey: Journey, task: Task, people: tuple[Person, ...]) -> None:
    """Add a task; the people on its seat are told when the act is sealed."""
    journey.session.add(task)
    journey.tasks.append(task)
    journey.opened.append((task, people))


def open_again(journey: Journey, task: Task) -> Task:
    """Ask a task that was ended again, on the same seat and under the same clock. Its signature stands no more."""
    task.stands = False
    case = journey.case
    again = Task(
        **task.model_dump(include=_SEAT | _CLOCK),
        document_id=task.document_id,
        round=journey.document.round,
        opened_at=journey.now,
    )
    people = people_for(journey.session, again, case, journey.signed_beside(task))
    open_task(journey, again, tuple(people))
    return again


_SEAT = {"step", "decides", "role", "department_id", "person_id", "instead_of", "asked_by_id"}
_CLOCK = {
    "due_at",
    "warn_at",
    "warned_at",
    "late_told_at",
    "escalated_at",
    "paused_at",
    "pause_told_at",
    "due_left",
    "warn_left",
}


def must_be_seated(journey: Journey, route: Route) -> None:
    """Raises `Refused` where a step ahead would find nobody: said when a paper is sent, not weeks later.

    A person or department that the paper does not name yet is named on the way.
    """
    for _, found in walk(journey.session, journey.case, route, journey.signed_beside(), journey.now):
        if isinstance(found, Refused) and found.key != NOT_NAMED:
            raise found


def end(journey: Journey, state: State) -> None:
    """The paper has come to an end before its route did."""
    close_open_tasks(journey)
    journey.document.state, journey.document.step = state, None
    journey.document.closed_at = journey.now


def guard(journey: Journey, action: str) -> None:
    """Let the kind itself say no to an act, with its reason."""
    check = KINDS[journey.document.kind].guards.get(action)
    if check:
        check(journey.session, journey.document, journey.now)


def take(session: Session, document_id: int) -> Document | None:
    """Lock a document, so that of two people acting in the same instant one comes second."""
    return session.exec(_TAKEN, params={"id": document_id}).first() if is_plausible(document_id) else None


_TAKEN = (
    select(Document)
    .where(Document.id == sa.bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def close_open_tasks(journey: Journey) -> None:
    """End every open task without a signature: the paper left this step by another way."""
    for task in journey.living_tasks:
        task.state, task.closed_at = TaskState.CLOSED, journey.now
    journey.document.due_at = None


def undo_signatures(journey: Journey, from_index: int) -> None:
    """What was signed from a step on no longer stands, and what it brought about is undone: it is asked again."""
    later = {step.key for step in journey.route[from_index:]}
    for task in journey.tasks:
        if task.stands and task.step in later and task.state not in (TaskState.OPEN, TaskState.HELD):
            task.stands = False
    undo_milestones(journey, from_index)


def undo_milestones(journey: Journey, from_index: int) -> None:
    """Undo what hangs on the milestones from a step on, the last first."""
    document, kind = journey.document, KINDS[journey.document.kind]
    behind = {step.milestone for step in journey.route[from_index:]} & set(document.reached)
    for milestone in [one for one in reversed(document.reached) if one in behind]:
        if undo := kind.undo.get(milestone):
            undo(journey.session, document, journey.now)
        if milestone == "approved":
            document.approved_at = None
    document.reached = [one for one in document.reached if one not in behind]


def step_is_signed(journey: Journey, step: Step) -> bool:
    """Is a step finished after one of its tasks was signed? Whoever was asked besides has to answer in any case.

    A colleague's yes is never the owner's own: where one of several owners decides, one of them has to have signed.
    """
    living = journey.living_tasks
    if step.signers != Signers.ANY_OWNER:
        return not living
    if any(task.asked_by_id for task in living):
        return False
    signed = (task for task in journey.tasks if task.step == step.key and task.state == TaskState.DONE and task.stands)
    return any(task.asked_by_id is None and task.outcome not in (RETURN, REJECT) for task in signed)


_TASKS = (
    select(Task)
    .where(Task.document_id == sa.bindparam("document_id"))
    .order_by(col(Task.id))
    .execution_options(populate_existing=True)
)


def tasks_of(session: Session, document: Document) -> list[Task]:
    """All tasks a document ever had, in order, as they are now and not as the session may have seen them before."""
    return list(session.exec(_TASKS, params={"document_id": document.id}))


def refresh_due(journey: Journey) -> None:
    """A paper is due when the first of its open tasks is, or what it promises."""
    times = [task.due_at for task in journey.open_tasks if task.due_at]
    times += promises.open_until(journey.session, journey.document)
    journey.document.due_at = min(times, default=None)


def signed_otherwise(tasks: Iterable[Task], content: str, amount: Decimal | None) -> bool:
    """Did anyone whose signature stands sign another content, or another amount?"""
    return any((task.content, task.amount) != (content, amount) for task in decided(tasks))


def decided(tasks: Iterable[Task]) -> list[Task]:
    """Decisions that stand and let the paper go on, whatever their step calls them."""
    return [
        task
        for task in tasks
        if task.decides and task.stands and task.state == TaskState.DONE and task.outcome not in (RETURN, REJECT)
    ]


def reversal_step(owner: Owner) -> Step:
    """Whether a finished paper is undone: the last decider's role says so."""
    outcomes = (Outcome(APPROVE), Outcome(REJECT, needs_note=True))
    return Step(REVERSAL, (owner,), within=Clock(working_days=2), outcomes=outcomes)


def _reach(journey: Journey, milestone: str | None) -> None:
    document = journey.document
    if milestone is None or milestone in document.reached:
        return
    document.reached = [*document.reached, milestone]
    if milestone == "approved":
        document.approved_at = journey.now
    effect = KINDS[document.kind].effects.get(milestone)
    if effect:
        effect(journey.session, document, journey.now)


def _finish(document: Document, now: datetime) -> None:
    document.state, document.step = State.DONE, None
    document.closed_at, document.due_at = now, None
