"""Who someone is in the company right now: the roles he holds, asked from the database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services.database import asked_once, rows

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local_day(now: datetime) -> date:
    """The day it is in the company."""
    return now.astimezone(SHANGHAI).date()


NEVER_ONE_PERSON = {Role.ACCOUNTANT: Role.CASHIER, Role.CASHIER: Role.ACCOUNTANT}
"""Who keeps the books does not hold the money: neither by his own roles nor as somebody's deputy (DOCUMENTS.md)."""


@dataclass(frozen=True)
class Standing:
    """A person with the roles he holds; a disabled or unknown one holds none."""

    person: Person
    grants: tuple[Grant, ...]

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def departments(self, roles: Iterable[Role]) -> list[int]:
        """Departments for which the person holds one of the roles."""
        wanted = frozenset(roles)
        return sorted({g.department_id for g in self.grants if g.role in wanted and g.department_id is not None})

    def holds(self, role: Role, department_id: int | None) -> bool:
        """Does he hold the role for just this department, or (None) for the company?"""
        return any(grant.role == role and grant.department_id == department_id for grant in self.grants)


_GRANTS = (
    select(Grant)
    .join(Person, col(Person.id) == Grant.person_id)
    .where(Grant.person_id == sa.bindparam("person_id"), col(Grant.ended_at).is_(None), col(Person.active))
)
_HOLDERS = (
    select(Person)
    .join(Grant, col(Grant.person_id) == Person.id)
    .where(Grant.role == sa.bindparam("role"))
    .where(col(Grant.department_id).is_not_distinct_from(sa.bindparam("department_id")))
    .where(col(Grant.ended_at).is_(None), col(Person.active))
    .order_by(col(Person.name), col(Person.id))
)
_ALL_ROLES = select(Grant.person_id, Grant.role).where(col(Grant.ended_at).is_(None)).order_by(col(Grant.id))
_PLACES = select(Department.id, Department.name)
_EVERYBODY = select(Person).where(Person.active).order_by(col(Person.name), col(Person.id))
_ADMINISTRATORS = select(Grant.person_id).where(Grant.role == Role.ADMINISTRATOR, col(Grant.ended_at).is_(None))
_WHO_MAY_DECIDE = _EVERYBODY.where(col(Person.id).not_in(_ADMINISTRATORS))
_DECIDERS = _HOLDERS.where(col(Person.id).not_in(_ADMINISTRATORS))
_ACTIVE = select(Person.active).where(Person.id == sa.bindparam("id"))
_DEPARTMENT = select(Person.department_id).where(Person.id == sa.bindparam("id"))


def standing(session: Session, person: Person) -> Standing:
    """The person's roles. Whoever was disabled a second ago has none."""
    grants = asked_once(
        session, ("grants", person.id), lambda: tuple(session.exec(_GRANTS, params={"person_id": person.id}))
    )
    return Standing(person, grants)


def everybody(session: Session) -> list[Person]:
    """All who are here, by name."""
    return list(session.exec(_EVERYBODY))


def names_apart(people: Iterable[Person]) -> dict[int, str]:
    """Names by id, no two alike: a page takes a choice by its words. Namesakes are told apart by their logins."""
    people = list(people)
    counted = Counter(person.name for person in people)
    return {one.id: one.name if counted[one.name] == 1 else f"{one.name} ({one.login})" for one in people}


@dataclass(frozen=True)
class Colleague:
    """Somebody as a list of people shows him: where he works, and in which roles."""

    id: int
    name: str
    login: str
    department: str
    roles: tuple[Role, ...]


def colleagues(session: Session, people: Iterable[Person]) -> list[Colleague]:
    """These people with their departments and roles, in the same order."""
    places = asked_once(session, _PLACES, lambda: {one.id: one.name for one in rows(session, _PLACES)})
    roles = asked_once(session, _ALL_ROLES, lambda: _all_roles(session))
    return [
        Colleague(one.id, one.name, one.login, places[one.department_id], tuple(dict.fromkeys(roles.get(one.id, ()))))
        for one in people
    ]


def _all_roles(session: Session) -> dict[int, list[Role]]:
    roles: dict[int, list[Role]] = {}
    for one in rows(session, _ALL_ROLES):
        roles.setdefault(one.person_id, []).append(one.role)
    return roles


def who_may_decide(session: Session) -> list[Person]:
    """All who are here but administrators, who decide nothing; by name."""
    return list(session.exec(_WHO_MAY_DECIDE))


def is_active(session: Session, person: Person) -> bool:
    """Is he still here? Asked from the database: the object in hand may be older than that."""
    return bool(rows(session, _ACTIVE, {"id": person.id}).scalar())


def department_of(session: Session, person_id: int) -> int:
    """Where somebody works."""
    return int(rows(session, _DEPARTMENT, {"id": person_id}).scalar_one())


def has_role(session: Session, person: Person, *roles: Role, department_id: int | None = None) -> bool:
    """Does the person hold one of the roles: anywhere, or for the department named?"""
    return any(
        grant.role in roles and (department_id is None or grant.department_id == department_id)
        for grant in standing(session, person).grants
    )


def sets_up(session: Session, person: Person) -> bool:
    """Is he an administrator?"""
    return has_role(session, person, Role.ADMINISTRATOR)


def holders(session: Session, role: Role, department_id: int | None, *, decide: bool = False) -> list[Person]:
    """Active people who hold a role for a department, or for the company (None), by name.

    To `decide` takes more: an administrator decides nothing, though he works in the role.
    """
    found = session.exec(_DECIDERS if decide else _HOLDERS, params={"role": role, "department_id": department_id})
    return list({person.id: person for person in found}.values())
