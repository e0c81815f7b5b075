"""The clauses about what service spends: trips, requests, claims, advances, registers (P9, P8-3)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from models import (
    ClaimKind,
    ClaimOffset,
    Department,
    Document,
    MonthlyRegister,
    SpendingKind,
    State,
    TravelRequest,
    VoucherLine,
)
from services.compliance.duties import duty, last_day_for
from services.compliance.found import Found, of
from services.compliance.measures import all_of, day, filled, holds, in_time, signed
from services.compliance.records import Records
from services.compliance.rule import Rule
from services.documents.advances import open_advances
from services.documents.phone_agreements import agreed_on
from services.documents.standing import NOT_STANDING
from services.months import last_day
from services.people import local_day
from services.reports.registers_due import open_lines
from services.settings import setting

_OVER = (State.REJECTED, State.CANCELLED, State.REVERSED)


def _travel(_: Document, claim: Any) -> bool:
    return bool(claim.claim_kind == ClaimKind.TRAVEL)


def _gift(_: Document, request: Any) -> bool:
    return bool(request.spending == SpendingKind.GIFT)


def _has_invoice_or_leave(_: Document, request: Any) -> bool:
    return bool(request.invoice or (request.no_invoice_reason and request.no_invoice_handling))


def _started_after_approval(records: Records) -> Found:
    """Trips that people left for in the month: was each approved by then? (P9-2)"""
    first, last = records.days_of(records.month)
    statement = (
        select(Document, TravelRequest)
        .join(TravelRequest, col(TravelRequest.document_id) == Document.id)
        .where(col(TravelRequest.departed_on) >= first, col(TravelRequest.departed_on) <= last)
    )
    left = records.once("departed", lambda: list(records.session.exec(statement)))
    return of(
        (paper.id, paper.approved_at is not None and day(paper.approved_at) <= trip.departed_on) for paper, trip in left
    )


def _agreed_before_spending(records: Records) -> Found:
    """Spending recorded in the month: had both agreed by then, in the portal or by phone? (P9-3.2a)"""
    recorded = [(paper, one) for paper, one in records.forms(records.finished("SR")) if one.spent_on]
    agreed = ((paper.id, one.spent_on, agreed_on(records.session, one)) for paper, one in recorded)
    return of((id, day is not None and day <= spent) for id, spent, day in agreed)


def _claims_by_trip(paper: Document, claim: Any) -> bool:
    return claim.trip_id is not None


def _numbered(records: Records) -> Found:
    """Do the vouchers of each claim count from 1 on each of the two sheets without a gap? (P9-4a)"""
    claims = records.sent("EC")
    sheets: dict[int, dict[Any, list[int]]] = {paper.id: {} for paper in claims}
    for line in records.lines(VoucherLine, claims):
        sheets[line.document_id].setdefault(line.sheet, []).append(line.sequence)
    return of((id, all(_from_one(numbers) for numbers in found.values())) for id, found in sheets.items() if found)


def _from_one(numbers: Iterable[int]) -> bool:
    every = sorted(numbers)
    return every == list(range(1, len(every) + 1))


def _major(records: Records) -> Found:
    """Major claims carry the signature of the head of finance, or of whoever stands in for him (P8-3.3)."""
    limit: Decimal = setting(records.session, "claim.major_amount", records.now)

    def is_major(paper: Document, claim: Any) -> bool:
        asked = paper.amount is not None and paper.amount >= limit
        return bool(asked and claim.claim_kind != ClaimKind.SETTLEMENT)

    return signed("EC", "finance_head", when=is_major)(records)


def _cleared(records: Records) -> Found:
    """Advances that are open today: were the receipts handed in by the day on which each was due? What was handed in
    and is still looked at beyond that day is a risk (P9-5b).
    """
    papers = select(Document.id).where(Document.kind == "CA")
    every = open_advances(records.session, records.now, among=papers)
    handed_in = _handed_in(records)
    late = {one.document.id for one in every if one.days_overdue}
    there = {one.document.id for one in every if handed_in.get(one.document.id, date.max) <= one.due_on}
    return of(((one.document.id, one.document.id not in late - there) for one in every), sorted(late & there))


def _handed_in(records: Records) -> dict[int, date]:
    """By advance: the day on which the first claim that still stands was sent for it."""
    claims = (
        select(ClaimOffset.advance_id, Document.submitted_at)
        .join(Document, col(Document.id) == ClaimOffset.document_id)
        .where(col(Document.submitted_at).is_not(None), col(Document.state).not_in(_OVER))
        .order_by(col(Document.submitted_at).desc())
    )
    return {advance_id: local_day(at) for advance_id, at in records.session.exec(claims) if at}


def _paid_after_approval(records: Records) -> Found:
    """Claims paid in the month: was each approved first? (P8-3.1)"""
    paid = records.finished("EC")
    return of(
        (paper.id, bool(paper.approved_at and paper.closed_at and paper.approved_at <= paper.closed_at))
        for paper in paid
    )


def _registers(records: Records) -> Found:
    """Departments with trips back, or entertainment, in the month before: has each sent each register of it that it
    owes? (P9-6a)
    """
    month = records.previous
    sent = (
        select(Document.id)
        .join(MonthlyRegister, col(MonthlyRegister.document_id) == Document.id)
        .where(MonthlyRegister.month == month, col(Document.number).is_not(None))
        .where(col(Document.state).not_in(NOT_STANDING))
    )
    owed = sorted((one, kind) for one, _, kind in open_lines(records.session, month, month))
    names = {one.id: one.name for one in records.session.exec(select(Department))}
    open_ = [(names[one], kind) for one, kind in owed]
    asked = len(records.session.exec(sent).all()) + len(owed)
    return duty(records, asked, open_, last_day_for(records, "register.due_days", last_day(month)))


RULES = {
    "P8-3.1": Rule(("EC", "payments"), _paid_after_approval, "paid_after_approval"),
    "P8-3.2": Rule(("EC",), _numbered, "vouchers_whole"),
    "P8-3.3": Rule(("EC",), all_of(signed("EC", "department_head"), _major), "claims_signed"),
    "P8-3.4": Rule(("EC",), signed("EC", "finance_audit"), "audited"),
    "P9-1": Rule(("TR", "SR", "EC"), all_of(signed("TR"), signed("SR"), signed("EC")), "all_signed"),
    "P9-2": Rule(("TR", "trip"), all_of(signed("TR"), _started_after_approval), "trips_approved"),
    "P9-3.1": Rule(("FR",), signed("FR"), "both_agreed"),
    "P9-3.2a": Rule(("SR",), _agreed_before_spending, "agreed_before"),
    "P9-3.2b": Rule(("SR",), in_time("SR", "record"), "recorded_same_day"),
    "P9-3.2c": Rule(("SR",), holds("SR", _has_invoice_or_leave, when=_gift, at="approved"), "gifts"),
    "P9-4a": Rule(("EC",), _numbered, "vouchers_whole"),
    "P9-4b": Rule(("EC",), holds("EC", _claims_by_trip, when=_travel, at="approved"), "claims_by_trip"),
    "P9-4c": Rule(
        ("EC",),
        signed(
            "EC",
            "clerk",
            "department_head",
            "vice_president",
            "office_director",
            "finance_vp",
            "finance_audit",
            when=_travel,
        ),
        "travel_route",
    ),
    "P9-5a": Rule(("CA",), all_of(signed("CA"), filled("CA", "purpose", at="approved")), "advances_signed"),
    "P9-5b": Rule(("CA", "open_advances"), _cleared, "advances_cleared"),
    "P9-6a": Rule(("MR",), _registers, "registers_sent"),
    "P9-6b": Rule(("MR",), signed("MR"), "registers_reviewed"),
}
