"""Everything that ever happened with a customer or a machine, on one timeline: papers of every kind that names it, what
was sold, warranties and contracts (P3-1.1, P3-1.3).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Contract, Customer, Department, Document, Person, Product, Role, SoldItem, State
from services.access import DEPARTMENT_READERS, MONEY_READERS, READS_ALL, has_role, visible_documents
from services.database import rows
from services.documents import KINDS
from services.documents.filling import visible
from services.documents.kind import DocumentType
from services.documents.papers import detail_of
from services.people import local_day
from services.warranty import Cover, cover, running_contract, sold_item

SOLD, WARRANTY, CONTRACT = "sold", "warranty_ends", "contract"
"""What happens without a paper."""
_DAYS = ("held_on", "visited_on", "surveyed_on", "earned_on", "received_at", "planned_on")
"""Fields that say on which day a paper's matter was; the first that is filled in counts, else the day it was sent."""


@dataclass(frozen=True)
class Happening:
    """One thing that happened: `kind` is a paper's code, or one of what happens without a paper."""

    day: date
    kind: str
    number: str
    """Of the paper or contract; of a sold machine its serial number."""
    title: str
    state: State | None = None
    step: str | None = None
    ends_on: date | None = None
    """Of a contract."""


@dataclass(frozen=True)
class Machine:
    """A sold item with its warranty as of today."""

    serial: str
    product: str
    customer: Customer
    sold_on: date
    warranty: Cover


@dataclass(frozen=True)
class CustomerHistory:
    customer: Customer
    department: str
    contract: str | None
    """Number of the service contract that runs today."""
    machines: tuple[Machine, ...]
    happenings: tuple[Happening, ...]
    """Newest first."""

    @property
    def papers(self) -> dict[str, int]:
        """How many papers of each kind."""
        return papers_by_kind(self.happenings)


@dataclass(frozen=True)
class MachineHistory:
    serial: str
    machine: Machine | None
    """None: no such machine was sold, but papers name it."""
    happenings: tuple[Happening, ...]

    @property
    def papers(self) -> dict[str, int]:
        return papers_by_kind(self.happenings)


@dataclass(frozen=True)
class Before:
    """What there was with a machine, and with its customer beside it, newest first."""

    serial: str | None
    machine: tuple[Happening, ...]
    customer: tuple[Happening, ...]


def papers_by_kind(happenings: Iterable[Happening]) -> dict[str, int]:
    """Counts by kind of paper, in the order of the kinds."""
    counted = Counter(one.kind for one in happenings)
    return {code: counted[code] for code in KINDS if counted[code]}


def may_look_up(session: Session, person: Person) -> bool:
    """Who deals with papers of customers looks up customers; of the papers he sees those that he may read."""
    return has_role(session, person, *HISTORY_READERS)


def histories_of(session: Session, reader: Person, document: Document) -> dict[str, str]:
    """What a paper is about, as the address of the page says it: its customer, and the serial number that it names."""
    detail = detail_of(session, document)
    columns = {kind.code: column for kind, column in CUSTOMER_KINDS}
    if detail is None or document.kind not in columns or not may_look_up(session, reader):
        return {}
    asked = {"customer": getattr(detail, columns[document.kind].key), "serial": getattr(detail, "serial", None)}
    return {name: str(value) for name, value in asked.items() if value}


def customer_history(session: Session, reader: Person, customer_id: int, now: datetime) -> CustomerHistory | None:
    """None for a customer that is unknown, and for somebody who has nothing to do with customers."""
    customer = session.get(Customer, customer_id) if may_look_up(session, reader) else None
    if customer is None:
        return None
    today = local_day(now)
    items = _items(session, col(SoldItem.customer_id) == customer.id)
    contracts = session.exec(select(Contract).where(Contract.customer_id == customer.id, col(Contract.active)))
    found = [
        *(one for kind, column in CUSTOMER_KINDS for one in _papers(session, reader, kind, column == customer.id, now)),
        *(Happening(item.sold_on, SOLD, item.serial, product.label) for item, product, _ in items),
        *(Happening(one.starts_on, CONTRACT, one.number, "", ends_on=one.ends_on) for one in contracts),
    ]
    return CustomerHistory(
        customer,
        session.get_one(Department, customer.department_id).name,
        running_contract(session, customer.id, today),
        tuple(_machine(session, row, today) for row in items),
        _newest_first(found),
    )


def machine_history(session: Session, reader: Person, serial: str, now: datetime) -> MachineHistory | None:
    """By serial number in whatever case and spacing. None: nothing is known of it that the reader may know."""
    plain = _as_kept(serial)
    if not plain or not may_look_up(session, reader):
        return None
    found = [
        one for kind, column in _SERIAL_KINDS for one in _papers(session, reader, kind, _plain(column) == plain, now)
    ]
    item = sold_item(session, plain)
    machine = None
    if item is not None:
        machine = _machine(session, _items(session, col(SoldItem.id) == item.id)[0], local_day(now))
        found.append(Happening(machine.sold_on, SOLD, machine.serial, machine.product))
        if machine.warranty.until:
            found.append(Happening(machine.warranty.until, WARRANTY, machine.serial, machine.product))
    if not found:
        return None
    return MachineHistory(machine.serial if machine else plain, machine, _newest_first(found))


def before(
    session: Session, reader: Person, customer_id: int | None, serial: str | None, now: datetime, *, but: str | None
) -> Before | None:
    """What to know while a customer speaks: papers that the reader may read, other than the one that is typed (P6-8a).

    None where neither customer nor machine is named, or the reader has nothing to do with customers.
    """
    plain = _as_kept(serial or "")
    if not (plain or customer_id) or not may_look_up(session, reader):
        return None
    named = {
        row.document_id: bool(row.of_machine)
        for row in rows(session, _NAMED, {"serial": plain, "his": customer_id or 0})
    }
    seen = visible_documents(session, reader, now).where(col(Document.id).in_(list(named)))
    sent = [one for one in session.exec(seen) if one.number not in (None, but)]
    happened = [(named[one.id], _sent(one)) for one in sent]
    of_machine, others = (_newest_first([one for mine, one in happened if mine is which]) for which in (True, False))
    return Before(plain or None, of_machine, others)


def _sent(document: Document) -> Happening:
    """A paper by the day on which it was sent."""
    day = local_day(document.submitted_at or document.created_at)
    return Happening(day, document.kind, document.number or "", document.title, document.state, document.step)


def _papers(
    session: Session, reader: Person, kind: DocumentType, condition: sa.ColumnElement[bool], now: datetime
) -> Iterator[Happening]:
    seen: Any = visible_documents(session, reader, now)
    table: Any = kind.table
    found = session.execute(
        seen.join(table, table.document_id == Document.id)
        .where(condition, Document.kind == kind.code, col(Document.number).is_not(None))
        .with_only_columns(Document, table)
    )
    for document, detail in found:
        yield Happening(
            _day(document, detail), kind.code, document.number, document.title, document.state, document.step
        )


def _day(document: Document, detail: Any) -> date:
    said = next((value for name in _DAYS if (value := getattr(detail, name, None)) is not None), None)
    said = said or document.submitted_at or document.created_at
    return local_day(said) if isinstance(said, datetime) else said


def _items(session: Session, condition: sa.ColumnElement[bool]) -> list[tuple[SoldItem, Product, Customer]]:
    found = session.exec(
        select(SoldItem, Product, Customer)
        .join(Product, col(Product.id) == SoldItem.product_id)
        .join(Customer, col(Customer.id) == SoldItem.customer_id)
        .where(condition, col(SoldItem.active))
        .order_by(col(SoldItem.sold_on).desc(), col(SoldItem.serial))
    )
    return [(item, product, customer) for item, product, customer in found]


def _machine(session: Session, row: tuple[SoldItem, Product, Customer], today: date) -> Machine:
    item, product, customer = row
    return Machine(item.serial, product.label, customer, item.sold_on, cover(session, item, None, None, today))


def _newest_first(found: list[Happening]) -> tuple[Happening, ...]:
    return tuple(sorted(found, key=lambda one: (one.day, one.number), reverse=True))


def _as_kept(serial: str) -> str:
    return "".join(visible(serial).upper().split())[:40]


def _plain(column: Any) -> Any:
    return sa.func.replace(sa.func.upper(column), " ", "")


def _leading_to_customer() -> Iterator[tuple[DocumentType, Any]]:
    """Kinds whose papers name a customer, each with its column."""
    for kind in KINDS.values():
        for column in kind.table.__table__.columns:  # type: ignore[attr-defined]
            if any(key.target_fullname == "customer.id" for key in column.foreign_keys):
                yield kind, column


CUSTOMER_KINDS = tuple(_leading_to_customer())
_SERIAL_KINDS = tuple((kind, kind.table.__table__.c.serial) for kind in KINDS.values() if "serial" in kind.fields)  # type: ignore[attr-defined]


def _naming() -> Iterator[Any]:
    """Papers that name a machine, or else its customer."""
    for kind, column in CUSTOMER_KINDS:
        table: Any = kind.table
        mine: Any = _plain(table.serial) == sa.bindparam("serial") if "serial" in kind.fields else sa.false()
        yield sa.select(table.document_id, mine.label("of_machine")).where(sa.or_(mine, column == sa.bindparam("his")))


_NAMED = sa.union_all(*_naming())
HISTORY_READERS: frozenset[Role] = (
    frozenset(role for kind, _ in CUSTOMER_KINDS for role in kind.readers | kind.starters)
    | DEPARTMENT_READERS
    | READS_ALL
    | MONEY_READERS
)
"""Whose menu has the page."""
