"""A nervous finger: two clicks at one place are one decision, and the paper that was decided stays in sight. And the
rows that lead there, as hand and keyboard find them.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

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


def test_rows_are_ticked_turned_and_followed(company: Company, screens: Screens) -> None:
    cast, there = company.cast, {"destinations": "株洲北", "starts_on": "2027-06-01", "ends_on": "2027-06-02"}
    with company.at_home():
        first, second = sent_trip(cast, task="换阀", **there), sent_trip(cast, cast.engineer2, task="跟车", **there)
    head = screens.of(cast.department_head, "/inbox?q=株洲北")
    page = head.page
    links = page.locator(".paper-rows tbody a")

    head.tick("全选").sees("已选 2 项")
    head.tick(str(first.number)).sees("已选 1 项")
    expect(page.get_by_role("checkbox", name="全选")).not_to_be_checked()
    head.press("金额（元）").sees("已选 1 项")
    expect(page.locator("th[aria-sort]")).to_contain_text("金额")

    page.get_by_placeholder("单号、事由、申请人").fill("换阀")
    head.press("期限")
    expect(links).to_have_count(1)
    assert "sort" not in page.url, "what is typed is not lost by a click elsewhere"

    links.first.focus()
    page.keyboard.press("Enter")
    head.settle().sees("接下来")
    assert head.number() == first.number
    page.go_back()
    head.settle()
    expect(links).to_have_count(1)

    with page.context.expect_page() as opened:
        links.first.click(modifiers=["Control"])
    expect(opened.value.locator(".st-key-document-head")).to_contain_text(str(first.number))
    opened.value.close()
    assert "inbox" in page.url, "the inbox stays where it is"

    head.go("/travel_requests?q=株洲北").press("审批中")
    expect(links).to_have_count(2)
    page.get_by_text("跟车").first.click()
    head.settle()
    assert head.number() == second.number, "anywhere in the row"


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
