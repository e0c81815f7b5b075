"""Which monthly registers are still to be drawn up: trips or entertainment of a month that no register lists (P9-6)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from models import (
    Document,
    Grant,
    MonthlyRegister,
    Participant,
    Person,
    RegisterKind,
    RegisterSpending,
    RegisterTrip,
    Role,
    SpendingKind,
    SpendingRequest,
    State,
    TravelRequest,
)
from services.access import DEPARTMENT_READERS
from services.database import rows
from services.documents.drafts import keep
from services.documents.register_lines import LATEST
from services.documents.standing import NOT_STANDING
from services.errors import Refused
from services.money.ledger import month_of
from services.months import first_day, last_day, months_before
from services.people import has_role, local_day, standing
from services.reports.plans import FOLLOW_ALL, followed_departments

Place = tuple[int, str, RegisterKind]
"""Department, month and kind of a register."""


@dataclass(frozen=True)
class Due:
    """A register that nobody has sent though its month is over: how much it would list, and who is to draw it up."""

    department_id: int
    department: str
    month: str
    kind: RegisterKind
    lines: int
    days: int
    """Since the month was over."""
    clerks: str
    begun: int | None
    """The reader's own draft of it."""
    may_begin: bool


def registers_due(session: Session, reader: Person, now: datetime) -> list[Due]:
    """The registers due of the last twelve months, as far as the reader follows departments; the oldest first.

    What was recorded after its month's register had been sent comes on the next one.
    """
    me, today = standing(session, reader), local_day(now)
    departments = {one.id: one.name for one in followed_departments(session, me)}
    last = months_before(month_of(today))
    counted = open_lines(session, months_before(last, LATEST - 1), last)
    clerks, begun = _clerks(session), _drafts(session, reader)
    found = [
        Due(
            department_id=department,
            department=departments[department],
            month=month,
            kind=kind,
            lines=lines,
            days=(today - last_day(month)).days,
            clerks=" ".join(clerks.get(department, [])),
            begun=begun.get((department, month, kind)),
            may_begin=_keeps(session, reader, department),
        )
        for (department, month, kind), lines in counted.items()
        if department in departments
    ]
    return sorted(found, key=lambda one: (one.month, one.department_id, one.kind))


def begin_register(
    session: Session, user: Person, department_id: int, month: str, kind: RegisterKind, now: datetime
) -> Document:
    """A draft of the register of a department whose clerk the user is; the one that he has begun, if there is one."""
    if not _keeps(session, user, department_id):
        raise Refused("registers_due.not_yours")
    if begun := _drafts(session, user).get((department_id, month, kind)):
        return session.get_one(Document, begun)
    raw = {"registered_department_id": department_id, "month": month, "register_kind": kind.value}
    return keep(session, user, "MR", raw, token=f"registers-{uuid4().hex[:20]}", now=now)


def may_follow_registers(session: Session, reader: Person) -> bool:
    """Has the reader anything to do with them?"""
    return bool(standing(session, reader).roles & (FOLLOW_ALL | DEPARTMENT_READERS))


def open_lines(session: Session, first: str, last: str) -> Counter[Place]:
    """How many lines each register would list that nobody has sent though it is due, of a span of months (202611)."""
    sent = {tuple(row) for row in rows(session, _SENT, {"first": first})}
    days = {"first": first_day(first), "last": last_day(last)}
    counted: Counter[Place] = Counter()
    for kind, statement in ((RegisterKind.TRIPS, _TRIPS), (RegisterKind.ENTERTAINMENT, _SPENDING)):
        for row in rows(session, statement, days):
            department, month = row.department_id, month_of(row.day)
            while month <= last and (department, month, kind) in sent:
                month = months_before(month, -1)
            if month <= last:
                counted[department, month, kind] += row.lines
    return counted


def _keeps(session: Session, person: Person, department_id: int) -> bool:
    return has_role(session, person, Role.CLERK, department_id=department_id)


def _clerks(session: Session) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in rows(session, _CLERKS):
        found.setdefault(row.department_id, []).append(row.name)
    return found


def _drafts(session: Session, reader: Person) -> dict[Place, int]:
    """The reader's own registers that are not sent yet, as far as he typed which they are."""
    own = select(Document).where(
        Document.kind == "MR", Document.created_by_id == reader.id, Document.state == State.DRAFT
    )
    found: dict[Place, int] = {}
    for paper in session.exec(own):
        month, kind = (paper.draft or {}).get("month"), (paper.draft or {}).get("register_kind")
        if month and kind in list(RegisterKind):
            found[paper.department_id, str(month).replace("-", ""), RegisterKind(kind)] = paper.id
    return found


_STANDS = col(Document.state).not_in(NOT_STANDING)
_SENT = (
    sa.select(col(Document.department_id), col(MonthlyRegister.month), col(MonthlyRegister.register_kind))
    .join(Document, col(Document.id) == MonthlyRegister.document_id)
    .where(_STANDS, col(MonthlyRegister.month) >= sa.bindparam("first"))
)
_CLERKS = (
    sa.select(col(Grant.department_id), col(Person.name))
    .join(Person, col(Person.id) == Grant.person_id)
    .where(col(Grant.role) == Role.CLERK, col(Grant.ended_at).is_(None), col(Person.active))
    .order_by(col(Person.name))
)


def _unlisted(table: Any, *same: Any) -> Any:
    """No register that stands names it."""
    listed = sa.select(table.id).join(Document, col(Document.id) == table.document_id).where(_STANDS, *same)
    return ~listed.correlate(SpendingRequest, TravelRequest, Participant).exists()


_TRIPS: Any = (
    sa.select(col(Person.department_id), col(TravelRequest.returned_on).label("day"), sa.func.count().label("lines"))
    .select_from(TravelRequest)
    .join(Participant, col(Participant.document_id) == TravelRequest.document_id)
    .join(Person, col(Person.id) == Participant.person_id)
    .where(col(TravelRequest.document_id).in_(sa.select(col(Document.id)).where(col(Document.state) == State.DONE)))
    .where(col(Participant.part).in_(("traveller_id", "companions")))
    .where(col(TravelRequest.returned_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(
        _unlisted(
            RegisterTrip,
            col(RegisterTrip.trip_id) == TravelRequest.document_id,
            col(RegisterTrip.traveller_id) == Participant.person_id,
        )
    )
    .group_by(col(Person.department_id), col(TravelRequest.returned_on))
)
_paper: Any = aliased(Document)
_SPENDING: Any = (
    sa.select(_paper.department_id, col(SpendingRequest.spent_on).label("day"), sa.func.count().label("lines"))
    .select_from(SpendingRequest)
    .join(_paper, _paper.id == SpendingRequest.document_id)
    .where(_paper.state == State.DONE)
    .where(col(SpendingRequest.spending).in_((SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)))
    .where(col(SpendingRequest.spent_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(_unlisted(RegisterSpending, col(RegisterSpending.request_id) == SpendingRequest.document_id))
    .group_by(_paper.department_id, col(SpendingRequest.spent_on))
)
