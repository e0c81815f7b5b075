"""What stands in a page's address is typed by anyone: what makes no sense is left out."""

import re
from datetime import date

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Between which the portal keeps records."""


def whole_in(said: str | None) -> int | None:
    """A whole number above zero that a column can hold."""
    return (int(said) or None) if said and re.fullmatch("[0-9]{1,9}", said) else None


def day_in(said: str | None) -> date | None:
    try:
        day = date.fromisoformat(said or "")
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def month_in(said: str | None) -> date | None:
    """The first day of a month as 2026-11."""
    return day_in(f"{said}-01") if said else None


def year_in(said: str | None) -> int | None:
    return int(said) if said and re.fullmatch("20[0-9]{2}", said) else None
