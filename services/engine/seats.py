"""Seats: who sits where a step asks for a signature, and who stands in where the holder may not decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from models import Department, Person, Role, Task, TaskState
from services.delegation import covers, delegations_to
from services.engine.case import Case
from services.errors import Refused, Term
from services.people import holders
from services.routes import Of, Owner
from services.settings import setting

NOT_NAMED = "engine.nobody_named"
"""The paper does not (yet) name the person or the department that a step asks for."""


@dataclass(frozen=True)
class Seat:
    """Where a task waits: a role in a department (or the company), or one person; and who may take it now."""

    role: Role | None
    department_id: int | None
    person_id: int | None
    instead_of: Role | None
    people: tuple[Person, ...]


def seat_for(
    session: Session,
    case: Case,
    owner: Owner,
    *,
    decides: bool,
    taken: frozenset[int],
    now: datetime,
    must_be_held: bool = True,
) -> Seat:
    """The seat that an owner of a step leads to.

    Whoever may not decide (it is his own paper, it concerns him, or he signed it in another role: `taken`) is passed
    over; where nobody is left, the next in the table of DOCUMENTS.md ("Who stands in") is asked.
    Raises `Refused` where a role that the route names is held by nobody, or nobody at all is left.
    """
    barred = (case.concerned | taken) if decides else frozenset()
    if owner.person:
        return _named_seat(session, case, owner, barred)
    assert owner.role
    department = _department(case, owner.of)
    for role, where in _line_of_substitutes(session, case, owner.role, department, now):
        people = _people_in(session, role, where, now)
        if must_be_held and not people and (role, where) == (owner.role, department):
            raise Refused("engine.nobody_holds", role=Term(f"role.{role}"), department=_called(session, department))
        free = tuple(person for person in people if person.id not in barred)
        if free:
            named = free[0].id if where == _BY_SETTING else None
            place = None if where == _BY_SETTING else where
            stands_in = owner.role if (role, where) != (owner.role, department) else None
            return Seat(role, place, named, stands_in, free)
    raise Refused("engine.nobody_free", role=Term(f"role.{owner.role}"), department=_called(session, department))


def people_for(session: Session, task: Task, case: Case, taken: frozenset[int]) -> list[Person]:
    """Who may take an open task right now in his own right, deputies aside."""
    barred = (case.concerned | taken) if task.decides else frozenset()
    if task.person_id and (task.role is None or _named_by_setting(task)):
        person = session.get(Person, task.person_id)
        people = [person] if person and person.active else []
    else:
        assert task.role
        people = [p for p in holders(session, task.role, task.department_id) if task.person_id in (None, p.id)]
    return [person for person in people if person.id not in barred]


def sitter(
    session: Session, user: Person, task: Task, case: Case, taken: frozenset[int], now: datetime
) -> tuple[Person, Person | None] | None:
    """May the user take this task? (user, None) in his own right, (user, whom he stands in for), or None."""
    if not user.active or (task.decides and user.id in case.concerned | taken):
        return None
    people = people_for(session, task, case, taken)
    if any(person.id == user.id for person in people):
        return user, None
    deputed = {d.person_id for d in delegations_to(session, user, now) if covers(d, case.kind, case.amount)}
    principal = next((person for person in people if person.id in deputed), None)
    return (user, principal) if principal else None


def signed_by(tasks: Iterable[Task]) -> frozenset[int]:
    """People whose signatures stand on a document: those who signed and those for whom a deputy signed."""
    people: set[int] = set()
    for task in tasks:
        if task.decides and task.stands and task.state == TaskState.DONE:
            people |= {person for person in (task.closed_by_id, task.on_behalf_of_id) if person}
    return frozenset(people)


# --------------------------------------------------------------------------------------------------- who stands in

_BY_SETTING = -1
"""In place of a department: the person is named in a setting."""


def _named_by_setting(task: Task) -> bool:
    """Heads and vice presidents are held for departments; without one the seat is the person's that a setting named."""
    return task.role in (Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT) and task.department_id is None


def _line_of_substitutes(
    session: Session, case: Case, role: Role, department: int | None, now: datetime
) -> Iterable[tuple[Role, int | None]]:
    """The role itself, then whoever stands in for it, then for that one, until the table ends."""
    seen: set[tuple[Role, int | None]] = set()
    step: tuple[Role, int | None] | None = (role, department)
    while step and step not in seen:
        seen.add(step)
        yield step
        step = _substitute(session, case, *step)


def _substitute(session: Session, case: Case, role: Role, department: int | None) -> tuple[Role, int | None] | None:
    """Who stands in when the holder may not decide: the table of DOCUMENTS.md, line by line."""
    match role:
        case Role.CLERK:
            return Role.DEPARTMENT_HEAD, _BY_SETTING
        case Role.DEPARTMENT_HEAD:
            return Role.VICE_PRESIDENT, case.department_id if department == _BY_SETTING else department
        case Role.OFFICE_DIRECTOR:
            return Role.VICE_PRESIDENT, _office(session)
        case Role.VICE_PRESIDENT:
            return Role.GENERAL_MANAGER, None
        case Role.FINANCE_OFFICER:
            return Role.FINANCE_HEAD, None
        case Role.FINANCE_HEAD:
            return Role.FINANCE_VP, None
        case Role.FINANCE_VP:
            return Role.GENERAL_MANAGER, None
        case Role.GENERAL_MANAGER if case.amount is not None and department != _BY_SETTING:
            return Role.FINANCE_VP, None
        case Role.GENERAL_MANAGER if department != _BY_SETTING:
            return Role.VICE_PRESIDENT, _BY_SETTING
    return None


def _people_in(session: Session, role: Role, where: int | None, now: datetime) -> list[Person]:
    if where != _BY_SETTING:
        return holders(session, role, where)
    if role == Role.VICE_PRESIDENT:
        named = setting(session, "deputy.general_manager", now)
    else:
        named = setting(session, "deputy.department_head", now)
    person = session.get(Person, named) if isinstance(named, int) else None
    return [person] if person and person.active else []


def _office(session: Session) -> int | None:
    """The department of the general office: the one its director belongs to."""
    directors = holders(session, Role.OFFICE_DIRECTOR, None)
    return directors[0].department_id if directors else None


def _named_seat(session: Session, case: Case, owner: Owner, barred: frozenset[int]) -> Seat:
    wanted = case.applicant_id if owner.person == "applicant" else case.field(owner.person or "")
    person = session.get(Person, wanted) if wanted else None
    if person is None or not person.active or person.id in barred:
        raise Refused(NOT_NAMED, field=Term(f"field.{owner.person}"))
    return Seat(None, None, person.id, None, (person,))


def _department(case: Case, of: Of) -> int | None:
    if of == Of.APPLICANT:
        return case.department_id
    if of == Of.HANDLING and case.handling_department_id is None:
        field = "handling_department_id"
        raise Refused(NOT_NAMED, field=Term(f"field.{field}"))
    return case.handling_department_id if of == Of.HANDLING else None


def _called(session: Session, department_id: int | None) -> object:
    department = session.get(Department, department_id) if department_id else None
    return department.name if department else Term("engine.the_company")
