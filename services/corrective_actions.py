"""Opening a corrective action from another paper in one call: from an inspection, an evaluation, a visit."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Document, Person
from services.documents.drafts import blank, keep
from services.engine import act
from services.engine.action import SUBMIT


def open_action(
    session: Session, user: Person, source: Document, token: str, *, now: datetime, **known: Any
) -> Document:
    """Open one from `source`, whose kind offers it among its follow-ups, and send it to the department that owns it.

    `known` are fields of its form over what the source says already: `action_kind`, `handling_department_id`,
    `rectify_by`, `problem`. The token makes it one, however often it is asked for. Raises `Refused` where the user may
    not open it, and `Invalid` where something is missing (P7-11b).
    """
    raw = blank(session, user, "CX", now, source.id) | known
    paper = keep(session, user, "CX", raw, token=token, now=now, source_id=source.id)
    return act(session, user, paper.id, SUBMIT, now=now)
