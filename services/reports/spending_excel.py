"""The figures of the spending page as Excel, a file for each chart."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Person
from services.export import Column, Kind, to_excel
from services.reports.spending import MONTHS, Scope, named, purposes, step_times, trips
from services.texts import has_text, text

Sheet = tuple[list[Column], Iterable[list[Any]]]


def spending_to_excel(
    session: Session, reader: Person, scope: Scope, part: str, now: datetime, *, language: str
) -> tuple[str, bytes]:
    """One table of the page, with its title. Raises `Refused` for whoever may not see it, `KeyError` for no table."""
    title = text(language, f"spending.{part}")
    columns, lines = _PARTS[part](session, reader, scope, language)
    return title, to_excel(columns, lines, title=title, language=language)


def is_part(part: str) -> bool:
    return part in _PARTS


def step_said(step: str, language: str) -> str:
    """A step by its name, else by the role that it is called after."""
    key = f"step.{step}"
    return text(language, key if has_text(language, key) else f"role.{step}")


def _purposes(session: Session, reader: Person, scope: Scope, language: str) -> Sheet:
    months = [Column(f"{scope.year}-{month:02}", "money") for month in MONTHS]
    found = named(session, purposes(session, reader, scope), language)
    columns = [_column("purpose", language), *months, _column("total", language, "money")]
    return columns, ([one.name, *one.months, one.total] for one in found)


def _trips(session: Session, reader: Person, scope: Scope, language: str) -> Sheet:
    kinds: tuple[tuple[str, Kind], ...] = (
        ("month", "text"),
        ("trips_count", "number"),
        ("days", "number"),
        ("cost", "money"),
        ("per_trip", "money"),
        ("per_day", "money"),
    )
    columns = [_column(name, language, kind) for name, kind in kinds]
    lines = (
        [f"{scope.year}-{one.month:02}", one.trips, one.days, one.cost, one.per_trip, one.per_day]
        for one in trips(session, reader, scope)
    )
    return columns, lines


def _steps(session: Session, reader: Person, scope: Scope, language: str) -> Sheet:
    kinds: tuple[tuple[str, Kind], ...] = (
        ("step", "text"),
        ("count", "number"),
        ("median", "number"),
        ("longest", "number"),
    )
    columns = [_column(name, language, kind) for name, kind in kinds]
    lines = (
        [step_said(one.step, language), one.count, round(one.median, 1), round(one.longest, 1)]
        for one in step_times(session, reader, scope)
    )
    return columns, lines


def _column(name: str, language: str, kind: Kind = "text") -> Column:
    return Column(text(language, f"spending.column.{name}"), kind)


_PARTS: dict[str, Callable[[Session, Person, Scope, str], Sheet]] = {
    "purposes": _purposes,
    "trips": _trips,
    "steps": _steps,
}
