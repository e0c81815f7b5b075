"""Drafts: what someone is still typing. Kept as typed, valid or not, so that nothing is lost; sent by the engine."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models import Document, Person, State
from services.access import load_document, may_start
from services.documents import KINDS
from services.documents.filling import fill
from services.documents.kind import LIES_WITH_ITS_AUTHOR, Filled
from services.documents.papers import department_for, own_fields, raw_of, title_of
from services.errors import Fault, Refused
from services.people import is_active

EDITABLE = LIES_WITH_ITS_AUTHOR


def blank(session: Session, user: Person, code: str, now: datetime, source_id: int | None = None) -> dict[str, Any]:
    """A new form with what is known already: the kind's defaults, and what its source says."""
    source = _source(session, user, code, now, source_id)
    if not may_start(session, user, code):
        raise Refused("draft.may_not_start")
    return KINDS[code].defaults(session, user, source, now)


def keep(
    session: Session,
    user: Person,
    code: str,
    raw: dict[str, Any],
    *,
    token: str,
    now: datetime,
    seen: int | None = None,
    source_id: int | None = None,
) -> Document:
    """Keep what was typed. The first time this makes the draft; the form's token makes it one however often it is sent.

    `seen` is the version the form was opened with: a draft changed in another window meanwhile is not overwritten.
    """
    kind = KINDS[code]
    if not is_active(session, user):
        raise Refused("draft.may_not_start")
    document = _of_form(session, token) or _new(session, user, code, token, now, source_id)
    own_draft(document, user)
    if document.kind != code:
        raise Refused("draft.not_yours")
    if seen is not None and document.version != seen:
        raise Refused("draft.changed_elsewhere")
    document.draft = own_fields(kind, raw)
    if document.state == State.DRAFT:
        with session.no_autoflush:  # other papers and what fields offer hang on nothing that is kept here
            filled, _ = fill(session, user, kind, document.draft, now, document)
        document.title, document.amount = title_of(kind, filled), _sane(kind.amount(filled))
        document.department_id = department_for(session, kind, document, filled)
    document.version += 1
    session.add(document)
    session.flush()
    return document


def begun(session: Session, token: str) -> int | None:
    """The paper that was begun with a form, if anything of it was kept; who may see it is another question."""
    return session.exec(select(Document.id).where(Document.client_token == token)).first()


def check(
    session: Session, user: Person, code: str, raw: dict[str, Any], now: datetime, document: Document | None = None
) -> tuple[Filled, list[Fault]]:
    """What is wrong with what was typed so far, without storing anything."""
    return fill(session, user, KINDS[code], raw, now, document)


def typed(session: Session, document: Document) -> dict[str, Any]:
    """What the form shows when a draft, a returned or a withdrawn paper is opened."""
    return dict(document.draft) if document.draft is not None else raw_of(session, document)


def drafts_of(session: Session, user: Person) -> list[Document]:
    """Everything the user has begun, or taken over from a colleague who left, and not sent: newest first."""
    his = sa.or_(col(Document.created_by_id) == user.id, col(Document.keeper_id) == user.id)
    statement = select(Document).where(his, Document.state == State.DRAFT)
    return list(session.exec(statement.order_by(col(Document.id).desc())))


def own_draft(document: Document, user: Person) -> None:
    """Only the author types in his paper, and only while it lies with him."""
    if not is_authors(document, user):
        raise Refused("access.not_found", number="")  # who may not read it learns nothing from a token
    if document.state not in EDITABLE:
        raise Refused("draft.not_editable", number=document.number or "")


def is_authors(document: Document, user: Person) -> bool:
    """Is it his paper: made out by him, for him, or left to his care?"""
    return user.id in (document.applicant_id, document.created_by_id, document.keeper_id)


def _new(session: Session, user: Person, code: str, token: str, now: datetime, source_id: int | None) -> Document:
    if not may_start(session, user, code):
        raise Refused("draft.may_not_start")
    source = _source(session, user, code, now, source_id)
    document = Document(
        kind=code,
        applicant_id=user.id,
        created_by_id=user.id,
        department_id=user.department_id,
        created_at=now,
        client_token=token,
        source_id=source.id if source else None,
    )
    try:
        with session.begin_nested():
            session.add(document)
            session.flush()
    except IntegrityError:
        first = _of_form(session, token)  # another click on the same form was quicker
        if first is None:
            raise
        return first
    return document


def _of_form(session: Session, token: str) -> Document | None:
    return session.exec(_OF_FORM, params={"token": token}).first()


_OF_FORM = (
    select(Document)
    .where(Document.client_token == sa.bindparam("token"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def _source(session: Session, user: Person, code: str, now: datetime, source_id: int | None) -> Document | None:
    """The document this one starts from; the user must be able to read it and it must offer this."""
    if source_id is None:
        if not KINDS[code].alone:
            raise Refused("draft.needs_source")
        return None
    source = load_document(session, user, now, id=source_id)
    for follow_up in KINDS[source.kind].follow_ups:
        if follow_up.kind == code and follow_up.offered(session, user, source, now):
            return source
    raise Refused("draft.not_offered")


def _sane(amount: Decimal | None) -> Decimal | None:
    """A draft's amount as far as it can be shown: typed nonsense may sum up to more than a column holds."""
    return amount if amount is not None and 0 <= amount <= Decimal("100000000000") else None
