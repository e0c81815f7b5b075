"""Cost entry: what a month has cost though nobody hands in a voucher for it: wages, depreciation, materials from stock,
transport (P8-4.1, P8-4.2).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Asset,
    CostEntry,
    CostEntryForm,
    CostEntryLine,
    CostEntryLineForm,
    Department,
    Document,
    ExpenseType,
    Person,
    Role,
)
from services.database import rows
from services.documents import budgeted
from services.documents.cost_proposals import (
    ENTERS_FOR_ALL,
    ENTERS_FOR_ITS_OWN,
    departments_to_charge,
    proposals,
)
from services.documents.kind import Budgeted, DocumentType, Filled, Lines, Print, Row, Section
from services.documents.standing import NOT_STANDING
from services.errors import Fault, Warned
from services.money import control, ledger, wants
from services.money.depreciation import depreciation
from services.money.ledger import NOTHING, month_of, place_of
from services.months import month_said, months_before
from services.people import local_day
from services.prints import cost_lines
from services.routes import CHECK, decision, working_days

LINES = Lines(
    "lines",
    CostEntryLine,
    CostEntryLineForm,
    ("expense_type_id", "asset_id", "amount", "basis"),
    derived=("cost_element", "category"),
    shown=(("expense_type_id",), ("cost_element",), ("category",), ("basis",), ("amount",)),
    beneath={("expense_type_id",): (("asset_id",),)},
    total=True,
)


def title(filled: Filled) -> str:
    department_id = filled.values.get("charged_department_id")
    department = filled.session.get(Department, department_id) if department_id else None
    parts = (department.name if department else "", month_said(filled.values.get("month")))
    return " ".join(part for part in parts if part)


def total(filled: Filled) -> Decimal | None:
    return sum((line.get("amount") or NOTHING for line in filled.lines["lines"]), NOTHING) or None


def month_has_begun(filled: Filled) -> Iterator[Fault]:
    """Costs are entered in the month in which they arose, or after it (P8-4.1)."""
    if filled.has("month") and filled.values["month"] > month_of(local_day(filled.now)):
        yield Fault("month", "CE.fault.not_begun")


def year_is_open(filled: Filled) -> Iterator[Fault]:
    """What is meant for a closed month is posted in the next open one of its year, as long as there is one (P2-2.4)."""
    if filled.has("month", "charged_department_id") and _posted_in(filled) is None:
        yield Fault("month", "CE.fault.year_closed", {"year": filled.values["month"][:4]})


def assets_are_written_off_once(filled: Filled) -> Iterator[Fault]:
    """An asset is written off in each month of its life once, by its share: in the end it has cost what it cost."""
    if not filled.has("month", "charged_department_id"):
        return
    elsewhere = _written_off_elsewhere(filled)
    seen: set[int] = set()
    for number, line in enumerate(filled.lines["lines"], start=1):
        if not line.get("asset_id"):
            continue
        asset = filled.session.get_one(Asset, line["asset_id"])
        for field, key, facts in _wrong_with(filled, asset, line, elsewhere, seen):
            yield Fault(field, key, facts, "lines", number)
        seen.add(line["asset_id"])


def warnings(filled: Filled) -> Iterator[Warned]:
    """More than the budget has: what has arisen is booked all the same, with the reason (P8-4.1, P2-5.3). And what is
    entered once a month, a second time.
    """
    yield from budgeted.explained(BUDGET)(filled)
    yield from _again(filled)


def derive(filled: Filled) -> None:
    """Cost element and category of each line, as its expense type says."""
    for line in filled.lines["lines"]:
        line["category"], line["cost_element"] = place_of(filled.session, line["expense_type_id"])


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """The month that is over, for his own department where he enters costs for it, with what recurs."""
    offered = [option.value for option in departments_to_charge(session, user, now)]
    department_id = user.department_id if user.department_id in offered else next(iter(offered), None)
    month = months_before(month_of(local_day(now)))
    lines = proposals(session, int(department_id), month) if department_id else []
    return {"charged_department_id": department_id, "month": month, "lines": lines}


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """While it is typed: where it will be posted, if its month is closed (P2-2.4)."""
    if not filled.has("month", "charged_department_id"):
        return []
    found = _posted_in(filled)
    return [("CE.fact.posted_in", month_said(found))] if found not in (None, filled.values["month"]) else []


def facts(session: Session, document: Document) -> list[tuple[str, Any]]:
    """In which month it was posted, where its own was closed (P2-2.4)."""
    entry = session.get(CostEntry, document.id)
    moved = {one.month for one in ledger.entries_of(session, document) if entry and one.meant_for == entry.month}
    return [("CE.fact.posted_in", month_said(month)) for month in sorted(moved)]


def booked(session: Session, document: Document, now: datetime) -> None:
    """It is spent in the month in which it arose, or the next open one (P8-4.1, P2-2.4)."""
    wanted = list(wants.stored_entry(session, document))
    control.is_booked_anyway(session, document, wanted, now)
    ledger.spend(session, document, [want.cost for want in wanted], now)


def taken_back(session: Session, document: Document, now: datetime) -> None:
    ledger.undo(session, document, now)


def _posted_in(filled: Filled) -> str | None:
    return ledger.open_month(filled.session, filled.values["charged_department_id"], filled.values["month"])


def _wrong_with(
    filled: Filled, asset: Asset, line: dict[str, Any], elsewhere: dict[int, str], seen: set[int]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    due = depreciation(asset, filled.values["month"])
    if asset.department_id != filled.values["charged_department_id"]:
        yield "asset_id", "CE.fault.asset_elsewhere", {}
    elif asset.id in seen:
        yield "asset_id", "CE.fault.asset_twice", {}
    elif asset.id in elsewhere:
        yield "asset_id", "CE.fault.asset_written_off", {"number": elsewhere[asset.id]}
    elif not due:
        yield "asset_id", "CE.fault.asset_out_of_life", {}
    elif line.get("amount") and line["amount"] != due:
        yield "amount", "CE.fault.asset_amount", {"amount": due}


def _written_off_elsewhere(filled: Filled) -> dict[int, str]:
    """Assets that another entry of the month has, with its number."""
    named = {"month": filled.values["month"], "id": filled.document.id if filled.document else 0}
    return {row.asset_id: row.number for row in rows(filled.session, _WRITTEN_OFF, named)}


def _again(filled: Filled) -> Iterator[Warned]:
    if not filled.has("month", "charged_department_id"):
        return
    named = {
        "month": filled.values["month"],
        "department_id": filled.values["charged_department_id"],
        "id": filled.document.id if filled.document else 0,
    }
    there = {row.expense_type_id: row.number for row in rows(filled.session, _OTHERS, named)}
    asked: Iterable[tuple[int, dict[str, Any]]] = enumerate(filled.lines["lines"], start=1)
    for number, line in asked:
        if line.get("expense_type_id") in there and not line.get("asset_id"):
            other = there[line["expense_type_id"]]
            fault = Fault("expense_type_id", "CE.warn.again", {"number": other}, "lines", number)
            yield Warned(f"again {line['expense_type_id']} {other}", fault)


_ELSEWHERE = sa.and_(
    col(CostEntry.month) == sa.bindparam("month"),
    col(Document.state).not_in(NOT_STANDING),
    col(Document.id) != sa.bindparam("id"),
)
_WRITTEN_OFF = (
    sa.select(col(CostEntryLine.asset_id), col(Document.number))
    .join(Document, col(Document.id) == CostEntryLine.document_id)
    .join(CostEntry, col(CostEntry.document_id) == Document.id)
    .where(_ELSEWHERE, col(CostEntryLine.asset_id).is_not(None))
)
_OTHERS = (
    sa.select(col(CostEntryLine.expense_type_id), col(Document.number))
    .join(Document, col(Document.id) == CostEntryLine.document_id)
    .join(CostEntry, col(CostEntry.document_id) == Document.id)
    .join(ExpenseType, col(ExpenseType.id) == CostEntryLine.expense_type_id)
    .where(_ELSEWHERE, col(CostEntry.charged_department_id) == sa.bindparam("department_id"))
    .where(col(CostEntryLine.asset_id).is_(None), col(ExpenseType.accrued))
)

BUDGET = Budgeted(typed=wants.typed_entry, stored=wants.stored_entry, of_department="charged_department_id")
COST_ENTRY = DocumentType(
    code="CE",
    slug="cost_entries",
    area="budget",
    icon=":material/playlist_add:",
    table=CostEntry,
    form=CostEntryForm,
    sections=(
        Section("CE.section.month", Row("charged_department_id", "month"), Row("remarks")),
        Section("CE.section.lines", LINES),
    ),
    columns=("month",),
    title=title,
    amount=total,
    figures=figures,
    facts=facts,
    money=True,
    readers=frozenset({Role.BUDGET_SUPERVISOR}),
    starters=ENTERS_FOR_ALL | ENTERS_FOR_ITS_OWN,
    of_department="charged_department_id",
    checks=(month_has_begun, year_is_open, assets_are_written_off_once),
    warnings=warnings,
    watched=budgeted.watched(BUDGET, stops=False),
    budget=BUDGET,
    defaults=defaults,
    derive=derive,
    options={"charged_department_id": departments_to_charge},
    route=(
        decision(Role.FINANCE_OFFICER, key="finance_audit", within=working_days(2), outcomes=CHECK),
        decision(Role.FINANCE_HEAD, within=working_days(2), milestone="approved"),
    ),
    effects={"approved": booked},
    undo={"approved": taken_back},
    prints=(Print("entry", "budget_change", cost_lines.entry_data),),
)
