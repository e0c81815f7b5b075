"""The incomes of the demonstration year that no visit brings by itself: parts sold, advice paid for, the costs of cases
recovered from customers (P8-5.2, P5-5.2b); with a chance of their own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml
from sqlmodel import Session, col, select

from models import Complaint, Department, Document, Part, ServiceIncome, ServiceOrder, State, Verdict
from seed.trips import DAY
from services.documents.drafts import keep
from services.documents.order_following import DAYS_TO_PAY
from services.engine import act
from services.people import local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20293
_KINDS = ("part_sale", "part_sale", "consulting", "from_customer")
_CLERKS = {"AS1": "lina", "AS2": "yangliu", "AS3": "xujia"}
_SALESPERSON = "donghao"
_TAX = Decimal(13) / Decimal(113)


@dataclass
class Sale:
    """An income on its way."""

    document_id: int
    owner: str


class Sales:
    """Who buys, and what of it is paid."""

    def __init__(self, year: "Year", session: Session) -> None:
        self.year, self.chance = year, Random(_SEED)
        self.words = yaml.safe_load(Path(__file__).with_name("orders.yaml").read_text(encoding="utf-8"))
        self.parts = list(session.exec(select(Part).where(col(Part.price) > 0).order_by(col(Part.id))))
        self.codes = {one.id: one.code for one in session.exec(select(Department))}

    def plan(self, count: int) -> None:
        """Spread over the year, from its second month on: what they come from has to be there first."""
        first = self.year.start + timedelta(days=30)
        for number in range(count):
            at = first + (self.year.now - first) * (number + self.chance.random()) / count
            self._later(self.year.hours.later(at, 20), self._sell, number)

    def _sell(self, session: Session, at: datetime, number: int) -> None:
        kind = _KINDS[number % len(_KINDS)]
        found = self._case(session, kind)
        if found is None:
            return
        source, customer_id = found
        day = local_day(at)
        amount, basis = self._worth(kind)
        raw: dict[str, Any] = {
            "income_kind": kind,
            "customer_id": customer_id,
            "serves": source.number,
            "earned_on": day.isoformat(),
            "income_amount": f"{amount:.2f}",
            "tax": f"{amount * _TAX:.2f}" if kind != "from_customer" else None,
            "basis": basis,
            "collect_by": (day + timedelta(days=DAYS_TO_PAY)).isoformat(),
        }
        clerk = _CLERKS.get(self.codes.get(source.department_id, ""), "lina")
        owner = _SALESPERSON if kind == "from_customer" else clerk
        author = self.year._person(session, owner)
        sale = Sale(keep(session, author, "RV", raw, token=f"demo-sale-{number}", now=at).id, owner)
        self._act(session, at, owner, sale, "submit")
        self._later(self.year.hours.later(at, self.chance.randint(30, DAY)), self._agree, sale)

    def _agree(self, session: Session, at: datetime, sale: Sale) -> None:
        document = session.get_one(Document, sale.document_id)
        self._act(session, at, self.year._actor(session, document, local_day(at), self.chance), sale, "approve")
        self._later(self.year.hours.later_that_day(at, self.chance.randint(20, DAY)), self._recognise, sale)

    def _recognise(self, session: Session, at: datetime, sale: Sale) -> None:
        today, number = local_day(at).isoformat(), f"2534{self.chance.randrange(10**8):08d}"
        given = {"recognised_on": today, "invoiced_on": today, "invoice_number": number}
        self._act(session, at, "maxiaoyan", sale, "complete", **given)
        if self.chance.random() < 0.9:
            wait = self.chance.randint(5, 40) * DAY
            self._later(self.year.hours.later(at, wait), self._collect, sale)

    def _collect(self, session: Session, at: datetime, sale: Sale) -> None:
        left = session.get_one(ServiceIncome, sale.document_id).receivable or Decimal(0)
        given = {"collected_on": local_day(at).isoformat(), "collected_sum": f"{left:.2f}"}
        reference = f"{local_day(at):%Y%m%d}{self.chance.randrange(1000):03d}"
        self._act(session, at, "tangjing", sale, "complete", collection_reference=reference, **given)

    def _case(self, session: Session, kind: str) -> tuple[Document, int] | None:
        """What the income comes from: a call that is closed, or a complaint that was no matter of quality."""
        recovers = kind == "from_customer"
        table: Any = Complaint if recovers else ServiceOrder
        found = (
            select(Document, table.customer_id)
            .join(table, table.document_id == col(Document.id))
            .where(Document.state == State.DONE)
            .order_by(col(Document.id).desc())
            .limit(12)
        )
        if recovers:
            found = found.where(table.verdict == Verdict.NON_QUALITY)
        cases = list(session.exec(found))
        return self.chance.choice(cases) if cases else None

    def _worth(self, kind: str) -> tuple[Decimal, str]:
        if kind == "part_sale":
            part, quantity = self.chance.choice(self.parts), self.chance.randint(2, 12)
            return (part.price or Decimal(0)) * quantity, f"{part.name} {part.model} × {quantity}"
        words = self.words["consulting" if kind == "consulting" else "recoveries"]
        return Decimal(self.chance.choice((600, 800, 1200, 1800, 2400))), str(self.chance.choice(words))

    def _later(self, moment: datetime, scene: Any, *facts: Any) -> None:
        self.year._later(moment, scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, sale: Sale, action: str, **more: Any) -> Document:
        self.year.acts += 1
        return act(session, self.year._person(session, login), sale.document_id, action, now=at, **more)
