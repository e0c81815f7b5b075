"""The directory an administrator keeps: everyone who works or worked here, the roles they hold, the departments."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from models import Department, Grant, Person
from services.errors import Refused
from services.export import Column, to_excel
from services.people import sets_up
from services.texts import term_of, text


@dataclass(frozen=True)
class Directory:
    people: list[Person]
    """By department, disabled ones too."""
    grants: list[Grant]
    """Those that hold now."""
    departments: dict[int, str]


def directory(session: Session, reader: Person) -> Directory:
    """All of it, for administrators only; raises `Refused` for anyone else."""
    if not sets_up(session, reader):
        raise Refused("account.administrators_only")
    return Directory(
        list(session.exec(select(Person).order_by(col(Person.department_id), col(Person.id)))),
        list(session.exec(select(Grant).where(col(Grant.ended_at).is_(None)).order_by(col(Grant.id)))),
        {one.id: one.name for one in session.exec(select(Department).order_by(col(Department.id)))},
    )


def directory_to_excel(session: Session, reader: Person, language: str) -> bytes:
    """Everyone with his data and the roles he holds now, one row a person. Raises `Refused` but for administrators."""
    kept = directory(session, reader)
    columns = [Column(text(language, key), "date" if key.endswith("joined_on") else "text") for key in _COLUMNS]
    rows = [_row(one, kept, language) for one in kept.people]
    return to_excel(columns, rows, title=text(language, "menu.people"), language=language)


_COLUMNS = (
    "account.name",
    "account.login",
    "account.employee_no",
    "account.department",
    "people.roles",
    "account.grade",
    "account.phone",
    "account.email",
    "account.joined_on",
    "column.state",
)


def _row(person: Person, kept: Directory, language: str) -> list[Any]:
    held = (role_words(grant, kept.departments, language) for grant in kept.grants if grant.person_id == person.id)
    return [
        person.name,
        person.login,
        person.employee_no,
        kept.departments.get(person.department_id),
        text(language, "print.list_separator").join(held),
        text(language, term_of(person.grade).key),
        person.phone,
        person.email,
        person.joined_on,
        text(language, "people.active" if person.active else "people.disabled"),
    ]


def role_words(grant: Grant, departments: dict[int, str], language: str) -> str:
    """A role that somebody holds, and for which department."""
    where = departments.get(grant.department_id) if grant.department_id else None
    role = text(language, f"role.{grant.role}")
    return text(language, "people.role_at", role=role, where=where) if where else role
