"""Who sits before this browser: asked from the database at every call, whatever the page still shows.

The cookie is read from the connection of this very run, so that whoever takes over somebody's Streamlit session comes
with a cookie of his own and finds nothing.
"""

import streamlit as st

from models import Person
from services.accounts import change_language, end_sign_in, live_sign_in, mark_seen
from services.accounts.signins import SEEN_EVERY
from services.database import reading, writing
from services.errors import Refused
from services.texts import LANGUAGES
from ui.clock import now

COOKIE = "portal_session"
_LANGUAGE = "language"
_BOUND = "session.person"
_OVER = "session.over"


def cookie_token() -> str | None:
    """The token in the cookie of this connection. The one thing that a test replaces to be somebody."""
    value = st.context.cookies.get(COOKIE)
    return value if isinstance(value, str) else None  # under AppTest cookies are a mock: no cookie


def someone(*, at_work: bool = True) -> Person | None:
    """The person who is signed in here, or None; asked anew at every call. Ends what does not belong together.

    What the page asks by itself is not his being `at_work`: it must not keep him signed in while he is away.
    """
    token = cookie_token()
    found = None
    if token and not st.session_state.get(_OVER):
        with reading() as session:
            found = live_sign_in(session, token, now())
    bound = st.session_state.get(_BOUND)
    if bound is not None and (found is None or found[1].id != bound):
        forget()
        return None
    if found is None:
        return None
    sign_in, person = found
    if at_work and now() - sign_in.seen_at > SEEN_EVERY:
        with writing() as session:
            mark_seen(session, sign_in, now())
    st.session_state[_BOUND] = person.id
    if person.language:
        st.session_state.setdefault(_LANGUAGE, person.language)
    return person


def signed_in(*, at_work: bool = True) -> Person:
    """The person who is signed in. Raises `Refused` where nobody is: callbacks and fragments run without the shell."""
    person = someone(at_work=at_work)
    if person is None:
        raise Refused("session.ended")
    if person.must_change_password:
        raise Refused("session.password_due")
    return person


def sign_out() -> None:
    """End the sign-in of this browser; from here on nothing that it still shows does anything."""
    token = cookie_token()
    if token:
        with writing() as session:
            end_sign_in(session, token, now())
    forget()


def forget() -> None:
    """Empty the session of all that its person left in it. It stays shut: who enters again gets a new one."""
    language = st.session_state.get(_LANGUAGE)
    st.session_state.clear()
    st.session_state[_OVER] = True
    if language:
        st.session_state[_LANGUAGE] = language


def is_over() -> bool:
    """Was somebody signed in here who no longer is? Then this session stays shut."""
    return bool(st.session_state.get(_OVER))


def chosen_language() -> str | None:
    """The language chosen here, by the switch or by the person's own record; None while the browser's is guessed."""
    chosen = st.session_state.get(_LANGUAGE)
    return chosen if chosen in LANGUAGES else None


def choose_language(language: str) -> None:
    """Read the portal in another language; remembered with the person, if somebody is signed in."""
    if language not in LANGUAGES:
        return
    st.session_state[_LANGUAGE] = language
    person = someone()
    if person is not None and person.language != language:
        with writing() as session:
            change_language(session, person, language)
