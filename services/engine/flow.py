"""How a paper moves along its route: which step is next, whose tasks it opens, when it is finished or goes back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, RouteVersion, State, Task, TaskState
from services.calendar import add_working_days, add_working_hours
from services.documents import KINDS
from services.engine.case import Case, case_of
from services.engine.seats import NOT_NAMED, Seat, people_for, seat_for, signed_by
from services.errors import Refused
from services.routes import (
    REJECT,
    RETURN,
    Clock,
    Condition,
    Route,
    Signers,
    Step,
    as_data,
    digest,
    from_data,
    holds,
    position,
)
from services.settings import setting
from services.upsert import insert_into


@dataclass
class Journey:
    """One paper on its way within one act. Its tasks are read once, as they are under the paper's lock."""

    session: Session
    document: Document
    now: datetime
    tasks: list[Task]
    """All it ever had, in order; what the act opens is added."""

    @property
    def route(self) -> Route:
        return route_of(self.session, self.document)

    @property
    def case(self) -> Case:
        return case_of(self.session, self.document)

    @property
    def open_tasks(self) -> list[Task]:
        return [task for task in self.tasks if task.state == TaskState.OPEN]

    def signed_beside(self, task: Task | None = None) -> frozenset[int]:
        """Whose signatures stand on the paper, one task aside."""
        return signed_by(other for other in self.tasks if other is not task)


def journey_of(session: Session, document: Document, now: datetime) -> Journey:
    return Journey(session, document, now, tasks_of(session, document))


def route_of(session: Session, document: Document) -> Route:
    """The route a document travels: the version it started with, or for a draft the one that holds now."""
    if document.route_version_id is None:
        return KINDS[document.kind].route
    return _steps_of(session, document.route_version_id)


_read_routes: dict[str, Route] = {}
"""Routes read before, by what they say: a restored or emptied database gives the ids of its versions anew."""


def _steps_of(session: Session, version_id: int) -> Route:
    """Asked from the database once a session, read once a process."""
    known: dict[int, Route] = session.info.setdefault("routes", {})
    if version_id not in known:
        steps = session.get_one(RouteVersion, version_id).steps
        seal = digest(steps)
        if seal not in _read_routes:
            _read_routes[seal] = from_data(steps)
        known[version_id] = _read_routes[seal]
    return known[version_id]


def fix_route(session: Session, document: Document, now: datetime) -> Route:
    """Bind a document to the route that holds at its sending."""
    version = _own_version(session, document.kind, now) or _shipped_version(session, document.kind, now)
    document.route_version_id = version.id
    return from_data(version.steps)


def current_route(session: Session, kind: str, now: datetime) -> Route:
    """The route that holds now: the administrator's newest approved version, else the one the kind declares."""
    own = _own_version(session, kind, now)
    return from_data(own.steps) if own else KINDS[kind].route


def _own_version(session: Session, kind: str, now: datetime) -> RouteVersion | None:
    return session.exec(
        select(RouteVersion)
        .where(RouteVersion.kind == kind, col(RouteVersion.shipped).is_(False))
        .where(col(RouteVersion.approved_at) <= now, col(RouteVersion.valid_from) <= now)
        .order_by(col(RouteVersion.valid_from).desc(), col(RouteVersion.id).desc())
    ).first()


def applies(session: Session, step: Step, case: Case, now: datetime) -> bool:
    """Do all conditions of a step hold for this case?"""
    return all(_meets(session, condition, case, now) for condition in step.when)


def advance(journey: Journey, start: int, *, done: Step | None = None) -> None:
    """Open the first step from `start` on that applies; reach the milestones passed; finish after the last.

    Raises `Refused` where a step's role is held by nobody: then nothing of the act is kept.
    """
    session, now, route, case = journey.session, journey.now, journey.route, journey.case
    index = start
    while index < len(route) and not applies(session, route[index], case, now):
        index += 1
    for passed in [*([done] if done else []), *route[start:index]]:
        _reach(session, journey.document, passed.milestone, now)
    if index == len(route):
        _finish(journey.document, now)
    else:
        open_step(journey, route[index])


def open_step(journey: Journey, step: Step) -> None:
    """Open a step's tasks, each on the seat its owner leads to."""
    session, document, now = journey.session, journey.document, journey.now
    due_at = due(session, step.within, now)
    for seat in seats(session, step, journey.case, journey.signed_beside(), now):
        task = _task(document, step, seat, now, due_at)
        session.add(task)
        journey.tasks.append(task)
    document.state, document.step = State.RUNNING, step.key
    refresh_due(journey)


def seats(session: Session, step: Step, case: Case, taken: frozenset[int], now: datetime) -> list[Seat]:
    """The seats a step asks, in order. Whoever would hold two sits on the first; the second falls to the next."""
    found: list[Seat] = []
    for owner in step.owners:
        seat = seat_for(session, case, owner, decides=step.decides, taken=taken, now=now)
        if step.signers == Signers.EVERY_HOLDER:
            found += [replace(seat, person_id=person.id, people=(person,)) for person in seat.people]
        else:
            found.append(seat)
        if len(seat.people) == 1 and step.decides and step.signers == Signers.EACH_OWNER:
            taken |= {person.id for person in seat.people if person.id}
    return found


def walk(
    session: Session, case: Case, route: Route, taken: frozenset[int], now: datetime
) -> Iterator[tuple[Step, list[Seat] | Refused]]:
    """A route as it will run, each step with its seats, or why it has none.

    Whoever is alone on a seat will have signed when the later ones are asked.
    """
    for step in route:
        if not applies(session, step, case, now):
            continue
        try:
            found = seats(session, step, case, taken, now)
        except Refused as problem:
            yield step, problem
            continue
        yield step, found
        if step.decides:
            taken |= {seat.people[0].id for seat in found if len(seat.people) == 1}


def must_be_seated(journey: Journey, route: Route) -> None:
    """Raises `Refused` where a step ahead would find nobody: said when a paper is sent, not weeks later.

    A person or department that the paper does not name yet is named on the way.
    """
    for _, found in walk(journey.session, journey.case, route, journey.signed_beside(), journey.now):
        if isinstance(found, Refused) and found.key != NOT_NAMED:
            raise found


def rehome(journey: Journey) -> None:
    """Move open tasks that nobody may take any more to whoever stands in; called after every act and every grant.

    Where nobody stands in, a task waits until its role is held again.
    """
    session, case, now = journey.session, journey.case, journey.now
    for task in journey.open_tasks:
        if task.role is None:
            continue
        taken = journey.signed_beside(task)
        if people_for(session, task, case, taken):
            continue
        step = journey.route[position(journey.route, task.step)]
        if step.signers == Signers.EVERY_HOLDER and _open_beside(task, journey.tasks):
            task.state, task.closed_at = TaskState.CLOSED, now  # he holds the role no more; the others still sign
            continue
        owner = next((o for o in step.owners if o.role == (task.instead_of or task.role)), step.owners[0])
        try:
            seat = seat_for(session, case, owner, decides=task.decides, taken=taken, now=now, must_be_held=False)
        except Refused:
            continue
        task.role, task.department_id, task.person_id = seat.role, seat.department_id, seat.person_id
        task.instead_of = seat.instead_of
    refresh_due(journey)


def rehome_tasks(session: Session, now: datetime) -> None:
    """After someone lost a role or was disabled: no open task may be left with nobody to take it."""
    waiting = select(Task.document_id).where(Task.state == TaskState.OPEN)
    documents = select(Document).where(col(Document.id).in_(waiting)).order_by(col(Document.id)).with_for_update()
    for document in session.exec(documents.execution_options(populate_existing=True)).all():
        rehome(journey_of(session, document, now))


def close_open_tasks(journey: Journey) -> None:
    """End every open task without a signature: the paper left this step by another way."""
    for task in journey.open_tasks:
        task.state, task.closed_at = TaskState.CLOSED, journey.now
    journey.document.due_at = None


def undo_signatures(journey: Journey, from_index: int) -> None:
    """What was signed from a step on no longer stands: it will be asked again."""
    later = {step.key for step in journey.route[from_index:]}
    for task in journey.tasks:
        if task.stands and task.step in later and task.state != TaskState.OPEN:
            task.stands = False


def step_is_signed(step: Step, open_tasks: list[Task]) -> bool:
    """Is a step finished after one of its tasks was signed?"""
    return step.signers == Signers.ANY_OWNER or not open_tasks


_TASKS = (
    select(Task)
    .where(Task.document_id == sa.bindparam("document_id"))
    .order_by(col(Task.id))
    .execution_options(populate_existing=True)
)


def tasks_of(session: Session, document: Document) -> list[Task]:
    """All tasks a document ever had, in order, as they are now and not as the session may have seen them before."""
    return list(session.exec(_TASKS, params={"document_id": document.id}))


def due(session: Session, clock: Clock | None, now: datetime) -> datetime | None:
    """When a step that opens now must be done."""
    if clock is None:
        return None
    if clock.working_days is not None:
        return add_working_days(session, now, clock.working_days)
    if clock.working_hours is not None:
        return add_working_hours(session, now, clock.working_hours)
    return now + timedelta(hours=clock.hours or 0)


def refresh_due(journey: Journey) -> None:
    """A paper is due when the first of its open tasks is."""
    times = [task.due_at for task in journey.open_tasks if task.due_at]
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


def _open_beside(task: Task, tasks: list[Task]) -> bool:
    return any(one is not task and one.step == task.step and one.state == TaskState.OPEN for one in tasks)


def _task(document: Document, step: Step, seat: Seat, now: datetime, due_at: datetime | None) -> Task:
    return Task(
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
    )


def _reach(session: Session, document: Document, milestone: str | None, now: datetime) -> None:
    if milestone is None:
        return
    if milestone == "approved":
        document.approved_at = now
    effect = KINDS[document.kind].effects.get(milestone)
    if effect:
        effect(session, document, now)


def _finish(document: Document, now: datetime) -> None:
    document.state, document.step = State.DONE, None
    document.closed_at, document.due_at = now, None


def _meets(session: Session, condition: Condition, case: Case, now: datetime) -> bool:
    wanted = setting(session, condition.setting, now) if condition.setting else condition.value
    return holds(condition, case.field(condition.field), wanted)


def _shipped_version(session: Session, kind: str, now: datetime) -> RouteVersion:
    """The declared route as a version, written down the first time it is used; two who are first share one."""
    steps = as_data(KINDS[kind].route)
    seal = digest(steps)
    wanted = select(RouteVersion).where(RouteVersion.kind == kind, RouteVersion.digest == seal, RouteVersion.shipped)
    version = session.exec(wanted).first()
    if version is None:
        known = session.exec(select(RouteVersion.number).where(RouteVersion.kind == kind)).all()
        row = {"kind": kind, "number": max(known, default=0) + 1, "steps": steps, "digest": seal}
        insert = insert_into(session, RouteVersion).values(**row, shipped=True, created_at=now)
        session.execute(insert.on_conflict_do_nothing())
        version = session.exec(wanted).one()
    return version
