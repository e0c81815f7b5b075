"""What has to be in before a month is settled: claims, advances, cost entries, registers; each with whose it is
(P2-2.2, P8-4.4).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from models import (
    CostEntry,
    Department,
    Document,
    ExpenseClaim,
    MonthlyRegister,
    Participant,
    Person,
    RegisterKind,
    Role,
    SettlementItem,
    SpendingKind,
    SpendingRequest,
    State,
    TravelRequest,
    VoucherLine,
)
from services.database import rows
from services.documents.advances import open_advances
from services.documents.cost_proposals import proposals
from services.documents.standing import NOT_STANDING
from services.months import first_day, last_day
from services.people import holders


@dataclass(frozen=True)
class Open:
    """One thing that is still open: the paper behind it, if there is one yet, and whose it is."""

    owner: str
    number: str = ""
    document_id: int | None = None


@dataclass(frozen=True)
class Check:
    """A point of the checklist, with what is open in it."""

    item: SettlementItem
    open: tuple[Open, ...]

    @property
    def owners(self) -> str:
        return _listed(one.owner for one in self.open)

    @property
    def papers(self) -> str:
        return _listed(one.number for one in self.open)


def checklist(session: Session, department_id: int, month: str, now: datetime) -> list[Check]:
    """The four points for a department's month, in order."""
    span: dict[str, Any] = {"department": department_id, "first": first_day(month), "last": last_day(month)}
    found = {
        SettlementItem.CLAIMS: _claims(session, span),
        SettlementItem.ADVANCES: _advances(session, span, now),
        SettlementItem.ENTRIES: _entries(session, department_id, month),
        SettlementItem.REGISTERS: _registers(session, span, month),
    }
    return [Check(item, tuple(found[item])) for item in SettlementItem]


def _claims(session: Session, span: dict[str, Any]) -> Iterator[Open]:
    """Trips of the month that nobody has claimed for, and claims of its vouchers that no audit has settled."""
    for row in rows(session, _UNCLAIMED, span):
        yield Open(row.name, row.number, row.id)
    for row in rows(session, _UNAUDITED, span):
        yield Open(row.name, row.number, row.id)


def _advances(session: Session, span: dict[str, Any], now: datetime) -> Iterator[Open]:
    """Advances that were to be settled by the month's end and are not (P9-5b)."""
    of_department = sa.select(col(Document.id)).where(col(Document.department_id) == span["department"])
    for one in open_advances(session, now, among=of_department.where(col(Document.kind) == "CA")):
        if one.due_on <= span["last"]:
            name = session.get_one(Person, one.document.applicant_id).name
            yield Open(name, one.document.number or "", one.document.id)


def _entries(session: Session, department_id: int, month: str) -> Iterator[Open]:
    """Cost entries of the month that are under way, and what recurs and nobody has entered."""
    for row in rows(session, _UNBOOKED, {"department": department_id, "month": month}):
        yield Open(row.name, row.number or "", row.id)
    if proposals(session, department_id, month):
        yield Open(_clerks(session, department_id))


def _registers(session: Session, span: dict[str, Any], month: str) -> Iterator[Open]:
    """Registers that the month needs and that are not signed by both (P9-6)."""
    there = {row.register_kind: row for row in rows(session, _REGISTERS, span | {"month": month})}
    needed = {RegisterKind.TRIPS: _RETURNED, RegisterKind.ENTERTAINMENT: _SPENT}
    for kind, statement in needed.items():
        row = there.get(kind)
        if row is not None and row.state != State.DONE:
            yield Open(row.name, row.number, row.id)
        elif row is None and rows(session, statement, span).first() is not None:
            yield Open(_clerks(session, span["department"]))


def _clerks(session: Session, department_id: int) -> str:
    """Who keeps the department's books."""
    people = holders(session, Role.CLERK, department_id) or holders(session, Role.DEPARTMENT_HEAD, department_id)
    return _listed(one.name for one in people) or session.get_one(Department, department_id).name


def _listed(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(word for word in words if word))


_OF_DEPARTMENT = col(Document.department_id) == sa.bindparam("department")
_NAMED = (col(Document.id), col(Document.number), col(Person.name))
_CLAIM: Any = aliased(Document)
_UNCLAIMED = (
    sa.select(*_NAMED)
    .join(TravelRequest, col(TravelRequest.document_id) == Document.id)
    .join(Person, col(Person.id) == TravelRequest.traveller_id)
    .where(_OF_DEPARTMENT, col(Document.state) == State.DONE)
    .where(col(TravelRequest.returned_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .where(
        ~sa.exists()
        .where(col(ExpenseClaim.trip_id) == TravelRequest.document_id)
        .where(col(ExpenseClaim.traveller_id) == TravelRequest.traveller_id)
        .where(_CLAIM.id == ExpenseClaim.document_id, _CLAIM.state.not_in(NOT_STANDING))
    )
    .order_by(col(Document.id))
)
_UNAUDITED = (
    sa.select(*_NAMED)
    .join(Person, col(Person.id) == Document.applicant_id)
    .where(_OF_DEPARTMENT, col(Document.kind) == "EC", col(Document.approved_at).is_(None))
    .where(col(Document.state).in_((State.RUNNING, State.RETURNED)))
    .where(
        col(Document.id).in_(
            sa.select(col(VoucherLine.document_id)).where(
                col(VoucherLine.spent_on).between(sa.bindparam("first"), sa.bindparam("last"))
            )
        )
    )
    .order_by(col(Document.id))
)
_UNBOOKED = (
    sa.select(*_NAMED)
    .join(CostEntry, col(CostEntry.document_id) == Document.id)
    .join(Person, col(Person.id) == Document.applicant_id)
    .where(col(CostEntry.charged_department_id) == sa.bindparam("department"))
    .where(col(CostEntry.month) == sa.bindparam("month"))
    .where(col(Document.state).in_((State.RUNNING, State.RETURNED)))
    .order_by(col(Document.id))
)
_REGISTERS = (
    sa.select(*_NAMED, col(Document.state), col(MonthlyRegister.register_kind))
    .join(MonthlyRegister, col(MonthlyRegister.document_id) == Document.id)
    .join(Person, col(Person.id) == Document.applicant_id)
    .where(_OF_DEPARTMENT, col(MonthlyRegister.month) == sa.bindparam("month"))
    .where(col(Document.state).not_in(NOT_STANDING))
)
_RETURNED = (
    sa.select(col(Document.id))
    .join(TravelRequest, col(TravelRequest.document_id) == Document.id)
    .join(Participant, col(Participant.document_id) == Document.id)
    .join(Person, col(Person.id) == Participant.person_id)
    .where(col(Document.state) == State.DONE, col(Person.department_id) == sa.bindparam("department"))
    .where(col(Participant.part).in_(("traveller_id", "companions")))
    .where(col(TravelRequest.returned_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .limit(1)
)
_SPENT = (
    sa.select(col(Document.id))
    .join(SpendingRequest, col(SpendingRequest.document_id) == Document.id)
    .join(Person, col(Person.id) == Document.applicant_id)
    .where(col(Document.state) == State.DONE, _OF_DEPARTMENT)
    .where(col(SpendingRequest.spending).in_((SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)))
    .where(col(SpendingRequest.spent_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .limit(1)
)
