"""Taking a complaint in: what the form offers, proposes and refuses, and what follows from it (P1-4.1, P4-2.1)."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Complaint, Contract, Customer, Document, Person, Product, State
from services.database import rows
from services.documents.kind import Filled, Option
from services.documents.sold_product import cover_of, item_figures, take_over
from services.people import local_day
from services.warranty import running_contract

SAME_LATELY = timedelta(days=30)
"""So far back a complaint about the same is looked for."""


def title(filled: Filled) -> str:
    """Whose complaint, about what: the first words of it."""
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    product = filled.session.get(Product, filled.values.get("product_id") or 0)
    said = [customer.name if customer else "", product.label if product else "", filled.values.get("content") or ""]
    return " ".join(said)[:100]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """Taken in now, by telephone."""
    return {"received_at": now.isoformat(), "channel": "phone", "severity": "normal"}


def customers(session: Session, user: Person, now: datetime) -> list[Option]:
    """Customers by all that a caller may say: name, code, telephone, number of a running contract."""
    contracts = {row.customer_id: row.number for row in rows(session, _CONTRACTS, {"today": local_day(now)})}
    return [
        Option(row.id, " ".join(filter(None, (row.name, row.code, row.contact, row.phone, contracts.get(row.id)))))
        for row in rows(session, _CUSTOMERS)
    ]


def alike(session: Session, user: Person, now: datetime) -> list[Option]:
    """Complaints of the last 30 days that the user may read, each under its customer."""
    from services.access import visible_documents  # rights ask the registry, which this file is a part of

    mine = visible_documents(session, user, now).with_only_columns(col(Document.id))
    found = sa.select(col(Document.id), col(Document.number), col(Document.title), col(Complaint.customer_id))
    found = found.join(Complaint, col(Complaint.document_id) == Document.id).where(
        col(Complaint.received_at) >= now - SAME_LATELY,
        col(Document.id).in_(mine),
        col(Document.state).not_in([State.CANCELLED, State.WITHDRAWN]),
    )
    return [
        Option(row.id, f"{row.number} {row.title}", under=row.customer_id)
        for row in rows(session, found.order_by(col(Document.id).desc()))
    ]


def derive(filled: Filled) -> None:
    """Product and day of sale by the serial number, warranty and contract as they are on the day of receipt."""
    take_over(filled)
    values = filled.values
    day = local_day(values["received_at"])
    values["contract_number"] = running_contract(filled.session, values["customer_id"], day)


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """What is worth knowing while the caller speaks: product, warranty, contract, what was complained of lately."""
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    said = item_figures(filled, customer)
    found = cover_of(filled)
    said.append(("CP.figure.warranty", found.state))
    if found.until:
        said.append(("CP.figure.until", found.until))
    if customer:
        known = " ".join(filter(None, (customer.contact, customer.phone)))
        said += [("CP.figure.contact", known)] if known else []
        contract = running_contract(filled.session, customer.id, local_day(filled.now))
        said += [("CP.figure.contract", contract)] if contract else []
        alike_lately = sum(option.under == customer.id for option in alike(filled.session, filled.user, filled.now))
        said += [("CP.figure.alike", alike_lately)] if alike_lately else []
    return said


_CUSTOMERS = (
    sa.select(col(Customer.id), col(Customer.name), col(Customer.code), col(Customer.contact), col(Customer.phone))
    .where(col(Customer.active))
    .order_by(col(Customer.code), col(Customer.id))
)
_CONTRACTS = sa.select(col(Contract.customer_id), col(Contract.number)).where(
    col(Contract.active),
    col(Contract.starts_on) <= sa.bindparam("today"),
    col(Contract.ends_on) >= sa.bindparam("today"),
)
