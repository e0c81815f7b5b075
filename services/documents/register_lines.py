"""What a monthly register lists: who came back from which trip, what was spent on guests, and what was claimed for it.

A line belongs to the month of the return or of the spending. What was recorded only after that month's register had
been sent comes on the next one, so that nothing is left out; what a register names already no other draws (P9-6a).
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    Department,
    Document,
    ExpenseClaim,
    MonthlyRegister,
    Participant,
    Person,
    RegisterKind,
    RegisterSpending,
    RegisterSpendingForm,
    RegisterTrip,
    RegisterTripForm,
    Role,
    SpendingKind,
    SpendingRequest,
    State,
    TravelRequest,
    VoucherLine,
)
from services.database import rows
from services.documents.kind import Filled, Lines, Option
from services.documents.vouchers import NOT_STANDING
from services.money.ledger import month_of
from services.months import first_day, last_day, months_before
from services.people import has_role, standing
from services.routes import Condition

LATEST = 12
"""Months back from which something that was recorded late is still drawn."""

Claim = tuple[str, Decimal]
"""Numbers of claims, and what they come to."""


def department_of_register(filled: Filled) -> int:
    """Whose register it is: that of the department it names, else of the one in which its author works."""
    if named := filled.values.get("registered_department_id"):
        return int(named)
    return filled.document.department_id if filled.document else filled.user.department_id


def keeps_it(filled: Filled) -> bool:
    """Is its author, or who looks after it now, a clerk of the department? (P9-6b)"""
    keeper = filled.document.keeper_id if filled.document else None
    people = [filled.user, *([filled.session.get_one(Person, keeper)] if keeper else [])]
    return any(
        has_role(filled.session, one, Role.CLERK, department_id=department_of_register(filled)) for one in people
    )


def departments_of_clerk(session: Session, user: Person, now: datetime) -> list[Option]:
    """The departments whose clerk he is, his own first."""
    found = select(Department).where(
        Department.active, col(Department.id).in_(standing(session, user).departments([Role.CLERK]))
    )
    own_first = (col(Department.id) != user.department_id, col(Department.id))
    return [Option(one.id, one.name) for one in session.exec(found.order_by(*own_first))]


def other_register(filled: Filled) -> str | None:
    """Number of the register of the same department, month and kind that stands."""
    statement = (
        select(Document.number)
        .join(MonthlyRegister, col(MonthlyRegister.document_id) == Document.id)
        .where(Document.department_id == department_of_register(filled))
        .where(MonthlyRegister.month == filled.values["month"])
        .where(MonthlyRegister.register_kind == filled.values["register_kind"])
        .where(*_other_standing(filled))
    )
    return filled.session.exec(statement).first()


def draw_trips(filled: Filled) -> list[dict[str, Any]]:
    """Everybody of the department who came back in the month, with what he claims for the trip, by day of return."""
    if not (filled.has("month") and keeps_it(filled)):
        return []
    first, last = _reach(filled)
    listed = {tuple(row) for row in filled.session.execute(_listed(filled, RegisterTrip, "trip_id", "traveller_id"))}
    facts = {"department": department_of_register(filled), "first": first, "last": last}
    found = [row for row in rows(filled.session, _TRIPS, facts) if (row.trip_id, row.traveller_id) not in listed]
    due = _due(filled, RegisterKind.TRIPS, found, "returned_on")
    claims = _trip_claims(filled.session, {row.trip_id for row, _ in due})
    return [
        row._asdict()
        | {"days": (row.returned_on - row.departed_on).days + 1, "late_of": late}
        | _claimed(claims.get((row.trip_id, row.traveller_id)))
        for row, late in due
    ]


def draw_spending(filled: Filled) -> list[dict[str, Any]]:
    """What the department spent on guests in the month, with the claims that name it, by day (P9-3.2b)."""
    if not (filled.has("month") and keeps_it(filled)):
        return []
    first, last = _reach(filled)
    listed = set(filled.session.execute(_listed(filled, RegisterSpending, "request_id")).scalars())
    facts = {"department": department_of_register(filled), "first": first, "last": last}
    found = [row for row in rows(filled.session, _SPENDING, facts) if row.request_id not in listed]
    due = _due(filled, RegisterKind.ENTERTAINMENT, found, "spent_on")
    claims = _request_claims(filled.session, {row.request_id for row, _ in due})
    return [row._asdict() | {"late_of": late} | _claimed(claims.get(row.request_id)) for row, late in due]


def not_back(filled: Filled) -> int:
    """Trips of the department's that were to end by the month's last day, and whose return nobody has recorded."""
    return _counted(filled, _NOT_BACK)


def not_recorded(filled: Filled) -> int:
    """Agreed entertainment and gifts that were planned by the month's last day, and that nobody has recorded."""
    return _counted(filled, _NOT_RECORDED)


def _counted(filled: Filled, statement: Any) -> int:
    if not (filled.has("month") and keeps_it(filled)):
        return 0
    facts = {"department": department_of_register(filled), "last": last_day(filled.values["month"])}
    return int(rows(filled.session, statement, facts).scalar_one())


def _reach(filled: Filled) -> tuple[date, date]:
    month = filled.values["month"]
    return first_day(months_before(month, LATEST)), last_day(month)


def _due(filled: Filled, kind: RegisterKind, found: Iterable[Any], day: str) -> list[tuple[Any, str | None]]:
    """What belongs to the month, and what to an earlier one whose register was sent without it: with that month."""
    month = filled.values["month"]
    sent = set(filled.session.execute(_sent_months(filled, kind)).scalars())
    own = [(row, month_of(getattr(row, day))) for row in found]
    return [(row, None if its == month else its) for row, its in own if its == month or its in sent]


def _sent_months(filled: Filled, kind: RegisterKind) -> Any:
    return (
        sa.select(col(MonthlyRegister.month))
        .join(Document, col(Document.id) == MonthlyRegister.document_id)
        .where(col(Document.department_id) == department_of_register(filled))
        .where(col(MonthlyRegister.register_kind) == kind, *_other_standing(filled))
    )


def _listed(filled: Filled, table: Any, *names: str) -> Any:
    """What other registers that stand name already, of whatever department: people move."""
    columns = [getattr(table, name) for name in names]
    return sa.select(*columns).join(Document, col(Document.id) == table.document_id).where(*_other_standing(filled))


def _other_standing(filled: Filled) -> tuple[Any, ...]:
    own = filled.document.id if filled.document else None
    return (col(Document.state).not_in(NOT_STANDING), col(Document.id).is_distinct_from(own))


def _claimed(claim: Claim | None) -> dict[str, Any]:
    return {"claim_numbers": claim[0] if claim else None, "claimed": claim[1] if claim else None}


def _trip_claims(session: Session, trips: Collection[int]) -> dict[tuple[int, int], Claim]:
    """By trip and traveller: his claim that stands, and what it comes to."""
    found = rows(session, _CLAIMS, {"trips": list(trips)})
    return {(row.trip_id, row.traveller_id): (row.number, row.amount) for row in found}


def _request_claims(session: Session, requests: Collection[int]) -> dict[int, Claim]:
    """By spending request: the claims that stand and name it, and what they claim under it."""
    claims: dict[int, Claim] = {}
    for row in rows(session, _CLAIM_LINES, {"requests": list(requests)}):
        numbers, amount = claims.get(row.request_id, ("", Decimal("0.00")))
        claims[row.request_id] = (" ".join([numbers, row.number]).strip()[:400], amount + row.amount)
    return claims


_DONE = col(Document.state) == State.DONE
_TRIPS: Any = (
    sa.select(
        col(Participant.person_id).label("traveller_id"),
        col(TravelRequest.document_id).label("trip_id"),
        col(TravelRequest.departed_on),
        col(TravelRequest.returned_on),
        col(TravelRequest.origin),
        col(TravelRequest.destinations),
        col(TravelRequest.transport),
        col(TravelRequest.task),
    )
    .join(Document, col(Document.id) == TravelRequest.document_id)
    .join(Participant, col(Participant.document_id) == TravelRequest.document_id)
    .join(Person, col(Person.id) == Participant.person_id)
    .where(_DONE, col(Participant.part).in_(("traveller_id", "companions")))
    .where(col(Person.department_id) == sa.bindparam("department"))
    .where(col(TravelRequest.returned_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(col(TravelRequest.returned_on), col(TravelRequest.document_id), col(Participant.person_id))
)
_SPENDING: Any = (
    sa.select(
        col(SpendingRequest.spent_on),
        col(SpendingRequest.spending),
        col(SpendingRequest.spent_matter),
        col(SpendingRequest.spent_guests),
        col(SpendingRequest.spent_headcount),
        col(SpendingRequest.spent_place),
        col(Document.applicant_id).label("handler_id"),
        col(SpendingRequest.document_id).label("request_id"),
        col(SpendingRequest.spent_amount),
    )
    .join(Document, col(Document.id) == SpendingRequest.document_id)
    .where(_DONE, col(SpendingRequest.spending).in_((SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)))
    .where(col(Document.department_id) == sa.bindparam("department"))
    .where(col(SpendingRequest.spent_on).between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(col(SpendingRequest.spent_on), col(SpendingRequest.document_id))
)
_CLAIMS = (
    sa.select(
        col(ExpenseClaim.trip_id),
        col(ExpenseClaim.traveller_id),
        col(Document.number),
        sa.func.coalesce(ExpenseClaim.audited_amount, Document.amount).label("amount"),
    )
    .join(Document, col(Document.id) == ExpenseClaim.document_id)
    .where(col(ExpenseClaim.trip_id).in_(sa.bindparam("trips", expanding=True)))
    .where(col(Document.state).not_in(NOT_STANDING))
)
_CLAIM_LINES = (
    sa.select(
        col(VoucherLine.request_id),
        col(Document.number),
        sa.func.sum(sa.func.coalesce(VoucherLine.audited_amount, VoucherLine.amount)).label("amount"),
    )
    .join(Document, col(Document.id) == VoucherLine.document_id)
    .where(col(VoucherLine.request_id).in_(sa.bindparam("requests", expanding=True)))
    .where(col(Document.state).not_in(NOT_STANDING))
    .group_by(col(VoucherLine.request_id), col(Document.number))
    .order_by(col(Document.number))
)
_last_planned: Any = sa.func.coalesce(TravelRequest.moved_end, TravelRequest.ends_on)
_UNDER_WAY = (col(Document.state) == State.RUNNING, col(Document.approved_at).is_not(None))
_NOT_BACK = (
    sa.select(sa.func.count())
    .select_from(TravelRequest)
    .join(Document, col(Document.id) == TravelRequest.document_id)
    .join(Person, col(Person.id) == TravelRequest.traveller_id)
    .where(*_UNDER_WAY, col(TravelRequest.changes_id).is_(None), _last_planned <= sa.bindparam("last"))
    .where(col(Person.department_id) == sa.bindparam("department"))
)
_NOT_RECORDED = (
    sa.select(sa.func.count())
    .select_from(SpendingRequest)
    .join(Document, col(Document.id) == SpendingRequest.document_id)
    .where(*_UNDER_WAY, col(SpendingRequest.spending).in_((SpendingKind.ENTERTAINMENT, SpendingKind.GIFT)))
    .where(col(SpendingRequest.planned_on) <= sa.bindparam("last"))
    .where(col(Document.department_id) == sa.bindparam("department"))
)

TRIPS = Lines(
    "trips",
    RegisterTrip,
    RegisterTripForm,
    (
        "traveller_id",
        "departed_on",
        "returned_on",
        "days",
        "origin",
        "destinations",
        "task",
        "transport",
        "trip_id",
        "claim_numbers",
        "claimed",
        "late_of",
    ),
    most=2000,
    shown=(
        ("traveller_id",),
        ("departed_on",),
        ("returned_on",),
        ("days",),
        ("origin", "destinations"),
        ("task",),
        ("transport",),
        ("trip_id",),
        ("claimed",),
        ("late_of",),
    ),
    beneath={("trip_id",): (("claim_numbers",),)},
    when=Condition("register_kind", "==", RegisterKind.TRIPS.value),
    drawn=draw_trips,
)
SPENDING = Lines(
    "spendings",
    RegisterSpending,
    RegisterSpendingForm,
    (
        "spent_on",
        "spending",
        "spent_matter",
        "spent_guests",
        "spent_headcount",
        "spent_place",
        "handler_id",
        "request_id",
        "spent_amount",
        "claim_numbers",
        "claimed",
        "late_of",
    ),
    most=2000,
    shown=(
        ("spent_on",),
        ("spending",),
        ("spent_matter",),
        ("spent_guests",),
        ("spent_headcount",),
        ("spent_place",),
        ("handler_id",),
        ("request_id",),
        ("spent_amount",),
        ("claimed",),
        ("late_of",),
    ),
    beneath={("request_id",): (("claim_numbers",),)},
    when=Condition("register_kind", "==", RegisterKind.ENTERTAINMENT.value),
    drawn=draw_spending,
)
