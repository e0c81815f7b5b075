"""What is wrong with a person's data, field by field, before anything is stored."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from models import PersonForm
from services.documents.fields import spec
from services.documents.filling import cleaned
from services.errors import Fault

_SAID = {
    "string_too_short": "fault.required",
    "string_too_long": "fault.too_long",
    "too_long": "fault.too_long",
    "enum": "fault.option",
}
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
"""What is typed at the door: small letters, so that nobody has to remember where the capitals were."""


def person_values(raw: Mapping[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], list[Fault]]:
    """The fields named, validated each on its own: the valid values, and a fault for each of the others."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in names:
        field = spec(PersonForm, name)
        value = cleaned(field, raw.get(name))
        if value is None:
            if field.required:
                faults.append(Fault(name, "fault.required"))
            else:
                values[name] = field.default
            continue
        try:
            values[name] = field.adapter.validate_python(value)
        except ValidationError as error:
            first = error.errors()[0]
            facts = {key: fact for key, fact in (first.get("ctx") or {}).items() if key != "error"}
            faults.append(Fault(name, _SAID.get(first["type"], "fault.value"), facts))
            continue
        if name == "login" and not LOGIN.fullmatch(values[name]):
            faults.append(Fault(name, "account.login_pattern"))
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
