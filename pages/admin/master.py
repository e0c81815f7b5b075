"""Master data: departments, expense types, own days of the calendar: a table each, and a form for each row."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from models import Person
from services.database import reading, writing
from services.documents.fields import spec
from services.errors import Fault
from services.master_data import MASTERS, Master, rows_of, save
from services.people import sets_up
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import t, words


def master_data() -> None:
    """For administrators only: whoever else comes here sees nothing."""
    me = signed_in()
    with reading() as session:
        if not sets_up(session, me):
            st.warning(t("account.administrators_only"), icon=":material/block:")
            return
    st.subheader(t("menu.master"), anchor=False)
    keys = list(MASTERS)
    asked = st.query_params.get("table")
    key = st.segmented_control(
        t("menu.master"), keys, default=asked if asked in keys else keys[0], label_visibility="collapsed",
        format_func=lambda one: t(f"master.{one}"),
    ) or keys[0]  # fmt: skip
    _table(me, MASTERS[key])


def _table(me: Person, master: Master) -> None:
    with reading() as session:
        rows = rows_of(session, master)
    frame = pd.DataFrame([_shown(master, row) for row in rows])
    left, right = st.columns([3, 2], gap="medium")
    with left:
        picked = st.dataframe(
            frame, hide_index=True, on_select="rerun", selection_mode="single-cell", key=f"master.{master.key}"
        )
        cells = picked["selection"]["cells"]
    with right, st.container(border=True):
        _row_form(me, master, rows[cells[0][0]] if cells else None)


def _row_form(me: Person, master: Master, row: Any) -> None:
    id = master.id_of(row) if row else None
    key = f"master.{master.key}.{id or 'new'}"
    faults: tuple[Fault, ...] = st.session_state.get(f"{key}.faults", ())
    st.markdown(f"**{t('master.change') if row else t('master.add')}**")
    typed: dict[str, Any] = {}
    for name in master.fields:
        value = getattr(row, name) if row else spec(master.form, name).default
        value = value.isoformat() if isinstance(value, date) else getattr(value, "value", value)
        typed[name] = draw_field(spec(master.form, name), f"{key}.{name}", value, t(f"field.{name}"), None, [])
        say_faults(fault for fault in faults if fault.field == name)
    active = True
    if master.retires:
        active = st.checkbox(t("master.active"), row.active if row else True, key=f"{key}.active")
    if st.button(t("form.save_changes"), type="primary", icon=":material/save:", key=f"{key}.save"):

        def keep() -> Any:
            with writing() as session:
                return save(session, me, master, id, typed, active, now())

        done, found = attempt(keep)
        st.session_state[f"{key}.faults"] = found
        if done is not None:
            tell_next(t("people.done"))
        st.rerun()


def _shown(master: Master, row: Any) -> dict[str, str]:
    said = {t(f"field.{name}"): words(getattr(row, name)) for name in master.fields}
    return said | ({t("master.active"): words(row.active)} if master.retires else {})
