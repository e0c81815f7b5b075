"""Every text stands in locales/, in both languages, and nowhere else."""

import ast
import re
import string
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import models
from services.config import ROOT
from services.documents import KINDS
from services.documents.kind import DocumentType
from services.texts import LANGUAGES, catalogue, term_of
from tests.house.sources import calls, literals, modules

DOMAINS = sorted({path.name for language in LANGUAGES for path in (ROOT / "locales" / language).glob("*.po")})
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
COUNTED = re.compile(r"\{count\} (?!of\b|/)\w")
"""A number before what is counted: "3 papers", but not "3 of 12"."""
WORDS = re.compile(r"[A-Za-z]{2,}")
MARKS = re.compile(r":[a-z-]+/?\w*:|:[a-z-]+\[|</?\w+[^>]*>|&\w+;|https?://\S+|\]\([^)]*\)")
"""Icons, colours, tags and addresses: no words."""

READ_BY_USERS = re.compile(
    r".+\.(title|header|subheader|button|write|markdown|caption|text|error|warning|info|success|toast|badge|metric|"
    r"page_link|checkbox|toggle|radio|selectbox|multiselect|\w+_input|text_area|file_uploader|expander|popover|"
    r"segmented_control|pills|tabs|status|spinner)"
)
"""Calls of Streamlit whose first argument is shown, and the names of others that are."""
ALSO_READ = {"label", "help", "placeholder", "body", "title", "page_title", "text"}
TAKES_KEY = {
    "t": 0, "text": 1, "has_text": 1, "Refused": 0, "Fault": 1, "Term": 0, "Problem": 0, "_say": 0, "_text": 0,
    "_stop": 0,
}  # fmt: skip
"""Calls that take a text key, and at which place."""
CHOICES = [
    choice
    for choice in vars(models).values()
    if isinstance(choice, type) and issubclass(choice, StrEnum) and choice not in (StrEnum, models.TaskState)
]
SAID_ANOTHER_WAY = {"print.day"}
"""Texts that name other facts in the other language: a date in figures, or with its words between them."""
FIGURES = Path("services/capitals.py")
"""The characters of amounts in capitals are figures, the same in every language."""


@pytest.mark.parametrize("domain", DOMAINS)
def test_both_languages_have_the_same_keys(domain: str) -> None:
    zh, en = (set(_messages(language, domain)) for language in ("zh", "en"))
    assert zh == en, f"only in one language: {', '.join(sorted(zh ^ en))}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_text_is_empty_and_both_languages_name_the_same_facts(domain: str) -> None:
    for key, message in _messages("zh", domain).items():
        forms = [*_forms(message), *_forms(_messages("en", domain)[key])]
        assert all(forms), f"{key} is empty"
        # "one page" may leave its count out; the last form of each language leaves out nothing
        assert key in SAID_ANOTHER_WAY or _facts(forms[-1]) == _facts(_forms(message)[-1]), f"{key}: {forms}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_stands_in_one_place_only(language: str) -> None:
    """Of two in one file the later one would silently be the text of both."""
    seen: dict[str, str] = {}
    for domain in DOMAINS:
        path = ROOT / "locales" / language / domain
        for key in re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE):
            assert key not in seen, f"{key} stands in {seen[key]} and in {domain}"
            seen[key] = domain


@pytest.mark.parametrize("domain", DOMAINS)
def test_english_counts_have_a_plural(domain: str) -> None:
    messages = _messages("en", domain).items()
    single = [key for key, message in messages if COUNTED.search(_forms(message)[0]) and not message.pluralizable]
    assert not single, f"one form for one and for many: {', '.join(single)}"


@pytest.mark.parametrize("path", modules("app.py", "manage.py", "services", "ui", "pages", "seed"), ids=str)
def test_every_key_that_code_names_has_its_text(path: Path) -> None:
    keys = catalogue("zh")
    missing = [f"{name} (line {line})" for name, line in _keys_in(path) if not any(_fits(name, key) for key in keys)]
    assert not missing, f"without text: {', '.join(missing)}"


@pytest.mark.parametrize("choices", CHOICES, ids=lambda choices: choices.__name__)
def test_every_choice_has_a_name(choices: type[StrEnum]) -> None:
    _all_known(term_of(choice).key for choice in choices)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_part_of_a_document_has_a_name(kind: DocumentType) -> None:
    fields = {*kind.fields, *kind.columns, *kind.after}
    fields |= {name for lines in kind.tables for name in (*lines.columns, *lines.derived)}
    _all_known((f"{kind.code}.field.{name}", f"field.{name}") for name in fields)
    _all_known((f"step.{step.key}", f"role.{step.key}") for step in kind.route)
    _all_known(section.key for section in kind.sections)


@pytest.mark.parametrize("path", modules("app.py", "services", "ui", "pages"), ids=str)
def test_no_chinese_stands_in_code(path: Path) -> None:
    if path == FIGURES:
        pytest.skip("figures, not words")
    found = [f"line {node.lineno}: {value}" for node, value in literals(path) if CHINESE.search(value)]
    assert not found, "; ".join(found)


@pytest.mark.parametrize("path", modules("app.py", "ui", "pages"), ids=str)
def test_no_page_shows_words_of_its_own(path: Path) -> None:
    found = [
        f"line {call.lineno}: {name}({words!r})"
        for name, call in calls(path)
        for shown in _shown(name, call)
        for words in _written(shown)
        if WORDS.search(MARKS.sub("", words))
    ]
    assert not found, "; ".join(found)


# --- what stands in the files


@lru_cache
def _messages(language: str, domain: str) -> dict[str, Message]:
    path = ROOT / "locales" / language / domain
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    return {message.id if isinstance(message.id, str) else message.id[0]: message for message in catalog if message.id}


def _forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]


def _facts(text: str) -> set[str]:
    return {fact for _, fact, _, _ in string.Formatter().parse(text) if fact is not None}


def _keys_in(path: Path) -> Iterator[tuple[str, int]]:
    """Keys that code names, with `*` where it fills something in."""
    for name, call in calls(path):
        place = TAKES_KEY.get(name)
        if place is not None and place < len(call.args):
            for key in _written(call.args[place]):
                if "." in key:
                    yield key, call.lineno


def _shown(name: str, call: ast.Call) -> Iterator[ast.expr]:
    if READ_BY_USERS.fullmatch(name):
        yield from call.args[:1]
    yield from (keyword.value for keyword in call.keywords if keyword.arg in ALSO_READ)


def _written(node: ast.expr) -> list[str]:
    """The texts an expression may come to; what is filled in at run time is a `*`."""
    match node:
        case ast.Constant(value=str() as value):
            return [value]
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "*" for part in parts)]
        case ast.IfExp(body=body, orelse=orelse):
            return _written(body) + _written(orelse)
        case ast.BoolOp(values=values):
            return [text for value in values for text in _written(value)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _written(left) + _written(right)
    return []


def _fits(named: str, key: str) -> bool:
    if "*" not in named:
        return named == key
    return re.fullmatch(re.escape(named).replace(r"\*", ".+"), key) is not None


def _all_known(keys: Iterator[str | tuple[str, ...]]) -> None:
    known = catalogue("zh")
    missing = [key for key in keys if not any(one in known for one in ([key] if isinstance(key, str) else key))]
    assert not missing, f"without a name: {missing}"
