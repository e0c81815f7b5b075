"""The inbox: what waits for a person, all of it decidable by him, and several decided at once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Document, Role, State
from services.database import reading, writing
from services.errors import Invalid, Refused
from services.inbox import Tally, acts_for_all, decide_many, places, tallies, tally, waiting_for
from tests import factories
from tests.factories import NOW, Cast
from tests.services.engine.test_together import together
from tests.story import (
    BACK,
    LATER,
    approved_trip,
    claim_at,
    depute,
    do,
    drafted_trip,
    estimate,
    hold,
    inbox,
    may,
    move,
    refusal,
    reload,
    sent_claim,
    sent_trip,
    voucher,
)


def _days(number: int) -> dict[str, str]:
    return {"starts_on": f"2026-12-{number:02d}", "ends_on": f"2026-12-{number:02d}"}


def _counted(who: Any, now: Any = NOW) -> dict[str, int]:
    with reading() as session:
        return {area: one.count for area, one in tallies(session, who, now).items()}


def test_a_row_says_enough_to_decide_on(cast: Cast) -> None:
    """DESIGN.md, Inbox: kind, number, title, applicant, amount, waited, due"""
    trip = sent_trip(cast)
    (row,) = inbox(cast.department_head)
    assert (row.document_id, row.version, row.kind, row.number) == (trip.id, trip.version, "TR", trip.number)
    assert (row.title, row.applicant, row.department) == (trip.title, "王建军", "售后一室")
    assert (row.amount, row.step, row.decides) == (Decimal("1800.00"), "department_head", True)
    assert (row.opened_at, row.due_at, row.for_name) == (NOW, trip.due_at, None)


@pytest.mark.parametrize("who", ["engineer", "engineer2", "stranger", "clerk", "office_director", "administrator"])
def test_nothing_waits_for_whom_nothing_is_asked(cast: Cast, who: str) -> None:
    sent_trip(cast)
    assert inbox(getattr(cast, who)) == []
    assert _counted(getattr(cast, who)) == {}


def test_work_waits_there_like_decisions(cast: Cast) -> None:
    trip = approved_trip(cast)
    (row,) = inbox(cast.engineer)
    assert (row.document_id, row.step, row.decides) == (trip.id, "travel", False)


def test_the_cashier_is_shown_what_he_is_to_pay(cast: Cast) -> None:
    """P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {1: {"audited_amount": "500.00", "audit_reason": "超标准"}}}
    do(cast.finance_officer, claim, "approve", lines=cut)
    other = claim_at(cast, "payment", by=cast.engineer2, vouchers=[voucher(cast, "train", "1400.00")])
    rows = [(row.document_id, row.amount) for row in inbox(cast.cashier, LATER, sort="amount")]
    assert rows == [(other.id, Decimal("1700.00")), (claim.id, Decimal("1650.00"))]


def test_what_was_decided_waits_no_more(cast: Cast) -> None:
    trip = sent_trip(cast)
    for action in ("return", "reject", "approve"):
        trip = do(cast.department_head, trip, action)
        assert inbox(cast.department_head) == []
        if action == "return":
            trip = do(cast.engineer, trip, "submit")
        elif action == "reject":
            trip = sent_trip(cast)


def test_whatever_waits_there_may_be_done_and_whatever_may_be_done_waits_there(cast: Cast) -> None:
    """Both ask the same question; their answers agree for everybody."""
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    hold(cast.vice_president, Role.OFFICE_DIRECTOR)
    hold(cast.department_head, Role.FINANCE_OFFICER)
    depute(cast.vice_president, cast.engineer2)
    depute(cast.finance_vp, cast.clerk)
    depute(cast.office_director, cast.engineer, amount_limit=Decimal("1000.00"))
    papers = [
        sent_trip(cast, companions=[cast.clerk.id], **_days(1)),
        sent_trip(cast, cast.department_head, **_days(2)),
        move(cast, sent_trip(cast, cast.engineer2, **_days(3)), until="office_director"),
        approved_trip(cast, **_days(4)),
        claim_at(cast, "department_head"),
        drafted_trip(cast, **_days(5)),
    ]
    claim = papers[4]
    while claim.step:
        for login in vars(cast):
            person = getattr(cast, login)
            if not hasattr(person, "login"):
                continue
            waiting = {row.document_id for row in inbox(person, BACK)}
            for paper in papers:
                doable = bool(may(person, paper, BACK) & {"approve", "complete"})
                assert (paper.id in waiting) is doable, f"{person.login} {paper.number} {paper.step}"
            assert sum(_counted(person, BACK).values()) == len(inbox(person, BACK))
        claim = papers[4] = _next(cast, claim)


def _next(cast: Cast, claim: Document) -> Document:
    if claim.step == "payment":
        return do(cast.cashier, claim, "complete", paid_on="2026-11-28", payment_reference="17")
    steps = ["clerk", "department_head", "vice_president", "office_director", "finance_vp", "finance_audit", "payment"]
    return move(cast, claim, until=steps[steps.index(claim.step or "") + 1])


def test_it_is_sorted_by_due_by_waiting_and_by_amount(cast: Cast) -> None:
    def sent(day: int, hour: int, amount: str) -> int:
        trip = drafted_trip(cast, estimates=[estimate(cast, "train", amount)], **_days(day))
        return do(cast.engineer, trip, "submit", now=NOW + timedelta(hours=hour)).id

    first, second, third = sent(1, 0, "200"), sent(2, 48, "300"), sent(3, 24, "100")
    work = approved_trip(cast, cast.department_head, **_days(4)).id  # without a clock
    now = NOW + timedelta(days=3)
    assert [row.document_id for row in inbox(cast.department_head, now)] == [first, third, second, work]
    by = {
        sort: [row.document_id for row in inbox(cast.department_head, now, sort=sort)] for sort in ("waited", "amount")
    }
    assert by["waited"] in ([first, work, third, second], [work, first, third, second])
    assert by["amount"] == [work, second, first, third]


@pytest.mark.parametrize("sort", ["", "due'; --", "id", "amount desc"])
def test_a_forged_order_is_the_usual_one(cast: Cast, sort: str) -> None:
    sent_trip(cast)
    assert len(inbox(cast.department_head, sort=sort)) == 1


def test_it_is_narrowed_by_area(cast: Cast) -> None:
    sent_trip(cast)
    assert len(inbox(cast.department_head, area="expenses")) == 1
    for area in ("budget", "nowhere", "' OR 1=1"):
        assert inbox(cast.department_head, area=area) == []
    assert _counted(cast.department_head) == {"expenses": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TR-202611", True),
        ("tr-202611-0001", True),
        ("制动单元", True),
        (" 王建军 ", True),
        ("50%", True),
        ("a_b", True),
        ("O'Neil", True),
        ('"x"', True),
        ("\\", True),
        ("%", True),
        ("_", True),
        ("axb", False),
        ("50x", False),
        ("%%", False),
        ("__", False),
        ("' OR '1'='1", False),
        ("\x00", True),
        ("\ud800制动\x00", True),
        ("/", False),
        ("nichts", False),
        ("   ", True),
    ],
)
def test_text_is_sought_letter_by_letter(cast: Cast, text: str, found: bool) -> None:
    sent_trip(cast, task='制动单元 50% a_b O\'Neil "x" \\')
    assert bool(inbox(cast.department_head, text=text)) is found


def test_no_more_rows_than_asked_for_and_the_most_urgent_first(cast: Cast) -> None:
    for day in range(1, 6):
        sent_trip(cast, **_days(day))
    assert len(inbox(cast.department_head, limit=3)) == 3
    depute(cast.department_head, cast.other_head)
    assert len(inbox(cast.other_head, limit=3)) == 3
    assert _counted(cast.other_head) == {"expenses": 5}


def test_a_task_reached_in_two_ways_is_one_row_and_his_own(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    depute(cast.department_head, cast.clerk)
    sent_trip(cast)
    (row,) = inbox(cast.clerk)
    assert row.for_name is None
    assert _counted(cast.clerk) == {"expenses": 1}


def test_nothing_waits_for_who_was_disabled(cast: Cast) -> None:
    trip = approved_trip(cast)
    depute(cast.engineer, cast.engineer2)
    with writing() as session:
        session.merge(cast.engineer).active = False
    assert inbox(cast.engineer2) == []
    assert may(cast.engineer2, trip) == set()


# --- several at once


def _decide(who: Any, papers: list[Document], action: str, note: str = "", now: Any = NOW) -> list[str | None]:
    with writing() as session:
        chosen = [(paper.id, paper.version) for paper in papers]
        results = decide_many(session, who, chosen, action, note=note, now=now)
    return [refused.key if refused else None for _, refused in results]


def test_several_are_approved_at_once_each_with_its_own_event(cast: Cast) -> None:
    """Issue 2: approves several at once from the inbox"""
    papers = [sent_trip(cast, **_days(day)) for day in (1, 2, 3)]
    assert _decide(cast.department_head, papers, "approve") == [None] * 3
    assert {reload(paper).step for paper in papers} == {"office_director"}
    assert inbox(cast.department_head) == []


def test_one_refusal_does_not_hold_up_the_rest(cast: Cast) -> None:
    papers = [sent_trip(cast, **_days(day)) for day in (1, 2, 3)]
    do(cast.engineer, papers[1], "withdraw")
    assert _decide(cast.department_head, papers, "approve") == [None, "action.someone_acted_first", None]
    assert [reload(paper).step for paper in papers] == ["office_director", None, "office_director"]


def test_a_refused_one_leaves_no_trace_of_its_attempt(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.office_director).active = False
    with pytest.raises(Refused):
        sent_trip(cast)
    with writing() as session:
        session.merge(cast.office_director).active = True
    good = sent_trip(cast, **_days(1))
    assert _decide(cast.department_head, [good, good], "approve") == [None, "action.someone_acted_first"]


def test_a_reason_is_needed_for_several_as_for_one(cast: Cast) -> None:
    papers = [sent_trip(cast, **_days(day)) for day in (1, 2)]
    with writing() as session:
        results = decide_many(
            session, cast.department_head, [(paper.id, paper.version) for paper in papers], "reject", note="", now=NOW
        )
    assert all(isinstance(refused, Invalid) for _, refused in results)
    assert _decide(cast.department_head, papers, "reject", note="取消") == [None, None]


@pytest.mark.parametrize("id", [9999, 0, -1, 2**40, 10**30])
def test_a_forged_selection_is_refused_and_tells_nothing(cast: Cast, id: int) -> None:
    with writing() as session:
        ((number, refused),) = decide_many(session, cast.department_head, [(id, 1)], "approve", note="", now=NOW)
    assert (number, refused and refused.key) == ("", "access.not_found")


def test_a_paper_he_may_not_read_is_not_even_named(cast: Cast) -> None:
    trip = sent_trip(cast)
    with writing() as session:
        ((number, refused),) = decide_many(session, cast.stranger, [(trip.id, 1)], "approve", note="", now=NOW)
    assert (number, refused and refused.key) == ("", "access.not_found")
    assert reload(trip).step == "department_head"


def test_one_that_is_his_own_is_refused_among_others(cast: Cast) -> None:
    papers = [sent_trip(cast, cast.department_head, **_days(1)), sent_trip(cast, **_days(2))]
    assert _decide(cast.department_head, papers, "approve") == ["action.not_allowed", None]


def test_two_who_decide_the_same_papers_at_once_do_not_wait_for_each_other_for_ever(cast: Cast) -> None:
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    papers = [sent_trip(cast, **_days(day)) for day in range(1, 9)]
    results = together(
        lambda: _decide(cast.department_head, papers, "approve"),
        lambda: _decide(cast.clerk, papers[::-1], "approve"),
        *[lambda paper=paper: refusal(do, cast.other_head, paper, "approve").key for paper in papers],
        *[lambda paper=paper: do(cast.engineer, paper, "comment", note="?") for paper in papers],
    )
    failures = [one for one in results if isinstance(one, Exception)]
    assert failures == []
    assert sorted(results[0] + results[1][::-1], key=str).count(None) == len(papers)
    assert {reload(paper).step for paper in papers} == {"office_director"}


def test_only_what_all_of_a_selection_allow_is_offered_for_it(cast: Cast) -> None:
    claim, trip = sent_claim(cast), sent_trip(cast, **_days(1))
    hold(cast.clerk, Role.DEPARTMENT_HEAD, cast.service)
    with reading() as session:
        assert acts_for_all(session, cast.clerk, [claim.id], BACK) == ["approve", "return"]
        assert acts_for_all(session, cast.clerk, [trip.id], BACK) == ["approve", "return", "reject"]
        assert acts_for_all(session, cast.clerk, [trip.id, claim.id], BACK) == ["approve", "return"]
        assert acts_for_all(session, cast.clerk, [], BACK) == []
        with pytest.raises(Refused):
            acts_for_all(session, cast.clerk, [trip.id, 9999], BACK)


def test_work_that_must_be_filled_in_is_not_offered_for_several(cast: Cast) -> None:
    claim = claim_at(cast, "payment")
    with reading() as session:
        assert acts_for_all(session, cast.cashier, [claim.id], LATER) == []


def _crowd(cast: Cast, count: int) -> None:
    """Headers and tasks alone: more than one page of them, every fifth one late."""
    with writing() as session:
        for number in range(1, count + 1):
            paper = factories.document(
                session, "TR", cast.engineer, number=f"TR-202611-{number:04d}", state=State.RUNNING, submitted_at=NOW,
                amount=Decimal(number),
            )  # fmt: skip
            due_at = NOW - timedelta(hours=1) if number % 5 == 0 else NOW + timedelta(hours=number % 3 * 24)
            where = cast.service.id
            factories.task(session, paper, "department_head", Role.DEPARTMENT_HEAD, department_id=where, due_at=due_at)


def test_all_means_all(cast: Cast) -> None:
    """However much waits, everything is counted, and everything is on some page."""
    depute(cast.department_head, cast.engineer2)
    _crowd(cast, 230)
    for who in (cast.department_head, cast.engineer2):
        assert _counted(who) == {"expenses": 230}
        with reading() as session:
            assert tally(session, who, NOW) == Tally(count=230, late=46, today=61)
            assert tally(session, who, NOW, text="TR-202611-00") == Tally(count=99, late=19, today=27)
            everything = waiting_for(session, who, NOW)
            in_order = places(session, who, NOW)
        pages = [row for page in range(5) for row in inbox(who, limit=50, offset=50 * page)]
        assert pages == everything and len({row.task_id for row in pages}) == 230
        assert [row.document_id for row in everything] == [place.document_id for place in in_order]
        assert {row.for_name for row in pages} == {None if who is cast.department_head else "赵国强"}


def test_the_way_through_the_inbox_follows_its_filter_and_order(cast: Cast) -> None:
    _crowd(cast, 12)
    with reading() as session:
        found = places(session, cast.department_head, NOW, area="expenses", text="001", sort="amount")
    assert [place.number for place in found] == ["TR-202611-0012", "TR-202611-0011", "TR-202611-0010", "TR-202611-0001"]
