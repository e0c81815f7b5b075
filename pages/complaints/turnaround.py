"""The turnaround page: how fast complaints are handled, on one screen, the cases behind every mark (P1-5, P1-7.1)."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from pages.complaints.turnaround_figures import figures
from pages.papers.document import start
from services.access import may_start
from services.database import reading
from services.documents import KINDS
from services.export import Sheet
from services.reports.satisfaction import by_month
from services.reports.turnaround import WEEKS, Handled, Scope, Turnaround, departments_of, may_read, turnaround
from services.reports.turnaround_files import turnaround_tables
from ui.charts import Builder, draw
from ui.charts import complaints as charts
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import escaped, language, step_name, t, words

_TALL, _LOW, _HIGH = 196, 240, 560
_BOTH = 2 * _TALL + 100
"""Pixels that two cards take with what lies between their charts."""
_TURN = "turnaround.turn"
"""How often cases were looked at: the charts begin anew, with nothing picked."""
_GROUPS: dict[str, Callable[[Handled], str]] = {
    "department": lambda case: case.department,
    "product": lambda case: case.product,
    "severity": lambda case: words(case.severity),
}


def complaint_turnaround() -> None:
    me = signed_in()
    with reading() as session:
        if not may_read(session, me):
            st.warning(t("turnaround.not_yours"), icon=":material/block:")
            return
        scope = Scope.read(st.query_params, now())
        seen = turnaround(session, me, scope, now())
        departments = departments_of(session)
        reports, months = may_start(session, me, "AR"), by_month(session, me, scope, now())
    tables = turnaround_tables(seen, months, language())
    _head(scope, departments, reports=reports)
    figures(seen)
    left, middle, right = st.columns([10, 10, 9], gap="small")
    with left:
        week = _panel("flow", tables, charts.weeks, charts.weeks_rows(seen), charts.WEEK)
        cause = _panel("causes", tables, charts.causes, charts.causes_rows(seen), charts.CAUSE)
    with middle:
        month = _panel("spread", tables, charts.spread, charts.spread_rows(seen), charts.MONTH)
        by, group = _by_group(seen, tables)
    with right:
        step = _panel("steps", tables, charts.steps, charts.steps_rows(seen), charts.STEP, height=_BOTH)
    if behind := _picked(seen, week, month, step, cause, by, group):
        found, said = behind
        title = t("turnaround.behind_mark", said=said, count=t("register.count", count=len(found)))
        st.dialog(title, width="large", on_dismiss=_looked)(_list)(found, "picked", _HIGH)
    with st.container(border=True):
        _title("behind", t("turnaround.cases_open"))
        _list(seen.open, "open", _LOW)
    if months:
        with st.expander(t("turnaround.satisfaction_months"), icon=":material/table_rows:"):
            _table(tables["satisfaction"])


def _head(scope: Scope, departments: dict[int, str], *, reports: bool) -> None:
    st.session_state["turnaround.weeks"] = scope.weeks
    st.session_state["turnaround.department"] = scope.department_id if scope.department_id in departments else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.turnaround"), anchor=False, width="content")
        said = t("turnaround.as_of", weeks=scope.weeks, day=scope.today)
        st.markdown(f":gray[{said}]", width="content")
        st.space("stretch")
        st.segmented_control(
            t("turnaround.period"), WEEKS, required=True, key="turnaround.weeks", label_visibility="collapsed",
            format_func=lambda one: t(f"turnaround.weeks.{one}"), on_change=_narrow,
        )  # fmt: skip
        st.selectbox(
            t("register.department"), list(departments), None, key="turnaround.department", width=150,
            format_func=lambda one: departments.get(one, ""), placeholder=t("burn.all_departments"),
            label_visibility="collapsed", on_change=_narrow,
        )  # fmt: skip
        query = {key: value for key, value in st.query_params.items() if key in ("weeks", "department")}
        address = f"/export/turnaround.xlsx?{urlencode(query | {'lang': language()})}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
        if reports and st.button(t("start.AR"), icon=":material/add:", key="turnaround.report"):
            start("AR")


def _narrow() -> None:
    said = {name: str(st.session_state.get(f"turnaround.{name}") or "") for name in ("weeks", "department")}
    st.query_params.from_dict({name: value for name, value in said.items() if value})


_Picks = list[dict[str, Any]]


def _panel(
    name: str,
    tables: dict[str, Sheet],
    build: Builder,
    rows: Sequence[dict[str, Any]],
    picks: str,
    *,
    height: int = _TALL,
) -> _Picks:
    """A chart under its title, with its table at hand: what was picked in it."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap=None):
            _title(name, t(f"turnaround.{name}_said"))
            st.space("stretch")
            _open_table(tables[name])
        return _chart(build, rows, picks, height)


def _by_group(seen: Turnaround, tables: dict[str, Sheet]) -> tuple[str, _Picks]:
    """The cases by department, product or severity: which of them is looked at, and what was picked."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", gap=None):
            by = st.segmented_control(
                t("turnaround.groups"), list(_GROUPS), default="department", required=True, key="turnaround.by",
                format_func=lambda one: t(f"turnaround.by_{one}"), label_visibility="collapsed",
            )  # fmt: skip
            st.space("stretch")
            _open_table(tables[by])
        rows = charts.groups_rows(seen.groups(_GROUPS[by]))
        return by, _chart(charts.groups, rows, charts.GROUP, _TALL)


def _chart(build: Builder, rows: Sequence[dict[str, Any]], picks: str, height: int) -> _Picks:
    turn = st.session_state.get(_TURN, 0)
    return draw(build, rows, key=f"turnaround.{picks}.{turn}", height=height, picks=picks)


def _looked() -> None:
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def _title(name: str, said: str) -> None:
    hint = f"turnaround.{name}_help"
    st.markdown(
        f"**{t(f'turnaround.{name}')}**  :gray[:small[{said}]]",
        width="content",
        help=t(hint) if name == "spread" else None,
    )


def _open_table(table: Sheet) -> None:
    with st.popover("", icon=":material/table_rows:", type="tertiary", help=t("turnaround.table"), wrap=False):
        _table(table)


def _table(table: Sheet) -> None:
    rows = [["" if value is None else words(value) for value in row] for row in table.rows]
    st.dataframe(pd.DataFrame(rows, columns=[column.label for column in table.columns]), hide_index=True)


def _picked(
    seen: Turnaround, week: _Picks, month: _Picks, step: _Picks, cause: _Picks, by: str, group: _Picks
) -> tuple[list[Handled], str] | None:
    """The cases behind the mark that was clicked, and what they are."""
    if week:
        start = date.fromisoformat(str(week[0]["week"]))
        found = [case for case in seen.cases if _within(case.received_on, start) or _within(case.closed_on, start)]
        return found, t("turnaround.cases_week", day=start)
    if month:
        named = str(month[0]["month"])
        found = [case for case in seen.closed if f"{case.closed_on:%Y-%m}" == named]
        return found, t("turnaround.cases_month", month=named)
    if step:
        key = str(step[0]["step"])
        longest = {one.case_id: one.days for one in seen.waited if one.step == key}
        here = [case for case in seen.cases if case.step == key or case.id in longest]
        here.sort(key=lambda case: (case.step != key, -longest.get(case.id, 0.0)))
        return here, t("turnaround.cases_step", step=step_name(key))
    if cause:
        named = str(cause[0]["cause"])
        found = [case for case in seen.received if case.cause and case.cause.value == named]
        return found, t("turnaround.cases_cause", cause=words(found[0].cause) if found else "")
    if group:
        named = str(group[0]["group"])
        found = [case for case in seen.received if _GROUPS[by](case) == named]
        return found, f"{t(f'turnaround.by_{by}')} {escaped(named or '—')}"
    return None


def _within(day: date | None, start: date) -> bool:
    return day is not None and start <= day < start + timedelta(weeks=1)


def _list(found: list[Handled], key: str, most: int) -> None:
    if not found:
        st.caption(t("list.empty"))
        return
    frame = pd.DataFrame([_shown(case) for case in found])
    columns = {name: st.column_config.TextColumn(t(f"turnaround.column.{name}")) for name in frame.columns}
    place = clicked(frame, columns, key=f"turnaround.{key}.{len(found)}", most=most)
    if place is not None:
        go(KINDS["CP"].slug, number=found[place].number)


def _shown(case: Handled) -> dict[str, str]:
    return {
        "number": case.number,
        "customer": case.customer,
        "product": case.product,
        "department": case.department,
        "severity": words(case.severity),
        "cause": words(case.cause),
        "received_on": words(case.received_on),
        "closed_on": words(case.closed_on) if case.closed_on else step_name(case.step or ""),
        "days": "" if case.days is None else f"{case.days:.1f}",
    }
