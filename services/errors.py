"""The two kinds of failure: `Refused` is for the user, anything else is ours and rises."""

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Term:
    """A fact inside a message that is itself a text: a role, a state, the label of a field."""

    key: str


class Refused(Exception):
    """The portal says no, and why: a text key and the facts it names. The page says it in the user's language."""

    leaves: Callable[[Any], None] | None = None
    """What is written into the database all the same, once the refused act's own transaction is gone."""

    def __init__(self, key: str, **facts: Any) -> None:
        super().__init__(key)
        self.key = key
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.key} {self.facts}" if self.facts else self.key


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field: said beside it. `table` and `line` (from 1) point into a table of lines."""

    field: str
    key: str
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)
    table: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Warned:
    """Something odd that may still be right: the paper is sent once its author has said why.

    `mark` tells it from others, and is what his reason is kept under. Where it `blocks`, no reason helps.
    """

    mark: str
    fault: Fault
    blocks: bool = False


class Invalid(Refused):
    """Input with faults. All of them at once, so that the user mends them in one go; nothing is stored."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("fault.summary", count=len(self.faults))

    def __str__(self) -> str:
        return "; ".join(f"{fault.table or ''}{fault.line or ''} {fault.field}: {fault.key}" for fault in self.faults)
