"""Whose lines of a paper's table are whose, where each owner of a step fills in his own."""

from typing import Any

from models import Task, TaskState
from services.documents.fields import spec
from services.documents.kind import Lines, lines_of
from services.engine.flow import Journey


def lines_to_fill(journey: Journey, task: Task, table: Lines) -> list[Any]:
    """The lines that the owner of a task fills in: all, or those of the person or department that his seat stands for.

    Whoever answers for somebody who has left, or for a department that nobody heads, has those that are nobody's else.
    """
    rows, column = lines_of(journey.session, journey.document, table), journey.step(task.step).own_lines
    if column is None:
        return rows
    of_people = spec(table.table, column).table == "person"
    own = _stands_for(task, of_people=of_people)
    if mine := [row for row in rows if own is not None and getattr(row, column) == own]:
        return mine
    beside = [one for one in journey.tasks if one is not task and (one.step, one.round) == (task.step, task.round)]
    theirs = {_stands_for(one, of_people=of_people) for one in beside if one.stands and one.state != TaskState.CLOSED}
    return [row for row in rows if getattr(row, column) not in theirs]


def _stands_for(task: Task, *, of_people: bool) -> int | None:
    if of_people:
        return task.person_id if task.role is None else None
    return task.department_id
