"""What an administrator has still to do before papers can travel: roles that the routes ask for and nobody holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Person
from services.documents import KINDS
from services.engine.soundness import BETWEEN, vacancies
from services.engine.versions import current_route
from services.errors import Term
from services.people import sets_up


@dataclass(frozen=True)
class Unheld:
    """A role that routes ask for and nobody holds."""

    role: Term
    departments: tuple[str, ...]
    """Where, by name; none: in the whole company."""
    kinds: tuple[str, ...]
    """The papers that cannot be sent because of it."""


@dataclass(frozen=True)
class Unfinished:
    departments: int
    people: int
    """Those in use and who may enter."""
    roles: tuple[Unheld, ...]


def unfinished(session: Session, reader: Person, now: datetime) -> Unfinished | None:
    """What is missing; None where nothing is, and for everybody but administrators."""
    if not sets_up(session, reader):
        return None
    kinds: dict[Term, dict[str, None]] = {}
    departments: dict[Term, dict[str, None]] = {}
    for code, role, named in _asked_in_vain(session, now):
        kinds.setdefault(role, {})[code] = None
        departments.setdefault(role, {}).update(dict.fromkeys(named))
    if not kinds:
        return None
    roles = tuple(Unheld(role, tuple(departments[role]), tuple(codes)) for role, codes in kinds.items())
    return Unfinished(_count(session, Department), _count(session, Person), roles)


def _asked_in_vain(session: Session, now: datetime) -> Iterator[tuple[str, Term, list[str]]]:
    for code, kind in KINDS.items():
        for problem in vacancies(session, kind, current_route(session, code, now)):
            named = problem.facts.get("departments")
            yield code, problem.facts["role"], named.split(BETWEEN) if named else []


def _count(session: Session, table: type[Department] | type[Person]) -> int:
    return int(session.execute(select(sa.func.count()).select_from(table).where(col(table.active))).scalar_one())
