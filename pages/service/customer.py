"""A customer or a machine with everything that ever happened with it, on one timeline (P3-1.1, P3-1.3)."""

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from models import Person, Warranty
from services.database import reading
from services.documents import KINDS
from services.documents.lookups import every
from services.reports.customer_history import (
    SOLD,
    CustomerHistory,
    Happening,
    Machine,
    MachineHistory,
    customer_history,
    machine_history,
    may_look_up,
)
from ui.clock import now
from ui.filters import choose
from ui.links import go, whole
from ui.paper import state_words
from ui.session import signed_in
from ui.texts import escaped, language, room, t, words

_WIDTHS = {"day": 92, "kind": 110, "number": 130, "title": 420, "state": 120}
_MACHINE_WIDTHS = {"serial": 140, "product": 220, "sold_on": 92, "warranty": 110, "until": 92}
_COLOURS: dict[Warranty, Any] = {Warranty.RUNNING: "green", Warranty.OVER: "gray", Warranty.UNKNOWN: "gray"}
_HIGHEST = 620
"""Pixels: a longer timeline scrolls in itself."""


def customer_page() -> None:
    me = signed_in()
    customer_id, serial = whole(st.query_params.get("customer")), st.query_params.get("serial", "").strip()
    with reading() as session:
        may = may_look_up(session, me)
        offered = {int(one.value): one.label for one in every(session, "customer")} if may else {}
    if not may:
        st.warning(t("history.unknown"), icon=":material/block:")
        return
    _choice(offered, customer_id, serial)
    if serial:
        _show_machine(me, serial)
    elif customer_id:
        _show_customer(me, customer_id)
    else:
        st.info(t("history.choose" if not st.query_params.get("customer") else "history.unknown"),
                icon=":material/search:")  # fmt: skip


def _choice(offered: dict[int, str], customer_id: int | None, serial: str) -> None:
    st.session_state["history.customer"] = customer_id if customer_id in offered and not serial else None
    st.session_state["history.serial"] = serial
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.customer"), anchor=False, width="content")
        st.selectbox(
            t("field.customer_id"), list(offered), None, key="history.customer", format_func=lambda id: offered[id],
            label_visibility="collapsed", placeholder=t("history.customer_hint"), width=room(260),
            on_change=_ask, args=("customer",),
        )  # fmt: skip
        st.text_input(
            t("field.serial"), key="history.serial", icon=":material/search:", placeholder=t("history.serial_hint"),
            label_visibility="collapsed", width=room(210), max_chars=40, on_change=_ask, args=("serial",),
        )  # fmt: skip


def _ask(name: str) -> None:
    """What is chosen takes the place of what the page showed."""
    chosen = st.session_state[f"history.{name}"]
    st.query_params.from_dict({name: str(chosen)} if chosen else {})


def _show_customer(me: Person, customer_id: int) -> None:
    with reading() as session:
        found = customer_history(session, me, customer_id, now())
    if found is None:
        st.info(t("history.unknown"), icon=":material/search_off:")
        return
    _customer_head(found)
    _machines(found.machines, customer_id)
    _timeline(found.happenings, f"customer.{customer_id}")


def _customer_head(found: CustomerHistory) -> None:
    customer = found.customer
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{escaped(customer.name)}** :gray[{escaped(customer.code)}]", width="content")
            if customer.key_customer:
                st.badge(t("field.key_customer"), icon=":material/star:", color="orange")
            if found.contract:
                st.badge(t("history.contract_runs", number=escaped(found.contract)), color="green")
            else:
                st.badge(t("history.no_contract"), color="gray")
        facts = [customer.contact, customer.phone, customer.address, found.department]
        st.markdown(f":gray[{escaped(' · '.join(one for one in facts if one))}]")
        _counts(found.papers)


def _show_machine(me: Person, serial: str) -> None:
    with reading() as session:
        found = machine_history(session, me, serial, now())
    if found is None:
        st.info(t("history.unknown"), icon=":material/search_off:")
        return
    _machine_head(found)
    _timeline(found.happenings, f"serial.{found.serial}")


def _machine_head(found: MachineHistory) -> None:
    machine = found.machine
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            product = escaped(machine.product) if machine else ""
            st.markdown(f"**{escaped(found.serial)}** {product}", width="content")
            if machine:
                st.badge(words(machine.warranty.state), color=_COLOURS[machine.warranty.state])
            else:
                st.badge(t("history.not_sold"), color="orange")
        if machine:
            until = machine.warranty.until
            said = f"{t('field.sold_on')} {words(machine.sold_on)}"
            said += f" · {t('field.warranty_until')} {words(until)}" if until else ""
            st.markdown(f":gray[{said}]")
            if st.button(escaped(machine.customer.name), icon=":material/domain:", type="tertiary",
                         key="history.owner"):  # fmt: skip
                go("customer", customer=str(machine.customer.id))
        _counts(found.papers)


def _counts(papers: dict[str, int]) -> None:
    with st.container(horizontal=True, gap="small"):
        for code, count in papers.items():
            st.badge(f"{t(f'kind.{code}')} {count}", icon=KINDS[code].icon, color="blue")


def _machines(machines: tuple[Machine, ...], customer_id: int) -> None:
    """What the customer has; a click opens the machine's own timeline."""
    if not machines:
        return
    st.markdown(f"**{t('history.machines')}** :gray[{len(machines)}]")
    rows = [
        {
            "serial": one.serial,
            "product": one.product,
            "sold_on": words(one.sold_on),
            "warranty": words(one.warranty.state),
            "until": words(one.warranty.until) if one.warranty.until else "",
        }
        for one in machines
    ]
    said = {
        "serial": t("field.serial"),
        "product": t("field.product_id"),
        "sold_on": t("field.sold_on"),
        "warranty": t("history.warranty"),
        "until": t("field.warranty_until"),
    }
    row = _picked(rows, said, _MACHINE_WIDTHS, f"history.machines.{customer_id}", 250)
    if row is not None:
        go("customer", serial=machines[row].serial)


def _timeline(happenings: tuple[Happening, ...], key: str) -> None:
    """Newest first; a click opens the paper, or the machine that was sold."""
    kinds = list(dict.fromkeys(one.kind for one in happenings))
    chosen = st.query_params.get("kind")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('history.timeline')}** :gray[{len(happenings)}]", width="content")
        if len(kinds) > 1:
            choose("history", "kind", kinds, chosen if chosen in kinds else None, _kind,
                   label=t("history.kind"), every=t("history.all"))  # fmt: skip
        st.space("stretch")
        asked = urlencode({**st.query_params.to_dict(), "lang": language()})
        st.link_button(t("list.excel"), f"/export/customer.xlsx?{asked}", icon=":material/download:")
    shown = [one for one in happenings if chosen not in kinds or one.kind == chosen]
    if not shown:
        st.info(t("history.nothing"), icon=":material/inbox:")
        return
    rows = [
        {
            "day": words(one.day),
            "kind": _kind(one.kind),
            "number": one.number,
            "title": _title(one),
            "state": state_words(one.state, one.step) if one.state else "",
        }
        for one in shown
    ]
    said = {name: t(f"history.{name}") for name in _WIDTHS}
    row = _picked(rows, said, _WIDTHS, f"history.{key}.{chosen}", _HIGHEST)
    if row is not None:
        _open(shown[row])


def _picked(
    rows: list[dict[str, str]], said: dict[str, str], widths: dict[str, int], key: str, high: int
) -> int | None:
    """Draws a table, and says which row was clicked."""
    config = {name: st.column_config.TextColumn(said[name], width=widths[name]) for name in said}
    event = st.dataframe(
        pd.DataFrame(rows), hide_index=True, on_select="rerun", selection_mode="single-cell", column_config=config,
        height=min(38 + 35 * len(rows), high), key=key, placeholder="",
    )  # fmt: skip
    cells = event["selection"]["cells"]
    return cells[0][0] if cells and cells[0][0] < len(rows) else None


def _open(one: Happening) -> None:
    if one.kind in KINDS:
        go(KINDS[one.kind].slug, number=one.number)
    elif one.kind == SOLD:
        go("customer", serial=one.number)


def _kind(kind: str) -> str:
    return t(f"kind.{kind}") if kind in KINDS else t(f"history.{kind}")


def _title(one: Happening) -> str:
    return t("history.until", day=one.ends_on) if one.ends_on else one.title
