"""Spending request: repair, entertainment, gift or purchase is agreed by both before it is spent, and what really
happened is recorded the same day (P9-3.2).
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Document,
    ExpenseType,
    Person,
    Role,
    SpendingKind,
    SpendingRequest,
    SpendingRequestForm,
    TravelRequest,
)
from services.database import rows
from services.documents import budgeted
from services.documents.claim_requests import claimed_under, no_claim_names_it
from services.documents.field_report import repair_is_cleared, trips_to_report
from services.documents.kind import Budgeted, DocumentType, Filled, FollowUp, Mark, Option, Print, Row, Section
from services.documents.phone_agreements import AGREEMENT, agreed_on, calls
from services.errors import Fault, Invalid
from services.money import postings, wants
from services.people import local_day
from services.prints import field
from services.routes import Condition, Of, Owner, Step, end_of, work, working_days
from services.settings import setting

WITH_GUESTS = (SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)


def title(filled: Filled) -> str:
    return filled.values.get("matter") or ""


def asked(filled: Filled) -> Decimal | None:
    return filled.values.get("asked_amount")


def repair_comes_after_the_report(filled: Filled) -> Iterator[Fault]:
    """On a trip money for a repair is asked for once both have agreed to a repair (P9-3.1)."""
    trip_id = filled.values.get("trip_id")
    if (
        trip_id
        and filled.values.get("spending") == SpendingKind.REPAIR
        and not repair_is_cleared(filled.session, trip_id)
    ):
        yield Fault("spending", "SR.fault.repair_not_cleared")


def asked_before_it_is_spent(filled: Filled) -> Iterator[Fault]:
    """What is asked for is still to come, or both agreed to it by phone before (P9-3.2a)."""
    if not filled.has("planned_on") or filled.values["planned_on"] >= local_day(filled.now):
        return
    called = filled.values.get("phone_at")
    if len(filled.values.get("phone_people") or ()) < 2 or called is None:
        yield Fault("planned_on", "SR.fault.planned_in_past")
    elif filled.values["planned_on"] < local_day(called):
        yield Fault("planned_on", "SR.fault.planned_before_call")


def call_is_told_whole(filled: Filled) -> Iterator[Fault]:
    """Who agreed by phone, and when: not in the future (P9-3.2a)."""
    people, called = filled.values.get("phone_people"), filled.values.get("phone_at")
    if people and not called and "phone_at" in filled.values:
        yield Fault("phone_at", "fault.required")
    if called and not people and "phone_people" in filled.values:
        yield Fault("phone_people", "fault.required")
    if called and called > filled.now:
        yield Fault("phone_at", "SR.fault.call_in_future")


def spending_types(session: Session, user: Person, now: datetime) -> list[Option]:
    """What each kind of spending may be booked on."""
    return [Option(row.id, row.name, row.name_en, under=row.spending.value) for row in rows(session, _TYPES)]


_TYPES = (
    sa.select(col(ExpenseType.id), col(ExpenseType.name), col(ExpenseType.name_en), col(ExpenseType.spending))
    .where(col(ExpenseType.active), col(ExpenseType.spending).is_not(None))
    .order_by(col(ExpenseType.position), col(ExpenseType.id))
)


def those_who_sign(session: Session, user: Person, now: datetime) -> list[Option]:
    """Whoever will be asked to agree to a request of the user's, with those who may sign for them."""
    from services.engine.preview import on_trial  # the engine asks the registry, which this file is a part of
    from services.engine.versions import current_route

    route = tuple(step for step in current_route(session, "SR", now) if step.decides)
    stations = on_trial(session, "SR", route, user, None, {}, now)
    people = {person.id: person.name for one in stations for person in (*one.people, *one.deputies)}
    return [Option(id, name) for id, name in people.items()]


def record_agrees(session: Session, document: Document, now: datetime) -> None:
    """What really happened: not in the future, not before both agreed, not above what they agreed to (P9-3.2b)."""
    request = session.get_one(SpendingRequest, document.id)
    faults = list(_wrong_in_record(session, document, request, now))
    if faults:
        raise Invalid(faults)


def _wrong_in_record(session: Session, document: Document, request: SpendingRequest, now: datetime) -> Iterator[Fault]:
    agreed = agreed_on(session, request)
    if request.spent_on and request.spent_on > local_day(now):
        yield Fault("spent_on", "SR.fault.spent_in_future")
    elif request.spent_on and agreed and request.spent_on < agreed:
        yield Fault("spent_on", "SR.fault.spent_before_agreed", {"day": agreed})
    tolerance: Decimal = setting(session, "request.tolerance", now)
    if not request.spent_amount:
        yield Fault("spent_amount", "SR.fault.nothing_spent")
    elif request.spent_amount > request.asked_amount + tolerance:
        yield Fault("spent_amount", "SR.fault.above_agreed", {"amount": request.asked_amount})
    if request.spending in WITH_GUESTS:
        for name in ("spent_guests", "spent_headcount"):
            if getattr(request, name) is None:
                yield Fault(name, "fault.required")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """Today, with an invoice; from a trip, that trip."""
    return {
        "planned_on": local_day(now).isoformat(),
        "invoice": True,
        "trip_id": session.get_one(TravelRequest, source.id).document_id if source else None,
    }


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What claims have used of it, and what is left."""
    if document.amount is None or document.approved_at is None:
        return []
    used = claimed_under(session, [document.id]).get(document.id, Decimal("0.00"))
    return [("SR.fact.claimed", used), ("SR.fact.left", max(document.amount - used, Decimal("0.00")))]


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """Whether an agreement by phone was confirmed in time, and that there is no invoice (P9-3.2a, P9-3.2c)."""
    found: dict[int, list[Mark]] = {}
    for id, call in calls(session, ids).items():
        if call.confirmed_at is None:
            found[id] = [Mark("SR.mark.call_broken") if call.broken(now) else Mark("SR.mark.call_open", "orange")]
        elif call.late:
            found[id] = [Mark("SR.mark.call_late", "orange")]
    for id in rows(session, _WITHOUT_INVOICE, {"ids": list(ids)}).scalars():
        found.setdefault(id, []).append(Mark("SR.mark.no_invoice", "orange"))
    return found


_WITHOUT_INVOICE = sa.select(col(SpendingRequest.document_id)).where(
    col(SpendingRequest.document_id).in_(sa.bindparam("ids", expanding=True)), ~col(SpendingRequest.invoice)
)

BUDGET = Budgeted(wants.typed_request, wants.stored_request)

SPENDING_REQUEST = DocumentType(
    code="SR",
    slug="spending_requests",
    area="expenses",
    icon=":material/payments:",
    table=SpendingRequest,
    form=SpendingRequestForm,
    sections=(
        Section(
            "SR.section.what",
            Row("trip_id"),
            Row("serves", when=Condition("trip_id", "==", None), needed=("serves",)),
            Row("spending", "expense_type_id"),
            Row("asked_amount", "planned_on"),
            Row("matter"),
            Row(
                "guests",
                "headcount",
                when=Condition("spending", "in", [one.value for one in WITH_GUESTS]),
                needed=("guests", "headcount"),
            ),
        ),
        Section(
            "SR.section.invoice",
            Row("invoice"),
            Row(
                "no_invoice_reason",
                "no_invoice_handling",
                when=Condition("invoice", "==", False),
                needed=("no_invoice_reason", "no_invoice_handling"),
            ),
        ),
        Section("SR.section.phone", Row("phone_people", "phone_at")),
    ),
    after=("spent_on", "spent_place", "spent_amount", "spent_matter", "spent_guests", "spent_headcount"),
    columns=("spending", "planned_on"),
    title=title,
    amount=asked,
    money=True,
    people={"phone_people": False},
    starts_from=("TR",),
    checks=(repair_comes_after_the_report, asked_before_it_is_spent, call_is_told_whole, budgeted.stops(BUDGET)),
    warnings=budgeted.warnings(BUDGET),
    watched=budgeted.watched(BUDGET),
    budget=BUDGET,
    defaults=defaults,
    options={"trip_id": trips_to_report, "expense_type_id": spending_types, "phone_people": those_who_sign},
    narrowed_by={"expense_type_id": "spending"},
    said_later=("phone_people", "phone_at"),
    marks=marks,
    route=(
        Step(
            AGREEMENT,
            (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.VICE_PRESIDENT, Of.APPLICANT)),
            within=working_days(1),
            milestone="approved",
        ),
        work(
            "record",
            Owner(person="applicant"),
            within=end_of("planned_on"),
            fields=("spent_on", "spent_place", "spent_amount", "spent_matter", "spent_guests", "spent_headcount"),
            required=("spent_on", "spent_place", "spent_amount", "spent_matter"),
        ),
    ),
    planned={"spent_on": "planned_on"},
    prefilled={
        "spent_matter": "matter",
        "spent_amount": "asked_amount",
        "spent_guests": "guests",
        "spent_headcount": "headcount",
    },
    effects={"approved": postings.request_approved, "cancelled": postings.request_given_up},
    undo={"approved": postings.request_given_up},
    guards={"complete": record_agrees, "cancel": no_claim_names_it, "reverse": no_claim_names_it},
    cancel_after_approval=True,
    facts=facts,
    follow_ups=(FollowUp("OB", budgeted.request_offered, several=True),),
    prints=(Print("request", "spending", field.spending_data),),
)
