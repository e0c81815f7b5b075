"""The briefing page shows the month's figures and leads to its files."""

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, raw_keys, shown, zh


def test_the_leadership_sees_the_months_figures(cast: Cast, visit: Visit) -> None:
    for language in ("zh", "en"):
        app = visit(cast.general_manager, "briefing", language)
        assert not errors(app) and not raw_keys(app)
    assert zh("briefing.left") in shown(visit(cast.vice_president, "briefing"))


def test_nobody_else_sees_it(cast: Cast, visit: Visit) -> None:
    app = visit(cast.engineer, "briefing")
    assert zh("menu.home") in shown(app) or zh("briefing.not_yours") in shown(app)
    assert zh("briefing.left") not in shown(app)
