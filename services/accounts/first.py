"""The first administrator of an empty portal: a code from the server's console lets him in, once."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, DepartmentForm, Grant, Person, PersonForm, Role, Setting
from services import audit, settings
from services.accounts.passwords import password_faults, password_hash
from services.accounts.validation import one_line, person_values, text_fault
from services.errors import Invalid, Refused

_KEY = "setup.code"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def is_new(session: Session) -> bool:
    """Has nobody an account yet?"""
    return session.exec(select(Person.id).limit(1)).first() is None


def set_up_code(session: Session, now: datetime) -> str | None:
    """A new code for the set-up form, valid until it is used or replaced; None once somebody has an account."""
    if not is_new(session):
        return None
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    session.execute(sa.delete(Setting).where(col(Setting.key) == _KEY))
    session.add(Setting(key=_KEY, value=_hash(code), valid_from=now, proposed_at=now, approved_at=now))
    session.flush()
    return code


def set_up(
    session: Session,
    *,
    code: str,
    login: str,
    name: str,
    password: str,
    company: str,
    department: str,
    now: datetime,
) -> Person:
    """Make the company's first department and its first administrator.

    Raises `Refused` for a wrong or used code, `Invalid` with all faults of the form; either way nothing is stored.
    """
    _use_code(session, code)
    company, department = one_line(company), one_line(department)
    values, faults = person_values({"login": login, "name": name}, ("login", "name"))
    faults += [
        *password_faults(password, login, "password"),
        *text_fault("company", company, longest=100),
        *text_fault("department", department, longest=60),
    ]
    if faults:
        raise Invalid(faults)
    home = Department.model_validate(DepartmentForm(code="01", name=department))
    session.add(home)
    session.flush()
    person = _administrator(session, values, password, home, now)
    settings.put(session, "company.name", company, now=now)
    audit.record(
        session, now=now, action="account.set_up", actor=person, subject=person.login, data={"department": home.name}
    )
    return person


def _use_code(session: Session, code: str) -> None:
    row = session.exec(select(Setting).where(Setting.key == _KEY).with_for_update()).first()
    if row is None or not is_new(session) or not hmac.compare_digest(str(row.value), _hash(code)):
        raise Refused("setup.wrong_code")
    session.delete(row)
    session.flush()


def _administrator(
    session: Session, values: dict[str, Any], password: str, department: Department, now: datetime
) -> Person:
    assert department.id
    form = PersonForm.model_validate(values | {"department_id": department.id})
    person = Person.model_validate(form, update={"password_hash": password_hash(password)})
    session.add(person)
    session.flush()
    assert person.id
    session.add(Grant(person_id=person.id, role=Role.ADMINISTRATOR, granted_at=now, granted_by_id=person.id))
    session.flush()
    return person


def _hash(code: str) -> str:
    plain = "".join(char for char in code.upper() if char.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
