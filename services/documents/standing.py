"""Papers of which only one may stand: taken and let go in the act that changes the paper's state (P7-4, P7-6)."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, StandingBudget, State
from services.database import rows
from services.errors import Fault, Invalid
from services.upsert import insert_into

NOT_STANDING = (State.DRAFT, State.WITHDRAWN, State.REJECTED, State.CANCELLED, State.REVERSED)


def hold(session: Session, document: Document, key: str, fault: Fault) -> None:
    """Take the key of a paper that stands, or let go of that of one that stands no more.

    The key is unique: where another paper was quicker in the same instant, this one is refused with the fault.
    """
    free = sa.delete(StandingBudget).where(col(StandingBudget.document_id) == document.id)
    if document.state in NOT_STANDING:
        session.execute(free)
        return
    session.execute(free.where(col(StandingBudget.key) != key))
    take = insert_into(session, StandingBudget).on_conflict_do_nothing()
    rows(session, take, {"key": key, "document_id": document.id})
    if standing(session, key) != document.id:
        raise Invalid([fault])


def standing(session: Session, key: str) -> int | None:
    """The id of the paper that stands under a key."""
    return session.exec(select(StandingBudget.document_id).where(StandingBudget.key == key)).first()
