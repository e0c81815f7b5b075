"""A trip as a folder: what belongs to it, the money, what is still missing, and what is started from here."""

import streamlit as st
from sqlmodel import Session

from models import Document, Person
from pages.papers.document import start, start_words
from services.database import reading
from services.documents import KINDS
from services.documents.folder import Folder, Share, folder_of, offered_from
from services.documents.marks import marks_of
from services.documents.payable import payable
from services.errors import Refused
from ui.clock import now
from ui.links import page
from ui.paper import COLOURS, state_words
from ui.session import signed_in
from ui.texts import escaped, refusal, t, words

_ORDER = ("TR", "FR", "SR", "CA", "EC")
"""As a trip goes; every other kind after these."""


def trip_folder() -> None:
    """The folder of the trip in the address, if the reader may read the trip."""
    me = signed_in()
    with reading() as session:
        try:
            folder = folder_of(session, me, st.query_params.get("number", ""), now())
        except Refused as refused:
            st.subheader(t("menu.trip"), anchor=False)
            st.warning(refusal(refused), icon=":material/search_off:")
            return
        _head(session, me, folder)
        _money(folder)
        left, right = st.columns([5, 3], gap="medium")
        with left:
            _papers(session, folder)
        with right:
            _missing(folder)
            _shares(folder)


def _head(session: Session, me: Person, folder: Folder) -> None:
    trip, request = folder.trip, folder.request
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(trip.title), anchor=False, width="content")
        st.badge(state_words(trip.state, trip.step), color=COLOURS[trip.state])  # type: ignore[arg-type]
        st.space("stretch")
        related = [one for one in folder.papers if one.source_id == trip.id]
        for one in offered_from(session, me, trip, related, now()):
            if st.button(start_words(one.kind, trip.kind), icon=KINDS[one.kind].icon, key=f"folder.start.{one.kind}"):
                start(one.kind, trip.id)
    started, ended = request.departed_on or request.first_planned, request.returned_on or request.last_planned
    key = "folder.days" if request.returned_on else "folder.days_planned"
    names = t("print.list_separator").join(escaped(share.name) for share in folder.shares)
    st.markdown(f":gray[{trip.number}  {names}  {t(key, start=started, end=ended)}]")


def _money(folder: Folder) -> None:
    figures = {
        "asked": folder.asked,
        "approved": folder.approved,
        "spent": folder.spent,
        "open": folder.still_open,
    }
    with st.container(border=True, horizontal=True):
        for key, amount in figures.items():
            st.metric(t(f"folder.{key}"), words(amount), help=t(f"folder.help.{key}"))


def _papers(session: Session, folder: Folder) -> None:
    marks = marks_of(session, ((one.kind, one.id) for one in folder.papers), now())
    kinds = sorted({one.kind for one in folder.papers}, key=lambda code: _ORDER.index(code) if code in _ORDER else 9)
    with st.container(border=True, key="folder-papers"):
        for code in kinds:
            st.markdown(f"**{t(f'kind.{code}')}**")
            for one in (one for one in folder.papers if one.kind == code):
                said = "".join(f" :{mark.colour}-badge[{t(mark.key)}]" for mark in marks.get(one.id, ()))
                _paper(session, one, said)


def _paper(session: Session, paper: Document, marks: str) -> None:
    kind, amount = KINDS[paper.kind], payable(session, paper)
    person = session.get_one(Person, paper.applicant_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            st.page_link(
                page(kind.slug),
                label=escaped(paper.title) or t("word.draft"),
                icon=kind.icon,
                query_params={"number": paper.number} if paper.number else {"edit": str(paper.id)},
            )
            st.markdown(f":gray[:small[{paper.number or t('word.draft')}  {escaped(person.name)}]]{marks}")
        st.badge(state_words(paper.state, paper.step), color=COLOURS[paper.state])  # type: ignore[arg-type]
        shown = f"**{words(amount)}**" if kind.has_amount and amount is not None else ":gray[—]"
        st.markdown(shown, width=100, text_alignment="right")


def _missing(folder: Folder) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('folder.missing')}**")
        for one in folder.missing:
            facts = {name: escaped(fact) if isinstance(fact, str) else fact for name, fact in one.facts.items()}
            st.markdown(f":orange[:material/pending:] {t(one.key, **facts)}")
        if not folder.missing:
            st.markdown(f":green[:material/check_circle:] {t('folder.nothing_missing')}")


def _shares(folder: Folder) -> None:
    """Each of the crew claims his own costs."""
    with st.container(border=True):
        st.markdown(f"**{t('folder.shares')}**")
        for share in folder.shares:
            _share(share)


def _share(share: Share) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(escaped(share.name), width="stretch")
        if share.claims:
            said = t("folder.share", claimed=share.claimed, spent=share.spent)
            st.markdown(f":gray[:small[{said}]]", width="content")
        else:
            st.markdown(f":gray[:small[{t('folder.no_claim')}]]", width="content")
