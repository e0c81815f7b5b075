"""The complaint register: every case with its stage, clocks and owner, what is due next on top (P5-5.1b, P3-2.5)."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import CauseCategory, Channel, ComplaintNature, Severity, Verdict, Warranty
from services.database import reading
from services.documents import KINDS
from services.documents.lookups import every
from services.reports.cases import SCORES, CaseFilters, View
from services.reports.complaint_register import (
    CLOCKS,
    Case,
    Register,
    clock_words,
    handlers_of,
    is_late,
    register,
    stage,
)
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import label as field_label
from ui.texts import language, room, step_name, t, words

_CHINESE = {
    "number": 114,
    "customer": 132,
    "product": 132,
    "content": 136,
    "severity": 66,
    "stage": 108,
    "owners": 96,
    "answer": 72,
    "verification": 88,
    "solution": 88,
    "survey": 88,
}
_ENGLISH = _CHINESE | {
    "customer": 118,
    "product": 126,
    "content": 94,
    "severity": 66,
    "stage": 136,
    "owners": 76,
    "answer": 110,
    "verification": 96,
    "solution": 118,
    "survey": 74,
}
"""Pixels: all columns fit a page of 1,440."""


def complaint_register() -> None:
    me = signed_in()
    filters = CaseFilters.read(st.query_params)
    with reading() as session:
        found = register(session, me, filters, now())
        offered = {
            name: {one.value: one.label for one in every(session, name)}
            for name in ("department", "customer", "product")
        }
        offered |= {"handler": handlers_of(session), "responsible": offered["department"]}
    _head(filters)
    _views(filters, found)
    _filters(filters, found, offered)
    if not found.count:
        st.info(t("list.empty"), icon=":material/inbox:")
        return
    _table(filters, found)


def _head(filters: CaseFilters) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.complaint_register"), anchor=False, width="content")
        st.space("stretch")
        address = f"/export/complaint_register.xlsx?{urlencode(filters.query() | {'lang': language()})}"
        st.link_button(t("list.excel"), address, icon=":material/download:")


def _views(filters: CaseFilters, found: Register) -> None:
    """Open, late, closed, all; and the stages at which open cases stand, each with how many."""
    st.session_state["register.view"], st.session_state["register.step"] = filters.view.value, filters.step
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            t("register.views"), [one.value for one in View], required=True, key="register.view",
            format_func=lambda one: f"{t(f'register.view.{one}')} {found.views[View(one)]}",
            label_visibility="collapsed", on_change=_narrow, args=(filters,),
        )  # fmt: skip
    stages = [step.key for step in KINDS["CP"].route if found.stages.get(step.key)]
    if stages and filters.view in (View.OPEN, View.LATE):
        st.pills(
            t("register.stages"), stages, key="register.step", label_visibility="collapsed",
            format_func=lambda one: f"{step_name(one)} {found.stages.get(one, 0)}", on_change=_narrow, args=(filters,),
        )  # fmt: skip


_CHOICES = (
    ("severity", Severity),
    ("verdict", Verdict),
    ("cause", CauseCategory),
    ("channel", Channel),
    ("warranty", Warranty),
    ("nature", ComplaintNature),
)
_NAMED = ("department", "customer", "product", "handler", "responsible")


def _filters(filters: CaseFilters, found: Register, offered: dict[str, dict[Any, str]]) -> None:
    said: dict[str, Any] = {
        "q": filters.text,
        "department": filters.department_id,
        "customer": filters.customer_id,
        "product": filters.product_id,
        "handler": filters.handler_id,
        "channel": filters.channel,
        "severity": filters.severity,
        "verdict": filters.verdict,
        "cause": filters.cause,
        "warranty": filters.warranty,
        "nature": filters.nature,
        "responsible": filters.responsible_id,
        "score": str(filters.score or "") or None,
        "from": filters.start,
        "to": filters.end,
    }
    for name, value in said.items():
        st.session_state[f"register.{name}"] = (
            str(value) if isinstance(value, StrEnum) else value
        )  # as the field has it
    with st.container(horizontal=True, vertical_alignment="bottom", key="wiped-register"):  # on a phone one row
        st.text_input(
            t("list.search"), key="register.q", icon=":material/search:", placeholder=t("register.search_hint"),
            width=200, label_visibility="collapsed", on_change=_narrow, args=(filters,),
        )  # fmt: skip
        for name in _NAMED:
            _choice(filters, name, list(offered[name]), lambda one, name=name: offered[name].get(one, ""))
        for name, options in _CHOICES:
            _choice(filters, name, [one.value for one in options], lambda one, options=options: words(options(one)))
        _choice(filters, "score", list(SCORES), lambda one: t("register.score_said", score=one))
        for name in ("from", "to"):
            st.date_input(
                t(f"register.{name}"), None, key=f"register.{name}", format="YYYY-MM-DD", width=140,
                on_change=_narrow, args=(filters,),
            )  # fmt: skip
        if filters.narrowed:
            st.button(
                t("list.clear"), icon=":material/filter_alt_off:", type="tertiary", key="register.clear",
                on_click=_clear, args=(filters,),
            )  # fmt: skip


def _choice(filters: CaseFilters, name: str, options: list[Any], said: Callable[[Any], str]) -> None:
    st.selectbox(
        t(f"register.{name}"), options, None, key=f"register.{name}", format_func=said, width=room(118),
        label_visibility="collapsed", placeholder=t(f"register.{name}"), on_change=_narrow, args=(filters,),
    )  # fmt: skip


def _narrow(filters: CaseFilters) -> None:
    """Write what the fields say into the address, read like any address."""
    names = ("view", "step", "q", *_NAMED, *(name for name, _ in _CHOICES), "score", "from", "to")
    said = {name: str(st.session_state.get(f"register.{name}") or "") for name in names}
    st.query_params.from_dict(CaseFilters.read(said).query())


def _clear(filters: CaseFilters) -> None:
    st.query_params.from_dict(filters.cleared().query())


def _table(filters: CaseFilters, found: Register) -> None:
    frame = pd.DataFrame([_shown(case) for case in found.cases])
    late = [[is_late(case.clocks.get(name), now()) for name in CLOCKS] for case in found.cases]
    style = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for place, name in enumerate(CLOCKS):
        style[name] = ["color: #d3404c" if row[place] else "" for row in late]
    widths = _CHINESE if language() == "zh" else _ENGLISH
    config = {name: st.column_config.TextColumn(_heading(name), width=widths[name]) for name in frame.columns}
    key = f"register.table.{hash(tuple(sorted(filters.query().items())))}"
    clicked_on = clicked(frame.style.apply(lambda _: style, axis=None), config, key=key)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[{t('register.count', count=found.count)}]", width="content")
        st.space("stretch")
        if found.pages > 1:
            page = st.pagination(found.pages, default=found.page, width=360, key=f"register.page.{found.page}.{key}")
            if page != found.page:
                st.query_params["page"] = str(page)
                st.rerun()
    if clicked_on is not None:
        go(KINDS["CP"].slug, number=found.cases[clicked_on].number)


def _shown(case: Case) -> dict[str, str]:
    spoken = language()
    return {
        "number": case.number,
        "customer": case.customer,
        "product": case.product,
        "content": case.complaint.content[:80],
        "severity": words(case.complaint.severity),
        "stage": stage(case, spoken),
        "owners": " ".join(case.owners),
        **{name: clock_words(case.clocks.get(name), now(), spoken) for name in CLOCKS},
    }


def _heading(name: str) -> str:
    if name in CLOCKS:
        return t(f"promise.{name}")
    return field_label(KINDS["CP"], "content") if name == "content" else t(f"register.{name}")
