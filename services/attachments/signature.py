"""What a customer signs on site: drawn on the screen, or on paper that is photographed (P6-9a)."""

from datetime import datetime

from sqlmodel import Session

from models import Attachment, Document, Person
from services.attachments import CheckedFile, attach
from services.documents import KINDS
from services.documents.papers import detail_of
from services.engine import actions_for
from services.errors import Refused


def may_sign(session: Session, person: Person, document: Document, now: datetime) -> bool:
    """Does the paper wait for this person at the step at which a customer signs?"""
    step = KINDS[document.kind].customer_signs
    actions = actions_for(session, person, document, now)
    return step is not None and any(one.task_id and one.step and one.step.key == step for one in actions)


def sign(session: Session, person: Person, document: Document, file: CheckedFile, now: datetime) -> Attachment:
    """Keep a customer's signature with the paper; another one takes its place. Raises `Refused`: not his turn, or no
    picture.
    """
    if not may_sign(session, person, document, now):
        raise Refused("attachment.not_now", number=document.number or "")
    if not file.media_type.startswith("image/"):
        raise Refused("signature.no_picture")
    kept = attach(session, person, document, file.name, file, now)
    detail = detail_of(session, document)
    detail.signature_id = kept.id
    session.add(detail)
    session.flush()
    return kept
