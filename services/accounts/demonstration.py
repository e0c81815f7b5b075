"""The demonstration's accounts, each entered with one click. They exist where the database says that it is a demo."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services.accounts.signins import issue_ticket
from services.errors import Refused
from services.settings import setting


@dataclass(frozen=True)
class DemoAccount:
    """Somebody to play: who, where, in which roles."""

    person_id: int
    login: str
    name: str
    department: str
    roles: tuple[Role, ...]


def is_demo(session: Session, now: datetime) -> bool:
    """Does this database hold the demonstration? The seed marks it; nothing outside the database can."""
    return setting(session, "demo.enabled", now) is True


def demo_accounts(session: Session, now: datetime) -> list[DemoAccount]:
    """Everybody who can be played, by department. Refused outside a demonstration."""
    _must_be_demo(session, now)
    people = session.exec(
        select(Person, Department)
        .join(Department, col(Department.id) == Person.department_id)
        .where(col(Person.active))
        .order_by(col(Department.id), col(Person.id))
    ).all()
    roles: dict[int, list[Role]] = {}
    for grant in session.exec(select(Grant).where(col(Grant.ended_at).is_(None)).order_by(col(Grant.id))):
        held = roles.setdefault(grant.person_id, [])
        if grant.role not in held:
            held.append(grant.role)
    return [
        DemoAccount(person.id, person.login, person.name, department.name, tuple(roles.get(person.id, ())))
        for person, department in people
        if person.id
    ]


def demo_ticket(session: Session, person_id: int, next_url: str, now: datetime) -> str:
    """A ticket without a password, for somebody of the demonstration. Refused outside one."""
    _must_be_demo(session, now)
    person = session.get(Person, person_id)
    if person is None or not person.active:
        raise Refused("account.unknown")
    return issue_ticket(session, person, next_url, now)


def _must_be_demo(session: Session, now: datetime) -> None:
    if not is_demo(session, now):
        raise Refused("demo.not_here")
