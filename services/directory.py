"""The directory an administrator keeps: everyone who works or worked here, the roles they hold, the departments."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from models import Department, Grant, Person
from services.errors import Refused
from services.people import sets_up


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
