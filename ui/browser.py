"""What only the browser itself can do: go to an address outside Streamlit's own pages."""

import json

import streamlit as st


def send_to(path: str) -> None:
    """Leave the page for one of our routes, without an entry in the browser's history."""
    address = json.dumps(path).replace("<", "\\u003c")
    st.html(f"<script>window.location.replace({address})</script>", unsafe_allow_javascript=True)


def reload() -> None:
    """Load the page anew, at the same address: the browser gets a new session."""
    st.html("<script>window.location.reload()</script>", unsafe_allow_javascript=True)
