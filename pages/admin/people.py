"""People and rights: who works here, which roles he holds for which department, and his way back in."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from models import Grant, Person, PersonForm, Role
from pages.admin.people_files import excel, forget, passwords
from services.accounts import (
    COMPANY_ROLES,
    DEPARTMENT_ROLES,
    add_person,
    change_person,
    disable_person,
    enable_person,
    end_grant,
    grant_role,
    hand_over,
    reset_password,
    unlock_person,
)
from services.database import reading, writing
from services.directory import directory, role_words
from services.documents.fields import spec
from services.documents.kind import Option
from services.errors import Fault, Refused
from services.people import who_may_decide
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.people import called
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, language, refusal, t

FIELDS = (("login", "name"), ("employee_no", "department_id"), ("grade", "phone"), ("email", "joined_on"))
_PASSWORD = "people.password"
_MOST_AT_ONCE = 18
"""People in the list before one scrolls in it."""


def people() -> None:
    """A list of everyone; a click opens his data and roles. For administrators only."""
    me = signed_in()
    try:
        with reading() as session:
            kept = directory(session, me)
    except Refused as refused:
        st.warning(refusal(refused), icon=":material/block:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.people"), anchor=False, width="content")
        st.space("stretch")
        excel(me)
        if st.button(t("people.add"), icon=":material/person_add:", type="primary"):
            st.query_params.from_dict({"person": "new"})
            st.rerun()
    chosen = st.query_params.get("person")
    _show_password(chosen)
    if chosen:
        forget()
        person = next((one for one in kept.people if str(one.id) == chosen), None)
        _person(me, person, [one for one in kept.grants if person and one.person_id == person.id], kept.departments)
    else:
        passwords()
        _list(kept.people, kept.grants, kept.departments)


def _list(everyone: list[Person], grants: list[Grant], departments: dict[int, str]) -> None:
    sought = st.text_input(
        t("list.search"), icon=":material/search:", label_visibility="collapsed", width=260,
        placeholder=t("people.search_hint"),
    )  # fmt: skip
    shown = [one for one in everyone if (sought or "").lower() in f"{one.name} {one.login}".lower()]
    frame = pd.DataFrame(
        [
            {
                t("account.name"): one.name,
                t("account.login"): one.login,
                t("field.department"): departments.get(one.department_id),
                t("people.roles"): _held(one, grants, departments),
                t("column.state"): t(_state(one)),
            }
            for one in shown
        ]
    )
    picked = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        height=700 if len(frame) > _MOST_AT_ONCE else "content",
        column_config={t("people.roles"): st.column_config.TextColumn(width=560)},
        key="people.list",
    )
    cells = picked["selection"]["cells"]
    if cells:
        st.query_params.from_dict({"person": str(shown[cells[0][0]].id)})
        st.rerun()


def _state(person: Person) -> str:
    if not person.active:
        return "people.disabled"
    return "people.locked" if _locked(person) else "people.active"


def _locked(person: Person) -> bool:
    return person.locked_until is not None and person.locked_until > now()


def _held(person: Person, grants: list[Grant], departments: dict[int, str]) -> str:
    held = (role_words(grant, departments, language()) for grant in grants if grant.person_id == person.id)
    return t("print.list_separator").join(held)


def _person(me: Person, person: Person | None, grants: list[Grant], departments: dict[int, str]) -> None:
    if st.button(t("list.back"), icon=":material/arrow_back:", type="tertiary"):
        _back()
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.markdown(f"**{escaped(person.name) if person else t('people.add')}**")
        _data(me, person, departments)
    if person:
        with right:
            _roles(me, person, grants, departments)
            _door(me, person)


def _data(me: Person, person: Person | None, departments: dict[int, str]) -> None:
    key = f"person.{person.id if person else 'new'}"
    faults: tuple[Fault, ...] = st.session_state.get(f"{key}.faults", ())
    offered = [Option(id, name) for id, name in departments.items()]
    typed: dict[str, Any] = {}
    for row in FIELDS:
        for column, name in zip(st.columns(2), row, strict=False):
            with column:
                value = getattr(person, name) if person else None
                value = getattr(value, "value", value)
                typed[name] = draw_field(spec(PersonForm, name), f"{key}.{name}", value, _label(name), None, offered)
                say_faults(fault for fault in faults if fault.field == name)
    if st.button(t("form.save_changes"), type="primary", icon=":material/save:"):

        def save() -> tuple[Person, str]:
            with writing() as session:
                if person is None:
                    return add_person(session, me, typed, now())
                return change_person(session, me, person.id, typed, now()), ""

        done, found = attempt(save)
        st.session_state[f"{key}.faults"] = found
        if done:
            _remember_password(*done)
            tell_next(t("people.saved", name=escaped(done[0].name)))
            st.query_params.from_dict({"person": str(done[0].id)})
        st.rerun()


def _label(name: str) -> str:
    """As on everybody's own page."""
    return t("account.department") if name == "department_id" else t(f"account.{name}")


def _roles(me: Person, person: Person, grants: list[Grant], departments: dict[int, str]) -> None:
    with st.container(border=True):
        st.markdown(f"**{t('people.roles')}**")
        for grant in grants:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(escaped(role_words(grant, departments, language())), width="stretch")
                if st.button(t("people.end_role"), key=f"end.{grant.id}", type="tertiary", icon=":material/close:"):
                    _act(lambda session, id=grant.id: end_grant(session, me, id, now()))
        role = st.selectbox(
            t("people.role"), list(Role), None, format_func=lambda one: t(f"role.{one}"),
            key=f"role.{person.id}.{len(grants)}", placeholder="",
        )  # fmt: skip
        where = None
        if role and role not in COMPANY_ROLES:
            choices = [*departments] if role in DEPARTMENT_ROLES else [None, *departments]
            own = choices.index(person.department_id) if role in DEPARTMENT_ROLES else 0
            where = st.selectbox(
                t("field.department"), choices, own, key=f"where.{person.id}.{role}",
                format_func=lambda one: departments.get(one, t("engine.the_company")),
            )  # fmt: skip
        if st.button(t("people.give_role"), icon=":material/add:", disabled=role is None) and role:
            _act(lambda session: grant_role(session, me, person.id, role, where, now()))


def _door(me: Person, person: Person) -> None:
    """Out and in: disabling, unlocking, a new initial password."""
    with st.container(border=True):
        st.markdown(f"**{t('people.door')}**")
        if _locked(person) and st.button(t("people.unlock"), icon=":material/lock_open:"):
            _act(lambda session: unlock_person(session, me, person.id, now()))
        if person.active:
            with st.popover(t("people.reset"), icon=":material/key:"):
                st.caption(t("people.reset.consequence"))
                if st.button(t("people.reset"), key="people.reset.yes"):
                    _act(lambda session: _remember_password(person, reset_password(session, me, person.id, now())))
        _hand_over(me, person)
        if not person.active:
            if st.button(t("people.enable"), icon=":material/person_check:"):
                _act(lambda session: enable_person(session, me, person.id, now()))
            return
        with st.popover(t("people.disable"), icon=":material/person_off:"):
            st.caption(t("people.disable.consequence"))
            if st.button(t("people.disable"), key="people.disable.yes"):
                _act(lambda session: disable_person(session, me, person.id, now()))


def _hand_over(me: Person, person: Person) -> None:
    """All that is open with somebody who leaves goes to a colleague."""
    times = f"people.handed.{person.id}"
    with st.popover(t("people.hand_over"), icon=":material/move_up:", key=f"{times}.{st.session_state.get(times, 0)}"):
        st.caption(t("people.hand_over.consequence"))
        with reading() as session:
            names = called(session, (one for one in who_may_decide(session) if one.id != person.id))
        successor = st.selectbox(
            t("people.successor"), list(names), None, format_func=lambda id: names.get(id, ""), key="people.successor",
            placeholder="",
        )  # fmt: skip
        if st.button(t("people.hand_over"), key="people.hand_over.yes", disabled=successor is None) and successor:
            st.session_state[times] = st.session_state.get(times, 0) + 1
            name = escaped(names[successor].partition("  ")[0])
            _act(lambda session: hand_over(session, me, person.id, successor, now()), "people.handed_over", name=name)


def _act(one_act: Callable[[Any], Any], told: str = "people.done", **facts: str) -> None:
    def act() -> Any:
        with writing() as session:
            return one_act(session)

    done = attempt(act)[0]
    if done is not None:
        facts |= done if isinstance(done, dict) else {}
        tell_next(t(told, **facts))
        st.rerun()


def _remember_password(person: Person, password: str) -> Person:
    if password:
        st.session_state[_PASSWORD] = (str(person.id), person.name, password)
    return person


def _show_password(chosen: str | None) -> None:
    """An initial password stands there while its person is given his roles; after that it is nowhere in the clear."""
    whose, name, password = st.session_state.get(_PASSWORD, (None, "", ""))
    if whose is None:
        return
    if whose != chosen:
        del st.session_state[_PASSWORD]
        return
    st.success(t("people.initial_password", name=escaped(name)), icon=":material/key:")
    st.code(password, language=None)


def _back() -> None:
    st.query_params.clear()
    st.rerun()
