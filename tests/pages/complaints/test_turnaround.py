"""The turnaround page: one screen for managers, in both languages, with the cases behind it."""

from datetime import timedelta

import pytest

from services.reports.turnaround import monday
from services.texts import text
from tests.complaint_story import at_step, sent_complaint
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, chinese_labels, errors, pick_row, raw_keys, run, shown, zh


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_says_how_things_stand(cast: Cast, visit: Visit, language: str) -> None:
    """P1-7.1"""
    at_step(cast, None)
    sent_complaint(cast, received_at=(NOW - timedelta(hours=30)).isoformat())
    app = visit(cast.quality_inspector, "turnaround", language=language)
    figures = {one.label: one.value for one in app.metric}
    assert figures[text(language, "turnaround.answer")] == "50.0%"
    assert figures[text(language, "turnaround.open")] == "1"
    assert not raw_keys(app) and not errors(app)
    assert language == "zh" or not chinese_labels(app)


def test_it_shows_the_open_cases_and_a_click_opens_one(cast: Cast, visit: Visit) -> None:
    at_step(cast, None)
    sent_complaint(cast)
    app = visit(cast.quality_inspector, "turnaround")
    assert "CP-202611-0002" in shown(app) and zh("turnaround.cases_open") in shown(app)
    assert address(pick_row(app, 0)) == ("complaints", {"number": "CP-202611-0002"})


def test_behind_a_mark_stand_its_cases_and_no_others(cast: Cast, visit: Visit) -> None:
    """Issue 6, 7: what is picked in a chart opens above the page, whole"""
    at_step(cast, "plan")
    sent_complaint(cast)
    app = visit(cast.quality_inspector, "turnaround")
    for mark, cases in (
        ({"cause": [{"cause": "seal"}]}, ["0001"]),
        ({"step": [{"step": "accept"}]}, ["0002", "0001"]),
        ({"group": [{"group": ""}]}, ["0002"]),
        ({"week": [{"week": monday(NOW.date()).isoformat()}]}, ["0002", "0001"]),
    ):
        (chart,) = mark
        app.session_state[f"turnaround.{chart}.0"] = {"selection": mark}
        app = run(app)
        picked = next(one for one in app.dataframe if one.key and one.key.startswith("turnaround.picked"))
        assert [number[-4:] for number in picked.value["number"]] == cases
        app.session_state[f"turnaround.{chart}.0"] = {"selection": {chart: []}}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_chart_has_its_table(cast: Cast, visit: Visit, language: str) -> None:
    at_step(cast, None)
    app = visit(cast.quality_inspector, "turnaround", language=language)
    heads = {one.value.columns[0] for one in app.dataframe}
    parts = ("turnaround.from", "turnaround.closed_in", "turnaround.step", "turnaround.cause", "register.department")
    assert heads >= {text(language, part) for part in parts}


def test_without_a_case_it_is_empty_and_whole(cast: Cast, visit: Visit) -> None:
    app = visit(cast.general_manager, "turnaround", weeks="52")
    assert not errors(app) and not raw_keys(app) and zh("list.empty") in shown(app)


def test_it_is_for_managers(cast: Cast, visit: Visit) -> None:
    at_step(cast, None)
    for who in (cast.engineer, cast.stranger, cast.administrator):
        app = visit(who, "turnaround")
        assert [one.value for one in app.warning] == [zh("turnaround.not_yours")] and not app.metric
