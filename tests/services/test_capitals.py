"""Amounts in capitals (大写) read as a cashier writes them."""

from decimal import Decimal

import pytest

from services.capitals import in_capitals

CASES = {
    "0": "零元整",
    "0.05": "伍分",
    "0.50": "伍角整",
    "0.55": "伍角伍分",
    "1.00": "壹元整",
    "10.00": "壹拾元整",
    "15.50": "壹拾伍元伍角整",
    "110.00": "壹佰壹拾元整",
    "1001.01": "壹仟零壹元零壹分",
    "1010.00": "壹仟零壹拾元整",
    "1801.00": "壹仟捌佰零壹元整",
    "1409.50": "壹仟肆佰零玖元伍角整",
    "6007.14": "陆仟零柒元壹角肆分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "100000.50": "壹拾万元伍角整",
    "100001.00": "壹拾万零壹元整",
    "107000.53": "壹拾万柒仟元伍角叁分",
    "20000000.30": "贰仟万元叁角整",
    "10000001.00": "壹仟万零壹元整",
    "100000000.00": "壹亿元整",
    "100001000.00": "壹亿零壹仟元整",
    "100010000.00": "壹亿零壹万元整",
    "123456789.12": "壹亿贰仟叁佰肆拾伍万陆仟柒佰捌拾玖元壹角贰分",
}


@pytest.mark.parametrize(("amount", "said"), CASES.items())
def test_an_amount_in_capitals(amount, said):
    assert in_capitals(Decimal(amount)) == said


@pytest.mark.parametrize("amount", ["-0.01", "-5", "0.001", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(amount):
    with pytest.raises(ValueError, match="capitals"):
        in_capitals(Decimal(amount))


def test_no_zero_is_said_twice_and_none_is_lost():
    for yuan in (*range(0, 200_000, 71), *range(99_990_000, 100_020_000, 61)):
        said = in_capitals(Decimal(yuan))
        assert "零零" not in said
        assert not said.removeprefix("零元").startswith("零")
