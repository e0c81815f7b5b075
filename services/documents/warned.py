"""What a paper was warned of when it was sent, with its author's reasons: kept with it, shown to whoever signs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, PaperWarning, Person, State
from services.documents.kind import DocumentType, Filled
from services.errors import Fault, Term, Warned
from services.money.stops import OVER, put_down_warning


@dataclass(frozen=True)
class Explained:
    """A warning as it is read beside the paper, with the reason its author gave, where he gave one."""

    warned: Warned
    reason: str | None


def unexplained(kind: DocumentType, filled: Filled) -> list[Fault]:
    """The warnings without a reason: each is a fault until one is given."""
    found = kind.warnings(filled) if kind.warnings else ()
    return [Fault("reasons", "fault.reason_needed") for one in found if one.mark not in filled.reasons]


def keep_warnings(session: Session, document: Document, found: Iterable[Warned], filled: Filled) -> None:
    """Keep what a paper that is sent was warned of; what an earlier sending was warned of goes. What the control of the
    budget said is on record for good.
    """
    reasons = filled.reasons
    for old in _kept(session, document):
        session.delete(old)
    session.flush()
    for one in {one.mark: one for one in found}.values():
        fault = one.fault
        session.add(
            PaperWarning(
                document_id=document.id,
                mark=one.mark,
                table_name=fault.table,
                line=fault.line,
                key=fault.key,
                facts={name: _packed(fact) for name, fact in fault.facts.items()},
                reason=reasons.get(one.mark, ""),
            )
        )
        if fault.key.startswith(OVER):
            why = reasons.get(one.mark, "")
            put_down_warning(session, document, filled.user.id, fault.facts, why, filled.now)


def reasons_of(session: Session, document: Document) -> dict[str, str]:
    """The reasons that were given, by mark."""
    return {one.mark: one.reason for one in _kept(session, document) if one.reason}


def explained(
    session: Session, reader: Person, document: Document, kind: DocumentType, now: datetime
) -> list[Explained]:
    """What is odd about a paper: found anew while it is on its way, and afterwards as it was when it was sent."""
    if kind.watched is None or document.number is None:
        return []
    kept = _kept(session, document)
    if document.state == State.RUNNING:
        reasons = {one.mark: one.reason for one in kept}
        return [Explained(one, reasons.get(one.mark)) for one in kind.watched(session, reader, document, now)]
    return [Explained(_warned(one), one.reason) for one in kept]


def _kept(session: Session, document: Document) -> list[PaperWarning]:
    return list(session.exec(_OF_PAPER, params={"document_id": document.id}))


def _warned(one: PaperWarning) -> Warned:
    facts = {name: _unpacked(fact) for name, fact in one.facts.items()}
    return Warned(one.mark, Fault("", one.key, facts, one.table_name, one.line))


def _packed(fact: Any) -> Any:
    """A fact as JSON keeps it, so that a day, an amount and a term are read again as what they were."""
    if isinstance(fact, Decimal):
        return {"amount": f"{fact:.2f}"}
    if isinstance(fact, Term):
        return {"term": fact.key}
    return {"day": fact.isoformat()} if isinstance(fact, date) else fact


def _unpacked(fact: Any) -> Any:
    match fact:
        case {"amount": str(amount)}:
            return Decimal(amount)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case {"term": str(key)}:
            return Term(key)
    return fact


_OF_PAPER = (
    select(PaperWarning).where(PaperWarning.document_id == sa.bindparam("document_id")).order_by(col(PaperWarning.id))
)
