"""A page with one line on it, for measurements alone: what the portal costs before a page does anything."""

import streamlit as st

from ui.texts import t


def blank() -> None:
    """Draw the one line by which a browser sees that the page has come."""
    with st.container(key="blank"):
        st.markdown(t("product.name"))
