"""Deputies: who acts for me while I am away, and for whom I act."""

from datetime import timedelta
from typing import Any

import streamlit as st

from models import Delegation, DelegationForm, Person
from services.database import reading, writing
from services.delegation import delegate, delegations_around, end_delegation, may_deputise
from services.documents import KINDS
from services.documents.fields import spec
from services.documents.kind import Option
from services.errors import Fault
from services.people import local_day
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.people import called
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, t, words

_FAULTS, _NAMED = "deputies.faults", "deputies.named"
"""In session_state; the second counts how often a deputy was named: the form opens anew each time."""


def deputies() -> None:
    """Everyone names his own deputy; nobody names one for another."""
    me = signed_in()
    with reading() as session:
        around = delegations_around(session, me, now())
        offered = [Option(id, name) for id, name in called(session, may_deputise(session, me)).items()]
    st.subheader(t("menu.deputies"), anchor=False)
    st.caption(t("deputies.help"))
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.markdown(f"**{t('deputies.new')}**")
        _form(me, offered)
    with right, st.container(border=True):
        st.markdown(f"**{t('deputies.live')}**")
        if not around:
            st.caption(t("deputies.none"))
        for delegation, giver, deputy in around:
            _row(me, delegation, giver, deputy)


def _form(me: Person, offered: list[Option]) -> None:
    today = local_day(now())
    opened = {"starts_on": today.isoformat(), "ends_on": (today + timedelta(days=6)).isoformat()}
    typed: dict[str, Any] = {}
    for row in (("deputy_id",), ("starts_on", "ends_on"), ("amount_limit",), ("reason",)):
        for column, name in zip(st.columns(len(row)), row, strict=True):
            with column:
                typed[name] = _field(name, opened, offered)
    _remember(typed, offered)
    typed["kinds"] = st.multiselect(
        t("field.kinds"),
        list(KINDS),
        format_func=lambda code: t(f"kind.{code}"),
        key=_key("kinds"),
        help=t("help.kinds"),
        placeholder=t("deputies.all_kinds"),
        select_all=False,
    )
    _say("kinds")
    if st.button(t("deputies.name"), type="primary", icon=":material/swap_horiz:"):
        _name(me, typed, {one.value: one.label for one in offered})


def _remember(typed: dict[str, Any], offered: list[Option]) -> None:
    """Whoever was chosen and was disabled meanwhile is sent all the same: the answer names him."""
    key = _key("chosen")
    if typed["deputy_id"] is None and st.session_state.get(key) not in {None, *(one.value for one in offered)}:
        typed["deputy_id"] = st.session_state[key]
    else:
        st.session_state[key] = typed["deputy_id"]


def _field(name: str, opened: dict[str, str], offered: list[Option]) -> Any:
    help_said = t("help.amount_limit") if name == "amount_limit" else None
    field = spec(DelegationForm, name)
    value = draw_field(field, _key(name), opened.get(name), t(f"field.{name}"), help_said, offered)
    _say(name)
    return value


def _key(name: str) -> str:
    return f"deputies.{st.session_state.get(_NAMED, 0)}.{name}"


def _say(name: str) -> None:
    faults: tuple[Fault, ...] = st.session_state.get(_FAULTS, ())
    say_faults(fault for fault in faults if fault.field == name)


def _name(me: Person, typed: dict[str, Any], names: dict[Any, str]) -> None:
    def name() -> Delegation:
        with writing() as session:
            return delegate(session, me, typed, now())

    done, st.session_state[_FAULTS] = attempt(name)
    if done:
        st.session_state[_NAMED] = st.session_state.get(_NAMED, 0) + 1
        tell_next(
            t(
                "deputies.named",
                name=escaped(names[done.deputy_id].partition("  ")[0]),
                start=done.starts_on,
                end=done.ends_on,
            )
        )
    if done or st.session_state[_FAULTS]:
        st.rerun()


def _row(me: Person, delegation: Delegation, giver: Person, deputy: Person) -> None:
    mine = giver.id == me.id
    said = t("deputies.mine", name=deputy.name) if mine else t("deputies.theirs", name=giver.name)
    days = f"{words(delegation.starts_on)} – {words(delegation.ends_on)}"
    reason = f" · {delegation.reason}" if delegation.reason else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        small = escaped(f"{days} · {_limits(delegation)}{reason}")
        st.markdown(f"**{escaped(said)}**  \n:small[:gray[{small}]]", width="stretch")
        if mine and st.button(t("deputies.end"), key=f"deputies.end.{delegation.id}", icon=":material/close:"):
            _end(me, delegation.id)


def _limits(delegation: Delegation) -> str:
    kinds = t("word.comma").join(t(f"kind.{code}") for code in delegation.kinds) or t("deputies.all_kinds")
    limit = delegation.amount_limit
    amount = t("deputies.no_limit") if limit is None else t("deputies.up_to", amount=words(limit))
    return t("deputies.limits", kinds=kinds, limit=amount)


def _end(me: Person, id: int) -> None:
    def end() -> Delegation:
        with writing() as session:
            return end_delegation(session, me, id, now())

    if attempt(end)[0]:
        tell_next(t("deputies.ended"))
        st.rerun()
