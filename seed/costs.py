"""The months of the demonstration: costs are entered, months settled, reviewed and closed, the last ones half done.

Its chance is its own, so that the rest of the year stays what it is.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from models import Asset, Document, MonthlySettlement, Person, Role, SettlementItem, State
from seed.hours import clock_at
from seed.trips import DAY
from services.documents import KINDS
from services.documents.cost_proposals import proposals
from services.documents.drafts import check, keep
from services.documents.kind import lines_of
from services.documents.month_checks import checklist
from services.documents.monthly_settlement import REVIEW
from services.documents.settlement_lines import costs_of
from services.engine import act
from services.money.ledger import month_of
from services.months import first_day, last_day, months_before
from services.people import holders, local_day
from services.reports.costs import send_result

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20273
_MONTHS = 13
_STOPS = {"AS2": REVIEW, "AS3": "returned", "MS": "department_head"}
"""Where the newest settlement of a department waits; those that are not named have closed the month."""
_SHARE, _WAGES = Decimal("0.92"), Decimal("0.79")
"""Of what is planned for salaries so much is paid, and of that so much to the people; the rest is social insurance."""


@dataclass
class Month:
    """A department's month on its way."""

    code: str
    month: str
    stop: str | None = None


class Costs:
    """Who enters what a month has cost, and who settles it."""

    def __init__(self, year: "Year", session: Session) -> None:
        self.year, self.words, self.chance = year, year.words["costs"], Random(_SEED)
        self.entered = self.settled = 0
        for number, row in enumerate(self.words["assets"], start=1):
            self._asset(session, number, row)

    def plan(self) -> None:
        """Costs in the first days after a month, its settlement some days later."""
        this = month_of(local_day(self.year.now))
        newest = True
        for back in range(1, _MONTHS + 1):
            month = months_before(this, back)
            if first_day(month) <= local_day(self.year.start):
                break
            over = clock_at(last_day(month) + timedelta(days=1), time(8))
            settled = self._after(over, 7 * DAY)
            last = newest and settled + timedelta(days=2) < self.year.now
            newest = newest and not last
            self.year._later(self._after(settled, 2 * DAY), self._send_result, month)
            for number, code in enumerate(self.words["plans"]):
                entry = Month(code, month)
                self.year._later(self._after(over, 60 + 25 * number), self._enter, entry)
                stop = _STOPS.get(code) if last else None
                at = self._after(settled, 40 * number + self.chance.uniform(0, DAY))
                at = self.year.hours.later(self.year.now, -DAY // 2) if stop == REVIEW else at
                self.year._later(at, self._settle, Month(code, month, stop))

    # --- scenes

    def _enter(self, session: Session, at: datetime, entry: Month) -> None:
        """Wages as they are paid, depreciation as it is proposed."""
        author = holders(session, Role.ACCOUNTANT, None)[0]
        department_id = self.year.departments[entry.code]
        paid = {self.year.types[code] for code in ("WAGES", "SOCIAL")}
        found = proposals(session, department_id, entry.month)
        recurring = [line for line in found if line["expense_type_id"] not in paid]
        lines = [*self._wages(entry, at), *recurring, *self._others(entry)]
        raw = {"charged_department_id": department_id, "month": entry.month, "lines": lines}
        self.entered += 1
        self._send(session, at, author.login, "CE", raw, f"demo-ce-{self.entered}")

    def _send_result(self, session: Session, at: datetime, month: str) -> None:
        """Finance tells the departments what the month has cost (P8-4.3)."""
        send_result(session, holders(session, Role.FINANCE_HEAD, None)[0], month, at)
        self.year.acts += 1

    def _settle(self, session: Session, at: datetime, month: Month) -> None:
        """The clerk sends what the ledger says; a December waits until its claims are in."""
        department_id = self.year.departments[month.code]
        if month.month.endswith("12"):
            open_ = {one.item: one.open for one in checklist(session, department_id, month.month, at)}
            if local_day(at) < date(int(month.month[:4]) + 1, 1, 20) or open_[SettlementItem.CLAIMS]:
                self.year._later(self._after(at, 5 * DAY), self._settle, month)
                return
        self.settled += 1
        raw = {"settled_department_id": department_id, "month": month.month, "remarks": None}
        clerk = holders(session, Role.CLERK, department_id)[0].login
        self._send(session, at, clerk, "MS", raw, f"demo-ms-{self.settled}", month.stop)

    def _send(
        self,
        session: Session,
        at: datetime,
        login: str,
        code: str,
        raw: dict[str, Any],
        token: str,
        stop: str | None = None,
    ) -> None:
        """What is odd about it is said, then it goes its way."""
        author = self.year._person(session, login)
        raw = self._explained(session, at, author, code, raw)
        document = keep(session, author, code, raw, token=token, now=at)
        self._act(session, at, login, document.id, "submit")
        self._wait(session, at, document.id, stop)

    def _wait(self, session: Session, at: datetime, document_id: int, stop: str | None) -> None:
        document = session.get_one(Document, document_id)
        if document.state == State.RUNNING and document.step != stop:
            self.year._later(self._after(at, self.chance.uniform(40, 240)), self._decide, document_id, stop)

    def _decide(self, session: Session, at: datetime, document_id: int, stop: str | None) -> None:
        document = session.get_one(Document, document_id)
        actor = self.year._actor(session, document, local_day(at), self.chance)
        if document.step != REVIEW:
            self._act(session, at, actor, document_id, "approve", note=self.chance.choice(self.words["agreed"]))
            self._wait(session, at, document_id, stop)
            return
        if stop == "returned" or self._changed(session, document, at):
            self._act(session, at, actor, document_id, "return", note=self.words["returned"])
            if stop is None:
                self.year._later(self._after(at, 60), self._send_again, document_id)
            return
        costs = lines_of(session, document, KINDS["MS"].lines("costs"))
        answers = {one.position: {"confirmed": True, "finding": None} for one in costs}
        self._act(session, at, actor, document_id, "approve", lines={"costs": answers})

    def _send_again(self, session: Session, at: datetime, document_id: int) -> None:
        """What was posted meanwhile is in it now."""
        document = session.get_one(Document, document_id)
        author = session.get_one(Person, document.created_by_id)
        row = session.get_one(MonthlySettlement, document_id)
        raw = {"settled_department_id": row.settled_department_id, "month": row.month, "remarks": None}
        raw = self._explained(session, at, author, "MS", raw, document)
        keep(session, author, "MS", raw, token=document.client_token, now=at)
        self._act(session, at, author.login, document_id, "submit")
        self._wait(session, at, document_id, None)

    # --- parts

    def _explained(
        self,
        session: Session,
        at: datetime,
        author: Person,
        code: str,
        raw: dict[str, Any],
        document: Document | None = None,
    ) -> dict[str, Any]:
        """What was typed, with why what is odd about it is right."""
        filled, _ = check(session, author, code, raw, at, document)
        warnings = KINDS[code].warnings
        found = list(warnings(filled)) if warnings else []
        return raw | {"reasons": {one.mark: self._why(one.fault.key) for one in found}}

    def _changed(self, session: Session, document: Document, at: datetime) -> bool:
        """Has something been posted since it was sent?"""
        row = session.get_one(MonthlySettlement, document.id)
        costs = lines_of(session, document, KINDS["MS"].lines("costs"))
        listed = {(one.category, one.cost_element): one.element_spent for one in costs if one.element_spent}
        return listed != costs_of(session, row.settled_department_id, row.month)

    def _wages(self, entry: Month, at: datetime) -> list[dict[str, Any]]:
        usual = Decimal(self.words["plans"][entry.code]) / 12
        if entry.code in self.words["fewer"] and last_day(entry.month) > self._day(self.words["fewer"][entry.code]):
            usual *= Decimal("0.9")
        whole = (usual * _SHARE * Decimal(str(self.chance.uniform(0.985, 1.0)))).quantize(Decimal("0.01"))
        wages = (whole * _WAGES).quantize(Decimal("0.01"))
        basis = self.words["basis"]
        month = f"{entry.month[:4]}-{entry.month[4:]}"
        return [
            self._line("WAGES", wages, basis["wages"].format(month=month)),
            self._line("SOCIAL", whole - wages, basis["social"].format(month=month)),
        ]

    def _others(self, entry: Month) -> list[dict[str, Any]]:
        return [
            self._line(one["type"], Decimal(self.chance.randint(*one["price"])), one["basis"])
            for one in self.words["others"]
            if one["department"] == entry.code and int(entry.month[4:]) % one["every"] == 0
        ]

    def _line(self, code: str, amount: Decimal, basis: str) -> dict[str, Any]:
        return {"expense_type_id": self.year.types[code], "asset_id": None, "amount": f"{amount:.2f}", "basis": basis}

    def _why(self, key: str) -> str:
        reasons = self.words["reasons"]
        return str(self.chance.choice(reasons.get(key.rpartition(".")[2], reasons["other"])))

    def _asset(self, session: Session, number: int, row: dict[str, Any]) -> None:
        used = self._day(row["days"])
        session.add(
            Asset(
                code=f"LF-E{number:03d}",
                name=row["name"],
                department_id=self.year.departments[row["department"]],
                bought_on=used - timedelta(days=12),
                in_use_from=used,
                cost=Decimal(row["cost"]),
                salvage=(Decimal(row["cost"]) * Decimal("0.05")).quantize(Decimal("0.01")),
                life_months=row["months"],
            )
        )
        session.flush()

    def _day(self, days: int) -> date:
        """So many days before the end of the year."""
        return local_day(self.year.now) - timedelta(days=days)

    def _after(self, moment: datetime, minutes: float) -> datetime:
        return self.year.hours.later(moment, minutes)

    def _act(self, session: Session, at: datetime, login: str, document_id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), document_id, action, now=at, **more)
        self.year.acts += 1
