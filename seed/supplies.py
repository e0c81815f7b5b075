"""Parts requests, supplier notices and returns of the demonstration, played like the complaints that they serve."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml
from sqlmodel import Session, col, select

from models import (
    Complaint,
    CostBearing,
    Customer,
    Document,
    Part,
    PartSource,
    RequestedPart,
    Return,
    ServiceIncome,
    ServiceOrder,
    State,
    Supplier,
    SupplierNotice,
    Supply,
)
from seed.trips import DAY
from services.documents.drafts import blank, keep
from services.engine import act
from services.people import local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20283
_ON_SITE = ("wangjianjun", "sunwei", "wulei", "zhaohaifeng", "zhouzhiqiang", "fengtao", "machao", "hejing")
_WRITERS = {Supply.OUTSOURCED: "weijianshe", Supply.PURCHASED: "liqiang"}
_TAKES_BACK = ("lina", "yangliu", "xujia", "liumin")
_PACE = {
    "department_head": 0.3 * DAY,
    "parts_source": 0.35 * DAY,
    "parts_order": 0.6 * DAY,
    "parts_ship": 2.6 * DAY,
    "parts_receipt": 1.6 * DAY,
    "notice_send": 0.15 * DAY,
    "notice_answer": 1.4 * DAY,
    "notice_confirm": 0.5 * DAY,
    "notice_confirm_head": 0.5 * DAY,
    "return_inspect": 0.8 * DAY,
    "return_decision": 0.6 * DAY,
    "return_receive": 1.2 * DAY,
    "finance_refund": 0.9 * DAY,
}
"""Minutes of work that a step takes, as a rule."""
_LATELY = 6
"""Days within which the last of them were written: they are still on their way."""
_NEWEST = 12
"""Days that what comes back for money or another one has been sold, as a rule."""


@dataclass
class Supplying:
    """A paper on its way, and what happens in it besides."""

    owner: str
    document_id: int = 0
    odd: dict[str, bool] = field(default_factory=dict)


class Supplies:
    """Who needs parts, writes to suppliers, takes things back."""

    def __init__(self, year: "Year", session: Session) -> None:
        self.year, self.chance = year, Random(_SEED)
        self.asides = Random(_SEED + 1)
        """For what was added later: what was there before stays as it is."""
        self.words = yaml.safe_load(Path(__file__).with_name("supplies.yaml").read_text(encoding="utf-8"))
        self.parts = list(session.exec(select(Part).order_by(col(Part.id))))
        self.suppliers = list(session.exec(select(Supplier).order_by(col(Supplier.id))))
        self.written = 0
        self.taken_back: set[str] = set()

    def plan(self, requests: int, notices: int, returns: int) -> None:
        """Spread over the year."""
        span = self.year.now - self.year.start
        for count, scene in (
            (requests, self._ask_for_parts),
            (notices, self._write_to_supplier),
            (returns, self._take_back),
        ):
            lately = max(1, count // 8)
            for number in range(count):
                at = self.year.start + span * (number + self.chance.random()) / (count - lately)
                if number >= count - lately:
                    at = self.year.now - timedelta(days=1 + _LATELY * self.chance.random())
                self.year._later(self.year.hours.later(at, self.chance.randint(1, 200)), scene)

    # --- scenes

    def _ask_for_parts(self, session: Session, at: datetime) -> None:
        owner, today = self.chance.choice(_ON_SITE), local_day(at)
        department = self.year.departments[self.year.homes[owner]]
        case = self._case(session, at, department)
        if case is not None and self.asides.random() < 0.4:
            case = self._visit_ahead(session, department) or case
        customer = self._customer(session, case)
        chosen = self.chance.sample(self.parts, self.chance.choices([1, 2, 3], [50, 35, 15])[0])
        lines = [
            {
                "part_id": part.id,
                "quantity": self.chance.choice([1, 1, 2, 2, 4]),
                "needed_on": (today + timedelta(days=self.chance.randint(4, 14))).isoformat(),
            }
            for part in chosen
        ]
        if self.chance.random() < 0.12:
            name, model, price = self.chance.choice(self.words["off_list"])
            free = {"part_name": name, "part_model": model, "unit_price": f"{price}.00", "quantity": 1}
            lines.append(free | {"needed_on": lines[0]["needed_on"]})
        raw = {
            "serves": case.number if case else None,
            "site": self.words["workshop"].format(customer=customer.name) if customer else self._word("sites"),
            "direct": self.chance.random() < 0.8,
            "contact": customer.contact if customer else self._word("contacts"),
            "contact_phone": (customer.phone if customer else None) or "0000-61000000",
            "remarks": self._word("remarks") if self.chance.random() < 0.4 else None,
            "lines": lines,
        }
        odd = {"give_back": self.chance.random() < 0.05}
        self._send(session, at, "PR", raw, Supplying(owner, odd=odd))

    def _write_to_supplier(self, session: Session, at: datetime) -> None:
        supplier, today = self.chance.choice(self.suppliers), local_day(at)
        case = self._case(session, at, None)
        customer = self._customer(session, case)
        made = [one for one in self.parts if one.supplier_id == supplier.id]
        part = self.chance.choice(made or self.parts)
        bearing = self.chance.choices(list(CostBearing), [60, 25, 15])[0]
        raw = {
            "supplier_id": supplier.id,
            "serves": case.number if case else None,
            "problem": self.chance.choice(self.words["problems"][supplier.code]),
            "model": f"{part.name} {part.model}",
            "quantity": self.chance.randint(1, 12),
            "on_site": self.chance.random() < 0.7,
            "site": self.words["workshop"].format(customer=customer.name) if customer else self._word("sites"),
            "contact": customer.contact if customer else self._word("contacts"),
            "contact_phone": (customer.phone if customer else None) or "0000-61000000",
            "solve_by": (today + timedelta(days=self.chance.randint(6, 15))).isoformat(),
            "cost_bearing": bearing.value,
            "claimed_amount": f"{self.chance.choice([800, 1600, 2400, 3800, 5200, 8600, 12500])}.00",
            "first_contact_on": today.isoformat(),
            "first_contact_note": self._word("contact_notes"),
        }
        odd = {"supplier_failed": self.chance.random() < 0.1, "not_solved": self.chance.random() < 0.1}
        self._send(session, at, "SN", raw, Supplying(_WRITERS[supplier.supply], odd=odd))

    def _take_back(self, session: Session, at: datetime) -> None:
        desk, today = self.year.desk, local_day(at)
        kind = self.chance.choices(["repair", "exchange", "refund"], [45, 35, 20])[0]
        sold = [one for one in desk.items if one.sold_on <= today and one.serial not in self.taken_back]
        lately = [one for one in sold if one.sold_on >= today - timedelta(days=_NEWEST)]
        item = self.chance.choice(lately if lately and kind != "repair" and self.chance.random() < 0.7 else sold)
        self.taken_back.add(item.serial)
        paid = self.chance.choice([680, 960, 1280, 1850])
        raw = {
            "customer_id": item.customer_id,
            "product_id": item.product_id,
            "serial": item.serial,
            "quantity": 1,
            "return_kind": kind,
            "reason": self._word("reasons"),
            "paid_price": f"{paid}.00",
            "refund_amount": f"{paid * self.chance.choice([50, 80, 100]) // 100}.00",
        }
        odd = {"reject": self.chance.random() < 0.12}
        self._send(session, at, "RT", raw, Supplying(self.chance.choice(_TAKES_BACK), odd=odd))

    # --- how a paper goes on

    def _send(self, session: Session, at: datetime, code: str, raw: dict[str, Any], paper: Supplying) -> None:
        self.written += 1
        author = self.year._person(session, paper.owner)
        paper.document_id = keep(session, author, code, raw, token=f"demo-{code.lower()}-{self.written}", now=at).id
        self._act(session, at, paper.owner, paper, "submit")
        self._wait(session, at, paper)

    def _wait(self, session: Session, at: datetime, paper: Supplying) -> None:
        document = session.get_one(Document, paper.document_id)
        if document.state != State.RUNNING or document.step is None:
            return
        if document.step == "notice_solve":
            moment = self._when_solved(session, at, paper)
        else:
            pace = min(_PACE[document.step] * self.chance.lognormvariate(0, 0.6), 9 * DAY)
            moment = self.year.hours.later(at, pace)
        self.year._later(moment, self._go_on, paper, document.step)

    def _when_solved(self, session: Session, at: datetime, paper: Supplying) -> datetime:
        by = session.get_one(SupplierNotice, paper.document_id).solve_by
        days = (by - local_day(at)).days + (self.chance.randint(-4, 0) if self.chance.random() < 0.75 else 3)
        return self.year.hours.later(at + timedelta(days=max(days, 1)), self.chance.randint(20, 200))

    def _go_on(self, session: Session, at: datetime, paper: Supplying, step: str) -> None:
        document = session.get_one(Document, paper.document_id)
        if document.state != State.RUNNING or document.step != step:
            return
        actor = self.year._actor(session, document, local_day(at), self.chance)
        if step == "parts_source" and paper.odd.pop("give_back", False):
            self._act(session, at, actor, paper, "return", note=self._word("give_backs"))
            return
        if step == "return_decision" and paper.odd.pop("reject", False):
            self._act(session, at, actor, paper, "reject", note=self._word("rejections"))
            return
        if step.startswith("notice_confirm") and paper.odd.pop("not_solved", False):
            self._act(session, at, actor, paper, "not_solved", note=self._word("not_yet"))
        else:
            failed = step == "notice_solve" and paper.odd.pop("supplier_failed", False)
            decides = step in ("department_head", "return_inspect", "return_decision", "finance_refund")
            action = "supplier_failed" if failed else "approve" if decides else "complete"
            answers = self._answers(session, at, paper, step, failed=failed)
            self._act(session, at, actor, paper, action, **answers)
            if Decimal(answers.get("accepted_amount") or 0):
                self.year._later(self.year.hours.later(at, self.asides.randint(60, 4 * DAY)), self._claim, paper)
        self._wait(session, at, paper)

    def _claim(self, session: Session, at: datetime, notice: Supplying) -> None:
        """What the supplier agreed to bear becomes an income."""
        author, source = self.year._person(session, notice.owner), session.get_one(Document, notice.document_id)
        raw = blank(session, author, "RV", at, source.id)
        token = f"demo-claim-{source.id}"
        income = Supplying(notice.owner, keep(session, author, "RV", raw, token=token, now=at, source_id=source.id).id)
        self._act(session, at, notice.owner, income, "submit")
        self.year._later(self.year.hours.later(at, self.asides.randint(30, DAY)), self._let_claim, income)

    def _let_claim(self, session: Session, at: datetime, income: Supplying) -> None:
        document = session.get_one(Document, income.document_id)
        self._act(session, at, self.year._actor(session, document, local_day(at), self.asides), income, "approve")
        wait = self.asides.randint(20, DAY)
        self.year._later(self.year.hours.later_that_day(at, wait), self._recognise, income)

    def _recognise(self, session: Session, at: datetime, income: Supplying) -> None:
        today, number = local_day(at).isoformat(), f"2533{self.asides.randrange(10**8):08d}"
        given = {"recognised_on": today, "invoiced_on": today, "invoice_number": number}
        self._act(session, at, "maxiaoyan", income, "complete", **given)
        wait = self.asides.randint(6, 50) * DAY
        self.year._later(self.year.hours.later(at, wait), self._collect, income)

    def _collect(self, session: Session, at: datetime, income: Supplying) -> None:
        left = session.get_one(ServiceIncome, income.document_id).receivable or Decimal(0)
        given = {"collected_on": local_day(at).isoformat(), "collected_sum": f"{left:.2f}"}
        reference = f"{local_day(at):%Y%m%d}{self.asides.randrange(1000):03d}"
        self._act(session, at, "tangjing", income, "complete", collection_reference=reference, **given)

    def _answers(self, session: Session, at: datetime, paper: Supplying, step: str, *, failed: bool) -> dict[str, Any]:
        today, day = local_day(at), local_day(at).isoformat()
        match step:
            case "parts_source":
                stocked = any(line.source == PartSource.STOCK for line in self._lines(session, paper))
                return self._shipment(day, "shipped_on", "carrier", "waybill") if stocked else {}
            case "parts_order":
                comes = (today + timedelta(days=self.chance.randint(3, 8))).isoformat()
                bought = [one for one in self._lines(session, paper) if one.source == PartSource.PURCHASE]
                lines = {
                    one.position: {
                        "ordered_price": f"{(one.unit_price or 0) * self.chance.choice([92, 96, 100]) / 100:.2f}",
                        "expected_on": comes,
                    }
                    for one in bought
                }
                return {"ordered_on": day, "lines": {"lines": lines}}
            case "parts_ship":
                return self._shipment(day, "bought_shipped_on", "bought_carrier", "bought_waybill")
            case "parts_receipt":
                return {"received_on": day, "receipt_note": self._word("receipts")}
            case "notice_send":
                return {"sent_on": day, "sent_way": self.chance.choice(["email", "email", "letter"])}
            case "notice_answer":
                claimed = session.get_one(SupplierNotice, paper.document_id).claimed_amount or 0
                share = self.chance.choice([100, 100, 60, 0])
                accepted = f"{claimed * share / 100:.2f}"
                return {"answered_on": day, "answer": self._word("answers"), "accepted_amount": accepted}
            case "notice_solve":
                rating = 1 if failed else self.chance.choices([2, 3, 4, 5], [8, 22, 45, 25])[0]
                said = self._word("failed" if failed else "solved")
                return {"solved_on": day, "rating": rating, "solve_note": said} | ({"note": said} if failed else {})
            case "return_inspect":
                found = self.chance.choices(["defect", "no_defect", "misuse", "transport"], [60, 15, 10, 15])[0]
                return {"inspection": found, "inspection_note": self.chance.choice(self.words["inspections"][found])}
            case "return_decision":
                late = session.get_one(Return, paper.document_id).out_of_period
                return {"exception_reason": self._word("exceptions")} if late else {}
            case "return_receive":
                return {"received_on": day}
            case "finance_refund":
                return {"refunded_on": day, "refund_reference": f"TK{today:%Y%m%d}{paper.document_id % 1000:03d}"}
        return {}

    # --- parts

    def _shipment(self, day: str, on: str, by: str, under: str) -> dict[str, str]:
        return {on: day, by: self._word("carriers"), under: f"SF{self.chance.randrange(10**12):012d}"}

    def _lines(self, session: Session, paper: Supplying) -> list[RequestedPart]:
        return list(session.exec(select(RequestedPart).where(RequestedPart.document_id == paper.document_id)))

    def _case(self, session: Session, at: datetime, department_id: int | None) -> Document | None:
        """A complaint under way, mostly one of the department's."""
        if self.chance.random() < 0.25:
            return None
        found = (
            select(Document)
            .join(Complaint, col(Complaint.document_id) == Document.id)
            .where(Document.state == State.RUNNING, col(Complaint.verified_at).is_not(None))
            .order_by(col(Document.id).desc())
        )
        if department_id is not None:
            found = found.where(Complaint.handling_department_id == department_id)
        cases = list(session.exec(found.limit(6)))
        return self.chance.choice(cases) if cases else None

    def _visit_ahead(self, session: Session, department_id: int) -> Document | None:
        """A service order of the department whose visit is still to come."""
        found = (
            select(Document)
            .join(ServiceOrder, col(ServiceOrder.document_id) == Document.id)
            .where(Document.state == State.RUNNING, Document.step == "visit")
            .where(ServiceOrder.handling_department_id == department_id)
            .order_by(col(Document.id).desc())
        )
        return session.exec(found).first()

    def _customer(self, session: Session, case: Document | None) -> Customer | None:
        if case is None:
            return None
        table = ServiceOrder if case.kind == "SO" else Complaint
        return session.get(Customer, session.get_one(table, case.id).customer_id)

    def _word(self, key: str) -> str:
        return str(self.chance.choice(self.words[key]))

    def _act(self, session: Session, at: datetime, login: str, paper: Supplying, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), paper.document_id, action, now=at, **more)
        self.year.acts += 1
