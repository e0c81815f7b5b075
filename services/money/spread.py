"""An amount spread over months without losing a fen: evenly, or by a shape such as last year's months (P2-3.1)."""

from collections.abc import Sequence
from decimal import Decimal

MONTHS = 12
_CENT = Decimal("0.01")


def evenly(total: Decimal, parts: int = MONTHS) -> list[Decimal]:
    """A total in yuan in `parts` amounts that differ by a fen at most; the earlier ones have it."""
    return by_shape(total, [Decimal(1)] * parts)


def by_shape(total: Decimal, shape: Sequence[Decimal]) -> list[Decimal]:
    """A total in yuan in parts that are to each other as those of a shape; of a shape of nothing, evenly.

    What is left over below a fen goes to the parts that lost most of it, the earlier ones first: the same every time,
    and the parts always add up to the total. Raises `ValueError` for what is below zero or finer than a fen.
    """
    weights = [_whole(weight) for weight in shape]
    if not any(weights):
        weights = [1] * len(weights)
    return [Decimal(fen) * _CENT for fen in split(_whole(total), weights)]


def split(fen: int, weights: Sequence[int]) -> list[int]:
    """Whole fen by whole weights, the largest remainders rounded up."""
    whole = sum(weights)
    shares = [divmod(fen * weight, whole) for weight in weights]
    parts = [share for share, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda place: -shares[place][1])
    for place in by_remainder[: fen - sum(parts)]:
        parts[place] += 1
    return parts


def _whole(amount: Decimal) -> int:
    fen = amount * 100
    if fen < 0 or fen != fen.to_integral_value():
        raise ValueError(f"{amount} cannot be spread")
    return int(fen)
