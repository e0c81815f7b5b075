"""Every station of every declared route, every act, everybody's role: offered and done is what the table here says.

The stations come from the registry, who may do what at each from the rules of DESIGN.md, not from the engine. What is
not allowed is tried too: by everybody one act at every third station, where he also says something, which most may;
PORTAL_LONG_TESTS=1 tries everything everywhere.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from models import Document, Person, Role, State
from services.database import reading, writing
from services.documents import KINDS
from services.engine import act, actions_for
from services.engine.action import BEYOND_ROUTES
from services.errors import Refused
from services.routes import APPROVE, COMPLETE, REJECT, RETURN, Signers, Step, holds
from tests import factories
from tests.action_story import done, drafted_action, measure, plan
from tests.analysis_story import drafted_analysis
from tests.care_story import REPLY, drafted_survey, drafted_visit
from tests.complaint_story import answers as complaint_answers
from tests.complaint_story import drafted_complaint
from tests.factories import NOW, Cast
from tests.governance_story import (
    HANDLED,
    HELD,
    STATEMENT,
    drafted_assessment,
    drafted_inspection,
    drafted_training,
    drafted_violation,
    results,
)
from tests.income_story import answers as income_answers
from tests.income_story import drafted_income
from tests.order_story import DONE as ORDER_DONE
from tests.order_story import answers as order_answers
from tests.order_story import drafted_order
from tests.parts_story import (
    ANSWERED,
    INSPECTED,
    REFUNDED,
    SENT,
    SOLVED,
    TAKEN_IN,
    buyer,
    drafted_notice,
    drafted_parts,
    drafted_return,
    part_line,
)
from tests.story import (
    BACK,
    LATER,
    ON_SITE,
    RECORD,
    drafted_adjustment,
    drafted_advance,
    drafted_claim,
    drafted_company_budget,
    drafted_entry,
    drafted_month,
    drafted_opening,
    drafted_outside,
    drafted_plan,
    drafted_register,
    drafted_report,
    drafted_request,
    drafted_trip,
    reload,
    voucher,
)

LONG = bool(os.environ.get("PORTAL_LONG_TESTS"))
OFTEN = {"TR", "SR", "EC", "CA", "OB", "CE", "CV", "AS", "VL"}
"""Kinds with which every turn a paper may take is asked each time."""
AUTHORS = {
    "MR": "clerk",
    "BP": "clerk",
    "BA": "clerk",
    "CB": "finance_head",
    "CX": "service_administrator",
    "SS": "customer_service",
    "AR": "service_administrator",
    "CP": "customer_service",
    "TN": "clerk",
    "VL": "finance_officer",
    "OE": "finance_officer",
    "AS": "clerk",
    "BI": "budget_supervisor",
    "SO": "service_clerk",
    "RV": "clerk",
    "CE": "clerk",
    "MS": "clerk",
}
"""Who writes a paper of the kind; else the engineer."""
COLLEAGUE = "engineer2"
STARTS = {
    "TR": drafted_trip,
    "FR": drafted_report,
    "CA": drafted_advance,
    "SR": drafted_request,
    "BP": drafted_plan,
    "CB": drafted_company_budget,
    "MR": drafted_register,
    "BA": drafted_adjustment,
    "OB": drafted_outside,
    "OE": drafted_opening,
    "CE": drafted_entry,
    "MS": drafted_month,
    "EC": lambda cast: drafted_claim(cast, vouchers=[voucher(cast, "lodging", "6000.00")]),
    "CX": drafted_action,
    "SS": drafted_survey,
    "CV": drafted_visit,
    "AR": drafted_analysis,
    "CP": drafted_complaint,
    "SN": lambda cast: drafted_notice(cast, buyer(cast)),
    "RT": drafted_return,
    "TN": drafted_training,
    "VL": drafted_violation,
    "AS": drafted_assessment,
    "BI": drafted_inspection,
    "PR": lambda cast: drafted_parts(cast, lines=[part_line("主控板", 2, "7600.00")]),
    "SO": drafted_order,
    "RV": drafted_income,
}
"""A paper of each kind to which all conditions of its route apply: a claim of a major amount. Of a complaint, whose
branches exclude each other, those of one that is found to be of quality and unusual."""
BRANCH: dict[str, dict[str, Any]] = {
    "CX": {"action_kind": "design"},
    "CP": {"declined": False, "verdict": "quality", "nature": "quality", "unusual": True, "consent": "agreed"},
    "SN": {"confirmer_id": None},
    "SO": {"collected_amount": None},
    "RV": {"from_order": False, "write_off_asked": False},
}
"""What the paper says on the way that it takes here, where its kind has several."""
SOMETIMES = {key for kind in KINDS.values() for key in kind.offered}
"""Answers that a kind offers where something outside the paper is there, as a mail server: here there is none."""
ANSWERS: dict[str, dict[str, Any]] = {
    "travel": {"departed_on": "2026-11-25", "returned_on": "2026-11-27"},
    "settlement": {"returned_on": "2026-12-01", "returned_amount": "1000.00"},
    "verify_effect": {"effect": "低温试验 3 次无泄漏"},
    "verify_budget": {"effect": "下月预算内"},
    "answer_opinions": REPLY,
    "pursue_leads": {"leads_result": "已报价"},
    "record": RECORD,
    "notice_send": SENT,
    "notice_answer": ANSWERED,
    "notice_solve": SOLVED,
    "return_inspect": INSPECTED,
    "return_receive": TAKEN_IN,
    "finance_refund": REFUNDED,
    "hold_training": HELD | {"lines": results(("passed", 85))},
    "hear": STATEMENT,
    "finance_head": HANDLED,
    "recover_money": {"recovered_amount": "380.00", "recovered_on": "2026-11-23"},
    "parts_order": {"ordered_on": NOW.date().isoformat()},
    "parts_ship": {"bought_shipped_on": NOW.date().isoformat(), "bought_waybill": "SF1001"},
    "parts_receipt": {"received_on": NOW.date().isoformat()},
}
"""By step: what its owner fills in."""
FIRST_DAY = {
    "MR": LATER,
    "TR": NOW,
    "FR": ON_SITE,
    "SR": ON_SITE,
    "CA": NOW,
    "EC": BACK,
    "BP": NOW,
    "OB": NOW,
    "OE": NOW,
    "CE": NOW,
    "MS": NOW,
    "CB": NOW,
    "BA": NOW,
    "CX": NOW,
    "SS": NOW,
    "CV": NOW,
    "AR": NOW,
    "CP": NOW,
    "TN": NOW,
    "VL": NOW,
    "AS": NOW,
    "BI": NOW,
    "PR": NOW,
    "SN": NOW,
    "RT": NOW,
    "SO": NOW,
    "RV": NOW,
}
LAST_DAY = {
    "MR": LATER,
    "TR": BACK,
    "FR": ON_SITE,
    "SR": ON_SITE,
    "CA": LATER,
    "EC": LATER,
    "BP": NOW,
    "OB": NOW,
    "OE": NOW,
    "CE": NOW,
    "MS": NOW,
    "CB": NOW,
    "BA": NOW,
    "CX": NOW,
    "SS": NOW,
    "CV": NOW,
    "AR": NOW,
    "CP": NOW,
    "TN": NOW,
    "VL": NOW,
    "AS": NOW,
    "BI": NOW,
    "PR": NOW,
    "SN": NOW,
    "RT": NOW,
    "SO": ORDER_DONE,
    "RV": NOW,
}
"""Trips are decided on before they start, claims after they are over; the last step of either is done days later."""
DEPARTMENTS = {"service": "engineer", "quality": "technical_engineer"}
"""Departments that a complaint names, by somebody who works there."""
KEYS = sorted({*BEYOND_ROUTES, *(one.key for kind in KINDS.values() for step in kind.route for one in step.outcomes)})
OWN = {"clerk", "department_head", "vice_president", "marketing_manager", "general_manager"}
FINANCE = {"finance_officer", "accountant", "cashier", "finance_head", "finance_vp"}
MANAGING = {"marketing_manager", "general_manager"}
READERS = {
    "TR": OWN | FINANCE | {"office_director"},
    "FR": OWN | {"quality_inspector"},
    "CA": OWN | FINANCE,
    "SR": OWN | FINANCE,
    "BP": OWN | FINANCE | {"budget_supervisor"},
    "CB": FINANCE | {"general_manager", "marketing_manager", "budget_supervisor"},
    "OE": FINANCE | MANAGING,
    "MR": OWN | FINANCE,
    "BA": OWN | FINANCE | {"budget_supervisor"},
    "EC": OWN | FINANCE | {"office_director"},
    "OB": OWN | FINANCE | {"budget_supervisor"},
    "CE": OWN | FINANCE | {"budget_supervisor"},
    "MS": OWN | FINANCE | {"budget_supervisor"},
    "CX": OWN | {"quality_inspector", "service_administrator", "budget_supervisor"},
    "SS": OWN | {"quality_inspector", "service_administrator", "customer_service", "sales_manager"},
    "CV": OWN | {"quality_inspector", "service_administrator", "customer_service", "sales_manager"},
    "AR": {"quality_inspector", "service_administrator", "customer_service", "sales_manager"} | MANAGING,
    "CP": {"customer_service", "quality_inspector", "service_administrator", "marketing_manager", "general_manager"},
    "RV": OWN | FINANCE,
    "SN": OWN | FINANCE | {"production_engineer", "purchaser", "quality_inspector", "service_administrator"},
    "RT": OWN
    | FINANCE
    | {"quality_inspector", "warehouse", "sales_manager", "service_administrator", "customer_service"},
    "TN": OWN | {"service_administrator"},
    "AS": OWN,
    "BI": {"budget_supervisor", "finance_head", "finance_vp", "marketing_manager", "general_manager"},
    "VL": {"finance_head", "general_manager", "budget_supervisor", "engineer"},
    "PR": OWN | FINANCE | {"production_engineer", "purchaser", "warehouse", "quality_inspector"},
    "SO": OWN | {"service_clerk", "dispatcher", "sales_manager", "service_administrator", "customer_service"},
}
"""Roles that read every paper of the department once it is sent: finance too what is about money."""
IN_CHARGE = {"clerk", "department_head", "vice_president"}
HANDED_ON = {"CP": "accept"}
"""By kind: where a paper is handed to the department whose people in charge read it from then on."""


@dataclass(frozen=True)
class Branch:
    """A way that leads through steps which the first way of the kind leaves out."""

    code: str
    steps: tuple[str, ...]
    start: Callable[[Cast], Document]
    changes: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
    """By step: what is answered otherwise than on the first way."""
    outcomes: dict[str, str] = field(default_factory=dict, hash=False)
    """By step: how it ends, where it does not simply go on."""


FOUND = ("accept", "assign", "contact", "verify")
PLANNED = (*FOUND, "analyse", "responsibility", "plan", "plan_consent")
SETTLED = ("agree", "execute", "report", "notify", "survey", "allocate")
PLAIN = {"analyse": {"unusual": False}, "analyse_with_sales": {"unusual": False}}
CLAIMS = {"verify": {"verdict": "non_quality"}} | PLAIN
OTHER_WAYS = (
    Branch("CX", ("take_on", "carry_out", "verify_budget"), lambda cast: drafted_action(cast, action_kind="budget")),
    Branch("SN", ("department_head",), lambda cast: drafted_notice(cast, buyer(cast), claimed_amount="20000.00")),
    Branch(
        "RV",
        ("department_head", "recognise", "collect", "write_off_decision"),
        drafted_income,
        outcomes={"collect": "write_off"},
    ),
    Branch("CP", (*FOUND, "dispute", "analyse_with_sales"), drafted_complaint, {"verify": {"verdict": "disputed"}}),
    Branch("CP", (*PLANNED, "plan_decision"), drafted_complaint, PLAIN, {"plan_consent": "disagree"}),
    Branch("CP", (*PLANNED, "agree", "settle"), drafted_complaint, PLAIN | {"agree": {"consent": "disputed"}}),
    Branch(
        "CP", (*FOUND, "analyse_with_sales", "plan", "plan_consent", *SETTLED, "recover"), drafted_complaint, CLAIMS
    ),
)
"""So that each step of each route is stood at."""
UNSEEN = {("SN", "notice_confirm"), ("SO", "hand_over")}
"""Where no way here leads: whoever handles the case of a notice, and the cash of a visit that was signed for."""


@dataclass(frozen=True)
class Station:
    """Where a paper stands, and the acts that bring it there: by whom, what."""

    code: str
    state: State
    step: Step | None
    """The step that is open, or that returned the paper or turned it down."""
    way: tuple[tuple[str, str, str | None], ...]
    """Who did what, at which step."""
    branch: "Branch | None" = None
    """Another way than the first, which its kind takes where the paper says something else."""

    def __str__(self) -> str:
        return "-".join([self.code, self.state, *([self.step.key] if self.step else [])])

    @property
    def now(self) -> datetime:
        last = self.state in (State.DONE, State.REVERSING, State.REVERSED) or self.step is KINDS[self.code].route[-1]
        return (LAST_DAY if last else FIRST_DAY)[self.code]

    @property
    def repeats(self) -> bool:
        """Does the table say the same of it for every kind? Asked of some kinds; of all with PORTAL_LONG_TESTS.

        What was returned or turned down by one who is not the last to decide differs by its signers alone.
        """
        deciding = [step for step in on_the_branch(self.code) if step.decides]
        if self.state in (State.RETURNED, State.REJECTED):
            return self.code not in OFTEN or self.step is not deciding[-1]
        return self.state in (State.WITHDRAWN, State.CANCELLED, State.REVERSING) and self.code not in OFTEN

    @property
    def author(self) -> str:
        return author_of(self.code)

    @property
    def signers(self) -> set[str]:
        """Whose decisions stand."""
        deciding = {step.key for step in KINDS[self.code].route if step.decides}
        return {login for login, key, step in self.way if step in deciding and key == APPROVE}

    @property
    def approved(self) -> bool:
        (last,) = (step for step in KINDS[self.code].route if step.milestone == "approved")
        signed = {login for login, _, key in self.way if key == last.key}
        return set(signers(self.code, last)) <= signed

    @property
    def paid(self) -> bool:
        """Has it passed the milestone from which on it is not given up?"""
        kind = KINDS[self.code]
        steps = {step.key for step in kind.route if kind.cancel_until and step.milestone == kind.cancel_until}
        return bool(steps & {key for _, _, key in self.way})


def stations() -> Iterator[Station]:
    for code, kind in KINDS.items():
        author = author_of(code)
        way: tuple[tuple[str, str, str | None], ...] = ((author, "submit", None),)
        withdrawn = (*way, (author, "withdraw", None))
        yield Station(code, State.DRAFT, None, ())
        for step in on_the_branch(code):
            for login in signers(code, step):
                yield Station(code, State.RUNNING, step, way)
                if step.outcome(RETURN):
                    yield Station(code, State.RETURNED, step, (*way, (login, RETURN, None)))
                if step.outcome(REJECT):
                    yield Station(code, State.REJECTED, step, (*way, (login, REJECT, None)))
                way = (*way, (login, APPROVE if step.decides else COMPLETE, step.key))
        for branch in (one for one in OTHER_WAYS if one.code == code):
            yield from _stations_on(branch)
        yield Station(code, State.WITHDRAWN, None, withdrawn)
        yield Station(code, State.CANCELLED, None, (*withdrawn, (author, "cancel", None)))
        yield Station(code, State.DONE, None, way)
        if kind.reversible:
            asked = (*way, (author, "reverse", None))
            yield Station(code, State.REVERSING, None, asked)
            yield Station(code, State.REVERSED, None, (*asked, (last_decider(code), APPROVE, None)))


def _stations_on(branch: "Branch") -> Iterator[Station]:
    """Each of its steps that the first way leaves out, open."""
    code, steps = branch.code, {step.key: step for step in KINDS[branch.code].route}
    way: tuple[tuple[str, str, str | None], ...] = ((author_of(code), "submit", None),)
    first = {step.key for step in on_the_branch(code)}
    for step in (steps[key] for key in branch.steps):
        if step.key not in first:
            yield Station(code, State.RUNNING, step, way, branch)
        ends = branch.outcomes.get(step.key, APPROVE if step.decides else COMPLETE)
        way = (*way, *((login, ends, step.key) for login in signers(code, step)))


def on_the_branch(code: str) -> list[Step]:
    """The steps that the paper is asked for."""
    said = BRANCH.get(code)
    if said is None:
        return list(KINDS[code].route)
    return [step for step in KINDS[code].route if all(holds(one, said.get(one.field), one.value) for one in step.when)]


def author_of(code: str) -> str:
    return AUTHORS.get(code, "engineer")


def owners(code: str, step: Step) -> tuple[str, ...]:
    """Who acts at a step, in this order where several sign; the cast are called by their roles, and an engineer
    is whoever else the paper names.
    """
    named = {"applicant": author_of(code)}
    return tuple(owner.role.value if owner.role else named.get(owner.person or "", "engineer") for owner in step.owners)


def signers(code: str, step: Step) -> tuple[str, ...]:
    """Who signs at a step until it is done: the first of them where any one does."""
    found = owners(code, step)
    return found[:1] if step.signers == Signers.ANY_OWNER else found


def named(code: str, step: Step) -> set[str]:
    """Those at a step whom the paper names: what is one person's own he hands to nobody."""
    return {login for owner, login in zip(step.owners, owners(code, step), strict=True) if owner.person}


def last_decider(code: str) -> str:
    return owners(code, [step for step in KINDS[code].route if step.decides][-1])[-1]


def everybody_on(login: str) -> set[str]:
    """The two who hold a role; a person whom the paper names is alone."""
    return {login} if login == "engineer" else {login, f"{login}2"}


def seats(station: Station) -> set[str]:
    """Whom the open step waits for."""
    assert station.step
    signed = {login for login, _, key in station.way if key == station.step.key}
    waits, own = owners(station.code, station.step), named(station.code, station.step)
    asked = ({login} if login in own else everybody_on(login) for login in waits if login not in signed)
    return {one for logins in asked for one in logins}


def table(station: Station) -> dict[str, set[str]]:
    """Who may do what, by act."""
    may: dict[str, set[str]] = {key: set() for key in KEYS}
    kind, step = KINDS[station.code], station.step
    match station.state:
        case State.DRAFT:
            may["submit"] = may["cancel"] = {station.author}
            return may
        case State.RUNNING:
            assert step
            seat = seats(station)
            for outcome in step.outcomes:
                may[outcome.key] = set() if outcome.key in SOMETIMES else seat
            may["transfer"] = seat - named(station.code, step)
            may["ask_before"] = may["ask_after"] = seat if step.decides else set()
            may["pause"] = seat if step.within else set()
            planners = [one for one in kind.route if one.key == step.recalled_to]
            may["call_back"] = {
                one for plan in planners for login in owners(station.code, plan) for one in everybody_on(login)
            }
            may["remind"] = {station.author}
            may["withdraw"] = set() if station.approved else {station.author}
            may["supplement"] = {station.author} if kind.said_later and not station.approved else set()
            may["cancel"] = (
                {station.author} if station.approved and kind.cancel_after_approval and not station.paid else set()
            )
            login, key, _ = station.way[-1]
            may["take_back"] = {login} if key == APPROVE else set()
        case State.RETURNED:
            assert step
            may["submit"] = may["cancel"] = {station.author}
            may["take_back"] = {station.way[-1][0]} if step.decides else set()
        case State.REJECTED:
            login = station.way[-1][0]
            may["take_back"], may["reopen"] = {login}, everybody_on(login)
        case State.WITHDRAWN:
            may["submit"] = may["cancel"] = {station.author}
        case State.DONE:
            may["reverse"] = {station.author, *station.signers} if kind.reversible else set()
            reopeners = {one for role in kind.reopeners for one in everybody_on(role)} if kind.reopen_at else set()
            may["reopen"] = reopeners & readers(station)
        case State.REVERSING:
            may["withdraw"] = {station.author}
            may[APPROVE] = may[REJECT] = may["transfer"] = everybody_on(last_decider(station.code))
    may["comment"] = readers(station)
    return may


def readers(station: Station) -> set[str]:
    """Whoever reads the paper: before it is sent its author alone."""
    if station.state == State.DRAFT:
        return {station.author}
    acted = {login for login, _, _ in station.way}
    asked = seats(station) if station.state == State.RUNNING else set()
    if HANDED_ON.get(station.code, "-") in {step for _, _, step in station.way}:
        acted |= {one for role in IN_CHARGE for one in everybody_on(role)}
    return acted | asked | {login for role in READERS[station.code] for login in everybody_on(role)}


def test_every_kind_has_a_paper_and_every_step_an_owner() -> None:
    """What the table below takes for granted."""
    assert set(STARTS) == set(FIRST_DAY) == set(LAST_DAY) == set(READERS) == set(KINDS)
    assert all(step.owners and step.outcomes for kind in KINDS.values() for step in kind.route)
    stood_at = {(one.code, one.step.key) for one in stations() if one.state == State.RUNNING and one.step}
    assert stood_at >= {(code, step.key) for code, kind in KINDS.items() for step in kind.route} - UNSEEN


@pytest.mark.parametrize("station", [one for one in stations() if LONG or not one.repeats], ids=str)
def test_what_is_offered_and_done_is_what_the_table_says(cast: Cast, station: Station) -> None:
    """Issue 3: every (state, act, role) triple of every declared route"""
    people = _one_for_each_role(cast)
    paper = _brought_to(station, cast, people)
    may, seen_by = table(station), readers(station)
    for number, (login, person) in enumerate(sorted(people.items())):
        allowed = {key for key in KEYS if login in may[key]}
        with reading() as session:
            offered = actions_for(session, person, session.get_one(Document, paper.id), station.now)
        assert {action.key for action in offered} == allowed, login
        turn = LONG or (number + len(station.way)) % 3 == 0
        for key in allowed if turn else allowed - {"comment"}:
            assert _done(station, people, person, paper, key), (login, key)
        others = [key for key in (*KEYS, "nonsense") if key not in allowed]
        for key in others if LONG else [others[number % len(others)]] if turn else []:
            refused = _refused(station, people, person, paper, key)
            assert refused == ("action.not_allowed" if login in seen_by else "access.not_found"), (login, key)
    assert reload(paper).model_dump() == paper.model_dump(), "an act that was refused changed the paper"


class _Enough(Exception):
    """Ends a transaction of which nothing is to be kept."""


def _one_for_each_role(cast: Cast) -> dict[str, Person]:
    """The cast by login; a second for each of them who has a seat; and somebody for every role that has none."""
    people = {one.login: one for one in vars(cast).values() if isinstance(one, Person)}
    seats = {owner.role for kind in KINDS.values() for step in kind.route for owner in step.owners} - {None}
    with writing() as session:
        for role in Role:
            if role not in seats and role.value in people:
                continue
            login = f"{role}2" if role in seats else role.value
            people[login] = factories.person(session, login, cast.service, login)
            local = role in (Role.CLERK, Role.DEPARTMENT_HEAD, Role.VICE_PRESIDENT) or role not in seats
            factories.grant(session, people[login], role, cast.service if local else None)
    return people


def _answers(code: str, step: str | None, people: dict[str, Person]) -> dict[str, Any]:
    """What is filled in at a step; money is paid on the day of the act."""
    if code == "CP":
        at = {name: SimpleNamespace(id=people[login].department_id) for name, login in DEPARTMENTS.items()}
        company: Any = SimpleNamespace(**people, **at)
        return complaint_answers(company, step or "", **({"unusual": True} if step == "analyse" else {}))
    if code == "RV":
        return income_answers(step)
    if code == "SO":
        unfinished = {"visit_result": "unfinished", "unfinished_reason": "缺件"} if step == "visit" else {}
        return order_answers(SimpleNamespace(**people), step or "", **unfinished)
    if code == "CX" and step in ("take_on", "carry_out"):
        return plan(measure(people["engineer"])) if step == "take_on" else done(1)
    if step == "payment":
        day = (LAST_DAY if KINDS[code].route[-1].key == step else FIRST_DAY)[code]
        return {"paid_on": day.date().isoformat(), "payment_reference": "20261201-17"}
    return ANSWERS.get(step or "", {})


def _brought_to(station: Station, cast: Cast, people: dict[str, Person]) -> Document:
    branch, now = station.branch, FIRST_DAY[station.code]
    paper = (branch.start if branch else STARTS[station.code])(cast)
    for login, key, step in station.way:
        if step == KINDS[station.code].route[-1].key:
            now = LAST_DAY[station.code]
        with writing() as session:
            answers = _answers(station.code, step, people) | (branch.changes.get(step or "", {}) if branch else {})
            done = act(session, people[login], paper.id, key, now=now, note="请看", **answers)
            if key == "submit" and station.code == "EC":  # its vouchers are handed in with it (P9-4c)
                factories.voucher_receipt(session, done)
    paper = reload(paper)
    waits = station.step.key if station.step and station.state == State.RUNNING else None
    assert (paper.state, paper.step) == (station.state, "reversal" if station.state == State.REVERSING else waits)
    return paper


def _done(station: Station, people: dict[str, Person], person: Person, paper: Document, key: str) -> bool:
    """Do it as it ought to be done; whether it came about. Nothing is kept."""
    version = paper.version
    with pytest.raises(_Enough), writing() as session:
        act(session, person, paper.id, key, now=station.now, **_input(station, people, person, key))
        version = session.get_one(Document, paper.id).version
        raise _Enough
    return version == paper.version + (key not in ("comment", "remind"))


def _refused(station: Station, people: dict[str, Person], person: Person, paper: Document, key: str) -> str:
    with pytest.raises(Refused) as caught, writing() as session:
        act(session, person, paper.id, key, now=station.now, **_input(station, people, person, key))
    return caught.value.key


def _input(station: Station, people: dict[str, Person], person: Person, key: str) -> dict[str, Any]:
    outcome = station.step.outcome(key) if station.step else None
    fills = key == "ask_after" or (outcome is not None and outcome.fills and key not in (RETURN, REJECT))
    answers = _answers(station.code, station.step.key, people) if station.step and fills else {}
    if key in ("ask_before", "ask_after"):
        return {"note": "请看", "person": people[COLLEAGUE].id} | answers
    if key == "transfer":
        other = person.login.removesuffix("2") if person.login.endswith("2") else f"{person.login}2"
        return {"note": "请看", "person": people[other].id if other in people else None}
    return {"note": "请看"} | answers
