"""Who is asked right now, deputies included, and that they are told so."""

from collections.abc import Sequence

from models import Person, Task, TaskState
from services.engine.flow import Journey
from services.engine.seats import deputies_free, people_for
from services.notices import tell


def people_asked(journey: Journey) -> set[int]:
    """Ids of everybody who may take an open task now, deputies included."""
    return set().union(*(who_may(journey, task) for task in journey.open_tasks))


def who_may(journey: Journey, task: Task, people: Sequence[Person] | None = None) -> set[int]:
    """Ids of those who may take an open task now: the people on its seat (where they are not known yet, they are
    looked up) and those of their deputies whom nothing bars.
    """
    case, taken = journey.case, journey.signed_beside(task)
    if people is None:
        people = people_for(journey.session, task, case, taken)
    deputies = deputies_free(journey.session, people, task.role, case, taken, journey.now)
    return {person.id for person in (*people, *deputies)}


def tell_asker(journey: Journey, asked: Task, answered: Person) -> None:
    """Tell whoever asked a colleague that he has answered: who signed already, or who may go on now."""
    asker = journey.task(asked.asked_by_id)
    told = {asker.closed_by_id} if asker.closed_by_id else who_may(journey, asker)
    tell(journey.session, told - {answered.id}, "answered", journey.document, journey.now, by=answered.name)


def tell_opened(journey: Journey, actor: Person | None, key: str = "waits") -> None:
    """Tell the people on whose seats the act opened a task, and their deputies; `key` says how it came to them."""
    for task, people in journey.opened:
        if task.state == TaskState.OPEN:
            told = who_may(journey, task, people) - {actor.id if actor else None}
            facts = {"step": task.step, "by": actor.name if actor else ""}
            tell(journey.session, told, key, journey.document, journey.now, **facts)
