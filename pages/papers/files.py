"""Files brought to a paper: in its form by its author, on the paper itself by whoever is asked to sign it."""

from collections.abc import Callable

import streamlit as st

from models import Document, Person
from services.attachments import attach, check
from services.database import writing
from ui.clock import now
from ui.say import refused
from ui.texts import t
from ui.upload import upload


def uploader(me: Person, key: str, document_of: Callable[[], Document | None]) -> None:
    """Where files are dropped; `document_of` gives the paper they belong to, made for them if need be.

    Each drop is taken once, and the place is empty again: what was refused is said until something else is dropped.
    """
    round_key = f"{key}.upload"
    number = st.session_state.setdefault(round_key, 0)
    files = upload(
        t("form.upload"),
        accept_multiple_files=True,
        key=f"{round_key}.{number}",
        help=t("form.upload_help"),
        max_upload_size=20,
    )
    for why in st.session_state.get(f"{round_key}.refused", ()):
        st.error(why, icon=":material/block:")
    if not files or (document := document_of()) is None:
        return
    found = [_attach(me, document, file.name, file.getvalue()) for file in files]
    st.session_state[f"{round_key}.refused"] = [why for why in found if why]
    st.session_state[round_key] = number + 1
    st.rerun()


def _attach(me: Person, document: Document, name: str, data: bytes) -> str | None:
    def store() -> object:
        checked = check(name, data)  # looked into before the database is taken: it may last two seconds
        with writing() as session:
            fresh = session.get_one(Document, document.id)
            return attach(session, me, fresh, name, checked, now())

    return refused(store)
