"""Cash advance: money for a purpose, paid by the cashier, open until claims or cash have settled it in full (P9-5)."""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    AdvanceReturn,
    AdvanceReturnForm,
    CashAdvance,
    CashAdvanceForm,
    ClaimOffset,
    Document,
    Payment,
    Person,
    Role,
    State,
    TravelRequest,
)
from services.database import rows
from services.documents.advances import NOTHING, balance, latest_day, open_advances, overdue
from services.documents.kind import DocumentType, Filled, FollowUp, Lines, Mark, Option, Print, Row, Section, lines_of
from services.documents.payments import PAYMENTS, account_named, paid_on_time, payment_marks, payment_step
from services.documents.travel_request import advance_offered, trips_offering
from services.errors import Fault, Refused
from services.people import local_day
from services.prints import advance
from services.routes import Condition, Of, Owner, decision, work, working_days

RETURNS = Lines("returns", AdvanceReturn, AdvanceReturnForm, ("returned_on", "returned_amount", "receipt"))


def title(filled: Filled) -> str:
    return str(filled.values.get("purpose") or "")


def requested(filled: Filled) -> Decimal | None:
    return filled.values.get("requested")


def none_overdue(filled: Filled) -> Iterator[Fault]:
    """Nobody gets another advance while one of his is overdue (P9-5a)."""
    if is_taken_over(filled.session, filled.document):
        return
    if late := overdue(filled.session, filled.user.id, filled.now):
        yield Fault("requested", "CA.fault.overdue", {"number": late.document.number, "days": late.days_overdue})


def days_in_order(filled: Filled) -> Iterator[Fault]:
    """Wanted from today on; settled at the latest [5] working days after the trip or the purpose (P9-5b)."""
    if not filled.has("wanted_by") or is_taken_over(filled.session, filled.document):
        return
    wanted_by = filled.values["wanted_by"]
    if wanted_by < local_day(filled.now):
        yield Fault("wanted_by", "CA.fault.in_past")
        return
    if not filled.has("repay_by"):
        return
    if filled.values["repay_by"] < wanted_by:
        yield Fault("repay_by", "CA.fault.repaid_before")
        return
    trip = filled.session.get(TravelRequest, filled.values["trip_id"]) if filled.has("trip_id") else None
    latest = latest_day(filled.session, (trip.returned_on or trip.last_planned) if trip else wanted_by, filled.now)
    if filled.values["repay_by"] > latest:
        yield Fault("repay_by", "CA.fault.repaid_late", {"day": latest})


def trips_to_pay_for(session: Session, user: Person, now: datetime) -> list[Option]:
    """Signed trips the user is or was on and has not claimed yet, newest first."""
    return trips_offering(advance_offered, session, user, now)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """From a trip: what for, when, and how much it is estimated at where one travels alone."""
    today = local_day(now)
    account: dict[str, Any] = {"bank_name": user.bank_name, "bank_account": user.bank_account}
    if source is None:
        return account | {"wanted_by": today.isoformat(), "repay_by": latest_day(session, today, now).isoformat()}
    trip = session.get_one(TravelRequest, source.id)
    return account | {
        "trip_id": source.id,
        "purpose": trip.task,
        "requested": f"{source.amount:.2f}" if source.amount and not trip.companions else None,
        "wanted_by": max(trip.first_planned, today).isoformat(),
        "repay_by": latest_day(session, trip.returned_on or trip.last_planned, now).isoformat(),
    }


def is_taken_over(session: Session, document: Document | None) -> bool:
    """Does the advance stem from the old books? It was asked for and paid before the portal was (P9-5b)."""
    source = session.get(Document, document.source_id) if document and document.source_id else None
    return source is not None and source.kind == "OE"


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That a part of it is settled already, that it should have been settled by now, that its account waits (P9-5b)."""
    found = payment_marks(session, ids, now)
    for id in rows(session, _PARTLY, {"ids": list(ids)}).scalars():
        found.setdefault(id, []).append(Mark("CA.mark.partly_settled", "blue"))
    for one in open_advances(session, now, among=list(ids)) if ids else ():
        if one.days_overdue:
            found.setdefault(one.document.id, []).append(Mark("CA.mark.overdue"))
    return found


_PARTLY = sa.select(col(CashAdvance.document_id)).where(
    col(CashAdvance.document_id).in_(sa.bindparam("ids", expanding=True)),
    col(CashAdvance.open_amount) > 0,
    sa.or_(
        sa.exists().where(col(AdvanceReturn.document_id) == CashAdvance.document_id),
        sa.exists().where(col(ClaimOffset.advance_id) == CashAdvance.document_id, col(ClaimOffset.amount) > 0),
    ),
)

NEW = Condition("opening", "==", False)
"""Asked for in the portal, and not taken over from the old books."""


def approved(session: Session, document: Document, now: datetime) -> None:
    """Finance has approved it: all of it is to be paid out. What the old books held was paid already."""
    own = session.get_one(CashAdvance, document.id)
    own.left_to_pay = own.requested
    if own.opening:
        entry = session.get_one(Document, document.source_id)
        said = entry.number or ""
        paid = Payment(document_id=document.id, position=1, paid_on=own.wanted_by, payment_reference=said)
        paid.paid_amount = own.requested
        session.add(paid)
        own.left_to_pay, own.open_amount = NOTHING, own.requested
    session.add(own)


def forget(session: Session, document: Document, now: datetime) -> None:
    own = session.get_one(CashAdvance, document.id)
    own.left_to_pay = None
    session.add(own)


def pay_out(session: Session, document: Document, now: datetime) -> None:
    """The cashier has paid: so much more is open."""
    own = session.get_one(CashAdvance, document.id)
    payment = paid_on_time(session, document, own, now)
    paid = payment.paid_amount or NOTHING
    own.left_to_pay, own.open_amount = (own.left_to_pay or NOTHING) - paid, (own.open_amount or NOTHING) + paid
    session.add(own)


def take_cash(session: Session, document: Document, now: datetime) -> None:
    """Cash came back: never more than is open, not before it was paid, not in the future (P9-5b)."""
    own = session.get_one(CashAdvance, document.id)
    back: AdvanceReturn = lines_of(session, document, RETURNS)[-1]
    first = lines_of(session, document, PAYMENTS)[0].paid_on
    if back.returned_on > local_day(now):
        raise Refused("CA.refused.returned_in_future")
    if back.returned_on < first:
        raise Refused("CA.refused.returned_before", day=first)
    if back.returned_amount > (own.open_amount or NOTHING):
        raise Refused("CA.refused.more_than_open", open=own.open_amount or NOTHING)
    own.open_amount = (own.open_amount or NOTHING) - back.returned_amount
    session.add(own)


def settlement_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """An advance without a trip is settled from here; that of a trip by the trip's own claim (P9-5b)."""
    own = session.get(CashAdvance, document.id)
    if own is None or document.applicant_id != user.id or document.state != State.RUNNING:
        return False
    return own.trip_id is None and bool(own.open_amount)


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What was paid out, and what has become of it."""
    now_it_is = balance(session, document.id)
    if not now_it_is.paid:
        return []
    return [
        ("CA.fact.paid", now_it_is.paid),
        ("CA.fact.settled", now_it_is.settled),
        ("CA.fact.returned", now_it_is.returned),
        ("CA.fact.open", now_it_is.open),
    ]


CASH_ADVANCE = DocumentType(
    code="CA",
    slug="cash_advances",
    area="expenses",
    icon=":material/payments:",
    table=CashAdvance,
    form=CashAdvanceForm,
    sections=(
        Section("CA.section.advance", Row("purpose"), Row("requested", "trip_id"), Row("wanted_by", "repay_by")),
        Section("CA.section.payee", Row("bank_name", "bank_account")),
    ),
    columns=("open_amount", "repay_by"),
    added=(PAYMENTS, RETURNS),
    on_added={"payments": pay_out, "returns": take_cash},
    title=title,
    amount=requested,
    money=True,
    starts_from=("TR",),
    checks=(none_overdue, days_in_order),
    defaults=defaults,
    options={"trip_id": trips_to_pay_for},
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, when=(NEW,), within=working_days(1)),
        decision(Role.VICE_PRESIDENT, of=Of.APPLICANT, when=(NEW,), within=working_days(1)),
        decision(Role.FINANCE_VP, when=(NEW,), within=working_days(1)),
        decision(Role.FINANCE_OFFICER, key="finance_audit", when=(NEW,), within=working_days(1), milestone="approved"),
        payment_step(when=(NEW,), milestone="paid"),
        work(
            "settlement",
            Owner(Role.CASHIER),
            adds="returns",
            asked_while=Condition("open_amount", "!=", "0.00"),
        ),
    ),
    effects={"approved": approved},
    undo={"approved": forget},
    reversible=False,
    cancel_after_approval=True,
    cancel_until="paid",
    follow_ups=(FollowUp("EC", settlement_offered, several=True),),
    settled=account_named,
    marks=marks,
    facts=facts,
    prints=(Print("advance", "advance", advance.advance_data),),
)
