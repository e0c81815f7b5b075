"""Out-of-budget request: money that the budget has not, asked of management before it is spent (P2-4.1, P2-5.3)."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import (
    BudgetRequest,
    BudgetRequestForm,
    Document,
    OutsideKind,
    Person,
    Posting,
    Role,
    State,
)
from services.database import rows
from services.documents import budgeted
from services.documents.kind import DocumentType, Filled, Moved, Option, Print, Row, Section
from services.errors import Fault, Invalid, Refused
from services.money import control, ledger
from services.money.ledger import NOTHING, BudgetLine, month_of
from services.notices import tell
from services.people import local_day
from services.prints import budget_lines
from services.routes import Of, decision, working_days
from services.texts import term_of

STANDS = (State.RUNNING, State.RETURNED, State.DONE, State.REVERSING)


def title(filled: Filled) -> str:
    return filled.values.get("reason") or ""


def asked(filled: Filled) -> Decimal | None:
    return filled.values.get("outside_amount")


def is_the_paper_that_lacks_it(filled: Filled) -> Iterator[Fault]:
    """The paper it is asked for asks for the same line; what it lacks elsewhere needs a request of its own."""
    if not filled.has("for_id", "category", "month"):
        return
    paper = filled.session.get_one(Document, filled.values["for_id"])
    found = budgeted.stopped(filled.session, filled.user, paper, filled.now)
    place = (filled.values["category"], filled.values["month"])
    if found and place not in {(one.category, one.month) for one in found}:
        lines = {"category": term_of(found[0].category), "month": found[0].month, "missing": found[0].missing}
        yield Fault("category", "OB.fault.other_line", lines)


def month_is_open(filled: Filled) -> Iterator[Fault]:
    """A closed month takes no postings (P2-2.4)."""
    month, document = filled.values.get("month"), filled.document
    department = document.department_id if document else filled.user.department_id
    if month and ledger.open_month(filled.session, department, month) != month:
        yield Fault("month", "ledger.fault.month_closed")


def papers_without_money(session: Session, user: Person, now: datetime) -> list[Option]:
    """The user's own papers that ask for money and have not got it yet, newest first."""
    from services.documents import KINDS  # this file is a part of it

    asking = [code for code, kind in KINDS.items() if kind.budget]
    found = rows(session, _ASKING, {"person_id": user.id, "kinds": asking})
    return [Option(one.id, " ".join(filter(None, (one.number, one.title)))) for one in found]


_ASKING = (
    sa.select(col(Document.id), col(Document.number), col(Document.title))
    .where(
        sa.or_(
            col(Document.applicant_id) == sa.bindparam("person_id"),
            col(Document.created_by_id) == sa.bindparam("person_id"),
            col(Document.keeper_id) == sa.bindparam("person_id"),
        )
    )
    .where(col(Document.kind).in_(sa.bindparam("kinds", expanding=True)), col(Document.title) != "")
    .where(col(Document.state).in_(budgeted.BEFORE), col(Document.approved_at).is_(None))
    .order_by(col(Document.id).desc())
)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """From a paper that was stopped: its line and what it lacks, the first for which nothing is asked yet."""
    if source is None:
        return {"month": month_of(local_day(now))}
    asked_already = set(session.exec(_ASKED_FOR, params={"id": source.id}).all())
    found = budgeted.stopped(session, user, source, now)
    line = next((one for one in found if (one.category, one.month) not in asked_already), None)
    if line is None:
        return {"for_id": source.id, "month": month_of(local_day(now))}
    return {
        "outside": (OutsideKind.OVERSPEND if line.plan else OutsideKind.OUTSIDE_PLAN).value,
        "for_id": source.id,
        "category": line.category.value,
        "month": line.month,
        "outside_amount": f"{line.missing:.2f}",
        "reason": source.title,
    }


_ASKED_FOR: Any = (
    select(BudgetRequest.category, BudgetRequest.month)
    .join(Document, col(Document.id) == BudgetRequest.document_id)
    .where(BudgetRequest.for_id == sa.bindparam("id"), col(Document.state).in_(STANDS))
)


def typed_line(filled: Filled) -> Iterator[BudgetLine]:
    """The line that would grow, be the amount still open."""
    if filled.has("category", "month"):
        department = filled.document.department_id if filled.document else filled.user.department_id
        yield BudgetLine(filled.values["month"], department, filled.values["category"], asked(filled) or NOTHING)


def stored_line(session: Session, document: Document) -> Iterator[BudgetLine]:
    """The same for whoever decides."""
    own = session.get_one(BudgetRequest, document.id)
    yield _line(document, own, own.outside_amount)


def grants_no_more_than_asked(session: Session, document: Document, now: datetime) -> None:
    """Who decides last may grant less than was asked for, never more."""
    own = session.get_one(BudgetRequest, document.id)
    if own.granted_amount is not None and not NOTHING < own.granted_amount <= own.outside_amount:
        raise Invalid([Fault("granted_amount", "OB.fault.above_asked", {"amount": own.outside_amount})])


def granted(session: Session, document: Document, now: datetime) -> None:
    """The line grows by what was granted, and whose paper was stopped is told that it can go on (P2-4.1)."""
    own = session.get_one(BudgetRequest, document.id)
    own.granted_amount = own.granted_amount or own.outside_amount
    session.add(own)
    ledger.allot(session, document, Posting.GRANTED, [_line(document, own, own.granted_amount)], now)
    if own.for_id is not None:
        _tell(session, document, session.get_one(Document, own.for_id), now)


def taken_back(session: Session, document: Document, now: datetime) -> None:
    """The line is again as it was, as far as nobody has used what was granted."""
    still_unused(session, document, now)
    own = session.get_one(BudgetRequest, document.id)
    ledger.allot(session, document, Posting.ADJUSTED, [_line(document, own, -(own.granted_amount or NOTHING))], now)


def still_unused(session: Session, document: Document, now: datetime) -> None:
    """What has been reserved or spent of a grant is not taken back under those who did."""
    own = session.get_one(BudgetRequest, document.id)
    ledger.hold(session)
    lacking = control.shortfalls(session, [_line(document, own, own.granted_amount or NOTHING)])
    if lacking:
        raise Refused("OB.refused.used", missing=lacking[0].missing)


def _line(document: Document, own: BudgetRequest, amount: Decimal) -> BudgetLine:
    return BudgetLine(own.month, document.department_id, own.category, amount)


def _tell(session: Session, document: Document, paper: Document, now: datetime) -> None:
    """Its authors can send it, or whoever is asked can approve it, with one click."""
    from services.engine.asked import people_asked  # the engine asks the registry, which this file is a part of
    from services.engine.flow import journey_of

    people = {paper.applicant_id, paper.created_by_id, paper.keeper_id}
    if paper.state == State.RUNNING:
        people |= people_asked(journey_of(session, paper, now))
    tell(session, people, "granted", paper, now, request=document.number)


BUDGET_REQUEST = DocumentType(
    code="OB",
    slug="budget_requests",
    area="budget",
    icon=":material/add_card:",
    table=BudgetRequest,
    form=BudgetRequestForm,
    sections=(
        Section(
            "OB.section.line",
            Row("outside", "for_id"),
            Row("category", "month", "outside_amount"),
        ),
        Section("OB.section.why", Row("reason"), Row("demand"), Row("satisfaction"), Row("interest")),
    ),
    after=("granted_amount",),
    columns=("outside", "category", "month"),
    title=title,
    amount=asked,
    moves=Moved(typed_line, stored_line),
    money=True,
    readers=frozenset({Role.BUDGET_SUPERVISOR}),
    starts_from=("TR", "SR", "EC", "PR", "RT"),
    checks=(month_is_open, is_the_paper_that_lacks_it),
    defaults=defaults,
    options={"for_id": papers_without_money},
    route=(
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=working_days(1)),
        decision(Role.FINANCE_VP, within=working_days(1)),
        decision(Role.GENERAL_MANAGER, within=working_days(1), fields=("granted_amount",), milestone="approved"),
    ),
    prefilled={"granted_amount": "outside_amount"},
    effects={"approved": granted},
    undo={"approved": taken_back},
    guards={"approve": grants_no_more_than_asked, "reverse": still_unused},
    prints=(Print("request", "budget_change", budget_lines.request_data),),
)
