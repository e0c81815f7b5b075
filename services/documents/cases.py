"""The case that a paper serves: a complaint or a service order, named by its number as on the phone (P4-2.4)."""

from collections.abc import Iterator

from sqlmodel import Session, select

from models import Complaint, Document
from services.documents.kind import Filled
from services.errors import Fault

CASES = ("CP", "SO")
"""Kinds of papers that are a case."""


def number_of_case(typed: str | None) -> str | None:
    """A number as it is stored, in whatever case and spacing it is typed."""
    return "".join((typed or "").upper().split()) or None


def case_named(session: Session, typed: str | None) -> Document | None:
    """The case of a number; whoever names one need not be one who may read it."""
    number = number_of_case(typed)
    if number is None:
        return None
    document = session.exec(select(Document).where(Document.number == number)).first()
    return document if document and document.kind in CASES else None


def handler_of(session: Session, typed: str | None) -> int | None:
    """Who handles the complaint of a number; nobody where it has no handler (yet), or is another case."""
    case = case_named(session, typed)
    complaint = session.get(Complaint, case.id) if case else None
    return complaint.handler_id if complaint else None


def a_case_is_named(filled: Filled) -> Iterator[Fault]:
    """Where a number is given there is such a case (P4-2.4)."""
    if filled.has("serves") and case_named(filled.session, filled.values["serves"]) is None:
        yield Fault("serves", "fault.no_such_case")
