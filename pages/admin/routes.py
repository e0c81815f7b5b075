"""Routes: which way each kind of paper goes, and how another way is drawn, tried, proposed and approved (P6-5)."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from sqlmodel import Session

from models import Person, RouteVersion
from services.database import reading, writing
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.filling import check_value
from services.documents.kind import DocumentType
from services.documents.lookups import options
from services.engine.designing import ProposalForm, StepForm, TrialForm, changeable, differences, opened, redrawn
from services.engine.preview import on_trial
from services.engine.soundness import problems
from services.engine.versions import (
    Listed,
    VersionState,
    approve,
    current_route,
    decline,
    may_decide,
    may_propose,
    propose,
    versions,
    waiting_kinds,
    withdraw_proposal,
)
from services.errors import Fault
from services.people import local_day
from services.routes import Route, as_data
from ui.clock import now
from ui.form import draw_field, say_faults
from ui.route import condition_words, draw_differences, draw_picture, draw_problems, draw_steps
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, label, step_name, t, words
from ui.timeline import draw_stations


def routes() -> None:
    """For administrators, who propose, and for the general manager, who decides."""
    me = signed_in()
    with reading() as session:
        proposes, decides = may_propose(session, me), may_decide(session, me)
        if not (proposes or decides):
            st.warning(t("routes.shut"), icon=":material/block:")
            return
        waiting = waiting_kinds(session)
        st.subheader(t("menu.routes"), anchor=False)
        kind = KINDS[_kind(waiting)]
        listed = versions(session, me, kind.code, now())
        chosen = _chosen(kind, listed)
        _heading(session, me, kind, chosen, proposes=proposes, decides=decides)
        first = ["steps", "differences"]
        if chosen.state == VersionState.WAITING:
            first.reverse()
        keys = [*first, *(["design"] if proposes else []), "trial"]
        parts = dict(zip(keys, st.tabs([t(f"routes.tab.{key}") for key in keys]), strict=True))
        with parts["steps"]:
            _steps(session, kind, chosen.route)
        with parts["differences"]:
            holding = current_route(session, kind.code, now())
            draw_differences(session, kind, differences(holding, chosen.route))
        route = chosen.route
        if proposes:
            with parts["design"]:
                route = _design(session, me, kind, chosen, waits=kind.code in waiting)
        with parts["trial"]:
            _trial(session, me, kind, route)


def _kind(waiting: list[str]) -> str:
    codes = list(KINDS)
    asked = st.query_params.get("kind")
    first = asked if asked in KINDS else next(iter(waiting), codes[0])
    kind: str = st.selectbox(
        t("routes.kind"), codes, codes.index(first), key="routes.kind", width=360,
        format_func=lambda code: t(f"kind.{code}"),
    )  # fmt: skip
    if waiting:
        st.caption(t("routes.waits_for", kinds=t("word.comma").join(t(f"kind.{code}") for code in waiting)))
    return kind


def _chosen(kind: DocumentType, listed: list[Listed]) -> Listed:
    """The list of versions; a click shows one, at first the one that waits, else the one in force."""
    with reading() as session:
        names = {one.id: one.name for one in _authors(session, listed)}
    frame = pd.DataFrame(
        [
            {
                t("routes.column.number"): _number(one),
                t("column.state"): _state(one),
                t("routes.column.author"): names.get(one.row.created_by_id, "") if one.row else "",
                t("routes.column.reason"): one.row.note if one.row else "",
            }
            for one in listed
        ]
    )
    wide = {t("column.state"): st.column_config.Column(width="large")}
    picked = st.dataframe(
        frame, hide_index=True, on_select="rerun", selection_mode="single-cell", key=f"routes.{kind.code}",
        column_config=wide,
    )  # fmt: skip
    cells = picked["selection"]["cells"]
    if cells and cells[0][0] < len(listed):
        return listed[cells[0][0]]
    first = (VersionState.WAITING, VersionState.IN_FORCE)
    return next(one for state in first for one in listed if one.state == state)


def _heading(
    session: Session, me: Person, kind: DocumentType, chosen: Listed, *, proposes: bool, decides: bool
) -> None:
    st.markdown(f"**{escaped(_number(chosen))}**{t('word.stop')}{_state(chosen)}")
    draw_problems(problems(session, kind, chosen.route, now()))
    row = chosen.row
    if row is None or chosen.state != VersionState.WAITING:
        return
    with st.container(horizontal=True):
        if decides:
            _decide(me, row)
        own = proposes and row.created_by_id == me.id
        if own and st.button(t("routes.withdraw"), icon=":material/undo:", key=f"routes.{row.id}.withdraw"):
            _act(lambda session: withdraw_proposal(session, me, row.id, now()), "routes.told.withdrawn")


def _decide(me: Person, row: RouteVersion) -> None:
    key = f"routes.{row.id}"  # an answer is to this proposal, and not to one that took its place meanwhile
    if st.button(t("action.approve"), icon=":material/check:", type="primary", key=f"{key}.approve"):
        _act(lambda session: approve(session, me, row.id, now()), "routes.told.approved")
    with st.popover(t("action.reject"), icon=":material/close:"):
        note = st.text_area(t("action.note"), key=f"{key}.decline.note", max_chars=500)
        if st.button(t("action.reject"), key=f"{key}.decline"):
            _act(lambda session: decline(session, me, row.id, note or "", now()), "routes.told.declined")


def _steps(session: Session, kind: DocumentType, route: Route) -> None:
    left, right = st.columns([3, 1], gap="medium")
    with left:
        draw_steps(session, kind, route)
    with right:
        draw_picture(session, kind, route)


def _design(session: Session, me: Person, kind: DocumentType, chosen: Listed, *, waits: bool) -> Route:
    """A small form for each step; what is wrong and what differs is said at once."""
    if waits:
        st.caption(t("routes.decide_first"))
        return chosen.route
    key = f"routes.{kind.code}.{chosen.row.id if chosen.row else 'declared'}"
    faults: tuple[Fault, ...] = st.session_state.get(f"{key}.faults", ())
    left, right = st.columns([3, 1], gap="medium")
    with left:
        typed = {step.key: _step(session, kind, key, number, chosen.route) for number, step in enumerate(chosen.route)}
    route, wrong = redrawn(kind.route, chosen.route, typed)
    with right:
        for fault in wrong:
            st.markdown(f":red[{step_name(fault.table or '')}]")
            say_faults([fault])
        draw_problems(problems(session, kind, route, now()))
        changes = differences(current_route(session, kind.code, now()), route)
        st.markdown(f"**{t('routes.tab.differences')}**")
        draw_differences(session, kind, changes)
        _propose(me, kind, key, route, faults, ready=bool(changes) and not wrong)
    return route


def _step(session: Session, kind: DocumentType, key: str, number: int, route: Route) -> dict[str, Any]:
    step = route[number]
    values, names = opened(number + 1, step), changeable(step)
    with st.container(border=True):
        when = escaped(condition_words(session, kind, step))
        st.markdown(f"**{step_name(step.key)}**" + (f"  :gray[:small[{when}]]" if when else ""))
        columns = dict(zip(StepForm.model_fields, st.columns([1, 3, 3, 1, 2, 2]), strict=True))
        typed = {}
        for name in names:
            with columns[name]:
                value = getattr(values[name], "value", values[name])
                field = spec(StepForm, name)
                typed[name] = draw_field(field, f"{key}.{step.key}.{name}", value, t(f"routes.field.{name}"), None, [])
    return typed


def _propose(me: Person, kind: DocumentType, key: str, route: Route, faults: tuple[Fault, ...], *, ready: bool) -> None:
    typed = {}
    opens = {"valid_from": local_day(now()).isoformat()}
    for name in ProposalForm.model_fields:
        field = spec(ProposalForm, name)
        typed[name] = draw_field(field, f"{key}.{name}", opens.get(name), t(f"routes.field.{name}"), None, [])
        say_faults(fault for fault in faults if fault.field == name)
    pressed = st.button(
        t("routes.propose"),
        type="primary",
        icon=":material/send:",
        disabled=not ready,
        key=f"routes.{kind.code}.propose",
    )
    if pressed and ready:
        checked = {name: check_value(spec(ProposalForm, name), typed[name]) for name in typed}
        st.session_state[f"{key}.faults"] = tuple(fault for _, fault in checked.values() if fault)
        if st.session_state[f"{key}.faults"]:
            st.rerun()
        values = {name: value for name, (value, _) in checked.items()}
        _act(
            lambda session: propose(session, me, kind.code, as_data(route), **values, now=now()),
            "routes.told.proposed",
        )


def _trial(session: Session, me: Person, kind: DocumentType, route: Route) -> None:
    """Whose paper, how much: who would decide. Nothing is stored."""
    key = f"routes.trial.{kind.code}"
    typed: dict[str, Any] = {}
    asked = _asked(kind, route)
    for name, column in zip((*TrialForm.model_fields, *asked), st.columns(2 + len(asked)), strict=True):
        form = TrialForm if name in TrialForm.model_fields else kind.form
        field = spec(form, name)
        said = t(f"routes.field.{name}") if form is TrialForm else label(kind, name)
        offered = options(session, me, kind, field, now()) if field.table else []
        with column:
            typed[name], fault = check_value(field, draw_field(field, f"{key}.{name}", None, said, None, offered))
            if fault and fault.key != "fault.required":
                say_faults([fault])
    applicant = session.get(Person, typed.pop("applicant_id") or 0)
    wrong = [one for one in problems(session, kind, route, now()) if not one.is_vacancy]
    draw_problems(wrong)
    if applicant and not wrong:
        amount = typed.pop("amount")
        draw_stations(on_trial(session, kind.code, route, applicant, amount, typed, now()), t("timeline.ahead"))


def _asked(kind: DocumentType, route: Route) -> list[str]:
    """Fields that the route's conditions look at and the form offers as a choice."""
    fields = dict.fromkeys(condition.field for step in route for condition in step.when)
    return [one for one in fields if one in kind.form.model_fields and spec(kind.form, one).kind == Type.CHOICE]


def _act(act: Callable[[Session], RouteVersion], told: str) -> None:
    def one_act() -> RouteVersion:
        with writing() as session:
            return act(session)

    done, _ = attempt(one_act)
    if done:
        tell_next(t(told, number=done.number))
        st.rerun()


def _authors(session: Session, listed: list[Listed]) -> list[Person]:
    ids = {one.row.created_by_id for one in listed if one.row}
    return [person for id in ids if id and (person := session.get(Person, id))]


def _number(one: Listed) -> str:
    shipped = t("routes.shipped") if one.row is None or one.row.shipped else ""
    number = t("routes.number", number=one.row.number) if one.row else ""
    return " · ".join(part for part in (number, shipped) if part)


def _state(one: Listed) -> str:
    facts = {"date": words(one.row.valid_from)} if one.row and one.row.valid_from else {"date": ""}
    return t(f"routes.state.{one.state}", **facts)
