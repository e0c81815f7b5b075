"""The texts of a page in the language its reader chose; before that, the language of his browser."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import streamlit as st

from services.documents.kind import DocumentType
from services.errors import Fault, Refused
from services.texts import LANGUAGES, has_text, said, text

_SPOKEN: ContextVar[str | None] = ContextVar("spoken", default=None)


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Where no page is drawn (a file that is made) the language is the one that was asked for."""
    before = _SPOKEN.set(spoken)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def language() -> str:
    if spoken := _SPOKEN.get():
        return spoken
    chosen = st.session_state.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    browser = st.context.locale
    return "en" if isinstance(browser, str) and not browser.lower().startswith("zh") else "zh"


def t(key: str, **facts: object) -> str:
    return text(language(), key, **facts)


def room(pixels: int) -> int:
    """How wide something is whose words take so many pixels in Chinese: English ones are longer."""
    return pixels if language() == "zh" else pixels * 13 // 10


def has_words(key: str) -> bool:
    return has_text(language(), key)


def words(value: object) -> str:
    """A value as people write it in the page's language."""
    return said(language(), value)


def label(kind: DocumentType, name: str) -> str:
    """The label of a field: the kind's own wording where it has one."""
    return t(_own(kind, "field", name) or f"field.{name}")


def help_text(kind: DocumentType, name: str) -> str | None:
    """Help where a newcomer would stop; most fields need none."""
    key = _own(kind, "help", name) or f"help.{name}"
    return t(key) if has_text(language(), key) else None


def step_name(key: str, role: str | None = None) -> str:
    """A step is called like the role that decides in it, unless it has a name of its own.

    Where several roles sign in one step, each signature is called by its role too.
    """
    if role and has_text(language(), f"step.{key}.of"):
        return t(f"step.{key}.of", role=t(f"role.{role}"))
    return t(f"step.{key}" if has_text(language(), f"step.{key}") else f"role.{key}")


def refusal(refused: Refused) -> str:
    return t(refused.key, **_escaped_facts(refused.facts))


def fault_text(fault: Fault) -> str:
    return t(fault.key, **_escaped_facts(fault.facts))


def plain_fault(fault: Fault) -> str:
    """Where it is drawn as words and not as Markdown."""
    return t(fault.key, **fault.facts)


def plain_refusal(refused: Refused) -> str:
    return t(refused.key, **refused.facts)


def escaped(value: str) -> str:
    """Text that someone typed, shown as text: never as markup, a link, an icon or a formula.

    Lines stay lines, empty ones too; blanks at their beginning, which would make a box of code, go.
    """
    value = _TURNED_LATER.sub(lambda found: found[0] + _JOINER, value)
    value = "".join(f"\\{char}" if char in _MARKUP else char for char in value)
    lines = (_BULLET.sub(r"\1\\\2", line.strip(" \t\f\v")) for line in _LINE_END.split(value))
    return "  \n".join(line or "\u00a0" for line in lines) if value else ""


_MARKUP = frozenset("\\`*_{}[]()<>#|$~:^&")
_BULLET = re.compile(r"^(\d*)([-+=.])")
"""What makes a list or a heading of a line that begins with it."""
_LINE_END = re.compile("\r\n|\r|\n")
_JOINER = "\u2060"
_TURNED_LATER = re.compile(r"www(?=\.)|:(?=//)|@|:(?=[\w+/-]+:)|[-<>=~](?=[-<>=~])", re.IGNORECASE)
"""What becomes a link, an icon or an arrow after escapes were taken away: an unseen character keeps it apart."""


def _escaped_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a message that is drawn as Markdown: names and titles in it are what people typed."""
    typed = {name: fact for name, fact in facts.items() if isinstance(fact, str) and not isinstance(fact, StrEnum)}
    return {**facts, **{name: escaped(fact) for name, fact in typed.items()}}


def _own(kind: DocumentType, sort: str, name: str) -> str | None:
    key = f"{kind.code}.{sort}.{name}"
    return key if has_text(language(), key) else None
