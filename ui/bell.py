"""The bell: what a person is told, with a count of what he has not read; it asks by itself every few seconds."""

import streamlit as st

from models import Document, Notice, Person
from services.database import reading, writing
from services.documents import KINDS
from services.errors import Refused, Term
from services.notices import latest, mark_read, unread
from ui.clock import now
from ui.links import page
from ui.session import signed_in
from ui.texts import escaped, t, words

EVERY = 15
"""Seconds between two looks."""
MOST = 12
"""Notices shown at once; as many more with every press."""
_OPEN, _SHOWN = "bell.open", "bell.shown"
_LEADS_TO = {
    "bank_proposed": "bank_accounts",
    "bank_confirmed": "account",
    "bank_declined": "account",
    "costs_sent": "costs",
    "deputed": "deputies",
    "handed_over": "mine",
    "route_proposed": "routes",
    "route_approved": "routes",
    "route_declined": "routes",
    "setting_proposed": "settings",
    "setting_approved": "settings",
    "setting_declined": "settings",
}


@st.fragment(run_every=EVERY)
def bell() -> None:
    """Drawn once by the shell; goes on alone, without the page around it being drawn again."""
    try:
        me = signed_in(at_work=False)
    except Refused:
        return  # signed out meanwhile: the next run of the page shows the door
    with reading() as session:
        count = unread(session, me)
    label = f"**{count}**" if count else t("notice.bell")
    look = {"icon": ":material/notifications:", "type": "primary" if count else "tertiary"}
    with st.popover(label, key=_OPEN, on_change="rerun", **look) as told:  # type: ignore[arg-type]
        if told.open:
            _told(me, count)


def _told(me: Person, count: int) -> None:
    """Drawn once it is opened: a dozen links in every run of every page would be for nobody."""
    most = st.session_state.get(_SHOWN, MOST)
    with reading() as session:
        notices = latest(session, me, most)
    if not notices:
        st.caption(t("notice.none"))
    for notice in notices:
        _notice(notice)
    if len(notices) == most:
        st.button(t("notice.more"), icon=":material/expand_more:", type="tertiary", on_click=_more, args=(most,))
    if count:
        st.button(t("notice.read_all"), icon=":material/done_all:", type="tertiary", on_click=_all_read)


def have_seen(me: Person, document: Document) -> None:
    """Whoever opens a paper has read what he was told of it."""
    with reading() as session:
        new = unread(session, me, document_id=document.id)
    if new:
        with writing() as session:
            mark_read(session, me, now(), document_id=document.id)


def _notice(notice: Notice) -> None:
    facts = {name: value if value is not None else "" for name, value in notice.facts.items()}
    if "names" in facts:
        facts["names"] = t("word.comma").join(str(facts["names"]).split(", "))
    if "kind" in facts:
        facts["kind"] = Term(f"kind.{facts['kind']}")
    if "promise" in facts:
        facts["promise"] = Term(f"promise.{facts['promise']}")
    if "setting" in facts:
        facts["setting"] = Term(f"setting.{facts['setting']}")
    said = escaped(t(f"notice.{notice.key}", **facts))
    said = said if notice.read_at else f"**{said}**"
    label = f"{said}  \n:small[:gray[{escaped(words(notice.at))}]]"
    kind = KINDS.get(str(notice.facts.get("kind")))
    if kind and notice.facts.get("number"):
        st.page_link(page(kind.slug), label=label, query_params={"number": str(notice.facts["number"])})
    elif kind and notice.document_id:  # of a paper that was never sent
        st.page_link(page(kind.slug), label=label, query_params={"edit": str(notice.document_id)})
    elif notice.key in _LEADS_TO:
        of = {"kind": str(notice.facts["kind"])} if notice.key.startswith("route_") else None
        st.page_link(page(_LEADS_TO[notice.key]), label=label, query_params=of)
    else:
        st.markdown(label)


def _more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + MOST


def _all_read() -> None:
    with writing() as session:
        mark_read(session, signed_in(), now())
