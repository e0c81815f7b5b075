"""Where invoices are dropped in the form: read, attached, and made lines of the claim, to be completed by hand."""

from collections.abc import Callable

import streamlit as st

from models import Document, Person
from services.attachments import check
from services.database import writing
from services.documents.kind import DocumentType
from services.invoices import Taken, read_invoice, take_in
from ui.clock import now
from ui.say import refused
from ui.texts import escaped, label, t
from ui.upload import upload


def invoice_reader(kind: DocumentType, me: Person, token: str, document_of: Callable[[], Document | None]) -> bool:
    """Draw it, and read what was dropped. True once lines were added: the form then has to be opened anew."""
    number = st.session_state.setdefault(_key(token, "round"), 0)
    files = upload(
        t("invoice.drop"),
        accept_multiple_files=True,
        key=_key(token, f"files.{number}"),
        help=t("invoice.drop_help"),
        max_upload_size=20,
    )
    for one in st.session_state.get(_key(token, "taken"), ()):
        st.markdown(_told(kind, one))
    if why := st.session_state.get(_key(token, "refused")):
        st.error(why, icon=":material/block:")
    if not files or (document := document_of()) is None:
        return False
    st.session_state[_key(token, "round")] = number + 1

    def read_all() -> None:
        checked = [check(file.name, file.getvalue()) for file in files]  # before the database is taken
        read = [(file, read_invoice(file)) for file in checked]
        with writing() as session:
            taken = take_in(session, me, document.id, read, now=now())
        st.session_state[_key(token, "taken")] = taken

    st.session_state[_key(token, "refused")] = refused(read_all)
    if st.session_state[_key(token, "refused")]:
        st.rerun()  # with an empty place again: what is dropped next must not go to the old one
    return True


def _told(kind: DocumentType, one: Taken) -> str:
    """What was read of a file, and what is left to the user."""
    if not one.read:
        return f":orange[:material/edit_note:] {t('invoice.not_read', name=escaped(one.name), line=one.line)}"
    if not one.left_open:
        return f":green[:material/task_alt:] {t('invoice.read', name=escaped(one.name), line=one.line)}"
    fields = t("print.list_separator").join(label(kind, name) for name in one.left_open)
    said = t("invoice.partly_read", name=escaped(one.name), line=one.line, fields=fields)
    return f":orange[:material/edit_note:] {said}"


def _key(token: str, name: str) -> str:
    """Not under the form's own key: what was read is still told once the form was opened anew."""
    return f"invoices.{token}.{name}"
