"""Round every answer: headers against guessing and framing, a health check, failures without a stack."""

import html
import logging
import secrets
from typing import Any

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.accounts import is_new, live_sign_in
from services.database import reading
from services.errors import Refused
from services.texts import text
from ui.clock import now
from ui.session import COOKIE
from ui.texts import refusal, t

log = logging.getLogger("portal")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'; "
    "img-src 'self' data: blob:",  # a picture elsewhere would tell its server who reads what, and when
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FRAMED_BY_US = ("/component/", "/_stcore/bidi-components/")
"""Streamlit shows components in frames of its own page."""


class SecurityHeaders:
    """Puts the headers on every answer that does not say otherwise itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in headers_for(scope["path"]).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class NoStrangers:
    """Shuts to strangers what Streamlit opens to everybody: uploads into memory, figures of the server, sessions.

    A session begins before its person has signed in, so of those without a sign-in many are taken, but not any number.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.strangers = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not await run_in_threadpool(_is_signed_in, HTTPConnection(scope)):
            await self._stranger(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(_FIGURES):
            await PlainTextResponse("", 404)(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(_UPLOADS) and scope["method"] != "OPTIONS":
            known = await run_in_threadpool(_is_signed_in, HTTPConnection(scope))
            await (self.app if known else PlainTextResponse("", 401))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _stranger(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.strangers >= MOST_STRANGERS:
            await receive()
            await send({"type": "websocket.close", "code": 1013})
            return
        self.strangers += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.strangers -= 1


MOST_STRANGERS = 300
_UPLOADS, _FIGURES = "/_stcore/upload_file", ("/_stcore/metrics", "/st-metrics")


def _is_signed_in(connection: HTTPConnection) -> bool:
    token = connection.cookies.get(COOKIE)
    if not token:
        return False
    with reading() as session:
        return live_sign_in(session, token, now()) is not None


def headers_for(path: str) -> dict[str, str]:
    if not path.startswith(_FRAMED_BY_US):
        return HEADERS
    policy = HEADERS["Content-Security-Policy"].replace("'none';", "'self';", 1)
    return HEADERS | {"X-Frame-Options": "SAMEORIGIN", "Content-Security-Policy": policy}


def health(_request: Request) -> Response:
    """Is the portal up, and does its database answer?"""
    try:
        with reading() as session:
            is_new(session)
    except SQLAlchemyError:
        log.exception("health check: the database does not answer")
        return JSONResponse({"status": "no database"}, status_code=503, headers={"Cache-Control": "no-store"})
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


def error_page(request: Request, error: Exception) -> Response:
    """What a route answers that failed: an id to ask about, and nothing of what went wrong."""
    number = _noted(error)
    accepted = request.headers.get("accept-language", "zh").lower()
    language = "zh" if accepted.startswith("zh") else "en"
    title, said = (html.escape(text(language, key, id=number)) for key in ("error.title", "error.ours"))
    back = html.escape(text(language, "error.back"))
    page = _PAGE.format(language=language, title=title, said=said, back=back)
    return HTMLResponse(page, status_code=500, headers=HEADERS | {"Cache-Control": "no-store"})


def on_script_error(error: Exception) -> bool:
    """What a page shows that failed: why it was refused, or an id to ask about. Never a stack."""
    if isinstance(error, Refused):
        st.error(refusal(error), icon=":material/block:")
        if error.key == "session.ended":
            st.button(t("session.again"), type="primary")
        return True
    st.error(t("error.ours", id=_noted(error)), icon=":material/error:")
    return True


def _noted(error: Exception) -> str:
    number = secrets.token_hex(4)
    log.exception("error %s", number, exc_info=error)
    return number


_PAGE = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body{{font:16px/1.6 -apple-system,'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;
max-width:32rem;margin:20vh auto 0;padding:0 1rem;color:#1f2430;background:#fff}}a{{color:#2f5fd0}}
@media(prefers-color-scheme:dark){{body{{color:#e4e7ec;background:#15171c}}a{{color:#8fb0fa}}}}</style></head>
<body><h1 style="font-size:1.3rem">{title}</h1><p>{said}</p><p><a href="/">{back}</a></p></body></html>
"""

routes: list[Any] = [Route("/healthz", health, methods=["GET"])]
