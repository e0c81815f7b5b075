"""Routes as data: conditions, owners, outcomes, clocks, versions (P2-4.2, P6-5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ClaimKind, Role, RouteVersion, State, Task
from services.database import reading, writing
from services.documents import KINDS
from services.engine.versions import current_route
from services.routes import (
    APPROVE,
    DECISION,
    FINISH,
    REJECT,
    RETURN,
    Clock,
    Condition,
    Of,
    Outcome,
    Owner,
    Route,
    Signers,
    Step,
    as_data,
    decision,
    digest,
    from_data,
    holds,
    work,
)
from tests.factories import NOW, Cast, route_version
from tests.story import (
    BACK,
    asked,
    claim_at,
    decree,
    do,
    hold,
    may,
    move,
    open_tasks,
    refusal,
    sent_trip,
    signed,
    tasks,
    travels_by,
    waits_for,
)

HEAD = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT)
OFFICE = decision(Role.OFFICE_DIRECTOR)
FINANCE = decision(Role.FINANCE_VP)
EVERY_HEAD = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER)


# --- conditions


@pytest.mark.parametrize(
    ("op", "wanted", "true", "false"),
    [
        (">=", "5000.00", ["5000.00", "5000.01"], ["4999.99", None]),
        (">", "5000.00", ["5000.01"], ["5000.00", "4999.99", None]),
        ("<=", "5000.00", ["5000.00", "4999.99"], ["5000.01", None]),
        ("<", "5000.00", ["4999.99"], ["5000.00", None]),
        ("==", "5000.00", ["5000.00", "5000"], ["5000.01", None]),
        ("!=", "5000.00", ["5000.01", None], ["5000.00", "5000"]),
        ("in", ["1.00", "2.00"], ["1", "2.00"], ["3.00", None]),
    ],
)
def test_an_amount_is_compared_as_an_amount(op: str, wanted: Any, true: list[Any], false: list[Any]) -> None:
    condition = Condition("amount", op, wanted)
    for amount in true:
        assert holds(condition, None if amount is None else Decimal(amount), wanted), amount
    for amount in false:
        assert not holds(condition, None if amount is None else Decimal(amount), wanted), amount


@pytest.mark.parametrize(
    ("op", "wanted", "actual", "met"),
    [
        ("==", "travel", ClaimKind.TRAVEL, True),
        ("==", "general", ClaimKind.TRAVEL, False),
        ("!=", "general", ClaimKind.TRAVEL, True),
        ("in", ["travel", "general"], ClaimKind.TRAVEL, True),
        ("in", [], ClaimKind.TRAVEL, False),
        ("in", None, ClaimKind.TRAVEL, False),
        ("==", None, None, True),
        ("!=", None, "something", True),
        ("==", "text", None, False),
        ("==", True, True, True),
        ("==", True, False, False),
        ("==", 3, 3, True),
        (">=", 3, 4, True),
        ("==", "3", "3", True),
    ],
)
def test_a_choice_a_yes_and_a_text_are_compared_as_what_they_are(op: str, wanted: Any, actual: Any, met: bool) -> None:
    assert holds(Condition("x", op, wanted), actual, wanted) is met


def test_a_condition_is_never_code() -> None:
    """A value is compared, not evaluated."""
    assert not holds(Condition("task", "==", "__import__('os')"), "posix", "__import__('os')")


@pytest.mark.parametrize(("amount", "asked_too"), [("1799.99", False), ("1800.00", True), ("1800.01", True)])
def test_a_limit_in_a_setting_is_the_one_that_holds_when_the_step_is_reached(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, amount: str, asked_too: bool
) -> None:
    travels_by(
        monkeypatch,
        "TR",
        HEAD,
        decision(Role.FINANCE_HEAD, when=(Condition("amount", ">=", setting="claim.major_amount"),)),
        OFFICE,
    )
    trip = sent_trip(cast, estimates=[{"expense_type_id": cast.expense["train"].id, "amount": amount}])
    decree("claim.major_amount", "1800.00")
    trip = do(cast.department_head, trip, "approve")
    assert trip.step == ("finance_head" if asked_too else "office_director")


def test_all_conditions_of_a_step_must_hold(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    both = (Condition("transport", "==", "plane"), Condition("amount", ">", "1000.00"))
    travels_by(monkeypatch, "TR", HEAD, decision(Role.FINANCE_VP, when=both), OFFICE)
    assert do(cast.department_head, sent_trip(cast, transport="plane"), "approve").step == "finance_vp"
    small = [{"expense_type_id": cast.expense["train"].id, "amount": "900"}]
    later = {"starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    for changes in ({"transport": "train"}, {"transport": "plane", "estimates": small}):
        trip = do(cast.department_head, sent_trip(cast, **later, **changes), "approve")
        assert trip.step == "office_director"
        do(cast.engineer, trip, "withdraw")


def test_a_paper_whose_steps_all_fall_away_is_done_when_it_is_sent(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    never = (Condition("transport", "==", "plane"),)
    travels_by(monkeypatch, "TR", decision(Role.FINANCE_VP, when=never, milestone="approved"))
    trip = sent_trip(cast)
    assert (trip.state, trip.approved_at, tasks(trip)) == (State.DONE, NOW, [])


def test_passing_a_step_that_falls_away_reaches_what_it_stands_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    never = (Condition("transport", "==", "plane"),)
    last = decision(Role.FINANCE_VP, when=never, milestone="approved")
    travels_by(monkeypatch, "TR", HEAD, last, work("travel", Owner(person="traveller_id")))
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert (trip.step, trip.approved_at) == ("travel", NOW)


# --- who signs a step


def _side_by_side(signers: Signers) -> Step:
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    return Step("both", owners, signers=signers)


@pytest.mark.parametrize("first", ["department_head", "office_director"])
def test_two_owners_sign_in_any_order_and_both_must(cast: Cast, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    travels_by(monkeypatch, "TR", _side_by_side(Signers.EACH_OWNER), FINANCE)
    trip = sent_trip(cast)
    assert asked(trip) == {"department_head", "office_director"}
    one, other = cast.department_head, cast.office_director
    if first == "office_director":
        one, other = other, one
    trip = do(one, trip, "approve")
    assert (trip.step, asked(trip)) == ("both", {other.login})
    assert may(one, trip) == {"comment"}
    assert do(other, trip, "approve").step == "finance_vp"


def test_one_of_two_who_both_must_sign_can_return_it_for_both(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", _side_by_side(Signers.EACH_OWNER), FINANCE)
    trip = do(cast.office_director, do(cast.department_head, sent_trip(cast), "approve"), "return")
    assert (trip.state, open_tasks(trip)) == (State.RETURNED, [])
    trip = do(cast.engineer, trip, "submit")
    assert asked(trip) == {"department_head", "office_director"}


def test_where_one_of_two_is_enough_the_other_is_no_longer_asked(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    travels_by(monkeypatch, "TR", _side_by_side(Signers.ANY_OWNER), FINANCE)
    trip = sent_trip(cast)
    assert waits_for(cast.department_head, trip) and waits_for(cast.office_director, trip)
    trip = do(cast.office_director, trip, "approve")
    assert (trip.step, asked(trip)) == ("finance_vp", {"finance_vp"})
    assert not waits_for(cast.department_head, trip)
    assert signed(trip) == ["both"]


def test_where_every_holder_must_sign_none_may_be_missing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(cast.other_head, Role.DEPARTMENT_HEAD, cast.service)
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    travels_by(
        monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER), FINANCE
    )
    trip = sent_trip(cast)
    assert asked(trip) == {"department_head", "other_head", "clerk"}
    trip = do(cast.clerk, do(cast.department_head, trip, "approve"), "approve")
    assert (trip.step, asked(trip)) == ("department_head", {"other_head"})
    assert do(cast.other_head, trip, "approve").step == "finance_vp"


def test_every_holder_but_the_one_whose_own_paper_it_is(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hold(cast.engineer, Role.DEPARTMENT_HEAD, cast.service)
    travels_by(
        monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, signers=Signers.EVERY_HOLDER), FINANCE
    )
    trip = sent_trip(cast)
    assert asked(trip) == {"department_head"}
    assert do(cast.department_head, trip, "approve").step == "finance_vp"


def test_of_several_holders_one_signature_is_enough(cast: Cast) -> None:
    hold(cast.clerk, Role.OFFICE_DIRECTOR)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert asked(trip) == {"office_director", "clerk"}
    assert do(cast.clerk, trip, "approve").step == "travel"


# --- outcomes that name the next step


def _with_outcome(monkeypatch: pytest.MonkeyPatch, outcome: Outcome, **more: Any) -> None:
    middle = decision(Role.OFFICE_DIRECTOR, outcomes=(*DECISION, outcome), **more)
    travels_by(monkeypatch, "TR", HEAD, middle, FINANCE, decision(Role.GENERAL_MANAGER))


def test_a_named_outcome_may_jump_ahead(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_outcome(monkeypatch, Outcome("pass_on", to="general_manager"))
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert "pass_on" in may(cast.office_director, trip)
    trip = do(cast.office_director, trip, "pass_on")
    assert (trip.step, signed(trip)) == ("general_manager", ["department_head", "office_director"])
    assert tasks(trip)[1].outcome == "pass_on"


def test_a_named_outcome_may_go_back_and_then_all_is_signed_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_outcome(monkeypatch, Outcome("ask_again", to="department_head", needs_note=True), milestone="approved")
    trip = do(cast.department_head, sent_trip(cast), "approve")
    assert refusal(do, cast.office_director, trip, "ask_again").key == "fault.summary"
    trip = do(cast.office_director, trip, "ask_again", note="请核实日期")
    assert (trip.step, signed(trip)) == ("department_head", [])
    assert trip.approved_at is None  # what lies behind the step is not reached by going back
    trip = do(cast.department_head, trip, "approve")
    assert do(cast.office_director, trip, "approve").approved_at == NOW


def test_a_named_outcome_may_ask_the_same_step_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_outcome(monkeypatch, Outcome("later", to="office_director"))
    trip = do(cast.office_director, do(cast.department_head, sent_trip(cast), "approve"), "later")
    assert (trip.step, signed(trip), asked(trip)) == ("office_director", ["department_head"], {"office_director"})


def test_only_the_outcomes_of_the_step_are_offered(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    two = (Outcome("substantiated"), Outcome("unfounded", to="office_director"))
    travels_by(monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, outcomes=two), FINANCE, OFFICE)
    trip = sent_trip(cast)
    assert may(cast.department_head, trip) == {"substantiated", "unfounded", "comment"}
    for action in (APPROVE, RETURN, REJECT, "made_up"):
        assert refusal(do, cast.department_head, trip, action).key == "action.not_allowed"
    assert do(cast.department_head, trip, "unfounded").step == "office_director"


def test_an_outcome_with_a_step_to_go_to_ends_a_step_that_two_share(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = (Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT), Owner(Role.OFFICE_DIRECTOR))
    disputed = Step("both", owners, outcomes=(Outcome("agree"), Outcome("dispute", to="general_manager")))
    travels_by(monkeypatch, "TR", disputed, FINANCE, decision(Role.GENERAL_MANAGER))
    trip = do(cast.department_head, sent_trip(cast), "dispute")
    assert (trip.step, asked(trip)) == ("general_manager", {"general_manager"})
    assert not waits_for(cast.office_director, trip)


# --- clocks


def test_each_unit_of_a_clock(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday 09:00: 24 hours are Tuesday 09:00, 4 working hours jump the lunch break, 3 working days are Thursday."""
    expected = {
        Clock(hours=24): NOW + timedelta(hours=24),
        Clock(working_hours=4): datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
        Clock(working_days=3): datetime(2026, 11, 26, 15, 59, 59, tzinfo=UTC),
    }
    for clock, due_at in expected.items():
        travels_by(monkeypatch, "TR", decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, within=clock))
        trip = sent_trip(cast)
        assert trip.due_at == due_at
        do(cast.engineer, trip, "withdraw")


# --- versions


def _decreed(kind: str, route: Route, number: int = 1, **more: Any) -> None:
    """The administrator's own version, approved by the general manager unless the test says otherwise."""
    steps = as_data(route)
    facts = {"shipped": False, "valid_from": NOW, "approved_at": NOW, "steps": steps, "digest": digest(steps)} | more
    with writing() as session:
        route_version(session, kind, number, **facts)


def test_a_running_paper_keeps_its_route_though_the_declaration_changes(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DESIGN.md: a running document keeps the version it started with"""
    trip = sent_trip(cast)
    travels_by(monkeypatch, "TR", FINANCE, decision(Role.GENERAL_MANAGER))
    assert signed(move(cast, trip, until="travel")) == ["department_head", "office_director"]
    later = sent_trip(cast, cast.engineer2)
    assert later.step == "finance_vp"
    assert later.route_version_id != trip.route_version_id


def test_a_running_paper_keeps_its_route_though_the_administrators_version_begins(cast: Cast) -> None:
    """P6-5"""
    trip = sent_trip(cast)
    _decreed("TR", (FINANCE,), number=2)
    assert do(cast.department_head, trip, "approve").step == "office_director"
    assert sent_trip(cast, cast.engineer2).step == "finance_vp"


def test_a_returned_paper_keeps_its_route_while_it_is_unchanged(cast: Cast) -> None:
    trip = do(cast.office_director, do(cast.department_head, sent_trip(cast), "approve"), "return")
    _decreed("TR", (FINANCE,), number=2)
    assert do(cast.engineer, trip, "submit").step == "office_director"


def test_a_withdrawn_paper_takes_the_route_that_holds_when_it_is_sent_again(cast: Cast) -> None:
    trip = do(cast.engineer, sent_trip(cast), "withdraw")
    _decreed("TR", (FINANCE,), number=2)
    assert do(cast.engineer, trip, "submit").step == "finance_vp"


def test_a_version_holds_only_once_it_is_approved_and_has_begun(cast: Cast) -> None:
    """P6-5: with the general manager's approval"""
    _decreed("TR", (FINANCE,), 1, approved_at=None)
    _decreed("TR", (decision(Role.GENERAL_MANAGER),), 2, valid_from=NOW + timedelta(hours=1))
    _decreed("TR", (decision(Role.FINANCE_HEAD),), 3, approved_at=NOW + timedelta(hours=1))
    with reading() as session:
        assert current_route(session, "TR", NOW) == KINDS["TR"].route
        assert [step.key for step in current_route(session, "TR", NOW + timedelta(hours=2))] == ["general_manager"]
    assert sent_trip(cast).step == "department_head"


def test_of_several_versions_the_one_that_began_last_holds(cast: Cast) -> None:
    _decreed("TR", (FINANCE,), 1, valid_from=NOW - timedelta(days=2))
    _decreed("TR", (OFFICE,), 2, valid_from=NOW - timedelta(days=1))
    _decreed("EC", (FINANCE,), 1)
    assert sent_trip(cast).step == "office_director"


def test_a_step_of_the_old_route_may_still_be_returned_to(cast: Cast) -> None:
    claim = claim_at(cast, "office_director")
    _decreed("EC", (FINANCE,), number=2, valid_from=BACK)
    assert do(cast.office_director, claim, "return", to="clerk").step == "clerk"


def test_the_same_declaration_is_written_down_once(cast: Cast) -> None:
    first, second = sent_trip(cast), sent_trip(cast, cast.engineer2)
    assert first.route_version_id == second.route_version_id
    with reading() as session:
        version = session.get_one(RouteVersion, first.route_version_id)
    assert (version.kind, version.number, version.shipped) == ("TR", 1, True)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_route_read_back_is_the_route_that_was_stored(code: str) -> None:
    assert from_data(as_data(KINDS[code].route)) == KINDS[code].route


_texts = st.text("abc_", min_size=1, max_size=8)
_values = st.one_of(st.none(), st.booleans(), st.integers(-9, 9), _texts, st.lists(_texts, max_size=3))
_steps = st.builds(
    Step,
    key=_texts,
    owners=st.tuples(st.builds(Owner, role=st.sampled_from(Role), of=st.sampled_from(Of))),
    decides=st.booleans(),
    signers=st.sampled_from(Signers),
    when=st.lists(st.builds(Condition, field=_texts, op=st.just("=="), value=_values), max_size=2).map(tuple),
    within=st.one_of(st.none(), st.builds(Clock, hours=st.integers(1, 99))),
    fields=st.lists(_texts, max_size=2).map(tuple),
    line_fields=st.dictionaries(_texts, st.lists(_texts, max_size=2).map(tuple), max_size=2),
    outcomes=st.lists(st.builds(Outcome, key=_texts, to=st.one_of(st.none(), _texts)), max_size=3).map(tuple),
    cuts=st.booleans(),
    milestone=st.one_of(st.none(), _texts),
)


@given(st.lists(_steps, max_size=4).map(tuple))
def test_any_route_is_data(route: Route) -> None:
    stored = as_data(route)
    assert from_data(stored) == route
    assert digest(stored) == digest(as_data(from_data(stored)))


def test_a_day_is_compared_as_a_day() -> None:
    assert holds(Condition("starts_on", "==", "2026-11-25"), date(2026, 11, 25), "2026-11-25")
    assert holds(Condition("starts_on", ">=", "2026-11-25"), date(2026, 11, 26), "2026-11-25")
    assert not holds(Condition("starts_on", "<", "2026-11-25"), date(2026, 11, 26), "2026-11-25")


def test_a_route_is_known_by_what_it_says_and_not_by_its_id(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a database that was restored or emptied the same id may stand for another route."""
    travels_by(monkeypatch, "TR", HEAD, decision(Role.ACCOUNTANT))
    trip = sent_trip(cast)
    version = trip.route_version_id
    with writing() as session:
        session.get_one(RouteVersion, version).steps = as_data((FINANCE,))
        task = session.get_one(Task, tasks(trip)[0].id)
        task.step, task.role, task.department_id = "finance_vp", Role.FINANCE_VP, None
    assert do(cast.finance_vp, trip, "approve").state == State.DONE


def test_a_jump_ahead_reaches_what_the_steps_between_stand_for(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = Outcome("ahead", to="end")
    travels_by(
        monkeypatch,
        "TR",
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, outcomes=(ahead,)),
        decision(Role.OFFICE_DIRECTOR, milestone="approved"),
        work("end", Owner(person="applicant")),
    )
    trip = do(cast.department_head, sent_trip(cast), "ahead")
    assert (trip.step, trip.reached) == ("end", ["approved"])
    assert trip.approved_at is not None
    assert "withdraw" not in may(cast.engineer, trip)


def test_going_back_behind_a_milestone_undoes_it_and_reaching_it_again_does_it_once_more(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    kind = replace(
        KINDS["TR"],
        effects={"approved": lambda *_: happened.append("done")},
        undo={"approved": lambda *_: happened.append("undone")},
    )
    monkeypatch.setitem(KINDS, "TR", kind)  # type: ignore[arg-type]
    travels_by(
        monkeypatch,
        "TR",
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, milestone="approved"),
        decision(Role.OFFICE_DIRECTOR),
    )
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.office_director, trip, "return", to="department_head")
    assert (happened, trip.approved_at, trip.reached) == (["done", "undone"], None, [])
    do(cast.department_head, trip, "approve")
    assert happened == ["done", "undone", "done"]


def test_an_outcome_may_end_the_paper(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    settled = Outcome("settled", to=FINISH)
    travels_by(
        monkeypatch,
        "TR",
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, outcomes=(settled,)),
        decision(Role.OFFICE_DIRECTOR),
    )
    assert do(cast.department_head, sent_trip(cast), "settled").state == State.DONE


def test_the_declared_route_may_come_back_as_an_administrators_version(cast: Cast) -> None:
    steps = as_data(KINDS["TR"].route)
    with writing() as session:
        for number in (7, 8):
            version = RouteVersion(
                kind="TR",
                number=number,
                steps=steps,
                digest=digest(steps),
                shipped=False,
                created_at=NOW,
                approved_at=NOW,
                valid_from=NOW,
            )
            session.add(version)
    assert sent_trip(cast).step == "department_head"


def test_a_person_named_on_the_way_is_known_to_inbox_and_engine_alike(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever a step names may read the paper and may not decide on it."""
    travels_by(
        monkeypatch,
        "TR",
        work("name", Owner(Role.OFFICE_DIRECTOR), fields=("traveller_id",)),
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT),
    )
    trip = do(cast.office_director, sent_trip(cast), "complete", traveller_id=cast.department_head.id)
    assert asked(trip) == {"vice_president"}
    assert not waits_for(cast.department_head, trip)
