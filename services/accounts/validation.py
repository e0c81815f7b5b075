"""What is wrong with a person's data, field by field, before anything is stored."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from models import PersonForm
from services.documents.fields import spec
from services.documents.filling import check_value
from services.errors import Fault

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""What is typed at the door: small letters, so that nobody has to remember where the capitals were."""


def person_values(raw: Mapping[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], list[Fault]]:
    """The fields named, validated each on its own: the valid values, and a fault for each of the others."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in names:
        field = spec(PersonForm, name)
        value, fault = check_value(field, raw.get(name))
        if fault is None and name == "login" and not LOGIN.fullmatch(value):
            fault = Fault(name, "account.login_pattern")
        if fault:
            faults.append(fault)
        else:
            values[name] = value
    return values, faults


def one_line(text: str) -> str:
    """Text without what no database takes and nobody means, its white space made single blanks."""
    return " ".join("".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs")).split())


def text_fault(name: str, value: str, *, longest: int) -> Iterator[Fault]:
    """What is wrong with a required text of one line that has no table of its own."""
    if not value:
        yield Fault(name, "fault.required")
    elif len(value) > longest:
        yield Fault(name, "fault.too_long", {"max_length": longest})
