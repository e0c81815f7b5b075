"""The routes of the door: a ticket becomes a cookie that no script can read; leaving removes it."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.accounts import end_sign_in, redeem_ticket
from services.database import writing
from ui.clock import now
from ui.session import COOKIE

ENTER, LEAVE = "/auth/enter", "/auth/leave"


def enter(request: Request) -> Response:
    """Tear the ticket and give the cookie. Where to go stands on the ticket; an address in the URL counts nothing."""
    ticket = request.query_params.get("ticket", "")
    entered = None
    if _comes_from_here(request):
        with writing() as session:
            entered = redeem_ticket(session, ticket, now())
            if entered and (old := request.cookies.get(COOKIE)):
                end_sign_in(session, old, now())
    if entered is None:
        return _to("/")
    response = _to(entered.next_url)
    response.set_cookie(
        COOKIE,
        entered.token,
        max_age=int((entered.expires_at - now()).total_seconds()),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return response


def leave(request: Request) -> Response:
    """End the sign-in behind the cookie and take the cookie away."""
    if not _comes_from_here(request):
        return _to("/")
    token = request.cookies.get(COOKIE)
    if token:
        with writing() as session:
            end_sign_in(session, token, now())
    response = _to("/")
    response.delete_cookie(COOKIE, path="/", secure=request.url.scheme == "https", httponly=True, samesite="lax")
    return response


def _comes_from_here(request: Request) -> bool:
    """Not by a link elsewhere: nobody is signed in as somebody else, or out, by what he clicked in a mail.

    Without TLS browsers do not say where a request comes from in one word; then the page it comes from has to be ours.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("referer", "")).netloc.lower() == request.headers.get("host", "").lower() != ""


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})


routes = [Route(ENTER, enter, methods=["GET"]), Route(LEAVE, leave, methods=["GET"])]
