"""The briefing page: the month's figures, and one click to the PDF and the slides for the leadership."""

from urllib.parse import urlencode

import streamlit as st

from services.compliance import months_to_look_at
from services.database import reading
from services.months import month_said
from services.reports.briefing import Figure, briefing, may_brief
from ui.clock import now
from ui.filters import choose
from ui.session import signed_in
from ui.texts import language, t

_IN_A_ROW = 4


def briefing_page() -> None:
    me = signed_in()
    with reading() as session:
        if not may_brief(session, me):
            st.warning(t("briefing.not_yours"), icon=":material/block:")
            return
        months = months_to_look_at(now())
        asked = st.query_params.get("month", "")
        month = asked if asked in months else months[0]
        found = briefing(session, me, month, now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("briefing.title", month=month_said(month)), anchor=False, width="content")
        st.space("stretch")
        choose("briefing", "month", months, month, month_said, label=t("compliance.month"))
        for form, icon in (("pdf", ":material/picture_as_pdf:"), ("pptx", ":material/slideshow:")):
            query = urlencode({"month": month, "lang": language()})
            st.link_button(t(f"briefing.{form}"), f"/briefing/{form}?{query}", icon=icon, type="primary")
    st.caption(t("briefing.intro"))
    for start in range(0, len(found.figures), _IN_A_ROW):
        row = found.figures[start : start + _IN_A_ROW]
        columns = st.container(key=f"briefing-{start}-figures").columns(_IN_A_ROW)
        for column, one in zip(columns, row, strict=True):
            _figure(column, one)
    st.caption(t("briefing.scope", weeks=found.cases.scope.weeks))


def _figure(column: st.delta_generator.DeltaGenerator, one: Figure) -> None:
    colour = "" if one.well is None else "green" if one.well else "red"
    words = t(f"briefing.said.{one.name}", **one.facts) if one.facts else "—"
    with column.container(border=True):
        st.markdown(f":gray[{t(f'briefing.{one.name}')}]")
        st.markdown(f"#### :{colour}[{words}]" if colour else f"#### {words}")
