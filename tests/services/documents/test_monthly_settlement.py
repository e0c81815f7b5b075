"""Monthly settlement: computed from the ledger, confirmed line by line, and then the month is closed (P2-2, P7-9)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import (
    BudgetCategory,
    ClosedMonth,
    Document,
    SettlementItem,
    State,
)
from services.calendar import end_of_day
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import blank, check
from services.documents.kind import lines_of
from services.documents.month_checks import checklist
from services.documents.warned import explained
from services.errors import Refused
from services.money.ledger import BudgetLine
from services.month_end import Stands, begin, board, look_at
from tests import factories
from tests.factories import NOW, Cast
from tests.services.documents.test_travel_request import said
from tests.services.test_prints import printed
from tests.story import (
    LATER,
    asked,
    booked_entry,
    decree,
    do,
    draft,
    drafted_month,
    events,
    faults,
    finished_trip,
    issued,
    month_form,
    move,
    paid_advance,
    refusal,
    reload,
    sent_claim,
    sent_month,
    sent_register,
)

DECEMBER = datetime(2026, 12, 3, 1, 0, tzinfo=NOW.tzinfo)
SALARIES = BudgetCategory.SALARIES


def lines(paper: Document, name: str) -> list[Any]:
    with reading() as session:
        return lines_of(session, paper, KINDS["MS"].lines(name))


def is_closed(cast: Cast, month: str = "202610") -> bool:
    with reading() as session:
        return session.get(ClosedMonth, (month, cast.service.id)) is not None


def confirm(cast: Cast, paper: Document, now: datetime = NOW, finding: str | None = None) -> Document:
    """Finance confirms every line."""
    answers = {one.position: {"confirmed": True, "finding": finding} for one in lines(paper, "costs")}
    return do(cast.finance_officer, paper, "approve", now=now, lines={"costs": answers})


def planned(cast: Cast, amount: str, month: str = "202610", category: BudgetCategory = SALARIES) -> None:
    issued(cast, BudgetLine(month, cast.service.id, category, Decimal(amount)))


def warned(cast: Cast, now: datetime = NOW, **changes: Any) -> dict[str, str]:
    """What has to be explained: text key by mark."""
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MS", month_form(cast, **changes), now)
        return {one.mark: one.fault.key for one in KINDS["MS"].warnings(filled)}  # type: ignore[misc]


def reviewed(cast: Cast) -> Document:
    """October's wages, as planned; the settlement waits for finance."""
    planned(cast, "8000.00")
    booked_entry(cast)
    return move(cast, sent_month(cast), until="settlement_review")


# --- its way


def test_the_head_signs_finance_confirms_every_line_and_the_month_is_closed(cast: Cast) -> None:
    """P2-2.2, P2-2.3"""
    planned(cast, "8000.00")
    booked_entry(cast)
    paper = sent_month(cast)
    assert (paper.amount, asked(paper)) == (Decimal("8000.00"), {"department_head"})
    do(cast.department_head, paper, "approve")
    refused = refusal(do, cast.finance_officer, paper, "approve")
    assert (refused.key, refused.facts["count"]) == ("MS.refused.unconfirmed", 1)
    assert not is_closed(cast)
    assert confirm(cast, paper, finding="与工资表一致").state == State.DONE
    assert is_closed(cast)
    (line,) = lines(paper, "costs")
    assert (line.cost_element, line.element_spent, line.confirmed, line.finding) == (
        "labour",
        Decimal("8000.00"),
        True,
        "与工资表一致",
    )


def test_the_month_is_compared_with_its_budget_and_with_last_years(cast: Cast) -> None:
    """P7-9, P8-4.2"""
    booked_entry(cast, month="2025-10")
    planned(cast, "9000.00")
    planned(cast, "500.00", category=BudgetCategory.OTHER)
    booked_entry(cast)
    why = dict.fromkeys(warned(cast), "招聘推迟")
    paper = sent_month(cast, reasons=why)
    found = {line.category: line for line in lines(paper, "categories")}
    salaries, other = found[SALARIES], found[BudgetCategory.OTHER]
    assert (salaries.month_planned, salaries.month_spent) == (Decimal("9000.00"), Decimal("8000.00"))
    assert (salaries.month_over, salaries.last_spent) == (Decimal("-1000.00"), Decimal("8000.00"))
    assert (other.month_planned, other.month_over) == (Decimal("500.00"), Decimal("-500.00"))
    with reading() as session:
        shown = explained(session, cast.finance_officer, reload(paper), KINDS["MS"], NOW)
        assert {one.reason for one in shown} == {"招聘推迟"} and len(shown) == 2


@pytest.mark.parametrize(("spent_planned", "asks"), [("8000.00", False), ("8888.88", False), ("8888.89", True)])
def test_what_is_beside_the_budget_by_more_than_ten_per_cent_is_explained(
    cast: Cast, spent_planned: str, asks: bool
) -> None:
    """P2-2.2: at ten per cent nothing is asked, a fen above it is."""
    planned(cast, spent_planned)
    booked_entry(cast)
    found = list(warned(cast).values())
    assert found == (["MS.warn.variance"] if asks else [])
    if asks:
        assert [one.key for one in faults(do, cast.clerk, drafted_month(cast), "submit")] == ["fault.reason_needed"]
        decree("settlement.variance_percent", 20)
        assert warned(cast) == {}


def test_what_was_posted_meanwhile_sends_it_back_to_be_drawn_anew(cast: Cast) -> None:
    """P2-2.3: what is closed is what the ledger says."""
    paper = reviewed(cast)
    planned(cast, "50.00", category=BudgetCategory.EQUIPMENT)
    with writing() as session:
        days = {"bought_on": date(2026, 9, 1), "in_use_from": date(2026, 9, 1)}
        asset = factories.asset(session, "A-1", cast.service, cost=Decimal("50.00"), life_months=1, **days)
    line = {"expense_type_id": cast.expense["depreciation"].id, "asset_id": asset.id, "amount": "50.00", "basis": "1/1"}
    booked_entry(cast, lines=[line])
    assert refusal(confirm, cast, paper).key == "MS.refused.changed"
    do(cast.finance_officer, paper, "return", note="请重新提交")
    assert not is_closed(cast)
    do(cast.clerk, paper, "submit")
    assert len(lines(paper, "costs")) == 2
    confirm(cast, move(cast, paper, until="settlement_review"))
    assert is_closed(cast)


def test_nobody_else_confirms_and_a_stranger_sees_nothing(cast: Cast) -> None:
    paper = reviewed(cast)
    for person in (cast.clerk, cast.department_head, cast.accountant, cast.finance_head):
        assert refusal(do, person, paper, "approve").key == "action.not_allowed"
    assert refusal(do, cast.stranger, paper, "approve").key == "access.not_found"
    with reading() as session:
        assert refusal(blank, session, cast.engineer, "MS", NOW).key == "draft.may_not_start"
    other = draft(cast.clerk, "MS", month_form(cast, settled_department_id=cast.service2.id))
    assert [one.field for one in faults(do, cast.clerk, other, "submit")] == ["settled_department_id"]


def test_a_month_is_settled_once_and_when_it_is_over(cast: Cast) -> None:
    confirm(cast, reviewed(cast))
    for month, key in (("2026-10", "MS.fault.settled_already"), ("2026-11", "MS.fault.month_not_over")):
        (fault,) = faults(do, cast.clerk, draft(cast.clerk, "MS", month_form(cast, month=month)), "submit")
        assert (fault.field, fault.key) == ("month", key)
        said(fault)


def test_a_december_stays_open_until_the_fifteenth_of_january(cast: Cast) -> None:
    """P2-2.4"""
    january = datetime(2027, 1, 15, 9, 0, tzinfo=NOW.tzinfo)
    paper = draft(cast.clerk, "MS", month_form(cast, month="2026-12"), now=january)
    paper = do(cast.clerk, paper, "submit", now=january)
    do(cast.department_head, paper, "approve", now=january)
    refused = refusal(confirm, cast, paper, january)
    assert refused.key == "MS.refused.year_open" and str(refused.facts["day"]) == "2027-01-15"
    confirm(cast, paper, january + timedelta(days=3))
    assert is_closed(cast, "202612")


def test_it_is_printed(cast: Cast) -> None:
    paper = confirm(cast, reviewed(cast))
    with writing() as session:
        printed(session, cast.clerk, paper, "settlement").says(
            "月度费用结算单", "2026-10", "8,000.00", "人工", "捌仟元整"
        )


# --- taken up again


def test_only_the_head_of_finance_reopens_a_month_and_it_leaves_a_trace(cast: Cast) -> None:
    """P2-2.3"""
    paper = confirm(cast, reviewed(cast))
    for person in (cast.clerk, cast.department_head, cast.finance_officer):
        assert refusal(do, person, paper, "reopen", note="漏记").key == "action.not_allowed"
    assert [one.field for one in faults(do, cast.finance_head, paper, "reopen")] == ["note"]
    do(cast.finance_head, paper, "reopen", note="漏记运费")
    assert not is_closed(cast) and reload(paper).step == "settlement_review"
    assert [line.confirmed for line in lines(paper, "costs")] == [False]
    assert ("reopen", cast.finance_head.id, "漏记运费") in [
        (one.action, one.actor_id, one.note) for one in events(paper)
    ]
    confirm(cast, paper)
    assert is_closed(cast)


# --- the checklist


def test_what_is_still_open_is_listed_with_whose_it_is_and_goes_on_only_with_a_word(cast: Cast) -> None:
    """P8-4.4, issue 8 (bad input)"""
    trip = finished_trip(cast)
    paid_advance(cast, trip=trip)
    with reading() as session:
        found = {one.item: one for one in checklist(session, cast.service.id, "202611", LATER + timedelta(days=30))}
        later = {one.item: one for one in checklist(session, cast.service.id, "202612", LATER + timedelta(days=30))}
    claims, advances = found[SettlementItem.CLAIMS], later[SettlementItem.ADVANCES]
    assert (claims.owners, claims.papers) == ("王建军", trip.number)
    assert advances.owners == "王建军" and len(advances.open) == 1, "it is due five working days after the return"
    assert not found[SettlementItem.ADVANCES].open
    assert found[SettlementItem.REGISTERS].owners == "陈晓芸", "its clerk has no register of trips yet"
    marks = warned(cast, DECEMBER, month="2026-11")
    assert "MS.warn.claims" in marks.values() and "MS.warn.registers" in marks.values()
    form = month_form(cast, month="2026-11")
    bare = draft(cast.clerk, "MS", form, now=DECEMBER)
    assert {one.key for one in faults(do, cast.clerk, bare, "submit", now=DECEMBER)} == {"fault.reason_needed"}
    why = form | {"reasons": dict.fromkeys(marks, "十二月初补报")}
    paper = do(cast.clerk, draft(cast.clerk, "MS", why, now=DECEMBER), "submit", now=DECEMBER)
    frozen = {line.item: line for line in lines(paper, "checks")}
    assert (frozen[SettlementItem.CLAIMS].open_count, frozen[SettlementItem.CLAIMS].papers) == (1, trip.number)


def test_a_claim_under_way_is_open_until_it_is_audited_and_a_register_until_it_is_signed(cast: Cast) -> None:
    claim = sent_claim(cast, finished_trip(cast))
    register = sent_register(cast, cast.clerk)

    def open_now() -> dict[SettlementItem, list[str]]:
        with reading() as session:
            found = checklist(session, cast.service.id, "202611", LATER)
            return {one.item: [paper.number for paper in one.open] for one in found if one.open}

    assert open_now()[SettlementItem.CLAIMS] == [claim.number]
    assert register.number in open_now()[SettlementItem.REGISTERS]
    move(cast, claim)
    move(cast, register, now=LATER)
    after = open_now()
    assert SettlementItem.CLAIMS not in after and register.number not in after.get(SettlementItem.REGISTERS, [])


# --- the wizard


def test_the_board_shows_where_each_month_stands_and_begins_a_settlement(cast: Cast) -> None:
    planned(cast, "8000.00")
    booked_entry(cast)
    with reading() as session:
        rows = {row.department_id: row for row in board(session, cast.clerk, 2026, NOW)}
        assert set(rows) == {cast.service.id}, "a clerk follows his own department"
        stands = [cell.stands for cell in rows[cast.service.id].cells]
        assert stands[9:] == [Stands.LATE, Stands.RUNNING, Stands.NOTHING]
        month = look_at(session, cast.clerk, cast.service.id, "202610", NOW)
        assert month and (month.spent, month.may_begin) == (Decimal("8000.00"), True)
        assert look_at(session, cast.clerk, cast.service2.id, "202610", NOW) is None
    with writing() as session:
        paper = begin(session, cast.clerk, cast.service.id, "202610", NOW)
        assert begin(session, cast.clerk, cast.service.id, "202610", NOW).id == paper.id
    assert _stands(cast, cast.clerk) == Stands.DRAFT
    paper = do(cast.clerk, paper, "submit")
    assert _stands(cast, cast.finance_head) == Stands.REVIEW
    confirm(cast, move(cast, paper, until="settlement_review"))
    assert _stands(cast, cast.general_manager) == Stands.CLOSED
    with reading() as session, pytest.raises(Refused):
        board(session, cast.stranger, 2026, NOW)


def test_a_month_is_late_once_the_last_day_of_its_settlement_has_passed(cast: Cast) -> None:
    """P7-9: the fifth working day after October is the sixth of November"""
    planned(cast, "8000.00")
    last = end_of_day(date(2026, 11, 6))
    assert _stands(cast, cast.clerk, last) == Stands.DUE
    assert _stands(cast, cast.clerk, last + timedelta(minutes=1)) == Stands.LATE
    with reading() as session:
        month = look_at(session, cast.clerk, cast.service.id, "202610", last)
    assert month and month.due_on == date(2026, 11, 6)


def _stands(cast: Cast, reader: Any, now: datetime = NOW) -> Stands:
    with reading() as session:
        row = next(one for one in board(session, reader, 2026, now) if one.department_id == cast.service.id)
        return row.cells[9].stands
