"""Opening entry: last year's spending and the open advances of the old books, when the portal goes live (P7-4, P9-5b).

Finance brings it, the head of finance approves it; only then does it stand in the ledger and among the open advances.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from models import (
    BudgetCategory,
    CashAdvance,
    CostElement,
    Document,
    Opening,
    OpeningActual,
    OpeningActualForm,
    OpeningAdvance,
    OpeningAdvanceForm,
    OpeningForm,
    Person,
    Role,
)
from services.documents.kind import DocumentType, Filled, Lines, Print, Row, Section, lines_of
from services.documents.standing import NOT_STANDING
from services.errors import Fault, Refused
from services.money import ledger
from services.money.ledger import NOTHING, BudgetLine
from services.people import local_day
from services.prints.declared import form_data
from services.routes import decision, working_days

MONTHS = tuple(f"m{number:02d}" for number in range(1, 13))
ELEMENTS = {
    BudgetCategory.SALARIES: CostElement.LABOUR,
    BudgetCategory.EQUIPMENT: CostElement.EQUIPMENT,
    BudgetCategory.TRAINING: CostElement.TRAINING,
    BudgetCategory.MATERIALS: CostElement.MATERIALS,
    BudgetCategory.PROJECTS: CostElement.TRAVEL,
    BudgetCategory.OTHER: CostElement.OTHER,
}
"""Of what a category's money was made, as far as old books by category tell (P8-4.2)."""
ACTUALS = Lines("actuals", OpeningActual, OpeningActualForm, ("department_id", "category", *MONTHS), least=0, most=600)
ADVANCES = Lines(
    "advances",
    OpeningAdvance,
    OpeningAdvanceForm,
    ("old_number", "holder_id", "purpose", "paid_on", "repay_by", "still_open"),
    least=0,
    most=1000,
    total=True,
)


def title(filled: Filled) -> str:
    return str(filled.values.get("year") or "")


def total(filled: Filled) -> Decimal | None:
    """What was spent, and what is open of advances."""
    spent = sum((line.get(name) or NOTHING for line in filled.lines["actuals"] for name in MONTHS), NOTHING)
    return spent + sum((line.get("still_open") or NOTHING for line in filled.lines["advances"]), NOTHING) or None


def something_is_opened(filled: Filled) -> Iterator[Fault]:
    if not (filled.lines["actuals"] or filled.lines["advances"]):
        yield Fault("year", "OE.fault.nothing")


def the_year_is_over(filled: Filled) -> Iterator[Fault]:
    """What is spent from this year on has papers of its own (P7-4)."""
    if filled.has("year") and filled.values["year"] >= local_day(filled.now).year:
        yield Fault("year", "OE.fault.year_not_over")


def spending_is_opened_once(filled: Filled) -> Iterator[Fault]:
    """A department's category of a year is taken over once (P7-4)."""
    if not filled.has("year"):
        return
    seen = standing_actuals(filled.session, filled.values["year"], filled.document)
    for number, line in enumerate(filled.lines["actuals"], start=1):
        place = (line.get("department_id"), line.get("category"))
        if place in seen:
            yield Fault("category", "OE.fault.actual_twice", {}, "actuals", number)
        seen[place] = []


def advances_are_opened_once(filled: Filled) -> Iterator[Fault]:
    """An advance of the old books is taken over once, paid before today and due after that (P9-5b)."""
    seen: set[Any] = set(standing_advances(filled.session, filled.document))
    for number, line in enumerate(filled.lines["advances"], start=1):
        if line.get("old_number") in seen:
            yield Fault("old_number", "OE.fault.advance_twice", {}, "advances", number)
        seen.add(line.get("old_number"))
        if line.get("paid_on") and line["paid_on"] > local_day(filled.now):
            yield Fault("paid_on", "OE.fault.paid_in_future", {}, "advances", number)
        elif line.get("paid_on") and line.get("repay_by") and line["repay_by"] < line["paid_on"]:
            yield Fault("repay_by", "OE.fault.due_before_paid", {}, "advances", number)


def standing_actuals(
    session: Session, year: int, besides: Document | None = None
) -> dict[tuple[Any, Any], list[Decimal]]:
    """The months of a year that entries which stand have taken over, by department and category."""
    found = (
        select(OpeningActual)
        .join(Document, col(Document.id) == OpeningActual.document_id)
        .join(Opening, col(Opening.document_id) == Document.id)
        .where(Opening.year == year, *_standing(besides))
    )
    return {(one.department_id, one.category): [getattr(one, name) for name in MONTHS] for one in session.exec(found)}


def standing_advances(session: Session, besides: Document | None = None) -> dict[str, OpeningAdvance]:
    """Advances that entries which stand have taken over, by their number in the old books."""
    found = select(OpeningAdvance).join(Document, col(Document.id) == OpeningAdvance.document_id)
    return {one.old_number: one for one in session.exec(found.where(*_standing(besides)))}


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    return {"year": local_day(now).year - 1}


def taken_over(session: Session, document: Document, now: datetime) -> None:
    """Approved: what was spent stands in the ledger, each open advance is a paper of its own."""
    from services.engine.opening import open_by_itself  # the engine asks the registry, which leads to this file

    opening = session.get_one(Opening, document.id)
    spent: list[OpeningActual] = lines_of(session, document, ACTUALS)
    booked = [
        (
            BudgetLine(f"{opening.year}{name[1:]}", line.department_id, line.category, getattr(line, name)),
            ELEMENTS[line.category],
        )
        for line in spent
        for name in MONTHS
    ]
    ledger.take_over(session, document, booked, now)
    advances: list[OpeningAdvance] = lines_of(session, document, ADVANCES)
    for line in advances:
        holder = session.get_one(Person, line.holder_id)
        raw = {
            "purpose": f"{line.purpose} {line.old_number}",
            "requested": f"{line.still_open:.2f}",
            "wanted_by": line.paid_on.isoformat(),
            "repay_by": line.repay_by.isoformat(),
            "bank_name": holder.bank_name or document.number,  # nothing is paid to it any more
            "bank_account": holder.bank_account or document.number,
        }
        token = f"opening-{document.id}-{line.position}"
        facts: dict[str, Any] = {"source": document, "said": {"opening": True}, "shipped_route": True}
        open_by_itself(session, "CA", raw, token=token, keeper=holder, now=now, **facts)


def taken_back(session: Session, document: Document, now: datetime) -> None:
    """What was spent is taken back; advances that were opened go on, so an entry with some is not undone."""
    opened = select(CashAdvance.document_id).join(Document, col(Document.id) == CashAdvance.document_id)
    if session.exec(opened.where(Document.source_id == document.id)).first():
        raise Refused("OE.refused.advances_opened")
    ledger.undo(session, document, now)


def _standing(besides: Document | None) -> tuple[Any, ...]:
    own = besides.id if besides else None
    return (col(Document.state).not_in(NOT_STANDING), col(Document.id).is_distinct_from(own))


def opening_data(session: Session, document: Document, language: str) -> dict[str, Any]:
    return form_data(session, document, OPENING_ENTRY, language)


OPENING_ENTRY = DocumentType(
    code="OE",
    slug="opening_entries",
    area="budget",
    icon=":material/input:",
    table=Opening,
    form=OpeningForm,
    sections=(
        Section("OE.section.year", Row("year"), Row("remarks")),
        Section("OE.section.actuals", ACTUALS),
        Section("OE.section.advances", ADVANCES),
    ),
    columns=("year",),
    title=title,
    amount=total,
    money=True,
    starters=frozenset({Role.FINANCE_OFFICER, Role.ACCOUNTANT}),
    checks=(something_is_opened, the_year_is_over, spending_is_opened_once, advances_are_opened_once),
    defaults=defaults,
    route=(decision(Role.FINANCE_HEAD, within=working_days(3), milestone="approved"),),
    effects={"approved": taken_over},
    undo={"approved": taken_back},
    prints=(Print("opening", "form", opening_data),),
)
