"""What a manager sees of the budget at a glance: what is left, how it burns, which lines run dry (P2-5.2)."""

import streamlit as st

from services.reports.budget import Alert, Burn
from ui.charts import budget as charts
from ui.charts import draw, in_units, money_unit
from ui.links import page
from ui.texts import escaped, t

FEW = 3
_TALL = 190


def budget_glance(seen: Burn, warned: list[Alert]) -> None:
    """A card: the year's course with its end, and the worst alerts; the rest is one click away."""
    total, forecast = seen.total, seen.forecasts[0] if seen.forecasts else None
    share = f"{total.left / total.plan:.0%}" if total.plan else "—"
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            said = t("burn.glance", left=in_units(total.left), share=share, unit=money_unit())
            st.markdown(f"**{t('burn.glance_title')}**  :gray[:small[{said}]]", width="stretch")
            query = {"department": str(seen.scope.department_id)} if seen.scope.department_id else {}
            st.page_link(page("budget"), label=t("burn.more"), icon=":material/arrow_forward:", query_params=query)
        draw(charts.course, charts.course_rows(seen, forecast), key="glance", height=_TALL)
        for one in warned[:FEW]:
            alert_line(one)
        if len(warned) > FEW:
            st.caption(t("burn.more_alerts", count=len(warned) - FEW))


def alert_line(one: Alert) -> None:
    """A line of the budget that runs dry, or has: what of which department, and how much."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        badge = f":red-badge[{t('burn.over')}]" if one.over else f":orange-badge[{t('burn.near')}]"
        name = t("burn.papers_of", department=escaped(one.line.department), category=one.line.category)
        st.markdown(f"{badge} :small[{name}]", width="stretch")
        sums, key = one.line.sums, "burn.over_by" if one.over else "burn.used_left"
        said = t(key, share=f"{sums.share or 0:.0%}", amount=abs(sums.left))
        st.markdown(f":small[:gray[{said}]]", width="content", text_alignment="right")
