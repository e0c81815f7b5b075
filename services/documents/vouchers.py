"""The vouchers of a claim: pasted in order, numbered on two sheets, each invoice once (P9-4a, P9-4b, P8-3.2)."""

from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import col

from models import ClaimKind, ExpenseType, Sheet, VoucherLine, VoucherLineForm
from services.controls.rule import invoice_key
from services.controls.standing import NOT_STANDING
from services.database import rows
from services.documents.kind import Filled, Lines
from services.errors import Fault
from services.people import local_day

__all__ = [
    "NOT_STANDING",
    "VOUCHERS",
    "invoice_key",
    "number_vouchers",
    "types_of_the_kind",
    "vouchers_in_order",
    "vouchers_total",
]


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
    """No voucher of tomorrow, no stay that ends before it begins, no tax above its amount (P8-3.2)."""
    today = local_day(filled.now)
    for number, line in enumerate(filled.lines.get("vouchers", []), start=1):
        spent_on, until = line.get("spent_on"), line.get("until")
        if spent_on and spent_on > today:
            yield Fault("spent_on", "EC.fault.in_future", {}, "vouchers", number)
        elif until and until > today:
            yield Fault("until", "EC.fault.in_future", {}, "vouchers", number)
        if spent_on and until and until <= spent_on:
            yield Fault("until", "EC.fault.left_before_arrived", {}, "vouchers", number)
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


VOUCHERS = Lines(
    "vouchers",
    VoucherLine,
    VoucherLineForm,
    (
        "spent_on",
        "until",
        "expense_type_id",
        "origin",
        "destination",
        "transport",
        "description",
        "amount",
        "tax",
        "request_id",
        "invoice_kind",
        "invoice_code",
        "invoice_number",
        "seller",
        "buyer_name",
        "buyer_tax_no",
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
        ("spent_on",): (("until",),),
        ("expense_type_id",): (("transport", "description"), ("request_id",)),
        ("invoice_code", "invoice_number"): (("invoice_kind",), ("seller",)),
        ("audited_amount",): (("audit_reason",),),
    },
    brief=("sheet", "sequence", "expense_type_id", "amount"),
)
