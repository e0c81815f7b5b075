"""What changed a line of the budget, paper by paper, as a small table (P7-7)."""

import html
from collections.abc import Sequence

import streamlit as st

from services.documents import KINDS
from services.months import month_said
from services.reports.budget_history import Step
from ui.texts import t, words


def draw_steps(steps: Sequence[Step]) -> None:
    """Each change with who asked for it and why; what the reader may not read is a sum only. Last what it comes to."""
    if not steps:
        st.caption(t("burn.history.none"))
        return
    rows = "".join(_row(one) for one in steps)
    whole = html.escape(words(sum(one.amount for one in steps)))
    said = html.escape(t("burn.history.whole"))
    rows += f'<tr class="total"><td colspan="2">{said}</td><td class="amount">{whole}</td></tr>'
    st.html(f'<table class="paper-lines"><tbody>{rows}</tbody></table>')


def _row(one: Step) -> str:
    paper = one.document
    months = month_said(one.first) if one.first == one.last else f"{month_said(one.first)} – {month_said(one.last)}"
    change = f"{html.escape(words(one.posting))}<small>{html.escape(words(one.at)[:10])}</small>"
    why = html.escape(paper.title if paper else t("burn.not_readable"))
    if paper:
        number = html.escape(paper.number or "")
        why = f'{why} <a href="/{KINDS[paper.kind].slug}?number={number}" class="inside">{number}</a>'
    why += f"<small>{html.escape(months)}  {html.escape(one.author)}</small>"
    amount = html.escape(f"{'+' if one.amount > 0 else ''}{words(one.amount)}")
    return f'<tr><td>{change}</td><td>{why}</td><td class="amount">{amount}</td></tr>'
