"""Open advances: who owes what, by when it was to be settled, how many days late (P9-5b)."""

import pandas as pd
import streamlit as st

from services.ageing import COLUMNS, STEPS, Owed, ageing, by_age
from services.database import reading
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.tables import clicked
from ui.texts import language, t, words

_WIDTHS = {"applicant": 68, "department": 84, "number": 118, "title": 210, "due_on": 88, "days_overdue": 92}
_MONEY = ("paid", "settled", "returned", "open")


def open_advances() -> None:
    me = signed_in()
    with reading() as session:
        rows = ageing(session, me, now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.open_advances"), anchor=False, width="content")
        st.space("stretch")
        address = f"/export/open_advances.xlsx?lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
    if not rows:
        st.info(t("ageing.none"), icon=":material/task_alt:")
        return
    _sums(rows)
    _table(rows)


def _sums(rows: list[Owed]) -> None:
    """What is open by age: not due, and late by how much."""
    labels = [
        t("ageing.not_due"),
        *(t("ageing.up_to", days=days) for days in STEPS[1:]),
        t("ageing.more", days=STEPS[-1]),
    ]
    with st.container(horizontal=True):
        for said, amount in zip(labels, by_age(rows), strict=True):
            st.metric(said, f"¥ {words(amount)}", border=True)


def _table(rows: list[Owed]) -> None:
    frame = pd.DataFrame([{name: _shown(row, name) for name in COLUMNS} for row in rows])
    config: dict[str, object] = {}
    for name in COLUMNS:
        said = t(f"ageing.{name}")
        if name in _MONEY:
            config[name] = st.column_config.NumberColumn(said, format="accounting", width=98)
        elif name == "days_overdue":
            config[name] = st.column_config.NumberColumn(said, width=_WIDTHS[name])
        else:
            config[name] = st.column_config.TextColumn(said, width=_WIDTHS.get(name))
    place = clicked(frame, config, key="ageing")
    if place is not None:
        go("cash_advances", number=rows[place].number)


def _shown(row: Owed, name: str) -> object:
    value = getattr(row, name)
    if name in _MONEY:
        return float(value)
    return value or None if name == "days_overdue" else words(value)
