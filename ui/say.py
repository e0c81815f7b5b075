"""What the portal says back after an act: done, refused and why, or what is wrong beside which field."""

from collections.abc import Callable, Container
from typing import TypeVar

import streamlit as st

from services.errors import Fault, Invalid, Refused
from ui.texts import refusal

Result = TypeVar("Result")
_MESSAGE = "message"


def attempt(
    act: Callable[[], Result], *, speak_for_themselves: Container[str] = ()
) -> tuple[Result | None, tuple[Fault, ...]]:
    """Do one act. A refusal is shown where the button was; faults are handed back to stand beside their fields.

    How many they are is not said where all are about fields that the button stands beside.
    """
    try:
        return act(), ()
    except Invalid as invalid:
        if any(fault.field not in speak_for_themselves for fault in invalid.faults):
            st.error(refusal(invalid), icon=":material/error:")
        return None, invalid.faults
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
        return None, ()


def refused(act: Callable[[], object]) -> str | None:
    """Do one act; why it was refused, in words, for a page that is drawn anew before it says so."""
    try:
        act()
    except (Invalid, Refused) as no:
        return refusal(no)
    return None


def tell_next(message: str, icon: str = ":material/check_circle:") -> None:
    """A passing message for the next run, which will show another page or another state."""
    st.session_state[_MESSAGE] = (message, icon)


def told() -> None:
    """Show the passing message, once."""
    message = st.session_state.pop(_MESSAGE, None)
    if message:
        st.toast(message[0], icon=message[1])
