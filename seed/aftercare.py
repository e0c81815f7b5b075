"""What the demonstration year learns of its cases and customers: corrective actions, surveys and visits."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml
from sqlmodel import Session, col, select

from models import Complaint, CorrectiveAction, Customer, Document, Person, Product, Role, SatisfactionSurvey, State
from seed.trips import DAY
from services.documents.complaint_route import SCORES
from services.documents.corrective_action import MEASURES
from services.documents.customer_visit import OPINIONS
from services.documents.drafts import blank, keep
from services.documents.kind import lines_of
from services.documents.satisfaction_survey import UNHAPPY
from services.engine import act
from services.people import holders, local_day
from services.reports.contacts_due import rounds, visits

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20281
_FROM_CASES = 0.6
"""Share of the corrective actions that come from a complaint."""
_RECENT = 40
"""Complaints among which one is chosen: the newest."""
_PACE = {
    "take_on": 0.9 * DAY,
    "carry_out": 9 * DAY,
    "verify_effect": 2 * DAY,
    "verify_budget": 2 * DAY,
    "read_survey": 1.2 * DAY,
    "department_head": 0.8 * DAY,
    "answer_opinions": 2 * DAY,
    "pursue_leads": 2.5 * DAY,
    "marketing_manager": 1.5 * DAY,
    "general_manager": 2 * DAY,
}
_DECISIONS = ("take_on", "department_head", "marketing_manager", "general_manager")
_REPORTS = (190, 130, 65, 2)
"""Working days before the year's end at which one is written; the last is still on its way."""
"""Minutes of work that a step takes, as a rule."""

_TURN = 16
"""Working days before the year's end at which those are looked for who would be asked too late."""
_EXTRA = 10_000
"""Numbers of what was not spread over the year begin here."""
_LATELY = 24
"""Days in which the last of anything came, so that some of it is still on its way."""
_VERIFY = ("dingyiming", "jiangzhigang", "zhoujie", "zhanglei")
"""Who verifies, and so owns no measure."""

Answers = dict[str, Any]


class Aftercare:
    """Who opens what, and how it goes on."""

    def __init__(self, year: "Year") -> None:
        self.year, self.chance = year, Random(_SEED)
        self.words = yaml.safe_load(Path(__file__).with_name("aftercare.yaml").read_text(encoding="utf-8"))
        self.sent_back: set[int] = set()

    def plan(self, actions: int, surveys: int, visits: int) -> None:
        """Spread over the year; a fifth of them came in its last weeks."""
        self._spread(actions, self._open_action)
        self._spread(surveys, self._ask)
        self._spread(visits, self._visit)
        self._later(self.year.hours.later(self.year.start, DAY), self._read)
        self._later(self.year.hours.later(self.year.now, -_TURN * DAY), self._catch_up)
        for number, days in enumerate(_REPORTS):
            self._later(self.year.hours.later(self.year.now, -days * DAY), self._report, number)

    def _spread(self, count: int, scene: Callable[..., None]) -> None:
        span, lately = self.year.now - self.year.start, count // 5
        for number in range(count):
            at = self.year.start + span * (number + 0.4 + 0.5 * self.chance.random()) / (count - lately)
            if number >= count - lately:
                at = self.year.now - timedelta(days=2 + _LATELY * self.chance.random())
            self._later(self.year.hours.later(at, self.chance.randint(20, 300)), scene, number)

    # --- corrective actions

    def _open_action(self, session: Session, at: datetime, number: int) -> None:
        case = self._recent_case(session) if self.chance.random() < _FROM_CASES else None
        days = self.chance.randint(24, 45)
        known: Answers = {"rectify_by": (local_day(at) + timedelta(days=days)).isoformat()}
        login = "dingyiming"
        if case is None:
            found = self.words["findings"][number % len(self.words["findings"])]
            login = found["by"]
            known |= {name: found[name] for name in ("action_source", "action_kind", "problem")}
            known["handling_department_id"] = self.year.departments[found["at"]]
        document = self._keep(session, at, login, "CX", known, number, case.document_id if case else None)
        self._go_on_later(session, at, document.id)

    def _recent_case(self, session: Session) -> Complaint | None:
        found = select(Complaint).join(Document, col(Document.id) == Complaint.document_id)
        found = found.where(col(Document.state).in_([State.RUNNING, State.DONE]))
        found = found.where(col(Complaint.responsible_department_id).is_not(None))
        cases = session.exec(found.order_by(col(Document.id).desc()).limit(_RECENT)).all()
        return self.chance.choice(cases) if cases else None

    def _answers(self, session: Session, document: Document, step: str, today: date) -> Answers:
        match step:
            case "read_survey":
                low = session.get_one(SatisfactionSurvey, document.id).score_overall <= UNHAPPY
                return {"follow_up": self._word("follow_ups") if low or self.chance.random() < 0.3 else None}
            case "answer_opinions":
                places = [one.position for one in lines_of(session, document, OPINIONS)]
                return {"lines": {OPINIONS.name: {place: {"reply": self._word("replies")} for place in places}}}
            case "pursue_leads":
                return {"leads_result": self._word("leads_results")}
            case "take_on":
                return self._measures(session, document, today)
            case "carry_out":
                places = [one.position for one in lines_of(session, document, MEASURES)]
                shown = {"done_on": today.isoformat(), "evidence": self._word("evidence")}
                return {"lines": {MEASURES.name: dict.fromkeys(places, shown)}}
            case "verify_effect" | "verify_budget":
                return {"effect": self._word("effects")}
        return {}

    def _measures(self, session: Session, document: Document, today: date) -> Answers:
        own = session.get_one(CorrectiveAction, document.id)
        kind = self.words["actions"][own.action_kind]
        lines = []
        for text in self.chance.sample(kind["measures"], min(len(kind["measures"]), self.chance.randint(1, 3))):
            left = max((own.rectify_by - today).days, 0)
            day = min(own.rectify_by, today + timedelta(days=round(left * self.chance.uniform(0.4, 1))))
            owner = self._owner(session, own, kind["owners"])
            lines.append({"measure": text, "owner_id": owner.id, "due_on": max(day, today).isoformat()})
        cause = own.known_cause or self.chance.choice(kind["causes"])
        return {"root_cause": cause, "lines": {MEASURES.name: lines}}

    def _owner(self, session: Session, own: CorrectiveAction, logins: list[str]) -> Person:
        """Somebody of the department where the action does not need one of the technical people."""
        if logins:
            return self.year._person(session, self.chance.choice(logins))
        places, homes = self.year.departments, self.year.homes
        here = sorted(login for login, code in homes.items() if places[code] == own.handling_department_id)
        return self.year._person(session, self.chance.choice([one for one in here if one not in _VERIFY]))

    # --- surveys and visits

    def _catch_up(self, session: Session, at: datetime) -> None:
        """Whoever would have been asked or visited too late by the end gets his turn before (P3-1.3a, P3-1.5)."""
        for due, scene in ((rounds, self._ask_one), (visits, self._visit_one)):
            late = [one.customer_id for one in due(session, self.year.now) if one.days_late]
            for place, customer_id in enumerate(late):
                moment = self.year.hours.later(at, (0.5 + 12 * place / len(late)) * DAY)
                self._later(moment, scene, _EXTRA + customer_id, session.get_one(Customer, customer_id))

    def _ask(self, session: Session, at: datetime, number: int) -> None:
        """A customer who was not asked for long, by telephone."""
        customers = self._customers(session)
        self._ask_one(session, at, number, customers[(7 * number) % len(customers)])

    def _ask_one(self, session: Session, at: datetime, number: int, customer: Customer) -> None:
        scores = {name: self.chance.choices([2, 3, 4, 5], [2, 10, 45, 43])[0] for name in SCORES}
        known = {
            "customer_id": customer.id,
            "respondent": customer.contact,
            "survey_remarks": self._word("remarks") or None,
        }
        document = self._keep(session, at, "liumin", "SS", known | scores, number, None)
        self._go_on_later(session, at, document.id)

    def _read(self, session: Session, at: datetime) -> None:
        """Heads read what was asked after cases: those come by themselves, without a plan."""
        found = select(Document.id).where(Document.kind == "SS", Document.state == State.RUNNING)
        waiting = found.where(col(Document.submitted_at) < at - timedelta(hours=20))
        for id in session.exec(waiting.order_by(col(Document.id))).all():
            if self.chance.random() < 0.7:
                self._go_on(session, at, id, "read_survey")
        self._later(self.year.hours.later(at, DAY), self._read)

    def _visit(self, session: Session, at: datetime, number: int) -> None:
        """A key customer, by an engineer of the department that looks after him."""
        customers = [one for one in self._customers(session) if one.key_customer]
        self._visit_one(session, at, number, customers[(3 * number) % len(customers)])

    def _visit_one(self, session: Session, at: datetime, number: int, customer: Customer) -> None:
        visitors = holders(session, Role.ENGINEER, customer.department_id)
        author = self.chance.choice(visitors)
        said = self.chance.sample(self.words["opinions"], self.chance.choice([1, 1, 2, 3]))
        products = session.exec(select(Product).order_by(col(Product.id))).all()
        lead = {"product_id": self.chance.choice(products).id, "lead": self._word("leads")}
        known: Answers = {
            "customer_id": customer.id,
            "met": f"{customer.contact}、{self._word('met')}",
            "visit_notes": self._word("notes"),
            "opinions": [self._opinion(one, customer) for one in said],
            "leads": [lead] if self.chance.random() < 0.35 else [],
        }
        document = self._keep(session, at, author.login, "CV", known, number, None)
        self._go_on_later(session, at, document.id)

    def _opinion(self, said: dict[str, str], customer: Customer) -> Answers:
        at = self.year.departments[said["at"]] if said["at"] != "own" else customer.department_id
        return {"aspect": said["aspect"], "opinion": said["opinion"], "forwarded_to_id": at}

    def _customers(self, session: Session) -> list[Customer]:
        return list(session.exec(select(Customer).where(col(Customer.active)).order_by(col(Customer.id))))

    def _report(self, session: Session, at: datetime, number: int) -> None:
        """What a quarter's complaints show."""
        last = local_day(at).replace(day=1) - timedelta(days=1)
        written = self.words["reports"][number % len(self.words["reports"])]
        known = written | {"period_from": (last - timedelta(days=80)).replace(day=1).isoformat()}
        document = self._keep(session, at, "panxiaodong", "AR", known, number, None)
        self._go_on_later(session, at, document.id)

    # --- carried on

    def _go_on_later(self, session: Session, at: datetime, document_id: int) -> None:
        document = session.get_one(Document, document_id)
        if document.state == State.RUNNING and document.step:
            pace = _PACE[document.step] * self.chance.lognormvariate(0, 0.6)
            self._later(self.year.hours.later(at, pace), self._go_on, document_id, document.step)

    def _go_on(self, session: Session, at: datetime, document_id: int, step: str) -> None:
        document = session.get_one(Document, document_id)
        if document.state != State.RUNNING or document.step != step:
            return
        login = self.year._actor(session, document, local_day(at), self.chance)
        action, note = ("approve" if step in _DECISIONS else "complete"), ""
        answers = self._answers(session, document, step, local_day(at))
        if step.startswith("verify") and document_id not in self.sent_back and self.chance.random() < 0.18:
            self.sent_back.add(document_id)
            action, note, answers = "not_effective", self._word("not_effective"), {}
        self._act(session, at, login, document_id, action, note=note, **answers)
        self._go_on_later(session, at, document_id)

    # --- parts

    def _keep(
        self, session: Session, at: datetime, login: str, code: str, known: Answers, number: int, source: int | None
    ) -> Document:
        author = self.year._person(session, login)
        raw = blank(session, author, code, at, source) | known
        if code == "CX":
            raw["action_kind"] = raw.get("action_kind") or "process"  # not every cause says what is to be put right
        token = f"demo-{code.lower()}-{number}"
        document = keep(session, author, code, raw, token=token, now=at, source_id=source)
        self._act(session, at, login, document.id, "submit")
        return document

    def _word(self, key: str) -> str:
        return str(self.chance.choice(self.words[key]))

    def _later(self, moment: datetime, scene: Callable[..., None], *facts: Any) -> None:
        self.year._later(moment, scene, *facts)

    def _act(self, session: Session, at: datetime, login: str, document_id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), document_id, action, now=at, **more)
        self.year.acts += 1
