"""Monthly register: a department's trips, or what it spent on guests, listed by its clerk month by month (P9-6)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any

from sqlmodel import Session

from models import (
    Department,
    Document,
    MonthlyRegister,
    MonthlyRegisterForm,
    Person,
    RegisterKind,
    RegisterSpending,
    RegisterTrip,
    Role,
)
from services.documents.kind import DocumentType, Filled, Print, Row, Section, Workbook, lines_of
from services.documents.register_lines import (
    SPENDING,
    TRIPS,
    department_of_register,
    departments_of_clerk,
    keeps_it,
    not_back,
    not_recorded,
    other_register,
)
from services.errors import Fault
from services.money.ledger import NOTHING, month_of
from services.months import last_day, month_said, months_before
from services.people import local_day
from services.prints import registers
from services.routes import Of, decision, working_days


def title(filled: Filled) -> str:
    department = filled.session.get_one(Department, department_of_register(filled))
    return f"{department.name} {month_said(filled.values.get('month'))}"


def total(filled: Filled) -> Decimal | None:
    """What was spent on guests, or what was claimed for the trips."""
    if not filled.has("register_kind"):
        return None
    trips = filled.values["register_kind"] == RegisterKind.TRIPS
    lines, column = (filled.lines["trips"], "claimed") if trips else (filled.lines["spendings"], "spent_amount")
    return sum((line[column] or NOTHING for line in lines), NOTHING)


def kept_by_its_clerk(filled: Filled) -> Iterator[Fault]:
    """A department's register is drawn up by a clerk of the department (P9-6b)."""
    if not keeps_it(filled):
        yield Fault("registered_department_id", "MR.fault.not_clerk")


def month_is_over(filled: Filled) -> Iterator[Fault]:
    """A register is sent once its month is over: what it lists stays as it was sent (P9-6b)."""
    if filled.has("month") and last_day(filled.values["month"]) >= local_day(filled.now):
        yield Fault("month", "MR.fault.month_not_over", {"day": last_day(filled.values["month"])})


def one_register(filled: Filled) -> Iterator[Fault]:
    """A department has one register of a kind for a month (P9-6b)."""
    if filled.has("month", "register_kind") and (number := other_register(filled)):
        yield Fault("month", "MR.fault.registered_already", {"number": number})


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """While it is drawn up: what is still missing in it, because nobody has recorded it."""
    kind = filled.values.get("register_kind")
    found = [("MR.fact.not_back", not_back(filled))] if kind == RegisterKind.TRIPS else []
    found += [("MR.fact.not_recorded", not_recorded(filled))] if kind == RegisterKind.ENTERTAINMENT else []
    return [(key, count) for key, count in found if count]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """The first register of the month that is over that is not there yet, of the departments whose clerk he is; else
    what this month has so far.
    """
    this = month_of(local_day(now))
    kept = [one.value for one in departments_of_clerk(session, user, now)]
    for department, kind in product(kept, RegisterKind):
        asked = {"registered_department_id": department, "month": months_before(this), "register_kind": kind}
        if other_register(Filled(session, user, now, asked, {})) is None:
            return asked | {"register_kind": kind.value}
    return {
        "registered_department_id": next(iter(kept), None),
        "month": this,
        "register_kind": RegisterKind.TRIPS.value,
    }


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """What stands under the table: how many lines, and what they add up to."""
    register = session.get(MonthlyRegister, document.id)
    if register is None:
        return []
    if register.register_kind == RegisterKind.TRIPS:
        trips: list[RegisterTrip] = lines_of(session, document, TRIPS)
        days = sum(line.days for line in trips)
        return [("MR.fact.trips", len(trips)), ("MR.fact.days", days), ("MR.fact.claimed", _claimed(trips))]
    spent: list[RegisterSpending] = lines_of(session, document, SPENDING)
    whole = sum((line.spent_amount for line in spent), NOTHING)
    return [("MR.fact.spendings", len(spent)), ("MR.fact.spent", whole), ("MR.fact.claimed", _claimed(spent))]


def _claimed(lines: list[Any]) -> Decimal:
    return sum((line.claimed or NOTHING for line in lines), NOTHING)


MONTHLY_REGISTER = DocumentType(
    code="MR",
    slug="monthly_registers",
    area="expenses",
    icon=":material/calendar_month:",
    table=MonthlyRegister,
    form=MonthlyRegisterForm,
    sections=(
        Section("MR.section.register", Row("registered_department_id", "month", "register_kind"), Row("remarks")),
        Section("MR.section.lines", TRIPS, SPENDING),
    ),
    columns=("month", "register_kind"),
    title=title,
    amount=total,
    figures=figures,
    money=True,
    starters=frozenset({Role.CLERK}),
    of_department="registered_department_id",
    options={"registered_department_id": departments_of_clerk},
    sort="register_kind",
    checks=(kept_by_its_clerk, month_is_over, one_register),
    defaults=defaults,
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(2)),
        decision(Role.VICE_PRESIDENT, of=Of.APPLICANT, within=working_days(2), milestone="approved"),
    ),
    facts=facts,
    prints=(Print("register", "register", registers.register_data),),
    workbooks=(Workbook("register", registers.register_sheet),),
)
