"""A clause's place in the portal, and how its state is computed."""

from dataclasses import dataclass

from models import Role
from services.compliance.found import Measure


@dataclass(frozen=True)
class Rule:
    """Where a clause lives (codes of papers, addresses of pages), and what is counted.

    `figure` names the words that say it: "11 of 12 first responses in time". Without a measure the words say why none
    is possible. `target` is the setting with the percentage that has to be kept; without one it is all of them.
    """

    homes: tuple[str, ...]
    measure: Measure | None
    figure: str
    target: str | None = None
    named_to: frozenset[Role] | None = None
    """Who may read by what names it is broken, where that is not for all who read the page (people, customers)."""
