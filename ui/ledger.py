"""What a paper has done to the budget, posting by posting: an auditor follows each yuan from here."""

import html

from sqlmodel import Session

from models import Document, LedgerEntry
from services.documents.lookups import names
from services.money.ledger import EFFECT, entries_of, left_of
from services.months import month_said
from ui.pieces import folded, table
from ui.texts import language, t, words

_HEADS = ("ledger.at", "ledger.month", "ledger.type", "ledger.category", "ledger.posting", "ledger.by", "ledger.amount")


def ledger_piece(session: Session, document: Document) -> str:
    """The paper's own postings and those to its reservation, in order; nothing where there are none."""
    entries = entries_of(session, document)
    if not entries:
        return ""
    types = names(session, "expensetype", (one.expense_type_id for one in entries), language())
    papers = names(session, "document", (one.document_id for one in entries), language())
    rows = ""
    for one in entries:
        cells = [
            words(one.at)[:10],
            _month(one),
            types.get(one.expense_type_id or 0, "—"),
            words(one.category),
            words(one.posting),
            papers.get(one.document_id) or "",
        ]
        said = "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        rows += f'<tr>{said}<td class="amount">{_signed(one)}</td></tr>'
    heads = "".join(f"<th>{html.escape(t(key))}</th>" for key in _HEADS[:-1])
    heads += f'<th class="amount">{html.escape(t(_HEADS[-1]))}</th>'
    for figure, amount in left_of(entries).items():
        said = html.escape(t(f"ledger.left.{figure}"))
        rows += f'<tr><th colspan="{len(_HEADS) - 1}">{said}</th><th class="amount">{words(amount)}</th></tr>'
    return folded(t("ledger.heading"), str(len(entries)), "account_balance", table(heads, rows))


def _signed(entry: LedgerEntry) -> str:
    """An amount with what it does to its figure: what is taken back stands with a minus."""
    return words(EFFECT[entry.posting][1] * entry.amount)


def _month(one: LedgerEntry) -> str:
    """The month it stands in; where it was meant for a closed one, which that was."""
    month = month_said(one.month)
    return t("ledger.moved", month=month, meant=month_said(one.meant_for)) if one.meant_for else month
