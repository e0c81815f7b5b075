"""Open corrective actions: what is due from whom, late ones in red and on top (P7-11b)."""

import pandas as pd
import streamlit as st

from services.database import reading
from services.documents import KINDS
from services.documents.corrective_action import TAKE_ON, VERIFY, VERIFY_BUDGET
from services.reports.open_actions import COLUMNS, Chased, at_step, chased, late, stage
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.texts import language, t, words

_CHINESE = {
    "number": 116,
    "title": 200,
    "source": 150,
    "department": 90,
    "stage": 76,
    "what": 220,
    "owner": 76,
    "due_on": 88,
    "days_late": 72,
}
_ENGLISH = _CHINESE | {"title": 160, "source": 186, "stage": 120, "what": 200, "days_late": 72}
"""Pixels: all columns fit a page of 1,440."""


def open_actions() -> None:
    me = signed_in()
    with reading() as session:
        found = chased(session, me, now(), language())
    owners = sorted({row.owner for row in found if row.owner})
    _head(owners)
    if not found:
        st.info(t("open_actions.none"), icon=":material/task_alt:")
        return
    _figures(found)
    owner = st.session_state.get("open_actions.owner")
    _table([row for row in found if owner in (None, row.owner)], str(owner))


def _head(owners: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.open_actions"), anchor=False, width="content")
        st.space("stretch")
        st.selectbox(
            t("open_actions.owner"), owners, None, key="open_actions.owner", width=160,
            label_visibility="collapsed", placeholder=t("open_actions.all"),
        )  # fmt: skip
        address = f"/export/open_actions.xlsx?lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")


def _figures(found: list[Chased]) -> None:
    counted = {
        "open": len({row.document_id for row in found}),
        "late": late(found),
        "to_take_on": at_step(found, TAKE_ON),
        "to_verify": at_step(found, VERIFY, VERIFY_BUDGET),
    }
    with st.container(horizontal=True):
        for name, count in counted.items():
            st.metric(t(f"open_actions.{name}"), str(count), border=True)


def _table(rows: list[Chased], key: str) -> None:
    frame = pd.DataFrame([{name: _shown(row, name) for name in COLUMNS} for row in rows])
    style = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for name in ("due_on", "days_late"):
        style[name] = ["color: #d3404c" if row.days_late else "" for row in rows]
    widths = _CHINESE if language() == "zh" else _ENGLISH
    config = {name: st.column_config.TextColumn(t(f"open_actions.{name}"), width=widths[name]) for name in COLUMNS}
    event = st.dataframe(
        frame.style.apply(lambda _: style, axis=None), hide_index=True, on_select="rerun", column_config=config,
        selection_mode="single-cell", height=min(38 + 35 * len(frame), 620), key=f"open_actions.{key}", placeholder="",
    )  # fmt: skip
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(rows):
        go(KINDS["CX"].slug, number=rows[cells[0][0]].number)


def _shown(row: Chased, name: str) -> str:
    if name == "stage":
        return stage(row, language())
    if name == "days_late":
        return str(row.days_late or "")
    return words(getattr(row, name))
