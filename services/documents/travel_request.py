"""Travel request: a trip is applied for before it starts; only signed by both may it start (P9-2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Document,
    ExpenseClaim,
    Person,
    Role,
    State,
    TravelEstimate,
    TravelEstimateForm,
    TravelRequest,
    TravelRequestForm,
)
from services.documents.kind import DocumentType, Filled, FollowUp, Lines, Print, Row, Section
from services.documents.lookups import trip_expense_types
from services.errors import Fault, Refused
from services.people import local_day
from services.prints import travel
from services.routes import Of, Owner, decision, work, working_days

LONGEST_TRIP = 180
"""Days. A longer one is a slip of the pen in the year, or a transfer."""
OVER = (State.DRAFT, State.WITHDRAWN, State.REJECTED, State.CANCELLED)
"""States in which a trip does not stand."""


def title(filled: Filled) -> str:
    """Where to and what for; a place that the task names already is not said twice."""
    place, task = filled.values.get("destinations") or "", filled.values.get("task") or ""
    return task if place and place in task else f"{place} {task}".strip()


def estimate(filled: Filled) -> Decimal | None:
    amounts = [line["amount"] for line in filled.lines.get("estimates", []) if line.get("amount")]
    return sum(amounts, Decimal("0.00")) if amounts else None


def dates_in_order(filled: Filled) -> Iterator[Fault]:
    """A trip ends after it starts, and is applied for before it starts (P9-2)."""
    if not filled.has("starts_on"):
        return
    starts_on = filled.values["starts_on"]
    if starts_on < local_day(filled.now):
        yield Fault("starts_on", "TR.fault.already_started")
    if filled.has("ends_on") and filled.values["ends_on"] < starts_on:
        yield Fault("ends_on", "fault.ends_before_start")
    elif filled.has("ends_on") and (filled.values["ends_on"] - starts_on).days > LONGEST_TRIP:
        yield Fault("ends_on", "TR.fault.too_long", {"days": LONGEST_TRIP})


def companions_are_others(filled: Filled) -> Iterator[Fault]:
    if filled.values.get("traveller_id") in (filled.values.get("companions") or []):
        yield Fault("companions", "TR.fault.companion_is_traveller")


def no_overlap(filled: Filled) -> Iterator[Fault]:
    """Nobody is on two trips at once; a trip that was rejected, withdrawn or cancelled is none."""
    if not filled.has("traveller_id", "starts_on", "ends_on"):
        return
    travellers = {filled.values["traveller_id"], *(filled.values.get("companions") or [])}
    for trip, number in _trips_between(filled):
        both = travellers & {trip.traveller_id, *trip.companions}
        if both:
            field = "starts_on" if filled.values["traveller_id"] in both else "companions"
            yield Fault(field, "TR.fault.overlap", {"number": number, "start": trip.starts_on, "end": trip.ends_on})


def real_dates(session: Session, document: Document, now: datetime) -> None:
    """One leaves once both have signed (P9-2), comes back after that, and not in the future."""
    trip = session.get_one(TravelRequest, document.id)
    signed_on = local_day(document.approved_at) if document.approved_at else None
    if trip.departed_on and signed_on and trip.departed_on < signed_on:
        raise Refused("TR.refused.departed_before_approved", day=signed_on)
    if trip.departed_on and trip.returned_on and trip.returned_on < trip.departed_on:
        raise Refused("TR.refused.returned_before_departed")
    if trip.returned_on and trip.returned_on > local_day(now):
        raise Refused("TR.refused.returned_in_future")


def no_claim_yet(session: Session, document: Document, now: datetime) -> None:
    """A trip with a living claim is not cancelled: its money is on the way."""
    claim = session.exec(
        select(Document.number)
        .join(ExpenseClaim, col(ExpenseClaim.document_id) == Document.id)
        .where(ExpenseClaim.trip_id == document.id, col(Document.state).not_in(OVER))
    ).first()
    if claim:
        raise Refused("TR.refused.has_claim", number=claim)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    today = local_day(now)
    return {"traveller_id": user.id, "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=2)).isoformat()}


def claim_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Whoever travelled makes his claim from the trip once he is back (P9-4a)."""
    if document.approved_at is None or document.state in (State.CANCELLED, State.REJECTED):
        return False
    trip = session.get_one(TravelRequest, document.id)
    return trip.returned_on is not None and user.id in {trip.traveller_id, *trip.companions}


def _trips_between(filled: Filled) -> list[tuple[TravelRequest, str | None]]:
    statement = (
        select(TravelRequest, Document.number)
        .join(Document, col(Document.id) == TravelRequest.document_id)
        .where(TravelRequest.starts_on <= filled.values["ends_on"], TravelRequest.ends_on >= filled.values["starts_on"])
        .where(col(Document.state).not_in(OVER))
        .where(sa.func.coalesce(TravelRequest.returned_on, TravelRequest.ends_on) >= filled.values["starts_on"])
    )
    if filled.document is not None:
        statement = statement.where(Document.id != filled.document.id)
    return [(trip, number) for trip, number in filled.session.exec(statement)]


TRAVEL_REQUEST = DocumentType(
    code="TR",
    slug="travel_requests",
    area="expenses",
    icon=":material/flight_takeoff:",
    table=TravelRequest,
    form=TravelRequestForm,
    sections=(
        Section(
            "TR.section.trip",
            Row("traveller_id", "companions"),
            Row("origin", "destinations"),
            Row("starts_on", "ends_on", "transport"),
            Row("task"),
            Row("serves"),
        ),
        Section(
            "TR.section.estimate",
            Lines("estimates", TravelEstimate, TravelEstimateForm, ("expense_type_id", "amount", "note")),
        ),
    ),
    after=("departed_on", "returned_on"),
    columns=("starts_on", "ends_on"),
    title=title,
    amount=estimate,
    money=True,
    readers=frozenset({Role.OFFICE_DIRECTOR}),
    people={"traveller_id": True, "companions": True},
    checks=(dates_in_order, companions_are_others, no_overlap),
    defaults=defaults,
    options={"expense_type_id": trip_expense_types},
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(1)),
        decision(Role.OFFICE_DIRECTOR, within=working_days(1), milestone="approved"),
        work(
            "travel",
            Owner(person="traveller_id"),
            fields=("departed_on", "returned_on"),
            required=("departed_on", "returned_on"),
        ),
    ),
    guards={"complete": real_dates, "cancel": no_claim_yet},
    cancel_after_approval=True,
    follow_ups=(FollowUp("EC", claim_offered),),
    prints=(Print("request", "request", travel.request_data),),
)
