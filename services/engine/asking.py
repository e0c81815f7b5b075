"""How the owner of a task shares it: hand it over, ask a colleague besides, wait for others."""

from datetime import timedelta

from models import Person, Task, TaskState
from services.access import is_plausible, may_read
from services.calendar import add_working_time, working_time_between
from services.engine.action import Act
from services.engine.flow import open_task, refresh_due
from services.engine.rehoming import give_back
from services.engine.signing import fill_and_sign, go_on
from services.errors import Fault, Invalid
from services.notices import tell
from services.routes import APPROVE, Outcome


def transfer(doing: Act) -> None:
    """Hand the task to a colleague who holds the same role. Its clock goes on."""
    assert doing.person
    task = doing.task
    task.person_id = doing.person.id
    doing.journey.opened.append((task, (doing.person,)))
    doing.data |= {"person": doing.person.id, "name": doing.person.name}


def ask_before(doing: Act) -> None:
    """Ask a colleague to sign first: the own task waits for him, its clock does not."""
    task = doing.task
    task.state = TaskState.HELD
    _ask(doing, task)


def ask_after(doing: Act) -> None:
    """Approve, and ask a colleague to sign as well before the paper goes on."""
    assert doing.action.step
    outcome = Outcome(APPROVE)
    if fill_and_sign(doing, doing.action.step, outcome):
        _ask(doing, doing.task)
        go_on(doing, outcome)


def recall(doing: Act) -> None:
    """Wait for the colleague no more: the own task is open again."""
    for asked in doing.journey.open_tasks:
        if asked.asked_by_id == doing.task.id:
            give_back(doing.journey, asked)
    refresh_due(doing.journey)


def pause(doing: Act) -> None:
    """Wait for others. Hours of work stop meanwhile; the policies' own limits (24 hours, working days) never do."""
    session, task, now = doing.session, doing.task, doing.now
    task.paused_at = now
    clock = doing.journey.step(task.step).within
    if clock and clock.may_stop and task.due_at and task.due_at > now:
        task.due_left = _seconds(working_time_between(session, now, task.due_at))
        if task.warn_at and task.warn_at > now:
            task.warn_left = _seconds(working_time_between(session, now, task.warn_at))
        task.due_at = task.warn_at = None
    refresh_due(doing.journey)


def resume(doing: Act) -> None:
    """Go on: what was left of the time when it was stopped is left now."""
    session, task, now = doing.session, doing.task, doing.now
    if task.due_left is not None:
        task.due_at = add_working_time(session, now, timedelta(seconds=task.due_left))
        if task.warn_left is not None:
            task.warn_at = add_working_time(session, now, timedelta(seconds=task.warn_left))
        elif task.warned_at is None:
            task.warn_at = now
    task.paused_at = task.due_left = task.warn_left = task.pause_told_at = None
    refresh_due(doing.journey)


def comment(doing: Act) -> None:
    """A remark in the timeline; it changes nothing. Whoever is mentioned is told; he must be able to read the paper."""
    ids = [id if isinstance(id, int) and is_plausible(id) else 0 for id in dict.fromkeys(doing.mention)]
    named = [doing.session.get(Person, id) for id in ids]
    for person in named:
        if person is None or not person.active or not may_read(doing.session, person, doing.document, doing.now):
            name = person.name if person else ""
            raise Invalid([Fault("mention", "action.mentioned_cannot_read", {"name": name})])
    people = [person for person in named if person]
    doing.data["mentioned"] = [person.id for person in people]
    told = {person.id for person in people} - {doing.user.id}
    tell(doing.session, told, "mentioned", doing.document, doing.now, by=doing.user.name, note=doing.note[:100])


def _ask(doing: Act, task: Task) -> None:
    assert doing.person
    asked = Task(
        document_id=task.document_id,
        step=task.step,
        decides=True,
        person_id=doing.person.id,
        round=doing.document.round,
        opened_at=doing.now,
        due_at=task.due_at,
        warn_at=task.warn_at,
        asked_by_id=task.id,
    )
    open_task(doing.journey, asked, (doing.person,))
    doing.data |= {"person": doing.person.id, "name": doing.person.name}
    refresh_due(doing.journey)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
