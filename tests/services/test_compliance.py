"""Every clause of the policies has its place and its state, reckoned from the records of a month."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from models import Balance, BudgetCategory, Person
from services.calendar import end_of_day
from services.compliance import (
    RULES,
    ClauseState,
    Standing,
    compliance,
    counts,
    months_to_look_at,
    others_behind,
    papers_behind,
)
from services.compliance.export import compliance_to_excel
from services.compliance.found import Found
from services.compliance.policy import clauses
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import check
from services.errors import Refused
from services.texts import LANGUAGES, has_text
from tests.complaint_story import at_step, sent_complaint
from tests.factories import NOW, Cast
from tests.story import (
    agreed_request,
    booked_entry,
    decree,
    do,
    draft,
    finished_trip,
    granted_outside,
    month_form,
    open_tasks,
    paid_advance,
    sent_month,
    sent_settlement,
)

MONTH = f"{NOW:%Y%m}"


def states(by: Person, now: datetime = NOW, month: str = MONTH) -> dict[str, ClauseState]:
    with reading() as session:
        return {one.clause.id: one for one in compliance(session, by, month, now)}


# --- every clause


def test_a_clause_is_counted_or_says_why_not() -> None:
    assert set(RULES) == set(clauses())
    for clause, rule in RULES.items():
        assert rule.homes, clause
        assert all(has_text(language, f"compliance.figure.{rule.figure}") for language in LANGUAGES), clause


def test_the_home_of_a_rule_exists(cast: Cast) -> None:
    from pages.menu import pages_for

    with reading() as session:
        pages = {page.url_path for menu in pages_for(session, cast.general_manager, NOW).values() for page in menu}
    homes = {home for rule in RULES.values() for home in rule.homes}
    assert homes <= pages | set(KINDS)


def test_where_nothing_happened_nothing_is_broken(cast: Cast) -> None:
    found = states(cast.general_manager)
    assert found["P1-6.1"].standing == Standing.NO_CASE
    assert found["P2-1.3"].standing == Standing.UNCOUNTED
    assert found["P9-2"].standing == Standing.NO_CASE
    assert sum(counts(found.values()).values()) == len(clauses())


# --- how one stands


@pytest.mark.parametrize(
    ("found", "target", "standing"),
    [
        (Found(0), 100, Standing.NO_CASE),
        (Found(0, near=1), 100, Standing.AT_RISK),
        (Found(20), 100, Standing.KEPT),
        (Found(20, (1,)), 100, Standing.BROKEN),
        (Found(20, (1,)), 95, Standing.AT_RISK),
        (Found(20, (1, 2)), 95, Standing.BROKEN),
        (Found(20, at_risk=(3,)), 100, Standing.AT_RISK),
        (Found(3, others=(("x",),)), 100, Standing.BROKEN),
    ],
)
def test_kept_at_risk_broken(found: Found, target: int, standing: Standing) -> None:
    """A target that is met but not by all is a risk; below it the rule is broken."""
    assert found.standing(target) == standing


def test_an_answer_in_time_keeps_the_rule_and_a_late_one_breaks_it(cast: Cast) -> None:
    """P1-6.1: 24 clock hours"""
    at_step(cast, "verify")
    missed = sent_complaint(cast)
    before, after = states(cast.general_manager)["P1-6.1"], states(cast.general_manager, NOW + timedelta(days=2))
    assert (before.standing, before.found) == (Standing.KEPT, Found(1))
    late = after["P1-6.1"]
    assert late.standing == Standing.BROKEN and late.found and late.found.broken == (missed.id,)
    assert late.figure[1] == {"kept": 1, "applied": 2}
    assert late.standing == after["P5-7.2"].standing


def test_a_promise_about_to_lapse_is_a_risk(cast: Cast) -> None:
    paper = sent_complaint(cast)
    found = states(cast.general_manager, NOW + timedelta(hours=20))["P1-6.1"]
    assert found.standing == Standing.AT_RISK and found.found and found.found.at_risk == (paper.id,)


def test_spending_that_was_approved_keeps_the_rules_of_the_budget(cast: Cast) -> None:
    """P2-4.1, P2-5.1a, P7-8a"""
    granted_outside(cast)
    found = states(cast.finance_head)
    assert {found[one].standing for one in ("P2-4.1", "P2-4.3", "P7-7")} == {Standing.KEPT}


def test_spending_recorded_late_is_named(cast: Cast) -> None:
    """P9-3.2b: the same day"""
    paper = agreed_request(cast)
    due = open_tasks(paper)[0].due_at
    assert due
    found = states(cast.general_manager, due + timedelta(days=1), f"{due:%Y%m}")["P9-3.2b"]
    assert found.standing == Standing.BROKEN and found.found and found.found.broken == (paper.id,)


def test_a_past_month_is_not_touched_by_what_comes_after(cast: Cast) -> None:
    sent_complaint(cast)
    later = NOW + timedelta(days=60)
    months = months_to_look_at(later)
    assert MONTH in months and f"{later:%Y%m}" == months[0]
    assert states(cast.general_manager, later, months[0])["P1-6.1"].standing == Standing.NO_CASE


# --- what is to be done once a month is over


def at_its_end(day: str, *, after: bool = False) -> datetime:
    """A minute before a day of the company ends, or after."""
    return end_of_day(date.fromisoformat(day)) + timedelta(minutes=1 if after else -1)


@pytest.mark.parametrize(
    ("clause", "last_day"),
    [
        ("P2-2.2", "2026-12-07"),
        ("P7-9", "2026-12-07"),
        ("P9-6a", "2026-12-07"),
        ("P8-4.3", "2026-12-14"),
        ("P1-4.4b", "2026-12-14"),
        ("P2-3.1", "2026-12-10"),
        ("P1-7.2", "2027-01-28"),
    ],
)
def test_a_duty_of_the_month_before_is_a_risk_until_its_last_day_has_passed(
    cast: Cast, clause: str, last_day: str
) -> None:
    """P2-2.2, P7-9, P9-6a: 5 working days; P8-4.3, P1-4.4b: 10; P1-7.2: 20 after the quarter; P2-3.1: 10 December"""
    booked_entry(cast, month="2026-11")
    finished_trip(cast)
    at_step(cast, "verify")
    month = last_day[:7].replace("-", "")
    first = states(cast.general_manager, at_its_end(f"{last_day[:8]}01"), month)[clause]
    before = states(cast.general_manager, at_its_end(last_day), month)[clause]
    after = states(cast.general_manager, at_its_end(last_day, after=True), month)[clause]
    assert (first.standing, before.standing) == (Standing.AT_RISK, Standing.AT_RISK)
    assert before.due == date.fromisoformat(last_day) and before.pending and before.figure[1]["kept"] == 0
    assert after.standing == Standing.BROKEN and after.due is None and not after.pending
    assert after.found and after.found.others == before.pending


def test_the_days_are_a_setting(cast: Cast) -> None:
    """P6-5: from the day on which the general manager has approved another number"""
    booked_entry(cast, month="2026-11")
    decree("settlement.due_days", 6)
    late = at_its_end("2026-12-07", after=True)
    assert states(cast.finance_head, late, "202612")["P7-9"].standing == Standing.AT_RISK


def test_a_december_is_due_after_its_year_is_shut(cast: Cast) -> None:
    """P2-2.3: 15 January, and 5 working days"""
    with writing() as session:
        spent = {"month": "202612", "category": BudgetCategory.SALARIES, "spent": Decimal("8.00")}
        session.add(Balance(department_id=cast.service.id, **spent))
    assert states(cast.finance_head, at_its_end("2027-01-22"), "202701")["P7-9"].standing == Standing.AT_RISK
    later = at_its_end("2027-01-22", after=True)
    assert states(cast.finance_head, later, "202701")["P7-9"].standing == Standing.BROKEN


def test_a_month_in_which_nothing_was_spent_and_nobody_complained_owes_nothing(cast: Cast) -> None:
    """P1-4.4b, P2-2.2, P7-9, P8-4.3, P9-6a; P1-7.2: the portal was not in use in the quarter before"""
    found = states(cast.general_manager)
    owed = ("P1-4.4b", "P2-2.2", "P7-9", "P8-4.3", "P9-6a", "P1-7.2")
    assert {found[one].standing for one in owed} == {Standing.NO_CASE}


# --- a month that is settled, and money that was taken along


def test_a_settlement_that_finance_looks_at_is_a_risk_and_one_that_nobody_sent_breaks_the_rule(cast: Cast) -> None:
    """P2-2.2, P7-9: reported when it is sent, booked when finance has closed the month"""
    booked_entry(cast)
    assert {states(cast.finance_head)[one].standing for one in ("P2-2.2", "P7-9")} == {Standing.BROKEN}
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MS", month_form(cast), NOW)
        why = {one.mark: "编制空缺" for one in KINDS["MS"].warnings(filled)}  # type: ignore[misc]
    sent_month(cast, reasons=why)
    found = states(cast.finance_head)
    assert (found["P2-2.2"].standing, found["P7-9"].standing) == (Standing.AT_RISK, Standing.KEPT)
    month_over = states(cast.finance_head, NOW + timedelta(days=30))
    assert month_over["P2-2.2"].standing == Standing.BROKEN
    assert month_over["P2-2.2"].found and month_over["P2-2.2"].found.others == ((cast.service.name,),)


def test_an_open_point_breaks_the_rule_once_finance_has_sent_the_settlement_back(cast: Cast) -> None:
    """P8-4.4: explained, it is a risk"""
    december = NOW + timedelta(days=12)
    finished_trip(cast)
    with reading() as session:
        filled, _ = check(session, cast.clerk, "MS", month_form(cast, month="2026-11"), december)
        why = {one.mark: "十二月初补报" for one in KINDS["MS"].warnings(filled)}  # type: ignore[misc]
    paper = draft(cast.clerk, "MS", month_form(cast, month="2026-11", reasons=why), now=december)
    do(cast.clerk, paper, "submit", now=december)
    month = f"{december:%Y%m}"
    found = states(cast.finance_head, december, month)["P8-4.4"]
    assert found.standing == Standing.AT_RISK and found.found and found.found.at_risk == (paper.id,)
    do(cast.department_head, paper, "approve", now=december)
    do(cast.finance_officer, paper, "return", note="请补齐报销", now=december)
    assert states(cast.finance_head, december, month)["P8-4.4"].standing == Standing.BROKEN


def test_receipts_handed_in_by_the_day_keep_the_rule_though_they_are_still_looked_at(cast: Cast) -> None:
    """P9-5b"""
    advance = paid_advance(cast)
    late = NOW + timedelta(days=60)
    month = f"{late:%Y%m}"
    broken = states(cast.finance_head, late, month)["P9-5b"]
    assert broken.standing == Standing.BROKEN and broken.found and broken.found.broken == (advance.id,)
    sent_settlement(cast, advance, "400.00")
    found = states(cast.finance_head, late, month)["P9-5b"]
    assert found.standing == Standing.AT_RISK and found.found and found.found.at_risk == (advance.id,)


# --- who sees what


def test_a_paper_behind_a_figure_is_shown_to_those_who_may_read_it(cast: Cast) -> None:
    missed = sent_complaint(cast)
    later = NOW + timedelta(days=2)
    state = states(cast.general_manager, later)["P1-6.1"]
    with reading() as session:
        assert [one.id for one in papers_behind(session, cast.general_manager, state, later)] == [missed.id]
        assert papers_behind(session, cast.finance_head, state, later) == []


def test_names_of_people_and_customers_are_for_those_who_look_after_them(cast: Cast) -> None:
    """P4-1.2: a head reads how many are overdue, and by name only in the list of his own department"""
    state = replace(states(cast.general_manager)["P4-1.2"], found=Found(2, others=(("x",), ("y",))))
    with reading() as session:
        assert others_behind(session, cast.general_manager, state) == (("x",), ("y",))
        assert others_behind(session, cast.department_head, state) == ()


@pytest.mark.parametrize("role", ["engineer", "stranger", "administrator", "cashier"])
def test_others_are_refused(cast: Cast, role: str) -> None:
    with reading() as session, pytest.raises(Refused, match=r"compliance\.not_yours"):
        compliance(session, getattr(cast, role), MONTH, NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_leaves_as_excel(cast: Cast, language: str) -> None:
    missed = sent_complaint(cast)
    with reading() as session:
        data = compliance_to_excel(session, cast.general_manager, MONTH, NOW + timedelta(days=2), language=language)
    rows = list(openpyxl.load_workbook(BytesIO(data)).active.iter_rows(values_only=True))
    assert len(rows) == 1 + len(clauses())
    (row,) = [row for row in rows if row[0] == "P1-6.1"]
    assert missed.number in row
