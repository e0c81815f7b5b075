"""Rows of the tables of a paper as people read them: each value as text, and the table as it stands on the paper."""

import html
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import streamlit as st
from sqlmodel import Session

from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines
from services.documents.lookups import names
from services.months import month_said
from services.texts import has_text, term_of
from ui.clock import now
from ui.pieces import block, draw, said, strong, table
from ui.texts import label, language, t, words

FEW_LINES = 60
MANY, MANY_HIGH = 12, 460
"""From how many lines on a table that is merely looked at scrolls in itself, and how high it is then."""


def readable(
    session: Session, kind: DocumentType, table: Any, rows: list[Any], fields: tuple[str, ...], *, short: bool = False
) -> list[dict[str, str]]:
    """Rows with every value as text: ids by name, choices by their term, amounts and days as people write them.

    `short` takes a choice's short term where it has one, and leaves out this year of a day: for tables of many columns.
    """
    said: list[dict[str, str]] = [{} for _ in rows]
    for name in fields:
        field = spec(table, name)
        values = [getattr(row, name) for row in rows]
        if field.kind in (Type.LINK, Type.LINKS) and field.table:
            ids = [one for value in values for one in (value if isinstance(value, list) else [value])]
            by_id = names(session, field.table, ids, language())
            texts = [_named(value, by_id) for value in values]
        elif field.kind == Type.MONTH:
            texts = [month_said(value) for value in values]
        else:
            texts = [_short(value) if short else words(value) for value in values]
        for row, text in zip(said, texts, strict=True):
            row[name] = text
    return said


def line_name(lines: Lines, row: Any) -> str:
    """What a line is called where something is said about it: by its number on the sheet, else by its position."""
    return "".join(_short(getattr(row, name)) for name in lines.named_by) or str(row.position)


def draw_drawn(session: Session, kind: DocumentType, lines: Lines, drawn: list[dict[str, Any]]) -> None:
    """Lines that nobody types, as they would be sent now, with their number and what each amount adds up to."""
    if not drawn:
        draw(block(said(t("fault.nothing_drawn"), "quiet")))
        return
    rows = [lines.table(document_id=0, position=place, **line) for place, line in enumerate(drawn, start=1)]
    with st.container(height=MANY_HIGH if len(rows) > MANY else "content", border=False):
        draw(lines_piece(session, kind, lines, rows))
    sums = {} if lines.total else _sums(lines, rows)
    counted = said(t(f"{kind.code}.count.{lines.name}", count=len(rows)), "quiet")
    draw(
        block(
            counted,
            *(f" {said(label(kind, name))} {strong(f'¥ {words(amount)}')}" for name, amount in sums.items()),
            look="to-right",
        )
    )


def lines_piece(session: Session, kind: DocumentType, lines: Lines, rows: list[Any]) -> str:
    """Lines as a table; columns that hold nothing anywhere are left out. On a phone each line is a block."""
    read = readable(session, kind, lines.table, rows, (*lines.derived, *lines.columns), short=True)
    beneath = [names_ for small in lines.beneath.values() for names_ in small]
    joined = [{names_: _joined(row, names_) for names_ in (*lines.on_paper, *beneath)} for row in read]
    shown = [
        names_
        for names_ in lines.on_paper
        if any(line[one] for line in joined for one in (names_, *lines.beneath.get(names_, ())))
    ]
    total = {(name,): words(amount) for name, amount in _sums(lines, rows).items()} if lines.total else {}
    few = len(rows) <= FEW_LINES  # of more lines the table is there on a phone as well, wiped sideways
    wide = block(_wide(kind, lines, joined, shown, total), look="lines-wide" if few else "lines-long")
    return wide + (block(*(_narrow(kind, lines, line, shown) for line in joined), look="lines-narrow") if few else "")


def _sums(lines: Lines, rows: list[Any]) -> dict[str, Decimal]:
    """What each amount of a table adds up to."""
    money = (name for name in lines.columns if _is_money(lines, (name,)))
    return {name: sum((getattr(row, name) or Decimal(0) for row in rows), Decimal("0.00")) for name in money}


def _wide(
    kind: DocumentType,
    lines: Lines,
    joined: list[dict[tuple[str, ...], str]],
    shown: list[tuple[str, ...]],
    total: Mapping[tuple[str, ...], str],
) -> str:
    """Streamlit's own has no second line in a cell, and reads what people typed as markup."""
    heads = "".join(f"<th{_side(lines, names_)}>{html.escape(_heading(kind, names_))}</th>" for names_ in shown)
    rows = "".join(f"<tr>{_cells(lines, line, shown)}</tr>" for line in joined)
    if total:
        rows += f'<tr class="total">{_cells(lines, {shown[0]: t("budget.total")} | dict(total), shown)}</tr>'
    return table(heads, rows)


def _cells(lines: Lines, line: Mapping[tuple[str, ...], str], shown: list[tuple[str, ...]]) -> str:
    """A line's cells, each with what stands in small print under it."""
    cells = ""
    for names_ in shown:
        small = " ".join(line[one] for one in lines.beneath.get(names_, ()) if line.get(one))
        under = f"<small>{html.escape(small)}</small>" if small else ""
        cells += f"<td{_side(lines, names_)}>{html.escape(line.get(names_, ''))}{under}</td>"
    return cells


def _side(lines: Lines, names_: tuple[str, ...]) -> str:
    if _is_money(lines, names_):
        return ' class="amount"'
    whole = len(names_) == 1 and spec(lines.table, names_[0]).kind in _WHOLE
    return ' class="whole"' if whole else ""


_WHOLE = (Type.DATE, Type.NUMBER, Type.FIGURE, Type.LINK, Type.CHOICE, Type.MONTH)
"""What is not broken into two lines: days, counts, figures, names and numbers of papers."""


def _narrow(kind: DocumentType, lines: Lines, line: Mapping[tuple[str, ...], str], shown: list[Any]) -> str:
    """What a line comes to stands beside it; other amounts (its tax, what the audit left) say what they are."""
    amounts = [names_ for names_ in shown if _is_money(lines, names_)]
    money = next((one for one in amounts if one[0] in lines.brief), amounts[0] if amounts else ())
    every = [one for names_ in shown if names_ != money for one in (names_, *lines.beneath.get(names_, ()))]
    rest = [f"{label(kind, one[0])} {line[one]}" if one in amounts else line[one] for one in every if line[one]]
    first, more = "  ".join(rest[:3]), "  ".join(rest[3:])
    read = block(block(said(first)), block(said(more, "small quiet")), look="said")
    return block(read, strong(amount) if (amount := line.get(money)) else "", look="line")


def _joined(row: Mapping[str, str], names_: tuple[str, ...]) -> str:
    between = " → " if names_ in _WAYS else " "
    return between.join(row[name] for name in names_ if row[name]).replace("- ", "-")


_WAYS = {("origin", "destination"), ("origin", "destinations")}


def _heading(kind: DocumentType, names_: tuple[str, ...]) -> str:
    together = label(kind, "_".join(names_))
    return together if not together.startswith("field.") else label(kind, names_[-1])


def _is_money(lines: Lines, names_: tuple[str, ...]) -> bool:
    return len(names_) == 1 and spec(lines.table, names_[0]).kind == Type.MONEY


def _short(value: Any) -> str:
    if isinstance(value, StrEnum) and has_text(language(), f"{term_of(value).key}.short"):
        return t(f"{term_of(value).key}.short")
    this_year = type(value) is date and value.year == now().year
    return f"{value:%m-%d}" if this_year else words(value)


def _named(value: Any, by_id: Mapping[int, str]) -> str:
    if isinstance(value, list):
        return t("print.list_separator").join(by_id.get(one, "") for one in value)
    return by_id.get(value, "") if value is not None else ""
