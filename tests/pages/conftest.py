"""The pages' day, and a browser for it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from tests.factories import NOW
from tests.pages import screen
from ui import texts

Visit = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """It is Monday morning: the trips of the story are still to come. `clock.move_to(...)` goes to another time."""
    with time_machine.travel(NOW + timedelta(hours=1)) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _choices_read_as_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest reads the choices of a field outside the page's run, where nobody has a language: there the last one."""
    language, spoken = texts.language, ["zh"]

    def noted() -> str:
        if get_script_run_ctx(suppress_warning=True) is not None:
            spoken[0] = language()
        return spoken[0]

    monkeypatch.setattr(texts, "language", noted)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    """`visit(cast.engineer, "inbox", language="en", number=...)`: a new browser with that page in it."""
    return lambda who, address="home", language="zh", **query: screen.visit(
        monkeypatch, who, address, language, **query
    )
