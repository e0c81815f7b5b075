"""Periodic maintenance under a service contract: its orders open by themselves, each once (P6-6 B)."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models import Contract, Customer, Document, Person, Role, SoldItem
from services.engine.opening import open_by_itself
from services.people import holders, local_day
from services.settings import setting
from services.texts import text
from services.warranty import months_later

LOOKED_BACK = timedelta(days=60)
"""A visit that was due longer ago is not caught up on: its contract was entered late."""
_SPOKEN = "zh"


def contracts_due(session: Session, now: datetime) -> list[int]:
    """Contracts under which machines are to be maintained within [7] days, and no order was opened for that yet."""
    found = select(Contract).where(Contract.active, col(Contract.maintenance_months).is_not(None))
    due = [(one, day) for one in session.exec(found) if (day := _due(one, _until(session, now), local_day(now)))]
    tokens = {_token(one, day): one.id for one, day in due}
    opened = set(session.exec(select(Document.client_token).where(col(Document.client_token).in_(tokens))))
    return [id for token, id in tokens.items() if token not in opened]


def open_maintenance(session: Session, contract_id: int, now: datetime) -> Document | None:
    """Open the order of a contract's maintenance that is due, in the name of a service clerk; nothing where none is, or
    where nothing was sold to the customer or nobody registers calls.
    """
    contract = session.get_one(Contract, contract_id)
    day = _due(contract, _until(session, now), local_day(now))
    customer = session.get_one(Customer, contract.customer_id)
    product, keeper = _product(session, customer), _keeper(session, customer)
    if day is None or product is None or keeper is None:
        return None
    unknown = text(_SPOKEN, "maintenance.unknown")
    raw: dict[str, Any] = {
        "customer_id": customer.id,
        "contact": customer.contact or unknown,
        "contact_phone": customer.phone or unknown,
        "address": customer.address or unknown,
        "received_at": now.isoformat(),
        "urgency": "normal",
        "work_kind": "maintenance",
        "product_id": product,
        "fault": text(_SPOKEN, "maintenance.fault", number=contract.number, day=day),
    }
    return open_by_itself(session, "SO", raw, token=_token(contract, day), keeper=keeper, now=now)


def _token(contract: Contract, day: date) -> str:
    return f"maintenance-{contract.id}-{day}"


def _until(session: Session, now: datetime) -> date:
    days: int = setting(session, "service.maintenance_days", now)
    return local_day(now) + timedelta(days=days)


def _due(contract: Contract, until: date, today: date) -> date | None:
    """The last day of maintenance up to `until`, while the contract runs; it begins with its first interval."""
    every, found = contract.maintenance_months, None
    number = 1
    while every and (day := months_later(contract.starts_on, every * number)) <= min(until, contract.ends_on):
        found, number = day, number + 1
    return found if found and found >= today - LOOKED_BACK else None


def _product(session: Session, customer: Customer) -> int | None:
    """What the customer has most of."""
    found = session.exec(select(SoldItem.product_id).where(SoldItem.customer_id == customer.id, SoldItem.active))
    most = Counter(found).most_common(1)
    return most[0][0] if most else None


def _keeper(session: Session, customer: Customer) -> Person | None:
    """A service clerk, of the department that looks after the customer where there is one."""
    clerks = holders(session, Role.SERVICE_CLERK, None)
    return next((one for one in clerks if one.department_id == customer.department_id), clerks[0] if clerks else None)
