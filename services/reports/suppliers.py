"""Supplier scorecard: who answers and solves in time, how he is rated, what was claimed of him and what he bears
(P3-2.3b).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Document, Person, Role, State, Supplier, SupplierNotice, Supply
from services.access import visible_documents
from services.calendar import end_of_day
from services.engine.promises import clocks_of
from services.export import Column, to_excel
from services.people import local_day
from services.texts import text

READERS = frozenset(
    {
        Role.PRODUCTION_ENGINEER,
        Role.PURCHASER,
        Role.QUALITY_INSPECTOR,
        Role.SERVICE_ADMINISTRATOR,
        Role.DEPARTMENT_HEAD,
        Role.VICE_PRESIDENT,
        Role.MARKETING_MANAGER,
        Role.GENERAL_MANAGER,
        Role.FINANCE_HEAD,
        Role.FINANCE_VP,
    }
)
"""Whose menu has the page; it counts for each of them the notices that he may read."""
COLUMNS = ("supplier", "supply", "notices", "open", "answered", "solved", "rating", "claimed", "accepted")
_NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Notice:
    """One notice as it counts: `in_time` is None as long as that is not known."""

    id: int
    number: str
    title: str
    sent_on: date | None
    solve_by: date
    is_open: bool
    answered_in_time: bool | None
    solved_in_time: bool | None
    rating: int | None
    claimed: Decimal
    accepted: Decimal


@dataclass(frozen=True)
class Score:
    """What a supplier did with the notices of a year. Shares are of a hundred; None where nothing is known yet."""

    supplier_id: int
    supplier: str
    supply: Supply
    records: tuple[Notice, ...]

    @property
    def notices(self) -> int:
        return len(self.records)

    @property
    def open(self) -> int:
        return sum(one.is_open for one in self.records)

    @property
    def answered(self) -> int | None:
        return _share(one.answered_in_time for one in self.records)

    @property
    def solved(self) -> int | None:
        return _share(one.solved_in_time for one in self.records)

    @property
    def rating(self) -> Decimal | None:
        given = [one.rating for one in self.records if one.rating]
        return (Decimal(sum(given)) / len(given)).quantize(Decimal("0.1")) if given else None

    @property
    def claimed(self) -> Decimal:
        return sum((one.claimed for one in self.records), _NOTHING)

    @property
    def accepted(self) -> Decimal:
        return sum((one.accepted for one in self.records), _NOTHING)


def scorecard(session: Session, reader: Person, year: int, now: datetime) -> list[Score]:
    """Suppliers with notices that were sent in a year, the worst at solving in time first."""
    visible = visible_documents(session, reader, now).where(Document.kind == "SN")
    found = session.execute(
        sa.select(Document, SupplierNotice, Supplier)
        .join(SupplierNotice, col(SupplierNotice.document_id) == Document.id)
        .join(Supplier, col(Supplier.id) == SupplierNotice.supplier_id)
        .where(col(Document.id).in_(visible.with_only_columns(col(Document.id))))
        .where(col(Document.state).in_((State.RUNNING, State.DONE)), col(SupplierNotice.dispatched_at).is_not(None))
        .order_by(col(Document.id))
    ).all()
    clocks = {clock.document_id: clock for clock in clocks_of(session, [row[0].id for row in found])}
    by_supplier: dict[int, tuple[Supplier, list[Notice]]] = {}
    for document, notice, supplier in found:
        if notice.dispatched_at and local_day(notice.dispatched_at).year == year:
            one = _notice(document, notice, clocks.get(document.id), now)
            by_supplier.setdefault(supplier.id, (supplier, []))[1].append(one)
    scores = [
        Score(supplier.id, supplier.name, supplier.supply, tuple(notices)) for supplier, notices in by_supplier.values()
    ]
    return sorted(scores, key=lambda one: (one.solved is None, one.solved or 0, -one.notices, one.supplier))


def scorecard_to_excel(session: Session, reader: Person, year: int, now: datetime, *, language: str) -> bytes:
    sorts: dict[str, Any] = {"claimed": "money", "accepted": "money", "supplier": "text", "supply": "text"}
    columns = [Column(text(language, f"scorecard.{name}"), sorts.get(name, "number")) for name in COLUMNS]
    rows = ([_cell(one, name, language) for name in COLUMNS] for one in scorecard(session, reader, year, now))
    return to_excel(columns, rows, title=text(language, "menu.suppliers"), language=language)


def _cell(one: Score, name: str, language: str) -> Any:
    value = getattr(one, name)
    if name == "supply":
        return text(language, f"supply.{value}")
    return float(value) if name == "rating" and value is not None else value


def _notice(document: Document, notice: SupplierNotice, clock: Any, now: datetime) -> Notice:
    return Notice(
        document.id,
        document.number or "",
        document.title,
        notice.sent_on,
        notice.solve_by,
        document.state == State.RUNNING,
        _answered(clock, now),
        _solved(notice, now),
        notice.rating,
        notice.claimed_amount or _NOTHING,
        notice.accepted_amount or _NOTHING,
    )


def _answered(clock: Any, now: datetime) -> bool | None:
    if clock is None:
        return None
    return bool(clock.on_time) if clock.kept_at else (False if clock.due_at < now else None)


def _solved(notice: SupplierNotice, now: datetime) -> bool | None:
    """Solved by the day that was set; what is still open past that day is not."""
    if notice.solved is not None and notice.solved_on:
        return notice.solved and notice.solved_on <= notice.solve_by
    return False if end_of_day(notice.solve_by) < now else None


def _share(answers: Iterable[bool | None]) -> int | None:
    known = [one for one in answers if one is not None]
    return round(100 * sum(known) / len(known)) if known else None
