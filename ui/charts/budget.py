"""The charts of the budget page: the year's course against its plan, and what each department has used of what."""

from decimal import Decimal
from typing import Any

import altair as alt

from models import BudgetCategory
from services.reports.budget import Burn, Forecast, Line, Sums
from services.texts import said
from ui.charts import Look, in_units, month_axis, plotted
from ui.texts import language, t

MONTH, CELL = "month", "cell"
_SAID = alt.Text("said:N")


def course_rows(burn: Burn, forecast: Forecast | None) -> list[dict[str, Any]]:
    """The year's course as rows: cumulative plan, spent, with reservations, the forecast, today, months to click."""
    rows: list[dict[str, Any]] = []
    plan, used = Sums(), Sums()
    day = float(burn.elapsed * 12)
    rows += [_row("plan", 0, 0), _row("spent", 0, 0, 0)]
    for month, sums in enumerate(burn.months, start=1):
        plan += sums
        rows.append(_row("plan", month, plotted(plan.plan)))
        if month <= burn.month:
            used += sums
            at = min(float(month), day)
            rows.append(_row("spent", at, plotted(used.spent), plotted(used.used)))
        tip = {name: said(language(), getattr(sums, name)) for name in ("plan", "reserved", "spent")}
        rows.append({"sort": "month", "at": month - 1, "until": month, "month": month} | tip)
    if burn.month:
        is_low = used.spent * 5 < max(burn.total.plan, used.spent)  # there the axis is too near
        place = "spent_beneath" if _planned_to_date(burn) > used.spent and not is_low else "spent_above"
        rows.append(_label(place, day, plotted(used.spent), t("burn.spent_end", amount=in_units(used.spent))))
    planned, ends = plotted(plan.plan), plotted(forecast.amount) if forecast else 0.0
    beneath, above = _apart(planned, ends) if forecast else (planned, ends)
    if plan.plan:
        rows.append(_label("plan_label", 12, beneath, t("burn.plan_end", amount=in_units(plan.plan))))
    if forecast:
        over = forecast.amount > plan.plan > 0
        rows += [_row("forecast", day, plotted(used.spent)), _row("forecast", 12, ends), _row("end", 12, ends)]
        words = t("burn.forecast_end", amount=in_units(forecast.amount))
        rows.append(_label("forecast_label", 12, above, words))
        rows[-2:] = [one | {"over": over} for one in rows[-2:]]
        rows.append(_label("today", day, 0, t("burn.today", share=f"{burn.elapsed:.0%}")))
    return rows


def _planned_to_date(burn: Burn) -> Decimal:
    months = burn.elapsed * 12
    whole = int(months)
    begun = burn.months[whole].plan * (months - whole) if whole < len(burn.months) else Decimal(0)
    return sum((one.plan for one in burn.months[:whole]), Decimal(0)) + begun


def _apart(first: float, second: float) -> tuple[float, float]:
    """Where two labels stand so that neither covers the other."""
    gap = max(first, second) * _LINE
    middle = (first + second) / 2
    if abs(first - second) >= gap:
        return first, second
    return (middle - gap / 2, middle + gap / 2) if first <= second else (middle + gap / 2, middle - gap / 2)


_LINE = 0.11
"""The height of a label's line, as a part of the chart's."""


def course(look: Look) -> alt.LayerChart:
    """Spent and reserved against the plan, by month, to this day; then where it goes."""
    colours = look.colours
    picked = alt.selection_point(name=MONTH, fields=["month"], empty=False)
    y = alt.Y("amount:Q", axis=alt.Axis(title=None, tickCount=5), scale=alt.Scale(zero=True))
    base = alt.Chart().encode(x=month_axis(look), y=y)

    def of(sort: str) -> alt.Chart:
        return base.transform_filter(f"datum.sort === '{sort}'")

    months = (
        of("month")
        .mark_rect(color=colours.spent)
        .encode(
            x=month_axis(look),
            x2="until:Q",
            y=alt.value(0),
            y2=alt.value("height"),
            opacity=alt.condition(picked, alt.value(0.14), alt.value(0)),
            tooltip=[
                alt.Tooltip("plan:N", title=t("burn.plan_yuan")),
                alt.Tooltip("spent:N", title=t("burn.spent_yuan")),
                alt.Tooltip("reserved:N", title=t("burn.reserved_yuan")),
            ],
        )
        .add_params(picked)
    )
    ends = of("end").mark_point(filled=True, size=45, opacity=1)
    red = alt.condition("datum.over", alt.value(colours.over), alt.value(colours.plan))
    return alt.layer(
        of("spent").mark_area(color=colours.reserved, opacity=0.75).encode(y2="used:Q"),
        of("spent").mark_area(color=colours.spent, opacity=0.09),
        of("plan").mark_line(color=colours.plan, strokeWidth=1.5),
        of("forecast").mark_line(color=colours.faint, strokeDash=[3, 3], strokeWidth=1.8),
        of("spent").mark_line(color=colours.spent, strokeWidth=2.4),
        of("today").mark_rule(color=colours.faint, strokeDash=[2, 3]).encode(y=alt.value(0), y2=alt.value("height")),
        of("today").mark_text(align="right", dx=-6, dy=-8, color=colours.faint).encode(text=_SAID),
        ends.encode(color=red),
        of("plan_label").mark_text(align="left", dx=8, color=colours.faint).encode(text=_SAID),
        of("forecast_label").mark_text(align="left", dx=8, fontWeight="bold").encode(text=_SAID, color=red),
        *(
            of(f"spent_{place}")
            .mark_text(align="right", dx=-8, dy=dy, fontWeight="bold", color=colours.spent)
            .encode(text=_SAID)
            for place, dy in (("above", -12), ("beneath", 18))
        ),
        months,
    )


def use_rows(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """What departments have used of each category, in per cent of the year's plan."""
    return [
        {
            "department": line.department,
            "department_id": line.department_id,
            "category": t(f"burn.short.{line.category}"),
            "code": line.category.value,
            "order": index,
            "share": float(min(line.sums.share or 0, 2)),
            "said": f"{line.sums.share * 100:.0f}" if line.sums.share is not None else "—",
            "over": line.sums.left < 0,
            "dark": (line.sums.share or 0) > _READS_WHITE,
            "plan": said(language(), line.sums.plan),
            "spent": said(language(), line.sums.spent),
            "reserved": said(language(), line.sums.reserved),
        }
        for index, line in enumerate(lines)
    ]


def use(look: Look) -> alt.LayerChart:
    """Department by category: the more of a plan is used the darker, red beyond it."""
    colours = look.colours
    picked = alt.selection_point(name=CELL, fields=["department_id", "code"], empty=False)
    names = alt.Axis(title=None, orient="top", labelAngle=0, grid=False, labelLimit=76, labelOverlap=False)
    rows = alt.Axis(title=None, grid=False, labelLimit=90)
    by_order = alt.EncodingSortField("order", op="min")
    base = alt.Chart().encode(
        x=alt.X("category:N", axis=names, sort=[t(f"burn.short.{one}") for one in BudgetCategory]),
        y=alt.Y("department:N", axis=rows, sort=by_order),
    )
    scale = alt.Scale(domain=[0, 1], range=[colours.wash, colours.spent], clamp=True, interpolate="rgb")
    shade = alt.Color("share:Q", scale=scale, legend=None)
    cells = base.mark_rect(cornerRadius=3, stroke=colours.ground, strokeWidth=3).encode(
        color=alt.condition("datum.over", alt.value(colours.over), shade),
        opacity=alt.condition(picked, alt.value(0.65), alt.value(1)),
        tooltip=[
            alt.Tooltip("department:N", title=t("column.department")),
            alt.Tooltip("category:N", title=t("burn.category")),
            alt.Tooltip("plan:N", title=t("burn.plan_yuan")),
            alt.Tooltip("spent:N", title=t("burn.spent_yuan")),
            alt.Tooltip("reserved:N", title=t("burn.reserved_yuan")),
        ],
    )
    figures = base.mark_text().encode(
        text=_SAID, color=alt.condition("datum.dark || datum.over", alt.value("#ffffff"), alt.value(colours.ink))
    )
    return alt.layer(cells.add_params(picked), figures)


_READS_WHITE = 0.6
"""From here on the ground is so dark that black figures do not read."""


def _row(sort: str, at: float, amount: float, used: float | None = None) -> dict[str, Any]:
    return {"sort": sort, "at": at, "amount": amount, "used": used}


def _label(sort: str, at: float, amount: float, words: str) -> dict[str, Any]:
    return _row(sort, at, amount) | {"said": words}
