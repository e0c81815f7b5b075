"""What Streamlit works out anew for every run, though it stays as it is while the portal is served."""

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_ask = app_session._populate_theme_msg
_known: dict[str, CustomThemeConfig] = {}


def keep_the_look() -> None:
    """Called once, before the first session: each run tells the browser the whole theme, from a hundred options."""
    app_session._populate_theme_msg = _theme


def _theme(message: CustomThemeConfig, section: str = "theme") -> None:
    """In place of Streamlit's own: a section is asked for once. A message that says nothing stays unsaid."""
    known = _known.get(section)
    if known is None:
        known = CustomThemeConfig()
        _ask(known, section)
        _known[section] = known
    if known.ByteSize():
        message.MergeFrom(known)
