"""The pages before the door: the sign-in form, the set-up form of an empty portal, and a new password where one is due.

streamlit-authenticator draws the form; what it would look up and keep by itself is ours: the database answers, and a
ticket takes the place of its cookie.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController, CookieController

from models import Person
from services.accounts import change_language, check_password, is_demo, is_new, issue_ticket, set_up, timed_out
from services.database import reading, writing
from services.settings import setting
from ui.brand import sign
from ui.browser import send_to
from ui.clock import now
from ui.form import say_faults
from ui.password_form import password_form
from ui.say import attempt, tell_next
from ui.session import choose_language, chosen_language, cookie_token
from ui.texts import escaped, language, t
from ui.web.doors import ENTER


def sign_in_page(next_url: str, demo_page: Any) -> None:
    """What a stranger sees wherever he wanted to go: the sign-in form; the set-up form while nobody has an account."""
    with reading() as session:
        new, demo = is_new(session), is_demo(session, now())
        company = setting(session, f"company.name{'_en' if language() == 'en' else ''}", now())
        company = company or setting(session, "company.name", now())
    with _card(company):
        if new:
            _set_up_form()
        else:
            _sign_in_form(next_url)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            language_switch("door.language")
            if demo:
                query = {"next": next_url} if next_url != "/" else None
                st.page_link(demo_page, label=t("demo.accounts"), icon=":material/groups:", query_params=query)


def new_password_page(person: Person, ways_out: Callable[[], None]) -> None:
    """What somebody sees who entered with an initial password, and nothing else until he has his own."""
    with _card(""):
        with st.container(border=True):
            st.subheader(t("password.due"), anchor=False)
            st.caption(t("password.due_why", name=escaped(person.name)))
            if password_form(person):
                tell_next(t("password.changed"))
                st.rerun()
        ways_out()


def enter_as(person: Person, next_url: str) -> None:
    """Who this is has been proved: write the ticket and send the browser for its cookie."""
    with writing() as session:
        ticket = issue_ticket(session, person, next_url, now())
        chosen = chosen_language()
        if chosen and chosen != person.language:
            change_language(session, person, chosen)
    send_to(f"{ENTER}?ticket={ticket}")


def language_switch(key: str) -> None:
    """A button for the other language, called by its own name."""
    other = "en" if language() == "zh" else "zh"
    st.button(
        t(f"language.{other}"),
        key=key,
        type="tertiary",
        icon=":material/translate:",
        on_click=choose_language,
        args=(other,),
    )


class _Form(Authenticate):  # type: ignore[misc]
    """The library's form, over our own controllers. Its own constructor would draw a cookie that scripts can read."""

    def __init__(self, next_url: str) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.authentication_controller = _OurDatabase()
        self.cookie_controller = _OurTicket(self.authentication_controller, next_url)


class _OurDatabase(AuthenticationController):  # type: ignore[misc]
    """Asks our accounts, with the password as it was typed."""

    def __init__(self) -> None:
        self.person: Person | None = None
        self.refused = False

    def login(self, username: str = "", password: str = "", *_: Any, **__: Any) -> bool:
        self.person = check_password(username, password, now())
        self.refused = self.person is None
        return not self.refused


class _OurTicket(CookieController):  # type: ignore[misc]
    """In place of a cookie that holds a name: a ticket for the route that sets ours."""

    def __init__(self, checked: _OurDatabase, next_url: str) -> None:
        self.checked, self.next_url = checked, next_url

    def get_cookie(self) -> None:
        return None

    def set_cookie(self) -> None:
        assert self.checked.person
        enter_as(self.checked.person, self.next_url)


def _sign_in_form(next_url: str) -> None:
    form = _Form(next_url)
    if _timed_out():
        st.info(t("sign_in.timed_out"), icon=":material/schedule:")
    words = {"Form name": "title", "Username": "login", "Password": "password", "Login": "enter"}
    form.login(fields={field: t(f"sign_in.{key}") for field, key in words.items()}, key="sign_in")
    if form.authentication_controller.refused:
        with reading() as session:
            attempts = setting(session, "signin.max_attempts", now())
            minutes = setting(session, "signin.lock_minutes", now())
        st.error(t("sign_in.refused", attempts=attempts, minutes=minutes), icon=":material/lock:")


def _timed_out() -> bool:
    """So that whoever was away finds out why he stands before the door."""
    token = cookie_token()
    if not token:
        return False
    with reading() as session:
        return timed_out(session, token, now())


def _set_up_form() -> None:
    with st.form("set_up"):
        st.subheader(t("setup.title"), anchor=False)
        st.caption(t("setup.why"))
        typed: dict[str, str] = {}
        places: dict[str, Any] = {}
        for name in ("code", "company", "department", "name", "login", "password"):
            kind = "password" if name == "password" else "default"
            help_text = t("setup.help.code") if name == "code" else None
            typed[name] = st.text_input(t(f"setup.{name}"), key=f"setup.{name}", type=kind, help=help_text)
            places[name] = st.container()
        sent = st.form_submit_button(t("setup.send"), type="primary", width="stretch")
    if not sent:
        return
    person, faults = attempt(lambda: _first_administrator(typed))
    for fault in faults:
        with places[fault.field]:
            say_faults([fault])
    if person:
        enter_as(person, "/")


def _first_administrator(typed: dict[str, str]) -> Person:
    with writing() as session:
        return set_up(session, **typed, now=now())


@contextmanager
def _card(company: str) -> Iterator[None]:
    """A quiet column in the middle, under the portal's sign and name."""
    with st.container(key="door", horizontal_alignment="center"), st.container(width=400):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.html(sign(40), width=40)
            with st.container(gap=None):
                st.markdown(f"#### {t('product.name')}")
                if company:
                    st.caption(escaped(company))
        yield
