"""What becomes of open tasks when people leave or come: each goes to whoever may take it today, or waits for him."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Document, Grant, Person, Role, Task, TaskState
from services.engine.asked import tell_opened
from services.engine.flow import Journey, journey_of, open_again, refresh_due, take
from services.engine.seats import NAMED_IN_SETTING, barred, meant_by, named_by_setting, people_for, seat_for
from services.errors import Refused
from services.routes import Signers


def rehome_tasks(session: Session, person: Person, grants: Iterable[Grant], now: datetime) -> None:
    """After someone lost roles or was disabled: no open task of his may be left with nobody to take it.

    Papers are taken first and in one order, as an act does, so that two of them cannot wait for each other.
    """
    seats = [
        sa.and_(
            col(Task.role) == grant.role,
            col(Task.department_id).is_not_distinct_from(grant.department_id),
        )
        for grant in grants
    ]
    left = select(Task.document_id).where(col(Task.state).in_([TaskState.OPEN, TaskState.HELD]))
    _rehome_all(session, left.where(sa.or_(col(Task.person_id) == person.id, *seats)), now)


def rehome_vacant(session: Session, now: datetime) -> None:
    """After someone got a role or came back: tasks on a seat on which nobody may sign can be his to stand in for."""
    sets_up = select(Grant.person_id).where(Grant.role == Role.ADMINISTRATOR, col(Grant.ended_at).is_(None))
    may_not_decide = sa.or_(col(Person.id).in_(sets_up), barred(col(Person.id)))
    may = sa.and_(col(Person.active), ~sa.and_(col(Task.decides), may_not_decide))
    holder = (
        sa.exists()
        .where(col(Grant.person_id) == Person.id, col(Grant.ended_at).is_(None), may)
        .where(col(Grant.role) == Task.role, col(Grant.department_id).is_not_distinct_from(Task.department_id))
        .where(sa.or_(col(Task.person_id).is_(None), col(Task.person_id) == Person.id))
    )
    here = sa.exists().where(col(Person.id) == Task.person_id, may)
    seated = sa.case((sa.and_(col(Task.person_id).is_not(None), col(Task.role).is_(None)), here), else_=holder)
    open_tasks = select(Task.document_id).join(Document).where(col(Task.state) == TaskState.OPEN)
    _rehome_all(session, open_tasks.where(~seated), now)


def rehome_named(session: Session, now: datetime) -> None:
    """After a setting named another deputy: what waits for the one before is his, and what waited for nobody."""
    rehome_vacant(session, now)
    named = select(Task.document_id).where(Task.state == TaskState.OPEN, NAMED_IN_SETTING)
    _rehome_all(session, named, now, named_anew=True)


def rehome(journey: Journey, *, named_anew: bool = False) -> None:
    """Move open tasks that nobody may take any more to whoever stands in: after a signature, which bars its
    signer from the tasks beside, and after roles changed hands; with `named_anew` also those of a person whom a setting
    named.

    Where nobody stands in, a task waits until its role is held again.
    """
    session, case, now = journey.session, journey.case, journey.now
    for task in journey.open_tasks:
        if task.asked_by_id is not None and not people_for(session, task, case, journey.signed_beside(task)):
            give_back(journey, task)  # whoever was asked can answer no more
    for task in journey.open_tasks:
        taken = journey.signed_beside(task)
        if people_for(session, task, case, taken) and not (named_anew and named_by_setting(task)):
            continue
        step = journey.step(task.step)
        if step.signers == Signers.EVERY_HOLDER and _others_sign(task, journey.living_tasks):
            task.state, task.closed_at = TaskState.CLOSED, now  # he holds the role no more; the others still sign
            continue
        _seat_anew(journey, task, taken)
    refresh_due(journey)


def stand_in(journey: Journey, task: Task, leaving: Person) -> None:
    """A decision that names somebody who leaves falls to whoever stands in for him, though he is still there."""
    _seat_anew(journey, task, journey.signed_beside(task) | {leaving.id})


def _seat_anew(journey: Journey, task: Task, barred: frozenset[int]) -> None:
    session, case, step = journey.session, journey.case, journey.step(task.step)
    owner = next((o for o in step.owners if o.role == (task.instead_of or task.role)), step.owners[0])
    one = meant_by(case, owner, task, journey.tasks)
    how: dict[str, Any] = {"decides": task.decides, "must_be_held": False, "one": one}
    try:
        seat = seat_for(session, case, owner, taken=barred, now=journey.now, **how)
    except Refused:
        return
    if (task.role, task.department_id, task.person_id) == (seat.role, seat.department_id, seat.person_id):
        return
    task.role, task.department_id, task.person_id = seat.role, seat.department_id, seat.person_id
    task.instead_of = seat.instead_of
    journey.opened.append((task, seat.people))


def give_back(journey: Journey, asked: Task) -> None:
    """A colleague who was asked is asked no more: whoever asked him is asked again, though he may have signed."""
    asked.state, asked.closed_at = TaskState.CLOSED, journey.now
    release(journey, asked)
    asker = journey.task(asked.asked_by_id)
    if asker.state == TaskState.DONE:
        open_again(journey, asker)  # he signed on the understanding that his colleague does
    elif asker.state == TaskState.OPEN:
        taken = journey.signed_beside(asker)
        journey.opened.append((asker, tuple(people_for(journey.session, asker, journey.case, taken))))


def release(journey: Journey, asked: Task) -> None:
    """The task that waited for a colleague's answer waits no more."""
    asker = journey.task(asked.asked_by_id)
    if asker.state == TaskState.HELD:
        asker.state = TaskState.OPEN


def _rehome_all(
    session: Session, document_ids: SelectOfScalar[int], now: datetime, *, named_anew: bool = False
) -> None:
    for document_id in session.exec(document_ids.distinct().order_by(col(Task.document_id))).all():
        document = take(session, document_id)
        if document is not None:
            journey = journey_of(session, document, now)
            rehome(journey, named_anew=named_anew)
            tell_opened(journey, None)


def _others_sign(task: Task, living: list[Task]) -> bool:
    """Is another holder of the role still to sign, be it that he waits for a colleague first?"""
    return any(one is not task and one.step == task.step and one.asked_by_id is None for one in living)
