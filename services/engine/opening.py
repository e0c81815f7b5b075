"""Papers that nobody typed: the portal opens and sends them itself, in the name of whoever looks after them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from models import Document, Person
from services.attachments import hashes
from services.audit import record
from services.database import one_at_a_time
from services.documents import KINDS
from services.documents.filling import fill
from services.documents.numbers import next_number
from services.documents.papers import write
from services.engine import promises
from services.engine.asked import tell_opened
from services.engine.flow import advance, journey_of, must_be_seated, refresh_due
from services.engine.versions import fix_route
from services.errors import Invalid

OPENED = "opened"


def open_by_itself(
    session: Session,
    code: str,
    raw: dict[str, Any],
    *,
    token: str,
    keeper: Person,
    now: datetime,
    source: Document | None = None,
    said: Mapping[str, Any] | None = None,
    shipped_route: bool = False,
) -> Document:
    """A paper with this content, sent at once; the same token opens it once, however often it is asked for. `said` is
    what its table holds beside what is typed into it. The `shipped_route` is for papers that were decided on elsewhere:
    a company's own version may be older than they, and ask for it again.

    Its trail says that the portal did it, not `keeper`, whose paper it is. Raises `Invalid` where its content is not
    right, `Refused` where nobody holds a role of its route.
    """
    one_at_a_time(session, f"submit {code}")
    already = session.exec(select(Document).where(Document.client_token == token)).first()
    if already is not None:
        return already
    document = Document(
        kind=code,
        applicant_id=keeper.id,
        created_by_id=keeper.id,
        department_id=keeper.department_id,
        created_at=now,
        client_token=token,
        source_id=source.id if source else None,
    )
    session.add(document)
    session.flush()
    filled, faults = fill(session, keeper, KINDS[code], raw, now, document)
    if faults:
        raise Invalid(faults)
    filled.values |= said or {}
    write(session, document, filled)
    document.number = next_number(session, code, now)
    document.submitted_at, document.round = now, 1
    route = fix_route(session, document, now, shipped=shipped_route)
    journey = journey_of(session, document, now)
    must_be_seated(journey, route)
    advance(journey, 0)
    if KINDS[code].promises:
        promises.settle(session, document, now)
        refresh_due(journey)
    document.version += 1
    session.add(document)
    facts = {"content": raw, "state": [None, document.state.value], "version": document.version}
    if document.amount is not None:
        facts["amount"] = f"{document.amount:.2f}"
    record(session, now=now, action=OPENED, document=document, data=facts | {"files": hashes(session, document)})
    tell_opened(journey, None)
    return document
