"""The turnaround page as a workbook: a sheet for each of its tables, and one with the cases behind them."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from models import Person
from services.documents.complaint_route import SCORES
from services.errors import Refused
from services.export import Column, Sheet, to_workbook
from services.reports.satisfaction import MonthScores, by_month
from services.reports.turnaround import Handled, Scope, Turnaround, may_read, turnaround
from services.texts import has_text, said, text


def turnaround_to_excel(session: Session, user: Person, scope: Scope, now: datetime, *, language: str) -> bytes:
    """Raises `Refused` for whoever the page is not for."""
    if not may_read(session, user):
        raise Refused("turnaround.not_yours")
    seen = turnaround(session, user, scope, now)
    tables = turnaround_tables(seen, by_month(session, user, scope, now), language)
    return to_workbook(list(tables.values()), language)


def turnaround_tables(seen: Turnaround, months: list[MonthScores], language: str) -> dict[str, Sheet]:
    """Every table of the page by its name: as it stands on the screen, and as a sheet of the workbook."""

    def named(key: str) -> str:
        return text(language, f"turnaround.{key}")

    by: tuple[tuple[str, Callable[[Handled], str]], ...] = (
        ("department", lambda case: case.department),
        ("product", lambda case: case.product),
        ("severity", lambda case: said(language, case.severity)),
    )
    return {
        "flow": _weeks(seen, named),
        "spread": _months(seen, named),
        "steps": _steps(seen, named, language),
        "causes": _causes(seen, named, language),
        **{name: _groups(seen, named(f"by_{name}"), name, value, language) for name, value in by},
        "satisfaction": _satisfaction(months, named, language),
        "behind": _cases(seen, named, language),
    }


_Named = Callable[[str], str]


def _weeks(seen: Turnaround, named: _Named) -> Sheet:
    columns = (Column(named("from"), "date"), *(Column(named(one), "number") for one in ("received", "closed", "open")))
    return Sheet(named("flow"), columns, [[one.start, one.received, one.closed, one.open] for one in seen.weeks])


def _months(seen: Turnaround, named: _Named) -> Sheet:
    columns = [Column(named("closed_in")), Column(named("cases"), "number")]
    columns += [Column(f"P{part}") for part in (10, 25, 50, 75, 90)]
    rows = [
        [one.month, one.count, *map(_figure, (one.low, one.quarter, one.median, one.three_quarters, one.high))]
        for one in seen.spreads
    ]
    return Sheet(named("spread"), columns, rows)


def _steps(seen: Turnaround, named: _Named, language: str) -> Sheet:
    columns = [Column(named("step")), Column(named("median")), Column(named("limit"))]
    columns += [Column(named("done"), "number"), Column(named("waiting"), "number")]
    rows = [
        [_step(one.step, language), _figure(one.median), _figure(one.limit), one.count, one.waiting]
        for one in seen.steps
    ]
    return Sheet(named("steps"), columns, rows)


def _causes(seen: Turnaround, named: _Named, language: str) -> Sheet:
    columns = [Column(named("cause")), Column(named("cases"), "number"), Column("%")]
    rows = [[said(language, one.cause), one.count, f"{one.cumulative:.1%}"] for one in seen.causes]
    return Sheet(named("causes"), columns, rows)


def _groups(seen: Turnaround, title: str, name: str, value: Callable[[Handled], str], language: str) -> Sheet:
    columns = [Column(text(language, f"register.{name}"))]
    columns += [Column(text(language, f"turnaround.{one}"), "number") for one in ("cases", "closed")]
    columns += [Column(text(language, f"turnaround.{one}")) for one in ("median", "satisfaction")]
    columns += [Column(text(language, "turnaround.cost"), "money")]
    rows = [
        [one.name, one.count, one.closed, _figure(one.median), _figure(one.score), one.cost]
        for one in seen.groups(value)
    ]
    return Sheet(title, columns, rows)


def _satisfaction(months: list[MonthScores], named: _Named, language: str) -> Sheet:
    columns = [Column(named("asked_in")), Column(named("after_cases"), "number"), Column(named("rounds"), "number")]
    columns += [Column(text(language, f"field.{score}")) for score in SCORES]
    rows = [
        [one.month, one.after_cases, one.rounds, *(_figure(one.means[score]) for score in SCORES)] for one in months
    ]
    return Sheet(named("satisfaction"), columns, rows)


def _cases(seen: Turnaround, named: _Named, language: str) -> Sheet:
    kinds = {"received_on": "date", "closed_on": "date"}
    names = ("number", "customer", "product", "department", "severity", "cause", "received_on", "closed_on", "days")
    columns = [Column(named(f"column.{one}"), kinds.get(one, "text")) for one in names]  # type: ignore[arg-type]
    rows = [
        [
            case.number,
            case.customer,
            case.product,
            case.department,
            said(language, case.severity),
            said(language, case.cause),
            case.received_on,
            case.closed_on,
            _figure(case.days),
        ]
        for case in seen.cases
    ]
    return Sheet(named("behind"), columns, rows)


def _step(key: str, language: str) -> str:
    return text(language, f"step.{key}" if has_text(language, f"step.{key}") else f"role.{key}")


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
