"""The sheet of a budget plan: six categories by twelve months, with last year beside it (P2-3.1, P7-4, P7-5)."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from sqlmodel import Session

from models import BudgetCategory, PlanLine, PlanLineForm
from services.documents.grids import Months, months_of
from services.documents.kind import Filled, Grid, Lines
from services.errors import Fault
from services.money.ledger import NOTHING
from services.money.spread import by_shape
from services.money.years import planned_in, spent_in

MONTHS = tuple(f"m{month:02d}" for month in range(1, 13))
Shown = Mapping[str, Months]
"""Yuan of the twelve months, by the value of a category."""


def spent_before(filled: Filled) -> Shown:
    """What the department has spent in the year before the plan's (P7-4)."""
    return _a_year_ago(filled, spent_in)


def budget_before(filled: Filled) -> Shown:
    """What its budget of the year before the plan's is."""
    return _a_year_ago(filled, planned_in)


def nothing_before(filled: Filled) -> Shown:
    """An empty sheet."""
    return {category.value: [NOTHING] * 12 for category in BudgetCategory}


GRID = Grid(
    by="category",
    months=MONTHS,
    total="year_total",
    last="last_amount",
    before=spent_before,
    sources={"BP.from.spent": spent_before, "BP.from.budget": budget_before, "BP.from.nothing": nothing_before},
)
LINES = Lines(
    "lines",
    PlanLine,
    PlanLineForm,
    ("category", *MONTHS, "year_total"),
    least=len(BudgetCategory),
    most=len(BudgetCategory),
    derived=("last_amount", "year_amount", "reviewed", "review_reason"),
    named_by=("category",),
    brief=("last_amount", "year_amount"),
    grid=GRID,
)


def planned(filled: Filled) -> Decimal | None:
    """What the year comes to, as far as it is filled in."""
    return sum((sum(months_of(GRID, line), NOTHING) for line in filled.lines["lines"]), NOTHING) or None


def reviewed_months(line: PlanLine) -> Months:
    """The months of what finance left of a line: as the plan's own months are to each other, to the fen (P7-6)."""
    months = [getattr(line, name) or NOTHING for name in MONTHS]
    return months if line.reviewed in (None, line.year_amount) else by_shape(line.reviewed or NOTHING, months)


def one_line_for_each_category(filled: Filled) -> Iterator[Fault]:
    """P7-5: all six, each once."""
    named = [line.get("category") for line in filled.lines["lines"]]
    for number, category in enumerate(named, start=1):
        if category is not None and category in named[: number - 1]:
            yield Fault("category", "BP.fault.category_twice", {}, "lines", number)


def totals_agree(filled: Filled) -> Iterator[Fault]:
    """A total that was typed is what the months add up to; and something is planned at all (P2-3.1)."""
    lines = filled.lines["lines"]
    valid = [line.keys() >= set(MONTHS) for line in lines]
    for number, line in enumerate(lines, start=1):
        total, added = line.get("year_total"), sum(months_of(GRID, line), NOTHING)
        if valid[number - 1] and total not in (None, added):
            yield Fault("year_total", "BP.fault.total_differs", {"sum": added}, "lines", number)
    if lines and all(valid) and not any(any(months_of(GRID, line)) for line in lines):
        yield Fault("lines", "BP.fault.nothing_planned")


def derive(filled: Filled) -> None:
    """Before it is stored: open months are nothing, the months' sum is the year's, last year's cost stands beside it.

    A typed total has done its work: from here on the months say it.
    """
    before = spent_before(filled)
    for line in filled.lines["lines"]:
        months = months_of(GRID, line)
        line |= dict(zip(MONTHS, months, strict=True))
        line |= {"year_total": None, "year_amount": sum(months, NOTHING)}
        line["last_amount"] = sum(before[line["category"]], NOTHING)


def _a_year_ago(filled: Filled, figures: Callable[[Session, int, int], Mapping[BudgetCategory, Months]]) -> Shown:
    department_id, year = filled.values.get("planned_department_id"), filled.values.get("year")
    if department_id is None or year is None:
        return nothing_before(filled)
    return {category.value: months for category, months in figures(filled.session, department_id, year - 1).items()}
