"""What stands on the papers of a trip: travel request, travel claim, voucher sheets (P9-2, P9-4)."""

from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlmodel import Session

from models import (
    ClaimKind,
    Document,
    ExpenseClaim,
    ExpenseClaimForm,
    ExpenseType,
    Sheet,
    TravelEstimate,
    TravelEstimateForm,
    TravelRequest,
    TravelRequestForm,
    VoucherLine,
    VoucherLineForm,
)
from services.capitals import in_capitals
from services.documents.advances import advances_of, settlement_of
from services.documents.claim_requests import requests_without_invoice
from services.prints.values import breakable, day, detail, fen, lines, name_of, names_of, payments_of, short_day
from services.settings import setting
from services.texts import text

Data = dict[str, Any]

NOTHING = Decimal("0.00")
INVOICE_NUMBER = 20
"""Digits of the longest number that invoices have: it stays on one line."""


def request_data(session: Session, document: Document, language: str) -> Data:
    """The travel request (出差申请书): who goes where, when, how, what for, and what it may cost (P9-2)."""
    trip = detail(session, document, TravelRequest, TravelRequestForm)
    estimates = lines(session, document, "estimates", TravelEstimate, TravelEstimateForm)
    total = sum((line.amount or NOTHING for line in estimates), NOTHING)
    return {
        "traveller": name_of(session, trip.traveller_id),
        "companions": names_of(session, trip.companions or [], language),
        "people": 1 + len(trip.companions or []),
        "origin": breakable(trip.origin),
        "destinations": breakable(trip.destinations),
        "period": _period(trip.starts_on, trip.ends_on, language),
        "transport": _choice(language, "transport", trip.transport),
        "task": breakable(trip.task),
        "serves": breakable(trip.serves),
        "estimates": [
            {
                "type": _expense_type(session, line.expense_type_id, language),
                "fen": fen(line.amount or NOTHING),
                "note": breakable(line.note),
            }
            for line in estimates
        ],
        "total": fen(total),
        "capitals": in_capitals(total),
        "departed_on": day(trip.departed_on, language),
        "returned_on": day(trip.returned_on, language),
        "actual_days": _days(trip.departed_on, trip.returned_on),
    }


def claim_data(session: Session, document: Document, language: str) -> Data:
    """A claim (差旅费报销单, 费用报销单, 备用金核销): every voucher, what is claimed and paid (P9-4b, P8-3.4)."""
    claim = detail(session, document, ExpenseClaim, ExpenseClaimForm)
    vouchers = _vouchers(session, document)
    total = sum((line.amount or NOTHING for line in vouchers), NOTHING)
    rate = _rate(session, document, claim)
    allowance = rate * (claim.allowance_days or 0)
    payable = total + allowance if claim.audited_amount is None else claim.audited_amount
    return {
        **_trip_of(session, claim, language),
        "bank_name": breakable(claim.bank_name),
        "bank_account": breakable(claim.bank_account),
        "lines": _printed(session, vouchers, language),
        "by_type": _by_type(session, vouchers, language),
        "counts": _counts(claim, vouchers, language),
        "count": len(vouchers),
        "total": fen(total),
        "allowance_days": claim.allowance_days or 0,
        "allowance_rate": fen(rate),
        "allowance": fen(allowance),
        "claimed": fen(total + allowance),
        "audited": fen(claim.audited_amount),
        "cut": fen(total + allowance - payable),
        "payable": fen(payable),
        "capitals": in_capitals(payable),
        **_settlement(session, document, claim),
        "payments": payments_of(session, document, language),
    }


def _settlement(session: Session, document: Document, claim: ExpenseClaim) -> Data:
    """Which advances it settles and how far, what is then paid, what is left of them (P9-5b)."""
    settled = settlement_of(session, document, claim)
    numbers = [one.number or "" for one in advances_of(session, document)]
    return {
        "advances": numbers,
        "offset": fen(settled.offset),
        "to_pay": fen(settled.payable),
        "rest": fen(settled.rest),
    }


def vouchers_data(session: Session, document: Document, language: str) -> Data:
    """The voucher sheets (原始凭证粘贴单): receipts in order, entertainment on sheets of its own (P9-4a)."""
    claim = detail(session, document, ExpenseClaim, ExpenseClaimForm)
    by_sheet = groupby(_vouchers(session, document), key=lambda line: line.sheet)
    return {
        **_trip_of(session, claim, language),
        "sheets": [_sheet(session, claim, sheet, list(group), language) for sheet, group in by_sheet],
    }


def _rate(session: Session, document: Document, claim: ExpenseClaim) -> Decimal:
    """Yuan of daily allowance: as written down at the sending, for a draft as it was when the draft was begun."""
    if document.number is not None:
        return claim.allowance_rate
    rate: Decimal = setting(session, "claim.daily_allowance", document.created_at)
    return rate


def _sheet(session: Session, claim: ExpenseClaim, sheet: Sheet, group: list[VoucherLine], language: str) -> Data:
    return {
        "name": text(language, f"print.sheet.{_called(claim, sheet)}"),
        "count": len(group),
        "total": fen(sum((line.amount or NOTHING for line in group), NOTHING)),
        "lines": _printed(session, group, language),
    }


def _trip_of(session: Session, claim: ExpenseClaim, language: str) -> Data:
    trip = session.get(Document, claim.trip_id) if claim.trip_id else None
    return {
        "traveller": name_of(session, claim.traveller_id),
        "for_trip": _for_trip(claim),
        "trip_number": (trip.number if trip else None) or "",
        "period": _period(claim.starts_on, claim.ends_on, language),
        "origin": breakable(claim.origin),
        "destinations": breakable(claim.destinations),
        "purpose": breakable(claim.purpose),
    }


def _vouchers(session: Session, document: Document) -> list[VoucherLine]:
    """The vouchers sheet by sheet, each in order; a draft's are numbered as they will be when it is sent."""
    found = lines(session, document, "vouchers", VoucherLine, VoucherLineForm)
    if document.number is None:
        counted: dict[Sheet, int] = {}
        for line in found:
            kind = session.get(ExpenseType, line.expense_type_id) if line.expense_type_id else None
            line.sheet = kind.sheet if kind else Sheet.TRAVEL
            counted[line.sheet] = line.sequence = counted.get(line.sheet, 0) + 1
    order = list(Sheet)
    return sorted(found, key=lambda line: (order.index(line.sheet), line.sequence))


def _printed(session: Session, vouchers: list[VoucherLine], language: str) -> list[Data]:
    without = requests_without_invoice(session, {line.request_id for line in vouchers if line.request_id})
    return [_voucher(session, line, language) | {"no_invoice": line.request_id in without} for line in vouchers]


def _voucher(session: Session, line: VoucherLine, language: str) -> Data:
    was_cut = line.audited_amount is not None and line.audited_amount != line.amount
    route = " → ".join(place for place in (line.origin, line.destination) if place)
    return {
        "number": text(language, f"print.voucher_number.{line.sheet.value}", number=line.sequence),
        "date": short_day(line.spent_on),
        "origin": breakable(line.origin),
        "destination": breakable(line.destination),
        "route": breakable(route),
        "type": _expense_type(session, line.expense_type_id, language),
        "transport": _choice(language, "transport", line.transport),
        "description": breakable(line.description),
        "invoice_code": breakable(line.invoice_code),
        "invoice_number": breakable(line.invoice_number, INVOICE_NUMBER),
        "seller": breakable(line.seller),
        "fen": fen(line.amount or NOTHING),
        "audited": fen(line.amount if line.audited_amount is None else line.audited_amount),
        "cut": was_cut,
        "reason": breakable(line.audit_reason),
    }


def _by_type(session: Session, vouchers: list[VoucherLine], language: str) -> list[Data]:
    """What each expense type sums up to, in the order the types are met."""
    sums: dict[int, Decimal] = {}
    for line in vouchers:
        sums[line.expense_type_id] = sums.get(line.expense_type_id, NOTHING) + (line.amount or NOTHING)
    return [{"type": _expense_type(session, kind, language), "fen": fen(amount)} for kind, amount in sums.items()]


def _called(claim: ExpenseClaim, sheet: Sheet) -> str:
    """What is not entertainment was spent while travelling, or for something else (P9-4a, P8-3)."""
    return sheet.value if sheet != Sheet.TRAVEL or _for_trip(claim) else "general"


def _for_trip(claim: ExpenseClaim) -> bool:
    return claim.claim_kind in (None, ClaimKind.TRAVEL)


def _counts(claim: ExpenseClaim, vouchers: list[VoucherLine], language: str) -> str:
    """How many vouchers lie on which sheet."""
    counted = [(sheet, sum(line.sheet == sheet for line in vouchers)) for sheet in Sheet]
    said = [text(language, f"print.count.{_called(claim, sheet)}", count=count) for sheet, count in counted if count]
    return text(language, "print.list_separator").join(said)


def _expense_type(session: Session, type_id: int | None, language: str) -> str:
    kind = session.get(ExpenseType, type_id) if type_id else None
    return "" if kind is None else kind.name if language == "zh" else kind.name_en


def _choice(language: str, key: str, value: Any) -> str:
    return text(language, f"{key}.{value.value}") if value else ""


def _period(first: date | None, last: date | None, language: str) -> str:
    """From when to when; of a draft, the one day that is known."""
    if not first or not last:
        return day(first or last, language)
    facts = {"start": day(first, language), "end": day(last, language), "count": _days(first, last)}
    return text(language, "print.from_to", **facts)


def _days(first: date | None, last: date | None) -> int | None:
    return (last - first).days + 1 if first and last else None
