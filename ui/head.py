"""The head of a paper: what it is, where it stands, how long, what leads on from it, and its amount."""

from collections.abc import Callable, Sequence

import streamlit as st
from sqlmodel import Session

from models import Document, PaperClock, State
from services.documents import KINDS
from services.documents.marks import marks_of
from services.documents.payable import payable
from services.durations import due_words, kept_words
from services.engine.promises import clocks_of
from ui.clock import now
from ui.links import list_button
from ui.paper import COLOURS, called, state_words
from ui.pieces import badge, block, draw, said, title
from ui.texts import has_words, t, words


def head(session: Session, document: Document, beside: Callable[[], Sequence[str]]) -> None:
    """The way back to the list, kind, number, state, clock, what `beside` draws and returns, the amount: in one line.

    After a cut the amount is what is paid, with what was claimed beside it.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="document-head"):
        list_button()
        draw(*_called(session, document), look="in-line", width="content")
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            draw(*beside(), _amount(session, document), look="in-line", width="content")
    _promises(session, document)


def _called(session: Session, document: Document) -> list[str]:
    parts = [title(called(session, document))]
    if document.number:
        parts.append(said(document.number, "quiet"))
    parts.append(badge(state_words(document.state, document.step), COLOURS[document.state]))
    if document.due_at and document.state == State.RUNNING:
        key, facts = due_words(document.due_at, now())
        parts.append(badge(t(key, **facts), "red" if document.due_at < now() else "gray", "schedule"))
    for mark in marks_of(session, [(document.kind, document.id)], now()).get(document.id, ()):
        parts.append(badge(t(mark.key), mark.colour, "warning"))
    return parts


def _amount(session: Session, document: Document) -> str:
    amount = payable(session, document)
    if amount is None:
        return ""
    paid = title(f"¥ {words(amount)}")
    if amount == document.amount:
        return paid
    own = f"{document.kind}.claimed"
    claimed = t(own if has_words(own) else "document.claimed", amount=document.amount)
    return block(said(claimed, "quiet"), paid, look="amounts")  # stays together in any width


def _promises(session: Session, document: Document) -> None:
    """What the paper promises, in words: how much time is left, or whether it was kept in time."""
    clocks = {clock.key: clock for clock in clocks_of(session, [document.id])} if KINDS[document.kind].promises else {}
    kept = [_promise(clocks[one.key]) for one in KINDS[document.kind].promises if one.key in clocks]
    draw(*kept, look="beside")


def _promise(clock: PaperClock) -> str:
    key, facts = kept_words(clock.due_at, clock.kept_at, now())
    late = not clock.on_time if clock.kept_at else clock.due_at < now()
    colour = "red" if late else "green" if clock.kept_at else "blue"
    return block(said(t(f"promise.{clock.key}"), "small quiet"), " ", badge(t(key, **facts), colour))
