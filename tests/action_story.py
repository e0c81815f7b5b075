"""Corrective actions that travel: opened by the service administrator for the first service room, put right there.

A test says what is different about its action; the rest is a design fault with one measure of the engineer's.
"""

from datetime import datetime, timedelta
from typing import Any

from models import Document, Person
from tests.factories import NOW, Cast
from tests.story import do, draft

BY = (NOW + timedelta(days=20)).date()
"""The day by which all is to be put right."""
DONE: dict[str, Any] = {"done_on": NOW.date().isoformat(), "evidence": "图纸更改单 2026-118"}


def action_form(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A corrective action as the form sends it."""
    return {
        "action_source": "inspection",
        "about_id": None,
        "action_kind": "design",
        "handling_department_id": cast.service.id,
        "rectify_by": BY.isoformat(),
        "problem": "密封圈选型不适应低温",
        "known_cause": None,
    } | changes


def drafted_action(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.service_administrator, "CX", action_form(cast, **changes))


def sent_action(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A corrective action that waits for the head of the department that owns it."""
    return do(by or cast.service_administrator, drafted_action(cast, by, **changes), "submit", now=NOW)


def measure(owner: Person, **changes: Any) -> dict[str, Any]:
    return {"measure": "改用耐寒密封圈", "owner_id": owner.id, "due_on": BY.isoformat()} | changes


def plan(*measures: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What the head fills in as he takes it on."""
    return {"root_cause": "选型未考虑低温", "lines": {"measures": list(measures)}} | changes


def done(*lines: int, **changes: Any) -> dict[str, Any]:
    """What owners fill in when their measures are done: the same in each of these lines."""
    return {"lines": {"measures": dict.fromkeys(lines, DONE | changes)}}


def taken_on(cast: Cast, *measures: dict[str, Any], **form: Any) -> Document:
    """An action whose measures are to be carried out: unless said otherwise one, by the engineer."""
    return do(
        cast.department_head,
        sent_action(cast, **form),
        "approve",
        now=NOW,
        **plan(*(measures or (measure(cast.engineer),))),
    )


def carried_out(cast: Cast, now: datetime = NOW, **form: Any) -> Document:
    """An action that waits for its verification."""
    return do(cast.engineer, taken_on(cast, **form), "complete", now=now, **done(1))


def verified(cast: Cast, **form: Any) -> Document:
    who = cast.budget_supervisor if form.get("action_kind") == "budget" else cast.quality_inspector
    return do(who, carried_out(cast, **form), "complete", now=NOW, effect="低温试验 3 次无泄漏")
