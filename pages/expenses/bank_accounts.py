"""Bank accounts: what is new waits for a second person; what is confirmed is paid to (P8-3.1)."""

from collections.abc import Callable

import pandas as pd
import streamlit as st
from sqlmodel import Session

from models import AccountChange, AccountChangeForm, Person
from services.database import reading, writing
from services.documents.bank_accounts import (
    Account,
    Changed,
    confirm_account,
    decline_account,
    past_changes,
    propose_account,
    waiting_changes,
    withdraw_account,
)
from services.documents.fields import spec
from services.errors import Fault
from services.people import everybody
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.people import called
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, t, words


def bank_accounts() -> None:
    """What waits for a second person, a form to enter an account for somebody, and what has become of the others."""
    me = signed_in()
    with reading() as session:
        waiting, past = waiting_changes(session, me), past_changes(session, me)
        names = called(session, everybody(session))
    st.subheader(t("menu.bank_accounts"), anchor=False)
    st.caption(t("bank.help"))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if not waiting:
            st.info(t("bank.none"), icon=":material/task_alt:")
        for one in waiting:
            _waits(me, one)
    with right, st.container(border=True):
        st.markdown(f"**{t('bank.enter')}**")
        person = st.selectbox(
            t("bank.person"), list(names), None, format_func=lambda id: names.get(id, ""), placeholder=""
        )
        _form(me, person)
    _history(past)


def account_of_mine(me: Person, mine: Person) -> None:
    """The account that is paid to, what waits beside it, and the way to name another one."""
    with reading() as session:
        waiting = [one for one in waiting_changes(session, me) if one.row.person_id == me.id]
    with st.container(border=True, gap="small"):
        st.markdown(f"**{t('bank.mine')}**")
        st.markdown(escaped(f"{mine.bank_name or ''} {mine.bank_account or ''}".strip()) or t("settings.none"))
        for one in waiting:
            _waits(me, one)
        with st.popover(t("bank.change"), icon=":material/edit:"):
            _form(me, me.id)
        st.caption(t("bank.second_person"))


def _waits(me: Person, one: Changed) -> None:
    row = one.row
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{escaped(one.person)}** :orange-badge[{t('bank.waits')}]")
        if one.former:
            st.markdown(f":small[:gray[{t('bank.former')}]] {escaped(_said(one.former))}")
        st.markdown(f":small[:gray[{t('bank.new')}]] **{escaped(_said(Account(row.bank_name, row.bank_account)))}**")
        said = [t("bank.entered_by", who=one.by, at=words(row.proposed_at)), one.number or "", row.note]
        st.caption(escaped("  ".join(filter(None, said))))
        with st.container(horizontal=True):
            if one.may_decide:
                if st.button(t("bank.confirm"), type="primary", icon=":material/check:", key=f"bank.{row.id}.yes"):
                    _act(lambda session: confirm_account(session, me, row.id, now()), "bank.told.confirmed")
                with st.popover(t("bank.decline"), icon=":material/close:"):
                    why = st.text_input(t("action.note"), max_chars=200, key=f"bank.{row.id}.why")
                    if st.button(t("bank.decline"), key=f"bank.{row.id}.no"):
                        _act(lambda session: decline_account(session, me, row.id, why, now()), "bank.told.declined")
            if one.may_withdraw and st.button(t("routes.withdraw"), icon=":material/undo:", key=f"bank.{row.id}.back"):
                _act(lambda session: withdraw_account(session, me, row.id, now()), "bank.told.withdrawn")


def _form(me: Person, person_id: int | None) -> None:
    key = f"bank.{person_id}"
    faults: tuple[Fault, ...] = st.session_state.get(f"{key}.faults", ())
    typed = {}
    for name in AccountChangeForm.model_fields:
        typed[name] = draw_field(spec(AccountChangeForm, name), f"{key}.{name}", None, t(f"bank.{name}"), None, [])
        say_faults(fault for fault in faults if fault.field == name)
    if st.button(t("bank.send"), type="primary", disabled=person_id is None, key=f"{key}.send") and person_id:
        found = _act(lambda session: propose_account(session, me, person_id, typed, now()), "bank.told.entered")
        st.session_state[f"{key}.faults"] = found
        if found:
            st.rerun()


def _history(past: list[Changed]) -> None:
    st.markdown(f"**{t('bank.history')}**")
    if not past:
        st.caption(t("bank.no_history"))
        return
    rows = [
        {
            t("bank.person"): one.person,
            t("bank.former"): _said(one.former) if one.former else "",
            t("bank.new"): _said(Account(one.row.bank_name, one.row.bank_account)),
            t("column.state"): t("bank.confirmed" if one.row.accepted else "bank.declined"),
            t("bank.by"): one.by,
            t("bank.decided_by"): one.decided_by,
            t("bank.decided_at"): words(one.row.decided_at),
            t("bank.reason"): one.row.reason or one.row.note or "",
        }
        for one in past
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(38 + 35 * len(rows), 500), key="bank.history")


def _act(act: Callable[[Session], AccountChange], told: str) -> tuple[Fault, ...]:
    def one_act() -> AccountChange:
        with writing() as session:
            return act(session)

    done, found = attempt(one_act, speak_for_themselves=tuple(AccountChangeForm.model_fields))
    if done:
        tell_next(t(told))
        st.rerun()
    return found


def _said(account: Account) -> str:
    return f"{account.bank_name} {account.bank_account}".strip()
