"""What the author of a paper does with it: send it, take it back, give it up, remind those who are asked."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from models import Attachment, State, Task
from services.database import one_at_a_time
from services.documents import KINDS
from services.documents.filling import fill
from services.documents.numbers import next_number
from services.documents.papers import content_digest, drawn_of, fill_in, raw_of, write
from services.documents.warned import unexplained
from services.engine.action import Act
from services.engine.asked import people_asked
from services.engine.flow import (
    Journey,
    advance,
    close_open_tasks,
    end,
    guard,
    must_be_seated,
    signed_otherwise,
    undo_signatures,
)
from services.engine.offers import reminded_since
from services.engine.reversing import give_up
from services.engine.versions import fix_route
from services.errors import Invalid, Refused
from services.notices import tell
from services.routes import RETURN, position
from services.settings import setting


def submit(doing: Act) -> None:
    """Send a paper: checked whole, numbered, its route fixed, its first step opened.

    A paper that was returned and says the same as before goes on where it was returned; one that says anything else
    goes back through every step that had signed it.
    """
    session, document, now, journey = doing.session, doing.document, doing.now, doing.journey
    one_at_a_time(session, f"submit {document.kind}")  # else two trips could overlap, each unseen by the other
    raw = document.draft if document.draft is not None else raw_of(session, document)
    filled, faults = fill(session, doing.user, KINDS[document.kind], raw, now, document)
    if faults := faults or unexplained(KINDS[document.kind], filled):
        raise Invalid(faults)
    returned = _returned_last(journey) if document.state == State.RETURNED else None
    write(session, document, filled)
    document.draft = None
    if document.number is None:
        document.number = next_number(session, document.kind, now)
    document.submitted_at, document.round = now, document.round + 1
    with session.no_autoflush:  # which route holds, and who is seated on it, hangs on nothing that is written here
        route = journey.route if returned else fix_route(session, document, now)
    resumes = returned.step if returned and _says_the_same(journey, returned) else None
    start = position(route, resumes) if resumes else 0
    undo_signatures(journey, start)
    with session.no_autoflush:
        must_be_seated(journey, route[start:])
    advance(journey, start)
    doing.data |= {"content": raw | drawn_of(KINDS[document.kind], filled), "resumed_at": resumes if start else None}


def withdraw(doing: Act) -> None:
    """Take a paper back before it is approved: it lies with its author again, and every signature is asked anew."""
    if doing.document.state == State.REVERSING:
        give_up(doing)
        return
    guard(doing.journey, doing.action.key)
    close_open_tasks(doing.journey)
    undo_signatures(doing.journey, 0)
    doing.document.state, doing.document.step = State.WITHDRAWN, None
    doing.document.draft = raw_of(doing.session, doing.document)


def cancel(doing: Act) -> None:
    """Give a paper up for good. A draft that was never sent just goes away."""
    guard(doing.journey, doing.action.key)
    end(doing.journey, State.CANCELLED)
    effect = KINDS[doing.document.kind].effects.get("cancelled")
    if effect and doing.document.approved_at:
        effect(doing.session, doing.document, doing.now)


def supplement(doing: Act) -> None:
    """Say what may still be said while others decide: the kind's `said_later`, checked like the rest of the paper."""
    session, document = doing.session, doing.document
    names = [name for name in KINDS[document.kind].said_later if name in doing.answers]
    raw = raw_of(session, document) | {name: doing.answers[name] for name in names}
    filled, faults = fill(session, doing.user, KINDS[document.kind], raw, doing.now, document)
    if theirs := [fault for fault in faults if fault.table is None and fault.field in names]:
        raise Invalid(theirs)
    doing.data["changed"] = fill_in(session, document, {name: filled.values[name] for name in names}, {})


def remind(doing: Act) -> None:
    """Tell those who are asked that the author waits; not more often than every [4] hours."""
    hours = setting(doing.session, "remind.hours", doing.now)
    if last := reminded_since(doing.journey, timedelta(hours=hours)):
        raise Refused("action.reminded_lately", at=last.at, hours=hours)
    told = people_asked(doing.journey)
    tell(doing.session, told - {doing.user.id}, "reminded", doing.document, doing.now, by=doing.user.name)
    doing.data["told"] = sorted(told)


def _returned_last(journey: Journey) -> Task | None:
    """The task that returned the paper last."""
    return next((task for task in reversed(journey.tasks) if task.outcome == RETURN), None)


def _says_the_same(journey: Journey, returned: Task) -> bool:
    """Does the paper say what those who signed it read? A file is content where its author brings or removes it; where
    somebody looks after it in his place, whatever he brought or removed since it was returned.
    """
    session, document = journey.session, journey.document
    if signed_otherwise(journey.tasks, content_digest(session, document), document.amount):
        return False
    keepers = select(Attachment.id).where(
        Attachment.document_id == document.id,
        Attachment.uploaded_by_id == document.keeper_id,
        sa.or_(col(Attachment.uploaded_at) >= returned.closed_at, col(Attachment.removed_at) >= returned.closed_at),
    )
    return document.keeper_id is None or session.exec(keepers).first() is None
