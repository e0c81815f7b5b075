"""Tables of which a click opens a row."""

from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

_HEAD, _ROW = 38, 35
"""Pixels."""


def clicked(frame: pd.DataFrame | Styler, columns: dict[str, Any], *, key: str, most: int = 620) -> int | None:
    """Draw rows, in at most so many pixels; the place of the one that was clicked."""
    count = len(frame.data if isinstance(frame, Styler) else frame)  # type: ignore[attr-defined]
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=columns,
        height=min(_HEAD + _ROW * count, most),
        key=key,
        placeholder="",
    )
    cells = event["selection"]["cells"]
    return int(cells[0][0]) if cells and cells[0][0] < count else None
