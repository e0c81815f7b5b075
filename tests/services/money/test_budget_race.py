"""Sixteen workers on one budget: no line ever above its limit, and the balances are the ledger at every look (P2-5.1a).

PORTAL_LONG_TESTS=1 makes 10,000 calls, the ordinary run a few hundred; on PostgreSQL by `manage.py test --postgres`.
"""

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import accumulate
from random import Random

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Balance, BudgetCategory, Document, LedgerEntry, Posting
from services import database
from services.database import writing
from services.engine.flow import take
from services.errors import Refused
from services.money import control, ledger
from services.money.ledger import BudgetLine, Cost
from services.money.wants import Want
from tests import factories
from tests.factories import NOW, Cast
from tests.services.money.test_control import MATERIALS, OTHER, issue

WORKERS = 16
CALLS = 10_000 if os.environ.get("PORTAL_LONG_TESTS") else 400
PATIENCE = 600 if os.environ.get("PORTAL_LONG_TESTS") else 120
MONTHS = ("202601", "202602", "202603")
CATEGORIES = {OTHER: "train", MATERIALS: "materials"}
TRIPS, CLAIMS = 16, 16


def test_sixteen_workers_never_spend_the_same_yuan_twice(cast: Cast) -> None:
    """Issue 5, "Proof": random reserve, spend, release, reverse and adjust calls"""
    for category in CATEGORIES:
        issue(cast, dict.fromkeys(MONTHS, "5000.00"), category)
    papers = _Papers(cast)
    over, looks = list[str](), Counter[str]()
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(cast, done, over, looks))
    watcher.start()
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        runs = [pool.submit(_work, papers, number) for number in range(WORKERS)]
        counted = sum((run.result(PATIENCE) for run in runs), Counter[str]())
    took = time.perf_counter() - began
    done.set()
    watcher.join(PATIENCE)
    assert not watcher.is_alive() and looks["looks"] > 0
    assert over == []
    assert counted["reserve"] and counted["spend"] and counted["undo"] and counted["release"], counted
    assert counted["stopped"], "the budget was never short: nothing was proved"
    print(
        f"{sum(counted.values())} calls by {WORKERS} workers in {took:.1f} s, {dict(counted)}, {looks['looks']} looks"
    )


class _Papers:
    """Trips that reserve and claims that spend under them, each with its month and its category."""

    def __init__(self, cast: Cast) -> None:
        self.service_id = cast.service.id
        with writing() as session:
            self.trips = [factories.travel_request(session, cast.engineer).id for _ in range(TRIPS)]
            self.claims = [factories.travel_request(session, cast.engineer).id for _ in range(CLAIMS)]
            self.grants = factories.travel_request(session, cast.engineer).id
        self.types = {category: cast.expense[name].id for category, name in CATEGORIES.items()}

    def cost(self, number: int, amount: Decimal) -> Cost:
        """What a paper costs, always on the same line."""
        category = list(self.types)[number % 2]
        return Cost(MONTHS[number % 3], self.types[category], amount)


def _work(papers: _Papers, seed: int) -> Counter[str]:
    random, counted = Random(seed), Counter[str]()
    for _ in range(CALLS // WORKERS):
        what = random.choice(["reserve", "reserve", "spend", "spend", "release", "undo", "move", "grant"])
        number = random.randrange(TRIPS)
        amount = Decimal(random.randrange(1, 150_000)).scaleb(-2)
        try:
            with writing() as session:
                _act(session, papers, what, number, amount)
        except Refused:
            counted["stopped"] += 1
        else:
            counted[what] += 1
    return counted


def _act(session: Session, papers: _Papers, what: str, number: int, amount: Decimal) -> None:
    """One act as the engine would do it: its paper first, then the budget."""
    trip, claim = _taken(session, papers.trips[number]), _taken(session, papers.claims[number])
    cost = papers.cost(number, amount)
    if what == "reserve":
        control.must_fit(session, trip, [Want(cost)], NOW)
        ledger.reserve(session, trip, [cost], NOW)
    elif what == "spend":
        control.must_fit(session, claim, [Want(cost, trip.id)], NOW)
        ledger.spend(session, claim, [cost], NOW)
        ledger.release(session, claim, trip.id, NOW, ledger.by_category(session, [cost]))
    elif what == "release":
        ledger.release(session, trip, trip.id, NOW)
    elif what == "undo":
        ledger.undo(session, claim, NOW)
    else:
        _allot(session, papers, what, cost, amount)


def _allot(session: Session, papers: _Papers, what: str, cost: Cost, amount: Decimal) -> None:
    ledger.hold(session)
    grants = session.get_one(Document, papers.grants)
    category, _ = ledger.place_of(session, cost.expense_type_id)
    line = BudgetLine(cost.month, papers.service_id, category, amount)
    if what == "grant":
        ledger.allot(
            session, grants, Posting.GRANTED, [BudgetLine(cost.month, line.department_id, category, Decimal(1))], NOW
        )
        return
    other = MATERIALS if category == OTHER else OTHER
    given = BudgetLine(cost.month, papers.service_id, other, amount)
    if not control.shortfalls(session, [line, BudgetLine(given.month, given.department_id, other, -amount)]):
        taken = BudgetLine(line.month, line.department_id, category, -amount)
        ledger.allot(session, grants, Posting.ADJUSTED, [taken, given], NOW)


def _taken(session: Session, id: int) -> Document:
    document = take(session, id)
    assert document
    return document


def _watch(cast: Cast, done: threading.Event, over: list[str], looks: Counter[str]) -> None:
    """Look again and again, each time at one state of the whole: nothing above its limit, the balances the ledger's."""
    engine = database.engine().execution_options(read_only=True)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    while True:
        last = done.is_set()
        with Session(engine) as session:
            over += ledger.problems(session)
            over += [found for category in CATEGORIES for found in _above(session, cast.service.id, category)]
            looks["looks"] += 1
        if last or over:
            return
        time.sleep(0.02)


def _above(session: Session, department_id: int, category: BudgetCategory) -> list[str]:
    its = select(Balance).where(Balance.department_id == department_id, Balance.category == category)
    balances = session.exec(its.order_by(col(Balance.month))).all()
    plans = accumulate(one.budget for one in balances)
    used = accumulate(one.reserved + one.spent for one in balances)
    return [
        f"{one.month} {category}: {taken} of {plan}"
        for one, plan, taken in zip(balances, plans, used, strict=True)
        if taken > plan or one.reserved < 0 or one.spent < 0
    ]


def test_of_many_who_ask_for_the_last_yuan_one_gets_it(cast: Cast) -> None:
    """Issue 5: two people may not both spend the last yuan"""
    issue(cast, {"202601": "1.00"})
    papers = _Papers(cast)
    start = threading.Barrier(WORKERS)

    def ask(number: int) -> bool:
        start.wait(PATIENCE)
        try:
            with writing() as session:
                trip = _taken(session, papers.trips[number])
                cost = Cost("202601", papers.types[OTHER], Decimal("1.00"))
                control.must_fit(session, trip, [Want(cost)], NOW)
                time.sleep(0.005)
                ledger.reserve(session, trip, [cost], NOW)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sorted(pool.map(ask, range(WORKERS))) == [False] * (WORKERS - 1) + [True]
    with writing() as session:
        entries = sa.select(sa.func.count()).where(col(LedgerEntry.posting) == Posting.RESERVED)
        assert session.execute(entries).scalar_one() == 1
