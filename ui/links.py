"""From page to page: the shell registers its pages here at every run, everyone else goes by their address."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.commands import navigation

from ui.texts import t

MOST_DIGITS = 9
_NOWHERE = "nowhere"
_pages: dict[str, Any] = {}


def is_nowhere() -> bool:
    """Does the address that was asked for lead to no page? Said once."""
    return bool(st.session_state.pop(_NOWHERE, False))


def register(pages: Mapping[str, Any]) -> None:
    """Called by the shell: the pages of this portal by their address. They are the same for everyone."""
    _pages.update(pages)


def page(slug: str) -> Any:
    """The page at an address, for `st.page_link`."""
    return _pages[slug]


def go(slug: str, **query: str | None) -> None:
    """Leave for another page (or the same one with other parameters); what follows in this run is not drawn."""
    st.switch_page(_pages[slug], query_params={key: value for key, value in query.items() if value})


def list_button() -> None:
    """From a paper to the list it is in, which lies at the same address."""
    st.button(t("list.back"), icon=":material/arrow_back:", type="tertiary", key="list.back", on_click=to_list)


def to_list() -> None:
    st.query_params.clear()


def whole(text: str | None) -> int | None:
    """An id out of an address, which anyone may type: a whole number that a database can hold, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def _note_nowhere(context: Any) -> None:
    """Home stands at the portal's own address; whoever types its name means it."""
    if context.pages_manager.intended_page_name != "home":
        st.session_state[_NOWHERE] = True


# Streamlit says it in a box of its own, in English whatever the page's language
navigation.send_page_not_found = _note_nowhere
