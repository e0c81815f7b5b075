"""A nervous finger: two clicks at one place are one decision, and the paper that was decided stays in sight."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.people import local_day
from tests.browser.screen import Company, Screen, Screens
from tests.story import sent_trip

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("pause", [0, 80, 700])
def test_two_clicks_on_approve_sign_one_paper(company: Company, screens: Screens, pause: int) -> None:
    days = 60 + pause // 10
    first, second = (_sent(company, who, days) for who in (company.cast.engineer, company.cast.engineer2))
    head = screens.of(company.cast.department_head, f"/travel_requests?number={first}").sees(first, "部门领导审批中")
    _click_twice(head, "同意", pause)
    head.sees("已同意", "下一件").does_not_see("退回")
    assert head.number() == first, "the paper that was signed stays"
    head.go(f"/travel_requests?number={second}").sees("部门领导审批中", "同意")


def _click_twice(me: Screen, words: str, pause: int) -> None:
    box = me.button(words).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    me.page.mouse.click(x, y)
    me.page.wait_for_timeout(pause)
    me.page.mouse.click(x, y)
    me.settle()


def _sent(company: Company, who: Any, days: int) -> str:
    start = local_day(datetime.now(UTC)) + timedelta(days=days)
    with company.at_home():
        trip = sent_trip(company.cast, who, starts_on=start.isoformat(), ends_on=start.isoformat())
    assert trip.number
    return trip.number
