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
from services.ageing import ageing_to_excel
from services.attachments import open_attachment
from services.compliance import months_to_look_at
from services.compliance.export import compliance_to_excel
from services.database import reading
from services.documents import BY_SLUG
from services.errors import Refused
from services.export import list_to_excel
from services.lists import Filters
from services.payment_batch import batch_to_excel
from services.people import local_day
from services.prints.render import render
from services.prints.render import workbook as form_workbook
from services.reports.briefing import briefing
from services.reports.budget import Scope, burn_to_excel
from services.reports.cases import CaseFilters
from services.reports.complaint_register import register_to_excel
from services.reports.contacts_due import due_to_excel
from services.reports.control_list import Scope as ControlScope
from services.reports.control_list import control_to_excel
from services.reports.cost_files import PARTS as COST_PARTS
from services.reports.cost_files import costs_to_excel
from services.reports.costs import Scope as CostScope
from services.reports.customer_history_files import history_to_excel
from services.reports.evaluation import evaluation_to_excel, may_evaluate
from services.reports.inspections import inspections_to_excel
from services.reports.missing_parts import missing_to_excel
from services.reports.open_actions import actions_to_excel
from services.reports.order_register import CallFilters, calls_to_excel
from services.reports.receivables import receivables_to_excel
from services.reports.scorecards import Scope as Scorecards
from services.reports.scorecards import scorecards_to_excel
from services.reports.spending import Scope as SpendingScope
from services.reports.spending_excel import is_part, spending_to_excel
from services.reports.suppliers import scorecard_to_excel
from services.reports.training_due import training_due_to_excel
from services.reports.turnaround import Scope as Pace
from services.reports.turnaround_files import turnaround_to_excel
from services.reports.vouchers import vouchers_to_excel
from services.texts import LANGUAGES, text
from ui.briefing import MAKERS as BRIEFINGS
from ui.clock import now
from ui.session import COOKIE
from ui.texts import speaking

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
    """A list as Excel, under the filters of the same address without `/export` and `.xlsx`."""
    slug = request.path_params["slug"]
    kind = BY_SLUG.get(slug)
    if kind is None and slug != "mine":
        raise Refused("file.not_found")
    filters = Filters.read(kind.code if kind else None, request.query_params)
    if kind is None:
        filters = replace(filters, mine=True)
    language = _language(person, request)
    data = list_to_excel(session, person, filters, moment, language=language)
    name = text(language, f"kind.{kind.code}" if kind else "menu.mine")
    return _file(data, EXCEL, f"{name} {local_day(moment)}.xlsx")


@_for_signed_in
def advances(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The open advances that the reader may see, as Excel (P9-5b)."""
    language = _language(person, request)
    data = ageing_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.open_advances')} {local_day(moment)}.xlsx")


@_for_signed_in
def corrective_actions(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """What is due of the open corrective actions that the reader may see (P7-11b)."""
    language = _language(person, request)
    data = actions_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.open_actions')} {local_day(moment)}.xlsx")


@_for_signed_in
def contacts_due(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """Whom to ask and whom to visit next (P3-1.3a, P3-1.5)."""
    language = _language(person, request)
    data = due_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.contacts_due')} {local_day(moment)}.xlsx")


@_for_signed_in
def score_cards(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The scorecards that the reader sees, as Excel (P1-7.2)."""
    language = _language(person, request)
    scope = Scorecards.read(request.query_params, moment)
    data = scorecards_to_excel(session, person, scope, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.scorecards')} {scope.period.key}.xlsx")


@_for_signed_in
def use_of_funds(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The evaluation of the use of funds, as Excel (P2-7)."""
    language = _language(person, request)
    if not may_evaluate(session, person):
        raise Refused("evaluation.shut")
    scope = Scorecards.read(request.query_params, moment)
    data = evaluation_to_excel(session, person, scope, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.evaluation')} {scope.period.key}.xlsx")


@_for_signed_in
def trainings(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """Who is due to be trained, as Excel (P1-8.1)."""
    language = _language(person, request)
    data = training_due_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.training_due')} {local_day(moment)}.xlsx")


@_for_signed_in
def inspections(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """Which departments are due to be inspected, as Excel (P7-11a)."""
    language = _language(person, request)
    data = inspections_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.inspections')} {local_day(moment)}.xlsx")


@_for_signed_in
def complaint_register(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The complaint register under the filters of the page's address, as the paper form (P5-5.1b)."""
    language = _language(person, request)
    data = register_to_excel(session, person, CaseFilters.read(request.query_params), moment, language)
    return _file(data, EXCEL, f"{text(language, 'menu.complaint_register')} {local_day(moment)}.xlsx")


@_for_signed_in
def receivables(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """What is still to be collected, as far as the reader may see it, as Excel (P6-10b)."""
    language = _language(person, request)
    data = receivables_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.receivables')} {local_day(moment)}.xlsx")


@_for_signed_in
def call_register(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The repair call register under the filters of the page's address, as the paper form (P6-8a)."""
    language = _language(person, request)
    data = calls_to_excel(session, person, CallFilters.read(request.query_params), moment, language)
    return _file(data, EXCEL, f"{text(language, 'menu.call_register')} {local_day(moment)}.xlsx")


@_for_signed_in
def missing_parts(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """What sites wait for, as far as the reader may read it (P3-2.2)."""
    language = _language(person, request)
    data = missing_to_excel(session, person, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.missing_parts')} {local_day(moment)}.xlsx")


@_for_signed_in
def history(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The timeline of a customer or a machine (P3-1.1)."""
    language = _language(person, request)
    called, data = history_to_excel(session, person, request.query_params, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'history.timeline')} {called} {local_day(moment)}.xlsx")


@_for_signed_in
def suppliers(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The supplier scorecard of a year (P3-2.3b)."""
    language, asked = _language(person, request), request.query_params.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else local_day(moment).year
    data = scorecard_to_excel(session, person, year, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.suppliers')} {year}.xlsx")


@_for_signed_in
def complaint_turnaround(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The tables of the turnaround page and the cases behind them (P1-7.1)."""
    language = _language(person, request)
    data = turnaround_to_excel(session, person, Pace.read(request.query_params, moment), moment, language)
    return _file(data, EXCEL, f"{text(language, 'menu.turnaround')} {local_day(moment)}.xlsx")


@_for_signed_in
def payments(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The payments that the cashier ticked, as Excel for the bank."""
    language = _language(person, request)
    ids = {_id(one) for one in request.query_params.get("ids", "").split(",")}
    data = batch_to_excel(session, person, ids, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.payments')} {local_day(moment)}.xlsx")


@_for_signed_in
def budget(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The budget of a year as Excel, under the filters of the budget page's address (P2-1.3)."""
    language = _language(person, request)
    data = burn_to_excel(session, person, Scope.read(request.query_params, moment), moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.budget')} {local_day(moment)}.xlsx")


@_for_signed_in
def control(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The control list of a period as Excel, under the filters of its page's address (P7-10)."""
    language = _language(person, request)
    scope = ControlScope.read(request.query_params, moment)
    data = control_to_excel(session, person, scope, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.control_list')} {local_day(moment)}.xlsx")


@_for_signed_in
def spending(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """One table of the spending page as Excel, under the filters of its address (P2-1.3)."""
    language, part = _language(person, request), request.query_params.get("part", "")
    if not is_part(part):
        raise Refused("file.not_found")
    scope = SpendingScope.read(request.query_params, moment)
    title, data = spending_to_excel(session, person, scope, part, moment, language=language)
    return _file(data, EXCEL, f"{title} {scope.year} {local_day(moment)}.xlsx")


@_for_signed_in
def complied(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """Every clause of the policies and how it stands in a month, as Excel."""
    language, months = _language(person, request), months_to_look_at(moment)
    asked = request.query_params.get("month", "")
    month = asked if asked in months else months[0]
    data = compliance_to_excel(session, person, month, moment, language=language)
    return _file(data, EXCEL, f"{text(language, 'menu.compliance')} {month}.xlsx")


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


@_for_signed_in
def accounting(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """The accounting vouchers of a month, for those who read about money."""
    language, month = _language(person, request), request.query_params.get("month", "")
    title, data = vouchers_to_excel(session, person, month, moment, language=language)
    return _file(data, EXCEL, f"{title}.xlsx")


@_for_signed_in
def cost_report(session: Session, person: Person, request: Request, moment: datetime) -> Response:
    """A table of the cost report."""
    language, part = _language(person, request), request.query_params.get("part", "")
    if part not in COST_PARTS:
        raise Refused("access.not_found", number="")
    scope = CostScope.read(request.query_params, moment)
    title, data = costs_to_excel(session, person, scope, part, moment, language=language)
    return _file(data, EXCEL, f"{title}.xlsx")


routes = [
    Route("/files/{id}", download, methods=["GET"]),
    Route("/files/{id}/inline", show, methods=["GET"]),
    Route("/print/{number}/{layout}.pdf", paper, methods=["GET"]),
    Route("/print/{number}/{layout}.xlsx", form_sheet, methods=["GET"]),
    Route("/export/payments.xlsx", payments, methods=["GET"]),
    Route("/export/open_advances.xlsx", advances, methods=["GET"]),
    Route("/export/scorecards.xlsx", score_cards, methods=["GET"]),
    Route("/export/evaluation.xlsx", use_of_funds, methods=["GET"]),
    Route("/export/training_due.xlsx", trainings, methods=["GET"]),
    Route("/export/inspections.xlsx", inspections, methods=["GET"]),
    Route("/export/spending.xlsx", spending, methods=["GET"]),
    Route("/export/budget.xlsx", budget, methods=["GET"]),
    Route("/export/control_list.xlsx", control, methods=["GET"]),
    Route("/export/costs.xlsx", cost_report, methods=["GET"]),
    Route("/export/vouchers.xlsx", accounting, methods=["GET"]),
    Route("/export/turnaround.xlsx", complaint_turnaround, methods=["GET"]),
    Route("/export/contacts_due.xlsx", contacts_due, methods=["GET"]),
    Route("/export/open_actions.xlsx", corrective_actions, methods=["GET"]),
    Route("/export/receivables.xlsx", receivables, methods=["GET"]),
    Route("/export/call_register.xlsx", call_register, methods=["GET"]),
    Route("/export/complaint_register.xlsx", complaint_register, methods=["GET"]),
    Route("/export/missing_parts.xlsx", missing_parts, methods=["GET"]),
    Route("/export/customer.xlsx", history, methods=["GET"]),
    Route("/export/suppliers.xlsx", suppliers, methods=["GET"]),
    Route("/briefing/{form}", brief, methods=["GET"]),
    Route("/export/compliance.xlsx", complied, methods=["GET"]),
    Route("/export/{slug}.xlsx", workbook, methods=["GET"]),
]
