"""The demonstration's accounts: everybody of the company, each entered with one click."""

from itertools import groupby

import streamlit as st

from services.accounts import DemoAccount, demo_accounts, demo_ticket
from services.database import reading, writing
from ui.browser import send_to
from ui.clock import now
from ui.texts import escaped, t
from ui.web.doors import ENTER


def accounts_demo() -> None:
    """Nobody is asked who he is. Outside a demonstration the services refuse, whoever draws this."""
    with reading() as session:
        accounts = demo_accounts(session, now())
    st.subheader(t("demo.accounts"), anchor=False)
    st.caption(t("demo.accounts_why"))
    columns = st.columns(3, gap="medium")
    for number, (department, members) in enumerate(groupby(accounts, key=lambda account: account.department)):
        with columns[number % 3], st.container(border=True, gap="xsmall"):
            st.markdown(f"**{escaped(department)}**")
            for account in members:
                _account(account)


def _account(account: DemoAccount) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        pressed = st.button(escaped(account.name), key=f"demo.{account.person_id}", width=88)
        roles = " / ".join(t(f"role.{role}") for role in account.roles)
        st.markdown(f":small[:gray[{escaped(roles)}]]")
    if pressed:
        with writing() as session:
            ticket = demo_ticket(session, account.person_id, st.query_params.get("next", "/"), now())
        send_to(f"{ENTER}?ticket={ticket}")
