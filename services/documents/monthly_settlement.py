"""Monthly settlement: a department submits what its month has cost, finance confirms it line by line, and the month is
closed (P2-2.2, P2-2.3, P7-9, P8-4.4).
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import (
    ClosedMonth,
    Department,
    Document,
    MonthlySettlement,
    MonthlySettlementForm,
    Person,
    Role,
    SettlementCost,
)
from services.calendar import add_working_days, end_of_day
from services.documents.kind import DocumentType, Filled, Option, Print, Row, Section, lines_of
from services.documents.settlement_lines import CATEGORIES, CHECKS, COSTS, costs_of, odd
from services.documents.standing import hold, standing
from services.errors import Fault, Refused, Warned
from services.money import ledger
from services.money.bookkeeping import number_vouchers
from services.money.closing import close_month, reopen_month
from services.money.ledger import NOTHING, month_of
from services.months import last_day, month_said, months_before
from services.people import local_day
from services.people import standing as standing_of
from services.prints import settlement
from services.routes import CHECK, Of, decision, working_days
from services.settings import setting

SETTLERS = frozenset({Role.CLERK, Role.DEPARTMENT_HEAD})
REVIEW = "settlement_review"


def title(filled: Filled) -> str:
    department_id = filled.values.get("settled_department_id")
    department = filled.session.get(Department, department_id) if department_id else None
    parts = (department.name if department else "", month_said(filled.values.get("month")))
    return " ".join(part for part in parts if part)


def cost(filled: Filled) -> Decimal | None:
    """What the month has cost; nothing where more was taken back in it than spent."""
    return max(sum((line["month_spent"] for line in filled.lines["categories"]), NOTHING), NOTHING)


def month_is_over(filled: Filled) -> Iterator[Fault]:
    """A month is settled once it is over (P2-2.2)."""
    if filled.has("month") and last_day(filled.values["month"]) >= local_day(filled.now):
        yield Fault("month", "MS.fault.month_not_over", {"day": last_day(filled.values["month"])})


def settled_once(filled: Filled) -> Iterator[Fault]:
    """A department settles a month once; a closed one only the head of finance takes up again (P2-2.3)."""
    if not filled.has("month", "settled_department_id"):
        return
    other = standing(filled.session, _key(filled.values["settled_department_id"], filled.values["month"]))
    if other is not None and (filled.document is None or other != filled.document.id):
        number = filled.session.get_one(Document, other).number
        yield Fault("month", "MS.fault.settled_already", {"number": number or ""})


def stands_alone(session: Session, document: Document, now: datetime) -> None:
    """Of two settlements of one month that are sent in one instant one is refused."""
    own = session.get(MonthlySettlement, document.id)
    if own is not None:
        hold(
            session, document, _key(own.settled_department_id, own.month), Fault("month", "MS.fault.settled_meanwhile")
        )


def departments_to_settle(session: Session, user: Person, now: datetime) -> list[Option]:
    """Those whose clerk or head somebody is."""
    ids = standing_of(session, user).departments(SETTLERS)
    found = select(Department).where(col(Department.id).in_(ids), Department.active).order_by(col(Department.id))
    return [Option(one.id, one.name) for one in session.exec(found)]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """The first month of the last twelve that his department has not settled, from its first settlement on."""
    offered = [option.value for option in departments_to_settle(session, user, now)]
    department_id = user.department_id if user.department_id in offered else next(iter(offered), None)
    month = months_before(month_of(local_day(now)))
    if department_id is None:
        return {"month": month}
    return {"settled_department_id": department_id, "month": next_to_settle(session, int(department_id), month)}


def next_to_settle(session: Session, department_id: int, last: str) -> str:
    """The month after the newest that a department has closed, at most `last`; that one where none is closed yet."""
    newest = session.exec(
        select(ClosedMonth.month)
        .where(ClosedMonth.department_id == department_id)
        .order_by(col(ClosedMonth.month).desc())
    ).first()
    return min(months_before(newest, -1), last) if newest else last


def warnings(filled: Filled) -> Iterator[Warned]:
    return odd(filled)


def watched(session: Session, reader: Person, document: Document, now: datetime) -> Iterator[Warned]:
    """The same as it was when it was sent, for those who review it."""
    lines = {table.name: [row.model_dump() for row in lines_of(session, document, table)] for table in TABLES}
    return odd(Filled(session, reader, document.submitted_at or now, {}, lines, document))


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """How much of it finance has confirmed."""
    lines: list[SettlementCost] = lines_of(session, document, COSTS)
    done = sum(line.confirmed for line in lines)
    return [("MS.fact.confirmed", f"{done} / {len(lines)}")] if lines else []


def may_be_closed(session: Session, document: Document, now: datetime) -> None:
    """Finance has confirmed every line, the ledger still says what they say, and the year is over (P2-2.2, P2-2.4)."""
    if document.step != REVIEW:
        return
    ledger.hold(session)
    own = session.get_one(MonthlySettlement, document.id)
    lines: list[SettlementCost] = lines_of(session, document, COSTS)
    listed = {(line.category, line.cost_element): line.element_spent for line in lines if line.element_spent}
    if listed != costs_of(session, own.settled_department_id, own.month):
        raise Refused("MS.refused.changed")
    if left := sum(not line.confirmed for line in lines):
        raise Refused("MS.refused.unconfirmed", count=left)
    until = open_until(session, own.month, now)
    if until is not None and local_day(now) <= until:
        raise Refused("MS.refused.year_open", day=until)


def open_until(session: Session, month: str, now: datetime) -> date | None:
    """The last day on which the year of a December takes postings; other months are closed at any time (P2-2.4)."""
    if month[4:] != "12":
        return None
    said: str = setting(session, "settlement.year_open_until", now)
    return date.fromisoformat(f"{int(month[:4]) + 1}-{said}")


def shut_from(session: Session, month: str, now: datetime) -> date:
    """The last day of a month; of a December the last on which its year takes postings."""
    return open_until(session, month, now) or last_day(month)


def due_on(session: Session, month: str, now: datetime) -> date:
    """The last day on which a month's settlement is sent in time: so many working days after the month (P7-9)."""
    days = setting(session, "settlement.due_days", now)
    return local_day(add_working_days(session, end_of_day(shut_from(session, month, now)), days))


def closed(session: Session, document: Document, now: datetime) -> None:
    """The month takes no more postings of the department, and what it has cost goes to the books (P2-2.2, P2-2.4)."""
    own = session.get_one(MonthlySettlement, document.id)
    close_month(session, document, own.settled_department_id, own.month, now)
    number_vouchers(session, document)


def reopened(session: Session, document: Document, now: datetime) -> None:
    """The head of finance has taken it up again: the month takes postings, and every line is confirmed anew."""
    own = session.get_one(MonthlySettlement, document.id)
    reopen_month(session, own.settled_department_id, own.month)
    for line in lines_of(session, document, COSTS):
        line.confirmed = False
        session.add(line)


def _key(department_id: int, month: str) -> str:
    return f"MS {month} {department_id}"


TABLES = (CATEGORIES, COSTS, CHECKS)
MONTHLY_SETTLEMENT = DocumentType(
    code="MS",
    slug="settlements",
    area="budget",
    icon=":material/event_available:",
    table=MonthlySettlement,
    form=MonthlySettlementForm,
    sections=(
        Section("MS.section.month", Row("settled_department_id", "month"), Row("remarks")),
        Section("MS.section.categories", CATEGORIES),
        Section("MS.section.costs", COSTS),
        Section("MS.section.checks", CHECKS),
    ),
    columns=("month",),
    title=title,
    amount=cost,
    facts=facts,
    money=True,
    readers=frozenset({Role.BUDGET_SUPERVISOR}),
    starters=SETTLERS,
    of_department="settled_department_id",
    checks=(month_is_over, settled_once),
    warnings=warnings,
    watched=watched,
    settled=stands_alone,
    defaults=defaults,
    options={"settled_department_id": departments_to_settle},
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(2)),
        decision(
            Role.FINANCE_OFFICER,
            key=REVIEW,
            within=working_days(3),
            outcomes=CHECK,
            line_fields={"costs": ("confirmed", "finding")},
            milestone="approved",
        ),
    ),
    effects={"approved": closed},
    undo={"approved": reopened},
    guards={"approve": may_be_closed},
    reopen_at=REVIEW,
    reopeners=frozenset({Role.FINANCE_HEAD}),
    reversible=False,
    prints=(Print("settlement", "budget_change", settlement.settlement_data),),
)
