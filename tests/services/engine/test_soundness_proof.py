"""What the proof of a route promises is what happens: changed routes that it calls sound are travelled to their end.

PORTAL_LONG_TESTS=1 tries every change and many combinations; the ordinary run tries some, always the same.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from models import Document, Person, Role, State, Task, TaskState
from services.database import engine
from services.documents import KINDS
from services.documents.drafts import keep
from services.engine import act, actions_for
from services.engine.action import BEYOND_ROUTES, Action
from services.engine.soundness import problems
from services.errors import Invalid, Refused
from services.routes import (
    FINISH,
    REJECT,
    RETURN,
    WORK,
    Clock,
    Condition,
    Of,
    Outcome,
    Owner,
    Route,
    Signers,
    Step,
    as_data,
    digest,
)
from tests.factories import NOW, Cast, route_version
from tests.story import BACK, hold, trip_form

TRIP = KINDS["TR"].route
MOST_ACTS = 60
LONG = bool(os.environ.get("PORTAL_LONG_TESTS"))
KEYS = ("clerk", "general_manager", "department_head", "payment", "reversal")
TARGETS = (FINISH, "department_head", "office_director", "travel")
OWNERS = (
    Owner(Role.CLERK, Of.APPLICANT),
    Owner(Role.VICE_PRESIDENT, Of.APPLICANT),
    Owner(Role.DEPARTMENT_HEAD, Of.HANDLING),
    Owner(Role.GENERAL_MANAGER),
    Owner(Role.CASHIER),
    Owner(person="traveller_id"),
    Owner(person="origin"),
)
CONDITIONS = [
    Condition(field, op, value)
    for field, values in {
        "amount": ("1000.00", "5000.00", "much"),
        "transport": ("train", "rocket", ["train"]),
        "starts_on": ("2026-11-25", "5000"),
        "task": ("5",),
        "companions": ("5",),
        "traveller_id": (3, "3"),
        "departed_on": ("2026-11-25",),
    }.items()
    for op in ("==", ">=", "in")
    for value in values
] + [
    Condition("amount", ">=", setting=name) for name in ("claim.major_amount", "remind.hours", "hours.working", "none")
]
"""Some can be compared, some cannot."""

Change = Callable[[Route], Route]
_tokens = itertools.count(1)


def _changing(place: int, **what: Any) -> Change:
    return lambda route: tuple(replace(step, **what) if number == place else step for number, step in enumerate(route))


def _answering(place: int, outcome: Outcome, *, besides: bool) -> Change:
    def change(route: Route) -> Route:
        kept = route[place].outcomes if besides else route[place].outcomes[1:]
        return _changing(place, outcomes=(outcome, *kept) if not besides else (*kept, outcome))(route)

    return change


def _inserting(place: int, step: Step) -> Change:
    return lambda route: (*route[:place], step, *route[place:])


def _dropping(place: int) -> Change:
    return lambda route: (*route[:place], *route[place + 1 :])


def _swapping(one: int, other: int) -> Change:
    def change(route: Route) -> Route:
        steps = list(route)
        steps[one], steps[other] = steps[other], steps[one]
        return tuple(steps)

    return change


def _changes() -> Iterator[Change]:
    """Every way in which one thing may be drawn otherwise in the trip's route, some of them meant well."""
    for place in range(len(TRIP)):
        for owner in OWNERS:
            yield _changing(place, owners=(owner,))
            yield _changing(place, owners=(*TRIP[place].owners, owner))
        yield from (_changing(place, signers=signers) for signers in Signers)
        yield from (_changing(place, milestone=milestone) for milestone in (None, "approved", "cancelled"))
        yield from (_changing(place, within=Clock(working_days=days)) for days in (0, 3, 10**9))
        yield from (_changing(place, key=key) for key in KEYS)
        yield _changing(place, decides=not TRIP[place].decides)
        yield _changing(place, fields=(), required=())
        yield _dropping(place)
        yield from (_swapping(place, other) for other in range(place))
        for key, to, reason in itertools.product(("complete", "approve", "cancel"), TARGETS, (True, False)):
            for besides in (True, False):
                yield _answering(place, Outcome(key, to=to, needs_note=reason), besides=besides)
    for place, condition in itertools.product(range(len(TRIP)), CONDITIONS):
        yield _inserting(place, Step("finance_vp", (Owner(Role.FINANCE_VP),), when=(condition,)))
    for place, key, owner in itertools.product(range(len(TRIP) + 1), KEYS, OWNERS):
        yield _inserting(place, Step(key, (owner,)))
        yield _inserting(place, Step(key, (owner,), decides=False, outcomes=WORK))


CHANGES = list(_changes())
TRIED = CHANGES if LONG else CHANGES[::6]


def test_a_route_with_one_change_that_is_called_sound_brings_a_paper_to_its_end(cast: Cast) -> None:
    """Issue 3, point 5: past every decision, nobody twice, and nothing ends in an error of ours."""
    hold(cast.other_head, Role.VICE_PRESIDENT, cast.service)
    choices = itertools.cycle(range(7))
    travelled = sum(_travelled_if_sound(cast, change(TRIP), itertools.islice(choices, 8)) for change in TRIED)
    assert travelled > len(TRIED) // 10, "too few of the routes are sound: this proves little"


@settings(
    max_examples=600 if LONG else 15,
    deadline=None,
    derandomize=not LONG,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    changes=st.lists(st.sampled_from(CHANGES), min_size=2, max_size=3),
    choices=st.lists(st.integers(0, 9), min_size=8, max_size=8),
)
def test_and_so_does_one_with_several_changes(cast: Cast, changes: list[Change], choices: list[int]) -> None:
    route = TRIP
    for change in changes:
        if len(route) >= len(TRIP):
            route = change(route)
    _travelled_if_sound(cast, route, choices)


def _travelled_if_sound(cast: Cast, route: Route, choices: Iterable[int]) -> bool:
    """Nothing of it is kept: the next route finds the company as it was."""
    with Session(engine(), expire_on_commit=False) as session:
        sound = _is_sound(session, cast, route)
        if sound:
            _travel(session, cast, route, itertools.cycle(choices))
        session.rollback()
    return sound


def _is_sound(session: Session, cast: Cast, route: Route) -> bool:
    """Sound, as far as the engineer's department goes; the others of the standing company have gaps."""
    found = problems(session, KINDS["TR"], route, NOW)
    return all(one.is_vacancy and cast.service.name not in one.facts.get("departments", cast.service.name)
               for one in found)  # fmt: skip


def _travel(session: Session, cast: Cast, route: Route, choices: Iterator[int]) -> None:
    steps = as_data(route)
    route_version(session, "TR", 1, steps=steps, digest=digest(steps), shipped=False, valid_from=NOW, approved_at=NOW)
    trip = keep(session, cast.engineer, "TR", trip_form(cast), token=f"proof-{next(_tokens)}", now=NOW)
    act(session, cast.engineer, trip.id, "submit", now=NOW)
    everybody = list(session.exec(select(Person).order_by(col(Person.id))))
    asked = {step.key for step in TRIP if step.decides}
    for number in range(MOST_ACTS):
        if trip.state != State.RUNNING:
            break
        now = BACK if trip.approved_at else NOW
        who, offered = _who_may(session, everybody, trip, now)
        wanted = offered if number < 8 else [one for one in offered if not one.needs_note]
        action = (wanted or offered)[next(choices) % len(wanted or offered)]
        _do(session, who, trip, action, now)
        if "approved" in trip.reached:
            assert asked <= _signed(session, trip), "it took effect before all had decided"
    assert trip.state == State.DONE, f"it stands still at {trip.step} ({trip.state})"
    assert {step.key for step in TRIP} <= _signed(session, trip)
    _nobody_decided_twice_or_on_his_own(session, trip)


def _who_may(session: Session, everybody: list[Person], trip: Document, now: datetime) -> tuple[Person, list[Action]]:
    for person in everybody:
        offered = [one for one in actions_for(session, person, trip, now) if one.key not in BEYOND_ROUTES]
        offered = [one for one in offered if one.key not in (RETURN, REJECT)]
        if offered:
            return person, offered
    raise AssertionError(f"nobody may do anything at {trip.step}")


def _do(session: Session, who: Person, trip: Document, action: Action, now: datetime) -> None:
    answers = {"departed_on": "2026-11-25", "returned_on": "2026-11-27"}
    try:
        with session.begin_nested():
            act(session, who, trip.id, action.key, note="x", now=now, **answers)
    except (Refused, Invalid) as refused:
        raise AssertionError(f"{action.key} at {trip.step}: {refused}") from refused


def _signed(session: Session, trip: Document) -> set[str]:
    return {task.step for task in _tasks(session, trip) if task.state == TaskState.DONE and task.stands}


def _nobody_decided_twice_or_on_his_own(session: Session, trip: Document) -> None:
    deciders = [task.closed_by_id for task in _tasks(session, trip) if task.decides and task.stands and task.outcome]
    assert len(deciders) == len(set(deciders))
    assert trip.applicant_id not in deciders


def _tasks(session: Session, trip: Document) -> list[Task]:
    return list(session.exec(select(Task).where(Task.document_id == trip.id).order_by(col(Task.id))))
