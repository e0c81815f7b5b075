"""Who will decide, in which order: said before a paper is sent, and on the paper as the route ahead."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import Document, Person, Role, State
from services.calendar import unknown_years
from services.documents import KINDS
from services.documents.kind import Filled
from services.documents.papers import department_for
from services.engine.ahead import sure_to_sign, walk
from services.engine.case import Case, case_from, case_of
from services.engine.deadlines import deadline
from services.engine.flow import tasks_of
from services.engine.seats import Seat, deputies_free, signed_by
from services.engine.versions import current_route, route_of
from services.errors import Refused
from services.people import local_day
from services.routes import Clock, Route, Step, position


@dataclass(frozen=True)
class Station:
    """A seat on the way: the step, who sits there, who stands in, and how long it may take."""

    step: str
    decides: bool
    role: Role | None
    instead_of: Role | None
    people: tuple[Person, ...]
    deputies: tuple[Person, ...]
    within: Clock | None
    problem: Refused | None = None
    """Why the paper could not be sent: nobody holds the role."""


def preview(session: Session, user: Person, filled: Filled, code: str, now: datetime) -> list[Station]:
    """The whole route of a paper that is still being typed, as it would run if it were sent now.

    One that was returned keeps the route it was sent on.
    """
    header = filled.document or _header(code, user, now)
    case = case_from(code, header, KINDS[code].amount(filled), filled.values)
    case = replace(case, department_id=department_for(session, KINDS[code], header, filled))
    kept = route_of(session, header) if header.state == State.RETURNED else None
    return _stations(session, case, kept or current_route(session, code, now), frozenset(), now)


def on_trial(
    session: Session,
    code: str,
    route: Route,
    applicant: Person,
    amount: Decimal | None,
    values: Mapping[str, Any],
    now: datetime,
) -> list[Station]:
    """Who would decide on a paper of somebody's, of some amount, if it went a route; he is whomever it favours."""
    favoured, named = KINDS[code].people, {owner.person for step in route for owner in step.owners}
    own = {name: applicant.id for name in favoured if name in named}
    case = case_from(code, _header(code, applicant, now), amount, own | dict(values))
    return _stations(session, case, route, frozenset(), now)


def route_ahead(session: Session, document: Document, now: datetime) -> list[Station]:
    """What still follows after the step that is open now."""
    if document.state != State.RUNNING or document.step is None:
        return []
    route, case = route_of(session, document), case_of(session, document)
    rest = route[position(route, document.step) :]
    stations = _stations(session, case, rest, signed_by(tasks_of(session, document)), now)
    return [one for one in stations if one.step != document.step]


def unknown_ahead(
    session: Session, stations: list[Station], now: datetime, due_at: datetime | None = None
) -> list[int]:
    """Years without known holidays into which the clocks of a route reach, if every step takes all its time.

    `due_at` is when the step that is open now is due.
    """
    end = max(now, due_at or now)
    for clock in {station.step: station.within for station in stations}.values():
        end = deadline(session, clock, end)[0] or end
    return unknown_years(session, local_day(now), local_day(end)) if end > now else []


def _header(code: str, applicant: Person, now: datetime) -> Document:
    """The header of a paper of somebody's that is not there yet."""
    return Document(
        kind=code,
        applicant_id=applicant.id,
        created_by_id=applicant.id,
        department_id=applicant.department_id,
        created_at=now,
        client_token="",
    )


def _stations(session: Session, case: Case, route: Route, taken: frozenset[int], now: datetime) -> list[Station]:
    stations: list[Station] = []
    for step, found in walk(session, case, route, taken, now):
        if isinstance(found, Refused):
            stations.append(_vacant(step, found))
        else:
            stations += [_station(session, case, step, seat, taken, now) for seat in found]
            taken |= sure_to_sign(step, found)
    return stations


def _station(session: Session, case: Case, step: Step, seat: Seat, taken: frozenset[int], now: datetime) -> Station:
    deputies = tuple(deputies_free(session, seat.people, seat.role, case, taken, now))
    return Station(step.key, step.decides, seat.role, seat.instead_of, seat.people, deputies, step.within)


def _vacant(step: Step, problem: Refused) -> Station:
    return Station(step.key, step.decides, step.owners[0].role, None, (), (), step.within, problem)
