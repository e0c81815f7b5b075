"""Seats: who sits where a step asks for a signature, who stands in, and whose open tasks those are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Delegation, Department, Document, Person, Role, Task, TaskState
from services.engine.case import Case
from services.engine.route import Of, Owner
from services.errors import Refused, Term
from services.people import Standing, holders, local_day, standing
from services.settings import setting


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
    if must_be_held and not holders(session, owner.role, department):
        raise Refused("engine.nobody_holds", role=Term(f"role.{owner.role}"), department=_called(session, department))
    for role, where in _line_of_substitutes(session, case, owner.role, department, now):
        people = _people_in(session, role, where, now)
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
    if task.person_id:
        person = session.get(Person, task.person_id)
        people = [person] if person and person.active else []
    else:
        assert task.role
        people = holders(session, task.role, task.department_id)
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
    deputed = {d.person_id for d in _live(session, user, now) if covers(d, case.kind, case.amount)}
    principal = next((person for person in people if person.id in deputed), None)
    return (user, principal) if principal else None


def signed_by(tasks: Iterable[Task]) -> frozenset[int]:
    """People whose signatures stand on a document: those who signed and those for whom a deputy signed."""
    people: set[int] = set()
    for task in tasks:
        if task.decides and task.stands and task.state == TaskState.DONE:
            people |= {person for person in (task.closed_by_id, task.on_behalf_of_id) if person}
    return frozenset(people)


def waiting_clause(session: Session, user: Person, now: datetime) -> sa.ColumnElement[bool]:
    """Open tasks on seats the user holds, himself or as somebody's deputy today."""
    own = _seats_of(standing(session, user))
    others = [
        sa.and_(_seats_of(standing(session, principal)), _within_limits(delegation))
        for delegation in _live(session, user, now)
        if (principal := session.get(Person, delegation.person_id))
    ]
    return sa.and_(col(Task.state) == TaskState.OPEN, sa.or_(own, *others))


def covers(delegation: Delegation, kind: str, amount: Decimal | None) -> bool:
    """Does a delegation reach this paper, by its kind and its amount?"""
    if delegation.kinds and kind not in delegation.kinds:
        return False
    return delegation.amount_limit is None or (amount or Decimal(0)) <= delegation.amount_limit


def deputies_of(session: Session, people: Iterable[Person], case: Case, now: datetime) -> list[Person]:
    """Who may sign for these people today on this paper."""
    ids = [person.id for person in people]
    rows = session.exec(
        select(Delegation, Person)
        .join(Person, col(Person.id) == Delegation.deputy_id)
        .where(col(Delegation.person_id).in_(ids), col(Person.active), *_current(now))
    ).all()
    return [person for delegation, person in rows if covers(delegation, case.kind, case.amount)]


# --------------------------------------------------------------------------------------------------- who stands in

_BY_SETTING = -1
"""In place of a department: the person is named in a setting."""


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
        raise Refused("engine.nobody_named", field=Term(f"field.{owner.person}"))
    return Seat(None, None, person.id, None, (person,))


def _department(case: Case, of: Of) -> int | None:
    if of == Of.APPLICANT:
        return case.department_id
    return case.handling_department_id if of == Of.HANDLING else None


def _called(session: Session, department_id: int | None) -> object:
    department = session.get(Department, department_id) if department_id else None
    return department.name if department else Term("engine.the_company")


# ------------------------------------------------------------------------------------------------ seats as a question


def _seats_of(me: Standing) -> sa.ColumnElement[bool]:
    company = [grant.role for grant in me.grants if grant.department_id is None]
    local: dict[Role, list[int]] = {}
    for grant in me.grants:
        if grant.department_id is not None:
            local.setdefault(grant.role, []).append(grant.department_id)
    unnamed = col(Task.person_id).is_(None)
    clauses: list[sa.ColumnElement[bool]] = [col(Task.person_id) == me.person.id]
    if company:
        clauses.append(sa.and_(unnamed, col(Task.department_id).is_(None), col(Task.role).in_(company)))
    clauses += [
        sa.and_(unnamed, col(Task.role) == role, col(Task.department_id).in_(places)) for role, places in local.items()
    ]
    return sa.or_(*clauses)


def _within_limits(delegation: Delegation) -> sa.ColumnElement[bool]:
    """The documents a delegation reaches, as a condition on the header joined to the task."""
    allowed: list[sa.ColumnElement[bool]] = [sa.true()]
    if delegation.kinds:
        allowed.append(col(Document.kind).in_(delegation.kinds))
    if delegation.amount_limit is not None:
        allowed.append(sa.func.coalesce(col(Document.amount), 0) <= delegation.amount_limit)
    documents = select(Document.id).where(*allowed)
    return col(Task.document_id).in_(documents) if len(allowed) > 1 else sa.true()


def _live(session: Session, deputy: Person, now: datetime) -> list[Delegation]:
    return list(session.exec(select(Delegation).where(Delegation.deputy_id == deputy.id, *_current(now))))


def _current(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    day = local_day(now)
    return (
        col(Delegation.ended_at).is_(None),
        col(Delegation.starts_on) <= day,
        col(Delegation.ends_on) >= day,
    )
