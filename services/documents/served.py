"""Which case a paper serves, and which papers serve a case: named by its number, as it was typed (P4-2.4), or chosen
as what the paper is about.
"""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document
from services.documents import KINDS
from services.documents.cases import CASES
from services.documents.papers import detail_of


def served_or_serving(session: Session, document: Document) -> list[Any]:
    """Papers that are tied to this one by a number, or that are about it: selects of their ids, each by an index."""
    tied = []
    detail = detail_of(session, document)
    if "serves" in KINDS[document.kind].table.model_fields:
        number = "".join((getattr(detail, "serves", None) or "").upper().split())
        tied += [sa.select(col(Document.id)).where(col(Document.number) == number)] if number else []
    if document.number is not None and document.kind in CASES:
        tied += [_naming(table, document.number) for table in _serving()]
    if about := getattr(detail, "about_id", None):
        tied.append(sa.select(col(Document.id)).where(col(Document.id) == about))
    return [*tied, *(sa.select(one.document_id).where(one.about_id == document.id) for one in _about())]


def _naming(table: Any, number: str) -> Any:
    return sa.select(table.document_id).where(sa.func.upper(sa.func.trim(table.serves)) == number)


@cache
def _serving() -> tuple[Any, ...]:
    return tuple(kind.table for kind in KINDS.values() if "serves" in kind.table.model_fields)


@cache
def _about() -> tuple[Any, ...]:
    return tuple(kind.table for kind in KINDS.values() if "about_id" in kind.table.model_fields)
