"""A table whose lines are there, with a few columns to fill in: an audit's cuts and reasons."""

from typing import Any

import pandas as pd
import streamlit as st
from sqlmodel import Session

from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines
from ui.paper import readable
from ui.texts import label, t


def edit_lines(
    session: Session, kind: DocumentType, lines: Lines, rows: list[Any], editable: tuple[str, ...], key: str
) -> dict[int, dict[str, Any]]:
    """Draw the lines; returns what was typed into the open columns, by the line's position."""
    read = readable(session, kind, lines.table, rows, (*lines.columns, *lines.derived))
    beside = lines.brief or (*lines.derived, *lines.columns)
    shown = [name for name in beside if name not in editable and any(r[name] for r in read)]
    frame = pd.DataFrame({name: [row[name] for row in read] for name in (*shown, *editable)}, dtype="string")
    frame.index = pd.Index([row.position for row in rows])
    config: dict[str, Any] = {name: st.column_config.TextColumn(label(kind, name), disabled=True) for name in shown}
    for name in editable:
        money = spec(lines.table, name).kind == Type.MONEY
        config[name] = st.column_config.TextColumn(f"✎ {label(kind, name)}", width=110 if money else 200)
    st.markdown(f"**{t('step.lines.fill')}**")
    edited = st.data_editor(frame, key=key, column_config=config, hide_index=True, width="stretch", num_rows="fixed")
    typed = zip((row.position for row in rows), edited.to_dict("records"), strict=False)
    return {position: {name: _text(row.get(name)) for name in editable} for position, row in typed}


def _text(value: Any) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)
