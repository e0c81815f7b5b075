"""Travel request: a trip is applied for before it starts; only signed by both may it start (P9-2)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    CashAdvance,
    Document,
    ExpenseClaim,
    FieldReport,
    Participant,
    Person,
    Role,
    SpendingRequest,
    State,
    TravelEstimate,
    TravelEstimateForm,
    TravelRequest,
    TravelRequestForm,
)
from services.database import one_at_a_time, rows
from services.documents import budgeted
from services.documents.kind import Budgeted, DocumentType, Filled, FollowUp, Lines, Mark, Option, Print, Row, Section
from services.documents.lookups import trip_expense_types
from services.documents.titles import place_and_matter
from services.errors import Fault, Refused
from services.money import postings, wants
from services.people import local_day
from services.prints import travel
from services.routes import Condition, Of, Owner, decision, work, working_days
from services.settings import setting

LONGEST_TRIP = 180
"""Days. A longer one is a slip of the pen in the year, or a transfer."""
TRAVELS = "travel"
"""The step during which a trip takes place."""
OVER = (State.DRAFT, State.WITHDRAWN, State.REJECTED, State.CANCELLED, State.REVERSED)
"""States in which a trip does not stand."""


def title(filled: Filled) -> str:
    return place_and_matter(filled.values.get("destinations"), filled.values.get("task"))


def estimate(filled: Filled) -> Decimal | None:
    amounts = [line["amount"] for line in filled.lines.get("estimates", []) if line.get("amount")]
    return sum(amounts, Decimal("0.00")) if amounts else None


def dates_in_order(filled: Filled) -> Iterator[Fault]:
    """A trip ends after it starts, and is applied for before it starts (P9-2)."""
    if not filled.has("starts_on"):
        return
    starts_on, today, changed = filled.values["starts_on"], local_day(filled.now), _changed(filled)
    begun = (changed.departed_on or changed.first_planned) if changed else None
    if begun and begun <= today:
        if starts_on != begun:
            yield Fault("starts_on", "TR.fault.begun", {"day": begun})
        if filled.has("ends_on") and filled.values["ends_on"] < today:
            yield Fault("ends_on", "TR.fault.change_in_past")
    elif starts_on < today:
        yield Fault("starts_on", "TR.fault.already_started")
    if filled.has("ends_on") and filled.values["ends_on"] < starts_on:
        yield Fault("ends_on", "fault.ends_before_start")
    elif filled.has("ends_on") and (filled.values["ends_on"] - starts_on).days > LONGEST_TRIP:
        yield Fault("ends_on", "TR.fault.too_long", {"days": LONGEST_TRIP})


def change_is_of_the_same_crew(filled: Filled) -> Iterator[Fault]:
    """A change moves a trip; who else is to travel needs a trip of his own (P9-2)."""
    changed = _changed(filled)
    if changed is None:
        return
    if filled.has("traveller_id") and filled.values["traveller_id"] != changed.traveller_id:
        yield Fault("traveller_id", "TR.fault.other_crew")
    if set(filled.values.get("companions") or ()) != set(changed.companions):
        yield Fault("companions", "TR.fault.other_crew")


def cost_is_estimated(filled: Filled) -> Iterator[Fault]:
    """A trip says what it may cost (P9-2); a change, what it costs more, if anything."""
    if filled.values.get("changes_id") is None and not filled.lines.get("estimates"):
        yield Fault("estimates", "fault.no_lines")


def _changed(filled: Filled) -> TravelRequest | None:
    id = filled.values.get("changes_id")
    return filled.session.get(TravelRequest, id) if id else None


def companions_are_others(filled: Filled) -> Iterator[Fault]:
    if filled.values.get("traveller_id") in (filled.values.get("companions") or []):
        yield Fault("companions", "TR.fault.companion_is_traveller")


def no_overlap(filled: Filled) -> Iterator[Fault]:
    """Nobody is on two trips at once. A trip that somebody else asks for in his name is one once it is approved."""
    if not filled.has("traveller_id", "starts_on", "ends_on"):
        return
    traveller, companions = filled.values["traveller_id"], filled.values.get("companions") or []
    start, end = filled.values["starts_on"], filled.values["ends_on"]
    own = {filled.document.id if filled.document else None, filled.values.get("changes_id")}
    today = local_day(filled.now)
    for stay in _stays(filled.session, {traveller, *companions}, start, end, own):
        field = "starts_on" if stay.person_id == traveller else "companions"
        if not stay.not_back:
            yield Fault(field, "TR.fault.overlap", stay.facts)
        elif stay.end < today:
            yield Fault(field, "TR.fault.not_back", stay.facts)


def still_free(session: Session, document: Document, now: datetime) -> None:
    """What was asked for beside this one may have been approved meanwhile: nobody is sent on two trips at once."""
    one_at_a_time(session, "submit TR")
    trip = session.get_one(TravelRequest, document.id)
    if trip.changes_id and session.get_one(Document, trip.changes_id).step != TRAVELS:
        raise Refused("TR.refused.nothing_to_change")
    for stay in _stays(session, crew_of(trip), trip.starts_on, trip.ends_on, {document.id, trip.changes_id}):
        if stay.approved and not stay.not_back:
            raise Refused("TR.refused.overlap", **stay.facts)


def real_dates(session: Session, document: Document, now: datetime) -> None:
    """One leaves once both have signed (P9-2), comes back after that, not in the future, and about when planned.

    Days far beyond the plan need a request of their own: an extension is signed like the trip itself (P9-2).
    """
    one_at_a_time(session, "submit TR")
    trip = session.get_one(TravelRequest, document.id)
    signed_on = local_day(document.approved_at) if document.approved_at else None
    if trip.departed_on and signed_on and trip.departed_on < signed_on:
        raise Refused("TR.refused.departed_before_approved", day=signed_on)
    if trip.departed_on and trip.returned_on and trip.returned_on < trip.departed_on:
        raise Refused("TR.refused.returned_before_departed")
    if trip.returned_on and trip.returned_on > local_day(now):
        raise Refused("TR.refused.returned_in_future")
    grace: int = setting(session, "trip.days_beyond_plan", now)
    if trip.departed_on and trip.departed_on < trip.first_planned - timedelta(days=grace):
        raise Refused("TR.refused.departed_long_before", day=trip.first_planned, days=grace)
    if trip.returned_on and trip.returned_on > trip.last_planned + timedelta(days=grace):
        raise Refused("TR.refused.returned_long_after", day=trip.last_planned, days=grace)
    for stay in _stays(session, crew_of(trip), *days_of(trip), {document.id}):
        if not stay.not_back:
            raise Refused("TR.refused.overlap", **stay.facts)


def nothing_stands_on_it(session: Session, document: Document, now: datetime) -> None:
    """A trip with a living claim, report, request or advance is neither cancelled nor undone (P9-2 to P9-5).

    An advance that is settled in full does not hold it.
    """
    papers: tuple[tuple[str, Any, tuple[State, ...]], ...] = (
        ("EC", ExpenseClaim, OVER),
        ("FR", FieldReport, OVER),
        ("SR", SpendingRequest, OVER),
        ("CA", CashAdvance, (*OVER, State.DONE)),
    )
    for kind, table, over in papers:
        one_at_a_time(session, f"submit {kind}")  # else one could be sent in the same instant
        paper = session.exec(
            select(Document.number)
            .join(table, col(table.document_id) == Document.id)
            .where(table.trip_id == document.id, col(Document.state).not_in(over))
        ).first()
        if paper:
            raise Refused("TR.refused.stands_under", number=paper)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """A trip of one's own; from another trip, that trip on other days."""
    if source is not None:
        trip = session.get_one(TravelRequest, source.id)
        same = ("traveller_id", "companions", "origin", "destinations", "task", "serves")
        return {name: getattr(trip, name) for name in same} | {
            "changes_id": source.id,
            "transport": trip.transport.value,
            "starts_on": trip.first_planned.isoformat(),
            "ends_on": trip.last_planned.isoformat(),
        }
    today = local_day(now)
    return {"traveller_id": user.id, "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=2)).isoformat()}


def claim_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Whoever travelled makes his claim from the trip once he is back (P9-4a)."""
    if document.approved_at is None or document.state in (State.CANCELLED, State.REJECTED, State.REVERSED):
        return False
    trip = session.get_one(TravelRequest, document.id)
    return trip.returned_on is not None and user.id in crew_of(trip)


def report_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Whoever travels reports from the site, from the day on which both have signed (P9-3.1)."""
    if document.approved_at is None or document.state in (State.CANCELLED, State.REJECTED, State.REVERSED):
        return False
    trip = session.get_one(TravelRequest, document.id)
    return trip.changes_id is None and user.id in crew_of(trip)


def change_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Whoever travels, or asked for the trip, asks for other days until the return is recorded (P9-2)."""
    if document.step != TRAVELS:
        return False
    return user.id in (document.applicant_id, session.get_one(TravelRequest, document.id).traveller_id)


def trips_offering(
    offered: Callable[[Session, Person, Document, datetime], bool], session: Session, user: Person, now: datetime
) -> list[Option]:
    """Signed trips that the user is or was on and from which he may start something, newest first."""
    return [
        Option(trip.id, f"{trip.number} {trip.title}")
        for trip in rows(session, _SIGNED, {"person_id": user.id})
        if offered(session, user, session.get_one(Document, trip.id), now)
    ]


_SIGNED = (
    sa.select(col(Document.id), col(Document.number), col(Document.title))
    .join(TravelRequest, col(TravelRequest.document_id) == Document.id)
    .join(Participant, col(Participant.document_id) == Document.id)
    .where(col(Document.approved_at).is_not(None), col(Document.state).in_((State.RUNNING, State.DONE)))
    .where(col(Participant.person_id) == sa.bindparam("person_id"))
    .where(col(Participant.part).in_(("traveller_id", "companions")))
    .order_by(col(Document.id).desc())
)


def trips_to_change(session: Session, user: Person, now: datetime) -> list[Option]:
    """Signed trips of the user's that are not over."""
    return [Option(trip.id, f"{trip.number} {trip.title}") for trip in rows(session, _OPEN, {"person_id": user.id})]


_OPEN = (
    sa.select(col(Document.id), col(Document.number), col(Document.title))
    .join(TravelRequest, col(TravelRequest.document_id) == Document.id)
    .where(col(Document.state) == State.RUNNING, col(Document.step) == TRAVELS)
    .where(
        sa.or_(
            col(Document.applicant_id) == sa.bindparam("person_id"),
            col(TravelRequest.traveller_id) == sa.bindparam("person_id"),
        )
    )
    .order_by(col(Document.id).desc())
)


def approved(session: Session, document: Document, now: datetime) -> None:
    """Its estimate is reserved; a change moves the trip that it changes."""
    postings.trip_approved(session, document, now)
    _move(session, session.get_one(TravelRequest, document.id).changes_id)


def taken_back(session: Session, document: Document, now: datetime) -> None:
    postings.given_up(session, document, now)
    _move(session, session.get_one(TravelRequest, document.id).changes_id, but=document.id)


def _move(session: Session, trip_id: int | None, but: int | None = None) -> None:
    """A trip takes place on the days of the last change that stands (other than one), else as it was asked for."""
    if trip_id is None:
        return
    changes = (
        select(TravelRequest)
        .join(Document, col(Document.id) == TravelRequest.document_id)
        .where(TravelRequest.changes_id == trip_id, col(Document.approved_at).is_not(None))
        .where(col(Document.state).not_in(OVER))
        .order_by(col(Document.approved_at).desc(), col(Document.id).desc())
    )
    last = next((one for one in session.exec(changes) if one.document_id != but), None)
    trip = session.get_one(TravelRequest, trip_id)
    trip.moved_start, trip.moved_end = (last.starts_on, last.ends_on) if last else (None, None)
    session.add(trip)


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """A change of a trip is told from a trip."""
    return {id: [Mark("TR.mark.change", "blue")] for id in rows(session, _CHANGES, {"ids": list(ids)}).scalars()}


_CHANGES = sa.select(col(TravelRequest.document_id)).where(
    col(TravelRequest.document_id).in_(sa.bindparam("ids", expanding=True)), col(TravelRequest.changes_id).is_not(None)
)


def advance_offered(session: Session, user: Person, document: Document, now: datetime) -> bool:
    """Whoever travels may have money in advance, once both have signed and until he has claimed (P9-5a)."""
    if not report_offered(session, user, document, now):
        return False
    claims = select(ExpenseClaim.document_id).join(Document, col(Document.id) == ExpenseClaim.document_id)
    mine = claims.where(ExpenseClaim.trip_id == document.id, ExpenseClaim.traveller_id == user.id)
    return session.exec(mine.where(col(Document.state).not_in(OVER))).first() is None


def crew_of(trip: TravelRequest) -> set[int]:
    """The traveller and his companions."""
    return {trip.traveller_id, *trip.companions}


def days_of(trip: TravelRequest) -> tuple[date, date]:
    """The days a trip really took, as far as they are recorded; else those it is planned for."""
    return trip.departed_on or trip.first_planned, trip.returned_on or trip.last_planned


@dataclass(frozen=True)
class _Stay:
    """Somebody's days on a trip that stands."""

    person_id: int
    number: str | None
    start: date
    end: date
    approved: bool
    not_back: bool
    """Past its planned end, and no return is recorded: it still goes on."""

    @property
    def facts(self) -> dict[str, Any]:
        return {"number": self.number, "start": self.start, "end": self.end}


def _stays(
    session: Session, people: Collection[int], start: date, end: date, own: Collection[int | None]
) -> Iterator[_Stay]:
    """Who of these people is on another trip between two days: an approved one, or one he entered himself.

    A trip whose return is not recorded may last longer than planned, so that it is among them as well.
    """
    for trip in rows(session, _TRIPS, {"people": list(people), "start": start, "end": end}):
        approved = trip.approved_at is not None
        if trip.id in own or not (approved or trip.person_id in (trip.applicant_id, trip.created_by_id)):
            continue
        open_end = approved and trip.returned_on is None and trip.last < start
        if open_end or trip.last >= start:
            yield _Stay(trip.person_id, trip.number, trip.first, trip.last, approved, open_end)


_first_day: Any = sa.func.coalesce(TravelRequest.departed_on, TravelRequest.moved_start, TravelRequest.starts_on)
_last_day: Any = sa.func.coalesce(TravelRequest.returned_on, TravelRequest.moved_end, TravelRequest.ends_on)
_TRIPS = (
    sa.select(
        col(Document.id),
        col(Document.number),
        col(Document.applicant_id),
        col(Document.created_by_id),
        col(Document.approved_at),
        col(TravelRequest.returned_on),
        col(Participant.person_id),
        _first_day.label("first"),
        _last_day.label("last"),
    )
    .join(TravelRequest, col(Document.id) == TravelRequest.document_id)
    .join(Participant, col(Participant.document_id) == Document.id)
    .where(col(Participant.part).in_(("traveller_id", "companions")))  # others may read it and stay at home
    .where(col(Participant.person_id).in_(sa.bindparam("people", expanding=True)), col(Document.state).not_in(OVER))
    .where(col(TravelRequest.changes_id).is_(None))  # a change is no trip of its own
    .where(_first_day <= sa.bindparam("end"))
    .where(sa.or_(_last_day >= sa.bindparam("start"), col(TravelRequest.returned_on).is_(None)))
    .order_by(col(Document.id), col(Participant.person_id))
)


BUDGET = Budgeted(wants.typed_trip, wants.stored_trip)

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
            Row("serves", "changes_id"),
        ),
        Section(
            "TR.section.estimate",
            Lines("estimates", TravelEstimate, TravelEstimateForm, ("expense_type_id", "amount", "note"), least=0),
        ),
    ),
    after=("moved_start", "moved_end", "departed_on", "returned_on"),
    columns=("starts_on", "ends_on"),
    title=title,
    amount=estimate,
    money=True,
    readers=frozenset({Role.OFFICE_DIRECTOR}),
    people={"traveller_id": True, "companions": True},
    checks=(
        dates_in_order,
        companions_are_others,
        change_is_of_the_same_crew,
        cost_is_estimated,
        no_overlap,
        budgeted.stops(BUDGET),
    ),
    warnings=budgeted.warnings(BUDGET),
    watched=budgeted.watched(BUDGET),
    budget=BUDGET,
    starts_from=("TR",),
    marks=marks,
    defaults=defaults,
    options={"expense_type_id": trip_expense_types, "changes_id": trips_to_change},
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(1)),
        decision(Role.OFFICE_DIRECTOR, within=working_days(1), milestone="approved"),
        work(
            TRAVELS,
            Owner(person="traveller_id"),
            when=(Condition("changes_id", "==", None),),
            fields=("departed_on", "returned_on"),
            required=("departed_on", "returned_on"),
        ),
    ),
    planned={"departed_on": "first_planned", "returned_on": "last_planned"},
    guards={
        "approve": still_free,
        "complete": real_dates,
        "cancel": nothing_stands_on_it,
        "reverse": nothing_stands_on_it,
    },
    effects={"approved": approved, "cancelled": postings.given_up},
    undo={"approved": taken_back},
    cancel_after_approval=True,
    follow_ups=(
        FollowUp("FR", report_offered, several=True),
        FollowUp("SR", report_offered, several=True),
        FollowUp("CA", advance_offered, several=True),
        FollowUp("TR", change_offered, several=True),
        FollowUp("EC", claim_offered),
        FollowUp("OB", budgeted.request_offered, several=True),
    ),
    prints=(Print("request", "request", travel.request_data),),
)
