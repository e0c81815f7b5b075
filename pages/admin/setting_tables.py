"""A setting that is a table (limits, cities): typed in or brought as Excel, and shown with what would change."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from sqlmodel import SQLModel

from services.database import reading
from services.documents.fields import Type, spec
from services.documents.kind import Option
from services.documents.lookups import all_expense_types
from services.errors import Fault, Refused
from services.row_files import rows_from_excel, rows_to_excel
from services.setting_changes import Shown
from services.settings import SETTINGS, typed_as
from services.texts import LANGUAGES, term_of, text
from ui.form import draw_rows, say_faults
from ui.texts import fault_text, language, refusal, t, words
from ui.upload import upload

_MOST_FAULTS = 20


def draw_table(chosen: Shown, key: str, faults: tuple[Fault, ...]) -> list[dict[str, Any]]:
    """The rows to type in, with a file to bring and one to take away; returns what is typed now."""
    form = SETTINGS[chosen.key].table
    assert form is not None
    offered = _offered()
    rows = _brought(form, key, offered) or typed_as(chosen.value)
    said = _headings(form, language())
    st.download_button(
        t("list.excel"),
        lambda: rows_to_excel(
            form, typed_as(chosen.value), said, _choices(form, offered, language()),
            title=t(f"setting.{chosen.key}"), language=language(),
        ),
        f"{t(f'setting.{chosen.key}')}.xlsx",
        icon=":material/download:",
    )  # fmt: skip
    typed = draw_rows(form, f"{key}.rows.{st.session_state.get(f'{key}.file', 0)}", rows, said, offered)
    for fault in [one for one in faults if one.table == chosen.key][:_MOST_FAULTS]:
        where = t("fault.in_line", line=fault.line, field=said.get(fault.field, fault.field))
        st.markdown(f":red[:small[{where} {fault_text(fault)}]]")
    say_faults(fault for fault in faults if fault.field == chosen.key and fault.table is None)
    return typed


def show_changes(key: str, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """What is proposed, row by row: new, changed, dropped, or as it is. Whoever approves it sees all of it."""
    form, named_by = SETTINGS[key].table, SETTINGS[key].named_by
    assert form is not None
    was = {tuple(row.get(name) for name in named_by): row for row in before}
    said, words_of = _headings(form, language()), _choices(form, _offered(), language())
    lines = []
    for row in after:
        old = was.pop(tuple(row.get(name) for name in named_by), None)
        state = "new" if old is None else "same" if old == row else "changed"
        lines.append((state, row, old))
    lines += [("dropped", row, None) for row in was.values()]
    frame = pd.DataFrame(
        [
            {t("settings.column.change"): t(f"settings.row.{state}")}
            | {said[name]: _shown(form, name, row, old if state == "changed" else None, words_of) for name in said}
            for state, row, old in sorted(lines, key=lambda one: one[0] == "same")
        ]
    )
    st.dataframe(frame, hide_index=True, height=min(38 + 35 * len(frame), 420))


def _brought(form: type[SQLModel], key: str, offered: Mapping[str, list[Option]]) -> list[dict[str, Any]] | None:
    """The rows of an Excel file that was chosen; they are looked through here and checked when they are proposed."""
    file = upload(t("settings.file"), type=["xlsx"], key=f"{key}.upload", help=t("settings.file_help"))
    if file is None:
        return None
    st.session_state[f"{key}.file"] = file.file_id
    try:
        return rows_from_excel(
            form,
            file.getvalue(),
            [_headings(form, one) for one in (language(), *LANGUAGES)],
            [_choices(form, offered, one) for one in LANGUAGES],
        )
    except Refused as refused:
        st.error(refusal(refused), icon=":material/block:")
        return None


def _offered() -> dict[str, list[Option]]:
    with reading() as session:
        return {"expense_type_id": all_expense_types(session)}


def _headings(form: type[SQLModel], spoken: str) -> dict[str, str]:
    return {name: text(spoken, f"field.{name}") for name in form.model_fields}


def _choices(form: type[SQLModel], offered: Mapping[str, list[Option]], spoken: str) -> dict[str, dict[Any, str]]:
    """Field -> value -> how it reads."""
    found: dict[str, dict[Any, str]] = {}
    for name in form.model_fields:
        field = spec(form, name)
        if field.choices:
            found[name] = {member.value: text(spoken, term_of(member).key) for member in field.choices}
        elif field.kind == Type.LINK:
            found[name] = {option.value: option.said(spoken) for option in offered.get(name, [])}
    return found


def _shown(
    form: type[SQLModel], name: str, row: dict[str, Any], old: dict[str, Any] | None, choices: Mapping[str, Any]
) -> str:
    def said(value: Any) -> str:
        if value is None:
            return t("settings.all")
        if spec(form, name).kind == Type.MONEY:
            return words(spec(form, name).adapter.validate_python(value))
        return str(choices.get(name, {}).get(value, value))

    now_said = said(row.get(name))
    return now_said if old is None or old.get(name) == row.get(name) else f"{said(old.get(name))} → {now_said}"
