"""The actions on a document, always in the same place: the likeliest first, the destructive ones asked twice."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from models import Document, Person
from services.database import reading, writing
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import lines_of
from services.documents.lookups import options
from services.documents.papers import detail_of
from services.engine import Action, act
from services.engine.action import ASK_AFTER, ASK_BEFORE, COMMENT, TRANSFER
from services.errors import Fault
from services.people import local_day
from services.routes import RETURN, Step
from services.texts import has_text
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.paper import line_name
from ui.say import attempt, tell_next
from ui.share import chosen_people, colleague_menu, mention_box
from ui.texts import escaped, fault_text, help_text, label, language, step_name, t, words

LOOK = {
    "approve": ("primary", ":material/check:"),
    "complete": ("primary", ":material/task_alt:"),
    "submit": ("primary", ":material/send:"),
    "return": ("secondary", ":material/undo:"),
    "reject": ("secondary", ":material/close:"),
    "withdraw": ("secondary", ":material/undo:"),
    "cancel": ("secondary", ":material/block:"),
    "comment": ("secondary", ":material/chat_bubble:"),
    "resume": ("primary", ":material/play_arrow:"),
    "recall": ("primary", ":material/undo:"),
    "transfer": ("primary", ":material/forward:"),
    "ask_before": ("primary", ":material/group_add:"),
    "ask_after": ("primary", ":material/group_add:"),
    "pause": ("secondary", ":material/pause:"),
    "remind": ("secondary", ":material/notifications_active:"),
    "take_back": ("secondary", ":material/undo:"),
    "reopen": ("secondary", ":material/lock_open:"),
    "reverse": ("secondary", ":material/history:"),
}
IN_THE_OPEN = ("approve", "complete", "return", "reject", "withdraw", "resume", "recall")
SHARED = (TRANSFER, ASK_BEFORE, ASK_AFTER)
ASKED_TWICE = ("reject", "cancel", "withdraw")
_PRESSED = "doc.pressed"


def step_form(user: Person, document: Document, step: Step) -> dict[str, Any]:
    """What the open step asks its owner to fill in, drawn above the bar; returns the answers as typed."""
    answers: dict[str, Any] = {}
    faults: Sequence[Fault] = st.session_state.get(_key(document, "faults"), ())
    if step.fields:
        answers |= _step_fields(user, document, step, faults)
    for table in step.line_fields:
        answers.setdefault("lines", {})[table] = _step_lines(document, step, table, faults)
    return answers


def action_bar(
    user: Person,
    document: Document,
    actions: Sequence[Action],
    answers: dict[str, Any],
    beside: Callable[[], None] = lambda: None,
) -> bool:
    """Draw the buttons and do what is pressed. True once an act was done: the page then moves on.

    A press counts for the document as it was when the button was drawn: if someone acted since, the service says so,
    even where the button is gone by now. `beside` draws what stands at the right end of the bar: where one is in the
    inbox.
    """
    pressed = _take_press(document)
    note = ""
    if actions:
        note = _bar(user, document, actions, beside)
    return bool(pressed) and _do(user, document, *pressed, note, answers)


def _bar(user: Person, document: Document, actions: Sequence[Action], beside: Callable[[], None]) -> str:
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        _buttons(user, document, actions)
        note = st.text_input(
            t("action.note"),
            key=_key(document, "note"),
            placeholder=t("action.note_hint" if any(one.key == RETURN for one in actions) else "action.note"),
            label_visibility="collapsed",
        )
        beside()
    return note


def _buttons(user: Person, document: Document, actions: Sequence[Action]) -> None:
    for action in (one for one in actions if one.key in IN_THE_OPEN and one.key not in ASKED_TWICE):
        if action.key == RETURN and action.returns_to:
            _return_menu(document, action)
        else:
            _button(document, action)
    if shared := [one for one in actions if one.needs_person]:
        with st.popover(t("action.colleague"), icon=":material/group_add:", width="content"):
            colleague_menu(
                user,
                document,
                shared,
                lambda name: _key(document, name),
                lambda action: _button(document, action, width="stretch"),
            )
    rest = [one for one in actions if one.key in ASKED_TWICE or one.key not in (*IN_THE_OPEN, *SHARED)]
    if rest:
        with st.popover(t("action.more"), icon=":material/more_horiz:", width="content"):
            for action in rest:
                if has_text(language(), said := f"action.{action.key}.consequence"):
                    st.caption(t(said))
                if action.key == COMMENT:
                    mention_box(user, lambda name: _key(document, name))
                _button(document, action, width="stretch")


def _button(document: Document, action: Action, width: Any = "content") -> None:
    look, icon = LOOK.get(action.key, ("secondary", None))
    st.button(
        _action_words(action),
        key=_key(document, f"do.{action.key}"),
        type=look,  # type: ignore[arg-type]
        icon=icon,
        width=width,
        on_click=_press,
        args=_pressing(document, action),
    )


def _return_menu(document: Document, action: Action) -> None:
    """Where a return goes: to the applicant, or to a step that has been signed."""
    with st.popover(t("action.return"), icon=":material/undo:", width="content"):
        for target in ("applicant", *action.returns_to):
            said = t("action.to_applicant") if target == "applicant" else t("action.to_step", step=step_name(target))
            st.button(
                said,
                key=_key(document, f"return.{target}"),
                width="stretch",
                on_click=_press,
                args=_pressing(document, action, target),
            )


def _action_words(action: Action) -> str:
    own = f"action.{action.key}.{action.step.key}" if action.step else ""
    said = t(own) if own and t(own) != own else t(f"action.{action.key}")
    return t("action.for", action=said, name=escaped(action.for_person.name)) if action.for_person else said


def _pressing(document: Document, action: Action, to: str | None = None) -> tuple[Any, ...]:
    fills_in = action.step is not None and action.key not in ("return", "reject")
    return (document.id, _turn(document), document.version, action.key, to, fills_in)


def _press(document_id: int, turn: int, *what: Any) -> None:
    """What a button leaves behind, before anything is drawn: ids and names only. A second click in one turn is none."""
    if turn == _turns().get(document_id, 0):
        st.session_state[_PRESSED] = (document_id, *what)


def _take_press(document: Document) -> tuple[Any, ...] | None:
    pressed = st.session_state.pop(_PRESSED, None)
    return pressed[1:] if pressed and pressed[0] == document.id else None


def _do(
    user: Person,
    document: Document,
    seen: int,
    action: str,
    to: str | None,
    fills_in: bool,
    note: str,
    answers: dict[str, Any],
) -> bool:
    given = (answers if fills_in else {}) | chosen_people(lambda name: _key(document, name))
    turns, turn = _turns(), _turn(document)

    def one_act() -> Document:
        with writing() as session:
            acted = act(session, user, document.id, action, seen=seen, note=note, to=to, now=now(), **given)
        turns[document.id] = turn + 1  # at once: any call of Streamlit from here on may be cut short by a second click
        return acted

    done, faults = attempt(one_act)
    st.session_state[_key(document, "faults")] = faults
    if done is None:
        say_faults(fault for fault in faults if fault.field == "note")
        return False
    tell_next(t(f"told.{action}", number=done.number or t("word.draft")))
    return True


def _step_fields(user: Person, document: Document, step: Step, faults: Sequence[Fault]) -> dict[str, Any]:
    kind, answers = KINDS[document.kind], {}
    with reading() as session:
        detail = detail_of(session, document)
        offered = {
            name: options(session, user, kind, spec(kind.table, name), now())
            for name in step.fields
            if spec(kind.table, name).kind in (Type.LINK, Type.LINKS)
        }
    with st.container(border=True):
        st.markdown(f"**{t(f'step.{step.key}.fill')}**")
        for column, name in zip(st.columns(max(len(step.fields), 2)), step.fields, strict=False):
            with column:
                stored = getattr(detail, name)
                value = words(stored) if stored is not None else _proposed(kind.table, name)
                answers[name] = draw_field(
                    spec(kind.table, name),
                    _key(document, f"fill.{name}"),
                    value,
                    label(kind, name),
                    help_text(kind, name),
                    offered.get(name, []),
                )
                say_faults(fault for fault in faults if fault.field == name and fault.table is None)
    return answers


def _proposed(table: Any, name: str) -> str | None:
    """Work is mostly recorded on the day it was done."""
    return local_day(now()).isoformat() if spec(table, name).kind == Type.DATE else None


def _step_lines(document: Document, step: Step, table_name: str, faults: Sequence[Fault]) -> dict[int, dict[str, Any]]:
    """The lines with the columns that the step may fill in; everything else is there to read."""
    from ui.line_editor import edit_lines

    kind = KINDS[document.kind]
    lines = kind.lines(table_name)
    with reading() as session:
        rows = lines_of(session, document, lines)
        answers = edit_lines(session, kind, lines, rows, step.line_fields[table_name], _key(document, table_name))
        called = {row.position: line_name(lines, row) for row in rows}
    for fault in (fault for fault in faults if fault.table == table_name):
        where = t("fault.in_voucher", line=called.get(fault.line, ""), field=label(kind, fault.field))
        st.markdown(f":red[:small[{where} {fault_text(fault)}]]")
    return answers


def _key(document: Document, name: str) -> str:
    """Widgets start anew after an act of one's own; what somebody else does takes nothing away that was typed."""
    return f"doc.{document.id}.{_turn(document)}.{name}"


def _turn(document: Document) -> int:
    """How often this reader has acted on the document in this session."""
    return _turns().get(document.id, 0)


def _turns() -> dict[int, int]:
    turns: dict[int, int] = st.session_state.setdefault("doc.turns", {})
    return turns
