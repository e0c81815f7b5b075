"""Who is asked right now, deputies included, and that they are told so."""

from models import Person, TaskState
from services.delegation import deputies_of
from services.engine.flow import Journey
from services.engine.seats import people_for
from services.notices import tell


def people_asked(journey: Journey) -> set[int]:
    """Everybody who may take an open task now, deputies included."""
    case, session, now = journey.case, journey.session, journey.now
    asked: set[int] = set()
    for task in journey.open_tasks:
        people = people_for(session, task, case, journey.signed_beside(task))
        asked |= {one.id for one in (*people, *deputies_of(session, people, case.kind, case.amount, now))}
    return asked


def tell_opened(journey: Journey, actor: Person | None) -> None:
    """Tell the people on whose seats the act opened a task, and their deputies."""
    case = journey.case
    for task, people in journey.opened:
        if task.state != TaskState.OPEN:
            continue
        deputies = deputies_of(journey.session, people, case.kind, case.amount, journey.now)
        told = {person.id for person in (*people, *deputies)} - {actor.id if actor else None}
        facts = {"step": task.step, "by": actor.name if actor else ""}
        tell(journey.session, told, "waits", journey.document, journey.now, **facts)
