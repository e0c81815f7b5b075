"""A document on one page: the paper on the left, what happened and who follows on the right, the actions below."""

import secrets

import streamlit as st
from sqlmodel import Session

from models import Document, Person, State
from pages.expenses.paper_vouchers import receipt_on_claim
from pages.inbox import VIEW
from pages.papers.files import uploader
from services.access import load_document
from services.attachments import takes_files
from services.database import reading
from services.delegation import ended_lately
from services.documents import KINDS
from services.documents.folder import offered_from, trip_number
from services.documents.kind import DocumentType
from services.documents.timeline import Entry, timeline
from services.engine import Action, actions_for
from services.engine.action import SAYS_ONLY
from services.errors import Refused
from services.inbox import Place, places
from services.lists import related_papers
from services.reports.customer_history import histories_of
from ui import pieces
from ui.action_bar import act_at_once, acted_here, action_bar, do_pressed, is_open, step_asked, step_fields, step_lines
from ui.bell import have_seen
from ui.budget_lines import budget_of_paper
from ui.case_cost import case_cost_piece
from ui.clock import now
from ui.head import head
from ui.ledger import ledger_piece
from ui.links import go, list_button, page, whole
from ui.missing import missing_piece
from ui.paper import attachments, paper, points_to_check
from ui.pieces import draw, link
from ui.session import signed_in
from ui.signature import signature_box
from ui.texts import escaped, language, refusal, t, words
from ui.timeline import change_words, draw_timeline

_PLACE, _OPENED = "inbox.place", "doc.opened"


def show_document(kind: DocumentType, *, number: str | None, id: str | None) -> None:
    """Show the document, if the reader may read it; an id or number opens nothing by itself."""
    me = signed_in()
    with reading() as session:
        try:
            document = load_document(session, me, now(), id=whole(id), number=number)
        except Refused as refused:
            _not_found(session, me, kind, refused)
            return
        have_seen(me, document)
        actions = actions_for(session, me, document, now())
    if act_at_once(me, document, actions):
        st.rerun()
    bar_actions = [one for one in actions if one.key != "submit"]
    with reading() as session:  # one look for all that is drawn: what several parts ask is asked once
        waiting = _way(session, me, document)
        answers = _draw(session, me, document, actions)
        bar = action_bar(session, me, document, bar_actions, lambda: _place_in_inbox(document, waiting))
    if do_pressed(me, document, bar, answers):
        st.rerun()  # the paper stays, as it is now: the next one may not come under a finger that presses again


def _draw(session: Session, me: Person, document: Document, actions: tuple[Action, ...]) -> dict[str, object]:
    answers: dict[str, object] = {}
    asked = step_asked(actions)
    step = asked.step if asked else None
    head(session, document, lambda: _links(session, me, document, actions))
    _say_who_acted(session, document)
    draw(missing_piece(session, document, now()))
    if step:
        answers |= step_fields(me, document, step)
        if step.key == KINDS[document.kind].customer_signs:
            signature_box(me, document, answers)
    left, right = st.columns([5, 2], gap="medium")
    with left:
        receipt_on_claim(session, me, document)
        checked, budget = points_to_check(session, me, document), budget_of_paper(session, document)
        draw(checked, budget, paper(session, document))
        if asked:
            answers |= step_lines(document, asked)
        cost, ledger = case_cost_piece(session, me, document, now()), ledger_piece(session, document)
        draw(attachments(session, document), cost, ledger)
        if document.state == State.RUNNING and takes_files(actions):
            uploader(me, f"doc.{document.id}", lambda: document)
    with right:
        draw_timeline(session, document)
    return answers


def _links(session: Session, me: Person, document: Document, actions: tuple[Action, ...]) -> tuple[str, ...]:
    """Edit, what can be started from here, the papers it belongs to: all in the head's line. Returns its prints."""
    kind = KINDS[document.kind]
    related = related_papers(session, me, document, now())
    offered = [one.kind for one in offered_from(session, me, document, related, now())]
    editable = any(one.key == "submit" for one in actions)
    if editable and st.button(t("document.edit"), icon=":material/edit:", type="primary"):
        go(kind.slug, edit=str(document.id))
    for code in offered:
        # what nobody hopes to start stands back behind what is to be done
        look = "tertiary" if KINDS[code].confidential else "primary"
        if st.button(start_words(code, kind.code), icon=KINDS[code].icon, type=look):
            start(code, document.id)
    if folder := trip_number(session, me, document, now()):
        leads = {"number": folder}
        st.page_link(page("trip"), label=t("menu.trip"), icon=":material/folder_open:", query_params=leads)
    for one in related:
        st.page_link(
            page(KINDS[one.kind].slug),
            label=one.number or f"{t(f'kind.{one.kind}')} {t('state.draft')}",
            icon=KINDS[one.kind].icon,
            query_params={"number": one.number} if one.number else {"edit": str(one.id)},
        )
    for name, value in histories_of(session, me, document).items():
        icon = ":material/domain:" if name == "customer" else ":material/precision_manufacturing:"
        st.page_link(page("customer"), label=t(f"history.of_{name}"), icon=icon, query_params={name: value})
    if not document.number:
        return ()
    address, asked = f"/print/{document.number}", f"lang={language()}"
    prints = [one.key for one in kind.prints if one.when(session, document)]
    pages = [link(t(f"print.{kind.code}.{key}"), f"{address}/{key}.pdf?{asked}", "print") for key in prints]
    books = [link(t("document.workbook"), f"{address}/{one.key}.xlsx?{asked}", "table_view") for one in kind.workbooks]
    return (*pages, *books)


def _say_who_acted(session: Session, document: Document) -> None:
    """Somebody was quicker while this reader had the paper open: what he could decide is another thing now."""
    opened = st.session_state.get(_OPENED)
    st.session_state[_OPENED] = (document.id, document.version)
    if opened is None or opened[0] != document.id or opened[1] == document.version:
        return
    if not is_open(document) or acted_here(document):
        return
    newer = [
        entry
        for entry in timeline(session, document)
        if entry.action not in SAYS_ONLY and entry.data.get("version", 0) > opened[1]
    ]
    if newer:
        news = "\n".join(_news(session, document, entry) for entry in newer)
        st.warning(f"{t('action.meanwhile')}\n{news}", icon=":material/info:")


def _news(session: Session, document: Document, entry: Entry) -> str:
    """Who did what meanwhile, why, and what he changed in the paper."""
    action = t(f"action.{entry.action}")
    said = t("action.somebody_acted", who=escaped(entry.actor), action=action, at=words(entry.at))
    changed = ([f"“{entry.note}”"] if entry.note else []) + change_words(session, document, entry)
    return f"\n- {said}" + "".join(f"\n  - {escaped(' '.join(one.split()))}" for one in changed)


def start_words(code: str, source: str) -> str:
    """What starting a kind is called, from a paper of another: a trip from a trip is a change of it."""
    return t("start.change") if code == source else t(f"start.{code}")


def start(code: str, source_id: int | None = None, **known: int) -> None:
    """Open an empty form of a kind, with the document it starts from, and rows that fields of it are to lead to."""
    more = {name: str(id) for name, id in known.items()}
    go(KINDS[code].slug, new=secrets.token_urlsafe(12), **{"from": str(source_id) if source_id else None}, **more)


def _way(session: Session, me: Person, document: Document) -> list[Place]:
    """The inbox as its reader looked at it last; the whole of it where he came to this paper by another way."""
    view = st.session_state.get(VIEW, {})
    filtered = places(session, me, now(), **view)
    there = any(one.document_id == document.id for one in filtered) or acted_here(document)
    return filtered if there or not view else places(session, me, now())


def _place_in_inbox(document: Document, waiting: list[Place]) -> None:
    """Which of the waiting papers this is; once it is signed, how many are left. And a link to the one after it."""
    here = next((i for i, one in enumerate(waiting) if one.document_id == document.id), None)
    if here is not None:
        st.session_state[_PLACE] = here
        said, rest = t("inbox.place", here=here + 1, count=len(waiting)), waiting[here + 1 :] + waiting[:here]
    elif acted_here(document) and _PLACE in st.session_state:
        place = st.session_state[_PLACE]
        said, rest = t("inbox.left", count=len(waiting)) if waiting else t("inbox.empty"), waiting[place:] + waiting
    else:
        return
    draw(pieces.said(said, "quiet"), width="content")
    if rest:
        st.page_link(
            page(KINDS[rest[0].kind].slug),
            label=t("inbox.next"),
            icon=":material/arrow_forward:",
            icon_position="right",
            query_params={"number": rest[0].number},
        )


def _not_found(session: Session, me: Person, kind: DocumentType, refused: Refused) -> None:
    st.subheader(t(f"kind.{kind.code}"), anchor=False)
    st.warning(refusal(refused), icon=":material/search_off:")
    if ended := ended_lately(session, me, now()):  # what he could read as a deputy a moment ago
        st.caption(t("access.delegation_ended", name=escaped(ended[0].name), at=ended[1]))
    list_button()
