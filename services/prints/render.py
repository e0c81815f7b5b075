"""Draws a document's paper as PDF: what all papers share is gathered here, the rest comes from its kind."""

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
import zxingcpp
from noto_cjk_sans_otc import FONT_PATH
from sqlmodel import Session, select

from models import Department, Document, Person, State
from services.access import load_document
from services.documents import KINDS
from services.documents.kind import Print
from services.errors import Refused
from services.people import local_day
from services.prints.sheet import to_form
from services.prints.signatures import signatures
from services.prints.values import day, detail, moment, name_of
from services.settings import setting
from services.texts import catalogue, has_text, text

TEMPLATES = Path(__file__).with_name("templates")


def prints_for(session: Session, document: Document) -> list[Print]:
    """The papers that can be printed of a document now."""
    return [one for one in KINDS[document.kind].prints if one.when(session, document)]


def render(
    session: Session,
    person: Person,
    document: Document,
    layout: str,
    *,
    language: str = "zh",
    base_url: str,
    now: datetime,
) -> bytes:
    """One paper of a document as PDF (A4, P6-7), with its signatures and a QR code of its address under `base_url`.

    Raises `Refused` where the person may not read the document or it has no such paper.
    """
    document = load_document(session, person, now, id=document.id)
    chosen = next((one for one in prints_for(session, document) if one.key == layout), None)
    if chosen is None:
        raise Refused("print.unknown")
    language = chosen.language or language
    data = {
        "labels": _labels(language),
        "language": language,
        "common": _common(session, person, document, chosen, language, base_url, now),
        "paper": chosen.data(session, document, language),
        "signatures": signatures(session, document, language, now),
    }
    return draw(chosen.template, data, now)


def workbook(
    session: Session, person: Person, document: Document, layout: str, *, language: str = "zh", now: datetime
) -> tuple[str, bytes]:
    """One paper of a document as an Excel form, with its title. Raises `Refused` as `render` does."""
    document = load_document(session, person, now, id=document.id)
    chosen = next((one for one in KINDS[document.kind].workbooks if one.key == layout), None)
    if chosen is None or document.number is None:
        raise Refused("print.unknown")
    sheet = chosen.sheet(session, document, language, now)
    return sheet.title, to_form(sheet, language)


def draw(template: str, data: dict[str, Any], now: datetime) -> bytes:
    """A template filled with data. The data is an input of the program, never part of it."""
    compiler = typst.Compiler(
        input=str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    pdf = compiler.compile(format="pdf", timestamp=int(now.timestamp()))
    assert isinstance(pdf, bytes)
    return pdf


def _common(
    session: Session, person: Person, document: Document, chosen: Print, language: str, base_url: str, now: datetime
) -> dict[str, Any]:
    kind = KINDS[document.kind]
    department = session.get_one(Department, document.department_id)
    begun = document.submitted_at or document.created_at
    address = f"{base_url.rstrip('/')}/{kind.slug}?number={document.number}" if document.number else ""
    return {
        "company": company_name(session, language, now),
        "title": title_of(session, document, chosen.key, language),
        "number": document.number or "",
        "mark": _mark(document, language),
        "state": _state(document, language),
        "applicant": name_of(session, document.applicant_id),
        "department": department.name,
        "date": day(local_day(begun), language),
        "source": _number_of(session, document.source_id),
        "address": address,
        "qr": _qr(address) if address else "",
        "printed": text(language, "print.printed", at=moment(now), who=person.name),
    }


def title_of(session: Session, document: Document, layout: str, language: str) -> str:
    """What is printed above: where a kind has several sorts, each may have a title of its own; it may name the
    department.
    """
    kind = KINDS[document.kind]
    sort = getattr(detail(session, document, kind.table, kind.form), kind.sort) if kind.sort else None
    key = f"print.title.{kind.code}.{layout}"
    own = f"print.title.{kind.code}.{layout}.{sort}"
    department = session.get_one(Department, document.department_id)
    return text(language, own if has_text("zh", own) else key, department=department.name)


def _labels(language: str) -> dict[str, tuple[str, ...]]:
    """Every text that templates may ask for, singular and plural: those whose key begins with `print.`."""
    return {key.removeprefix("print."): forms for key, forms in catalogue(language).items() if key.startswith("print.")}


def company_name(session: Session, language: str, now: datetime) -> str:
    """The company as it is called in a language."""
    name: str = setting(session, "company.name_en" if language == "en" else "company.name", now)
    return name or str(setting(session, "company.name", now))


def _mark(document: Document, language: str) -> str:
    """What is written across a paper that does not stand yet, or no more."""
    if document.state == State.DONE or (document.state == State.RUNNING and document.approved_at):
        return ""
    return text(language, f"print.mark.{document.state.value}")


def _state(document: Document, language: str) -> str:
    approved = document.state == State.RUNNING and document.approved_at
    return text(language, "print.mark.approved" if approved else f"print.mark.{document.state.value}")


def _number_of(session: Session, document_id: int | None) -> str:
    statement = select(Document.number).where(Document.id == document_id)
    return (session.exec(statement).first() if document_id else None) or ""


def _qr(address: str) -> str:
    code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return code.to_svg(add_quiet_zones=False)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """Noto Sans CJK and nothing else, so that a paper looks the same on every machine; read once a process."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(Path(str(FONT_PATH)).parent)]
    )
