"""Receivables and service income: who owes what for how long, and what came in by kind and month (P6-10b, P8-5.2)."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from models import IncomeKind, Person
from services.database import reading
from services.documents import KINDS
from services.people import local_day
from services.reports.receivables import (
    COLUMNS,
    STEPS,
    Receivable,
    by_age,
    income_of_year,
    incomes_behind,
    receivables,
    total_by_month,
)
from ui.clock import now
from ui.filters import choose
from ui.links import go
from ui.session import signed_in
from ui.texts import language, t, words

_WIDTHS = {"payer": 150, "number": 116, "income_kind": 96, "basis": 190, "invoice_number": 110, "due": 92, "late": 84}
_MONEY = ("amount", "collected", "receivable")
_YEARS = 3


def receivables_page() -> None:
    me = signed_in()
    this_year = local_day(now()).year
    asked = st.query_params.get("year", "")
    year = int(asked) if asked in {str(this_year - back) for back in range(_YEARS)} else this_year
    with reading() as session:
        rows = receivables(session, me, now())
        income = income_of_year(session, me, year, now())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(t("menu.receivables"), anchor=False, width="content")
        st.space("stretch")
        st.link_button(
            t("list.excel"), f"/export/receivables.xlsx?lang={language()}", icon=":material/download:"
        )  # fmt: skip
    st.caption(t("owed.with_tax"))
    if rows:
        _sums(rows)
        _table(rows)
    else:
        st.info(t("owed.none"), icon=":material/task_alt:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{t('owed.income')}**", width="content")
        address = f"/export/income_by_month.xlsx?year={year}&lang={language()}"
        years = [str(this_year - back) for back in range(_YEARS)]
        choose("owed", "year", years, year, str, label=t("owed.year"), width=100)
        st.space("stretch")
        st.link_button(t("list.excel"), address, icon=":material/download:")
    _income(me, year, income)


def _sums(rows: list[Receivable]) -> None:
    """What is owed by age: not due, and late by how much."""
    said = [
        t("ageing.not_due"),
        *(t("ageing.up_to", days=days) for days in STEPS[1:]),
        t("ageing.more", days=STEPS[-1]),
    ]
    with st.container(horizontal=True):
        for label, amount in zip(said, by_age(rows), strict=True):
            st.metric(label, f"¥ {words(amount)}", border=True)


def _table(rows: list[Receivable]) -> None:
    frame = pd.DataFrame([{name: _shown(row, name) for name in COLUMNS} for row in rows])
    config: dict[str, object] = {}
    for name in COLUMNS:
        said = t(f"owed.{name}")
        if name in _MONEY:
            config[name] = st.column_config.NumberColumn(said, format="accounting", width=98)
        elif name == "late":
            config[name] = st.column_config.NumberColumn(said, width=_WIDTHS[name])
        else:
            config[name] = st.column_config.TextColumn(said, width=_WIDTHS.get(name))
    event = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=config,
        height=min(38 + 35 * len(frame), 520),
        key=f"owed.{len(rows)}",
        placeholder="",
    )
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(rows):
        go(KINDS["RV"].slug, number=rows[cells[0][0]].number)


def _shown(row: Receivable, name: str) -> object:
    value = getattr(row, name)
    if name in _MONEY:
        return float(value)
    return value if name == "late" else words(value)


def _income(me: Person, year: int, income: dict[IncomeKind, list[Decimal]]) -> None:
    """Kinds down, months across, with their sums; a click opens what is behind a sum."""
    if not income:
        st.info(t("owed.no_income"), icon=":material/inbox:")
        return
    kinds, months = list(income), [f"{month:02d}" for month in range(1, 13)]
    sums = [*((words(kind), row) for kind, row in income.items()), (t("owed.total"), total_by_month(income))]
    frame = pd.DataFrame(
        [[said, *map(float, row), float(sum(row))] for said, row in sums], columns=["kind", *months, "sum"]
    )
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(t("owed.sum") if name == "sum" else name, format="accounting", width=76)
        for name in (*months, "sum")
    }
    config["kind"] = st.column_config.TextColumn(t("field.income_kind"), width=104)
    event = st.dataframe(
        frame, hide_index=True, column_config=config, key=f"owed.income.{year}", placeholder="",
        on_select="rerun", selection_mode="single-cell",
    )  # fmt: skip
    cells = event["selection"]["cells"]
    if not cells or cells[0][0] > len(kinds):
        st.caption(t("owed.pick"))
        return
    row, column = cells[0]
    kind = kinds[row] if row < len(kinds) else None
    _behind(me, year, kind, int(column) if column in months else None)


def _behind(me: Person, year: int, kind: IncomeKind | None, month: int | None) -> None:
    """The incomes that a sum is made of; a click opens one."""
    with reading() as session:
        found = incomes_behind(session, me, year, now(), kind=kind, month=month)
    said = " ".join(filter(None, (words(kind) if kind else t("owed.total"), f"{year}-{month:02d}" if month else "")))
    st.markdown(f"**{said}** :gray[{len(found)}]")
    names = ("payer", "number", "income_kind", "basis", *_MONEY)
    frame = pd.DataFrame([{name: _shown(one, name) for name in names} for one in found], columns=list(names))
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(t(f"owed.{name}"), format="accounting", width=98)
        if name in _MONEY
        else st.column_config.TextColumn(t(f"owed.{name}"), width=_WIDTHS.get(name))
        for name in names
    }
    event = st.dataframe(
        frame, hide_index=True, column_config=config, key=f"owed.behind.{year}.{kind}.{month}", placeholder="",
        on_select="rerun", selection_mode="single-cell", height=min(38 + 35 * max(len(frame), 1), 420),
    )  # fmt: skip
    cells = event["selection"]["cells"]
    if cells and cells[0][0] < len(found):
        go(KINDS["RV"].slug, number=found[cells[0][0]].number)
