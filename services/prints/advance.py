"""What stands on the payment request (P9-5a)."""

from typing import Any

from sqlmodel import Session

from models import CashAdvance, CashAdvanceForm, Document
from services.capitals import in_capitals
from services.documents.advances import NOTHING, balance
from services.prints.values import breakable, day, detail, fen, name_of, payments_of

Data = dict[str, Any]


def advance_data(session: Session, document: Document, language: str) -> Data:
    """The payment request (支款申请单): how much, what for, by when it is settled, and what became of it (P9-5a)."""
    advance = detail(session, document, CashAdvance, CashAdvanceForm)
    trip = session.get(Document, advance.trip_id) if advance.trip_id else None
    now_it_is = balance(session, document.id)
    return {
        "purpose": breakable(advance.purpose),
        "payee": name_of(session, document.applicant_id),
        "trip_number": (trip.number if trip else None) or "",
        "wanted_by": day(advance.wanted_by, language),
        "repay_by": day(advance.repay_by, language),
        "bank_name": breakable(advance.bank_name),
        "bank_account": breakable(advance.bank_account),
        "fen": fen(advance.requested or NOTHING),
        "capitals": in_capitals(advance.requested or NOTHING),
        "payments": payments_of(session, document, language),
        "paid": fen(now_it_is.paid),
        "settled": fen(now_it_is.settled),
        "returned": fen(now_it_is.returned),
        "open": fen(now_it_is.open),
    }
