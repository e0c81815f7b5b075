"""Return: what a customer gives back is repaired, exchanged or refunded, within the policy's days or by an exception of
the sales manager; a refund never exceeds what was paid (P1-6.4, P5-2).
"""

from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Customer, Document, Person, Product, Return, ReturnForm, ReturnKind, Role, SoldItem
from services.database import rows
from services.documents import budgeted
from services.documents.cases import a_case_is_named, number_of_case
from services.documents.kind import Budgeted, DocumentType, Filled, FollowUp, Mark, Print, Row, Section
from services.documents.titles import place_and_matter
from services.documents.vouchers import NOT_STANDING
from services.errors import Fault, Invalid
from services.money import postings, wants
from services.people import local_day
from services.prints.returns import return_data
from services.routes import APPROVE, CHECK, COMPLETE, Condition, Owner, decision, work, working_days
from services.settings import setting
from services.warranty import sold_item

_NOTHING = Decimal("0.00")
_DAYS = {ReturnKind.REFUND: "return.refund_days", ReturnKind.EXCHANGE: "return.exchange_days"}
"""Settings: how long after the sale. A repair has no such limit: its warranty says who pays."""


def title(filled: Filled) -> str:
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    product = filled.session.get(Product, filled.values.get("product_id") or 0)
    return place_and_matter(customer.name if customer else "", product.label if product else "")


def refund(filled: Filled) -> Decimal | None:
    return filled.values.get("refund_amount")


def item_of(filled: Filled) -> SoldItem | None:
    """What was sold under the serial number."""
    if "item" not in filled.memory:
        filled.memory["item"] = sold_item(filled.session, filled.values.get("serial"))
    found: SoldItem | None = filled.memory["item"]
    return found


def item_agrees(filled: Filled) -> Iterator[Fault]:
    """A known serial number is that product's and that customer's; one item comes back once at a time (P1-6.4)."""
    item = item_of(filled)
    if item is None:
        return
    if filled.has("product_id") and filled.values["product_id"] != item.product_id:
        yield Fault("product_id", "RT.fault.other_product")
    if filled.has("customer_id") and filled.values["customer_id"] != item.customer_id:
        yield Fault("customer_id", "RT.fault.other_customer")
    if filled.values.get("quantity", 1) != 1:
        yield Fault("quantity", "RT.fault.one_serial")


def never_above_what_was_paid(filled: Filled) -> Iterator[Fault]:
    """Money goes back for what is known to have been sold, all its refunds together no more than was paid (P1-6.4)."""
    if filled.values.get("return_kind") != ReturnKind.REFUND:
        return
    item = item_of(filled)
    if item is None:
        if "serial" in filled.values:
            yield Fault("serial", "RT.fault.not_sold" if filled.values["serial"] else "fault.required")
        return
    if not filled.has("paid_price", "refund_amount"):
        return
    before, paid = refunds_of(filled.session, item.id, filled.document.id if filled.document else None)
    price: Decimal = filled.values["paid_price"]
    if paid is not None and price != paid:
        yield Fault("paid_price", "RT.fault.other_price", {"amount": paid})
    elif before + filled.values["refund_amount"] > price:
        yield Fault("refund_amount", "RT.fault.above_paid", {"left": max(price - before, _NOTHING)})


def refunds_of(session: Session, item_id: int, but: int | None) -> tuple[Decimal, Decimal | None]:
    """What standing returns (all but one) refund for a sold item, and the price paid that they name."""
    found = session.execute(_REFUNDS, {"item": item_id, "but": but or 0}).all()
    return sum((row.refund_amount for row in found), _NOTHING), next((row.paid_price for row in found), None)


_REFUNDS = (
    sa.select(col(Return.refund_amount), col(Return.paid_price))
    .join(Document, col(Document.id) == Return.document_id)
    .where(col(Return.item_id) == sa.bindparam("item"), col(Return.return_kind) == ReturnKind.REFUND)
    .where(col(Document.state).not_in(NOT_STANDING), col(Document.id) != sa.bindparam("but"))
    .order_by(col(Document.id))
)


def sold_day(filled: Filled) -> date | None:
    item = item_of(filled)
    return item.sold_on if item else None


def item_id(filled: Filled) -> int | None:
    item = item_of(filled)
    return item.id if item else None


def beyond_period(filled: Filled) -> bool:
    """Has the policy's time since the sale gone? What nobody knows when it was sold is taken for old (P1-6.4)."""
    kind = filled.values.get("return_kind")
    if kind not in _DAYS:
        return False
    sold_on = sold_day(filled)
    days = timedelta(days=setting(filled.session, _DAYS[kind], filled.now))
    return sold_on is None or local_day(filled.now) > sold_on + days


def derive(filled: Filled) -> None:
    filled.values["serves"] = number_of_case(filled.values.get("serves"))


def step_is_right(session: Session, document: Document, now: datetime) -> None:
    """Beyond the policy's days the sales manager says why; nothing is recorded that has not happened (P1-6.4)."""
    row = session.get_one(Return, document.id)
    checks: dict[str, Callable[[Return, datetime], Iterator[Fault]]] = {
        "return_decision": _exception,
        "return_receive": lambda row, now: _happened("received_on", row, document, now),
        "finance_refund": lambda row, now: _happened("refunded_on", row, document, now),
    }
    check = checks.get(document.step or "")
    if check and (faults := list(check(row, now))):
        raise Invalid(faults)


def _exception(row: Return, now: datetime) -> Iterator[Fault]:
    if row.out_of_period and not (row.exception_reason or "").strip():
        yield Fault("exception_reason", "RT.fault.no_exception")


def _happened(name: str, row: Return, document: Document, now: datetime) -> Iterator[Fault]:
    day, asked = getattr(row, name), document.submitted_at
    if day and day > local_day(now):
        yield Fault(name, "RT.fault.in_future")
    elif day and asked and day < local_day(asked):
        yield Fault(name, "RT.fault.before_request")


def marks(session: Session, ids: Collection[int], now: datetime) -> dict[int, list[Mark]]:
    """That it needs an exception."""
    return {id: [Mark("RT.mark.out_of_period", "orange")] for id in rows(session, _LATE, {"ids": list(ids)}).scalars()}


_LATE = sa.select(col(Return.document_id)).where(
    col(Return.document_id).in_(sa.bindparam("ids", expanding=True)), col(Return.out_of_period)
)


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    return {"quantity": 1}


BUDGET = Budgeted(wants.typed_refund, wants.stored_refund)
REFUND = Condition("return_kind", "==", ReturnKind.REFUND.value)

RETURN_OF_GOODS = DocumentType(
    code="RT",
    slug="returns",
    area="service",
    icon=":material/assignment_return:",
    table=Return,
    form=ReturnForm,
    sections=(
        Section("RT.section.item", Row("serves", "customer_id"), Row("product_id", "serial", "quantity")),
        Section(
            "RT.section.wish",
            Row("return_kind"),
            Row("reason"),
            Row("paid_price", "refund_amount", when=REFUND, needed=("paid_price", "refund_amount")),
        ),
    ),
    after=(
        "sold_on",
        "out_of_period",
        "inspection",
        "inspection_note",
        "exception_reason",
        "received_on",
        "receipt_note",
        "refunded_on",
        "refund_reference",
    ),
    columns=("customer_id", "return_kind"),
    title=title,
    amount=refund,
    money=True,
    readers=frozenset(
        {
            Role.QUALITY_INSPECTOR,
            Role.WAREHOUSE,
            Role.SALES_MANAGER,
            Role.SERVICE_ADMINISTRATOR,
            Role.CUSTOMER_SERVICE,
        }
    ),
    starters=frozenset(
        {
            Role.ENGINEER,
            Role.TECHNICIAN,
            Role.SERVICE_CLERK,
            Role.CUSTOMER_SERVICE,
            Role.SERVICE_ADMINISTRATOR,
        }
    ),
    checks=(a_case_is_named, item_agrees, never_above_what_was_paid, budgeted.stops(BUDGET)),
    warnings=budgeted.warnings(BUDGET),
    watched=budgeted.watched(BUDGET),
    budget=BUDGET,
    follows={"item_id": item_id, "sold_on": sold_day, "out_of_period": beyond_period},
    defaults=defaults,
    derive=derive,
    marks=marks,
    route=(
        decision(
            Role.QUALITY_INSPECTOR,
            key="return_inspect",
            within=working_days(2),
            fields=("inspection", "inspection_note"),
            required=("inspection", "inspection_note"),
        ),
        decision(
            Role.SALES_MANAGER,
            key="return_decision",
            within=working_days(2),
            fields=("exception_reason",),
            milestone="approved",
        ),
        work(
            "return_receive",
            Owner(Role.WAREHOUSE),
            within=working_days(3),
            fields=("received_on", "receipt_note"),
            required=("received_on",),
        ),
        decision(
            Role.FINANCE_OFFICER,
            key="finance_refund",
            when=(REFUND,),
            within=working_days(3),
            fields=("refunded_on", "refund_reference"),
            required=("refunded_on", "refund_reference"),
            outcomes=CHECK,
            milestone="refunded",
        ),
    ),
    effects={
        "approved": postings.refund_granted,
        "refunded": postings.refunded,
        "cancelled": postings.given_up,
    },
    undo={"approved": postings.given_up, "refunded": postings.claim_undone},
    guards={APPROVE: step_is_right, COMPLETE: step_is_right},
    follow_ups=(FollowUp("OB", budgeted.request_offered, several=True),),
    prints=(Print("return", "return", return_data),),
)
