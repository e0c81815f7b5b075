"""People from Excel: the list as it was taken away, mended or added to, looked through first, then written as a whole.

Roles and bank accounts are in no such file: each is given by an act of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, select

from models import Department, Grade, Person, PersonForm
from services.accounts.passwords import initial_password, password_hash
from services.accounts.people import FIELDS, add_person, change_person, checked
from services.accounts.roles import must_be_administrator
from services.errors import Fault, Invalid
from services.export import Column, to_excel
from services.master_files import Brought
from services.row_files import Choices, rows_from_excel
from services.texts import LANGUAGES, term_of, text

MOST_PEOPLE, MOST_NEW = 1_000, 200
"""In a file. Each new one's password takes a quarter of a second to keep."""
_TABLE = "people"


class Initial(NamedTuple):
    """A password for the first sign-in, in the clear and as it is kept."""

    password: str
    kept: str


@dataclass(frozen=True)
class Newcomer:
    name: str
    login: str
    password: str


def headings(language: str) -> dict[str, str]:
    """The columns of a file, as in the list that is taken away."""
    return {name: text(language, f"account.{_SAID.get(name, name)}") for name in FIELDS}


_SAID = {"department_id": "department"}
_NOWHERE = 0
"""A department of a name that there is not."""


def look_through(session: Session, actor: Person, data: bytes) -> Brought:
    """What a file would do, without doing it: people are known by their logins. Raises `Refused` where it is none."""
    must_be_administrator(session, actor)
    raw = rows_from_excel(
        PersonForm,
        data,
        [headings(one) for one in LANGUAGES],
        [_choices(session, one) for one in LANGUAGES],
        most=MOST_PEOPLE + 2,
        keep_empty=True,
        names=FIELDS,
    )
    brought = _compared(session, raw[:MOST_PEOPLE])
    if len(raw) > MOST_PEOPLE:
        brought.faults.insert(0, Fault("login", "fault.too_many_lines", {"most": MOST_PEOPLE}, _TABLE, None))
    if len(brought.new) > MOST_NEW:
        brought.faults.insert(0, Fault("login", "people.too_many_new", {"most": MOST_NEW}, _TABLE, None))
    return brought


def initial_passwords(count: int) -> list[Initial]:
    """Made before the file is written, since that takes a while and nobody else should wait for it."""
    made = [initial_password() for _ in range(min(count, MOST_NEW))]
    return [Initial(one, password_hash(one)) for one in made]


def bring(
    session: Session, actor: Person, data: bytes, passwords: Sequence[Initial], now: datetime
) -> tuple[Brought, list[Newcomer]]:
    """Write what a file says; answers with the passwords of who is new. Raises `Invalid` with all its faults, or where
    more are new by now than there are passwords; then nothing of it is written.
    """
    brought = look_through(session, actor, data)
    if len(brought.new) > len(passwords):
        brought.faults.append(Fault("login", "people.changed_meanwhile", {}, _TABLE, None))
    if brought.faults:
        raise Invalid(brought.faults)
    newcomers = []
    for values, initial in zip(brought.new, passwords, strict=False):
        person, password = add_person(session, actor, values, now, (initial.password, initial.kept))
        newcomers.append(Newcomer(person.name, person.login, password))
    for person, values in brought.changed:
        change_person(session, actor, person.id, values, now)
    return brought, newcomers


def passwords_to_excel(newcomers: Sequence[Newcomer], language: str) -> bytes:
    """A sheet to hand out from; there is no other."""
    said = [text(language, key) for key in ("account.name", "account.login", "people.password")]
    rows = [[one.name, one.login, one.password] for one in newcomers]
    return to_excel([Column(one) for one in said], rows, title=said[2], language=language)


def _compared(session: Session, raw: Sequence[Mapping[str, Any]]) -> Brought:
    there = {one.login: one for one in session.exec(select(Person))}
    brought, seen = Brought(), {"login": set[str](), "employee_no": set[str]()}
    for line, typed in enumerate(raw, start=2):
        if not any(typed.get(name) is not None for name in FIELDS):
            continue
        person = there.get(str(typed.get("login") or "").strip())
        place = _NOWHERE if isinstance(typed.get("department_id"), str) else typed.get("department_id")
        values, faults = checked(session, {**typed, "department_id": place}, person)
        faults += _twice(values, seen)
        if faults:
            brought.faults += [Fault(one.field, one.key, one.facts, _TABLE, line) for one in faults]
        elif person is None:
            brought.new.append(values)
        elif any(getattr(person, name) != value for name, value in values.items()):
            brought.changed.append((person, values))
        else:
            brought.same += 1
    return brought


def _twice(values: Mapping[str, Any], seen: dict[str, set[str]]) -> Iterator[Fault]:
    for name, before in seen.items():
        value = values.get(name)
        if value is not None and value in before:
            yield Fault(name, "master.twice_in_file")
        if value is not None:
            before.add(value)


def _choices(session: Session, language: str) -> Choices:
    grades = {member.value: text(language, term_of(member).key) for member in Grade}
    places = {one.id: one.name for one in session.exec(select(Department))}
    return {"grade": grades, "department_id": places}
