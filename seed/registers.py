"""The monthly registers of the demonstration year: each after-sales department's clerk draws them up, month by month.

Its chance is its own, so that the trips of the year stay what they are.
"""

from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, select

from models import Department, Document, RegisterKind, Role, State
from seed.hours import clock_at
from seed.trips import DAY
from services.documents.drafts import check, keep
from services.engine import act
from services.money.ledger import month_of
from services.months import last_day, months_before
from services.people import holders, local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20271
_MONTHS = 12
_STOPS = {
    ("AS1", RegisterKind.TRIPS): "vice_president",
    ("AS2", RegisterKind.TRIPS): "department_head",
    ("AS3", RegisterKind.TRIPS): "returned",
    ("AS1", RegisterKind.ENTERTAINMENT): None,
    ("AS2", RegisterKind.ENTERTAINMENT): "draft",
    ("AS3", RegisterKind.ENTERTAINMENT): "vice_president",
    **{(code, kind): None for code in ("MGT", "MS", "TQ", "FIN", "GO") for kind in RegisterKind},
}
"""Where the registers of the last month wait at the end of the year."""


class Registers:
    """Who draws up which month, and who signs it."""

    def __init__(self, year: "Year") -> None:
        self.year, self.words, self.chance = year, year.words["registers"], Random(_SEED)
        self.drawn = 0

    def plan(self) -> None:
        """In the first days of each month, the registers of the month before."""
        this = month_of(local_day(self.year.now))
        for back in range(_MONTHS, 0, -1):
            month = months_before(this, back)
            for (code, kind), stop in _STOPS.items():
                opens = clock_at(last_day(month) + timedelta(days=1), time(8))
                at = self.year.hours.later(opens, self.chance.uniform(0.1, 1.4) * DAY)
                if month >= month_of(local_day(self.year.start)):
                    self.year._later(at, self._draw, code, month, kind, stop if back == 1 else None)

    def _draw(
        self,
        session: Session,
        at: datetime,
        code: str,
        month: str,
        kind: RegisterKind,
        stop: str | None,
        *,
        again: bool = True,
    ) -> None:
        department = session.exec(select(Department).where(Department.code == code)).one()
        clerk = holders(session, Role.CLERK, department.id)[0]
        remarks = self.chance.choice(self.words["remarks"])
        raw = {"registered_department_id": department.id, "month": month, "register_kind": kind.value}
        raw |= {"remarks": remarks}
        if check(session, clerk, "MR", raw, at)[1]:  # nobody travelled or dined, or has recorded it yet
            if again:
                self.year._later(self.year.hours.later(at, 5 * DAY), self._draw_late, code, month, kind, stop)
            return
        self.drawn += 1
        document = keep(session, clerk, "MR", raw, token=f"demo-mr-{self.drawn}", now=at)
        if stop != "draft":
            self.year._later(at + timedelta(minutes=self.chance.randint(3, 15)), self._send, document.id, clerk, stop)

    def _draw_late(
        self, session: Session, at: datetime, code: str, month: str, kind: RegisterKind, stop: str | None
    ) -> None:
        self._draw(session, at, code, month, kind, stop, again=False)

    def _send(self, session: Session, at: datetime, document_id: int, clerk: Any, stop: str | None) -> None:
        self._act(session, at, clerk.login, document_id, "submit")
        self._wait(session, at, document_id, stop)

    def _wait(self, session: Session, at: datetime, document_id: int, stop: str | None) -> None:
        document = session.get_one(Document, document_id)
        if document.state == State.RUNNING and document.step != stop:
            moment = self.year.hours.later(at, min(200 * self.chance.lognormvariate(0, 0.6), 2 * DAY))
            self.year._later(moment, self._decide, document_id, stop)

    def _decide(self, session: Session, at: datetime, document_id: int, stop: str | None) -> None:
        document = session.get_one(Document, document_id)
        actor = self.year._actor(session, document, local_day(at), self.chance)
        if stop == "returned":
            self._act(session, at, actor, document_id, "return", note=self.words["returned"])
            return
        self._act(session, at, actor, document_id, "approve", note=self.chance.choice(self.words["agreed"]))
        self._wait(session, at, document_id, stop)

    def _act(self, session: Session, at: datetime, login: str, document_id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), document_id, action, now=at, **more)
        self.year.acts += 1
