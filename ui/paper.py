"""The paper as it reads: head, sections with their fields, tables, figures, attachments. Nothing to type here."""

import html
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from unicodedata import east_asian_width

import streamlit as st
from sqlmodel import Session

from models import Document, PaperClock, Person, State, TaskState
from services.attachments import attachments_of
from services.capitals import in_capitals
from services.documents import KINDS
from services.documents.fields import Type, spec
from services.documents.kind import DocumentType, Lines, Row, lines_of
from services.documents.lookups import names
from services.documents.marks import marks_of
from services.documents.papers import detail_of
from services.documents.payable import payable
from services.documents.timeline import open_now
from services.documents.warned import Explained, explained
from services.durations import due_words, kept_words
from services.engine.flow import tasks_of
from services.engine.promises import clocks_of
from services.errors import Fault
from services.months import month_said
from services.routes import Step, holds
from services.texts import has_text, term_of
from ui.clock import now
from ui.links import list_button
from ui.sheet import draw_sheet_on_paper
from ui.texts import escaped, fault_text, has_words, label, language, step_name, t, words

COLOURS = {
    State.DRAFT: "gray",
    State.RUNNING: "blue",
    State.RETURNED: "orange",
    State.WITHDRAWN: "gray",
    State.REJECTED: "red",
    State.CANCELLED: "gray",
    State.DONE: "green",
    State.REVERSING: "orange",
    State.REVERSED: "gray",
}
LONG = 19
"""Widths of a Latin letter (a Chinese character has two) up to which a value fits beside others in one line."""
HALF = 40
"""Up to which two fit beside each other."""
FEW_LINES = 60
MANY, MANY_HIGH = 12, 460
"""From how many lines on a table that is merely looked at scrolls in itself, and how high it is then."""


def head(session: Session, document: Document, beside: Callable[[], None] = lambda: None) -> None:
    """The way back to the list, kind, number, state, clock, what `beside` draws, and the amount, in one line.

    After a cut the amount is what is paid, with what was claimed beside it.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="document-head"):
        list_button()
        st.subheader(called(session, document), anchor=False, width="content")
        if document.number:
            st.markdown(f":gray[{document.number}]", width="content")
        st.badge(state_words(document.state, document.step), color=COLOURS[document.state])  # type: ignore[arg-type]
        if document.due_at and document.state == State.RUNNING:
            key, facts = due_words(document.due_at, now())
            late = document.due_at < now()
            st.badge(t(key, **facts), icon=":material/schedule:", color="red" if late else "gray")
        for mark in marks_of(session, [(document.kind, document.id)], now()).get(document.id, ()):
            st.badge(t(mark.key), icon=":material/warning:", color=mark.colour)  # type: ignore[arg-type]
        with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
            beside()
            _amount(session, document)
    _promises(session, document)


def _amount(session: Session, document: Document) -> None:
    amount = payable(session, document)
    if amount is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", width="content"):  # stays together in any width
        if amount != document.amount:
            own = f"{document.kind}.claimed"
            said = t(own if has_words(own) else "document.claimed", amount=document.amount)
            st.markdown(f":gray[{said}]", width="content")
        st.subheader(f"¥ {words(amount)}", anchor=False, width="content")


def _promises(session: Session, document: Document) -> None:
    """What the paper promises, in words: how much time is left, or whether it was kept in time."""
    clocks = {clock.key: clock for clock in clocks_of(session, [document.id])} if KINDS[document.kind].promises else {}
    said = [_promise(clocks[one.key]) for one in KINDS[document.kind].promises if one.key in clocks]
    if said:
        with st.container(horizontal=True, gap="small", key="document-promises"):
            for one in said:
                st.markdown(one, width="content")


def _promise(clock: PaperClock) -> str:
    key, facts = kept_words(clock.due_at, clock.kept_at, now())
    late = not clock.on_time if clock.kept_at else clock.due_at < now()
    colour = "red" if late else "green" if clock.kept_at else "blue"
    return f":gray[:small[{t(f'promise.{clock.key}')}]] :{colour}-badge[{t(key, **facts)}]"


def called(session: Session, document: Document) -> str:
    """What the paper is called: its kind, or the sort of its kind that a field names."""
    kind, detail = KINDS[document.kind], detail_of(session, document)
    sort = getattr(detail, kind.sort, None) if kind.sort else None
    return words(sort) if sort else t(f"kind.{document.kind}")


def state_words(state: State, step: str | None) -> str:
    """Where a paper stands, in words: while it runs, at whose desk."""
    if state == State.RUNNING and step:
        doing = t(f"step.{step}.doing")
        return doing if doing != f"step.{step}.doing" else t("state.at_step", step=step_name(step))
    return t(f"state.{state}")


def paper(session: Session, document: Document) -> None:
    """The sections of a sent paper, as the paper form reads."""
    kind, detail = KINDS[document.kind], detail_of(session, document)
    if detail is None:
        st.info(t("document.only_draft"))
        return
    values = readable(session, kind, kind.table, [detail], (*kind.fields, *kind.after))[0]
    with st.container(border=True):
        for section in kind.sections:
            rows = [item for item in section.items if isinstance(item, Row) and _was_asked(item, detail)]
            fields = [name for row in rows for name in row.fields if values[name]]
            tables = [one for one in section.items if isinstance(one, Lines) and lines_of(session, document, one)]
            if fields or tables:
                st.markdown(f"**{t(section.key)}**")
            _fields(kind, fields, values)
            for one in tables:
                table(session, kind, document, one)
        by_step = {name for step in kind.route for name in _of_step(kind, step)} if kind.by_step else set()
        _fields(kind, [name for name in kind.after if values[name] and name not in by_step], values)
        for one in kind.added:
            if not kind.by_step and lines_of(session, document, one):
                st.markdown(f"**{t(f'{kind.code}.section.{one.name}')}**")
                table(session, kind, document, one)
        _figures(session, kind, document)
    if kind.by_step:
        _parts(session, kind, document, values)


def _parts(session: Session, kind: DocumentType, document: Document, values: Mapping[str, str]) -> None:
    """What the steps fill in, each part under its step; of the one that is open, whose turn it is."""
    asked: dict[str, list[str]] = {}
    for one in open_now(session, document):
        asked.setdefault(one.step, []).extend(one.people)
    done = {task.step for task in tasks_of(session, document) if task.state == TaskState.DONE}
    for step in kind.route:
        if step.key not in done and step.key not in asked:
            continue
        fields = [name for name in _of_step(kind, step) if values[name] and not _says_no(kind, name, values[name])]
        tables = [one for one in kind.added if one.name == step.table and lines_of(session, document, one)]
        if not (fields or tables or (step.key in asked and (step.fields or step.table))):
            continue
        with st.container(border=True):
            turn = ""
            if step.key in asked:
                names_ = t("print.list_separator").join(asked[step.key])
                turn = f"  :blue-badge[:material/edit: {t('paper.turn', names=escaped(names_))}]"
            st.markdown(f"**{step_name(step.key)}**{turn}")
            _fields(kind, fields, values)
            for lines in tables:
                table(session, kind, document, lines)


def _of_step(kind: DocumentType, step: Step) -> tuple[str, ...]:
    """What its owner fills in, and what follows from it."""
    return (*step.fields, *(name for name, key in kind.found_at.items() if key == step.key))


def _was_asked(row: Row, detail: Any) -> bool:
    """Does the paper ask for it at all? A general claim knows of no trip's days."""
    when = row.when
    return when is None or when.setting is not None or holds(when, getattr(detail, when.field), when.value)


def _says_no(kind: DocumentType, name: str, said: str) -> bool:
    """A question that was answered with no says nothing on the paper."""
    return spec(kind.table, name).kind == Type.YES_NO and said == words(False)


def points_to_check(session: Session, reader: Person, document: Document) -> None:
    """What the controls find odd about the paper, with its author's reasons: read by whoever signs it."""
    kind = KINDS[document.kind]
    found = explained(session, reader, document, kind, now())
    if not found:
        return
    with st.container(border=True, key="points-to-check", gap="xsmall"):
        st.markdown(f"**{t('control.heading')}** :gray[{len(found)}]")
        for one in found:
            fault = one.warned.fault
            colour, icon = ("red", "block") if one.warned.blocks else ("orange", "warning")
            where = f"{_line_called(session, kind, document, fault)} " if fault.line else ""
            sign = f":{colour}[:material/{icon}:]"
            st.markdown(f"{sign} {where}{fault_text(fault)}  \n:gray[:small[{_why(one)}]]")


def _line_called(session: Session, kind: DocumentType, document: Document, fault: Fault) -> str:
    lines = kind.lines(fault.table or "")
    row = next((one for one in lines_of(session, document, lines) if one.position == fault.line), None)
    return line_name(lines, row) if row else t("control.in_line", line=fault.line)


def _why(one: Explained) -> str:
    if one.warned.blocks:
        return t("control.blocks")
    return t("control.reason", reason=escaped(one.reason)) if one.reason else t("control.no_reason")


def table(session: Session, kind: DocumentType, document: Document, lines: Lines) -> None:
    """The lines of a table of the paper."""
    if lines.grid:
        draw_sheet_on_paper(kind, lines, lines_of(session, document, lines))
        return
    draw_lines(session, kind, lines, lines_of(session, document, lines))


def draw_drawn(session: Session, kind: DocumentType, lines: Lines, drawn: list[dict[str, Any]]) -> None:
    """Lines that nobody types, as they would be sent now, with their number and what each amount adds up to."""
    if not drawn:
        st.markdown(f":gray[{t('fault.nothing_drawn')}]")
        return
    rows = [lines.table(document_id=0, position=place, **line) for place, line in enumerate(drawn, start=1)]
    with st.container(height=MANY_HIGH if len(rows) > MANY else "content", border=False):
        draw_lines(session, kind, lines, rows)
    sums = {} if lines.total else _sums(lines, rows)
    said = "".join(f"  {label(kind, name)} **¥ {words(amount)}**" for name, amount in sums.items())
    st.markdown(f":gray[{t(f'{kind.code}.count.{lines.name}', count=len(rows))}]{said}", text_alignment="right")


def draw_lines(session: Session, kind: DocumentType, lines: Lines, rows: list[Any]) -> None:
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
    with st.container(key=f"lines-{'wide' if few else 'long'}-{lines.name}"):
        st.html(_wide(kind, lines, joined, shown, total))
    if few:
        with st.container(key=f"lines-narrow-{lines.name}", gap="small"):
            for line in joined:
                _narrow(kind, lines, line, shown)


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
    """A table as HTML: Streamlit's own has no second line in a cell, and reads what people typed as markup."""
    heads = "".join(f"<th{_side(lines, names_)}>{html.escape(_heading(kind, names_))}</th>" for names_ in shown)
    rows = "".join(f"<tr>{_cells(lines, line, shown)}</tr>" for line in joined)
    if total:
        rows += f'<tr class="total">{_cells(lines, {shown[0]: t("budget.total")} | dict(total), shown)}</tr>'
    return f'<table class="paper-lines"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'


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


def _narrow(kind: DocumentType, lines: Lines, line: Mapping[tuple[str, ...], str], shown: list[Any]) -> None:
    """What a line comes to stands beside it; other amounts (its tax, what the audit left) say what they are."""
    amounts = [names_ for names_ in shown if _is_money(lines, names_)]
    money = next((one for one in amounts if one[0] in lines.brief), amounts[0] if amounts else ())
    every = [one for names_ in shown if names_ != money for one in (names_, *lines.beneath.get(names_, ()))]
    rest = [f"{label(kind, one[0])} {line[one]}" if one in amounts else line[one] for one in every if line[one]]
    with st.container(horizontal=True, wrap=False, vertical_alignment="top"):
        said = f"{escaped('  '.join(rest[:3]))}  \n:gray[:small[{escaped('  '.join(rest[3:]))}]]"
        st.markdown(said, width="stretch")
        if amount := line.get(money):
            st.markdown(f"**{amount}**", width=90, text_alignment="right")


def _joined(row: Mapping[str, str], names_: tuple[str, ...]) -> str:
    between = " → " if names_ in _WAYS else " "
    return between.join(row[name] for name in names_ if row[name]).replace("- ", "-")


_WAYS = {("origin", "destination"), ("origin", "destinations")}


def _heading(kind: DocumentType, names_: tuple[str, ...]) -> str:
    together = label(kind, "_".join(names_))
    return together if not together.startswith("field.") else label(kind, names_[-1])


def _is_money(lines: Lines, names_: tuple[str, ...]) -> bool:
    return len(names_) == 1 and spec(lines.table, names_[0]).kind == Type.MONEY


def line_name(lines: Lines, row: Any) -> str:
    """What a line is called where something is said about it: by its number on the sheet, else by its position."""
    return "".join(_short(getattr(row, name)) for name in lines.named_by) or str(row.position)


def attachments(session: Session, document: Document) -> None:
    """Links to the files; the route behind them checks session and right again."""
    files = attachments_of(session, document)
    if not files:
        return
    st.markdown(f"**{t('document.attachments')}** :gray[{len(files)}]")
    lines = _lines_by_invoice(session, document)
    for file in files:
        inline = "/inline" if file.media_type in ("application/pdf", "image/png", "image/jpeg") else ""
        link = f"[{escaped(file.name)}](/files/{file.id}{inline})"
        line = lines.get(file.invoice_key or "", "")
        st.markdown(f":material/attach_file: {link}  :gray[:small[{_size(file.size)}  {line}]]")


def _lines_by_invoice(session: Session, document: Document) -> dict[str, str]:
    """What the line of an invoice is called: its file stands with it."""
    kind = KINDS[document.kind]
    if kind.reads is None:
        return {}
    table = kind.lines(kind.reads)
    return {row.invoice_key: line_name(table, row) for row in lines_of(session, document, table) if row.invoice_key}


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


def _fields(kind: DocumentType, fields: list[str], values: Mapping[str, str]) -> None:
    """Label above value, side by side as many as there is room for; long texts take a line of their own."""
    wide = [name for name in fields if _width(values[name]) > HALF]
    with st.container(horizontal=True, gap="small"):
        for name in (name for name in fields if name not in wide):
            _field(kind, name, values[name], width=148 if _width(values[name]) <= LONG else 310)
    for name in wide:
        _field(kind, name, values[name], width="stretch")


def _width(said: str) -> int:
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in said)


def _field(kind: DocumentType, name: str, value: str, width: Any) -> None:
    st.markdown(f":gray[:small[{label(kind, name)}]]  \n{escaped(value)}", width=width)


def _figures(session: Session, kind: DocumentType, document: Document) -> None:
    """What the lines add up to, right-aligned under them, and the amount in capitals."""
    with st.container(gap="xsmall"):
        for key, value in kind.facts(session, document):
            with st.container(horizontal=True, horizontal_alignment="right", gap="medium"):
                st.markdown(f":gray[{t(key)}]", width="content")
                width: Any = "content" if isinstance(value, str) else 120  # sums stand below each other
                st.markdown(f"**{escaped(words(value))}**", width=width, text_alignment="right")
        if (amount := payable(session, document)) is not None:
            with st.container(horizontal=True):
                st.markdown(f":gray[{t('form.capitals')}]  **{in_capitals(amount)}**", width="content")


def _short(value: Any) -> str:
    if isinstance(value, StrEnum) and has_text(language(), f"{term_of(value).key}.short"):
        return t(f"{term_of(value).key}.short")
    this_year = type(value) is date and value.year == now().year
    return f"{value:%m-%d}" if this_year else words(value)


def _named(value: Any, by_id: Mapping[int, str]) -> str:
    if isinstance(value, list):
        return t("print.list_separator").join(by_id.get(one, "") for one in value)
    return by_id.get(value, "") if value is not None else ""


def _size(size: int) -> str:
    return f"{max(size / 1024, 1):,.0f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:,.1f} MB"
