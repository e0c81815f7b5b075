"""Seats: who sits where a step asks for a signature, and who stands in where the holder may not decide."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from models import Department, Document, Participant, Person, Role, State, Task, TaskState
from services.access import NAMED_BY_SETTING
from services.delegation import covers, delegations_to, deputies_of
from services.documents import KINDS
from services.engine.case import REVERSAL, Case
from services.errors import Refused, Term
from services.people import NEVER_ONE_PERSON, has_role, holders, sets_up, who_may_decide
from services.routes import Of, Owner
from services.settings import setting

NOT_NAMED = "engine.nobody_named"
"""The paper does not (yet) name the person or the department that a step asks for."""
NOBODY_FREE = "engine.nobody_free"
"""Whoever might sign has signed already, or the paper concerns him."""


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
    one: int | None = None,
) -> Seat:
    """The seat that an owner of a step leads to; `one` is the department or person meant where he is asked for each.

    Whoever may not decide (it is his own paper, it concerns him, or he signed it in another role: `taken`) is passed
    over; where nobody is left, the next in the table of DOCUMENTS.md ("Who stands in") is asked.
    Raises `Refused` where a role that the route names is held by nobody, or nobody at all is left.
    """
    barred = (case.concerned | taken) if decides else frozenset()
    if owner.person:
        person = _named(session, case, owner, one)
        if _is_here(session, person, decides=decides) and person.id not in barred:
            return Seat(None, None, person.id, None, (person,))
        head = KINDS[case.kind].stands_in  # who has left, or may not decide on it, is answered for by his head
        where = person.department_id if head in NAMED_BY_SETTING else None
        return _seat_of_role(session, case, head, where, barred, now, decides=decides, must_be_held=False)
    assert owner.role
    department = one if owner.of == Of.TOUCHED and one else _department(case, owner.of)
    return _seat_of_role(session, case, owner.role, department, barred, now, decides=decides, must_be_held=must_be_held)


def one_by_one(case: Case, owner: Owner) -> list[int | None]:
    """For which departments touched, or which of the people named, an owner is asked, one seat each; else None."""
    named = case.field(owner.person) if owner.person else None
    several = case.touched_department_ids if owner.of == Of.TOUCHED else named
    return sorted(set(several)) or [None] if isinstance(several, list) else [None]


def meant_by(case: Case, owner: Owner, task: Task, others: Iterable[Task]) -> int | None:
    """For which of the departments touched an open task asks, or of the people named: its own, or where it went to the
    company, or to whoever stands in for a person, the one that is left.
    """
    own = task.department_id
    if owner.person:
        own = task.person_id if task.role is None else None
    if own is not None:
        return own
    beside = [one for one in others if one is not task and (one.step, one.round) == (task.step, task.round)]
    there = [one for one in beside if one.stands and one.state != TaskState.CLOSED]
    asked = {(one.person_id if one.role is None else None) if owner.person else one.department_id for one in there}
    return next((one for one in one_by_one(case, owner) if one not in asked), None)


def _seat_of_role(
    session: Session,
    case: Case,
    wanted: Role,
    department: int | None,
    barred: frozenset[int],
    now: datetime,
    *,
    decides: bool,
    must_be_held: bool,
) -> Seat:
    for role, where in _line_of_substitutes(case, session, wanted, department):
        people = _people_in(session, role, where, now, decide=decides)
        own = (role, where) == (wanted, department)
        if own and must_be_held and not people:
            raise Refused("engine.nobody_holds", role=Term(f"role.{role}"), department=_called(session, department))
        free = tuple(person for person in people if person.id not in barred)
        if free:
            named = free[0].id if where == _BY_SETTING else None
            return Seat(role, None if where == _BY_SETTING else where, named, None if own else wanted, free)
    raise Refused(NOBODY_FREE, role=Term(f"role.{wanted}"), department=_called(session, department))


def people_for(session: Session, task: Task, case: Case, taken: frozenset[int]) -> list[Person]:
    """Who may take an open task right now in his own right, deputies aside."""
    barred = (case.concerned | taken) if task.decides else frozenset()
    if task.person_id and (task.role is None or named_by_setting(task)):
        person = session.get(Person, task.person_id)
        people = [person] if person and _is_here(session, person, decides=task.decides) else []
    else:
        assert task.role
        held = holders(session, task.role, task.department_id, decide=task.decides)
        people = [person for person in held if task.person_id in (None, person.id)]
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
    if not people or user.id in case.concerned | taken or _is_his_alone(case, task.role):
        return None  # a deputy never does for another what concerns himself, be it work
    if task.role and has_role(session, user, *_apart(task.role)):
        return None
    deputed = {d.person_id for d in delegations_to(session, user, now) if covers(d, case.kind, case.amount)}
    principal = next((person for person in people if person.id in deputed), None)
    return (user, principal) if principal else None


def deputies_free(
    session: Session, people: Iterable[Person], role: Role | None, case: Case, taken: frozenset[int], now: datetime
) -> list[Person]:
    """Deputies who may do today what waits for these people in a role: nobody it concerns, nobody who has signed."""
    found = [] if _is_his_alone(case, role) else deputies_of(session, people, case.kind, case.amount, now)
    free = [one for one in found if one.id not in case.concerned | taken]
    apart = _apart(role) if role else ()
    return [one for one in free if not (apart and has_role(session, one, *apart))]


def seat_above(session: Session, task: Task, case: Case, taken: frozenset[int], now: datetime) -> Seat | None:
    """The role above a task's seat, told when it stays undone: whoever would stand in next; None where nobody is above.

    A person, or a role for which nobody stands in, is answered for by the head of his department. Nobody is told of
    his own paper so, nor of one he signed, nor of what he leaves undone himself.
    """
    if KINDS[case.kind].confidential:
        return None
    sitting = people_for(session, task, case, taken)
    barred = case.concerned | {person.id for person in sitting} | (taken if task.decides else frozenset())
    for role, where in _line_above(session, task, case, sitting):
        people = _people_in(session, role, where, now, decide=True)  # nor does an administrator read it
        free = tuple(person for person in people if person.id not in barred)
        if free:
            return Seat(role, None if where == _BY_SETTING else where, None, None, free)
    return None


def transferable(
    session: Session, user: Person, task: Task, case: Case, taken: frozenset[int], others: Iterable[Task]
) -> list[Person]:
    """Colleagues who hold the role of a task and may take it as well; nobody for a task that is one person's own."""
    if task.role is None or named_by_setting(task) or task.asked_by_id is not None:
        return []
    barred = (case.concerned | taken) if task.decides else frozenset()
    sitting = {one.person_id for one in others if one.person_id} | {user.id, task.person_id}
    found = holders(session, task.role, task.department_id, decide=task.decides)
    return [person for person in found if person.id not in barred | sitting]


def may_be_asked(
    session: Session, signing: Set[int], case: Case, taken: frozenset[int], others: Iterable[Task]
) -> list[Person]:
    """Colleagues whose signature may be asked for besides that of who is `signing`, himself and for another: nobody it
    concerns, nobody twice, no administrator.
    """
    barred = case.concerned | taken | signing | {one.person_id for one in others if one.person_id}
    return [one for one in who_may_decide(session) if one.id not in barred]


def _is_his_alone(case: Case, role: Role | None) -> bool:
    """What a confidential paper asks of the person whom it names, nobody does for him."""
    return role is None and KINDS[case.kind].confidential


def _apart(role: Role) -> tuple[Role, ...]:
    return (NEVER_ONE_PERSON[role],) if role in NEVER_ONE_PERSON else ()


def signed_beside(tasks: Iterable[Task], task: Task | None) -> frozenset[int]:
    """Whose signatures bar them from a task: all that stand on the paper but the task's own.

    Whether a finished paper is reversed is for its last decider's role to say, though he signed it.
    """
    if task is not None and task.step == REVERSAL:
        return frozenset()
    return signed_by(other for other in tasks if other is not task)


def signed_by(tasks: Iterable[Task]) -> frozenset[int]:
    """People whose signatures stand on a document: those who signed and those for whom a deputy signed.

    Who refused to have it reversed has said nothing on what stands in it: taken up again it is his to sign as before.
    """
    people: set[int] = set()
    for task in tasks:
        if task.decides and task.stands and task.state == TaskState.DONE and task.step != REVERSAL:
            people |= {person for person in (task.closed_by_id, task.on_behalf_of_id) if person}
    return frozenset(people)


def barred(person_id: int | Mapped[int]) -> sa.ColumnElement[bool]:
    """The same in words of the database, for a query over `Task` and `Document`: a paper of this person's own (an id,
    or a column of the query), one that concerns him, or one he has signed already.
    """
    signed = sa.orm.aliased(Task)
    concerns = sa.exists().where(
        col(Participant.document_id) == Document.id,
        col(Participant.person_id) == person_id,
        col(Participant.benefits),
        sa.or_(col(Participant.part) != REVERSAL, col(Document.state) == State.REVERSING),
    )
    has_signed = sa.exists().where(
        col(signed.document_id) == Document.id,
        col(signed.state) == TaskState.DONE,
        col(signed.stands),
        col(signed.decides),
        col(signed.step) != REVERSAL,
        col(Task.step) != REVERSAL,
        sa.or_(col(signed.closed_by_id) == person_id, col(signed.on_behalf_of_id) == person_id),
    )
    return sa.or_(
        col(Document.applicant_id) == person_id,
        col(Document.created_by_id) == person_id,
        col(Document.keeper_id).is_not_distinct_from(person_id),
        concerns.correlate(Document, Person),
        has_signed.correlate(Document, Task, Person),
    )


def named_by_setting(task: Task) -> bool:
    """Heads and vice presidents are held for departments; without one the seat is the person's that a setting named."""
    return task.role in NAMED_BY_SETTING and task.department_id is None


NAMED_IN_SETTING = sa.and_(
    col(Task.role).in_(NAMED_BY_SETTING), col(Task.department_id).is_(None), col(Task.person_id).is_not(None)
)
"""The same in words of the database."""


# --------------------------------------------------------------------------------------------------- who stands in

_BY_SETTING = -1
"""In place of a department: the person is named in a setting."""


def _line_of_substitutes(
    case: Case, session: Session, role: Role, department: int | None
) -> Iterable[tuple[Role, int | None]]:
    """The role itself, then whoever stands in for it, then for that one, until the table ends.

    Where the table leads past the general manager and round in a circle (money), the vice president whom a setting
    names as his deputy comes last.
    """
    seen: set[tuple[Role, int | None]] = set()
    step: tuple[Role, int | None] | None = (role, department)
    while step and step not in seen:
        seen.add(step)
        yield step
        step = _substitute(session, case, *step)
    last = (Role.VICE_PRESIDENT, _BY_SETTING)
    if (Role.GENERAL_MANAGER, None) in seen and last not in seen:
        yield last


def _line_above(session: Session, task: Task, case: Case, sitting: list[Person]) -> Iterable[tuple[Role, int | None]]:
    """The line of substitutes behind a task's own seat."""
    if task.role:
        where = _BY_SETTING if named_by_setting(task) else task.department_id
        line = list(_line_of_substitutes(case, session, task.role, where))[1:]
        if line:
            return line
    person = session.get(Person, task.person_id) if task.person_id else next(iter(sitting), None)
    department = task.department_id or (person.department_id if person else None)
    return _line_of_substitutes(case, session, Role.DEPARTMENT_HEAD, department) if department else ()


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


def _people_in(session: Session, role: Role, where: int | None, now: datetime, *, decide: bool) -> list[Person]:
    if where != _BY_SETTING:
        return holders(session, role, where, decide=decide)
    if role == Role.VICE_PRESIDENT:
        named = setting(session, "deputy.general_manager", now)
    else:
        named = setting(session, "deputy.department_head", now)
    person = session.get(Person, named) if isinstance(named, int) else None
    return [person] if person and _is_here(session, person, decides=decide) else []


def _is_here(session: Session, person: Person, *, decides: bool) -> bool:
    """May he who is meant himself, and not in a role, be asked? An administrator decides nothing."""
    return person.active and not (decides and sets_up(session, person))


def _office(session: Session) -> int | None:
    """The department of the general office: the one its director belongs to."""
    directors = holders(session, Role.OFFICE_DIRECTOR, None)
    return directors[0].department_id if directors else None


def _named(session: Session, case: Case, owner: Owner, one: int | None) -> Person:
    wanted = case.applicant_id if owner.person == "applicant" else case.field(owner.person or "")
    wanted = one if isinstance(wanted, list) else wanted
    person = session.get(Person, wanted) if wanted else None
    if person is None:
        raise _not_named(owner)
    return person


def _not_named(owner: Owner) -> Refused:
    return Refused(NOT_NAMED, field=Term(f"field.{owner.person}"))


def _department(case: Case, of: Of) -> int | None:
    if of == Of.APPLICANT:
        return case.department_id
    if of == Of.TOUCHED:
        if not case.touched_department_ids:
            raise Refused(NOT_NAMED, field=Term("field.department_ids"))
        return case.touched_department_ids[0]
    if of == Of.HANDLING and case.handling_department_id is None:
        field = "handling_department_id"
        raise Refused(NOT_NAMED, field=Term(f"field.{field}"))
    return case.handling_department_id if of == Of.HANDLING else None


def _called(session: Session, department_id: int | None) -> object:
    department = session.get(Department, department_id) if department_id else None
    return department.name if department else Term("engine.the_company")
