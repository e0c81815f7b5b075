"""The spending page: what money goes to, what trips cost, old advances, slow desks; behind every mark its papers."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import Person
from services.database import reading
from services.documents import KINDS
from services.people import local_day
from services.reports import spending as report
from services.reports.spending import Age, Behind, Purpose, Scope, StepTime, Trips
from services.reports.spending_excel import is_part
from ui.charts import draw, in_units, money_unit
from ui.charts import spending as charts
from ui.clock import now
from ui.filters import choose
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import escaped, language, step_name, t

_YEARS = 3
_TALL, _ROW, _EDGE, _LIST = 236, 26, 44, 190


def spending() -> None:
    me = signed_in()
    with reading() as session:
        own = report.departments_of(session, me)
        scope = Scope.read(st.query_params, now())
        if not own or (scope.department_id is not None and scope.department_id not in own):
            st.warning(t("spending.not_yours"))
            return
        purposes = report.named(session, report.purposes(session, me, scope), language())
        trips = report.trips(session, me, scope)
        ages = report.ages(session, me, scope, now())
        times = report.step_times(session, me, scope)
    _head(scope, own)
    _figures(purposes, trips, ages, times)
    _purposes(me, scope, purposes)
    left, right = st.columns(2, gap="small")
    with left:
        _trips(me, scope, trips)
    with right:
        _steps(me, scope, times)
    _ages(ages)


def _head(scope: Scope, own: dict[int, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="spending-head"):
        st.subheader(t("menu.spending"), anchor=False, width="content")
        st.markdown(f":gray[{money_unit()}]", width="content")
        st.space("stretch")
        this = local_day(now()).year
        years = sorted({*range(this, this - _YEARS, -1), scope.year}, reverse=True)
        choose("spending", "year", [str(one) for one in years], scope.year, str, label=t("burn.year"))
        choose(
            "spending",
            "department",
            [str(one) for one in own],
            scope.department_id,
            lambda one: own[int(one)],
            label=t("burn.department"),
            every=t("burn.all_departments") if len(own) > 1 else None,
        )


def _figures(purposes: list[Purpose], trips: list[Trips], ages: list[Age], times: list[StepTime]) -> None:
    """Five figures that sum the page up."""
    year = sum(trips, Trips(0))
    late = [one for one in ages if one.days != 0]
    slowest = max(times, key=lambda one: one.median, default=None)
    cards = {
        "spent": (in_units(sum((one.total for one in purposes), Decimal(0))), ""),
        "per_trip": (_yuan(year.per_trip), t("spending.of_trips", count=year.trips)),
        "per_day": (_yuan(year.per_day), t("spending.of_days", count=year.days)),
        "open": (
            _yuan(sum((one.open for one in ages), Decimal(0))),
            t("spending.overdue", amount=_yuan(sum((one.open for one in late), Decimal(0)))),
        ),
        "slowest": (
            t("spending.hours", hours=f"{slowest.median:,.1f}") if slowest else "—",
            step_name(slowest.step) if slowest else "",
        ),
    }
    with st.container(key="spending-figures"):
        for column, (name, (figure, said)) in zip(st.columns(len(cards), gap="small"), cards.items(), strict=True):
            column.metric(
                t(f"spending.{name}"),
                figure,
                delta=said or " ",
                delta_color="off",
                delta_arrow="off",
                border=True,
                height="stretch",
            )


def _purposes(me: Person, scope: Scope, purposes: list[Purpose]) -> None:
    with st.container(border=True):
        _title("purposes", scope)
        if not purposes:
            st.info(t("spending.nothing"), icon=":material/inbox:")
            return
        height = _EDGE + _ROW * len(purposes)
        rows = charts.purpose_rows(purposes)
        with st.container(key="wide-purposes"):
            picked = draw(charts.purposes, rows, key="purposes", height=height, picks=charts.CELL)
        if picked:
            key, month = str(picked[0]["key"]), int(picked[0]["month"])
            name = next((one.name for one in purposes if one.key == key), "")
            with reading() as session:
                chosen = None if month == charts.TOTAL else month
                papers = report.behind_purpose(session, me, scope, key, chosen, now())
            when = str(scope.year) if chosen is None else f"{scope.year}-{chosen:02}"
            _papers("purposes", papers, f"{escaped(name)}  {when}", "cost")
        months = {f"{scope.year}-{month:02}": month - 1 for month in report.MONTHS}
        _table(
            "purposes",
            [
                {"purpose": one.name}
                | {said: float(one.months[place]) for said, place in months.items()}
                | {"total": float(one.total)}
                for one in purposes
            ],
            money={*months, "total"},
        )


def _trips(me: Person, scope: Scope, trips: list[Trips]) -> None:
    with st.container(border=True, height="stretch"):
        _title("trips", scope)
        which = st.segmented_control(
            t("spending.trips"),
            ["per_trip", "per_day"],
            default="per_trip",
            format_func=lambda one: t(f"spending.{one}"),
            label_visibility="collapsed",
            key="spending.average",
        )
        rows = charts.trip_rows(trips, a_day=which == "per_day")
        picked = draw(charts.trips, rows, key=f"trips.{which}", height=_TALL, picks=charts.MONTH)
        if picked:
            month = int(picked[0]["month"])
            with reading() as session:
                papers = report.behind_trips(session, me, scope, month, now())
            _papers("trips", papers, f"{scope.year}-{month:02}", "cost")
        _table(
            "trips",
            [
                {
                    "month": f"{scope.year}-{one.month:02}",
                    "trips_count": one.trips,
                    "days": one.days,
                    "cost": float(one.cost),
                    "per_trip": _plain(one.per_trip),
                    "per_day": _plain(one.per_day),
                }
                for one in trips
            ],
            money={"cost", "per_trip", "per_day"},
        )


def _steps(me: Person, scope: Scope, times: list[StepTime]) -> None:
    with st.container(border=True, height="stretch"):
        _title("steps", scope)
        if not times:
            st.info(t("spending.no_claims"), icon=":material/inbox:")
            return
        picked = draw(charts.steps, charts.step_rows(times), key="steps", height=_TALL + 54, picks=charts.STEP)
        if picked:
            step = str(picked[0]["key"])
            with reading() as session:
                papers = report.behind_step(session, me, scope, step, now())
            _papers("steps", papers, t("spending.slowest_at", step=step_name(step)), "hours")
        _table(
            "steps",
            [
                {
                    "step": step_name(one.step),
                    "count": one.count,
                    "median": round(one.median, 1),
                    "longest": round(one.longest, 1),
                }
                for one in times
            ],
        )


def _ages(ages: list[Age]) -> None:
    with st.container(border=True):
        _title("advances", None)
        if not any(one.advances for one in ages):
            st.info(t("ageing.none"), icon=":material/task_alt:")
            return
        left, right = st.columns([2, 3], gap="medium")
        with left:
            picked = draw(charts.ages, charts.age_rows(ages), key="ages", height=_EDGE + 40 * 4, picks=charts.AGE)
        chosen = [ages[int(picked[0]["place"])]] if picked else list(reversed(ages))
        rows = [one for age in chosen for one in age.advances]
        with right:
            frame = pd.DataFrame(
                {
                    "number": one.number,
                    "applicant": one.applicant,
                    "title": one.title,
                    "open": float(one.open),
                    "days_overdue": one.days_overdue,
                }
                for one in rows
            )
            config = {
                name: st.column_config.TextColumn(t(f"ageing.{name}")) for name in ("number", "applicant", "title")
            }
            numbers = {
                "open": st.column_config.NumberColumn(t("ageing.open"), format="accounting"),
                "days_overdue": st.column_config.NumberColumn(t("ageing.days_overdue")),
            }
            _pick(frame, config | numbers, "advances", [("CA", one.number) for one in rows])


def _title(part: str, scope: Scope | None) -> None:
    """What the chart says, and its figures as Excel."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        hint = t("spending.today") if scope is None else t(f"spending.{part}_said")
        st.markdown(f"**{t(f'spending.{part}')}**  :gray[:small[{hint}]]", width="stretch")
        address = f"/export/open_advances.xlsx?lang={language()}"
        if scope is not None and is_part(part):
            query = {"part": part, "year": scope.year, "department": scope.department_id or "", "lang": language()}
            address = f"/export/spending.xlsx?{urlencode(query)}"
        st.link_button(t("list.excel"), address, icon=":material/download:", type="tertiary")


def _papers(part: str, papers: list[Behind], said: str, figure: str) -> None:
    """The papers behind a mark; a click opens one."""
    st.markdown(f":gray[:small[{t('burn.papers')} {said}]]")
    if not papers:
        st.caption(t("burn.no_papers"))
        return
    frame = pd.DataFrame(
        {
            "number": one.document.number if one.document else "",
            "title": one.document.title if one.document else t("burn.not_readable"),
            "figure": float(one.figure),
        }
        for one in papers
    )
    config = {
        "number": st.column_config.TextColumn(t("column.number"), width=124),
        "title": st.column_config.TextColumn(t("column.title"), width="medium"),
        "figure": st.column_config.NumberColumn(
            t(f"spending.column.{figure}"), format="accounting" if figure == "cost" else "%.1f", width=104
        ),
    }
    links = [(one.document.kind, one.document.number) if one.document else None for one in papers]
    _pick(frame, config, f"{part}.papers", links)


def _pick(frame: pd.DataFrame, config: dict[str, Any], key: str, links: list[tuple[str, str | None] | None]) -> None:
    place = clicked(frame, config, key=key, most=_LIST)
    if place is not None and (link := links[place]) and link[1]:
        go(KINDS[link[0]].slug, number=link[1])


def _table(part: str, rows: list[dict[str, Any]], money: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """A chart's figures, in yuan."""
    with st.expander(t("spending.table"), icon=":material/table_rows:"):
        config = {
            name: (
                st.column_config.NumberColumn(_column(name), format="accounting")
                if name in money
                else st.column_config.Column(_column(name))
            )
            for name in rows[0]
        }
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config, placeholder="", key=f"{part}.table")


def _column(name: str) -> str:
    return name if name[:2] == "20" else t(f"spending.column.{name}")


def _yuan(amount: Decimal | None) -> str:
    return "—" if amount is None else f"¥ {amount:,.0f}"


def _plain(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
