"""The turnaround page: how fast complaints are handled, on one screen, the cases behind every mark (P1-5, P1-7.1)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from pages.papers.document import start
from services.access import may_start
from services.database import reading
from services.documents import KINDS
from services.documents.complaint_route import SCORES
from services.reports.satisfaction import MonthScores, by_month
from services.reports.turnaround import (
    WEEKS,
    Handled,
    Scope,
    Turnaround,
    departments_of,
    may_read,
    percentile,
    share,
    turnaround,
)
from ui.charts import complaints as charts
from ui.charts import draw
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import language, step_name, t, words

_TALL, _METRIC, _LOW = 210, 164, 240
_A_STEP = 19
"""Pixels that a step's bar takes."""


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
    _head(scope, departments, reports=reports)
    _figures(seen)
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, height="stretch"):
        _title("turnaround.flow", t("turnaround.flow_said"))
        week = draw(charts.weeks, charts.weeks_rows(seen), key="weeks", height=_TALL, picks=charts.WEEK)
    with right, st.container(border=True, height="stretch"):
        _title("turnaround.spread", t("turnaround.spread_said"))
        month = draw(charts.spread, charts.spread_rows(seen), key="spread", height=_TALL, picks=charts.MONTH)
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, height="stretch"):
        _title("turnaround.steps", t("turnaround.steps_said"))
        rows = charts.steps_rows(seen)
        tall = max(_A_STEP * len(rows), _TALL)
        step = draw(charts.steps, rows, key="steps", height=tall, picks=charts.STEP)
    with right, st.container(border=True, height="stretch"):
        _title("turnaround.causes", t("turnaround.causes_said"))
        rows = charts.causes_rows(seen)
        cause = draw(charts.causes, rows, key="causes", height=min(tall, 44 * max(len(rows), 2)), picks=charts.CAUSE)
    _cases(*_picked(seen, week, month, step, cause))
    with st.expander(t("turnaround.tables"), icon=":material/table_rows:"):
        _tables(seen)
        _satisfaction(months)


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


def _figures(seen: Turnaround) -> None:
    """Six figures that say whether all is well, each with its course over the weeks."""
    with st.container(key="turnaround-figures"):
        cards = st.columns(6, gap="small")
    _rate(cards[0], seen, "answer", seen.answer_target)
    _rate(cards[1], seen, "verification", seen.verification_target)
    median, ninetieth = seen.median, seen.ninetieth
    said, colour = _quicker(seen)
    _card(cards[2], "median", _days(median), said, colour, _by_week(seen, lambda found: _part(found, 50)))
    beyond = ninetieth is not None and ninetieth > seen.days_target
    said = t("turnaround.target_days", days=seen.days_target)
    _card(cards[3], "ninetieth", _days(ninetieth), said, "red" if beyond else "green", _by_week(seen, _ninetieth))
    late = sum(case.late for case in seen.open)
    said = t("turnaround.late", count=late) if late else t("turnaround.none_late")
    course: list[float | None] = [float(week.open) for week in seen.weeks]
    _card(cards[4], "open", str(len(seen.open)), said, "orange" if late else "green", course)
    scores = seen.scores
    mean = f"{sum(scores) / len(scores):.1f}" if scores else "—"
    said = t("turnaround.surveys", count=len(scores))
    _card(cards[5], "satisfaction", mean, said, "gray", _by_week(seen, _score))


def _rate(column: Any, seen: Turnaround, key: str, target: int) -> None:
    rate = seen.on_time(key)
    met = rate is not None and rate * 100 >= target
    course = []
    for week in seen.weeks:
        end = week.start + timedelta(days=6)
        course.append(share(one.on_time for one in seen.kept if one.key == key and week.start <= one.due_on <= end))
    said = t("turnaround.target", percent=target)
    colour = "gray" if rate is None else "green" if met else "red"
    _card(column, key, f"{rate:.1%}" if rate is not None else "—", said, colour, course)


def _quicker(seen: Turnaround) -> tuple[str, str]:
    """How the median stands against the weeks before."""
    if seen.median is None or seen.earlier is None:
        return t("turnaround.no_before"), "gray"
    change = seen.median - seen.earlier
    key = "turnaround.slower" if change > 0 else "turnaround.faster"
    return t(key, days=f"{abs(change):.1f}"), "red" if change > 0 else "green"


def _by_week(seen: Turnaround, reckon: Callable[[list[Handled]], float | None]) -> list[float | None]:
    """A figure of the cases that were closed in each week."""
    return [
        reckon([case for case in seen.closed if case.closed_on and _within(case.closed_on, week.start)])
        for week in seen.weeks
    ]


def _within(day: date, start: date) -> bool:
    return start <= day < start + timedelta(weeks=1)


def _part(found: list[Handled], part: int) -> float | None:
    return percentile([case.days for case in found if case.days is not None], part)


def _ninetieth(found: list[Handled]) -> float | None:
    return _part(found, 90)


def _score(found: list[Handled]) -> float | None:
    return percentile([float(case.score) for case in found if case.score is not None], 50)


def _card(column: Any, name: str, figure: str, said: str, colour: str, course: list[float | None]) -> None:
    column.metric(
        t(f"turnaround.{name}"),
        figure,
        delta=said or " ",
        delta_color=colour,
        delta_arrow="off",
        border=True,
        height=_METRIC,
        chart_data=[one for one in course if one is not None] or None,
        chart_type="line",
    )


def _days(days: float | None) -> str:
    return "—" if days is None else t("turnaround.days", days=f"{days:.1f}")


def _title(key: str, said: str) -> None:
    st.markdown(f"**{t(key)}**  :gray[:small[{said}]]")


_Picks = list[dict[str, Any]]


def _picked(seen: Turnaround, week: _Picks, month: _Picks, step: _Picks, cause: _Picks) -> tuple[list[Handled], str]:
    """The cases behind the mark that was clicked, and what they are; else those that are open."""
    if week:
        start = date.fromisoformat(str(week[0]["week"]))
        found = [case for case in seen.cases if _within(case.received_on, start) or _closed_within(case, start)]
        return found, t("turnaround.cases_week", day=start)
    if month:
        named = str(month[0]["month"])
        return [case for case in seen.closed if f"{case.closed_on:%Y-%m}" == named], t(
            "turnaround.cases_month", month=named
        )
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
    return seen.open, t("turnaround.cases_open")


def _closed_within(case: Handled, start: date) -> bool:
    return case.closed_on is not None and _within(case.closed_on, start)


def _cases(found: list[Handled], said: str) -> None:
    with st.container(border=True):
        _title("turnaround.behind", f"{said}  {t('register.count', count=len(found))}")
        if not found:
            st.caption(t("list.empty"))
            return
        frame = pd.DataFrame([_shown(case) for case in found])
        columns = {name: st.column_config.TextColumn(t(f"turnaround.column.{name}")) for name in frame.columns}
        place = clicked(frame, columns, key=f"turnaround.{said}", most=_LOW)
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


def _tables(seen: Turnaround) -> None:
    """The charts' figures, and the cases by department, product and severity."""
    by: tuple[tuple[str, Callable[[Handled], str]], ...] = (
        ("department", lambda case: case.department or "—"),
        ("product", lambda case: case.product or "—"),
        ("severity", lambda case: words(case.severity)),
    )
    for name, value in by:
        st.markdown(f"**{t(f'turnaround.by_{name}')}**")
        st.dataframe(
            pd.DataFrame(
                {
                    t(f"register.{name}"): one.name,
                    t("turnaround.cases"): one.count,
                    t("turnaround.closed"): one.closed,
                    t("turnaround.median"): _figure(one.median),
                    t("turnaround.satisfaction"): _figure(one.score),
                    t("turnaround.cost"): "" if one.cost is None else words(one.cost),
                }
                for one in seen.groups(value)
            ),
            hide_index=True,
        )


def _satisfaction(months: list[MonthScores]) -> None:
    """What customers think, month by month, after cases and in rounds alike (P3-1.5)."""
    if not months:
        return
    st.markdown(f"**{t('turnaround.satisfaction_months')}**")
    st.dataframe(
        pd.DataFrame(
            {
                t("turnaround.asked_in"): one.month,
                t("turnaround.after_cases"): one.after_cases,
                t("turnaround.rounds"): one.rounds,
                **{t(f"field.{score}"): _figure(one.means[score]) for score in SCORES},
            }
            for one in months
        ),
        hide_index=True,
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
