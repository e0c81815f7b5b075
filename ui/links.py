"""From page to page: the shell registers its pages here at every run, everyone else goes by their address."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

MOST_DIGITS = 9
_pages: dict[str, Any] = {}


def register(pages: Mapping[str, Any]) -> None:
    """Called by the shell: the pages of this portal by their address. They are the same for everyone."""
    _pages.update(pages)


def page(slug: str) -> Any:
    """The page at an address, for `st.page_link`."""
    return _pages[slug]


def go(slug: str, **query: str | None) -> None:
    """Leave for another page (or the same one with other parameters); what follows in this run is not drawn."""
    st.switch_page(_pages[slug], query_params={key: value for key, value in query.items() if value})


def whole(text: str | None) -> int | None:
    """An id out of an address, which anyone may type: a whole number that a database can hold, or None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
