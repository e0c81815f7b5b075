"""A client that speaks to the portal as a browser does: by Streamlit's messages over a websocket."""

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPMessage
from http.cookies import SimpleCookie
from typing import IO, Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect


@dataclass(frozen=True)
class Drawn:
    """One run of the script: how long until it was finished, and what came meanwhile."""

    seconds: float
    messages: int
    size: int


class Browser:
    """A signed-in browser with one open page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._page_hash = ""

    async def open(self, page: str, query: str = "") -> Drawn:
        """Follow a link to a page. Raises `LookupError` where the portal has no such page."""
        return await self._run(ClientState(page_name=page, query_string=query))

    async def rerun(self, query: str = "") -> Drawn:
        """Draw the open page again, as every click does."""
        return await self._run(ClientState(page_script_hash=self._page_hash, query_string=query))

    async def _run(self, state: ClientState) -> Drawn:
        state.context_info.timezone = "Asia/Shanghai"
        state.context_info.locale = "zh-CN"
        messages = size = 0
        begun = time.perf_counter()
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())
        async for data in self._socket:
            message = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
            messages, size = messages + 1, size + len(data)
            match message.WhichOneof("type"):
                case "navigation":
                    self._page_hash = message.navigation.page_script_hash
                    drawn = {page.page_script_hash: page.url_pathname for page in message.navigation.app_pages}
                    if state.page_name and drawn.get(self._page_hash) != state.page_name:
                        raise LookupError(f"the portal has no page {state.page_name}")
                case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return Drawn(time.perf_counter() - begun, messages, size)
        raise ConnectionError("the portal closed the connection")


def browse(address: str, cookie: str) -> Any:
    """A websocket to the portal that carries the sign-in cookie; `async with browse(...) as socket`."""
    return connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie},
        compression=None,
        max_size=None,
    )


def cookie_for(address: str, ticket: str) -> str:
    """Turn a ticket into the cookie, as the browser does after the sign-in form."""
    opener = urllib.request.build_opener(_StayHere)
    try:
        answer = opener.open(
            urllib.request.Request(f"{address}/auth/enter?ticket={ticket}", headers={"Referer": address})
        )
    except urllib.error.HTTPError as error:
        answer = error
    cookies = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    if not cookies:
        raise PermissionError("the ticket was not taken")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None
