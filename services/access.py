"""Who may read what. Asked from the database at every call; an id or a number opens nothing by itself."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Delegation, Document, Participant, Person, Role, Task, TaskState
from services.database import asked_once, rows
from services.delegation import delegations_to
from services.documents import KINDS
from services.errors import Refused
from services.people import NEVER_ONE_PERSON, Standing, has_role, standing
from services.routes import Of

__all__ = [
    "deals_with",
    "has_role",
    "load_document",
    "may_read",
    "may_start",
    "standing",
    "visible_documents",
    "waiting_clause",
]

MONEY_READERS = frozenset(
    {
        Role.FINANCE_OFFICER,
        Role.ACCOUNTANT,
        Role.CASHIER,
        Role.FINANCE_HEAD,
        Role.FINANCE_VP,
        Role.GENERAL_MANAGER,
    }
)
DEPARTMENT_READERS = frozenset({Role.DEPARTMENT_HEAD, Role.CLERK, Role.VICE_PRESIDENT})
READS_ALL = frozenset({Role.MARKETING_MANAGER, Role.GENERAL_MANAGER})
NAMED_BY_SETTING = (Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT)
"""Held for departments: a seat of theirs without one is the person's whom a setting names."""


def visible_documents(
    session: Session, person: Person, now: datetime, *, kind: str | None = None
) -> SelectOfScalar[Document]:
    """All documents (or all of a kind) the person may read. Every list and every look-up starts here.

    His own; those that concern him; those he signed or is asked to sign; his departments', and what was handed to them,
    as head, clerk or vice president in charge; all about money for finance and the general manager; whole kinds by
    role. Drafts are their author's alone; an administrator sets up and reads nothing.
    """
    found = select(Document).where(_may_see(session, person, now, kind))
    return found.where(col(Document.kind) == kind) if kind else found


def _may_see(session: Session, person: Person, now: datetime, kind: str | None) -> sa.ColumnElement[bool]:
    me = standing(session, person)
    # whoever reads a kind whole is not asked of each of its papers what else would let him read it
    sees = _sent_or_his(person.id) if kind in _whole_kinds(me) else _worded(*_as_reader(me))
    deputed = [seats for _, seats in held_seats(session, person, now)[1:]]
    if not deputed:
        return sees
    waiting = select(Task.document_id).where(col(Task.state) == TaskState.OPEN, sa.or_(*deputed))
    return sa.or_(sees, sa.and_(col(Document.number).is_not(None), col(Document.id).in_(waiting)))


def load_document(
    session: Session, person: Person, now: datetime, *, id: int | None = None, number: str | None = None
) -> Document:
    """One document by id or number. Unknown and not visible are the same answer, so that numbers can't be probed."""
    document = session.exec(
        select(Document).where(with_id(id) if id is not None else with_number(number or ""))
    ).first()
    if document is None or not may_read(session, person, document, now):
        raise Refused("access.not_found", number=number or "")
    return document


def with_id(id: int) -> sa.ColumnElement[bool]:
    """The document of an id that came from outside: one too large for the column is nobody's."""
    return col(Document.id) == id if is_plausible(id) else sa.false()


def is_plausible(id: int) -> bool:
    return 0 < id < 2**31


def with_number(number: str) -> sa.ColumnElement[bool]:
    """The document of a number that came from outside: what no number can hold is not even asked for."""
    plausible = number.isascii() and number.isprintable() and 0 < len(number) <= 20
    return col(Document.number) == number if plausible else sa.false()


def may_read(session: Session, person: Person, document: Document, now: datetime) -> bool:
    """Is the document among the visible ones? One's own always is."""
    if person.id in (document.applicant_id, document.created_by_id, document.keeper_id):
        return True
    if rows(session, _worded_for_one(*_as_reader(standing(session, person))), {"id": document.id}).first():
        return True
    if len(held_seats(session, person, now)) == 1:
        return False
    statement = visible_documents(session, person, now).where(Document.id == document.id)
    return session.execute(statement.with_only_columns(col(Document.id))).first() is not None


def waiting_clause(session: Session, user: Person, now: datetime) -> sa.ColumnElement[bool]:
    """Open tasks on seats the user holds, himself or as somebody's deputy today."""
    return sa.and_(col(Task.state) == TaskState.OPEN, sa.or_(*(seats for _, seats in held_seats(session, user, now))))


def held_seats(session: Session, user: Person, now: datetime) -> list[tuple[Person, sa.ColumnElement[bool]]]:
    """The seats a person may take today, as conditions on tasks, each with whose seat it is: his own come first."""
    return asked_once(session, ("seats", user.id, now), lambda: _held_seats(session, user, now))


def _held_seats(session: Session, user: Person, now: datetime) -> list[tuple[Person, sa.ColumnElement[bool]]]:
    own = standing(session, user)
    held = [(user, _seats_of(own))]
    kept_from = frozenset(NEVER_ONE_PERSON[role] for role in own.roles if role in NEVER_ONE_PERSON)
    for delegation in delegations_to(session, user, now):
        principal = session.get_one(Person, delegation.person_id)
        seats = _seats_of(without(standing(session, principal), kept_from))
        held.append((principal, sa.and_(seats, _within_limits(delegation), ~_his_alone())))
    return held


def _his_alone() -> sa.ColumnElement[bool]:
    """Tasks of a person whom a confidential paper names: nobody deputises in them."""
    papers = select(Document.id).where(col(Document.kind).in_(confidential_kinds()))
    return sa.and_(col(Task.role).is_(None), col(Task.document_id).in_(papers))


def without(me: Standing, roles: frozenset[Role]) -> Standing:
    """Somebody's standing without the roles that his deputy may not take up."""
    return Standing(me.person, tuple(grant for grant in me.grants if grant.role not in roles))


def may_start(session: Session, person: Person, code: str) -> bool:
    """May the person start a document of this kind? An administrator who holds no other role starts none."""
    kind, roles = KINDS[code], standing(session, person).roles
    if not person.active or roles == {Role.ADMINISTRATOR}:
        return False
    return not kind.starters or bool(kind.starters & roles)


def deals_with(session: Session, person: Person, code: str) -> bool:
    """Does a kind concern the person: does he start it, decide on it, or read those of others? A kind whose papers name
    somebody on the way concerns everybody: it may be him.
    """
    kind, roles = KINDS[code], standing(session, person).roles
    owners = [owner for step in kind.route for owner in step.owners]
    concerned = (frozenset() if kind.confidential else READS_ALL) | kind.readers | {owner.role for owner in owners}
    if kind.money:
        concerned |= MONEY_READERS
    if kind.of_department or any(owner.of in (Of.APPLICANT, Of.TOUCHED) for owner in owners):  # of the departments
        concerned |= DEPARTMENT_READERS
    if may_start(session, person, code) or roles & concerned:
        return True
    named = any(owner.person not in (None, "applicant") for owner in owners)  # anybody may be the handler of a case
    return named and (not kind.confidential or _is_named(session, person, code))


def _is_named(session: Session, person: Person, code: str) -> bool:
    """Does a paper of the kind that was sent name him?"""
    named = select(Participant.id).join(Document, col(Document.id) == Participant.document_id)
    named = named.where(Participant.person_id == person.id, Document.kind == code, col(Document.number).is_not(None))
    return session.exec(named.limit(1)).first() is not None


_Grants = tuple[tuple[Role, int | None], ...]
_Kinds = tuple[str, ...]


def _as_reader(me: Standing) -> tuple[int, _Grants, _Kinds, _Kinds]:
    """All of a person on which it depends what he may read, his deputing aside."""
    return me.person.id, _grants_of(me), tuple(_whole_kinds(me)), tuple(confidential_kinds())


def _grants_of(me: Standing) -> _Grants:
    return tuple((grant.role, grant.department_id) for grant in me.grants)


@lru_cache(maxsize=1000)
def _worded(person_id: int, grants: _Grants, whole: _Kinds, confidential: _Kinds) -> sa.ColumnElement[bool]:
    """The question is kept, not its answer: to word it takes longer than to ask it."""
    sent: list[sa.ColumnElement[bool]] = [col(Document.kind).in_(whole)] if whole else []
    if departments := sorted({place for role, place in grants if role in DEPARTMENT_READERS and place is not None}):
        sent.append(sa.and_(col(Document.department_id).in_(departments), col(Document.kind).not_in(confidential)))
        sent += [col(Document.id).in_(_handed_to(code, departments)) for code, kind in KINDS.items() if kind.read_in]
    signed = sa.or_(col(Task.closed_by_id) == person_id, col(Task.on_behalf_of_id) == person_id)
    waiting = sa.and_(col(Task.state) == TaskState.OPEN, _seats_worded(person_id, grants))
    concerned = select(Participant.document_id).where(Participant.person_id == person_id)
    sent += [
        col(Document.id).in_(concerned),
        col(Document.id).in_(select(Task.document_id).where(signed)),
        col(Document.id).in_(select(Task.document_id).where(waiting)),
    ]
    return sa.or_(_his(person_id), sa.and_(col(Document.number).is_not(None), sa.or_(*sent)))


@lru_cache(maxsize=1000)
def _sent_or_his(person_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(col(Document.number).is_not(None), _his(person_id))


def _his(person_id: int) -> sa.ColumnElement[bool]:
    own = (col(Document.applicant_id), col(Document.created_by_id), col(Document.keeper_id))
    return sa.or_(*(column == person_id for column in own))


def _handed_to(code: str, departments: list[int]) -> Any:
    """The papers of a kind that name one of these departments as theirs, too."""
    table: Any = KINDS[code].table
    return select(table.document_id).where(sa.or_(*(getattr(table, f).in_(departments) for f in KINDS[code].read_in)))


@lru_cache(maxsize=1000)
def _worded_for_one(person_id: int, grants: _Grants, whole: _Kinds, confidential: _Kinds) -> Any:
    sees = _worded(person_id, grants, whole, confidential)
    return sa.select(col(Document.id)).where(col(Document.id) == sa.bindparam("id"), sees)


def _whole_kinds(me: Standing) -> list[str]:
    every, finance = bool(me.roles & READS_ALL), bool(me.roles & MONEY_READERS)
    return sorted(
        code
        for code, kind in KINDS.items()
        if kind.readers & me.roles or (not kind.confidential and (every or (kind.money and finance)))
    )


def confidential_kinds() -> list[str]:
    """Kinds that only those who must see read."""
    return [code for code, kind in KINDS.items() if kind.confidential]


def _seats_of(me: Standing) -> sa.ColumnElement[bool]:
    """Tasks on his roles, and those in his name: of his own right, or as one of several who hold a role, as he does."""
    return _seats_worded(me.person.id, _grants_of(me))


@lru_cache(maxsize=1000)
def _seats_worded(person_id: int, grants: _Grants) -> sa.ColumnElement[bool]:
    company = [role for role, place in grants if place is None]
    local: dict[Role, list[int]] = {}
    for role, place in grants:
        if place is not None:
            local.setdefault(role, []).append(place)
    held: list[sa.ColumnElement[bool]] = [
        sa.and_(col(Task.role) == role, col(Task.department_id).in_(places)) for role, places in local.items()
    ]
    if company:
        held.append(sa.and_(col(Task.department_id).is_(None), col(Task.role).in_(company)))
    by_setting = sa.and_(col(Task.department_id).is_(None), col(Task.role).in_(NAMED_BY_SETTING))
    named = sa.or_(col(Task.role).is_(None), by_setting, *held)
    seats = sa.and_(col(Task.person_id) == person_id, named)
    if held:
        seats = sa.or_(seats, sa.and_(col(Task.person_id).is_(None), sa.or_(*held)))
    decides_nothing = any(role == Role.ADMINISTRATOR for role, _ in grants)
    return sa.and_(seats, ~col(Task.decides)) if decides_nothing else seats


def _within_limits(delegation: Delegation) -> sa.ColumnElement[bool]:
    """The documents a delegation reaches, as a condition on the header joined to the task."""
    allowed: list[sa.ColumnElement[bool]] = [sa.true()]
    if delegation.kinds:
        allowed.append(col(Document.kind).in_(delegation.kinds))
    if delegation.amount_limit is not None:
        allowed.append(sa.func.coalesce(col(Document.amount), 0) <= delegation.amount_limit)
    documents = select(Document.id).where(*allowed)
    return col(Task.document_id).in_(documents) if len(allowed) > 1 else sa.true()
