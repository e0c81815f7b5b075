"""A table that a step fills in as a whole: typed or pasted, and, where the kind offers lines, chosen from a list."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from models import Document, Person
from services.database import reading
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import Lines, Pick, lines_of
from services.documents.lookups import options
from services.documents.papers import plain
from services.errors import Fault
from ui.clock import now
from ui.form import draw_rows, say_line_faults
from ui.texts import label, t

Row = dict[str, Any]


def whole_table(user: Person, document: Document, lines: Lines, key: str, faults: Sequence[Fault]) -> list[Row]:
    """The rows as typed now. What is chosen from the list is added below them: the editor begins anew with it."""
    kind = KINDS[document.kind]
    with reading() as session:
        rows = [{one: plain(getattr(row, one)) for one in lines.columns} for row in lines_of(session, document, lines)]
        proposed = lines.proposed(session, document) if lines.proposed and not rows else []
        picks = lines.picks(session, document) if lines.picks else []
        offered = {
            one: options(session, user, kind, spec(lines.form, one), now())
            for one in lines.columns
            if spec(lines.form, one).kind in (Type.LINK, Type.LINKS)
        }
    memory = st.session_state.setdefault(f"{key}.memory", {"turn": 0, "rows": rows or proposed})
    st.markdown(f"**{t(f'{kind.code}.section.{lines.name}')}**")
    if proposed:
        st.caption(t(f"{kind.code}.proposed.{lines.name}"))
    tools = st.container()
    said = {one: label(kind, one) for one in lines.columns}
    editor = f"{key}.{memory['turn']}" if memory["turn"] else key
    typed = draw_rows(lines.form, editor, memory["rows"], said, offered)
    found = {(fault.table, fault.field): [fault] for fault in faults if lines.name in (fault.table, fault.field)}
    say_line_faults(kind, lines, found)
    with tools:
        chosen = _chosen(picks, f"{key}.{memory['turn']}.pick", t(f"{kind.code}.pick.{lines.name}")) if picks else None
    if chosen is not None:
        filled = [row for row in typed if any(value is not None for value in row.values())]
        blank = dict.fromkeys(lines.columns)
        memory |= {"turn": memory["turn"] + 1, "rows": [*filled, blank | dict(chosen.line)]}
        st.rerun()
    return typed


def _chosen(picks: list[Pick], key: str, said: str) -> Pick | None:
    """Choosing is enough: a phone is no place for one more button."""
    labels = [one.label for one in picks]
    place = st.selectbox(
        said, range(len(picks)), None, key=key, format_func=lambda place: labels[place], placeholder=""
    )
    return None if place is None else picks[place]
