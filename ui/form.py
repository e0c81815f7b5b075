"""One form for every kind of paper: drawn from its declaration, checked while typing, kept by itself as a draft.

session_state holds the widgets' own values and what the form was opened with; the truth is the draft in the database.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import streamlit as st
from sqlmodel import Session, SQLModel
from streamlit.delta_generator import DeltaGenerator

from models import Person
from services.database import reading
from services.documents.fields import Spec, Type, spec
from services.documents.filling import fill
from services.documents.grids import choices_of, sums_while_typed
from services.documents.kind import DocumentType, Filled, Lines, Option, Row, is_asked, offered_under
from services.documents.lookups import options
from services.errors import Fault
from services.months import month_said
from services.people import SHANGHAI
from services.texts import term_of
from ui.clock import now
from ui.lines import draw_drawn
from ui.sheet import Answer, draw_sheet, draw_sums
from ui.texts import fault_text, help_text, label, language, t, words

SHORT = 60
CROWDED = 10
"""Columns of a table in which a long text must not push the others out of sight."""
"""Texts up to this length get a narrow column."""
MONTH_LENGTH = 6
"""Of a month as it is kept; as it is said it is longer."""
BLANK_LINES = 4
"""Lines an empty table opens with: one starts typing, as on paper; what stays blank is not counted."""
TYPED_LATER = frozenset({"fault.required", "fault.no_lines", "fault.nothing_drawn"})
"""What is merely not filled in yet is said when the paper is sent, not while it is being typed."""


@dataclass
class Form:
    """A form on the page: whose paper, of which kind, under which key, and what it was opened with."""

    kind: DocumentType
    author: Person
    key: str
    opened: dict[str, Any]
    kept: Mapping[str, Any]
    """What the draft says now."""
    offered: dict[str, list[Option]] = field(default_factory=dict)
    places: list[tuple[Lines, DeltaGenerator]] = field(default_factory=list)
    """Where the tables stand that nobody types into."""

    def draw(self, faults: Iterable[Fault], wide: DeltaGenerator) -> dict[str, Any]:
        """Draw all sections with the faults beside their fields; returns what is typed now. Sheets stand in `wide`."""
        typed: dict[str, Any] = {}
        by_field: dict[tuple[str | None, str], list[Fault]] = {}
        for fault in faults:
            by_field.setdefault((fault.table, fault.field), []).append(fault)
        with reading() as session:
            self.offered = {
                field.name: options(session, self.author, self.kind, field, now())
                for form in (self.kind.form, *(table.form for table in self.kind.typed_tables))
                for field in _linked(self.kind, form)
            }
        for section in self.kind.sections:
            if not any(item.when is None or self._asks(item, typed) for item in section.items):
                continue
            sheet = any(isinstance(item, Lines) and item.grid for item in section.items)
            with wide if sheet else nullcontext(), st.container(border=True):
                st.markdown(f"**{t(section.key)}**")
                for item in section.items:
                    if not self._asks(item, typed):
                        continue
                    if isinstance(item, Row):
                        for column, name in zip(st.columns(len(item.fields)), item.fields, strict=True):
                            with column:
                                under = self._under(name, self.offered.get(name, []), typed)
                                typed[name] = self._field(name, under, needed=name in item.needed)
                                say_faults(by_field.get((None, name), ()))
                    elif item.grid:
                        typed[item.name] = self._sheet(item, typed)
                        self.places.append((item, st.container()))
                        say_line_faults(self.kind, item, by_field)
                    elif item.drawn:
                        self.places.append((item, st.container()))
                        say_line_faults(self.kind, item, by_field)
                    else:
                        under = {name: self._under(name, found, typed) for name, found in self.offered.items()}
                        typed[item.name] = self._lines(item, under)
                        say_line_faults(self.kind, item, by_field)
        return typed

    def show_drawn(self, session: Session, filled: Filled) -> None:
        """The tables that nobody types into, and the sums of sheets, in their places, as they would be sent now."""
        for table, place in self.places:
            with place:
                if table.grid:
                    draw_sums(self.kind, table, sums_while_typed(table, filled))
                else:
                    draw_drawn(session, self.kind, table, filled.lines[table.name])

    def _asks(self, item: Row | Lines, typed: dict[str, Any]) -> bool:
        """Is this part asked for? What was typed into it before is kept for when it is asked for again."""
        if is_asked(item, typed) and not self._offers_nothing(item):
            return True
        for name in item.fields if isinstance(item, Row) else (item.name,):
            typed[name] = self.opened[name] = self.kept.get(name)
        return False

    def _offers_nothing(self, item: Row | Lines) -> bool:
        """A table that may stay empty and has nothing to choose from (advances, where one has none) is left out."""
        if isinstance(item, Row) or item.least or item.drawn or self.kept.get(item.name):
            return False
        linked = _linked(self.kind, item.form)
        return bool(linked) and not any(self.offered.get(field.name) for field in linked)

    def _under(self, name: str, offered: list[Option], typed: Mapping[str, Any]) -> list[Option]:
        """What a field offers under what is chosen above it."""
        above = self.kind.narrowed_by.get(name)
        return offered_under(offered, typed.get(above)) if above else offered

    def _field(self, name: str, offered: list[Option], *, needed: bool) -> Any:
        field = spec(self.kind.form, name)
        field = replace(field, required=True) if needed else field
        return draw_field(
            field,
            f"{self.key}.{name}",
            self.opened.get(name),
            label(self.kind, name),
            help_text(self.kind, name),
            offered,
        )

    def _lines(self, table: Lines, offered: Mapping[str, list[Option]]) -> list[dict[str, Any]]:
        st.caption(t("form.lines_help"))
        labels = {name: _labels(spec(table.form, name), offered.get(name, [])) for name in table.columns}
        crowded = len(table.columns) > CROWDED
        config = {
            name: _column(
                spec(table.form, name),
                label(self.kind, name),
                help_text(self.kind, name),
                labels[name],
                crowded=crowded,
            )
            for name in table.columns
        }
        edited = st.data_editor(
            _frame(table.form, table.columns, self._rows_under(table, str(config)), labels),
            key=f"{self.key}.{table.name}",
            column_config=config,
            num_rows="dynamic",
            hide_index=True,
            width="stretch",
            placeholder="",
        )
        return [_plain_row(row, labels) for row in edited.to_dict("records")]

    def _sheet(self, table: Lines, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
        def ask(question: Callable[[Filled], Answer]) -> Answer:
            """Of what stands above the sheet: whose year it is."""
            with reading() as session:
                return question(fill(session, self.author, self.kind, typed, now())[0])

        return draw_sheet(self.kind, table, f"{self.key}.{table.name}", self.kept.get(table.name), ask)

    def _rows_under(self, table: Lines, config: str) -> list[Any]:
        """The rows that the editor's changes are applied to.

        Streamlit starts the editor anew, without what was typed, when its headings or choices become others (another
        language, a new expense type): then it goes on from the draft.
        """
        memory = st.session_state.setdefault(f"{self.key}.{table.name}.drawn", {})
        if memory.get("config") != config:
            memory.update(config=config, rows=self.kept.get(table.name) or [])
        rows: list[Any] = memory["rows"]
        return rows


def draw_field(field: Spec, key: str, value: Any, label_text: str, help_said: str | None, offered: list[Option]) -> Any:
    """One input for one field, by its type; returns what is typed, as plain JSON values."""
    shown = f"{label_text} *" if field.required else label_text
    if field.kind == Type.DATE:
        day = st.date_input(shown, _day(value), key=key, help=help_said, format="YYYY-MM-DD")
        return day.isoformat() if isinstance(day, dt.date) else None
    if field.kind == Type.MOMENT:
        at = st.datetime_input(shown, _moment(value), key=key, help=help_said, format="YYYY-MM-DD", step=300)
        return at.replace(tzinfo=SHANGHAI).isoformat() if isinstance(at, dt.datetime) else None
    if field.kind in (Type.CHOICE, Type.LINK):
        choices = _choices(field, offered)
        keys = list(choices)
        index = keys.index(value) if value in choices else None
        return st.selectbox(
            shown, keys, index, format_func=lambda one: choices.get(one, ""), key=key, help=help_said, placeholder=""
        )
    if field.kind == Type.LINKS:
        choices = _choices(field, offered)
        chosen = [one for one in value or [] if one in choices]
        return st.multiselect(
            shown, list(choices), chosen, format_func=lambda one: choices.get(one, ""), key=key, help=help_said,
            placeholder="", select_all=False,
        )  # fmt: skip
    if field.kind == Type.YES_NO:
        return st.checkbox(label_text, bool(value), key=key, help=help_said)
    if field.kind == Type.LONG_TEXT:
        return st.text_area(shown, value or "", key=key, help=help_said, height=90)
    text = "" if value is None else str(value)
    if field.kind == Type.MONTH:
        text = _month_typed(text)
        return st.text_input(shown, text, key=key, help=help_said, placeholder=t("form.month"))
    return st.text_input(shown, text, key=key, help=help_said)


def say_faults(faults: Iterable[Fault]) -> None:
    for fault in faults:
        st.markdown(f":red[:small[{fault_text(fault)}]]")


def say_line_faults(kind: DocumentType, table: Lines, by_field: Mapping[tuple[str | None, str], list[Fault]]) -> None:
    """Faults of a table stand under it: which line, which column, what."""
    say_faults(by_field.get((None, table.name), ()))
    found = [fault for (place, _), faults in by_field.items() if place == table.name for fault in faults]
    for fault in sorted(found, key=lambda one: one.line or 0)[:20]:
        if table.grid and fault.line:
            line = words(choices_of(table)[fault.line - 1])
            where = t("fault.in_voucher", line=line, field=label(kind, fault.field))
        else:
            where = t("fault.in_line", line=fault.line, field=label(kind, fault.field))
        st.markdown(f":red[:small[{where} {fault_text(fault)}]]")


def worth_saying(faults: Iterable[Fault], *, sending: bool) -> list[Fault]:
    """While typing, only what is wrong; when sending, what is missing too."""
    return [fault for fault in faults if sending or fault.key not in TYPED_LATER]


def _linked(kind: DocumentType, form: Any) -> Iterable[Spec]:
    names = kind.fields if form is kind.form else next(t.columns for t in kind.tables if t.form is form)
    return [field for field in (spec(form, name) for name in names) if field.kind in (Type.LINK, Type.LINKS)]


def _choices(field: Spec, offered: list[Option]) -> dict[Any, str]:
    if field.choices:
        return {member.value: t(term_of(member).key) for member in field.choices}
    return {option.value: option.said(language()) for option in offered}


def _labels(field: Spec, offered: list[Option]) -> dict[str, Any]:
    """What a table's cell offers, by the words people read and paste, each once."""
    if field.kind not in (Type.CHOICE, Type.LINK):
        return {}
    found: dict[str, Any] = {}
    for value, said in _choices(field, offered).items():
        found[said if said not in found else f"{said} ({value})"] = value
    return found


def _column(field: Spec, said: str, help_said: str | None, labels: Mapping[str, Any], *, crowded: bool = False) -> Any:
    shown = f"{said} *" if field.required else said
    if field.kind in (Type.CHOICE, Type.LINK):
        return st.column_config.SelectboxColumn(shown, options=list(labels), help=help_said, width=96)
    if field.kind == Type.DATE:
        return st.column_config.DateColumn(shown, format="YYYY-MM-DD", help=help_said, width=94)
    if field.kind == Type.MONTH:
        return st.column_config.TextColumn(shown, help=help_said, width=80)
    if field.kind == Type.MONEY:
        width = 84 if field.required else 64
        return st.column_config.TextColumn(shown, help=help_said, width=width, alignment="right")
    width = 66 if (field.longest or 0) == SHORT else 84 if crowded else None  # else as wide as what stands in it
    return st.column_config.TextColumn(shown, help=help_said, width=width)


def draw_rows(
    form: type[SQLModel], key: str, rows: list[Any], said: Mapping[str, str], offered: Mapping[str, list[Option]]
) -> list[dict[str, Any]]:
    """A table to type rows into, of any form; returns the rows as plain values."""
    names = tuple(form.model_fields)
    labels = {name: _labels(spec(form, name), offered.get(name, [])) for name in names}
    config = {name: _column(spec(form, name), said[name], None, labels[name]) for name in names}
    edited = st.data_editor(
        _frame(form, names, rows, labels),
        key=key,
        column_config=config,
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        placeholder="",
    )
    return [_plain_row(row, labels) for row in edited.to_dict("records")]


def _frame(
    form: type[SQLModel], names: tuple[str, ...], rows: list[Any], labels: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """The lines as the editor takes them: days as days, choices by their words, all else as text."""
    columns: dict[str, Any] = {}
    for name in names:
        field = spec(form, name)
        values = [row.get(name) for row in rows]
        if field.kind == Type.MONTH:
            values = [_month_typed(value) for value in values]
        if field.kind == Type.DATE:
            columns[name] = pd.Series([_day(value) for value in values], dtype="object")
            columns[name] = pd.to_datetime(columns[name]).astype("datetime64[ns]")
        else:
            words_of = {value: said for said, value in labels[name].items()}
            values = [
                _month_typed(value) if field.kind == Type.MONTH else words_of.get(value, value) for value in values
            ]
            columns[name] = pd.Series([None if value is None else str(value) for value in values], dtype="string")
    return pd.DataFrame(columns).reindex(range(len(rows) or BLANK_LINES))


def _month_typed(typed: Any) -> Any:
    """A month as it is said; what is none stays as it was typed."""
    return month_said(typed) if isinstance(typed, str) and len(typed) == MONTH_LENGTH and typed.isdigit() else typed


def _plain_row(row: Mapping[Any, Any], labels: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A row as plain values; what is no choice's words stays as it was typed, and is refused beside the table."""
    plain = {str(name): _plain(value) for name, value in row.items()}
    return {name: labels.get(name, {}).get(value, value) for name, value in plain.items()}


def _plain(value: Any) -> Any:
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, pd.Timestamp | dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, str | bool) else int(value)


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Any) -> dt.datetime | None:
    """A moment as the company's clock on the wall says it."""
    try:
        at = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(SHANGHAI).replace(tzinfo=None) if at and at.tzinfo else at
