"""Expense claim: after the trip the receipts are pasted, numbered and claimed; voucher and claim must agree (P9-4)."""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Document,
    ExpenseClaim,
    ExpenseClaimForm,
    ExpenseType,
    Participant,
    Person,
    Role,
    Sheet,
    State,
    TravelRequest,
    VoucherLine,
    VoucherLineForm,
)
from services.database import rows
from services.documents.kind import DocumentType, Filled, Lines, Option, Print, Row, Section, lines_of
from services.documents.lookups import voucher_expense_types
from services.documents.titles import place_and_matter
from services.documents.travel_request import days_of
from services.errors import Fault, Refused, Term
from services.people import local_day
from services.prints import travel
from services.routes import CHECK, Condition, Of, Owner, decision, work, working_days
from services.settings import setting
from services.texts import term_of

NOT_STANDING = (State.DRAFT, State.WITHDRAWN, State.REJECTED, State.CANCELLED, State.REVERSED)
VOUCHER_GRACE = timedelta(days=1)
"""A receipt may be dated a day before the departure or after the return."""


def title(filled: Filled) -> str:
    return place_and_matter(filled.values.get("destinations"), filled.values.get("purpose"))


def vouchers_total(filled: Filled) -> Decimal:
    return sum((line["amount"] for line in filled.lines.get("vouchers", []) if line.get("amount")), Decimal("0.00"))


def allowance(filled: Filled) -> Decimal:
    """Yuan of daily allowance: days on the trip at the rate that holds now."""
    rate: Decimal = setting(filled.session, "claim.daily_allowance", filled.now)
    return rate * (filled.values.get("allowance_days") or 0)


def claimed(filled: Filled) -> Decimal | None:
    return vouchers_total(filled) + allowance(filled) or None


def derive(filled: Filled) -> None:
    """Number the vouchers on their two sheets (P9-4a) and write down the allowance rate of the day.

    A claim that is sent anew is audited anew: what an audit before found payable is payable no more (P8-3.4).
    """
    filled.values["audited_amount"] = None
    filled.values["allowance_rate"] = setting(filled.session, "claim.daily_allowance", filled.now)
    sheets = {one.id: one.sheet for one in rows(filled.session, _SHEETS)}
    counted: dict[Sheet, int] = {}
    for line in filled.lines.get("vouchers", []):
        sheet = sheets.get(line["expense_type_id"], Sheet.TRAVEL)
        counted[sheet] = counted.get(sheet, 0) + 1
        line["sheet"], line["sequence"] = sheet, counted[sheet]
        line["invoice_key"] = invoice_key(line.get("invoice_code"), line.get("invoice_number"))


_SHEETS = select(ExpenseType.id, ExpenseType.sheet)


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


def vouchers_in_order(filled: Filled) -> Iterator[Fault]:
    """No voucher of tomorrow or of other days than the trip's (P9-4b), no tax above its amount (P8-3.2)."""
    today = local_day(filled.now)
    trip = filled.session.get(TravelRequest, filled.values["trip_id"]) if filled.has("trip_id") else None
    for number, line in enumerate(filled.lines.get("vouchers", []), start=1):
        spent_on = line.get("spent_on")
        if spent_on and spent_on > today:
            yield Fault("spent_on", "EC.fault.in_future", {}, "vouchers", number)
        elif spent_on and trip and not _made_on(trip, spent_on):
            started, ended = days_of(trip)
            yield Fault("spent_on", "EC.fault.not_on_trip_days", {"start": started, "end": ended}, "vouchers", number)
        if line.get("tax") and line.get("amount") and line["tax"] >= line["amount"]:
            yield Fault("tax", "EC.fault.tax_too_high", {}, "vouchers", number)


def invoices_claimed_once(filled: Filled) -> Iterator[Fault]:
    """An invoice is on one standing claim, once, whoever claims it and however its number is typed (P8-3.2)."""
    keys = {
        number: key
        for number, line in enumerate(filled.lines.get("vouchers", []), start=1)
        if (key := invoice_key(line.get("invoice_code"), line.get("invoice_number")))
    }
    claimed_before = _claimed_before(filled, set(keys.values()))
    seen: dict[str, int] = {}
    for number, key in keys.items():
        if key in seen:
            yield Fault("invoice_number", "EC.fault.invoice_twice", {"line": seen[key]}, "vouchers", number)
        elif key in claimed_before:
            other = claimed_before[key]
            yield (
                Fault("invoice_number", "EC.fault.invoice_claimed", {"number": other}, "vouchers", number)
                if other
                else Fault("invoice_number", "EC.fault.invoice_claimed_elsewhere", {}, "vouchers", number)
            )
        seen.setdefault(key, number)


def invoice_key(code: str | None, number: str | None) -> str | None:
    """An invoice's code and number as they are compared: narrow letters and digits, nothing else.

    A number of 20 digits (the fully digital invoice) stands for itself: it has no code, whatever is typed as one.
    """
    short = _compared(number)
    if not short:
        return None
    digital = len(short) == 20 and short.isdigit()
    return (short if digital else _compared(code) + short)[:60]


def cut_with_reason(session: Session, document: Document, now: datetime) -> None:
    """The audit cuts a line to between nothing and what was claimed, and says why (P8-3.4)."""
    if document.step != "finance_audit":
        return
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    for line in lines:
        if line.audited_amount is not None and line.audited_amount > line.amount:
            raise Refused("EC.refused.audited_above", **_numbered(line))
        if line.audited_amount not in (None, line.amount) and not (line.audit_reason or "").strip():
            raise Refused("EC.refused.cut_without_reason", **_numbered(line))


def settle_audit(session: Session, document: Document, now: datetime) -> None:
    """After the audit every line has its audited amount, and the claim the sum that is paid."""
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    for line in lines:
        line.audited_amount = line.amount if line.audited_amount is None else line.audited_amount
        session.add(line)
    claim = session.get_one(ExpenseClaim, document.id)
    claim.audited_amount = sum((line.audited_amount or Decimal(0) for line in lines), Decimal("0.00")) + (
        claim.allowance_rate * claim.allowance_days
    )
    session.add(claim)


def forget_audit(session: Session, document: Document, now: datetime) -> None:
    """Where the audit is taken back nobody knows what will be paid; a reversed claim keeps what was (P8-3.4)."""
    if document.state != State.REVERSING:
        claim = session.get_one(ExpenseClaim, document.id)
        claim.audited_amount = None
        session.add(claim)


def paid_after_audit(session: Session, document: Document, now: datetime) -> None:
    """Money leaves the house after the audit and not in the future (P8-3.1)."""
    claim = session.get_one(ExpenseClaim, document.id)
    approved_on = local_day(document.approved_at) if document.approved_at else None
    if claim.paid_on and claim.paid_on > local_day(now):
        raise Refused("EC.refused.paid_in_future")
    if claim.paid_on and approved_on and claim.paid_on < approved_on:
        raise Refused("EC.refused.paid_before_audit", day=approved_on)


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
    """Dates, route and purpose come from the trip; the account from the person."""
    start: dict[str, Any] = {
        "claim_kind": "travel",
        "traveller_id": user.id,
        "bank_name": user.bank_name,
        "bank_account": user.bank_account,
    }
    if source is None:
        return start
    trip = session.get_one(TravelRequest, source.id)
    started, ended = days_of(trip)
    return start | {
        "trip_id": source.id,
        "starts_on": started.isoformat(),
        "ends_on": ended.isoformat(),
        "origin": trip.origin,
        "destinations": trip.destinations,
        "purpose": trip.task,
        "allowance_days": (ended - started).days + 1,
    }


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What stands under the voucher table: total, allowance, what the audit found payable."""
    lines: list[VoucherLine] = lines_of(session, document, VOUCHERS)
    claim = session.get(ExpenseClaim, document.id)
    if claim is None:
        return []
    found: list[tuple[str, Any]] = [
        ("EC.fact.vouchers", len(lines)),
        ("EC.fact.vouchers_total", sum((line.amount for line in lines), Decimal("0.00"))),
        ("EC.fact.allowance", claim.allowance_rate * claim.allowance_days),
    ]
    if claim.audited_amount is not None:
        found.append(("EC.fact.audited", claim.audited_amount))
    return found


def _made_on(trip: TravelRequest, day: date) -> bool:
    started, ended = days_of(trip)
    return started - VOUCHER_GRACE <= day <= ended + VOUCHER_GRACE


def _compared(text: str | None) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", text or "") if one.isalnum()).upper()


def _claimed_before(filled: Filled, keys: Collection[str]) -> dict[str, str | None]:
    """Invoices that stand on other claims: key -> the claim's number, where the user may read that claim."""
    from services.access import may_read  # access asks the registry, which this file is a part of

    statement = (
        select(VoucherLine.invoice_key, Document)
        .join(Document, col(Document.id) == VoucherLine.document_id)
        .where(col(VoucherLine.invoice_key).in_(keys), col(Document.state).not_in(NOT_STANDING))
        .order_by(col(Document.id).desc())
    )
    if filled.document is not None:
        statement = statement.where(Document.id != filled.document.id)
    return {
        key: document.number if may_read(filled.session, filled.user, document, filled.now) else None
        for key, document in (filled.session.exec(statement) if keys else ())
        if key
    }


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


def _numbered(line: VoucherLine) -> dict[str, Any]:
    """A voucher by the number that stands on its sheet (P9-4a)."""
    return {"sheet": Term(f"{term_of(line.sheet).key}.short"), "number": line.sequence}


VOUCHERS = Lines(
    "vouchers",
    VoucherLine,
    VoucherLineForm,
    (
        "spent_on",
        "expense_type_id",
        "origin",
        "destination",
        "transport",
        "description",
        "amount",
        "tax",
        "invoice_code",
        "invoice_number",
        "seller",
    ),
    derived=("sheet", "sequence", "audited_amount", "audit_reason"),
    named_by=("sheet", "sequence"),
    shown=(
        ("sheet", "sequence"),
        ("spent_on",),
        ("expense_type_id",),
        ("origin", "destination"),
        ("invoice_code", "invoice_number"),
        ("tax",),
        ("amount",),
        ("audited_amount",),
    ),
    beneath={
        ("expense_type_id",): (("transport", "description"),),
        ("invoice_code", "invoice_number"): (("seller",),),
        ("audited_amount",): (("audit_reason",),),
    },
    brief=("sheet", "sequence", "expense_type_id", "amount"),
)
TRAVEL = Condition("claim_kind", "==", "travel")
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
            "EC.section.trip",
            Row("claim_kind", "trip_id", "traveller_id"),
            Row("origin", "destinations"),
            Row("starts_on", "ends_on", "allowance_days"),
            Row("purpose"),
        ),
        Section("EC.section.vouchers", VOUCHERS),
        Section("EC.section.payee", Row("bank_name", "bank_account")),
    ),
    after=("audited_amount", "paid_on", "payment_reference"),
    title=title,
    amount=claimed,
    payable="audited_amount",
    money=True,
    readers=frozenset({Role.OFFICE_DIRECTOR}),
    people={"traveller_id": True},
    sort="claim_kind",
    starts_from="TR",
    checks=(agrees_with_trip, allowance_within_trip, vouchers_in_order, invoices_claimed_once),
    defaults=defaults,
    derive=derive,
    options={"trip_id": trips_to_claim, "traveller_id": travellers, "expense_type_id": voucher_expense_types},
    route=(
        decision(Role.CLERK, of=Of.APPLICANT, within=working_days(1), outcomes=CHECK),
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(1)),
        decision(Role.VICE_PRESIDENT, of=Of.APPLICANT, within=working_days(2)),
        decision(Role.OFFICE_DIRECTOR, when=(TRAVEL,), within=working_days(1)),
        decision(Role.FINANCE_HEAD, when=(MAJOR,), within=working_days(2)),
        decision(Role.FINANCE_VP, when=(TRAVEL,), within=working_days(2)),
        decision(
            Role.FINANCE_OFFICER,
            key="finance_audit",
            within=working_days(2),
            line_fields={"vouchers": ("audited_amount", "audit_reason")},
            cuts=True,
            milestone="approved",
        ),
        work(
            "payment",
            Owner(Role.CASHIER),
            within=working_days(2),
            fields=("paid_on", "payment_reference"),
            required=("paid_on", "payment_reference"),
        ),
    ),
    effects={"approved": settle_audit},
    undo={"approved": forget_audit},
    guards={"approve": cut_with_reason, "complete": paid_after_audit},
    facts=facts,
    prints=(
        Print("claim", "claim", travel.claim_data),
        Print("vouchers", "vouchers", travel.vouchers_data),
    ),
)
