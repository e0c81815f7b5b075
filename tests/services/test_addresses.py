"""What anyone may type into an address: what makes no sense narrows nothing down, and breaks nothing."""

from datetime import date

import pytest

from services.addresses import day_in, month_in, whole_in, year_in
from services.reports.cases import CaseFilters
from services.reports.order_register import CallFilters


@pytest.mark.parametrize("said", [None, "", "x", "-1", "0", "1.5", "１２", "9" * 10, "1 OR 1=1"])
def test_what_is_no_number_of_anything_is_left_out(said: str | None) -> None:
    assert whole_in(said) is None
    assert whole_in("17") == 17


@pytest.mark.parametrize("said", [None, "", "2026-02-30", "0001-01-01", "1999-12-31", "9999-12-31", "26-11-23"])
def test_a_day_at_the_rim_of_the_calendar_is_none(said: str | None) -> None:
    """The day after the last there is cannot be asked for."""
    assert day_in(said) is None
    filters = CaseFilters.read({"from": said or "", "to": said or ""})
    assert (filters.start, filters.end) == (None, None)
    assert day_in("2026-11-23") == date(2026, 11, 23)


@pytest.mark.parametrize("said", [None, "", "x", "202611", "2026-13", "9999-12", "0001-01"])
def test_a_month_at_the_rim_of_the_calendar_is_none(said: str | None) -> None:
    """The month after the last there is cannot be asked for."""
    assert month_in(said) is None
    assert CallFilters.read({"month": said or ""}).month is None
    assert month_in("2026-11") == date(2026, 11, 1)


def test_a_year_is_one_of_this_century() -> None:
    assert [year_in(said) for said in ("2026", "1999", "20260", None)] == [2026, None, None, None]
