"""Budget adjustment: lines lose and gain once the heads of all departments touched, finance and the general manager
agree (P7-7, P7-3, P2-5.1b).
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models import Balance, BudgetCategory, Document, Posting, Role, State
from services.accounts.people import disable_person
from services.database import reading, writing
from services.documents import KINDS
from services.documents.budget_effect import moves_of, moves_while_typed
from services.documents.company_plans import came_too_late
from services.documents.drafts import blank, check
from services.documents.papers import raw_of
from services.engine.preview import preview
from services.engine.soundness import problems as unsound
from services.inbox import waiting_for
from services.money import control, ledger
from services.money.ledger import BudgetLine, Cost
from services.prints.render import render
from services.routes import Of, Owner
from tests import factories
from tests.factories import NOW, Cast
from tests.services.documents.test_travel_request import said
from tests.services.money.test_control import spent
from tests.services.test_prints import Paper
from tests.story import (
    adjustment_line,
    asked,
    detail,
    do,
    draft,
    drafted_adjustment,
    faults,
    hold,
    issued,
    may,
    move,
    open_tasks,
    plan_line,
    refusal,
    reload,
    reviewed_plan,
    sent_adjustment,
    sent_company_budget,
)

OTHER, TRAINING = BudgetCategory.OTHER, BudgetCategory.TRAINING


def budget(cast: Cast, category: BudgetCategory = OTHER, month: str = "202611", department: Any = None) -> Decimal:
    with reading() as session:
        found = session.get(Balance, (month, (department or cast.service).id, category))
        return found.budget if found else Decimal("0.00")


def between_departments(cast: Cast, **changes: Any) -> Document:
    """300 go from the first to the second service room; both have a budget."""
    issued(cast, BudgetLine("202611", cast.service2.id, OTHER, Decimal("50.00")))
    given = [adjustment_line(cast, "300.00", department_id=cast.service2.id)]
    return sent_adjustment(cast, **({"given": given} | changes))


def _fault(cast: Cast, **changes: Any) -> list[tuple[str, str | None, int | None, str]]:
    found = faults(sent_adjustment, cast, **changes)
    for fault in found:
        said(fault)
    return [(one.field, one.table, one.line, one.key) for one in found]


# --- its way


def test_money_moves_between_categories_once_all_three_agree(cast: Cast) -> None:
    """P7-7, P2-5.1b"""
    paper = sent_adjustment(cast)
    for who in (cast.department_head, cast.finance_head, cast.general_manager):
        assert (budget(cast), budget(cast, TRAINING)) == (Decimal("1000.00"), Decimal("0.00"))
        assert asked(paper) == {who.login}
        do(who, paper, "approve")
    assert (budget(cast), budget(cast, TRAINING)) == (Decimal("700.00"), Decimal("300.00"))
    assert (reload(paper).state, reload(paper).amount) == (State.DONE, Decimal("300.00"))
    with reading() as session:
        posted = [(one.posting, one.category, one.amount) for one in ledger.entries_of(session, paper)]
        assert list(ledger.problems(session)) == []
    assert posted == [
        (Posting.ADJUSTED, OTHER, Decimal("-300.00")),
        (Posting.ADJUSTED, TRAINING, Decimal("300.00")),
    ]
    assert sum(amount for *_, amount in posted) == 0


def test_money_moves_between_months(cast: Cast) -> None:
    given = [adjustment_line(cast, "300.00", month="2026-12")]
    move(cast, sent_adjustment(cast, given=given))
    assert (budget(cast), budget(cast, month="202612")) == (Decimal("700.00"), Decimal("300.00"))


def test_money_is_added_to_a_line(cast: Cast) -> None:
    move(cast, sent_adjustment(cast, taken=[], given=[adjustment_line(cast, "300.00")]))
    assert budget(cast) == Decimal("1300.00")


def test_the_heads_of_all_departments_touched_are_asked_at_once_and_each_has_to_agree(cast: Cast) -> None:
    """P7-7, DOCUMENTS.md (BA): heads of all departments touched"""
    paper = between_departments(cast)
    assert detail(paper).department_ids == sorted([cast.service.id, cast.service2.id])
    assert asked(paper) == {"department_head", "other_head"}
    do(cast.other_head, paper, "approve")
    assert (reload(paper).step, asked(paper)) == ("department_heads", {"department_head"})
    do(cast.department_head, paper, "approve")
    assert reload(paper).step == "finance_head"
    move(cast, paper)
    assert budget(cast, department=cast.service2) == Decimal("350.00")


@pytest.mark.parametrize("action", ["return", "reject"])
def test_one_head_alone_can_say_no(cast: Cast, action: str) -> None:
    paper = between_departments(cast)
    do(cast.department_head, paper, "approve")
    do(cast.other_head, paper, action)
    assert reload(paper).state in (State.RETURNED, State.REJECTED)
    assert budget(cast) == Decimal("1000.00")


def test_who_is_asked_is_known_while_it_is_typed(cast: Cast) -> None:
    issued(cast, BudgetLine("202611", cast.service2.id, OTHER, Decimal("50.00")))
    half = drafted_adjustment(cast, given=[{"department_id": cast.service2.id}], reason="")
    with reading() as session:
        filled, _ = check(session, cast.clerk, "BA", half.draft or {}, NOW, half)
        stations = preview(session, cast.clerk, filled, "BA", NOW)
    heads = [person.login for one in stations if one.step == "department_heads" for person in one.people]
    assert heads == ["department_head", "other_head"]


def test_a_paper_without_a_line_asks_nobody_yet(cast: Cast) -> None:
    with reading() as session:
        filled, _ = check(session, cast.clerk, "BA", {}, NOW)
        stations = preview(session, cast.clerk, filled, "BA", NOW)
    assert stations[0].problem and stations[0].problem.key == "engine.nobody_named"


def test_a_head_does_not_agree_to_his_own_adjustment(cast: Cast) -> None:
    """DESIGN.md: nobody decides on his own paper; the vice president stands in, beside the other head"""
    issued(cast, BudgetLine("202611", cast.service2.id, OTHER, Decimal("50.00")))
    given = [adjustment_line(cast, "300.00", department_id=cast.service2.id)]
    paper = sent_adjustment(cast, cast.department_head, given=given)
    assert asked(paper) == {"vice_president", "other_head"}


def test_who_heads_both_departments_signs_once_and_somebody_else_for_the_other(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.other_head).active = False
    hold(cast.department_head, Role.DEPARTMENT_HEAD, cast.service2)
    hold(cast.vice_president, Role.VICE_PRESIDENT, cast.service2)
    paper = between_departments(cast)
    assert asked(paper) == {"department_head", "vice_president"}


def test_a_head_who_leaves_is_stood_in_for_in_his_own_department(cast: Cast) -> None:
    paper = between_departments(cast)
    do(cast.department_head, paper, "approve")
    with writing() as session:
        disable_person(session, cast.administrator, cast.other_head.id, NOW)
    (task,) = open_tasks(paper)
    assert asked(paper) and task.instead_of == Role.DEPARTMENT_HEAD
    assert "department_head" not in asked(paper)


def test_who_may_not_decide_on_it(cast: Cast) -> None:
    paper = between_departments(cast)
    for person in (cast.clerk, cast.engineer, cast.finance_head, cast.general_manager):
        assert "approve" not in may(person, paper)


def test_whoever_neither_plans_nor_heads_starts_none(cast: Cast) -> None:
    issued(cast)
    assert refusal(draft, cast.engineer, "BA", {}).key == "draft.may_not_start"


# --- what it may say


def test_an_adjustment_names_a_line(cast: Cast) -> None:
    assert _fault(cast, taken=[], given=[]) == [("given", None, None, "BA.fault.no_line")]


def test_a_line_stands_once(cast: Cast) -> None:
    given = [adjustment_line(cast, "300.00")]
    assert _fault(cast, given=given) == [("category", "given", 1, "BA.fault.twice")]


def test_it_is_about_one_year(cast: Cast) -> None:
    issued(cast, BudgetLine("202701", cast.service.id, OTHER, Decimal("50.00")))
    given = [adjustment_line(cast, "300.00", month="2027-01")]
    assert _fault(cast, given=given) == [("month", "given", 1, "BA.fault.other_year")]


def test_only_an_issued_budget_is_adjusted(cast: Cast) -> None:
    """P7-6"""
    given = [adjustment_line(cast, "300.00", department_id=cast.finance.id)]
    assert _fault(cast, given=given) == [("department_id", "given", 1, "BA.fault.not_issued")]


def test_a_department_whose_plan_came_too_late_gets_its_first_budget_by_an_adjustment(cast: Cast) -> None:
    """P7-6, P7-7: filled in from the plan that finance reviewed; from then on the control goes by it"""
    hold(cast.office_director, Role.CLERK, cast.service2)
    sheet = [plan_line(category.value, "600.00" if category == "other" else "0.00") for category in BudgetCategory]
    budget = move(cast, sent_company_budget(cast), until="issue")
    plan = reviewed_plan(cast, cast.office_director, lines=sheet)
    with reading() as session:
        assert not came_too_late(session, cast.office_director, plan, NOW), "the company's budget is not issued"
    do(cast.finance_officer, budget, "complete")
    with reading() as session:
        form = blank(session, cast.office_director, "BA", NOW, plan.id)
    assert len(form["given"]) == 12 and form["given"][0]["amount"] == "600.00"
    paper = move(cast, do(cast.office_director, draft(cast.office_director, "BA", form), "submit"))
    with reading() as session:
        assert {(one.posting, one.amount) for one in ledger.entries_of(session, paper)} == {
            (Posting.ISSUED, Decimal("600.00"))
        }
        assert control.is_issued(session, cast.service2.id, "2027")
        assert not came_too_late(session, cast.office_director, reload(plan), NOW)
        assert list(ledger.problems(session)) == []


def test_a_month_gives_no_more_than_is_planned_in_it(cast: Cast) -> None:
    taken = [adjustment_line(cast, "1000.01")]
    assert ("amount", "taken", 1, "BA.fault.above_plan") in _fault(cast, taken=taken)


@pytest.mark.parametrize(("amount", "passes"), [("399.99", True), ("400.00", True), ("400.01", False)])
def test_a_line_gives_no_more_than_is_left_of_it(cast: Cast, amount: str, passes: bool) -> None:
    """P7-7: never below what is spent and reserved, whatever the control's settings say"""
    spent(cast, "202611", "600.00")
    taken, given = [adjustment_line(cast, amount)], [adjustment_line(cast, amount, category="training")]
    if passes:
        move(cast, sent_adjustment(cast, taken=taken, given=given))
        assert budget(cast) == Decimal("1000.00") - Decimal(amount)
    else:
        assert _fault(cast, taken=taken, given=given) == [("amount", "taken", 1, "BA.fault.used")]


def test_what_earlier_months_left_may_be_needed_by_later_ones_already(cast: Cast) -> None:
    spent(cast, "202612", "900.00")
    assert _fault(cast) == [("amount", "taken", 1, "BA.fault.used")]


def test_what_is_spent_meanwhile_forbids_it(cast: Cast) -> None:
    paper = move(cast, sent_adjustment(cast), until="general_manager")
    spent(cast, "202611", "900.00")
    refused = refusal(do, cast.general_manager, paper, "approve")
    assert (refused.key, refused.facts["missing"]) == ("BA.fault.used", Decimal("200.00"))
    assert budget(cast) == Decimal("1000.00")


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "abc", None])
def test_amounts_are_above_nothing(cast: Cast, amount: Any) -> None:
    (fault,) = faults(sent_adjustment, cast, given=[adjustment_line(cast, amount, category="training")])
    assert (fault.table, fault.field) == ("given", "amount")


# --- undone


def test_it_is_undone_as_long_as_nobody_has_used_what_was_given(cast: Cast) -> None:
    paper = move(cast, sent_adjustment(cast))
    do(cast.clerk, paper, "reverse", note="培训取消")
    do(cast.general_manager, paper, "approve")
    assert (budget(cast), budget(cast, TRAINING)) == (Decimal("1000.00"), Decimal("0.00"))


def test_what_was_given_and_used_is_not_taken_back(cast: Cast) -> None:
    paper = move(cast, sent_adjustment(cast))
    with writing() as session:
        course = factories.expense_type(session, "course", category=TRAINING)
        other = factories.travel_request(session, cast.engineer)
        ledger.spend(session, other, [Cost("202611", course.id, Decimal("0.01"))], NOW)
    refused = refusal(do, cast.clerk, paper, "reverse", note="改回")
    assert (refused.key, refused.facts["missing"]) == ("BA.fault.used", Decimal("0.01"))


# --- routes and paper


def test_a_route_that_asks_one_head_instead_of_all_is_not_sound(cast: Cast) -> None:
    """P6-5"""
    kind = KINDS["BA"]
    one = replace(kind.route[0], owners=(Owner(Role.DEPARTMENT_HEAD, Of.APPLICANT),))
    with reading() as session:
        assert unsound(session, kind, kind.route, NOW) == []
        keys = [problem.key for problem in unsound(session, kind, (one, *kind.route[1:]), NOW)]
        assert "routes.problem.decision_weaker" in keys
        trip = KINDS["TR"]
        touched = replace(trip.route[0], owners=(Owner(Role.DEPARTMENT_HEAD, Of.TOUCHED),))
        keys = [problem.key for problem in unsound(session, trip, (touched, *trip.route[1:]), NOW)]
        assert "routes.problem.unknown_field" in keys, "a trip names no departments"


def test_it_prints_with_its_lines(cast: Cast) -> None:
    paper = move(cast, sent_adjustment(cast))
    with reading() as session:
        for language, words in (("zh", "培训提前到本月"), ("en", "Taken from")):
            pdf = render(session, cast.clerk, paper, "adjustment", language=language, base_url="", now=NOW)
            printed = Paper(pdf)
            assert printed.says(words, "300.00", "2026-11", cast.service.name, "蒋培元")
            assert printed.outside() == []


def test_whoever_decides_sees_what_is_left_of_each_line_and_what_will_be(cast: Cast) -> None:
    """P7-7: in the form, on the paper, and of the line that loses in the inbox."""
    paper = sent_adjustment(cast)
    with reading() as session:
        taken, given = moves_of(session, KINDS["BA"], reload(paper), NOW)
        assert (taken.left, taken.change, taken.after) == (Decimal("1000.00"), Decimal("-300.00"), Decimal("700.00"))
        assert (given.category, given.left, given.after) == (TRAINING, Decimal("0.00"), Decimal("300.00"))
        filled, _ = check(session, cast.clerk, "BA", raw_of(session, paper), NOW)
        assert moves_while_typed(KINDS["BA"], filled) == [taken, given]
        (row,) = waiting_for(session, cast.department_head, NOW, with_budget=True)
    assert row.left == Decimal("700.00")
