"""The theme is asked for once, and told as Streamlit would."""

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session

from ui.web import look

SECTIONS = ("theme", *(f"theme.{one.value}" for one in config.CustomThemeCategories))


def test_the_theme_is_told_as_streamlit_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "_known", {})
    whole = []
    for tell in (look._ask, look._theme, look._theme):
        session = NewSession()
        for section in SECTIONS:
            place = session.custom_theme
            for part in section.split(".")[1:]:
                place = getattr(place, part)
            tell(place, section)
        whole.append(session)
    assert whole[0] == whole[1] == whole[2]
    assert whole[0].custom_theme.light.primary_color and not whole[0].custom_theme.HasField("sidebar")


def test_a_section_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(look, "_known", {})
    monkeypatch.setattr(look, "_ask", lambda _message, section: asked.append(section))
    for _ in range(3):
        look._theme(NewSession().custom_theme, "theme.light")
    assert asked == ["theme.light"]


def test_streamlit_has_what_is_put_in_the_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version may call it otherwise; then this has to be looked at anew."""
    monkeypatch.setattr(app_session, "_populate_theme_msg", app_session._populate_theme_msg)
    look.keep_the_look()
    assert app_session._populate_theme_msg is look._theme
    assert "_populate_theme_msg" in app_session.AppSession._create_new_session_message.__code__.co_names
