"""How a rule stands: how often it applied, how often it was kept, and which papers break it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.compliance.records import Records


class Standing(StrEnum):
    KEPT = "kept"
    AT_RISK = "at_risk"
    """Kept so far, or within its target, but something has to be done."""
    BROKEN = "broken"
    NO_CASE = "no_case"
    """It has not applied yet."""
    UNCOUNTED = "uncounted"
    """No figure can be had; the rule says why."""


@dataclass(frozen=True)
class Found:
    """What the records say of a rule: how often it applied, was broken, and is about to be.

    Papers are named by id; `others` are breaches that are no papers (a department without a plan), by what names
    them.
    """

    applied: int
    broken: tuple[int, ...] = ()
    at_risk: tuple[int, ...] = ()
    others: tuple[tuple[object, ...], ...] = ()
    near: int = 0
    """How many that are no papers are about to be broken."""
    pending: tuple[tuple[object, ...], ...] = ()
    """What is still to be done and in time until `due`, by its names."""
    due: date | None = None

    @property
    def breaches(self) -> int:
        return len(self.broken) + len(self.others)

    @property
    def kept(self) -> int:
        """How often it was kept so far."""
        return self.applied - self.breaches - len(self.pending)

    def standing(self, target: int) -> Standing:
        """`target` in percent: what share has to be kept."""
        if not self.applied:
            return Standing.AT_RISK if self.at_risk or self.near else Standing.NO_CASE
        if (self.applied - self.breaches) * 100 < self.applied * target:
            return Standing.BROKEN
        return Standing.AT_RISK if self.breaches or self.at_risk or self.near or self.pending else Standing.KEPT


Measure = Callable[[Records], Found]


def of(asked: Iterable[tuple[int, bool]], at_risk: Iterable[int] = ()) -> Found:
    """From papers and whether each kept the rule; one that was asked several times counts as often."""
    every = list(asked)
    return Found(len(every), tuple(id for id, kept in every if not kept), tuple(dict.fromkeys(at_risk)))
