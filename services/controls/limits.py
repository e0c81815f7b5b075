"""The control of what an expense may cost: so much a night, a day or a receipt, by city and grade (P9-1)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from models import CityTier, LimitForm, LimitPer
from services.controls.rule import Found, Looked, Voucher


def over_limit(claim: Looked) -> Iterator[Found]:
    """What is dearer than the limit of its type, in its city, for people of the claimant's grade."""
    limits: tuple[LimitForm, ...] = claim.setting("claim.limits")
    if not limits:
        return
    of_a_day: dict[tuple[int, date], Decimal] = {}
    for one in claim.vouchers:
        limit = _limit(claim, limits, one)
        if limit is None or one.amount is None or one.type_id is None or one.spent_on is None:
            continue
        spent, most = one.amount, limit.amount
        if limit.per == LimitPer.NIGHT:
            most *= max(1, len(one.nights))
        if limit.per == LimitPer.DAY:
            place = (one.type_id, one.spent_on)
            spent = of_a_day[place] = of_a_day.get(place, Decimal(0)) + one.amount
        if spent > most:
            facts = {"spent": spent, "most": most, "limit": limit.amount}
            about = (one.type_id, one.spent_on, one.until, spent, most)
            yield Found(False, facts, one.line, how=limit.per.value, about=about)


def _limit(claim: Looked, limits: tuple[LimitForm, ...], one: Voucher) -> LimitForm | None:
    """The limit that says most about a receipt: one of its tier and grade before one of either before one of all."""
    if one.type_id is None:
        return None
    tier = _tier(claim, one)
    fitting = [
        limit
        for limit in limits
        if limit.expense_type_id == one.type_id and limit.tier in (None, tier) and limit.grade in (None, claim.grade)
    ]
    return max(fitting, key=lambda limit: (limit.tier is not None) + (limit.grade is not None), default=None)


def _tier(claim: Looked, one: Voucher) -> CityTier:
    """That of the city on the receipt; where none is named, of the dearest place of the trip; else the third."""
    tiers: dict[str, CityTier] = {row.city: row.tier for row in claim.setting("claim.cities")}
    for place in (one.destination, claim.destinations):
        named = [tier for city, tier in tiers.items() if city in place]
        if named:
            return min(named, key=list(CityTier).index)
    return CityTier.THIRD
