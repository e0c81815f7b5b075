"""Rows that lead to papers, drawn as one piece: of real links, which the keyboard, a tab of its own and the browser's
search find, and which a browser draws in a tenth of the time of as many elements.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from ui.script import piece
from ui.texts import t

Small = tuple[str, str]
"""Words of the second line, and how they look: a class of portal.css."""


@dataclass(frozen=True)
class Column:
    """What stands above the rows."""

    label: str
    width: int | None = None
    """Pixels; without, what the others leave."""
    right: bool = False
    href: str = ""
    """Where a click leads: the same rows in another order."""
    order: str = ""
    """ascending or descending: the rows stand by this column."""


@dataclass(frozen=True)
class Cell:
    """What is said more than in plain words."""

    text: str
    tone: str = ""
    right: bool = False
    icon: str = ""
    small: tuple[Small, ...] = ()


@dataclass(frozen=True)
class Row:
    """A paper: where its first cell leads."""

    id: int
    href: str
    cells: Sequence[Cell | str]
    name: str = ""
    """What is ticked, for whoever does not see it."""
    tick: bool = False
    """May it be ticked? Only where ticking is offered at all."""


@dataclass(frozen=True)
class Chip:
    """Narrows the rows down, or lets go of it where it is on: a link to the same rows."""

    label: str
    href: str
    on: bool = False
    flips: str = ""
    """What a click turns on or off, whatever else is on by then: said as `flip`."""


@dataclass(frozen=True)
class Pages:
    """Which of how many pages the rows are."""

    page: int
    count: int
    href: str
    """Of the first one; the others add their number to it."""


def draw_papers(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    key: str,
    look: str = "",
    every: str = "",
    chips: Sequence[Chip] = (),
    notes: Sequence[Small] = (),
    foot: str = "",
    pages: Pages | None = None,
    on_turned: Callable[[dict[str, str]], None] = lambda query: None,
) -> frozenset[int]:
    """Draw them, chips and notes above, foot and pages below. `every` names the box that ticks all; without it nothing
    can be ticked.

    A click on a heading, a chip or a page is answered by `on_turned`, before the page is drawn again, with the
    parameters to which it leads: fields beside may say more than the address does.

    Returns the ids of those of these rows that are ticked and may be.
    """
    data = {
        "look": look,
        "every": every,
        "chips": [_lean(one) for one in chips],
        "notes": list(notes),
        "foot": foot,
        "pages": {**vars(pages), "names": [t("rows.before"), t("rows.after")]} if pages and pages.count > 1 else None,
        "columns": [_lean(one) for one in columns],
        "rows": [{**_lean(one), "cells": [_cell(cell) for cell in one.cells]} for one in rows],
    }

    def turned() -> None:
        query = st.session_state[key].get("turned")
        on_turned(dict(parse_qsl(query.removeprefix("?"))) if isinstance(query, str) else {})

    drawn = piece("rows")(
        key=key, data=data, default={"ticked": []}, on_ticked_change=_nothing, on_turned_change=turned
    )
    said = drawn.get("ticked")
    ticked = {one for one in said if type(one) is int} if isinstance(said, list) else set()  # True is no 1
    return frozenset(one.id for one in rows if one.tick and one.id in ticked)


def address_of(slug: str, **query: str | None) -> str:
    """The address of a page; what is None stands not in it."""
    said = urlencode({key: value for key, value in query.items() if value})
    return f"/{slug}?{said}" if said else f"/{slug}"


def icon_of(name: str) -> str:
    """The sign in Streamlit's font of signs, of which Streamlit's own texts speak as :material/name:."""
    return name.removeprefix(":material/").removesuffix(":")


def _cell(cell: Cell | str) -> Any:
    return cell if isinstance(cell, str) else _lean(cell)


def _lean(one: Column | Row | Cell | Chip) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if value}


def _nothing() -> None:
    """A state has a callback, or it is none."""
