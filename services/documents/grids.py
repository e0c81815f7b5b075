"""Tables that are typed as a sheet: whole from the start, filled from another year, summed up by quarter and year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from services.documents.fields import spec
from services.documents.filling import check_value
from services.documents.kind import Filled, Grid, Lines
from services.money.ledger import NOTHING
from services.money.spread import by_shape, evenly

Months = list[Decimal]
Rows = list[dict[str, Any]]
"""Lines as a form holds them."""


@dataclass(frozen=True)
class Sums:
    """What a line of the sheet comes to: the year before, the four quarters, the year."""

    name: StrEnum | None
    """None for all lines together."""
    before: Decimal
    quarters: tuple[Decimal, ...]
    year: Decimal

    @property
    def change(self) -> Decimal | None:
        """By how many per cent it is more than the year before; None where there was nothing."""
        return (100 * (self.year - self.before) / self.before).quantize(Decimal("0.1")) if self.before else None


def choices_of(lines: Lines) -> list[StrEnum]:
    """The lines that a sheet has, by their names."""
    return list(spec(lines.form, _grid(lines).by).choices or ())


def whole(lines: Lines, rows: Any) -> Rows:
    """All lines of a sheet in their order, whatever of them is there."""
    by = _grid(lines).by
    known = {row.get(by): row for row in rows or [] if isinstance(row, Mapping)}
    return [dict(known.get(one.value, {})) | {by: one.value} for one in choices_of(lines)]


def filled_from(lines: Lines, source: str, filled: Filled) -> Rows:
    """The sheet with the months that one of its sources gives."""
    grid = _grid(lines)
    return as_typed(grid, grid.sources[source](filled))


def as_typed(grid: Grid, shown: Mapping[str, Months]) -> Rows:
    """Months by the line's name as a form holds them."""
    return [
        {grid.by: name} | {month: f"{amount:.2f}" for month, amount in zip(grid.months, months, strict=True)}
        for name, months in shown.items()
    ]


def spread_totals(lines: Lines, rows: Rows, filled: Filled | None = None) -> Rows:
    """The sheet with each total that is typed spread over its months: evenly, or with `filled` as the year before.

    To the fen (P2-3.1). A line without a total, or with one that is no amount, stays as it is.
    """
    grid = _grid(lines)
    before = grid.before(filled) if filled else {}
    spread = []
    for row in rows:
        total, fault = check_value(spec(lines.form, grid.total), row.get(grid.total))
        if total is not None and fault is None:
            shape = before.get(row[grid.by])
            months = by_shape(total, shape) if shape else evenly(total, len(grid.months))
            row = row | {month: f"{amount:.2f}" for month, amount in zip(grid.months, months, strict=True)}
        spread.append(row)
    return spread


def months_of(grid: Grid, line: Mapping[str, Any]) -> Months:
    """A line's months in order; what is left open is nothing."""
    return [line.get(name) or NOTHING for name in grid.months]


def sums_of(grid: Grid, lines: Sequence[Mapping[str, Any]], before: Mapping[str, Decimal]) -> list[Sums]:
    """What each line comes to by quarter and year, as far as it is filled in, and last all together (P2-3.1)."""
    lines = [line for line in lines if line.get(grid.by)]
    by_line = [months_of(grid, line) for line in lines]
    found = [
        _sums(line[grid.by], months, before.get(line[grid.by], NOTHING))
        for line, months in zip(lines, by_line, strict=True)
    ]
    together = [sum(column, NOTHING) for column in zip(*by_line, strict=True)]
    return [*found, _sums(None, together, sum((one.before for one in found), NOTHING))] if found else []


def sums_while_typed(lines: Lines, filled: Filled) -> list[Sums]:
    """The sums of a sheet that is being typed, beside the year before."""
    grid = _grid(lines)
    before = {name: sum(months, NOTHING) for name, months in grid.before(filled).items()}
    return sums_of(grid, filled.lines[lines.name], before)


def _sums(name: StrEnum | None, months: Months, before: Decimal) -> Sums:
    quarters = tuple(sum(months[start : start + 3], NOTHING) for start in range(0, len(months), 3))
    return Sums(name, before, quarters, sum(months, NOTHING))


def _grid(lines: Lines) -> Grid:
    assert lines.grid, f"{lines.name} is no sheet"
    return lines.grid
