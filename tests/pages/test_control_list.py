"""The control list on its page: who sees it, what it is narrowed down by, and that it reads well (P7-10)."""

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, raw_keys, shown, zh
from tests.services.test_control_list import stop
from tests.story import granted_outside


def test_what_was_stopped_and_decided_is_listed(cast: Cast, visit: Visit) -> None:
    stop(cast)
    granted_outside(cast)
    for language in ("zh", "en"):
        app = visit(cast.finance_head, "control_list", language)
        assert not errors(app) and not raw_keys(app)
        (table,) = app.dataframe
        assert len(table.value) == 4
        assert [metric.value for metric in app.metric] == ["1", "0", "3"]


def test_the_address_narrows_it_down(cast: Cast, visit: Visit) -> None:
    stop(cast)
    granted_outside(cast)
    app = visit(cast.general_manager, "control_list", sort="stop", category="other")
    assert len(app.dataframe[0].value) == 1
    app = visit(cast.general_manager, "control_list", sort="warning")
    assert zh("control_list.none") in shown(app)


def test_nobody_else_sees_it(cast: Cast, visit: Visit) -> None:
    stop(cast)
    for person in (cast.engineer, cast.department_head):
        app = visit(person, "control_list")
        assert not app.dataframe
        assert zh("menu.home") in shown(app) or zh("control_list.shut") in shown(app)
