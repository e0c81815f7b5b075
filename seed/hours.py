"""The company's working time as one line, so that "three working hours later" is a step along it."""

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from services.calendar import working_days_between
from services.people import SHANGHAI, local_day
from services.settings import setting


class WorkingTime:
    """Working hours between two days. Moments are aware UTC."""

    def __init__(self, session: Session, first: date, last: date, now: datetime) -> None:
        hours = [[time.fromisoformat(at) for at in pair] for pair in setting(session, "hours.working", now)]
        self.days = working_days_between(session, first, last)
        self._opens: list[datetime] = []
        self._before: list[float] = []
        """Working seconds before each opening."""
        total = 0.0
        for day in self.days:
            for opens, closes in hours:
                self._opens.append(clock_at(day, opens))
                self._before.append(total)
                total += (clock_at(day, closes) - clock_at(day, opens)).total_seconds()
        self._total = total

    def later(self, moment: datetime, minutes: float) -> datetime:
        """The moment so many working minutes after another; negative: before it."""
        return self._at(self._elapsed(moment) + minutes * 60)

    def later_that_day(self, moment: datetime, minutes: float) -> datetime:
        """So many working minutes later where that is the same day still; else a little overtime later."""
        found = self.later(moment, minutes)
        return found if local_day(found) == local_day(moment) else moment + timedelta(minutes=10)

    def works(self, day: date) -> bool:
        place = bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day

    def _elapsed(self, moment: datetime) -> float:
        place = bisect_right(self._opens, moment) - 1
        if place < 0:
            return 0.0
        end = self._before[place + 1] if place + 1 < len(self._before) else self._total
        return min(self._before[place] + (moment - self._opens[place]).total_seconds(), end)

    def _at(self, seconds: float) -> datetime:
        seconds = min(max(seconds, 0.0), self._total - 1)
        place = bisect_right(self._before, seconds) - 1
        return (self._opens[place] + timedelta(seconds=seconds - self._before[place])).replace(microsecond=0)


def clock_at(day: date, clock: time) -> datetime:
    """A time of day in the company, as UTC."""
    return datetime.combine(day, clock, SHANGHAI).astimezone(UTC)
