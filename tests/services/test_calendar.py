"""The working calendar, held against the State Council's notice for 2026 and against counting minute by minute."""

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from services import calendar
from tests import factories

SHANGHAI = ZoneInfo("Asia/Shanghai")

# The notice of the State Council's general office for 2026, copied by hand: (first day off, last day off).
HOLIDAYS_2026 = [
    ((1, 1), (1, 3)),  # New Year
    ((2, 15), (2, 23)),  # Spring Festival
    ((4, 4), (4, 6)),  # Qingming
    ((5, 1), (5, 5)),  # Labour Day
    ((6, 19), (6, 21)),  # Dragon Boat Festival
    ((9, 25), (9, 27)),  # Mid-Autumn
    ((10, 1), (10, 7)),  # National Day
]
MADE_UP_2026 = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}


def moment(year: int, month: int, day: int, at: str = "09:00") -> datetime:
    return datetime.combine(date(year, month, day), time.fromisoformat(at), SHANGHAI).astimezone(UTC)


def works_by_the_notice(day: date) -> bool:
    at = (day.month, day.day)
    if at in MADE_UP_2026:
        return True
    return day.weekday() < 5 and not any(first <= at <= last for first, last in HOLIDAYS_2026)


def open_by_the_notice(at: datetime) -> bool:
    local = at.astimezone(SHANGHAI)
    clock = local.time()
    open_now = time(8, 30) <= clock < time(12) or time(13, 30) <= clock < time(18)
    return open_now and works_by_the_notice(local.date())


# --- days


def test_every_day_of_2026_is_what_the_notice_says(session: Session) -> None:
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert calendar.is_working_day(session, day) == works_by_the_notice(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 20), True),  # a Sunday, worked for National Day
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),  # a Wednesday
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday, made up
        (date(2026, 10, 11), False),
    ],
)
def test_the_national_day_week_and_its_make_up_days(session: Session, day: date, works: bool) -> None:
    assert calendar.is_working_day(session, day) is works


def test_the_companys_own_table_outranks_the_national_calendar(session: Session) -> None:
    factories.calendar_day(session, date(2026, 10, 3), True, "抢修值班")
    factories.calendar_day(session, date(2026, 10, 8), False, "厂庆")
    assert calendar.is_working_day(session, date(2026, 10, 3))
    assert not calendar.is_working_day(session, date(2026, 10, 8))
    assert calendar.add_working_days(session, moment(2026, 9, 30), 2) == moment(2026, 10, 9, "23:59:59")


def test_a_year_nobody_has_announced_yet_knows_weekends_and_own_days_only(session: Session) -> None:
    factories.calendar_day(session, date(2031, 10, 1), False, "国庆节")
    assert calendar.known(date(2004, 1, 1))
    assert calendar.known(date(2026, 12, 31))
    assert not calendar.known(date(2003, 12, 31))
    assert not calendar.known(date(2031, 10, 1))
    assert not calendar.is_working_day(session, date(2031, 10, 1))  # a Wednesday
    assert calendar.is_working_day(session, date(2031, 10, 2))
    assert not calendar.is_working_day(session, date(2031, 10, 4))  # a Saturday


def test_years_of_which_no_day_is_known_are_named_until_the_company_enters_its_own(session: Session) -> None:
    """Issue 3 point 3"""
    assert calendar.unknown_years(session, date(2026, 1, 1), date(2026, 12, 31)) == []
    assert calendar.unknown_years(session, date(2026, 12, 31), date(2028, 1, 1)) == [2027, 2028]
    factories.calendar_day(session, date(2027, 10, 1), False)
    assert calendar.unknown_years(session, date(2026, 12, 31), date(2028, 1, 1)) == [2028]


def test_the_working_days_of_a_span_include_both_ends(session: Session) -> None:
    factories.calendar_day(session, date(2026, 10, 9), False, "厂庆")
    days = calendar.working_days_between(session, date(2026, 9, 30), date(2026, 10, 12))
    assert days == [date(2026, 9, 30), date(2026, 10, 8), date(2026, 10, 10), date(2026, 10, 12)]
    assert calendar.working_days_between(session, date(2026, 10, 2), date(2026, 10, 1)) == []


# --- adding days


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (moment(2026, 11, 23), 1, moment(2026, 11, 24, "23:59:59")),
        (moment(2026, 11, 23), 0, moment(2026, 11, 23, "23:59:59")),
        (moment(2026, 11, 28), 0, moment(2026, 11, 30, "23:59:59")),  # a Saturday is no day to be late on
        (moment(2026, 11, 27), 1, moment(2026, 11, 30, "23:59:59")),
        (moment(2026, 11, 28), 1, moment(2026, 11, 30, "23:59:59")),
        (moment(2026, 9, 30), 1, moment(2026, 10, 8, "23:59:59")),
        (moment(2026, 9, 30), 3, moment(2026, 10, 10, "23:59:59")),  # the made-up Saturday counts
        (moment(2026, 9, 30), 4, moment(2026, 10, 12, "23:59:59")),
        (moment(2025, 12, 31), 1, moment(2026, 1, 4, "23:59:59")),  # over the year end, to a made-up Sunday
        (moment(2026, 12, 31), 1, moment(2027, 1, 1, "23:59:59")),  # 2027 is not known: an ordinary Friday
    ],
)
def test_working_days_are_counted_from_the_day_after_to_the_end_of_a_day(
    session: Session, start: datetime, days: int, end: datetime
) -> None:
    """P1-4.2a counts three working days so."""
    assert calendar.add_working_days(session, start, days) == end


def test_the_day_is_the_day_in_shanghai(session: Session) -> None:
    """22 November 16:30 UTC is already the 23rd, half past midnight."""
    start = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert calendar.add_working_days(session, start, 1) == moment(2026, 11, 24, "23:59:59")


def test_adding_days_agrees_with_counting_them_one_by_one(session: Session) -> None:
    chance = random.Random(7)
    for _ in range(200):
        start = moment(2026, 1, 1) + timedelta(minutes=chance.randrange(300 * 24 * 60))
        days = chance.randrange(1, 25)
        day, left = start.astimezone(SHANGHAI).date(), days
        while left:
            day += timedelta(days=1)
            left -= works_by_the_notice(day)
        assert calendar.add_working_days(session, start, days).astimezone(SHANGHAI).date() == day


# --- adding hours


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (moment(2026, 11, 23, "09:00"), 2, moment(2026, 11, 23, "11:00")),
        (moment(2026, 11, 23, "09:00"), 3, moment(2026, 11, 23, "12:00")),  # the last minute before lunch, not after it
        (moment(2026, 11, 23, "11:00"), 2, moment(2026, 11, 23, "14:30")),  # over lunch
        (moment(2026, 11, 23, "12:40"), 1, moment(2026, 11, 23, "14:30")),  # begun during lunch
        (moment(2026, 11, 23, "06:00"), 1, moment(2026, 11, 23, "09:30")),  # before the gate opens
        (moment(2026, 11, 23, "16:00"), 4, moment(2026, 11, 24, "10:30")),  # over night
        (moment(2026, 11, 23, "18:00"), 1, moment(2026, 11, 24, "09:30")),
        (moment(2026, 11, 27, "17:00"), 4, moment(2026, 11, 30, "11:30")),  # over a weekend
        (moment(2026, 9, 30, "16:00"), 4, moment(2026, 10, 8, "10:30")),  # over National Day
        (moment(2025, 12, 31, "17:00"), 2, moment(2026, 1, 4, "09:30")),  # over the year end
        (moment(2026, 11, 23, "22:00"), 0, moment(2026, 11, 23, "22:00")),
    ],
)
def test_working_hours_run_only_while_the_company_works(
    session: Session, start: datetime, hours: int, end: datetime
) -> None:
    """P1-4.1: a complaint is passed on within four working hours."""
    assert calendar.add_working_hours(session, start, hours) == end


def test_the_hours_of_work_are_a_setting(session: Session) -> None:
    factories.setting(
        session, "hours.working", [["14:00", "18:00"], ["08:00", "12:00"]], approved_at=moment(2026, 1, 5)
    )
    assert calendar.add_working_hours(session, moment(2026, 11, 24, "11:00"), 2) == moment(2026, 11, 24, "15:00")


def test_hours_of_work_that_hold_no_time_are_our_error(session: Session) -> None:
    factories.setting(session, "hours.working", [], approved_at=moment(2026, 1, 5))
    with pytest.raises(ValueError, match="hours.working"):
        calendar.add_working_hours(session, moment(2026, 11, 24), 1)


def test_nobody_counts_backwards(session: Session) -> None:
    with pytest.raises(ValueError, match="-1"):
        calendar.add_working_hours(session, moment(2026, 11, 24), -1)
    with pytest.raises(ValueError, match="-1"):
        calendar.add_working_days(session, moment(2026, 11, 24), -1)


# --- the time between


@pytest.mark.parametrize(
    ("a", "b", "hours"),
    [
        (moment(2026, 11, 23, "09:00"), moment(2026, 11, 23, "09:30"), 0.5),
        (moment(2026, 11, 23, "11:30"), moment(2026, 11, 23, "14:00"), 1),
        (moment(2026, 11, 23, "08:00"), moment(2026, 11, 23, "20:00"), 8),
        (moment(2026, 11, 23, "12:10"), moment(2026, 11, 23, "13:20"), 0),
        (moment(2026, 11, 27, "17:00"), moment(2026, 11, 30, "09:00"), 1.5),
        (moment(2026, 9, 30, "17:00"), moment(2026, 10, 8, "09:30"), 2),
        (moment(2026, 9, 28), moment(2026, 9, 28), 0),
        (moment(2026, 9, 29), moment(2026, 9, 28), 0),
    ],
)
def test_the_time_between_counts_hours_of_work_only(session: Session, a: datetime, b: datetime, hours: float) -> None:
    assert calendar.working_time_between(session, a, b) == timedelta(hours=hours)


def test_the_time_between_agrees_with_counting_quarter_hours(session: Session) -> None:
    chance, quarter = random.Random(11), timedelta(minutes=15)
    for _ in range(40):
        a = moment(2026, 1, 1, "00:00") + quarter * chance.randrange(300 * 96)
        b = a + quarter * chance.randrange(20 * 96)
        counted = sum(open_by_the_notice(a + quarter * i) for i in range((b - a) // quarter))
        assert calendar.working_time_between(session, a, b) == quarter * counted


def test_hours_added_are_hours_in_between(session: Session) -> None:
    chance = random.Random(13)
    for _ in range(100):
        a = moment(2026, 1, 1) + timedelta(minutes=chance.randrange(300 * 24 * 60))
        hours = chance.randrange(1, 60)
        end = calendar.add_working_hours(session, a, hours)
        assert calendar.working_time_between(session, a, end) == timedelta(hours=hours)
        assert calendar.working_time_between(session, a, end - timedelta(minutes=1)) < timedelta(hours=hours)


def test_a_long_span_asks_the_database_a_constant_number_of_times(session: Session, statements: list[str]) -> None:
    calendar.working_time_between(session, moment(2024, 1, 1), moment(2026, 11, 23))
    calendar.add_working_days(session, moment(2024, 1, 1), 500)
    assert len(statements) <= 4


@pytest.fixture
def statements(session: Session) -> list[str]:
    import sqlalchemy as sa

    said: list[str] = []
    session.connection()
    sa.event.listen(session.get_bind(), "before_cursor_execute", lambda *args: said.append(args[2]))
    return said
