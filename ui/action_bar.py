"""The actions on a document, always in the same place: the likeliest first, the destructive ones asked twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import streamlit as st
from sqlmodel import Session

from models import Document, Person, State
from services.database import reading, writing
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.filling import author_of
from services.documents.lookups import options
from services.documents.papers import detail_of, plain, planned_days, proposed
from services.engine import Action, act, lines_for
from services.engine.action import COMMENT, PAUSE, SUPPLEMENT
from services.engine.case import REVERSAL
from services.errors import Fault
from services.people import SHANGHAI, local_day
from services.routes import COMPLETE, RETURN, Step
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.lines import line_name
from ui.say import attempt, tell_next
from ui.share import chosen_people, colleague_menu, mention_box
from ui.texts import escaped, fault_text, has_words, help_text, label, step_name, t
from ui.whole_table import whole_table

LOOK = {
    "approve": ("primary", ":material/check:"),
    "complete": ("primary", ":material/task_alt:"),
    "mail_letter": ("primary", ":material/outgoing_mail:"),
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
IN_THE_OPEN = ("approve", "complete", "return", "reject", "withdraw", "resume", "recall", "remind")
ASKED_TWICE = ("reject", "cancel", "withdraw")
IN_THE_BAR = ("note", "person", "mention")
_BESIDE = 3
"""Fields of a step that stand beside each other."""
_PRESSED, _PRESSES, _DONE, _TROUBLE = "doc.pressed", "doc.presses", "doc.done", "doc.trouble"


def step_asked(actions: Sequence[Action]) -> Action | None:
    """An answer to the open step, whose fields are there to be filled in; to take back what one answered asks none."""
    return next((one for one in actions if one.step and one.step.outcome(one.key)), None)


def step_fields(user: Person, document: Document, step: Step) -> dict[str, Any]:
    """The fields that the open step asks its owner to fill in; returns the answers as typed."""
    asked = step.fields or step.adds or step.table
    return _step_fields(user, document, step, _faults(document)) if asked else {}


def step_lines(document: Document, action: Action) -> dict[str, Any]:
    """The columns of the paper's tables that the open step asks its owner to fill in; the answers by table and line."""
    asked = action.step.line_fields if action.step else {}
    typed = {table: _step_lines(document, action, table, _faults(document)) for table in asked}
    return {"lines": typed} if typed else {}


def put_faults(document: Document, faults: Sequence[Fault]) -> None:
    """What was found wrong with the open step besides pressing a button of the bar: said beside its fields."""
    st.session_state[_key(document, "faults")] = faults
    if faults:
        st.session_state[_TROUBLE] = t("fault.summary", count=len(faults))


def acted_here(document: Document) -> str | None:
    """What the reader has just done with the paper, as long as nobody has acted on it since."""
    action, version = st.session_state.get(_DONE, {}).get(document.id, (None, None))
    return action if version == document.version else None


def is_open(document: Document) -> bool:
    """Was this paper on the screen at the last run already, as the reader left it?"""
    return _key(document, f"words.{COMMENT}") in st.session_state


def act_at_once(user: Person, document: Document, actions: Sequence[Action]) -> bool:
    """Do what is pressed before anything is drawn, unless the open step's fields have to be read first.

    The page moves on after an act, so what it draws before is drawn for nobody. True once the act was done.
    """
    asked = step_asked(actions)
    step = asked.step if asked else None
    pressed = st.session_state.get(_PRESSED)
    asks = step and (step.fields or step.line_fields or step.adds or step.table)
    if not pressed or pressed[0] != document.id or asks:
        return False
    st.session_state.pop(_PRESSED)
    with st.bottom:
        return _do(user, document, *pressed[1:], {})


@dataclass(frozen=True)
class Bar:
    """The bar as it is drawn: where it is said what went wrong, and what was pressed before."""

    trouble: Any
    pressed: tuple[Any, ...] | None


def action_bar(
    session: Session,
    user: Person,
    document: Document,
    actions: Sequence[Action],
    beside: Callable[[], None] = lambda: None,
) -> Bar | None:
    """Draw the buttons; nothing where there is neither one nor a press.

    `beside` draws what stands at the right end of the bar: where one is in the inbox.
    """
    pressed = _take_press(document)
    if not actions and not pressed:
        return None
    with st.bottom:
        trouble = st.container()
        if actions:
            _bar(session, user, document, actions, beside)
    return Bar(trouble, pressed)


def do_pressed(user: Person, document: Document, bar: Bar | None, answers: dict[str, Any]) -> bool:
    """Do what is pressed. True once an act was done: the page then moves on.

    A press counts for the document as it was when the button was drawn: if someone acted since, the service says so,
    even where the button is gone by now. What went wrong is said above the buttons, where one has just pressed.
    """
    if bar is None:
        return False
    with bar.trouble:
        if said := st.session_state.pop(_TROUBLE, None):
            st.error(said, icon=":material/error:")
        return bool(bar.pressed) and _do(user, document, *bar.pressed, answers)


def _bar(
    session: Session, user: Person, document: Document, actions: Sequence[Action], beside: Callable[[], None]
) -> None:
    asked = any(one.step and one.step.outcome(one.key) for one in actions)
    in_menu = [one for one in actions if one.key in ASKED_TWICE or not _in_the_open(one)]
    with st.container(horizontal=True, vertical_alignment="center", key="action-bar"):
        done = acted_here(document)
        if done and not asked:  # in place of the buttons: a second click here meets nothing
            st.markdown(f":green[:material/check_circle: {_told(document, done)}]", width="content")
        _buttons(session, document, [one for one in actions if one not in in_menu])
        if asked or st.session_state.get(_key(document, "note")):  # typed before somebody else decided
            st.text_input(
                t("action.note"),
                key=_key(document, "note"),
                placeholder=_note_hint(actions),
                label_visibility="collapsed",
            )
        else:
            st.space("stretch")
        _menus(session, user, document, in_menu)
        beside()


def _in_the_open(action: Action) -> bool:
    """Does its button stand in the bar? So do the answers of the step, whatever they are called."""
    return action.key in IN_THE_OPEN or bool(action.step and action.step.outcome(action.key))


def _note_hint(actions: Sequence[Action]) -> str:
    """What the remark is for, and without which answers of the step nothing is done."""
    needing = [_plain_words(one) for one in actions if one.needs_note and one.step and one.step.outcome(one.key)]
    return t("action.note_needed", actions=t("word.comma").join(needing)) if needing else t("action.note")


def _words_box(document: Document, menu: str, hint: str) -> None:
    """What is said with an act of a menu is typed in the menu; where nothing is, what stands in the bar counts."""
    key = _key(document, f"words.{menu}")
    st.text_area(t("action.note"), key=key, placeholder=hint, label_visibility="collapsed", height=68)


def _note(document: Document, menu: str) -> str:
    typed = (st.session_state.get(_key(document, name)) for name in (f"words.{menu}", "note"))
    return next(filter(None, typed), "")


def _buttons(session: Session, document: Document, actions: Sequence[Action]) -> None:
    for action in actions:
        if action.key == RETURN and action.returns_to:
            _return_menu(document, action)
        elif early := _not_yet(session, document, action):
            _ask_first(document, action, early)
        else:
            _button(document, action)


def _menus(session: Session, user: Person, document: Document, actions: Sequence[Action]) -> None:
    """What is done with a colleague, what is done rarely, and a remark: each in a menu of its own."""
    if shared := [one for one in actions if one.needs_person]:
        with _popover(document, t("action.colleague"), "group_add"):
            colleague_menu(
                session,
                user,
                document,
                shared,
                lambda name: _key(document, name),
                lambda hint: _words_box(document, "colleague", hint),
                lambda action: _button(document, action, width="stretch", menu="colleague"),
            )
    for action in (one for one in actions if one.key == SUPPLEMENT):
        with _popover(document, t(f"action.{SUPPLEMENT}"), "add_call"):
            _later_fields(session, user, document)
            _button(document, action, width="stretch")
    if rest := [one for one in actions if not one.needs_person and one.key not in (COMMENT, SUPPLEMENT)]:
        with _popover(document, t("action.more"), "more_horiz"):
            if needing := [_plain_words(one) for one in rest if one.needs_note]:
                _words_box(document, "more", t("action.reason_needed", actions=t("word.comma").join(needing)))
            for action in rest:
                if said := _consequence(action):
                    st.caption(t(said))
                _button(document, action, width="stretch", menu="more")
    for action in (one for one in actions if one.key == COMMENT):
        with _popover(document, t("action.comment"), "chat_bubble"):
            _words_box(document, COMMENT, t("action.comment_hint"))
            mention_box(session, user, lambda name: _key(document, name))
            _button(document, action, width="stretch", menu=COMMENT)


def _consequence(action: Action) -> str | None:
    """The text key of what an act leads to. Of a pause: whether the clock of this very step stands still."""
    keys = [f"action.{action.key}.consequence"]
    if action.step:
        keys.insert(0, f"action.{action.key}.{action.step.key}.consequence")
    if action.key == PAUSE and action.step and action.step.within and not action.step.within.may_stop:
        keys.insert(0, "action.pause.runs_on.consequence")
    return next((key for key in keys if has_words(key)), None)


def _later_fields(session: Session, user: Person, document: Document) -> None:
    """What the author may still say while others decide."""
    kind = KINDS[document.kind]
    detail, author = detail_of(session, document), author_of(session, document, user)
    offered = {
        name: options(session, author, kind, spec(kind.form, name), now())
        for name in kind.said_later
        if spec(kind.form, name).kind in (Type.LINK, Type.LINKS)
    }
    for name in kind.said_later:
        value = plain(getattr(detail, name))
        key = _key(document, f"later.{name}")
        draw_field(spec(kind.form, name), key, value, label(kind, name), help_text(kind, name), offered.get(name, []))
    faults = st.session_state.get(_key(document, "faults"), ())
    say_faults(fault for fault in faults if fault.field in kind.said_later)


def _later_answers(document: Document) -> dict[str, Any]:
    """What was typed into them: the menu they stand in is closed by the press."""
    named = {name: _key(document, f"later.{name}") for name in KINDS[document.kind].said_later}
    typed = {name: st.session_state[key] for name, key in named.items() if key in st.session_state}
    return {
        name: value.replace(tzinfo=SHANGHAI) if isinstance(value, datetime) else value for name, value in typed.items()
    }


def _not_yet(session: Session, document: Document, action: Action) -> dict[str, date]:
    """The planned days of work that is recorded before its last day has come: a trip that is still going on."""
    if action.key != COMPLETE or action.step is None:
        return {}
    planned = planned_days(session, document.kind, document.id, action.step)
    return planned if any(day > local_day(now()) for day in planned.values()) else {}


def _ask_first(document: Document, action: Action, planned: dict[str, date]) -> None:
    with _popover(document, _action_words(action), "task_alt"):
        start, end = min(planned.values()), max(planned.values())
        st.caption(t("action.complete.early", start=start, end=end, today=local_day(now())))
        _button(document, action, width="stretch")


def _popover(document: Document, said: str, icon: str) -> Any:
    """A small menu that closes with every press: under another key it is another one."""
    presses = st.session_state.get(_PRESSES, 0)
    return st.popover(said, icon=f":material/{icon}:", width="content", key=_key(document, f"{icon}.{presses}"))


def _button(document: Document, action: Action, width: Any = "content", menu: str = "") -> None:
    look, icon = LOOK.get(action.key, ("secondary", None))
    st.button(
        _action_words(action),
        key=_key(document, f"do.{action.key}"),
        type=look,  # type: ignore[arg-type]
        icon=icon,
        width=width,
        on_click=_press,
        args=_pressing(document, action, menu=menu),
    )


def _return_menu(document: Document, action: Action) -> None:
    """Where a return goes: to the applicant, or to a step that has been signed."""
    with _popover(document, t("action.return"), "undo"):
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
    said = _plain_words(action)
    return t("action.for", action=said, name=escaped(action.for_person.name)) if action.for_person else said


def _plain_words(action: Action) -> str:
    own = f"action.{action.key}.{action.step.key}" if action.step else ""
    return t(own) if has_words(own) else t(f"action.{action.key}")


def _pressing(document: Document, action: Action, to: str | None = None, menu: str = "") -> tuple[Any, ...]:
    outcome = action.step.outcome(action.key) if action.step else None
    fills_in = action.step is not None and action.key not in ("return", "reject") and (not outcome or outcome.fills)
    return (document.id, _turn(document), document.version, action.key, to, fills_in, menu)


def _press(document_id: int, turn: int, *what: Any) -> None:
    """What a button leaves behind, before anything is drawn: ids and names only. A second click in one turn is none."""
    st.session_state[_PRESSES] = st.session_state.get(_PRESSES, 0) + 1
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
    menu: str,
    answers: dict[str, Any],
) -> bool:
    answers = _later_answers(document) if action == SUPPLEMENT else answers
    given = (answers if fills_in or action == SUPPLEMENT else {}) | chosen_people(lambda name: _key(document, name))
    turns, turn, note = _turns(), _turn(document), _note(document, menu)
    finished: dict[int, tuple[str, int]] = st.session_state.setdefault(_DONE, {})

    own = f"{action}.{REVERSAL}"
    did = own if document.state == State.REVERSING and has_words(f"told.{own}") else action

    def one_act() -> Document:
        with writing() as session:
            acted = act(session, user, document.id, action, seen=seen, note=note, to=to, now=now(), **given)
        # at once: any call of Streamlit from here on may be cut short by a second click
        turns[document.id], finished[document.id] = turn + 1, (did, acted.version)
        return acted

    done, faults = attempt(one_act, speak_for_themselves=IN_THE_BAR)
    st.session_state[_key(document, "faults")] = faults
    if done is None:
        say_faults(fault for fault in faults if fault.field in IN_THE_BAR)
        if any(fault.field not in IN_THE_BAR for fault in faults):  # they stand beside fields that are drawn already
            st.session_state[_TROUBLE] = t("fault.summary", count=len(faults))
            st.rerun()
        return False
    tell_next(_told(done, did))
    return True


def _told(document: Document, action: str) -> str:
    return t(f"told.{action}", number=document.number or t("word.draft"))


def _step_fields(user: Person, document: Document, step: Step, faults: Sequence[Fault]) -> dict[str, Any]:
    kind, answers = KINDS[document.kind], {}
    added = kind.lines(step.adds) if step.adds else None
    asked: list[tuple[Any, str]] = [(kind.table, name) for name in step.fields]
    asked += [(added.form, name) for name in added.columns] if added else []
    with reading() as session:
        detail = detail_of(session, document)
        planned = proposed(kind, detail, step) | planned_days(session, document.kind, document.id, step)
        offered = {
            name: options(session, user, kind, spec(table, name), now())
            for table, name in asked
            if spec(table, name).kind in (Type.LINK, Type.LINKS)
        }
    with st.container(border=True, key="step-fields"):
        st.markdown(f"**{t(f'step.{step.key}.fill')}**")
        beside = [
            column for _ in range(0, len(asked), _BESIDE) for column in st.columns(max(min(len(asked), _BESIDE), 2))
        ]
        for column, (table, name) in zip(beside, asked, strict=False):
            with column:
                stored = getattr(detail, name) if table is kind.table else None
                value = plain(stored) if stored is not None else _proposed(table, name, planned)
                answers[name] = draw_field(
                    spec(table, name),
                    _key(document, f"fill.{name}"),
                    value,
                    f"{label(kind, name)} *" if name in step.required else label(kind, name),
                    help_text(kind, name),
                    offered.get(name, []),
                )
                say_faults(fault for fault in faults if fault.field == name and fault.table is None)
        if step.table:
            key = _key(document, f"table.{step.table}")
            answers["lines"] = {step.table: whole_table(user, document, kind.lines(step.table), key, faults)}
    return answers


def _proposed(table: Any, name: str, planned: dict[str, Any]) -> Any:
    """What was planned; work for which no day was is mostly recorded on the day it was done."""
    if name not in planned and spec(table, name).kind == Type.DATE:
        return local_day(now()).isoformat()
    return plain(planned.get(name))


def _step_lines(
    document: Document, action: Action, table_name: str, faults: Sequence[Fault]
) -> dict[int, dict[str, Any]]:
    """The lines with the columns that the step may fill in; everything else is there to read."""
    from ui.line_editor import edit_lines

    kind = KINDS[document.kind]
    lines = kind.lines(table_name)
    with reading() as session:
        rows = lines_for(session, document, action, lines, now())
        columns = action.step.line_fields[table_name] if action.step else ()
        answers = edit_lines(session, kind, lines, rows, columns, _key(document, table_name))
        called = {row.position: line_name(lines, row) for row in rows}
    for fault in (fault for fault in faults if fault.table == table_name):
        where = t("fault.in_voucher", line=called.get(fault.line, ""), field=label(kind, fault.field))
        st.markdown(f":red[:small[{where} {fault_text(fault)}]]")
    return answers


def _faults(document: Document) -> Sequence[Fault]:
    faults: Sequence[Fault] = st.session_state.get(_key(document, "faults"), ())
    return faults


def _key(document: Document, name: str) -> str:
    """Widgets start anew after an act of one's own; what somebody else does takes nothing away that was typed."""
    return f"doc.{document.id}.{_turn(document)}.{name}"


def _turn(document: Document) -> int:
    """How often this reader has acted on the document in this session."""
    return _turns().get(document.id, 0)


def _turns() -> dict[int, int]:
    turns: dict[int, int] = st.session_state.setdefault("doc.turns", {})
    return turns
