"""Taking a complaint in: what the form offers, proposes and refuses, and what follows from it (P1-4.1, P4-2.1)."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from models import Complaint, Contract, Customer, Document, Person, Product, State
from services.database import rows
from services.documents.kind import Filled, Option
from services.documents.sold_product import cover_of, item_figures, item_of, take_over
from services.people import local_day
from services.warranty import running_contract

SAME_LATELY = timedelta(days=30)
"""So far back a complaint about the same is looked for."""


def title(filled: Filled) -> str:
    """Whose complaint, about what: the first words of it."""
    customer = _customer(filled)
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
    return [
        Option(row.id, f"{row.number} {row.title}", under=row.customer_id) for row in _cases_lately(session, user, now)
    ]


def _cases_lately(session: Session, user: Person, now: datetime) -> list[Any]:
    from services.access import visible_documents  # rights ask the registry, which this file is a part of

    mine = visible_documents(session, user, now).with_only_columns(col(Document.id))
    asked = (Document.id, Document.number, Document.title, Complaint.customer_id, Complaint.product_id)
    found = sa.select(*(col(one) for one in asked))
    found = found.join(Complaint, col(Complaint.document_id) == Document.id).where(
        col(Complaint.received_at) >= now - SAME_LATELY,
        col(Document.id).in_(mine),
        col(Document.state).not_in([State.CANCELLED, State.WITHDRAWN]),
    )
    return list(rows(session, found.order_by(col(Document.id).desc())))


def contact(filled: Filled) -> str | None:
    """Whom the customer is known by."""
    customer = _customer(filled)
    return customer.contact if customer else None


def contact_phone(filled: Filled) -> str | None:
    """His telephone, as long as nobody else is named."""
    customer = _customer(filled)
    return customer.phone if customer and filled.values.get("contact") in (None, customer.contact) else None


def _customer(filled: Filled) -> Customer | None:
    return filled.session.get(Customer, filled.values.get("customer_id") or 0)


def derive(filled: Filled) -> None:
    """Product and day of sale by the serial number, warranty and contract as they are on the day of receipt."""
    take_over(filled)
    values = filled.values
    day = local_day(values["received_at"])
    values["contract_number"] = running_contract(filled.session, values["customer_id"], day)


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """What is worth knowing while the caller speaks: product, warranty, contract, what was complained of lately."""
    customer = _customer(filled)
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
        said += _lately(filled, customer)
    return said


def _lately(filled: Filled, customer: Customer) -> list[tuple[str, Any]]:
    """What he complained of lately: about the same product by its numbers, about anything else by how many."""
    item = item_of(filled)
    product_id = item.product_id if item else filled.values.get("product_id")
    cases = [row for row in _cases_lately(filled.session, filled.user, filled.now) if row.customer_id == customer.id]
    same = [row.number for row in cases if product_id and row.product_id == product_id]
    said: list[tuple[str, Any]] = [("CP.figure.alike_same", ", ".join(same))] if same else []
    return said + ([("CP.figure.alike", len(cases))] if len(cases) > len(same) else [])


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
