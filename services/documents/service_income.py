"""Service income: recognised and invoiced by the accountant, collected by the cashier in as many parts as it takes, the
rest written off with a reason (P8-5, P6-10, P5-5.2b).
"""

from collections.abc import Collection as Several
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import (
    Collection,
    CollectionForm,
    Customer,
    Document,
    IncomeKind,
    Person,
    Role,
    ServiceIncome,
    ServiceIncomeForm,
    State,
    Supplier,
    WriteOff,
    WriteOffForm,
)
from services.database import rows
from services.documents import income_steps as steps
from services.documents.cases import number_of_case
from services.documents.income_evidence import evidence_is_there
from services.documents.kind import DocumentType, Filled, Lines, Mark, Row, Section
from services.documents.recovery import claim_on, no_more_than_he_agreed
from services.errors import Fault
from services.people import local_day
from services.routes import (
    APPROVE,
    COMPLETE,
    Condition,
    Of,
    Outcome,
    Owner,
    decision,
    end_of,
    work,
    working_days,
)

ASK_AGAIN, WRITE_OFF, KEEP_CLAIM = "ask_again", "write_off", "keep_claim"
DAYS_TO_PAY = 30
_FROM_SUPPLIER = IncomeKind.FROM_SUPPLIER.value

ROUTE = (
    decision(
        Role.DEPARTMENT_HEAD,
        of=Of.APPLICANT,
        when=(Condition("from_order", "==", False),),
        within=working_days(1),
    ),
    work(
        "recognise",
        Owner(Role.ACCOUNTANT),
        within=end_of("earned_on"),  # the same day: of the service, or of the day on which it reaches him (P6-10b)
        fields=("recognised_on", "invoice_number", "invoiced_on"),
        required=("recognised_on", "invoice_number", "invoiced_on"),
        outcomes=(
            Outcome(COMPLETE),
            Outcome(ASK_AGAIN, to="department_head", needs_note=True, sets={"from_order": False}, fills=False),
        ),
        milestone="approved",
    ),
    decision(
        Role.FINANCE_HEAD,
        key="write_off_decision",
        when=(Condition("write_off_asked", "==", True),),
        within=working_days(3),
        adds="write_offs",
        outcomes=(
            Outcome(APPROVE, sets={"write_off_asked": False}),
            Outcome(KEEP_CLAIM, to="collect", needs_note=True, sets={"write_off_asked": False}, fills=False),
        ),
    ),
    work(
        "collect",
        Owner(Role.CASHIER),
        within=end_of("collect_by"),
        adds="collections",
        asked_while=Condition("receivable", "!=", "0.00"),
        outcomes=(
            Outcome(COMPLETE),
            Outcome(WRITE_OFF, to="write_off_decision", needs_note=True, sets={"write_off_asked": True}, fills=False),
        ),
    ),
)


def title(filled: Filled) -> str:
    """Who pays, and for what."""
    payer: Any = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    payer = payer or filled.session.get(Supplier, filled.values.get("supplier_id") or 0)
    return " ".join(filter(None, (payer.name if payer else "", filled.values.get("basis") or "")))[:100]


def asked(filled: Filled) -> Decimal | None:
    return filled.values.get("income_amount")


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    today = local_day(now)
    known = {"earned_on": today.isoformat(), "collect_by": (today + timedelta(days=DAYS_TO_PAY)).isoformat()}
    if source is None:
        return known
    if source.kind == "SN":
        return known | claim_on(session, source)
    payer = steps.customer_of(session, source)
    return known | {"serves": source.number, "income_kind": "from_customer", "customer_id": payer}


def earned_already(filled: Filled) -> Iterator[Fault]:
    """Income is recognised once it is earned, and true (P8-5.1, P8-5.3)."""
    if filled.has("earned_on") and filled.values["earned_on"] > local_day(filled.now):
        yield Fault("earned_on", "RV.fault.in_future")
    if filled.has("earned_on", "collect_by") and filled.values["collect_by"] < filled.values["earned_on"]:
        yield Fault("collect_by", "RV.fault.due_before_earned")


def tax_is_a_part(filled: Filled) -> Iterator[Fault]:
    if filled.has("tax", "income_amount") and filled.values["tax"] >= filled.values["income_amount"]:
        yield Fault("tax", "RV.fault.tax")


def derive(filled: Filled) -> None:
    filled.values["serves"] = number_of_case(filled.values.get("serves"))


def marks(session: Session, ids: Several[int], now: datetime) -> dict[int, list[Mark]]:
    """That it should have been collected by now, or that something of it was written off."""
    found: dict[int, list[Mark]] = {}
    for row in rows(session, _MARKED, {"ids": list(ids)}):
        late = row.state == State.RUNNING and row.receivable and row.collect_by < local_day(now)
        said = [Mark("RV.mark.overdue")] if late else []
        said += [Mark("RV.mark.written_off", "gray")] if row.written_off else []
        if said:
            found[row.document_id] = said
    return found


_MARKED = (
    sa.select(
        col(ServiceIncome.document_id),
        col(ServiceIncome.receivable),
        col(ServiceIncome.written_off),
        col(ServiceIncome.collect_by),
        col(Document.state),
    )
    .join(Document, col(Document.id) == ServiceIncome.document_id)
    .where(col(ServiceIncome.document_id).in_(sa.bindparam("ids", expanding=True)))
)

SERVICE_INCOME = DocumentType(
    code="RV",
    slug="service_income",
    area="service",
    icon=":material/payments:",
    table=ServiceIncome,
    form=ServiceIncomeForm,
    sections=(
        Section(
            "RV.section.what",
            Row("income_kind"),
            Row("supplier_id", when=Condition("income_kind", "==", _FROM_SUPPLIER), needed=("supplier_id",)),
            Row("customer_id", when=Condition("income_kind", "!=", _FROM_SUPPLIER), needed=("customer_id",)),
            Row("basis"),
            Row("serves"),
        ),
        Section("RV.section.money", Row("income_amount", "tax"), Row("earned_on", "collect_by")),
    ),
    after=("recognised_on", "invoice_number", "invoiced_on", "collected", "written_off", "receivable"),
    added=(
        Lines(
            "collections",
            Collection,
            CollectionForm,
            ("collected_on", "collected_sum", "collection_reference"),
            least=0,
        ),
        Lines("write_offs", WriteOff, WriteOffForm, ("write_off_sum", "write_off_reason"), least=0),
    ),
    on_added={"collections": steps.collected_rightly, "write_offs": steps.written_off_rightly},
    columns=("income_kind", "customer_id", "receivable"),
    title=title,
    amount=asked,
    money=True,
    starters=frozenset(
        {
            Role.SERVICE_CLERK,
            Role.CLERK,
            Role.SALESPERSON,
            Role.SERVICE_ADMINISTRATOR,
            Role.PURCHASER,
            Role.PRODUCTION_ENGINEER,
        }
    ),
    starts_from=("CP", "SN"),
    checks=(earned_already, tax_is_a_part, evidence_is_there, no_more_than_he_agreed, steps.no_less_than_is_in),
    follows={"from_order": lambda filled: False},  # what its author sends himself his head decides on
    defaults=defaults,
    derive=derive,
    marks=marks,
    route=ROUTE,
    effects={"approved": steps.recognised},
    undo={"approved": steps.not_recognised},
    guards={
        "complete": steps.step_is_right,
        "withdraw": steps.what_an_order_earned_stays,
        "cancel": steps.what_an_order_earned_stays,
    },
    facts=steps.facts,
    reversible=False,
)
