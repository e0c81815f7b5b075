"""Straight-line depreciation: what an asset costs is spread over its months, to the fen (P8-4.2)."""

from decimal import Decimal

from models import Asset
from services.money.ledger import NOTHING, month_of
from services.money.spread import evenly
from services.months import months_before


def schedule(asset: Asset) -> dict[str, Decimal]:
    """Yuan by month, from the month after the one in which it was first used; all of it is cost less salvage.

    The month of its first use bears nothing, as the national rules have it (P2-2.3).
    """
    first = month_of(asset.in_use_from)
    months = [months_before(first, -number) for number in range(1, asset.life_months + 1)]
    return dict(zip(months, evenly(asset.cost - asset.salvage, asset.life_months), strict=True))


def depreciation(asset: Asset, month: str) -> Decimal:
    """What of an asset is written off in a month; nothing before it is used and after its life."""
    return schedule(asset).get(month, NOTHING)
