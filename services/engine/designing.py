"""Drawing another route: what an administrator may change in each step, what then differs, and who would decide."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from models import Line, Role, optional_money
from services.documents.fields import spec
from services.documents.filling import check_value
from services.engine.soundness import is_number
from services.errors import Fault
from services.routes import Clock, Condition, Of, Owner, Route, Step


class Unit(StrEnum):
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"


class StepForm(SQLModel):
    """What can be changed in a step. Its key, its fields and its outcomes stay: the kind's effects hang on them."""

    place: int = Field(ge=1, le=99)
    role: Role
    of: Of
    limit: int | None = Field(default=None, ge=1, le=999)
    unit: Unit
    amount_from: Decimal | None = optional_money()


class ProposalForm(SQLModel):
    valid_from: date
    note: Line = Field(max_length=500)


class TrialForm(SQLModel):
    """Whose paper goes the route on trial, and what it is worth."""

    applicant_id: int = Field(foreign_key="person.id")
    amount: Decimal | None = optional_money()


class Part(StrEnum):
    """In what two routes differ."""

    ORDER = "order"
    ADDED = "added"
    DROPPED = "dropped"
    OWNERS = "owners"
    CLOCK = "clock"
    CONDITION = "condition"
    EFFECT = "effect"
    """The step after which the paper takes effect."""
    OTHER = "other"


@dataclass(frozen=True)
class Difference:
    part: Part
    before: Route
    after: Route


def changeable(step: Step) -> tuple[str, ...]:
    """The fields of a step's form: who acts only where one role does."""
    return tuple(name for name in StepForm.model_fields if _one_role(step) or name not in ("role", "of"))


def opened(place: int, step: Step) -> dict[str, Any]:
    """What the form of a step opens with; `place` counts from 1."""
    unit = next((unit for unit in Unit if step.within and getattr(step.within, unit) is not None), Unit.WORKING_DAYS)
    amount = next((condition.value for condition in step.when if _is_amount_from(condition)), None)
    return {
        "place": place,
        "role": step.owners[0].role,
        "of": step.owners[0].of,
        "limit": getattr(step.within, unit) if step.within else None,
        "unit": unit,
        "amount_from": amount,
    }


def redrawn(declared: Route, base: Route, typed: Mapping[str, Mapping[str, Any]]) -> tuple[Route, list[Fault]]:
    """The route as typed into the forms of its steps, by their keys; where a value is at fault, the old one stands.

    Faults name their step in `table`. A paper takes effect once all have decided who had to by the declared route,
    in whatever order they do.
    """
    faults: list[Fault] = []
    placed: list[tuple[int, int, Step]] = []
    for number, step in enumerate(base, start=1):
        values = opened(number, step)
        for name in changeable(step):
            if name in typed.get(step.key, {}):
                value, fault = check_value(spec(StepForm, name), typed[step.key][name])
                if fault:
                    faults.append(replace(fault, table=step.key))
                else:
                    values[name] = value
        place = values["place"]
        moved = (place > number) - (place < number)  # of two on one place, whoever came there takes it
        placed.append((place, moved, _changed(step, values)))
    route = tuple(step for *_, step in sorted(placed, key=lambda one: one[:2]))
    return _with_effects_in_time(declared, route), faults


def differences(before: Route, after: Route) -> list[Difference]:
    """In what a route differs from another, step by step in the order of the new one."""
    old, new = {step.key: step for step in before}, {step.key: step for step in after}
    found = [Difference(Part.DROPPED, (step,), ()) for step in before if step.key not in new]
    found += [Difference(Part.ADDED, (), (step,)) for step in after if step.key not in old]
    stay = tuple(step for step in before if step.key in new), tuple(step for step in after if step.key in old)
    if [step.key for step in stay[0]] != [step.key for step in stay[1]]:
        found.append(Difference(Part.ORDER, before, after))
    for step in stay[1]:
        found += [Difference(part, (old[step.key],), (step,)) for part in _parts(old[step.key], step)]
    for milestone in sorted({step.milestone for step in stay[1] if step.milestone}):
        bearers = [tuple(step for step in route if step.milestone == milestone) for route in (before, after)]
        if [step.key for step in bearers[0]] != [step.key for step in bearers[1]]:
            found.append(Difference(Part.EFFECT, *bearers))
    return found


def _parts(before: Step, after: Step) -> Iterator[Part]:
    if (before.owners, before.signers) != (after.owners, after.signers):
        yield Part.OWNERS
    if before.within != after.within:
        yield Part.CLOCK
    if before.when != after.when:
        yield Part.CONDITION
    same = {name: getattr(before, name) for name in ("owners", "signers", "within", "when", "milestone")}
    if replace(after, **same) != before:
        yield Part.OTHER


def _one_role(step: Step) -> bool:
    return len(step.owners) == 1 and step.owners[0].role is not None


def _is_amount_from(condition: Condition) -> bool:
    """A plain amount; one that a setting names is changed by the setting."""
    plain = condition.field == "amount" and condition.op == ">=" and condition.setting is None
    return plain and is_number(condition.value)


def _changed(step: Step, values: Mapping[str, Any]) -> Step:
    owners = (Owner(Role(values["role"]), Of(values["of"])),) if _one_role(step) else step.owners
    within = Clock(**{str(Unit(values["unit"])): values["limit"]}) if values["limit"] else None
    if within is None and step.within and (step.within.end_of or step.within.promise):  # stays until a limit is set
        within = step.within
    return replace(step, owners=owners, within=within, when=_conditions(step, values["amount_from"]))


def _conditions(step: Step, amount: Decimal | None) -> tuple[Condition, ...]:
    """All conditions but that on the amount stay as they are."""
    wanted = f"{Decimal(amount):.2f}" if amount is not None else None
    if wanted == next((condition.value for condition in step.when if _is_amount_from(condition)), None):
        return step.when
    kept = tuple(condition for condition in step.when if not _is_amount_from(condition))
    return kept + ((Condition("amount", ">=", wanted),) if wanted else ())


def _with_effects_in_time(declared: Route, route: Route) -> Route:
    """Whatever a paper brings about, it brings about after the last of those who decide on it."""
    steps = list(route)
    for number, bearer in enumerate(declared):
        if bearer.milestone is None:
            continue
        needed = {step.key for step in declared[:number] if step.decides} | {bearer.key}
        last = max((place for place, step in enumerate(steps) if step.key in needed), default=None)
        bears = next((place for place, step in enumerate(steps) if step.milestone == bearer.milestone), None)
        if last is not None and bears is not None and bears < last and steps[last].milestone is None:
            steps[bears] = replace(steps[bears], milestone=None)
            steps[last] = replace(steps[last], milestone=bearer.milestone)
    return tuple(steps)
