"""Scorecards and the evaluation of the use of funds on their pages (P1-7.2, P2-7, P4-1.4)."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest
from time_machine import Traveller

from tests.complaint_story import at_step, step
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import chinese_labels, errors, raw_keys, run, shown, zh

MONTH = {"span": "month", "month": "202611"}


@pytest.fixture
def case(cast: Cast, clock: Traveller) -> None:
    """A case of the engineer's that was closed in November; it is December."""
    step(cast, at_step(cast, "feed_back"), now=NOW + timedelta(days=2))
    clock.move_to(NOW + timedelta(days=14))


def _reads_well(app: AppTest, language: str) -> None:
    assert not errors(app) and not raw_keys(app)
    assert language == "zh" or not chinese_labels(app)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_head_sees_his_department_and_the_papers_behind_a_bar(
    cast: Cast, visit: Visit, case: None, language: str
) -> None:
    app = visit(cast.department_head, "scorecards", language, **MONTH)
    _reads_well(app, language)
    table, behind = app.dataframe
    assert table.value.iloc[0, 0] == cast.service.name and len(behind.value) == 1
    key = f"scorecards.chart.department.{cast.service.id}.202611"
    app.session_state[key] = {"selection": {"indicator": [{"indicator": "satisfaction"}]}}
    app = run(app)
    assert app.dataframe[1].value.iloc[0, 2] == 5.0


def test_an_engineer_sees_his_own(cast: Cast, visit: Visit, case: None) -> None:
    app = visit(cast.engineer, "scorecards", **MONTH)
    assert cast.engineer.name in shown(app) and len(app.dataframe) == 1
    app = visit(cast.stranger, "scorecards", view="department", **MONTH)
    assert zh("scorecards.none") in shown(app)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cost_stands_against_quality(cast: Cast, visit: Visit, case: None, language: str) -> None:
    app = visit(cast.finance_head, "evaluation", language, **MONTH)
    _reads_well(app, language)
    assert app.dataframe[-1].value.iloc[0]["cost_per_case"] == 1000.0
    app = visit(cast.engineer, "evaluation", **MONTH)
    assert zh("evaluation.shut") in shown(app) and not app.dataframe
