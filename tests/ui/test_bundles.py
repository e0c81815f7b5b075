"""What a run draws reaches the browser in bundles, and in its order."""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import AsyncObjects
from streamlit.runtime.scriptrunner import ScriptRunnerEvent

from ui.web import bundles

Result = TypeVar("Result")
ELEMENT, STARTED = ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, ScriptRunnerEvent.SCRIPT_STARTED
FINISHED = ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS


class Session:
    """What of Streamlit's session the bundles touch; it notes what it is handed, and how often it was woken."""

    def __init__(self) -> None:
        self._event_loop = asyncio.get_running_loop()
        self.handed: list[tuple[ScriptRunnerEvent, Any]] = []
        self.woken = 0

    def _call_soon_on_event_loop(self, callback: Callable[[], None]) -> None:
        self.woken += 1
        self._event_loop.call_soon_threadsafe(callback)

    def _handle_scriptrunner_event_on_event_loop(
        self, sender: object, event: ScriptRunnerEvent, forward_msg: object = None
    ) -> None:
        self.handed.append((event, forward_msg))


def test_a_run_arrives_in_its_order_and_wakes_the_server_seldom() -> None:
    async def run() -> Session:
        session = Session()

        def script() -> None:
            _send(session, STARTED)
            for number in range(500):
                _send(session, ELEMENT, number)
            _send(session, FINISHED)

        thread = threading.Thread(target=script)
        thread.start()
        while (FINISHED, None) not in session.handed:
            await asyncio.sleep(0.001)
        thread.join()
        return session

    session = _apart(run())
    assert session.handed == [(STARTED, None), *((ELEMENT, number) for number in range(500)), (FINISHED, None)]
    assert session.woken < 50


def test_an_element_comes_by_itself_while_the_script_goes_on() -> None:
    async def run() -> list[list[Any]]:
        session, seen = Session(), []
        for number in range(2):
            _send(session, ELEMENT, number)
            seen.append(list(session.handed))
            await asyncio.sleep(bundles.EVERY * 3)
            seen.append(list(session.handed))
        return seen

    assert _apart(run()) == [[], [(ELEMENT, 0)], [(ELEMENT, 0)], [(ELEMENT, 0), (ELEMENT, 1)]]


def test_whoever_is_on_the_loop_need_not_wake_it() -> None:
    async def run() -> list[bool]:
        runtime = Runtime()
        bundles._wake(runtime)  # type: ignore[arg-type]
        here = runtime.need_send_data.is_set()
        runtime.need_send_data.clear()
        await asyncio.to_thread(bundles._wake, runtime)  # type: ignore[arg-type]
        await asyncio.wait_for(runtime.need_send_data.wait(), 5)
        return [here, runtime.need_send_data.is_set()]

    assert _apart(run()) == [True, True]


class Runtime:
    """What of Streamlit's runtime is touched."""

    def __init__(self) -> None:
        self.eventloop, self.need_send_data = asyncio.get_running_loop(), asyncio.Event()

    def _get_async_objs(self) -> "Runtime":
        return self


def test_streamlit_has_what_is_put_in_the_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version may call these things otherwise; then this has to be looked at anew."""
    handler = inspect.signature(AppSession._handle_scriptrunner_event_on_event_loop)
    assert list(handler.parameters)[:4] == ["self", "sender", "event", "forward_msg"]
    monkeypatch.setattr(AppSession, "_on_scriptrunner_event", AppSession._on_scriptrunner_event)
    monkeypatch.setattr(runtime.Runtime, "_enqueued_some_message", runtime.Runtime._enqueued_some_message)
    assert set(AsyncObjects.__annotations__) >= {"eventloop", "need_send_data"}
    bundles.bundle_what_is_drawn()
    assert AppSession._on_scriptrunner_event is bundles._on_event
    assert runtime.Runtime._enqueued_some_message is bundles._wake


def _send(session: Session, event: ScriptRunnerEvent, drawn: object = None) -> None:
    facts = {"forward_msg": drawn} if drawn is not None else {}
    bundles._on_event(session, None, event, **facts)  # type: ignore[arg-type]


def _apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it in a thread of its own: another test of this process may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
