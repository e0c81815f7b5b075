"""The pages of the dispatcher and of the service clerk: board and register."""

from datetime import time

import pytest

from services.texts import text
from tests.factories import Cast
from tests.order_story import at_step, order, sent_order
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, pick_row, press, raw_keys, shown, zh


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_board_shows_calls_beside_everybodys_day(cast: Cast, visit: Visit, language: str) -> None:
    """P5-8.1"""
    at_step(cast, "visit")
    waiting = sent_order(cast, urgency="critical")
    app = visit(cast.dispatcher, "dispatch_board", language=language)
    for words in (str(waiting.number), "西安地铁", cast.engineer.name, text(language, "severity.critical")):
        assert words in shown(app)
    assert not raw_keys(app) and not errors(app)


def test_a_call_is_given_to_somebody_on_the_board_and_a_double_booking_is_refused_in_words(
    cast: Cast, visit: Visit
) -> None:
    """P6-8b, issue 7"""
    at_step(cast, "visit")
    paper = sent_order(cast)
    app = visit(cast.dispatcher, "dispatch_board")
    key = f"board.{paper.id}.{paper.version}"
    app.selectbox(key=f"{key}.person").set_value(cast.engineer.id)
    app.time_input(key=f"{key}.from").set_value(time(10, 30))
    app.time_input(key=f"{key}.until").set_value(time(11, 30))
    app = press(app, f"{key}.do")
    assert any("SO-202611-0001" in one.value for one in app.error)
    app.selectbox(key=f"{key}.person").set_value(cast.engineer2.id)
    press(app, f"{key}.do")
    assert order(paper).technician_id == cast.engineer2.id


def test_who_may_only_look_gets_no_buttons(cast: Cast, visit: Visit) -> None:
    paper = sent_order(cast)
    app = visit(cast.service_clerk, "dispatch_board")
    assert str(paper.number) in shown(app) and not [one for one in app.button if str(one.key).startswith("board.")]


def test_the_register_lists_calls_opens_one_and_takes_in_the_next(cast: Cast, visit: Visit) -> None:
    """P6-8a"""
    paper = sent_order(cast)
    app = visit(cast.service_clerk, "call_register")
    assert str(paper.number) in shown(app) and zh("step.dispatch.doing") in shown(app)
    assert address(pick_row(app, 0)) == ("service_orders", {"number": paper.number})
    path, query = address(press(visit(cast.service_clerk, "call_register"), "calls.new"))
    assert path == "service_orders" and "new" in query
