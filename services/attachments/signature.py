"""What a customer signs on site: drawn on the screen, or on paper that is photographed (P6-9a).

His signature covers what was filled in when he signed, and that is kept with it: who changes it afterwards asks him
again.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Attachment, Document, Person
from services.attachments import CheckedFile, attach
from services.audit import record
from services.documents import KINDS
from services.documents.papers import detail_of, digest_of_step, step_digest
from services.engine import Action, actions_for
from services.engine.action import Act
from services.engine.flow import journey_of
from services.engine.signing import read_answers, take_answers
from services.errors import Refused
from services.routes import Step

SIGNS = "customer_sign"


def may_sign(session: Session, person: Person, document: Document, now: datetime) -> bool:
    """Does the paper wait for this person at the step at which a customer signs?"""
    return _asked(session, person, document, now) is not None


def sign(
    session: Session, person: Person, document: Document, file: CheckedFile, now: datetime, **answers: Any
) -> Attachment:
    """Keep a customer's signature with the paper, and what it covers: the step as it is filled in (`answers`, as of an
    act). Another signature takes its place.

    Raises `Refused`: not his turn, or no picture; `Invalid`: what is filled in is not yet fit to be signed.
    """
    if _asked(session, person, document, now) is None:
        raise Refused("attachment.not_now", number=document.number or "")
    if not file.media_type.startswith("image/"):
        raise Refused("signature.no_picture")
    kept = attach(session, person, document, file.name, file, now)
    journey, action = journey_of(session, document, now), _asked(session, person, document, now)
    assert action and action.step
    doing = Act(journey, person, action, "", None, None, (), answers)
    take_answers(doing, action.step)
    if fit := KINDS[document.kind].fit_to_be_signed:
        fit(session, document, now)
    detail = detail_of(session, document)
    detail.signature_id, detail.signed_content = kept.id, step_digest(session, document, action.step)
    session.add(detail)
    session.flush()
    doing.data |= {"name": kept.name, "sha256": kept.sha256, "signed_content": detail.signed_content}
    record(session, now=now, action=SIGNS, actor=person, document=document, step=action.step.key, data=doing.data)
    return kept


def is_covered(session: Session, document: Document, now: datetime) -> bool:
    """Does the customer's signature stand under what is filled in now?"""
    step = _step(session, document, now)
    detail = detail_of(session, document)
    return step is not None and detail is not None and _covers(detail, step_digest(session, document, step))


def to_sign(
    session: Session, person: Person, document: Document, now: datetime, answers: dict[str, Any]
) -> tuple[bool, list[tuple[str, Any]]]:
    """Does the signature stand under the step as it is typed now; and what the customer is to see of it besides, such
    as the sum that it comes to.
    """
    kind, action, detail = KINDS[document.kind], _asked(session, person, document, now), detail_of(session, document)
    step = action.step if action else None
    read = read_answers(session, person, document, step, answers, now) if step else None
    if read is None:
        return False, []
    figures = kind.signed_for(session, document, *read, now) if kind.signed_for else []
    return _covers(detail, digest_of_step(*read)), figures


def _covers(detail: Any, digest: str) -> bool:
    return detail.signature_id is not None and bool(detail.signed_content == digest)


def _asked(session: Session, person: Person, document: Document, now: datetime) -> Action | None:
    """The task under which the customer signs, where it is this person's."""
    step = KINDS[document.kind].customer_signs
    actions = actions_for(session, person, document, now) if step else ()
    return next((one for one in actions if one.task_id and one.step and one.step.key == step), None)


def _step(session: Session, document: Document, now: datetime) -> Step | None:
    key = KINDS[document.kind].customer_signs
    return journey_of(session, document, now).step(key) if key else None
