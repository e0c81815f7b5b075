"""A table whose lines are there, with a few columns to fill in: an audit's cuts and reasons."""

from typing import Any

import pandas as pd
import streamlit as st
from sqlmodel import Session

from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines
from services.documents.lookups import every
from services.documents.papers import plain
from services.people import local_day
from ui.clock import now
from ui.lines import line_name, readable
from ui.texts import has_words, label, language, t, words

_NUMBER = "sequence"
_WIDTHS: dict[Type, int] = {Type.MONEY: 110, Type.LONG_TEXT: 320}


def edit_lines(
    session: Session, kind: DocumentType, lines: Lines, rows: list[Any], editable: tuple[str, ...], key: str
) -> dict[int, dict[str, Any]]:
    """Draw the lines; returns what was typed into the open columns, by the line's position."""
    read = readable(session, kind, lines.table, rows, (*lines.columns, *lines.derived))
    beside = lines.brief or (*lines.derived, *lines.columns)
    shown = [name for name in beside if name not in (*editable, *lines.named_by) and any(row[name] for row in read)]
    frame = pd.DataFrame({name: [row[name] for row in read] for name in (*shown, *editable)}, dtype="string")
    frame.insert(0, _NUMBER, [line_name(lines, row) for row in rows])
    frame.index = pd.Index([row.position for row in rows])
    number = label(kind, "_".join(lines.named_by) or _NUMBER)
    config: dict[str, Any] = {_NUMBER: st.column_config.TextColumn(number, disabled=True, width=60)}
    for name in shown:
        config[name] = st.column_config.TextColumn(label(kind, name), disabled=True)
        if spec(lines.table, name).kind == Type.MONEY:  # as a number, for its alignment only
            frame[name] = [None if (value := getattr(row, name)) is None else float(value) for row in rows]
            config[name] = st.column_config.NumberColumn(label(kind, name), disabled=True, format="accounting")
    chosen = {name: found for name in editable if (found := _choices(session, lines, name))}
    for name in editable:
        said, sort = f"✎ {label(kind, name)}", spec(lines.table, name).kind
        if name in chosen:
            words_of = {value: one for one, value in chosen[name].items()}
            frame[name] = pd.array([words_of.get(plain(getattr(row, name))) for row in rows], dtype="string")
            config[name] = st.column_config.SelectboxColumn(said, options=list(chosen[name]), width=160)
        elif sort == Type.YES_NO:
            frame[name] = [bool(getattr(row, name)) for row in rows]
            config[name] = st.column_config.CheckboxColumn(said, width=90)
        elif sort == Type.DATE:
            days = [getattr(row, name) or local_day(now()) for row in rows]  # mostly recorded on the day it was done
            frame[name] = pd.to_datetime(pd.Series(days, index=frame.index, dtype="object"))
            config[name] = st.column_config.DateColumn(said, format="YYYY-MM-DD", width=110)
        else:
            config[name] = st.column_config.TextColumn(said, width=_WIDTHS.get(sort, 200))
    own = f"{kind.code}.fill.{lines.name}"
    st.markdown(f"**{t(own if has_words(own) else 'step.lines.fill')}**")
    edited = st.data_editor(frame, key=key, column_config=config, hide_index=True, width="stretch", num_rows="fixed")
    typed = zip((row.position for row in rows), edited.to_dict("records"), strict=False)
    return {
        position: {name: chosen.get(name, {}).get(row.get(name), _text(row.get(name))) for name in editable}
        for position, row in typed
    }


def _choices(session: Session, lines: Lines, name: str) -> dict[str, Any]:
    """What may be chosen in a column, by how it reads."""
    field = spec(lines.table, name)
    if field.kind == Type.CHOICE and field.choices:
        return {words(member): member.value for member in field.choices}
    if field.kind == Type.LINK:
        return {option.said(language()): option.value for option in every(session, field.table or "")}
    return {}


def _text(value: Any) -> str | None:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return None if value is None or value is pd.NA or value != value else str(value)
