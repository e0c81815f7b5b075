"""Time in words: how late, how soon, how long. Each answer is a text key and its facts, for the page to say."""

from datetime import datetime, timedelta
from typing import Any

from services.errors import Term
from services.people import SHANGHAI

Words = tuple[str, dict[str, Any]]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SOON = timedelta(hours=3)
"""Less than this left is said as time left, more as a point in time."""


def due_words(due: datetime, now: datetime) -> Words:
    """How a due time reads: late by so much, so much left, today or tomorrow at, or the day.

    A due time in the last minute of a day means the day as a whole, and is said without the hour.
    """
    if now > due:
        return _counted("due.late", now - due)
    local, today = due.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    ahead = (local.date() - today.date()).days
    if ahead <= 1:
        return _near(due - now, local, "tomorrow" if ahead else "today")
    if local.year != today.year:
        return "due.date", {"day": f"{local:%Y-%m-%d}"}
    return "due.day", {"day": f"{local:%m-%d}", "weekday": Term(f"weekday.{local.isoweekday()}")}


def kept_words(due: datetime, kept: datetime | None, now: datetime) -> Words:
    """How a promise reads: as a due time while it runs, then whether it was kept in time, or so much too late."""
    if kept is None:
        return due_words(due, now)
    return ("due.kept", {}) if kept <= due else _counted("due.kept_late", kept - due)


def waited_words(span: timedelta) -> Words:
    """How long something has waited or took: days and hours, hours, or minutes, each rounded down."""
    days, rest = divmod(max(span, timedelta(0)), _DAY)
    if days and rest >= _HOUR:
        return "waited.days_hours", {"count": days, "hours": rest // _HOUR}
    return _counted("waited", span)


def _near(left: timedelta, local: datetime, day: str) -> Words:
    if (local.hour, local.minute) == (23, 59):
        return f"due.{day}", {}
    if left < _SOON:
        return _left(left)
    return f"due.{day}_at", {"time": f"{local:%H:%M}"}


def _left(left: timedelta) -> Words:
    hours, rest = divmod(left, _HOUR)
    minutes = rest // timedelta(minutes=1)
    if hours and minutes:
        return "due.left_hours_minutes", {"hours": hours, "minutes": minutes}
    if hours:
        return "due.left_hours", {"count": hours}
    return ("due.left_minutes", {"count": minutes}) if minutes else ("due.now", {})


def _counted(prefix: str, span: timedelta) -> Words:
    """A span in its largest whole unit; less than a minute has words of its own."""
    for unit, name in ((_DAY, "days"), (_HOUR, "hours"), (timedelta(minutes=1), "minutes")):
        if span >= unit:
            return f"{prefix}.{name}", {"count": span // unit}
    return f"{prefix}.just_now", {}
