"""How far next year's budget plans are, and which departments are late (P2-3.1)."""

import re

import pandas as pd
import streamlit as st

from models import State
from services.database import reading
from services.people import local_day
from services.reports.plans import Progress, due_day, may_follow, progress
from ui.clock import now
from ui.links import go
from ui.paper import state_words
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import t, words

_MONEY = ("last", "planned", "reviewed")
_COLUMNS = ("department", "number", "stands", *_MONEY, "days_late")


def plans() -> None:
    me = signed_in()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.plan_progress"), anchor=False, width="content")
        until = st.container(width="content")
        st.space("stretch")
        year = _year()
    with reading() as session:
        if not may_follow(session, me):
            st.warning(t("plans.not_yours"), icon=":material/block:")
            return
        rows, due = progress(session, me, year, now()), due_day(session, year, now())
    until.markdown(f":gray[{t('plans.due', year=str(year), day=due)}]", width="content")
    with st.container(horizontal=True):
        st.metric(t("plans.sent"), f"{sum(row.number is not None for row in rows)} / {len(rows)}", border=True)
        st.metric(t("plans.done"), str(sum(row.state == State.DONE for row in rows)), border=True)
        st.metric(t("plans.late"), str(sum(row.number is None and row.days_late > 0 for row in rows)), border=True)
        st.metric(t("plans.sum"), f"¥ {words(sum(row.planned or 0 for row in rows))}", border=True)
    _table(rows)


def _year() -> int:
    """The year that the address names, else the next one; it can be chosen."""
    this_year = local_day(now()).year
    asked = st.query_params.get("year", "")
    years = [this_year + 1, this_year, this_year - 1]
    year = int(asked) if re.fullmatch("20[0-9]{2}", asked) and int(asked) in years else years[0]
    chosen = st.segmented_control(
        t("plans.year"), years, default=year, format_func=str, key="plans.year", label_visibility="collapsed"
    )
    return int(chosen or year)


def _table(rows: list[Progress]) -> None:
    frame = pd.DataFrame([{name: _shown(row, name) for name in _COLUMNS} for row in rows])
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(t(f"plans.{name}"), format="accounting")
        if name in _MONEY
        else st.column_config.NumberColumn(t("plans.days_late"), width=90)
        if name == "days_late"
        else st.column_config.TextColumn(t(f"plans.{name}"))
        for name in _COLUMNS
    }
    place = clicked(frame, config, key="plans", most=2000)
    if place is not None and (number := rows[place].number):
        go("budget_plans", number=number)


def _shown(row: Progress, name: str) -> object:
    if name == "stands":
        if row.issued:
            return t("plans.issued")
        return state_words(row.state, row.step) if row.state else t("plans.not_sent")
    value = getattr(row, name)
    if name in _MONEY:
        return None if value is None else float(value)
    return value or None
