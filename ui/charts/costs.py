"""The charts of the cost report: the months against budget and last year, and who bears what in the end."""

from typing import Any

import altair as alt

from services.reports.case_costs import Borne
from services.reports.costs import Month
from services.reports.earnings import Earned
from services.texts import said, text
from ui.charts import Look, in_units, plotted
from ui.texts import language

MONTH, BEARER = "month", "bearer"


def month_rows(months: list[Month]) -> list[dict[str, Any]]:
    """Spent, planned and last year's, month by month."""
    return [
        {
            "month": one.number,
            "spent": plotted(one.spent),
            "planned": plotted(one.planned),
            "last": plotted(one.last),
            "over": one.spent > one.planned > 0,
            "said": in_units(one.spent) if one.spent else "",
            "spent_yuan": said(language(), one.spent),
            "planned_yuan": said(language(), one.planned),
            "last_yuan": said(language(), one.last),
        }
        for one in months
    ]


def months(look: Look) -> alt.LayerChart:
    """A bar a month, red above its budget, which is the grey tick; last year's is the dashed line."""
    colours = look.colours
    picked = alt.selection_point(name=MONTH, fields=["month"], empty=False)
    names = f"{text(look.language, 'chart.months').split(',')}[datum.value - 1]"
    axis = alt.Axis(title=None, labelAngle=0, grid=False, labelExpr=names)
    base = alt.Chart().encode(x=alt.X("month:O", axis=axis))
    height = alt.Y("spent:Q", axis=alt.Axis(title=None, grid=True, gridColor=colours.grid), scale=alt.Scale(zero=True))
    tips = [
        alt.Tooltip(f"{name}_yuan:N", title=text(look.language, f"costs.column.{name}"))
        for name in ("spent", "planned", "last")
    ]
    bars = base.mark_bar(size=26, cornerRadiusEnd=2).encode(
        y=height,
        color=alt.condition("datum.over", alt.value(colours.over), alt.value(colours.spent)),
        opacity=alt.condition(picked, alt.value(0.65), alt.value(1)),
        tooltip=tips,
    )
    ticks = base.mark_tick(thickness=3, size=34, color=colours.plan).encode(y=alt.Y("planned:Q"), tooltip=tips)
    last = base.mark_line(strokeDash=[4, 3], color=colours.faint, strokeWidth=1.5).encode(y=alt.Y("last:Q"))
    figures = base.mark_text(dy=-7, fontSize=11, color=colours.ink).encode(y=height, text=alt.Text("said:N"))
    return alt.layer(bars.add_params(picked), ticks, last, figures)


def earned_rows(found: list[Earned]) -> list[dict[str, Any]]:
    """Two bars a month: what came in and what it cost; above them the difference."""
    return [
        {
            "month": one.number,
            "sort": sort,
            "height": plotted(amount),
            "top": plotted(max(one.income, one.spent)),
            "loss": one.difference < 0,
            "said": in_units(one.difference) if sort == "income" and (one.income or one.spent) else "",
        }
        | {f"{name}_yuan": said(language(), getattr(one, name)) for name in ("income", "spent", "difference")}
        for one in found
        for sort, amount in (("income", one.income), ("spent", one.spent))
    ]


def earned(look: Look) -> alt.LayerChart:
    """Income green beside cost; the figure above is the difference, red where the month cost more than came in."""
    colours = look.colours
    picked = alt.selection_point(name=MONTH, fields=["month"], empty=False)
    names = f"{text(look.language, 'chart.months').split(',')}[datum.value - 1]"
    axis = alt.Axis(title=None, labelAngle=0, grid=False, labelExpr=names)
    base = alt.Chart().encode(x=alt.X("month:O", axis=axis))
    values = alt.Axis(title=None, grid=True, gridColor=colours.grid)
    tips = [
        alt.Tooltip(f"{name}_yuan:N", title=text(look.language, f"costs.column.{name}"))
        for name in ("income", "spent", "difference")
    ]
    bars = base.mark_bar(cornerRadiusEnd=2).encode(
        xOffset=alt.XOffset("sort:N", sort=["income", "spent"]),
        y=alt.Y("height:Q", axis=values, scale=alt.Scale(zero=True)),
        color=alt.condition("datum.sort == 'income'", alt.value(colours.good), alt.value(colours.spent)),
        opacity=alt.condition(picked, alt.value(0.65), alt.value(1)),
        tooltip=tips,
    )
    figures = base.mark_text(dy=-7, fontSize=11).encode(
        y=alt.Y("top:Q"),
        text=alt.Text("said:N"),
        color=alt.condition("datum.loss", alt.value(colours.over), alt.value(colours.ink)),
    )
    return alt.layer(bars.add_params(picked), figures)


def bearer_rows(found: list[Borne]) -> list[dict[str, Any]]:
    """What each had spent, and what he bears in the end."""
    return [
        {
            "bearer": one.name,
            "key": one.key,
            "order": order,
            "spent": plotted(one.spent),
            "after": plotted(one.after),
            "said": in_units(one.after),
            "spent_yuan": said(language(), one.spent),
            "after_yuan": said(language(), one.after),
        }
        for order, one in enumerate(found)
    ]


def bearers(look: Look) -> alt.LayerChart:
    """A bar of what is borne in the end; the grey tick is what was spent before the rulings."""
    colours = look.colours
    picked = alt.selection_point(name=BEARER, fields=["key"], empty=False)
    base = alt.Chart().encode(
        y=alt.Y(
            "bearer:N",
            sort=alt.EncodingSortField("order", op="min"),
            axis=alt.Axis(title=None, grid=False, labelLimit=130),
        )
    )
    length = alt.X("after:Q", axis=alt.Axis(title=None, grid=True, gridColor=colours.grid), scale=alt.Scale(zero=True))
    tips = [
        alt.Tooltip(f"{name}_yuan:N", title=text(look.language, f"costs.column.{name}")) for name in ("spent", "after")
    ]
    bars = base.mark_bar(size=16, cornerRadiusEnd=2, color=colours.spent).encode(
        x=length, opacity=alt.condition(picked, alt.value(0.65), alt.value(1)), tooltip=tips
    )
    ticks = base.mark_tick(thickness=3, size=20, color=colours.plan).encode(x=alt.X("spent:Q"), tooltip=tips)
    figures = base.mark_text(align="left", dx=6, fontSize=11, color=colours.ink).encode(
        x=length, text=alt.Text("said:N")
    )
    return alt.layer(bars.add_params(picked), ticks, figures)
