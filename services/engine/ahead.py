"""A route as it will run: which of its steps a paper is asked for, and on whose seats."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from services.engine.case import Case
from services.engine.seats import Seat, one_by_one, seat_for
from services.errors import Refused
from services.routes import Condition, Route, Signers, Step, holds
from services.settings import setting


def applies(session: Session, step: Step, case: Case, now: datetime) -> bool:
    """Do all conditions of a step hold for this case?"""
    return all(_meets(session, condition, case, now) for condition in step.conditions)


def seats(session: Session, step: Step, case: Case, taken: frozenset[int], now: datetime) -> list[Seat]:
    """The seats a step asks, in order. Whoever would hold two sits on the first; the second falls to the next."""
    found: list[Seat] = []
    asked = [(owner, one) for owner in step.owners for one in one_by_one(case, owner)]
    for owner, one in asked:
        seat = seat_for(session, case, owner, decides=step.decides, taken=taken, now=now, one=one)
        if step.signers == Signers.EVERY_HOLDER:
            found += [replace(seat, person_id=person.id, people=(person,)) for person in seat.people]
        else:
            found.append(seat)
        if step.signers == Signers.EACH_OWNER:
            taken |= sure_to_sign(step, [seat])
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
        taken |= sure_to_sign(step, found)


def sure_to_sign(step: Step, found: Iterable[Seat]) -> frozenset[int]:
    """Ids of those who are alone on a seat of a decision: they will have signed when later ones are asked."""
    alone = (seat.people[0].id for seat in found if len(seat.people) == 1)
    return frozenset(alone) if step.decides else frozenset()


def _meets(session: Session, condition: Condition, case: Case, now: datetime) -> bool:
    wanted = setting(session, condition.setting, now) if condition.setting else condition.value
    return holds(condition, case.field(condition.field), wanted)
