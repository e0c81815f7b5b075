"""Where files are dropped, with the button that Streamlit calls Upload in the page's language."""

from typing import Any

import streamlit as st

from ui.texts import t


def upload(label: str, **how: Any) -> Any:
    """`st.file_uploader`, whose button the style sheet names by what is written here."""
    st.html(f"<style>:root {{ --choose-file: '{t('form.choose_file')}' }}</style>")
    return st.file_uploader(label, **how)
