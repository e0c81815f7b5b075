"""My account: what the company keeps about me, the roles I hold, my password, my language."""

import streamlit as st

from pages.expenses.bank_accounts import account_of_mine
from services.accounts import HeldRole, Profile, profile
from services.database import reading
from services.texts import LANGUAGES
from ui.links import page
from ui.password_form import password_form
from ui.say import tell_next
from ui.session import choose_language, signed_in
from ui.texts import escaped, language, t, words


def account() -> None:
    """Data and roles are the administrator's to change; password and language are one's own."""
    me = signed_in()
    with reading() as session:
        mine = profile(session, me.id or 0)
    st.subheader(t("menu.account"), anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        _data(mine)
        account_of_mine(me, mine.person)
        _roles(mine.roles)
    with right:
        with st.container(border=True):
            st.markdown(f"**{t('password.title')}**")
            if password_form(me):
                tell_next(t("password.changed"))
                st.rerun()
        _language()
        st.page_link(page("deputies"), label=t("menu.deputies"), icon=":material/swap_horiz:")


def _data(mine: Profile) -> None:
    person = mine.person
    facts = {
        "name": person.name,
        "login": person.login,
        "employee_no": person.employee_no,
        "department": mine.department,
        "grade": words(person.grade),
        "phone": person.phone,
        "email": person.email,
    }
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{t('account.data')}**")
        for name, value in facts.items():
            _line(t(f"account.{name}"), value or "")
        st.caption(t("account.data_why"))


def _roles(roles: tuple[HeldRole, ...]) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{t('account.roles')}**")
        if not roles:
            st.caption(t("account.no_roles"))
        for held in roles:
            _line(t(f"role.{held.role}"), held.department or t("account.whole_company"))


def _language() -> None:
    with st.container(border=True):
        st.markdown(f"**{t('language.label')}**")
        chosen = st.radio(
            t("language.label"),
            LANGUAGES,
            index=LANGUAGES.index(language()),
            format_func=lambda one: t(f"language.{one}"),
            horizontal=True,
            label_visibility="collapsed",
        )
        if chosen != language():
            choose_language(chosen)
            st.rerun()


def _line(label: str, value: str) -> None:
    with st.container(horizontal=True, gap="small", wrap=False):
        st.markdown(f":small[:gray[{label}]]", width=120)
        st.markdown(escaped(value))
