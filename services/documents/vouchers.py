"""The vouchers of a claim: pasted in order, numbered on two sheets, each invoice once (P9-4a, P9-4b, P8-3.2)."""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col, select

from models import ClaimKind, Document, ExpenseType, Sheet, State, TravelRequest, VoucherLine, VoucherLineForm
from services.database import rows
from services.documents.kind import Filled, Lines
from services.documents.travel_request import days_of
from services.errors import Fault
from services.people import local_day

NOT_STANDING = (State.DRAFT, State.WITHDRAWN, State.REJECTED, State.CANCELLED, State.REVERSED)
VOUCHER_GRACE = timedelta(days=1)
"""A receipt may be dated a day before the departure or after the return."""


def vouchers_total(filled: Filled) -> Decimal:
    return sum((line["amount"] for line in filled.lines.get("vouchers", []) if line.get("amount")), Decimal("0.00"))


def number_vouchers(filled: Filled) -> None:
    """Number the vouchers on their two sheets, in the order in which they stand (P9-4a)."""
    sheets = {one.id: one.sheet for one in rows(filled.session, _SHEETS)}
    counted: dict[Sheet, int] = {}
    for line in filled.lines.get("vouchers", []):
        sheet = sheets.get(line["expense_type_id"], Sheet.TRAVEL)
        counted[sheet] = counted.get(sheet, 0) + 1
        line["sheet"], line["sequence"] = sheet, counted[sheet]
        line["invoice_key"] = invoice_key(line.get("invoice_code"), line.get("invoice_number"))


_SHEETS = sa.select(col(ExpenseType.id), col(ExpenseType.sheet), col(ExpenseType.for_trips))


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


def types_of_the_kind(filled: Filled) -> Iterator[Fault]:
    """On a travel claim stands what is spent while travelling; the other kinds take every type (P9-4, P8-3)."""
    if filled.values.get("claim_kind") != ClaimKind.TRAVEL:
        return
    not_for_trips = {one.id: one for one in rows(filled.session, _SHEETS) if not one.for_trips}
    for number, line in enumerate(filled.lines.get("vouchers", []), start=1):
        if line.get("expense_type_id") in not_for_trips:
            yield Fault("expense_type_id", "EC.fault.not_for_trips", {}, "vouchers", number)


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
        "request_id",
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
        ("expense_type_id",): (("transport", "description"), ("request_id",)),
        ("invoice_code", "invoice_number"): (("seller",),),
        ("audited_amount",): (("audit_reason",),),
    },
    brief=("sheet", "sequence", "expense_type_id", "amount"),
)
