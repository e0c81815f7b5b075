"""The routes for what leaves as a file: attachments, prints, lists as Excel. Session and right are asked each time."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import wraps
from urllib.parse import quote, urlencode

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from models import Person
from services.access import load_document
from services.accounts import live_sign_in
from services.attachments import open_attachment
from services.database import reading
from services.documents import BY_SLUG
from services.errors import Refused
from services.export import list_to_excel
from services.lists import Filters
from services.people import local_day
from services.prints.render import render
from services.prints.render import workbook as form_workbook
from services.reports.briefing import briefing
from services.texts import LANGUAGES, text
from ui.briefing import MAKERS as BRIEFINGS
from ui.clock import now
from ui.session import COOKIE
from ui.texts import speaking
from ui.web.exports import EXPORTS, Asked

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PATIENCE = 10
"""Seconds that a print waits for its turn."""
_printing = threading.BoundedSemaphore(2)  # each takes a processor and its memory; the rest of the portal has to live
SHOWN_INLINE = (PDF, "image/png", "image/jpeg")

Answer = Callable[[Session, Person, Request, datetime], Response]


def _for_signed_in(answer: Answer) -> Callable[[Request], Response]:
    """Ask who it is; strangers go to the sign-in, a refusal is the answer for what does not exist."""

    @wraps(answer)
    def asked(request: Request) -> Response:
        moment = now()
        with reading() as session:
            token = request.cookies.get(COOKIE)
            found = live_sign_in(session, token, moment) if token else None
            if found is None or found[1].must_change_password:
                return _to_sign_in(request)
            try:
                return answer(session, found[1], request, moment)
            except Refused as refused:
                return _refusal(refused, _language(found[1], request))

    return asked


@_for_signed_in
def download(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """An attachment, to be kept."""
    attachment, data = open_attachment(session, person, _id(request.path_params["id"]), moment)
    return _file(data, attachment.media_type, attachment.name)


@_for_signed_in
def show(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """An attachment, to be looked at in the browser: pictures and PDF; anything else is handed over to be kept."""
    attachment, data = open_attachment(session, person, _id(request.path_params["id"]), moment)
    return _file(data, attachment.media_type, attachment.name, inline=attachment.media_type in SHOWN_INLINE)


@_for_signed_in
def paper(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """A print of a document, by its number; of a draft, by its id."""
    named, layout = request.path_params["number"], request.path_params["layout"]
    if named.isdigit():
        document = load_document(session, person, moment, id=_id(named))
    else:
        document = load_document(session, person, moment, number=named)
    language = _language(person, request)
    base_url = str(request.base_url)
    with _in_turn():
        pdf = render(session, person, document, layout, language=language, base_url=base_url, now=moment)
    title = text(language, f"print.title.{document.kind}.{layout}")
    return _file(pdf, PDF, f"{title} {document.number or document.id}.pdf", inline=True)


@contextmanager
def _in_turn() -> Iterator[None]:
    """Raises `Refused` where too many are being made already."""
    if not _printing.acquire(timeout=PATIENCE):
        raise Refused("print.busy")
    try:
        yield
    finally:
        _printing.release()


@_for_signed_in
def form_sheet(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """A paper of a document as Excel, laid out as the paper form; by its number."""
    document = load_document(session, person, moment, number=request.path_params["number"])
    language = _language(person, request)
    title, data = form_workbook(session, person, document, request.path_params["layout"], language=language, now=moment)
    return _file(data, EXCEL, f"{title} {document.number}.xlsx")


@_for_signed_in
def workbook(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """What a page's button takes away as Excel, under the filters of the page's own address: a report, or a list."""
    slug, language = request.path_params["slug"], _language(person, request)
    if slug in EXPORTS:
        name, data = EXPORTS[slug](Asked(session, person, slug, request.query_params, moment, language))
        return _file(data, EXCEL, f"{name}.xlsx")
    kind = BY_SLUG.get(slug)
    if kind is None and slug != "mine":
        raise Refused("file.not_found")
    filters = Filters.read(kind.code if kind else None, request.query_params)
    if kind is None:
        filters = replace(filters, mine=True)
    data = list_to_excel(session, person, filters, moment, language=language)
    name = text(language, f"kind.{kind.code}" if kind else "menu.mine")
    return _file(data, EXCEL, f"{name} {local_day(moment)}.xlsx")


@_for_signed_in
def brief(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The leadership's briefing of a month, as PDF or as slides."""
    form, language = request.path_params["form"], _language(person, request)
    if form not in BRIEFINGS:
        raise Refused("file.not_found")
    found = briefing(session, person, request.query_params.get("month", ""), moment)
    with speaking(language), _in_turn():
        data = BRIEFINGS[form](session, person, found, moment)
    name = f"{text(language, 'menu.briefing')} {found.month}.{form}"
    return _file(data, PDF if form == "pdf" else SLIDES, name, inline=form == "pdf")


def _file(data: bytes, media_type: str, name: str, *, inline: bool = False) -> Response:
    """Bytes that no browser may keep, guess at, frame or let run."""
    headers = {
        "Content-Disposition": _disposition("inline" if inline else "attachment", name),
        "Content-Security-Policy": _policy(media_type, inline),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return Response(data, media_type=media_type, headers=headers)


def _policy(media_type: str, inline: bool) -> str:
    """Nothing is loaded or run. Browsers refuse to show a PDF in a sandbox: their viewer is one of its own."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'"
    return f"{policy}; object-src 'self'" if inline and media_type == PDF else f"sandbox; {policy}"


def _disposition(how: str, name: str) -> str:
    """The name in ASCII for old readers, and in UTF-8 (RFC 6266)."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _to_sign_in(request: Request) -> Response:
    """The sign-in page, which knows from `next` where to go on."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    headers = {"Cache-Control": "no-store"}
    return RedirectResponse(f"/?{urlencode({'next': wanted})}", status_code=303, headers=headers)


def _refusal(refused: Refused, language: str) -> Response:
    """One answer for what is not there and for what is none of his business; a limit is said as it is."""
    if refused.key == "export.too_many_rows":
        return PlainTextResponse(text(language, refused.key, **refused.facts), 413, {"Cache-Control": "no-store"})
    if refused.key == "print.busy":
        return PlainTextResponse(text(language, refused.key), 503, {"Cache-Control": "no-store", "Retry-After": "5"})
    return PlainTextResponse(text(language, "file.not_found"), 404, {"Cache-Control": "no-store"})


def _language(person: Person, request: Request) -> str:
    """As the page asked that links here, else as the person reads, else Chinese."""
    asked = request.query_params.get("lang")
    return next((one for one in (asked, person.language) if one in LANGUAGES), LANGUAGES[0])


def _id(said: str) -> int:
    """An id as the address says it; what no row can have is no row's."""
    return int(said) if re.fullmatch("[0-9]{1,9}", said) else 0


routes = [
    Route("/files/{id}", download, methods=["GET"]),
    Route("/files/{id}/inline", show, methods=["GET"]),
    Route("/print/{number}/{layout}.pdf", paper, methods=["GET"]),
    Route("/print/{number}/{layout}.xlsx", form_sheet, methods=["GET"]),
    Route("/briefing/{form}", brief, methods=["GET"]),
    Route("/export/{slug}.xlsx", workbook, methods=["GET"]),
]
