"""What a run draws goes to the browser in bundles: Streamlit wakes its event loop for every single element.

Each waking takes the turn from the script that is drawing, and makes the browser draw anew with every few elements.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent

EVERY = 0.15
"""Seconds that an element waits for others, at most; when the run ends they all go at once. Most pages are
drawn in less: the browser then draws once.
"""


def bundle_what_is_drawn() -> None:
    """Called once, before the first session."""
    AppSession._on_scriptrunner_event = _on_event  # type: ignore[method-assign]
    Runtime._enqueued_some_message = _wake  # type: ignore[method-assign]


class _Waiting:
    """What happened in a session and is not handed over yet, in its order."""

    def __init__(self) -> None:
        self.events: deque[Callable[[], None]] = deque()
        self.is_called = False

    def hand_over(self) -> None:
        self.is_called = False  # first: what comes from here on may be missed below
        while self.events:
            self.events.popleft()()


_waiting: WeakKeyDictionary[AppSession, _Waiting] = WeakKeyDictionary()


def _on_event(session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, **facts: Any) -> None:
    """In place of Streamlit's own: on the thread that runs the script. Only elements wait, all else goes at once."""
    waiting = _waiting.setdefault(session, _Waiting())
    waiting.events.append(partial(session._handle_scriptrunner_event_on_event_loop, sender, event, **facts))
    if event != ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
        session._call_soon_on_event_loop(waiting.hand_over)
    elif not waiting.is_called:
        waiting.is_called = True
        session._call_soon_on_event_loop(lambda: _later(session, waiting))


def _later(session: AppSession, waiting: _Waiting) -> None:
    session._event_loop.call_later(EVERY, waiting.hand_over)


def _wake(runtime: Runtime) -> None:
    """In place of Streamlit's own: what is handed over is so on the event loop already, which need not be woken for
    each element of a bundle.
    """
    loop, wanted = runtime._get_async_objs().eventloop, runtime._get_async_objs().need_send_data
    if asyncio._get_running_loop() is loop:
        wanted.set()
    else:
        loop.call_soon_threadsafe(wanted.set)
