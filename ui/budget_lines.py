"""What a paper does to the lines of the budget: what is left before it, what it takes, what is left after."""

import html

import streamlit as st
from sqlmodel import Session

from models import Document, Response
from services.documents import KINDS
from services.documents.budgeted import looked_at, looks_of
from services.documents.kind import DocumentType, Filled
from services.documents.lookups import names
from services.money.control import Look
from ui.clock import now
from ui.texts import language, t, words

_HEADS = ("budget_control.line", *(f"budget_control.{name}" for name in ("plan", "reserved", "spent")))
_SUMS = ("left", "asked", "after")


def typed_budget(kind: DocumentType, filled: Filled) -> bool:
    """Beside the form: each line of the budget that it touches, in a few words. Is it stopped by one?"""
    found = looked_at(kind.budget, filled) if kind.budget else []
    if not found:
        return False
    with st.container(border=True, key="budget-effect", gap="xsmall"):
        st.markdown(f"**{t('budget_control.heading')}**")
        for one in found:
            st.markdown(f"{words(one.category)} :gray[:small[{_measure(one)}]]")
            said = "".join(
                f"<tr><td>{html.escape(t(f'budget_control.{name}'))}</td>{_cell(one, name)}</tr>" for name in _SUMS
            )
            st.html(f'<table class="paper-lines"><tbody>{said}</tbody></table>')
    return any(one.response == Response.STOP for one in found)


def budget_of_paper(session: Session, document: Document) -> None:
    """On a paper that asks for money: the whole of each line, so that whoever decides sees what will be left."""
    budget = KINDS[document.kind].budget
    found = looks_of(session, document, budget, now()) if budget else []
    if not found:
        return
    departments = names(session, "department", {one.department_id for one in found}, language())
    rows = "".join(_line(one, departments[one.department_id]) for one in found)
    heads = f"<th>{html.escape(t(_HEADS[0]))}</th>" + "".join(
        f'<th class="amount">{html.escape(t(key))}</th>'
        for key in (*_HEADS[1:], *(f"budget_control.{name}" for name in _SUMS))
    )
    with st.container(border=True, key="budget-effect", gap="xsmall"):
        st.markdown(f"**{t('budget_control.heading')}**")
        st.html(f'<table class="paper-lines"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>')


def _line(one: Look, department: str) -> str:
    name = f"{html.escape(department)} {html.escape(words(one.category))}<small>{html.escape(_measure(one))}</small>"
    return f"<tr><td>{name}</td>{''.join(_cell(one, figure) for figure in ('plan', 'reserved', 'spent', *_SUMS))}</tr>"


def _cell(one: Look, figure: str) -> str:
    """A figure; what is left after stands out where it is too little."""
    said = html.escape(words(getattr(one, figure)))
    if figure == "after" and one.response is not None:
        said = f'<strong class="late">{said}</strong>'
    return f'<td class="amount">{said}</td>'


def _measure(one: Look) -> str:
    month = f"{one.until[:4]}-{one.until[4:]}"
    return t(f"budget_control.upto.{one.basis}", month=month, year=one.until[:4])
