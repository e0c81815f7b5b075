"""Receivables and service income: who owes what for how long, and what came in by kind and month (P6-10b, P8-5.2)."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from models import IncomeKind
from services.database import reading
from services.documents import KINDS
from services.people import local_day
from services.reports.receivables import COLUMNS, STEPS, Receivable, by_age, income_of_year, receivables
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
        years = [str(this_year - back) for back in range(_YEARS)]
        choose("owed", "year", years, year, str, label=t("owed.year"), width=100)
    _income(income)


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


def _income(income: dict[IncomeKind, list[Decimal]]) -> None:
    """Kinds down, months across."""
    if not income:
        st.info(t("owed.no_income"), icon=":material/inbox:")
        return
    months = [f"{month:02d}" for month in range(1, 13)]
    frame = pd.DataFrame(
        [[words(kind), *map(float, sums), float(sum(sums))] for kind, sums in income.items()],
        columns=["kind", *months, "sum"],
    )
    config: dict[str, object] = {
        name: st.column_config.NumberColumn(t("owed.sum") if name == "sum" else name, format="accounting", width=84)
        for name in (*months, "sum")
    }
    config["kind"] = st.column_config.TextColumn(t("field.income_kind"), width=110)
    st.dataframe(frame, hide_index=True, column_config=config, key="owed.income", placeholder="")
