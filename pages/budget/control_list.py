"""The control list: every stop, every warning and every decision outside the budget of a period (P7-10, P2-5.3)."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import BudgetCategory
from services.database import reading
from services.documents import KINDS
from services.reports.control_list import (
    COLUMNS,
    MOST,
    Entry,
    Scope,
    Sort,
    control_list,
    departments,
    may_read_control,
    open_to,
    shown,
    sums,
)
from ui.clock import now
from ui.filters import choose, narrow
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import language, t, words

_WIDTHS = {
    "at": 116, "sort": 78, "department": 88, "category": 88, "until": 62, "what": 108,
    "number": 112, "title": 120, "who": 56, "reason": 122,
}  # fmt: skip
_MONEY = ("asked", "left")


def control_page() -> None:
    me = signed_in()
    scope = Scope.read(st.query_params, now())
    with reading() as session:
        if not may_read_control(session, me):
            st.warning(t("control_list.shut"), icon=":material/block:")
            return
        found = control_list(session, me, scope)
        named = departments(session)
        readable = open_to(session, me, found[:MOST], now())
    _head(scope)
    _filters(scope, named)
    _figures(found)
    if not found:
        st.info(t("control_list.none"), icon=":material/task_alt:")
        return
    _table(found[:MOST], named, readable)
    if len(found) > MOST:
        st.caption(t("control_list.more", most=MOST, count=len(found)))


def _head(scope: Scope) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.control_list"), anchor=False, width="content")
        st.space("stretch")
        query = urlencode({**st.query_params.to_dict(), "lang": language()})
        st.link_button(t("list.excel"), f"/export/control_list.xlsx?{query}", icon=":material/download:")


def _filters(scope: Scope, named: dict[int, str]) -> None:
    """Each stands in the address, so that a link shows the same list."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, day in (("from", scope.first), ("to", scope.last)):
            st.date_input(
                t(f"control_list.{name}"), day, format="YYYY-MM-DD", width=140, key=f"control.{name}",
                on_change=narrow, args=("control", name),
            )  # fmt: skip
        choose(
            "control",
            "sort",
            list(Sort),
            scope.sort,
            lambda one: t(f"control_list.sort.{one}"),
            label=t("control_list.sort"),
            every=t("control_list.all_sorts"),
        )
        choose(
            "control",
            "department",
            [str(one) for one in named],
            scope.department_id,
            lambda one: named[int(one)],
            label=t("control_list.department"),
            every=t("list.all_departments"),
        )
        choose(
            "control",
            "category",
            list(BudgetCategory),
            scope.category,
            lambda one: words(BudgetCategory(one)),
            label=t("control_list.category"),
            every=t("control_list.all_categories"),
        )


def _figures(found: list[Entry]) -> None:
    """How many of each, and what they were about."""
    with st.container(horizontal=True):
        for sort, (count, amount) in sums(found).items():
            said = f"¥ {words(amount)}"
            st.metric(
                t(f"control_list.sort.{sort}"), f"{count}", said, delta_color="off", delta_arrow="off", border=True
            )


def _table(found: list[Entry], named: dict[int, str], readable: set[int]) -> None:
    spoken = language()
    frame = pd.DataFrame([{name: _cell(one, name, named, spoken) for name in COLUMNS} for one in found])
    config: dict[str, object] = {}
    for name in COLUMNS:
        said = t(f"control_list.{name}")
        if name in _MONEY:
            config[name] = st.column_config.NumberColumn(said, format="accounting", width=84)
        else:
            config[name] = st.column_config.TextColumn(said, width=_WIDTHS[name])
    place = clicked(frame, config, key=f"control.table.{len(found)}")
    if place is not None:
        chosen = found[place]
        if chosen.document_id in readable:
            go(KINDS[chosen.kind].slug, number=chosen.number)
        else:
            st.toast(t("control_list.not_open"), icon=":material/lock:")


def _cell(one: Entry, name: str, named: dict[int, str], spoken: str) -> Any:
    if name == "category":
        return t(f"burn.short.{one.category}")
    value = shown(one, name, named, spoken)
    if name in _MONEY:
        return None if value is None else float(value)
    return words(value)
