"""A table that is typed as a sheet: its editor and what fills it, its sums, and how it reads on a paper."""

import html
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

import pandas as pd
import streamlit as st

from services.documents.fields import Type, spec
from services.documents.grid_files import sheet_from_excel, sheet_to_excel
from services.documents.grids import Rows, Sums, choices_of, filled_from, months_of, spread_totals, sums_of, whole
from services.documents.kind import DocumentType, Filled, Lines
from services.errors import Invalid, Refused
from services.money.ledger import NOTHING
from ui.pieces import draw, folded, table
from ui.texts import fault_text, help_text, label, language, refusal, t, words
from ui.upload import upload

Answer = TypeVar("Answer")
Ask = Callable[[Callable[[Filled], Any]], Any]
"""Puts a question to what is typed above the sheet."""
_MOST_FAULTS = 20


def draw_sheet(kind: DocumentType, lines: Lines, key: str, kept: Any, ask: Ask) -> Rows:
    """The editor with its tools; returns the rows as typed now. `kept` is what the draft says.

    What a tool fills in takes the place of what was typed: the editor begins anew with it.
    """
    memory = st.session_state.setdefault(f"{key}.memory", {"turn": 0, "language": None})
    if memory["language"] != language():  # Streamlit starts an editor anew when its headings become others
        memory |= {"language": language(), "rows": whole(lines, kept)}
    tools = st.container(horizontal=True, vertical_alignment="center", gap="small")
    rows = _edited(kind, lines, f"{key}.{memory['turn']}.sheet", memory["rows"])
    with tools:
        new = _by_tool(kind, lines, f"{key}.{memory['turn']}", rows, ask)
    if new is not None:
        memory |= {"turn": memory["turn"] + 1, "rows": new}
        st.rerun()
    return rows


def draw_sums(kind: DocumentType, lines: Lines, sums: Iterable[Sums]) -> None:
    """By line: the year before, the quarters, the year and how much more it is."""
    draw(_sums(kind, lines, sums))


def _sums(kind: DocumentType, lines: Lines, sums: Iterable[Sums], rows: Iterable[Any] = ()) -> str:
    """Of stored `rows` also what was reviewed."""
    sums, rows = list(sums), list(rows)
    further = [name for name in _further(lines) if any(getattr(row, name) is not None for row in rows)]
    heads = [t("budget.last"), *(t(f"budget.q{number}") for number in range(1, 5)), t("budget.year")]
    heads.append(t("budget.change"))
    sides = [' class="amount"' if spec(lines.table, name).kind == Type.MONEY else "" for name in further]
    assert lines.grid
    first = html.escape(label(kind, lines.grid.by))
    said = "".join(f'<th class="amount">{html.escape(head)}</th>' for head in heads)
    said += "".join(
        f"<th{side}>{html.escape(label(kind, name))}</th>" for name, side in zip(further, sides, strict=True)
    )
    body = ""
    for number, one in enumerate(sums):
        more = [words(getattr(rows[number], name)) if number < len(rows) else "" for name in further]
        change = "—" if one.change is None else f"{one.change:+} %"
        cells = [*map(words, (one.before, *one.quarters, one.year)), change]
        row = "".join(f'<td class="amount">{html.escape(cell)}</td>' for cell in cells)
        row += "".join(f"<td{side}>{html.escape(cell)}</td>" for cell, side in zip(more, sides, strict=True))
        name = t("budget.total") if one.name is None else words(one.name)
        row = f"<td>{html.escape(name)}</td>{row}"
        body += f'<tr class="total">{row}</tr>' if one.name is None else f"<tr>{row}</tr>"
    return table(f"<th>{first}</th>{said}", body, "sums")


def sheet_on_paper(kind: DocumentType, lines: Lines, rows: list[Any]) -> str:
    """A sent sheet: what each line comes to, and month by month for whoever wants to know."""
    assert lines.grid
    plain = [row.model_dump() for row in rows]
    before = {row[lines.grid.by]: row[lines.grid.last] or NOTHING for row in plain}
    by_month = folded(t("budget.by_month"), "", "calendar_view_month", _by_month(kind, lines, plain))
    return _sums(kind, lines, sums_of(lines.grid, plain, before), rows) + by_month


def _edited(kind: DocumentType, lines: Lines, key: str, rows: Rows) -> Rows:
    assert lines.grid
    grid = lines.grid
    names = (*grid.months, grid.total)
    called = [words(one) for one in choices_of(lines)]
    columns: dict[str, Any] = {grid.by: called} | {name: [row.get(name) for row in rows] for name in names}
    config: dict[str, Any] = {
        grid.by: st.column_config.TextColumn(label(kind, grid.by), disabled=True, pinned=True, width=118),
        grid.total: st.column_config.TextColumn(
            label(kind, grid.total), help=help_text(kind, grid.total), width=94, alignment="right"
        ),
    }
    config |= {
        name: st.column_config.TextColumn(label(kind, name), width=74, alignment="right") for name in grid.months
    }
    edited = st.data_editor(
        pd.DataFrame(columns, dtype="string"),
        key=key,
        column_config=config,
        num_rows="fixed",
        hide_index=True,
        width="stretch",
        placeholder="",
    )
    typed = edited.to_dict("records")
    return [
        {grid.by: one.value} | {name: _text(row.get(name)) for name in names}
        for one, row in zip(choices_of(lines), typed, strict=False)
    ]


def _by_tool(kind: DocumentType, lines: Lines, key: str, rows: Rows, ask: Ask) -> Rows | None:
    """The sheet that a tool makes of what is typed, where one is used."""
    assert lines.grid
    for source in lines.grid.sources:
        if st.button(t(source), key=f"{key}.{source}", type="tertiary", icon=":material/history:"):
            return ask(partial(filled_from, lines, source))
    if st.button(t("sheet.even"), key=f"{key}.even", type="tertiary", icon=":material/horizontal_distribute:"):
        return spread_totals(lines, rows)
    if st.button(t("sheet.shape"), key=f"{key}.shape", type="tertiary", icon=":material/bar_chart:"):
        return ask(lambda filled: spread_totals(lines, rows, filled))
    with st.popover(t("sheet.excel"), icon=":material/table_view:", type="tertiary"):
        return _by_file(kind, lines, key, rows, ask)


def _by_file(kind: DocumentType, lines: Lines, key: str, rows: Rows, ask: Ask) -> Rows | None:
    name = t("sheet.file", title=ask(kind.title))
    st.download_button(
        t("sheet.download"),
        lambda: sheet_to_excel(kind, lines, rows, title=name, language=language()),
        f"{name}.xlsx",
        icon=":material/download:",
        key=f"{key}.download",
    )
    file = upload(t("sheet.upload"), type=["xlsx"], key=f"{key}.upload", help=t("sheet.upload_help"))
    if file is None:
        return None
    try:
        return sheet_from_excel(kind, lines, file.getvalue())
    except Invalid as invalid:
        st.error(t("sheet.nothing_taken", count=len(invalid.faults)), icon=":material/block:")
        for fault in invalid.faults[:_MOST_FAULTS]:
            st.markdown(f":red[:small[{fault_text(fault)}]]")
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
    return None


def _by_month(kind: DocumentType, lines: Lines, rows: list[Mapping[str, Any]]) -> str:
    """Months down, lines across: so that a year fits beside the route."""
    assert lines.grid
    heads = "".join(f'<th class="amount">{html.escape(words(row[lines.grid.by]))}</th>' for row in rows)
    by_line = [months_of(lines.grid, row) for row in rows]
    body = ""
    for place, name in enumerate(lines.grid.months):
        cells = "".join(f'<td class="amount">{words(months[place])}</td>' for months in by_line)
        body += f"<tr><td>{html.escape(label(kind, name))}</td>{cells}</tr>"
    return table(f"<th></th>{heads}", body)


def _further(lines: Lines) -> tuple[str, ...]:
    """What a paper's steps filled in beside the sheet."""
    return tuple(name for name in lines.derived if name not in lines.brief)


def _text(value: Any) -> str | None:
    return None if value is None or value is pd.NA or value != value else str(value)
