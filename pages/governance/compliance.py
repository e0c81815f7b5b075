"""The compliance page: every clause of the policies and how it stands this month. The leadership opens it first."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from services.compliance import (
    ClauseState,
    Standing,
    compliance,
    counts,
    may_read_compliance,
    months_to_look_at,
    needing_attention,
    others_behind,
    papers_behind,
)
from services.database import reading
from services.documents import KINDS
from services.months import month_said
from ui.charts import compliance as charts
from ui.charts import draw
from ui.clock import now
from ui.filters import choose
from ui.links import go, page
from ui.session import signed_in
from ui.texts import escaped, language, t, words

COLOURS = {
    Standing.KEPT: "green",
    Standing.AT_RISK: "orange",
    Standing.BROKEN: "red",
    Standing.NO_CASE: "gray",
    Standing.UNCOUNTED: "blue",
}
_ICONS = {
    Standing.KEPT: ":material/check_circle:",
    Standing.AT_RISK: ":material/error:",
    Standing.BROKEN: ":material/cancel:",
    Standing.NO_CASE: ":material/radio_button_unchecked:",
    Standing.UNCOUNTED: ":material/verified_user:",
}
_ATTENTION, _ALL = "attention", "all"
_TALL, _FEW = 330, 12


def compliance_page() -> None:
    me = signed_in()
    with reading() as session:
        if not may_read_compliance(session, me):
            st.warning(t("compliance.not_yours"), icon=":material/block:")
            return
        months = months_to_look_at(now())
        asked = st.query_params.get("month", "")
        month = asked if asked in months else months[0]
        states = compliance(session, me, month, now())
    _head(states, months, month)
    _figures(states)
    left, right = st.columns([2, 1], gap="small")
    with left, st.container(border=True, height="stretch"):
        st.markdown(f"**{t('compliance.wall')}**  :gray[:small[{t('compliance.wall_said')}]]")
        with st.container(key="wide-compliance"):
            rows = charts.wall_rows(states)
            picked = draw(charts.wall, rows, key="compliance.wall", height=_TALL, picks=charts.CLAUSE)
        if picked:
            st.query_params["clause"] = str(picked[0]["clause"])
    with right, st.container(border=True, height="stretch"):
        _detail(_chosen(states))
    _list(states)


def _head(states: list[ClauseState], months: list[str], month: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.compliance"), anchor=False, width="content")
        said = t("compliance.intro", count=len(states), month=month_said(month))
        st.markdown(f":gray[{said}]", width="content")
        st.space("stretch")
        choose("compliance", "month", months, month, month_said, label=t("compliance.month"))
        query = urlencode({"month": month, "lang": language()})
        st.link_button(t("list.excel"), f"/export/compliance.xlsx?{query}", icon=":material/download:")


def _figures(states: list[ClauseState]) -> None:
    columns = st.container(key="compliance-figures").columns(len(Standing))
    for column, (standing, count) in zip(columns, counts(states).items(), strict=True):
        colour = COLOURS[standing] if count else "gray"
        with column.container(border=True):
            st.markdown(f":{colour}[{_ICONS[standing]}] :gray[:small[{t(f'compliance.{standing}')}]]")
            st.markdown(f"### :{colour}[{count}]")


def _chosen(states: list[ClauseState]) -> ClauseState:
    """The clause that was clicked; else the first one that is broken, or at risk."""
    asked = st.query_params.get("clause")
    named = next((one for one in states if one.clause.id == asked), None)
    return named or next(iter(needing_attention(states)), states[0])


def _detail(state: ClauseState) -> None:
    """What a clause demands, how it stands, where it lives, and the papers behind it."""
    me, spoken = signed_in(), language()
    with reading() as session:
        papers = papers_behind(session, me, state, now())
        others = others_behind(session, me, state)
    colour = COLOURS[state.standing]
    badge = f":{colour}-badge[{t(f'compliance.{state.standing}')}]"
    st.markdown(f"**{state.clause.id}** {badge}")
    st.markdown(escaped(state.clause.says[spoken]))
    said = t("compliance.target", percent=state.target) if state.rule.target else ""
    st.markdown(f"**{figure(state)}**  :gray[:small[{said}]]")
    for key, names in (("others", others), ("pending", state.pending)):
        if names:
            named = t("print.list_separator").join(escaped(" ".join(map(words, one))) for one in names[:_FEW])
            st.markdown(f":gray[{t(f'compliance.{key}')}] {named}")
    for paper in papers[:_FEW]:
        slug = KINDS[paper.kind].slug
        label = f"{paper.number} {escaped(paper.title[:24])}"
        st.page_link(page(slug), label=label, icon=KINDS[paper.kind].icon, query_params={"number": paper.number or ""})
    if state.papers > len(papers):
        st.caption(t("compliance.not_open", count=state.papers - len(papers)))
    elif len(papers) > _FEW:
        st.caption(t("compliance.more", count=len(papers) - _FEW))
    st.markdown(f":gray[:small[{escaped(state.clause.lives[spoken])}]]")
    with st.container(horizontal=True):
        for home in state.rule.homes:
            target = page(KINDS[home].slug if home in KINDS else home)
            st.page_link(target, label=t(f"kind.{home}") if home in KINDS else target.title)


def figure(state: ClauseState) -> str:
    """What was counted, in words, and by when the rest is to be done."""
    key, facts = state.figure
    said = t(key, **facts)
    return f"{said}{t('compliance.due', day=state.due)}" if state.due else said


def _list(states: list[ClauseState]) -> None:
    attention = needing_attention(states)
    shown = st.segmented_control(
        t("compliance.column.standing"),
        [_ATTENTION, _ALL],
        default=_ATTENTION if attention else _ALL,
        required=True,
        key="compliance.shown",
        label_visibility="collapsed",
        format_func=lambda one: f"{t(f'compliance.{one}')} {len(attention if one == _ATTENTION else states)}",
    )
    found = attention if shown == _ATTENTION else states
    if not found:
        st.success(t("compliance.all_well"), icon=":material/task_alt:")
        return
    frame = pd.DataFrame([_row(one) for one in found])
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        height=min(38 + 35 * len(frame), 620),
        key=f"compliance.table.{shown}",
        placeholder="",
        column_config={
            name: st.column_config.TextColumn(t(f"compliance.column.{name}"), width=_WIDTHS.get(name))
            for name in frame.columns
        },
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(found):
        clause = found[cells[0][0]].clause.id
        if st.query_params.get("clause") != clause:
            go("compliance", **(st.query_params.to_dict() | {"clause": clause}))


_WIDTHS = {"id": 80, "standing": 90, "says": 420}


def _row(state: ClauseState) -> dict[str, str]:
    return {
        "id": state.clause.id,
        "standing": t(f"compliance.{state.standing}"),
        "figure": figure(state),
        "says": state.clause.says[language()],
        "lives": state.clause.lives[language()],
    }
