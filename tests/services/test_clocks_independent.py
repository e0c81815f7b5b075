"""Clocks against a calculation of the test's own: 10,000 random cases, counted minute by minute on a calendar that is
written down here from the State Council's notices and shares no line with the portal's.

The company's settings and its own days are read from the database once; all else runs as it does for a user.
PORTAL_LONG_TESTS=1 counts all of them, and the promises of 10,000 complaints; the ordinary run far less.
"""

import os
import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from sqlmodel import Session

from models import Complaint, Document, PaperClock, Role, Task
from services import calendar, settings
from services.documents import KINDS
from services.engine import asking, deadlines
from services.engine.action import PAUSE, RESUME, Act, Action
from services.engine.flow import Journey
from services.engine.promises import _times
from services.routes import Clock, decision
from tests import factories
from tests.factories import Cast
from tests.story import travels_by

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHARE = 1 if os.environ.get("PORTAL_LONG_TESTS") else 10
"""One in so many clocks is counted."""

DAYS_OFF = {
    2024: "0101 0210-0217 0404-0406 0501-0505 0610 0915-0917 1001-1007",
    2025: "0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008",
    2026: "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
}
"""New Year, Spring Festival, Qingming, Labour Day, Dragon Boat, Mid-Autumn, National Day (in 2025 one with it)."""
MADE_UP = {
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}
OWN_DAYS = {date(2024, 7, 13): True, date(2025, 3, 10): False, date(2026, 10, 3): True, date(2026, 10, 8): False}
"""What the company says itself: a Saturday and a holiday worked, two working days off."""
HOURS = ((time(8, 30), time(12)), (time(13, 30), time(18)))

FIRST, LAST = date(2024, 1, 1), date(2027, 4, 30)
"""2027 is announced by nobody yet: weekends."""
START = datetime.combine(FIRST, time(), SHANGHAI)

HARD = ("20240208", "20240929", "20241230", "20250126", "20250930", "20251230", "20260214", "20260930", "20261229")
"""Days about which the hard weeks lie: Spring Festival, National Day, make-up days, the ends of the years."""


# --- the test's own calendar


def _days(year: int, listed: str) -> Iterator[date]:
    for part in listed.split():
        first, _, last = part.partition("-")
        day = date(year, int(first[:2]), int(first[2:]))
        end = date(year, int(last[:2]), int(last[2:])) if last else day
        while day <= end:
            yield day
            day += timedelta(days=1)


OFF = {day for year, listed in DAYS_OFF.items() for day in _days(year, listed)}
MADE = {day for year, listed in MADE_UP.items() for day in _days(year, listed)}


def official(day: date) -> bool:
    """Does the country work on this day?"""
    return day in MADE or (day.weekday() < 5 and day not in OFF)


def works(day: date) -> bool:
    return OWN_DAYS.get(day, official(day))


@dataclass(frozen=True)
class Minutes:
    """Every minute from `START` on: how many minutes of work lie before it."""

    before: list[int]

    def at(self, moment: datetime) -> int:
        return int((moment - START).total_seconds()) // 60

    def between(self, a: datetime, b: datetime) -> int:
        return self.before[self.at(b)] - self.before[self.at(a)]

    def after(self, start: datetime, seconds: int) -> datetime:
        """The first moment at which so many seconds of work have passed since a whole minute."""
        if not seconds:
            return start
        wanted = self.before[self.at(start)] * 60 + seconds
        minutes = -(-wanted // 60)
        found = bisect_left(self.before, minutes)
        return START + timedelta(seconds=found * 60 - (minutes * 60 - wanted))


@pytest.fixture(scope="module")
def minutes() -> Minutes:
    closed, worked = [0] * 1440, [0] * 1440
    for opens, closes in HOURS:
        for minute in range(opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute):
            worked[minute] = 1
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    return Minutes(list(accumulate((m for day in days for m in (worked if works(day) else closed)), initial=0)))


def end_of_working_day(start: datetime, days: int) -> datetime:
    day = start.astimezone(SHANGHAI).date()
    counted = [later for later in (day + timedelta(days=n) for n in range(1, 120)) if works(later)]
    last = counted[days - 1] if days else day if works(day) else counted[0]
    return datetime.combine(last, time(23, 59, 59), SHANGHAI)


def test_the_calendar_of_this_test_is_the_librarys() -> None:
    """Two who copied the notices agree on every day of three years."""
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(1096)]
    assert days[-1] == date(2026, 12, 31)
    assert [day for day in days if official(day) != chinese_calendar.is_workday(day)] == []


# --- the portal, asked without waiting for its database


@pytest.fixture
def portal(session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The portal's calendar with the company's own days; what it asks the database is asked once."""
    for day, working in OWN_DAYS.items():
        factories.calendar_day(session, day, working)
    session.commit()
    own = calendar._own_days(session, FIRST, LAST)
    assert own == OWN_DAYS
    known = {key: settings.setting(session, key, factories.NOW) for key in ("hours.working", "clock.remind_percent")}
    monkeypatch.setattr(calendar, "_own_days", lambda *_: own)
    for module in (calendar, deadlines):
        monkeypatch.setattr(module, "setting", lambda _session, key, _now: known[key])
    return session


def somewhen(chance: random.Random) -> datetime:
    """Any minute of the three years; every other time one in the hard weeks, often at the very edge of work."""
    if chance.random() < 0.5:
        day = FIRST + timedelta(days=chance.randrange(1090))
    else:
        day = date.fromisoformat(chance.choice(HARD)) + timedelta(days=chance.randrange(-3, 12))
    edge = chance.choice(("00:00", "08:29", "08:30", "11:59", "12:00", "12:45", "13:30", "17:59", "18:00", "23:59"))
    at = time.fromisoformat(edge) if chance.random() < 0.3 else time(chance.randrange(24), chance.randrange(60))
    return datetime.combine(day, at, SHANGHAI).astimezone(UTC)


# --- 10,000 cases


def test_clocks_of_hours_of_work(portal: Session, minutes: Minutes) -> None:
    chance = random.Random(31)
    for _ in range(3000 // SHARE):
        start, hours = somewhen(chance), chance.randrange(0, 50)
        due, warn = deadlines.deadline(portal, Clock(working_hours=hours), start)
        assert due == minutes.after(start, hours * 3600), (start, hours)
        assert warn == minutes.after(start, hours * 3600 * 8 // 10), (start, hours)


def test_clocks_of_working_days(portal: Session, minutes: Minutes) -> None:
    """P1-4.2a: the day of the start is day 0."""
    chance = random.Random(32)
    for _ in range(2500 // SHARE):
        start, days = somewhen(chance), chance.randrange(0, 12)
        due, warn = deadlines.deadline(portal, Clock(working_days=days), start)
        end = end_of_working_day(start, days)
        assert due == end, (start, days)
        worked = minutes.between(start, end)
        assert warn == minutes.after(start, worked * 60 * 8 // 10), (start, days)


def test_clocks_of_plain_hours(portal: Session) -> None:
    """P1-6.1: 24 hours are 24 hours, whatever day it is."""
    chance = random.Random(33)
    for _ in range(500 // SHARE):
        start, hours = somewhen(chance), chance.randrange(1, 200)
        due, warn = deadlines.deadline(portal, Clock(hours=hours), start)
        assert due == start + timedelta(hours=hours)
        assert warn == start + timedelta(minutes=hours * 48)


def test_times_between_and_before(portal: Session, minutes: Minutes) -> None:
    chance = random.Random(34)
    for _ in range(1500 // SHARE):
        a = somewhen(chance)
        b = a + timedelta(minutes=chance.randrange(25 * 1440))
        worked = minutes.between(a, b)
        assert calendar.working_time_between(portal, a, b) == timedelta(minutes=worked), (a, b)
        left = chance.randrange(0, worked + 1)
        earliest = calendar.working_time_before(portal, b, timedelta(minutes=left))
        assert minutes.between(earliest, b) == left, (b, left)
        assert not left or minutes.between(earliest + timedelta(minutes=1), b) == left - 1, (b, left)


def test_clocks_of_hours_of_work_with_pauses(
    portal: Session, cast: Cast, minutes: Minutes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was left when its holder began to wait is left when he goes on; after the due time it is too late."""
    chance = random.Random(35)
    waits = Waits(portal, cast, monkeypatch)
    for _ in range(2000 // SHARE):
        start, hours = somewhen(chance), chance.randrange(1, 40)
        task = waits.task(Clock(working_hours=hours), start)
        left, now, warned_by = hours * 3600, start, hours * 3600 * 8 // 10
        warn = minutes.after(start, warned_by)
        for _ in range(chance.randrange(1, 4)):
            paused = now + timedelta(minutes=chance.randrange(3 * 1440))
            due = minutes.after(now, left)
            resumed = paused + timedelta(minutes=chance.randrange(12 * 1440))
            waits.pause(task, paused)
            waits.resume(task, resumed)
            if paused >= due:  # it was late before: waiting mends nothing
                assert task.due_at == due
                break
            gone = minutes.between(now, paused) * 60
            left, warned_by, now = left - gone, warned_by - gone, resumed
            warn = minutes.after(now, warned_by) if paused < warn else now
            assert task.due_at == minutes.after(now, left), (start, hours)
            assert task.warn_at == warn, (start, hours)


def test_policies_own_limits_that_no_pause_stops(portal: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(36)
    waits = Waits(portal, cast, monkeypatch)
    for number in range(500 // SHARE):
        start, count = somewhen(chance), chance.randrange(1, 10)
        task = waits.task(Clock(working_days=count) if number % 2 else Clock(hours=count * 12), start)
        due = end_of_working_day(start, count) if number % 2 else start + timedelta(hours=count * 12)
        paused = start + timedelta(minutes=chance.randrange(10 * 1440))
        waits.pause(task, paused)
        assert task.due_at == due
        waits.resume(task, paused + timedelta(minutes=chance.randrange(10 * 1440)))
        assert task.due_at == due


# --- a complaint's own


def test_what_a_customer_is_promised(portal: Session, minutes: Minutes) -> None:
    """P1-4.2a, P1-4.2c, P1-6.1, P4-2.5, P5-7.1: every clock of a case by its severity, whatever day it comes in, with
    whatever pauses between its dates; kept in the very second in which it is due it is on time, a second later not.
    """
    chance = random.Random(37)
    promises = {one.key: one for one in KINDS["CP"].promises}
    for _ in range(10_000 if SHARE == 1 else 200):
        case, ends = some_case(chance)
        taken_on = deadlines.deadline(portal, ACCEPTANCE, case.received_at)[0]
        assert taken_on == minutes.after(case.received_at, 4 * 3600), case
        for key, end in ends.items():
            since = promises[key].since(case)
            assert since
            due, _ = _times(portal, case, promises[key], since, since)
            assert due == end, (key, case)
            clock = PaperClock(document_id=1, key=key, started_at=since, due_at=due)
            for seconds in (0, 1):
                clock.kept_at = end + timedelta(seconds=seconds)
                assert clock.on_time is (seconds == 0)


def some_case(chance: random.Random) -> tuple[Complaint, dict[str, datetime]]:
    """A complaint with all its dates, and when each of its promises ends by the figures of the policies."""
    times = {"critical": (4, 1, 3), "major": (12, 2, 4), "normal": (24, 3, 5)}
    hours, days, asked_after = times[severity := chance.choice(SEVERITIES)]
    received = somewhen(chance)
    handed = received + timedelta(minutes=chance.randrange(3 * 1440))
    agreed = handed + timedelta(minutes=chance.randrange(9 * 1440))
    promised = agreed.astimezone(SHANGHAI).date() + timedelta(days=chance.randrange(20))
    told = agreed + timedelta(minutes=chance.randrange(20 * 1440))
    reopened = told + timedelta(minutes=chance.randrange(1440)) if chance.random() < 0.2 else None
    case = Complaint(
        severity=severity,
        received_at=received,
        reopened_at=reopened,
        handed_at=handed,
        agreed_at=agreed,
        promised_on=promised,
        notified_at=told,
    )
    return case, {
        "answer": (reopened or received) + timedelta(hours=hours),
        "verification": end_of_working_day(handed, days),
        "solution": datetime.combine(promised, time(23, 59, 59), SHANGHAI),
        "survey": end_of_working_day(told, asked_after),
    }


SEVERITIES = ("critical", "major", "normal")
ACCEPTANCE = next(step.within for step in KINDS["CP"].route if step.key == "accept")


class Waits:
    """A task whose holder waits for others and goes on, through the engine's own acts."""

    def __init__(self, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session, self.user, self.monkeypatch = session, cast.department_head, monkeypatch
        self.paper = Document(kind="TR", client_token="clock")

    def task(self, clock: Clock, start: datetime) -> Task:
        travels_by(self.monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, within=clock))
        due_at, warn_at = deadlines.deadline(self.session, clock, start)
        return Task(id=1, step="department_head", decides=True, opened_at=start, due_at=due_at, warn_at=warn_at)

    def pause(self, task: Task, now: datetime) -> None:
        asking.pause(self._act(PAUSE, task, now))

    def resume(self, task: Task, now: datetime) -> None:
        asking.resume(self._act(RESUME, task, now))
        assert (task.paused_at, task.due_left, task.warn_left) == (None, None, None)

    def _act(self, key: str, task: Task, now: datetime) -> Act:
        journey = Journey(self.session, self.paper, now, [task])
        return Act(journey, self.user, Action(key, task_id=task.id), "", None, None, (), {})
