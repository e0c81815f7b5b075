"""A document on one page: the paper on the left, what happened and who follows on the right, the actions below."""

import secrets

import streamlit as st
from sqlmodel import Session

from models import Document, Person, State
from pages.inbox import VIEW
from pages.papers.files import uploader
from services.access import load_document
from services.attachments import may_attach
from services.database import reading
from services.documents import KINDS
from services.documents.kind import DocumentType
from services.engine import Action, actions_for
from services.errors import Refused
from services.inbox import Place, places
from ui.action_bar import action_bar, step_form
from ui.bell import have_seen
from ui.clock import now
from ui.links import go, page, whole
from ui.paper import attachments, head, paper
from ui.session import signed_in
from ui.texts import language, refusal, t
from ui.timeline import draw_timeline


def show_document(kind: DocumentType, *, number: str | None, id: str | None) -> None:
    """Show the document, if the reader may read it; an id or number opens nothing by itself."""
    me = signed_in()
    with reading() as session:
        try:
            document = load_document(session, me, now(), id=whole(id), number=number)
        except Refused as refused:
            _not_found(kind, refused)
            return
        have_seen(me, document)
        actions = actions_for(session, me, document, now())
        waiting = _way(session, me, document)
        answers = _draw(me, document, actions)
    bar_actions = [one for one in actions if one.key != "submit"]
    if action_bar(me, document, bar_actions, answers, lambda: _place_in_inbox(document, waiting)):
        _move_on(me, document, waiting)


def _draw(me: Person, document: Document, actions: tuple[Action, ...]) -> dict[str, object]:
    answers: dict[str, object] = {}
    with reading() as session:
        head(session, document)
        _links(me, document, actions)
        left, right = st.columns([2, 1], gap="medium")
        with left:
            paper(session, document)
            step = next((one.step for one in actions if one.step), None)
            if step and (step.fields or step.line_fields):
                answers = step_form(me, document, step)
            attachments(session, document)
            if document.state == State.RUNNING and may_attach(session, me, document, now()):
                uploader(me, f"doc.{document.id}", lambda: document)
        with right:
            draw_timeline(session, document)
    return answers


def _links(me: Person, document: Document, actions: tuple[Action, ...]) -> None:
    """Back to the list, edit, prints, and what can be started from here."""
    kind = KINDS[document.kind]
    with reading() as session:
        offered = [one.kind for one in kind.follow_ups if one.offered(session, me, document, now())]
        prints = [one.key for one in kind.prints if document.number and one.when(session, document)]
        source = session.get(Document, document.source_id) if document.source_id else None
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        editable = any(one.key == "submit" for one in actions)
        if editable and st.button(t("document.edit"), icon=":material/edit:", type="primary"):
            go(kind.slug, edit=str(document.id))
        for code in offered:
            if st.button(t(f"start.{code}"), icon=KINDS[code].icon, type="primary"):
                start(code, document.id)
        for key in prints:
            address = f"/print/{document.number}/{key}.pdf?lang={language()}"
            st.link_button(t(f"print.{kind.code}.{key}"), address, icon=":material/print:")
        if source and source.number:
            st.page_link(
                page(KINDS[source.kind].slug),
                label=f"{t('document.source')} {source.number}",
                icon=KINDS[source.kind].icon,
                query_params={"number": source.number},
            )


def start(code: str, source_id: int | None = None) -> None:
    """Open an empty form of a kind, with the document it starts from."""
    go(KINDS[code].slug, new=secrets.token_urlsafe(12), **{"from": str(source_id) if source_id else None})


def _way(session: Session, me: Person, document: Document) -> list[Place]:
    """The inbox as its reader looked at it last; the whole of it where he came to this paper by another way."""
    filtered = places(session, me, now(), **st.session_state.get(VIEW, {}))
    return filtered if any(one.document_id == document.id for one in filtered) else places(session, me, now())


def _move_on(me: Person, document: Document, waiting: list[Place]) -> None:
    """After an act: on to the next task if this one has left the inbox with it, else the same paper as it is now."""
    row = _next(document, waiting)
    with reading() as session:
        still_here = any(one.document_id == document.id for one in places(session, me, now()))
    if row and not still_here:
        go(KINDS[row.kind].slug, number=row.number)
    st.rerun()


def _place_in_inbox(document: Document, waiting: list[Place]) -> None:
    """Which of the waiting papers this is, and a link to the one after it."""
    row = _next(document, waiting)
    if row is None:
        return
    here = 1 + next(i for i, one in enumerate(waiting) if one.document_id == document.id)
    st.markdown(f":gray[{t('inbox.place', here=here, count=len(waiting))}]", width="content")
    st.page_link(
        page(KINDS[row.kind].slug),
        label=t("inbox.next"),
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params={"number": row.number},
    )


def _next(document: Document, waiting: list[Place]) -> Place | None:
    places = [i for i, row in enumerate(waiting) if row.document_id == document.id]
    return waiting[(places[0] + 1) % len(waiting)] if places and len(waiting) > 1 else None


def _not_found(kind: DocumentType, refused: Refused) -> None:
    st.subheader(t(f"kind.{kind.code}"), anchor=False)
    st.warning(refusal(refused), icon=":material/search_off:")
    if st.button(t("list.back"), icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
