"""Service orders that travel: called in, and brought to any step by whoever is asked, with plausible answers."""

import base64
from datetime import datetime, timedelta
from typing import Any

from models import Attachment, Document, Person, ServiceOrder
from services.attachments import check
from services.attachments.signature import sign
from services.database import reading, writing
from tests.complaint_story import stock
from tests.factories import NOW, Cast
from tests.story import do, draft, open_tasks, reload

CALLED = NOW - timedelta(minutes=10)
FROM, UNTIL = NOW + timedelta(hours=1), NOW + timedelta(hours=3)
DONE = NOW + timedelta(hours=3)
"""When the technician is done."""
VISIT: dict[str, Any] = {
    "worked_on": NOW.date().isoformat(),
    "work_done": "更换密封圈，保压 10 分钟正常",
    "work_hours": "1.5",
    "visit_result": "solved",
    "signed_by": "李工",
    "lines": {"parts": [{"part_name": "密封圈", "part_model": "D60", "quantity": 2, "unit_price": None}]},
}
"""What the technician fills in on site."""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The smallest picture there is."""


def order_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A call as the form sends it: a brake unit in warranty leaks."""
    customer, product = stock()
    return {
        "customer_id": customer.id,
        "contact": "李工",
        "contact_phone": "029-1111",
        "address": "西安市未央区车辆段",
        "received_at": CALLED.isoformat(),
        "urgency": "normal",
        "work_kind": "repair",
        "serial": "ZD2511-0001",
        "product_id": product.id,
        "bought_on": None,
        "fault": "2 号制动缸漏风",
        "category": None,
        "category_reason": None,
        "serves": None,
    } | changes


def drafted_order(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.service_clerk, "SO", order_form(cast, **changes))


def sent_order(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """An order that waits to be dispatched."""
    return do(by or cast.service_clerk, drafted_order(cast, by, **changes), "submit", now=NOW)


def answers(cast: Cast, step: str, **changes: Any) -> dict[str, Any]:
    """What the owner of a step fills in."""
    given: dict[str, dict[str, Any]] = {
        "dispatch": {
            "technician_id": cast.engineer.id,
            "planned_from": FROM.isoformat(),
            "planned_until": UNTIL.isoformat(),
        },
        "visit": VISIT,
        "archive": {"archived_as": "2026-11-03"},
    }
    return given.get(step, {}) | changes


def owner(cast: Cast, paper: Document) -> Person:
    """Whoever of the cast is asked first; the technician is the engineer."""
    task = open_tasks(paper)[0]
    return getattr(cast, task.role.value) if task.role else cast.engineer


def signed(paper: Document, by: Person, name: str = "signature.png", **changes: Any) -> Attachment:
    """The customer signs on the technician's phone, under what is filled in there."""
    file = check(name, PNG)
    with writing() as session:
        return sign(session, by, session.get_one(Document, paper.id), file, DONE, **(VISIT | changes))


def step(cast: Cast, paper: Document, now: datetime | None = None, **changes: Any) -> Document:
    """Whoever is asked ends the open step."""
    paper = reload(paper)
    if paper.step == "visit" and order(paper).signature_id is None:
        signed(paper, owner(cast, paper), **changes)
    at = now or (NOW if paper.step == "dispatch" else DONE)
    return do(owner(cast, paper), paper, "complete", now=at, **answers(cast, paper.step or "", **changes))


def at_step(
    cast: Cast, until: str | None, *, on_the_way: dict[str, dict[str, Any]] | None = None, **form: Any
) -> Document:
    """An order brought to a step (None: to its end); `on_the_way` says what is answered otherwise, by step."""
    paper = sent_order(cast, **form)
    while paper.step not in (until, None):
        paper = step(cast, paper, **(on_the_way or {}).get(paper.step or "", {}))
    assert paper.step == until, f"{paper.number} never came to {until}"
    return paper


def order(paper: Document) -> ServiceOrder:
    with reading() as session:
        return session.get_one(ServiceOrder, paper.id)
