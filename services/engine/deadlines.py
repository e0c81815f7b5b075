"""When a step must be done, and when its holders are reminded of it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from services.calendar import WorkingTimes, working_times
from services.routes import Clock
from services.settings import setting


def deadline(session: Session, clock: Clock | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Due time of a step that opens now, and the moment at which most of its time [80 %] has gone."""
    if clock is None:
        return None, None
    share = setting(session, "clock.remind_percent", now)
    if clock.hours is not None:
        span = timedelta(hours=clock.hours)
        return now + span, now + span * share / 100
    times = working_times(session, now)
    due_at = _due(times, clock, now)
    return due_at, times.after_time(now, times.between(now, due_at) * share / 100)


def _due(times: WorkingTimes, clock: Clock, now: datetime) -> datetime:
    if clock.working_days is not None:
        return times.after_days(now, clock.working_days)
    return times.after_time(now, timedelta(hours=clock.working_hours or 0))
