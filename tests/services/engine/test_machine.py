"""The engine as a whole: random companies, routes, deputies, clocks and acts, each held against a model of its own.

PORTAL_LONG_TESTS=1 plays 2,000 companies of 50 steps; the ordinary run plays a few, always the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, col, select

from models import (
    Base,
    ChainHead,
    Department,
    Document,
    Event,
    Grant,
    Notice,
    Participant,
    Person,
    Role,
    State,
    Task,
    TaskState,
    TravelEstimate,
    TravelRequest,
)
from services import database as portal_database
from services.accounts import disable_person, enable_person, end_grant, grant_role, hand_over
from services.audit import GENESIS, seal, verify_chain
from services.database import reading, writing
from services.delegation import delegate, end_delegation
from services.documents import KINDS
from services.documents.drafts import keep
from services.engine import Action, act, actions_for, candidates_for
from services.engine.action import BEYOND_ROUTES, COMMENT, RECALL, REMIND, REOPEN, SUBMIT, TAKE_BACK
from services.engine.asked import people_asked
from services.engine.flow import Journey, journey_of
from services.engine.seats import people_for, seat_for
from services.errors import Invalid, Refused
from services.inbox import waiting_for
from services.people import local_day
from services.routes import DECISION, FINISH, WORK, Clock, Condition, Of, Outcome, Owner, Route, Signers, Step
from tests import factories
from tests.conftest import MakeDatabase
from tests.factories import NOW
from tests.services.engine.model import Company, Paper

LONG = bool(os.environ.get("PORTAL_LONG_TESTS"))
RUNS = int(os.environ.get("PORTAL_LONG_RUNS", "2000")) if LONG else 8

KEPT: tuple[type[Base], ...] = (Document, TravelRequest, TravelEstimate, Participant, Task, Event, Notice, ChainHead)
"""What an act may change."""
DECIDERS = (
    Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT),
    Owner(Role.VICE_PRESIDENT, Of.APPLICANT),
    Owner(Role.OFFICE_DIRECTOR),
    Owner(Role.FINANCE_HEAD),
    Owner(Role.FINANCE_VP),
    Owner(Role.GENERAL_MANAGER),
)
WORKERS = (Owner(person="traveller_id"), Owner(person="applicant"), Owner(Role.CASHIER), Owner(Role.ACCOUNTANT))
CLOCKS = (None, Clock(working_hours=8), Clock(working_days=1), Clock(hours=24))
LOCAL = (Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT, Role.CLERK)
COMPANYS = (
    Role.OFFICE_DIRECTOR,
    Role.FINANCE_HEAD,
    Role.FINANCE_VP,
    Role.GENERAL_MANAGER,
    Role.CASHIER,
    Role.ACCOUNTANT,
)
KEYS = (*BEYOND_ROUTES, "approve", "return", "reject", "complete", "skip", "again", "nonsense")
FORWARD = ("submit", "approve", "complete", "skip", "resume")
NOT_OFFERED = {"action.not_allowed", "action.delegation_ended", "access.not_found"}
OUTDATED = {"action.someone_acted_first", "draft.changed_elsewhere"}
OF_INPUT = {
    "action.needs_note",
    "action.needs_words",
    "action.needs_person",
    "action.person_may_not",
    "action.mentioned_cannot_read",
}
NOBODY = {"engine.nobody_holds", "engine.nobody_free"}

counted: dict[str, int] = {}


class Portal(RuleBasedStateMachine):
    """One company from its first day on, and up to three papers in it."""

    fresh: ClassVar[Callable[[], None]]
    """Empties the database."""

    @initialize(seed=st.integers(0, 2**32))
    def found(self, seed: int) -> None:
        random, self.steps = Random(seed), 0
        type(self).fresh()
        self.now, self.company, self.papers = NOW, Company(), []
        self.happened: list[tuple[int, str, int]] = []
        self.typed: dict[int, dict[str, Any]] = {}
        self.sent: dict[int, dict[str, Any]] = {}
        with writing() as session:
            self._settle(session, random)
        self._declare(random)
        self._begin(random)
        self._begin(random)
        _count("runs")

    # --- what happens

    @precondition(lambda self: self.papers)
    @rule(seed=st.integers(0, 2**32))
    def somebody_acts(self, seed: int) -> None:
        random = self._random(seed)
        random.choice((self._go_on, self._go_on, self._go_on, self._go_on, self._try_anything))(random)

    @rule(seed=st.integers(0, 2**32))
    def something_changes(self, seed: int) -> None:
        random = self._random(seed)
        changes = (self._type_on, self._type_on, self._change_company, self._change_company, self._change_deputies)
        random.choice((*changes, self._let_time_pass, self._let_time_pass, self._declare))(random)

    @precondition(lambda self: len(self.papers) < 4)
    @rule(seed=st.integers(0, 2**32))
    def somebody_begins(self, seed: int) -> None:
        self._begin(self._random(seed))

    # --- what must be true after each step

    @invariant()
    def the_papers_stand_as_the_model_says(self) -> None:
        for paper in getattr(self, "papers", ()):
            with reading() as session:
                document = session.get_one(Document, paper.id)
                journey = journey_of(session, document, self.now)
                self._agrees(paper, document, journey.tasks)
                for task in journey.open_tasks:
                    self._waits_for_somebody(journey, task)

    @invariant()
    def the_inbox_shows_what_may_be_done(self) -> None:
        if not getattr(self, "papers", None) or self.steps % 3:
            return
        person = self.people[len(self.seen["event"]) % len(self.people)]
        with reading() as session:
            rows = {row.task_id: row for row in waiting_for(session, person, self.now)}
            for paper in self.papers:
                document = session.get_one(Document, paper.id)
                seat = [
                    one
                    for one in actions_for(session, person, document, self.now)
                    if one.task_id and one.key not in (RECALL, TAKE_BACK, REOPEN)
                ]
                mine = {row.task_id for row in rows.values() if row.document_id == paper.id}
                assert bool(mine) == bool(seat), (person.login, mine, [one.key for one in seat])
                for one in seat:
                    assert one.task_id in mine
                    assert (rows[one.task_id].for_name is None) == (one.for_person is None)

    def teardown(self) -> None:
        if hasattr(self, "papers"):
            with reading() as session:
                assert verify_chain(session) == []
        for paper in getattr(self, "papers", ()):
            _count(f"ended {paper.state}")

    # --- what happens, each by chance

    def _begin(self, random: Random) -> None:
        """Somebody writes a paper, for himself or for another, alone or with company, and sends it at once."""
        author = self._anybody(random)
        raw = self._form(random, author)
        with self._refusals({"draft.may_not_start"}):
            with writing() as session:
                draft = keep(
                    session, author, "TR", raw, token=f"paper-{self.steps}-{len(self.papers)}", now=self._tick()
                )
            self.papers.append(Paper(draft.id, author.id, author.department_id, frozenset(), Decimal(0)))
            self.typed[draft.id] = raw
            self.seen = self._rows()
            self._attempt(author, self.papers[-1], SUBMIT, {})
        self.seen = self._rows()

    def _go_on(self, random: Random) -> None:
        """Somebody does what he is offered, mostly as it ought to be done."""
        wanted = FORWARD if random.random() < 0.6 else tuple(key for key in KEYS if key not in (COMMENT, REMIND))
        for paper in random.sample(self.papers, len(self.papers)):
            near = sorted(self._near(paper))
            for person in map(self._person, random.sample(near, len(near))):
                offered = [one for one in self._offers(person, paper) if one.key in wanted]
                if offered:
                    action = random.choice(offered)
                    self._attempt(person, paper, action.key, self._input(random, person, paper, action))
                    return

    def _near(self, paper: Paper) -> set[int]:
        """People who are likely to have something to do with a paper: to find one of them quickly, no more."""
        with reading() as session:
            asked = people_asked(journey_of(session, session.get_one(Document, paper.id), self.now))
        ours = {one.id for one in self.people}
        directors = self.company.holders(Role.OFFICE_DIRECTOR, None) if paper.state == State.DONE else set()
        return (asked | paper.signers | {paper.author, paper.keeper or paper.author} | directors) & ours

    def _try_anything(self, random: Random) -> None:
        """Anybody tries anything, with whatever a forged request may hold."""
        paper, person = random.choice(self.papers), random.choice([*self.people, self.administrator])
        more: dict[str, Any] = {"note": random.choice(("", "请看"))}
        if random.random() < 0.5:
            more["person"] = random.choice([*(one.id for one in self.people), self.administrator.id, 999_999])
        if random.random() < 0.3:
            more["to"] = random.choice(["applicant", "nonsense", *(step.key for step in paper.route)])
        if random.random() < 0.2:
            more["seen"] = random.randrange(0, 12)
        if random.random() < 0.2:
            more["mention"] = [random.choice(self.people).id]
        self._attempt(person, paper, random.choice(KEYS), more)

    def _type_on(self, random: Random) -> None:
        """Whoever's paper it is types in it while it lies with him; sometimes it says the same as before."""
        paper = random.choice(self.papers)
        if paper.state not in (State.DRAFT, State.RETURNED, State.WITHDRAWN):
            return
        raw = self.typed[paper.id]
        if random.random() < 0.5:
            raw = self._form(random, self._person(paper.author))
        with self._refusals({"draft.may_not_start"}):
            with writing() as session:
                stored = session.get_one(Document, paper.id)
                author = self._person(paper.author)
                keep(session, author, "TR", raw, token=stored.client_token, now=self._tick())
            self.typed[paper.id] = raw
        self.seen = self._rows()

    def _change_company(self, random: Random) -> None:
        """Roles are given and taken, people leave and come back, somebody is handed all that another leaves open."""
        change = random.choice(
            (*[self._appoint] * 3, *[self._let_in] * 2, self._dismiss, self._shut_out, self._succeed)
        )
        with self._refusals():
            change(random, random.choice(self.people))
            _count(change.__name__)
        for paper in self.papers:
            paper.settle(self.company)
        self.seen = self._rows()

    def _change_deputies(self, random: Random) -> None:
        """Somebody names a deputy, or has enough of one."""
        live = list(self.company.delegations.values())
        with self._refusals():
            if live and random.random() < 0.3:
                row = random.choice(live)
                with writing() as session:
                    end_delegation(session, self._person(row.person_id), row.id, self._tick())
                del self.company.delegations[row.id]
            else:
                user, deputy = random.choice(self.people), random.choice(self.people)
                day = local_day(self.now) + timedelta(days=random.choice((0, 0, 0, 1)))
                raw = {
                    "deputy_id": deputy.id,
                    "starts_on": day.isoformat(),
                    "ends_on": (day + timedelta(days=random.randrange(0, 9))).isoformat(),
                    "amount_limit": random.choice((None, None, "1000.00")),
                    "kinds": random.choice(([], ["TR"], ["EC"])),
                }
                with writing() as session:
                    row = delegate(session, user, raw, self._tick())
                self.company.delegations[row.id] = row
                _count("deputies")
        self.seen = self._rows()

    def _let_time_pass(self, random: Random) -> None:
        self.now += timedelta(minutes=random.choice((1, 30, 125, 300, 60 * 24, 60 * 24 * 3, 60 * 24 * 20)))

    # --- one act

    def _attempt(self, person: Person, paper: Paper, key: str, more: dict[str, Any]) -> None:
        now, offered = self._tick(), {one.key: one for one in self._offers(person, paper)}
        happened = len(self.happened)
        try:
            with writing() as session:
                act(session, person, paper.id, key, now=now, **more)
        except Refused as refusal:
            del self.happened[happened:]
            assert self._rows() == self.seen, f"{key} was refused and changed something"
            self._rightly_refused(refusal, key, key in offered, more)
            _count("refused")
            return
        assert key in offered, f"{key} was not offered and done"
        _count(key)
        self._one_event(person, paper, offered[key])

    def _rightly_refused(self, refusal: Refused, key: str, offered: bool, more: dict[str, Any]) -> None:
        if not offered:
            assert refusal.key in NOT_OFFERED | OUTDATED, refusal
        elif isinstance(refusal, Invalid):
            assert key in (SUBMIT, REOPEN, TAKE_BACK) or {one.key for one in refusal.faults} <= OF_INPUT, refusal
        elif refusal.key == "engine.nobody_holds":
            role = Role(refusal.facts["role"].key.removeprefix("role."))
            where = {None, *(one.id for one in self.departments.values() if one.name == refusal.facts["department"])}
            assert not any(self.company.holders(role, one) for one in where), refusal
        elif refusal.key in OUTDATED:
            assert "seen" in more
        elif refusal.key == "action.no_such_step":
            assert "to" in more
        else:
            assert refusal.key in {"engine.nobody_free", "action.reminded_lately"}, refusal

    def _one_event(self, person: Person, paper: Paper, action: Action) -> None:
        before, self.seen = self.seen, self._rows()
        with reading() as session:
            document = session.get_one(Document, paper.id)
            last = select(Event).where(Event.document_id == paper.id).order_by(col(Event.id).desc())
            event = session.exec(last).first()
        added = len(self.seen["event"]) - len(before["event"])
        raised = document.version - dict(_versions(before))[paper.id]
        assert raised == (0 if action.key in (COMMENT, REMIND) else 1)
        if document.number is None:
            assert (action.key, document.state, added) == ("cancel", State.CANCELLED, 0)  # nobody ever saw it
            paper.state = State.CANCELLED
            return
        assert added == 1 and event and event.action == action.key and event.actor_id == person.id
        assert event.on_behalf_of_id == (action.for_person.id if action.for_person else None)
        if action.key == SUBMIT:
            self._sent(paper)
        assert event.hash == seal(event) and event.previous_hash == _hash_before(before), "the chain is broken"
        paper.happen(event, document, self.company, local_day(self.now), self.route, self.reopen_at)

    def _sent(self, paper: Paper) -> None:
        raw = self.typed[paper.id]
        if self.sent.get(paper.id) != raw:
            paper.content += 1
        self.sent[paper.id] = raw
        paper.favoured = frozenset({raw["traveller_id"], *raw["companions"]})
        paper.amount = Decimal(raw["estimates"][0]["amount"])

    def _agrees(self, paper: Paper, document: Document, tasks: list[Task]) -> None:
        living = [task for task in tasks if task.state in (TaskState.OPEN, TaskState.HELD)]
        waiting = [task for task in living if task.state == TaskState.OPEN]
        assert document.state == paper.state, (document.state, paper.state)
        if paper.state == State.RUNNING:
            assert living and {task.step for task in living} == {document.step} == {paper.step}
        elif paper.state == State.REVERSING:
            assert [task.step for task in living] == ["reversal"] == [document.step]
        else:
            assert not living and document.step is None
        for held in (task for task in living if task.state == TaskState.HELD):
            assert len([task for task in waiting if task.asked_by_id == held.id]) == 1
        for asked in (task for task in waiting if task.asked_by_id):
            asker = next(task for task in tasks if task.id == asked.asked_by_id)
            assert asker.state in (TaskState.HELD, TaskState.DONE)
        assert document.due_at == min((task.due_at for task in waiting if task.due_at), default=None)
        assert document.reached == paper.reached
        assert (document.approved_at is not None) == ("approved" in paper.reached)
        stand = [task for task in tasks if task.state == TaskState.DONE and task.stands and task.step != "reversal"]
        assert sorted((task.step, task.closed_by_id) for task in stand) == sorted(
            (one.step, self._actor_of(one.people, tasks)) for one in paper.signatures
        )
        decided = [one for task in stand if task.decides for one in {task.closed_by_id, task.on_behalf_of_id} - {None}]
        assert len(decided) == len(set(decided)), "signed twice"
        for milestone in {name for id, name, _ in self.happened if id == paper.id} | set(paper.reached):
            balance = sum(way for id, name, way in self.happened if (id, name) == (paper.id, milestone))
            assert balance == (1 if milestone in document.reached else 0), milestone

    def _waits_for_somebody(self, journey: Journey, task: Task) -> None:
        """Nobody's task may lie about while there is somebody who could be asked."""
        taken = journey.signed_beside(task)
        if people_for(journey.session, task, journey.case, taken):
            return
        assert task.asked_by_id is None, "asks a colleague who can answer no more"
        wanted = task.instead_of or task.role
        owners = journey.step(task.step).owners
        owner = next((one for one in owners if one.role == wanted), owners[0])
        facts: dict[str, Any] = {"decides": task.decides, "taken": taken, "now": self.now, "must_be_held": False}
        with pytest.raises(Refused):
            seat_for(journey.session, journey.case, owner, **facts)

    @staticmethod
    def _actor_of(people: frozenset[int], tasks: list[Task]) -> int | None:
        return next(
            task.closed_by_id
            for task in reversed(tasks)
            if {task.closed_by_id, task.on_behalf_of_id} - {None} == people
        )

    # --- the company

    def _settle(self, session: Session, random: Random) -> None:
        names = ("service", "service2", "office", "finance")
        self.departments: dict[str, Department] = {name: factories.department(session, name) for name in names}
        self.expense = factories.expense_type(session, "train")
        homes = [self.departments[name] for name in ("service", "service", "service2")]
        self.people = [
            factories.person(session, f"person{number}", random.choice(homes))
            for number in range(random.randrange(7, 11))
        ]
        self.administrator = factories.person(session, "administrator", self.departments["office"])
        everyone = [*self.people, self.administrator]
        self.company.active = {one.id for one in everyone}
        self.company.grants = {one.id: set() for one in everyone}
        self.company.administrator = self.administrator.id
        self._grant(session, self.administrator, Role.ADMINISTRATOR, None)
        for role, where in [
            *((role, self.departments[name]) for role in LOCAL for name in ("service", "service2")),
            (Role.VICE_PRESIDENT, self.departments["office"]),
            *((role, None) for role in COMPANYS),
        ]:
            for person in random.sample(self.people, random.choice((1, 1, 1, 2))):
                apart = {Role.CASHIER: Role.ACCOUNTANT, Role.ACCOUNTANT: Role.CASHIER}.get(role)
                if apart not in self.company.roles(person.id):
                    self._grant(session, person, role, where)

    def _grant(self, session: Session, person: Person, role: Role, where: Department | None) -> None:
        factories.grant(session, person, role, where)
        self.company.grants[person.id].add((role, where.id if where else None))

    def _appoint(self, random: Random, person: Person) -> None:
        role = random.choice((*LOCAL, *COMPANYS))
        where = self.departments[random.choice(("service", "service2"))].id if role in LOCAL else None
        with writing() as session:
            grant_role(session, self.administrator, person.id, role, where, self._tick())
        self.company.grants[person.id].add((role, where))

    def _dismiss(self, random: Random, person: Person) -> None:
        with writing() as session:
            held = session.exec(select(Grant).where(Grant.person_id == person.id, col(Grant.ended_at).is_(None))).all()
            if not held:
                return
            grant = random.choice(held)
            end_grant(session, self.administrator, grant.id, self._tick())
        self.company.grants[person.id].discard((grant.role, grant.department_id))
        for paper in self.papers:
            paper.lost(person.id)

    def _shut_out(self, random: Random, person: Person) -> None:
        if len(self.company.active) < 4:
            return
        with writing() as session:
            disable_person(session, self.administrator, person.id, self._tick())
        self.company.active.discard(person.id)
        for paper in self.papers:
            paper.lost(person.id)

    def _let_in(self, random: Random, person: Person) -> None:
        with writing() as session:
            enable_person(session, self.administrator, person.id, self._tick())
        self.company.active.add(person.id)

    def _succeed(self, random: Random, person: Person) -> None:
        successor = random.choice(self.people)
        with writing() as session:
            hand_over(session, self.administrator, person.id, successor.id, self._tick())
        unfinished = (State.DRAFT, State.RETURNED, State.WITHDRAWN, State.RUNNING, State.REVERSING)
        for paper in self.papers:
            paper.lost(person.id)
            paper.lost(successor.id)
            if paper.state in unfinished and person.id in (paper.author, paper.keeper):
                paper.keeper = successor.id
            paper.asks_no_more(person.id)
        gone = [id for id, row in self.company.delegations.items() if person.id in (row.person_id, row.deputy_id)]
        for id in gone:
            del self.company.delegations[id]

    # --- the route

    def _declare(self, random: Random) -> None:
        keys = [f"step{number}" for number in range(random.randrange(1, 5))]
        names = random.sample(("approved", "seen", "paid", "checked"), len(keys))
        self.route: Route = tuple(
            self._step(random, keys, place, random.choice((None, names[place]))) for place in range(len(keys))
        )
        decides = [step.key for step in self.route if step.decides]
        self.reopen_at = random.choice(decides or keys)
        milestones = ("approved", "seen", "paid", "checked")
        KINDS["TR"] = replace(
            KINDS["TR"],
            route=self.route,
            checks=(),
            guards={},
            effects={name: self._effect(name, 1) for name in milestones},
            undo={name: self._effect(name, -1) for name in milestones},
            reopen_at=self.reopen_at,
            reopeners=frozenset({Role.OFFICE_DIRECTOR}),
        )

    def _step(self, random: Random, keys: list[str], place: int, milestone: str | None) -> Step:
        amount = Condition("amount", random.choice((">=", "<")), "1000.00")
        more: dict[str, Any] = {
            "when": random.choice(((), (), (), (amount,))),
            "within": random.choice(CLOCKS),
            "milestone": milestone,
        }
        if place and random.random() < 0.25:
            return Step(keys[place], (random.choice(WORKERS),), decides=False, outcomes=WORK, **more)
        signers = random.choice((Signers.EACH_OWNER, Signers.EACH_OWNER, Signers.ANY_OWNER, Signers.EVERY_HOLDER))
        owners = random.sample(DECIDERS, 1 if signers == Signers.EVERY_HOLDER else random.choice((1, 1, 2)))
        extra: list[Outcome] = []
        if random.random() < 0.25:
            extra.append(Outcome("skip", to=random.choice([*keys[place + 1 :], FINISH])))
        if random.random() < 0.15:
            extra.append(Outcome("again", to=random.choice(keys[: place + 1])))
        return Step(keys[place], tuple(owners), signers=signers, outcomes=(*DECISION, *extra), **more)

    def _effect(self, name: str, way: int) -> Callable[..., None]:
        return lambda session, document, now: self.happened.append((document.id, name, way))

    # --- helpers

    def _random(self, seed: int) -> Random:
        """Small seeds are drawn again and again: each step makes another of them."""
        self.steps += 1
        _count("steps")
        return Random(f"{self.steps} {seed}")

    def _tick(self) -> Any:
        self.now += timedelta(seconds=1)
        return self.now

    def _anybody(self, random: Random) -> Person:
        return random.choice(self.people)

    def _person(self, id: int) -> Person:
        return next(one for one in self.people if one.id == id)

    def _form(self, random: Random, author: Person) -> dict[str, Any]:
        traveller = random.choice((author, random.choice(self.people)))
        others = [one.id for one in self.people if one.id != traveller.id]
        amount = random.choice(("300.00", "1000.00", "2500.00"))
        return {
            "traveller_id": traveller.id,
            "companions": random.choice(([], random.sample(others, 1))),
            "origin": "株洲",
            "destinations": "西安",
            "starts_on": "2026-11-25",
            "ends_on": "2026-11-27",
            "transport": "train",
            "task": "更换制动单元",
            "serves": None,
            "estimates": [{"expense_type_id": self.expense.id, "amount": amount, "note": None}],
        }

    def _offers(self, person: Person, paper: Paper) -> tuple[Action, ...]:
        with reading() as session:
            return actions_for(session, person, session.get_one(Document, paper.id), self.now)

    def _input(self, random: Random, person: Person, paper: Paper, action: Action) -> dict[str, Any]:
        more: dict[str, Any] = {"note": "请看" if action.needs_note else random.choice(("", "同意"))}
        if action.needs_person:
            with reading() as session:
                document = session.get_one(Document, paper.id)
                found = candidates_for(session, person, document, action, self.now)
            if found:
                more["person"] = random.choice(found).id
        if action.returns_to and random.random() < 0.5:
            more["to"] = random.choice(action.returns_to)
        return more

    def _rows(self) -> dict[str, list[Any]]:
        """Everything an act may change, as it lies in the database."""
        with reading() as session:
            return {
                table.__tablename__: list(session.execute(_ROWS[table]))  # type: ignore[misc]
                for table in KEPT
            }

    @contextmanager
    def _refusals(self, keys: set[str] | None = None) -> Iterator[None]:
        """What is tried besides the acts may be refused; the model then changes nothing."""
        happened = len(self.happened)
        try:
            yield
        except Refused:
            del self.happened[happened:]


_ROWS = {table: sa.select(table.__table__).order_by(*table.__table__.primary_key) for table in KEPT}  # type: ignore[attr-defined]


def _versions(rows: dict[str, list[Any]]) -> Iterator[tuple[int, int]]:
    return ((row.id, row.version) for row in rows["document"])


def _hash_before(rows: dict[str, list[Any]]) -> str:
    return rows["chainhead"][0].hash if rows["chainhead"] else GENESIS


def _count(what: str) -> None:
    counted[what] = counted.get(what, 0) + 1


def test_no_company_and_no_act_gets_round_a_rule(
    _fresh_database: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "TR", KINDS["TR"])

    def fresh() -> None:
        url = os.environ.get("PORTAL_DATABASE_URL")
        if url:
            portal_database.engine_for(url).dispose()
        monkeypatch.setenv("PORTAL_DATABASE_URL", _fresh_database(tmp_path))

    Portal.fresh = staticmethod(fresh)  # type: ignore[assignment]
    many = settings(
        max_examples=RUNS,
        stateful_step_count=50,
        deadline=None,
        derandomize=not LONG,
        database=None,
        print_blob=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Portal, settings=many)
    print(dict(sorted(counted.items())))
