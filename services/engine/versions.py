"""Route versions: which route holds when, and how an administrator's change comes to hold (P6-5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import Session, col, func, select

from models import Document, Person, Role, RouteVersion
from services import audit
from services.database import one_at_a_time, rows
from services.documents import KINDS
from services.documents.filling import visible
from services.engine.soundness import Problem, problems
from services.errors import Refused
from services.notices import tell_person
from services.people import SHANGHAI, has_role, holders, local_day
from services.routes import Route, as_data, digest, from_data
from services.upsert import insert_into

LONGEST_NOTE = 500
"""Characters of a reason."""


class VersionState(StrEnum):
    IN_FORCE = "in_force"
    COMING = "coming"
    """Approved; its day is still to come."""
    WAITING = "waiting"
    """For the general manager."""
    DECLINED = "declined"
    PAST = "past"


@dataclass(frozen=True)
class Listed:
    """A version as the list shows it; the declared route has no row before a paper has taken it."""

    row: RouteVersion | None
    route: Route
    state: VersionState


def route_of(session: Session, document: Document) -> Route:
    """The route a document travels: the version it started with; for one that was never sent, the declared one."""
    if document.route_version_id is None:
        return KINDS[document.kind].route
    return _steps_of(session, document.route_version_id)


def fix_route(session: Session, document: Document, now: datetime, *, shipped: bool = False) -> Route:
    """Bind a document to the route that holds at its sending, or to the `shipped` one whatever the company has made."""
    own = None if shipped else _own_version(session, document.kind, now)
    version = own or _shipped_version(session, document.kind, now)
    document.route_version_id = version.id
    return _keep_in_mind(session, version.id, version.steps)


def current_route(session: Session, kind: str, now: datetime) -> Route:
    """The route that holds now: the administrator's newest approved version, else the one the kind declares."""
    own = _own_version(session, kind, now)
    return from_data(own.steps) if own else KINDS[kind].route


def versions(session: Session, user: Person, kind: str, now: datetime) -> list[Listed]:
    """All versions of a kind's route, the newest first, each with what has become of it.

    Raises `Refused` for everybody but those who propose routes and those who decide on them.
    """
    if not (may_propose(session, user) or may_decide(session, user)):
        raise Refused("routes.shut")
    return _listed(session, kind, now)


def waiting_kinds(session: Session) -> list[str]:
    """Kinds of which a proposal waits for the general manager, the oldest first."""
    return list(session.exec(select(RouteVersion.kind).where(*_WAITS).order_by(col(RouteVersion.id))))


def waiting_proposal(session: Session, kind: str) -> RouteVersion | None:
    return session.exec(select(RouteVersion).where(RouteVersion.kind == kind, *_WAITS)).first()


@dataclass(frozen=True)
class Finding:
    """A problem and the route that has it: as shipped, in force or coming, or proposed."""

    kind: str
    which: str
    number: int | None
    problem: Problem


def check(session: Session, kinds: Iterable[str], now: datetime) -> list[Finding]:
    """What is wrong with the shipped routes, with those that hold or will, and with those proposed."""
    found: list[Finding] = []
    for kind in kinds:
        declared = KINDS[kind]
        found += [
            Finding(kind, "routes.check.shipped", None, one) for one in problems(session, declared, declared.route, now)
        ]
        for listed in _listed(session, kind, now):
            if listed.row and not listed.row.shipped and listed.state in _STILL_TO_TAKE:
                wrong = problems(session, declared, listed.route, now)
                found += [Finding(kind, f"routes.check.{listed.state}", listed.row.number, one) for one in wrong]
    return found


def may_propose(session: Session, user: Person) -> bool:
    return has_role(session, user, Role.ADMINISTRATOR)


def may_decide(session: Session, user: Person) -> bool:
    """Only the general manager lets a route hold (P6-5); an administrator decides nothing, whatever else he is."""
    return has_role(session, user, Role.GENERAL_MANAGER) and not has_role(session, user, Role.ADMINISTRATOR)


def propose(
    session: Session,
    user: Person,
    kind: str,
    steps: list[dict[str, Any]],
    *,
    valid_from: date | datetime,
    note: str,
    now: datetime,
) -> RouteVersion:
    """An administrator asks for another route from a day or moment on; it holds once the general manager agrees (P6-5).

    Raises `Refused`: for everybody else, from a day that is past, without a reason or with one of more than
    `LONGEST_NOTE` characters, while another proposal of the kind waits, where nothing would change, or where the route
    is not sound.
    """
    if not may_propose(session, user):
        raise Refused("routes.administrators_only")
    one_at_a_time(session, f"routes {kind}")
    if kind not in KINDS:
        raise Refused("routes.unknown")
    route = _read(steps)
    begins = begin(valid_from, now)
    reason = reason_in(note)
    if waiting := waiting_proposal(session, kind):
        raise Refused("routes.another_waits", number=waiting.number)
    if route == current_route(session, kind, begins):
        raise Refused("routes.unchanged")
    _must_be_sound(session, kind, route, now)
    drawn: dict[str, Any] = {"created_at": now, "created_by_id": user.id, "valid_from": begins, "note": reason}
    version = RouteVersion(**_numbered(session, kind, as_data(route)), **drawn, shipped=False)
    session.add(version)
    session.flush()
    _tell_the_trail(session, user, Role.ADMINISTRATOR, "routes.proposed", version, version.note, now)
    for manager in holders(session, Role.GENERAL_MANAGER, None):
        _tell(session, manager, "route_proposed", version, user, now)
    return version


def approve(session: Session, user: Person, id: int, now: datetime) -> RouteVersion:
    """The general manager agrees: papers sent from the version's day on take it, at the earliest from now on (P6-5)."""
    version = _decide_on(session, user, id)
    _must_be_sound(session, version.kind, from_data(version.steps), now)
    version.approved_at, version.approved_by_id = now, user.id
    if version.valid_from is None or version.valid_from < now:
        version.valid_from = now
    _tell_the_trail(session, user, Role.GENERAL_MANAGER, "routes.approved", version, "", now)
    _tell(session, session.get(Person, version.created_by_id), "route_approved", version, user, now)
    return version


def decline(session: Session, user: Person, id: int, note: str, now: datetime) -> RouteVersion:
    """The general manager says no, with his reason: everything stays as it is (P6-5).

    Raises `Refused`: for everybody else, on his own proposal or a settled one, without a reason or with too long a one.
    """
    version = _decide_on(session, user, id)
    reason = reason_in(note)
    version.declined_at = now
    _tell_the_trail(session, user, Role.GENERAL_MANAGER, "routes.declined", version, reason, now)
    _tell(session, session.get(Person, version.created_by_id), "route_declined", version, user, now)
    return version


def withdraw_proposal(session: Session, user: Person, id: int, now: datetime) -> RouteVersion:
    """Its author gives a proposal up while it waits."""
    if not may_propose(session, user):
        raise Refused("routes.administrators_only")
    version = _waiting(session, id)
    if version.created_by_id != user.id:
        raise Refused("routes.not_yours")
    version.declined_at = now
    _tell_the_trail(session, user, Role.ADMINISTRATOR, "routes.withdrawn", version, "", now)
    return version


def begin(valid_from: date | datetime, now: datetime) -> datetime:
    """The moment from which a version is to hold: a day begins at midnight in the company, today begins now."""
    if isinstance(valid_from, datetime):
        begins = valid_from
    elif valid_from < local_day(now):
        raise Refused("routes.in_past")
    else:
        midnight = datetime.combine(valid_from, time.min, SHANGHAI).astimezone(now.tzinfo)
        begins = max(midnight, now)
    if begins < now:
        raise Refused("routes.in_past")
    return begins


def reason_in(note: str) -> str:
    """Why somebody proposes or declines, in words that are seen, and not too many of them."""
    reason = visible(note).strip()
    if not reason:
        raise Refused("action.needs_note")
    if len(reason) > LONGEST_NOTE:
        raise Refused("routes.note_too_long", most=LONGEST_NOTE)
    return reason


_STILL_TO_TAKE = (VersionState.IN_FORCE, VersionState.COMING, VersionState.WAITING)
_WAITS = (
    col(RouteVersion.shipped).is_(False),
    col(RouteVersion.approved_at).is_(None),
    col(RouteVersion.declined_at).is_(None),
)

_read_routes: dict[str, Route] = {}
"""Routes read before, by what they say: a restored or emptied database gives the ids of its versions anew."""


def _steps_of(session: Session, version_id: int) -> Route:
    """Asked from the database once a session, read once a process."""
    known: dict[int, Route] = session.info.get("routes", {})
    if version_id in known:
        return known[version_id]
    return _keep_in_mind(session, version_id, rows(session, _STEPS, {"id": version_id}).scalar_one())


def _keep_in_mind(session: Session, version_id: int, steps: list[dict[str, Any]]) -> Route:
    seal = digest(steps)
    if seal not in _read_routes:
        _read_routes[seal] = from_data(steps)
    session.info.setdefault("routes", {})[version_id] = _read_routes[seal]
    return _read_routes[seal]


_STEPS = select(RouteVersion.steps).where(RouteVersion.id == sa.bindparam("id"))


def _own_version(session: Session, kind: str, now: datetime) -> RouteVersion | None:
    return session.exec(_OWN, params={"kind": kind, "now": now}).first()


_OWN = (
    select(RouteVersion)
    .where(RouteVersion.kind == sa.bindparam("kind"))
    .where(col(RouteVersion.shipped).is_(False), col(RouteVersion.declined_at).is_(None))
    .where(col(RouteVersion.approved_at) <= sa.bindparam("now"), col(RouteVersion.valid_from) <= sa.bindparam("now"))
    .order_by(col(RouteVersion.valid_from).desc(), col(RouteVersion.id).desc())
)
_SHIPPED = select(RouteVersion).where(
    RouteVersion.kind == sa.bindparam("kind"), RouteVersion.digest == sa.bindparam("seal"), RouteVersion.shipped
)


def _shipped_version(session: Session, kind: str, now: datetime) -> RouteVersion:
    """The declared route as a version, written down the first time it is used; two who are first share one."""
    steps = as_data(KINDS[kind].route)
    seal = digest(steps)
    wanted = {"kind": kind, "seal": seal}
    version = session.exec(_SHIPPED, params=wanted).first()
    if version is None:
        one_at_a_time(session, f"routes {kind}")  # else a proposal could take the same number in the same instant
        row = _numbered(session, kind, steps)
        insert = insert_into(session, RouteVersion).values(**row, shipped=True, created_at=now)
        session.execute(insert.on_conflict_do_nothing())
        version = session.exec(_SHIPPED, params=wanted).one()
    return version


def _numbered(session: Session, kind: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
    """What every version has in common, under the next number of its kind."""
    return {"kind": kind, "number": _next_number(session, kind), "steps": steps, "digest": digest(steps)}


def _next_number(session: Session, kind: str) -> int:
    return (session.exec(select(func.max(RouteVersion.number)).where(RouteVersion.kind == kind)).one() or 0) + 1


def _listed(session: Session, kind: str, now: datetime) -> list[Listed]:
    statement = select(RouteVersion).where(RouteVersion.kind == kind).order_by(col(RouteVersion.number).desc())
    rows = list(session.exec(statement))
    own, declared = _own_version(session, kind, now), digest(as_data(KINDS[kind].route))
    in_force = own or next((row for row in rows if row.shipped and row.digest == declared), None)
    found = [Listed(row, from_data(row.steps), _state(row, in_force, now)) for row in rows]
    if any(row.shipped and row.digest == declared for row in rows):
        return found
    return [*found, Listed(None, KINDS[kind].route, VersionState.PAST if own else VersionState.IN_FORCE)]


def _state(row: RouteVersion, in_force: RouteVersion | None, now: datetime) -> VersionState:
    if row is in_force:
        return VersionState.IN_FORCE
    if row.shipped:
        return VersionState.PAST
    if row.declined_at is not None:
        return VersionState.DECLINED
    if row.approved_at is None:
        return VersionState.WAITING
    return VersionState.COMING if row.valid_from is not None and row.valid_from > now else VersionState.PAST


def _read(steps: list[dict[str, Any]]) -> Route:
    try:
        return from_data(steps)
    except ValidationError as error:
        raise Refused("routes.unreadable") from error


def _must_be_sound(session: Session, kind: str, route: Route, now: datetime) -> None:
    """A vacancy that the route in force has as well does not stop a change: it is none of the change's making."""
    found = problems(session, KINDS[kind], route, now)
    if found:
        there = problems(session, KINDS[kind], current_route(session, kind, now), now)
        found = [one for one in found if not (one.is_vacancy and one in there)]
    if found:
        raise Refused("routes.unsound", count=len(found))


def _decide_on(session: Session, user: Person, id: int) -> RouteVersion:
    """A proposal that waits, for the general manager; nobody decides on his own."""
    if not may_decide(session, user):
        raise Refused("routes.general_manager_only")
    version = _waiting(session, id)
    if version.created_by_id == user.id:
        raise Refused("routes.own_proposal")
    return version


def _waiting(session: Session, id: int) -> RouteVersion:
    """A proposal that still waits, taken, so that of two people deciding in the same instant one comes second."""
    statement = select(RouteVersion).where(RouteVersion.id == id).with_for_update()
    version = session.exec(statement.execution_options(populate_existing=True)).first()
    if version is None or version.shipped:
        raise Refused("routes.unknown")
    if version.approved_at is not None or version.declined_at is not None:
        raise Refused("routes.settled", number=version.number)
    return version


def _tell_the_trail(
    session: Session, user: Person, role: Role, action: str, version: RouteVersion, note: str, now: datetime
) -> None:
    begins = version.valid_from.isoformat() if version.valid_from else None
    data = {"number": version.number, "valid_from": begins, "digest": version.digest}
    audit.record(session, now=now, action=action, actor=user, role=role, subject=version.kind, note=note, data=data)
    session.flush()


def _tell(session: Session, person: Person | None, key: str, version: RouteVersion, by: Person, now: datetime) -> None:
    if person:
        tell_person(session, person, key, now, kind=version.kind, version=version.number, by=by.name)
