"""The list of people as Excel: to take away, and to bring back after a look at what it would do."""

import streamlit as st

from models import Person
from pages.admin.master_files import say_brought
from services.accounts.people_file import (
    Newcomer,
    bring,
    headings,
    initial_passwords,
    look_through,
    passwords_to_excel,
)
from services.database import reading, writing
from services.directory import directory_to_excel
from services.errors import Refused
from services.master_files import Brought
from ui.clock import now
from ui.say import attempt, tell_next
from ui.texts import language, refusal, t
from ui.upload import upload

_TURN, _NEWCOMERS = "people.file.turn", "people.newcomers"


def excel(me: Person) -> None:
    """The two buttons above the list."""
    spoken = language()

    def data() -> bytes:
        with reading() as session:
            return directory_to_excel(session, me, spoken)

    st.download_button(t("list.excel"), data, f"{t('menu.people')}.xlsx", icon=":material/download:")
    turn = st.session_state.setdefault(_TURN, 0)
    with st.popover(t("master.bring"), icon=":material/upload:", key=f"people.bring.{turn}"):
        _bring(me, turn)


def _bring(me: Person, turn: int) -> None:
    st.caption(t("people.bring_help"))
    file = upload(t("settings.file"), type=["xlsx"], key=f"people.file.{turn}")
    if file is None:
        return
    content = file.getvalue()
    try:
        with reading() as session:
            brought = look_through(session, me, content)
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
        return
    say_brought(brought, headings(language()))
    nothing = bool(brought.faults) or not (brought.new or brought.changed)
    if st.button(t("master.bring_now"), type="primary", disabled=nothing, key="people.bring_now"):
        with st.spinner(t("people.making_passwords")):
            passwords = initial_passwords(len(brought.new))

        def write() -> tuple[Brought, list[Newcomer]]:
            with writing() as session:
                return bring(session, me, content, passwords, now())

        done, _ = attempt(write)
        if done is not None:
            st.session_state[_TURN] = turn + 1
            st.session_state[_NEWCOMERS] = done[1]
            tell_next(t("master.brought", new=len(done[0].new), changed=len(done[0].changed), same=done[0].same))
            st.rerun()


def passwords() -> None:
    """Those of who was just brought in, until the page is left or they are put away; then nobody can read them."""
    newcomers: list[Newcomer] = st.session_state.get(_NEWCOMERS, [])
    if not newcomers:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(t("people.passwords_made", count=len(newcomers)), width="stretch")
        file = passwords_to_excel(newcomers, language())
        st.download_button(
            t("people.passwords_take"), file, f"{t('people.password')}.xlsx", icon=":material/key:", on_click="ignore"
        )
        if st.button(t("people.passwords_away"), type="tertiary"):
            forget()
            st.rerun()


def forget() -> None:
    st.session_state.pop(_NEWCOMERS, None)
