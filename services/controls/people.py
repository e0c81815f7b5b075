"""Controls of entertainment, and of claims just below what more people would have to sign (P9-3.2, P8-3.3)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from models import Nature
from services.calendar import working_days_between
from services.controls.rule import Found, Looked, Voucher
from services.controls.standing import claims_of_his

_CENT = Decimal("0.01")


def guests_missing(claim: Looked) -> Iterator[Found]:
    """The record of entertainment says how many sat at the table (P9-3.2b); that there is one is seen elsewhere."""
    for one in _hosted(claim):
        if one.recorded and one.heads is None:
            yield Found(True, {}, one.line, "request_id")


def dear_per_head(claim: Looked) -> Iterator[Found]:
    """Entertainment costs up to so much a head, all receipts of one occasion together."""
    most: Decimal = claim.setting("control.entertainment_per_head")
    spent: dict[int, Decimal] = {}
    last: dict[int, Voucher] = {}
    for one in _hosted(claim):
        if one.request_id and one.heads and one.amount:
            spent[one.request_id] = spent.get(one.request_id, Decimal(0)) + one.amount
            last[one.request_id] = one
    for request_id, one in last.items():
        if one.heads and spent[request_id] > most * one.heads:
            facts = {"each": (spent[request_id] / one.heads).quantize(_CENT), "most": most}
            yield Found(False, facts, one.line, about=(request_id, spent[request_id], one.heads))


def day_off(claim: Looked) -> Iterator[Found]:
    """Customers are entertained on days on which one works; make-up days are such days."""
    hosted = [one for one in _hosted(claim) if one.spent_on]
    days = [one.spent_on for one in hosted if one.spent_on]
    worked = set(working_days_between(claim.session, min(days), max(days))) if days else set()
    for one in hosted:
        if one.spent_on not in worked:
            about = (one.spent_on, one.amount, one.invoice_key)
            yield Found(False, {"day": one.spent_on}, one.line, "spent_on", about=about)


def just_below_major(claim: Looked) -> Iterator[Found]:
    """Claims of one person within a few days, each just below the major amount, that come to more together."""
    major: Decimal = claim.setting("claim.major_amount")
    least = major * claim.setting("control.split_percent") / 100
    if claim.amount is None or not least <= claim.amount < major:
        return
    span = timedelta(days=claim.setting("control.split_days"))
    for other in claims_of_his(claim):
        near = other.submitted_at and abs(claim.sent_at - other.submitted_at) <= span
        if near and least <= other.amount < major and claim.amount + other.amount >= major:
            facts = {"sum": claim.amount + other.amount, "major": major}
            yield Found(False, facts, about=(other.id,), other_id=other.id)


def _hosted(claim: Looked) -> list[Voucher]:
    return [one for one in claim.vouchers if one.nature == Nature.ENTERTAINMENT]
