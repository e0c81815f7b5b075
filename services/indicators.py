"""By what departments and people are measured until the company says otherwise, and what weights must add up to."""

from collections.abc import Iterator, Sequence
from typing import Any

from models import Assessed, Indicator, IndicatorRuleForm
from services.errors import Fault, Term

_GOALS = {
    Indicator.ANSWER: ("95.00", 15, 20),
    Indicator.VERIFICATION: ("95.00", 15, 20),
    Indicator.TURNAROUND: ("10.00", 10, 15),
    Indicator.SATISFACTION: ("4.50", 20, 25),
    Indicator.REOPENED: ("5.00", 5, 5),
    Indicator.COST_PER_CASE: ("3000.00", 10, 0),
    Indicator.BUDGET: ("100.00", 10, 0),
    Indicator.TRAINING: ("100.00", 5, 5),
    Indicator.TECHNICAL: ("80.00", 10, 10),
}
"""By indicator: the goal, and what it weighs of a department and of a person; zero: it is not measured by it."""
RULES: list[dict[str, Any]] = [
    {"assessed": assessed.value, "indicator": indicator.value, "goal": goal[0], "weight": goal[place]}
    for place, assessed in enumerate(Assessed, start=1)
    for indicator, goal in _GOALS.items()
    if goal[place]
]


def weights_are_whole(rows: Sequence[IndicatorRuleForm]) -> Iterator[Fault]:
    """The weights of departments, and those of people, make a hundred; a person has no budget (P1-7.1)."""
    for assessed in Assessed:
        total = sum(row.weight for row in rows if row.assessed == assessed)
        if total != 100:
            facts = {"assessed": Term(f"assessed.{assessed.value}"), "total": total}
            yield Fault("assessment.indicators", "settings.weights", facts)
    if any((row.assessed, row.indicator) == (Assessed.PERSON, Indicator.BUDGET) for row in rows):
        yield Fault("assessment.indicators", "settings.no_budget_of_a_person")
