"""Settings: the figures of the policies and of the portal, how they came to hold, and how another one is proposed."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from sqlmodel import Session

from models import Person, Setting
from pages.admin.setting_tables import draw_table, show_changes
from services.database import reading, writing
from services.documents.fields import Type, spec
from services.documents.filling import check_value
from services.documents.kind import Option
from services.engine.versions import VersionState, may_decide, may_propose
from services.errors import Fault
from services.people import everybody, local_day, names_apart, who_may_decide
from services.setting_changes import (
    ChangeForm,
    Shown,
    approve_change,
    change,
    decline_change,
    field_of,
    settings_for,
    withdraw_change,
)
from services.settings import SETTINGS, typed_as
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.people import called
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, has_words, t, words


def settings() -> None:
    """For administrators, who change and propose, and for the general manager, who decides (P6-5)."""
    me = signed_in()
    with reading() as session:
        proposes, decides = may_propose(session, me), may_decide(session, me)
        if not (proposes or decides):
            st.warning(t("settings.shut"), icon=":material/block:")
            return
        shown = {one.key: one for one in settings_for(session, me, now())}
        people = names_apart(everybody(session))
    st.subheader(t("menu.settings"), anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        key = _pick(list(shown.values()), people)
    with right, st.container(border=True):
        if key is None:
            st.caption(t("settings.pick"))
            return
        chosen = shown[key]
        st.markdown(f"**{t(f'setting.{chosen.key}')}**")
        st.caption(t(f"setting.help.{chosen.key}"))
        waiting = chosen.waiting
        if waiting:
            _waiting(me, chosen, waiting, people, decides=decides)
        elif proposes:
            _form(me, chosen)
        _history(chosen, people)


def _pick(shown: list[Shown], people: dict[int, str]) -> str | None:
    """Two tables, the policies' figures and the portal's own; a click shows one, at first the one that waits: what
    nobody has chosen nobody changes by mistake.
    """
    first = next((one.key for one in shown if one.waiting), None)
    chosen = st.session_state.get("settings.chosen", st.query_params.get("setting", first))
    for rule in (True, False):
        rows = [one for one in shown if SETTINGS[one.key].rule is rule]
        st.markdown(f"**{t('settings.rules' if rule else 'settings.portal')}**")
        frame = pd.DataFrame(
            [
                {
                    t("settings.column.setting"): t(f"setting.{one.key}"),
                    t("settings.column.value"): _said(one.key, one.value, people),
                    t("settings.column.coming"): _to_come(one, people),
                }
                for one in rows
            ]
        )
        key = f"settings.list.{rule}"
        st.dataframe(
            frame, hide_index=True, on_select=lambda key=key, rows=rows: _clicked(key, rows),
            selection_mode="single-cell", key=key,
        )  # fmt: skip
    return chosen if chosen in {one.key for one in shown} else first


def _clicked(key: str, rows: list[Shown]) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells and cells[0][0] < len(rows):
        st.session_state["settings.chosen"] = rows[cells[0][0]].key


def _form(me: Person, chosen: Shown) -> None:
    """The new value, from when, and why."""
    key = f"settings.{chosen.key}.{len(chosen.rows)}"
    faults: tuple[Fault, ...] = st.session_state.get(f"{key}.faults", ())
    rule = SETTINGS[chosen.key].rule
    value = draw_table(chosen, key, faults) if SETTINGS[chosen.key].table else _value(chosen, key)
    say_faults(fault for fault in faults if fault.field == chosen.key)
    typed = {}
    for name in ChangeForm.model_fields:
        opens = local_day(now()).isoformat() if name == "valid_from" else None
        typed[name] = draw_field(spec(ChangeForm, name), f"{key}.{name}", opens, t(f"settings.field.{name}"), None, [])
        say_faults(fault for fault in faults if fault.field == name)
    if rule:
        st.caption(t("settings.waits_for_approval"))
    if st.button(t("settings.propose" if rule else "form.save_changes"), type="primary", key=f"{key}.send"):
        checked = {name: check_value(spec(ChangeForm, name), typed[name]) for name in typed}
        found = tuple(fault for _, fault in checked.values() if fault)
        if not found:
            values = {name: one for name, (one, _) in checked.items()}
            found = _act(
                lambda session: change(session, me, chosen.key, value, **values, now=now()),
                "settings.told.proposed" if rule else "settings.told.changed",
            )
        st.session_state[f"{key}.faults"] = found
        if found:
            st.rerun()


def _value(chosen: Shown, key: str) -> Any:
    field = field_of(chosen.key)
    with reading() as session:
        named = called(session, who_may_decide(session)) if field.kind == Type.LINK else {}
    offered = [Option(id, name) for id, name in named.items()]
    return draw_field(field, f"{key}.value", typed_as(chosen.value), t("settings.field.value"), None, offered)


def _waiting(me: Person, chosen: Shown, row: Setting, people: dict[int, str], *, decides: bool) -> None:
    key = f"settings.{row.id}"  # an answer is to this proposal, and not to one that took its place meanwhile
    st.markdown(f":blue-badge[{t('settings.state.waiting')}] **{escaped(_stored(row, people))}**")
    if SETTINGS[row.key].table:
        show_changes(row.key, typed_as(chosen.value), row.value)
    st.markdown(escaped(row.note))
    by = people.get(row.proposed_by_id or 0, "")
    st.caption(t("settings.proposed_by", who=escaped(by), at=row.proposed_at, date=local_day(row.valid_from)))
    with st.container(horizontal=True):
        if decides:
            if st.button(t("action.approve"), icon=":material/check:", type="primary", key=f"{key}.approve"):
                _act(lambda session: approve_change(session, me, row.id, now()), "settings.told.approved")
            with st.popover(t("action.reject"), icon=":material/close:"):
                note = st.text_area(t("action.note"), key=f"{key}.decline.note", max_chars=500)
                if st.button(t("action.reject"), key=f"{key}.decline"):
                    _act(
                        lambda session: decline_change(session, me, row.id, note or "", now()), "settings.told.declined"
                    )
        own = row.proposed_by_id == me.id
        if own and st.button(t("routes.withdraw"), icon=":material/undo:", key=f"{key}.withdraw"):
            _act(lambda session: withdraw_change(session, me, row.id, now()), "settings.told.withdrawn")


def _history(chosen: Shown, people: dict[int, str]) -> None:
    """What held when, and who said so; below it the value the portal came with."""
    st.markdown(f"**{t('settings.history')}**")
    for one in chosen.rows:
        row = one.row
        if one.state == VersionState.WAITING:
            continue
        names = [people.get(id, "") for id in (row.proposed_by_id, row.approved_by_id) if id]
        said = [
            t(f"settings.state.{one.state}"),
            t("settings.from", date=row.valid_from),
            *filter(None, names),
            row.note,
        ]
        line = escaped("  ".join(filter(None, said)))
        st.markdown(f"{escaped(_stored(row, people))}  \n:small[:gray[{line}]]")
    default = SETTINGS[chosen.key].read(SETTINGS[chosen.key].default)
    st.markdown(f"{escaped(_said(chosen.key, default, people))}  \n:small[:gray[{t('settings.default')}]]")


def _act(act: Callable[[Session], Setting], told: str) -> tuple[Fault, ...]:
    def one_act() -> Setting:
        with writing() as session:
            return act(session)

    done, found = attempt(one_act)
    if done:
        tell_next(t(told))
        st.rerun()
    return found


def _to_come(one: Shown, people: dict[int, str]) -> str:
    """What waits for approval, or begins some day."""
    coming = [row for row in one.rows if row.state in (VersionState.WAITING, VersionState.COMING)]
    return " ".join(f"{_stored(row.row, people)} {t(f'settings.state.{row.state}')}" for row in coming)


def _stored(row: Setting, people: dict[int, str]) -> str:
    return _said(row.key, SETTINGS[row.key].read(row.value), people)


def _said(key: str, value: Any, people: dict[int, str]) -> str:
    """A value as people read it, with its unit."""
    if value in (None, "", ()):
        return t("settings.none")
    if SETTINGS[key].table:
        return t("settings.rows", count=len(value))
    if field_of(key).kind == Type.LINK:
        return people.get(value, t("settings.none"))
    said = words(typed_as(value) if isinstance(value, list) else value)
    return t(f"setting.unit.{key}", value=said) if has_words(f"setting.unit.{key}") else said
