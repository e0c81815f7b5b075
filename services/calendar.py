"""The working calendar: which days and hours count, and how far away a promise is when only those count.

Days are days in Asia/Shanghai; moments go in and come out as aware UTC. The company's own table of days outranks the
national calendar with its holidays and make-up days; in years that calendar does not know, weekends are all there is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import chinese_calendar
import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import CalendarDay
from services.database import rows
from services.people import SHANGHAI, local_day
from services.settings import setting

_ONE_DAY = timedelta(days=1)
_LAST_MOMENT = time(23, 59, 59)
_KNOWN_YEARS = range(
    min(chinese_calendar.constants.holidays).year,
    max(chinese_calendar.constants.holidays).year + 1,
)


def is_working_day(session: Session, day: date) -> bool:
    """Does the company work on this day?"""
    return _works(day, _own_days(session, day, day))


def working_days_between(session: Session, first: date, last: date) -> list[date]:
    """The working days of a span, both ends included, in order."""
    own = _own_days(session, first, last)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if _works(day, own)]


def known(day: date) -> bool:
    """Does the national calendar know the holidays of this day's year? If not, only weekends and own days count."""
    return day.year in _KNOWN_YEARS


def last_known_year() -> int:
    """Up to which year the national calendar knows the holidays and the make-up days."""
    return _KNOWN_YEARS[-1]


def unknown_years(session: Session, first: date, last: date) -> list[int]:
    """Years of a span of which neither the national calendar nor the company's own table knows a single day.

    Promises that reach into them are counted by weekends alone.
    """
    told = {day.year for day in _own_days(session, first.replace(month=1, day=1), last.replace(month=12, day=31))}
    years = range(first.year, last.year + 1)
    return [year for year in years if year not in _KNOWN_YEARS and year not in told]


def end_of_day(day: date) -> datetime:
    """The last moment of a day of the company, working or not."""
    return _at(day, _LAST_MOMENT)


@dataclass(frozen=True)
class WorkingTimes:
    """The hours of a working day and the company's own word on days, asked once for several questions."""

    hours: list[tuple[time, time]]
    own: dict[date, bool]

    def after_days(self, start: datetime, days: int) -> datetime:
        """The end of the working day that lies `days` after the day of `start`, which itself is day 0.

        0 means the end of the day of `start`, or of the next working day where that one is none. (P1-4.2a)
        """
        if days < 0:
            raise ValueError(f"{days} working days")
        day = local_day(start)
        while days or not _works(day, self.own):
            day += _ONE_DAY
            if days and _works(day, self.own):
                days -= 1
        return _at(day, _LAST_MOMENT)

    def after_time(self, start: datetime, left: timedelta) -> datetime:
        """The moment at which so much working time has passed since `start`. None at all is `start` itself. (P1-4.1)"""
        if left < timedelta(0):
            raise ValueError(f"{left} of working time")
        if not left:
            return start
        for opens, closes in self.spans(start, None):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        raise AssertionError("a calendar without end has ended")

    def between(self, a: datetime, b: datetime) -> timedelta:
        """How much working time lies between two moments; none where `b` is not after `a`."""
        if b <= a:
            return timedelta(0)
        return sum((min(closes, b) - opens for opens, closes in self.spans(a, b) if opens < b), timedelta(0))

    def spans(self, start: datetime, end: datetime | None) -> Iterator[tuple[datetime, datetime]]:
        """Stretches of working time in UTC, from `start` (the first may begin within) to the day of `end`, or on."""
        day, last = local_day(start), local_day(end) if end else None
        while last is None or day <= last:
            if _works(day, self.own):
                for opens, closes in self.hours:
                    if _at(day, closes) > start:
                        yield max(_at(day, opens), start.astimezone(UTC)), _at(day, closes)
            day += _ONE_DAY


def working_times(session: Session, start: datetime) -> WorkingTimes:
    """The times that hold at a moment, for questions about what comes after it."""
    return WorkingTimes(_working_hours(session, start), _own_days(session, local_day(start), None))


def add_working_days(session: Session, start: datetime, days: int) -> datetime:
    """`WorkingTimes.after_days` for one question. (P1-4.2a)"""
    return working_times(session, start).after_days(start, days)


def add_working_hours(session: Session, start: datetime, hours: int) -> datetime:
    """`WorkingTimes.after_time` in whole hours. (P1-4.1)"""
    return add_working_time(session, start, timedelta(hours=hours))


def add_working_time(session: Session, start: datetime, left: timedelta) -> datetime:
    """`WorkingTimes.after_time` for one question."""
    return working_times(session, start).after_time(start, left)


def working_time_before(session: Session, end: datetime, left: timedelta) -> datetime:
    """The latest moment from which so much working time passes until `end`."""
    if not left:
        return end
    back = timedelta(days=14) + left
    while (times := working_times(session, end - back)).between(end - back, end) < left:
        back *= 2
    spans = [(opens, min(closes, end)) for opens, closes in times.spans(end - back, end) if opens < end]
    for opens, closes in reversed(spans):
        if closes - opens >= left:
            return closes - left
        left -= closes - opens
    raise AssertionError("the time counted is not there")


def working_time_between(session: Session, a: datetime, b: datetime) -> timedelta:
    """How much working time lies between two moments; none where `b` is not after `a`."""
    return working_times(session, a).between(a, b)


def _working_hours(session: Session, now: datetime) -> list[tuple[time, time]]:
    """The hours of a working day, in order: the setting `hours.working`."""
    pairs = [
        (time.fromisoformat(opens), time.fromisoformat(closes))
        for opens, closes in setting(session, "hours.working", now)
    ]
    if not pairs or any(opens >= closes for opens, closes in pairs):
        raise ValueError(f"hours.working: {pairs}")
    return sorted(pairs)


def _own_days(session: Session, first: date, last: date | None) -> dict[date, bool]:
    """The company's own word on the days of a span, asked once."""
    found = rows(session, _DAYS_FROM if last is None else _DAYS_OF, {"first": first, "last": last})
    return {own.day: own.working for own in found}


_DAYS_FROM = select(col(CalendarDay.day), col(CalendarDay.working)).where(col(CalendarDay.day) >= sa.bindparam("first"))
_DAYS_OF = _DAYS_FROM.where(col(CalendarDay.day) <= sa.bindparam("last"))


def _works(day: date, own: dict[date, bool]) -> bool:
    if day in own:
        return own[day]
    return _works_nationally(day) if known(day) else day.weekday() < 5


@lru_cache(maxsize=10_000)
def _works_nationally(day: date) -> bool:
    """Kept, for the calendar looks all its days through before each answer."""
    return bool(chinese_calendar.is_workday(day))


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI).astimezone(UTC)
