"""The form: typing keeps a draft by itself, the route is shown before sending, faults stand beside their fields."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st

from models import Document, Person, State
from pages.papers.document import start
from pages.papers.files import uploader
from pages.papers.invoices import invoice_reader
from services.access import load_document
from services.attachments import attachments_of, remove
from services.capitals import in_capitals
from services.database import reading, writing
from services.documents import KINDS, drafts
from services.documents.fields import Type, spec
from services.documents.filling import LONGEST_REASON, REASONS, author_of
from services.documents.kind import DocumentType, Filled, is_asked
from services.documents.timeline import timeline
from services.engine import act
from services.engine.preview import preview, unknown_ahead
from services.errors import Fault, Invalid, Refused
from services.routes import RETURN
from ui.before import draw_before
from ui.budget_lines import typed_budget, typed_moves
from ui.clock import now
from ui.form import Form, worth_saying
from ui.links import list_button, whole
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, fault_text, label, refusal, t, words
from ui.timeline import draw_stations


def new_paper(kind: DocumentType, token: str, source: str | None, known: Mapping[str, str]) -> None:
    """A new paper under the form's token: opened again with the same token it is the same draft.

    `known` are ids that the address proposes for fields that lead to another table; they are checked as if typed.
    """
    me, source_id = signed_in(), whole(source)
    with reading() as session:
        begun = drafts.begun(session, token)
        if begun is not None:
            edit_paper(kind, str(begun))
            return
        try:
            opened = drafts.blank(session, me, kind.code, now(), source_id) | _proposed(kind, known)
        except Refused as refused:
            st.warning(refusal(refused), icon=":material/block:")
            return
    _form(kind, me, token, None, opened, source_id)


def _proposed(kind: DocumentType, known: Mapping[str, str]) -> dict[str, int]:
    links = (name for name in kind.fields if name in known and spec(kind.form, name).kind == Type.LINK)
    return {name: id for name in links if (id := whole(known[name])) is not None}


def edit_paper(kind: DocumentType, id: str) -> None:
    """A draft, a returned or a withdrawn paper, to be typed on."""
    me = signed_in()
    with reading() as session:
        try:
            document = load_document(session, me, now(), id=whole(id) or 0)
            drafts.own_draft(document, me)
        except Refused as refused:
            st.warning(refusal(refused), icon=":material/block:")
            return
        opened = drafts.typed(session, document)
    _form(kind, me, document.client_token, document, opened, document.source_id)


def _form(
    kind: DocumentType,
    me: Person,
    token: str,
    document: Document | None,
    opened: dict[str, Any],
    source_id: int | None,
) -> None:
    if f"{token}.{kind.fields[0]}" not in st.session_state:  # opened, or opened again: the draft counts, not a memory
        _forget(token)
    kept = opened
    opened = st.session_state.setdefault(f"{token}.opened", opened)
    st.session_state.setdefault(f"{token}.kept", {"version": document.version if document else None})
    sending = st.session_state.get(f"{token}.sending", False)
    _head(kind, document)
    left, right = st.columns([2, 1], gap="medium")
    wide = st.container()
    for name, value in st.session_state.pop(f"{token}.proposed", {}).items():
        st.session_state[f"{token}.{name}"] = value
    with left:
        faults_place = st.session_state.get(f"{token}.faults", ())
        with reading() as session:
            author = author_of(session, document, me)
        form = Form(kind, author, token, opened, kept)
        typed = form.draw(faults_place, wide)
        if kind.warnings:
            typed[REASONS] = _reasons(token, kept)
        document = _keep(kind, me, token, document, typed, source_id)
        _files(kind, me, token, document, typed, source_id)
    with reading() as session:
        filled, faults = drafts.check(session, me, kind.code, typed, now(), document)
        form.show_drawn(session, filled)
        with left:
            _warnings(kind, token, filled, sending=sending)
        with right:
            _summary(kind, filled)
            if kind.looks_back:
                draw_before(session, me, filled)
            typed_moves(session, kind, filled)
            if typed_budget(kind, filled):
                _ask_outside(kind, me, token, document, typed, source_id)
            stations = preview(session, me, filled, kind.code, now())
            draw_stations(stations, t("form.route"), unknown_ahead(session, stations, now()))
    _bar(kind, me, token, document, typed, source_id, filled)
    _propose(token, form, filled)
    untouched = document is None and not sending  # what the portal itself proposed is nobody's mistake yet
    _show_anew(token, [] if untouched else worth_saying(faults, sending=sending))


def _head(kind: DocumentType, document: Document | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        list_button()
        st.subheader(t(f"kind.{kind.code}"), anchor=False, width="content")
        st.markdown(f":gray[{document.number if document and document.number else t('word.new')}]", width="content")
    st.caption(t(f"{kind.code}.intro"))
    if document and document.state == State.RETURNED:
        st.warning(_why_returned(document), icon=":material/undo:")


def _why_returned(document: Document) -> str:
    """Who gave it back, when and why: what one has to know while mending it."""
    with reading() as session:
        entries = [entry for entry in timeline(session, document) if entry.action == RETURN]
    if not entries:
        return t("form.returned")
    last = entries[-1]
    return t("form.returned_by", who=escaped(last.actor), at=words(last.at), why=escaped(last.note))


def _keep(
    kind: DocumentType,
    me: Person,
    token: str,
    document: Document | None,
    typed: dict[str, Any],
    source_id: int | None,
) -> Document | None:
    """Keep what changed since the last run. A form that was only opened leaves no draft behind."""
    mark = json.dumps(typed, sort_keys=True, ensure_ascii=False)
    memory = st.session_state[f"{token}.kept"]
    if mark == memory.setdefault("mark", mark):
        return document

    def keep() -> Document:
        with writing() as session:
            kept = drafts.keep(
                session, me, kind.code, typed, token=token, now=now(), seen=memory["version"], source_id=source_id
            )
        # at once: who types on meanwhile cuts this run short at its next call of Streamlit, and would overtake himself
        memory.update(mark=mark, version=kept.version)
        return kept

    return attempt(keep)[0] or document


def _files(
    kind: DocumentType, me: Person, token: str, document: Document | None, typed: dict[str, Any], source_id: int | None
) -> None:
    if kind.reads:
        with st.container(border=True, key="read-invoices"):
            st.markdown(f"**{t('invoice.heading')}**")
            if invoice_reader(kind, me, token, lambda: document or _first_keep(kind, me, token, typed, source_id)):
                _forget(token)  # the draft has more lines now than the table on the page
                st.rerun()
    with st.container(border=True):
        st.markdown(f"**{t('document.attachments')}**")
        uploader(me, token, lambda: document or _first_keep(kind, me, token, typed, source_id))
        if document:
            _stored_files(me, document)


def _reasons(token: str, kept: dict[str, Any]) -> dict[str, str]:
    """Why what the paper is warned of is right, by mark: as typed now, else as kept."""
    front = f"{token}.reason."
    typed = {str(key).removeprefix(front): why for key, why in st.session_state.items() if str(key).startswith(front)}
    return {mark: why for mark, why in ((kept.get(REASONS) or {}) | typed).items() if why}


def _warnings(kind: DocumentType, token: str, filled: Filled, *, sending: bool) -> None:
    """What is odd about the paper so far, each with a place for the reason that lets it be sent."""
    found = {one.mark: one for one in kind.warnings(filled)} if kind.warnings else {}
    if not found:
        return
    with st.container(border=True, key="warnings"):
        st.markdown(f"**{t('control.heading')}** :gray[:small[{t('control.why_hint')}]]")
        for mark, one in found.items():
            fault = one.fault
            where = t("fault.in_line", line=fault.line, field=label(kind, fault.field)) if fault.line else ""
            st.markdown(f":orange[:material/warning:] {where} {fault_text(fault)}")
            st.text_input(
                t("control.why"),
                filled.reasons.get(mark, ""),
                key=f"{token}.reason.{mark}",
                placeholder=t("control.why"),
                max_chars=LONGEST_REASON,
                label_visibility="collapsed",
            )
            if sending and mark not in filled.reasons:
                st.markdown(f":red[:small[{t('fault.reason_needed')}]]")


def _first_keep(
    kind: DocumentType, me: Person, token: str, typed: dict[str, Any], source_id: int | None
) -> Document | None:
    memory = st.session_state[f"{token}.kept"]

    def keep() -> Document:
        with writing() as session:
            kept = drafts.keep(session, me, kind.code, typed, token=token, now=now(), source_id=source_id)
        memory.update(version=kept.version)
        return kept

    return attempt(keep)[0]


def _stored_files(me: Person, document: Document) -> None:
    with reading() as session:
        files = attachments_of(session, document)
    for file in files:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/attach_file: [{escaped(file.name)}](/files/{file.id})", width="stretch")
            if st.button(t("form.remove_file"), key=f"remove.{file.id}", icon=":material/delete:", type="tertiary"):

                def take_away(file_id: int = file.id) -> bool:
                    with writing() as session:
                        remove(session, me, file_id, now())
                    return True

                if attempt(take_away)[0]:
                    st.rerun()


def _summary(kind: DocumentType, filled: Filled) -> None:
    """Total and count while typing, and the amount in capitals; what follows from the rest."""
    figures = kind.figures(filled)
    if not kind.has_amount and not figures:
        return
    amount = kind.amount(filled)
    with st.container(border=True, gap="xsmall"):
        if kind.has_amount:
            st.metric(t("form.total"), f"¥ {words(amount)}" if amount else "—")
        if amount and 0 < amount < 10**12:
            st.markdown(f":gray[{t('form.capitals')}]  {in_capitals(amount)}")
        for key, value in figures:
            st.markdown(f":gray[{t(key)}]  {escaped(value) if type(value) is str else words(value)}")
        for table in kind.tables:
            if not (is_asked(table, filled.values) and (table.least or filled.lines[table.name])):
                continue
            st.markdown(f":gray[{t(f'{kind.code}.count.{table.name}', count=len(filled.lines[table.name]))}]")


def _ask_outside(
    kind: DocumentType, me: Person, token: str, document: Document | None, typed: dict[str, Any], source_id: int | None
) -> None:
    """A stop offers the request that asks for what is missing; the paper itself waits as a draft (P2-4.1)."""
    if st.button(t("start.OB"), icon=KINDS["OB"].icon, key=f"{token}.outside", width="stretch"):
        document = document or _first_keep(kind, me, token, typed, source_id)
        if document:
            start("OB", document.id)


def _propose(token: str, form: Form, filled: Filled) -> None:
    """What a field most likely holds is put there as long as nobody says otherwise: whoever changes or empties it means
    it. What nobody touched follows what it was proposed for: the telephone of another customer does not stay.
    """
    before = st.session_state.setdefault(f"{token}.proposals", {})
    found = {}
    for name, find in form.kind.proposes.items():
        stands, said, last = st.session_state.get(f"{token}.{name}") or None, find(filled), before.get(name)
        offered = {option.value for option in form.offered.get(name, ())} or {said}
        if said == last or (said is not None and said not in offered):
            continue
        before[name] = said
        if stands in (None, last) and stands != said:
            found[name] = said
    if found:
        st.session_state[f"{token}.proposed"] = found
        st.rerun()


def _show_anew(token: str, faults: list[Fault]) -> None:
    """Faults are drawn beside their fields, which stand above: draw once more when they have changed.

    Last of all, so that a button pressed in the same moment is heard first.
    """
    if tuple(faults) != st.session_state.get(f"{token}.faults", ()):
        st.session_state[f"{token}.faults"] = tuple(faults)
        st.rerun()


def _bar(
    kind: DocumentType,
    me: Person,
    token: str,
    document: Document | None,
    typed: dict[str, Any],
    source_id: int | None,
    filled: Filled,
) -> None:
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        for name, key, look in (("send", "action.submit", "primary"), ("save", "form.save", "secondary")):
            icon = f":material/{name}:"
            st.button(t(key), type=look, icon=icon, key=f"{token}.{name}", on_click=_press, args=(token, name))  # type: ignore[arg-type]
        kept = t("form.kept") if document else t("form.not_kept")
        st.markdown(f":gray[:small[{kept}]]", width="content")
        st.space("stretch")
        _sum(kind, filled)
        drop = _discard_button(token, document)
    if drop and document:
        _discard(me, document)
    pressed = st.session_state.pop(f"{token}.pressed", None)
    if pressed == "save":
        document = document or _first_keep(kind, me, token, typed, source_id)
        if document:
            tell_next(t("told.saved"))
            st.query_params.from_dict({"edit": str(document.id)})
            st.rerun()
    if pressed != "send":
        return
    if document is None and (missing := _missing(kind, me, typed)):
        _say_faults(token, Invalid(missing))  # a form with nothing in it leaves no draft behind
    else:
        _send(me, token, document or _first_keep(kind, me, token, typed, source_id))


def _press(token: str, what: str) -> None:
    """Remembered until it is done: a file that has just come up may cut short the run that the click began."""
    st.session_state[f"{token}.pressed"] = what


def _sum(kind: DocumentType, filled: Filled) -> None:
    """What it comes to, in sight however far down one types."""
    amount = kind.amount(filled)
    if amount and 0 < amount < 10**12:
        st.markdown(f"**¥ {words(amount)}**  :gray[:small[{in_capitals(amount)}]]", width="content")


def _missing(kind: DocumentType, me: Person, typed: dict[str, Any]) -> list[Fault]:
    with reading() as session:
        return drafts.check(session, me, kind.code, typed, now())[1]


def _say_faults(token: str, invalid: Invalid) -> None:
    st.session_state[f"{token}.sending"] = True
    st.session_state[f"{token}.faults"] = invalid.faults
    tell_next(refusal(invalid), ":material/error:")
    st.rerun()


def _discard_button(token: str, document: Document | None) -> bool:
    if document is None or document.number is not None:
        return False
    with st.popover(t("form.discard"), icon=":material/delete:"):
        st.caption(t("form.discard.consequence"))
        return st.button(t("form.discard.yes"), key=f"{token}.discard", width="stretch")


def _discard(me: Person, document: Document) -> None:
    def give_up() -> Document:
        with writing() as session:
            return act(session, me, document.id, "cancel", now=now())

    if attempt(give_up)[0]:
        tell_next(t("told.discarded"))
        st.query_params.clear()
        st.rerun()


def _send(me: Person, token: str, document: Document | None) -> None:
    if document is None:
        return
    seen = st.session_state[f"{token}.kept"]["version"]

    def send() -> Document:
        with writing() as session:
            return act(session, me, document.id, "submit", seen=seen, now=now())

    try:
        sent = send()
    except Invalid as invalid:
        _say_faults(token, invalid)
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
    else:
        _forget(token)
        tell_next(t("told.submit", number=sent.number))
        st.query_params.from_dict({"number": sent.number or ""})
        st.rerun()


def _forget(token: str) -> None:
    for key in [key for key in st.session_state if str(key).startswith(f"{token}.")]:
        del st.session_state[key]
