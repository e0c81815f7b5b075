"""A paper that goes on by what happens to another: its step is asked no longer, or asked again."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Document, State
from services.attachments import hashes
from services.audit import record
from services.engine.ahead import applies
from services.engine.asked import tell_opened
from services.engine.flow import Journey, advance, close_open_tasks, journey_of
from services.notices import tell
from services.routes import position


def follow(
    session: Session, document: Document, now: datetime, *, action: str, note: str = "", data: dict[str, Any]
) -> None:
    """What a step waits for came, or is lost again, by another paper: the paper follows, and its trail says so.

    The caller holds the document and has written what changed.
    """
    journey, before = journey_of(session, document, now), document.state
    if document.state == State.RUNNING:
        _leave(journey)
    elif document.state == State.DONE:
        _ask_again(journey)
    document.version += 1
    session.add(document)
    facts = data | {"state": [before.value, document.state.value], "version": document.version}
    facts["files"] = hashes(session, document)
    if document.amount is not None:
        facts["amount"] = f"{document.amount:.2f}"
    record(session, now=now, action=action, document=document, step=document.step, note=note, data=facts)
    tell_opened(journey, None)
    if document.state == State.DONE:
        tell(session, {document.applicant_id, document.created_by_id}, "done", document, now, by="")


def _leave(journey: Journey) -> None:
    step = journey.step(journey.document.step or "")
    if step.asked_while and not applies(journey.session, step, journey.case, journey.now):
        close_open_tasks(journey)
        advance(journey, position(journey.route, step.key))


def _ask_again(journey: Journey) -> None:
    """A finished paper is taken up where its last step is to be asked again."""
    route, case = journey.route, journey.case
    again = [step for step in route if step.asked_while and applies(journey.session, step, case, journey.now)]
    if again:
        journey.document.closed_at = None
        advance(journey, position(route, again[-1].key))
