"""The budget page: five figures, two charts, alerts, and the papers behind a mark (P2-5.2)."""

from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from models import BudgetCategory, Document, Posting
from services.database import writing
from services.money import ledger
from services.money.ledger import BudgetLine
from tests import factories
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, chinese_labels, en, raw_keys, run, shown, zh
from tests.story import approved_trip, estimate


@pytest.fixture
def trip(cast: Cast) -> Document:
    """7,000 yuan are reserved for a trip out of a plan of 16,000 for November and as much for December."""
    with writing() as session:
        paper = factories.document(session, "TR", cast.finance_head)
        lines = [
            BudgetLine(month, cast.service.id, BudgetCategory.OTHER, Decimal("16000.00"))
            for month in ("202611", "202612")
        ]
        ledger.allot(session, paper, Posting.ISSUED, lines, NOW)
    return approved_trip(cast, estimates=[estimate(cast, "train", "7000.00")])


def figures(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def pick(app: AppTest, chart: str, selection: str, **fields: Any) -> AppTest:
    """Click a mark of a chart."""
    app.session_state[chart] = {"selection": {selection: [fields]}}
    return run(app)


def test_a_manager_sees_what_is_left_in_units_of_ten_thousand(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.department_head, "budget", year="2026")
    found = figures(app)
    assert (found[zh("burn.plan")], found[zh("burn.reserved")], found[zh("burn.left")]) == ("3.2", "0.7", "2.5")
    assert trip.number in shown(app) and trip.title in shown(app)
    assert "16,000.00" in shown(app) and "9,000.00" in shown(app), "the figures stand in yuan for whoever prints them"


def test_in_english_they_count_in_thousands(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.department_head, "budget", "en", year="2026")
    found = figures(app)
    assert (found[en("burn.plan")], found[en("burn.reserved")], found[en("burn.left")]) == ("32.0", "7.0", "25.0")
    assert not raw_keys(app) and not chinese_labels(app)


def test_a_line_over_its_share_is_an_alert(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.department_head, "budget", year="2026")
    assert zh("burn.no_alerts") in shown(app)
    with writing() as session:
        factories.setting(session, "budget.watched_share", 20)
    assert zh("burn.near") in shown(run(app))


def test_the_filters_stand_in_the_address(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.finance_vp, "budget", year="2026", department=str(cast.service2.id))
    assert figures(app)[zh("burn.plan")] == "0.0"
    app = visit(cast.finance_vp, "budget", year="2026")
    app.selectbox(key="burn.category").set_value(BudgetCategory.TRAINING)
    app = run(app)
    assert address(app) == ("budget", {"year": "2026", "category": "training"})
    assert figures(app)[zh("burn.plan")] == "0.0"


def test_a_click_on_a_mark_shows_the_papers_behind_it(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.department_head, "budget", year="2026")
    other = pick(app, "course", "month", month=3)
    assert zh("burn.no_papers") in shown(other)
    app = visit(cast.department_head, "budget", year="2026")
    app = pick(app, "use", "cell", department_id=cast.service.id, code="other")
    assert f"{cast.service.name}　{zh('category.other')}" in shown(app) and trip.number in shown(app)
    assert zh("burn.history") in shown(app) and "32,000.00" in shown(app), "P7-7: who moved what and why"


def test_a_click_on_a_paper_opens_it(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.department_head, "budget", year="2026")
    app.session_state["papers"] = {"selection": {"rows": [], "columns": [], "cells": [(0, "number")]}}
    assert address(run(app)) == ("travel_requests", {"number": trip.number})


def test_a_paper_that_the_reader_may_not_read_is_a_sum_only(cast: Cast, visit: Visit, trip: Document) -> None:
    app = visit(cast.other_head, "budget", year="2026")
    assert zh("burn.not_readable") in shown(app)
    assert trip.number not in shown(app) and trip.title not in shown(app)


def test_before_there_are_figures_the_page_says_so(cast: Cast, visit: Visit) -> None:
    app = visit(cast.general_manager, "budget", year="2026")
    assert zh("burn.nothing") in shown(app)


@pytest.mark.parametrize("login", ["engineer", "clerk", "stranger", "administrator"])
def test_nobody_else_gets_in(cast: Cast, visit: Visit, trip: Document, login: str) -> None:
    app = visit(getattr(cast, login), "budget", year="2026")
    assert zh("burn.not_yours") in shown(app)
    assert not app.metric
