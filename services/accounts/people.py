"""People as an administrator keeps them: who has an account, may he come in. Nobody is deleted: signatures stay.

Every act asks the database whether the actor is an administrator, and leaves one event.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from models import Department, Person, PersonForm, Role
from services import audit
from services.accounts.passwords import initial_password, password_hash
from services.accounts.roles import (
    must_be_administrator,
    must_not_be_last_administrator,
    one_person,
    tell_of_general_manager,
)
from services.accounts.signins import end_all
from services.accounts.validation import person_values
from services.engine import rehome_tasks, rehome_vacant
from services.errors import Fault, Invalid, Refused
from services.people import has_role, standing

FIELDS = tuple(name for name in PersonForm.model_fields if name not in ("bank_name", "bank_account"))
"""What an administrator types. A bank account takes a second person (services/documents/bank_accounts.py)."""


def add_person(
    session: Session,
    actor: Person,
    raw: Mapping[str, Any],
    now: datetime,
    initial: tuple[str, str] | None = None,
) -> tuple[Person, str]:
    """Give somebody an account, without any role yet. Returns him and a password that he must change at first sign-in.

    `initial` is such a password with its hash, made before. Raises `Invalid` with all faults of the form.
    """
    must_be_administrator(session, actor)
    values = _valid(session, raw, None)
    password, kept = initial or _made()
    person = Person.model_validate(
        PersonForm.model_validate(values),
        update={"password_hash": kept, "must_change_password": True},
    )
    session.add(person)
    session.flush()
    _record(session, actor, person, "account.added", now, {"name": person.name})
    return person, password


def change_person(session: Session, actor: Person, person_id: int, raw: Mapping[str, Any], now: datetime) -> Person:
    """Change a person's data (`FIELDS`; all of them are given). The event says what changed."""
    must_be_administrator(session, actor)
    person = one_person(session, person_id)
    values = _valid(session, raw, person)
    changes = {
        name: [_plain(getattr(person, name)), _plain(value)]
        for name, value in values.items()
        if getattr(person, name) != value
    }
    if not changes:
        return person
    for name in changes:
        setattr(person, name, values[name])
    session.flush()
    _record(session, actor, person, "account.changed", now, changes)
    return person


def disable_person(session: Session, actor: Person, person_id: int, now: datetime) -> Person:
    """Shut the door to somebody, now: he is signed out, his open tasks find others who may take them."""
    must_be_administrator(session, actor)
    person = one_person(session, person_id)
    if person.id == actor.id:
        raise Refused("account.not_oneself")
    if not person.active:
        return person
    must_not_be_last_administrator(session, person)
    held = standing(session, person).grants
    person.active = False
    end_all(session, person, now)
    session.flush()
    rehome_tasks(session, person, held, now)
    _record(session, actor, person, "account.disabled", now)
    return person


def enable_person(session: Session, actor: Person, person_id: int, now: datetime) -> Person:
    """Open the door again. The roles he held when it was shut are his again."""
    must_be_administrator(session, actor)
    person = one_person(session, person_id)
    if person.active:
        return person
    person.active, person.failed_attempts, person.locked_until = True, 0, None
    session.flush()
    if has_role(session, person, Role.GENERAL_MANAGER):
        tell_of_general_manager(session, actor, person, "enabled", now)
    rehome_vacant(session, now)
    _record(session, actor, person, "account.enabled", now)
    return person


def unlock_person(session: Session, actor: Person, person_id: int, now: datetime) -> Person:
    """Let somebody try again who mistyped his password too often."""
    must_be_administrator(session, actor)
    person = one_person(session, person_id)
    person.failed_attempts, person.locked_until = 0, None
    session.flush()
    _record(session, actor, person, "account.unlocked", now)
    return person


def reset_password(session: Session, actor: Person, person_id: int, now: datetime) -> str:
    """A new initial password for somebody who lost his; he is signed out everywhere and must change it when he enters.

    For his own password an administrator uses the form that asks for the old one.
    """
    must_be_administrator(session, actor)
    person = one_person(session, person_id)
    if person.id == actor.id:
        raise Refused("account.not_oneself")
    if not person.active:
        raise Refused("account.is_disabled", name=person.name)
    password = initial_password()
    person.password_hash, person.must_change_password = password_hash(password), True
    person.failed_attempts, person.locked_until = 0, None
    end_all(session, person, now)
    session.flush()
    if has_role(session, person, Role.GENERAL_MANAGER):
        tell_of_general_manager(session, actor, person, "reset", now)
    _record(session, actor, person, "account.password_reset", now)
    return password


def _made() -> tuple[str, str]:
    password = initial_password()
    return password, password_hash(password)


def _valid(session: Session, raw: Mapping[str, Any], person: Person | None) -> dict[str, Any]:
    values, faults = checked(session, raw, person)
    if faults:
        raise Invalid(faults)
    return values


def checked(session: Session, raw: Mapping[str, Any], person: Person | None) -> tuple[dict[str, Any], list[Fault]]:
    """The valid values of a person's form (None: a new one), and what is wrong with the others. Nothing is written."""
    values, faults = person_values(raw, FIELDS)
    for name, key in (("login", "account.login_taken"), ("employee_no", "account.employee_no_taken")):
        if values.get(name) is not None and _taken(session, name, values[name], person):
            faults.append(Fault(name, key))
    department = session.get(Department, values.get("department_id", 0))
    moves = person is None or person.department_id != values.get("department_id")
    if "department_id" in values and (department is None or (moves and not department.active)):
        faults.append(Fault("department_id", "fault.option"))
    return values, faults


def _taken(session: Session, name: str, value: str, person: Person | None) -> bool:
    column: sa.ColumnElement[Any] = getattr(Person, name)
    owner = session.exec(select(Person.id).where(column == value)).first()
    return owner is not None and (person is None or owner != person.id)


def _record(
    session: Session,
    actor: Person,
    person: Person,
    action: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    audit.record(session, now=now, action=action, actor=actor, role=Role.ADMINISTRATOR, subject=person.login, data=data)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str | None) else str(value)
