"""Time in words, in both languages."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.durations import due_words, waited_words
from services.texts import text

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Tuesday, 09:00 in Shanghai."""


def at(day: int, clock: str, month: int = 11, year: int = 2026) -> datetime:
    return datetime.combine(date(year, month, day), time.fromisoformat(clock), SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize(
    ("due", "zh", "en"),
    [
        (at(22, "18:00"), "逾期 1 天", "late by 1 day"),
        (at(20, "09:00"), "逾期 4 天", "late by 4 days"),
        (at(23, "23:59:59"), "逾期 9 小时", "late by 9 hours"),
        (at(24, "08:00"), "逾期 1 小时", "late by 1 hour"),
        (at(24, "08:40"), "逾期 20 分钟", "late by 20 minutes"),
        (at(24, "08:59"), "逾期 1 分钟", "late by 1 minute"),
        (at(24, "08:59:30"), "刚刚到期", "just due"),
        (at(24, "09:00"), "即将到期", "due now"),
        (at(24, "09:01"), "还剩 1 分钟", "1 minute left"),
        (at(24, "10:00"), "还剩 1 小时", "1 hour left"),
        (at(24, "11:10"), "还剩 2 小时 10 分钟", "2 h 10 min left"),
        (at(24, "17:30"), "今天 17:30", "today 17:30"),
        (at(24, "23:59:59"), "今天内", "today"),
        (at(25, "12:00"), "明天 12:00", "tomorrow 12:00"),
        (at(25, "23:59:59"), "明天内", "tomorrow"),
        (at(26, "12:00"), "11-26 周四", "11-26 Thu"),
        (at(26, "23:59:59"), "11-26 周四", "11-26 Thu"),
        (at(30, "23:59:59"), "11-30 周一", "11-30 Mon"),
        (at(5, "12:00", month=1, year=2027), "2027-01-05", "2027-01-05"),
    ],
)
def test_a_due_time_is_said_as_people_say_it(due: datetime, zh: str, en: str) -> None:
    key, facts = due_words(due, NOW)
    assert text("zh", key, **facts) == zh
    assert text("en", key, **facts) == en


@pytest.mark.parametrize(
    ("now", "due"), [(at(24, "22:30"), at(25, "00:30")), (at(31, "22:30", 12), at(1, "00:30", 1, 2027))]
)
def test_soon_is_soon_across_midnight_and_new_year(now: datetime, due: datetime) -> None:
    key, facts = due_words(due, now)
    assert text("zh", key, **facts) == "还剩 2 小时"


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(days=2, hours=4, minutes=30), "2 天 4 小时", "2 days 4 h"),
        (timedelta(days=1, hours=2), "1 天 2 小时", "1 day 2 h"),
        (timedelta(days=1, minutes=59), "1 天", "1 day"),
        (timedelta(days=12), "12 天", "12 days"),
        (timedelta(hours=5, minutes=59), "5 小时", "5 hours"),
        (timedelta(hours=1), "1 小时", "1 hour"),
        (timedelta(minutes=20), "20 分钟", "20 minutes"),
        (timedelta(minutes=1), "1 分钟", "1 minute"),
        (timedelta(seconds=59), "不到 1 分钟", "under a minute"),
        (timedelta(0), "不到 1 分钟", "under a minute"),
        (timedelta(seconds=-5), "不到 1 分钟", "under a minute"),
    ],
)
def test_how_long_it_waited_is_said_in_its_largest_units(span: timedelta, zh: str, en: str) -> None:
    key, facts = waited_words(span)
    assert text("zh", key, **facts) == zh
    assert text("en", key, **facts) == en
