"""What stands on the service voucher (服务凭证): before the visit with room to write, after it with what was done and
the customer's signature (P6-8b, P6-9a).
"""

import base64
from typing import Any

from sqlmodel import Session

from models import Attachment, Document, OrderPart, OrderPartForm, ServiceOrder, ServiceOrderForm
from services.capitals import in_capitals
from services.documents.lookups import names
from services.prints.values import breakable, day, detail, fen, lines, moment
from services.texts import said, text

Data = dict[str, Any]
LEAST_PARTS = 4
"""Lines for parts on a voucher that is not filled in yet."""


def voucher(session: Session, document: Document, language: str) -> Data:
    own = detail(session, document, ServiceOrder, ServiceOrderForm)
    parts = lines(session, document, "parts", OrderPart, OrderPartForm)
    customer = names(session, "customer", [own.customer_id], language).get(own.customer_id or 0, "")
    product = names(session, "product", [own.product_id], language).get(own.product_id or 0, "")
    technician = names(session, "person", [own.technician_id], language).get(own.technician_id or 0, "")
    drawn: list[Data] = [
        {
            "name": breakable(part.part_name),
            "model": breakable(part.part_model),
            "quantity": str(part.quantity),
            "fen": fen(part.unit_price),
        }
        for part in parts
    ]
    blank: Data = {"name": "", "model": "", "quantity": "", "fen": None}
    planned = f"{moment(own.planned_from)} - {moment(own.planned_until)}" if own.planned_from else ""
    cover = [said(language, own.warranty), day(own.warranty_until, language) if own.warranty_until else ""]
    return {
        "customer": breakable(customer),
        "contact": breakable(" ".join(filter(None, (own.contact, own.contact_phone)))),
        "address": breakable(own.address),
        "received_at": moment(own.received_at),
        "product": breakable(product),
        "serial": breakable(own.serial),
        "warranty": " ".join(filter(None, cover)),
        "contract": breakable(own.contract_number),
        "work_kind": said(language, own.work_kind),
        "category": said(language, own.category),
        "fault": breakable(own.fault),
        "technician": technician,
        "planned": planned,
        "worked_on": day(own.worked_on, language) if own.worked_on else "",
        "hours": f"{own.work_hours:.1f}" if own.work_hours else "",
        "work_done": breakable(own.work_done),
        "result": text(language, f"visit_result.{own.visit_result}") if own.visit_result else _choices(language),
        "parts": drawn or [blank] * LEAST_PARTS,
        "fee": fen(own.fee),
        "capitals": in_capitals(own.fee) if own.fee else "",
        "collected": fen(own.collected_amount),
        "signed_by": breakable(own.signed_by),
        "signature": _picture(session, own.signature_id),
    }


def _choices(language: str) -> str:
    """Boxes to tick by hand."""
    return "\n".join(f"\u25a1 {text(language, f'visit_result.{one}')}" for one in ("solved", "unfinished"))


def _picture(session: Session, attachment_id: int | None) -> str:
    """The customer's signature as an SVG with the picture in it; nothing where he has not signed yet."""
    from services.attachments import store  # files ask who may read, which asks the registry, which leads to this file

    file = session.get(Attachment, attachment_id) if attachment_id else None
    if file is None or file.media_type not in ("image/png", "image/jpeg"):
        return ""
    data = base64.b64encode(store.get(file.sha256)).decode()
    picture = f'<image width="600" height="200" href="data:{file.media_type};base64,{data}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="200">{picture}</svg>'
