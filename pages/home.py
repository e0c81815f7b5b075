"""Home: what waits, what I have under way, and what I can start."""

import pandas as pd
import streamlit as st

from models import State
from pages.papers.document import start
from pages.papers.listing import open_row
from services.access import may_start
from services.compliance import may_read_compliance
from services.database import reading
from services.documents import KINDS
from services.documents.drafts import drafts_of
from services.durations import due_words
from services.inbox import tally, waiting_for
from services.lists import Filters, listing
from services.reports.budget import alerts, burn, own_scope
from services.setting_up import Unfinished, unfinished
from ui.clock import now
from ui.glance import budget_glance
from ui.links import page
from ui.paper import COLOURS, state_words
from ui.session import signed_in
from ui.texts import escaped, language, t, words

FEW = 6


def home() -> None:
    """The page a person opens every morning: first what others wait for, then his own papers."""
    me = signed_in()
    with reading() as session:
        waiting = waiting_for(session, me, now(), limit=FEW)
        counted = tally(session, me, now())
        mine = listing(session, me, Filters(mine=True, states=_LIVING), now(), language=language())
        drafts = drafts_of(session, me)
        scope = own_scope(session, me, now())
        seen = burn(session, me, scope, now()) if scope else None
        warned = alerts(session, seen, now()) if seen else []
        watches = may_read_compliance(session, me)
        kinds = [kind for kind in KINDS.values() if kind.alone and may_start(session, me, kind.code)]
        missing = unfinished(session, me, now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("home.hello", name=escaped(me.name)), anchor=False, width="content")
        if watches:
            st.space("stretch")
            st.page_link(page("compliance"), label=t("menu.compliance"), icon=":material/fact_check:", width="content")
    counts = {
        "home.waiting": counted.count,
        "home.late": counted.late,
        "home.under_way": mine.count,
        "home.drafts": len(drafts),
    }
    with st.container(key="home-counts"):
        for column, (key, value) in zip(st.columns(len(counts)), counts.items(), strict=True):
            column.metric(t(key), value, border=True)
    if missing:
        _set_up(missing)
    with st.container(horizontal=True):
        for kind in kinds:
            if st.button(t(f"start.{kind.code}"), icon=kind.icon, key=f"start.{kind.code}"):
                start(kind.code)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        st.markdown(f"**{t('home.waiting')}**")
        if not waiting:
            st.caption(t("inbox.empty"))
        for row in waiting:
            due = t(f"step.{row.step}.later") if row.planned_end else ""
            due = _flat(due_words(row.due_at, now())) if row.due_at else due
            _line(row.kind, row.number, row.document_id, row.title, row.applicant, row.amount, due)
    with right, st.container(border=True):
        st.markdown(f"**{t('home.mine')}**")
        if not mine.rows and not drafts:
            st.caption(t("home.nothing"))
        for draft in drafts[:3]:
            _line(draft.kind, None, draft.id, draft.title or t("word.untitled"), t("state.draft"), draft.amount)
        for row in mine.rows[:FEW]:
            state = State(row["state"])
            said = state_words(state, row["step"])
            _line(row["kind"], row["number"], row["id"], row["title"], said, row["amount"], "", COLOURS[state])
    if seen and seen.own_lines:
        with right:
            budget_glance(seen, warned)


_LIVING = (State.RUNNING, State.RETURNED, State.WITHDRAWN)


def _set_up(missing: Unfinished) -> None:
    """What stands between a new portal and its first papers, for whoever sets it up."""
    with st.container(border=True):
        st.markdown(f"**{t('setting_up.title')}**")
        st.caption(t("setting_up.how"))
        with st.container(horizontal=True):
            st.page_link(page("master_data"), label=t("setting_up.departments", count=missing.departments),
                         icon=":material/database:", width="content")  # fmt: skip
            st.page_link(page("people"), label=t("setting_up.people", count=missing.people),
                         icon=":material/group:", width="content")  # fmt: skip
        rows = [
            {
                t("setting_up.role"): t(one.role.key),
                t("setting_up.where"): t("print.list_separator").join(one.departments) or t("engine.the_company"),
                t("setting_up.papers"): t("print.list_separator").join(t(f"kind.{code}") for code in one.kinds),
            }
            for one in missing.roles
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")


def _line(
    code: str,
    number: str | None,
    id: int,
    title: str,
    who: str,
    amount: object,
    due: str = "",
    colour: str = "gray",
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, width="stretch"):
            shown = title if len(title) <= 40 else title[:39] + "…"
            if st.button(escaped(shown), key=f"home.{code}.{id}.{who}", type="tertiary", icon=KINDS[code].icon):
                open_row(code, number, id)
            st.markdown(f":gray[:small[{number or ''}]]  :{colour}[:small[{escaped(who)}]]  :gray[:small[{due}]]")
        st.markdown(f"**{words(amount)}**" if amount is not None else "", width=110, text_alignment="right")


def _flat(said: tuple[str, dict[str, object]]) -> str:
    return t(said[0], **said[1])
