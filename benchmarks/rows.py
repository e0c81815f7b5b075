"""Many plain papers at once, to see what size does: finished travel requests of years past, written past the engine."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Base,
    Document,
    ExpenseType,
    Grant,
    Person,
    Role,
    State,
    Task,
    TaskState,
    Transport,
    TravelEstimate,
    TravelRequest,
)

_AT_ONCE = 5000
_MONTHS = 48
_CITIES = ("西安", "成都", "武汉", "郑州", "广州", "沈阳", "兰州", "昆明", "青岛", "南昌")
_TASKS = ("制动单元更换", "空压机大修", "干燥器检修", "跟车试验", "主控器调试", "质量走访")


def add_rows(session: Session, number: int, now: datetime) -> None:
    """Write so many travel requests with estimate and signatures, all of them older than the demonstration's year."""
    engineers = session.exec(
        select(Person).join(Grant, col(Grant.person_id) == Person.id).where(Grant.role == Role.ENGINEER)
    ).all()
    signer = {role: _holder(session, role) for role in (Role.DEPARTMENT_HEAD, Role.OFFICE_DIRECTOR)}
    expense = session.exec(select(ExpenseType.id)).first()
    first = (session.exec(select(sa.func.max(Document.id))).one() or 0) + 1
    random = Random(number)
    for start in range(0, number, _AT_ONCE):
        rows: dict[type[Base], list[dict[str, Any]]] = {}
        for place in range(start, min(start + _AT_ONCE, number)):
            engineer = engineers[place % len(engineers)]
            for table, row in _paper(first + place, place, number, engineer, signer, expense, random, now):
                rows.setdefault(table, []).append(row)
        for table, some in rows.items():
            session.execute(sa.insert(table.__table__), some)


def _holder(session: Session, role: Role) -> int:
    return session.exec(select(Grant.person_id).where(Grant.role == role)).first() or 0


def _paper(
    id: int,
    place: int,
    number: int,
    engineer: Person,
    signer: dict[Role, int],
    expense: int | None,
    random: Random,
    now: datetime,
) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    """The rows of one paper; papers are spread evenly over the months before the demonstration."""
    per_month = number // _MONTHS + 1
    month, sequence = divmod(place, per_month)
    year, month = divmod(now.year * 12 + now.month - 15 - _MONTHS + month, 12)
    sent = datetime(year, month + 1, 2, tzinfo=UTC) + timedelta(minutes=sequence)
    amount = Decimal(random.randrange(30_000, 900_000)).scaleb(-2)
    city, task = random.choice(_CITIES), random.choice(_TASKS)
    yield (
        Document,
        {
            "id": id,
            "kind": "TR",
            "number": f"TR-{sent:%Y%m}-{sequence + 1:04d}",
            "state": State.CANCELLED if random.random() < 0.05 else State.DONE,
            "applicant_id": engineer.id,
            "created_by_id": engineer.id,
            "department_id": engineer.department_id,
            "title": f"{city} {task}",
            "amount": amount,
            "created_at": sent,
            "submitted_at": sent,
            "approved_at": sent + timedelta(days=1),
            "closed_at": sent + timedelta(days=9),
            "round": 1,
            "version": 4,
            "client_token": f"row-{id}",
            "custom": {},
        },
    )
    leaves = (sent + timedelta(days=3)).date()
    yield (
        TravelRequest,
        {
            "document_id": id,
            "traveller_id": engineer.id,
            "companions": [],
            "origin": "株洲",
            "destinations": city,
            "starts_on": leaves,
            "ends_on": leaves + timedelta(days=3),
            "departed_on": leaves,
            "returned_on": leaves + timedelta(days=3),
            "transport": Transport.TRAIN,
            "task": task,
        },
    )
    yield TravelEstimate, {"document_id": id, "position": 1, "expense_type_id": expense, "amount": amount}
    for role, person in signer.items():
        yield (
            Task,
            {
                "document_id": id,
                "step": role.value,
                "decides": True,
                "role": role,
                "department_id": engineer.department_id if role == Role.DEPARTMENT_HEAD else None,
                "round": 1,
                "state": TaskState.DONE,
                "opened_at": sent,
                "closed_at": sent + timedelta(hours=5),
                "closed_by_id": person,
                "outcome": "approve",
                "amount": amount,
                "stands": True,
            },
        )
