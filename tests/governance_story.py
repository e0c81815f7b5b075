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
