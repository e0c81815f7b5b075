"""Accounting vouchers (记账凭证) as the Excel sheet that bookkeeping programs import."""

import re
from datetime import datetime

from sqlmodel import Session

from models import Person
from services.access import MONEY_READERS
from services.errors import Refused
from services.export import Column, Kind, to_excel
from services.money.bookkeeping import Posting, Voucher, vouchers
from services.months import month_said
from services.people import has_role
from services.settings import setting
from services.texts import text

_COLUMNS: tuple[tuple[str, Kind], ...] = (
    ("day", "date"),
    ("word", "text"),
    ("number", "text"),
    ("line", "number"),
    ("summary", "text"),
    ("account", "text"),
    ("account_name", "text"),
    ("debit", "money"),
    ("credit", "money"),
    ("department_code", "text"),
    ("department", "text"),
    ("source", "text"),
)


def may_export(session: Session, reader: Person) -> bool:
    """Books are finance's business."""
    return has_role(session, reader, *MONEY_READERS)


def vouchers_to_excel(
    session: Session, reader: Person, month: str, now: datetime, *, language: str
) -> tuple[str, bytes]:
    """A month's vouchers with their title. Raises `Refused` for whoever does not read about money."""
    if not may_export(session, reader) or not re.fullmatch("20[0-9]{4}", month):
        raise Refused("access.not_found", number="")
    title = text(language, "vouchers.title", month=month_said(month))
    columns = [Column(text(language, f"vouchers.{name}"), kind) for name, kind in _COLUMNS]
    found = vouchers(session, month, setting(session, "accounting.accounts", now))
    lines = [_row(one, number, line, language) for one in found for number, line in enumerate(one.lines, start=1)]
    return title, to_excel(columns, lines, title=title, language=language)


def _row(one: Voucher, number: int, line: Posting, language: str) -> list[object]:
    called = text(language, f"cost_element.{line.cost_element}")
    name = line.name or text(language, f"account_use.{line.use}") + (
        f" {called}" if line.use in ("cost", "accrued") else ""
    )
    return [
        one.day,
        text(language, "vouchers.word_said"),
        f"{one.number:04d}",
        number,
        f"{one.source} {one.title}"[:60],
        line.account,
        name,
        line.debit or None,
        line.credit or None,
        one.department_code,
        one.department,
        one.source,
    ]
