"""The money of advances whatever happens: paid out = settled + returned + open, to the fen (P9-5), also in a race."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models import Document, State
from services.database import reading
from services.documents import KINDS
from services.documents.advances import balance
from services.errors import Refused
from services.verify import problems
from tests.factories import Cast
from tests.story import (
    BACK,
    detail,
    do,
    draft,
    move,
    open_tasks,
    paid_advance,
    reload,
    sent_advance,
    sent_settlement,
    settlement_form,
    travels_by,
)

_fen = st.integers(min_value=1, max_value=150_000)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.lists(st.integers(0, 1), min_size=1, max_size=2, unique=True), _fen, _fen),
        st.tuples(st.just("return"), st.integers(0, 1), _fen),
        st.tuples(st.just("reverse"), st.integers(0, 5)),
        st.tuples(st.just("pay"), st.integers(0, 5), _fen),
    ),
    min_size=1,
    max_size=9,
)


@dataclass
class Model:
    """What ought to have become of two advances of 1,000.00, in fen, reckoned apart from the portal."""

    settled: list[int] = field(default_factory=lambda: [0, 0])
    returned: list[int] = field(default_factory=lambda: [0, 0])
    claims: list[dict[str, Any]] = field(default_factory=list)

    def open(self, one: int) -> int:
        return 100_000 - self.settled[one] - self.returned[one]

    def settle(self, named: list[int], audited: int) -> dict[int, int]:
        found = {}
        for one in named:
            found[one] = min(audited, self.open(one))
            self.settled[one] += found[one]
            audited -= found[one]
        return found | {-1: audited}


def _yuan(fen: int) -> str:
    return f"{Decimal(fen).scaleb(-2):.2f}"


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=_steps)
def test_whatever_happens_the_money_of_an_advance_adds_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, steps: list[Any]
) -> None:
    """P9-5: any sequence of advances, claims, payments, cuts, returns and reversals"""
    *_, audit, payment = KINDS["EC"].route
    travels_by(monkeypatch, "EC", audit, payment)
    monkeypatch.setitem(KINDS, "EC", replace(KINDS["EC"], warnings=None))  # the same sum again is meant
    travels_by(monkeypatch, "CA", *KINDS["CA"].route[-3:])
    advances, model = [paid_advance(cast), paid_advance(cast)], Model()
    for step, *facts in steps:
        _play(cast, advances, model, step, facts)
        for one, advance in enumerate(advances):
            _adds_up(advance, model, one)
    with reading() as session:
        assert problems(session) == []


def _play(cast: Cast, advances: list[Document], model: Model, step: str, facts: list[Any]) -> None:
    if step == "claim":
        named, claimed, audited = facts
        named, audited = [one for one in named if model.open(one)], min(claimed, audited)
        if named:
            claim = _audited(cast, advances, named, claimed, audited)
            model.claims.append({"paper": claim, "stands": True} | {"settled": model.settle(named, audited)})
            assert detail(claim).left_to_pay == Decimal(_yuan(model.claims[-1]["settled"][-1]))
    elif step == "return":
        one, fen = facts
        _refused_or_done(
            fen > model.open(one),
            lambda: do(
                cast.cashier,
                advances[one],
                "complete",
                now=BACK,
                returned_on="2026-11-28",
                returned_amount=_yuan(fen),
            ),
        )
        model.returned[one] += fen if fen <= model.open(one) else 0
    elif model.claims and step == "pay":
        claim, left = model.claims[facts[0] % len(model.claims)], facts[1]
        if claim["stands"] and claim["settled"][-1]:
            paid = min(left, claim["settled"][-1])
            done = {"paid_on": "2026-11-28", "payment_reference": "1", "paid_amount": _yuan(paid)}
            do(cast.cashier, claim["paper"], "complete", now=BACK, **done)
            claim["settled"][-1] -= paid
    elif model.claims:
        claim = model.claims[facts[0] % len(model.claims)]
        if claim["stands"] and reload(claim["paper"]).state == State.DONE:
            do(cast.engineer, claim["paper"], "reverse", now=BACK, note="重复")
            do(cast.finance_officer, claim["paper"], "approve", now=BACK)
            claim["stands"] = False
            for one in {0, 1} & set(claim["settled"]):
                model.settled[one] -= claim["settled"][one]


def _audited(cast: Cast, advances: list[Document], named: list[int], claimed: int, audited: int) -> Document:
    form = settlement_form(cast, advances[named[0]], _yuan(claimed))
    form["offsets"] = [{"advance_id": advances[one].id} for one in named]
    claim = do(cast.engineer, draft(cast.engineer, "EC", form, now=BACK), "submit", now=BACK)
    cut = {"vouchers": {1: {"audited_amount": _yuan(audited), "audit_reason": "核减"}}}
    return do(cast.finance_officer, claim, "approve", now=BACK, lines=cut)


def _refused_or_done(refused: bool, attempt: Callable[[], object]) -> None:
    if refused:
        with pytest.raises(Refused):
            attempt()
    else:
        attempt()


def _adds_up(advance: Document, model: Model, one: int) -> None:
    with reading() as session:
        now_it_is = balance(session, advance.id)
    settled, returned, left = model.settled[one], model.returned[one], model.open(one)
    assert now_it_is.paid == Decimal("1000.00")
    said = [now_it_is.settled, now_it_is.returned, now_it_is.open, detail(advance).open_amount]
    assert said == [Decimal(_yuan(fen)) for fen in (settled, returned, left, left)]
    assert (reload(advance).state == State.DONE) == (left == 0)
    assert len(open_tasks(advance)) == (1 if left else 0)


def test_an_advance_paid_in_parts_is_open_as_far_as_it_was_paid(cast: Cast) -> None:
    """P9-5a"""
    advance = move(cast, sent_advance(cast), until="payment")
    paid = {"paid_on": "2026-11-23", "payment_reference": "1"}
    advance = do(cast.cashier, advance, "complete", **paid, paid_amount="400.00")
    assert (advance.step, detail(advance).open_amount, advance.reached) == ("payment", Decimal("400.00"), ["approved"])
    advance = do(cast.cashier, advance, "complete", **paid)
    assert (advance.step, detail(advance).open_amount) == ("settlement", Decimal("1000.00"))


def test_of_claims_audited_in_the_same_instant_none_settles_what_another_did(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P9-5b: eight claims of 300.00, each on two advances of 1,000.00 named in another order, settle 2,000.00"""
    *_, audit, payment = KINDS["EC"].route
    travels_by(monkeypatch, "EC", audit, payment)
    monkeypatch.setitem(KINDS, "EC", replace(KINDS["EC"], warnings=None))  # the same sum again is meant
    first, second = paid_advance(cast), paid_advance(cast)
    claims = []
    for number in range(8):
        pair = [{"advance_id": first.id}, {"advance_id": second.id}]
        claims.append(sent_settlement(cast, first, "300.00", offsets=pair if number % 2 else pair[::-1]))
    start, failed = threading.Barrier(len(claims)), list[Exception]()

    def approve(claim: Document) -> None:
        start.wait(timeout=30)
        try:
            do(cast.finance_officer, claim, "approve")
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test looks at it
            failed.append(problem)

    threads = [threading.Thread(target=approve, args=(claim,)) for claim in claims]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    for advance in (first, second):
        with reading() as session:
            assert balance(session, advance.id).settled == Decimal("1000.00")
        assert reload(advance).state == State.DONE
    assert sum(detail(claim).left_to_pay for claim in claims) == Decimal("400.00")
