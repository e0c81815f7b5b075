"""The complaints of the demonstration year: every branch of their route, played like the trips, with a chance of their
own.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml
from sqlmodel import Session, col, select

from models import Complaint, Customer, Department, Document, Person, Product, Role, SoldItem, State
from seed.trips import DAY
from services.documents.corrective_action import open_actions
from services.documents.drafts import keep
from services.engine import act
from services.people import holders, local_day

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20279
_TAKES_IN = ("liumin", "liumin", "liumin", "lina", "yangliu", "xujia")
_PACE = {
    "accept": 30,
    "assign": 25,
    "contact": 30,
    "verify": 0.8 * DAY,
    "dispute": 1.2 * DAY,
    "analyse": 0.4 * DAY,
    "analyse_with_sales": 0.8 * DAY,
    "rnd": 1.4 * DAY,
    "responsibility": 0.4 * DAY,
    "plan": 0.3 * DAY,
    "plan_consent": 150,
    "plan_decision": 200,
    "agree": 0.25 * DAY,
    "settle": 1.5 * DAY,
    "report": 180,
    "notify": 110,
    "survey": 1.1 * DAY,
    "allocate": 0.9 * DAY,
    "recover": 1.5 * DAY,
    "feed_back": 0.4 * DAY,
}
"""Minutes of work that a step takes, as a rule."""
_LATE = {"contact": 20, "verify": 3}
"""So much longer than as a rule it takes where a case is dealt with late."""
_LATELY = 12
"""Days within which the last of them came in."""
_NEW = 12
"""So many of them at most."""
_TOGETHER = 60
"""Minutes of work until the next of several who fill in the same step."""


@dataclass
class Tale:
    """A complaint on its way, and what is to become of it."""

    number: int
    owner: str
    verdict: str
    swift: bool
    odd: dict[str, bool] = field(default_factory=dict)
    """What happens in it besides: by step."""
    document_id: int = 0
    cause: dict[str, Any] = field(default_factory=dict)


class Desk:
    """Who complains of what, and how it is handled."""

    def __init__(self, year: "Year", session: Session) -> None:
        self.year, self.chance = year, Random(_SEED)
        self.words = yaml.safe_load(Path(__file__).with_name("complaints.yaml").read_text(encoding="utf-8"))
        self.items = list(session.exec(select(SoldItem).order_by(col(SoldItem.id))))
        self.customers = {one.id: one for one in session.exec(select(Customer))}
        self.products = {one.id: one for one in session.exec(select(Product))}
        self.departments = {one.code: one.id for one in session.exec(select(Department))}
        self.taken_in = 0

    def plan(self, count: int) -> None:
        """Spread over the year; the last ones came in lately, and are still on their way when it ends."""
        span, lately = self.year.now - self.year.start, min(count // 8, _NEW)
        for number in range(count):
            at = self.year.start + span * (number + self.chance.random()) / (count - lately)
            if number >= count - lately:
                at = self.year.now - timedelta(days=3 + _LATELY * self.chance.random())
            moment = self.year.hours.later(at, self.chance.randint(1, 200))
            self._later(moment, self._take_in, self._tale(number))

    def _tale(self, number: int) -> Tale:
        chance = self.chance
        verdict = chance.choices(["quality", "non_quality", "unsubstantiated", "disputed"], [62, 21, 9, 8])[0]
        odds = {
            "decline": 0.05,
            "not_ours": 0.04,
            "unusual": 0.1,
            "analyse_again": 0.05,
            "disagree": 0.1,
            "replan": 0.03,
            "settle": 0.07,
            "late": 0.08,
            "rework": 0.06,
            "reopen": 0.04,
            "unreachable": 0.1,
        }
        odd = {name: chance.random() < share for name, share in odds.items()}
        return Tale(number, chance.choice(_TAKES_IN), verdict, chance.random() < 0.1, odd)

    # --- scenes

    def _take_in(self, session: Session, at: datetime, tale: Tale) -> None:
        item = self.chance.choice(self.items)
        product, customer = self.products[item.product_id], self.customers[item.customer_id]
        known = self.chance.random()
        raw = {
            "customer_id": customer.id,
            "contact": customer.contact if known < 0.6 else self._word("contacts"),
            "contact_phone": customer.phone,
            "channel": self.chance.choices(["phone", "email", "online", "visit", "letter"], [62, 14, 14, 7, 3])[0],
            "received_at": (at - timedelta(minutes=self.chance.randint(3, 40))).isoformat(),
            "severity": "critical" if tale.swift else self.chance.choices(["major", "normal"], [22, 78])[0],
            "serial": item.serial if known < 0.85 else f"{item.serial[:2]}{self.chance.randrange(10**5):05d}",
            "product_id": product.id,
            "bought_on": item.sold_on.isoformat(),
            "content": self.chance.choice(self.words["symptoms"][product.code]),
        }
        if local_day(at) < item.sold_on:  # not sold yet at that time
            raw |= {"serial": None, "bought_on": None}
        self.taken_in += 1
        author = self.year._person(session, tale.owner)
        document = keep(session, author, "CP", raw, token=f"demo-cp-{tale.number}", now=at)
        tale.document_id = document.id
        self._act(session, at, tale.owner, tale, "submit")
        self._wait(session, at, tale)

    def _wait(self, session: Session, at: datetime, tale: Tale, *, together: bool = False) -> None:
        document = session.get_one(Document, tale.document_id)
        if document.state != State.RUNNING or document.step is None:
            return
        if document.step == "execute":
            moment = self._when_executed(session, at, tale)
        else:
            pace = _TOGETHER if together else _PACE[document.step] * (0.35 if tale.swift else 1)
            pace *= _LATE.get(document.step, 1) if tale.odd["late"] else 1
            longest = 2.4 * DAY if document.step == "verify" and not tale.odd["late"] else 6 * DAY
            moment = self.year.hours.later(at, min(pace * self.chance.lognormvariate(0, 0.55), longest))
        self._later(moment, self._go_on, tale, document.step)

    def _when_executed(self, session: Session, at: datetime, tale: Tale) -> datetime:
        day = session.get_one(Complaint, tale.document_id).promised_on
        ahead = (day - local_day(at)).days if day else 0
        days = max(0, ahead - self.chance.randint(0, 2) if self.chance.random() < 0.9 else ahead + 2)
        return self.year.hours.later(at + timedelta(days=days), self.chance.randint(40, 200))

    def _go_on(self, session: Session, at: datetime, tale: Tale, step: str) -> None:
        document = session.get_one(Document, tale.document_id)
        if document.state != State.RUNNING or document.step != step:
            return
        if step == "feed_back" and open_actions(session, tale.document_id):  # the case waits for what it set in motion
            self._later(self.year.hours.later(at, 2 * DAY), self._go_on, tale, step)
            return
        actor = self.year._actor(session, document, local_day(at), self.chance)
        action, note, answers = self._decides(session, at, tale, step)
        self._act(session, at, actor, tale, action, note=note, **answers)
        if document.state == State.DONE and tale.odd.pop("reopen", False):
            self._later(self.year.hours.later(at, self.chance.uniform(8, 20) * DAY), self._reopen, tale)
        self._wait(session, at, tale, together=document.step == step)

    def _reopen(self, session: Session, at: datetime, tale: Tale) -> None:
        self._act(session, at, "liumin", tale, "reopen", note=self._word("reopens"))
        self._wait(session, at, tale)

    # --- what is answered at a step

    def _decides(self, session: Session, at: datetime, tale: Tale, step: str) -> tuple[str, str, dict[str, Any]]:
        """The answer, its note, and what is filled in. What is odd about a case happens in it once."""
        ways = {
            "accept": [("decline", "declines")],
            "assign": [("not_ours", "not_ours")],
            "responsibility": [("analyse_again", "again")],
            "plan_consent": [("disagree", "disagreements")],
            "plan_decision": [("replan", "replans")],
            "feed_back": [("rework", "reworks")],
        }
        complaint = session.get_one(Complaint, tale.document_id)
        for key, words in ways.get(step, ()):
            possible = key != "rework" or complaint.nature is not None
            if possible and tale.odd.pop(key, False):
                return key, self._word(words), {}
        action = "approve" if step in ("accept", "responsibility") else "complete"
        return action, "", self._answers(session, at, tale, step, complaint)

    def _answers(self, session: Session, at: datetime, tale: Tale, step: str, complaint: Complaint) -> dict[str, Any]:
        today = local_day(at)
        match step:
            case "accept":
                return {"handling_department_id": self._department(complaint)}
            case "assign":
                return {"handler_id": self._handler(session, complaint).id}
            case "contact":
                spoken = max(at - timedelta(minutes=self.chance.randint(2, 12)), complaint.received_at)
                way = self.chance.choice(["phone", "phone", "phone", "email"])
                return {
                    "contacted_at": spoken.isoformat(),
                    "contact_way": way,
                    "contact_note": self._word("contact_notes"),
                }
            case "verify":
                found = "unfounded" if tale.verdict == "unsubstantiated" else "findings"
                return {"verdict": tale.verdict, "finding": complaint.finding or self._word(found)}
            case "dispute":
                nature = self.chance.choice(["quality", "non_quality"])
                return {"nature": nature, "nature_term": self._word("nature_terms")}
            case "analyse" | "analyse_with_sales":
                return self._analysis(tale, step)
            case "rnd":
                return {"rnd_opinion": self._word("rnd")}
            case "responsibility":
                return self._responsible(session, tale)
            case "plan":
                kinds = ["guidance", "parts"] if complaint.nature == "non_quality" else list(self.words["plans"])
                solution = self.chance.choices(kinds, [40, 25] if len(kinds) == 2 else [34, 26, 18, 8, 8, 6])[0]
                return {"solution": solution, "plan": self.words["plans"][solution], "basis": self._word("bases")}
            case "plan_decision":
                return {"plan_decision": self._word("plan_decisions")}
            case "agree":
                days = self.chance.randint(0, 1) if tale.swift else self.chance.randint(1, 4)
                promised = today + timedelta(days=days)
                while not self.year.hours.works(promised):
                    promised += timedelta(days=1)
                consent = "disputed" if tale.odd.pop("settle", False) else "agreed"
                said = {"consent": consent, "consent_on": today.isoformat(), "consent_way": "phone"}
                return {"promised_on": promised.isoformat()} | said
            case "settle":
                return {"contract_term": self._word("disputes"), "settlement": self._word("settlements")}
            case "execute":
                return {"executed_on": today.isoformat(), "work_done": self._word("work")}
            case "report":
                return {"result_report": self._word("results" if complaint.nature else "unfounded_results")}
            case "notify":
                return {"notified_on": today.isoformat(), "notify_way": "phone"}
            case "survey":
                return self._survey(tale)
            case "allocate":
                return self._costs(tale, complaint)
            case "recover":
                return {"recovery": self._word("recoveries")}
            case "feed_back":
                return {"fed_back": self._word("feedback")}
        return {}

    def _department(self, complaint: Complaint) -> int:
        return self.customers[complaint.customer_id].department_id

    def _handler(self, session: Session, complaint: Complaint) -> Person:
        found = holders(session, Role.ENGINEER, complaint.handling_department_id)
        return self.chance.choice(found)

    def _analysis(self, tale: Tale, step: str) -> dict[str, Any]:
        """The first who fills it in finds the cause; the others agree with him."""
        if not tale.cause:
            causes = self.words["causes"]
            found = self.chance.choices(causes, [one["share"] for one in causes])[0]
            tale.cause = self.words["misuse"] if step == "analyse_with_sales" else found
        said = {"cause_category": tale.cause["category"], "cause": tale.cause["cause"]}
        unusual = tale.odd["unusual"] and step == "analyse"
        return said | {"countermeasure": tale.cause["measure"], "unusual": unusual}

    def _responsible(self, session: Session, tale: Tale) -> dict[str, Any]:
        logins = {"design": "yuhai", "purchased": "liqiang", "transport": "shixiuying"}
        person = self.year._person(session, logins.get(tale.cause.get("category", ""), "weijianshe"))
        return {
            "responsible_department_id": person.department_id,
            "responsible_person_id": person.id,
            "responsibility": self._word("responsibilities"),
        }

    def _survey(self, tale: Tale) -> dict[str, Any]:
        if tale.odd["unreachable"]:
            return {"survey_answer": "unreachable"}
        names = ("score_speed", "score_quality", "score_attitude", "score_price", "score_overall")
        weights = [3, 12, 45, 40] if tale.odd["late"] else [1, 5, 34, 60]
        scores = {name: self.chance.choices([2, 3, 4, 5], weights)[0] for name in names}
        return {"survey_answer": "answered", "survey_remarks": self._word("remarks") or None} | scores

    def _costs(self, tale: Tale, complaint: Complaint) -> dict[str, Any]:
        cost = Decimal(self.chance.randint(180, 6400)) + self.chance.choice([Decimal(0), Decimal("0.50")])
        own = {"bearer": "department", "bearing_department_id": complaint.responsible_department_id}
        if complaint.responsible_department_id is None:
            own["bearing_department_id"] = complaint.handling_department_id
        if complaint.nature == "non_quality":
            theirs = {"bearer": "customer"}
            parts = [(theirs, "80"), (own, "20")] if tale.number % 3 == 0 else [(theirs, "100")]
        elif tale.cause.get("category") == "purchased":
            parts = [({"bearer": "supplier", "bearer_name": self._word("suppliers")}, "70"), (own, "30")]
        elif tale.number % 4 == 0:
            other = own | {"bearing_department_id": complaint.handling_department_id}
            parts = [(own, "66.67"), (other, "33.33")]
        else:
            parts = [(own, "100")]
        return {"case_cost": f"{cost:.2f}", "lines": {"shares": [who | {"percent": part} for who, part in parts]}}

    # --- parts

    def _word(self, key: str) -> str:
        return str(self.chance.choice(self.words[key]))

    def _later(self, moment: datetime, scene: Any, *facts: Any) -> None:
        self.year._later(moment, scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, tale: Tale, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), tale.document_id, action, now=at, **more)
        self.year.acts += 1
