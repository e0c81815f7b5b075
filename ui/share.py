"""What a task's owner does with colleagues: hand it over, ask another besides; and whom a remark is to reach."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st
from sqlmodel import Session

from models import Document, Person
from services.engine import Action, candidates_for
from services.people import everybody
from ui.clock import now
from ui.people import called
from ui.texts import t

Key = Callable[[str], str]
"""The key of a widget of this document in this turn."""


def colleague_menu(
    session: Session,
    user: Person,
    document: Document,
    actions: Sequence[Action],
    key: Key,
    words_box: Callable[[str], None],
    button: Callable[[Action], None],
) -> None:
    """First what, then whom, what is said with it, then the button; drawn inside a menu."""
    by_key = {one.key: one for one in actions}
    chosen = st.segmented_control(
        t("action.colleague"),
        list(by_key),
        format_func=lambda one: t(f"action.{one}"),
        default=actions[0].key,
        key=key("sharing"),
        label_visibility="collapsed",
    )
    action = by_key.get(chosen or "", actions[0])
    st.caption(t(f"action.{action.key}.consequence"))
    people = called(session, candidates_for(session, user, document, action, now()))
    st.selectbox(
        t("action.person"),
        list(people),
        None,
        format_func=lambda id: people.get(id, ""),
        key=key("person"),
        placeholder="",
    )
    words_box(t("action.reason_here" if action.needs_note else "action.note"))
    button(action)


def mention_box(session: Session, user: Person, key: Key) -> None:
    """Whom a remark is to reach; whoever may not read the paper is refused by name."""
    people = called(session, (one for one in everybody(session) if one.id != user.id))
    st.multiselect(
        t("action.mention"),
        list(people),
        format_func=lambda id: people.get(id, ""),
        key=key("mention"),
        placeholder="",
        select_all=False,
    )


def chosen_people(key: Key) -> dict[str, Any]:
    """What was chosen in either, as `act` takes it."""
    return {"person": st.session_state.get(key("person")), "mention": st.session_state.get(key("mention")) or ()}
