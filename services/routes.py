"""A route is data: an ordered list of steps, each with its owners, conditions, clock, fields and outcomes."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from models import Role


class Of(StrEnum):
    """Whose holder of the role is meant."""

    APPLICANT = "applicant"
    """The holder for the applicant's department."""
    HANDLING = "handling"
    """The holder for the department that handles the case."""
    TOUCHED = "touched"
    """A holder for each of the departments that the case touches (`department_ids`)."""
    COMPANY = "company"


@dataclass(frozen=True)
class Owner:
    """Who is to act: the holders of a role, or one person whom a field of the document names ("applicant" too)."""

    role: Role | None = None
    of: Of = Of.COMPANY
    person: str | None = None


@dataclass(frozen=True)
class Condition:
    """A field compared with a value; `setting` names a setting that holds the value. Never code to evaluate."""

    field: str
    op: str
    value: str | int | bool | list[str] | None = None
    setting: str | None = None


@dataclass(frozen=True)
class Clock:
    """How long a step may take: exactly one of the five."""

    hours: int | None = None
    working_hours: int | None = None
    working_days: int | None = None
    end_of: str | None = None
    """Until the end of the day that this field of the paper names; of today, where that one is past."""
    promise: str | None = None
    """As long as this promise of the paper has left, which may have begun before the step opened."""

    @property
    def may_stop(self) -> bool:
        """Does it stop while its owner waits for others? Hours of work do; a policy's own limit never does."""
        return self.working_hours is not None


@dataclass(frozen=True)
class Outcome:
    """One way to end a step: `to` names the next step where it is not simply the one that follows, or `FINISH`.

    `sets` says what the paper's fields hold once it is chosen; one that does not `fill` asks for none of the fields.
    """

    key: str
    to: str | None = None
    needs_note: bool = False
    sets: dict[str, str | int | bool | None] = field(default_factory=dict)
    fills: bool = True


class Signers(StrEnum):
    EACH_OWNER = "each_owner"
    """Every owner of the step signs once, in any order ("a & b")."""
    ANY_OWNER = "any_owner"
    """The first owner who acts decides for all."""
    EVERY_HOLDER = "every_holder"
    """Every person who holds the role signs."""


APPROVE, RETURN, REJECT, COMPLETE = "approve", "return", "reject", "complete"
FINISH = "finish"
"""Where an outcome leads that ends the paper."""
DECISION = (Outcome(APPROVE), Outcome(RETURN, needs_note=True), Outcome(REJECT, needs_note=True))
CHECK = (Outcome(APPROVE), Outcome(RETURN, needs_note=True))
WORK = (Outcome(COMPLETE),)


@dataclass(frozen=True)
class Step:
    """One station of a route.

    `fields` (of the document) and `line_fields` (of its tables) are what the owner fills in while acting.
    `cuts` marks an audit: money changed there does not send the paper back. `milestone` names what is reached
    once the paper is past this step; the kind's effects hang on it.
    `own_lines` names the column of its line tables that says whose line it is (a person or a department): each owner
    fills in his own, and all that `line_required` names in them.
    `adds` names a table to which whoever does it adds a line (a payment), `table` one that he fills in as a whole.
    `asked_while` says how long a step that adds is asked, and asked again each time it was done: until all is paid.
    """

    key: str
    owners: tuple[Owner, ...]
    decides: bool = True
    signers: Signers = Signers.EACH_OWNER
    when: tuple[Condition, ...] = ()
    within: Clock | None = None
    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    line_fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own_lines: str | None = None
    line_required: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = DECISION
    cuts: bool = False
    milestone: str | None = None
    adds: str | None = None
    table: str | None = None
    asked_while: Condition | None = None
    recalled_to: str | None = None
    """An earlier step whose owners may take the paper back to it while this one is open: a visit is planned anew."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All that has to hold for it to be asked."""
        return (*self.when, self.asked_while) if self.asked_while else self.when

    def outcome(self, key: str) -> Outcome | None:
        return next((outcome for outcome in self.outcomes if outcome.key == key), None)


Route = tuple[Step, ...]
_route = TypeAdapter(Route)


def decision(
    role: Role,
    *,
    of: Of = Of.COMPANY,
    key: str | None = None,
    within: Clock | None = None,
    **more: Any,
) -> Step:
    """A step in which the holder of one role decides; its key is the role's name unless given."""
    return Step(key or role.value, (Owner(role, of),), within=within, **more)


def work(key: str, *owners: Owner, within: Clock | None = None, **more: Any) -> Step:
    """A step in which somebody does or fills in something."""
    return Step(key, owners, decides=False, within=within, outcomes=more.pop("outcomes", WORK), **more)


def working_days(days: int) -> Clock:
    return Clock(working_days=days)


def promised(key: str) -> Clock:
    """As long as a promise of the paper has left."""
    return Clock(promise=key)


def end_of(field: str) -> Clock:
    """Until the end of the day that a field of the paper names."""
    return Clock(end_of=field)


def as_data(route: Route) -> list[dict[str, Any]]:
    """The route as it is stored."""
    return _route.dump_python(route, mode="json", exclude_defaults=True)  # type: ignore[no-any-return]


def from_data(steps: list[dict[str, Any]]) -> Route:
    return _route.validate_python(steps)


def digest(steps: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()


def position(route: Route, key: str) -> int:
    """Where a step stands in its route; an unknown key is an error of ours."""
    return next(i for i, step in enumerate(route) if step.key == key)


def holds(condition: Condition, actual: Any, wanted: Any) -> bool:
    """Does the field's value meet the condition? An empty value meets only `==` nothing and `!=` something."""
    if condition.op == "==":
        return _same(actual, wanted)
    if condition.op == "!=":
        return not _same(actual, wanted)
    if condition.op == "in":
        return any(_same(actual, one) for one in wanted or ())
    if actual is None or wanted is None:
        return False
    left = actual if isinstance(actual, date) else Decimal(actual)
    right = _like(left, wanted)
    return bool({">=": left >= right, ">": left > right, "<=": left <= right, "<": left < right}[condition.op])


def _same(actual: Any, wanted: Any) -> bool:
    actual = actual.value if isinstance(actual, StrEnum) else actual
    return bool(actual == _like(actual, wanted))


def _like(actual: Any, wanted: Any) -> Any:
    """The value of a condition, which JSON keeps as text, as what it is compared with: an amount, a day."""
    if isinstance(actual, Decimal) and wanted is not None:
        return Decimal(wanted)
    if isinstance(actual, date) and isinstance(wanted, str):
        return date.fromisoformat(wanted)
    return wanted.value if isinstance(wanted, StrEnum) else wanted
