"""The money of the demonstration year: advances for trips and without, what settles them, and claims without a trip.

Its chance is its own, so that the trips of the year stay what they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from models import CashAdvance, ClaimOffset, Document, State
from seed.hours import clock_at
from seed.trips import DAY
from seed.vouchers import hand_in
from services.documents.advances import OpenAdvance, open_advances, overdue
from services.documents.bank_accounts import confirm_account, decline_account, propose_account
from services.documents.drafts import blank, keep
from services.engine import act
from services.people import local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20268
_ROUND = 3 * DAY
"""Minutes of work between two times that the cashier asks after old advances."""
_PATIENCE = 25
"""Days that an advance may be overdue before the rest is paid back in cash."""
_LEFT_TO_THE_BOOKS = ("salaries", "equipment")
"""Categories that the portal books from the first whole year on."""
_LAST_GENERAL = ("clerk", "department_head", "finance_audit", "payment")
_LAST_ADVANCES = ("department_head", "finance_vp", "payment", "settlement", "settlement")


@dataclass
class Piece:
    """A paper of the purse on its way."""

    owner: str
    kind: str
    raw: dict[str, Any]
    stop: str | None = None
    """Where it waits at the end of the year."""
    source_id: int | None = None
    document_id: int = 0
    then: Callable[[Session, datetime, "Piece"], None] | None = None
    """What follows once an advance is paid."""


class Purse:
    """Who asks for money, who settles it, and who still owes some."""

    def __init__(self, year: "Year") -> None:
        self.year, self.words, self.chance = year, year.words["purse"], Random(_SEED)
        self.written = self.paid = 0
        self.owing: set[tuple[str, int | None]] = set()
        """Who asked for an advance on which trip."""

    def plan(self) -> None:
        """Claims and advances without a trip, over the year; some wait at its end."""
        people = list(self.year.words["travellers"])
        rooms = [self.words["general"][i % len(self.words["general"])] for i in range(12)] + [self.words["major"]]
        for number, item in enumerate(rooms):
            self._later(self._moment(number, len(rooms)), self._general, people[number % len(people)], item, None)
        for number, stop in enumerate(_LAST_GENERAL):
            item = self.words["general"][number]
            self._later(self._lately(3 + number), self._general, people[-1 - number], item, stop)
        self._later(self._lately(4), self._general, people[2], self.words["major"], "finance_head")
        for number in range(8):
            item = self.words["advances"][number % len(self.words["advances"])]
            self._later(self._moment(number, 8), self._advance, people[(number + 3) % len(people)], item, None)
        for number, stop in enumerate(_LAST_ADVANCES):
            days = 5 + number if stop != "settlement" else 10 + 8 * number
            item = self.words["advances"][number % len(self.words["advances"])]
            self._later(self._lately(days), self._advance, people[-6 - number], item, stop)
        self._later(self.year.hours.later(self.year.start, _ROUND), self._collect)
        self._later(self._once_the_first_year_is_over(), self._open_books, 1, True)
        self._later(self._lately(5), self._open_books, 2, False)
        for row in self.words["accounts"]:
            self._later(self._lately(row["days"]), self._move_account, row)

    def for_trip(self, at: datetime, owner: str, trip_id: int | None) -> None:
        """Now and then somebody who travels has money in advance (P9-5a)."""
        if self.chance.random() < 0.2:
            self.owing.add((owner, trip_id))
            self._later(at + self._minutes(15, 60), self._trip_advance, owner, trip_id)

    def owes(self, login: str, trip_id: int | None) -> bool:
        """Did he ask for money in advance for this trip? Then its receipts are handed in at once (P9-5b)."""
        return (login, trip_id) in self.owing

    def clear(self, session: Session, at: datetime, owner: str, trip_id: int | None) -> None:
        """Whoever is back and has not been paid needs his advance no more."""
        unpaid = select(Document).join(CashAdvance, col(CashAdvance.document_id) == Document.id)
        his = (CashAdvance.trip_id == trip_id, Document.applicant_id == self.year.people[owner])
        for document in session.exec(unpaid.where(*his, Document.state == State.RUNNING)).all():
            if document.step != "settlement":
                if document.approved_at is None:
                    self._act(session, at, owner, document.id, "withdraw")
                self._act(session, at, owner, document.id, "cancel", note="已垫付，不再支款")

    # --- scenes

    def _general(self, session: Session, at: datetime, owner: str, item: dict[str, Any], stop: str | None) -> None:
        raw = {"purpose": item["what"], "vouchers": [self._voucher(item, self._price(item), at)]}
        self._write(session, at, Piece(owner, "EC", raw, stop))

    def _trip_advance(self, session: Session, at: datetime, owner: str, trip_id: int) -> None:
        trip = session.get_one(Document, trip_id)
        asked = ((trip.amount or Decimal(0)) / 2 // 100) * 100
        if trip.step == "travel" and asked >= 500:
            self._write(session, at, Piece(owner, "CA", {"requested": f"{asked:.2f}"}, source_id=trip_id))

    def _advance(self, session: Session, at: datetime, owner: str, item: dict[str, Any], stop: str | None) -> None:
        spent = self._price(item)
        asked = (spent * self.chance.choice([9, 10, 12]) / 10 // 100 + 1) * 100

        def settle(session: Session, at: datetime, piece: Piece) -> None:
            if stop is None:
                later = self.year.hours.later(at, self.chance.randint(DAY, 3 * DAY))
                self._later(later, self._settle, owner, piece.document_id, item, spent)

        raw = {"purpose": item["what"], "requested": f"{asked:.2f}"}
        self._write(session, at, Piece(owner, "CA", raw, stop, then=settle))

    def _settle(
        self, session: Session, at: datetime, owner: str, advance_id: int, item: dict[str, Any], spent: Decimal
    ) -> None:
        raw = {"vouchers": [self._voucher(item, spent, at)]}
        self._write(session, at, Piece(owner, "EC", raw, source_id=advance_id))

    def _move_account(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        """Somebody has another account; finance confirms it, or not, or has not yet (P8-3.1)."""
        person = self.year._person(session, row["by"])
        raw = {"bank_name": row["bank"], "bank_account": row["account"], "note": row["note"]}
        change = propose_account(session, person, person.id, raw, at)
        if "decided_by" in row:
            self._later(self.year.hours.later(at, 180), self._decide_account, change.id, row)

    def _decide_account(self, session: Session, at: datetime, id: int, row: dict[str, Any]) -> None:
        second = self.year._person(session, row["decided_by"])
        if "declined" in row:
            decline_account(session, second, id, row["declined"], at)
        else:
            confirm_account(session, second, id, at)

    def _once_the_first_year_is_over(self) -> datetime:
        """When the old books of its first calendar year are closed; or at once, where that is still to come."""
        moment = clock_at(date(local_day(self.year.start).year + 1, 1, 8), time(9))
        return self.year.hours.later(moment if moment < self._lately(20) else self.year.start, 60)

    def _open_books(self, session: Session, at: datetime, back: int, agreed: bool) -> None:
        """What the old books say of a year before; the head of finance has agreed, or has it before him (P7-4)."""
        officer = self.year._person(session, "zhanglei")
        of = local_day(at).year - back
        raw = {"year": of, "actuals": self._whole_books(of) if agreed else self._few_books(), "advances": []}
        paper = keep(session, officer, "OE", raw, token=f"demo-opening-{back}", now=at)
        self._act(session, at, officer.login, paper.id, "submit")
        if agreed:
            self._later(self.year.hours.later(at, 200), self._agree, paper.id)

    def _whole_books(self, of: int) -> list[dict[str, Any]]:
        """What each department spent on each category: about two thirds of what it plans by now. What the portal has
        booked itself since it began is not in them.
        """
        start = local_day(self.year.start)
        began = start.month if of == start.year else 13
        return [
            {"department_id": self.year.departments[code], "category": category}
            | {
                f"m{month:02d}": "0.00"
                if category not in _LEFT_TO_THE_BOOKS and month >= began
                else f"{usual * (62 + month * 5 % 7) // 120_000 * 100}.00"
                for month in range(1, 13)
            }
            for code, plan in self.year.words["plans"]["departments"].items()
            for category, usual in plan["usual"].items()
        ]

    def _few_books(self) -> list[dict[str, Any]]:
        return [
            {"department_id": self.year.departments[code], "category": category}
            | {f"m{month:02d}": f"{usual + 100 * ((month * 7) % 5)}.00" for month in range(1, 13)}
            for code, category, usual in self.words["old_books"]
        ]

    def _agree(self, session: Session, at: datetime, id: int) -> None:
        self._act(session, at, "sunliping", id, "approve")

    def _collect(self, session: Session, at: datetime) -> None:
        """The cashier takes back what is left of advances that no claim under way will settle."""
        for one in open_advances(session, at):
            if self._nothing_comes(session, one) and one.days_overdue > (0 if self._used(session, one) else _PATIENCE):
                back = {"returned_on": local_day(at).isoformat(), "returned_amount": f"{one.advance.open_amount:.2f}"}
                cashier = self.year._actor(session, one.document, local_day(at), self.chance)
                self._act(session, at, cashier, one.document.id, "complete", **back)
        self._later(self.year.hours.later(at, _ROUND), self._collect)

    def _nothing_comes(self, session: Session, one: OpenAdvance) -> bool:
        under_way = (State.DRAFT, State.RUNNING, State.RETURNED)
        claims = select(ClaimOffset.id).join(Document, col(Document.id) == ClaimOffset.document_id)
        named = claims.where(ClaimOffset.advance_id == one.document.id, col(Document.state).in_(under_way))
        return session.exec(named).first() is None

    def _used(self, session: Session, one: OpenAdvance) -> bool:
        return one.advance.open_amount != one.advance.requested

    # --- on its way

    def _write(self, session: Session, at: datetime, piece: Piece) -> None:
        author = self.year._person(session, piece.owner)
        if piece.kind == "CA" and overdue(session, author.id, at):
            return
        self.written += 1
        raw = blank(session, author, piece.kind, at, piece.source_id) | piece.raw
        token = f"demo-purse-{self.written}"
        document = keep(session, author, piece.kind, raw, token=token, now=at, source_id=piece.source_id)
        piece.document_id = document.id
        self._later(at + self._minutes(4, 25), self._send, piece)

    def _send(self, session: Session, at: datetime, piece: Piece) -> None:
        self._act(session, at, piece.owner, piece.document_id, "submit")
        self._wait(session, at, piece)

    def _wait(self, session: Session, at: datetime, piece: Piece) -> None:
        document = session.get_one(Document, piece.document_id)
        if document.state != State.RUNNING or document.step in (None, piece.stop):
            return
        if document.step == "settlement":
            if piece.then:
                piece.then(session, at, piece)
            return
        pace = 60 if piece.stop or piece.kind == "CA" else 150
        moment = self.year.hours.later(at, min(pace * self.chance.lognormvariate(0, 0.6), 2 * DAY))
        self._later(moment, self._decide, piece, document.step)

    def _decide(self, session: Session, at: datetime, piece: Piece, step: str) -> None:
        document = session.get_one(Document, piece.document_id)
        if document.state != State.RUNNING or document.step != step:
            return
        actor = self.year._actor(session, document, local_day(at), self.chance)
        if step == "payment":
            self.paid += 1
            day = local_day(at)
            paid = {"paid_on": day.isoformat(), "payment_reference": f"{day:%Y%m%d}9{self.paid:04d}"}
            self._act(session, at, actor, document.id, "complete", **paid)
        else:
            hand_in(session, self.year._person(session, actor), document, at)
            self._act(session, at, actor, document.id, "approve", note=self.chance.choice(self.words["agreed"]))
        self._wait(session, at, piece)

    # --- parts

    def _voucher(self, item: dict[str, Any], amount: Decimal, at: datetime) -> dict[str, Any]:
        return {
            "spent_on": (local_day(at) - timedelta(days=1)).isoformat(),
            "expense_type_id": self.year.types[item["type"]],
            "description": item["what"],
            "invoice_number": f"264320{self.chance.randrange(10**14):014d}",
            "seller": item["seller"],
            "amount": f"{amount:.2f}",
        }

    def _price(self, item: dict[str, Any]) -> Decimal:
        return Decimal(self.chance.randint(*item["price"])) + self.chance.choice([Decimal(0), Decimal("0.50")])

    def _moment(self, number: int, of: int) -> datetime:
        """Spread over the year, without its first and last weeks."""
        span = self.year.now - self.year.start - timedelta(days=60)
        return self.year.hours.later(self.year.start + timedelta(days=15) + span * (number + 1) / of, 30)

    def _lately(self, days: int) -> datetime:
        return self.year.hours.later(self.year.now - timedelta(days=days), 45)

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(minutes=self.chance.randint(least, most))

    def _later(self, moment: datetime, scene: Callable[..., None], *facts: Any) -> None:
        self.year._later(moment, scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, document_id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), document_id, action, now=at, **more)
        self.year.acts += 1
