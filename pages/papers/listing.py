"""The list of a kind: filters that stand in the address, fifty rows a page, count and total of the whole, Excel."""

from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import State
from pages.papers.document import show_document, start
from services.access import may_start
from services.database import reading
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType
from services.lists import CLAIMED, FIRST_DAY, LAST_DAY, SORTS, Filters, Listing, departments_of, listing
from services.people import local_day
from ui.clock import now
from ui.links import go
from ui.paper import state_words
from ui.session import signed_in
from ui.texts import label, language, t, words

_WIDTHS = {
    "number": 112,
    "kind": 96,
    "state": 146,
    "title": 240,
    "applicant": 60,
    "department": 74,
    "submitted_at": 88,
    "due_at": 124,
    "starts_on": 84,
    "ends_on": 84,
}
"""Pixels: all columns of a list fit a page of 1,440, the deadline too."""


_SHOWN = "list.shown"
"""In session_state: the table that was drawn last, and what leads to the papers in its rows."""
_Leads = tuple[str, str | None, int]
"""Kind, number and id."""


def mine() -> None:
    """Everything the reader has sent or begun."""
    show_list(None)


def show_list(kind: DocumentType | None) -> None:
    """All papers of a kind (or, without one, the reader's own of every kind) that he may see."""
    me = signed_in()
    filters = Filters.read(kind.code if kind else None, st.query_params)
    if kind is None:
        filters = replace(filters, mine=True)
    if picked := _picked(filters):
        _open(kind, *picked)
        return
    with reading() as session:
        may_begin = bool(kind and kind.alone and may_start(session, me, kind.code))
        departments = departments_of(session)
    _head(kind, filters, may_begin)
    chosen = _filter_row(filters, departments)
    if chosen.query() != filters.query():
        st.query_params.from_dict(chosen.query())
        st.rerun()  # the fields are drawn anew from the address: else the next change would go to those of before
    with reading() as session:
        found = listing(session, me, filters, now(), language=language())
    _table(kind, found, filters)


def _picked(filters: Filters) -> _Leads | None:
    """The paper in the row that was clicked, as the reader saw the table: drawn anew, others may stand in that row.

    Asked before anything is drawn: the list is not looked up once more only to be left.
    """
    table = _table_key(filters)
    rows = st.session_state.get(_SHOWN, {}).get(table, ())
    if table not in st.session_state:
        return None
    cells = st.session_state[table]["selection"]["cells"]
    return rows[cells[0][0]] if cells and 0 <= cells[0][0] < len(rows) else None


def _table_key(filters: Filters) -> str:
    return f"list.{filters.kind}.{hash(tuple(sorted(filters.query().items())))}"


def _head(kind: DocumentType | None, filters: Filters, may_begin: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t(f"kind.{kind.code}") if kind else t("menu.mine"), anchor=False, width="content")
        st.space("stretch")
        slug = kind.slug if kind else "mine"
        address = f"/export/{slug}.xlsx?{urlencode(filters.query() | {'lang': language()})}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
        if may_begin and kind and st.button(t(f"start.{kind.code}"), icon=":material/add:", type="primary"):
            start(kind.code)
    if kind and not kind.alone:
        sources = t("print.list_separator").join(t(f"kind.{code}") for code in kind.starts_from)
        st.caption(t("list.starts_from", kind=sources))


def _filter_row(filters: Filters, departments: dict[int, str]) -> Filters:
    """Every filter that the address can hold is there to see and to change: none narrows the list down unseen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            t("list.search"), filters.text, icon=":material/search:", placeholder=t("list.search_hint"), width=220,
            label_visibility="collapsed",
        )  # fmt: skip
        states = st.pills(
            t("list.state"),
            [state.value for state in State if state != State.DRAFT],
            selection_mode="multi",
            default=[state.value for state in filters.states if state != State.DRAFT],
            format_func=lambda one: t(f"state.{one}"),
            label_visibility="collapsed",
        )
        department = st.selectbox(
            t("field.department"), [None, *departments],
            [None, *departments].index(filters.department_id) if filters.department_id in departments else 0,
            format_func=lambda one: departments.get(one, t("list.all_departments")), width=150,
            label_visibility="collapsed", placeholder="",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start, end = _day("list.from", filters.start), _day("list.to", filters.end)
        own = filters.mine
        if filters.kind:
            own = st.toggle(t("list.mine"), filters.mine)
        st.space("stretch")
        if filters.active and st.button(t("list.clear"), icon=":material/filter_alt_off:", type="tertiary"):
            st.query_params.from_dict(filters.cleared().query())
            st.rerun()
        sort = st.selectbox(
            t("list.sort"), list(SORTS), list(SORTS).index(filters.sort), format_func=lambda one: t(f"list.sort.{one}"),
            width=130, label_visibility="collapsed", placeholder="",
        )  # fmt: skip
        order = st.segmented_control(
            t("list.order"), ["desc", "asc"], default="asc" if filters.ascending else "desc", required=True,
            format_func=lambda one: t(f"list.order.{one}"), label_visibility="collapsed",
        )  # fmt: skip
    chosen = replace(
        filters,
        text=text or "",
        states=tuple(State(one) for one in states),
        department_id=department,
        start=start,
        end=end,
        mine=own,
        sort=sort,
        ascending=order == "asc",
    )
    return chosen if chosen == filters else replace(chosen, page=1)


def _day(key: str, day: date | None) -> date | None:
    chosen = st.date_input(t(key), day, min_value=FIRST_DAY, max_value=LAST_DAY, format="YYYY-MM-DD", width=140)
    return chosen if isinstance(chosen, date) else None


def _table(kind: DocumentType | None, found: Listing, filters: Filters) -> None:
    if not found.count:
        st.info(t("list.empty"), icon=":material/inbox:")
        return
    frame = pd.DataFrame([_shown(kind, row, found.columns) for row in found.rows])
    table = _table_key(filters)
    shown: dict[str, list[_Leads]] = st.session_state.setdefault(_SHOWN, {})
    st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_columns(kind, found.columns),
        height=min(38 + 35 * len(frame), 620),
        key=table,
        placeholder="",
    )
    # at once: any call of Streamlit from here on may be cut short by a click into the new table
    shown.clear()
    shown[table] = [(row["kind"], row["number"], row["id"]) for row in found.rows]
    with st.container(horizontal=True, vertical_alignment="center"):
        sums = kind is None or kind.has_amount
        total = t("list.total" if sums else "list.count", count=found.count, total=found.total)
        st.markdown(f":gray[{total}]", width="content")
        st.space("stretch")
        if found.pages > 1:
            page = st.pagination(
                found.pages, default=found.page, width=360, key=f"page.{filters.kind}.{found.pages}.{found.page}"
            )
            if page != found.page:
                st.query_params["page"] = str(page)
                st.rerun()


def _open(kind: DocumentType | None, code: str, number: str | None, id: int) -> None:
    """A sent paper of this very page is drawn at once, in this run; everything else lies on another address."""
    if kind is None or number is None:
        open_row(code, number, id)
    else:
        st.query_params.from_dict({"number": number})
        show_document(kind, number=number, id=None)


def open_row(code: str, number: str | None, id: int) -> None:
    """Open the document of a row; a draft, which has no number yet, opens in its form."""
    go(KINDS[code].slug, number=number, edit=None if number else str(id))


def _shown(kind: DocumentType | None, row: dict[str, object], columns: tuple[str, ...]) -> dict[str, object]:
    said: dict[str, object] = {}
    for name in columns:
        value = row.get(name)
        if name == "state":
            said[name] = state_words(State(str(value)), row["step"])  # type: ignore[arg-type]
        elif name == "kind":
            said[name] = t(f"kind.{value}")
        elif name in ("amount", CLAIMED) or kind and name in kind.columns and spec(kind.table, name).kind == Type.MONEY:
            said[name] = None if value is None else float(value)  # type: ignore[arg-type]
        elif name == "submitted_at" and isinstance(value, datetime):
            said[name] = words(local_day(value))  # the hour stands on the paper; here the columns have to fit
        else:
            said[name] = words(value) or None
    return said


def _columns(kind: DocumentType | None, columns: tuple[str, ...]) -> dict[str, object]:
    config: dict[str, object] = {}
    for name in columns:
        own = bool(kind and name in kind.columns)
        said = label(kind, name) if own and kind else t(f"column.{name}")
        money = name in ("amount", CLAIMED) or (own and kind and spec(kind.table, name).kind == Type.MONEY)
        if money:
            config[name] = st.column_config.NumberColumn(said, format="accounting", width=98)
        else:
            config[name] = st.column_config.TextColumn(said, width=_WIDTHS.get(name))
    return config
