"""Budget control: each category on the plan up to the month and on the year's, to the fen (P2-5.1a, P2-5.1b)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Balance, Basis, BudgetCategory, Document, Posting, Response, State
from services.database import reading, writing
from services.documents import KINDS
from services.documents.budgeted import looked_at
from services.documents.drafts import check
from services.documents.warned import explained
from services.money import control, ledger
from services.money.control import Look
from services.money.ledger import BudgetLine, Cost
from tests import factories
from tests.factories import NOW, Cast
from tests.services.documents.test_travel_request import said
from tests.story import (
    BACK,
    LATER,
    agreed_request,
    approved_trip,
    claim_at,
    decree,
    do,
    draft,
    drafted_claim,
    drafted_request,
    drafted_trip,
    estimate,
    faults,
    finished_trip,
    move,
    paid_claim,
    refusal,
    reload,
    retype,
    sent_trip,
    voucher,
)

OTHER, MATERIALS = BudgetCategory.OTHER, BudgetCategory.MATERIALS
FEN = Decimal("0.01")


def issue(cast: Cast, amounts: dict[str, Any], category: BudgetCategory = OTHER, **more: Any) -> Document:
    """Finance issues a budget for the service department: month -> yuan."""
    return post(cast, Posting.ISSUED, amounts, category, **more)


def post(
    cast: Cast, posting: Posting, amounts: dict[str, Any], category: BudgetCategory = OTHER, department: Any = None
) -> Document:
    lines = [
        BudgetLine(month, (department or cast.service).id, category, Decimal(amount))
        for month, amount in amounts.items()
    ]
    with writing() as session:
        paper = factories.travel_request(session, cast.engineer)
        ledger.allot(session, paper, posting, lines, NOW)
        return paper


def spent(cast: Cast, month: str, amount: Any, expense: str = "train") -> Document:
    """Something was spent, whatever the control would have said to it."""
    with writing() as session:
        paper = factories.travel_request(session, cast.engineer)
        ledger.spend(session, paper, [Cost(month, cast.expense[expense].id, Decimal(amount))], NOW)
        return paper


def controls(*rows: tuple[BudgetCategory, Response, Response]) -> None:
    names = ("category", "month_response", "year_response")
    decree("budget.control", [dict(zip(names, row, strict=True)) for row in rows])


def asked(cast: Cast, amounts: dict[str, Any], category: BudgetCategory = OTHER, now: datetime = NOW) -> list[Look]:
    """What the control says to a paper that asks for this."""
    lines = [BudgetLine(month, cast.service.id, category, Decimal(amount)) for month, amount in amounts.items()]
    with reading() as session:
        return control.look(session, lines, now)


def answer(cast: Cast, amounts: dict[str, Any], category: BudgetCategory = OTHER) -> tuple[Basis, Response] | None:
    (one,) = asked(cast, amounts, category)
    return (one.basis, one.response) if one.response else None


# --- the limit, to the fen


@pytest.mark.parametrize(("amount", "response"), [("300.00", None), ("300.01", Response.STOP)])
def test_at_the_limit_passes_and_one_fen_above_is_stopped(cast: Cast, amount: str, response: Any) -> None:
    """P2-5.1a: 1,000 up to November, 400 reserved and 300 spent"""
    issue(cast, {"202601": "400.00", "202611": "600.00", "202612": "5000.00"})
    spent(cast, "202602", "300.00")
    approved_trip(cast, estimates=[estimate(cast, "train", "400.00")])
    (one,) = asked(cast, {"202611": amount})
    assert (one.plan, one.reserved, one.spent, one.left) == tuple(
        map(Decimal, ("1000.00", "400.00", "300.00", "300.00"))
    )
    assert (one.response, one.missing) == (response, max(Decimal(amount) - 300, Decimal(0)))


@given(
    plan=st.lists(st.integers(0, 10**6), min_size=12, max_size=12),
    used=st.lists(st.integers(0, 10**5), min_size=12, max_size=12),
    month=st.integers(1, 12),
)
def test_whatever_the_plan_what_is_left_fits_and_a_fen_more_does_not(
    plan: list[int], used: list[int], month: int
) -> None:
    """P2-5.1a: what is left in a month is the least that is left up to it or any later month"""
    figures = {
        (f"2026{n + 1:02d}", OTHER): (Decimal(plan[n]) / 100, Decimal(0), Decimal(used[n]) / 100) for n in range(12)
    }
    stand = control._Stand(1, "2026", True, frozenset(), figures)
    free = [sum(plan[: n + 1]) - sum(used[: n + 1]) for n in range(month - 1, 12)]
    least = Decimal(min(free)) / 100

    def response(amount: Decimal) -> Response | None:
        one = control._Asked()
        one.add(BudgetLine(f"2026{month:02d}", 1, OTHER, amount))
        (found,) = control._looked(stand, OTHER, one, (Response.STOP, Response.STOP), Decimal(1))
        return found.response

    assert response(max(least, Decimal(0)) + FEN) == Response.STOP
    if least > 0:
        assert response(least) is None


def test_what_was_not_used_in_earlier_months_is_there_in_later_ones(cast: Cast) -> None:
    issue(cast, {"202601": "100.00", "202602": "100.00", "202603": "100.00"})
    assert answer(cast, {"202601": "100.01"}) == (Basis.MONTH, Response.STOP)
    assert answer(cast, {"202603": "300.00"}) is None


def test_what_later_months_have_taken_already_is_not_there_any_more(cast: Cast) -> None:
    """Else January could spend again what February has spent of both."""
    issue(cast, {"202601": "100.00", "202602": "100.00", "202603": "0.01"})
    spent(cast, "202602", "200.00")
    (one,) = asked(cast, {"202601": "50.00"})
    assert (one.month, one.until, one.basis, one.response) == ("202601", "202602", Basis.MONTH, Response.STOP)
    assert one.missing == Decimal("50.00")


def test_the_year_is_a_limit_of_its_own(cast: Cast) -> None:
    """P2-5.1a: with the months only warned of, the year still stops"""
    issue(cast, {"202601": "100.00", "202612": "900.00"})
    controls((OTHER, Response.WARN, Response.STOP))
    assert answer(cast, {"202601": "100.00"}) is None
    assert answer(cast, {"202601": "100.01"}) == (Basis.MONTH, Response.WARN)
    assert answer(cast, {"202601": "1000.01"}) == (Basis.YEAR, Response.STOP)


@pytest.mark.parametrize("in_month", Response)
@pytest.mark.parametrize("in_year", Response)
def test_each_of_the_two_is_stopped_warned_of_or_ignored(cast: Cast, in_month: Response, in_year: Response) -> None:
    issue(cast, {"202601": "100.00", "202612": "100.00"})
    controls((OTHER, in_month, in_year))
    answered = {Response.STOP: Response.STOP, Response.WARN: Response.WARN, Response.IGNORE: None}
    (month,) = asked(cast, {"202601": "150.00"})
    assert month.response == answered[in_month]
    (year,) = asked(cast, {"202601": "250.00"})
    strictest = min((in_month, in_year), key=[Response.STOP, Response.WARN, Response.IGNORE].index)
    assert year.response == answered[strictest]
    (december,) = asked(cast, {"202612": "250.00"})
    assert december.response == answered[strictest], "in December the month's plan is the year's"


def test_a_category_pays_nothing_for_another(cast: Cast) -> None:
    """P2-5.1b"""
    issue(cast, {"202611": "100.00"})
    issue(cast, {"202611": "9000.00"}, MATERIALS)
    assert answer(cast, {"202611": "100.01"}) == (Basis.MONTH, Response.STOP)
    assert answer(cast, {"202611": "9000.00"}, MATERIALS) is None
    assert answer(cast, {"202611": "0.01"}, BudgetCategory.TRAINING) == (Basis.MONTH, Response.STOP)


def test_each_category_has_its_own_answer(cast: Cast) -> None:
    issue(cast, {"202611": "1.00"})
    controls((MATERIALS, Response.WARN, Response.WARN))
    assert answer(cast, {"202611": "2.00"}, MATERIALS) == (Basis.MONTH, Response.WARN)
    assert answer(cast, {"202611": "2.00"}) == (Basis.MONTH, Response.STOP), "no row of the setting names it"


def test_a_department_pays_nothing_for_another(cast: Cast) -> None:
    issue(cast, {"202611": "9000.00"}, department=cast.finance)
    issue(cast, {"202611": "10.00"})
    assert answer(cast, {"202611": "10.01"}) == (Basis.MONTH, Response.STOP)


def test_a_year_pays_nothing_for_another(cast: Cast) -> None:
    issue(cast, {"202612": "100.00", "202701": "100.00"})
    first, second = asked(cast, {"202612": "100.00", "202701": "100.01"})
    assert (first.response, second.response, second.month) == (None, Response.STOP, "202701")


def test_money_that_was_granted_or_moved_counts(cast: Cast) -> None:
    """P7-7, P2-4.1"""
    issue(cast, {"202611": "100.00"})
    post(cast, Posting.GRANTED, {"202611": "50.00"})
    post(cast, Posting.ADJUSTED, {"202611": "-20.00"})
    assert answer(cast, {"202611": "130.00"}) is None
    assert answer(cast, {"202611": "130.01"}) == (Basis.MONTH, Response.STOP)


# --- until the budget is issued


def test_until_the_budget_is_issued_a_month_may_spend_what_it_did_last_year(cast: Cast) -> None:
    spent(cast, "202501", "1.00")
    spent(cast, "202511", "200.00")
    assert answer(cast, {"202611": "200.00"}) is None
    assert answer(cast, {"202611": "200.01"}) == (Basis.PROVISIONAL, Response.STOP)
    assert answer(cast, {"202610": "0.01"}) == (Basis.PROVISIONAL, Response.STOP), "each month for itself"
    decree("budget.provisional_percent", 50)
    assert answer(cast, {"202611": "100.01"}) == (Basis.PROVISIONAL, Response.STOP)
    post(cast, Posting.GRANTED, {"202611": "0.01"})
    assert answer(cast, {"202611": "100.01"}) is None, "what was granted besides"
    issue(cast, {"202611": "500.00"})
    assert answer(cast, {"202611": "500.01"}) is None, "once it is issued the plan counts, with what was granted"


def test_after_a_year_with_a_budget_last_years_month_is_the_limit_though_nothing_was_spent_in_it(cast: Cast) -> None:
    issue(cast, {"202511": "100.00"})
    assert answer(cast, {"202611": "0.01"}) == (Basis.PROVISIONAL, Response.STOP)


def test_a_portal_without_a_budget_and_without_figures_of_the_whole_last_year_stops_nothing(cast: Cast) -> None:
    assert asked(cast, {"202611": "9999.00"}) == []
    spent(cast, "202511", "200.00")
    assert asked(cast, {"202611": "9999.00"}) == [], "it began in the middle of last year"
    issue(cast, {"202701": "1.00"})
    assert asked(cast, {"202611": "9999.00"}) == [], "next year's budget says nothing of this one"


# --- papers that are typed and sent


def _stopped(found: list[Any]) -> list[tuple[str, str | None, int | None, str]]:
    for fault in found:
        said(fault)
    return [(fault.field, fault.table, fault.line, fault.key) for fault in found]


def test_a_trip_above_its_budget_is_not_sent_and_the_line_is_named_with_its_numbers(cast: Cast) -> None:
    """P2-5.1a, P7-8a"""
    issue(cast, {"202611": "1799.99"})
    trip = drafted_trip(cast)
    found = faults(do, cast.engineer, trip, "submit")
    assert _stopped(found) == [("amount", "estimates", 2, "budget_control.over.month")]
    facts = found[0].facts
    assert (facts["left"], facts["asked"], facts["missing"]) == (Decimal("1799.99"), Decimal("1800.00"), FEN)
    assert (facts["department"], facts["month"]) == (cast.service.name, "2026-11")
    post(cast, Posting.GRANTED, {"202611": FEN})
    assert do(cast.engineer, trip, "submit").state == State.RUNNING


def test_who_signs_last_finds_the_money_gone_and_cannot_reserve_it(cast: Cast) -> None:
    """P2-5.1a: between sending and approval another trip took it"""
    issue(cast, {"202611": "1800.00"})
    first, second = sent_trip(cast), sent_trip(cast, cast.clerk)
    do(cast.department_head, first, "approve")
    do(cast.department_head, second, "approve")
    do(cast.office_director, second, "approve")
    refused = refusal(do, cast.office_director, first, "approve")
    assert (refused.key, refused.facts["left"]) == ("budget_control.over.month", Decimal("0.00"))
    do(cast.clerk, second, "cancel", note="不去了")
    assert do(cast.office_director, first, "approve").step == "travel", "a trip that is given up leaves its money"


def test_a_request_that_its_trips_estimate_covers_asks_for_nothing_new(cast: Cast) -> None:
    """P9-3.2a: what was estimated is not asked for twice"""
    trip = approved_trip(cast, estimates=[estimate(cast, "entertainment", "200.00")])
    issue(cast, {"202611": "300.00"})
    fits = drafted_request(cast, trip, asked_amount="300.00")
    assert do(cast.engineer, fits, "submit").state == State.RUNNING
    more = drafted_request(cast, trip, asked_amount="300.01")
    (fault,) = faults(do, cast.engineer, more, "submit")
    assert (fault.field, fault.facts["asked"]) == ("asked_amount", Decimal("100.01"))


def test_a_claim_within_its_reservation_passes_though_nothing_else_is_left(cast: Cast) -> None:
    """Two trips took all; the claim of one spends what was kept for it."""
    trip = finished_trip(cast, estimates=[estimate(cast, "train", "80.00")])
    issue(cast, {"202611": "80.00"})
    claim = drafted_claim(cast, trip, vouchers=[voucher(cast, "train", "80.00")], allowance_days=0)
    claim = do(cast.engineer, claim, "submit", now=BACK)
    assert move(cast, claim, until="payment", now=BACK).approved_at


def test_of_a_claim_only_what_is_above_its_reservation_is_asked_for(cast: Cast) -> None:
    trip = finished_trip(cast, estimates=[estimate(cast, "train", "80.00")])
    issue(cast, {"202611": "80.00"})
    rows = [voucher(cast, "train", "80.00"), voucher(cast, "local", "0.01")]
    claim = drafted_claim(cast, trip, vouchers=rows, allowance_days=0)
    (fault,) = faults(do, cast.engineer, claim, "submit", now=BACK)
    assert (fault.table, fault.line, fault.facts["asked"], fault.facts["missing"]) == ("vouchers", 2, FEN, FEN)


def test_the_audit_does_not_spend_what_went_to_others_meanwhile_but_may_cut_the_claim(cast: Cast) -> None:
    """P2-5.1a, P8-3.4: of the dinner, which no reservation covers, a fen is missing"""
    issue(cast, {"202611": "4000.00"})
    issue(cast, {"202611": "300.00"}, BudgetCategory.PROJECTS)
    claim = claim_at(cast, "finance_audit")
    spent(cast, "202611", "1950.01")
    refused = refusal(do, cast.finance_officer, claim, "approve", now=BACK)
    assert (refused.key, refused.facts["missing"]) == ("budget_control.over.month", FEN)
    cut = {"vouchers": {3: {"audited_amount": "249.99", "audit_reason": "超标准"}}}
    assert do(cast.finance_officer, claim, "approve", now=BACK, lines=cut).approved_at == BACK


def test_what_takes_money_back_always_passes(cast: Cast) -> None:
    """P2-2.4: also while more is spent than planned; the money that the claim let go is reserved again"""
    claim = paid_claim(cast)
    issue(cast, {"202611": "1.00"})
    do(cast.engineer, claim, "reverse", note="重复报销", now=LATER)
    assert do(cast.finance_officer, claim, "approve", now=LATER).state == State.REVERSED
    with reading() as session:
        balance = session.get_one(Balance, ("202611", cast.service.id, OTHER))
        assert (balance.spent, balance.reserved) == (Decimal("0.00"), Decimal("1800.00"))


def test_an_overspent_line_takes_nothing_more_before_all_of_it_is_covered(cast: Cast) -> None:
    issue(cast, {"202611": "100.00"})
    spent(cast, "202611", "150.00")
    (one,) = asked(cast, {"202611": "10.00"})
    assert (one.left, one.missing) == (Decimal("-50.00"), Decimal("60.00"))


def test_a_warning_needs_its_reason_and_whoever_signs_reads_both(cast: Cast) -> None:
    """P2-5.1a: a category that is only warned of"""
    issue(cast, {"202611": "1000.00"})
    controls((OTHER, Response.WARN, Response.WARN))
    trip = drafted_trip(cast)
    assert [fault.key for fault in faults(do, cast.engineer, trip, "submit")] == ["fault.reason_needed"]
    with reading() as session:
        paper = reload(trip)
        filled, _ = check(session, cast.engineer, "TR", paper.draft or {}, NOW, paper)
        warn = KINDS["TR"].warnings
        assert warn
        (warned,) = warn(filled)
    said(warned.fault)
    retype(cast.engineer, trip, reasons={warned.mark: "客户急修，月底调整"})
    trip = do(cast.engineer, trip, "submit")
    with reading() as session:
        (one,) = explained(session, cast.department_head, reload(trip), KINDS["TR"], NOW)
    assert (one.warned.mark, one.reason, one.warned.blocks) == (warned.mark, "客户急修，月底调整", False)
    trip = move(cast, trip, until="travel")
    with reading() as session:
        assert explained(session, cast.department_head, reload(trip), KINDS["TR"], NOW) == [], "it has its money"
    do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-27")
    with reading() as session:
        (kept,) = explained(session, cast.department_head, reload(trip), KINDS["TR"], NOW)
    assert (kept.reason, kept.warned.fault.facts["category"].key) == ("客户急修，月底调整", "category.other")


def test_a_reason_holds_for_the_amount_it_was_given_for(cast: Cast) -> None:
    issue(cast, {"202611": "1000.00"})
    controls((OTHER, Response.WARN, Response.WARN))
    marks = set()
    for amount in ("1500.00", "1500.00", "1500.01"):
        trip = drafted_trip(cast, estimates=[estimate(cast, "train", amount)])
        with reading() as session:
            filled, _ = check(session, cast.engineer, "TR", trip.draft or {}, NOW, trip)
            warn = KINDS["TR"].warnings
            assert warn
            marks |= {one.mark for one in warn(filled)}
    assert len(marks) == 2


def test_while_typing_each_line_that_is_touched_is_shown_with_what_is_left_after(cast: Cast) -> None:
    issue(cast, {"202611": "5000.00"})
    issue(cast, {"202611": "300.00"}, MATERIALS)
    lines = [estimate(cast, "train", "1000.00"), estimate(cast, "materials", "400.00"), estimate(cast, "local", "1.00")]
    trip = drafted_trip(cast, estimates=lines)
    budget = KINDS["TR"].budget
    assert budget
    with reading() as session:
        filled, _ = check(session, cast.engineer, "TR", trip.draft or {}, NOW, trip)
        found = {one.category: (one.left, one.asked, one.after) for one in looked_at(budget, filled)}
    assert found == {
        OTHER: (Decimal("5000.00"), Decimal("1001.00"), Decimal("3999.00")),
        MATERIALS: (Decimal("300.00"), Decimal("400.00"), Decimal("-100.00")),
    }


def test_a_half_typed_paper_asks_for_what_is_there(cast: Cast) -> None:
    issue(cast, {"202611": "5000.00"})
    half = draft(cast.engineer, "TR", {"starts_on": "2026-11-25", "estimates": [estimate(cast, "train", "abc")]})
    for paper in (half, draft(cast.engineer, "SR", {"planned_on": "x"}), draft(cast.engineer, "EC", {})):
        budget = KINDS[paper.kind].budget
        assert budget
        with reading() as session:
            filled, _ = check(session, cast.engineer, paper.kind, paper.draft or {}, NOW, paper)
            assert looked_at(budget, filled) == []


def test_a_request_spends_what_it_reserved(cast: Cast) -> None:
    """The whole way of one budget: asked, agreed, claimed, and not a fen is left or missing."""
    trip = finished_trip(cast, estimates=[estimate(cast, "entertainment", "300.00")])
    issue(cast, {"202611": "300.00"})
    request = do(
        cast.engineer,
        agreed_request(cast, trip),
        "complete",
        spent_on="2026-11-26",
        spent_place="西安",
        spent_amount="300.00",
        spent_matter="工作餐",
        spent_guests="李工",
        spent_headcount=3,
    )
    rows = [voucher(cast, "entertainment", "300.00", request_id=request.id)]
    claim = drafted_claim(cast, trip, vouchers=rows, allowance_days=0)
    move(cast, do(cast.engineer, claim, "submit", now=BACK), until="payment", now=BACK)
    with reading() as session:
        balance = session.get_one(Balance, ("202611", cast.service.id, OTHER))
        assert (balance.budget, balance.reserved, balance.spent) == (
            Decimal("300.00"),
            Decimal("0.00"),
            Decimal("300.00"),
        )
