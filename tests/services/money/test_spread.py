"""Amounts spread over months: the parts always add up, to the fen (P2-3.1)."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.money.spread import by_shape, evenly, split

amounts = st.integers(0, 10**10).map(lambda fen: Decimal(fen).scaleb(-2))
shapes = st.lists(amounts, min_size=1, max_size=24)


def _yuan(*parts: str) -> list[Decimal]:
    return [Decimal(part) for part in parts]


def test_what_does_not_divide_goes_to_the_first_months() -> None:
    """P2-3.1"""
    assert evenly(Decimal("100.00")) == _yuan(*["8.34"] * 4, *["8.33"] * 8)
    assert evenly(Decimal("0.02"), 3) == _yuan("0.01", "0.01", "0.00")


def test_a_shape_is_kept_and_the_largest_remainder_is_rounded_up() -> None:
    """P2-3.1"""
    assert by_shape(Decimal("100.00"), _yuan("1", "0", "3")) == _yuan("25.00", "0.00", "75.00")
    assert by_shape(Decimal("0.05"), _yuan("1", "2", "1")) == _yuan("0.01", "0.03", "0.01")


def test_a_shape_of_nothing_is_spread_evenly() -> None:
    """P2-3.1"""
    assert by_shape(Decimal("12.00"), _yuan(*["0.00"] * 12)) == _yuan(*["1.00"] * 12)


@pytest.mark.parametrize(("total", "shape"), [("-0.01", "1"), ("1.001", "1"), ("1.00", "-1")])
def test_nothing_below_zero_or_finer_than_a_fen_is_spread(total: str, shape: str) -> None:
    with pytest.raises(ValueError, match="cannot be spread"):
        by_shape(Decimal(total), [Decimal(shape), Decimal(2)])


@given(amounts, shapes)
def test_no_fen_is_lost_and_every_part_is_within_one_of_its_share(total: Decimal, shape: list[Decimal]) -> None:
    """P2-3.1"""
    parts = by_shape(total, shape)
    whole = sum(shape)
    weights = [weight / whole for weight in shape] if whole else [Decimal(1) / len(shape)] * len(shape)
    assert sum(parts) == total
    assert all(abs(part - total * weight) < Decimal("0.0101") for part, weight in zip(parts, weights, strict=True))
    assert by_shape(total, shape) == parts


def test_a_hundred_thousand_spreads_add_up_exactly() -> None:
    """P2-3.1"""
    chance = Random(20270101)
    for _ in range(100_000):
        fen, shape = int(chance.random() * 10**9), [int(chance.random() * 10**6) for _ in range(12)]
        shape[fen % 12] = 0
        parts = split(fen, shape)
        assert sum(parts) == fen and min(parts) >= 0
