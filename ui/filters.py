"""Filters of a page: what is chosen stands in the page's address, so that a link shows the same."""

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from ui.texts import room

EVERY = ""
"""Chosen where a filter narrows nothing down."""


def choose(
    page: str,
    name: str,
    offered: Sequence[str],
    chosen: object,
    said: Callable[[str], str],
    *,
    label: str,
    every: str | None = None,
    width: int = 140,
) -> None:
    """One filter of a page. `every` are the words for all of them, where that can be chosen."""
    options = [*([EVERY] if every else []), *offered]
    value = EVERY if chosen is None else str(chosen)
    st.selectbox(
        label,
        options,
        index=options.index(value) if value in options else 0,
        format_func=lambda one: every or "" if one == EVERY else said(one),
        label_visibility="collapsed",
        width=room(width),
        placeholder="",
        key=f"{page}.{name}",
        on_change=narrow,
        args=(page, name),
    )


def narrow(page: str, name: str) -> None:
    """Take what a filter says into the address; called when it changes."""
    chosen = st.session_state[f"{page}.{name}"]
    if chosen:
        st.query_params[name] = chosen.isoformat() if isinstance(chosen, date) else str(chosen)
    else:
        st.query_params.pop(name, None)
