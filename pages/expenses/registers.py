"""Monthly registers that are due: which department, which month, how many lines, and one click to begin (P9-6)."""

import pandas as pd
import streamlit as st

from models import Person
from services.database import reading, writing
from services.documents import KINDS
from services.months import month_said
from services.reports.registers_due import Due, begin_register, may_follow_registers, registers_due
from ui.clock import now
from ui.links import go
from ui.say import attempt
from ui.session import signed_in
from ui.texts import escaped, t, words

_COLUMNS = ("month", "kind", "department", "lines", "days", "clerks")
_WIDTHS = {"month": 90, "lines": 90, "days": 110}


def registers_page() -> None:
    me = signed_in()
    with reading() as session:
        if not may_follow_registers(session, me):
            st.warning(t("plans.not_yours"), icon=":material/block:")
            return
        rows = registers_due(session, me, now())
    st.subheader(t("menu.registers_due"), anchor=False)
    st.caption(t("registers_due.help"))
    if not rows:
        st.info(t("registers_due.none"), icon=":material/task_alt:")
        return
    with st.container(horizontal=True):
        st.metric(t("registers_due.due"), str(len(rows)), border=True)
        st.metric(t("registers_due.lines"), str(sum(one.lines for one in rows)), border=True)
        st.metric(t("registers_due.departments"), str(len({one.department_id for one in rows})), border=True)
    for one in rows:
        if one.may_begin:
            _begin(me, one)
    _table(rows)


def _begin(me: Person, one: Due) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        facts = {"department": one.department, "month": month_said(one.month), "kind": words(one.kind)}
        said = escaped(t("registers_due.mine", **facts, count=one.lines))
        st.markdown(said, width="stretch")
        label = t("registers_due.go_on" if one.begun else "start.MR")
        key = f"registers_due.{one.department_id}.{one.month}.{one.kind.value}"
        if st.button(label, type="primary", icon=KINDS["MR"].icon, key=key):

            def start() -> int:
                with writing() as session:
                    return begin_register(session, me, one.department_id, one.month, one.kind, now()).id

            made, _ = attempt(start)
            if made is not None:
                go(KINDS["MR"].slug, edit=str(made))


def _table(rows: list[Due]) -> None:
    frame = pd.DataFrame([{t(f"registers_due.{name}"): _cell(one, name) for name in _COLUMNS} for one in rows])
    config = {t(f"registers_due.{name}"): st.column_config.Column(width=width) for name, width in _WIDTHS.items()}
    st.dataframe(frame, hide_index=True, column_config=config, height=38 + 35 * len(rows), key="registers_due.rows")


def _cell(one: Due, name: str) -> object:
    value = getattr(one, name)
    if name == "month":
        return month_said(value)
    return words(value) if name == "kind" else value
