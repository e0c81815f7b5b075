"""The portal's texts, read from locales/: one key, two languages, facts filled in.

A missing key is shown as the key itself, so that a page still works; the house test finds it.
"""

from functools import lru_cache

from babel.messages.pofile import read_po

from services.config import ROOT
from services.errors import Term

LANGUAGES = ("zh", "en")


def languages() -> tuple[str, ...]:
    return LANGUAGES


def text(language: str, key: str, **facts: object) -> str:
    """The text of a key in a language. `count` picks the plural where the language has one."""
    forms = catalogue(language).get(key)
    if forms is None:
        return key
    form = forms[min(len(forms) - 1, 0 if facts.get("count") == 1 else 1)]
    return form.format(**{name: _said(language, fact) for name, fact in facts.items()}) if facts else form


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


def _said(language: str, fact: object) -> object:
    return text(language, fact.key) if isinstance(fact, Term) else fact
