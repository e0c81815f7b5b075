"""Missing parts: what sites still wait for, late in red, and asking after it (P3-2.2, P3-2.5)."""

from typing import Any

import pandas as pd
import streamlit as st

from models import Person
from services.database import reading, writing
from services.reports.missing_parts import COLUMNS, Missing, chase, missing_parts, stage_words
from ui.clock import now
from ui.links import go
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import language, t, words

_WIDTHS = {
    "needed_on": 88, "days_late": 66, "part": 136, "quantity": 44, "site": 110, "stage": 92, "owner": 56,
    "supplier": 100, "expected_on": 88, "serves": 108, "number": 108, "chased": 64,
}  # fmt: skip


def missing() -> None:
    me = signed_in()
    with reading() as session:
        found = missing_parts(session, me, now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.missing_parts"), anchor=False, width="content")
        st.space("stretch")
        address = f"/export/missing_parts.xlsx?lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
    if not found:
        st.info(t("missing.none"), icon=":material/task_alt:")
        return
    late = [one for one in found if one.late]
    picked = st.segmented_control(
        t("menu.missing_parts"), ["all", "late"], default="all", required=True, key="missing.view",
        label_visibility="collapsed",
        format_func=lambda one: f"{t(f'missing.view.{one}')} {len(late if one == 'late' else found)}",
    )  # fmt: skip
    _table(me, late if picked == "late" else found)


def _table(me: Person, rows: list[Missing]) -> None:
    frame = pd.DataFrame([{name: _shown(one, name) for name in COLUMNS} for one in rows])
    style = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for place, one in enumerate(rows):
        red = "color: #d3404c"
        style.loc[place, ["needed_on", "days_late"]] = red if one.late else ""
        style.loc[place, "expected_on"] = red if one.comes_too_late else ""
    config = {name: st.column_config.TextColumn(t(f"missing.{name}"), width=_WIDTHS[name]) for name in COLUMNS}
    event = st.dataframe(
        frame.style.apply(lambda _: style, axis=None), hide_index=True, on_select="rerun", column_config=config,
        selection_mode="single-row", height=min(38 + 35 * max(len(frame), 1), 560), key=f"missing.{len(rows)}",
        placeholder="",
    )  # fmt: skip
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(rows):
        _chosen(me, rows[picked[0]])
    else:
        st.caption(t("missing.pick"))


def _chosen(me: Person, one: Missing) -> None:
    """Open it, or ask those whose turn it is."""
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        if st.button(t("missing.open", number=one.number), icon=":material/open_in_new:", key="missing.open"):
            go("parts_requests", number=one.number)
        note = st.text_input(t("missing.note"), t("missing.note_text", part=one.part, day=one.needed_on), width=420)
        if st.button(t("missing.chase"), icon=":material/notifications_active:", type="primary", key="missing.chase"):

            def ask() -> bool:
                with writing() as session:
                    chase(session, me, one.document_id, note, now())
                    return True

            done, _ = attempt(ask)
            if done:
                tell_next(t("missing.asked", number=one.number))
                st.rerun()


def _shown(one: Missing, name: str) -> Any:
    if name == "stage":
        return stage_words(one, language())
    if name == "owner":
        return t(one.owner) if one.owner.startswith("role.") else one.owner
    value = getattr(one, name)
    return "" if value in (None, 0) else words(value)
