"""What stands on the papers from the site: the field report (P9-3.1) and the spending request (P9-3.2)."""

from typing import Any

from sqlmodel import Session

from models import Document, ExpenseType, FieldReport, FieldReportForm, SpendingRequest, SpendingRequestForm
from services.capitals import in_capitals
from services.documents.phone_agreements import calls
from services.prints.values import breakable, day, detail, fen, moment, names_of
from services.texts import said, text

Data = dict[str, Any]


def report_data(session: Session, document: Document, language: str) -> Data:
    """The field report (现场问题汇报): what was found, checked, thought, and is to be done (P9-3.1)."""
    report = detail(session, document, FieldReport, FieldReportForm)
    trip = session.get(Document, report.trip_id) if report.trip_id else None
    return {
        "trip_number": (trip.number if trip else None) or "",
        "trip_title": breakable(trip.title if trip else ""),
        "looked_on": day(report.looked_on, language),
        "product": breakable(report.product),
        "serves": breakable(report.serves),
        "product_state": breakable(report.product_state),
        "verified_with": breakable(report.verified_with),
        "verified": breakable(report.verified),
        "opinion": breakable(report.opinion),
        "repair": text(language, "word.yes" if report.repair else "word.no"),
        "proposal": breakable(report.proposal),
    }


def spending_data(session: Session, document: Document, language: str) -> Data:
    """The spending request (费用请示): what both agreed to, be it by phone, and what really happened (P9-3.2)."""
    request = detail(session, document, SpendingRequest, SpendingRequestForm)
    trip = session.get(Document, request.trip_id) if request.trip_id else None
    kind = session.get(ExpenseType, request.expense_type_id) if request.expense_type_id else None
    return {
        "trip_number": (trip.number if trip else None) or "",
        "trip_title": breakable(trip.title if trip else ""),
        "serves": breakable(request.serves),
        "spending": said(language, request.spending),
        "type": (kind.name_en if language == "en" else kind.name) if kind else "",
        "fen": fen(request.asked_amount),
        "capitals": in_capitals(request.asked_amount) if request.asked_amount else "",
        "planned_on": day(request.planned_on, language),
        "matter": breakable(request.matter),
        "guests": breakable(request.guests),
        "headcount": request.headcount,
        "invoice": text(language, "word.yes" if request.invoice else "word.no"),
        "no_invoice": not request.invoice,
        "no_invoice_reason": breakable(request.no_invoice_reason),
        "no_invoice_handling": breakable(request.no_invoice_handling),
        "call": _call(session, document, language),
        "spent_on": day(request.spent_on, language),
        "spent_place": breakable(request.spent_place),
        "spent_fen": fen(request.spent_amount),
        "spent_matter": breakable(request.spent_matter),
        "spent_guests": breakable(request.spent_guests),
        "spent_headcount": request.spent_headcount,
    }


def _call(session: Session, document: Document, language: str) -> str:
    """Who agreed by phone, when, and whether that was confirmed in time."""
    call = calls(session, [document.id]).get(document.id)
    if call is None:
        return ""
    facts = {"names": names_of(session, call.people, language), "at": moment(call.at), "due": moment(call.due_at)}
    if call.confirmed_at is None:
        return text(language, "print.call_open", **facts)
    key = "print.call_late" if call.late else "print.call_confirmed"
    return text(language, key, **facts, confirmed=moment(call.confirmed_at))
