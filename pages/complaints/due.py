"""Whom to ask and whom to visit next: a click begins it (P3-1.3a, P3-1.5, P4-2.5)."""

import pandas as pd
import streamlit as st

from models import Severity
from pages.papers.document import start
from services.access import may_start
from services.database import reading
from services.documents import KINDS
from services.reports.contacts_due import COLUMNS, Due, Sort, contacts_due
from services.settings import setting
from ui.clock import now
from ui.links import go
from ui.session import signed_in
from ui.texts import language, t, words

_BEGINS = {Sort.PERIODIC: "SS", Sort.VISIT: "CV"}
_WIDTHS = {"number": 120, "customer": 200, "contact": 84, "phone": 130, "department": 90, "due_on": 92, "days_late": 76}


def due() -> None:
    me = signed_in()
    with reading() as session:
        found = contacts_due(session, me, now())
        facts = {
            **{str(one): setting(session, f"complaint.survey_days.{one}", now()) for one in Severity},
            "months": setting(session, "survey.interval_months", now()),
        }
        begins = {sort: may_start(session, me, code) for sort, code in _BEGINS.items()}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.contacts_due"), anchor=False, width="content")
        st.markdown(f":gray[:small[{t('due_list.hint')}]]", width="content")
        st.space("stretch")
        address = f"/export/contacts_due.xlsx?lang={language()}"
        st.link_button(t("list.excel"), address, icon=":material/download:")
    if not found:
        st.info(t("due_list.nothing"), icon=":material/task_alt:")
    for sort in Sort:
        if rows := [one for one in found if one.sort == sort]:
            _table(sort, rows, facts, begins=begins.get(sort, True))


def _table(sort: Sort, rows: list[Due], facts: dict[str, int], *, begins: bool) -> None:
    said = t(f"due_list.{sort}.said", **facts)
    st.markdown(f"**{t(f'due_list.{sort}')}** :gray[{len(rows)} · :small[{said}]]")
    names = (*(("number",) if sort == Sort.CASE else ()), *COLUMNS)
    frame = pd.DataFrame([{name: _shown(one, name) for name in names} for one in rows])
    style = pd.DataFrame("", index=frame.index, columns=frame.columns)
    for name in ("due_on", "days_late"):
        style[name] = ["color: #d3404c" if one.days_late else "" for one in rows]
    event = st.dataframe(
        frame.style.apply(lambda _: style, axis=None), hide_index=True, on_select="rerun",
        selection_mode="single-cell", height=min(38 + 35 * len(frame), 340), key=f"due.{sort}", placeholder="",
        column_config={
            name: st.column_config.TextColumn(t(f"due_list.{name}"), width=_WIDTHS.get(name)) for name in names
        },
    )  # fmt: skip
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(rows):
        _open(rows[cells[0][0]], begins=begins)


def _open(one: Due, *, begins: bool) -> None:
    if one.sort == Sort.CASE:
        go(KINDS["CP"].slug, number=one.number)
    elif begins:
        start(_BEGINS[one.sort], customer_id=one.customer_id)


def _shown(one: Due, name: str) -> str:
    if name == "last_on" and one.last_on is None:
        return t("due_list.never")
    return str(one.days_late or "") if name == "days_late" else words(getattr(one, name)) or ""
