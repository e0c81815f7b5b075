"""A client that speaks Streamlit's protocol without a browser, and says whatever an attacker would say."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from services.config import ROOT
from services.texts import text
from ui.session import COOKIE

COMMANDS = {
    "uvicorn": [sys.executable, "-m", "uvicorn", "app:app", "--port", "{port}", "--log-level", "warning"],
    "streamlit run": [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "{port}"],
}
SECONDS = 90

INSIDE = [text("zh", key) for key in ("menu.inbox", "menu.mine", "menu.people", "kind.TR", "account.data", "sign_out")]
NAMES = ["王建军", "赵国强", "售后一室"]
DOOR = text("zh", "sign_in.login")


@contextmanager
def served(command: str, log: Path) -> Iterator[str]:
    """A fresh server over the data that the environment names; its address. It ends with the test."""
    port = _free_port()
    arguments = [argument.format(port=port) for argument in COMMANDS[command]]
    with log.open("wb") as out, subprocess.Popen(arguments, cwd=ROOT, stdout=out, stderr=out, env=os.environ) as server:
        try:
            _wait_for(server, port, log)
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


class Wire:
    """One connection: what the server said so far, and a way to ask for a run."""

    def __init__(self, address: str, cookie: str | None = None, session_id: str = "") -> None:
        # second and third of the "protocols" are how a browser sends its XSRF token and the session it had
        protocols = [Subprotocol("streamlit"), *([Subprotocol("none"), Subprotocol(session_id)] if session_id else [])]
        headers = {"Cookie": f"{COOKIE}={cookie}"} if cookie else {}
        self._connection = connect(
            f"ws://{address}/_stcore/stream", subprotocols=protocols, additional_headers=headers, max_size=None
        )
        self.session_id = ""

    def __enter__(self) -> Self:
        self._socket = self._connection.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.__exit__(kind, error, at)

    def run(
        self, page: str = "", *, page_hash: str = "", query: str = "", widgets: Sequence[WidgetState] = ()
    ) -> list[ForwardMsg]:
        """Ask for a run of the script, by the name or by the hash of a page; everything sent until it is over."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.page_script_hash = page_hash
        message.rerun_script.query_string = query
        message.rerun_script.context_info.locale = "zh-CN"
        message.rerun_script.widget_states.widgets.extend(widgets)
        self._socket.send(message.SerializeToString())
        return list(self._until_over())

    def run_by_itself(self, messages: Sequence[ForwardMsg]) -> list[ForwardMsg]:
        """Ask as the page does every few seconds, for the part of it that goes on alone; nobody need sit before it."""
        message = BackMsg()
        alone = next(one.auto_rerun for one in messages if one.HasField("auto_rerun"))
        message.rerun_script.fragment_id = alone.fragment_id
        message.rerun_script.is_auto_rerun = True
        self._socket.send(message.SerializeToString())
        return list(self._until_over())

    def _until_over(self) -> Iterator[ForwardMsg]:
        while True:
            data = self._socket.recv(timeout=SECONDS)
            assert isinstance(data, bytes)
            message = ForwardMsg()
            message.ParseFromString(data)
            if message.HasField("new_session"):
                self.session_id = message.new_session.initialize.session_id
            yield message
            again = ForwardMsg.FINISHED_EARLY_FOR_RERUN
            if message.HasField("script_finished") and message.script_finished != again:
                return


def said(messages: Sequence[ForwardMsg]) -> str:
    """Every text in the messages, whatever field it stands in."""
    raw = b"\n".join(message.SerializeToString() for message in messages)
    return raw.decode("utf-8", "replace")


def is_the_door(page: str) -> bool:
    """The sign-in form, and nothing of what is inside."""
    return DOOR in page and not any(word in page for word in [*INSIDE, *NAMES])


def button(messages: Sequence[ForwardMsg], key: str) -> WidgetState:
    """The press of a button that the messages draw, to be sent now or later."""
    found = re.search(rf"\$\$ID-[0-9a-f]+-{re.escape(key)}", said(messages))
    assert found, f"no button {key}"
    return WidgetState(id=found.group(), trigger_value=True)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
