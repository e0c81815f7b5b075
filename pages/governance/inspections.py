"""Inspections due: which departments the supervision group is to look at, and what is open of last time (P7-11a)."""

from typing import Any

import pandas as pd
import streamlit as st

from services.database import reading
from services.documents import KINDS
from services.errors import Refused
from services.reports.inspections import COLUMNS, DueInspection, inspections_due
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.texts import language, refusal, t, words

_WHOLE = ("findings", "days_overdue")


def inspections_page() -> None:
    me = signed_in()
    try:
        with reading() as session:
            found = inspections_due(session, me, now())
    except Refused as refused:
        st.warning(refusal(refused), icon=":material/block:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.inspections"), anchor=False, width="content")
        st.space("stretch")
        address = f"/export/inspections.xlsx?lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
    if not found:
        st.info(t("inspections.none"), icon=":material/task_alt:")
        return
    with st.container(horizontal=True):
        st.metric(t("inspections.overdue"), sum(1 for one in found if one.days_overdue), border=True)
        st.metric(t("inspections.departments"), len(found), border=True)
    _table(found)


def _table(found: list[DueInspection]) -> None:
    frame = pd.DataFrame([{name: _shown(one, name) for name in COLUMNS} for one in found])
    config: dict[str, Any] = {}
    for name in COLUMNS:
        kind = st.column_config.NumberColumn if name in _WHOLE else st.column_config.TextColumn
        config[name] = kind(t(f"inspections.{name}"))
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=config,
        key="inspections.table",
        placeholder="",
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(found) and (number := found[cells[0][0]].last):
        go(KINDS["BI"].slug, number=number)


def _shown(one: DueInspection, name: str) -> object:
    value = getattr(one, name)
    return (value or None) if name in _WHOLE else words(value)
