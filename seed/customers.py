"""Customers, products, what was sold to whom, and service contracts of the demonstration, the same in every year."""

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml
from sqlmodel import Session, select

from models import Contract, Customer, Department, Product, SoldItem
from services.people import local_day

_SEED = 20271
_SOLD = 400
_OLDEST = 5 * 365
"""Days since the first of them was sold."""


def load_customers(session: Session, now: datetime) -> None:
    """Write them into a database that has none. `now` is the day that the year ends."""
    words = yaml.safe_load(Path(__file__).with_name("customers.yaml").read_text(encoding="utf-8"))
    today, chance = local_day(now), Random(_SEED)
    departments = {one.code: one.id for one in session.exec(select(Department))}
    customers = {row["code"]: _customer(row, departments, chance) for row in words["customers"]}
    products = [
        Product(code=row["code"], name=row["name"], model=row["model"], warranty_months=row["warranty"])
        for row in words["products"]
    ]
    session.add_all([*customers.values(), *products])
    session.flush()
    for number in range(1, _SOLD + 1):
        product = chance.choices(products, [row["share"] for row in words["products"]])[0]
        sold_on = today - timedelta(days=chance.randint(20, _OLDEST))
        session.add(
            SoldItem(
                serial=f"{product.code.split('-')[0]}{sold_on:%y%m}-{number:04d}",
                product_id=product.id,
                customer_id=chance.choice(list(customers.values())).id,
                sold_on=sold_on,
                own_warranty_months=chance.choice([None] * 9 + [36]),
            )
        )
    for number, row in enumerate(words["contracts"], start=1):
        session.add(_contract(number, row, customers, today))
    session.flush()


def _customer(row: dict[str, Any], departments: dict[str, int], chance: Random) -> Customer:
    return Customer(
        code=row["code"],
        name=row["name"],
        department_id=departments[row["at"]],
        key_customer="key" in row,
        visit_months=row.get("key"),
        contact=row["contact"],
        phone=f"0000-{chance.randrange(10**8):08d}",
        address=row["city"],
    )


def _contract(number: int, row: dict[str, Any], customers: dict[str, Customer], today: date) -> Contract:
    first = today - timedelta(days=row["days"])
    return Contract(
        number=f"FW-{first.year}-{number:03d}",
        customer_id=customers[row["customer"]].id,
        starts_on=first,
        ends_on=first + timedelta(days=365 * row["years"] - 1),
    )
