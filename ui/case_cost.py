"""What a case has cost so far, paper by paper, its sum, and who bears it."""

import html
from datetime import datetime

from sqlmodel import Session

from models import Document, Person
from services.documents import KINDS
from services.documents.lookups import names
from services.reports.case_cost import CostLine, Share, case_cost
from ui.pieces import block, folded, said, table
from ui.texts import language, t, words


def case_cost_piece(session: Session, reader: Person, document: Document, now: datetime) -> str:
    """Nothing where the case has cost nothing yet."""
    found = case_cost(session, reader, document, now)
    if found is None:
        return ""
    heads = "".join(f"<th>{html.escape(t(f'case_cost.{name}'))}</th>" for name in ("kind", "paper", "detail"))
    heads += f'<th class="amount">{html.escape(t("case_cost.amount"))}</th>'
    rows = "".join(_row(one) for one in found.lines)
    rows += _sum(t("case_cost.total"), words(found.total))
    rows += "".join(_sum(_bearer(session, one), words(one.amount)) for one in found.shares)
    open_still = "" if found.shares else block(said(t("case_cost.not_settled"), "small quiet"))
    total = f"¥ {words(found.total)}"
    return folded(t("case_cost.heading"), total, "calculate", table(heads, rows), open_still)


def _row(line: CostLine) -> str:
    paper = html.escape(line.number or t(f"kind.{line.paper}"))
    if line.number:
        paper = f'<a href="/{KINDS[line.paper].slug}?number={html.escape(line.number)}" class="inside">{paper}</a>'
    kind, detail = html.escape(words(line.kind)), html.escape(line.detail)
    return f'<tr><td>{kind}</td><td>{paper}</td><td>{detail}</td><td class="amount">{words(line.amount)}</td></tr>'


def _sum(said: str, amount: str) -> str:
    return f'<tr><th colspan="3">{html.escape(said)}</th><th class="amount">{amount}</th></tr>'


def _bearer(session: Session, one: Share) -> str:
    share = one.share
    department = names(session, "department", [share.bearing_department_id], language())
    who = " ".join(
        filter(None, (words(share.bearer), department.get(share.bearing_department_id or 0), share.bearer_name))
    )
    return t("case_cost.borne", who=who, percent=f"{share.percent:f}")
