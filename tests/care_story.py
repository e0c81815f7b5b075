"""Surveys and visits that travel: a customer of the first service room is asked, and visited by its engineer."""

from typing import Any

from models import Document, Person
from tests.complaint_story import SCORES, stock
from tests.factories import NOW, Cast
from tests.story import do, draft

TODAY = NOW.date().isoformat()
REPLY: dict[str, Any] = {"lines": {"opinions": {1: {"reply": "下月起改用快速接头"}}}}


def survey_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A periodic survey as the form sends it."""
    customer, _ = stock()
    return {
        "survey_kind": "periodic",
        "customer_id": customer.id,
        "about_id": None,
        "surveyed_on": TODAY,
        "survey_way": "phone",
        "respondent": "李工",
        "survey_remarks": "希望备件到货再快些",
    } | SCORES | changes  # fmt: skip


def drafted_survey(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.customer_service, "SS", survey_form(cast, **changes))


def sent_survey(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A survey that waits to be read by the head of the department that looks after the customer."""
    return do(by or cast.customer_service, drafted_survey(cast, by, **changes), "submit", now=NOW)


def opinion(department: Any, **changes: Any) -> dict[str, Any]:
    return {"aspect": "design", "opinion": "接头拆装不便", "forwarded_to_id": department.id} | changes


def visit_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A visit as the form sends it: one opinion for the first service room, one lead."""
    customer, product = stock()
    return {
        "customer_id": customer.id,
        "visited_on": TODAY,
        "visitors": [cast.engineer.id],
        "met": "李工、王主任",
        "visit_notes": "12 台制动单元运行正常",
        "opinions": [opinion(cast.service)],
        "leads": [{"product_id": product.id, "lead": "明年拟增购 6 台"}],
    } | changes


def drafted_visit(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.engineer, "CV", visit_form(cast, **changes))


def sent_visit(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A visit that waits for the head of the visitor's department."""
    return do(by or cast.engineer, drafted_visit(cast, by, **changes), "submit", now=NOW)


def approved_visit(cast: Cast, **changes: Any) -> Document:
    return do(cast.department_head, sent_visit(cast, **changes), "approve", now=NOW)
