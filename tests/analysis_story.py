"""Analysis reports that travel: the service administrator writes on the month that is over."""

from typing import Any

from models import Document, Person
from tests.factories import NOW, Cast
from tests.story import do, draft

PERIOD = {"period_from": "2026-11-01", "period_to": "2026-11-22"}
WRITTEN = {"conclusions": "密封类投诉仍最多", "proposals": "低温密封件全部换型"}


def drafted_analysis(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    return draft(by or cast.service_administrator, "AR", PERIOD | WRITTEN | changes)


def sent_analysis(cast: Cast, by: Person | None = None, **changes: Any) -> Document:
    """A report that waits for the marketing manager."""
    return do(by or cast.service_administrator, drafted_analysis(cast, by, **changes), "submit", now=NOW)
