"""The repair call register: every call, those due first on top, with a way to take in the next one (P6-8a)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import ServiceCategory
from pages.papers.document import start
from services.access import may_start
from services.database import reading
from services.documents import KINDS
from services.documents.lookups import every
from services.reports.order_register import Call, CallFilters, CallRegister, Calls, calls_under, stage
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.texts import language, step_name, t, words

_WIDTHS = {
    "number": 114,
    "received_at": 124,
    "customer": 140,
    "product": 140,
    "fault": 210,
    "category": 100,
    "technician": 72,
    "planned_from": 124,
    "stage": 84,
    "contact": 180,
    "address": 240,
}
"""Pixels: all columns up to the stage fit a page of 1,440; who called from where follows to the right (P6-8a)."""


def call_register() -> None:
    me = signed_in()
    filters = CallFilters.read(st.query_params)
    with reading() as session:
        found = calls_under(session, me, filters, now())
        people = {one.value: one.label for one in every(session, "person")}
        registers = may_start(session, me, "SO")
    _head(filters, registers=registers)
    _filters(filters, people)
    if not found.count:
        st.info(t("list.empty"), icon=":material/inbox:")
        return
    _table(filters, found)


def _head(filters: CallFilters, *, registers: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.call_register"), anchor=False, width="content")
        st.space("stretch")
        address = f"/export/call_register.xlsx?{urlencode(filters.query() | {'lang': language()})}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
        if registers and st.button(t("start.SO"), icon=KINDS["SO"].icon, type="primary", key="calls.new"):
            start("SO")


def _filters(filters: CallFilters, people: dict[Any, str]) -> None:
    said = {
        "view": filters.view.value,
        "q": filters.text,
        "step": filters.step,
        "category": filters.category,
        "technician": filters.technician_id,
        "month": filters.month or "",
    }
    for name, value in said.items():
        st.session_state[f"calls.{name}"] = value
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            t("register.views"), [one.value for one in Calls], required=True, key="calls.view",
            format_func=lambda one: t(f"calls.view.{one}"),
            label_visibility="collapsed", on_change=_narrow, args=(filters,),
        )  # fmt: skip
        st.text_input(
            t("list.search"), key="calls.q", icon=":material/search:", placeholder=t("calls.search_hint"),
            width=220, label_visibility="collapsed", on_change=_narrow, args=(filters,),
        )  # fmt: skip
        _choice(filters, "step", [step.key for step in KINDS["SO"].route], step_name)
        _choice(filters, "category", [one.value for one in ServiceCategory], lambda one: words(ServiceCategory(one)))
        _choice(filters, "technician", list(people), lambda one: people.get(one, ""))
        st.text_input(
            t("calls.month"), key="calls.month", placeholder=t("calls.month"), width=110,
            label_visibility="collapsed", on_change=_narrow, args=(filters,),
        )  # fmt: skip


def _choice(filters: CallFilters, name: str, options: list[Any], said: Callable[[Any], str]) -> None:
    st.selectbox(
        t(f"calls.{name}"), options, None, key=f"calls.{name}", format_func=said, width=130,
        label_visibility="collapsed", placeholder=t(f"calls.{name}"), on_change=_narrow, args=(filters,),
    )  # fmt: skip


def _narrow(filters: CallFilters) -> None:
    """Write what the fields say into the address, read like any address."""
    names = ("view", "q", "step", "category", "technician", "month")
    said = {name: str(st.session_state.get(f"calls.{name}") or "") for name in names}
    st.query_params.from_dict(CallFilters.read(said).query())


def _table(filters: CallFilters, found: CallRegister) -> None:
    frame = pd.DataFrame([_shown(call) for call in found.calls])
    late = [call.due_at is not None and call.due_at < now() for call in found.calls]
    style = pd.DataFrame("", index=frame.index, columns=frame.columns)
    style["stage"] = ["color: #d3404c" if one else "" for one in late]
    config = {name: st.column_config.TextColumn(t(f"calls.{name}"), width=_WIDTHS.get(name)) for name in frame.columns}
    key = f"calls.table.{hash(tuple(sorted(filters.query().items())))}"
    event = st.dataframe(
        frame.style.apply(lambda _: style, axis=None), hide_index=True, on_select="rerun", column_config=config,
        selection_mode="single-cell", height=min(38 + 35 * len(frame), 620), key=key, placeholder="",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[{t('calls.count', count=found.count)}]", width="content")
        st.space("stretch")
        if found.pages > 1:
            page = st.pagination(found.pages, default=found.page, width=360, key=f"calls.page.{found.page}.{key}")
            if page != found.page:
                st.query_params["page"] = str(page)
                st.rerun()
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(found.calls):
        go(KINDS["SO"].slug, number=found.calls[cells[0][0]].number)


def _shown(call: Call) -> dict[str, str]:
    own = call.order
    return {
        "number": call.number,
        "received_at": words(own.received_at),
        "customer": call.customer,
        "product": call.product,
        "fault": own.fault[:80],
        "category": words(own.category),
        "technician": call.technician,
        "planned_from": words(own.planned_from) if own.planned_from else "",
        "stage": stage(call, language()),
        "contact": " ".join(filter(None, (own.contact, own.contact_phone))),
        "address": own.address or "",
    }
