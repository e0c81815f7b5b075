"""Month end: departments by months with where each stands, what is missing in one, and the way into its settlement."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import Person
from services.database import reading, writing
from services.documents import KINDS
from services.documents.cost_proposals import prepare_month
from services.month_end import MONTHS, Month, Row, Scope, Stands, begin, board, look_at
from services.months import month_said
from services.people import local_day
from services.reports.plans import may_follow
from services.reports.vouchers import may_export
from ui.charts import palette
from ui.clock import now
from ui.filters import choose
from ui.links import go
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import language, t

_COLOURS = {
    Stands.CLOSED: "good",
    Stands.REVIEW: "spent",
    Stands.RETURNED: "watched",
    Stands.DUE: "watched",
    Stands.LATE: "over",
}
"""Of the palette."""


def month_end() -> None:
    me = signed_in()
    scope = Scope.read(st.query_params, now())
    with reading() as session:
        if not may_follow(session, me):
            st.warning(t("month_end.not_yours"), icon=":material/block:")
            return
        rows = board(session, me, scope.year, now())
    _head(scope)
    _figures(rows)
    _board(rows, scope)
    _detail(me, rows, scope)


def _head(scope: Scope) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.month_end"), anchor=False, width="content")
        this_year = local_day(now()).year
        years = [str(this_year), str(this_year - 1)]
        choose("month_end", "year", years, scope.year, str, label=t("month_end.year"), width=110)
    st.caption(t("month_end.intro"))


def _figures(rows: list[Row]) -> None:
    cells = [cell for row in rows for cell in row.cells]
    with st.container(horizontal=True):
        for stands in _COLOURS:
            count = sum(cell.stands == stands for cell in cells)
            st.metric(t(f"month_end.stands.{stands}"), str(count), border=True)


def _board(rows: list[Row], scope: Scope) -> None:
    """A click on a month opens what is missing in it."""
    frame = pd.DataFrame(
        [
            {"department": row.department}
            | {str(number): _said(cell.stands) for number, cell in zip(MONTHS, row.cells, strict=True)}
            for row in rows
        ]
    )
    hues = palette()
    colours = {_said(stands): f"color: {getattr(hues, name)}" for stands, name in _COLOURS.items()}
    config: dict[str, object] = {"department": st.column_config.TextColumn(t("month_end.department"), pinned=True)}
    config |= {
        str(number): st.column_config.TextColumn(t("month_end.month", month=str(number)), width=72) for number in MONTHS
    }
    event = st.dataframe(
        frame.style.map(
            lambda said: colours.get(said, f"color: {hues.plan}"), subset=[str(number) for number in MONTHS]
        ),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=config,
        height=38 + 35 * len(frame),
        key=f"month_end.board.{scope.year}",
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(rows) and cells[0][1] != "department":
        row = rows[cells[0][0]]
        chosen = row.cells[int(cells[0][1]) - 1]
        if (row.department_id, chosen.month) != (scope.department_id, scope.month):
            st.query_params.update(department=str(row.department_id), month=chosen.month)
            st.rerun()


def _said(stands: Stands) -> str:
    return t(f"month_end.stands.{stands}")


def _detail(me: Person, rows: list[Row], scope: Scope) -> None:
    row = next((one for one in rows if one.department_id == scope.department_id), None)
    if row is None or scope.month is None:
        st.info(t("month_end.choose"), icon=":material/touch_app:")
        return
    with reading() as session:
        month = look_at(session, me, row.department_id, scope.month, now())
        books = may_export(session, me)
    if month is None:
        return
    cell = next((one for one in row.cells if one.month == scope.month), None)
    with st.container(border=True):
        said = f"{row.department} {month_said(scope.month)}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{said}**", width="content")
            if cell:
                st.markdown(f":gray[{_said(cell.stands)}]", width="content")
                if cell.stands in (Stands.DUE, Stands.LATE, Stands.RUNNING):
                    st.markdown(f":gray[{t('month_end.due_on', day=month.due_on)}]", width="content")
            st.space("stretch")
            st.markdown(t("month_end.sums", spent=month.spent, planned=month.planned), width="content")
        _checks(month)
        _buttons(me, row.department_id, scope.month, month, cell.document_id if cell else None)
        if books:
            query = urlencode({"month": scope.month, "lang": language()})
            said = t("month_end.vouchers", month=month_said(scope.month))
            st.link_button(said, f"/export/vouchers.xlsx?{query}", icon=":material/download:")


def _checks(month: Month) -> None:
    for check in month.checks:
        name = t(f"settlement_item.{check.item}")
        if not check.open:
            st.markdown(f":green[:material/check_circle:] {name}")
            continue
        owners = t("month_end.open", count=len(check.open), owners=check.owners)
        papers = f" :gray[{check.papers}]" if check.papers else ""
        st.markdown(f":orange[:material/error:] {name}: {owners}{papers}")


def _buttons(me: Person, department_id: int, which: str, month: Month, document_id: int | None) -> None:
    with st.container(horizontal=True):
        if document_id is not None:
            if st.button(t("month_end.open_paper"), icon=":material/open_in_new:", key="month_end.paper"):
                go(KINDS["MS"].slug, id=str(document_id))
        elif month.may_begin and st.button(t("start.MS"), type="primary", icon=KINDS["MS"].icon, key="month_end.begin"):

            def start() -> int:
                with writing() as session:
                    return begin(session, me, department_id, which, now()).id

            made, _ = attempt(start)
            if made is not None:
                go(KINDS["MS"].slug, edit=str(made))
        if month.entries and st.button(
            t("month_end.prepare", month=month_said(which)), icon=KINDS["CE"].icon, key="month_end.prepare"
        ):

            def prepare() -> int:
                with writing() as session:
                    return len(prepare_month(session, me, which, now()))

            count, _ = attempt(prepare)
            if count is not None:
                tell_next(t("month_end.prepared", count=count))
            st.rerun()
