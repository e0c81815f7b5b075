"""Months of the calendar as the portal keeps them, 202611: how they are said, where they begin and end."""

from datetime import date, timedelta


def month_said(month: str | None) -> str:
    """As people write it: 2026-11."""
    return f"{month[:4]}-{month[4:]}" if month else ""


def first_day(month: str) -> date:
    return date(int(month[:4]), int(month[4:]), 1)


def last_day(month: str) -> date:
    return _after(first_day(month)) - timedelta(days=1)


def months_before(month: str, count: int = 1) -> str:
    """The month so many before."""
    year, number = divmod(int(month[:4]) * 12 + int(month[4:]) - 1 - count, 12)
    return f"{year}{number + 1:02d}"


def _after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
