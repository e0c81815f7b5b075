"""When a step must be done, and when its holders are reminded of it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from services.calendar import add_working_days, add_working_hours, add_working_time, working_time_between
from services.routes import Clock
from services.settings import setting


def deadline(session: Session, clock: Clock | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Due time of a step that opens now, and the moment at which most of its time [80 %] has gone."""
    if clock is None:
        return None, None
    due_at = _due(session, clock, now)
    share = setting(session, "clock.remind_percent", now)
    if clock.hours is not None:
        return due_at, now + (due_at - now) * share / 100
    return due_at, add_working_time(session, now, working_time_between(session, now, due_at) * share / 100)


def _due(session: Session, clock: Clock, now: datetime) -> datetime:
    if clock.working_days is not None:
        return add_working_days(session, now, clock.working_days)
    if clock.working_hours is not None:
        return add_working_hours(session, now, clock.working_hours)
    return now + timedelta(hours=clock.hours or 0)
