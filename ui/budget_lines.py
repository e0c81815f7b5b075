"""What a paper does to the lines of the budget: what is left before it, what it takes, what is left after."""

import html
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlmodel import Session

from models import Document, Response
from services.documents import KINDS
from services.documents.budget_effect import Move, moves_of, moves_while_typed
from services.documents.budgeted import looked_at, looks_of
from services.documents.kind import DocumentType, Filled
from services.documents.lookups import names
from services.money.control import Look
from services.months import month_said
from ui.clock import now
from ui.pieces import block, boxed, draw, heading, said, table
from ui.texts import language, t, words

_SUMS = ("left", "asked", "after")
_FIGURES = ("plan", "reserved", "spent", *_SUMS)
_MOVES = ("left", "change", "after")


def typed_budget(kind: DocumentType, filled: Filled) -> bool:
    """Beside the form: each line of the budget that it touches, in a few words. Is it stopped by one?"""
    found = looked_at(kind.budget, filled) if kind.budget else []
    if not found:
        return False
    parts = [heading(t("budget_control.heading"))]
    for one in found:
        parts.append(block(said(words(one.category)), " ", said(_measure(one), "small quiet")))
        rows = (f"<tr><td>{html.escape(t(f'budget_control.{name}'))}</td>{_cell(one, name)}</tr>" for name in _SUMS)
        parts.append(table("", "".join(rows)))
    draw(boxed(*parts, look="close budget-effect"))
    return any(one.response == Response.STOP for one in found)


def budget_of_paper(session: Session, document: Document) -> str:
    """On a paper that asks for money: the whole of each line, so that whoever decides sees what will be left."""
    budget = KINDS[document.kind].budget
    found = looks_of(session, document, budget, now()) if budget else []
    moved = _moves(session, moves_of(session, KINDS[document.kind], document, now()))
    if not found:
        return moved
    departments = names(session, "department", {one.department_id for one in found}, language())
    rows = "".join(_line(one, departments[one.department_id]) for one in found)
    return moved + _table(_FIGURES, rows)


def typed_moves(session: Session, kind: DocumentType, filled: Filled) -> None:
    """Beside the form of a paper that changes the budget itself: what is left of each line, and what will be."""
    found = moves_while_typed(kind, filled)
    if not found:
        return
    parts = [heading(t("budget_control.heading"))]
    departments = names(session, "department", {one.department_id for one in found}, language())
    for one in found:
        parts.append(block(said(_called(one, departments)), " ", said(month_said(one.month), "small quiet")))
        rows = (f"<tr><td>{html.escape(t(f'budget_control.{name}'))}</td>{_moved(one, name)}</tr>" for name in _MOVES)
        parts.append(table("", "".join(rows)))
    draw(boxed(*parts, look="close budget-effect"))


def _moves(session: Session, found: list[Move]) -> str:
    if not found:
        return ""
    departments = names(session, "department", {one.department_id for one in found}, language())
    rows = ""
    for one in found:
        name = f"{html.escape(_called(one, departments))}<small>{html.escape(month_said(one.month))}</small>"
        rows += f"<tr><td>{name}</td>{''.join(_moved(one, figure) for figure in _MOVES)}</tr>"
    return _table(_MOVES, rows)


def _table(figures: Sequence[str], rows: str) -> str:
    heads = "".join(f'<th class="amount">{html.escape(t(f"budget_control.{name}"))}</th>' for name in figures)
    heads = f"<th>{html.escape(t('budget_control.line'))}</th>{heads}"
    whole = "whole-lines" if len(figures) > len(_MOVES) else ""  # a phone leaves out how it comes to what is left
    return boxed(heading(t("budget_control.heading")), table(heads, rows, whole), look="close budget-effect")


def _called(one: Move, departments: Mapping[int, str]) -> str:
    return f"{departments[one.department_id]}  {words(one.category)}"


def _moved(one: Move, figure: str) -> str:
    amount: Decimal = getattr(one, figure)
    if figure == "change":
        return f'<td class="amount">{"+" if amount > 0 else ""}{html.escape(words(amount))}</td>'
    return _amount(amount, stands_out=amount < 0)


def _amount(amount: Decimal, *, stands_out: bool) -> str:
    said = html.escape(words(amount))
    return f'<td class="amount">{f"""<strong class="late">{said}</strong>""" if stands_out else said}</td>'


def _line(one: Look, department: str) -> str:
    name = f"{html.escape(department)} {html.escape(words(one.category))}<small>{html.escape(_measure(one))}</small>"
    return f"<tr><td>{name}</td>{''.join(_cell(one, figure) for figure in _FIGURES)}</tr>"


def _cell(one: Look, figure: str) -> str:
    """A figure; what is left after stands out where it is too little."""
    return _amount(getattr(one, figure), stands_out=figure == "after" and one.response is not None)


def _measure(one: Look) -> str:
    month = f"{one.until[:4]}-{one.until[4:]}"
    return t(f"budget_control.upto.{one.basis}", month=month, year=one.until[:4])
