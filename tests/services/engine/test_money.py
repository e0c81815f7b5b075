"""Money that a step changes goes back to those who had approved another amount (DESIGN.md, The engine)."""

from decimal import Decimal

import pytest

from models import Role
from services.routes import Condition, Of, Owner, Signers, Step, decision, work
from tests.factories import Cast
from tests.story import asked, do, events, open_tasks, refusal, reload, sent_trip, signed, tasks, travels_by

ESTIMATES = {"estimates": ("amount",)}
HEAD = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT)
PRICED = work("pricing", Owner(Role.CLERK, Of.APPLICANT), line_fields=ESTIMATES)
OFFICE = decision(Role.OFFICE_DIRECTOR)
TRAVEL = work("travel", Owner(person="applicant"))


def _price(amount: str) -> dict[str, object]:
    return {"lines": {"estimates": {1: {"amount": amount}}}}


def test_a_changed_amount_goes_back_to_the_first_who_had_approved_another(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", HEAD, PRICED, OFFICE)
    trip = do(cast.clerk, do(cast.department_head, sent_trip(cast), "approve"), "complete", **_price("1200.00"))
    assert (trip.amount, trip.step) == (Decimal("2000.00"), "department_head")
    assert signed(trip) == []
    assert events(trip)[-1].data["sent_back_to"] == "department_head"
    assert events(trip)[-1].data["changed"] == {"estimates.1.amount": ["1000.00", "1200.00"]}


def test_signed_again_it_goes_on_and_the_work_is_asked_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", HEAD, PRICED, OFFICE)
    trip = do(cast.clerk, do(cast.department_head, sent_trip(cast), "approve"), "complete", **_price("1200.00"))
    trip = do(cast.department_head, trip, "approve")
    assert trip.step == "pricing"
    trip = do(cast.clerk, trip, "complete")
    assert trip.step == "office_director"
    assert [task.amount for task in tasks(trip) if task.stands and task.outcome] == [Decimal("2000.00")] * 2


def test_less_goes_back_like_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", HEAD, PRICED, OFFICE)
    trip = do(cast.clerk, do(cast.department_head, sent_trip(cast), "approve"), "complete", **_price("0.01"))
    assert (trip.amount, trip.step) == (Decimal("800.01"), "department_head")


def test_the_same_amount_written_again_changes_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", HEAD, PRICED, OFFICE)
    trip = do(cast.clerk, do(cast.department_head, sent_trip(cast), "approve"), "complete", **_price("1,000.0"))
    assert trip.step == "office_director"
    assert "changed" not in events(trip)[-1].data


def test_money_filled_in_before_anybody_approved_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", PRICED, HEAD, OFFICE)
    trip = do(cast.clerk, sent_trip(cast), "complete", **_price("1200.00"))
    assert (trip.amount, trip.step) == (Decimal("2000.00"), "department_head")


def test_whoever_changes_the_amount_while_approving_has_approved_the_new_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, line_fields=ESTIMATES)
    travels_by(monkeypatch, "TR", changes, PRICED, OFFICE)
    trip = do(cast.department_head, sent_trip(cast), "approve", **_price("700.00"))
    assert tasks(trip)[0].amount == trip.amount == Decimal("1500.00")
    trip = do(cast.clerk, trip, "complete", lines={"estimates": {1: {"amount": "700.00"}}})
    assert trip.step == "office_director"


def test_one_of_two_who_sign_side_by_side_cannot_change_what_the_other_signed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Step("both", (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR)), line_fields=ESTIMATES)
    travels_by(monkeypatch, "TR", both, decision(Role.FINANCE_VP))
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.office_director, trip, "approve", **_price("9000.00"))
    assert (trip.step, asked(trip)) == ("both", {"department_head", "office_director"})
    assert signed(trip) == []
    trip = do(cast.department_head, do(cast.office_director, trip, "approve"), "approve")
    assert trip.step == "finance_vp"


def test_who_asks_a_colleague_besides_cannot_change_what_others_signed_either(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", HEAD, decision(Role.OFFICE_DIRECTOR, line_fields=ESTIMATES), TRAVEL)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.office_director, trip, "ask_after", person=cast.engineer2.id, **_price("9000.00"))
    assert (trip.amount, trip.step) == (Decimal("9800.00"), "department_head")
    assert asked(trip) == {"department_head"}


def test_who_asks_a_colleague_besides_and_changes_what_nobody_has_signed_waits_for_him(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    travels_by(monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, line_fields=ESTIMATES), TRAVEL)
    trip = do(cast.department_head, sent_trip(cast), "ask_after", person=cast.engineer2.id, **_price("9000.00"))
    assert (trip.amount, tasks(trip)[0].amount) == (Decimal("9800.00"), Decimal("9800.00"))
    assert asked(trip) == {"engineer2"}
    assert do(cast.engineer2, trip, "approve").step == "travel"


def test_a_step_that_calls_its_approval_by_another_name_is_asked_again_too(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.routes import Outcome

    named = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, outcomes=(Outcome("agree"),))
    travels_by(monkeypatch, "TR", named, PRICED, OFFICE)
    trip = do(cast.clerk, do(cast.department_head, sent_trip(cast), "agree"), "complete", **_price("1200.00"))
    assert trip.step == "department_head"


def test_an_audit_is_excepted_and_what_was_asked_for_stays_the_amount(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = decision(Role.FINANCE_OFFICER, key="audit", line_fields=ESTIMATES, cuts=True)
    travels_by(monkeypatch, "TR", HEAD, audit, OFFICE)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.finance_officer, trip, "approve", **_price("600.00"))
    assert (trip.step, trip.amount) == ("office_director", Decimal("1800.00"))


def test_a_condition_looks_at_the_new_amount(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    major = decision(Role.FINANCE_HEAD, when=(Condition("amount", ">=", "2000.00"),))
    travels_by(monkeypatch, "TR", PRICED, HEAD, major, OFFICE)
    trip = do(cast.clerk, sent_trip(cast), "complete", **_price("1200.00"))
    assert do(cast.department_head, trip, "approve").step == "finance_head"


def test_a_wrong_amount_is_refused_and_nothing_moves(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", HEAD, PRICED, OFFICE)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    for amount in ("0", "-1", "1.001", "100000000.01", "x"):
        assert refusal(do, cast.clerk, trip, "complete", **_price(amount)).key == "fault.summary"
    assert (reload(trip).amount, reload(trip).step) == (Decimal("1800.00"), "pricing")


def test_everybody_who_may_sign_every_holder_style_signs_the_new_amount(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER)
    travels_by(monkeypatch, "TR", every, PRICED, OFFICE)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.clerk, trip, "complete", **_price("1200.00"))
    assert trip.step == "department_head"
    assert len(open_tasks(trip)) == 1
