"""Figures an administrator may change: declared here with their defaults, kept in the database with their history.

A limit of the policies or a control holds only after the general manager approved it (P6-5); how the portal itself
behaves (session times, its name) holds at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Setting


@dataclass(frozen=True)
class Declared:
    """A setting: its default, how a stored value is read, whether a change waits for the general manager."""

    default: Any
    read: Callable[[Any], Any] = lambda value: value
    rule: bool = False


SETTINGS: dict[str, Declared] = {
    "company.name": Declared(""),
    "company.name_en": Declared(""),
    "demo.enabled": Declared(False, bool),
    "session.idle_minutes": Declared(30, int),
    "session.absolute_hours": Declared(10, int),
    "signin.max_attempts": Declared(5, int),
    "signin.lock_minutes": Declared(15, int),
    "clock.remind_percent": Declared(80, int, rule=True),
    "clock.escalate_working_hours": Declared(4, int, rule=True),
    "remind.hours": Declared(4, int),
    "hours.working": Declared([["08:30", "12:00"], ["13:30", "18:00"]], rule=True),
    "claim.major_amount": Declared("5000.00", Decimal, rule=True),
    "claim.daily_allowance": Declared("100.00", Decimal, rule=True),
    "trip.days_beyond_plan": Declared(3, int, rule=True),
    "deputy.department_head": Declared(None, rule=True),
    "deputy.general_manager": Declared(None, rule=True),
}


_IN_FORCE = (
    select(Setting)
    .where(Setting.key == sa.bindparam("key"))
    .where(Setting.valid_from <= sa.bindparam("now"), col(Setting.approved_at) <= sa.bindparam("now"))
    .order_by(col(Setting.valid_from).desc(), col(Setting.id).desc())
    .limit(1)
)


def setting(session: Session, key: str, now: datetime) -> Any:
    """The value that holds at a moment: the newest approved one that has begun, else the declared default."""
    declared = SETTINGS[key]
    row = session.exec(_IN_FORCE, params={"key": key, "now": now}).first()
    return declared.read(row.value if row else declared.default)


def put(session: Session, key: str, value: Any, *, now: datetime) -> Setting:
    """Write a value that holds at once: for seeds and for set-up. A user's change goes through a proposal."""
    if key not in SETTINGS:
        raise KeyError(key)
    row = Setting(key=key, value=value, valid_from=now, proposed_at=now, approved_at=now)
    session.add(row)
    session.flush()
    return row
