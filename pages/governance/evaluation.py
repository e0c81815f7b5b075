"""Evaluation of the use of funds: cost, satisfaction and technical level by department and period (P2-7)."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from pages.governance.scorecards import draw_period
from services.database import reading
from services.documents import KINDS
from services.reports.evaluation import COLUMNS, MONEY, Evaluated, cell, evaluation, may_evaluate
from services.reports.scorecards import Scope
from ui.charts import draw
from ui.charts import governance as charts
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.texts import escaped, language, t, words

_WIDTHS = {"department": 96, "technical": 112, "conclusion": 260, "assessment": 118, "follows": 118, "cases": 100}


def evaluation_page() -> None:
    me = signed_in()
    scope = Scope.read(st.query_params, now())
    with reading() as session:
        if not may_evaluate(session, me):
            st.warning(t("evaluation.shut"), icon=":material/block:")
            return
        found = evaluation(session, me, scope, now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.evaluation"), anchor=False, width="content")
        st.space("stretch")
        query = urlencode({"span": scope.period.span, "month": scope.period.months[0], "lang": language()})
        st.link_button(t("list.excel"), f"/export/evaluation.xlsx?{query}", icon=":material/download:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        draw_period("evaluation", scope, now())
    if not found:
        st.info(t("evaluation.none"), icon=":material/info:")
        return
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.markdown(f"**{t('evaluation.cost_quality')}** {scope.period.key}")
        rows = charts.quality_rows(found)
        key = f"evaluation.chart.{scope.period.key}"
        picked = draw(charts.quality, rows, key=key, height=330, picks=charts.DEPARTMENT) if rows else []
    chosen = next((one for one in found if picked and str(one.subject.id) == picked[0][charts.DEPARTMENT]), found[0])
    with right, st.container(border=True):
        _department(chosen, scope)
    _table(found)


def _department(one: Evaluated, scope: Scope) -> None:
    """What it spent by category, and what was concluded."""
    st.markdown(f"**{t('evaluation.by_category', name=one.subject.name, period=scope.period.key)}**")
    st.dataframe(
        pd.DataFrame(
            [
                {
                    t("evaluation.category"): words(row.category),
                    t("evaluation.spent"): words(row.spent),
                    t("evaluation.plan"): words(row.plan),
                }
                for row in one.by_category
            ]
        ),
        hide_index=True,
    )
    if one.concluded is None:
        st.caption(t("evaluation.no_assessment"))
        return
    st.markdown(f":gray[:small[{t('evaluation.conclusion')}]]  \n{escaped(one.concluded.conclusion)}")
    papers = [("AS", one.concluded.number), (one.concluded.follows_kind, one.concluded.follows)]
    with st.container(horizontal=True):
        for kind, number in papers:
            if kind and number and st.button(t("evaluation.open", number=number), key=f"evaluation.{number}"):
                go(KINDS[kind].slug, number=number)


def _table(found: list[Evaluated]) -> None:
    frame = pd.DataFrame([{name: _shown(one, name) for name in COLUMNS} for one in found])
    config: dict[str, object] = {}
    for name in COLUMNS:
        said = t(f"evaluation.{name}")
        if name in (*MONEY, "used", "satisfaction", "technical", "total"):
            config[name] = st.column_config.NumberColumn(said, format="accounting", width=_WIDTHS.get(name, 96))
        else:
            config[name] = st.column_config.TextColumn(said, width=_WIDTHS.get(name))
    st.dataframe(frame, hide_index=True, column_config=config, placeholder="")


def _shown(one: Evaluated, name: str) -> object:
    value = cell(one, name)
    if value is None or isinstance(value, str | int):
        return value
    return float(value)
