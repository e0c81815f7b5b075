"""What a paper comes to: its amount, and once an audit has found another sum payable, that sum (P8-3.4)."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document
from services.documents import KINDS
from services.documents.papers import detail_of


def payable(session: Session, document: Document) -> Decimal | None:
    """Yuan that are paid on a paper, as far as is known; what was applied for or claimed stays its amount."""
    name = KINDS[document.kind].payable
    detail = detail_of(session, document) if name else None
    found: Decimal | None = getattr(detail, name) if name and detail else None
    return document.amount if found is None else found


def payable_column(code: str | None = None) -> Any:
    """The same for every header of a query, to show, sort and sum up by; `code` where all are of one kind."""
    found: list[Any] = []
    for kind in KINDS.values():
        if kind.payable and code in (None, kind.code):
            table: Any = kind.table
            own = sa.select(getattr(table, kind.payable)).where(table.document_id == Document.id)
            found.append(own.correlate(Document).scalar_subquery())
    return sa.func.coalesce(*found, col(Document.amount)) if found else col(Document.amount)
