"""Master data: the tables an administrator keeps (departments, expense types), checked and recorded like any act."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from models import Department, DepartmentForm, ExpenseType, ExpenseTypeForm, Person, Role
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

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.form.model_fields)


MASTERS = {
    master.key: master
    for master in (
        Master("departments", DepartmentForm, Department),
        Master("expense_types", ExpenseTypeForm, ExpenseType),
    )
}


def rows_of(session: Session, master: Master) -> list[Any]:
    """All rows, those out of use too, in the order they were made."""
    return list(session.exec(select(master.table).order_by(master.table.id)))


def save(
    session: Session, actor: Person, master: Master, id: int | None, raw: Mapping[str, Any], active: bool, now: datetime
) -> Any:
    """Add a row (no id) or change one. Raises `Invalid` with all faults; a code may be used once."""
    if not has_role(session, actor, Role.ADMINISTRATOR):
        raise Refused("account.administrators_only")
    values = _valid(session, master, id, raw)
    row = session.get(master.table, id, with_for_update=True) if id else master.table(**values)
    if row is None:
        raise Refused("master.unknown")
    before = {name: getattr(row, name) for name in (*values, "active")} if id else {}
    for name, value in (values | {"active": active}).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    changed = {name: [_plain(before.get(name)), _plain(getattr(row, name))] for name in (*values, "active")}
    audit.record(
        session,
        now=now,
        action="master.changed" if id else "master.added",
        actor=actor,
        role=Role.ADMINISTRATOR,
        subject=f"{master.key} {row.code}",
        data={name: pair for name, pair in changed.items() if pair[0] != pair[1]},
    )
    return row


def _valid(session: Session, master: Master, id: int | None, raw: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in master.fields:
        values[name], fault = check_value(spec(master.form, name), raw.get(name))
        faults += [fault] if fault else []
    taken = session.exec(select(master.table.id).where(col(master.table.code) == values.get("code"))).first()
    if taken is not None and taken != id:
        faults.append(Fault("code", "master.code_taken"))
    if faults:
        raise Invalid(faults)
    return values


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str | None) else str(value)
