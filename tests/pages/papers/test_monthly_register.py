"""The clerk's monthly register on the page: chosen, looked at, sent, printed (P9-6)."""

import re

import pytest
from time_machine import Traveller

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, faults, markup, press_named, raw_keys, run, shown, type_in, zh
from tests.story import LATER, finished_trip, reload, sent_register


@pytest.fixture(autouse=True)
def _december(cast: Cast, clock: Traveller) -> None:
    """November is over."""
    clock.move_to(LATER)


def test_the_clerk_chooses_a_month_and_sees_what_will_be_sent(cast: Cast, visit: Visit) -> None:
    """P9-6a"""
    finished_trip(cast)
    app = visit(cast.clerk, "monthly_registers", new="register")
    assert zh("MR.count.trips", count=1) in shown(app) and "西安" in shown(app)
    assert zh("MR.count.spendings", count=0) not in shown(app), "only what is asked for is counted"
    app = run(type_in(app, month="2026-10"))
    assert zh("fault.nothing_drawn") in shown(app)
    app = run(type_in(app, month="2026-13"))
    assert zh("fault.month") in faults(app)
    app = press_named(run(type_in(app, month="2026年11月")), zh("action.submit"))
    where, query = address(app)
    assert where == "monthly_registers" and query["number"].startswith("MR-202612-")
    assert "2026-11" in shown(app).replace("\\", "") and not raw_keys(app)


def test_a_sent_register_is_printed_and_taken_as_excel(cast: Cast, visit: Visit) -> None:
    """P9-6a"""
    register = reload(sent_register(cast))
    app = visit(cast.department_head, "monthly_registers", number=str(register.number))
    links = re.findall(r'href="([^"]+)"', markup(app))
    assert f"/print/{register.number}/register.pdf?lang=zh" in links
    assert f"/print/{register.number}/register.xlsx?lang=zh" in links
    assert zh("register_kind.trips") in shown(app)


@pytest.mark.parametrize("who", ["engineer", "department_head"])
def test_who_is_no_clerk_is_offered_none(cast: Cast, visit: Visit, who: str) -> None:
    """P9-6b: wrong role"""
    app = visit(getattr(cast, who), "monthly_registers", new="register")
    assert [one.value for one in app.warning] == [zh("draft.may_not_start")]


def test_a_stranger_finds_none(cast: Cast, visit: Visit) -> None:
    register = reload(sent_register(cast))
    app = visit(cast.stranger, "monthly_registers", number=str(register.number))
    assert "西安" not in shown(app)


def test_the_list_says_the_month_as_people_do(cast: Cast, visit: Visit) -> None:
    sent_register(cast)
    app = visit(cast.clerk, "monthly_registers")
    assert "2026-11" in shown(app) and "202611\n" not in shown(app)
