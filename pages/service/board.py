"""The dispatch board: whom to send to which call, seen beside everybody's day (P5-8.1, P6-8b)."""

from collections.abc import Sequence
from datetime import date, time
from itertools import groupby

import streamlit as st

from models import Document, Person, Severity
from services.database import reading, writing
from services.documents import KINDS
from services.durations import due_words
from services.errors import Fault
from services.people import has_role, local_day
from services.reports.dispatch import DISPATCHERS, FULL_DAY, Board, Day, Waiting, assign, board, span
from ui.clock import now
from ui.links import page
from ui.say import attempt, tell_next
from ui.session import signed_in
from ui.texts import escaped, fault_text, t, words

_COLOURS = {Severity.CRITICAL: "red", Severity.MAJOR: "orange", Severity.NORMAL: "gray"}
_BEGINS, _ENDS = time(9), time(11)


def dispatch_board() -> None:
    me = signed_in()
    today = local_day(now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.dispatch_board"), anchor=False, width="content")
        st.space("stretch")
        day = st.date_input(
            t("board.day"), today, key="board.day", format="YYYY-MM-DD", label_visibility="collapsed", width=150
        )
    day = day if isinstance(day, date) else today
    with reading() as session:
        seen = board(session, me, day, now())
        plans = has_role(session, me, *DISPATCHERS)
    left, right = st.columns([5, 7], gap="medium")
    with left:
        _calls(me, seen, plans=plans)
    with right:
        _days(me, seen, plans=plans)


def _calls(me: Person, seen: Board, *, plans: bool) -> None:
    st.markdown(f"**{t('board.open')}** :gray[{len(seen.calls)}]")
    if not seen.calls:
        st.info(t("board.none"), icon=":material/task_alt:")
    for area, calls in groupby(seen.calls, lambda one: one.area):
        st.markdown(f":gray[{escaped(area)}]")
        for call in calls:
            with st.container(border=True, gap="xsmall"):
                _card(call)
                if plans:
                    _planner(me, seen, call)


def _card(call: Waiting) -> None:
    urgency = Severity(call.urgency)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(page(KINDS["SO"].slug), label=call.number, query_params={"number": call.number}, width="content")
        if urgency != Severity.NORMAL:
            st.badge(words(urgency), color=_COLOURS[urgency])  # type: ignore[arg-type]
        if call.parts_missing:
            st.badge(t("SO.mark.parts_missing"), color="orange")
        st.space("stretch")
        if call.due_at:
            key, facts = due_words(call.due_at, now())
            said = t(key, **facts)
            st.markdown(f":red[{said}]" if call.due_at < now() else f":gray[{said}]", width="content")
    st.markdown(f"{escaped(call.customer)}  \n{escaped(call.fault[:80])}  \n:gray[{escaped(call.address)}]")


def _days(me: Person, seen: Board, *, plans: bool) -> None:
    st.markdown(f"**{t('board.days', day=seen.day)}**")
    for one in seen.days:
        with st.container(border=True, gap="xsmall"):
            _head_of(one)
            for visit in one.visits:
                _visit(me, seen, visit, plans=plans)


def _head_of(one: Day) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escaped(one.name)}**", width="content")
        if one.overlaps:
            st.badge(t("board.overlap"), color="red")
        if one.overloaded:
            st.badge(t("board.overload", hours=FULL_DAY), color="orange")
        st.space("stretch")
        said = t("board.hours", hours=one.hours) if one.visits else t("board.free")
        st.markdown(f":gray[{said}]", width="content")


def _visit(me: Person, seen: Board, visit: Waiting, *, plans: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        begins, ends = (words(one)[-5:] if one else "" for one in (visit.planned_from, visit.planned_until))
        st.markdown(f"{begins}-{ends}", width="content")
        st.page_link(page(KINDS["SO"].slug), label=visit.number, query_params={"number": visit.number}, width="content")
        st.markdown(f":gray[{escaped(visit.customer)}]", width="content")
        if visit.parts_missing:
            st.badge(t("SO.mark.parts_missing"), color="orange")
        st.space("stretch")
        if plans:
            _planner(me, seen, visit)


def _planner(me: Person, seen: Board, call: Waiting) -> None:
    """Who goes, and when: a small form behind a button, for a new visit as for one that is moved."""
    key = f"board.{call.id}.{call.version}"
    moved = call.planned_from is not None and call.technician_id is not None
    with st.popover(t("board.move" if moved else "board.assign"), key=f"{key}.open", icon=":material/person_add:"):
        ids = [one.person_id for one in seen.days]
        names = {one.person_id: one.name for one in seen.days}
        at = ids.index(call.technician_id) if call.technician_id in ids else None
        person = st.selectbox(
            t("field.technician_id"), ids, at, key=f"{key}.person", placeholder="",
            format_func=lambda one: _says(seen, names, one),
        )  # fmt: skip
        day = st.date_input(t("board.day"), seen.day, key=f"{key}.day", format="YYYY-MM-DD")
        first, last = st.columns(2)
        begins = first.time_input(t("board.from"), _time(call, "planned_from", _BEGINS), key=f"{key}.from")
        ends = last.time_input(t("board.until"), _time(call, "planned_until", _ENDS), key=f"{key}.until")
        if st.button(t("action.complete.dispatch"), type="primary", key=f"{key}.do", width="stretch"):
            _assign(me, call, person, day if isinstance(day, date) else seen.day, begins, ends)


def _says(seen: Board, names: dict[int, str], person_id: int) -> str:
    """A technician with the hours that he has on the day of the board."""
    hours = next(one.hours for one in seen.days if one.person_id == person_id)
    return f"{names[person_id]} · {t('board.hours', hours=hours) if hours else t('board.free')}"


def _time(call: Waiting, name: str, otherwise: time) -> time:
    moment = getattr(call, name)
    return time.fromisoformat(words(moment)[-5:]) if moment else otherwise


def _assign(me: Person, call: Waiting, person: int | None, day: date, begins: time, ends: time) -> None:
    def one_act() -> Document:
        with writing() as session:
            return assign(session, me, call, person, *span(day, begins, ends), now())

    done, faults = attempt(one_act, speak_for_themselves=_FIELDS)
    if done is not None:
        tell_next(t("told.complete", number=call.number))
        st.rerun()
    _say(faults)


_FIELDS: Sequence[str] = ("technician_id", "planned_from", "planned_until", "category_reason")


def _say(faults: Sequence[Fault]) -> None:
    for fault in faults:
        st.error(fault_text(fault), icon=":material/error:")
