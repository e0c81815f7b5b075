"""Governance of the demonstration year: trainings, with who came and how he did; violations, assessments,
inspections.

Its chance is its own, so that the rest of the year stays as it is.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import yaml
from sqlmodel import Session, col, select

from models import Customer, Document, Person, State, TrainingKind
from seed.hours import clock_at
from seed.trips import DAY
from services.documents.drafts import keep
from services.documents.kind import lines_of
from services.documents.training import ATTENDEES
from services.engine import act
from services.money.ledger import month_of
from services.months import months_before
from services.people import local_day
from services.reports.training_due import everybody_due

if TYPE_CHECKING:
    from seed.demo import Year

_SEED = 20283
_CATCH_UP = 13
"""Days before the end on which those are gathered whose refresher would be overdue by then."""


class Governance:
    """Who is trained, in what, and what comes of it."""

    def __init__(self, year: "Year", session: Session) -> None:
        self.year, self.chance = year, Random(_SEED)
        self.words = yaml.safe_load(Path(__file__).with_name("governance.yaml").read_text(encoding="utf-8"))
        self.customers = [one.id for one in session.exec(select(Customer).order_by(col(Customer.code)))]
        self.by_stage = list(self._of_customers(session))
        self.filed = 0
        end = local_day(year.now)
        for place, person in enumerate(session.exec(select(Person).order_by(col(Person.id)))):
            days = self.words["newcomers"].get(person.login, 800 + 157 * (place % 19))
            person.joined_on = end - timedelta(days=days)
        session.flush()

    def plan(self) -> None:
        """Each paper is written so many days before the end of the year."""
        for row in self.by_stage:
            self.year._later(self.year.hours.later(clock_at(row["on"], time(9)), 30), self._plan_training, row)
        for row in self.words["trainings"]:
            at = self.year.hours.later(self.year.now, -round(row["days"] * DAY * 5 / 7))
            self.year._later(at, self._plan_training, row)

        for row in self.words["violations"]:
            at = self.year.hours.later(self.year.now, -round(row["days"] * DAY * 5 / 7))
            self.year._later(at, self._report, row)
        for row in self.words["inspections"]:
            at = self.year.hours.later(self.year.now, -round(row["days"] * DAY * 5 / 7))
            self.year._later(at, self._inspect, row)
        for row in self.words["assessments"]:
            at = self.year.hours.later(self.year.now, -round(row["days"] * DAY * 5 / 7))
            self.year._later(at, self._assess, row)

        self.year._later(self.year.hours.later(self.year.now, -_CATCH_UP * DAY * 5 // 7), self._catch_up)

    # --- inspections and assessments

    def _inspect(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        """The quarter that was over then."""
        raw = {
            "span": "quarter",
            "month": months_before(month_of(local_day(at)), 3),
            "inspected_department_id": None,
            "sample_size": row["size"],
            "last_time": row.get("last"),
            "inspection_summary": row["summary"],
            "proposals": row["proposals"],
            "findings": [
                {
                    "finding": said,
                    "severity": severity,
                    "clause": clause,
                    "finding_department_id": self.year.departments[department],
                    "paper_id": None,
                }
                for department, severity, clause, said in row["findings"]
            ],
        }
        self._decided(session, at, self._file(session, at, row["by"], "BI", raw), row)

    def _assess(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        """The quarter that was over then, of a department or one of its people."""
        person = row.get("person")
        raw = {
            "assessed": "person" if person else "department",
            "assessed_department_id": None if person else self.year.departments[row["department"]],
            "assessed_person_id": self.year.people[person] if person else None,
            "span": "quarter",
            "month": months_before(month_of(local_day(at)), 3),
            "conclusion": row["conclusion"],
            "leads_to_id": None,
        }
        self._decided(session, at, self._file(session, at, row["by"], "AS", raw), row)

    def _decided(self, session: Session, at: datetime, document_id: int, row: dict[str, Any]) -> None:
        """Whoever is asked next agrees after a while, unless it is to be left waiting."""
        if session.get_one(Document, document_id).state == State.RUNNING and not row.get("stop"):
            self.year._later(self.year.hours.later(at, 0.8 * DAY), self._sign, document_id, row)

    def _sign(self, session: Session, at: datetime, document_id: int, row: dict[str, Any]) -> None:
        actor = self.year._actor(session, session.get_one(Document, document_id), local_day(at), self.chance)
        self._act(session, at, actor, document_id, "approve", note=self.chance.choice(self.words["signed"]))
        self._decided(session, at, document_id, row)

    # --- violations

    def _report(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        raw = {
            "clause": row["clause"],
            "found_by": row["found"],
            "facts_found": row["facts"],
            "evidence": row["evidence"],
            "source_paper_id": None,
            "responsible_department_id": self.year.departments[row["department"]],
            "violator_id": self.year.people[row["person"]] if row["person"] else None,
        }
        document_id = self._file(session, at, row["by"], "VL", raw)
        if row.get("stop") != "hear":
            self.year._later(self.year.hours.later(at, 1.3 * DAY), self._go_on, document_id, row)

    def _go_on(self, session: Session, at: datetime, document_id: int, row: dict[str, Any]) -> None:
        """Heard, decided twice, and what is owed paid back."""
        document = session.get_one(Document, document_id)
        answers: dict[str, dict[str, Any]] = {
            "hear": {"statement": row["statement"], "accepts_facts": row["admits"]},
            "finance_head": {
                "handling": row["handling"],
                "handling_note": row["note"],
                "to_recover": f"{row['amount']}.00" if row["amount"] else None,
            },
            "general_manager": {"note": row["agreed"]},
            "recover_money": {"recovered_amount": f"{row['amount']}.00", "recovered_on": local_day(at).isoformat()},
        }
        decides = document.step in ("finance_head", "general_manager")
        actor = self.year._actor(session, document, local_day(at), self.chance)
        more = answers[document.step or ""]
        self._act(session, at, actor, document_id, "approve" if decides else "complete", **more)
        if document.state == State.RUNNING:
            moment = self.year.hours.later(at, self.chance.uniform(0.2, 1.1) * DAY)
            self.year._later(moment, self._go_on, document_id, row)

    # --- trainings

    def _of_customers(self, session: Session) -> Iterator[dict[str, Any]]:
        """A training for each customer and stage that is due within the year, after what he bought last (P3-1.2)."""
        chance, today = Random(_SEED + 1), local_day(self.year.now)
        customers = {one.name: one for one in session.exec(select(Customer))}
        since: dict[tuple[str, Any], date] = {}
        for one in everybody_due(session, self.year.now):
            if one.kind == TrainingKind.CUSTOMER and one.due_on <= today:
                since[one.who, one.stage] = max(one.since or today, since.get((one.who, one.stage), date.min))
        for (name, stage), bought in since.items():
            first = max(bought, local_day(self.year.start) + timedelta(days=20))
            room = (today - first).days - _CATCH_UP
            day = first + timedelta(days=chance.randint(0, min(max(room, 0), 120)))
            team = self._team(customers[name].department_id)
            yield {
                "by": team["by"],
                "on": day,
                "kind": "customer",
                "topic": self.words["topics"][stage.value],
                "customer": self.customers.index(customers[name].id),
                "stage": stage.value,
                "people": chance.randint(3, 6),
                "trainer": chance.choice(team["trainers"]),
                "hours": 4,
            }

    def _team(self, department_id: int) -> dict[str, Any]:
        """Who writes and who trains for a department's customers."""
        return next(row for code, row in self.words["teams"].items() if self.year.departments[code] == department_id)

    def _catch_up(self, session: Session, at: datetime) -> None:
        """Whoever would be overdue with his refresher by the end is trained once more, and passes (P4-1.2)."""
        late = {one.who for one in everybody_due(session, self.year.now) if one.days_overdue and not one.planned}
        logins = sorted(one.login for one in session.exec(select(Person).where(col(Person.name).in_(late))))
        if logins:
            row = self.words["catch_up"] | {"kind": "refresher", "who": logins, "sure": True}
            self._plan_training(session, at, row)

    def _plan_training(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        customers = row["kind"] == "customer"
        day = self.year.hours.later(at, 4 * DAY)
        raw = {
            "training": row["kind"],
            "topic": row["topic"],
            "held_for_id": self.customers[row["customer"]] if customers else None,
            "stage": row.get("stage"),
            "trained_product_id": None,
            "planned_on": local_day(day).isoformat(),
            "hours": row["hours"],
            "training_place": None if customers else self.chance.choice(self.words["places"]),
            "trainer_id": self.year.people[row["trainer"]] if "trainer" in row else None,
            "outside_trainer": row.get("outside"),
            "outline": self.words["outlines"][row.get("stage", row["kind"])],
            "attendees": self._attendees(row),
        }
        document_id = self._file(session, at, row["by"], "TN", raw)
        if row.get("stop") != "department_head":
            moment = self.year.hours.later(at, self.chance.uniform(0.1, 0.9) * DAY)
            self.year._later(moment, self._agree, document_id, row, local_day(day))

    def _attendees(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        if row["kind"] != "customer":
            return [{"person_id": self.year.people[login], "attendee_name": None, "post": None} for login in row["who"]]
        names = self.chance.sample(self.words["names"], row["people"])
        posts = self.words["posts"]
        return [{"person_id": None, "attendee_name": name, "post": self.chance.choice(posts)} for name in names]

    def _agree(self, session: Session, at: datetime, document_id: int, row: dict[str, Any], day: date) -> None:
        document = session.get_one(Document, document_id)
        actor = self.year._actor(session, document, local_day(at), self.chance)
        self._act(session, at, actor, document_id, "approve", note=self.chance.choice(self.words["agreed"]))
        if row.get("stop") != "hold_training":
            ends = max(clock_at(day, time(17)) + timedelta(minutes=self.chance.randint(5, 55)), at)
            self.year._later(ends, self._record, document_id, row)

    def _record(self, session: Session, at: datetime, document_id: int, row: dict[str, Any]) -> None:
        document = session.get_one(Document, document_id)
        if document.state != State.RUNNING:
            return
        sure = row.get("sure", False)
        results = {line.position: self._result(sure=sure) for line in lines_of(session, document, ATTENDEES)}
        facts = {"held_on": local_day(at).isoformat(), "held_hours": row["hours"]}
        absent = any(one["result"] == "absent" for one in results.values())
        said = self.words["summaries"][2] if absent else self.chance.choice(self.words["summaries"][:2])
        more = facts | {"training_summary": said, "lines": {"attendees": results}}
        self._act(session, at, row["by"], document_id, "complete", **more)

    def _result(self, *, sure: bool) -> dict[str, Any]:
        luck = 1 if sure else self.chance.random()
        if luck < 0.06:
            return {"result": "absent", "score": None}
        score = self.chance.randint(45, 59) if luck < 0.12 else self.chance.randint(68, 98)
        return {"result": "passed" if score >= 60 else "failed", "score": score}

    # --- what all of them do

    def _file(self, session: Session, at: datetime, login: str, kind: str, raw: dict[str, Any]) -> int:
        """Write a paper and send it."""
        self.filed += 1
        author = self.year._person(session, login)
        document = keep(session, author, kind, raw, token=f"demo-{kind.lower()}-{self.filed}", now=at)
        self._act(session, at, login, document.id, "submit")
        return document.id

    def _act(self, session: Session, at: datetime, login: str, document_id: int, action: str, **more: Any) -> None:
        act(session, self.year._person(session, login), document_id, action, now=at, **more)
        self.year.acts += 1
