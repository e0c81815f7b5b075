"""Trainings due: new employees, service staff again, customers by stage of use (P1-8.1, P4-1.2, P3-1.2)."""

from typing import Any

import pandas as pd
import streamlit as st

from models import TrainingKind
from services.database import reading
from services.documents import KINDS
from services.reports.training_due import COLUMNS, SOON, Due, cell, may_see_due, training_due
from services.settings import setting
from ui.clock import now
from ui.filters import choose
from ui.links import go
from ui.session import signed_in
from ui.texts import language, t, words

_WIDTHS = {
    "kind": 108, "who": 150, "department": 96, "about": 230, "since": 92, "due_on": 92, "days_overdue": 84,
    "last": 118, "planned": 118,
}  # fmt: skip


def trainings_due() -> None:
    me = signed_in()
    with reading() as session:
        if not may_see_due(session, me):
            st.warning(t("training_due.shut"), icon=":material/block:")
            return
        every = training_due(session, me, now())
        rules = {
            "days": setting(session, "training.new_days", now()),
            "months": setting(session, "training.refresher_months", now()),
        }
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.training_due"), anchor=False, width="content")
        st.space("stretch")
        address = f"/export/training_due.xlsx?lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
    st.caption(t("training_due.rules", **rules))
    sorts = [one.value for one in TrainingKind]
    chosen = st.query_params.get("kind")
    choose(
        "training_due",
        "kind",
        sorts,
        chosen if chosen in sorts else None,
        lambda one: t(f"training_due.sort.{one}"),
        label=t("training_due.kind"),
        every=t("training_due.all"),
    )
    shown = [one for one in every if chosen not in sorts or one.kind == chosen]
    if not shown:
        st.info(t("training_due.none"), icon=":material/task_alt:")
        return
    _sums(shown)
    _table(shown)


def _sums(found: list[Due]) -> None:
    late = [one for one in found if one.days_overdue]
    with st.container(horizontal=True):
        st.metric(t("training_due.overdue"), len(late), border=True)
        st.metric(t("training_due.soon", days=SOON.days), len(found) - len(late), border=True)
        st.metric(t("training_due.planned_count"), sum(1 for one in found if one.planned), border=True)


def _table(found: list[Due]) -> None:
    spoken = language()
    frame = pd.DataFrame([{name: _shown(cell(one, name, spoken)) for name in COLUMNS} for one in found])
    config: dict[str, Any] = {}
    for name in COLUMNS:
        said = t(f"training_due.{name}")
        kind = st.column_config.NumberColumn if name == "days_overdue" else st.column_config.TextColumn
        config[name] = kind(said, width=_WIDTHS[name])
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=config,
        height=min(38 + 35 * len(frame), 620),
        key=f"training_due.table.{len(found)}",
        placeholder="",
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(found):
        one = found[cells[0][0]]
        if number := one.planned or one.last:
            go(KINDS["TN"].slug, number=number)


def _shown(value: object) -> object:
    return (value or None) if isinstance(value, int) else words(value)
