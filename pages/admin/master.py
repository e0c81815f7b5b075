"""Master data: departments, expense types, customers, products, parts: a table each, a form for each row, and Excel."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from models import CalendarDay, Person
from pages.admin.master_files import excel
from services.calendar import last_known_year, unknown_years
from services.database import reading, writing
from services.documents.fields import spec
from services.documents.kind import Option
from services.errors import Fault
from services.master_data import MOST_SHOWN, Master, count_of, masters_of, offered, rows_of, save
from services.people import local_day
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import language, t, words


def master_data() -> None:
    """For those who keep such a table: whoever else comes here sees nothing."""
    me = signed_in()
    with reading() as session:
        masters = {master.key: master for master in masters_of(session, me)}
    if not masters:
        st.warning(t("account.administrators_only"), icon=":material/block:")
        return
    st.subheader(t("menu.master"), anchor=False)
    keys = list(masters)
    asked = st.query_params.get("table")
    key = st.segmented_control(
        t("menu.master"), keys, default=asked if asked in keys else keys[0], label_visibility="collapsed",
        format_func=lambda one: t(f"master.{one}"),
    ) or keys[0]  # fmt: skip
    _table(me, masters[key])


def _table(me: Person, master: Master) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = st.text_input(t("master.search"), key=f"master.{master.key}.search", placeholder=t("master.search"),
                             label_visibility="collapsed", width=260)  # fmt: skip
        with reading() as session:
            rows, count = rows_of(session, master, word, most=MOST_SHOWN), count_of(session, master, word)
            links = offered(session, master)
        said = t("master.count", count=count) if count <= MOST_SHOWN else t("master.first", most=MOST_SHOWN, all=count)
        st.markdown(f":gray[{said}]", width="content")
        st.space("stretch")
        excel(me, master)
    if master.table is CalendarDay:
        _say_known_years()
    frame = pd.DataFrame([_shown(master, row, links) for row in rows])
    left, right = st.columns([3, 2], gap="medium")
    cells: list[Any] = []
    with left:
        if rows:
            picked = st.dataframe(
                frame, hide_index=True, on_select="rerun", selection_mode="single-cell",
                key=f"master.{master.key}.{word}",
            )  # fmt: skip
            cells = [cell for cell in picked["selection"]["cells"] if cell[0] < len(rows)]
        else:
            st.info(t("master.none"), icon=":material/inbox:")
    with right, st.container(border=True):
        _row_form(me, master, rows[cells[0][0]] if cells else None, links)


def _say_known_years() -> None:
    """Up to when the national holidays are known, and which of the years ahead are counted by weekends alone."""
    today = local_day(now())
    with reading() as session:
        unknown = unknown_years(session, today, today.replace(year=today.year + 1, day=1))
    said = t("master.calendar.known", year=last_known_year())
    if unknown:
        said += t("word.stop") + t("timeline.unknown_year", years=t("word.comma").join(map(str, unknown)))
    st.caption(said)


def _row_form(me: Person, master: Master, row: Any, links: dict[str, list[Option]]) -> None:
    id = master.id_of(row) if row else None
    turn = st.session_state.setdefault(f"master.{master.key}.added", 0)
    key = f"master.{master.key}.{id or f'new.{turn}'}"
    faults: tuple[Fault, ...] = st.session_state.get(f"{key}.faults", ())
    st.markdown(f"**{t('master.change') if row else t('master.add')}**")
    typed: dict[str, Any] = {}
    for name in master.fields:
        value = getattr(row, name) if row else spec(master.form, name).default
        value = value.isoformat() if isinstance(value, date) else getattr(value, "value", value)
        typed[name] = draw_field(
            spec(master.form, name), f"{key}.{name}", value, t(f"field.{name}"), None, links.get(name, [])
        )
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
            if not row:
                st.session_state[f"master.{master.key}.added"] = turn + 1  # the next one begins on an empty form
        st.rerun()


def _shown(master: Master, row: Any, links: dict[str, list[Option]]) -> dict[str, str]:
    called = {name: {one.value: one.said(language()) for one in found} for name, found in links.items()}
    said = {
        t(f"field.{name}"): called[name].get(getattr(row, name), "") if name in called else words(getattr(row, name))
        for name in master.fields
    }
    return said | ({t("master.active"): words(row.active)} if master.retires else {})
