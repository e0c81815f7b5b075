"""The form for a new password: where one is due at the first sign-in, and on the account's page."""

import streamlit as st

from models import Person
from services.accounts import ADMITTED_BYTES, change_password
from services.errors import Fault
from ui.clock import now
from ui.form import say_faults
from ui.say import attempt
from ui.session import cookie_token
from ui.texts import t


def password_form(person: Person) -> bool:
    """Ask for the old and, twice, the new password. True once it is changed."""
    with st.form("password", border=False):
        st.caption(t("password.rule", least=ADMITTED_BYTES.start, most=ADMITTED_BYTES.stop - 1))
        old = st.text_input(t("password.old"), type="password", autocomplete="current-password")
        about_old = st.container()
        new = st.text_input(t("password.new"), type="password", autocomplete="new-password")
        about_new = st.container()
        again = st.text_input(t("password.again"), type="password", autocomplete="new-password")
        about_again = st.container()
        sent = st.form_submit_button(t("password.change"), type="primary")
    if not sent:
        return False
    places = {"old_password": about_old, "new_password": about_new, "again": about_again}
    faults: tuple[Fault, ...] = ()
    if new != again:
        faults = (Fault("again", "password.differ"),)
    else:
        token = cookie_token()
        _, faults = attempt(lambda: change_password(person, old, new, token=token, now=now()))
        if not faults:
            return True
    for fault in faults:
        with places[fault.field]:
            say_faults([fault])
    return False
