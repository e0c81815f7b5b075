"""Deputies: who acts for whom today. A deputy never gains more than the person he stands in for."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Delegation, Person, Role
from services.people import has_role, local_day


def delegations_to(session: Session, deputy: Person, now: datetime) -> list[Delegation]:
    """What has been handed to this person by somebody still there, and holds today.

    To an administrator nothing can be handed: he decides nothing.
    """
    statement = select(Delegation).join(Person, col(Person.id) == Delegation.person_id).where(col(Person.active))
    found = list(session.exec(statement.where(Delegation.deputy_id == deputy.id, *_current(now))))
    return [] if found and has_role(session, deputy, Role.ADMINISTRATOR) else found


def deputies_of(
    session: Session, people: Iterable[Person], kind: str, amount: Decimal | None, now: datetime
) -> list[Person]:
    """Who may sign for these people today on a paper of this kind and amount."""
    rows = session.exec(
        select(Delegation, Person)
        .join(Person, col(Person.id) == Delegation.deputy_id)
        .where(col(Delegation.person_id).in_([one.id for one in people]), col(Person.active), *_current(now))
    ).all()
    reached = [person for delegation, person in rows if covers(delegation, kind, amount)]
    return [person for person in reached if not has_role(session, person, Role.ADMINISTRATOR)]


def covers(delegation: Delegation, kind: str, amount: Decimal | None) -> bool:
    """Does a delegation reach this paper, by its kind and its amount?"""
    if delegation.kinds and kind not in delegation.kinds:
        return False
    return delegation.amount_limit is None or (amount or Decimal(0)) <= delegation.amount_limit


def _current(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    day = local_day(now)
    return (
        col(Delegation.ended_at).is_(None),
        col(Delegation.starts_on) <= day,
        col(Delegation.ends_on) >= day,
    )
