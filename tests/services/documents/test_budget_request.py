"""Out-of-budget request: what the budget has not is asked for, weighed and granted (P2-4.1, P2-4.3, P2-5.3)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import Session

from models import Balance, Document, Posting, State
from services.database import reading
from services.documents import KINDS
from services.documents.budget_effect import Move, left_after, moves_of, moves_while_typed
from services.documents.budgeted import request_offered
from services.documents.drafts import blank, check
from services.money import ledger
from services.prints.render import render
from tests.factories import NOW, Cast
from tests.services.documents.test_travel_request import said
from tests.services.money.test_control import OTHER, issue, spent
from tests.services.test_prints import Paper
from tests.story import (
    approved_trip,
    asked,
    detail,
    do,
    draft,
    drafted_outside,
    drafted_trip,
    estimate,
    faults,
    granted_outside,
    move,
    outside_form,
    refusal,
    reload,
    sent_outside,
    sent_trip,
    told,
)


def budget(cast: Cast, month: str = "202611") -> Decimal:
    with reading() as session:
        found = session.get(Balance, (month, cast.service.id, OTHER))
        return found.budget if found else Decimal("0.00")


def opened(cast: Cast, source: Document | None, now: datetime = NOW) -> dict[str, Any]:
    """What the form opens with."""
    with reading() as session:
        return blank(session, cast.engineer, "OB", now, source.id if source else None)


def offered(cast: Cast, paper: Document, by: Any = None) -> bool:
    with reading() as session:
        return request_offered(session, by or cast.engineer, reload(paper), NOW)


def _stopped_trip(cast: Cast, left: str = "1000.00") -> Document:
    """A trip for 1,800 of which so much is left."""
    issue(cast, {"202611": left})
    trip = drafted_trip(cast)
    faults(do, cast.engineer, trip, "submit")
    return trip


# --- its way


def test_head_finance_and_the_general_manager_decide_and_the_line_grows(cast: Cast) -> None:
    """P2-4.1, P2-5.3"""
    issue(cast, {"202611": "100.00"})
    paper = sent_outside(cast)
    for step in ("department_head", "finance_vp", "general_manager"):
        assert (reload(paper).step, asked(paper), budget(cast)) == (step, {step}, Decimal("100.00"))
        do(getattr(cast, step), paper, "approve")
    assert (reload(paper).state, budget(cast)) == (State.DONE, Decimal("600.00"))
    with reading() as session:
        assert [(one.posting, one.amount) for one in ledger.entries_of(session, paper)] == [
            (Posting.GRANTED, Decimal("500.00"))
        ]
        assert list(ledger.problems(session)) == []


def test_the_general_manager_may_grant_less_and_not_more(cast: Cast) -> None:
    paper = move(cast, sent_outside(cast), until="general_manager")
    for wrong in ("500.01", "0", "-1"):
        (fault,) = faults(do, cast.general_manager, paper, "approve", granted_amount=wrong)
        assert fault.field == "granted_amount"
        said(fault)
    do(cast.general_manager, paper, "approve", granted_amount="300.00")
    assert (budget(cast), detail(paper).granted_amount) == (Decimal("300.00"), Decimal("300.00"))
    assert reload(paper).amount == Decimal("500.00"), "what was asked for stays"


def test_demand_satisfaction_and_interest_are_weighed(cast: Cast) -> None:
    """P2-4.3"""
    for name in ("demand", "satisfaction", "interest", "reason"):
        (fault,) = faults(do, cast.engineer, drafted_outside(cast, **{name: " "}), "submit")
        assert (fault.field, fault.key) == (name, "fault.required")


@pytest.mark.parametrize(
    ("name", "typed", "key"),
    [
        ("month", "2026-13", "fault.month"),
        ("month", "soon", "fault.month"),
        ("month", None, "fault.required"),
        ("outside_amount", "0", "fault.above"),
        ("outside_amount", "-5", "fault.above"),
        ("outside_amount", "1.005", "fault.decimals"),
        ("category", "fun", "fault.option"),
        ("outside", None, "fault.required"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(cast: Cast, name: str, typed: Any, key: str) -> None:
    (fault,) = faults(do, cast.engineer, drafted_outside(cast, **{name: typed}), "submit")
    assert (fault.field, fault.key) == (name, key)


@pytest.mark.parametrize("typed", ["202611", "2026-11", "2026/11", "2026年11月", "2026-11"])
def test_a_month_is_understood_however_it_is_typed(cast: Cast, typed: str) -> None:
    assert detail(sent_outside(cast, month=typed)).month == "202611"


def test_nobody_else_grants_it_and_a_stranger_sees_nothing(cast: Cast) -> None:
    paper = move(cast, sent_outside(cast), until="general_manager")
    for person in (cast.engineer, cast.department_head, cast.finance_vp, cast.accountant):
        assert refusal(do, person, paper, "approve").key == "action.not_allowed"
    assert refusal(do, cast.stranger, paper, "approve").key == "access.not_found"
    assert budget(cast) == Decimal("0.00")


def test_a_rejected_one_grants_nothing(cast: Cast) -> None:
    paper = move(cast, sent_outside(cast), until="general_manager")
    assert do(cast.general_manager, paper, "reject").state == State.REJECTED
    assert budget(cast) == Decimal("0.00")


# --- from the paper that was stopped


def test_a_stop_offers_the_request_with_the_line_and_what_is_missing(cast: Cast) -> None:
    """P2-4.1"""
    trip = _stopped_trip(cast)
    assert offered(cast, trip)
    form = opened(cast, trip)
    assert form == {
        "outside": "overspend",
        "for_id": trip.id,
        "category": "other",
        "month": "202611",
        "outside_amount": "800.00",
        "reason": trip.title,
    }


def test_what_nothing_was_planned_for_is_outside_the_plan(cast: Cast) -> None:
    issue(cast, {"202611": "5000.00"})
    lines = [estimate(cast, "train", "1000.00"), estimate(cast, "materials", "400.00")]
    form = opened(cast, drafted_trip(cast, estimates=lines))
    assert (form["outside"], form["category"], form["outside_amount"]) == ("outside_plan", "materials", "400.00")


def test_each_line_that_is_missing_is_asked_for_once(cast: Cast) -> None:
    issue(cast, {"202611": "900.00"})
    lines = [estimate(cast, "train", "1000.00"), estimate(cast, "materials", "400.00")]
    trip = drafted_trip(cast, estimates=lines)
    first = opened(cast, trip)
    sent_outside(cast, **first)
    second = opened(cast, trip)
    assert [first["category"], second["category"]] == ["materials", "other"]
    sent_outside(cast, **second)
    assert "category" not in opened(cast, trip)


def test_once_it_is_granted_the_paper_is_sent_as_it_is_and_its_author_is_told(cast: Cast) -> None:
    """P2-4.1"""
    trip = _stopped_trip(cast)
    paper = granted_outside(cast, **opened(cast, trip))
    assert paper.state == State.DONE
    assert told(cast.engineer)[-2:] == ["granted", "done"]
    assert not offered(cast, trip)
    assert do(cast.engineer, trip, "submit").state == State.RUNNING


def test_a_paper_that_was_stopped_on_its_way_is_approved_by_whoever_holds_it(cast: Cast) -> None:
    trip = move(cast, sent_trip(cast), until="office_director")
    issue(cast, {"202611": "1000.00"})
    refusal(do, cast.office_director, trip, "approve")
    assert offered(cast, trip) and not offered(cast, trip, cast.office_director)
    granted_outside(cast, **opened(cast, trip))
    assert "granted" in told(cast.office_director)
    assert do(cast.office_director, trip, "approve").step == "travel"


def test_a_smaller_grant_lets_only_a_smaller_paper_pass(cast: Cast) -> None:
    trip = _stopped_trip(cast)
    paper = move(cast, sent_outside(cast, **opened(cast, trip)), until="general_manager")
    do(cast.general_manager, paper, "approve", granted_amount="799.99")
    (fault,) = faults(do, cast.engineer, trip, "submit")
    assert fault.facts["missing"] == Decimal("0.01")


def test_nothing_is_offered_where_nothing_is_missing(cast: Cast) -> None:
    issue(cast, {"202611": "1800.00"})
    trip = drafted_trip(cast)
    assert not offered(cast, trip)
    assert refusal(opened, cast, trip).key == "draft.not_offered"
    assert refusal(opened, cast, approved_trip(cast)).key == "draft.not_offered"


def test_another_line_than_the_paper_lacks_is_a_slip(cast: Cast) -> None:
    trip = _stopped_trip(cast)
    for wrong in ({"category": "materials"}, {"month": "202612"}):
        form = opened(cast, trip) | wrong
        (fault,) = faults(sent_outside, cast, **form)
        assert (fault.field, fault.key) == ("category", "OB.fault.other_line")
        said(fault)


def test_only_ones_own_papers_without_money_can_be_named(cast: Cast) -> None:
    others = drafted_trip(cast, cast.clerk)
    for paper in (others, approved_trip(cast)):
        (fault,) = faults(sent_outside, cast, for_id=paper.id)
        assert (fault.field, fault.key) == ("for_id", "fault.option")


def test_without_a_paper_it_opens_on_the_month_it_is(cast: Cast) -> None:
    assert opened(cast, None) == {"month": "202611"}


def test_what_is_overspent_already_is_asked_for_as_a_whole(cast: Cast) -> None:
    """P2-5.3"""
    issue(cast, {"202611": "100.00"})
    spent(cast, "202611", "150.00")
    trip = drafted_trip(cast, estimates=[estimate(cast, "train", "10.00")])
    assert opened(cast, trip)["outside_amount"] == "60.00"


def test_what_the_line_has_left_is_seen_while_typing_and_before_deciding(cast: Cast) -> None:
    kind = KINDS["OB"]
    with reading() as session:
        assert typed_moves(session, cast, outside_form()) == [], "no budget says anything"
    issue(cast, {"202610": "100.00", "202611": "100.00"})
    spent(cast, "202611", "250.00")
    paper = sent_outside(cast)
    with reading() as session:
        (its,) = typed_moves(session, cast, outside_form())
        assert (its.left, its.change, its.after) == (Decimal("-50.00"), Decimal("500.00"), Decimal("450.00"))
        assert moves_of(session, kind, reload(paper), NOW) == [its]
        assert typed_moves(session, cast, {}) == []
        assert left_after(session, kind, reload(paper), NOW) == Decimal("450.00")
    with reading() as session:
        assert moves_of(session, kind, reload(move(cast, paper)), NOW) == [], "granted, it is another matter"


def test_before_a_budget_is_issued_what_is_left_is_last_years_month(cast: Cast) -> None:
    spent(cast, "202501", "1.00")
    spent(cast, "202511", "70.00")
    with reading() as session:
        assert [one.left for one in typed_moves(session, cast, outside_form())] == [Decimal("70.00")]


def typed_moves(session: Session, cast: Cast, form: dict[str, Any]) -> list[Move]:
    filled, _ = check(session, cast.engineer, "OB", form, NOW)
    return moves_while_typed(KINDS["OB"], filled)


# --- taken back


def test_a_grant_that_nobody_has_used_is_taken_back(cast: Cast) -> None:
    paper = granted_outside(cast)
    issue(cast, {"202611": "1.00"})
    do(cast.engineer, paper, "reverse", note="客户取消")
    do(cast.general_manager, paper, "approve")
    assert (reload(paper).state, budget(cast)) == (State.REVERSED, Decimal("1.00"))


def test_a_grant_that_is_used_stays(cast: Cast) -> None:
    trip = _stopped_trip(cast)
    paper = granted_outside(cast, **opened(cast, trip))
    move(cast, do(cast.engineer, trip, "submit"), until="travel")
    refused = refusal(do, cast.engineer, paper, "reverse", note="客户取消")
    assert (refused.key, refused.facts["missing"]) == ("OB.refused.used", Decimal("800.00"))


# --- on paper


def test_it_prints_with_what_was_weighed(cast: Cast) -> None:
    paper = granted_outside(cast)
    assert [one.key for one in KINDS["OB"].prints] == ["request"]
    with reading() as session:
        for language, words in (("zh", "客户已两次催办"), ("en", "Overspend")):
            pdf = render(session, cast.engineer, paper, "request", language=language, base_url="", now=NOW)
            printed = Paper(pdf)
            assert printed.says(words, "500.00", "2026-11", "蒋培元")
            assert printed.outside() == []


def test_a_draft_prints_as_far_as_it_goes(cast: Cast) -> None:
    half = draft(cast.engineer, "OB", outside_form(month="soon", outside_amount="x", category=None))
    with reading() as session:
        pdf = render(session, cast.engineer, half, "request", language="zh", base_url="", now=NOW)
        assert Paper(pdf).says("客户追加 2 台检修")
