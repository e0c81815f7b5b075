"""What a customer calls about, in a complaint and in a service order: his machine, by its serial number or by name.

Both forms ask the same fields: `serial`, `product_id`, `bought_on`, and `received_at`.
"""

from collections.abc import Iterator
from typing import Any

from models import Customer, Product, SoldItem
from services.documents.kind import Filled
from services.errors import Fault
from services.people import local_day
from services.warranty import Cover, cover, sold_item


def received_already(filled: Filled) -> Iterator[Fault]:
    """Nobody calls in the future."""
    if filled.has("received_at") and filled.values["received_at"] > filled.now:
        yield Fault("received_at", "fault.received_in_future")


def the_product_is_known(filled: Filled) -> Iterator[Fault]:
    """By its serial number, or by what the customer says it is; the two agree (P6-8a)."""
    item, product_id = item_of(filled), filled.values.get("product_id")
    if "product_id" not in filled.values:
        return
    if item is None and product_id is None:
        yield Fault("product_id", "fault.required")
    elif item and product_id and product_id != item.product_id:
        product = filled.session.get_one(Product, item.product_id)
        yield Fault("product_id", "fault.other_product", {"product": product.label})


def bought_before(filled: Filled) -> Iterator[Fault]:
    if filled.has("bought_on") and filled.values["bought_on"] > local_day(filled.now):
        yield Fault("bought_on", "fault.in_future")


def take_over(filled: Filled) -> None:
    """Product and day of sale by the serial number, and the warranty as it is on the day of the call (P3-1.1)."""
    values, item, found = filled.values, item_of(filled), cover_of(filled)
    if item:
        values["serial"] = item.serial
        values["product_id"] = item.product_id
        values["bought_on"] = item.sold_on
    values["serial_known"] = bool(item) if values.get("serial") else None
    values["warranty"], values["warranty_until"] = found.state, found.until


def item_figures(filled: Filled, customer: Customer | None) -> list[tuple[str, Any]]:
    """What is on file about the machine: product, to whom and when it was sold."""
    item = item_of(filled)
    if item is None:
        return [("CP.figure.serial", None)] if filled.values.get("serial") else []
    said: list[tuple[str, Any]] = [("CP.figure.product", filled.session.get_one(Product, item.product_id).label)]
    if customer is None or customer.id != item.customer_id:
        said.append(("CP.figure.sold_to", filled.session.get_one(Customer, item.customer_id).name))
    return [*said, ("CP.figure.sold_on", item.sold_on)]


def owner_of_item(filled: Filled) -> int | None:
    """The customer to whom the machine with this serial number was sold."""
    item = item_of(filled)
    return item.customer_id if item else None


def item_of(filled: Filled) -> SoldItem | None:
    serial = filled.values.get("serial")
    if ("item", serial) not in filled.memory:
        filled.memory["item", serial] = sold_item(filled.session, serial)
    found: SoldItem | None = filled.memory["item", serial]
    return found


def cover_of(filled: Filled) -> Cover:
    values = filled.values
    day = local_day(values.get("received_at") or filled.now)
    return cover(filled.session, item_of(filled), values.get("product_id"), values.get("bought_on"), day)
