"""The demonstration: a year of a plausible company, played through the real engine with a set clock, in order of time.

The same moment gives the same year. What is planned (trips.py) and typed (forms.py) is invented; every act is one that
a person could have done in the browser at that time.
"""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
import yaml
from sqlmodel import Session, col, select

from models import (
    Delegation,
    Department,
    Document,
    ExpenseType,
    Notice,
    Participant,
    Person,
    Role,
    State,
    TaskState,
    Transport,
    TravelRequest,
    VoucherLine,
)
from seed.aftercare import Aftercare
from seed.changes import Changes
from seed.company import load_company
from seed.complaints import Desk
from seed.costs import Costs
from seed.customers import load_customers
from seed.forms import Forms
from seed.governance import Governance
from seed.hours import WorkingTime, clock_at
from seed.incomes import Sales
from seed.orders import Hotline
from seed.parts import load_parts
from seed.plans import Plans
from seed.purse import Purse
from seed.registers import Registers
from seed.samples import renamed, sample_receipts
from seed.supplies import Supplies
from seed.trips import DAY, Planner, Story, Trip
from seed.vouchers import hand_in
from services import controls
from services.attachments import attach
from services.database import writing
from services.documents.drafts import blank, check, keep, typed
from services.documents.spending_request import those_who_sign
from services.engine import act
from services.engine.case import case_of
from services.engine.flow import tasks_of
from services.engine.promise_reminders import promises_due, remind_of_promise
from services.engine.reminders import due_now, remind_one
from services.engine.seats import people_for, signed_by
from services.errors import Invalid, Refused
from services.money.postings import expire_one, expired
from services.people import holders, local_day
from services.settings import put, setting

_SEED = 20261
_YEAR = timedelta(days=365)
_ODD = 0.2
"""Of the dinners so many were dear a head; their claims say why."""
_BATCH = 150
"""Acts in one transaction: each alone would wait for the disk."""

_AT_ONCE = 3 * DAY
"""Minutes of work after which whoever has an advance has handed in its receipts (P9-5b)."""
_FOLLOWED = 120
"""Of more cases than these no more papers are about."""
_ROUND = 240
"""Minutes of work between two rounds of reminders."""

Say = Callable[[str], Any]
Scene = Callable[..., None]


def seed_demo(now: datetime, *, trips: int = 300, complaints: int = 600, orders: int = 730, say: Say = print) -> None:
    """Fill an empty, migrated database with the demonstration year that ends now, and mark it as a demonstration."""
    start = now - _YEAR
    with writing() as session:
        founded = start - timedelta(days=14)
        put(session, "demo.enabled", True, now=founded)
        load_company(session, founded)
        load_customers(session, now)
        load_parts(session)
        for key, value in _words()["targets"].items():
            put(session, key, value, now=founded)
        year = Year(session, start, now)
    year.play(trips, complaints, orders)
    with writing() as session:  # what was told in the last days is news; the rest has long been read
        old = sa.update(Notice).where(col(Notice.read_at).is_(None), col(Notice.at) < now - timedelta(days=2))
        session.execute(old.values(read_at=col(Notice.at)))
    papers = f"{year.requests} trips, {year.reports} field reports, {year.asked} spending requests"
    papers += f", {year.desk.taken_in} complaints, {year.hotline.taken_in} calls"
    papers += f", {year.supplies.written} papers about parts, suppliers and returns"
    say(f"{papers} and {year.claims} claims, {year.acts} acts.")
    if year.refused:
        say(f"Not everything was possible in this year: {'; '.join(year.refused)}")


@dataclass
class Paper:
    """A document on its way, with the story it is to have."""

    trip: Trip | None
    """None for a spending request that no trip is behind."""
    story: Story
    owner: str
    """Who fills it in."""
    kind: str
    document_id: int | None = None
    lines: list[dict[str, Any]] | None = None
    wrong_line: int | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    """What a spending request asks for."""
    slow: bool = False
    """Those who agreed by phone let themselves be waited for."""


class Year:
    """The stage: who is there, what time it is, and what comes next."""

    def __init__(self, session: Session, start: datetime, now: datetime) -> None:
        words = _words()
        departments = {department.id: department.code for department in session.exec(select(Department))}
        people = session.exec(select(Person)).all()
        self.start, self.now, self.words = start, now, words
        self.people = {person.login: person.id or 0 for person in people}
        self.departments = {code: id for id, code in departments.items()}
        self.homes = {person.login: departments[person.department_id] for person in people}
        self.types = {one.code: one.id or 0 for one in session.exec(select(ExpenseType))}
        span = local_day(start) - timedelta(days=30), local_day(now) + timedelta(days=60)
        self.hours = WorkingTime(session, *span, now)
        self.chance = Random(_SEED)
        self.asides = Random(_SEED + 2)
        """For what was added to the year later: what was there before stays as it is."""
        self.forms = Forms(words, self.types, self.people, self.chance)
        self.forms.buyer = {
            "buyer_name": setting(session, "company.tax_title", now),
            "buyer_tax_no": setting(session, "company.tax_number", now),
        }
        self.odd = Random(_SEED + 9)
        """Which dinners were dear; its own, so that all else stays as it is."""
        self.samples = sample_receipts(words)
        self.away = [self._delegation(session, row) for row in words["deputies"]]
        self.acts = self.requests = self.reports = self.asked = self.claims = self.payments = 0
        self.refused: list[str] = []
        """What a rule of the portal kept from happening, budgets aside."""
        self._agenda: list[tuple[datetime, int, Scene, tuple[Any, ...]]] = []
        self._order = count()
        self.purse = Purse(self)
        self.plans, self.changes = Plans(self), Changes(self)
        self.desk = Desk(self, session)
        self.hotline = Hotline(self, session)
        self.desk, self.aftercare = Desk(self, session), Aftercare(self)
        self.supplies, self.sales = Supplies(self, session), Sales(self, session)
        self.registers = Registers(self)
        self.costs = Costs(self, session)
        self.governance = Governance(self, session)
        self._looked: date | None = None
        """The day on which expired reservations were looked for last."""

    def play(self, trips: int, complaints: int, orders: int) -> None:
        """Plan the trips, then let everything happen in order of time until now."""
        planner = Planner(self.words, self.hours, self.homes, Random(_SEED + 1))
        for trip in planner.plan(self.start, self.now, trips):
            paper = Paper(trip, trip.request, trip.traveller, "TR")
            self._later(trip.written_at, self._write_request, paper)
        for row in self.words["requests"]:
            at = self.hours.later(self.now, -round(row["days"] * DAY))
            self._later(at, self._ask_without_trip, row)
        self._later(self.hours.later(self.start, 0), self._remind)
        self.plans.plan()
        self.changes.plan()
        self.purse.plan()
        self.desk.plan(complaints)
        with writing() as session:
            self.hotline.plan(session, orders)
        cases = min(complaints, _FOLLOWED)
        self.supplies.plan(cases // 2, cases * 5 // 24, cases * 5 // 24)
        self.aftercare.plan(actions=cases // 5, surveys=cases // 3, visits=cases // 5)
        self.registers.plan()
        self.costs.plan()
        self.governance.plan()
        self.sales.plan(max(8, orders // 20))
        while self._agenda and self._agenda[0][0] <= self.now:
            with writing() as session, _remembering(session):
                self._play_some(session)

    def _play_some(self, session: Session) -> None:
        until = self.acts + _BATCH
        while self.acts < until and self._agenda and self._agenda[0][0] <= self.now:
            moment, _, scene, facts = heapq.heappop(self._agenda)
            try:
                with session.begin_nested():
                    scene(session, moment, *facts)
            except Refused as refused:
                if not _for_want_of_budget(refused):
                    self.refused.append(f"{moment:%Y-%m-%d} {refused}")  # chance met a rule: left, as people leave it
                if refused.leaves is not None:
                    refused.leaves(session)

    def _later(self, moment: datetime, scene: Scene, *facts: Any) -> None:
        heapq.heappush(self._agenda, (moment, next(self._order), scene, facts))

    def _remind(self, session: Session, at: datetime) -> None:
        """What the worker does all day: tell people what is due soon, and late."""
        for task in due_now(session, at):
            remind_one(session, task, at)
        for clock in promises_due(session, at):
            remind_of_promise(session, clock, at)
        if self._looked != local_day(at):
            self._looked = local_day(at)
            for document_id in expired(session, at):
                expire_one(session, session.get_one(Document, document_id), at)
        self._later(self.hours.later(at, _ROUND), self._remind)

    # ----------------------------------------------------------------------------------------------- the travel request

    def _write_request(self, session: Session, at: datetime, paper: Paper) -> None:
        author = self._person(session, paper.owner)
        raw = self.forms.request(paper.trip)
        self.requests += 1
        document = keep(session, author, "TR", raw, token=f"demo-tr-{self.requests}", now=at)
        paper.document_id = document.id
        if paper.story.stop != "draft":
            self._later(at + self._minutes(4, 20), self._send, paper)

    def _come_back(self, session: Session, at: datetime, paper: Paper) -> None:
        """The traveller notes when he left and came back (P9-2 is kept: never before it was signed)."""
        document, trip = self._document(session, paper), paper.trip
        if document.step != "travel" or document.approved_at is None:
            return
        departed = max(trip.starts_on, local_day(document.approved_at))
        returned = min(max(trip.ends_on + timedelta(days=trip.shift), departed), local_day(at))
        note = self._word("travel", paper, *(["later"] if returned > trip.ends_on else []))
        self._act(
            session,
            at,
            paper,
            paper.owner,
            "complete",
            note=note,
            departed_on=departed.isoformat(),
            returned_on=returned.isoformat(),
        )
        self._claim(at, paper, departed, returned)

    def _claim(self, at: datetime, paper: Paper, departed: date, returned: date) -> None:
        trip = paper.trip
        if trip.claimed_at is None:
            return
        claimants = [trip.traveller] + ([trip.companion] if trip.companion and trip.companion_claims else [])
        for login in claimants:
            own = login == trip.traveller
            claim = Paper(trip, trip.claim if own else Story(), login, "EC")
            claim.lines = self.forms.vouchers(trip, departed, returned, companion=not own)
            moment = max(trip.claimed_at, at + self._minutes(30, 90))
            if self.purse.owes(login, paper.document_id):
                moment = min(moment, self.hours.later(at, _AT_ONCE))
            if not own:
                moment = self.hours.later(moment, self.chance.randint(30, DAY))
            self._later(
                moment,
                self._write_claim,
                claim,
                paper.document_id,
            )

    def _write_report(self, session: Session, at: datetime, paper: Paper) -> None:
        """What was found on site, where the task is one of finding something (P9-3.1)."""
        raw = self.forms.report(paper.trip, paper.document_id, local_day(at))
        if raw is None or self._document(session, paper).step != "travel":
            return
        report = Paper(paper.trip, Story(), paper.owner, "FR")
        self.reports += 1
        author = self._person(session, paper.owner)
        token = f"demo-fr-{self.reports}"
        document = keep(session, author, "FR", raw, token=token, now=at, source_id=paper.document_id)
        report.document_id = document.id
        self._later(at + self._minutes(5, 20), self._send, report)

    # -------------------------------------------------------------------------------------------- the spending request

    def _ask_for_repair(self, session: Session, at: datetime, report: Paper, trip_id: int | None) -> None:
        """Once both have agreed to the repair, its money is asked for (P9-3.1, P9-3.2a)."""
        raw = self.forms.repair_request(report.trip, trip_id, local_day(at))
        self._ask(session, at, Paper(report.trip, Story(), report.owner, "SR", raw=raw), trip_id)

    def _ask_for_hosting(self, session: Session, at: datetime, paper: Paper, day: date) -> None:
        """Guests are invited once both have agreed, now and then by phone (P9-3.2a)."""
        if self._document(session, paper).step != "travel":
            return
        dear = self.odd.random() < _ODD
        raw = self.forms.hosting_request(paper.trip, paper.document_id, max(day, local_day(at)), self.asides, dear=dear)
        request = Paper(paper.trip, Story(), paper.owner, "SR", raw=raw)
        if self.asides.random() < 0.25:
            self._by_phone(session, at, request)
        self._ask(session, at, request, paper.document_id)

    def _ask_without_trip(self, session: Session, at: datetime, row: dict[str, Any]) -> None:
        raw = self.forms.other_request(row, local_day(at))
        request = Paper(None, Story(stop=row.get("stop")), row["by"], "SR", raw=raw, slow=row.get("slow", False))
        if row.get("phone"):
            self._by_phone(session, at, request)
        self._ask(session, at, request, None)

    def _by_phone(self, session: Session, at: datetime, request: Paper) -> None:
        people = those_who_sign(session, self._person(session, request.owner), at)
        called = at - timedelta(minutes=self.asides.randint(10, 40))
        request.raw |= {"phone_people": [one.value for one in people[:2]], "phone_at": called.isoformat()}

    def _ask(self, session: Session, at: datetime, request: Paper, trip_id: int | None) -> None:
        self.asked += 1
        author, token = self._person(session, request.owner), f"demo-sr-{self.asked}"
        document = keep(session, author, "SR", request.raw, token=token, now=at, source_id=trip_id)
        request.document_id = document.id
        self._later(at + timedelta(minutes=self.asides.randint(2, 6)), self._send, request)

    def _spend(self, document: Document, at: datetime, request: Paper) -> None:
        """It is spent on its day, in the evening where people dine, and recorded at once (P9-3.2b)."""
        planned = date.fromisoformat(request.raw["planned_on"])
        dines = request.raw["spending"] == "entertainment"
        evening = clock_at(max(planned, local_day(at)), time(20, 10) if dines else time(9))
        self._later(max(evening, at) + timedelta(minutes=self.asides.randint(20, 50)), self._record, request)

    def _record(self, session: Session, at: datetime, request: Paper) -> None:
        document, trip = self._document(session, request), request.trip
        if document.step != "record":
            return
        spent = self._spent(request)
        place, total = trip.place["city"] if trip else self.words["home"], sum(spent.values(), Decimal(0))
        record = self.forms.record(request.raw, place, local_day(at), total)
        self._act(session, at, request, request.owner, "complete", **record)
        assert request.document_id
        for key in spent if trip else ():
            trip.under[key] = (request.document_id, local_day(at))

    def _spent(self, request: Paper) -> dict[str, Decimal]:
        """What is really spent under a request, by what it is spent on."""
        if request.trip is None:
            return {"": Decimal(request.raw["asked_amount"])}
        if request.raw["spending"] == "entertainment":
            return {"hosting": request.trip.hosting or Decimal(0)}
        return dict(self.forms.repairs(request.trip))

    def _cancel_trip(self, session: Session, at: datetime, paper: Paper) -> None:
        if self._document(session, paper).step == "travel":
            self._act(session, at, paper, paper.owner, "cancel", note=paper.story.cancelled or "")

    # ------------------------------------------------------------------------------------------------ the expense claim

    def _write_claim(self, session: Session, at: datetime, paper: Paper, trip_id: int | None) -> None:
        author = self._person(session, paper.owner)
        assert paper.lines
        self.purse.clear(session, at, paper.owner, trip_id)
        if paper.story.sent_back:
            paper.wrong_line = self.forms.spoil(paper.lines, paper.story.sent_back["spoils"])
            if paper.wrong_line is None:
                paper.story.sent_back = None
        raw = blank(session, author, "EC", at, trip_id) | {"vouchers": paper.lines}
        self.claims += 1
        document = keep(session, author, "EC", raw, token=f"demo-ec-{self.claims}", now=at, source_id=trip_id)
        paper.document_id = document.id
        sending = at + self._minutes(12, 40)
        if paper.trip.files:
            for number, sample in enumerate(self._samples_for(paper), start=1):
                self._later(at + timedelta(minutes=number), self._attach, paper, sample, number)
        if paper.story.stop != "draft":
            self._later(sending, self._send, paper)

    def _samples_for(self, paper: Paper) -> list[str]:
        """One sample for each sort of receipt on the claim."""
        tags = [paper.trip.by if line["tag"] == "ticket" else line["tag"] for line in paper.lines or []]
        return [tag for tag in dict.fromkeys(tags) if tag in self.samples]

    def _attach(self, session: Session, at: datetime, paper: Paper, sample: str, number: int) -> None:
        file = renamed(self.samples[sample], number)
        attach(session, self._person(session, paper.owner), self._document(session, paper), file.name, file, at)

    # --------------------------------------------------------------------------------------------- what both go through

    def _send(self, session: Session, at: datetime, paper: Paper) -> None:
        if paper.kind == "TR" and self._not_back(session, paper, local_day(at)):
            self._later(self.hours.later(at, 60), self._send, paper)  # first the return from the last trip is noted
            return
        if paper.kind == "EC":
            self._explain(session, at, paper)
        self._act(session, at, paper, paper.owner, "submit")
        if paper.story.withdrawn:
            self._later(self.hours.later(at, 25), self._take_back, paper)
        self._wait(session, at, paper)

    def _explain(self, session: Session, at: datetime, paper: Paper) -> None:
        """Say why what the controls find odd is right all the same."""
        document, author = self._document(session, paper), self._person(session, paper.owner)
        raw = typed(session, document)
        filled, _ = check(session, author, "EC", raw, at, document)
        said = self.words["explanations"]
        marks = [one.mark for one in controls.warnings(filled)]
        reasons = {mark: said.get(mark.partition(":")[0], said["other"]) for mark in marks}
        if reasons:
            keep(session, author, "EC", raw | {"reasons": reasons}, token=document.client_token, now=at)

    def _not_back(self, session: Session, paper: Paper, today: date) -> bool:
        """Is one of the travellers still on a trip that should be over?"""
        crew = [self.people[login] for login in (paper.trip.traveller, paper.trip.companion) if login]
        statement = (
            select(TravelRequest.document_id)
            .join(Document, col(Document.id) == TravelRequest.document_id)
            .join(Participant, col(Participant.document_id) == Document.id)
            .where(Document.step == "travel", TravelRequest.ends_on < today, col(Participant.person_id).in_(crew))
        )
        return session.exec(statement).first() is not None

    def _wait(self, session: Session, at: datetime, paper: Paper) -> None:
        """Whoever is asked now acts in a while, unless the story ends here."""
        document = self._document(session, paper)
        step = document.step
        if document.state != State.RUNNING or step is None or step == paper.story.stop:
            return
        if step == "travel":
            self._travel(document, at, paper)
            return
        if step == "record":
            self._spend(document, at, paper)
            return
        moment = self.hours.later(at, self._pace(step, paper))
        self._later(moment, self._decide, paper, step)

    def _travel(self, document: Document, moment: datetime, paper: Paper) -> None:
        trip = paper.trip
        end = trip.ends_on + timedelta(days=trip.shift)
        evening = clock_at(end, time(19)) + self._minutes(0, 140)
        back = evening if self.chance.random() < 0.6 else self.hours.later(evening, self.chance.randint(10, 60))
        self._later(max(back, moment + self._minutes(30, 60)), self._come_back, paper)
        arrived = max(clock_at(trip.starts_on, time(10)), moment)
        repairs = bool(self.forms.repairs(trip))
        if self.homes[trip.traveller].startswith("AS") and not paper.story.cancelled:
            looked = self.chance.randint(60, DAY)
            self._later(self.hours.later(arrived, min(looked, 90) if repairs else looked), self._write_report, paper)
        elif repairs and not paper.story.cancelled:
            self._later(self.hours.later(arrived, 75), self._write_report, paper)
        if trip.hosting and not paper.story.cancelled:
            day = trip.starts_on + timedelta(days=min(1, (end - trip.starts_on).days))
            while not self.hours.works(day) and day > trip.starts_on:  # nobody is invited on his day off
                day -= timedelta(days=1)
            at = max(clock_at(day, time(9)) + timedelta(minutes=self.asides.randint(5, 55)), moment)
            self._later(at + timedelta(minutes=20), self._ask_for_hosting, paper, day)
        if not paper.story.cancelled:
            self.purse.for_trip(moment, trip.traveller, document.id)
        if paper.story.cancelled:
            given_up = max(self.hours.later(clock_at(trip.starts_on, time(8)), -self.chance.randint(60, DAY)), moment)
            self._later(given_up + self._minutes(5, 20), self._cancel_trip, paper)
        if paper.story.comment:
            said = self.hours.later(moment, self.chance.randint(20, 200))
            self._later(said, self._remark, paper)

    def _decide(self, session: Session, at: datetime, paper: Paper, step: str) -> None:
        document = self._document(session, paper)
        if document.state != State.RUNNING or document.step != step:
            return  # taken back meanwhile
        actor = self._actor(session, document, local_day(at), self.asides if paper.kind == "SR" else self.chance)
        story = paper.story
        if story.sent_back and story.sent_back["at"] == step:
            self._give_back(session, at, paper, actor)
        elif story.refused and step == "department_head":
            self._act(session, at, paper, actor, "reject", note=story.refused)
        elif step == "payment":
            self._pay(session, at, paper, actor)
        else:
            hand_in(session, self._person(session, actor), document, at)
            answers = self._audit(session, document, paper) if step == "finance_audit" else {}
            self._act(session, at, paper, actor, "approve", note=self._word(step, paper), **answers)
        if paper.kind == "FR" and document.state == State.DONE and self.forms.repairs(paper.trip):
            self._later(
                at + timedelta(minutes=self.asides.randint(5, 15)), self._ask_for_repair, paper, document.source_id
            )
        self._wait(session, at, paper)

    def _give_back(self, session: Session, at: datetime, paper: Paper, actor: str) -> None:
        reason = paper.story.sent_back
        assert reason
        note = reason["note"].format(line=paper.wrong_line)
        self._act(session, at, paper, actor, "return", note=note)
        if paper.story.stop == "returned":
            return
        paper.story.sent_back = None
        self._later(
            self.hours.later(at, self.chance.randint(30, 300)),
            self._mend,
            paper,
            reason,
        )

    def _mend(self, session: Session, at: datetime, paper: Paper, reason: dict[str, Any]) -> None:
        """Change what was asked for and send it again; a request whose day has come meanwhile is given up."""
        document = self._document(session, paper)
        author = self._person(session, paper.owner)
        raw = typed(session, document)
        if paper.kind == "TR":
            if paper.trip.starts_on <= local_day(at):
                self._act(session, at, paper, paper.owner, "cancel", note=self.words["cancellations"][-1])
                return
            raw = self.forms.mended_request(paper.trip, raw, reason)
        else:
            paper.lines = self.forms.mended(paper.lines or [])
            raw = raw | {"vouchers": paper.lines}
        keep(session, author, paper.kind, raw, token=document.client_token, now=at)
        self._later(at + self._minutes(1, 4), self._send, paper)

    def _take_back(self, session: Session, at: datetime, paper: Paper) -> None:
        """Withdraw a request, change something, send it again a little later."""
        document = self._document(session, paper)
        mend = {"mend": paper.story.withdrawn}
        paper.story.withdrawn = None
        if document.state != State.RUNNING or document.approved_at:
            return
        self._act(session, at, paper, paper.owner, "withdraw")
        again = self.hours.later(at, self.chance.randint(15, 120))
        self._later(again, self._mend, paper, mend)

    def _audit(self, session: Session, document: Document, paper: Paper) -> dict[str, Any]:
        """What finance fills in: nothing, or one line cut, with the reason."""
        cut = paper.story.cut
        code = {"room": "LODGING", "taxi": "LOCAL", "hosting": self.words["hosting"]["type"]}.get(cut or "")
        line = session.exec(
            select(VoucherLine)
            .where(VoucherLine.document_id == document.id, VoucherLine.expense_type_id == self.types.get(code or ""))
            .order_by(col(VoucherLine.position))
        ).first()
        if cut is None or line is None:
            return {}
        allowed = {"room": line.amount * paper.trip.limit / paper.trip.rate, "hosting": line.amount * 7 // 10}
        amount = min(line.amount, allowed.get(cut, Decimal(0)).quantize(Decimal("1")))
        reason = self.words["cuts"][cut].format(limit=paper.trip.limit)
        row = {"audited_amount": f"{amount:.2f}", "audit_reason": reason}
        return {"lines": {"vouchers": {line.position: row}}} if amount < line.amount else {}

    def _pay(self, session: Session, at: datetime, paper: Paper, actor: str) -> None:
        self.payments += 1
        day = local_day(at)
        self._act(
            session,
            at,
            paper,
            actor,
            "complete",
            note=self._word("payment", paper),
            paid_on=day.isoformat(),
            payment_reference=f"{day:%Y%m%d}{self.payments:05d}",
        )

    def _remark(self, session: Session, at: datetime, paper: Paper) -> None:
        said = paper.story.comment or {}
        document = self._document(session, paper)
        if said["by"] == "traveller":
            speaker = paper.owner
        else:
            role = Role(said["by"])
            department = document.department_id if role == Role.DEPARTMENT_HEAD else None
            speaker = holders(session, role, department)[0].login
        self._act(session, at, paper, speaker, "comment", note=said["note"])

    # ------------------------------------------------------------------------------------------------------------ parts

    def _act(self, session: Session, at: datetime, paper: Paper, login: str, action: str, **more: Any) -> None:
        assert paper.document_id
        act(session, self._person(session, login), paper.document_id, action, now=at, **more)
        self.acts += 1

    def _actor(self, session: Session, document: Document, day: date, chance: Random | None = None) -> str:
        """One of those who may take the open task, or the deputy of whoever is away."""
        tasks, case = tasks_of(session, document), case_of(session, document)
        signed = signed_by(tasks)
        task = next(task for task in tasks if task.state == TaskState.OPEN)
        person = (chance or self.chance).choice(people_for(session, task, case, signed)).login
        for absence in self.away:
            deputy = absence["deputy"]
            if absence["person"] == person and absence["from"] <= day <= absence["to"]:
                return person if self.people[deputy] in case.concerned | signed else deputy
        return person

    def _delegation(self, session: Session, row: dict[str, Any]) -> dict[str, Any]:
        """Write down that somebody is away; days are counted back from today."""
        today = local_day(self.now)
        first, last = today - timedelta(days=row["from"]), today - timedelta(days=row["to"])
        session.add(
            Delegation(
                person_id=self.people[row["person"]],
                deputy_id=self.people[row["deputy"]],
                starts_on=first,
                ends_on=last,
                reason=row["reason"],
                created_at=clock_at(first - timedelta(days=3), time(9, 30)),
            )
        )
        return row | {"from": first, "to": last}

    def _word(self, step: str, paper: Paper, *fits: str) -> str:
        """A remark now and then, one that fits: about receipts only where there are some."""
        chance = self.asides if paper.kind == "SR" else self.chance
        if chance.random() < 0.4:
            return ""
        if paper.kind == "SR":
            return str(chance.choice(self.words["remarks"]["SR"]["department_head"]["all"]))
        trip, lines = paper.trip, paper.lines or []
        tags = {"all", *fits, *(["service"] if self.homes[trip.traveller].startswith("AS") else [])}
        tags |= {"train"} if trip.by == Transport.TRAIN else set()
        tags |= {"hosting"} if any(line["tag"] == "hosting" for line in lines) else set()
        said = self.words["remarks"][paper.kind].get(step) or self.words["remarks"][paper.kind]["department_head"]
        fitting = [word for tag, words in said.items() if tag in tags for word in words]
        return str(self.chance.choice(fitting)).format(count=len(lines))

    def _pace(self, step: str, paper: Paper) -> float:
        """Working minutes until somebody acts: mostly hours, sometimes days; swift where it must get far in time."""
        if paper.kind == "SR":
            return 3.5 * DAY if paper.slow else self.asides.uniform(8, 40)
        if paper.story.stop:
            return self.chance.uniform(25, 150)
        usual = {"vice_president": 240, "finance_vp": 210, "finance_audit": 280, "payment": 300, "clerk": 110}
        minutes = usual.get(step, 140) * self.chance.lognormvariate(0, 0.8)
        if paper.kind == "FR" and self.forms.repairs(paper.trip):
            return min(minutes, 45)  # the depot waits
        return min(minutes, 4 * DAY) if paper.kind == "EC" else min(minutes, 1.4 * DAY)

    def _minutes(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=self.chance.randint(least * 60, most * 60))

    def _person(self, session: Session, login: str) -> Person:
        return session.get_one(Person, self.people[login])

    def _document(self, session: Session, paper: Paper) -> Document:
        return session.get_one(Document, paper.document_id)


def _words() -> Any:
    return yaml.safe_load(Path(__file__).with_name("year.yaml").read_text(encoding="utf-8"))


def _for_want_of_budget(refused: Refused) -> bool:
    """Did the budget's control stop it? Then the paper stays where it is, as it would in a real year."""
    keys = [fault.key for fault in refused.faults] if isinstance(refused, Invalid) else [refused.key]
    return all(key.startswith("budget_control.over") for key in keys)


@contextmanager
def _remembering(session: Session) -> Iterator[None]:
    """Hold on to every row that was read, so that asking for it again by its key does not go to the database."""
    rows: list[object] = []

    def remember(_session: object, row: object) -> None:
        rows.append(row)

    for moment in ("loaded_as_persistent", "pending_to_persistent"):
        sa.event.listen(session, moment, remember)
    yield
