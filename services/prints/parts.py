"""What stands on the parts request (P3-2.4b): material, quantity, model, arrival, direct to site or not, contact."""

from typing import Any

from sqlmodel import Session

from models import Document, Part, PartsRequest, PartsRequestForm, RequestedPart, RequestedPartForm
from services.documents.lookups import names
from services.prints.values import breakable, day, detail, fen, lines, short_day
from services.texts import said, text

Data = dict[str, Any]


def parts_data(session: Session, document: Document, language: str) -> Data:
    """The parts request (配件需求), with what became of each part."""
    request = detail(session, document, PartsRequest, PartsRequestForm)
    found = lines(session, document, "lines", RequestedPart, RequestedPartForm)
    return {
        "serves": request.serves or "",
        "site": breakable(request.site),
        "contact": breakable(request.contact),
        "contact_phone": breakable(request.contact_phone),
        "direct": text(language, "word.yes" if request.direct else "word.no"),
        "remarks": breakable(request.remarks),
        "fen": fen(document.amount),
        "lines": [_line(session, line, language) for line in found],
        "shipments": [
            {"date": day(at, language), "carrier": breakable(carrier), "waybill": breakable(waybill)}
            for at, carrier, waybill in (
                (request.shipped_on, request.carrier, request.waybill),
                (request.bought_shipped_on, request.bought_carrier, request.bought_waybill),
            )
            if at
        ],
        "received_on": day(request.received_on, language),
        "receipt_note": breakable(request.receipt_note),
    }


def _line(session: Session, line: RequestedPart, language: str) -> Data:
    part = session.get(Part, line.part_id) if line.part_id else None
    supplier = names(session, "supplier", [line.supplier_id], language).get(line.supplier_id or 0, "")
    price = line.unit_price if line.ordered_price is None else line.ordered_price
    return {
        "name": breakable(part.name if part else line.part_name),
        "model": breakable(part.model if part else line.part_model),
        "off_list": part is None,
        "quantity": f"{line.quantity or ''} {part.unit if part else ''}".strip(),
        "price": fen(price),
        "needed_on": short_day(line.needed_on),
        "source": said(language, line.source) if line.source else "",
        "supplier": breakable(supplier),
    }
