"""What the portal keeps about a person, for himself and for whoever keeps people."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services.errors import Refused


@dataclass(frozen=True)
class HeldRole:
    """A role somebody holds: for a department, or for the company where that is empty."""

    grant_id: int
    role: Role
    department: str | None
    granted_at: datetime


@dataclass(frozen=True)
class Profile:
    """A person with the names of what his row points to."""

    person: Person
    department: str
    roles: tuple[HeldRole, ...]


def profile(session: Session, person_id: int) -> Profile:
    """The person, his department and the roles he holds, oldest first. Raises `Refused` for one who is not there."""
    found = session.exec(
        select(Person, Department.name)
        .join(Department, col(Department.id) == Person.department_id)
        .where(Person.id == person_id)
    ).first()
    if found is None:
        raise Refused("account.unknown")
    grants = session.exec(
        select(Grant, Department.name)
        .outerjoin(Department, col(Department.id) == Grant.department_id)
        .where(Grant.person_id == person_id, col(Grant.ended_at).is_(None))
        .order_by(col(Grant.id))
    ).all()
    roles = (HeldRole(grant.id or 0, grant.role, department, grant.granted_at) for grant, department in grants)
    return Profile(*found, tuple(roles))
