"""How a setting comes to hold: an administrator changes how the portal behaves, and proposes what the general manager
must approve (P6-5).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic.fields import FieldInfo
from sqlmodel import Field, Session, SQLModel, col, select

from models import ExpenseType, Line, Person, Role, Setting
from services import audit
from services.database import one_at_a_time
from services.documents.fields import Spec, Type, spec, spec_of
from services.documents.filling import check_value, cleaned
from services.engine import rehome_named
from services.engine.versions import VersionState, begin, may_decide, may_propose, reason_in
from services.errors import Fault, Invalid, Refused
from services.notices import tell_person
from services.people import holders, who_may_decide
from services.settings import SETTINGS, setting, typed_as

DEPUTY = "deputy."
"""With what the keys of settings begin that name a person who stands in."""
MOST_ROWS = 500
"""Rows of a setting that is a table."""


class ChangeForm(SQLModel):
    """What is typed beside the new value."""

    valid_from: date
    note: Line = Field(max_length=500)


@dataclass(frozen=True)
class Row:
    """A value that a setting had, has, will have, or does not have yet."""

    row: Setting
    state: VersionState


@dataclass(frozen=True)
class Shown:
    """A setting as the page shows it: what holds now, and every row of its history, the newest first."""

    key: str
    value: Any
    rows: tuple[Row, ...]

    @property
    def waiting(self) -> Setting | None:
        return next((one.row for one in self.rows if one.state == VersionState.WAITING), None)


@cache
def field_of(key: str) -> Spec:
    """How a setting is typed and checked."""
    declared = SETTINGS[key]
    info = FieldInfo.from_annotation(declared.type)
    return spec_of(key, FieldInfo.merge_field_infos(declared.limits, info) if declared.limits else info)


def settings_for(session: Session, user: Person, now: datetime) -> list[Shown]:
    """Every setting. Raises `Refused` for whoever neither sets up nor decides on it."""
    if not (may_propose(session, user) or may_decide(session, user)):
        raise Refused("settings.shut")
    return [_shown(session, key, now) for key, declared in SETTINGS.items() if declared.shown]


def count_waiting_settings(session: Session) -> int:
    """How many proposals wait for the general manager."""
    return len(session.exec(select(Setting.id).where(*_WAITS)).all())


def change(
    session: Session, user: Person, key: str, raw: Any, *, valid_from: date, note: str, now: datetime
) -> Setting:
    """An administrator changes a setting from a day on, with a reason; a rule waits for the general manager (P6-5).

    Raises `Refused` for everybody else, for a day that is past, without a reason, where nothing would change, and
    while another proposal for the setting waits; `Invalid` where the value does not fit.
    """
    if not may_propose(session, user):
        raise Refused("settings.administrators_only")
    declared = SETTINGS.get(key)
    if declared is None or not declared.shown:
        raise Refused("settings.unknown")
    value = _checked(session, key, raw)
    one_at_a_time(session, f"setting {key}")
    begins = begin(valid_from, now)
    reason = reason_in(note)
    if session.exec(select(Setting.id).where(Setting.key == key, *_WAITS)).first():
        raise Refused("settings.another_waits")
    if declared.read(value) == setting(session, key, begins):
        raise Refused("settings.unchanged")
    row = Setting(key=key, value=value, valid_from=begins, proposed_by_id=user.id, proposed_at=now, note=reason)
    if not declared.rule:
        row.approved_at = now
    session.add(row)
    session.flush()
    _record(session, user, Role.ADMINISTRATOR, "settings.proposed" if declared.rule else "settings.changed", row, now)
    if declared.rule:
        for manager in holders(session, Role.GENERAL_MANAGER, None):
            _tell(session, manager, "setting_proposed", row, user, now)
    return row


def approve_change(session: Session, user: Person, id: int, now: datetime) -> Setting:
    """The general manager agrees: it holds from its day on, at the earliest from now (P6-5)."""
    row = _decide_on(session, user, id)
    _checked(session, row.key, typed_as(SETTINGS[row.key].read(row.value)))
    row.approved_at, row.approved_by_id = now, user.id
    row.valid_from = max(row.valid_from, now)
    session.flush()
    if row.key.startswith(DEPUTY):
        rehome_named(session, now)  # before the trail is written, as in an act; what begins later the worker does
    _record(session, user, Role.GENERAL_MANAGER, "settings.approved", row, now)
    _tell(session, session.get(Person, row.proposed_by_id), "setting_approved", row, user, now)
    return row


def decline_change(session: Session, user: Person, id: int, note: str, now: datetime) -> Setting:
    """The general manager says no, with his reason: everything stays as it is (P6-5)."""
    row = _decide_on(session, user, id)
    reason = reason_in(note)
    row.declined_at = now
    _record(session, user, Role.GENERAL_MANAGER, "settings.declined", row, now, reason)
    _tell(session, session.get(Person, row.proposed_by_id), "setting_declined", row, user, now)
    return row


def withdraw_change(session: Session, user: Person, id: int, now: datetime) -> Setting:
    """Whoever proposed it gives it up while it waits."""
    if not may_propose(session, user):
        raise Refused("settings.administrators_only")
    row = _waiting(session, id)
    if row.proposed_by_id != user.id:
        raise Refused("settings.not_yours")
    row.declined_at = now
    _record(session, user, Role.ADMINISTRATOR, "settings.withdrawn", row, now)
    return row


_WAITS = (col(Setting.approved_at).is_(None), col(Setting.declined_at).is_(None))


def _shown(session: Session, key: str, now: datetime) -> Shown:
    statement = select(Setting).where(Setting.key == key)
    newest_first = statement.order_by(col(Setting.valid_from).desc(), col(Setting.id).desc())
    rows, holds = [], True
    for row in session.exec(newest_first):
        state = _state(row, now)
        if state == VersionState.PAST and holds:
            state, holds = VersionState.IN_FORCE, False
        rows.append(Row(row, state))
    return Shown(key, setting(session, key, now), tuple(rows))


def _state(row: Setting, now: datetime) -> VersionState:
    if row.declined_at is not None:
        return VersionState.DECLINED
    if row.approved_at is None:
        return VersionState.WAITING
    return VersionState.COMING if row.valid_from > now else VersionState.PAST


def _checked(session: Session, key: str, raw: Any) -> Any:
    """The value as it is stored. A person must still be here, and be one who may decide as somebody's deputy."""
    form = SETTINGS[key].table
    if form is not None:
        return _checked_rows(session, key, form, raw)
    field = field_of(key)
    value, fault = check_value(field, raw)
    if not fault and field.kind == Type.LINK and value and value not in {one.id for one in who_may_decide(session)}:
        fault = Fault(key, "fault.option")
    if fault:
        raise Invalid([fault])
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _checked_rows(session: Session, key: str, form: type[SQLModel], raw: Any) -> list[dict[str, Any]]:
    """The rows of a table, as they are stored; blank ones are left out, and no two may be for the same."""
    rows, faults = [], []
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in enumerate(filled_rows(form, raw), start=1):
        values = {}
        for name in form.model_fields:
            value, fault = check_value(spec(form, name), row.get(name))
            if fault is None and name in row and value is not None and not _is_there(session, spec(form, name), value):
                fault = Fault(name, "fault.option")
            if fault:
                faults.append(Fault(name, fault.key, fault.facts, key, number))
            values[name] = value
        named = tuple(values[name] for name in SETTINGS[key].named_by)
        if named in seen:
            faults.append(Fault(SETTINGS[key].named_by[0], "settings.row_twice", {"line": seen[named]}, key, number))
        seen.setdefault(named, number)
        rows.append({name: f"{one:.2f}" if isinstance(one, Decimal) else one for name, one in values.items()})
    if len(rows) > MOST_ROWS:
        faults.append(Fault(key, "fault.too_many_lines", {"most": MOST_ROWS}))
    if not faults:
        faults += SETTINGS[key].check([form.model_validate(row) for row in rows])
    if faults:
        raise Invalid(faults)
    return rows


def filled_rows(form: type[SQLModel], raw: Any) -> list[dict[str, Any]]:
    """The rows of a typed table in which anything stands."""
    rows = [row for row in raw if isinstance(row, dict)] if isinstance(raw, list) else []
    return [row for row in rows if any(cleaned(spec(form, name), row.get(name)) is not None for name in row)]


def _is_there(session: Session, field: Spec, value: Any) -> bool:
    """Does a link lead to a row that is still in use?"""
    if field.kind != Type.LINK:
        return True
    row = session.get(ExpenseType, value)
    return row is not None and row.active


def _decide_on(session: Session, user: Person, id: int) -> Setting:
    if not may_decide(session, user):
        raise Refused("settings.general_manager_only")
    row = _waiting(session, id)
    if row.proposed_by_id == user.id:
        raise Refused("settings.own_proposal")
    return row


def _waiting(session: Session, id: int) -> Setting:
    """A proposal that still waits, taken, so that of two people deciding in the same instant one comes second."""
    statement = select(Setting).where(Setting.id == id).with_for_update()
    row = session.exec(statement.execution_options(populate_existing=True)).first()
    if row is None:
        raise Refused("settings.unknown")
    if row.approved_at is not None or row.declined_at is not None:
        raise Refused("settings.settled")
    return row


def _record(
    session: Session, user: Person, role: Role, action: str, row: Setting, now: datetime, note: str | None = None
) -> None:
    data = {"value": row.value, "valid_from": row.valid_from.isoformat()}
    said = row.note if note is None else note
    audit.record(session, now=now, action=action, actor=user, role=role, subject=row.key, note=said, data=data)
    session.flush()


def _tell(session: Session, person: Person | None, key: str, row: Setting, by: Person, now: datetime) -> None:
    if person:
        tell_person(session, person, key, now, setting=row.key, by=by.name)
