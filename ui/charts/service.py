"""The chart of service orders by kind, for the briefing."""

from typing import Any

import altair as alt

from services.reports.service_month import ServiceMonth
from ui.charts import Look
from ui.texts import words


def category_rows(seen: ServiceMonth) -> list[dict[str, Any]]:
    """A row a kind, the most frequent first, with its share of all."""
    whole = sum(count for _, count in seen.categories)
    return [
        {"name": words(category), "place": place, "count": count, "said": f"{count} · {count / whole:.0%}"}
        for place, (category, count) in enumerate(seen.categories)
    ]


def categories(look: Look) -> alt.LayerChart:
    """A bar a kind of service."""
    axis = alt.Axis(title=None, grid=False, labelLimit=170)
    y = alt.Y("name:N", sort=alt.EncodingSortField("place", op="min"), axis=axis)
    base = alt.Chart().encode(y=y, x=alt.X("count:Q", axis=None, scale=alt.Scale(zero=True)))
    named = base.mark_text(align="left", dx=8).encode(text=alt.Text("said:N"))
    return alt.layer(base.mark_bar(cornerRadius=1, color=look.colours.spent), named)
