"""The tables of the cost report as Excel."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models import Person
from services.export import Column, Kind, to_excel
from services.reports import case_costs, costs, earnings
from services.reports.costs import MONTHS, Line, Scope
from services.texts import text

PARTS = ("income", "elements", "departments", "matrix", "bearers", "products", "cases")
Table = tuple[list[Column], list[list[Any]]]


def costs_to_excel(
    session: Session, reader: Person, scope: Scope, part: str, now: datetime, *, language: str
) -> tuple[str, bytes]:
    """One table of the report, with its title. Raises `Refused` for whoever may not see it, `KeyError` for no table."""
    title = text(language, f"costs.{part}")
    columns, lines = _TABLES[part](session, reader, scope, now, language)
    return f"{title} {scope.year}", to_excel(columns, lines, title=title, language=language)


def bearer_names(language: str) -> dict[str, str]:
    """What bearers are called that have no name of their own."""
    return {case_costs.CUSTOMERS: text(language, "costs.customers")}


def _income(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    found = earnings.by_month(session, reader, scope)
    columns = [_column("month", language)]
    columns += [_column(one, language, "money") for one in ("income", "spent", "difference")]
    return columns, [[f"{scope.year}-{one.number:02d}", one.income, one.spent, one.difference] for one in found]


def _elements(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    return _lines(costs.by_element(session, reader, scope, language), scope, language, "element", planned=False)


def _departments(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    return _lines(costs.by_department(session, reader, scope), scope, language, "department", planned=True)


def _lines(found: list[Line], scope: Scope, language: str, name: str, *, planned: bool) -> Table:
    columns = [_column(name, language), *(Column(f"{scope.year}-{month:02d}", "money") for month in MONTHS)]
    columns += [_column(one, language, "money") for one in ("total", *(("planned",) if planned else ()), "last")]
    return columns, [
        [one.name, *one.months, one.total, *((one.planned,) if planned else ()), one.last] for one in found
    ]


def _matrix(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    names = costs.looked_at(session, reader, scope)
    found = costs.matrix(session, reader, scope)
    columns = [_column("element", language), *(Column(name, "money") for name in names.values())]
    elements = costs.by_element(session, reader, scope, language)
    return columns, [[one.name, *(found.get((one.key, id), Decimal("0.00")) for id in names)] for one in elements]


def _bearers(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    columns = [_column("bearer", language)]
    columns += [_column(one, language, "money") for one in ("spent", "handed_on", "borne", "after")]
    found = case_costs.bearers(session, reader, scope, bearer_names(language))
    return columns, [[one.name, one.spent, one.handed_on, one.borne, one.after] for one in found]


def _products(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    columns = [_column("product", language), _column("cases", language, "number")]
    columns += [_column(one, language, "money") for one in ("cost", "per_case")]
    found = case_costs.by_product(case_costs.cases(session, reader, scope, now))
    return columns, [
        [one.product or text(language, "costs.no_product"), one.cases, one.cost, one.per_case] for one in found
    ]


def _cases(session: Session, reader: Person, scope: Scope, now: datetime, language: str) -> Table:
    """A row for each share, so that every allocated yuan stands beside its case."""
    names = {str(id): name for id, name in costs.all_departments(session).items()} | bearer_names(language)
    columns = [_column(one, language) for one in ("number", "customer", "product", "handled_by", "bearer")]
    columns += [_column("share", language, "money")]
    lines = [
        [
            one.number,
            one.customer,
            one.product,
            names.get(str(one.handled_by), ""),
            names.get(share.key) or share.key[len(case_costs.SUPPLIER) :],
            share.amount,
        ]
        for one in case_costs.cases(session, reader, scope, now)
        for share in one.shares
    ]
    return columns, lines


def _column(name: str, language: str, kind: Kind = "text") -> Column:
    return Column(text(language, f"costs.column.{name}"), kind)


_TABLES = {
    "income": _income,
    "elements": _elements,
    "departments": _departments,
    "matrix": _matrix,
    "bearers": _bearers,
    "products": _products,
    "cases": _cases,
}
