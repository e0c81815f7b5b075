"""The list of a kind: filters that stand in the address, fifty rows a page, count and total of the whole, Excel."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import State
from pages.papers.document import show_document, start
from services.access import may_start
from services.addresses import FIRST_DAY, LAST_DAY
from services.database import reading
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType
from services.lists import CLAIMED, SORTS, Filters, Listing, departments_of, listing
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
    "title": 214,
    "applicant": 74,
    "department": 86,
    "submitted_at": 88,
    "due_at": 124,
    "starts_on": 84,
    "ends_on": 84,
}
"""Pixels: all columns of a list fit a page of 1,440, the deadline too."""


_ALL = 0
"""In place of a department: all of them. None would leave the field empty."""
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
    filters = _offered(filters, departments)
    _head(kind, filters, may_begin)
    _filter_row(filters, departments)
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


def _offered(filters: Filters, departments: dict[int, str]) -> Filters:
    """What of an address the fields can say; the rest goes from the address too, else it would narrow down unseen."""
    states = tuple(state for state in filters.states if state != State.DRAFT)
    department = filters.department_id if filters.department_id in departments else None
    offered = replace(filters, states=states, department_id=department)
    if offered != filters:
        st.query_params.from_dict(offered.query())
    return offered


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


def _filter_row(filters: Filters, departments: dict[int, str]) -> None:
    """Every filter that the address can hold is there to see and to change: none narrows the list down unseen.

    The fields say what the address says, and a change goes into it before anything is drawn: in one run, not in two.
    """
    said = {
        "text": filters.text,
        "states": [state.value for state in filters.states],
        "department": filters.department_id or _ALL,
        "start": filters.start,
        "end": filters.end,
        "mine": filters.mine,
        "sort": filters.sort,
        "order": "asc" if filters.ascending else "desc",
    }
    for name, value in said.items():
        st.session_state[_field_key(filters, name)] = value

    def field(name: str) -> dict[str, Any]:
        return {"key": _field_key(filters, name), "on_change": _narrow, "args": (filters,)}

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            t("list.search"), icon=":material/search:", placeholder=t("list.search_hint"), width=220,
            label_visibility="collapsed", **field("text"),
        )  # fmt: skip
        st.pills(
            t("list.state"),
            [state.value for state in State if state != State.DRAFT],
            selection_mode="multi",
            format_func=lambda one: t(f"state.{one}"),
            label_visibility="collapsed",
            **field("states"),
        )
        st.selectbox(
            t("field.department"), [_ALL, *departments],
            format_func=lambda one: departments.get(one, t("list.all_departments")), width=150,
            label_visibility="collapsed", placeholder="", **field("department"),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for key, name in (("list.from", "start"), ("list.to", "end")):
            limits = {"min_value": FIRST_DAY, "max_value": LAST_DAY}
            st.date_input(t(key), None, **limits, format="YYYY-MM-DD", width=140, **field(name))
        if filters.kind:
            st.toggle(t("list.mine"), **field("mine"))
        st.space("stretch")
        if filters.active:
            clear = {"type": "tertiary", "on_click": _clear, "args": (filters,)}
            st.button(t("list.clear"), icon=":material/filter_alt_off:", **clear)
        st.selectbox(
            t("list.sort"), list(SORTS), format_func=lambda one: t(f"list.sort.{one}"),
            width=130, label_visibility="collapsed", placeholder="", **field("sort"),
        )  # fmt: skip
        st.segmented_control(
            t("list.order"), ["desc", "asc"], required=True,
            format_func=lambda one: t(f"list.order.{one}"), label_visibility="collapsed", **field("order"),
        )  # fmt: skip


def _field_key(filters: Filters, name: str) -> str:
    return f"list.{filters.kind}.{name}"


def _narrow(filters: Filters) -> None:
    """Write what the fields say into the address, read like any address: a client may send whatever it likes."""

    def typed(name: str) -> Any:
        return st.session_state.get(_field_key(filters, name)) or ""

    said = {
        "q": str(typed("text")),
        "state": ",".join(map(str, typed("states"))),
        "department": str(typed("department")),
        "from": str(typed("start")),
        "to": str(typed("end")),
        "mine": "1" if typed("mine") else "",
        "sort": str(typed("sort")),
        "order": str(typed("order")),
    }
    st.query_params.from_dict(Filters.read(filters.kind, said).query())


def _clear(filters: Filters) -> None:
    st.query_params.from_dict(filters.cleared().query())


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
