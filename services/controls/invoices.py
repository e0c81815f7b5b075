"""Controls of invoices: each claimed once, made out to the company, not one of a pad (P8-3.2)."""

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from models import ClaimedInvoice, Document, Nature, VoucherLine
from services.controls.rule import Found, Looked, Voucher, compared
from services.controls.standing import NOT_STANDING
from services.database import rows

MADE_OUT_TO_NOBODY = frozenset({Nature.TICKET, Nature.RIDE})
"""Tickets, tolls and taxis name no buyer."""


def duplicate_invoice(claim: Looked) -> Iterator[Found]:
    """An invoice is on one standing claim, once, whoever claims it and however its number is typed."""
    lines = [one for one in claim.vouchers if one.invoice_key]
    claimed_before = _claimed_before(claim, {one.invoice_key or "" for one in lines})
    seen: dict[str, int] = {}
    for one in lines:
        key = one.invoice_key or ""
        if key in seen:
            yield Found(True, {"line": seen[key]}, one.line, "invoice_number", how="twice")
        elif key in claimed_before:
            yield Found(True, {}, one.line, "invoice_number", other_id=claimed_before[key])
        seen.setdefault(key, one.line)


def buyer_is_company(claim: Looked) -> Iterator[Found]:
    """An invoice names the company as its buyer, by title and tax number, where it names one."""
    title, number = claim.setting("company.tax_title"), claim.setting("company.tax_number")
    for one in claim.vouchers:
        if one.nature in MADE_OUT_TO_NOBODY:
            continue
        if title and one.buyer_name and compared(one.buyer_name) != compared(title):
            yield Found(True, {"buyer": one.buyer_name, "company": title}, one.line, "buyer_name")
        elif number and one.buyer_tax_no and compared(one.buyer_tax_no) != compared(number):
            facts = {"number": one.buyer_tax_no, "company": number}
            yield Found(True, facts, one.line, "buyer_tax_no", how="number")


def consecutive_numbers(claim: Looked) -> Iterator[Found]:
    """Invoices of one seller whose numbers follow each other, on this claim or another: torn off a pad?

    Tickets are left out: two bought in one go are numbered so.
    """
    numbered = [one for one in claim.vouchers if one.seller and one.nature != Nature.TICKET and _serial(one)]
    by_number = {(one.seller, one.invoice_code, _serial(one)): one for one in numbered}
    for (seller, code, serial), one in by_number.items():
        if before := by_number.get((seller, code, (serial or 0) - 1)):
            facts = {"line": before.line, "invoice": one.invoice_number}
            about = (one.invoice_key, before.invoice_key)
            yield Found(False, facts, one.line, "invoice_number", how="same_claim", about=about)
    neighbours = {key: one for one in numbered for key in _neighbours(one)}
    for row in _lines_with(claim, neighbours):
        one = neighbours[row.invoice_key]
        if compared(row.seller) == one.seller:
            facts = {"invoice": one.invoice_number, "other": row.invoice_number}
            about = (one.invoice_key, row.invoice_key)
            yield Found(False, facts, one.line, "invoice_number", about=about, other_id=row.document_id)


def _serial(one: Voucher) -> int | None:
    return int(one.invoice_number) if one.invoice_number.isascii() and one.invoice_number.isdigit() else None


def _neighbours(one: Voucher) -> Iterator[str]:
    """The keys of the invoices before and after this one."""
    serial, width = _serial(one) or 0, len(one.invoice_number)
    front = (one.invoice_key or "").removesuffix(one.invoice_number)
    for number in (serial - 1, serial + 1):
        if number >= 0 and len(said := f"{number:0{width}d}") == width:
            yield front + said


def _claimed_before(claim: Looked, keys: Iterable[str]) -> dict[str, int]:
    """Invoices that stand on other claims, and on which."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    found = rows(claim.session, _CLAIMED, {"keys": wanted, "own": claim.document_id or 0})
    return {row.key: row.document_id for row in found}


def _lines_with(claim: Looked, keys: Iterable[str]) -> Iterable[Any]:
    wanted = sorted(keys)
    return rows(claim.session, _LINES, {"keys": wanted, "own": claim.document_id or 0}) if wanted else ()


_CLAIMED = sa.select(col(ClaimedInvoice.key), col(ClaimedInvoice.document_id)).where(
    col(ClaimedInvoice.key).in_(sa.bindparam("keys", expanding=True)),
    col(ClaimedInvoice.document_id) != sa.bindparam("own"),
)
_LINES = (
    sa.select(
        col(VoucherLine.document_id),
        col(VoucherLine.invoice_key),
        col(VoucherLine.invoice_number),
        col(VoucherLine.seller),
    )
    .join(Document, col(Document.id) == VoucherLine.document_id)
    .where(col(VoucherLine.invoice_key).in_(sa.bindparam("keys", expanding=True)))
    .where(col(Document.state).not_in(NOT_STANDING), col(Document.id) != sa.bindparam("own"))
    .order_by(col(VoucherLine.id))
)
