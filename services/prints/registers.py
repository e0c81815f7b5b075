"""What stands on the monthly registers: business trips (出差明细表) and entertainment (招待费明细表), P9-6."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import (
    Department,
    Document,
    MonthlyRegister,
    MonthlyRegisterForm,
    Person,
    RegisterKind,
    RegisterSpending,
    RegisterSpendingForm,
    RegisterTrip,
    RegisterTripForm,
)
from services.documents.claim_requests import requests_without_invoice
from services.months import month_said
from services.prints.sheet import FormSheet, SheetColumn
from services.prints.values import breakable, detail, fen, lines, short_day
from services.texts import said, text

Data = dict[str, Any]
Cell = str | int | date | Decimal | None

NOTHING = Decimal("0.00")
_TRIP_COLUMNS = (
    ("line", 5),
    ("traveller", 10),
    ("departed_on", 12),
    ("returned_on", 12),
    ("actual_days", 7),
    ("route", 22),
    ("task", 32),
    ("transport", 9),
    ("trip_number", 17),
    ("claim_number", 17),
    ("claimed", 13),
    ("late", 10),
)
_SPENDING_COLUMNS = (
    ("line", 5),
    ("spent_on", 12),
    ("spending", 8),
    ("spent_matter", 28),
    ("guests", 26),
    ("headcount", 7),
    ("spent_place", 14),
    ("handler", 10),
    ("request_number", 17),
    ("spent_amount", 13),
    ("a_head", 11),
    ("claim_number", 17),
    ("claimed", 13),
    ("late", 10),
)
_TO_SIGN = "_" * 14
_SUMMED = {"actual_days", "claimed", "spent_amount", "headcount"}


def register_data(session: Session, document: Document, language: str) -> Data:
    """The register with its lines, for the template of its kind."""
    register = detail(session, document, MonthlyRegister, MonthlyRegisterForm)
    trips = register.register_kind == RegisterKind.TRIPS
    columns, cells = _table(session, document, register, language)
    return {
        "trips": trips,
        "month": month_said(register.month),
        "remarks": breakable(register.remarks),
        "columns": [text(language, f"print.register.{name}") for name, _ in columns],
        "names": [name for name, _ in columns],
        "lines": [[_printed(value) for value in line] for line in cells],
    }


def register_sheet(session: Session, document: Document, language: str, now: datetime) -> FormSheet:
    """The register as an Excel form: the same columns, with days and amounts that can be reckoned with."""
    from services.prints.render import company_name, title_of  # the registry names this file, and that one asks it
    from services.prints.signatures import signatures

    def labelled(name: str, value: str) -> str:
        return f"{text(language, f'print.register.{name}')}{text(language, 'print.register.colon')}{value}"

    register = detail(session, document, MonthlyRegister, MonthlyRegisterForm)
    columns, cells = _table(session, document, register, language)
    department = session.get_one(Department, document.department_id)
    signed = signatures(session, document, language, now)
    colon = text(language, "print.register.colon")
    return FormSheet(
        company=company_name(session, language, now),
        title=title_of(session, document, "register", language),
        facts=(
            labelled("department", department.name),
            labelled("month", month_said(register.month)),
            f"{text(language, 'print.number')}{document.number or ''}",
        ),
        columns=tuple(
            SheetColumn(text(language, f"print.register.{name}"), width, name in _SUMMED) for name, width in columns
        ),
        rows=cells,
        total=text(language, "print.total"),
        signatures=tuple(f"{one['step']}{colon}{one['name'] or _TO_SIGN} {one['at'][:10]}".rstrip() for one in signed),
        remarks=labelled("remarks", register.remarks) if register.remarks else "",
    )


def _table(
    session: Session, document: Document, register: MonthlyRegister, language: str
) -> tuple[tuple[tuple[str, int], ...], list[list[Cell]]]:
    """Columns and lines; which month a late line is of is the last column, where any is late."""
    trips = register.register_kind == RegisterKind.TRIPS
    columns = _TRIP_COLUMNS if trips else _SPENDING_COLUMNS
    cells = (_trips if trips else _spendings)(session, document, language)
    if any(line[-1] for line in cells):
        return columns, cells
    return columns[:-1], [line[:-1] for line in cells]


def _trips(session: Session, document: Document, language: str) -> list[list[Cell]]:
    found = lines(session, document, "trips", RegisterTrip, RegisterTripForm)
    people = _names(session, {one.traveller_id for one in found})
    numbers = _numbers(session, {one.trip_id for one in found})
    return [
        [
            one.position,
            people[one.traveller_id],
            one.departed_on,
            one.returned_on,
            one.days,
            f"{one.origin} → {one.destinations}",
            one.task,
            said(language, one.transport),
            numbers[one.trip_id],
            one.claim_numbers,
            one.claimed,
            month_said(one.late_of),
        ]
        for one in found
    ]


def _spendings(session: Session, document: Document, language: str) -> list[list[Cell]]:
    found = lines(session, document, "spendings", RegisterSpending, RegisterSpendingForm)
    people = _names(session, {one.handler_id for one in found})
    numbers = _numbers(session, {one.request_id for one in found})
    without = requests_without_invoice(session, {one.request_id for one in found})
    return [
        [
            one.position,
            one.spent_on,
            said(language, one.spending),
            _matter(one, one.request_id in without, language),
            one.spent_guests,
            one.spent_headcount,
            one.spent_place,
            people[one.handler_id],
            numbers[one.request_id],
            one.spent_amount,
            _a_head(one),
            one.claim_numbers,
            one.claimed,
            month_said(one.late_of),
        ]
        for one in found
    ]


def _matter(line: RegisterSpending, no_invoice: bool, language: str) -> str:
    """What for; and that there is no invoice for it, where none could be had (P9-3.2c)."""
    return f"{line.spent_matter} [{text(language, 'print.not_deductible')}]" if no_invoice else line.spent_matter


def _a_head(line: RegisterSpending) -> Decimal | None:
    return (line.spent_amount / line.spent_headcount).quantize(NOTHING) if line.spent_headcount else None


def _printed(value: Cell) -> Any:
    """A cell as the template takes it: amounts as fen."""
    if isinstance(value, Decimal):
        return {"fen": fen(value)}
    if isinstance(value, date):
        return short_day(value)
    return value if isinstance(value, int) else breakable(value)


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    found = session.execute(select(Person.id, Person.name).where(col(Person.id).in_(ids)))
    return {row.id: row.name for row in found}


def _numbers(session: Session, ids: set[int]) -> dict[int, str]:
    found = select(Document.id, Document.number).where(col(Document.id).in_(ids))
    return {row.id: row.number or "" for row in session.execute(found)}
