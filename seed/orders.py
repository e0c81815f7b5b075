"""The service orders of the demonstration year: calls, dispatch, visits with signature and cash, and the income of it,
with a chance of their own.
"""

import struct
import zlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sin
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml
from sqlmodel import Session, col, select

from models import (
    Contract,
    Customer,
    Department,
    Document,
    Part,
    Person,
    Product,
    Role,
    ServiceCategory,
    ServiceIncome,
    ServiceOrder,
    SoldItem,
    State,
)
from seed.trips import DAY
from services.attachments import CheckedFile, check
from services.attachments.signature import sign
from services.documents.drafts import keep
from services.engine import act
from services.maintenance import contracts_due, open_maintenance
from services.people import holders, local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20281
_CLERKS = {"AS1": "lina", "AS2": "yangliu", "AS3": "xujia"}
_DISPATCHERS = ("panxiaodong", "panxiaodong", "panxiaodong", "dengchaoqun")
_LATELY = 12
"""One in so many calls, 14 at most, came in during the last days, and is still on its way."""

_MANY, _NO_PARTS = 300, 0.8
"""Of more calls than that, so many need no parts: the budgets for materials are those of a year with fewer."""


_OFFICE = 60
"""One in so many orders serves no customer: category D (P6-6)."""


@dataclass
class Call:
    """An order on its way."""

    document_id: int
    clerk: str


class Hotline:
    """Who calls, who goes, and what is paid."""

    def __init__(self, year: "Year", session: Session) -> None:
        self.year, self.chance = year, Random(_SEED)
        here = Path(__file__)
        self.words = yaml.safe_load(here.with_name("orders.yaml").read_text(encoding="utf-8"))
        self.faults = yaml.safe_load(here.with_name("complaints.yaml").read_text(encoding="utf-8"))["symptoms"]
        self.items = list(session.exec(select(SoldItem).order_by(col(SoldItem.id))))
        self.customers = {one.id: one for one in session.exec(select(Customer))}
        self.products = {one.id: one for one in session.exec(select(Product))}
        self.codes = {one.id: one.code for one in session.exec(select(Department))}
        self.parts = list(session.exec(select(Part).where(col(Part.price) < 200).order_by(col(Part.id))))
        self.busy: dict[int, datetime] = defaultdict(lambda: year.start)
        self.signature: CheckedFile = check("signature.png", _scribble())
        self.taken_in = 0
        self.asides, self.sparing = Random(_SEED + 1), False
        self.office = Random(_SEED + 2)

    def plan(self, session: Session, count: int) -> None:
        """Spread over the year; the contracts' maintenance comes by itself."""
        for number, contract in enumerate(session.exec(select(Contract).order_by(col(Contract.id)))):
            contract.maintenance_months = 6 if number % 3 else 3
            contract.visit_fee = Decimal("600.00") if number % 2 else None
        self.sparing = count > _MANY
        in_the_office = max(1, count // _OFFICE)
        for number in range(in_the_office):
            at = self.year.start + (self.year.now - self.year.start) * (number + self.office.random()) / in_the_office
            self._later(self.year.hours.later(at, 30), self._take_in_office, number)
        span, lately = self.year.now - self.year.start, min(14, max(8, count // _LATELY))
        for number in range(count):
            at = self.year.start + span * (number + self.chance.random()) / (count - lately)
            if number >= count - lately:
                at = self.year.hours.later(self.year.now, -self.chance.uniform(20, 1.5 * DAY))
            self._later(self.year.hours.later(at, 5), self._take_in, number)
        for week in range(52):
            self._later(self.year.hours.later(self.year.start + timedelta(weeks=week), 5), self._maintain)

    # --- scenes

    def _take_in(self, session: Session, at: datetime, number: int) -> None:
        item = self.chance.choice(self.items)
        product, customer = self.products[item.product_id], self.customers[item.customer_id]
        clerk = _CLERKS.get(self.codes.get(customer.department_id, ""), "lina")
        sold = local_day(at) >= item.sold_on
        kind = self.chance.choices(["repair", "replacement", "maintenance", "installation"], [66, 14, 12, 8])[0]
        raw = {
            "customer_id": customer.id,
            "address": f"{customer.address}{self._word('addresses')}",
            "received_at": (at - timedelta(minutes=self.chance.randint(1, 6))).isoformat(),
            "urgency": self.chance.choices(["critical", "major", "normal"], [8, 22, 70])[0],
            "work_kind": kind,
            "serial": item.serial if sold and self.chance.random() < 0.9 else None,
            "product_id": product.id,
            "fault": self.chance.choice(self.faults[product.code]),
        }
        if self.chance.random() < 0.06:
            raw |= {"category": "paid", "category_reason": self._word("reasons")}
        author = self.year._person(session, clerk)
        document = keep(session, author, "SO", raw, token=f"demo-so-{number}", now=at)
        call = Call(document.id, clerk)
        self._act(session, at, clerk, call, "submit")
        self.taken_in += 1
        self._wait_for_dispatch(at, call)

    def _take_in_office(self, session: Session, at: datetime, number: int) -> None:
        """Work on the files and the tools of a service room: nobody is visited, nobody signs, nobody pays (P6-6 D)."""
        item = self.office.choice(self.items)
        customer = self.customers[item.customer_id]
        clerk = _CLERKS.get(self.codes.get(customer.department_id, ""), "lina")
        raw = {
            "customer_id": customer.id,
            "received_at": at.isoformat(),
            "urgency": "normal",
            "work_kind": "administration",
            "product_id": item.product_id,
            "fault": self.office.choice(self.words["administration"]),
        }
        author = self.year._person(session, clerk)
        call = Call(keep(session, author, "SO", raw, token=f"demo-so-office-{number}", now=at).id, clerk)
        self._act(session, at, clerk, call, "submit")
        self.taken_in += 1
        self._later(self.year.hours.later(at, self.office.randint(30, 200)), self._plan_office, call)

    def _plan_office(self, session: Session, at: datetime, call: Call) -> None:
        person = self._freest(session, call)
        begins = self.year.hours.later(max(at, self.busy[person.id]), 60)
        ends = begins + timedelta(minutes=30 * self.office.randint(2, 6))
        self.busy[person.id] = ends
        plan = {"planned_from": begins.isoformat(), "planned_until": ends.isoformat()}
        self._act(session, at, _DISPATCHERS[0], call, "complete", technician_id=person.id, **plan)
        self._later(ends + timedelta(minutes=10), self._do_office, call, person.login, begins, ends)

    def _do_office(
        self, session: Session, at: datetime, call: Call, login: str, begins: datetime, ends: datetime
    ) -> None:
        said = {
            "worked_on": local_day(begins).isoformat(),
            "work_hours": f"{(ends - begins) / timedelta(hours=1):.1f}",
            "work_done": self.office.choice(self.words["administered"]),
            "visit_result": "solved",
        }
        self._act(session, at, login, call, "complete", **said)
        self._later(self.year.hours.later(at, self.office.randint(60, DAY)), self._archive, call)

    def _maintain(self, session: Session, at: datetime) -> None:
        for contract_id in contracts_due(session, at):
            if document := open_maintenance(session, contract_id, at):
                clerk = session.get_one(Person, document.applicant_id).login
                self._wait_for_dispatch(at, Call(document.id, clerk))

    def _wait_for_dispatch(self, at: datetime, call: Call) -> None:
        minutes = 100 * self.chance.lognormvariate(0, 0.8)
        self._later(self.year.hours.later(at, minutes), self._dispatch, call)

    def _dispatch(self, session: Session, at: datetime, call: Call) -> None:
        person = self._freest(session, call)
        ahead = self.chance.randint(60, 3 * DAY)
        begins = self.year.hours.later(max(at, self.busy[person.id]), ahead)
        ends = begins + timedelta(minutes=30 * self.chance.randint(2, 8))
        self.busy[person.id] = ends
        plan = {"planned_from": begins.isoformat(), "planned_until": ends.isoformat()}
        who = self.chance.choice(_DISPATCHERS)
        self._act(session, at, who, call, "complete", technician_id=person.id, **plan)
        self._later(ends + timedelta(minutes=self.chance.randint(5, 90)), self._visit, call, person.login, begins)

    def _freest(self, session: Session, call: Call) -> Person:
        """Whoever of the department is done soonest with what he has."""
        department = session.get_one(ServiceOrder, call.document_id).handling_department_id
        people = [*holders(session, Role.TECHNICIAN, department), *holders(session, Role.ENGINEER, department)]
        return min(people, key=lambda one: self.busy[one.id])

    def _visit(self, session: Session, at: datetime, call: Call, login: str, begins: datetime) -> None:
        order = session.get_one(ServiceOrder, call.document_id)
        technician = self.year._person(session, login)
        hours = Decimal(self.chance.randint(2, 8)) / 2
        said: dict[str, Any] = {"worked_on": local_day(begins).isoformat(), "work_hours": f"{hours:.1f}"}
        if self.chance.random() < 0.06:
            reason = self._word("unfinished")
            said |= {"visit_result": "unfinished", "work_done": reason, "unfinished_reason": reason}
        else:
            words = {"maintenance": "maintained", "installation": "installed"}.get(order.work_kind, "done")
            said |= {"visit_result": "solved", "work_done": self._word(words), "signed_by": order.contact}
        paid = order.category == ServiceCategory.PAID
        parts = self._parts(paid=paid) if order.work_kind != "installation" else []
        sums = sum((Decimal(one["unit_price"] or 0) * one["quantity"] for one in parts), Decimal(0))
        fee = Decimal(200) + hours * (120 if order.work_kind == "maintenance" else 150) + sums
        cash = paid and said["visit_result"] == "solved" and fee <= 500 and order.work_kind != "installation"
        if cash:
            said["collected_amount"] = f"{fee:.2f}"
        said["lines"] = {"parts": parts}
        if said["visit_result"] == "solved":
            sign(session, technician, session.get_one(Document, call.document_id), self.signature, at, **said)
        document = self._act(session, at, login, call, "complete", **said)
        if said["visit_result"] == "unfinished":
            after = session.exec(select(Document).where(Document.source_id == document.id, Document.kind == "SO")).one()
            self._wait_for_dispatch(at, Call(after.id, call.clerk))
        if cash:
            self._later(self.year.hours.later(at, self.chance.randint(30, DAY)), self._hand_over, call, fee)
        else:
            self._income(session, at, call)
            self._later(self.year.hours.later(at, self.chance.randint(60, 2 * DAY)), self._archive, call)

    def _hand_over(self, session: Session, at: datetime, call: Call, fee: Decimal) -> None:
        short = Decimal(5) if self.chance.random() < 0.08 else Decimal(0)
        remark = self._word("differences") if short else None
        counted = {"handed_amount": f"{fee - short:.2f}", "handed_remark": remark}
        self._act(session, at, "tangjing", call, "complete", **counted)
        self._income(session, at, call)
        self._later(self.year.hours.later(at, self.chance.randint(30, DAY)), self._archive, call)

    def _archive(self, session: Session, at: datetime, call: Call) -> None:
        number = session.get_one(Document, call.document_id).number or ""
        self._act(session, at, call.clerk, call, "complete", archived_as=f"FW{number[3:]}")

    def _income(self, session: Session, at: datetime, call: Call) -> None:
        found = select(Document).where(Document.source_id == call.document_id, Document.kind == "RV")
        if paper := session.exec(found).first():
            wait = self.chance.randint(20, 300)
            self._later(self.year.hours.later_that_day(at, wait), self._recognise, paper.id)

    def _recognise(self, session: Session, at: datetime, id: int) -> None:
        today = local_day(at).isoformat()
        number = f"2532{self.chance.randrange(10**8):08d}"
        given = {"recognised_on": today, "invoiced_on": today, "invoice_number": number}
        document = self._on(session, at, "maxiaoyan", id, "complete", **given)
        if document.state == State.RUNNING and self.chance.random() < 0.85:
            wait = self.chance.randint(4, 45) * DAY
            self._later(self.year.hours.later(at, wait), self._collect, id)

    def _collect(self, session: Session, at: datetime, id: int) -> None:
        left = session.get_one(ServiceIncome, id).receivable or Decimal(0)
        partly = left > 400 and self.chance.random() < 0.25
        amount = (left / 2).quantize(Decimal("1")) if partly else left
        reference = f"{local_day(at):%Y%m%d}{self.chance.randrange(1000):03d}"
        given = {"collected_on": local_day(at).isoformat(), "collected_sum": f"{amount:.2f}"}
        self._on(session, at, "tangjing", id, "complete", collection_reference=reference, **given)
        if partly and self.chance.random() < 0.7:
            self._later(self.year.hours.later(at, self.chance.randint(5, 30) * DAY), self._collect, id)

    # --- parts

    def _parts(self, *, paid: bool) -> list[dict[str, Any]]:
        chosen = self.chance.sample(self.parts, self.chance.randint(0, 2))
        used = [
            {
                "part_name": part.name,
                "part_model": part.model,
                "quantity": self.chance.randint(1, 3),
                "unit_price": f"{part.price:.2f}" if paid and part.price else None,
            }
            for part in chosen
        ]
        return [] if self.sparing and self.asides.random() < _NO_PARTS else used

    def _word(self, key: str) -> str:
        return str(self.chance.choice(self.words[key]))

    def _later(self, moment: datetime, scene: Any, *facts: Any) -> None:
        self.year._later(moment, scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, call: Call, action: str, **more: Any) -> Document:
        return self._on(session, at, login, call.document_id, action, **more)

    def _on(self, session: Session, at: datetime, login: str, id: int, action: str, **more: Any) -> Document:
        self.year.acts += 1
        return act(session, self.year._person(session, login), id, action, now=at, **more)


def _scribble(width: int = 360, height: int = 120) -> bytes:
    """A drawn signature as PNG: three waves of ink on white."""
    rows = [bytearray(b"\xff" * width) for _ in range(height)]
    for step in range(6 * width):
        x = 20 + step * (width - 40) / (6 * width)
        y = height / 2 + sin(step / 70) * 30 * (1 - step / (9 * width)) + sin(step / 19) * 9
        for down in range(3):
            rows[min(height - 1, int(y) + down)][int(x)] = 30
    raw = b"".join(b"\0" + bytes(row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(raw)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
