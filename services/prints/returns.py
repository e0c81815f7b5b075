"""What stands on the return slip (P1-6.4)."""

from typing import Any

from sqlmodel import Session

from models import Document, Return, ReturnForm
from services.documents.lookups import names
from services.prints.values import breakable, day, detail, fen
from services.texts import said, text

Data = dict[str, Any]


def return_data(session: Session, document: Document, language: str) -> Data:
    """The return slip (退换货单): what, why, what was found, what was decided."""
    row = detail(session, document, Return, ReturnForm)
    customer = names(session, "customer", [row.customer_id], language).get(row.customer_id or 0, "")
    product = names(session, "product", [row.product_id], language).get(row.product_id or 0, "")
    return {
        "serves": row.serves or "",
        "customer": breakable(customer),
        "product": breakable(product),
        "serial": breakable(row.serial),
        "quantity": str(row.quantity or ""),
        "kind": said(language, row.return_kind) if row.return_kind else "",
        "reason": breakable(row.reason),
        "sold_on": day(row.sold_on, language),
        "in_period": text(language, "word.no" if row.out_of_period else "word.yes"),
        "paid_fen": fen(row.paid_price),
        "refund_fen": fen(row.refund_amount),
        "inspection": said(language, row.inspection) if row.inspection else "",
        "inspection_note": breakable(row.inspection_note),
        "exception_reason": breakable(row.exception_reason),
        "received_on": day(row.received_on, language),
        "receipt_note": breakable(row.receipt_note),
        "refunded_on": day(row.refunded_on, language),
        "refund_reference": breakable(row.refund_reference),
    }
