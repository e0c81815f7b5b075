"""A decision that is to be otherwise: taken back at once, taken up again, or undone with all its effects."""

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, Participant, State, Task, TaskState
from services.database import one_at_a_time
from services.documents import KINDS
from services.documents.filling import fill
from services.documents.papers import raw_of
from services.engine.action import REVERSE, Act
from services.engine.case import REVERSAL
from services.engine.flow import (
    Journey,
    advance,
    close_open_tasks,
    guard,
    open_again,
    open_on,
    undo_milestones,
    undo_signatures,
)
from services.engine.rehoming import rehome
from services.engine.seats import seat_for
from services.errors import Invalid
from services.routes import position


def take_back(doing: Act) -> None:
    """Make one's own decision undecided again, while nobody has acted since."""
    if doing.document.state == State.REJECTED:
        _must_stand_again(doing)
    _ask_again(doing.journey, doing.task)


def take_up_again(doing: Act) -> None:
    """A rejected paper goes back to the step that turned it down; a finished one to the step its kind names."""
    journey, document, kind = doing.journey, doing.document, KINDS[doing.document.kind]
    if document.state == State.REJECTED:
        _must_stand_again(doing)
        _ask_again(journey, doing.task)
        return
    assert kind.reopen_at
    start = position(journey.route, kind.reopen_at)
    undo_signatures(journey, start)
    document.closed_at = None
    advance(journey, start)


def ask_for_reversal(doing: Act) -> None:
    """Ask that a finished paper be undone. The role that decided last says whether; whoever asks does not."""
    journey, document = doing.journey, doing.document
    guard(journey, REVERSE)
    _forget_asker(doing.session, document)
    doing.session.add(Participant(document_id=document.id, person_id=doing.user.id, part=REVERSAL, benefits=True))
    document.state = State.REVERSING
    doing.session.flush()
    step = journey.step(REVERSAL)
    seat = seat_for(doing.session, journey.case, step.owners[0], decides=True, taken=frozenset(), now=doing.now)
    open_on(journey, step, [seat])


def settle(journey: Journey, *, reversed_: bool) -> None:
    """The reversal is decided: everything that hung on the paper is undone, or it stands as it was."""
    document = journey.document
    close_open_tasks(journey)
    if reversed_:
        guard(journey, REVERSE)
        undo_milestones(journey, 0)
        document.closed_at = journey.now
    document.state, document.step = State.REVERSED if reversed_ else State.DONE, None


def give_up(doing: Act) -> None:
    """Whoever asked for the reversal thinks better of it."""
    settle(doing.journey, reversed_=False)


def _must_stand_again(doing: Act) -> None:
    """What a rejected paper asks for may be past, or taken by another paper meanwhile: it is checked as when sent."""
    session, document = doing.session, doing.document
    one_at_a_time(session, f"submit {document.kind}")  # else that other paper could be sent in the same instant
    _, faults = fill(session, doing.user, KINDS[document.kind], raw_of(session, document), doing.now, document)
    if faults:
        raise Invalid(faults)


def _ask_again(journey: Journey, task: Task) -> None:
    """Open a signed task once more, with those that ended beside it without a signature."""
    document = journey.document
    for other in journey.living_tasks:
        if other.step != task.step or other.asked_by_id == task.id:
            other.state, other.closed_at = TaskState.CLOSED, journey.now
    undo_milestones(journey, position(journey.route, task.step))
    ended = [
        other
        for other in journey.tasks
        if other is not task
        and other.step == task.step
        and other.state == TaskState.CLOSED
        and other.closed_at == task.closed_at
        and other.asked_by_id != task.id
    ]
    asker = journey.task(task.asked_by_id) if task.asked_by_id else None
    if asker and asker.state == TaskState.OPEN:
        asker.state = TaskState.HELD
    document.state, document.step = State.RUNNING, task.step
    document.closed_at = document.draft = None
    again = {one.id: open_again(journey, one) for one in (task, *ended)}
    journey.session.flush()
    for one in (task, *ended):
        if one.asked_by_id in again:  # whoever had asked him first waits for him as before
            again[one.id].asked_by_id = again[one.asked_by_id].id
            again[one.asked_by_id].state = TaskState.HELD
        elif one is not task and one.asked_by_id and journey.task(one.asked_by_id).state == TaskState.OPEN:
            journey.task(one.asked_by_id).state = TaskState.HELD  # his answer was not to be had any more: now it is
    rehome(journey)  # of those who are asked again some may have left since


def _forget_asker(session: Session, document: Document) -> None:
    former = sa.delete(Participant).where(
        col(Participant.document_id) == document.id, col(Participant.part) == REVERSAL
    )
    session.execute(former)
