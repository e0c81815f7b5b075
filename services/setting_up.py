"""What an administrator has still to do before papers can travel: roles that the routes ask for and nobody holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Person
from services.documents import KINDS
from services.engine.soundness import vacancies
from services.engine.versions import current_route
from services.errors import Term
from services.people import sets_up


@dataclass(frozen=True)
class Unheld:
    """A role that routes ask for and nobody holds."""

    role: Term
    departments: str
    """Where, by name; empty: in the whole company."""
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
    found: dict[tuple[Term, str], list[str]] = {}
    for code, role, departments in _asked_in_vain(session, now):
        kinds = found.setdefault((role, departments), [])
        kinds += [code] if code not in kinds else []
    if not found:
        return None
    roles = tuple(Unheld(role, departments, tuple(kinds)) for (role, departments), kinds in found.items())
    return Unfinished(_count(session, Department), _count(session, Person), roles)


def _asked_in_vain(session: Session, now: datetime) -> Iterator[tuple[str, Term, str]]:
    for code, kind in KINDS.items():
        for problem in vacancies(session, kind, current_route(session, code, now)):
            yield code, problem.facts["role"], problem.facts.get("departments", "")


def _count(session: Session, table: type[Department] | type[Person]) -> int:
    return int(session.execute(select(sa.func.count()).select_from(table).where(col(table.active))).scalar_one())
