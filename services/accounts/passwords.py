"""Passwords: what is admitted, how it is kept, how one is made up.

Length counts, not composition: 8 to 72 bytes of UTF-8 (bcrypt reads no more), none of the common ones, not the login.
"""

import secrets
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import bcrypt

from services.config import ROOT
from services.errors import Fault

ADMITTED_BYTES = range(8, 73)
LONGEST_TYPED = 256
"""Characters; nothing longer is looked at. Bringing text into one form can take time by the square of its length."""
ROUNDS = 12
"""bcrypt's cost: about a quarter of a second a password."""
_LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is mistaken for something else when read out or copied from paper."""


def password_faults(password: str, login: str, field: str) -> Iterator[Fault]:
    """What is wrong with a password that somebody wants to have; the first reason is enough."""
    length = len(_bytes(password))
    folded = _prepared(password).casefold()
    if length < ADMITTED_BYTES.start:
        yield Fault(field, "password.too_short", {"least": ADMITTED_BYTES.start})
    elif length >= ADMITTED_BYTES.stop:
        yield Fault(field, "password.too_long", {"most": ADMITTED_BYTES.stop - 1})
    elif any(unicodedata.category(char) == "Cc" for char in password):
        yield Fault(field, "password.control_character")
    elif folded == login.casefold():
        yield Fault(field, "password.is_login")
    elif folded in common_passwords() or len(set(folded)) == 1:
        yield Fault(field, "password.common")


def password_hash(password: str) -> str:
    """The bcrypt hash to store. The password was looked at before (`password_faults`)."""
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(ROUNDS)).decode()


def matches(password: str, stored: str | None) -> bool:
    """Is this the password? Takes as long where there is nothing to compare with, so that time tells no one apart."""
    given = _bytes(password)
    right = bcrypt.checkpw(given[: ADMITTED_BYTES.stop - 1], (stored or _nobodys(ROUNDS)).encode())
    return right and stored is not None and len(given) < ADMITTED_BYTES.stop


def initial_password() -> str:
    """A password for one use, to be read out or copied: four groups of four, about 79 bits."""
    return "-".join("".join(secrets.choice(_LEGIBLE) for _ in range(4)) for _ in range(4))


@lru_cache(maxsize=1)
def common_passwords() -> frozenset[str]:
    lines = (ROOT / "seed" / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#"))


@lru_cache(maxsize=2)
def _nobodys(rounds: int) -> str:
    return bcrypt.hashpw(secrets.token_bytes(32), bcrypt.gensalt(rounds)).decode()


def _bytes(password: str) -> bytes:
    return _prepared(password).encode("utf-8", "surrogatepass")


def _prepared(password: str) -> str:
    """One form for what looks the same: an input method may send full-width digits or composed letters.

    Of one too long for any password so much is left that it still is too long.
    """
    if len(password) > LONGEST_TYPED:
        return "x" * ADMITTED_BYTES.stop
    return unicodedata.normalize("NFKC", password)
