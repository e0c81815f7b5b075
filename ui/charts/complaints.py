"""The charts of the turnaround page: cases by week, time to the end by month, time at each step, causes, and the cases
by department, product or severity.
"""

from typing import Any

import altair as alt

from services.reports.service_month import ServiceMonth
from services.reports.turnaround import Group, Turnaround
from ui.charts import Look
from ui.texts import step_name, t, words

WEEK, MONTH, STEP, CAUSE, GROUP = "week", "month", "step", "cause", "group"
_TEXT, _TOP = alt.Text("said:N"), alt.Text("top:N")
_BESIDE = 8
"""Months that leave room for a figure between their boxes."""
_GROUPS = 8
"""So many departments or products stand in a chart; its table has all."""
_BOX = 16
"""Pixels: twelve months beside each other."""
_WORDS = 1.45
"""The axis goes on so far behind the longest bar, so that the words beside it are not cut."""
_SHORT = 0.5
"""Days: what takes less is said in hours."""
_MOST = 0.8
"""Causes that together make up so much are the ones to begin with."""


def weeks_rows(seen: Turnaround | ServiceMonth) -> list[dict[str, Any]]:
    """A row a bar, and one a point of the line of open cases, or of open service orders."""
    found: list[dict[str, Any]] = []
    for place, one in enumerate(seen.weeks):
        key = {"week": one.start.isoformat(), "label": t("turnaround.week", week=one.start.isocalendar().week)}
        key["place"] = place  # type: ignore[assignment]
        found += [key | {"sort": "received", "count": one.received}, key | {"sort": "closed", "count": one.closed}]
        found.append(key | {"sort": "open", "count": one.open})
    if seen.weeks:
        last = found[-1]
        found.append(last | {"sort": "label", "said": t("turnaround.open_now", count=last["count"])})
    return found


def weeks(look: Look) -> alt.LayerChart:
    """In and closed side by side, with the line of those that stay open."""
    colours = look.colours
    picked = alt.selection_point(name=WEEK, fields=["week"], empty=False)
    axis = alt.Axis(title=None, grid=False, labelAngle=0, labelOverlap=True, labelExpr="split(datum.label, '|')[1]")
    x = alt.X("key:N", axis=axis, sort=alt.EncodingSortField("place", op="min"))
    y = alt.Y("count:Q", axis=alt.Axis(title=None, tickCount=4, format="d"), scale=alt.Scale(zero=True))
    base = alt.Chart().transform_calculate(key="datum.week + '|' + datum.label").encode(x=x, y=y)
    tips = [alt.Tooltip("week:N", title=t("turnaround.from")), alt.Tooltip("count:Q", title=t("turnaround.cases"))]
    bars = (
        base.transform_filter("datum.sort === 'received' || datum.sort === 'closed'")
        .mark_bar()
        .encode(
            xOffset=alt.XOffset("sort:N", sort=["received", "closed"]),
            color=alt.condition("datum.sort === 'closed'", alt.value(colours.spent), alt.value(colours.plan)),
            opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
            tooltip=tips,
        )
        .add_params(picked)
    )
    line = base.transform_filter("datum.sort === 'open'").mark_line(
        color=colours.ink, strokeWidth=1.6, point={"filled": True, "size": 26, "color": colours.ink}
    )
    end = base.transform_filter("datum.sort === 'label'").mark_text(
        align="right", dy=-12, fontWeight="bold", color=colours.ink
    )
    return alt.layer(bars, line, end.encode(text=_TEXT))


def spread_rows(seen: Turnaround) -> list[dict[str, Any]]:
    """A row a month, and the target across all of them."""
    found: list[dict[str, Any]] = [
        {
            "sort": "month",
            "month": one.month,
            "low": one.low,
            "quarter": one.quarter,
            "median": one.median,
            "three": one.three_quarters,
            "high": one.high,
            "said": f"{one.median:.1f}" if len(seen.spreads) <= _BESIDE else "",
            "top": f"{one.high:.1f}",
            "count": one.count,
        }
        for one in seen.spreads
    ]
    return [*found, {"sort": "target", "median": seen.days_target}]


def spread(look: Look) -> alt.LayerChart:
    """The middle half as a box, from the tenth to the ninetieth of a hundred as a line, the median in it.

    The target is a dashed line that the words above the chart name: beside it no place is free of the months' figures.
    """
    colours = look.colours
    picked = alt.selection_point(name=MONTH, fields=["month"], empty=False)
    axis = alt.Axis(title=None, grid=False, labelAngle=0, labelOverlap=True, labelExpr="slice(datum.label, 2)")
    x = alt.X("month:N", axis=axis)
    axis = alt.Axis(title=None, tickCount=4)
    months = alt.Chart().transform_filter("datum.sort === 'month'").encode(x=x)
    tips = [
        alt.Tooltip("month:N", title=t("turnaround.closed_in")),
        alt.Tooltip("count:Q", title=t("turnaround.cases")),
        alt.Tooltip("median:Q", title=t("turnaround.median"), format=".1f"),
        alt.Tooltip("high:Q", title=t("turnaround.ninetieth"), format=".1f"),
    ]
    whisker = months.mark_rule(color=colours.plan).encode(y=alt.Y("low:Q", axis=axis), y2="high:Q")
    box = (
        months.mark_bar(size=_BOX, color=colours.reserved, cornerRadius=2)
        .encode(
            y=alt.Y("quarter:Q", axis=axis),
            y2="three:Q",
            tooltip=tips,
            opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
        )
        .add_params(picked)
    )
    middle = months.mark_tick(color=colours.spent, thickness=2.4, size=_BOX).encode(y=alt.Y("median:Q", axis=axis))
    named = months.mark_text(align="left", dx=12, color=colours.ink).encode(y="median:Q", text=_TEXT)
    top = months.mark_text(dy=-8, color=colours.faint).encode(y="high:Q", text=_TOP)
    target = alt.Chart().transform_filter("datum.sort === 'target'")
    line = target.mark_rule(color=colours.over, strokeDash=[4, 3]).encode(y=alt.Y("median:Q", axis=axis))
    return alt.layer(whisker, box, middle, named, top, line)


def steps_rows(seen: Turnaround) -> list[dict[str, Any]]:
    """A row a step, in the order of the route."""
    most = max((max(one.median, one.limit or 0) for one in seen.steps), default=0.0)
    return [
        {
            "step": one.step,
            "name": step_name(one.step),
            "place": place,
            "days": one.median,
            "limit": one.limit,
            "over": one.over,
            "said": _long(one.median),
            "count": one.count,
            "waiting": one.waiting,
            "at": max(one.median, one.limit or 0),
            "reach": most * _WORDS,
        }
        for place, one in enumerate(seen.steps)
    ]


def steps(look: Look) -> alt.LayerChart:
    """The median of each step as a bar, its limit as a mark, red where it is beyond."""
    colours = look.colours
    picked = alt.selection_point(name=STEP, fields=["step"], empty=False)
    y = alt.Y(
        "name:N", sort=alt.EncodingSortField("place", op="min"), axis=alt.Axis(title=None, grid=False, labelLimit=170)
    )
    x = alt.X("days:Q", axis=None, scale=alt.Scale(zero=True))
    base = alt.Chart().encode(y=y)
    tips = [
        alt.Tooltip("name:N", title=t("turnaround.step")),
        alt.Tooltip("days:Q", title=t("turnaround.median"), format=".1f"),
        alt.Tooltip("limit:Q", title=t("turnaround.limit"), format=".1f"),
        alt.Tooltip("count:Q", title=t("turnaround.done")),
        alt.Tooltip("waiting:Q", title=t("turnaround.waiting")),
    ]
    bars = (
        base.mark_bar(cornerRadius=1)
        .encode(
            x=x,
            color=alt.condition("datum.over", alt.value(colours.over), alt.value(colours.spent)),
            opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
            tooltip=tips,
        )
        .add_params(picked)
    )
    limits = base.transform_filter("datum.limit !== null").mark_tick(color=colours.ink, thickness=1.5)
    named = base.mark_text(align="left", dx=8).encode(x=alt.X("at:Q"), text=_TEXT)
    return alt.layer(bars, limits.encode(x="limit:Q"), named, _reach(base))


def _long(days: float) -> str:
    if days < _SHORT:
        return t("turnaround.hours", hours=f"{days * 24:.1f}")
    return t("turnaround.days", days=f"{days:.1f}")


def causes_rows(seen: Turnaround) -> list[dict[str, Any]]:
    """The most frequent first; those that make up most of them stand out."""
    found, before = [], 0.0
    for place, one in enumerate(seen.causes):
        found.append(
            {
                "cause": one.cause.value,
                "name": words(one.cause),
                "place": place,
                "count": one.count,
                "said": f"{one.count} ({one.cumulative:.0%})",
                "first": before < _MOST,
                "reach": seen.causes[0].count * _WORDS,
            }
        )
        before = one.cumulative
    return found


def causes(look: Look) -> alt.LayerChart:
    """A bar a cause, with its count and the share of it and those above it."""
    colours = look.colours
    picked = alt.selection_point(name=CAUSE, fields=["cause"], empty=False)
    base = _by_count(labels=170)
    bars = base.mark_bar(cornerRadius=1).encode(
        color=alt.condition("datum.first", alt.value(colours.spent), alt.value(colours.reserved)),
        opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
        tooltip=[
            alt.Tooltip("name:N", title=t("turnaround.cause")),
            alt.Tooltip("count:Q", title=t("turnaround.cases")),
        ],
    )
    named = base.mark_text(align="left", dx=8).encode(text=_TEXT)
    return alt.layer(bars.add_params(picked), named, _reach(base))


def _by_count(*, labels: int) -> alt.Chart:
    """A line a name, as wide as its count; its label takes so many pixels at most."""
    axis = alt.Axis(title=None, grid=False, labelLimit=labels)
    y = alt.Y("name:N", sort=alt.EncodingSortField("place", op="min"), axis=axis)
    return alt.Chart().encode(y=y, x=alt.X("count:Q", axis=None, scale=alt.Scale(zero=True)))


def _reach(base: alt.Chart) -> alt.Chart:
    return base.mark_point(opacity=0).encode(x="reach:Q")


def groups_rows(groups: list[Group]) -> list[dict[str, Any]]:
    """A row a department, a product or a severity, the most cases first."""
    return [
        {
            "group": one.name,
            "name": one.name or "—",
            "place": place,
            "count": one.count,
            "closed": one.closed,
            "median": one.median,
            "score": one.score,
            "cost": "" if one.cost is None else words(one.cost),
            "said": str(one.count) if one.median is None else f"{one.count} ({_long(one.median)})",
            "reach": groups[0].count * _WORDS,
        }
        for place, one in enumerate(groups[:_GROUPS])
    ]


def groups(look: Look) -> alt.LayerChart:
    """A bar a part of the cases, with how many and how long they took; satisfaction and cost where one points."""
    colours = look.colours
    picked = alt.selection_point(name=GROUP, fields=["group"], empty=False)
    base = _by_count(labels=150)
    bars = base.mark_bar(cornerRadius=1, color=colours.spent).encode(
        opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
        tooltip=[
            alt.Tooltip("name:N", title=t("turnaround.behind")),
            alt.Tooltip("count:Q", title=t("turnaround.cases")),
            alt.Tooltip("closed:Q", title=t("turnaround.closed")),
            alt.Tooltip("median:Q", title=t("turnaround.median"), format=".1f"),
            alt.Tooltip("score:Q", title=t("turnaround.satisfaction"), format=".1f"),
            alt.Tooltip("cost:N", title=t("turnaround.cost")),
        ],
    )
    named = base.mark_text(align="left", dx=8).encode(text=_TEXT)
    return alt.layer(bars.add_params(picked), named, _reach(base))
