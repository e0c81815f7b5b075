"""The list of a kind: filters that stand in the address, fifty rows a page, count and total of the whole, Excel."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from models import State
from pages.papers.document import start
from services.access import may_start
from services.addresses import FIRST_DAY, LAST_DAY
from services.database import reading
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType
from services.lists import CLAIMED, Filters, Listing, departments_of, listing
from services.people import local_day
from ui.clock import now
from ui.links import go
from ui.paper import state_words
from ui.pieces import draw, link, title
from ui.rows import Cell, Chip, Column, Pages, Row, address_of, draw_papers
from ui.session import signed_in
from ui.texts import escaped, label, language, t, words

_WIDTHS: dict[str, int | None] = {
    "number": 120,
    "kind": 96,
    "state": 146,
    "applicant": 74,
    "department": 86,
    "submitted_at": 88,
    "due_at": 124,
    "starts_on": 84,
    "ends_on": 84,
    "title": None,
}
"""Pixels: the columns of nearly every list fit a page of 1,440, the deadline too. The title takes what is left."""
_OWN_WIDTHS = {Type.MOMENT: 124, Type.CHOICE: 92}
_OWN_WIDTH = 104
_MONEY_WIDTH = 98
_SORTED = {"number": "number", "amount": "amount", "due_at": "due", "submitted_at": "created"}
"""Columns that a list can stand by: a click on the heading turns it round."""
_ALL = 0
"""In place of a department: all of them. None would leave the field empty."""


def mine() -> None:
    """Everything the reader has sent or begun."""
    show_list(None)


def show_list(kind: DocumentType | None) -> None:
    """All papers of a kind (or, without one, the reader's own of every kind) that he may see."""
    me = signed_in()
    filters = Filters.read(kind.code if kind else None, st.query_params)
    if kind is None:
        filters = replace(filters, mine=True)
    with reading() as session:
        may_begin = bool(kind and kind.alone and may_start(session, me, kind.code))
        departments = departments_of(session)
    filters = _offered(filters, departments)
    _head(kind, filters, departments, may_begin)
    with reading() as session:
        found = listing(session, me, filters, now(), language=language())
    _table(kind, found, filters)


def _offered(filters: Filters, departments: dict[int, str]) -> Filters:
    """What of an address the fields can say; the rest goes from the address too, else it would narrow down unseen."""
    states = tuple(state for state in filters.states if state != State.DRAFT)
    department = filters.department_id if filters.department_id in departments else None
    offered = replace(filters, states=states, department_id=department)
    if offered != filters:
        st.query_params.from_dict(offered.query())
    return offered


def _head(kind: DocumentType | None, filters: Filters, departments: dict[int, str], may_begin: bool) -> None:
    slug = kind.slug if kind else "mine"
    address = f"/export/{slug}.xlsx?{urlencode(filters.query() | {'lang': language()})}"
    with st.container(horizontal=True, vertical_alignment="center"):
        draw(title(t(f"kind.{kind.code}") if kind else t("menu.mine")), width="content")
        st.space("stretch")
        _filters(filters, departments)
        draw(link(t("list.excel"), address, "download"), width="content")
        if may_begin and kind and st.button(t(f"start.{kind.code}"), icon=":material/add:", type="primary"):
            start(kind.code)
    if kind and not kind.alone:
        sources = t("print.list_separator").join(t(f"kind.{code}") for code in kind.starts_from)
        st.caption(t("list.starts_from", kind=sources))


def _filters(filters: Filters, departments: dict[int, str]) -> None:
    """Every filter that the address can hold is there to see and to change: none narrows the list down unseen.

    The fields say what the address says, and a change goes into it before anything is drawn: in one run, not in two.
    """
    values = {
        "text": filters.text,
        "department": filters.department_id or _ALL,
        "start": filters.start,
        "end": filters.end,
        "mine": filters.mine,
    }
    for name, value in values.items():
        st.session_state[_field_key(filters, name)] = value

    def field(name: str) -> dict[str, Any]:
        return {"key": _field_key(filters, name), "on_change": _narrow, "args": (filters,)}

    st.text_input(
        t("list.search"), icon=":material/search:", placeholder=t("list.search_hint"), width=220,
        label_visibility="collapsed", **field("text"),
    )  # fmt: skip
    # fields to choose from and of days cost a browser as much as ten rows each: it draws them when they are opened
    with st.popover(_narrowed(filters, departments), icon=":material/filter_alt:", width="content"):
        st.selectbox(
            t("field.department"), [_ALL, *departments],
            format_func=lambda one: departments.get(one, t("list.all_departments")), placeholder="",
            **field("department"),
        )  # fmt: skip
        for key, name in (("list.from", "start"), ("list.to", "end")):
            limits = {"min_value": FIRST_DAY, "max_value": LAST_DAY}
            st.date_input(t(key), None, **limits, format="YYYY-MM-DD", width=220, **field(name))
        if filters.kind:
            st.toggle(t("list.mine"), **field("mine"))
    if filters.active:
        clear = {"type": "tertiary", "on_click": _clear, "args": (filters,)}
        st.button(t("list.clear"), icon=":material/filter_alt_off:", **clear)


def _narrowed(filters: Filters, departments: dict[int, str]) -> str:
    """What narrows the list down stands on the button, too."""
    start, end = words(filters.start), words(filters.end)
    department = departments.get(filters.department_id or _ALL)
    on = [
        *([escaped(department)] if department else []),
        *([t("list.days.between", start=start, end=end)] if start and end else []),
        *([t("list.days.from", start=start)] if start and not end else []),
        *([t("list.days.to", end=end)] if end and not start else []),
        *([t("list.mine")] if filters.mine and filters.kind else []),
    ]
    return t("word.comma").join(on) or t("list.filters")


def _field_key(filters: Filters, name: str) -> str:
    return f"list.{filters.kind}.{name}"


def _narrow(filters: Filters, page: int = 1) -> None:
    """Write what the fields say into the address, read like any address: a client may send whatever it likes."""

    def typed(name: str) -> Any:
        return st.session_state.get(_field_key(filters, name)) or ""

    said = {
        "q": str(typed("text")),
        "state": ",".join(filters.states),
        "department": str(typed("department")),
        "from": str(typed("start")),
        "to": str(typed("end")),
        "mine": "1" if typed("mine") else "",
        "sort": filters.sort,
        "order": "asc" if filters.ascending else "",
        "page": str(page),
    }
    st.query_params.from_dict(Filters.read(filters.kind, said).query())


def _turn(filters: Filters, query: dict[str, str]) -> None:
    """A state was turned on or off, an order or a page was chosen; the rest is as the fields say."""
    said = Filters.read(filters.kind, query)
    if flipped := query.get("flip"):  # of two quick clicks each counts: what the address says now, not what was drawn
        said = Filters.read(filters.kind, st.query_params)
        said = replace(said, states=_flipped(said, flipped), page=1)
    _narrow(replace(filters, states=said.states, sort=said.sort, ascending=said.ascending), said.page)


def _flipped(filters: Filters, state: str) -> tuple[State, ...]:
    return tuple(one for one in State if (one in filters.states) != (one == state))


def _clear(filters: Filters) -> None:
    st.query_params.from_dict(filters.cleared().query())


def _table(kind: DocumentType | None, found: Listing, filters: Filters) -> None:
    rows = [Row(id=row["id"], href=address_of_row(row), cells=_cells(kind, row, found.columns)) for row in found.rows]
    columns = [_column(kind, name, filters) for name in found.columns]
    chips = list(_states(kind, filters))
    sums = kind is None or kind.has_amount
    foot = t("list.total" if sums else "list.count", count=found.count, total=found.total) if found.count else ""
    pages = Pages(found.page, found.pages, _address(kind, replace(filters, page=1)))
    draw_papers(
        columns, rows, key=f"list.{filters.kind}", chips=chips, foot=foot, pages=pages,
        on_turned=lambda query: _turn(filters, query),
    )  # fmt: skip
    if not found.count:
        st.info(t("list.empty"), icon=":material/inbox:")


def open_row(code: str, number: str | None, id: int) -> None:
    """Open the document of a row; a draft, which has no number yet, opens in its form."""
    go(KINDS[code].slug, number=number, edit=None if number else str(id))


def _states(kind: DocumentType | None, filters: Filters) -> Iterator[Chip]:
    for state in State:
        if state != State.DRAFT:
            href = _address(kind, replace(filters, states=_flipped(filters, state), page=1))
            yield Chip(t(f"state.{state}"), href, on=state in filters.states, flips=state)


def _address(kind: DocumentType | None, filters: Filters) -> str:
    return address_of(kind.slug if kind else "mine", **filters.query())


def address_of_row(row: Mapping[str, Any]) -> str:
    """Where a paper lies; a draft, which has no number yet, opens in its form."""
    number = row["number"]
    return address_of(KINDS[row["kind"]].slug, number=number, edit=None if number else str(row["id"]))


def _cells(kind: DocumentType | None, row: Mapping[str, Any], columns: tuple[str, ...]) -> list[Cell | str]:
    return [Cell(said, right=True) if _is_money(kind, name) else said for name, said in _said(kind, row, columns)]


def _said(kind: DocumentType | None, row: Mapping[str, Any], columns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in columns:
        value = row.get(name)
        if name == "state":
            yield name, state_words(State(str(value)), row["step"])
        elif name == "kind":
            yield name, t(f"kind.{value}")
        elif name == "submitted_at" and isinstance(value, datetime):
            yield name, words(local_day(value))  # the hour stands on the paper; here the columns have to fit
        elif name == "number" and value is None:
            yield name, t("word.draft")
        else:
            yield name, words(value)


def _column(kind: DocumentType | None, name: str, filters: Filters) -> Column:
    own = bool(kind and name in kind.columns)
    said = label(kind, name) if own and kind else t(f"column.{name}")
    money = _is_money(kind, name)
    href = order = ""
    if sort := _SORTED.get(name):
        by_it = filters.sort == sort
        order = ("ascending" if filters.ascending else "descending") if by_it else ""
        turned = replace(filters, sort=sort, ascending=by_it and not filters.ascending, page=1)
        href = _address(kind, turned)
    return Column(said, _width(kind, name, money=money), right=money, href=href, order=order)


def _width(kind: DocumentType | None, name: str, *, money: bool) -> int | None:
    if money:
        return _MONEY_WIDTH
    if kind is None or name in _WIDTHS or name not in kind.columns:
        return _WIDTHS.get(name, _OWN_WIDTH)
    return _OWN_WIDTHS.get(spec(kind.table, name).kind, _OWN_WIDTH)


def _is_money(kind: DocumentType | None, name: str) -> bool:
    if name in ("amount", CLAIMED):
        return True
    return bool(kind and name in kind.columns and spec(kind.table, name).kind == Type.MONEY)
