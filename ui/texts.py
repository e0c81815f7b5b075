"""The texts of a page in the language its reader chose; before that, the language of his browser."""

import streamlit as st

from services.documents.kind import DocumentType
from services.errors import Fault, Refused, Term
from services.texts import LANGUAGES, has_text, said, text


def language() -> str:
    chosen = st.session_state.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    browser = st.context.locale
    return "en" if isinstance(browser, str) and not browser.lower().startswith("zh") else "zh"


def t(key: str, **facts: object) -> str:
    return text(language(), key, **facts)


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


def label_term(kind: DocumentType, name: str) -> Term:
    return Term(_own(kind, "field", name) or f"field.{name}")


def step_name(key: str) -> str:
    """A step is called like the role that decides in it, unless it has a name of its own."""
    return t(f"step.{key}" if has_text(language(), f"step.{key}") else f"role.{key}")


def refusal(refused: Refused) -> str:
    return t(refused.key, **refused.facts)


def fault_text(fault: Fault) -> str:
    return t(fault.key, **fault.facts)


def escaped(value: str) -> str:
    """Text that someone typed, shown as text: never as markup, a link or a formula."""
    return "".join(f"\\{char}" if char in _MARKUP else char for char in value)


_MARKUP = set("\\`*_{}[]()<>#+-.!|$~:^=")


def _own(kind: DocumentType, sort: str, name: str) -> str | None:
    key = f"{kind.code}.{sort}.{name}"
    return key if has_text(language(), key) else None
