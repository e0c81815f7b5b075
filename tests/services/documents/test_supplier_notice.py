"""Supplier notice: written at once, sent as a letter, tracked until it is solved (P3-2.3a, P3-2.3b)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from pypdfium2 import PdfDocument

from models import Document, Person, State
from services.database import reading
from services.documents.drafts import blank
from services.documents.folder import offered_from
from services.documents.marks import marks_of
from services.documents.recovery import left_of
from services.engine.promises import clocks_of
from services.errors import Invalid
from services.prints.render import prints_for, render
from tests.complaint_story import at_step
from tests.factories import NOW, Cast
from tests.parts_story import (
    ANSWERED,
    NEEDED,
    SENT,
    SOLVED,
    TODAY,
    drafted_notice,
    head_of_quality,
    sent_notice,
    solved_notice,
    springs,
)
from tests.services.engine.test_together import together
from tests.story import asked, detail, do, draft, faults, may, open_tasks, refusal, reload


@pytest.fixture(autouse=True)
def quality_head(cast: Cast) -> Person:
    return head_of_quality(cast)


def test_a_notice_is_sent_answered_and_solved_and_the_head_confirms(cast: Cast, quality_head: Person) -> None:
    """P3-2.3a, P3-2.3b"""
    paper = sent_notice(cast)
    assert (paper.amount, asked(paper), paper.step) == (Decimal("3000.00"), {"purchaser"}, "notice_send")
    paper = do(cast.purchaser, paper, "complete", now=NOW, **SENT)
    with reading() as session:
        [clock] = clocks_of(session, [paper.id])
    assert clock.key == "supplier_answer" and f"{clock.due_at:%Y-%m-%d}" == "2026-11-26", "three working days"
    assert open_tasks(paper)[0].due_at == clock.due_at
    paper = do(cast.purchaser, paper, "complete", now=NOW, **ANSWERED)
    assert f"{open_tasks(paper)[0].due_at:%Y-%m-%d}" == NEEDED
    paper = do(cast.purchaser, paper, "complete", now=NOW, **SOLVED)
    assert asked(paper) == {"quality_head"} and detail(paper).solved is True
    paper = do(quality_head, paper, "not_solved", now=NOW, note="仍有一只卡滞")
    assert paper.step == "notice_solve"
    paper = do(cast.purchaser, paper, "complete", now=NOW, **SOLVED)
    assert do(quality_head, paper, "complete", now=NOW).state == State.DONE


def test_whoever_handles_the_complaint_confirms_and_reads_it(cast: Cast, quality_head: Person) -> None:
    """P3-2.3b: reported to after-sales until it is solved"""
    case = at_step(cast, "contact")
    paper = solved_notice(cast, serves=case.number)
    assert asked(paper) == {"engineer"} and "complete" not in may(quality_head, paper, NOW)
    assert do(cast.engineer, paper, "complete", now=NOW).state == State.DONE


def test_the_letter_says_what_the_clause_asks_for_in_chinese(cast: Cast) -> None:
    """P3-2.3a: problem, model, quantity, site, contact, phone, deadline, who bears the cost"""
    paper = sent_notice(cast)
    with reading() as session:
        data = render(session, cast.purchaser, paper, "letter", language="en", base_url="", now=NOW)
    text = "".join(PdfDocument(data)[0].get_textpage().get_text_range().split())
    for said in ("海曙气动", "低温卡滞", "EV-24D", "4", "西安机务段", "李工", "029-1111", "2026年11月30日", "3,000.00"):
        assert said in text, said
    assert "费用承担" in text and "由贵公司承担" in text


def test_a_large_claim_is_the_heads_to_decide_before_the_letter_is_there(cast: Cast, quality_head: Person) -> None:
    """P3-2.3a"""
    assert sent_notice(cast, claimed_amount="9999.99").step == "notice_send"
    paper = sent_notice(cast, claimed_amount="10000.00")
    assert asked(paper) == {"quality_head"}
    with reading() as session:
        assert prints_for(session, paper) == []
    paper = do(quality_head, paper, "approve", now=NOW)
    with reading() as session:
        assert [one.key for one in prints_for(session, paper)] == ["letter"]


def test_what_is_missing_or_wrong_is_refused(cast: Cast) -> None:
    """P3-2.3a: a notice without a deadline is not sent"""
    wrong = {
        "solve_by": None,
        "first_contact_on": "2026-11-24",
        "claimed_amount": None,
        "supplier_id": springs().id,
        "serves": "CP-202611-9999",
    }
    found = {one.field: one.key for one in faults(do, cast.purchaser, drafted_notice(cast, **wrong), "submit", now=NOW)}
    assert found == {
        "solve_by": "fault.required",
        "first_contact_on": "SN.fault.in_future",
        "claimed_amount": "fault.required",
        "supplier_id": "SN.fault.productions",
        "serves": "fault.no_such_case",
    }
    late = drafted_notice(cast, solve_by="2026-11-22", cost_bearing="company", claimed_amount="9.00")
    assert [one.key for one in faults(do, cast.purchaser, late, "submit", now=NOW)] == ["SN.fault.solve_in_past"]
    assert sent_notice(cast, cost_bearing="company", claimed_amount="9.00").amount is None


def test_each_step_is_held_to_what_happened(cast: Cast) -> None:
    """P3-2.3a: in writing; P3-2.3b"""
    paper, tomorrow = sent_notice(cast), (NOW + timedelta(days=1)).date().isoformat()

    def keys(**answers: object) -> list[str]:
        return [one.key for one in faults(do, cast.purchaser, paper, "complete", now=NOW, **answers)]

    assert keys(sent_on=tomorrow, sent_way="phone") == ["SN.fault.in_writing", "SN.fault.in_future"]
    paper = do(cast.purchaser, paper, "complete", now=NOW, **SENT)
    assert keys(**ANSWERED | {"answered_on": "2026-11-22", "accepted_amount": "3000.01"}) == [
        "SN.fault.before",
        "SN.fault.above_claim",
    ]
    paper = do(cast.purchaser, paper, "complete", now=NOW, **ANSWERED)
    assert keys(solved_on=TODAY, rating=6) == ["fault.at_most"]


def test_a_supplier_who_does_not_solve_it_is_marked(cast: Cast) -> None:
    paper = sent_notice(cast)
    for answers in (SENT, ANSWERED):
        paper = do(cast.purchaser, paper, "complete", now=NOW, **answers)
    paper = do(cast.purchaser, paper, "supplier_failed", now=NOW, note="未派人", **SOLVED | {"rating": 1})
    with reading() as session:
        assert [one.key for one in marks_of(session, [("SN", paper.id)], NOW)[paper.id]] == ["SN.mark.failed"]


def test_what_he_agreed_to_bear_is_claimed_as_income_once(cast: Cast, quality_head: Person) -> None:
    """P3-2.3a, P8-5.1: the income is filled in; it counts among the case's recoveries"""
    case = at_step(cast, "contact")
    paper = sent_notice(cast, serves=case.number)
    assert not claims(cast.purchaser, paper), "nothing is agreed yet"
    for answers in (SENT, ANSWERED):
        paper = do(cast.purchaser, paper, "complete", now=NOW, **answers)
    with reading() as session:
        raw = blank(session, cast.purchaser, "RV", NOW, paper.id)
    assert (raw["income_kind"], raw["income_amount"], raw["serves"]) == ("from_supplier", "2000.00", case.number)
    much = draft(cast.purchaser, "RV", raw | {"income_amount": "2000.01"}, source=paper)
    assert [one.key for one in faults(do, cast.purchaser, much, "submit", now=NOW)] == ["RV.fault.above_agreed"]
    income = do(
        cast.purchaser, draft(cast.purchaser, "RV", raw | {"income_amount": "1500.00"}, source=paper), "submit", now=NOW
    )
    assert claims(cast.purchaser, paper) and not claims(cast.quality_inspector, paper)
    with reading() as session:
        assert left_of(session, paper) == Decimal("500.00")
    for said in (case.number, paper.number):
        by_hand = draft(cast.purchaser, "RV", raw | {"serves": said, "income_amount": "500.01"})
        assert [one.key for one in faults(do, cast.purchaser, by_hand, "submit", now=NOW)] == ["RV.fault.above_agreed"]
    do(cast.purchaser, draft(cast.purchaser, "RV", raw | {"income_amount": "500.00"}), "submit", now=NOW)
    with reading() as session:
        assert left_of(session, paper) == Decimal("0.00")
    do(quality_head, income, "reject", now=NOW, note="金额有误")
    with reading() as session:
        assert left_of(session, paper) == Decimal("1500.00")


def test_of_two_claims_on_one_notice_sent_at_once_one_comes_second(cast: Cast, quality_head: Person) -> None:
    """P3-2.3a: together they are no more than he agreed to bear, whichever database decides"""
    paper = sent_notice(cast)
    for answers in (SENT, ANSWERED):
        paper = do(cast.purchaser, paper, "complete", now=NOW, **answers)
    with reading() as session:
        raw = blank(session, cast.purchaser, "RV", NOW, paper.id) | {"income_amount": "1500.00"}
    from_it = draft(cast.purchaser, "RV", raw, source=paper)
    by_hand = draft(cast.purchaser, "RV", raw | {"serves": paper.number})
    results = together(*(partial(do, cast.purchaser, one, "submit", now=NOW) for one in (from_it, by_hand)))
    refused = [one for one in results if isinstance(one, Invalid)]
    assert [[fault.key for fault in one.faults] for one in refused] == [["RV.fault.above_agreed"]]
    with reading() as session:
        assert left_of(session, paper) == Decimal("500.00")


def test_a_notice_is_not_given_up_while_it_is_claimed_on(cast: Cast, quality_head: Person) -> None:
    """P8-5.4: it is what the income rests on"""
    paper = sent_notice(cast)
    for answers in (SENT, ANSWERED):
        paper = do(cast.purchaser, paper, "complete", now=NOW, **answers)
    with reading() as session:
        raw = blank(session, cast.purchaser, "RV", NOW, paper.id)
    income = do(cast.purchaser, draft(cast.purchaser, "RV", raw, source=paper), "submit", now=NOW)
    said = refusal(do, cast.purchaser, paper, "cancel", now=NOW, note="x")
    assert (said.key, said.facts) == ("SN.refused.claimed", {"number": income.number})
    do(quality_head, income, "reject", now=NOW, note="金额有误")
    assert do(cast.purchaser, paper, "cancel", now=NOW, note="x").state == State.CANCELLED


def claims(who: Person, paper: Document) -> bool:
    with reading() as session:
        return [one.kind for one in offered_from(session, who, reload(paper), [], NOW)] == ["RV"]


def test_nobody_else_writes_or_sends_one(cast: Cast) -> None:
    """P3-2.3a: outsourced: production; purchased: purchasing"""
    assert refusal(drafted_notice, cast, cast.engineer).key == "draft.may_not_start"
    spring = {"supplier_id": springs().id}
    assert sent_notice(cast, cast.production_engineer, **spring).step == "notice_send"
    paper = sent_notice(cast)
    assert refusal(do, cast.production_engineer, paper, "complete", now=NOW, **SENT).key == "action.not_allowed"
    assert refusal(do, cast.engineer, paper, "complete", now=NOW, **SENT).key == "access.not_found"
