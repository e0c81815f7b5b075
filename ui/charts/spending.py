"""The charts of the spending page: what on and when, what a trip costs, how old advances are, which desks are slow."""

from decimal import Decimal
from typing import Any

import altair as alt

from services.ageing import STEPS
from services.reports.spending import MONTHS, Age, Purpose, StepTime, Trips
from services.texts import said, text
from ui.charts import Look, in_units, plotted
from ui.texts import language, step_name, t

CELL, MONTH, AGE, STEP = "cell", "month", "age", "step"
TOTAL = 13
"""The place of a purpose's whole year, after its months."""
_SAID = alt.Text("said:N")
_READS_WHITE = 0.55
"""From here on the ground is so dark that black figures do not read."""


def purpose_rows(purposes: list[Purpose]) -> list[dict[str, Any]]:
    """What was spent on what in which month, and in the year."""
    most = max((amount for one in purposes for amount in one.months), default=Decimal(0)) or Decimal(1)
    rows = []
    for order, one in enumerate(purposes):
        for month, amount in enumerate((*one.months, one.total), start=1):
            share = float(amount / most)
            rows.append(
                {
                    "purpose": one.name,
                    "key": one.key,
                    "order": order,
                    "month": month,
                    "share": max(0.0, share),
                    "whole": month == TOTAL,
                    "dark": share > _READS_WHITE,
                    "said": _cell(amount),
                    "yuan": said(language(), amount),
                }
            )
    return rows


def _cell(amount: Decimal) -> str:
    """What was spent is never said to be nothing, however little it is in the chart's unit."""
    said = in_units(amount) if amount else ""
    return "<0.1" if amount > 0 and not float(said.replace(",", "")) else said


def purposes(look: Look) -> alt.LayerChart:
    """Purpose by month: the more was spent the darker; the year's sum stands after its months."""
    colours = look.colours
    picked = alt.selection_point(name=CELL, fields=["key", "month"], empty=False)
    names = f"datum.value == {TOTAL} ? '{text(look.language, 'spending.column.total')}' : {_months(look)}"
    axis = alt.Axis(title=None, orient="top", labelAngle=0, grid=False, labelExpr=names)
    base = alt.Chart().encode(
        x=alt.X("month:O", axis=axis, scale=alt.Scale(domain=[*MONTHS, TOTAL])),
        y=alt.Y(
            "purpose:N",
            axis=alt.Axis(title=None, grid=False, labelLimit=130),
            sort=alt.EncodingSortField("order", op="min"),
        ),
    )
    scale = alt.Scale(domain=[0, 1], range=[colours.wash, colours.spent], clamp=True, interpolate="rgb")
    cells = base.mark_rect(cornerRadius=3, stroke=colours.ground, strokeWidth=2).encode(
        color=alt.condition("datum.whole", alt.value(colours.ground), alt.Color("share:Q", scale=scale, legend=None)),
        opacity=alt.condition(picked, alt.value(0.65), alt.value(1)),
        tooltip=[
            alt.Tooltip("purpose:N", title=text(look.language, "spending.column.purpose")),
            alt.Tooltip("yuan:N", title=text(look.language, "spending.column.cost")),
        ],
    )
    white = alt.condition("datum.dark && !datum.whole", alt.value("#ffffff"), alt.value(colours.ink))
    return alt.layer(cells.add_params(picked), base.mark_text(fontSize=11).encode(text=_SAID, color=white))


def trip_rows(trips: list[Trips], *, a_day: bool) -> list[dict[str, Any]]:
    """What a trip, or a day of one, cost on average by month of return. A month without audited trips has no bar."""
    rows = []
    for one in trips:
        amount = one.per_day if a_day else one.per_trip
        tip = {"trips": one.trips, "days": one.days, "cost": said(language(), one.cost)}
        figure = (
            {"amount": float(amount), "said": f"{amount:,.0f}"} if amount is not None else {"amount": 0, "said": ""}
        )
        rows.append({"month": one.month} | figure | tip)
    return rows


def trips(look: Look) -> alt.LayerChart:
    """Average cost by month, in yuan."""
    colours = look.colours
    picked = alt.selection_point(name=MONTH, fields=["month"], empty=False)
    base = alt.Chart().encode(
        x=alt.X("month:O", axis=alt.Axis(title=None, labelAngle=0, grid=False, labelExpr=_months(look))),
        y=alt.Y("amount:Q", axis=alt.Axis(title=None, tickCount=4), scale=alt.Scale(zero=True)),
    )
    bars = base.mark_bar(color=colours.spent, cornerRadiusEnd=2, width=alt.RelativeBandSize(0.62)).encode(
        opacity=alt.condition(picked, alt.value(0.65), alt.value(1)),
        tooltip=[
            alt.Tooltip(f"{field}:N", title=text(look.language, f"spending.column.{name}"))
            for field, name in (("trips", "trips_count"), ("days", "days"), ("cost", "cost"))
        ],
    )
    return alt.layer(bars.add_params(picked), base.mark_text(dy=-8, fontSize=11).encode(text=_SAID))


def age_rows(ages: list[Age]) -> list[dict[str, Any]]:
    """Open advances by the days they are overdue."""
    return [
        {
            "age": age_said(one),
            "place": place,
            "amount": plotted(one.open),
            "said": t("spending.advances_said", amount=f"¥ {one.open:,.0f}", count=len(one.advances))
            if one.advances
            else "",
        }
        for place, one in enumerate(ages)
    ] + _room([plotted(one.open) for one in ages])


def age_said(age: Age) -> str:
    if age.days == 0:
        return t("ageing.not_due")
    return t("ageing.more", days=STEPS[-1]) if age.days is None else t("ageing.up_to", days=age.days)


def ages(look: Look) -> alt.LayerChart:
    """The longer overdue the redder."""
    colours = look.colours
    scale = alt.Scale(domain=[0, 1, 2, 3], range=[colours.plan, colours.watched, colours.over, colours.over])
    return _bars(look, "age", "place", AGE, alt.Color("place:O", scale=scale, legend=None))


def step_rows(times: list[StepTime]) -> list[dict[str, Any]]:
    """Median working hours at each step."""
    return [
        {
            "step": step_name(one.step),
            "key": one.step,
            "place": place,
            "amount": one.median,
            "said": t("spending.hours_said", hours=f"{one.median:,.1f}", count=one.count),
        }
        for place, one in enumerate(times)
    ] + _room([one.median for one in times])


def steps(look: Look) -> alt.LayerChart:
    """In the order of the route."""
    return _bars(look, "step", "key", STEP, alt.value(look.colours.spent))


def _bars(look: Look, name: str, key: str, picks: str, colour: Any) -> alt.LayerChart:
    """Bars that lie, each with its figure at its end; a click picks its `key`."""
    picked = alt.selection_point(name=picks, fields=[key], empty=False)
    order = alt.EncodingSortField("place", op="min")
    x = alt.X("amount:Q", axis=None, scale=alt.Scale(zero=True, nice=False))
    y = alt.Y(f"{name}:N", axis=alt.Axis(title=None, grid=False, labelLimit=170), sort=order)
    base = alt.Chart().transform_filter(f"isValid(datum.{name})").encode(x=x, y=y)
    bars = base.mark_bar(cornerRadiusEnd=2, height=alt.RelativeBandSize(0.6)).encode(
        color=colour, opacity=alt.condition(picked, alt.value(0.65), alt.value(1))
    )
    figures = base.mark_text(align="left", dx=6, color=look.colours.ink).encode(text=_SAID)
    room = alt.Chart().transform_filter(f"!isValid(datum.{name})").mark_point(opacity=0).encode(x=x)
    return alt.layer(bars.add_params(picked), figures, room)


def _room(amounts: list[float]) -> list[dict[str, Any]]:
    """A place behind the longest bar, up to which the axis reaches: there its figure stands."""
    return [{"amount": (max(amounts, default=0) or 1) * _BEHIND}]


_BEHIND = 1.55


def _months(look: Look) -> str:
    """What the number of a month is called."""
    return f"{text(look.language, 'chart.months').split(',')}[datum.value - 1]"
