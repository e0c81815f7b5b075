"""Paper vouchers: marked as received one by one with a scanner, or on the claim that a QR code opens (P9-4c)."""

from collections.abc import Callable

import pandas as pd
import streamlit as st
from sqlmodel import Session

from models import Document, Person
from services.database import reading, writing
from services.documents import KINDS
from services.documents.paper_vouchers import AUDIT
from services.voucher_receipts import (
    Receipt,
    lately_received,
    may_receive,
    receipt_for,
    receive_vouchers,
    still_to_come,
    undo_receipt,
)
from ui.clock import now
from ui.links import page
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, step_name, t, words


def paper_vouchers() -> None:
    """A field that a scanner types into, what it has marked, and what has not come yet."""
    me = signed_in()
    st.subheader(t("menu.paper_vouchers"), anchor=False)
    st.caption(t("paper_vouchers.help"))
    with st.form("paper_vouchers.scan", clear_on_submit=True, border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            said = st.text_input(
                t("paper_vouchers.number"),
                placeholder=t("paper_vouchers.example"),
                key="paper_vouchers.number",
                width=360,
            )
            sent = st.form_submit_button(t("paper_vouchers.receive"), icon=":material/inventory:", type="primary")
    if sent and said:
        done = _act(lambda session: receive_vouchers(session, me, said, now()))
        if done:
            st.success(t("paper_vouchers.told.received", number=done.number), icon=":material/check_circle:")
    with reading() as session:
        coming, received = still_to_come(session, me, now()), lately_received(session, me, now())
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(f"**{t('paper_vouchers.to_come')}** :gray[{len(coming)}]")
        _table(coming)
    with right:
        st.markdown(f"**{t('paper_vouchers.lately')}** :gray[{len(received)}]")
        for one in received:
            _received(me, one)


def receipt_on_claim(session: Session, me: Person, document: Document) -> None:
    """On the claim: whether its vouchers have come, and for whoever receives them the one button that says so."""
    if document.kind != "EC" or not document.number:
        return
    receipt, mine = receipt_for(session, document), may_receive(session, me, document, now())
    if receipt is None and not (mine or document.step == AUDIT):
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="paper-vouchers"):
        if receipt:
            said = t("paper_vouchers.received", who=receipt.by, at=words(receipt.at))
            st.markdown(f":green[:material/inventory:] {escaped(said)}", width="stretch")
            if mine:
                _undo(me, document)
            return
        st.markdown(f":orange[:material/pending_actions:] {t('paper_vouchers.not_yet')}", width="stretch")
        if mine and st.button(
            t("paper_vouchers.receive"), type="primary", icon=":material/inventory:", key="paper_vouchers.receive"
        ):
            _mark(lambda session: receive_vouchers(session, me, document.number or "", now()), "received")


def _received(me: Person, one: Receipt) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        number = one.document.number or ""
        st.page_link(page(KINDS["EC"].slug), label=number, query_params={"number": number})
        st.markdown(f":small[:gray[{escaped(one.claimant)}  {words(one.at)}]]", width="stretch")
        _undo(me, one.document)


def _undo(me: Person, document: Document) -> None:
    with st.popover(t("paper_vouchers.undo"), icon=":material/undo:"):
        why = st.text_input(t("paper_vouchers.undo_why"), max_chars=200, key=f"paper_vouchers.{document.id}.why")
        if st.button(t("paper_vouchers.undo"), key=f"paper_vouchers.{document.id}.undo"):
            _mark(lambda session: undo_receipt(session, me, document.id, why, now()), "given_back")


def _table(coming: list[Receipt]) -> None:
    if not coming:
        st.caption(t("paper_vouchers.none"))
        return
    rows = [
        {
            t("column.number"): one.document.number,
            t("column.applicant"): one.claimant,
            t("column.title"): one.document.title,
            t("paper_vouchers.step"): step_name(one.document.step or ""),
        }
        for one in coming
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(38 + 35 * len(rows), 560), key="paper_vouchers.coming")


def _mark(act: Callable[[Session], Document], told: str) -> None:
    done = _act(act)
    if done:
        tell_next(t(f"paper_vouchers.told.{told}", number=done.number))
        st.rerun()


def _act(act: Callable[[Session], Document]) -> Document | None:
    def one_act() -> Document:
        with writing() as session:
            return act(session)

    return attempt(one_act)[0]
