"""Pieces of a page that are our own: a script each, with what they share before it."""

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


@cache
def piece(name: str) -> Any:
    """The piece of a name, drawn into the page itself by the script of that name. A script that is changed counts from
    the next start on.
    """
    script = "\n".join((_HERE / f"{one}.js").read_text(encoding="utf-8") for one in ("page", name))
    return st.components.v2.component(f"portal_{name}", js=script, isolate_styles=False)
