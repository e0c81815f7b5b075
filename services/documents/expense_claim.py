"""Expense claim: the vouchers of a trip, of ordinary costs or of an advance, pasted, numbered and claimed (P9-4, P8-3).

Three kinds, each with its route: travel (P9-4c), general (P8-3.3), settlement of an advance without a trip (P9-5b).
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    CashAdvance,
    ClaimKind,
    Document,
    ExpenseClaim,
    ExpenseClaimForm,
    Participant,
    Person,
    Role,
    State,
    TravelRequest,
    VoucherLine,
)
from services import controls
from services.controls.standing import hold_invoices
from services.database import rows
from services.documents import budgeted
from services.documents.advances import NOTHING, open_advances, paid_so_far, settlement_of
from services.documents.claim_audit import (
    NOT_GENERAL,
    OFFSETS,
    cut_with_reason,
    forget_audit,
    paid_as_before,
    pay,
    settle_audit,
)
from services.documents.claim_requests import claims_without_invoice, lines_fall_under_requests, requests_to_claim
from services.documents.kind import (
    Budgeted,
    DocumentType,
    Filled,
    FollowUp,
    Mark,
    Option,
    Print,
    Row,
    Section,
    lines_of,
)
from services.documents.lookups import voucher_expense_types
from services.documents.paper_vouchers import awaited, end_receipt, must_be_received
from services.documents.payments import PAYMENTS, account_named, payment_marks, payment_step
from services.documents.titles import place_and_matter
from services.documents.travel_request import days_of
from services.documents.violation import violation_offered
from services.documents.vouchers import (
    NOT_STANDING,
    VOUCHERS,
    number_vouchers,
    types_of_the_kind,
    vouchers_in_order,
    vouchers_total,
)
from services.errors import Fault, Warned
from services.money import wants
from services.prints import travel
from services.routes import CHECK, Condition, Of, decision, working_days
from services.settings import setting


def title(filled: Filled) -> str:
    return place_and_matter(filled.values.get("destinations"), filled.values.get("purpose"))


def allowance(filled: Filled) -> Decimal:
    """Yuan of daily allowance: days on the trip at the rate that holds now."""
    rate: Decimal = setting(filled.session, "claim.daily_allowance", filled.now)
    return rate * (filled.values.get("allowance_days") or 0)


def claimed(filled: Filled) -> Decimal | None:
    return vouchers_total(filled) + allowance(filled) or None


def derive(filled: Filled) -> None:
    """Number the vouchers (P9-4a) and write down the allowance rate of the day.

    A claim that is sent anew is audited anew: what an audit before found payable is payable no more (P8-3.4).
    """
    filled.values["audited_amount"] = None
    filled.values["allowance_rate"] = setting(filled.session, "claim.daily_allowance", filled.now)
    number_vouchers(filled)


def agrees_with_trip(filled: Filled) -> Iterator[Fault]:
    """The claim states the trip it is for: made, approved, back from it, his own, and claimed once (P9-4b)."""
    if not filled.has("trip_id"):
        return
    trip = filled.session.get_one(TravelRequest, filled.values["trip_id"])
    traveller = filled.values.get("traveller_id")
    if traveller is not None and traveller not in {trip.traveller_id, *trip.companions}:
        yield Fault("traveller_id", "EC.fault.not_on_trip")
    if other := _other_claim(filled, traveller):
        yield Fault("trip_id", "EC.fault.claimed_already", {"number": other})
    if filled.has("starts_on", "ends_on"):
        if filled.values["ends_on"] < filled.values["starts_on"]:
            yield Fault("ends_on", "fault.ends_before_start")
        elif (filled.values["starts_on"], filled.values["ends_on"]) != days_of(trip):
            started, ended = days_of(trip)
            yield Fault("starts_on", "EC.fault.dates_differ", {"start": started, "end": ended})


def allowance_within_trip(filled: Filled) -> Iterator[Fault]:
    if filled.has("starts_on", "ends_on", "allowance_days"):
        days = (filled.values["ends_on"] - filled.values["starts_on"]).days + 1
        if filled.values["allowance_days"] > max(days, 0):
            yield Fault("allowance_days", "EC.fault.too_many_days", {"days": max(days, 0)})


def advances_fit(filled: Filled) -> Iterator[Fault]:
    """A trip's claim settles all advances of the trip; a settlement names one without a trip at least (P9-5b)."""
    if filled.values.get("claim_kind") in (None, ClaimKind.GENERAL):
        return
    lines = [line["advance_id"] for line in filled.lines.get("offsets", []) if line.get("advance_id")]
    for number, id in enumerate(lines, start=1):
        advance = filled.session.get_one(CashAdvance, id)
        if id in lines[: number - 1]:
            yield Fault("advance_id", "EC.fault.advance_twice", {}, "offsets", number)
        elif advance.trip_id is not None and advance.trip_id != filled.values.get("trip_id"):
            yield Fault("advance_id", "EC.fault.advance_of_a_trip", {}, "offsets", number)
    if filled.values["claim_kind"] == ClaimKind.SETTLEMENT:
        if not filled.lines.get("offsets"):
            yield Fault("offsets", "EC.fault.no_advance")
        return
    for one in open_advances(filled.session, filled.now, applicant_id=filled.user.id):
        of_this_trip = one.advance.trip_id is not None and one.advance.trip_id == filled.values.get("trip_id")
        if of_this_trip and one.document.id not in lines:
            yield Fault("offsets", "EC.fault.advance_left_out", {"number": one.document.number})


def advances_to_settle(session: Session, user: Person, now: datetime) -> list[Option]:
    """His own advances of which something is open."""
    return [
        Option(one.document.id, f"{one.document.number} ¥{one.advance.open_amount:,.2f}")
        for one in open_advances(session, now, applicant_id=user.id)
    ]


def trips_to_claim(session: Session, user: Person, now: datetime) -> list[Option]:
    """Trips the user was on and is back from, newest first."""
    return [
        Option(trip.id, f"{trip.number} {trip.title}")
        for trip in rows(session, _MADE, {"person_id": user.id})
        if user.id in {trip.traveller_id, *trip.companions}
    ]


_MADE = (
    sa.select(
        col(Document.id),
        col(Document.number),
        col(Document.title),
        col(TravelRequest.traveller_id),
        col(TravelRequest.companions),
    )
    .join(TravelRequest, col(TravelRequest.document_id) == Document.id)
    .where(col(Document.approved_at).is_not(None), col(Document.state) != State.CANCELLED)
    .where(col(TravelRequest.returned_on).is_not(None))
    .where(
        col(Document.id).in_(select(Participant.document_id).where(Participant.person_id == sa.bindparam("person_id")))
    )
    .order_by(col(Document.id).desc())
)


def travellers(session: Session, user: Person, now: datetime) -> list[Option]:
    """A claim is the traveller's own: nobody claims for another."""
    return [Option(user.id, user.name)]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """Dates, route and purpose come from the trip; the account from the person. From nothing it is a general claim."""
    start: dict[str, Any] = {
        "claim_kind": "travel" if source else "general",
        "traveller_id": user.id,
        "bank_name": user.bank_name,
        "bank_account": user.bank_account,
    }
    if source is None:
        return start
    if source.kind == "CA":
        advance = session.get_one(CashAdvance, source.id)
        settles = {"claim_kind": "settlement", "offsets": [{"advance_id": source.id}]}
        return start | settles | {"purpose": advance.purpose}
    trip = session.get_one(TravelRequest, source.id)
    started, ended = days_of(trip)
    of_trip = [one for one in open_advances(session, now, applicant_id=user.id) if one.advance.trip_id == source.id]
    return start | {
        "trip_id": source.id,
        "starts_on": started.isoformat(),
        "ends_on": ended.isoformat(),
        "origin": trip.origin,
        "destinations": trip.destinations,
        "purpose": trip.task,
        "allowance_days": (ended - started).days + 1,
        "offsets": [{"advance_id": one.document.id} for one in of_trip],
    }


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What stands under the voucher table: total, allowance, audited sum, advances, what is payable or left of them."""
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    claim = session.get(ExpenseClaim, document.id)
    if claim is None:
        return []
    found: list[tuple[str, Any]] = [
        ("EC.fact.vouchers", len(lines)),
        ("EC.fact.vouchers_total", sum((line.amount for line in lines), Decimal("0.00"))),
    ]
    if claim.trip_id is not None:
        found.append(("EC.fact.allowance", claim.allowance_rate * claim.allowance_days))
    if claim.audited_amount is not None:
        found.append(("EC.fact.audited", claim.audited_amount))
    settled = settlement_of(session, document, claim)
    if settled.advances:
        found.append(("EC.fact.offset", settled.offset))
        found.append(("EC.fact.payable", settled.payable))
        if settled.rest:
            found.append(("EC.fact.rest", settled.rest))
    if claim.left_to_pay and paid_so_far(session, document):
        found.append(("EC.fact.left_to_pay", claim.left_to_pay))
    return found


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """While it is typed: what of the claim settles advances, what is payable, what is left of them."""
    ids = {line["advance_id"] for line in filled.lines.get("offsets", []) if line.get("advance_id")}
    if not ids:
        return []
    still_open = sum((filled.session.get_one(CashAdvance, id).open_amount or NOTHING for id in ids), NOTHING)
    whole = claimed(filled) or NOTHING
    found = [("EC.fact.offset", min(whole, still_open)), ("EC.fact.payable", max(whole - still_open, NOTHING))]
    return [*found, ("EC.fact.rest", still_open - whole)] if still_open > whole else found


def _other_claim(filled: Filled, traveller: int | None) -> str | None:
    statement = (
        select(Document.number)
        .join(ExpenseClaim, col(ExpenseClaim.document_id) == Document.id)
        .where(ExpenseClaim.trip_id == filled.values["trip_id"], ExpenseClaim.traveller_id == traveller)
        .where(col(Document.state).not_in(NOT_STANDING))
    )
    if filled.document is not None:
        statement = statement.where(Document.id != filled.document.id)
    return filled.session.exec(statement).first()


def may_approve(session: Session, document: Document, now: datetime) -> None:
    """An approval: the audit's cuts are explained, and no control speaks against the claim (P8-3.4, P8-3.2)."""
    cut_with_reason(session, document, now)
    must_be_received(session, document, now)
    controls.must_hold(session, document, now)


def may_be_paid(session: Session, document: Document, now: datetime) -> None:
    """A payment: of what the audit found, and with no control against the claim by now (P8-3.1, P8-3.2)."""
    paid_as_before(session, document, now)
    controls.must_hold(session, document, now)


def sent_or_gone(session: Session, document: Document, now: datetime) -> None:
    """Its invoices are taken or let go (P8-3.2), its vouchers go back to its author with it (P9-4a); an account nobody
    knows waits to be confirmed (P8-3.1).
    """
    hold_invoices(session, document, now)
    end_receipt(session, document, now)
    account_named(session, document, now)


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """Money that is to come back, an account that waits, vouchers that finance waits for; what is not deductible."""
    found = payment_marks(session, ids, now)
    for id in awaited(session, ids, now):
        found.setdefault(id, []).append(Mark("EC.mark.vouchers_awaited", "orange"))
    for id in claims_without_invoice(session, ids):
        found.setdefault(id, []).append(Mark("EC.mark.no_invoice", "orange"))
    return found


BUDGET = Budgeted(wants.typed_claim, wants.stored_claim)


def warnings(filled: Filled) -> Iterator[Warned]:
    """What is odd about its receipts, and where a budget would be overspent."""
    yield from controls.warnings(filled)
    yield from budgeted.warnings(BUDGET)(filled)


def watched(session: Session, reader: Person, document: Document, now: datetime) -> Iterator[Warned]:
    """The same, for whoever signs."""
    yield from controls.watched(session, reader, document, now)
    yield from budgeted.watched(BUDGET)(session, reader, document, now)


TRAVEL = Condition("claim_kind", "==", "travel")
NOT_SETTLEMENT = Condition("claim_kind", "in", ["travel", "general"])
MAJOR = Condition("amount", ">=", setting="claim.major_amount")
"""P8-3.3: major claims by the head of finance, from the major amount on."""

EXPENSE_CLAIM = DocumentType(
    code="EC",
    slug="expense_claims",
    area="expenses",
    icon=":material/receipt_long:",
    table=ExpenseClaim,
    form=ExpenseClaimForm,
    sections=(
        Section(
            "EC.section.claim",
            Row("claim_kind", "traveller_id"),
            Row("trip_id", when=TRAVEL, needed=("trip_id",)),
            Row("origin", "destinations", when=TRAVEL, needed=("origin", "destinations")),
            Row("starts_on", "ends_on", "allowance_days", when=TRAVEL, needed=("starts_on", "ends_on")),
            Row("purpose"),
        ),
        Section("EC.section.vouchers", VOUCHERS),
        Section("EC.section.offsets", OFFSETS),
        Section("EC.section.payee", Row("bank_name", "bank_account")),
    ),
    after=("audited_amount",),
    added=(PAYMENTS,),
    on_added={"payments": pay},
    title=title,
    amount=claimed,
    figures=figures,
    payable="audited_amount",
    money=True,
    readers=frozenset({Role.OFFICE_DIRECTOR}),
    people={"traveller_id": True},
    sort="claim_kind",
    starts_from=("TR", "CA"),
    columns=("claim_kind",),
    checks=(
        agrees_with_trip,
        allowance_within_trip,
        vouchers_in_order,
        types_of_the_kind,
        controls.blocks,
        advances_fit,
        lines_fall_under_requests,
        budgeted.stops(BUDGET),
    ),
    reads="vouchers",
    warnings=warnings,
    watched=watched,
    budget=BUDGET,
    settled=sent_or_gone,
    defaults=defaults,
    derive=derive,
    options={
        "trip_id": trips_to_claim,
        "traveller_id": travellers,
        "expense_type_id": voucher_expense_types,
        "advance_id": advances_to_settle,
        "request_id": requests_to_claim,
    },
    narrowed_by={"request_id": "trip_id"},
    route=(
        decision(Role.CLERK, of=Of.APPLICANT, within=working_days(1), outcomes=CHECK),
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(1)),
        decision(Role.VICE_PRESIDENT, of=Of.APPLICANT, when=(NOT_GENERAL,), within=working_days(2)),
        decision(Role.OFFICE_DIRECTOR, when=(TRAVEL,), within=working_days(1)),
        decision(Role.FINANCE_HEAD, when=(NOT_SETTLEMENT, MAJOR), within=working_days(2)),
        decision(Role.FINANCE_VP, when=(NOT_GENERAL,), within=working_days(2)),
        decision(
            Role.FINANCE_OFFICER,
            key="finance_audit",
            within=working_days(2),
            line_fields={"vouchers": ("audited_amount", "audit_reason")},
            cuts=True,
            milestone="approved",
        ),
        payment_step(),
    ),
    effects={"approved": settle_audit},
    undo={"approved": forget_audit},
    marks=marks,
    guards={"approve": may_approve, "complete": may_be_paid},
    facts=facts,
    follow_ups=(
        FollowUp("OB", budgeted.request_offered, several=True),
        FollowUp("VL", violation_offered, several=True),
    ),
    prints=(
        Print("claim", "claim", travel.claim_data),
        Print("vouchers", "vouchers", travel.vouchers_data),
    ),
)
