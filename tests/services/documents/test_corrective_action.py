"""Corrective actions: opened, taken on, carried out by the owners of measures, verified (P3-2.1b, P7-11b)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import Document, Measure, Person, State
from services.corrective_actions import open_action
from services.database import reading, writing
from services.documents.drafts import blank
from services.engine import rehome_tasks
from services.reports.open_actions import actions_to_excel, chased, late
from services.texts import text
from tests.action_story import BY, carried_out, done, drafted_action, measure, plan, sent_action, taken_on, verified
from tests.complaint_story import at_step
from tests.complaint_story import step as complaint_step
from tests.factories import NOW, Cast
from tests.services.test_prints import printed
from tests.story import asked, detail, do, events, faults, inbox, may, refusal, reload, waits_for


def measures(paper: Document) -> list[Measure]:
    with reading() as session:
        return list(session.exec(select(Measure).where(Measure.document_id == paper.id)))


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str, int | None]]:
    return {(one.field, one.key, one.line) for one in faults(attempt, *what, **how)}


# --- its way


def test_it_is_its_departments_paper_and_waits_for_its_head(cast: Cast) -> None:
    """P7-11b"""
    paper = sent_action(cast)
    assert (paper.number, paper.department_id, paper.step) == ("CX-202611-0001", cast.service.id, "take_on")
    assert asked(paper) == {"department_head"}
    assert waits_for(cast.department_head, paper, NOW)


def test_the_owners_of_the_measures_are_asked_each_for_his_own(cast: Cast) -> None:
    """P3-2.1b: solved with other departments"""
    paper = taken_on(cast, measure(cast.engineer), measure(cast.production_engineer), measure(cast.engineer))
    assert asked(paper) == {"engineer", "production_engineer"}
    assert inbox(cast.engineer, NOW)[0].due_at and inbox(cast.engineer, NOW)[0].due_at.date() == BY
    lacking = keys(do, cast.engineer, paper, "complete", now=NOW, **done(1))
    assert lacking == {("done_on", "fault.required", 3), ("evidence", "fault.required", 3)}
    paper = do(cast.engineer, paper, "complete", now=NOW, **done(1, 2, 3))
    assert [one.done_on is not None for one in measures(paper)] == [True, False, True], "the second is not his to tick"
    assert asked(paper) == {"production_engineer"} and may(cast.engineer, paper, NOW) == {"comment"}
    paper = do(cast.production_engineer, paper, "complete", now=NOW, **done(2))
    assert (paper.step, asked(paper)) == ("verify_effect", {"quality_inspector"})


def test_it_ends_once_it_is_found_to_be_effective(cast: Cast) -> None:
    """P7-11b"""
    paper = verified(cast)
    assert paper.state == State.DONE
    assert detail(paper).effect == "低温试验 3 次无泄漏"


def test_what_is_not_effective_is_carried_out_again_and_says_why(cast: Cast) -> None:
    paper = do(cast.quality_inspector, carried_out(cast), "not_effective", now=NOW, note="试验仍有 1 次泄漏")
    assert (paper.step, asked(paper)) == ("carry_out", {"engineer"})
    assert measures(paper)[0].done_on is None and measures(paper)[0].evidence
    assert events(paper)[-1].note == "试验仍有 1 次泄漏"
    assert faults(do, cast.quality_inspector, carried_out(cast), "not_effective", now=NOW)[0].field == "note"


def test_how_a_budget_is_kept_is_verified_by_the_budget_supervisors(cast: Cast) -> None:
    """P2-6.3, P8-6.2"""
    paper = carried_out(cast, action_kind="budget")
    assert (paper.step, asked(paper)) == ("verify_budget", {"budget_supervisor"})
    assert "complete" not in may(cast.quality_inspector, paper, NOW)


def test_the_head_may_turn_it_down_with_a_reason(cast: Cast) -> None:
    paper = do(cast.department_head, sent_action(cast), "reject", now=NOW, note="属采购问题")
    assert paper.state == State.REJECTED


def test_whoever_opened_it_may_give_it_up_until_it_is_verified(cast: Cast) -> None:
    paper = do(cast.service_administrator, carried_out(cast), "cancel", now=NOW, note="与 CX-1 重复")
    assert paper.state == State.CANCELLED
    assert "cancel" not in may(cast.service_administrator, verified(cast), NOW)


def test_a_head_who_opens_one_for_his_own_department_does_not_take_it_on_himself(cast: Cast) -> None:
    assert asked(sent_action(cast, cast.department_head)) == {"vice_president"}


def test_who_has_left_is_answered_for_by_his_head(cast: Cast) -> None:
    paper = taken_on(cast, measure(cast.engineer), measure(cast.production_engineer))
    with writing() as session:
        leaving = session.get_one(Person, cast.engineer.id)
        leaving.active = False
        rehome_tasks(session, leaving, [], NOW)
    assert asked(paper) == {"department_head", "production_engineer"}
    paper = do(cast.department_head, paper, "complete", now=NOW, **done(1, 2))
    assert [one.done_on is not None for one in measures(paper)] == [True, False]


# --- what is wrong


def test_nothing_is_put_right_by_a_day_that_is_over(cast: Cast) -> None:
    yesterday = (NOW - timedelta(days=1)).date().isoformat()
    assert keys(sent_action, cast, rectify_by=yesterday) == {("rectify_by", "CX.fault.in_past", None)}


def test_a_measure_has_an_owner_and_a_day_within_the_actions_own(cast: Cast) -> None:
    paper = sent_action(cast)
    late_one = measure(cast.engineer, due_on=(BY + timedelta(days=1)).isoformat())
    past = measure(cast.engineer, due_on=(NOW - timedelta(days=1)).date().isoformat())
    own = measure(cast.quality_inspector)
    assert keys(do, cast.department_head, paper, "approve", now=NOW, **plan(late_one, past, own)) == {
        ("due_on", "CX.fault.after_deadline", 1),
        ("due_on", "CX.fault.in_past", 2),
        ("owner_id", "CX.fault.owner_verifies", 3),
    }
    assert keys(do, cast.department_head, paper, "approve", now=NOW, root_cause="x") == {
        ("measures", "fault.no_lines", None)
    }


@pytest.mark.parametrize("days", [-1, 1])
def test_what_is_done_was_done_since_it_was_opened_and_not_tomorrow(cast: Cast, days: int) -> None:
    day = (NOW + timedelta(days=days)).date().isoformat()
    found = keys(do, cast.engineer, taken_on(cast), "complete", now=NOW, **done(1, done_on=day))
    assert found == {("done_on", "CX.fault.not_done_then", 1)}


def test_who_may_open_one_and_who_may_not(cast: Cast) -> None:
    for who in (cast.quality_inspector, cast.department_head, cast.finance_head, cast.budget_supervisor):
        assert drafted_action(cast, who).state == State.DRAFT
    for who in (cast.engineer, cast.clerk, cast.stranger, cast.administrator):
        assert refusal(drafted_action, cast, who).key == "draft.may_not_start"


def test_a_stranger_sees_nothing_of_it(cast: Cast) -> None:
    paper = taken_on(cast)
    assert may(cast.stranger, paper, NOW) == set() and not waits_for(cast.stranger, paper, NOW)
    assert refusal(do, cast.stranger, paper, "complete", now=NOW, **done(1)).key == "access.not_found"


# --- from a complaint


def test_from_a_complaint_what_is_known_is_filled_in(cast: Cast) -> None:
    """P3-2.1b"""
    case = at_step(cast, "plan", on_the_way={"analyse": {"cause_category": "design"}})
    with reading() as session:
        opened = blank(session, cast.quality_inspector, "CX", NOW, case.id)
    assert opened["about_id"] == case.id and opened["action_source"] == "complaint"
    assert (opened["action_kind"], opened["handling_department_id"]) == ("design", cast.quality.id)
    assert opened["problem"].startswith("2 号制动缸漏风") and opened["known_cause"] == "密封圈低温硬化"


def test_a_case_is_not_closed_over_an_open_action_of_it(cast: Cast) -> None:
    """Issue 6, bad input: the numbers are named"""
    case = at_step(cast, "feed_back")
    open_ones = [sent_action(cast, action_source="complaint", about_id=case.id), taken_on(cast, about_id=case.id,
                 action_source="complaint")]  # fmt: skip
    verified(cast, action_source="complaint", about_id=case.id)
    refused = refusal(complaint_step, cast, case)
    assert refused.key == "CP.refused.action_open"
    assert refused.facts["actions"] == "CX-202611-0001, CX-202611-0002"
    assert all(one.number in text("zh", refused.key, **refused.facts) for one in open_ones)
    for one in open_ones:
        step_back = "withdraw" if one.step == "take_on" else "cancel"
        do(cast.service_administrator, one, step_back, now=NOW, note="并入他单")
    assert complaint_step(cast, reload(case)).state == State.DONE


def test_another_kind_opens_one_by_one_call(cast: Cast) -> None:
    """P7-11b"""
    case = at_step(cast, "feed_back")
    with writing() as session:
        changes = {"action_kind": "process", "handling_department_id": cast.service.id, "rectify_by": BY.isoformat()}
        paper = open_action(session, cast.quality_inspector, case, "cx-of-cp", now=NOW, **changes)
    assert (paper.number, paper.step, paper.source_id) == ("CX-202611-0001", "take_on", case.id)
    assert detail(paper).about_id == case.id
    with pytest.raises(Exception, match="CX"), writing() as session:
        open_action(session, cast.quality_inspector, case, "again", now=NOW, rectify_by="2020-01-01")


# --- chased and printed


def test_open_ones_are_chased_by_owner_and_day_the_late_on_top(cast: Cast) -> None:
    """P7-11b"""
    waiting = sent_action(cast)
    sooner = measure(cast.engineer, due_on=NOW.date().isoformat())
    running = taken_on(cast, measure(cast.production_engineer), sooner)
    verified(cast)
    with reading() as session:
        found = chased(session, cast.quality_inspector, NOW + timedelta(days=1), "zh")
        assert chased(session, cast.stranger, NOW, "zh") == []
        assert actions_to_excel(session, cast.quality_inspector, NOW, language="en")[:2] == b"PK"
    assert [(row.number, row.owner, row.days_late) for row in found] == [
        (running.number, cast.engineer.name, 1),
        (waiting.number, cast.department_head.name, 0),
        (running.number, cast.production_engineer.name, 0),
    ]
    assert late(found) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_prints_with_its_measures(cast: Cast, language: str) -> None:
    with reading() as session:
        paper = session.get_one(Document, verified(cast).id)
        sheet = printed(session, cast.quality_inspector, paper, "action", language)
    sheet.says(
        "密封圈选型不适应低温", "改用耐寒密封圈", "图纸更改单 2026-118", "低温试验 3 次无泄漏", cast.engineer.name
    )
    assert not sheet.outside()
