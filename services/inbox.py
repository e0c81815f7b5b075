"""What waits for a person: one row a task, with enough beside it to decide most without opening the paper."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Department, Document, Person, Task, TaskState
from services.access import held_seats, load_document, visible_documents, with_id
from services.database import one_at_a_time
from services.documents import KINDS
from services.documents.budget_effect import left_after
from services.documents.filling import visible
from services.documents.kind import Mark
from services.documents.marks import marks_of
from services.documents.papers import planned_days
from services.documents.payable import payable_column
from services.engine.acts import act, actions_for
from services.engine.seats import barred
from services.errors import Refused
from services.money.ledger import hold
from services.people import SHANGHAI, local_day

SORTS = ("due", "waited", "amount")


@dataclass(frozen=True)
class Waiting:
    """A row of the inbox."""

    task_id: int
    document_id: int
    version: int
    kind: str
    number: str
    title: str
    step: str
    amount: Any
    applicant: str
    department: str
    opened_at: datetime
    due_at: datetime | None
    decides: bool
    for_name: str | None = None
    """Whom the reader would stand in for."""
    marks: tuple[Mark, ...] = ()
    planned_end: date | None = None
    """The last planned day of work that can only be recorded after it (the return from a trip), while it is ahead."""
    left: Decimal | None = None
    """Of a decision about money: what will be left on the tightest line of the budget that it touches."""


_COLUMNS: tuple[Any, ...] = (
    col(Task.id).label("task_id"),
    col(Document.id).label("document_id"),
    col(Document.version),
    col(Document.kind),
    col(Document.number),
    col(Document.title),
    col(Task.step),
    payable_column().label("amount"),
    col(Person.name).label("applicant"),
    col(Department.name).label("department"),
    col(Task.opened_at),
    col(Task.due_at),
    col(Task.decides),
)


@dataclass(frozen=True)
class Place:
    """Where a paper stands in the inbox: just enough to go to it."""

    document_id: int
    kind: str
    number: str


@dataclass(frozen=True)
class Tally:
    """How many tasks wait, how many of them are late, and how many are due before the day ends."""

    count: int = 0
    late: int = 0
    today: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, self.late + other.late, self.today + other.today)


def waiting_for(
    session: Session,
    user: Person,
    now: datetime,
    *,
    area: str | None = None,
    text: str = "",
    sort: str = "due",
    limit: int | None = None,
    offset: int = 0,
    with_budget: bool = False,
) -> list[Waiting]:
    """The user's open tasks, his own and those he may take as a deputy; never one he may not decide on.

    `with_budget` also asks the budget control what each paper leaves, which takes a moment a row.
    """
    seats = _seats(session, user, now)
    statement = _open_tasks(_COLUMNS, seats, area, text).order_by(*_order(sort)).limit(limit).offset(offset)
    rows = session.execute(statement).mappings().all()
    principals = _principals(session, seats, [row["task_id"] for row in rows])
    marks = marks_of(session, ((row["kind"], row["document_id"]) for row in rows), now)
    found = [
        Waiting(
            **row,
            for_name=principals.get(row["task_id"]),
            marks=tuple(marks.get(row["document_id"], ())),
            planned_end=_planned_end(session, row, now),
        )
        for row in rows
    ]
    if not with_budget:
        return found
    papers = {one.id: one for one in session.exec(_PAPERS, params={"ids": [row.document_id for row in found]})}
    return [replace(one, left=_left(session, one, papers[one.document_id], now)) for one in found]


def _planned_end(session: Session, row: Any, now: datetime) -> date | None:
    kind = KINDS[row["kind"]]
    step = next((one for one in kind.route if one.key == row["step"] and not one.decides), None)
    if step is None or not kind.planned:
        return None
    day = max(planned_days(session, row["kind"], row["document_id"], step).values(), default=None)
    return day if day and day > local_day(now) else None


def _left(session: Session, row: Waiting, paper: Document, now: datetime) -> Decimal | None:
    kind = KINDS[row.kind]
    if not row.decides or not (kind.budget or kind.moves):
        return None
    return left_after(session, kind, paper, now)


def places(
    session: Session, user: Person, now: datetime, *, area: str | None = None, text: str = "", sort: str = "due"
) -> list[Place]:
    """The papers of the inbox in its order, each once: for the way from one to the next."""
    columns = (col(Document.id), col(Document.kind), col(Document.number))
    statement = _open_tasks(columns, _seats(session, user, now), area, text).order_by(*_order(sort))
    return list(dict.fromkeys(Place(*row) for row in session.execute(statement)))


def tallies(
    session: Session, user: Person, now: datetime, *, area: str | None = None, text: str = ""
) -> dict[str, Tally]:
    """What waits under a filter, by area, counted whole however much of it is shown."""
    midnight = datetime.combine(local_day(now) + timedelta(days=1), time.min, SHANGHAI)
    due = col(Task.due_at)
    columns = (
        col(Document.kind),
        sa.func.count(),
        sa.func.count().filter(due < now),
        sa.func.count().filter(due >= now, due < midnight),
    )
    found: dict[str, Tally] = {}
    statement = _open_tasks(columns, _seats(session, user, now), area, text).group_by(col(Document.kind))
    for kind, *counted in session.execute(statement):
        found[KINDS[kind].area] = found.get(KINDS[kind].area, Tally()) + Tally(*counted)
    return found


def tally(session: Session, user: Person, now: datetime, *, area: str | None = None, text: str = "") -> Tally:
    """The same for all areas together."""
    return sum(tallies(session, user, now, area=area, text=text).values(), Tally())


def acts_for_all(session: Session, user: Person, document_ids: Sequence[int], now: datetime) -> list[str]:
    """The decisions that every document of a selection allows as they are, in the order of the first."""
    offered: list[list[str]] = []
    for document_id in document_ids:
        document = load_document(session, user, now, id=document_id)
        actions = [one for one in actions_for(session, user, document, now) if one.step and one.step.decides]
        offered.append([one.key for one in actions if one.step and one.step.outcome(one.key) and not one.step.required])
    return [key for key in offered[0] if all(key in others for others in offered)] if offered else []


def decide_many(
    session: Session, user: Person, chosen: Sequence[tuple[int, int]], action: str, *, note: str, now: datetime
) -> list[tuple[str, Refused | None]]:
    """Decide several documents (id and version seen). Each stands for itself: one refusal does not hold up the rest."""
    _take_all(session, [document_id for document_id, _ in chosen])
    results: list[tuple[str, Refused | None]] = []
    for document_id, seen in chosen:
        try:
            with session.begin_nested():
                done = act(session, user, document_id, action, seen=seen, note=note, now=now)
        except Refused as refusal:
            if refusal.leaves is not None:
                refusal.leaves(session)
            results.append((_number(session, user, document_id, now), refusal))
        else:
            results.append((done.number or "", None))
    return results


def _take_all(session: Session, document_ids: Sequence[int]) -> None:
    """Lock all that deciding may lock before the first is decided, in one order: else two could wait for each other."""
    kinds: set[str] = set()
    for document_id in sorted(set(document_ids)):
        kinds |= set(session.exec(select(Document.kind).where(with_id(document_id)).with_for_update()))
    # a trip is not undone under its claim
    kinds |= {code for code, kind in KINDS.items() if kinds.intersection(kind.starts_from)}
    for kind in sorted(kinds):
        one_at_a_time(session, f"submit {kind}")
    hold(session)


def _number(session: Session, user: Person, document_id: int, now: datetime) -> str:
    """Which document it is that was refused, for whoever may know."""
    statement = visible_documents(session, user, now).where(with_id(document_id))
    document = session.exec(statement).first()
    return (document.number if document else None) or ""


Seats = list[tuple[Person, sa.ColumnElement[bool]]]
"""Whose seats the user may take, each with what makes a task one of them; his own come first."""


def _seats(session: Session, user: Person, now: datetime) -> Seats:
    """Seats on which nobody is barred from deciding: neither the holder nor, be it work, who stands in for him."""
    return [
        (holder, sa.and_(seats, _open_to(holder), ~_barred(user.id) if holder.id != user.id else sa.true()))
        for holder, seats in held_seats(session, user, now)
    ]


def _open_to(person: Person) -> sa.ColumnElement[bool]:
    return sa.or_(col(Task.decides).is_(False), ~_barred(person.id))


def _open_tasks(columns: Sequence[Any], seats: Seats, area: str | None = None, text: str = "") -> Any:
    statement = (
        sa.select(*columns)
        .select_from(Task)
        .join(Document, col(Document.id) == Task.document_id)
        .join(Person, col(Person.id) == Document.applicant_id)
        .join(Department, col(Department.id) == Document.department_id)
        .where(col(Task.state) == TaskState.OPEN, sa.or_(*(mine for _, mine in seats)))
    )
    if area:
        statement = statement.where(col(Document.kind).in_([k.code for k in KINDS.values() if k.area == area]))
    if text.strip():
        statement = statement.where(matches(text))
    return statement


def _principals(session: Session, seats: Seats, task_ids: list[int]) -> dict[int, str | None]:
    """For whom the user would sit on which of these tasks; his own seats stand for nobody."""
    found: dict[int, str | None] = {}
    if len(seats) > 1:
        for holder, mine in reversed(seats):  # the user's own last: a seat that he holds himself is his
            statement = sa.select(col(Task.id)).join(Document, col(Document.id) == Task.document_id)
            taken = session.execute(statement.where(col(Task.id).in_(task_ids), mine)).scalars()
            found |= dict.fromkeys(taken, None if holder is seats[0][0] else holder.name)
    return found


def matches(text: str) -> sa.ColumnElement[bool]:
    """Number, title or applicant's name holds the text, taken letter by letter."""
    sought = visible(text).strip()
    columns = (col(Document.number), col(Document.title), col(Person.name))
    return sa.or_(*(column.icontains(sought, autoescape=True) for column in columns))


@lru_cache(maxsize=1000)
def _barred(person_id: int) -> sa.ColumnElement[bool]:
    """May he not decide on it? The question is kept, not its answer: to word it takes longer than to ask it."""
    return barred(person_id)


def _order(sort: str) -> tuple[Any, ...]:
    if sort == "amount":
        return payable_column().desc().nulls_last(), col(Task.opened_at), col(Task.id)
    if sort == "waited":
        return col(Task.opened_at), col(Task.id)
    return col(Task.due_at).asc().nulls_last(), col(Task.opened_at), col(Task.id)


_PAPERS = select(Document).where(col(Document.id).in_(sa.bindparam("ids", expanding=True)))
