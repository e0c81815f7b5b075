"""Violation: heard first, then decided, and seen only by those who must (P2-8.1, P8-6.3)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from models import Document, Handling, Notice, Participant, Person, Role, State, Task, Violation
from services.access import deals_with, load_document, may_read, visible_documents
from services.accounts.handover import hand_over
from services.accounts.people import disable_person
from services.attachments import attach, open_attachment
from services.database import reading, writing
from services.documents.drafts import blank, keep
from services.engine.reminders import due_now, remind_one
from services.errors import Refused
from services.inbox import waiting_for
from services.lists import Filters, listing, related_papers
from services.prints.render import render
from tests import factories
from tests.factories import NOW, Cast
from tests.governance_story import (
    HANDLED,
    STATEMENT,
    finding,
    heard_violation,
    sent_inspection,
    sent_violation,
    violation_form,
)
from tests.services.documents.test_travel_request import said
from tests.services.test_attachments import pdf
from tests.services.test_prints import Paper
from tests.story import asked, detail, do, faults, finished_trip, hold, inbox, may, refusal, reload, sent_claim

MUST_SEE = {"finance_officer", "engineer", "finance_head", "general_manager", "budget_supervisor"}


def _fault(cast: Cast, **changes: Any) -> list[tuple[str, str]]:
    found = faults(sent_violation, cast, **changes)
    for fault in found:
        said(fault)
    return [(one.field, one.key) for one in found]


# --- its way


def test_nothing_is_decided_before_the_person_concerned_was_heard(cast: Cast) -> None:
    """P8-6.3"""
    paper = sent_violation(cast)
    assert (reload(paper).step, asked(paper)) == ("hear", {"engineer"})
    assert "approve" not in may(cast.finance_head, paper)
    assert [one.field for one in faults(do, cast.engineer, paper, "complete")] == ["statement"]
    do(cast.engineer, paper, "complete", **STATEMENT)
    assert asked(paper) == {"finance_head"}
    do(cast.finance_head, paper, "approve", **HANDLED)
    do(cast.general_manager, paper, "approve")
    assert asked(paper) == {"finance_officer"}
    (fault,) = faults(do, cast.finance_officer, paper, "complete", recovered_amount="380.01", recovered_on="2026-11-23")
    assert fault.key == "VL.fault.recovered_more"
    do(cast.finance_officer, paper, "complete", recovered_amount="380.00", recovered_on="2026-11-23")
    assert reload(paper).state == State.DONE
    own: Violation = detail(paper)
    assert (own.handling, own.statement, str(own.recovered_amount)) == (
        Handling.RECOVERY,
        STATEMENT["statement"],
        "380.00",
    )


@pytest.mark.parametrize(("came", "on"), [("0.00", None), ("100.00", "2026-11-23")])
def test_a_recovery_ends_short_only_with_a_reason(cast: Cast, came: str, on: str | None) -> None:
    """P8-6.3: nothing, or less than was decided; and nothing came back without a day"""
    paper = heard_violation(cast)
    do(cast.finance_head, paper, "approve", **HANDLED)
    do(cast.general_manager, paper, "approve")
    short = {"recovered_amount": came, "recovered_on": on}
    for reason in (None, "  "):
        (fault,) = faults(do, cast.finance_officer, paper, "complete", **short, shortfall_reason=reason)
        assert (fault.field, fault.key) == ("shortfall_reason", "VL.fault.shortfall_unexplained")
        said(fault)
    whole = {"recovered_amount": "380.00", "recovered_on": None, "shortfall_reason": "已全部追回"}
    found = [(one.field, one.key) for one in faults(do, cast.finance_officer, paper, "complete", **whole)]
    assert found == [("recovered_on", "fault.required"), ("shortfall_reason", "VL.fault.no_shortfall")]
    assert reload(paper).state == State.RUNNING
    do(cast.finance_officer, paper, "complete", **short, shortfall_reason="本人已离职，法务认定无法追偿")
    own: Violation = detail(paper)
    assert (reload(paper).state, str(own.recovered_amount)) == (State.DONE, came)
    assert own.shortfall_reason and "法务" in own.shortfall_reason


def test_a_warning_ends_with_the_general_manager(cast: Cast) -> None:
    paper = heard_violation(cast)
    warning = {"handling": "warning", "handling_note": "部门内批评教育", "to_recover": None}
    assert [one.key for one in faults(do, cast.finance_head, paper, "approve", **warning | {"to_recover": "1.00"})] == [
        "VL.fault.amount_without_recovery"
    ]
    do(cast.finance_head, paper, "approve", **warning)
    do(cast.general_manager, paper, "approve")
    assert reload(paper).state == State.DONE


def test_of_a_department_its_head_is_heard(cast: Cast) -> None:
    paper = sent_violation(cast, violator_id=None)
    assert asked(paper) == {"department_head"}


def test_whom_it_concerns_does_not_decide_on_it(cast: Cast) -> None:
    paper = sent_violation(cast, violator_id=cast.finance_head.id, responsible_department_id=cast.finance.id)
    do(cast.finance_head, paper, "complete", **STATEMENT)
    assert asked(paper) == {"finance_vp"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"clause": "P9-99"}, ("clause", "fault.option")),
        ({"clause": None}, ("clause", "fault.required")),
        ({"facts_found": " "}, ("facts_found", "fault.required")),
        ({"violator_id": "stranger"}, ("violator_id", "VL.fault.person_elsewhere")),
        ({"violator_id": "finance_officer", "responsible_department_id": "finance"}, ("violator_id", "VL.fault.own")),
        ({"violator_id": None, "responsible_department_id": "sales"}, ("violator_id", "VL.fault.nobody_to_hear")),
    ],
)
def test_what_is_wrong_is_said(cast: Cast, changes: dict[str, Any], found: tuple[str, str]) -> None:
    named = {key: getattr(cast, value).id if key.endswith("_id") and value else value for key, value in changes.items()}
    assert _fault(cast, **named) == [found]


# --- where it was found


def test_an_audited_claim_and_an_inspection_open_one_that_says_what_is_known(cast: Cast) -> None:
    """P8-6.3: found in an audit or an inspection, or typed by hand; the claim does not show whom it concerns"""
    claim = sent_claim(cast, finished_trip(cast))
    inspection = sent_inspection(cast)
    with reading() as session:
        found = blank(session, cast.finance_officer, "VL", NOW, claim.id)
        inspected = blank(session, cast.budget_supervisor, "VL", NOW, inspection.id)
        for nobody, source in (
            (cast.engineer, claim),
            (cast.department_head, claim),
            (cast.general_manager, inspection),
        ):
            assert refusal(blank, session, nobody, "VL", NOW, source.id).key == "draft.not_offered"
    assert (found["found_by"], found["source_paper_id"]) == ("audit", claim.id)
    assert (found["responsible_department_id"], found["violator_id"]) == (cast.service.id, cast.engineer.id)
    point = finding(cast)
    assert (inspected["found_by"], inspected["facts_found"]) == ("inspection", point["finding"])
    assert (inspected["clause"], inspected["responsible_department_id"]) == (
        point["clause"],
        point["finding_department_id"],
    )
    typed = violation_form(cast) | {"source_paper_id": claim.id}
    with writing() as session:
        kept = keep(session, cast.finance_officer, "VL", typed, token="from-claim", now=NOW, source_id=claim.id)  # noqa: S106
    paper = do(cast.finance_officer, kept, "submit")
    with reading() as session:
        for reader, seen in ((cast.finance_head, {paper.id}), (cast.department_head, set())):
            assert {one.id for one in related_papers(session, reader, claim, NOW) if one.kind == "VL"} == seen


# --- who sees it


def test_only_those_who_must_see_it_do_at_every_station(cast: Cast) -> None:
    """P2-8.1: no stranger, no head, no vice president, no administrator, by no way there is."""
    hold(cast.stranger, Role.MARKETING_MANAGER)
    everybody = {one.login: one for one in vars(cast).values() if isinstance(one, Person)}
    paper = sent_violation(cast)
    with writing() as session:
        file = attach(session, cast.engineer, paper, "凭证.pdf", pdf(), NOW)
    acts = (
        (cast.engineer, "complete", STATEMENT),
        (cast.finance_head, "approve", HANDLED),
        (cast.general_manager, "approve", {}),
    )
    for who, action, answers in acts:
        assert _who_sees(everybody, paper, file.id) == MUST_SEE
        do(who, paper, action, **answers)
    assert _who_sees(everybody, paper, file.id) == MUST_SEE
    for login in set(everybody) - MUST_SEE:
        assert refusal(do, everybody[login], paper, "comment").key == "access.not_found"
        assert may(everybody[login], paper) == set()
        with reading() as session:
            shown = deals_with(session, everybody[login], "VL")
        assert not shown, "not even the name of the list stands in his menu"


def _who_sees(everybody: dict[str, Person], paper: Document, file_id: int) -> set[str]:
    """By list, search, address, link and file; they must agree."""
    found = set()
    with reading() as session:
        for login, person in everybody.items():
            seen = session.exec(visible_documents(session, person, NOW)).all()
            words = Filters(text=paper.number or ""), Filters(text="P8-3.2"), Filters(kind="VL")
            ways = {
                may_read(session, person, paper, NOW),
                paper.id in {one.id for one in seen},
                *(bool(listing(session, person, one, NOW).count) for one in words),
                _opens(load_document, session, person, NOW, number=paper.number),
                _opens(open_attachment, session, person, file_id, NOW),
                _opens(render, session, person, paper, "decision", base_url="", now=NOW) if login in _PRINTS else
                may_read(session, person, paper, NOW),
            }  # fmt: skip
            assert len(ways) == 1, f"{login}: the ways do not agree"
            found |= {login} if ways.pop() else set()
    return found


_PRINTS = ("engineer", "department_head")
"""A print takes its time: one who reads it and one who does not."""


def _opens(way: Any, *what: Any, **how: Any) -> bool:
    try:
        way(*what, **how)
    except Refused as refused:
        assert refused.key in ("access.not_found", "file.not_found")
        return False
    return True


def test_nobody_deputises_for_whoever_is_to_be_heard(cast: Cast) -> None:
    with writing() as session:
        factories.delegation(session, cast.engineer, cast.engineer2, ends_on=date(2026, 12, 31))
    paper = sent_violation(cast)
    assert inbox(cast.engineer2) == [] and may(cast.engineer2, paper) == set()
    assert refusal(do, cast.engineer2, paper, "complete", **STATEMENT).key == "access.not_found"
    with reading() as session:
        told = session.exec(select(Notice.person_id).where(Notice.document_id == paper.id)).all()
    assert cast.engineer2.id not in told


def test_nobody_above_is_told_that_he_says_nothing(cast: Cast) -> None:
    paper = sent_violation(cast)
    late = NOW + timedelta(days=20)
    with writing() as session:
        for task in due_now(session, late):
            remind_one(session, task, late)
    with reading() as session:
        people = set(session.exec(select(Participant.person_id).where(Participant.document_id == paper.id)))
        told = set(session.exec(select(Notice.person_id).where(Notice.document_id == paper.id)))
    assert people == {cast.engineer.id}
    assert told <= {cast.engineer.id, cast.finance_officer.id}


def test_who_leaves_is_not_heard_by_his_successor_nor_by_his_head(cast: Cast) -> None:
    paper = sent_violation(cast)
    with writing() as session:
        hand_over(session, cast.administrator, cast.engineer.id, cast.engineer2.id, NOW)
        disable_person(session, cast.administrator, cast.engineer.id, NOW)
    assert asked(paper) == {"budget_supervisor"}
    with reading() as session:
        assert not may_read(session, cast.engineer2, paper, NOW)
        assert waiting_for(session, cast.department_head, NOW) == []
        task = session.exec(select(Task).where(Task.document_id == paper.id)).one()
    assert task.role == Role.BUDGET_SUPERVISOR


def test_the_decision_prints_in_both_languages(cast: Cast) -> None:
    paper = heard_violation(cast)
    do(cast.finance_head, paper, "approve", **HANDLED)
    with reading() as session:
        for language, words in (("zh", "违规处理单"), ("en", "Decision on a violation")):
            pdf = render(session, cast.engineer, paper, "decision", language=language, base_url="", now=NOW)
            printed = Paper(pdf)
            assert printed.says(words, "380.00", cast.engineer.name, "P8-3.2")
            assert printed.outside() == []
