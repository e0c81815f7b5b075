"""When a step must be done, and when its holders are reminded of it."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

from services.calendar import WorkingTimes, end_of_day, working_times
from services.people import local_day
from services.routes import Clock
from services.settings import setting


def deadline(
    session: Session, clock: Clock | None, now: datetime, day: date | None = None
) -> tuple[datetime | None, datetime | None]:
    """Due time of a step that opens now, and the moment at which most of its time [80 %] has gone.

    `day` is the day that the paper names where the clock runs until its end. A promise has its own: see `promises`.
    """
    if clock is None or clock.promise is not None:
        return None, None
    share = setting(session, "clock.remind_percent", now)
    if clock.hours is not None or clock.end_of is not None:
        today = local_day(now)
        span = timedelta(hours=clock.hours) if clock.hours else end_of_day(max(day or today, today)) - now
        return now + span, now + span * share / 100
    times = working_times(session, now)
    due_at = _due(times, clock, now)
    return due_at, times.after_time(now, times.between(now, due_at) * share / 100)


def _due(times: WorkingTimes, clock: Clock, now: datetime) -> datetime:
    if clock.working_days is not None:
        return times.after_days(now, clock.working_days)
    return times.after_time(now, timedelta(hours=clock.working_hours or 0))
