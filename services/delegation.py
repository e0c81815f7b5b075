"""Deputies: who acts for whom today. A deputy never gains more than the person he stands in for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Delegation, DelegationForm, Grant, Person, Role
from services import audit
from services.database import one_at_a_time
from services.documents.fields import spec
from services.errors import Fault, Invalid, Refused
from services.notices import tell_person
from services.people import SHANGHAI, has_role, is_active, local_day

_LATELY = timedelta(days=1)


def delegations_to(session: Session, deputy: Person, now: datetime) -> list[Delegation]:
    """What has been handed to this person by somebody still there, and holds today.

    To an administrator nothing can be handed, as he decides nothing, nor to whoever was disabled.
    """
    found = list(session.exec(_PRINCIPALS, params={"deputy_id": deputy.id, "day": local_day(now)}))
    may = found and is_active(session, deputy) and not has_role(session, deputy, Role.ADMINISTRATOR)
    return found if may else []


def deputies_of(
    session: Session, people: Iterable[Person], kind: str, amount: Decimal | None, now: datetime
) -> list[Person]:
    """Who may sign for these people today on a paper of this kind and amount."""
    asked = {"people": [one.id for one in people], "day": local_day(now)}
    reached = [
        person for delegation, person in session.exec(_DEPUTIES, params=asked) if covers(delegation, kind, amount)
    ]
    return [person for person in reached if not has_role(session, person, Role.ADMINISTRATOR)]


def delegate(session: Session, user: Person, raw: Mapping[str, Any], now: datetime) -> Delegation:
    """Let a deputy act for oneself between two days, for some kinds or all, up to an amount or without limit.

    Raises `Invalid`: to oneself, to somebody disabled or an administrator, dates backwards or past; and where it would
    make a chain: the deputy is away himself on one of the days, or oneself stands in for somebody then.
    """
    from services.documents import KINDS  # here, because kinds ask who may read, and that asks who deputises
    from services.documents.filling import check_value

    if not is_active(session, user):
        raise Refused("session.ended")
    one_at_a_time(session, "delegation")  # else two who name each other in the same instant would make a circle
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in DelegationForm.model_fields:
        values[name], fault = check_value(spec(DelegationForm, name), raw.get(name))
        faults += [fault] if fault else []
    values["kinds"] = [code for code in dict.fromkeys(raw.get("kinds") or ()) if code in KINDS]
    if len(values["kinds"]) != len(set(raw.get("kinds") or ())):
        faults.append(Fault("kinds", "fault.option"))
    faults = faults or [*_day_faults(values, now), *_deputy_faults(session, user, values)]
    if faults:
        raise Invalid(faults)
    row = Delegation(person_id=user.id, created_at=now, **values)
    session.add(row)
    session.flush()
    deputy = session.get_one(Person, row.deputy_id)
    days = {"start": row.starts_on.isoformat(), "end": row.ends_on.isoformat()}
    limits = {"kinds": row.kinds, "limit": f"{row.amount_limit:.2f}" if row.amount_limit is not None else None}
    data = {"deputy": deputy.login} | days | limits
    audit.record(session, now=now, action="delegation.given", actor=user, subject=user.login, data=data)
    tell_person(session, deputy, "deputed", now, by=user.name, **days)
    return row


def end_delegation(session: Session, user: Person, id: int, now: datetime) -> Delegation:
    """End one's own delegation, now: what the deputy has on his screen does nothing any more."""
    row = session.get(Delegation, id, with_for_update=True)
    if row is None or row.person_id != user.id or not is_active(session, user):
        raise Refused("delegation.not_yours")
    if row.ended_at is None:
        row.ended_at = now
        data = {"deputy": session.get_one(Person, row.deputy_id).login, "start": row.starts_on.isoformat()}
        audit.record(session, now=now, action="delegation.ended", actor=user, subject=user.login, data=data)
        session.flush()
    return row


def delegations_around(session: Session, user: Person, now: datetime) -> list[tuple[Delegation, Person, Person]]:
    """What the user has handed to others and others to him, that holds today or will: with both people, by day."""
    people = {person.id: person for person in session.exec(select(Person))}
    mine = sa.or_(col(Delegation.person_id) == user.id, col(Delegation.deputy_id) == user.id)
    live = select(Delegation).where(mine, col(Delegation.ended_at).is_(None), col(Delegation.ends_on) >= local_day(now))
    rows = session.exec(live.order_by(col(Delegation.starts_on), col(Delegation.id)))
    return [(row, people[row.person_id], people[row.deputy_id]) for row in rows]


def may_deputise(session: Session, user: Person) -> list[Person]:
    """Who may be named as a deputy: everybody here but oneself and administrators."""
    administrators = select(Person.id).join(Grant, col(Grant.person_id) == Person.id)
    administrators = administrators.where(Grant.role == Role.ADMINISTRATOR, col(Grant.ended_at).is_(None))
    here = select(Person).where(Person.active, Person.id != user.id, col(Person.id).not_in(administrators))
    return list(session.exec(here.order_by(col(Person.department_id), col(Person.id))))


def ended_lately(session: Session, deputy: Person, now: datetime) -> tuple[Person, datetime] | None:
    """For whom this person stood in until a day ago at most, and when that ended: what he had open is no longer his."""
    mine = select(Delegation).where(Delegation.deputy_id == deputy.id)
    lately = mine.where(col(Delegation.ends_on) >= local_day(now - _LATELY))
    ended = [(end, row) for row in session.exec(lately) if now - _LATELY <= (end := _end(row)) <= now]
    if not ended:
        return None
    end, row = max(ended, key=lambda one: one[0])
    return session.get_one(Person, row.person_id), end


def _end(delegation: Delegation) -> datetime:
    """When it was ended, or the end of its last day."""
    return delegation.ended_at or datetime.combine(delegation.ends_on + timedelta(days=1), time(), SHANGHAI)


def covers(delegation: Delegation, kind: str, amount: Decimal | None) -> bool:
    """Does a delegation reach this paper, by its kind and its amount?"""
    if delegation.kinds and kind not in delegation.kinds:
        return False
    return delegation.amount_limit is None or (amount or Decimal(0)) <= delegation.amount_limit


_CURRENT = (
    col(Delegation.ended_at).is_(None),
    col(Delegation.starts_on) <= sa.bindparam("day"),
    col(Delegation.ends_on) >= sa.bindparam("day"),
)
_PRINCIPALS = (
    select(Delegation)
    .join(Person, col(Person.id) == Delegation.person_id)
    .where(col(Person.active), Delegation.deputy_id == sa.bindparam("deputy_id"), *_CURRENT)
)
_DEPUTIES = (
    select(Delegation, Person)
    .join(Person, col(Person.id) == Delegation.deputy_id)
    .where(col(Person.active), col(Delegation.person_id).in_(sa.bindparam("people", expanding=True)), *_CURRENT)
)


def _day_faults(values: Mapping[str, Any], now: datetime) -> Iterator[Fault]:
    if values["starts_on"] < local_day(now):
        yield Fault("starts_on", "delegation.in_past")
    if values["ends_on"] < values["starts_on"]:
        yield Fault("ends_on", "fault.ends_before_start")


def _deputy_faults(session: Session, user: Person, values: Mapping[str, Any]) -> Iterator[Fault]:
    if values["deputy_id"] == user.id:
        yield Fault("deputy_id", "delegation.to_oneself")
        return
    deputy = session.get(Person, values["deputy_id"])
    if deputy is None or deputy.id not in {one.id for one in may_deputise(session, user)}:
        yield Fault("deputy_id", "delegation.not_possible", {"name": deputy.name if deputy else ""})
        return
    days = values["starts_on"], values["ends_on"]
    same = (Delegation.person_id == user.id, Delegation.deputy_id == deputy.id)
    for before in _all_overlapping(session, *days, *same):
        if set(before.kinds) == set(values["kinds"]) and before.amount_limit == values["amount_limit"]:
            facts = {"name": deputy.name, "start": before.starts_on, "end": before.ends_on}
            yield Fault("deputy_id", "delegation.already", facts)
            return
    if away := _overlapping(session, *days, Delegation.person_id == deputy.id):
        facts = {"name": deputy.name, "start": away.starts_on, "end": away.ends_on}
        yield Fault("deputy_id", "delegation.deputy_is_away", facts)
    if standing_in := _overlapping(session, *days, Delegation.deputy_id == user.id):
        name = session.get_one(Person, standing_in.person_id).name
        facts = {"name": name, "start": standing_in.starts_on, "end": standing_in.ends_on}
        yield Fault("starts_on", "delegation.you_stand_in", facts)


def _overlapping(session: Session, first: date, last: date, *which: Any) -> Delegation | None:
    return next(iter(_all_overlapping(session, first, last, *which)), None)


def _all_overlapping(session: Session, first: date, last: date, *which: Any) -> list[Delegation]:
    live = select(Delegation).where(col(Delegation.ended_at).is_(None), *which)
    within = live.where(col(Delegation.starts_on) <= last, col(Delegation.ends_on) >= first)
    return list(session.exec(within.order_by(col(Delegation.id))))
