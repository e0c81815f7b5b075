"""The budgets of the demonstration: both calendar years are planned, approved and issued, the next one half planned.

Most is planned for the first months, as companies do that keep something in hand: the year's papers pass the control.
Its chance is its own, so that the rest of the year stays what it is.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from models import BudgetCategory, Document, State
from seed.hours import clock_at
from seed.trips import DAY
from services.documents.budget_plan import REVIEW
from services.documents.drafts import blank, check, keep
from services.documents.grids import as_typed
from services.documents.plan_lines import GRID
from services.engine import act
from services.money.spread import by_shape, evenly
from services.people import local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20269
_STEADY = (22, 12, 12, 8, 8, 8, 6, 6, 6, 5, 4, 3)
"""How a large amount is planned over the months, in per cent; a small one comes in lumps."""
_LUMPY = (56, *(4,) * 11)
_LARGE = Decimal(35_000)
_AGREED = ("同意", "按计划执行", "注意节约", "")


@dataclass
class Plan:
    """A department's plan on its way."""

    code: str
    year: int
    share: Decimal
    """How much of the usual is planned."""
    stop: str | None = None
    """Where it waits at the end of the year: "draft", or a step."""
    document_id: int = 0


class Plans:
    """Who plans what, and when the company's budget is drawn up and issued."""

    def __init__(self, year: "Year") -> None:
        self.year, self.words, self.chance = year, year.words["plans"], Random(_SEED)

    def plan(self) -> None:
        """The two calendar years of the demonstration, the second as late as is usual; and the next one, half done."""
        start, now = self.year.start, self.year.now
        first = local_day(start).year
        begins = {
            first: start - timedelta(days=13),
            first + 1: max(start - timedelta(days=9), clock_at(date(first, 11, 18), time(9))),
        }
        for year, moment in begins.items():
            share = Decimal("0.9") if year == first else Decimal(1)
            for number, code in enumerate(self.words["departments"]):
                self._later(self._after(moment, 10 + 12 * number), self._write, Plan(code, year, share))
            self._later(self._after(moment, 3 * DAY), self._consolidate, year)
        for days, (code, stop) in enumerate(self.words["next_year"].items(), start=3):
            plan = Plan(code, local_day(now).year + 1, Decimal("1.06"), stop)
            self._later(self._after(now - timedelta(days=days), 40), self._write, plan)
        self._later(self._after(now, -100), self._begin, local_day(now).year + 1)

    # --- scenes

    def _write(self, session: Session, at: datetime, plan: Plan) -> None:
        """The clerk plans, as much as is usual, and a little more or less."""
        owner = self.words["departments"][plan.code]["clerk"]
        author = self.year._person(session, owner)
        raw = blank(session, author, "BP", at) | {"year": plan.year, "lines": self._sheet(plan)}
        raw |= {"planned_department_id": self.year.departments[plan.code]} | self.words["why"]
        token = f"demo-bp-{plan.code}-{plan.year}"
        plan.document_id = keep(session, author, "BP", raw, token=token, now=at).id
        if plan.stop != "draft":
            self._later(at + timedelta(minutes=5), self._send, plan, owner)

    def _send(self, session: Session, at: datetime, plan: Plan, owner: str) -> None:
        self._act(session, at, owner, plan.document_id, "submit")
        self._wait(session, at, plan)

    def _wait(self, session: Session, at: datetime, plan: Plan) -> None:
        document = session.get_one(Document, plan.document_id)
        if document.state == State.RUNNING and document.step != plan.stop:
            self._later(self._after(at, self.chance.uniform(40, 200)), self._decide, plan)

    def _decide(self, session: Session, at: datetime, plan: Plan) -> None:
        document = session.get_one(Document, plan.document_id)
        actor = self.year._actor(session, document, local_day(at), self.chance)
        trims = self.words["trims"].get(plan.code, {}) if document.step == REVIEW else {}
        places = {category.value: place for place, category in enumerate(BudgetCategory, start=1)}
        lines = {places[name]: {"reviewed": str(one["to"]), "review_reason": one["why"]} for name, one in trims.items()}
        answers = {"lines": {"lines": lines}} if lines else {}
        self._act(session, at, actor, plan.document_id, "approve", note=self.chance.choice(_AGREED), **answers)
        self._wait(session, at, plan)

    def _begin(self, session: Session, at: datetime, year: int) -> Document:
        """Finance puts together what it has reviewed, under a ceiling that is just above it."""
        author = self.year._person(session, self.words["finance_head"])
        raw = {"year": year, "ceiling": "99999999.00", "basis": self.words["basis"].format(year=year)}
        filled, _ = check(session, author, "CB", raw, at)
        whole = sum((line["year_amount"] for line in filled.lines["plans"]), Decimal(0))
        raw["ceiling"] = f"{(whole // 10_000 + 1) * 10_000:.2f}"
        return keep(session, author, "CB", raw, token=f"demo-cb-{year}", now=at)

    def _consolidate(self, session: Session, at: datetime, year: int) -> None:
        """Once all plans are reviewed it is sent, approved and issued."""
        document = self._begin(session, at, year)
        self._act(session, at, self.words["finance_head"], document.id, "submit")
        self._later(self._after(at, 150), self._go_on, document.id, "approve")
        self._later(self._after(at, 260), self._go_on, document.id, "complete")

    def _go_on(self, session: Session, at: datetime, document_id: int, action: str) -> None:
        document = session.get_one(Document, document_id)
        actor = self.year._actor(session, document, local_day(at), self.chance)
        self._act(session, at, actor, document_id, action)

    # --- parts

    def _sheet(self, plan: Plan) -> list[dict[str, Any]]:
        usual = self.words["departments"][plan.code]["usual"]
        shown = {}
        for category in BudgetCategory:
            amount = (Decimal(usual.get(category.value, 0)) * plan.share // 100) * 100
            if category == BudgetCategory.SALARIES:
                shown[category.value] = evenly(amount // 1200 * 1200)
            else:
                shown[category.value] = by_shape(amount, [*map(Decimal, _STEADY if amount > _LARGE else _LUMPY)])
        return as_typed(GRID, shown)

    def _after(self, moment: datetime, minutes: float) -> datetime:
        return self.year.hours.later(moment, minutes)

    def _later(self, moment: datetime, scene: Any, *facts: Any) -> None:
        self.year._later(moment, scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, document_id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), document_id, action, now=at, **more)
        self.year.acts += 1
