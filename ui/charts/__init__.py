"""Charts as the whole portal draws them: colours by what they mean, labels instead of legends, every mark clickable.

A chart is declared once with Altair and kept as a specification for each language and theme; a run hands it its rows.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import altair as alt
import pandas as pd
import streamlit as st
import vl_convert
from noto_cjk_sans_otc import FONT_PATH

from services.texts import text
from ui.texts import language, t

vl_convert.register_font_directory(str(Path(FONT_PATH).parent))
_FONT = "-apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_UNIT = {"zh": Decimal(10_000), "en": Decimal(1_000)}
"""Charts of money count in units of so many yuan."""


@dataclass(frozen=True)
class Palette:
    """What each colour of a chart means; the same everywhere."""

    plan: str
    reserved: str
    spent: str
    over: str
    watched: str
    good: str
    ink: str
    faint: str
    grid: str
    ground: str
    wash: str
    """Of a heat map: hardly anything used."""


LIGHT = Palette(
    plan="#98a0ae",
    reserved="#a9c0f2",
    spent="#2f5fd0",
    over="#d3404c",
    watched="#d9772b",
    good="#2a9367",
    ink="#1f2430",
    faint="#6b7280",
    grid="#eceef2",
    ground="#ffffff",
    wash="#eef3fd",
)
DARK = Palette(
    plan="#6d7583",
    reserved="#3d5590",
    spent="#6f97f5",
    over="#ef6f78",
    watched="#e39a55",
    good="#4fb98b",
    ink="#e4e7ec",
    faint="#98a0ae",
    grid="#262a32",
    ground="#15171c",
    wash="#1d2536",
)


@dataclass(frozen=True)
class Look:
    """What a chart's declaration depends on: the colours and the language of its words."""

    colours: Palette
    language: str


Builder = Callable[[Look], alt.LayerChart | alt.Chart]


def draw(
    build: Builder, rows: Sequence[Mapping[str, Any]], *, key: str, height: int, picks: str | None = None
) -> list[dict[str, Any]]:
    """Draw a chart of these rows. With `picks`, the name of its selection: what is picked, as its fields say it."""
    spec = _specification(build, palette(), language()) | {"height": height}
    more: dict[str, Any] = {"on_select": "rerun", "selection_mode": [picks]} if picks else {}
    event = st.vega_lite_chart(pd.DataFrame(rows), spec, theme=None, width="stretch", key=key, **more)
    return list(cast(Any, event)["selection"].get(picks, [])) if picks else []


def palette() -> Palette:
    """The colours that fit the ground on which the reader looks."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def picture(build: Builder, rows: Sequence[Mapping[str, Any]], *, width: int, height: int, sharp: float = 2.0) -> bytes:
    """A chart of these rows as PNG on white, so many pixels wide times `sharp`: for what is shown on a wall."""
    return vl_convert.vegalite_to_png(_whole(build, rows, width, height), scale=sharp)


def drawing(build: Builder, rows: Sequence[Mapping[str, Any]], *, width: int, height: int) -> str:
    """A chart of these rows as SVG on white: for what is printed."""
    return vl_convert.vegalite_to_svg(_whole(build, rows, width, height))


def _whole(build: Builder, rows: Sequence[Mapping[str, Any]], width: int, height: int) -> dict[str, Any]:
    """The specification with its rows and its size."""
    spec = _specification(build, LIGHT, language()) | {"width": width, "height": height, "background": LIGHT.ground}
    return spec | {"data": {"values": json.loads(pd.DataFrame(rows).to_json(orient="records", force_ascii=False))}}


def money_unit() -> str:
    """What charts of money count in: ten thousand yuan in Chinese, a thousand in English."""
    return t("chart.unit")


def in_units(amount: Decimal) -> str:
    """An amount as it stands on a chart, with one decimal."""
    return f"{amount / _UNIT[language()]:,.1f}"


def plotted(amount: Decimal) -> float:
    """An amount as a length; the figures beside it are exact."""
    return float(amount / _UNIT[language()])


def month_axis(look: Look) -> alt.X:
    """Twelve months side by side on a line from 0 to 12, so that a day has its place among them."""
    said = f"{text(look.language, 'chart.months').split(',')}[floor(datum.value)]"
    axis = alt.Axis(values=[month + 0.5 for month in range(12)], labelExpr=said, grid=False, labelAngle=0, title=None)
    return alt.X("at:Q", scale=alt.Scale(domain=[0, 13.8], nice=False), axis=axis)


@lru_cache(maxsize=128)
def _specification(build: Builder, colours: Palette, spoken: str) -> dict[str, Any]:
    chart = build(Look(colours, spoken)).configure(**_config(colours))
    spec = chart.properties(width="container", padding={"left": 2, "right": 4, "top": 4, "bottom": 2}).to_dict()
    spec.pop("datasets", None)
    for part in (spec, *spec.get("layer", ())):
        part.pop("data", None)  # its rows come with each run
    return cast(dict[str, Any], spec)


def _config(colours: Palette) -> dict[str, Any]:
    axis = {
        "domain": False,
        "ticks": False,
        "labelColor": colours.faint,
        "labelFontSize": 12,
        "gridColor": colours.grid,
        "titleColor": colours.faint,
        "labelPadding": 6,
    }
    return {
        "font": _FONT,
        "background": "transparent",
        "axis": axis,
        "view": {"stroke": None},
        "text": {"color": colours.ink, "fontSize": 12},
    }
