"""Scorecards: what departments and people reached, with the papers behind every figure (P1-7.2, P2-6.1, P4-1.4)."""

from datetime import datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import Assessed, Indicator, Span
from services.database import reading
from services.documents import KINDS
from services.lists import readable_ids
from services.reports.scorecard import Figure, Scorecard
from services.reports.scorecards import Scope, indicators_of, periods, scorecards, sees_others
from ui.charts import draw
from ui.charts import governance as charts
from ui.clock import now
from ui.filters import choose
from ui.links import go
from ui.session import signed_in
from ui.texts import language, t, words

_HIGH = 36
"""Pixels a bar takes."""
_WIDE = 96
"""Pixels a column of figures takes."""


def scorecards_page() -> None:
    me = signed_in()
    with reading() as session:
        others = sees_others(session, me)
        scope = Scope.read(st.query_params, now(), default=Assessed.DEPARTMENT if others else Assessed.PERSON)
        cards = scorecards(session, me, scope, now())
        used = indicators_of(session, scope.assessed, now())
        behind = {paper.document_id for card in cards for one in card.figures for paper in one.behind}
        readable = readable_ids(session, me, behind, now())
    _head(scope)
    _filters(scope, now(), others=others)
    if not cards:
        st.info(t("scorecards.none"), icon=":material/info:")
        return
    card = _table(cards, used) if others else next((one for one in cards if one.subject.id == me.id), cards[0])
    _card(card, readable)


def _head(scope: Scope) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.scorecards"), anchor=False, width="content")
        st.space("stretch")
        query = urlencode({"view": scope.assessed, "span": scope.period.span, "month": scope.period.months[0],
                           "lang": language()})  # fmt: skip
        st.link_button(t("list.excel"), f"/export/scorecards.xlsx?{query}", icon=":material/download:")


def _filters(scope: Scope, moment: datetime, *, others: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if others:
            choose("scorecards", "view", list(Assessed), scope.assessed,
                   lambda one: t(f"scorecards.of.{one}"), label=t("scorecards.view"))  # fmt: skip
        draw_period("scorecards", scope, moment)


def draw_period(page: str, scope: Scope, moment: datetime) -> None:
    """Month or quarter, and which."""
    span = scope.period.span
    choose(page, "span", list(Span), span, lambda one: words(Span(one)), label=t("scorecards.span"), width=110)
    offered = {one.months[0]: one.key for one in periods(span, moment)}
    choose(page, "month", list(offered), scope.period.months[0], lambda one: offered[one],
           label=t("scorecards.period"), width=130)  # fmt: skip


def _table(cards: list[Scorecard], used: list[Indicator]) -> Scorecard:
    """A row for each; whoever is chosen is shown below, else the first."""
    frame = pd.DataFrame(
        [
            {t("scorecards.name"): card.subject.name, t("scorecards.total"): _number(card.total)}
            | {words(one): _number(figure.reached if (figure := card.figure(one)) else None) for one in used}
            for card in cards
        ]
    )
    config: dict[str, object] = {t("scorecards.name"): st.column_config.TextColumn(width=110)}
    config[t("scorecards.total")] = st.column_config.NumberColumn(format="%.2f", width=_WIDE)
    for one in used:  # nine full names do not fit side by side
        short = t(f"scorecards.short.{one.value}")
        config[words(one)] = st.column_config.NumberColumn(short, help=words(one), format="%.2f", width=_WIDE)
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config=config,
        height=min(38 + 35 * len(frame), 420),
        key=f"scorecards.table.{len(cards)}.{cards[0].period.key}",
        placeholder="",
    )
    rows = event["selection"]["rows"]
    return cards[rows[0]] if rows and rows[0] < len(cards) else cards[0]


def _card(card: Scorecard, readable: set[int]) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{t('scorecards.detail', name=card.subject.name, period=card.period.key)}**")
            st.space("stretch")
            st.markdown(f"### {words(card.total)}", width="content")
        rows = charts.scores_rows(card)
        key = f"scorecards.chart.{card.subject.assessed}.{card.subject.id}.{card.period.key}"
        picked = draw(charts.scores, rows, key=key, height=40 + _HIGH * len(rows), picks=charts.INDICATOR)
        st.caption(t("scorecards.pick"))
    with right, st.container(border=True):
        chosen = picked[0][charts.INDICATOR] if picked else rows[0]["indicator"]
        figure = next(one for one in card.figures if one.indicator == chosen)
        _behind(figure, readable, key)


def _behind(figure: Figure, readable: set[int], key: str) -> None:
    """The papers behind a figure, those that fell short first."""
    papers = sorted(figure.behind, key=lambda one: one.good)
    said = {"indicator": words(figure.indicator), "count": len(papers), "short": len(figure.short)}
    st.markdown(f"**{t('scorecards.behind', **said)}**")
    if not papers:
        return
    frame = pd.DataFrame(
        [
            {
                t("scorecards.number"): one.number,
                t("scorecards.paper"): one.title,
                t("scorecards.value"): _number(one.value),
                t("scorecards.good"): one.good,
            }
            for one in papers
        ]
    )
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(38 + 35 * len(frame), 360),
        column_config={t("scorecards.value"): st.column_config.NumberColumn(format="%.2f", width=80)},
        key=f"{key}.{figure.indicator}",
        placeholder="",
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(papers):
        one = papers[cells[0][0]]
        if one.document_id in readable:
            go(KINDS[one.kind].slug, number=one.number)
        st.toast(t("scorecards.not_open"), icon=":material/lock:")


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))
