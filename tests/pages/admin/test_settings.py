"""The page of settings: an administrator proposes, the general manager decides, others see nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from models import Person
from services.database import reading, writing
from services.setting_changes import count_waiting_settings, withdraw_change
from services.settings import SETTINGS, setting
from tests.factories import NOW, Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, menu_words, press_named, raw_keys, run, shown, type_in, zh
from tests.services.test_setting_changes import LIMIT, REASON, changed


def _holds(key: str = LIMIT) -> Any:
    with reading() as session:
        return setting(session, key, NOW)


def _labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def _typed(visit: Visit, by: Person, key: str, value: str, note: str = REASON) -> Any:
    app = visit(by, "settings", setting=key)
    app.text_input(key=f"settings.{key}.0.value").set_value(value)
    return type_in(app, note=note)


def test_nothing_can_be_changed_before_it_was_chosen(cast: Cast, visit: Visit) -> None:
    """The page does not open on the company's name, ready to be written over."""
    app = visit(cast.administrator, "settings")
    assert zh("settings.pick") in shown(app)
    assert not {zh("form.save_changes"), zh("settings.propose")} & set(_labels(app))


def test_an_administrator_proposes_another_limit(cast: Cast, visit: Visit) -> None:
    """P6-5"""
    app = press_named(_typed(visit, cast.administrator, LIMIT, "8,000"), zh("settings.propose"))
    assert not errors(app)
    assert zh("settings.state.waiting") in shown(app)
    assert REASON in shown(app)
    assert _holds() == Decimal("5000.00")


def test_the_general_manager_finds_it_and_lets_it_hold(cast: Cast, visit: Visit) -> None:
    """P6-5"""
    changed(cast.administrator, raw="8000")
    app = visit(cast.general_manager, "settings")
    assert f"{zh('menu.settings')} **1**" in menu_words()
    assert "8,000.00" in shown(app)
    app = press_named(app, zh("action.approve"))
    assert zh("settings.state.in_force") in shown(app)


def test_a_value_that_does_not_fit_is_said_beside_the_field(cast: Cast, visit: Visit) -> None:
    app = press_named(_typed(visit, cast.administrator, LIMIT, "0"), zh("settings.propose"))
    assert zh("fault.above", gt=Decimal(0)) in shown(app)
    app = press_named(_typed(visit, cast.administrator, LIMIT, "8000", note=""), zh("settings.propose"))
    assert zh("fault.required") in shown(app)
    assert _holds() == Decimal("5000.00")


def test_what_concerns_the_portal_itself_holds_at_once(cast: Cast, visit: Visit) -> None:
    app = press_named(_typed(visit, cast.administrator, "session.idle_minutes", "45"), zh("form.save_changes"))
    assert not errors(app)
    assert zh("setting.unit.session.idle_minutes", value="45") in shown(app)


def test_an_administrator_cannot_decide_nor_the_general_manager_propose(cast: Cast, visit: Visit) -> None:
    assert zh("settings.propose") in _labels(visit(cast.administrator, "settings", setting=LIMIT))
    assert zh("settings.propose") not in _labels(visit(cast.general_manager, "settings", setting=LIMIT))
    changed(cast.administrator)
    assert zh("action.approve") in _labels(visit(cast.general_manager, "settings"))
    assert zh("action.approve") not in _labels(visit(cast.administrator, "settings"))


@pytest.mark.parametrize("who", ["engineer", "finance_head", "stranger"])
def test_others_have_no_such_page(cast: Cast, visit: Visit, who: str) -> None:
    app = visit(getattr(cast, who), "settings")
    assert zh("menu.settings") not in menu_words()
    assert [one.value for one in app.warning] == [zh("settings.shut")]
    assert not app.dataframe and not app.text_input


@pytest.mark.parametrize("key", [key for key, declared in SETTINGS.items() if declared.shown])
def test_every_setting_can_be_opened_in_words(cast: Cast, visit: Visit, key: str) -> None:
    app = run(visit(cast.administrator, "settings", setting=key))
    assert zh(f"setting.{key}") in shown(app)
    assert not raw_keys(app)


def test_a_name_is_shown_as_text_wherever_it_stands(cast: Cast, visit: Visit) -> None:
    changed(cast.administrator)
    with writing() as session:
        session.get_one(Person, cast.administrator.id).name = "[点我](https://example.org)"
    said = [one.value for one in visit(cast.general_manager, "settings").caption]
    assert not [one for one in said if "](" in one]
    assert [one for one in said if r"\[点我\]" in one]


@pytest.mark.parametrize("answer", ["approve", "reject"])
def test_an_answer_is_to_the_proposal_that_was_read(cast: Cast, visit: Visit, answer: str) -> None:
    """P6-5: an administrator puts another figure in its place while the general manager reads the first."""
    first = changed(cast.administrator, raw="5100")
    app = visit(cast.general_manager, "settings")
    for field in app.text_area:
        field.set_value("不")
    with writing() as session:
        withdraw_change(session, cast.administrator, first, NOW)
    changed(cast.administrator, raw="9999999")
    app = press_named(app, zh(f"action.{answer}"))
    assert _holds() == Decimal("5000.00")
    assert "9,999,999.00" in shown(app)
    with reading() as session:
        assert count_waiting_settings(session) == 1


def test_the_general_manager_sees_every_row_of_a_table_that_is_proposed(cast: Cast, visit: Visit) -> None:
    """P6-5"""
    rows = [{"city": "北京", "tier": "first"}, {"city": "长沙", "tier": "second"}]
    changed(cast.administrator, "claim.cities", rows)
    app = visit(cast.general_manager, "settings", setting="claim.cities")
    (frame,) = [one.value for one in app.dataframe if zh("settings.column.change") in one.value]
    assert list(frame[zh("field.city")]) == ["北京", "长沙"]
    assert set(frame[zh("settings.column.change")]) == {zh("settings.row.new")}
    app = press_named(app, zh("action.approve"))
    assert not errors(app)
    with reading() as session:
        cities = setting(session, "claim.cities", NOW + timedelta(hours=2))
    assert [(one.city, one.tier) for one in cities] == [("北京", "first"), ("长沙", "second")]
