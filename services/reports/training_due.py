"""Who is due to be trained: new employees, service staff again, customers by stage of use (P1-8.1, P4-1.2, P3-1.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Attendee,
    Customer,
    Department,
    Document,
    Grant,
    Person,
    Product,
    Role,
    SoldItem,
    State,
    Training,
    TrainingKind,
    TrainingResult,
    TrainingStage,
)
from services.access import DEPARTMENT_READERS, READS_ALL
from services.database import rows
from services.errors import Refused
from services.export import Column, to_excel
from services.people import local_day, standing
from services.settings import setting
from services.texts import said, text
from services.warranty import months_later

SOON = timedelta(days=30)
"""What is due within this time is listed as well."""
NEW_FOR = 12
"""Months from joining; whoever is here longer is trained as service staff are."""
LOOKS_BACK = 24
"""Months from the sale of a product for which its customer's trainings are followed."""
SERVICE_STAFF = (
    Role.ENGINEER,
    Role.TECHNICIAN,
    Role.SERVICE_CLERK,
    Role.DISPATCHER,
    Role.SERVICE_ADMINISTRATOR,
    Role.CUSTOMER_SERVICE,
)
READERS = DEPARTMENT_READERS | READS_ALL | {Role.SERVICE_ADMINISTRATOR}
SEES_ALL = READS_ALL | {Role.SERVICE_ADMINISTRATOR}
COLUMNS = ("kind", "who", "department", "about", "since", "due_on", "days_overdue", "last", "planned")
_GONE = (State.REVERSED, State.CANCELLED, State.REJECTED, State.DRAFT, State.WITHDRAWN)


@dataclass(frozen=True)
class Due:
    """Somebody who is to be trained, by when, and what there was and is planned for him."""

    kind: TrainingKind
    who: str
    department: str
    stage: TrainingStage | None
    product: str
    since: date | None
    """Joined, last trained or bought on; None where nobody knows when he joined."""
    due_on: date
    days_overdue: int
    last: str | None
    """Number of the last training of the kind."""
    planned: str | None
    """Number of one that is planned and was not held yet."""


@dataclass(frozen=True)
class _Held:
    day: date
    number: str


def may_see_due(session: Session, reader: Person) -> bool:
    return bool(standing(session, reader).roles & READERS)


def training_due(session: Session, reader: Person, now: datetime) -> list[Due]:
    """All of the reader's departments who are due by now or soon, whoever is overdue longest first.

    Raises `Refused` for whoever looks after no department.
    """
    me = standing(session, reader)
    if not me.roles & READERS:
        raise Refused("training_due.shut")
    return everybody_due(session, now, None if me.roles & SEES_ALL else me.departments(DEPARTMENT_READERS))


def everybody_due(session: Session, now: datetime, departments: list[int] | None = None) -> list[Due]:
    """All of some departments, or of the company, who are due by now or soon."""
    today = local_day(now)
    found = [*_colleagues(session, departments, today, now), *_customers(session, departments, today, now)]
    return sorted(found, key=lambda one: (one.due_on, one.kind, one.who, one.product, one.stage or ""))


def training_due_to_excel(session: Session, reader: Person, now: datetime, *, language: str) -> bytes:
    """The list as the reader sees it."""
    sorts = {"since": "date", "due_on": "date", "days_overdue": "number"}
    columns: list[Any] = [Column(text(language, f"training_due.{one}"), sorts.get(one, "text")) for one in COLUMNS]  # type: ignore[arg-type]
    lines = ([cell(one, name, language) for name in COLUMNS] for one in training_due(session, reader, now))
    return to_excel(columns, lines, title=text(language, "menu.training_due"), language=language)


def cell(one: Due, name: str, language: str) -> Any:
    """What stands in a column of the list."""
    if name == "kind":
        return text(language, f"training_due.sort.{one.kind.value}")
    if name == "about":
        return " ".join(word for word in (said(language, one.stage), one.product) if word)
    return getattr(one, name)


# --- our own people


def _colleagues(session: Session, departments: list[int] | None, today: date, now: datetime) -> Iterator[Due]:
    passed, planned = _passed(session), _planned_for_people(session)
    new_days, months = (setting(session, f"training.{name}", now) for name in ("new_days", "refresher_months"))
    for row in rows(session, _PEOPLE):
        if departments is not None and row.department_id not in departments:
            continue
        new = passed.get((row.id, TrainingKind.NEW_EMPLOYEE))
        last = max((one for kind in _INSIDE if (one := passed.get((row.id, kind)))), key=lambda h: h.day, default=None)
        is_new = row.joined_on is not None and months_later(row.joined_on, NEW_FOR) >= today
        if is_new and new is None and row.joined_on <= today:
            kind, since, due_on = TrainingKind.NEW_EMPLOYEE, row.joined_on, row.joined_on + timedelta(days=new_days)
        elif row.serves and not (is_new and new is None):
            since = last.day if last else row.joined_on
            kind, due_on = TrainingKind.REFRESHER, months_later(since, months) if since else today
        else:
            continue
        if due_on <= today + SOON:
            yield Due(kind, row.name, row.department, None, "", since, due_on, max((today - due_on).days, 0),
                      last.number if last else None, planned.get((row.id, kind)))  # fmt: skip


_INSIDE = (TrainingKind.NEW_EMPLOYEE, TrainingKind.REFRESHER)
_PEOPLE: Any = (
    sa.select(
        col(Person.id),
        col(Person.name),
        col(Person.joined_on),
        col(Person.department_id),
        col(Department.name).label("department"),
        sa.exists()
        .where(col(Grant.person_id) == Person.id, col(Grant.ended_at).is_(None), col(Grant.role).in_(SERVICE_STAFF))
        .label("serves"),
    )
    .join(Department, col(Department.id) == Person.department_id)
    .where(col(Person.active))
    .order_by(col(Person.id))
)


def _passed(session: Session) -> dict[tuple[int, TrainingKind], _Held]:
    """The last training of each kind that somebody has passed."""
    found: dict[tuple[int, TrainingKind], _Held] = {}
    for row in rows(session, _PASSED):
        found[row.person_id, row.training] = _Held(row.held_on, row.number)
    return found


_PASSED = (
    sa.select(col(Attendee.person_id), col(Training.training), col(Training.held_on), col(Document.number))
    .join(Training, col(Training.document_id) == Attendee.document_id)
    .join(Document, col(Document.id) == Attendee.document_id)
    .where(col(Attendee.person_id).is_not(None), col(Attendee.result) == TrainingResult.PASSED)
    .where(col(Training.held_on).is_not(None), col(Document.state).not_in(_GONE))
    .order_by(col(Training.held_on), col(Document.id))
)


def _planned_for_people(session: Session) -> dict[tuple[int, TrainingKind], str]:
    return {(row.person_id, row.training): row.number for row in rows(session, _PLANNED)}


_PLANNED = (
    sa.select(col(Attendee.person_id), col(Training.training), col(Document.number))
    .join(Training, col(Training.document_id) == Attendee.document_id)
    .join(Document, col(Document.id) == Attendee.document_id)
    .where(col(Attendee.person_id).is_not(None), col(Document.state) == State.RUNNING, col(Training.held_on).is_(None))
)


# --- customers


def _customers(session: Session, departments: list[int] | None, today: date, now: datetime) -> Iterator[Due]:
    """By customer, product and stage, counted from the first of the product that he bought."""
    months = {stage: setting(session, f"training.{stage.value}_months", now) for stage in TrainingStage}
    trainings = list(rows(session, _OF_CUSTOMERS))
    for row in rows(session, _BOUGHT):
        if months_later(row.since, LOOKS_BACK) < today or (
            departments is not None and row.department_id not in departments
        ):
            continue
        for stage in TrainingStage:
            due_on = months_later(row.since, months[stage])
            fitting = list(_fitting(trainings, row, stage))
            if due_on > today + SOON or any(one.held_on and one.held_on >= row.since for one in fitting):
                continue
            held = [one.number for one in fitting if one.held_on]
            planned = [one.number for one in fitting if one.held_on is None and one.state == State.RUNNING]
            last, next_one = (held or [None])[-1], (planned or [None])[0]
            late = max((today - due_on).days, 0)
            yield Due(TrainingKind.CUSTOMER, row.name, row.department, stage, row.product, row.since, due_on, late,
                      last, next_one)  # fmt: skip


def _fitting(trainings: Iterable[Any], bought: Any, stage: TrainingStage) -> Iterator[Any]:
    """Trainings of the customer at the stage, for the product or for all that he has."""
    for one in trainings:
        if (one.held_for_id, one.stage) == (bought.customer_id, stage) and one.product_id in (None, bought.product_id):
            yield one


_BOUGHT: Any = (
    sa.select(
        col(SoldItem.customer_id),
        col(SoldItem.product_id),
        col(Customer.name),
        col(Customer.department_id),
        col(Department.name).label("department"),
        (col(Product.name) + " " + col(Product.model)).label("product"),
        sa.func.min(SoldItem.sold_on).label("since"),
    )
    .join(Customer, col(Customer.id) == SoldItem.customer_id)
    .join(Department, col(Department.id) == Customer.department_id)
    .join(Product, col(Product.id) == SoldItem.product_id)
    .where(col(SoldItem.active), col(Customer.active))
    .group_by(
        col(SoldItem.customer_id),
        col(SoldItem.product_id),
        col(Customer.name),
        col(Customer.department_id),
        col(Department.name),
        col(Product.name),
        col(Product.model),
    )
)
_OF_CUSTOMERS: Any = (
    sa.select(
        col(Training.held_for_id),
        col(Training.stage),
        col(Training.trained_product_id).label("product_id"),
        col(Training.held_on),
        col(Document.number),
        col(Document.state),
    )
    .join(Document, col(Document.id) == Training.document_id)
    .where(col(Training.training) == TrainingKind.CUSTOMER, col(Document.state).not_in(_GONE))
    .order_by(col(Training.held_on), col(Document.id))
)
