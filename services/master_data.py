"""Master data: departments, expense types, customers, products, parts: tables checked and recorded like any act."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from models import (
    Asset,
    AssetForm,
    CalendarDay,
    CalendarDayForm,
    Contract,
    ContractForm,
    Customer,
    CustomerForm,
    Department,
    DepartmentForm,
    ExpenseType,
    ExpenseTypeForm,
    Part,
    PartForm,
    Person,
    Product,
    ProductForm,
    Role,
    SoldItem,
    SoldItemForm,
    Supplier,
    SupplierForm,
)
from services import audit
from services.documents.fields import Type, spec
from services.documents.filling import check_value
from services.documents.kind import Option
from services.documents.lookups import every
from services.errors import Fault, Invalid, Refused
from services.people import has_role, standing

MOST_SHOWN = 500
"""Rows of a table that are looked at at once; a word narrows them."""
_OF_CUSTOMERS = frozenset({Role.ADMINISTRATOR, Role.SERVICE_ADMINISTRATOR})
_OF_MONEY = frozenset({Role.ADMINISTRATOR, Role.ACCOUNTANT, Role.FINANCE_HEAD})
_OF_PARTS = frozenset({Role.ADMINISTRATOR, Role.PURCHASER})


def _ends_after_it_starts(values: Mapping[str, Any]) -> Iterator[Fault]:
    first, last = values.get("starts_on"), values.get("ends_on")
    if first and last and last < first:
        yield Fault("ends_on", "master.ends_before_it_starts")


def _asset_makes_sense(values: Mapping[str, Any]) -> Iterator[Fault]:
    """Something is left to be written off, and it was bought before it was used (P8-4.2)."""
    if values["salvage"] >= values["cost"]:
        yield Fault("salvage", "master.salvage_too_high", {"cost": values["cost"]})
    if values["in_use_from"] < values["bought_on"]:
        yield Fault("in_use_from", "master.used_before_bought")


@dataclass(frozen=True)
class Master:
    """A table of master data: what is typed in, and where it is kept. Rows are put out of use, never deleted."""

    key: str
    form: type[SQLModel]
    table: Any
    named_by: str = "code"
    """The field that names a row: used once."""
    keepers: frozenset[Role] = frozenset({Role.ADMINISTRATOR})
    """Who may change it."""
    check: Callable[[Mapping[str, Any]], Iterator[Fault]] = lambda values: iter(())
    """What is wrong with a row though each of its fields is right."""

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

    @property
    def links(self) -> dict[str, str]:
        """Fields that lead to another table, and to which."""
        named = ((name, spec(self.form, name)) for name in self.fields)
        return {name: field.table or "" for name, field in named if field.kind == Type.LINK}


MASTERS = {
    master.key: master
    for master in (
        Master("departments", DepartmentForm, Department),
        Master("expense_types", ExpenseTypeForm, ExpenseType),
        Master("calendar_days", CalendarDayForm, CalendarDay, named_by="day"),
        Master("customers", CustomerForm, Customer, keepers=_OF_CUSTOMERS),
        Master("products", ProductForm, Product, keepers=_OF_CUSTOMERS),
        Master("sold_items", SoldItemForm, SoldItem, named_by="serial", keepers=_OF_CUSTOMERS),
        Master(
            "contracts",
            ContractForm,
            Contract,
            named_by="number",
            keepers=_OF_CUSTOMERS,
            check=_ends_after_it_starts,
        ),
        Master("assets", AssetForm, Asset, keepers=_OF_MONEY, check=_asset_makes_sense),
        Master("suppliers", SupplierForm, Supplier, keepers=_OF_PARTS),
        Master("parts", PartForm, Part, keepers=_OF_PARTS),
    )
}


def masters_of(session: Session, person: Person) -> list[Master]:
    """The tables somebody keeps."""
    roles = standing(session, person).roles
    return [master for master in MASTERS.values() if master.keepers & roles]


def rows_of(session: Session, master: Master, word: str = "", *, most: int | None = None) -> list[Any]:
    """Rows in the order they were made, those out of use too; days in theirs. `word` is looked for in every text."""
    found = select(master.table).where(_says(master, word)).order_by(getattr(master.table, master.id_field))
    return list(session.exec(found.limit(most) if most else found))


def count_of(session: Session, master: Master, word: str = "") -> int:
    """How many rows there are."""
    return int(
        session.execute(sa.select(sa.func.count()).select_from(master.table).where(_says(master, word))).scalar_one()
    )


def offered(session: Session, master: Master) -> dict[str, list[Option]]:
    """What the fields that lead to another table may lead to."""
    return {name: every(session, table) for name, table in master.links.items()}


def save(
    session: Session, actor: Person, master: Master, id: Any, raw: Mapping[str, Any], active: bool, now: datetime
) -> Any:
    """Add a row (no id) or change one. Raises `Invalid` with all faults; a code, a day, may be used once."""
    must_keep(session, actor, master)
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
    changed = {name: [plain(before.get(name)), plain(getattr(row, name))] for name in kept}
    audit.record(
        session,
        now=now,
        action="master.changed" if id else "master.added",
        actor=actor,
        role=role_of(session, actor, master),
        subject=f"{master.key} {getattr(row, master.named_by)}",
        data={name: pair for name, pair in changed.items() if pair[0] != pair[1]},
    )
    return row


def must_keep(session: Session, actor: Person, master: Master) -> None:
    """Raises `Refused` for whoever does not keep the table."""
    if not has_role(session, actor, *master.keepers):
        raise Refused("account.administrators_only")


def role_of(session: Session, actor: Person, master: Master) -> Role:
    """In which of his roles somebody keeps a table."""
    return next(role for role in sorted(master.keepers) if has_role(session, actor, role))


def values_of(
    master: Master, raw: Mapping[str, Any], known: Mapping[str, frozenset[Any]]
) -> tuple[dict[str, Any], list[Fault]]:
    """A row field by field: its values, and what is wrong with it. `known` holds where its links may lead."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in master.fields:
        values[name], fault = check_value(spec(master.form, name), raw.get(name))
        if name in known and raw.get(name) is not None and values[name] not in known[name]:
            fault = Fault(name, "fault.option")
        faults += [fault] if fault else []
    return values, faults or list(master.check(values))


def known_links(session: Session, master: Master, kept: Sequence[Any] = ()) -> dict[str, frozenset[Any]]:
    """Where the links of rows may lead: to live rows, and where those in `kept` lead already."""
    live = {name: {one.value for one in found} for name, found in offered(session, master).items()}
    return {name: frozenset(ids | {getattr(row, name) for row in kept}) for name, ids in live.items()}


def plain(value: Any) -> Any:
    """As the audit trail keeps it."""
    return value if isinstance(value, bool | int | str | None) else str(value)


def _valid(session: Session, master: Master, id: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    row = session.get(master.table, id) if id else None
    values, faults = values_of(master, raw, known_links(session, master, [row] if row else []))
    name = master.named_by
    id_column = getattr(master.table, master.id_field)
    taken = session.exec(select(id_column).where(getattr(master.table, name) == values.get(name))).first()
    if taken is not None and taken != id:
        faults.append(Fault(name, f"master.{name}_taken"))
    if faults:
        raise Invalid(faults)
    return values


def _says(master: Master, word: str) -> sa.ColumnElement[bool]:
    texts = [name for name in master.fields if spec(master.form, name).kind in (Type.TEXT, Type.LONG_TEXT)]
    if not word.strip() or not texts:
        return sa.true()
    columns = (getattr(master.table, name) for name in texts)
    return sa.or_(*(column.icontains(word.strip(), autoescape=True) for column in columns))
