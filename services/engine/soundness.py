"""Proof that a route is sound: every way leads to its end, every role is held, and no decision can be got round."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services.documents.kind import DocumentType
from services.errors import Term
from services.people import holders
from services.routes import FINISH, REJECT, RETURN, Condition, Of, Owner, Route, Step, position
from services.settings import SETTINGS, setting
from services.texts import LANGUAGES, has_text

EQUAL, ORDERED = ("==", "!=", "in"), (">=", ">", "<=", "<")
LONGEST_KEY = 40


@dataclass(frozen=True)
class Problem:
    """What is wrong with a route: a text key and the facts it names."""

    key: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_vacancy(self) -> bool:
        """Is it a matter of who holds which role today, and not of the route itself?"""
        return self.key in ("routes.problem.nobody", "routes.problem.nobody_in")


def problems(session: Session, kind: DocumentType, route: Route, now: datetime) -> list[Problem]:
    """What is wrong with a route for a kind of paper; an empty list proves it sound.

    What leads nowhere or is called twice is said alone: nothing else can be proved of such a route.
    """
    if broken := [*_keys(route), *_targets(route)]:
        return broken
    found = [*_reach(route), *_gone_round(kind.route, route), *_too_early(kind.route, route)]
    for step in route:
        found += [*_owners(session, kind, step), *_asks(kind, step), *_conditions(session, kind, step, now)]
    return found


def step_term(key: str) -> Term:
    """A step's name: its own, or that of the role that decides in it."""
    return Term(f"step.{key}" if has_text(LANGUAGES[0], f"step.{key}") else f"role.{key}")


# --- every way leads somewhere


def _keys(route: Route) -> Iterator[Problem]:
    if not route:
        yield Problem("routes.problem.empty")
    seen: set[str] = set()
    for key in (step.key for step in route):
        if key in seen:
            yield Problem("routes.problem.twice", {"step": step_term(key)})
        elif not has_text(LANGUAGES[0], step_term(key).key) or len(key) > LONGEST_KEY:
            yield Problem("routes.problem.unknown_step", {"step": key})
        seen.add(key)


def _targets(route: Route) -> Iterator[Problem]:
    known = {step.key for step in route} | {FINISH, None}
    for step in route:
        for outcome in step.outcomes:
            if outcome.to not in known:
                facts = {"step": step_term(step.key), "outcome": Term(f"action.{outcome.key}"), "to": outcome.to}
                yield Problem("routes.problem.leads_nowhere", facts)


def _reach(route: Route) -> Iterator[Problem]:
    ways = {step.key: _ways(route, place) for place, step in enumerate(route)}
    reached, coming = set[str](), _opened(route, 0)
    while coming:
        reached |= coming
        coming = {key for one in coming for key in ways.get(one, ())} - reached
    ending = {FINISH}
    while more := {key for key, to in ways.items() if to & ending} - ending:
        ending |= more
    for step in route:
        if step.key not in reached:
            yield Problem("routes.problem.unreachable", {"step": step_term(step.key)})
        if step.key not in ending:
            yield Problem("routes.problem.no_end", {"step": step_term(step.key)})


def _ways(route: Route, place: int) -> set[str]:
    """Where a step may lead on to; a return or a rejection leads no further."""
    found: set[str] = set()
    for outcome in route[place].outcomes:
        if outcome.key not in (RETURN, REJECT):
            target = place + 1 if outcome.to is None else _place(route, outcome.to)
            found |= _opened(route, target)
    return found


def _opened(route: Route, start: int) -> set[str]:
    """Steps that may open when the paper comes to a place: those with conditions may be passed over."""
    found: set[str] = set()
    for step in route[start:]:
        found.add(step.key)
        if not step.when:
            return found
    return found | {FINISH}


def _place(route: Route, key: str) -> int:
    return len(route) if key == FINISH else position(route, key)


# --- no decision can be got round


def _gone_round(declared: Route, route: Route) -> Iterator[Problem]:
    """What the declared route decides in any case is decided in any case."""
    by_key = {step.key: step for step in route}
    for step in declared:
        now_it_is = by_key.get(step.key)
        if step.milestone and step.milestone not in {one.milestone for one in route}:
            yield Problem("routes.problem.milestone_gone", {"step": step_term(step.key)})
        if not step.decides or step.when:
            continue
        if now_it_is is None or not now_it_is.decides:
            yield Problem("routes.problem.decision_gone", {"step": step_term(step.key)})
        elif now_it_is.when:
            yield Problem("routes.problem.decision_conditional", {"step": step_term(step.key)})
        elif _weaker(step, now_it_is):
            yield Problem("routes.problem.decision_weaker", {"step": step_term(step.key)})
    for key, outcome, decision in sorted(_skips(route, declared) - _skips(declared, declared)):
        facts = {"step": step_term(key), "outcome": Term(f"action.{outcome}"), "decision": step_term(decision)}
        yield Problem("routes.problem.decision_skipped", facts)
    cutting = {step.key for step in declared if step.cuts}
    for step in route:
        if step.cuts and step.key not in cutting:
            yield Problem("routes.problem.cuts", {"step": step_term(step.key)})


def _weaker(before: Step, after: Step) -> bool:
    """Fewer who sign, or fewer answers that they may give."""
    answers = {outcome.key for outcome in before.outcomes} - {outcome.key for outcome in after.outcomes}
    return bool(answers) or len(after.owners) < len(before.owners) or after.signers != before.signers


def _skips(route: Route, declared: Route) -> set[tuple[str, str, str]]:
    """Step, outcome and the decision it jumps over, of those that the declared route asks in any case."""
    asked = {step.key for step in declared if step.decides and not step.when}
    return {
        (step.key, outcome.key, passed.key)
        for place, step in enumerate(route)
        for outcome in step.outcomes
        if outcome.to is not None
        for passed in route[place + 1 : _place(route, outcome.to)]
        if passed.key in asked
    }


def _too_early(declared: Route, route: Route) -> Iterator[Problem]:
    """Nothing is brought about, done or paid before what had to be decided first."""
    places = {step.key: place for place, step in enumerate(route)}
    reaching = {step.milestone: step for step in route if step.milestone}
    for number, step in enumerate(declared):
        decisions = [one for one in declared[: number + 1] if one.decides and one.key in places]
        brings = reaching.get(step.milestone) if step.milestone else None
        if brings:
            for one in decisions:
                if places[one.key] > places[brings.key]:
                    yield _before("routes.problem.milestone_early", brings, one)
        elif not step.decides and step.key in places:
            for one in decisions:
                if places[one.key] > places[step.key]:
                    yield _before("routes.problem.work_early", step, one)
    last = max((place for place, step in enumerate(route) if step.decides), default=-1)
    for place, step in enumerate(route):
        if place < last and any(owner.role == Role.CASHIER for owner in step.owners):
            yield _before("routes.problem.paid_early", step, route[last])


def _before(key: str, step: Step, decision: Step) -> Problem:
    return Problem(key, {"step": step_term(step.key), "decision": step_term(decision.key)})


# --- every role is held


def _owners(session: Session, kind: DocumentType, step: Step) -> Iterator[Problem]:
    named = {"step": step_term(step.key)}
    if not step.owners or any(bool(owner.role) == bool(owner.person) for owner in step.owners):
        yield Problem("routes.problem.no_owner", named)
        return
    favoured = {name for name, favours in kind.people.items() if favours} | {"applicant"}
    for owner in step.owners:
        if owner.person and owner.person not in {*kind.table.model_fields, "applicant"}:
            yield Problem("routes.problem.unknown_field", named | {"field": owner.person})
        elif owner.person and owner.person in favoured and step.decides:
            yield Problem("routes.problem.favoured", named)
        elif owner.of == Of.HANDLING and "handling_department_id" not in kind.table.model_fields:
            yield Problem("routes.problem.unknown_field", named | {"field": "handling_department_id"})
        elif owner.role == Role.ADMINISTRATOR:
            yield Problem("routes.problem.administrator", named)
        elif owner.role:
            yield from _vacancies(session, kind, owner, named | {"role": Term(f"role.{owner.role}")})


def _vacancies(session: Session, kind: DocumentType, owner: Owner, facts: dict[str, Any]) -> Iterator[Problem]:
    assert owner.role
    if owner.of == Of.COMPANY:
        if not holders(session, owner.role, None):
            yield Problem("routes.problem.nobody", facts)
        return
    departments = session.exec(select(Department).where(Department.active).order_by(col(Department.id))).all()
    vacant = [one for one in departments if not holders(session, owner.role, one.id)]
    if owner.of == Of.HANDLING:
        if len(vacant) == len(departments):
            yield Problem("routes.problem.nobody", facts)
        return
    peopled = set(session.exec(_departments_of_applicants(kind)))
    if missing := [one.name for one in vacant if one.id in peopled]:
        yield Problem("routes.problem.nobody_in", facts | {"departments": " / ".join(missing)})


def _departments_of_applicants(kind: DocumentType) -> Any:
    people = select(Person.department_id).where(Person.active).distinct()
    if not kind.starters:
        return people
    held = select(Grant.person_id).where(col(Grant.role).in_(kind.starters), col(Grant.ended_at).is_(None))
    return people.where(col(Person.id).in_(held))


# --- what a step asks can be answered


def _asks(kind: DocumentType, step: Step) -> Iterator[Problem]:
    named = {"step": step_term(step.key)}
    known = set(sa.inspect(kind.table).columns.keys())
    unknown = [name for name in (*step.fields, *step.required) if name not in known]
    tables = {lines.name: set(sa.inspect(lines.table).columns.keys()) for lines in kind.tables}
    for table, names in step.line_fields.items():
        unknown += [name for name in names if name not in tables.get(table, ())]
    for name in dict.fromkeys(unknown):
        yield Problem("routes.problem.unknown_field", named | {"field": name})
    for name in step.required:
        if name in known and name not in step.fields:
            yield Problem("routes.problem.not_asked", named | {"field": Term(f"field.{name}")})
    if step.within:
        units = [step.within.hours, step.within.working_hours, step.within.working_days]
        given = [unit for unit in units if unit is not None]
        if len(given) != 1 or given[0] <= 0:
            yield Problem("routes.problem.clock", named)


def _conditions(session: Session, kind: DocumentType, step: Step, now: datetime) -> Iterator[Problem]:
    named = {"step": step_term(step.key)}
    for condition in step.when:
        if condition.field not in {*kind.table.model_fields, "amount"}:
            yield Problem("routes.problem.unknown_field", named | {"field": condition.field})
        elif condition.op not in (*EQUAL, *ORDERED):
            yield Problem("routes.problem.unknown_operator", named | {"operator": condition.op})
        elif condition.setting is not None and condition.setting not in SETTINGS:
            yield Problem("routes.problem.unknown_setting", named | {"setting": condition.setting})
        else:
            wanted = setting(session, condition.setting, now) if condition.setting else condition.value
            if not _comparable(condition, wanted):
                yield Problem("routes.problem.value", named | {"value": str(wanted)})


def _comparable(condition: Condition, wanted: Any) -> bool:
    if condition.op == "in":
        return isinstance(wanted, list) and bool(wanted)
    if condition.field == "amount":
        return _is_number(wanted)
    return condition.op in EQUAL or _is_number(wanted) or _is_day(wanted)


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and Decimal(value).is_finite()
    except (InvalidOperation, TypeError, ValueError):
        return False


def _is_day(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False
