"""Papers of governance at some point of their way: trainings, and what follows them."""

from datetime import datetime
from typing import Any

from models import Document, Person
from tests.factories import NOW, Cast
from tests.story import do, draft

TODAY = NOW.date().isoformat()
HELD = {"held_on": TODAY, "held_hours": 4, "training_summary": "全员完成实操"}


def training_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A refresher for the clerk's own department, as the form sends it."""
    return {
        "training": "refresher",
        "topic": "制动单元检修规程",
        "held_for_id": None,
        "stage": None,
        "trained_product_id": None,
        "planned_on": TODAY,
        "hours": 4,
        "training_place": "二楼培训室",
        "trainer_id": None,
        "outside_trainer": "制动研究所 高工",
        "outline": "漏风判定、密封圈更换、试验记录",
        "attendees": [{"person_id": cast.clerk.id, "attendee_name": None, "post": None}],
    } | changes


def attends(person: Person) -> dict[str, Any]:
    return {"person_id": person.id, "attendee_name": None, "post": None}


def drafted_training(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.clerk, "TN", training_form(cast, **changes))


def sent_training(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A training that waits for the department head."""
    return do(by or cast.clerk, drafted_training(cast, by, **changes), "submit")


def agreed_training(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return do(cast.department_head, sent_training(cast, by, **changes), "approve")


def results(*said: tuple[str, int | None]) -> dict[str, Any]:
    """What is recorded of those who came, in their order: result and score."""
    return {"attendees": {place: {"result": one[0], "score": one[1]} for place, one in enumerate(said, start=1)}}


def held_training(cast: Cast, *said: tuple[str, int | None], now: datetime = NOW, **changes: Any) -> Document:
    """A training that was held, with these results."""
    paper = agreed_training(cast, **changes)
    return do(cast.clerk, paper, "complete", now=now, lines=results(*(said or [("passed", 85)])), **HELD)


# --- violations

STATEMENT = {"statement": "发票由酒店前台代开，本人未核对抬头", "accepts_facts": True}
HANDLED = {"handling": "recovery", "handling_note": "追回多报款项并通报批评", "to_recover": "380.00"}


def violation_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """An engineer claimed a night that he did not stay, as finance types it."""
    return {
        "clause": "P8-3.2",
        "found_by": "audit",
        "facts_found": "住宿发票与行程不符，虚开一晚",
        "evidence": "EC-202611-0001 第 2 号凭证",
        "source_paper_id": None,
        "responsible_department_id": cast.service.id,
        "violator_id": cast.engineer.id,
    } | changes


def drafted_violation(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.finance_officer, "VL", violation_form(cast, **changes))


def sent_violation(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A violation of which the engineer is to be heard."""
    return do(by or cast.finance_officer, drafted_violation(cast, by, **changes), "submit")


def heard_violation(cast: Cast, **changes: Any) -> Document:
    return do(cast.engineer, sent_violation(cast, **changes), "complete", **STATEMENT)


# --- assessments


def assessment_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """The first service room in October, which is over."""
    return {
        "assessed": "department",
        "assessed_department_id": cast.service.id,
        "assessed_person_id": None,
        "span": "month",
        "month": "2026-10",
        "conclusion": "响应及时，单件成本偏高，下季度合并出差",
        "leads_to_id": None,
    } | changes


def drafted_assessment(cast: Cast, by: Person | None = None, now: datetime = NOW, **changes: Any) -> Document:
    return draft(by or cast.clerk, "AS", assessment_form(cast, **changes), now=now)


def sent_assessment(cast: Cast, by: Person | None = None, now: datetime = NOW, **changes: Any) -> Document:
    """An assessment that waits for the department head."""
    return do(by or cast.clerk, drafted_assessment(cast, by, now, **changes), "submit", now=now)


# --- budget inspections


def inspection_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """The fourth quarter of all departments, with one finding."""
    return {
        "span": "quarter",
        "month": "2026-11",
        "inspected_department_id": None,
        "sample_size": 2,
        "last_time": None,
        "inspection_summary": "报销及时，招待请示个别补登",
        "proposals": "招待当日登记",
        "findings": [finding(cast)],
    } | changes


def finding(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "finding": "两次招待在事后补请示",
        "severity": "major",
        "clause": "P9-3.2a",
        "finding_department_id": cast.service.id,
        "paper_id": None,
    } | changes


def drafted_inspection(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.budget_supervisor, "BI", inspection_form(cast, **changes))


def sent_inspection(cast: Cast, by: Person | None = None, now: datetime = NOW, **changes: Any) -> Document:
    """An inspection that waits for the general manager."""
    return do(by or cast.budget_supervisor, drafted_inspection(cast, by, **changes), "submit", now=now)
