"""Tables of which a click opens a row, and tables as they stand on paper."""

import html
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from ui.texts import words

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


def draw_rows(frame: pd.DataFrame) -> None:
    """Draw rows whole, as text that a print can carry; amounts of yuan stand to the right."""
    numbers = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame]
    sides = [' class="amount"' if number else "" for number in numbers]
    heads = "".join(f"<th{side}>{html.escape(str(name))}</th>" for side, name in zip(sides, frame, strict=True))
    body = ""
    for row in frame.itertuples(index=False):
        said = [words(Decimal(f"{one:.2f}")) if number else str(one) for number, one in zip(numbers, row, strict=True)]
        cells = "".join(f"<td{side}>{html.escape(one)}</td>" for side, one in zip(sides, said, strict=True))
        body += f"<tr>{cells}</tr>"
    st.html(f'<table class="paper-lines"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>')
