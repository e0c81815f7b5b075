"""Proof that a route is sound: every way leads to its end, every role is held, and no decision can be got round."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Grant, Person, Role
from services.documents.fields import Spec, Type, spec
from services.documents.kind import DocumentType
from services.engine.ahead import walk
from services.engine.case import REVERSAL, Case
from services.engine.seats import NOBODY_FREE
from services.errors import Refused, Term
from services.people import holders
from services.routes import (
    DECISION,
    FINISH,
    REJECT,
    RETURN,
    WORK,
    Condition,
    Of,
    Owner,
    Route,
    Signers,
    Step,
    position,
)
from services.settings import SETTINGS, setting
from services.texts import LANGUAGES, has_text

EQUAL, ORDERED = ("==", "!=", "in"), (">=", ">", "<=", "<")
LONGEST_KEY = 40
LONGEST_CLOCK = 999
"""Of its unit."""
BETWEEN = " / "
"""Stands between the departments that a problem names."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with a route: a text key and the facts it names."""

    key: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def is_vacancy(self) -> bool:
        """Is it a matter of who holds which role today, and not of the route itself?"""
        return self.key in ("routes.problem.nobody", "routes.problem.nobody_in", "routes.problem.nobody_free")


def problems(session: Session, kind: DocumentType, route: Route, now: datetime) -> list[Problem]:
    """What is wrong with a route for a kind of paper; an empty list proves it sound.

    What leads nowhere or is called twice is said alone: nothing else can be proved of such a route.
    """
    if broken := [*_keys(route), *_targets(route)]:
        return broken
    found = [*_reach(route), *_goes_back(kind.route, route), *_milestones(kind.route, route)]
    found += [*_gone_round(kind.route, route), *_too_early(kind.route, route)]
    for step in route:
        found += [*_owners(session, kind, step), *_answers(kind.route, step)]
        found += [*_asks(kind, step), *_conditions(session, kind, step, now)]
    if all(one.is_vacancy for one in found):
        found += _runs_empty(session, kind, route, now)
    return found


def vacancies(session: Session, kind: DocumentType, route: Route) -> list[Problem]:
    """The roles that a route asks for and nobody holds, each named in its facts."""
    return [one for step in route for one in _owners(session, kind, step) if one.is_vacancy]


def condition_fits(session: Session, kind: DocumentType, condition: Condition, now: datetime) -> bool:
    """Can this be asked of papers of a kind? Else an act that had to look at it would go wrong."""
    return not [*_conditions(session, kind, Step("", (), when=(condition,)), now)]


def is_number(value: Any) -> bool:
    """Is it an amount that something can be compared with?"""
    try:
        return not isinstance(value, bool) and Decimal(value).is_finite()
    except (InvalidOperation, TypeError, ValueError):
        return False


def step_term(key: str) -> Term:
    """A step's name: its own, or that of the role that decides in it."""
    return Term(f"step.{key}" if has_text(LANGUAGES[0], f"step.{key}") else f"role.{key}")


def outcome_term(key: str) -> object:
    """An answer's name; one that nobody knows is called by its key."""
    return Term(f"action.{key}") if has_text(LANGUAGES[0], f"action.{key}") else key


def _answer(step: Step, outcome: str) -> dict[str, Any]:
    return {"step": step_term(step.key), "outcome": outcome_term(outcome)}


# --- every way leads somewhere


def _keys(route: Route) -> Iterator[Problem]:
    if not route:
        yield Problem("routes.problem.empty")
    seen: set[str] = set()
    for key in (step.key for step in route):
        if key in seen:
            yield Problem("routes.problem.twice", {"step": step_term(key)})
        elif not has_text(LANGUAGES[0], step_term(key).key) or len(key) > LONGEST_KEY or key == REVERSAL:
            yield Problem("routes.problem.unknown_step", {"step": key})
        seen.add(key)


def _targets(route: Route) -> Iterator[Problem]:
    known = {step.key for step in route} | {FINISH, None}
    for place, step in enumerate(route):
        if step.recalled_to and step.recalled_to not in {one.key for one in route[:place]}:
            yield Problem("routes.problem.recalled_nowhere", {"step": step_term(step.key), "to": step.recalled_to})
        for outcome in step.outcomes:
            if outcome.to not in known:
                yield Problem("routes.problem.leads_nowhere", _answer(step, outcome.key) | {"to": outcome.to})


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
        if not step.conditions:
            return found
    return found | {FINISH}


def _place(route: Route, key: str) -> int:
    return len(route) if key == FINISH else position(route, key)


def _goes_back(declared: Route, route: Route) -> Iterator[Problem]:
    """Whoever sends a paper back says why, whatever his answer is called; else it could go round for ever."""
    known = {(step.key, outcome.key, outcome.to) for step in declared for outcome in step.outcomes}
    for place, step in enumerate(route):
        for outcome in step.outcomes:
            if outcome.to is None or outcome.needs_note or (step.key, outcome.key, outcome.to) in known:
                continue
            if _place(route, outcome.to) <= place:
                yield Problem("routes.problem.goes_back", _answer(step, outcome.key))


# --- no decision can be got round


def _milestones(declared: Route, route: Route) -> Iterator[Problem]:
    """Each milestone of the declared route is reached at one step, and no other is."""
    known = {step.milestone for step in declared}
    counted = Counter(step.milestone for step in route if step.milestone)
    for step in declared:
        if step.milestone and not counted[step.milestone]:
            yield Problem("routes.problem.milestone_gone", {"step": step_term(step.key)})
    for step in route:
        if step.milestone and step.milestone not in known:
            facts = {"step": step_term(step.key), "milestone": step.milestone}
            yield Problem("routes.problem.unknown_milestone", facts)
        elif step.milestone and counted[step.milestone] > 1:
            yield Problem("routes.problem.milestone_twice", {"step": step_term(step.key)})


def _gone_round(declared: Route, route: Route) -> Iterator[Problem]:
    """What the declared route asks in any case is asked in any case: of as many, with the same answers and fields.

    Of what it asks on a condition a decision may go; work stays, on the same condition.
    """
    by_key = {step.key: step for step in route}
    for step in declared:
        if step.when and step.decides:
            continue
        named, now_it_is = {"step": step_term(step.key)}, by_key.get(step.key)
        if now_it_is is None or now_it_is.decides != step.decides:
            yield Problem("routes.problem.decision_gone" if step.decides else "routes.problem.work_gone", named)
            continue
        if (now_it_is.when, now_it_is.asked_while) != (step.when, step.asked_while):
            yield Problem("routes.problem.decision_conditional" if step.decides else "routes.problem.work_gone", named)
        if step.decides and _weaker(step, now_it_is):
            yield Problem("routes.problem.decision_weaker", named)
        if _filled_in(step) - _filled_in(now_it_is) or _says(step) != _says(now_it_is):
            yield Problem("routes.problem.fields_gone", named)
    for key, outcome, decision in sorted(_skips(route, declared) - _skips(declared, declared)):
        facts = {"step": step_term(key), "outcome": outcome_term(outcome), "decision": step_term(decision)}
        yield Problem("routes.problem.decision_skipped", facts)
    cutting = {step.key for step in declared if step.cuts}
    for step in route:
        if step.cuts and step.key not in cutting:
            yield Problem("routes.problem.cuts", {"step": step_term(step.key)})


def _weaker(before: Step, after: Step) -> bool:
    """Fewer who sign, or fewer answers that they may give; where one is enough, another one besides is fewer.

    One holder instead of one for each department touched is fewer.
    """
    answers = {outcome.key for outcome in before.outcomes} - {outcome.key for outcome in after.outcomes}
    wider = after.signers == Signers.ANY_OWNER and len(after.owners) > len(before.owners)
    fewer = len(after.owners) < len(before.owners) or _STRICT.index(after.signers) < _STRICT.index(before.signers)
    each = {owner.of for owner in before.owners} - {owner.of for owner in after.owners}
    return bool(answers) or wider or fewer or Of.TOUCHED in each


_STRICT = (Signers.ANY_OWNER, Signers.EACH_OWNER, Signers.EVERY_HOLDER)
"""From few signatures to many."""


def _filled_in(step: Step) -> set[tuple[str, ...]]:
    """All that a step asks its owner to fill in."""
    asked = {(name,) for name in step.fields} | {("required", name) for name in step.required}
    asked |= {("adds", step.adds)} if step.adds else set()
    asked |= {("table", step.table)} if step.table else set()
    asked |= {("needed in lines", name) for name in step.line_required}
    asked |= {("own lines", step.own_lines)} if step.own_lines else set()
    return asked | {(table, name) for table, names in step.line_fields.items() for name in names}


def _says(step: Step) -> dict[str, tuple[Any, bool]]:
    """What the step's own answers say of the paper, and whether they are given with what it asks for.

    A plain yes or no says nothing, so that it may be added.
    """
    said = {one.key: (one.sets, one.fills) for one in step.outcomes}
    return {key: one for key, one in said.items() if one != ({}, True)}


def _skips(route: Route, declared: Route) -> set[tuple[str, str, str]]:
    """Step, outcome and the step it jumps over, of those that the declared route asks in any case."""
    asked = {step.key for step in declared if not (step.when and step.decides)}
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
            for one in declared[number + 1 :]:
                if one.decides and places.get(one.key, len(route)) < places[step.key]:
                    yield _before("routes.problem.decision_early", step, one)
    yield from _added_late(declared, route)
    last = max((place for place, step in enumerate(route) if step.decides), default=-1)
    for place, step in enumerate(route):
        if place < last and any(owner.role == Role.CASHIER for owner in step.owners):
            yield _before("routes.problem.paid_early", step, route[last])


def _added_late(declared: Route, route: Route) -> Iterator[Problem]:
    """A decision that was added is made before the paper counts as approved, or it decides nothing."""
    effect = next((place for place, step in enumerate(route) if step.milestone == "approved"), len(route))
    known = {step.key for step in declared}
    for step in route[effect + 1 :]:
        if step.decides and step.key not in known:
            yield _before("routes.problem.added_late", route[effect], step)


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
        elif owner.person and not _is_person(kind, owner.person):
            yield Problem("routes.problem.no_person", named | {"field": Term(f"field.{owner.person}")})
        elif owner.person and owner.person in favoured and step.decides:
            yield Problem("routes.problem.favoured", named)
        elif owner.of == Of.HANDLING and "handling_department_id" not in kind.table.model_fields:
            yield Problem("routes.problem.unknown_field", named | {"field": "handling_department_id"})
        elif owner.of == Of.TOUCHED and "department_ids" not in kind.table.model_fields:
            yield Problem("routes.problem.unknown_field", named | {"field": "department_ids"})
        elif owner.role == Role.ADMINISTRATOR:
            yield Problem("routes.problem.administrator", named)
        elif owner.role:
            yield from _vacancies(session, kind, owner, named | {"role": Term(f"role.{owner.role}")})


def _is_person(kind: DocumentType, name: str) -> bool:
    if name == "applicant":
        return True
    field = spec(kind.table, name)
    return field.kind in (Type.LINK, Type.LINKS) and field.table == "person"


def _vacancies(session: Session, kind: DocumentType, owner: Owner, facts: dict[str, Any]) -> Iterator[Problem]:
    assert owner.role
    if owner.of == Of.COMPANY:
        if not holders(session, owner.role, None):
            yield Problem("routes.problem.nobody", facts)
        return
    departments = session.exec(_DEPARTMENTS).all()
    vacant = [one for one in departments if not holders(session, owner.role, one.id)]
    if owner.of in (Of.HANDLING, Of.TOUCHED):
        if len(vacant) == len(departments):
            yield Problem("routes.problem.nobody", facts)
        return
    peopled = set(session.exec(_departments_of_applicants(kind)))
    if missing := [one.name for one in vacant if one.id in peopled]:
        yield Problem("routes.problem.nobody_in", facts | {"departments": BETWEEN.join(missing)})


def _runs_empty(session: Session, kind: DocumentType, route: Route, now: datetime) -> Iterator[Problem]:
    """Does somebody new who holds no role find, for a paper that asks every step, one who has not yet signed it?"""
    peopled = set(session.exec(_departments_of_applicants(kind)))
    every_step = tuple(replace(step, when=(), asked_while=None) for step in route)
    empty: dict[str, list[str]] = {}
    for department in session.exec(_DEPARTMENTS).all():
        if department.id in peopled:
            amount = Decimal(1) if kind.money else None
            case = Case(kind.code, _NEWCOMER, department.id, amount, {}, frozenset({_NEWCOMER}))
            for step, seats in walk(session, case, every_step, frozenset(), now):
                if isinstance(seats, Refused) and seats.key == NOBODY_FREE:
                    empty.setdefault(step.key, []).append(department.name)
    for key, names in empty.items():
        yield Problem("routes.problem.nobody_free", {"step": step_term(key), "departments": BETWEEN.join(names)})


_NEWCOMER = 0
"""The id of nobody."""
_DEPARTMENTS = select(Department).where(Department.active).order_by(col(Department.id))


def _departments_of_applicants(kind: DocumentType) -> Any:
    people = select(Person.department_id).where(Person.active).distinct()
    if not kind.starters:
        return people
    held = select(Grant.person_id).where(col(Grant.role).in_(kind.starters), col(Grant.ended_at).is_(None))
    return people.where(col(Person.id).in_(held))


# --- what a step asks can be answered


def _answers(declared: Route, step: Step) -> Iterator[Problem]:
    """A step is answered as decisions and work are, or as the declared route has it; a no has its reason."""
    usual = {outcome.key for outcome in (DECISION if step.decides else WORK)}
    known = usual | {outcome.key for one in declared if one.key == step.key for outcome in one.outcomes}
    for key, times in Counter(outcome.key for outcome in step.outcomes).items():
        if key not in known:
            yield Problem("routes.problem.unknown_outcome", _answer(step, key))
        elif times > 1:
            yield Problem("routes.problem.answer_twice", _answer(step, key))
    for outcome in step.outcomes:
        if outcome.key in (RETURN, REJECT) and not outcome.needs_note:
            yield Problem("routes.problem.no_reason", _answer(step, outcome.key))


def _asks(kind: DocumentType, step: Step) -> Iterator[Problem]:
    named = {"step": step_term(step.key)}
    known = set(sa.inspect(kind.table).columns.keys())
    unknown = [name for name in (*step.fields, *step.required) if name not in known]
    tables = {lines.name: set(sa.inspect(lines.table).columns.keys()) for lines in (*kind.tables, *kind.added)}
    for table, names in step.line_fields.items():
        asked = (*names, *step.line_required, *([step.own_lines] if step.own_lines else ()))
        unknown += [name for name in asked if name not in tables.get(table, ())]
    added = {lines.name for lines in kind.added}
    unknown += [name for name in (step.adds, step.table) if name and name not in added]
    for name in dict.fromkeys(unknown):
        yield Problem("routes.problem.unknown_field", named | {"field": name})
    for name in step.required:
        if name in known and name not in step.fields:
            yield Problem("routes.problem.not_asked", named | {"field": Term(f"field.{name}")})
    if step.within:
        units = [step.within.hours, step.within.working_hours, step.within.working_days]
        given = [unit for unit in units if unit is not None]
        if step.within.promise:
            if given or step.within.end_of or step.within.promise not in {one.key for one in kind.promises}:
                yield Problem("routes.problem.clock", named)
        elif named_day := step.within.end_of:
            if given or named_day not in known or spec(kind.table, named_day).kind != Type.DATE:
                yield Problem("routes.problem.clock", named)
        elif len(given) != 1 or not 0 < given[0] <= LONGEST_CLOCK:
            yield Problem("routes.problem.clock", named)


def _conditions(session: Session, kind: DocumentType, step: Step, now: datetime) -> Iterator[Problem]:
    named = {"step": step_term(step.key)}
    for condition in step.conditions:
        if condition.field not in {*kind.table.model_fields, "amount"}:
            yield Problem("routes.problem.unknown_field", named | {"field": condition.field})
        elif condition.op not in (*EQUAL, *ORDERED):
            yield Problem("routes.problem.unknown_operator", named | {"operator": condition.op})
        elif condition.setting is not None and condition.setting not in SETTINGS:
            yield Problem("routes.problem.unknown_setting", named | {"setting": condition.setting})
        elif condition.setting is not None and not SETTINGS[condition.setting].rule:
            yield Problem("routes.problem.setting_free", named | {"setting": condition.setting})
        else:
            wanted = setting(session, condition.setting, now) if condition.setting else condition.value
            if not _comparable(kind, condition, wanted):
                yield Problem("routes.problem.value", named | {"value": str(wanted)})


def _comparable(kind: DocumentType, condition: Condition, wanted: Any) -> bool:
    """Could the field hold what it is compared with, and can the two be compared so? `holds` relies on it."""
    field = None if condition.field == "amount" else spec(kind.table, condition.field)
    sort = field.kind if field else Type.MONEY
    if sort in (Type.LINKS, Type.MOMENT):
        return False
    if condition.op in ORDERED:
        return sort in (Type.MONEY, Type.NUMBER, Type.DATE) and _fits(field, sort, wanted)
    if condition.op == "in":
        listed = isinstance(wanted, list) and bool(wanted) and sort not in (Type.NUMBER, Type.LINK, Type.YES_NO)
        return listed and all(_fits(field, sort, one) for one in wanted)
    return wanted is None or _fits(field, sort, wanted)


def _fits(field: Spec | None, sort: Type, value: Any) -> bool:
    match sort:
        case Type.MONEY:
            return is_number(value)
        case Type.NUMBER | Type.LINK:
            return isinstance(value, int) and not isinstance(value, bool)
        case Type.DATE:
            return _is_day(value)
        case Type.YES_NO:
            return isinstance(value, bool)
        case Type.CHOICE:
            return isinstance(value, str) and value in list(field.choices if field and field.choices else ())
    return isinstance(value, str)


def _is_day(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False
