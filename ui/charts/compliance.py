"""The wall of clauses: a square each, in the colour of how it stands."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from services.compliance import ClauseState, Standing
from ui.charts import Look
from ui.texts import language, t

CLAUSE = "clause"
_LABEL = alt.Text("label:N")


def wall_rows(states: Iterable[ClauseState]) -> list[dict[str, Any]]:
    """A row a clause, in the order of the policies."""
    found: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    for state in states:
        policy = state.policy.id
        places[policy] = places.get(policy, -1) + 1
        found.append(
            {
                "clause": state.clause.id,
                "policy": f"{policy} {state.policy.name[language()]}",
                "place": places[policy],
                "label": state.clause.id.split("-")[1],
                "standing": state.standing.value,
                "said": t(f"compliance.{state.standing}"),
                "says": state.clause.says[language()],
            }
        )
    return found


def wall(look: Look) -> alt.LayerChart:
    """One row a policy, one square a clause."""
    colours = look.colours
    standings = [one.value for one in Standing]
    fills = [colours.good, colours.watched, colours.over, colours.grid, colours.wash]
    picked = alt.selection_point(name=CLAUSE, fields=["clause"], empty=False)
    axis = alt.Axis(title=None, grid=False, labelLimit=240, labelColor=colours.ink)
    base = alt.Chart().encode(
        x=alt.X("place:O", axis=None),
        y=alt.Y("policy:N", sort=None, axis=axis),
    )
    squares = (
        base.mark_rect(cornerRadius=3, stroke=colours.ground, strokeWidth=2, cursor="pointer")
        .encode(
            color=alt.Color("standing:N", scale=alt.Scale(domain=standings, range=fills), legend=None),
            opacity=alt.condition(picked, alt.value(0.6), alt.value(1)),
            tooltip=[
                alt.Tooltip("clause:N", title=t("compliance.column.id")),
                alt.Tooltip("said:N", title=t("compliance.column.standing")),
                alt.Tooltip("says:N", title=t("compliance.column.says")),
            ],
        )
        .add_params(picked)
    )
    pale = "datum.standing === 'no_case' || datum.standing === 'uncounted'"
    ink = alt.condition(pale, alt.value(colours.faint), alt.value(colours.ground))
    return alt.layer(squares, base.mark_text(fontSize=10).encode(text=_LABEL, color=ink))
