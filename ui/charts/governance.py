"""The charts of governance: a scorecard's scores by indicator, and cost against quality by department."""

from typing import Any

import altair as alt

from services.reports.evaluation import Evaluated
from services.reports.scorecard import FULL, Scorecard
from ui.charts import Look
from ui.texts import t, words

INDICATOR, DEPARTMENT = "indicator", "department"
WEAK = 60
"""A score below it stands out."""
_TEXT = alt.Text("said:N")


def scores_rows(card: Scorecard) -> list[dict[str, Any]]:
    """A row an indicator that could be measured, in its order."""
    return [
        {
            "indicator": one.indicator.value,
            "name": words(one.indicator),
            "place": place,
            "score": float(one.score),
            "said": f"{words(one.reached)} / {words(one.goal)}",
            "weight": one.weight,
            "weak": one.score < WEAK,
            "goal": float(FULL),
        }
        for place, one in enumerate(card.figures)
        if one.score is not None
    ]


def scores(look: Look) -> alt.LayerChart:
    """A bar an indicator, with what was reached of which goal; the goal is a hundred."""
    colours = look.colours
    picked = alt.selection_point(name=INDICATOR, fields=["indicator"], empty=False)
    axis = alt.Axis(title=None, grid=False, labelLimit=190)
    y = alt.Y("name:N", sort=alt.EncodingSortField("place", op="min"), axis=axis)
    base = alt.Chart().encode(y=y)
    x = alt.X("score:Q", axis=alt.Axis(title=None, tickCount=5), scale=alt.Scale(domain=[0, 135], nice=False))
    bars = (
        base.mark_bar(cornerRadius=1)
        .encode(
            x=x,
            color=alt.condition("datum.weak", alt.value(colours.over), alt.value(colours.spent)),
            opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
            tooltip=[
                alt.Tooltip("name:N", title=t("scorecards.indicator")),
                alt.Tooltip("score:Q", title=t("scorecards.score"), format=".1f"),
                alt.Tooltip("weight:Q", title=t("field.weight")),
            ],
        )
        .add_params(picked)
    )
    goal = base.mark_tick(color=colours.ink, thickness=1.4, size=22).encode(x=alt.X("goal:Q"))
    named = alt.Chart().mark_text(align="left", dx=6, color=colours.ink).encode(y=y, x=alt.datum(101), text=_TEXT)
    return alt.layer(bars, goal, named)


def quality_rows(found: list[Evaluated]) -> list[dict[str, Any]]:
    """A row a department that has both, and the goals of each."""
    points: list[dict[str, Any]] = [
        {
            "sort": "point",
            "department": str(one.subject.id),
            "name": one.subject.name,
            "cost": float(one.cost_per_case),
            "quality": float(one.satisfaction),
            "cases": one.cases,
            "good": one.cost_per_case <= one.cost_goal and one.satisfaction >= one.satisfaction_goal,
        }
        for one in found
        if one.cost_per_case is not None and one.satisfaction is not None
    ]
    for place, one in enumerate(sorted(points, key=lambda one: one["cost"])):
        one["above"] = place % 2 == 0
    if points:
        goals = {"cost": float(found[0].cost_goal), "quality": float(found[0].satisfaction_goal)}
        points += [{"sort": "cost_goal"} | goals, {"sort": "quality_goal"} | goals]
    return points


def quality(look: Look) -> alt.LayerChart:
    """Cheap and good lies at the upper left; the goals are dashed. Both axes show where the departments are, for they
    lie close together; names stand by turns above and below their points.
    """
    colours = look.colours
    picked = alt.selection_point(name=DEPARTMENT, fields=["department"], empty=False)
    near = alt.Scale(zero=False, padding=40)
    cost_axis = alt.Axis(title=t("evaluation.cost_axis"), tickCount=5, format=",.0f")
    x = alt.X("cost:Q", axis=cost_axis, scale=near)
    y = alt.Y("quality:Q", axis=alt.Axis(title=t("evaluation.quality_axis"), tickCount=5), scale=near)
    points = alt.Chart().transform_filter("datum.sort === 'point'").encode(x=x, y=y)
    marks = (
        points.mark_point(filled=True, size=150)
        .encode(
            color=alt.condition("datum.good", alt.value(colours.good), alt.value(colours.spent)),
            opacity=alt.condition(picked, alt.value(0.55), alt.value(1)),
            tooltip=[
                alt.Tooltip("name:N", title=t("evaluation.department")),
                alt.Tooltip("cost:Q", title=t("evaluation.cost_per_case"), format=",.2f"),
                alt.Tooltip("quality:Q", title=t("evaluation.satisfaction"), format=".2f"),
                alt.Tooltip("cases:Q", title=t("evaluation.cases")),
            ],
        )
        .add_params(picked)
    )
    said = {"color": colours.ink, "fontSize": 12}
    named = [
        points.transform_filter(f"datum.above === {above}").mark_text(dy=dy, **said).encode(text=alt.Text("name:N"))
        for above, dy in (("true", -16), ("false", 18))
    ]
    dashed = {"color": colours.faint, "strokeDash": [4, 3]}
    cost = alt.Chart().transform_filter("datum.sort === 'cost_goal'").mark_rule(**dashed).encode(x=x)
    good = alt.Chart().transform_filter("datum.sort === 'quality_goal'").mark_rule(**dashed).encode(y=y)
    return alt.layer(cost, good, marks, *named)
