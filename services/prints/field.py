"""What stands on the papers from the site: the field report (P9-3.1)."""

from typing import Any

from sqlmodel import Session

from models import Document, FieldReport, FieldReportForm
from services.prints.values import breakable, day, detail
from services.texts import text

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
