"""What is known of a thing that somebody has: to whom and when it was sold, until when its warranty runs (P3-1.1)."""

import calendar
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Contract, Product, SoldItem, Warranty


@dataclass(frozen=True)
class Cover:
    """Whether a warranty runs on a day, and until when; nothing where the day of sale is unknown."""

    state: Warranty
    until: date | None = None


def sold_item(session: Session, serial: str | None) -> SoldItem | None:
    """What was sold under a serial number, in whatever case and spacing it is typed."""
    plain = "".join((serial or "").upper().split())
    if not plain:
        return None
    stored = sa.func.replace(sa.func.upper(SoldItem.serial), " ", "")
    return session.exec(select(SoldItem).where(stored == plain, col(SoldItem.active)).limit(1)).first()


def cover(session: Session, item: SoldItem | None, product_id: int | None, bought_on: date | None, day: date) -> Cover:
    """The warranty of a sold item, else that of a product bought on some day: it covers its last day."""
    product = session.get(Product, item.product_id if item else product_id or 0)
    begun = item.sold_on if item else bought_on
    if product is None or begun is None:
        return Cover(Warranty.UNKNOWN)
    own = item.own_warranty_months if item else None
    until = months_later(begun, product.warranty_months if own is None else own)
    return Cover(Warranty.RUNNING if day <= until else Warranty.OVER, until)


def running_contract(session: Session, customer_id: int, day: date) -> str | None:
    """The number of the customer's service contract that runs on a day."""
    running = (Contract.starts_on <= day, Contract.ends_on >= day, col(Contract.active))
    found = select(Contract.number).where(Contract.customer_id == customer_id, *running)
    return session.exec(found.order_by(col(Contract.ends_on).desc())).first()


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
