"""What changes the budgets of the demonstration: adjustments, money outside of them, papers that were stopped first.

Its chance is its own, so that the rest of the year stays what it is.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from models import Document, State
from seed.trips import DAY
from services.documents.drafts import blank, keep
from services.engine import act
from services.errors import Refused
from services.people import local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 202610


class Changes:
    """The rows of `changes` in year.yaml, each played as many days before the end of the year as it says."""

    def __init__(self, year: "Year") -> None:
        self.year, self.rows, self.chance = year, year.words["changes"], Random(_SEED)

    def plan(self) -> None:
        scenes = (("purchases", self._buy), ("requests", self._ask), ("adjustments", self._adjust))
        for name, scene in scenes:
            for number, row in enumerate(self.rows[name], start=1):
                at = self.year.hours.later(self.year.now, -round(row["days"] * DAY))
                self._later(at, 0, scene, row | {"token": f"demo-{name}-{number}"})

    # --- scenes

    def _buy(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        """A request to spend that the budget stops; its author asks for what is missing, and sends it afterwards."""
        day = local_day(at) + timedelta(days=7)
        raw = {
            "trip_id": None,
            "serves": row["serves"],
            "spending": "purchase",
            "expense_type_id": self.year.types[row["type"]],
            "asked_amount": f"{row['amount']:.2f}",
            "planned_on": day.isoformat(),
            "matter": row["matter"],
            "invoice": True,
        }
        paper = self._keep(session, at, "SR", raw, row)
        if self._sent(session, at, paper, row["by"]):
            return
        form = blank(session, self.year._person(session, row["by"]), "OB", at, paper.id) | row["why"]
        asked = Decimal(str(form["outside_amount"])) + row.get("besides", 0)
        form["outside_amount"] = f"{asked:.2f}"
        request = self._keep(session, at, "OB", form, row | {"token": f"{row['token']}-ob"}, paper.id)
        self._later(at, 20, self._send, request.id, row, paper.id)

    def _ask(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        """Money outside the budget that nothing was stopped for."""
        form = {"outside": row["kind"], "for_id": None, "category": row["category"], "reason": row["reason"]}
        form |= {"month": f"{local_day(at):%Y%m}", "outside_amount": f"{row['amount']:.2f}"} | row["why"]
        paper = self._keep(session, at, "OB", form, row)
        if row.get("stop") != "draft":
            self._later(at, 15, self._send, paper.id, row, None)

    def _adjust(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        """From one line to another of the month it is."""
        month = f"{local_day(at):%Y%m}"

        def line(place: list[str]) -> dict[str, Any]:
            department, category = place
            amount = f"{row['amount']:.2f}"
            known = {"department_id": self.year.departments[department], "category": category}
            return known | {"month": month, "amount": amount}

        form = {"reason": row["reason"], "taken": [line(row["from"])], "given": [line(row["to"])]}
        paper = self._keep(session, at, "BA", form, row)
        self._later(at, 15, self._send, paper.id, row, None)

    def _send(self, session: Session, at: datetime, id: int, row: dict[str, Any], stopped: int | None) -> None:
        self._act(session, at, row["by"], id, "submit")
        self._go_on(session, at, id, row, stopped)

    def _go_on(self, session: Session, at: datetime, id: int, row: dict[str, Any], stopped: int | None) -> None:
        document = session.get_one(Document, id)
        if document.state == State.RUNNING and document.step != row.get("stop"):
            self._later(at, self.chance.uniform(40, 260), self._decide, id, row, stopped)
        elif document.state == State.DONE and stopped:
            self._later(at, 30, self._send_again, stopped, row)

    def _decide(self, session: Session, at: datetime, id: int, row: dict[str, Any], stopped: int | None) -> None:
        document = session.get_one(Document, id)
        actor = self.year._actor(session, document, local_day(at), self.chance)
        ends = row.get("rejected", {}) if document.step == row.get("rejected", {}).get("at") else {}
        last = document.step == "general_manager"
        grants = {"granted_amount": f"{row['granted']:.2f}"} if last and "granted" in row else {}
        note = ends.get("why") or (row.get("note", "") if last else "")
        self._act(session, at, actor, id, "reject" if ends else "approve", note=note, **grants)
        self._go_on(session, at, id, row, stopped)

    def _send_again(self, session: Session, at: datetime, id: int, row: dict[str, Any]) -> None:
        """The paper that was stopped goes its way; both agree to it."""
        paper = session.get_one(Document, id)
        if self._sent(session, at, paper, row["by"]):
            self._later(at, 90, self._agree, id)

    def _agree(self, session: Session, at: datetime, id: int) -> None:
        document = session.get_one(Document, id)
        if document.step == "agreement":
            self._act(session, at, self.year._actor(session, document, local_day(at), self.chance), id, "approve")
            self._later(at, 60, self._agree, id)

    # --- parts

    def _sent(self, session: Session, at: datetime, paper: Document, login: str) -> bool:
        """Send it; False where the budget stops that, which is on record."""
        try:
            with session.begin_nested():
                self._act(session, at, login, paper.id, "submit")
        except Refused as refused:
            if refused.leaves is None:
                raise
            refused.leaves(session)
            session.refresh(paper)
            return False
        return True

    def _keep(
        self,
        session: Session,
        at: datetime,
        code: str,
        raw: dict[str, Any],
        row: dict[str, Any],
        source: int | None = None,
    ) -> Document:
        author = self.year._person(session, row["by"])
        return keep(session, author, code, raw, token=row["token"], now=at, source_id=source)

    def _later(self, at: datetime, minutes: float, scene: Any, *facts: Any) -> None:
        self.year._later(self.year.hours.later(at, minutes), scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), id, action, now=at, **more)
        self.year.acts += 1
