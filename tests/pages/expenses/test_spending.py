"""The spending page: five figures, four charts with their tables and Excel, the papers behind every mark (P2-5.2)."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from time_machine import Traveller

from models import Document
from services.database import reading
from services.reports.spending import Scope, purposes
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, chinese_labels, en, raw_keys, run, shown, zh
from tests.story import LATER, paid_advance, paid_claim


@pytest.fixture
def claim(cast: Cast, clock: Traveller) -> Document:
    """A trip that cost 1,750, and an advance of 1,000 that is open."""
    paid = paid_claim(cast)
    paid_advance(cast, cast.engineer2)
    clock.move_to(LATER)
    return paid


def figures(app: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in app.metric}


def pick(app: AppTest, chart: str, selection: str, **fields: Any) -> AppTest:
    """Click a mark of a chart."""
    app.session_state[chart] = {"selection": {selection: [fields]}}
    return run(app)


def links(app: AppTest) -> list[str]:
    return [one.proto.url for one in app.get("link_button")]


def test_a_manager_sees_what_the_money_went_to(cast: Cast, visit: Visit, claim: Document) -> None:
    app = visit(cast.department_head, "spending")
    found = figures(app)
    assert found[zh("spending.per_trip")] == "¥ 1,750" and found[zh("spending.per_day")] == "¥ 583"
    assert (found[zh("spending.spent")], found[zh("spending.open")]) == ("0.2", "¥ 1,000")
    assert not raw_keys(app)


def test_in_english_too(cast: Cast, visit: Visit, claim: Document) -> None:
    app = visit(cast.finance_head, "spending", "en")
    assert figures(app)[en("spending.per_trip")] == "¥ 1,750"
    assert not raw_keys(app) and not chinese_labels(app)


def test_every_chart_has_its_table_and_its_excel(cast: Cast, visit: Visit, claim: Document) -> None:
    app = visit(cast.finance_head, "spending")
    headings = shown(app)
    for name in ("purpose", "per_trip", "median"):
        assert zh(f"spending.column.{name}") in headings
    assert zh("ageing.days_overdue") in headings
    exports = [one for one in links(app) if one.startswith("/export/")]
    assert [one.partition("?")[0] for one in exports].count("/export/spending.xlsx") == 3
    assert any(one.startswith("/export/open_advances.xlsx") for one in exports)


def test_a_click_on_a_mark_shows_the_papers_behind_it(cast: Cast, visit: Visit, claim: Document) -> None:
    with reading() as session:
        key = purposes(session, cast.finance_head, Scope(2026))[0].key
    app = visit(cast.finance_head, "spending")
    assert str(claim.number) not in shown(app)
    assert str(claim.number) in shown(pick(app, "purposes", "cell", key=key, month=11))
    app = visit(cast.finance_head, "spending")
    assert zh("burn.no_papers") in shown(pick(app, "purposes", "cell", key=key, month=10))
    app = visit(cast.finance_head, "spending")
    assert "TR-202611-0001" in shown(pick(app, "trips.per_trip", "month", month=11))
    app = visit(cast.finance_head, "spending")
    assert str(claim.number) in shown(pick(app, "steps", "step", key="clerk"))


def test_a_click_on_a_paper_opens_it(cast: Cast, visit: Visit, claim: Document) -> None:
    app = pick(visit(cast.finance_head, "spending"), "steps", "step", key="clerk")
    app.session_state["steps.papers"] = {"selection": {"rows": [], "columns": [], "cells": [(0, "number")]}}
    assert address(run(app)) == ("expense_claims", {"number": claim.number})


def test_the_filters_stand_in_the_address(cast: Cast, visit: Visit, claim: Document) -> None:
    app = visit(cast.finance_head, "spending")
    app.selectbox(key="spending.department").set_value(str(cast.service2.id))
    app = run(app)
    assert address(app) == ("spending", {"department": str(cast.service2.id)})
    assert zh("spending.nothing") in shown(app)
    assert zh("spending.nothing") in shown(visit(cast.finance_head, "spending", year="2025"))


def test_old_advances_are_told_from_those_not_due(cast: Cast, visit: Visit, claim: Document, clock: Traveller) -> None:
    clock.move_to(NOW + timedelta(days=200))
    app = visit(cast.finance_head, "spending", year="2026")
    advances = next(one for one in app.dataframe if one.key == "advances").value
    assert list(advances["open"]) == [1000.0] and advances["days_overdue"][0] > 90
    other = pick(app, "ages", "age", place=0)
    assert not len(next(one for one in other.dataframe if one.key == "advances").value)


def test_a_head_has_no_choice_of_departments_and_sees_no_other(cast: Cast, visit: Visit, claim: Document) -> None:
    """P2-1.3"""
    app = visit(cast.other_head, "spending")
    assert zh("spending.nothing") in shown(app) and zh("ageing.none") in shown(app)
    assert app.selectbox(key="spending.department").options == [cast.service2.name]
    app = visit(cast.other_head, "spending", department=str(cast.service.id))
    assert zh("spending.not_yours") in shown(app) and not app.metric


@pytest.mark.parametrize("login", ["engineer", "clerk", "stranger", "administrator"])
def test_nobody_else_gets_in(cast: Cast, visit: Visit, claim: Document, login: str) -> None:
    app = visit(getattr(cast, login), "spending")
    assert zh("spending.not_yours") in shown(app) and not app.metric
