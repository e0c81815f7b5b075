"""What the console may do without signing in: see who is there, and let in again whoever cannot get in himself."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services import audit
from services.accounts.passwords import initial_password, password_hash
from services.accounts.signins import end_all
from services.errors import Refused


@dataclass(frozen=True)
class Listed:
    """A person as the console lists him."""

    login: str
    name: str
    department: str
    roles: tuple[Role, ...]
    active: bool
    locked: bool


def everybody(session: Session, now: datetime) -> list[Listed]:
    """All people by department."""
    held: dict[int, list[Role]] = {}
    for grant in session.exec(select(Grant).where(col(Grant.ended_at).is_(None)).order_by(col(Grant.id))):
        held.setdefault(grant.person_id, []).append(grant.role)
    people = session.exec(
        select(Person, Department.name)
        .join(Department, col(Department.id) == Person.department_id)
        .order_by(col(Person.department_id), col(Person.id))
    )
    return [
        Listed(
            login=person.login,
            name=person.name,
            department=department,
            roles=tuple(dict.fromkeys(held.get(person.id or 0, []))),
            active=person.active,
            locked=person.locked_until is not None and person.locked_until > now,
        )
        for person, department in people
    ]


def reset_password(session: Session, login: str, now: datetime) -> str:
    """A password for one use, to be changed at the first sign-in. Every browser of the person is signed out.

    Raises `Refused` where nobody has this login.
    """
    person, password = _called(session, login), initial_password()
    person.password_hash, person.must_change_password = password_hash(password), True
    end_all(session, person, now)
    _unlock(person)
    audit.record(session, now=now, action="account.password_reset", subject=login, data={"by": "console"})
    return password


def unlock(session: Session, login: str, now: datetime) -> None:
    """Forget the wrong passwords. Raises `Refused` where nobody has this login."""
    _unlock(_called(session, login))
    audit.record(session, now=now, action="account.unlocked", subject=login, data={"by": "console"})


def _called(session: Session, login: str) -> Person:
    person = session.exec(select(Person).where(Person.login == login).with_for_update()).first()
    if person is None:
        raise Refused("console.no_such_person", login=login)
    return person


def _unlock(person: Person) -> None:
    person.failed_attempts, person.locked_until = 0, None
