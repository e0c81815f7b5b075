"""The budget page: what is left and how fast it burns, on one screen, with the papers behind every mark (P2-5.2)."""

from decimal import Decimal
from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from sqlmodel import Session

from models import BudgetCategory, Person
from services.database import reading
from services.documents import KINDS
from services.reports.budget import Alert, Behind, Burn, Forecast, Scope, alerts, behind, burn, may_read_budgets, years
from services.reports.budget_history import Step, line_history
from ui.budget_history import draw_steps
from ui.charts import budget as charts
from ui.charts import draw, in_units, money_unit, plotted
from ui.clock import now
from ui.filters import choose
from ui.glance import alert_line
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked, draw_rows
from ui.texts import escaped, language, t, words

FEW = 5
_TALL, _METRIC, _LOW = 204, 164, 168
_ON_PAPER = 12
"""Papers that a print names."""


def burning() -> None:
    me = signed_in()
    with reading() as session:
        if not may_read_budgets(session, me):
            st.warning(t("burn.not_yours"))
            return
        known = years(session, now())
        scope = Scope.read(st.query_params, now())
        seen = burn(session, me, scope, now())
        warned = alerts(session, seen, now())
    _head(seen, known)
    _figures(seen)
    left, right = st.columns([3, 2], gap="small")
    with left, st.container(border=True, height="stretch"):
        forecast = seen.forecasts[0] if seen.forecasts else None
        _title("burn.course", t(_METHOD[forecast.by_shape if forecast else None]))
        month = draw(charts.course, charts.course_rows(seen, forecast), key="course", height=_TALL, picks=charts.MONTH)
    with right, st.container(border=True, height="stretch"):
        _title("burn.use", t("burn.use_said"))
        cell: list[dict[str, object]] = []
        if seen.lines:
            cell = draw(charts.use, charts.use_rows(seen.lines), key="use", height=_TALL, picks=charts.CELL)
        else:
            st.info(t("burn.nothing"), icon=":material/inbox:")
    picked, months, said = _picked(seen, month, cell)
    with reading() as session:
        papers = behind(session, me, picked, months, now(), most=_MOST)
        steps = _history_of(session, me, picked)
    with st.container(key="stacked-on-paper-below"):
        left, right = st.columns([2, 3], gap="small")
    with left, st.container(border=True, height="stretch"):
        if steps is None:
            _alerts(warned)
        else:
            _title("burn.history", said)
            with st.container(height=_LOW, border=False, key="whole-on-paper-steps"):
                draw_steps(steps)
    with right, st.container(border=True, height="stretch"):
        _papers(papers, said)
    with st.container(key="on-screen-figures"), st.expander(t("burn.table"), icon=":material/table_rows:"):
        _table(seen)
    with st.container(key="on-paper-figures"):
        st.markdown(f"**{t('burn.table')}**")
        _figures_on_paper(seen)


_METHOD = {None: "burn.course_said", True: "burn.by_shape", False: "burn.straight_on"}
_MOST = 100


def _head(seen: Burn, known: list[int]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="budget-head"):
        st.subheader(t("menu.budget"), anchor=False, width="content")
        st.markdown(f":gray[{t('burn.as_of', day=seen.today, unit=money_unit())}]", width="content")
        st.space("stretch")
        departments = {line.department_id: line.department for line in seen.lines}
        choose("burn", "year", [str(one) for one in known], seen.scope.year, str, label=t("burn.year"))
        choose(
            "burn",
            "department",
            [str(one) for one in departments],
            seen.scope.department_id,
            lambda one: departments[int(one)],
            label=t("burn.department"),
            every=t("burn.all_departments"),
        )
        choose(
            "burn",
            "category",
            list(BudgetCategory),
            seen.scope.category,
            lambda one: words(BudgetCategory(one)),
            label=t("burn.category"),
            every=t("burn.all_categories"),
        )
        query = {key: value for key, value in st.query_params.items() if key in ("year", "department", "category")}
        address = f"/export/budget.xlsx?{urlencode(query | {'lang': language()})}"
        st.link_button(t("list.excel"), address, icon=":material/download:")


def _figures(seen: Burn) -> None:
    """Five figures that say whether all is well."""
    total, forecast = seen.total, seen.forecasts[0] if seen.forecasts else None
    passed = seen.months[: seen.month]
    with st.container(key="budget-figures"):
        cards = st.columns(5, gap="small")
    _card(cards[0], "plan", total.plan, "", "gray", [one.plan for one in seen.months], "bar")
    share = f"{total.spent / total.plan:.1%}" if total.plan else "—"
    said = t("burn.spent_said", share=share, elapsed=f"{seen.elapsed:.1%}")
    _card(cards[1], "spent", total.spent, said, "gray", [one.spent for one in seen.months], "bar")
    said = f"{total.reserved / total.plan:.1%}" if total.plan else ""
    _card(cards[2], "reserved", total.reserved, said, "gray", _running([one.reserved for one in passed]), "area")
    said = t("burn.left_said", share=f"{total.left / total.plan:.1%}") if total.plan else ""
    colour = "red" if total.left < 0 else "gray"
    _card(cards[3], "left", total.left, said, colour, [total.plan - one for one in _used(seen)], "area")
    if forecast is None:
        return
    beyond = forecast.amount - total.plan
    key = "burn.beyond" if beyond > 0 else "burn.below"
    said = t(key, amount=in_units(abs(beyond))) if total.plan else ""
    course = [one / (month + 1) * 12 for month, one in enumerate(_running([one.spent for one in passed]))]
    colour = "red" if total.plan and beyond > 0 else "green"
    _card(
        cards[4],
        "forecast",
        forecast.amount,
        said,
        colour,
        course,
        "line",
        help="  \n".join(map(_reckoned, seen.forecasts)),
    )


def _reckoned(one: Forecast) -> str:
    """A forecast with the method it was made by."""
    return t("burn.reckoned.shape" if one.by_shape else "burn.reckoned.straight", amount=in_units(one.amount))


def _card(  # type: ignore[no-untyped-def]
    column,
    name: str,
    amount: Decimal,
    said: str,
    colour: str,
    course: list[Decimal],
    sort: str,
    help: str | None = None,
) -> None:
    column.metric(
        t(f"burn.{name}"),
        in_units(amount),
        delta=said or " ",
        delta_color=colour,
        delta_arrow="off",
        border=True,
        height=_METRIC,
        chart_data=[plotted(one) for one in course] or None,
        chart_type=sort,
        help=help,
    )


def _running(amounts: list[Decimal]) -> list[Decimal]:
    total, found = Decimal(0), []
    for one in amounts:
        total += one
        found.append(total)
    return found


def _used(seen: Burn) -> list[Decimal]:
    return _running([one.used for one in seen.months[: seen.month]])


def _title(key: str, said: str) -> None:
    st.markdown(f"**{t(key)}**  :gray[:small[{said}]]")


def _picked(seen: Burn, month: list[dict[str, object]], cell: list[dict[str, object]]) -> tuple[Scope, list[str], str]:
    """What was clicked, as a part of the budget and in words; else the page's own."""
    scope = seen.scope
    if cell:
        department, category = int(str(cell[0]["department_id"])), BudgetCategory(str(cell[0]["code"]))
        name = next((line.department for line in seen.lines if line.department_id == department), "")
        said = t("burn.papers_of", department=escaped(name), category=category)
        return Scope(scope.year, department, category), scope.months, said
    number = int(str(month[0]["month"])) if month else seen.month or 1
    return scope, [f"{scope.year}{number:02}"], t("burn.papers_in", month=f"{scope.year}-{number:02}")


def _history_of(session: Session, me: Person, picked: Scope) -> list[Step] | None:
    """How the line that was clicked came to be what it is; nothing where none was."""
    if picked.department_id is None or picked.category is None:
        return None
    return line_history(session, me, picked.department_id, picked.category, picked.year, now())


def _alerts(warned: list[Alert]) -> None:
    _title("burn.alerts", t("burn.alerts_said", count=len(warned)))
    if not warned:
        st.markdown(f":green[:material/task_alt: {t('burn.no_alerts')}]")
    tall = _LOW if len(warned) > FEW else "content"
    shown = st.container(gap="xsmall", height=tall, border=False, key="whole-on-paper-alerts")
    with shown:
        for one in warned:
            alert_line(one)


def _papers(papers: list[Behind], said: str) -> None:
    _title("burn.papers", said)
    if not papers:
        st.caption(t("burn.no_papers"))
        return
    frame = pd.DataFrame(
        {
            "number": one.document.number if one.document else "",
            "title": one.document.title if one.document else t("burn.not_readable"),
            "spent": float(one.sums.spent),
            "reserved": float(one.sums.reserved),
        }
        for one in papers
    )
    columns = {
        "number": st.column_config.TextColumn(t("column.number"), width=124),
        "title": st.column_config.TextColumn(t("column.title"), width="medium"),
        "spent": st.column_config.NumberColumn(t("burn.spent_yuan"), format="accounting", width=104),
        "reserved": st.column_config.NumberColumn(t("burn.reserved_yuan"), format="accounting", width=104),
    }
    with st.container(key="on-screen-papers"):
        place = clicked(frame, columns, key="papers", most=_LOW)
    with st.container(key="on-paper-papers"):
        names = {name: one["label"] for name, one in columns.items()}
        draw_rows(frame.head(_ON_PAPER).rename(columns=names))
    paper = papers[place].document if place is not None else None
    if paper and paper.number:
        go(KINDS[paper.kind].slug, number=paper.number)


def _table(seen: Burn) -> None:
    """The charts' figures in yuan."""
    by_month, by_line = _frames(seen)
    config = {
        name: st.column_config.NumberColumn(t(f"burn.{name}_yuan"), format="accounting")
        for name in ("plan", "reserved", "spent", "left")
    }
    said = {name: st.column_config.TextColumn(t(f"burn.{name}")) for name in ("month", "category", "department")}
    left, right = st.columns(2)
    left.dataframe(by_month, hide_index=True, column_config=config | said, height=460, placeholder="")
    if len(by_line):
        right.dataframe(by_line, hide_index=True, column_config=config | said, height=460, placeholder="")


def _figures_on_paper(seen: Burn) -> None:
    """The same where it is printed: whole, and not as a picture of a table."""
    said = {name: t(f"burn.{name}") for name in ("month", "category", "department")}
    said |= {name: t(f"burn.{name}_yuan") for name in ("plan", "reserved", "spent", "left")}
    for frame in _frames(seen):
        if len(frame):
            draw_rows(frame.rename(columns=said))


def _frames(seen: Burn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By month, and by department and category."""
    by_month = pd.DataFrame(
        {"month": f"{seen.scope.year}-{month:02}"}
        | {name: float(getattr(sums, name)) for name in ("plan", "reserved", "spent", "left")}
        for month, sums in enumerate(seen.months, start=1)
    )
    by_line = pd.DataFrame(
        {"department": line.department, "category": words(line.category)}
        | {name: float(getattr(line.sums, name)) for name in ("plan", "reserved", "spent", "left")}
        for line in seen.lines
    )
    return by_month, by_line
