"""Where files are dropped; what Streamlit says there in English is said in the page's language."""

from typing import Any

import streamlit as st

from ui.texts import t


def upload(label: str, **how: Any) -> Any:
    """`st.file_uploader`; the style sheet says what is written here."""
    said = {"choose-file": t("form.choose_file"), "file-not-taken": t("form.file_not_taken")}
    st.html("<style>:root { " + " ".join(f"--{name}: '{words}';" for name, words in said.items()) + " }</style>")
    return st.file_uploader(label, **how)
