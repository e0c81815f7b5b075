"""A table of master data as Excel: to take away, and to bring back after a look at what it would do."""

from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st
from sqlmodel import Session

from models import Person
from services.database import reading, writing
from services.errors import Fault, Refused
from services.master_data import Master
from services.master_files import Brought, bring, headings, look_through, to_file
from ui.clock import now
from ui.say import attempt, tell_next
from ui.texts import fault_text, language, refusal, t
from ui.upload import upload

Prepared = TypeVar("Prepared")
_MOST_FAULTS = 100


def excel(me: Person, master: Master) -> None:
    """The two buttons beside the table."""
    spoken = language()

    def data() -> bytes:
        with reading() as session:
            return to_file(session, master, spoken)

    name = f"{t(f'master.{master.key}')}.xlsx"
    st.download_button(t("list.excel"), data, name, icon=":material/download:", key=f"master.{master.key}.excel")

    def look(session: Session, file: bytes) -> Brought:
        return look_through(session, me, master, file)

    def write(session: Session, file: bytes, _: None) -> Brought:
        return bring(session, me, master, file, now())

    bring_in(f"master.{master.key}", "master.bring_help", headings(master, spoken), look, lambda brought: None, write)


def bring_in(
    key: str,
    hint: str,
    said: dict[str, str],
    look: Callable[[Session, bytes], Brought],
    prepare: Callable[[Brought], Prepared],
    write: Callable[[Session, bytes, Prepared], Brought],
) -> None:
    """A button behind which a file is looked through, and written once its reader says so; `prepare` is what takes time
    and is done before the database is kept.
    """
    turn = st.session_state.setdefault(f"{key}.turn", 0)
    with st.popover(t("master.bring"), icon=":material/upload:", key=f"{key}.bring.{turn}"):
        st.caption(t(hint))
        file = upload(t("settings.file"), type=["xlsx"], key=f"{key}.file.{turn}")
        if file is None:
            return
        content = file.getvalue()
        try:
            with reading() as session:
                brought = look(session, content)
        except Refused as refused:
            st.error(refusal(refused), icon=":material/block:")
            return
        _say(brought, said)
        nothing = bool(brought.faults) or not (brought.new or brought.changed)
        if st.button(t("master.bring_now"), type="primary", disabled=nothing, key=f"{key}.bring_now"):
            prepared = prepare(brought)

            def bring_now() -> Brought:
                with writing() as session:
                    return write(session, content, prepared)

            done, _ = attempt(bring_now)
            if done is not None:
                st.session_state[f"{key}.turn"] = turn + 1
                tell_next(t("master.brought", new=len(done.new), changed=len(done.changed), same=done.same))
                st.rerun()


def _say(brought: Brought, said: dict[str, str]) -> None:
    """What a file would do, and what is wrong with it, row by row; `said` are its headings."""
    st.markdown(t("master.would", new=len(brought.new), changed=len(brought.changed), same=brought.same))
    if brought.faults:
        st.markdown(f":red[{t('master.faults', count=len(brought.faults))}]")
        st.dataframe(pd.DataFrame([_fault(one, said) for one in brought.faults[:_MOST_FAULTS]]), hide_index=True)


def _fault(fault: Fault, said: dict[str, str]) -> dict[str, str]:
    return {
        t("master.line"): str(fault.line or ""),
        t("master.column"): said.get(fault.field, fault.field),
        t("master.problem"): fault_text(fault),
    }
