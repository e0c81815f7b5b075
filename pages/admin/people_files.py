"""The list of people as Excel: to take away, and to bring back after a look at what it would do."""

import streamlit as st
from sqlmodel import Session

from models import Person
from pages.admin.master_files import bring_in
from services.accounts.people_file import (
    Initial,
    Newcomer,
    bring,
    headings,
    initial_passwords,
    look_through,
    passwords_to_excel,
)
from services.database import reading
from services.directory import directory_to_excel
from services.master_files import Brought
from ui.clock import now
from ui.texts import language, t

_NEWCOMERS = "people.newcomers"


def excel(me: Person) -> None:
    """The two buttons above the list."""
    spoken = language()

    def data() -> bytes:
        with reading() as session:
            return directory_to_excel(session, me, spoken)

    st.download_button(t("list.excel"), data, f"{t('menu.people')}.xlsx", icon=":material/download:")

    def look(session: Session, file: bytes) -> Brought:
        return look_through(session, me, file)

    def prepare(brought: Brought) -> list[Initial]:
        with st.spinner(t("people.making_passwords")):
            return initial_passwords(len(brought.new))

    def write(session: Session, file: bytes, initial: list[Initial]) -> Brought:
        brought, st.session_state[_NEWCOMERS] = bring(session, me, file, initial, now())
        return brought

    bring_in("people", "people.bring_help", headings(spoken), look, prepare, write)


def passwords() -> None:
    """Those of who was just brought in, until they are put away or somebody's page is opened."""
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
