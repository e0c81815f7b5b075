"""Opening balances: Excel is looked through cell by cell, then sent as one paper for approval (P7-4, P9-5b)."""

import streamlit as st

from models import Document, Person
from services.database import reading, writing
from services.documents import KINDS
from services.documents.kind import Lines
from services.documents.opening_entry import ACTUALS, ADVANCES
from services.errors import Refused
from services.opening_files import Looked, bring, look_through, template
from services.people import local_day
from ui.clock import now
from ui.links import go
from ui.say import attempt
from ui.session import signed_in
from ui.texts import fault_text, language, refusal, t, words
from ui.upload import upload

_MOST_FAULTS = 60


def opening() -> None:
    me = signed_in()
    st.subheader(t("menu.opening"), anchor=False)
    st.caption(t("opening.help"))
    last = local_day(now()).year - 1
    year = st.selectbox(t("opening.year"), [last, last - 1, last - 2], format_func=str, key="opening.year", width=200)
    left, right = st.columns(2, gap="medium")
    with left:
        actuals = _file(me, ACTUALS)
    with right:
        advances = _file(me, ADVANCES)
    if actuals is None and advances is None:
        return
    try:
        with reading() as session:
            looked = look_through(session, me, year, actuals, advances, now())
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
        return
    _say(looked)
    nothing = bool(looked.faults) or not (looked.actuals or looked.advances)
    if st.button(t("opening.send"), type="primary", icon=":material/send:", disabled=nothing, key="opening.send"):

        def write() -> Document:
            with writing() as session:
                return bring(session, me, year, actuals, advances, now())

        done, _ = attempt(write)
        if done is not None:
            go(KINDS["OE"].slug, number=done.number)


def _file(me: Person, lines: Lines) -> bytes | None:
    """One table's file, and the template to fill in."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{t(f'OE.section.{lines.name}')}**", width="stretch")
            spoken = language()

            def data() -> bytes:
                with reading() as session:
                    return template(session, me, lines, spoken)

            name = f"{t(f'OE.section.{lines.name}')}.xlsx"
            st.download_button(
                t("opening.template"), data, name, icon=":material/download:", key=f"opening.{lines.name}"
            )
        file = upload(t("settings.file"), type=["xlsx"], key=f"opening.{lines.name}.file")
    return file.getvalue() if file else None


def _say(looked: Looked) -> None:
    with st.container(horizontal=True):
        st.metric(t("opening.new"), str(len(looked.actuals) + len(looked.advances)), border=True)
        st.metric(t("opening.same"), str(looked.same), border=True)
        st.metric(t("opening.spent"), f"¥ {words(looked.spent)}", border=True)
        st.metric(t("opening.open"), f"¥ {words(looked.still_open)}", border=True)
    if looked.faults:
        st.error(t("opening.faults", count=len(looked.faults)), icon=":material/error:")
        st.markdown("\n".join(f"- {fault_text(one)}" for one in looked.faults[:_MOST_FAULTS]))
