"""Amounts in capitals (大写), as they stand on Chinese vouchers."""

import re
from decimal import Decimal

from cn2an import an2cn

_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def in_capitals(amount: Decimal) -> str:
    """An amount of yuan, not negative, two decimals at most: 1801.00 -> 壹仟捌佰零壹元整.

    An amount that ends at yuan or jiao closes with 整, one with fen does not; several zeros inside are said once.
    Raises `ValueError` for an amount that is negative, no number, or finer than a fen.
    """
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"{amount} cannot be written in capitals")
    yuan, fen = divmod(int(amount * 100), 100)
    return (_yuan(yuan) if yuan or not fen else "") + _parts(fen, after_yuan=yuan > 0)


def _yuan(yuan: int) -> str:
    said: str = an2cn(str(yuan), "up")
    if 0 < yuan % 10**8 < 10**7:
        # cn2an drops the zero that must be heard where thousands follow 亿 directly: 100001000 is not 壹亿壹仟
        said = re.sub("亿(?!零)", "亿零", said)
    return said + "元"


def _parts(fen: int, *, after_yuan: bool) -> str:
    jiao, fen = divmod(fen, 10)
    if not jiao and not fen:
        return "整"
    if not fen:
        return f"{_DIGITS[jiao]}角整"
    if jiao:
        return f"{_DIGITS[jiao]}角{_DIGITS[fen]}分"
    return f"{'零' if after_yuan else ''}{_DIGITS[fen]}分"
