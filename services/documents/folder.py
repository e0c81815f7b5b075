"""A trip as a folder: every paper that belongs to it, what money was asked for and spent, and what is still missing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, ExpenseType, Person, SpendingKind, State, TravelEstimate, TravelRequest
from services.access import load_document, visible_documents
from services.documents import KINDS
from services.documents.claim_requests import claimed_under
from services.documents.kind import FollowUp
from services.documents.papers import detail_of
from services.documents.payable import payable
from services.documents.travel_request import OVER
from services.errors import Refused
from services.money import wants
from services.people import local_day

_NOTHING = Decimal("0.00")
ASKED = ("TR", "SR")
"""Kinds that ask for money before it is spent; a claim says what was spent."""


@dataclass(frozen=True)
class Missing:
    """Something that the trip still wants: a text key and its facts."""

    key: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Share:
    """What one of the crew claims on the trip, as far as the reader may see it."""

    name: str
    claims: tuple[Document, ...]
    claimed: Decimal
    spent: Decimal


@dataclass(frozen=True)
class Folder:
    """What lies in the folder of a trip for one reader."""

    trip: Document
    request: TravelRequest
    papers: tuple[Document, ...]
    """All that belong to the trip, the request first, and that the reader may read."""
    asked: Decimal
    approved: Decimal
    spent: Decimal
    shares: tuple[Share, ...]
    missing: tuple[Missing, ...]

    @property
    def still_open(self) -> Decimal:
        """Agreed to and not spent: nothing once all has been claimed and audited."""
        waiting = any(one.kind not in ASKED and one.state == State.RUNNING for one in self.papers) or self.missing
        return max(self.approved - self.spent, _NOTHING) if waiting else _NOTHING


def folder_of(session: Session, user: Person, number: str, now: datetime) -> Folder:
    """The folder of a trip that the user may read. Raises `Refused` where there is none for him."""
    trip = load_document(session, user, now, number=number)
    if trip.kind != "TR":
        raise Refused("access.not_found", number=number)
    request = session.get_one(TravelRequest, trip.id)
    papers = (trip, *_papers(session, user, trip, now))
    standing = [one for one in papers if one.state not in OVER]
    asked = [one for one in standing if one.kind in ASKED and one.number]
    return Folder(
        trip=trip,
        request=request,
        papers=papers,
        asked=_wanted(session, asked),
        approved=_wanted(session, [one for one in asked if one.approved_at]),
        spent=sum((_spent(session, one) for one in standing), _NOTHING),
        shares=tuple(_share(session, person, standing) for person in _crew(session, request)),
        missing=tuple(_missing(session, trip, request, now)),
    )


def trip_number(session: Session, user: Person, document: Document, now: datetime) -> str | None:
    """The number of the trip that a paper belongs to, be it the trip itself, where the user may read it."""
    detail = detail_of(session, document)
    id = getattr(detail, "trip_id", None) or getattr(detail, "changes_id", None)
    if document.kind == "TR" and id is None:
        return document.number
    found = session.exec(visible_documents(session, user, now).where(Document.id == id)).first() if id else None
    return found.number if found else None


def offered_from(
    session: Session, user: Person, source: Document, related: list[Document], now: datetime
) -> list[FollowUp]:
    """What the user may start from a paper, beside what he has begun from it already."""
    gone = (State.REJECTED, State.CANCELLED, State.REVERSED)
    begun = {one.kind for one in related if one.applicant_id == user.id and one.state not in gone}
    return [
        one
        for one in KINDS[source.kind].follow_ups
        if (one.several or one.kind not in begun) and one.offered(session, user, source, now)
    ]


def _papers(session: Session, user: Person, trip: Document, now: datetime) -> list[Document]:
    """Whatever was started from the trip or names it, whichever kind it is."""
    named = [
        sa.select(kind.table.document_id).where(kind.table.trip_id == trip.id)  # type: ignore[attr-defined]
        for kind in KINDS.values()
        if "trip_id" in kind.table.model_fields
    ]
    belongs = sa.or_(col(Document.source_id) == trip.id, *(col(Document.id).in_(one) for one in named))
    found = visible_documents(session, user, now).where(belongs, col(Document.id) != trip.id)
    sent = sa.or_(col(Document.number).is_not(None), col(Document.state) != State.CANCELLED)
    return list(session.exec(found.where(sent).order_by(col(Document.id))))


def _crew(session: Session, request: TravelRequest) -> list[Person]:
    return [session.get_one(Person, id) for id in (request.traveller_id, *request.companions)]


def _share(session: Session, person: Person, standing: list[Document]) -> Share:
    claims = tuple(one for one in standing if one.kind == "EC" and one.applicant_id == person.id)
    claimed = sum((one.amount or _NOTHING for one in claims), _NOTHING)
    return Share(person.name, claims, claimed, sum((_spent(session, one) for one in claims), _NOTHING))


def _wanted(session: Session, papers: list[Document]) -> Decimal:
    """What trip and requests come to: what the estimate foresaw of a type and a request asks for in detail counts once
    (P9-3.2a).
    """
    foreseen: dict[int | None, Decimal] = {}
    requested: dict[int | None, Decimal] = {}
    for paper in papers:
        stored, sums = (wants.stored_trip, foreseen) if paper.kind == "TR" else (wants.stored_request, requested)
        for want in stored(session, paper):
            kind = want.cost.expense_type_id
            sums[kind] = sums.get(kind, _NOTHING) + want.cost.amount
    kinds = foreseen.keys() | requested.keys()
    return sum((max(foreseen.get(one, _NOTHING), requested.get(one, _NOTHING)) for one in kinds), _NOTHING)


def _spent(session: Session, paper: Document) -> Decimal:
    """What a claim comes to once it is audited; nothing else spends."""
    return (payable(session, paper) or _NOTHING) if paper.kind == "EC" and paper.approved_at else _NOTHING


def _missing(session: Session, trip: Document, request: TravelRequest, now: datetime) -> Iterator[Missing]:
    if trip.approved_at is None or trip.state in OVER:
        return
    today = local_day(now)
    if request.returned_on is None and request.last_planned < today:
        yield Missing("folder.missing.return", {"day": request.last_planned})
    if request.first_planned <= today and _needs_report(session, request) and not _standing(session, "FR", trip):
        yield Missing("folder.missing.report")
    yield from _requests_in_hand(session, trip, request)
    if request.returned_on and request.returned_on < today:
        claimed = {one.applicant_id for one in _standing(session, "EC", trip)}
        for person in _crew(session, request):
            if person.id not in claimed:
                days = (today - request.returned_on).days
                yield Missing("folder.missing.claim", {"name": person.name, "count": days})


def _needs_report(session: Session, request: TravelRequest) -> bool:
    """Does it serve a complaint, or is money for a repair foreseen? Then something is found on site (P9-3.1)."""
    if request.serves:
        return True
    repairs = (
        select(TravelEstimate.id)
        .join(ExpenseType, col(ExpenseType.id) == TravelEstimate.expense_type_id)
        .where(TravelEstimate.document_id == request.document_id, ExpenseType.spending == SpendingKind.REPAIR)
    )
    return session.exec(repairs).first() is not None


def _requests_in_hand(session: Session, trip: Document, request: TravelRequest) -> Iterator[Missing]:
    """Agreed and not recorded; recorded, and the traveller has come back without claiming it."""
    requests = _standing(session, "SR", trip)
    used = claimed_under(session, [one.id for one in requests])
    for one in requests:
        if one.step == "record":
            yield Missing("folder.missing.record", {"number": one.number})
        elif one.state == State.DONE and request.returned_on and one.id not in used:
            yield Missing("folder.missing.unclaimed", {"number": one.number})


def _standing(session: Session, code: str, trip: Document) -> list[Document]:
    """All papers of a kind that stand on the trip, whoever may read them: what is there is not missing."""
    table: Any = KINDS[code].table
    statement = select(Document).join(table, table.document_id == Document.id).where(table.trip_id == trip.id)
    return list(session.exec(statement.where(col(Document.state).not_in(OVER)).order_by(col(Document.id))))
