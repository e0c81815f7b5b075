"""Master data: the tables an administrator keeps (departments, expense types, own days of the calendar), checked and
recorded like any act.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, select

from models import CalendarDay, CalendarDayForm, Department, DepartmentForm, ExpenseType, ExpenseTypeForm, Person, Role
from services import audit
from services.documents.fields import spec
from services.documents.filling import check_value
from services.errors import Fault, Invalid, Refused
from services.people import has_role


@dataclass(frozen=True)
class Master:
    """A table of master data: what is typed in, and where it is kept. Rows are put out of use, never deleted."""

    key: str
    form: type[SQLModel]
    table: Any
    named_by: str = "code"
    """The field that names a row: used once."""

    @property
    def retires(self) -> bool:
        """Can a row be put out of use? A day cannot: it is changed to what it is after all."""
        return "active" in self.table.model_fields

    @property
    def id_field(self) -> str:
        return "id" if "id" in self.table.model_fields else self.named_by

    def id_of(self, row: Any) -> Any:
        return getattr(row, self.id_field)

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.form.model_fields)


MASTERS = {
    master.key: master
    for master in (
        Master("departments", DepartmentForm, Department),
        Master("expense_types", ExpenseTypeForm, ExpenseType),
        Master("calendar_days", CalendarDayForm, CalendarDay, named_by="day"),
    )
}


def rows_of(session: Session, master: Master) -> list[Any]:
    """All rows, those out of use too, in the order they were made; days in theirs."""
    return list(session.exec(select(master.table).order_by(getattr(master.table, master.id_field))))


def save(
    session: Session, actor: Person, master: Master, id: Any, raw: Mapping[str, Any], active: bool, now: datetime
) -> Any:
    """Add a row (no id) or change one. Raises `Invalid` with all faults; a code, a day, may be used once."""
    if not has_role(session, actor, Role.ADMINISTRATOR):
        raise Refused("account.administrators_only")
    values = _valid(session, master, id, raw)
    row = session.get(master.table, id, with_for_update=True) if id else master.table(**values)
    if row is None:
        raise Refused("master.unknown")
    kept = values | ({"active": active} if master.retires else {})
    before = {name: getattr(row, name) for name in kept} if id else {}
    for name, value in kept.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    changed = {name: [_plain(before.get(name)), _plain(getattr(row, name))] for name in kept}
    audit.record(
        session,
        now=now,
        action="master.changed" if id else "master.added",
        actor=actor,
        role=Role.ADMINISTRATOR,
        subject=f"{master.key} {getattr(row, master.named_by)}",
        data={name: pair for name, pair in changed.items() if pair[0] != pair[1]},
    )
    return row


def _valid(session: Session, master: Master, id: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in master.fields:
        values[name], fault = check_value(spec(master.form, name), raw.get(name))
        faults += [fault] if fault else []
    name = master.named_by
    id_column = getattr(master.table, master.id_field)
    taken = session.exec(select(id_column).where(getattr(master.table, name) == values.get(name))).first()
    if taken is not None and taken != id:
        faults.append(Fault(name, f"master.{name}_taken"))
    if faults:
        raise Invalid(faults)
    return values


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str | None) else str(value)
