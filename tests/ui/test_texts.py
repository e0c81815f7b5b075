"""Text that somebody typed is drawn as text, whatever Markdown and Streamlit make of it."""

import pytest

from models import ServiceCategory
from services.errors import Fault, Refused
from services.texts import text
from ui.texts import escaped, fault_text, language, refusal


@pytest.mark.parametrize(
    ("typed", "never"),
    [
        ("www.evil.example", "www."),
        ("WWW.evil.example", "WWW."),
        ("https://evil.example", "://"),
        ("a@evil.example", "@evil"),
        (":material/check_circle:", ":material"),
        (":smile:", ":smile"),
        ("a -> b", "->"),
        ("a <- b", "<-"),
        ("a -- b", "--"),
        ("![x](y)", "![x]"),
        ("x <b>", " <b>"),
        ("&lt;b&gt;", " &lt;"),
        ("one\n\ntwo", "\n\n"),
        ("one\n    two", "\n    "),
        ("[x](javascript:y)", "[x]("),
    ],
)
def test_what_was_typed_becomes_no_link_icon_arrow_or_box(typed: str, never: str) -> None:
    assert never not in escaped(typed)


@pytest.mark.parametrize("typed", ["- one", "1. one", "+ one", "# one", "> one", "===", "---", "    four blanks"])
def test_a_line_begins_nothing(typed: str) -> None:
    assert not escaped(typed).startswith(typed[:2])
    assert escaped(f"before\n{typed}").split("\n")[1][:2] != typed[:2]


@pytest.mark.parametrize("typed", ["王建军", "TR-202611-0001", "13:30", "西安 - 成都", "1.5", ""])
def test_plain_text_stays_as_it_is(typed: str) -> None:
    assert escaped(typed).replace("\\", "") == typed


def test_facts_of_a_refusal_are_text_too() -> None:
    said = refusal(Refused("account.is_disabled", name="**[王](https://evil.example)**"))
    assert "**" not in said and "](" not in said and "://" not in said


def test_a_choice_in_a_message_is_said_by_its_name() -> None:
    """Not by the key under which it is kept"""
    said = fault_text(Fault("category_reason", "SO.fault.category", {"category": ServiceCategory.FREE}))
    assert text(language(), "service_category.free") in said
