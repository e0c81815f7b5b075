"""Supplier scorecard: answers and solutions in time, rating, money claimed and borne, and the notices (P3-2.3b)."""

from typing import Any

import pandas as pd
import streamlit as st

from services.database import reading
from services.people import local_day
from services.reports.suppliers import COLUMNS, Score, scorecard
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.texts import language, t, words

_MONEY, _SHARES = ("claimed", "accepted"), ("answered", "solved")


def suppliers() -> None:
    me = signed_in()
    this_year = local_day(now()).year
    asked = st.query_params.get("year", "")
    years = [this_year, this_year - 1, this_year - 2]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.suppliers"), anchor=False, width="content")
        year = st.selectbox(
            t("scorecard.year"), years, index=years.index(int(asked)) if asked in map(str, years) else 0,
            key="scorecard.year", label_visibility="collapsed", width=110,
        )  # fmt: skip
        st.space("stretch")
        address = f"/export/suppliers.xlsx?year={year}&lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
    with reading() as session:
        scores = scorecard(session, me, year, now())
    if not scores:
        st.info(t("scorecard.none"), icon=":material/inbox:")
        return
    _sums(scores)
    _table(scores)


def _sums(scores: list[Score]) -> None:
    with st.container(horizontal=True):
        st.metric(t("scorecard.notices"), sum(one.notices for one in scores), border=True)
        st.metric(t("scorecard.open"), sum(one.open for one in scores), border=True)
        for name in _MONEY:
            st.metric(t(f"scorecard.{name}"), f"¥ {words(sum(getattr(one, name) for one in scores))}", border=True)


def _table(scores: list[Score]) -> None:
    frame = pd.DataFrame([{name: _shown(one, name) for name in COLUMNS} for one in scores])
    config: dict[str, Any] = {}
    for name in COLUMNS:
        said = t(f"scorecard.{name}")
        if name in _SHARES:
            config[name] = st.column_config.ProgressColumn(said, min_value=0, max_value=100, format="%d%%", width=150)
        elif name in _MONEY:
            config[name] = st.column_config.NumberColumn(said, format="accounting", width=110)
        elif name in ("supplier", "supply"):
            config[name] = st.column_config.TextColumn(said, width=200 if name == "supplier" else 70)
        else:
            config[name] = st.column_config.NumberColumn(said, width=70)
    event = st.dataframe(
        frame, hide_index=True, on_select="rerun", selection_mode="single-row", column_config=config,
        height=38 + 35 * len(frame), key="scorecard.table", placeholder="",
    )  # fmt: skip
    picked = event["selection"]["rows"]
    if picked and picked[0] < len(scores):
        _notices(scores[picked[0]])
    else:
        st.caption(t("scorecard.pick"))


def _notices(score: Score) -> None:
    """The notices behind a supplier's line; a click opens one."""
    st.markdown(f"**{score.supplier}**")
    rows = [
        {
            t("scorecard.number"): one.number,
            t("scorecard.title"): one.title,
            t("scorecard.sent_on"): words(one.sent_on) if one.sent_on else "",
            t("scorecard.solve_by"): words(one.solve_by),
            t("scorecard.answered"): _in_time(one.answered_in_time),
            t("scorecard.solved"): _in_time(one.solved_in_time),
            t("scorecard.rating"): str(one.rating or ""),
        }
        for one in score.records
    ]
    event = st.dataframe(
        pd.DataFrame(rows), hide_index=True, on_select="rerun", selection_mode="single-cell",
        key=f"scorecard.{score.supplier_id}", placeholder="",
    )  # fmt: skip
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(score.records):
        go("supplier_notices", number=score.records[cells[0][0]].number)


def _in_time(answer: bool | None) -> str:
    return "" if answer is None else t("scorecard.in_time" if answer else "scorecard.late")


def _shown(one: Score, name: str) -> Any:
    value = getattr(one, name)
    if name == "supply":
        return words(value)
    return float(value) if name in (*_MONEY, "rating") and value is not None else value
