"""Payments: what waits for the cashier; what is ticked becomes one Excel file for the bank."""

from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from services.database import reading
from services.payment_batch import Due, waiting_payments
from ui.clock import now
from ui.session import signed_in
from ui.texts import language, t, words

_WIDTHS = {"kind": 96, "number": 124, "payee": 80, "bank_account": 190}
_SHOWN = ("kind", "number", "payee", "bank_name", "bank_account", "held", "amount")


def payments() -> None:
    me = signed_in()
    with reading() as session:
        rows = waiting_payments(session, me, now())
    st.subheader(t("menu.payments"), anchor=False)
    if not rows:
        st.info(t("batch.none"), icon=":material/task_alt:")
        return
    st.caption(t("batch.help"))
    chosen = _chosen(rows)
    if held := [one for one in chosen if one.held]:
        st.warning(t("batch.left_out", count=len(held)), icon=":material/credit_card_off:")
    with st.container(horizontal=True, vertical_alignment="center"):
        total = words(sum((one.amount for one in chosen), start=rows[0].amount * 0))
        st.markdown(t("batch.chosen", count=len(chosen), total=total), width="content")
        st.space("stretch")
        query = urlencode({"ids": ",".join(str(one.document_id) for one in chosen), "lang": language()})
        st.link_button(
            t("batch.excel"),
            f"/export/payments.xlsx?{query}",
            icon=":material/download:",
            type="primary",
            disabled=bool(held) or not chosen,
        )


def _chosen(rows: list[Due]) -> list[Due]:
    frame = pd.DataFrame([{name: _cell(row, name) for name in _SHOWN} for row in rows])
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(t(f"batch.{name}"), format="accounting", width=110)
        if name == "amount"
        else st.column_config.TextColumn(t(f"batch.{name}"), width=_WIDTHS.get(name))
        for name in _SHOWN
    }
    ids = ",".join(str(row.document_id) for row in rows)
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=config,
        height=min(38 + 35 * len(frame), 620),
        key=f"payments.{hash(ids)}",
        placeholder="",
    )
    return [rows[i] for i in event["selection"]["rows"] if i < len(rows)]


def _cell(row: Due, name: str) -> object:
    if name == "kind":
        return t(f"kind.{row.kind}")
    if name == "held":
        return t("batch.held.yes" if row.held.key.startswith("bank.") else "batch.held.control") if row.held else ""
    value = getattr(row, name)
    return float(value) if name == "amount" else value
