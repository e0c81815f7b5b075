"""Roles given and taken back. An administrator sets up and decides nothing: the roles that decide are not for him."""

from datetime import datetime

from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services import audit
from services.accounts.signins import end_all
from services.database import one_at_a_time
from services.engine import rehome_tasks, rehome_vacant
from services.errors import Refused, Term
from services.notices import tell_person
from services.people import NEVER_ONE_PERSON, has_role, holders, standing

WORK_ROLES = frozenset(
    {
        Role.ENGINEER,
        Role.TECHNICIAN,
        Role.SERVICE_CLERK,
        Role.CUSTOMER_SERVICE,
        Role.SALESPERSON,
        Role.PURCHASER,
        Role.WAREHOUSE,
    }
)
"""Roles that apply and carry out. All others decide, or read what is others' business: an administrator has none."""

DEPARTMENT_ROLES = frozenset({Role.ENGINEER, Role.CLERK, Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT})
"""Held for a department, always; a vice president for each that is in his charge."""

COMPANY_ROLES = frozenset(
    {
        Role.OFFICE_DIRECTOR,
        Role.FINANCE_OFFICER,
        Role.ACCOUNTANT,
        Role.CASHIER,
        Role.FINANCE_HEAD,
        Role.FINANCE_VP,
        Role.GENERAL_MANAGER,
        Role.MARKETING_MANAGER,
        Role.BUDGET_SUPERVISOR,
        Role.ADMINISTRATOR,
    }
)
"""Held for the company, never for a department. The remaining roles may be held for either."""


def grant_role(
    session: Session, actor: Person, person_id: int, role: Role, department_id: int | None, now: datetime
) -> Grant:
    """Give a person a role, for a department or (None) for the company.

    Refused: a role that decides to an administrator, himself above all; administrator to one who decides; accountant
    and cashier in one person; a role he has; one that is not held for a department, or only so.
    """
    must_be_administrator(session, actor)
    person = one_person(session, person_id)
    if not person.active:
        raise Refused("account.is_disabled", name=person.name)
    _must_fit(session, role, department_id)
    held = standing(session, person)
    if held.holds(role, department_id):
        raise Refused("account.role_held", name=person.name, role=_term(role))
    _must_be_compatible(person, role, held.roles, by_himself=person.id == actor.id)
    assert person.id
    grant = Grant(person_id=person.id, role=role, department_id=department_id, granted_at=now, granted_by_id=actor.id)
    if role == Role.GENERAL_MANAGER:
        tell_of_general_manager(session, actor, person, "granted", now)
    session.add(grant)
    session.flush()
    rehome_vacant(session, now)
    _record(session, actor, person, "account.role_granted", grant, now)
    return grant


def end_grant(session: Session, actor: Person, grant_id: int, now: datetime) -> Grant:
    """Take a role back, now: the person signs in anew, his open tasks find others who may take them."""
    must_be_administrator(session, actor)
    grant = session.get(Grant, grant_id, with_for_update=True)
    if grant is None or grant.ended_at is not None:
        raise Refused("account.role_not_held")
    person = one_person(session, grant.person_id)
    if grant.role == Role.ADMINISTRATOR:
        must_not_be_last_administrator(session, person)
    if grant.role == Role.GENERAL_MANAGER:
        tell_of_general_manager(session, actor, person, "ended", now)
    grant.ended_at = now
    end_all(session, person, now)
    session.flush()
    rehome_tasks(session, person, [grant], now)
    _record(session, actor, person, "account.role_ended", grant, now)
    return grant


def must_be_administrator(session: Session, actor: Person) -> None:
    """Raises `Refused` unless the database says so, now."""
    if not has_role(session, actor, Role.ADMINISTRATOR):
        raise Refused("account.administrators_only")


def must_not_be_last_administrator(session: Session, person: Person) -> None:
    """Somebody has to be able to let others in. Two who shut each other out come one after the other."""
    one_at_a_time(session, "administrators")
    others = select(Grant.id).join(Person, col(Person.id) == Grant.person_id)
    others = others.where(Grant.role == Role.ADMINISTRATOR, col(Grant.ended_at).is_(None))
    others = others.where(col(Person.active), col(Person.id) != person.id)
    if has_role(session, person, Role.ADMINISTRATOR) and session.exec(others.limit(1)).first() is None:
        raise Refused("account.last_administrator")


def tell_of_general_manager(session: Session, actor: Person, person: Person, what: str, now: datetime) -> None:
    """What an administrator does with an account that approves his settings is told to whoever holds that role, and to
    the finance vice president, who stands in for him: of the two, one reads it though the account was taken over.
    """
    watching = [one for role in (Role.GENERAL_MANAGER, Role.FINANCE_VP) for one in holders(session, role, None)]
    for one in {one.id: one for one in watching}.values():
        tell_person(session, one, f"general_manager_{what}", now, name=person.name, login=person.login, by=actor.name)


def one_person(session: Session, person_id: int) -> Person:
    """The person, taken: nobody else changes him in the meantime."""
    person = session.get(Person, person_id, with_for_update={"key_share": True})  # papers may still point to him
    if person is None:
        raise Refused("account.unknown")
    return person


def _must_fit(session: Session, role: Role, department_id: int | None) -> None:
    if department_id is None and role in DEPARTMENT_ROLES:
        raise Refused("account.role_needs_department", role=_term(role))
    if department_id is not None and role in COMPANY_ROLES:
        raise Refused("account.role_is_companys", role=_term(role))
    department = session.get(Department, department_id) if department_id is not None else None
    if department_id is not None and (department is None or not department.active):
        raise Refused("account.no_department")


def _must_be_compatible(person: Person, role: Role, held: frozenset[Role], *, by_himself: bool) -> None:
    decides = role not in WORK_ROLES and role != Role.ADMINISTRATOR
    if decides and Role.ADMINISTRATOR in held:
        key = "account.not_to_oneself" if by_himself else "account.administrator_decides_nothing"
        raise Refused(key, name=person.name, role=_term(role))
    if role == Role.ADMINISTRATOR and (deciding := sorted(held - WORK_ROLES - {Role.ADMINISTRATOR})):
        raise Refused("account.administrator_decides_nothing", name=person.name, role=_term(deciding[0]))
    other = NEVER_ONE_PERSON.get(role)
    if other in held:
        raise Refused("account.accountant_and_cashier", name=person.name)


def _record(session: Session, actor: Person, person: Person, action: str, grant: Grant, now: datetime) -> None:
    data = {"role": grant.role.value, "department_id": grant.department_id}
    audit.record(session, now=now, action=action, actor=actor, role=Role.ADMINISTRATOR, subject=person.login, data=data)


def _term(role: Role) -> Term:
    return Term(f"role.{role}")
