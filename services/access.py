"""Who may read what. Asked from the database at every call; an id or a number opens nothing by itself."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Document, Participant, Person, Role, Task
from services.documents import KINDS
from services.engine.seats import waiting_clause
from services.errors import Refused
from services.people import Standing, has_role, standing

__all__ = ["has_role", "load_document", "may_start", "standing", "visible_documents"]

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


def visible_documents(session: Session, person: Person, now: datetime) -> SelectOfScalar[Document]:
    """All documents the person may read. Every list and every look-up starts here.

    His own; those that concern him; those he signed or is asked to sign; his departments' as head, clerk or vice
    president in charge; all about money for finance and the general manager; whole kinds by role. Drafts are their
    author's alone; an administrator sets up and reads nothing.
    """
    me = standing(session, person)
    own = sa.or_(col(Document.applicant_id) == person.id, col(Document.created_by_id) == person.id)
    sent = sa.or_(*_sent_to(session, me, now))
    return select(Document).where(sa.or_(own, sa.and_(col(Document.number).is_not(None), sent)))


def load_document(
    session: Session, person: Person, now: datetime, *, id: int | None = None, number: str | None = None
) -> Document:
    """One document by id or number. Unknown and not visible are the same answer, so that numbers can't be probed."""
    wanted = col(Document.id) == id if id is not None else col(Document.number) == number
    document = session.exec(visible_documents(session, person, now).where(wanted)).first()
    if document is None:
        raise Refused("access.not_found", number=number or "")
    return document


def may_start(session: Session, person: Person, code: str) -> bool:
    """May the person start a document of this kind? An administrator who holds no other role starts none."""
    kind, roles = KINDS[code], standing(session, person).roles
    if not person.active or roles == {Role.ADMINISTRATOR}:
        return False
    return not kind.starters or bool(kind.starters & roles)


def _sent_to(session: Session, me: Standing, now: datetime) -> Iterable[sa.ColumnElement[bool]]:
    yield sa.false()
    if kinds := _whole_kinds(me):
        yield col(Document.kind).in_(kinds)
    if departments := me.departments(DEPARTMENT_READERS):
        yield col(Document.department_id).in_(departments)
    yield col(Document.id).in_(select(Participant.document_id).where(Participant.person_id == me.person.id))
    signed = sa.or_(col(Task.closed_by_id) == me.person.id, col(Task.on_behalf_of_id) == me.person.id)
    yield col(Document.id).in_(select(Task.document_id).where(signed))
    yield col(Document.id).in_(select(Task.document_id).where(waiting_clause(session, me.person, now)))


def _whole_kinds(me: Standing) -> list[str]:
    if me.roles & READS_ALL:
        return sorted(KINDS)
    finance = bool(me.roles & MONEY_READERS)
    return sorted(code for code, kind in KINDS.items() if kind.readers & me.roles or (kind.money and finance))
