"""Field report: what was found on site, checked with plant and depot, and thought of it; repair only once both agree
(P9-3.1).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import (
    Document,
    FieldReport,
    FieldReportForm,
    Person,
    Role,
    SpendingKind,
    SpendingRequest,
    State,
    TravelRequest,
)
from services.database import one_at_a_time
from services.documents.kind import DocumentType, Filled, Option, Print, Row, Section
from services.documents.titles import place_and_matter
from services.documents.travel_request import OVER, report_offered, trips_offering
from services.errors import Fault, Refused
from services.people import local_day
from services.prints import field
from services.routes import Of, Owner, Step, working_days


def title(filled: Filled) -> str:
    return place_and_matter(filled.values.get("product"), filled.values.get("product_state"))


def looked_at_on_the_trip(filled: Filled) -> Iterator[Fault]:
    """One reports of what was seen on site, on a trip of one's own (P9-3.1)."""
    if not filled.has("trip_id", "looked_on"):
        return
    trip = filled.session.get_one(TravelRequest, filled.values["trip_id"])
    started = trip.departed_on or trip.first_planned
    if filled.values["looked_on"] > local_day(filled.now):
        yield Fault("looked_on", "FR.fault.in_future")
    elif filled.values["looked_on"] < started:
        yield Fault("looked_on", "FR.fault.before_trip", {"start": started})


def repair_is_described(filled: Filled) -> Iterator[Fault]:
    """Both agree to a certain repair, or to none (P9-3.1)."""
    if filled.values.get("repair") and not filled.values.get("proposal"):
        yield Fault("proposal", "fault.required")


def trips_to_report(session: Session, user: Person, now: datetime) -> list[Option]:
    """Signed trips the user is or was on, newest first."""
    return trips_offering(report_offered, session, user, now)


def repair_is_cleared(session: Session, trip_id: int, but: int | None = None) -> bool:
    """Have both agreed to a repair on a trip, in a report that stands (other than one)?"""
    reports = (
        select(Document.id)
        .join(FieldReport, col(FieldReport.document_id) == Document.id)
        .where(FieldReport.trip_id == trip_id, col(FieldReport.repair), Document.state == State.DONE)
    )
    return any(id != but for id in session.exec(reports))


def no_repair_money_hangs_on_it(session: Session, document: Document, now: datetime) -> None:
    """The only report that cleared a repair is not undone under a request for its money (P9-3.1)."""
    one_at_a_time(session, "submit SR")  # else one could be sent in the same instant
    report = session.get_one(FieldReport, document.id)
    request = session.exec(
        select(Document.number)
        .join(SpendingRequest, col(SpendingRequest.document_id) == Document.id)
        .where(SpendingRequest.trip_id == report.trip_id, SpendingRequest.spending == SpendingKind.REPAIR)
        .where(col(Document.state).not_in(OVER))
    ).first()
    if request and not repair_is_cleared(session, report.trip_id, but=document.id):
        raise Refused("FR.refused.repair_asked", number=request)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """What the trip says already: what it is for, and which complaint it serves."""
    start: dict[str, Any] = {"looked_on": local_day(now).isoformat(), "repair": True}
    if source is None:
        return start
    trip = session.get_one(TravelRequest, source.id)
    return start | {"trip_id": source.id, "serves": trip.serves}


FIELD_REPORT = DocumentType(
    code="FR",
    slug="field_reports",
    area="expenses",
    icon=":material/fact_check:",
    table=FieldReport,
    form=FieldReportForm,
    sections=(
        Section("FR.section.product", Row("trip_id", "serves"), Row("product", "looked_on"), Row("product_state")),
        Section("FR.section.verified", Row("verified_with"), Row("verified")),
        Section("FR.section.opinion", Row("opinion"), Row("repair"), Row("proposal")),
    ),
    columns=("looked_on", "repair"),
    title=title,
    starts_from=("TR",),
    alone=False,
    readers=frozenset({Role.QUALITY_INSPECTOR}),
    checks=(looked_at_on_the_trip, repair_is_described),
    defaults=defaults,
    options={"trip_id": trips_to_report},
    route=(
        Step(
            "agreement",
            (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.VICE_PRESIDENT, Of.APPLICANT)),
            within=working_days(1),
            milestone="approved",
        ),
    ),
    guards={"reverse": no_repair_money_hangs_on_it},
    prints=(Print("report", "report", field.report_data),),
)
