"""The portal's texts, read from locales/: one key, two languages, facts filled in.

A missing key is shown as the key itself, so that a page still works; the house test finds it.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from babel.messages.pofile import read_po

from services.config import ROOT
from services.errors import Term
from services.people import SHANGHAI

LANGUAGES = ("zh", "en")


def languages() -> tuple[str, ...]:
    return LANGUAGES


def text(language: str, key: str, **facts: object) -> str:
    """The text of a key in a language. `count` picks the plural where the language has one."""
    forms = catalogue(language).get(key)
    if forms is None:
        return key
    form = forms[min(len(forms) - 1, 0 if facts.get("count") == 1 else 1)]
    return form.format(**{name: said(language, fact) for name, fact in facts.items()}) if facts else form


def has_text(language: str, key: str) -> bool:
    return key in catalogue(language)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, tuple[str, ...]]:
    """Every text of a language, from all its .po files: key -> (singular, plural) or (text,)."""
    texts: dict[str, tuple[str, ...]] = {}
    for path in sorted((ROOT / "locales" / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if not message.id:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
                texts[key] = tuple(form or key for form in forms)
    return texts


def said(language: str, value: object) -> str:
    """A value as people write it: 12,486.50, 2026-11-23, 11-23 09:00 (company time), a choice by its name."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return text(language, "word.yes" if value else "word.no")
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return text(language, term_of(value).key)
    return text(language, value.key) if isinstance(value, Term) else str(value)


def term_of(choice: StrEnum) -> Term:
    """The text of one choice of an enumeration: `transport.train`, `state.done`."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(choice).__name__).lower()
    return Term(f"{_SHORT.get(name, name)}.{choice.value}")


_SHORT = {"budget_category": "category"}
