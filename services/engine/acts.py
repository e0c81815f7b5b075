"""The one door: `actions_for` says what a person may do with a document now, `act` does it and nothing else does.

`act` asks the same question again inside the write transaction, then writes state, task, event, effects and notices
together.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models import Document, Event, Person, State, TaskState
from services.access import load_document
from services.attachments import hashes
from services.audit import record
from services.delegation import ended_lately
from services.documents import KINDS
from services.documents.filling import visible
from services.documents.kind import Lines
from services.engine import asking, promises, reversing, sending, signing
from services.engine.action import (
    ASK_AFTER,
    ASK_BEFORE,
    CALL_BACK,
    CANCEL,
    COMMENT,
    PAUSE,
    RECALL,
    REMIND,
    REOPEN,
    RESUME,
    REVERSE,
    SAYS_ONLY,
    SUBMIT,
    SUPPLEMENT,
    TAKE_BACK,
    TRANSFER,
    WITHDRAW,
    Act,
    Action,
)
from services.engine.asked import tell_opened
from services.engine.flow import Journey, journey_of, refresh_due, take
from services.engine.offers import candidates, offers
from services.engine.own_lines import lines_to_fill
from services.errors import Fault, Invalid, Refused, Term
from services.money.stops import written_down
from services.notices import mark_read, tell
from services.routes import REJECT, RETURN

LONGEST_NOTE = 2000

_DO: dict[str, Callable[[Act], None]] = {
    SUBMIT: sending.submit,
    WITHDRAW: sending.withdraw,
    CANCEL: sending.cancel,
    REMIND: sending.remind,
    SUPPLEMENT: sending.supplement,
    RETURN: signing.give_paper_back,
    REJECT: signing.reject,
    TRANSFER: asking.transfer,
    ASK_BEFORE: asking.ask_before,
    ASK_AFTER: asking.ask_after,
    RECALL: asking.recall,
    CALL_BACK: signing.call_back,
    PAUSE: asking.pause,
    RESUME: asking.resume,
    COMMENT: asking.comment,
    TAKE_BACK: reversing.take_back,
    REOPEN: reversing.take_up_again,
    REVERSE: reversing.ask_for_reversal,
}
"""What is done for each act; every other key is an outcome of the step that is signed."""


def actions_for(session: Session, user: Person, document: Document, now: datetime) -> tuple[Action, ...]:
    """What the user may do with the document now, the likeliest first. Asked from the database every time."""
    return tuple(offers(journey_of(session, document, now), user))


def candidates_for(session: Session, user: Person, document: Document, action: Action, now: datetime) -> list[Person]:
    """The colleagues to whom the user may give an action that needs one."""
    return candidates(journey_of(session, document, now), user, action)


def lines_for(session: Session, document: Document, action: Action, table: Lines, now: datetime) -> list[Any]:
    """The lines of a table that the user fills in with an action of his."""
    journey = journey_of(session, document, now)
    return lines_to_fill(journey, journey.task(action.task_id), table)


def act(
    session: Session,
    user: Person,
    document_id: int,
    action: str,
    *,
    now: datetime,
    seen: int | None = None,
    note: str = "",
    to: str | None = None,
    person: int | None = None,
    mention: Sequence[int] = (),
    **answers: Any,
) -> Document:
    """Take one step: state, tasks, event, effects and notices, all in the caller's transaction.

    `seen` is the version the user looked at: if someone acted since, nothing happens and he is told who and what.
    `to` names where a return goes (a step's key; the applicant unless given), `person` the colleague to whom a task is
    handed or who is asked, `mention` people who are told of a comment. `answers` are what a step asks its owner to fill
    in: fields by name, `lines={table: {position: {column: value}}}`.
    Raises `Refused` (not allowed, acted first, nobody to decide) or `Invalid` (faults beside fields).
    """
    document = take(session, document_id)
    if document is None:
        raise Refused("access.not_found", number="")
    journey = journey_of(session, document, now)
    allowed = next((one for one in offers(journey, user) if one.key == action), None)
    if allowed is None:
        load_document(session, user, now, id=document_id)  # who may not even read it learns nothing more
    if seen is not None and seen != document.version:
        raise _someone_acted_first(session, document, seen)
    if allowed is None:
        if ended := ended_lately(session, user, now):
            raise Refused("action.delegation_ended", name=ended[0].name, at=ended[1], number=document.number or "")
        raise Refused("action.not_allowed", action=Term(f"action.{action}"), number=document.number or "")
    chosen = _chosen(journey, user, allowed, person)
    doing = Act(journey, user, allowed, _checked(note, allowed), to, chosen, mention, answers)
    before = document.state
    try:
        _DO.get(action, signing.sign)(doing)
    except Refused as refused:
        refused.leaves = written_down(refused, document, user.id, action, now)
        raise
    if document.state != before and (settled := KINDS[document.kind].settled):
        settled(session, document, now)
    _seal(doing, before)
    return document


def _checked(note: str, action: Action) -> str:
    note = visible(note).strip()
    if action.needs_note and not note:
        raise Invalid([Fault("note", "action.needs_words" if action.key == COMMENT else "action.needs_note")])
    if len(note) > LONGEST_NOTE:
        raise Invalid([Fault("note", "fault.too_long", {"max_length": LONGEST_NOTE})])
    return note


def _chosen(journey: Journey, user: Person, action: Action, person: int | None) -> Person | None:
    """The colleague an action needs: one of those who may be chosen."""
    if not action.needs_person:
        return None
    if person is None:
        raise Invalid([Fault("person", "action.needs_person")])
    found = next((one for one in candidates(journey, user, action) if one.id == person), None)
    if found is None:
        raise Invalid([Fault("person", "action.person_may_not")])
    return found


def _someone_acted_first(session: Session, document: Document, seen: int) -> Refused:
    """Who moved the paper since it was seen, and how; where nobody did, its author typed on in another window."""
    events = select(Event).where(Event.document_id == document.id, Event.action != COMMENT)
    for event in session.exec(events.order_by(col(Event.id).desc())):
        actor = session.get(Person, event.actor_id) if event.actor_id else None
        if actor and event.data.get("version", 0) > seen:
            what = Term(f"action.{event.action}")
            return Refused("action.someone_acted_first", who=actor.name, action=what, at=event.at)
    return Refused("draft.changed_elsewhere")


def _seal(doing: Act, before: State) -> None:
    """One event for one act. What only says something leaves the version: it takes nobody's decision away."""
    session, document, action = doing.session, doing.document, doing.action
    if KINDS[document.kind].promises:
        promises.settle(session, document, doing.now)
        if document.state == State.RUNNING:
            refresh_due(doing.journey)
    if action.key not in SAYS_ONLY:
        document.version += 1
    signed = next((task for task in doing.journey.tasks if action.task_id and task.id == action.task_id), None)
    if signed and signed.state == TaskState.DONE and signed.closed_at == doing.now and action.key != TAKE_BACK:
        signed.signed_version = document.version
    session.add(document)
    if document.number is None and action.key == CANCEL:
        return  # a draft nobody ever saw
    doing.data |= {"state": [before.value, document.state.value], "version": document.version}
    doing.data["files"] = hashes(session, document)
    if document.amount is not None:
        doing.data["amount"] = f"{document.amount:.2f}"
    record(
        session,
        now=doing.now,
        action=action.key,
        actor=doing.user,
        on_behalf_of=action.for_person,
        role=signed.role if signed else None,
        document=document,
        step=action.step.key if action.step else None,
        note=doing.note,
        data=doing.data,
    )
    if action.for_person and action.key not in SAYS_ONLY:
        tell(session, {action.for_person.id}, "done_for_you", document, doing.now, by=doing.user.name)
    mark_read(session, doing.user, doing.now, document_id=document.id)  # whoever acts has seen what he was told
    tell_opened(doing.journey, doing.user, _CAME_BY.get(action.key, "waits"))
    if document.state != before:
        _tell_author(doing)


_CAME_BY = {TRANSFER: "transferred", ASK_BEFORE: "asked", ASK_AFTER: "asked"}
"""How a task that a colleague hands on is told of: with who did it."""

_NEWS = {
    State.RETURNED: "returned",
    State.REJECTED: "rejected",
    State.DONE: "done",
    State.REVERSED: "reversed",
    State.REVERSING: "reversing",
}


def _tell_author(doing: Act) -> None:
    """Tell whoever's paper it is how it ended, or that it lies with him again."""
    document, key = doing.document, _NEWS.get(doing.document.state)
    if key:
        authors = {document.applicant_id, document.created_by_id, document.keeper_id} - {doing.user.id}
        tell(doing.session, authors, key, document, doing.now, by=doing.user.name)
