"""A claim made ready for the rules, whether it is being typed or lies in the database."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Document,
    ExpenseClaim,
    ExpenseType,
    Grade,
    Nature,
    Person,
    SpendingRequest,
    State,
    TravelRequest,
    VoucherLine,
)
from services.controls.rule import Looked, Voucher, compared, invoice_key
from services.database import rows
from services.people import local_day

if TYPE_CHECKING:
    from services.documents.kind import Filled


def typed_claim(filled: "Filled") -> Looked:
    """A claim that is being typed: what is wrong in itself is missing."""
    owner = filled.document.applicant_id if filled.document else filled.user.id
    lines = filled.lines.get("vouchers", [])
    return _looked(filled.session, filled.document, filled.now, filled.values, lines, None, owner)


def stored_claim(session: Session, document: Document, now: datetime) -> Looked:
    """A claim that was sent."""
    lines = [dict(row) for row in rows(session, _LINES, {"id": document.id}).mappings()]
    claim = session.get_one(ExpenseClaim, document.id).model_dump()
    return _looked(session, document, now, claim, lines, document.amount, document.applicant_id)


def _looked(
    session: Session,
    document: Document | None,
    now: datetime,
    values: Mapping[str, Any],
    lines: Iterable[Mapping[Any, Any]],
    amount: Any,
    owner_id: int,
) -> Looked:
    natures = {row.id: Nature(row.nature) for row in rows(session, _NATURES)}
    lines = list(lines)
    requests = _requests(session, {line["request_id"] for line in lines if line.get("request_id")})
    on_its_way = document and document.submitted_at and document.state not in (State.DRAFT, State.WITHDRAWN)
    sent_at = document.submitted_at if document and document.submitted_at and on_its_way else now
    person_id = values.get("traveller_id") or owner_id
    person = session.get(Person, person_id)
    return Looked(
        session=session,
        now=now,
        document_id=document.id if document else None,
        person_id=person_id,
        grade=person.grade if person else Grade.STAFF,
        destinations=values.get("destinations") or "",
        amount=amount,
        sent_on=local_day(sent_at),
        sent_at=sent_at,
        trip_id=values.get("trip_id"),
        trip_days=_days(session, values.get("trip_id")),
        allowance_days=values.get("allowance_days") or 0,
        vouchers=tuple(_voucher(place, line, natures, requests) for place, line in enumerate(lines, start=1)),
    )


def _days(session: Session, trip_id: int | None) -> tuple[date, date] | None:
    from services.documents.travel_request import days_of  # the register of kinds asks the controls, not they it

    trip = session.get(TravelRequest, trip_id) if trip_id else None
    return days_of(trip) if trip else None


def _requests(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """The spending requests that lines name, with what was recorded under them."""
    wanted = sorted(ids)
    return {row.document_id: row for row in rows(session, _REQUESTS, {"ids": wanted})} if wanted else {}


def _voucher(
    place: int, line: Mapping[Any, Any], natures: Mapping[int, Nature], requests: Mapping[int, Any]
) -> Voucher:
    code, number = line.get("invoice_code"), line.get("invoice_number")
    request = requests.get(line.get("request_id") or 0)
    return Voucher(
        line=place,
        spent_on=line.get("spent_on"),
        until=line.get("until"),
        type_id=line.get("expense_type_id"),
        nature=natures.get(line.get("expense_type_id") or 0, Nature.OTHER),
        amount=line.get("amount"),
        destination=line.get("destination") or "",
        route=compared(line.get("origin")) + ">" + compared(line.get("destination")) if line.get("origin") else "",
        description=compared(line.get("description")),
        seller=compared(line.get("seller")),
        invoice_code=compared(code),
        invoice_number=compared(number),
        invoice_key=invoice_key(code, number),
        request_id=line.get("request_id"),
        recorded=bool(request and request.spent_on),
        heads=request.spent_headcount if request else None,
        buyer_name=line.get("buyer_name"),
        buyer_tax_no=line.get("buyer_tax_no"),
    )


_REQUESTS = sa.select(
    col(SpendingRequest.document_id), col(SpendingRequest.spent_on), col(SpendingRequest.spent_headcount)
).where(col(SpendingRequest.document_id).in_(sa.bindparam("ids", expanding=True)))
_NATURES = sa.select(col(ExpenseType.id), col(ExpenseType.nature))
_LINES = (
    sa.select(*(getattr(VoucherLine, name) for name in VoucherLine.model_fields))
    .where(col(VoucherLine.document_id) == sa.bindparam("id"))
    .order_by(col(VoucherLine.position))
)
