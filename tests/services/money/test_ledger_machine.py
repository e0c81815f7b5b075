"""The ledger as a whole: random papers that reserve, spend, release, are undone, and lines that grow and shrink, held
against a model of its own (P2-5.1a, P2-5.1b, P7-7, P8-4.1).
"""

import os
from collections import defaultdict
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlmodel import Session, select

from models import Balance, BudgetCategory, Document, LedgerEntry, Posting
from services import database
from services.errors import Refused
from services.money import control, ledger
from services.money.ledger import BudgetLine, Cost
from services.money.wants import Want
from tests import factories
from tests.factories import NOW, Cast

LONG = bool(os.environ.get("PORTAL_LONG_TESTS"))
NOTHING = Decimal("0.00")
CATEGORIES = (BudgetCategory.OTHER, BudgetCategory.MATERIALS)
numbers = st.integers(0, 3)
amounts = st.integers(1, 60_000).map(lambda fen: Decimal(fen).scaleb(-2))
months = st.integers(1, 12)
Place = tuple[str, BudgetCategory]


class LedgerMachine(RuleBasedStateMachine):
    """Four trips that reserve and four claims that spend under them, on a budget that was issued for the year."""

    cast: ClassVar[Cast]

    @initialize(plan=st.lists(st.integers(0, 50_000), min_size=12, max_size=12))
    def begin(self, plan: list[int]) -> None:
        self.session = Session(database.engine(), expire_on_commit=False)
        self.trips = [factories.travel_request(self.session, self.cast.engineer) for _ in range(4)]
        self.claims = [factories.travel_request(self.session, self.cast.engineer) for _ in range(4)]
        self.plans = factories.travel_request(self.session, self.cast.engineer)
        names = dict(zip(CATEGORIES, ("train", "materials"), strict=True))
        self.types = {category: self.cast.expense[name].id for category, name in names.items()}
        self.plan: dict[Place, Decimal] = defaultdict(lambda: NOTHING)
        self.reserved: dict[int, dict[Place, Decimal]] = {one.id: defaultdict(lambda: NOTHING) for one in self.trips}
        self.spent: dict[int, dict[Place, Decimal]] = {one.id: defaultdict(lambda: NOTHING) for one in self.claims}
        self.released: dict[int, dict[tuple[int, Place], Decimal]] = {
            one.id: defaultdict(lambda: NOTHING) for one in self.claims
        }
        self.entries = 0
        for category in CATEGORIES:
            self._allot(
                Posting.ISSUED, {(_month(n), category): Decimal(fen).scaleb(-2) for n, fen in enumerate(plan, 1)}
            )

    def teardown(self) -> None:
        self.session.rollback()
        self.session.close()

    # --- acts

    @rule(trip=numbers, month=months, category=st.sampled_from(CATEGORIES), amount=amounts)
    def reserve(self, trip: int, month: int, category: BudgetCategory, amount: Decimal) -> None:
        place = (_month(month), category)
        paper, cost = self.trips[trip], Cost(place[0], self.types[category], amount)
        if not self._asks(paper, [Want(cost)], {place: amount}):
            return
        ledger.reserve(self.session, paper, [cost], NOW)
        self.reserved[paper.id][place] += amount

    @rule(claim=numbers, trip=numbers, month=months, category=st.sampled_from(CATEGORIES), amount=amounts)
    def spend(self, claim: int, trip: int, month: int, category: BudgetCategory, amount: Decimal) -> None:
        """What the trip kept for the category is let go first, in the order of its months."""
        place, paper, covers = (_month(month), category), self.claims[claim], self.trips[trip]
        net: dict[Place, Decimal] = defaultdict(lambda: NOTHING, {place: amount})
        freed: dict[Place, Decimal] = {}
        left = amount
        for kept in sorted(one for one in self.reserved[covers.id] if one[1] == category):
            freed[kept] = min(left, self.reserved[covers.id][kept])
            left -= freed[kept]
            net[kept] -= freed[kept]
        cost = Cost(place[0], self.types[category], amount)
        if not self._asks(paper, [Want(cost, covers.id)], net):
            return
        ledger.spend(self.session, paper, [cost], NOW)
        ledger.release(self.session, paper, covers.id, NOW, ledger.by_category(self.session, [cost]))
        self.spent[paper.id][place] += amount
        for kept, part in freed.items():
            self.reserved[covers.id][kept] -= part
            self.released[paper.id][covers.id, kept] += part

    @rule(trip=numbers)
    def release(self, trip: int) -> None:
        paper = self.trips[trip]
        freed = ledger.release(self.session, paper, paper.id, NOW)
        assert freed == sum(self.reserved[paper.id].values(), NOTHING)
        self.reserved[paper.id].clear()

    @rule(claim=numbers)
    def undo(self, claim: int) -> None:
        """Always passes, whatever is left."""
        paper = self.claims[claim]
        ledger.undo(self.session, paper, NOW)
        self.spent[paper.id].clear()
        for (trip_id, place), part in self.released[paper.id].items():
            self.reserved[trip_id][place] += part
        self.released[paper.id].clear()

    @rule(month=months, category=st.sampled_from(CATEGORIES), amount=amounts)
    def grant(self, month: int, category: BudgetCategory, amount: Decimal) -> None:
        self._allot(Posting.GRANTED, {(_month(month), category): amount})

    @rule(
        taken=months,
        given=months,
        category=st.sampled_from(CATEGORIES),
        other=st.sampled_from(CATEGORIES),
        amount=amounts,
    )
    def move(self, taken: int, given: int, category: BudgetCategory, other: BudgetCategory, amount: Decimal) -> None:
        """Between months and categories: as far as it leaves what is used."""
        loses, gains = (_month(taken), category), (_month(given), other)
        if loses == gains:
            return
        service = self.cast.service.id
        cut = [BudgetLine(loses[0], service, category, amount), BudgetLine(gains[0], service, other, -amount)]
        lacking = bool(control.shortfalls(self.session, cut))
        assert lacking == (not self._fits({loses: amount, gains: -amount}, loses))
        if not lacking:
            self._allot(Posting.ADJUSTED, {loses: -amount, gains: amount})

    # --- what always holds

    @invariant()
    def the_balances_are_what_was_done(self) -> None:
        """To the fen, and the ledger adds up to them."""
        kept = {
            (one.month, one.category): (one.budget, one.reserved, one.spent)
            for one in self.session.exec(select(Balance).execution_options(populate_existing=True))
        }
        places = {
            *self.plan,
            *kept,
            *(place for own in (*self.reserved.values(), *self.spent.values()) for place in own),
        }
        for place in places:
            figures = (
                self.plan[place],
                sum((own[place] for own in self.reserved.values()), NOTHING),
                sum((own[place] for own in self.spent.values()), NOTHING),
            )
            assert kept.get(place, (NOTHING, NOTHING, NOTHING)) == figures, place
        assert list(ledger.problems(self.session)) == []

    @invariant()
    def the_ledger_only_grows_and_only_adjustments_are_below_zero(self) -> None:
        entries = self.session.exec(select(LedgerEntry)).all()
        assert len(entries) >= self.entries
        self.entries = len(entries)
        assert all(one.amount > 0 or one.posting == Posting.ADJUSTED for one in entries)

    @invariant()
    def what_papers_hold_is_what_they_were_given(self) -> None:
        for trip in self.trips:
            held = sum((share.amount for share in ledger.reserved_for(self.session, trip.id)), NOTHING)
            assert held == sum(self.reserved[trip.id].values(), NOTHING)
        for claim in self.claims:
            assert ledger.spent_by(self.session, claim.id) == sum(self.spent[claim.id].values(), NOTHING)

    # --- the model

    def _asks(self, paper: Document, wanted: list[Want], net: dict[Place, Decimal]) -> bool:
        """Does the control let it pass? It has to agree with the model."""
        month = wanted[0].cost.month
        fits = self._fits(net, next(place for place in net if place[0] == month))
        try:
            control.must_fit(self.session, paper, wanted, NOW)
        except Refused as refused:
            assert not fits, refused
            return False
        assert fits, net
        return True

    def _fits(self, net: dict[Place, Decimal], first: Place) -> bool:
        """From the first month on, wherever more is taken: is no more used than planned, added up from January?"""
        category = first[1]
        plan = used = taken = NOTHING
        for number in range(1, 13):
            place = (_month(number), category)
            plan += self.plan[place]
            used += sum((own[place] for own in (*self.reserved.values(), *self.spent.values())), NOTHING)
            taken += net.get(place, NOTHING)
            if place[0] >= first[0] and taken > 0 and used + taken > plan:
                return False
        return True

    def _allot(self, posting: Posting, lines: dict[Place, Decimal]) -> None:
        given = [
            BudgetLine(month, self.cast.service.id, category, amount) for (month, category), amount in lines.items()
        ]
        ledger.allot(self.session, self.plans, posting, given, NOW)
        for place, amount in lines.items():
            self.plan[place] += amount


def _month(number: int) -> str:
    return f"2026{number:02d}"


def test_the_ledger_and_its_control_do_what_a_model_says(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 5, "Proof": a hypothesis machine for the ledger"""
    monkeypatch.setattr(LedgerMachine, "cast", cast, raising=False)
    many: Any = settings(
        max_examples=400 if LONG else 10,
        stateful_step_count=40 if LONG else 25,
        deadline=None,
        derandomize=not LONG,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LedgerMachine, settings=many)
