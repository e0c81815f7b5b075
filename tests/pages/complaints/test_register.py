"""The page of the register: what is due, at which stage, found by words, opened with a click."""

import pytest

from services.texts import text
from tests.complaint_story import at_step, sent_complaint
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, pick_row, raw_keys, run, shown, zh


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_shows_cases_with_their_clocks_and_reads_as_words(cast: Cast, visit: Visit, language: str) -> None:
    """P5-5.1b"""
    at_step(cast, "verify")
    app = visit(cast.quality_inspector, "complaint_register", language=language)
    seen = shown(app)
    for words in (
        "CP-202611-0001",
        "西安地铁",
        "王建军",
        text(language, "due.kept"),
        text(language, "step.verify.doing"),
    ):
        assert words in seen
    assert not raw_keys(app) and not errors(app)


def test_words_and_stages_narrow_it_down_and_stand_in_the_address(cast: Cast, visit: Visit) -> None:
    at_step(cast, "verify", content="空压机异响")
    sent_complaint(cast)
    app = visit(cast.quality_inspector, "complaint_register")
    app.text_input(key="register.q").set_value("异响")
    app = run(app)
    assert "CP-202611-0001" in shown(app) and "CP-202611-0002" not in shown(app)
    assert address(app)[1] == {"q": "异响"}
    app = visit(cast.quality_inspector, "complaint_register", step="accept")
    assert "CP-202611-0002" in shown(app) and "CP-202611-0001" not in shown(app)


def test_an_address_sets_every_filter(cast: Cast, visit: Visit) -> None:
    """A link shows the same: choices, people, departments, days, what the customer said."""
    at_step(cast, "feed_back", severity="critical")
    said = {
        "severity": "critical", "verdict": "quality", "cause": "seal", "channel": "phone", "warranty": "running",
        "nature": "quality", "responsible": str(cast.quality.id), "handler": str(cast.engineer.id), "score": "5",
        "from": "2026-11-01", "to": "2026-11-30",
    }  # fmt: skip
    app = visit(cast.quality_inspector, "complaint_register", **said)
    assert "CP-202611-0001" in shown(app) and not errors(app)
    assert (app.selectbox(key="register.score").value, app.selectbox(key="register.nature").value) == ("5", "quality")
    app.selectbox(key="register.score").set_value("4")
    app = run(app)
    assert "CP-" not in shown(app) and address(app)[1] == said | {"score": "4"}


def test_a_click_opens_the_case(cast: Cast, visit: Visit) -> None:
    sent_complaint(cast)
    app = pick_row(visit(cast.quality_inspector, "complaint_register"), 0)
    assert address(app) == ("complaints", {"number": "CP-202611-0001"})


def test_who_may_read_no_case_sees_an_empty_register(cast: Cast, visit: Visit) -> None:
    sent_complaint(cast)
    app = visit(cast.stranger, "complaint_register")
    assert zh("list.empty") in shown(app) and "CP-" not in shown(app)
