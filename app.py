"""The front door: Streamlit's pages, the routes it lacks, and what goes round both.

`uvicorn app:app` and `streamlit run app.py` serve the same portal; `manage.py run` uses the first, which is faster.
"""

import gc
import importlib
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit.runtime.pages_manager import PagesManager

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from services import worker  # noqa: E402  (after the path: Streamlit starts scripts from anywhere)
from ui import clock  # noqa: E402
from ui.web import doors, files, guard  # noqa: E402
from ui.web.bundles import bundle_what_is_drawn  # noqa: E402
from ui.web.look import keep_the_look  # noqa: E402

# else a request for a file in a pages/ folder beside the script would run it without the shell
PagesManager.uses_pages_directory = False
bundle_what_is_drawn()
keep_the_look()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Import before the first visitor what every page needs, spare the collector looking at it ever after, and remind
    people while the portal is served.
    """
    logging.disable(logging.WARNING)  # the sign-in library draws while it is imported, and Streamlit remarks on it
    for module in ("pandas", "pyarrow", "altair", "pages.menu", "ui.sign_in"):
        importlib.import_module(module)
    logging.disable(logging.NOTSET)
    gc.collect()
    gc.freeze()
    reminders = worker.in_background(clock.now)
    yield
    reminders.set()


app = st.App(
    ROOT / "ui" / "shell.py",
    routes=[*doors.routes, *files.routes, *guard.routes],
    middleware=[Middleware(guard.SecurityHeaders), Middleware(guard.NoStrangers)],
    lifespan=lifespan,
    on_script_error=guard.on_script_error,
    exception_handlers={Exception: guard.error_page},
)
