"""Somebody leaves: everything of his that is still open goes to a colleague."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Delegation, Document, Participant, Person, Role, State, Task, TaskState
from services import audit
from services.access import has_role, may_start
from services.accounts.roles import must_be_administrator, one_person
from services.documents import KINDS
from services.engine.asked import tell_opened
from services.engine.case import KEPT
from services.engine.flow import Journey, journey_of, take
from services.engine.rehoming import give_back, rehome, stand_in
from services.errors import Refused
from services.notices import tell, tell_person

_UNFINISHED = (State.DRAFT, State.RETURNED, State.WITHDRAWN, State.RUNNING, State.REVERSING)


def hand_over(session: Session, actor: Person, person_id: int, successor_id: int, now: datetime) -> dict[str, int]:
    """Give a colleague all that is open with somebody who leaves: work that names him, papers of his on their way.

    Tasks that wait on a role need nothing: whoever else holds it, or stands in, has them already. Delegations to and
    from him end. The colleague gains no decision: a step that names the one who leaves falls to whoever stands in for
    him by the company's rule, and a question put to him goes back to whoever asked it.
    Answers with how many tasks and papers went over. Raises `Refused` for anyone but an administrator.
    """
    must_be_administrator(session, actor)
    if person_id == successor_id:
        raise Refused("handover.same_person")
    leaving, successor = one_person(session, person_id), one_person(session, successor_id)
    if not successor.active or has_role(session, successor, Role.ADMINISTRATOR):
        raise Refused("handover.not_possible", name=successor.name)
    counted = {"tasks": 0, "papers": 0}
    for document_id in _open_with(session, leaving):
        document = take(session, document_id)
        if document is None:
            continue
        journey = journey_of(session, document, now)
        counted["papers"] += _paper(journey, leaving, successor)
        moved = _tasks(journey, leaving, successor)
        counted["tasks"] += len(moved)
        rehome(journey)
        journey.opened += [(task, (successor,)) for task in moved if task.person_id == successor.id]
        tell_opened(journey, actor)
    ended = _end_delegations(session, leaving, now)
    data = {"to": successor.login, "delegations": ended} | counted
    audit.record(session, now=now, action="account.handed_over", actor=actor, subject=leaving.login, data=data)
    tell_person(session, successor, "handed_over", now, name=leaving.name, **counted)
    return counted


def _open_with(session: Session, person: Person) -> list[int]:
    """Papers that are his and not finished, or that have an open task in his name; in the order in which all lock."""
    columns = (col(Document.applicant_id), col(Document.created_by_id), col(Document.keeper_id))
    his = sa.or_(*(column == person.id for column in columns))
    unfinished = sa.and_(his, col(Document.state).in_(_UNFINISHED))
    living = (TaskState.OPEN, TaskState.HELD)
    named = select(Task.document_id).where(Task.person_id == person.id, col(Task.state).in_(living))
    wanted = select(Document.id).where(sa.or_(unfinished, col(Document.id).in_(named)))
    return list(session.exec(wanted.order_by(col(Document.id))))


def _paper(journey: Journey, leaving: Person, successor: Person) -> int:
    document = journey.document
    his = leaving.id in (document.applicant_id, document.created_by_id, document.keeper_id)
    if not his or document.state not in _UNFINISHED:
        return 0
    if KINDS[document.kind].confidential and not may_start(journey.session, successor, document.kind):
        return 0  # it stays unseen by whoever may not keep such papers
    if document.keeper_id is not None:  # who kept it until now may have sent it: it stays no paper of his to decide on
        _remember_keeper(journey.session, document, document.keeper_id)
    document.keeper_id = successor.id
    if document.number:
        tell(journey.session, [successor.id], "kept", document, journey.now, name=leaving.name)
    return 1


def _remember_keeper(session: Session, document: Document, keeper_id: int) -> None:
    known = select(Participant.id).filter_by(document_id=document.id, person_id=keeper_id, part=KEPT)
    if session.exec(known).first() is None:
        session.add(Participant(document_id=document.id, person_id=keeper_id, part=KEPT, benefits=True))
        session.flush()


def _tasks(journey: Journey, leaving: Person, successor: Person) -> list[Task]:
    """Work that names him is the successor's: those tasks are returned. Who decides in his place is not for an
    administrator to choose: the company's rule says it. What he was handed in a role goes back to all who hold it.
    """
    if KINDS[journey.document.kind].confidential and journey.document.keeper_id != successor.id:
        return []  # what is asked of whom it names is his alone; who stands in is asked once he has left
    moved = []
    for task in [task for task in journey.living_tasks if task.person_id == leaving.id]:
        if task.asked_by_id is not None:
            give_back(journey, task)
        elif task.role is not None:
            task.person_id = None
        elif task.decides:
            stand_in(journey, task, leaving)
        else:
            task.person_id = successor.id
            moved.append(task)
    return moved


def _end_delegations(session: Session, person: Person, now: datetime) -> int:
    theirs = sa.or_(col(Delegation.person_id) == person.id, col(Delegation.deputy_id) == person.id)
    live = select(Delegation).where(theirs, col(Delegation.ended_at).is_(None))
    rows = session.exec(live).all()
    for row in rows:
        row.ended_at = now
    return len(rows)
