"""The timeline of a customer or a machine as Excel, as its reader sees it (P3-1.1)."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from models import Person
from services.documents import KINDS
from services.errors import Refused
from services.export import Column, to_excel
from services.reports.customer_history import Happening, customer_history, machine_history
from services.texts import has_text, text


def history_to_excel(
    session: Session, reader: Person, query: Mapping[str, str], now: datetime, *, language: str
) -> tuple[str, bytes]:
    """What it is about, and the file, under the address of the page: a serial number, else a customer; one kind or all.

    Raises `Refused` where nothing is known of it that the reader may know.
    """
    called, happenings = _found(session, reader, query, now)
    kind = query.get("kind")
    shown = [one for one in happenings if one.kind == kind] or happenings
    columns = [
        Column(text(language, "history.day"), "date"),
        *(Column(text(language, f"history.{name}")) for name in ("kind", "number", "title", "state")),
    ]
    title = text(language, "history.timeline")
    return called, to_excel(columns, (_row(one, language) for one in shown), title=title, language=language)


def _found(
    session: Session, reader: Person, query: Mapping[str, str], now: datetime
) -> tuple[str, tuple[Happening, ...]]:
    serial, customer = query.get("serial", "").strip(), query.get("customer", "")
    if serial and (machine := machine_history(session, reader, serial, now)):
        return machine.serial, machine.happenings
    id = int(customer) if not serial and customer.isascii() and customer.isdigit() and len(customer) < 10 else 0
    if id and (found := customer_history(session, reader, id, now)):
        return found.customer.name, found.happenings
    raise Refused("file.not_found")


def _row(one: Happening, language: str) -> list[object]:
    kind = text(language, f"kind.{one.kind}" if one.kind in KINDS else f"history.{one.kind}")
    title = text(language, "history.until", day=one.ends_on) if one.ends_on else one.title
    return [one.day, kind, one.number, title, _state(one, language)]


def _state(one: Happening, language: str) -> str:
    if one.state is None:
        return ""
    state = text(language, f"state.{one.state.value}")
    if one.step is None:
        return state
    step = f"step.{one.step}" if has_text(language, f"step.{one.step}") else f"role.{one.step}"
    return f"{state} · {text(language, step)}"
