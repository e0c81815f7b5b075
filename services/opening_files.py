"""Opening balances as Excel: looked through cell by cell, then brought as one paper for approval, or not at all.

What stands already is left as it is: the same file brought twice changes nothing (P7-4, P9-5b).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from openpyxl.utils import get_column_letter
from sqlmodel import Session, col, select

from models import BudgetCategory, Department, Document, Person
from services.access import may_start
from services.documents.drafts import keep
from services.documents.fields import spec
from services.documents.filling import check_value
from services.documents.grid_files import typed_cell
from services.documents.kind import Lines
from services.documents.opening_entry import ACTUALS, ADVANCES, MONTHS, standing_actuals, standing_advances
from services.engine import act
from services.errors import Fault, Invalid, Refused
from services.export import Column, to_excel
from services.people import everybody
from services.row_files import first_sheet, merged_in
from services.texts import LANGUAGES, term_of, text

LARGEST, _UNPACKED, _MOST_COLUMNS = 2_000_000, 20_000_000, 30
_MOST_FAULTS = 300


@dataclass
class Looked:
    """What a file would take over: rows that are new, how many stand already, and what is wrong with it."""

    actuals: list[dict[str, Any]] = field(default_factory=list)
    advances: list[dict[str, Any]] = field(default_factory=list)
    same: int = 0
    faults: list[Fault] = field(default_factory=list)
    """Each names its cell."""

    @property
    def spent(self) -> Decimal:
        """Yuan of the new rows of spending."""
        return sum((row[name] for row in self.actuals for name in MONTHS), Decimal("0.00"))

    @property
    def still_open(self) -> Decimal:
        """Yuan of the new open advances."""
        return sum((row["still_open"] for row in self.advances), Decimal("0.00"))


def template(session: Session, user: Person, lines: Lines, language: str) -> bytes:
    """An empty file of a table; that of spending has a row for each department and category."""
    _must_bring(session, user)
    places = [(one.name, category) for one in _departments(session) for category in BudgetCategory]
    rows: list[dict[str, Any]] = [{"department_id": name, "category": one} for name, one in places]
    rows = rows if lines is ACTUALS else []
    said = {name: text(language, f"OE.field.{name}") for name in lines.columns}
    called: dict[Any, str] = {one: text(language, term_of(one).key) for one in BudgetCategory}
    columns = [Column(words, "money" if name in (*MONTHS, "still_open") else "text") for name, words in said.items()]
    cells = ([called.get(row.get(name), row.get(name)) for name in said] for row in rows)
    return to_excel(columns, cells, title=text(language, f"OE.section.{lines.name}"), language=language)


def look_through(
    session: Session, user: Person, year: int, actuals: bytes | None, advances: bytes | None, now: datetime
) -> Looked:
    """What the files would take over, without doing it. Refused for a wrong role and for what is no workbook."""
    _must_bring(session, user)
    looked = Looked()
    if actuals is not None:
        _look_at_spending(session, looked, _rows_of(session, ACTUALS, actuals, looked), year)
    if advances is not None:
        _look_at_advances(session, looked, _rows_of(session, ADVANCES, advances, looked))
    looked.faults = looked.faults[:_MOST_FAULTS]
    return looked


def bring(
    session: Session, user: Person, year: int, actuals: bytes | None, advances: bytes | None, now: datetime
) -> Document:
    """Send what is new as one opening entry to the head of finance.

    Raises `Invalid` with all faults, and `Refused` where nothing of it is new; then nothing is written.
    """
    looked = look_through(session, user, year, actuals, advances, now)
    if looked.faults:
        raise Invalid(looked.faults)
    if not (looked.actuals or looked.advances):
        raise Refused("OE.refused.nothing_new")
    raw = {"year": year, "actuals": [*map(_raw, looked.actuals)], "advances": [*map(_raw, looked.advances)]}
    paper = keep(session, user, "OE", raw, token=f"opens-{uuid4().hex[:20]}", now=now)
    return act(session, user, paper.id, "submit", now=now)


def _look_at_spending(session: Session, looked: Looked, found: list["_Row"], year: int) -> None:
    standing, seen = standing_actuals(session, year), set[Any]()
    for row in found:
        place = (row.values["department_id"], row.values["category"])
        months = [row.values[name] for name in MONTHS]
        if place in seen:
            looked.faults.append(row.fault("category", "twice"))
        elif place not in standing:
            looked.actuals.append(row.values)  # noughts, too: they say that nothing was spent
        elif standing[place] == months:
            looked.same += 1
        else:
            looked.faults.append(row.fault("category", "stands_otherwise"))
        seen.add(place)


def _look_at_advances(session: Session, looked: Looked, found: list["_Row"]) -> None:
    standing, seen = standing_advances(session), set[str]()
    for row in found:
        number = row.values["old_number"]
        there = standing.get(number)
        if number in seen:
            looked.faults.append(row.fault("old_number", "twice"))
        elif there is None:
            looked.advances.append(row.values)
        elif all(getattr(there, name) == row.values[name] for name in ADVANCES.columns if name != "purpose"):
            looked.same += 1
        else:
            looked.faults.append(row.fault("old_number", "stands_otherwise"))
        seen.add(number)


@dataclass
class _Row:
    """A row of a sheet in which every cell is right."""

    number: int
    places: Mapping[str, int]
    values: dict[str, Any]

    def fault(self, name: str, what: str) -> Fault:
        return _fault(f"{get_column_letter(self.places[name])}{self.number}", what)


def _rows_of(session: Session, lines: Lines, data: bytes, looked: Looked) -> list[_Row]:
    """The rows of a table's file, each cell checked; what is wrong goes to the faults."""
    cells, merged = _cells(data, lines.most)
    looked.faults += [_fault(cell, "merged") for cell in merged]
    places = _places(lines, cells.get(1, {}))
    known = _known(session, lines)
    found = []
    for number in sorted(cells.keys() - {1}):
        row = {name: cells[number].get(place) for name, place in places.items()}
        amounts = [cell for name, cell in row.items() if name in MONTHS]
        if all(_empty(cell) for cell in amounts or row.values()):
            continue  # a line of the template that nobody filled in
        values: dict[str, Any] = {}
        for name, cell in row.items():
            values[name], wrong = _read(lines, name, cell, known.get(name))
            if wrong:
                looked.faults.append(_fault(f"{get_column_letter(places[name])}{number}", wrong))
        if all(value is not None for value in values.values()):
            found.append(_Row(number, places, values))
    if len(cells) > lines.most:
        looked.faults.append(_fault(f"A{lines.most + 1}", "too_long"))
    return found


def _cells(data: bytes, most: int) -> tuple[dict[int, dict[int, Any]], list[str]]:
    """The cells that hold something, by row and column, and where some are merged."""
    if len(data) > LARGEST:
        raise Refused("settings.bad_file")
    with first_sheet(data, _UNPACKED, formulas=True) as sheet:
        found = {
            row: {column: cell for column, cell in enumerate(cells, start=1) if not _empty(cell)}
            for row, cells in enumerate(sheet.iter_rows(max_row=most + 2, max_col=_MOST_COLUMNS), start=1)
            if not all(map(_empty, cells)) or row == 1
        }
        return found, merged_in(sheet)


def _places(lines: Lines, headings: Mapping[int, Any]) -> dict[str, int]:
    said = {
        words: name for name in lines.columns for words in (name, *(text(one, f"OE.field.{name}") for one in LANGUAGES))
    }
    found = {said.get(str(cell.value).strip(), ""): place for place, cell in headings.items()}
    for name in lines.columns:
        if name not in found:
            raise Refused("settings.column_missing", column=text(LANGUAGES[0], f"OE.field.{name}"))
    return {name: found[name] for name in lines.columns}


def _read(lines: Lines, name: str, cell: Any, known: Mapping[str, Any] | None) -> tuple[Any, str | None]:
    """A cell's value, or what is wrong with it."""
    if _empty(cell):
        return None, "empty"
    if cell.data_type == "f":
        return None, "formula"
    field_ = spec(lines.form, name)
    typed = cell.value.date().isoformat() if isinstance(cell.value, datetime) else typed_cell(cell.value)
    if known is not None:
        value = known.get(str(typed).strip().lower())
        return value, None if value is not None else "unknown"
    value, fault = check_value(field_, typed)
    return value, "wrong" if fault else "empty" if value is None else None


def _known(session: Session, lines: Lines) -> dict[str, dict[str, Any]]:
    """How departments, categories and people may be named in a file: by code, by name, by login or number."""
    if lines is ADVANCES:
        people = everybody(session)
        names = [one.name for one in people]
        by_name = {one.name: one.id for one in people if names.count(one.name) == 1}
        keys = {key: one.id for one in people for key in (one.login, one.employee_no) if key}
        return {"holder_id": {key.lower(): id for key, id in (by_name | keys).items()}}
    departments = {key.lower(): one.id for one in _departments(session) for key in (one.code, one.name)}
    categories = {
        key.lower(): one
        for one in BudgetCategory
        for key in (one.value, *(text(spoken, term_of(one).key) for spoken in LANGUAGES))
    }
    return {"department_id": departments, "category": categories}


def _departments(session: Session) -> Sequence[Department]:
    return session.exec(select(Department).where(Department.active).order_by(col(Department.id))).all()


def _must_bring(session: Session, user: Person) -> None:
    if not may_start(session, user, "OE"):
        raise Refused("draft.may_not_start")


def _raw(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"{one:.2f}" if isinstance(one, Decimal) else one if isinstance(one, int) else str(one)
        for name, one in row.items()
    }


def _empty(cell: Any) -> bool:
    return cell is None or cell.value is None or not str(cell.value).strip()


def _fault(cell: str, what: str) -> Fault:
    return Fault("file", f"OE.file.{what}", {"cell": cell})
