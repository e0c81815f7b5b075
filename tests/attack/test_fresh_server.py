"""Against a real server, by hand: what a stranger gets out of it who comes before anybody else.

PORTAL_LONG_TESTS=1 asks each server both ways, the ordinary run one of them.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from streamlit.util import calc_hash

from tests.attack.wire import INSIDE, NAMES, Wire, is_the_door, said, served
from tests.factories import Cast

Serve = Callable[[str], str]


@pytest.fixture
def serve(cast: Cast, tmp_path: Path) -> Iterator[Serve]:
    """Start a fresh server over the standing company."""
    with ExitStack() as stack:
        yield lambda command: stack.enter_context(served(command, tmp_path / "server.log"))


WAYS = [("uvicorn", "hash"), ("streamlit run", "name")]
if os.environ.get("PORTAL_LONG_TESTS"):
    WAYS += [("uvicorn", "name"), ("streamlit run", "hash")]


@pytest.mark.parametrize(("command", "by"), WAYS)
def test_the_very_first_request_of_a_fresh_server_shows_the_door_only(serve: Serve, command: str, by: str) -> None:
    """An inner page, asked for before any script ran: then Streamlit would take files of a pages/ folder for pages."""
    address = serve(command)
    answer = httpx.get(f"http://{address}/people")
    assert not any(word in answer.text for word in [*INSIDE, *NAMES])
    with Wire(address) as wire:
        first = wire.run("people") if by == "name" else wire.run(page_hash=calc_hash("people"))
        assert is_the_door(said(first))
        for page in ("inbox", "travel_requests", "home", "account", "accounts_demo", "menu", "shell", "", "../app"):
            assert is_the_door(said(wire.run(page, query="number=TR-202611-0001")))
        for path in ("pages/inbox.py", "/pages/inbox.py", "pages.inbox", "inbox.py"):
            assert is_the_door(said(wire.run(path)))
            assert is_the_door(said(wire.run(page_hash=calc_hash(path))))
