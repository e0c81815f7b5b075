"""Taking a call in: what the form proposes and refuses, and what follows from it (P6-8a, P6-6)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import Customer, Document, Person, Product
from services.documents.kind import Filled
from services.documents.order_category import Proposal, propose
from services.documents.sold_product import cover_of, item_figures, take_over
from services.errors import Fault
from services.people import local_day
from services.warranty import running_contract


def title(filled: Filled) -> str:
    """Whose call, about what: the first words of it."""
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    product = filled.session.get(Product, filled.values.get("product_id") or 0)
    said = [customer.name if customer else "", product.label if product else "", filled.values.get("fault") or ""]
    return " ".join(filter(None, said))[:100]


def defaults(session: Session, user: Person, source: Document | None, now: datetime) -> dict[str, Any]:
    """Called in now, for a repair."""
    return {"received_at": now.isoformat(), "urgency": "normal", "work_kind": "repair"}


def somebody_can_be_found(filled: Filled) -> Iterator[Fault]:
    """Name, address and telephone, typed or from the customer's file (P6-8a)."""
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    for name, known in _IN_FILE.items():
        if name in filled.values and not filled.values[name] and not (customer and getattr(customer, known)):
            yield Fault(name, "fault.required")


_IN_FILE = {"contact": "contact", "contact_phone": "phone", "address": "address"}
"""What is asked for -> where the customer's file has it."""


def another_category_has_its_reason(filled: Filled) -> Iterator[Fault]:
    """Another category than proposed needs a reason, and the dispatcher's agreement when he sends somebody (P6-6)."""
    proposal = proposed(filled)
    typed = filled.values.get("category")
    reason_missing = "category_reason" in filled.values and not filled.values["category_reason"]
    if proposal and typed and typed != proposal.category and reason_missing:
        yield Fault("category_reason", "SO.fault.category", {"category": proposal.category})


def derive(filled: Filled) -> None:
    """Product and day of sale by the serial number; warranty, contract and category as on the day of the call."""
    take_over(filled)
    values = filled.values
    values["contract_number"] = _contract(filled)
    customer = filled.session.get_one(Customer, values["customer_id"])
    values["handling_department_id"] = customer.department_id
    for name, known in _IN_FILE.items():
        values[name] = values.get(name) or getattr(customer, known)
    proposal = proposed(filled)
    if proposal:
        values["proposed_category"], values["proposed_because"] = proposal.category, proposal.because
        values["category"] = values.get("category") or proposal.category
        if values["category"] == proposal.category:
            values["category_reason"] = None


def proposed(filled: Filled) -> Proposal | None:
    """The category that follows from what is typed so far; None while customer or kind of work are missing."""
    if not filled.has("customer_id", "work_kind"):
        return None
    return propose(filled.values["work_kind"], cover_of(filled), _contract(filled))


def figures(filled: Filled) -> list[tuple[str, Any]]:
    """What is worth knowing while the caller speaks: product, cover, category and why."""
    customer = filled.session.get(Customer, filled.values.get("customer_id") or 0)
    said = item_figures(filled, customer)
    if customer:
        said.append(("SO.figure.in_file", " ".join(filter(None, (customer.contact, customer.phone, customer.address)))))
    cover = cover_of(filled)
    if cover.until:
        said.append(("CP.figure.until", cover.until))
    if contract := _contract(filled):
        said.append(("CP.figure.contract", contract))
    if proposal := proposed(filled):
        said += [("SO.figure.category", proposal.category), ("SO.figure.because", proposal.because)]
    return said


def _contract(filled: Filled) -> str | None:
    customer_id = filled.values.get("customer_id")
    if not customer_id:
        return None
    day = local_day(filled.values.get("received_at") or filled.now)
    if ("contract", customer_id, day) not in filled.memory:
        filled.memory["contract", customer_id, day] = running_contract(filled.session, customer_id, day)
    found: str | None = filled.memory["contract", customer_id, day]
    return found
