"""Complaints: taken in, and brought to their end on every branch of the route (P1-4, P4-2, P5)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import Channel, Complaint, ComplaintNature, CostShare, Document, State, Verdict, Warranty
from services.access import may_read
from services.attachments import attach
from services.database import reading, writing
from tests.complaint_story import (
    ANALYSIS,
    RECEIVED,
    SCORES,
    TODAY,
    answers,
    at_step,
    complaint_form,
    drafted_complaint,
    sent_complaint,
    step,
)
from tests.factories import NOW, Cast
from tests.services.test_attachments import pdf
from tests.story import do, draft, events, faults, inbox, may, open_tasks, refusal, reload, retype, told

YESTERDAY = (NOW - timedelta(days=1)).date().isoformat()
TOMORROW = (NOW + timedelta(days=1)).date().isoformat()
NON_QUALITY = {"verify": {"verdict": "non_quality"}}


def case(paper: Document) -> Complaint:
    with reading() as session:
        return session.get_one(Complaint, paper.id)


def way(paper: Document) -> list[str]:
    """The steps the paper has gone, each once, in order."""
    return list(dict.fromkeys(one.step for one in events(paper) if one.step))


def shares(paper: Document) -> list[CostShare]:
    with reading() as session:
        found = select(CostShare).where(CostShare.document_id == paper.id).order_by(col(CostShare.position))
        return list(session.exec(found))


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str]]:
    return {(one.field, one.key) for one in faults(attempt, *what, **how)}


# --- taking in


def test_a_complaint_is_numbered_and_passed_on_at_once(cast: Cast) -> None:
    """P1-4.1, P5-5.1b"""
    paper = sent_complaint(cast)
    assert paper.number == "CP-202611-0001"
    assert paper.step == "accept" and paper.title.startswith("西安地铁 制动单元 ZD-200 2 号制动缸漏风")
    assert [row.document_id for row in inbox(cast.sales_manager)] == [paper.id]
    assert open_tasks(paper)[0].due_at == NOW + timedelta(hours=5, minutes=30)  # 4 of work, with lunch between


@pytest.mark.parametrize("by", ["customer_service", "service_clerk"])
def test_both_who_speak_with_customers_take_in(cast: Cast, by: str) -> None:
    """P1-4.1, P4-2.1"""
    assert sent_complaint(cast, getattr(cast, by)).step == "accept"


@pytest.mark.parametrize("by", ["engineer", "department_head", "sales_manager", "stranger", "administrator"])
def test_nobody_else_takes_in(cast: Cast, by: str) -> None:
    assert refusal(drafted_complaint, cast, getattr(cast, by)).key == "draft.may_not_start"


def test_what_is_known_of_a_serial_number_is_filled_in(cast: Cast) -> None:
    """P3-1.1"""
    own = case(sent_complaint(cast, product_id=None, serial=" zd2511-0001 "))
    assert (own.serial, own.serial_known, own.bought_on) == ("ZD2511-0001", True, date(2025, 11, 23))
    assert (own.warranty, own.warranty_until) == (Warranty.RUNNING, date(2027, 11, 23))
    assert own.contract_number == "FW-2026-001"


def test_an_unknown_serial_number_is_taken_in_and_marked(cast: Cast) -> None:
    """P4-2.1"""
    paper = sent_complaint(cast, serial="X-1")
    assert case(paper).serial_known is False and case(paper).warranty == Warranty.UNKNOWN
    (row,) = inbox(cast.sales_manager)
    assert [mark.key for mark in row.marks] == ["CP.mark.unknown_serial"]


@pytest.mark.parametrize(
    ("bought_on", "warranty"),
    [("2024-11-23", Warranty.RUNNING), ("2024-11-22", Warranty.OVER), (None, Warranty.UNKNOWN)],
)
def test_the_warranty_covers_its_last_day(cast: Cast, bought_on: str | None, warranty: Warranty) -> None:
    """P3-1.1: 24 months"""
    own = case(sent_complaint(cast, serial=None, bought_on=bought_on))
    assert own.warranty == warranty and own.serial_known is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"received_at": (NOW + timedelta(minutes=5)).isoformat()}, ("received_at", "fault.received_in_future")),
        ({"received_at": "0001-01-01T00:00:00"}, ("received_at", "fault.date")),
        ({"bought_on": TOMORROW}, ("bought_on", "fault.in_future")),
        ({"bought_on": "9999-12-31"}, ("bought_on", "fault.date")),
        ({"serial": "X-1", "product_id": None}, ("product_id", "fault.required")),
        ({"customer_id": 9999}, ("customer_id", "fault.option")),
        ({"content": " \u200f "}, ("content", "fault.required")),
        ({"content": "x" * 20_001}, ("content", "fault.too_long")),
        ({"channel": "pigeon"}, ("channel", "fault.option")),
        ({"contact": None}, ("contact", "fault.required")),
    ],
)
def test_bad_input_is_named_beside_its_field(cast: Cast, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    paper = drafted_complaint(cast, **changes)
    assert fault in keys(do, cast.customer_service, paper, "submit", now=NOW)
    assert reload(paper).number is None


def test_twenty_thousand_characters_of_anything_are_kept_as_text(cast: Cast) -> None:
    content = ("漏风😀<b>x</b> *y* " * 2000)[:20_000].strip()
    paper = sent_complaint(cast, content="\u202e" + content)
    assert case(paper).content == content
    assert "\u202e" not in paper.title


def test_another_product_than_the_serial_numbers_is_pointed_out(cast: Cast) -> None:
    from tests import factories

    complaint_form(cast)
    with writing() as session:
        other = factories.product(session, "KYJ-900", "空气压缩机")
    paper = drafted_complaint(cast, product_id=other.id)
    assert ("product_id", "fault.other_product") in keys(do, cast.customer_service, paper, "submit", now=NOW)


def test_an_earlier_complaint_of_the_same_customer_is_proposed_for_thirty_days(cast: Cast) -> None:
    first = sent_complaint(cast)
    again = drafted_complaint(cast, related_id=first.id)
    assert do(cast.customer_service, again, "submit", now=NOW).step == "accept"
    late = NOW + timedelta(days=31)
    form = complaint_form(cast, related_id=first.id, received_at=late.isoformat())
    paper = draft(cast.customer_service, "CP", form, now=late)
    assert ("related_id", "fault.option") in keys(do, cast.customer_service, paper, "submit", now=late)


def test_whoever_took_it_in_may_withdraw_and_mend_it_until_it_is_taken_on(cast: Cast) -> None:
    paper = do(cast.customer_service, sent_complaint(cast), "withdraw", now=NOW)
    retype(cast.customer_service, paper, content="1 号制动缸漏风")
    paper = do(cast.customer_service, paper, "submit", now=NOW)
    assert case(paper).content == "1 号制动缸漏风" and paper.number == "CP-202611-0001"
    assert "withdraw" not in may(cast.customer_service, step(cast, paper), NOW)


# --- the whole route


def test_a_quality_complaint_from_the_call_to_the_feedback(cast: Cast) -> None:
    """P1-4.2b, P1-4.3, P1-4.4a, P4-1.3, P5-2, P5-5.1a, P5-6a, P5-6b, P5-6c: all stages of the rules, in order"""
    paper = at_step(cast, None)
    assert paper.state == State.DONE
    assert way(paper) == [
        "accept",
        "assign",
        "contact",
        "verify",
        "analyse",
        "responsibility",
        "plan",
        "plan_consent",
        "agree",
        "execute",
        "report",
        "notify",
        "survey",
        "allocate",
        "feed_back",
    ]
    own = case(paper)
    assert own.nature == ComplaintNature.QUALITY and own.score_overall == 5
    assert own.responsible_person_id == cast.technical_engineer.id


def test_a_quality_complaint_is_verified_and_analysed_by_all_who_have_to(cast: Cast) -> None:
    """P5-5.1a, P5-6a, P3-2.1a: the handler with the service administrator; production, technology and the handler"""
    paper = at_step(cast, "verify")
    assert len(open_tasks(paper)) == 2
    paper = do(cast.engineer, paper, "complete", now=NOW, **answers(cast, "verify"))
    assert paper.step == "verify" and case(paper).verified_at is None
    paper = do(cast.service_administrator, paper, "complete", now=NOW, **answers(cast, "verify"))
    assert case(paper).verified_at == NOW
    for who in (cast.production_engineer, cast.technical_engineer):
        assert do(who, paper, "complete", now=NOW, **ANALYSIS).step == "analyse"
    assert do(cast.engineer, paper, "complete", now=NOW, **ANALYSIS).step == "responsibility"


def test_a_complaint_not_of_quality_is_analysed_with_sales_and_its_costs_recovered(cast: Cast) -> None:
    """P5-5.2a, P5-5.2b"""
    paper = at_step(cast, None, on_the_way=NON_QUALITY)
    went = way(paper)
    assert "analyse_with_sales" in went and "recover" in went
    assert not {"analyse", "responsibility", "rnd", "dispute"} & set(went)
    assert case(paper).recovery


def test_an_unusual_problem_goes_to_technology_development(cast: Cast) -> None:
    """P5-6a"""
    paper = at_step(cast, "rnd", on_the_way={"analyse": {"unusual": True}})
    assert [row.document_id for row in inbox(cast.rnd_engineer)] == [paper.id]
    assert step(cast, paper).step == "responsibility"


def test_a_disputed_nature_is_decided_by_the_contract(cast: Cast) -> None:
    """P5-7.3"""
    paper = at_step(cast, "dispute", on_the_way={"verify": {"verdict": "disputed"}})
    assert case(paper).nature is None
    assert keys(do, cast.dispute_coordinator, paper, "complete", now=NOW, nature="quality") == {
        ("nature_term", "fault.required")
    }
    paper = step(cast, paper)
    own = case(paper)
    assert (own.verdict, own.nature, paper.step) == (
        Verdict.DISPUTED,
        ComplaintNature.NON_QUALITY,
        "analyse_with_sales",
    )


def test_a_solution_that_the_customer_disputes_is_settled_by_the_contract(cast: Cast) -> None:
    """P5-7.3"""
    paper = at_step(cast, "settle", on_the_way={"agree": {"consent": "disputed"}})
    assert step(cast, paper).step == "execute"
    assert case(paper).contract_term == "合同第 12 条"


def test_what_is_not_substantiated_is_reported_told_and_surveyed_but_not_carried_out(cast: Cast) -> None:
    """P1-4.2a, P1-4.3"""
    paper = at_step(cast, None, on_the_way={"verify": {"verdict": "unsubstantiated"}})
    assert way(paper)[3:] == ["verify", "report", "notify", "survey", "feed_back"]


def test_what_is_declined_is_told_with_its_reason_and_closed(cast: Cast) -> None:
    """P5-7.1"""
    paper = sent_complaint(cast)
    assert keys(do, cast.sales_manager, paper, "decline", now=NOW) == {("note", "action.needs_note")}
    paper = do(cast.sales_manager, paper, "decline", now=NOW, note="不是本公司产品")
    assert paper.step == "notify" and case(paper).declined
    paper = step(cast, paper)
    assert paper.step == "feed_back"
    assert step(cast, paper).state == State.DONE


def test_the_sales_manager_has_the_last_word_on_a_plan_that_sales_does_not_agree_to(cast: Cast) -> None:
    """P5-7.1, P5-6a"""
    paper = step(cast, at_step(cast, "plan_consent"), "disagree")
    assert paper.step == "plan_decision"
    paper = step(cast, paper, "replan")
    assert paper.step == "plan"
    paper = step(cast, step(cast, step(cast, paper), "disagree"))
    assert paper.step == "agree" and case(paper).plan_decision
    assert refusal(do, cast.salesperson, paper, "complete", now=NOW).key in ("action.not_allowed", "access.not_found")


def test_a_department_that_it_does_not_concern_gives_it_back(cast: Cast) -> None:
    paper = step(cast, at_step(cast, "assign"), "not_ours")
    assert paper.step == "accept" and case(paper).handed_at is None
    assert step(cast, paper, handling_department_id=cast.service2.id).step == "assign"
    assert [row.document_id for row in inbox(cast.other_head)] == [paper.id]


def test_quality_asks_for_another_analysis(cast: Cast) -> None:
    """P5-6b"""
    paper = step(cast, at_step(cast, "responsibility"), "analyse_again")
    assert paper.step == "analyse" and len(open_tasks(paper)) == 3


@pytest.mark.parametrize("at", ["notify", "feed_back"])
def test_what_was_not_done_well_is_done_again(cast: Cast, at: str) -> None:
    """P5-5.1c"""
    paper = step(cast, at_step(cast, at), "rework")
    assert paper.step == "execute" and case(paper).executed_on is None
    paper = step(cast, paper)
    assert paper.step == "report" and case(paper).executed_on


def test_what_was_never_carried_out_cannot_be_done_again(cast: Cast) -> None:
    paper = at_step(cast, "feed_back", on_the_way={"verify": {"verdict": "unsubstantiated"}})
    refused = refusal(do, cast.service_administrator, paper, "rework", now=NOW, note="再查")
    assert refused.key == "CP.refused.nothing_to_redo"


@pytest.mark.parametrize("by", ["customer_service", "service_administrator", "sales_manager"])
def test_a_reopened_complaint_keeps_its_number_and_goes_the_whole_way_again(cast: Cast, by: str) -> None:
    paper = at_step(cast, None)
    again = do(getattr(cast, by), paper, "reopen", now=NOW, note="客户称故障复现")
    assert (again.number, again.state, again.step) == (paper.number, State.RUNNING, "accept")
    while again.step:
        again = step(cast, again)
    assert again.state == State.DONE


@pytest.mark.parametrize("by", ["engineer", "department_head", "salesperson", "quality_inspector", "stranger"])
def test_nobody_else_reopens_it(cast: Cast, by: str) -> None:
    paper = at_step(cast, None)
    assert "reopen" not in may(getattr(cast, by), paper, NOW)


# --- what each step is held to


@pytest.mark.parametrize(
    "at",
    [
        "accept",
        "assign",
        "contact",
        "verify",
        "analyse",
        "responsibility",
        "plan",
        "agree",
        "execute",
        "report",
        "notify",
        "survey",
        "allocate",
        "feed_back",
    ],
)
def test_no_step_is_passed_without_what_it_asks_for(cast: Cast, at: str) -> None:
    """P1-4.4a, P4-2.2, P5-7.2"""
    paper = at_step(cast, at)
    key = "approve" if open_tasks(paper)[0].decides else "complete"
    who = step_owner(cast, paper)
    wrong = keys(do, who, paper, key, now=NOW)
    assert wrong and {one for _, one in wrong} <= {"fault.required", "fault.no_lines"}
    assert reload(paper).step == at


def step_owner(cast: Cast, paper: Document) -> Any:
    task = open_tasks(paper)[0]
    return getattr(cast, task.role.value) if task.role else cast.engineer


@pytest.mark.parametrize(
    ("at", "changes", "fault"),
    [
        ("contact", {"contacted_at": (RECEIVED - timedelta(minutes=1)).isoformat()}, "CP.fault.before_receipt"),
        ("contact", {"contacted_at": (NOW + timedelta(minutes=1)).isoformat()}, "fault.in_future"),
        ("agree", {"promised_on": YESTERDAY}, "CP.fault.promised_in_past"),
        ("agree", {"consent_on": TOMORROW}, "fault.in_future"),
        ("agree", {"consent_on": YESTERDAY}, "CP.fault.before_receipt"),
        ("execute", {"executed_on": TOMORROW}, "fault.in_future"),
        ("execute", {"executed_on": YESTERDAY}, "CP.fault.before_receipt"),
        ("notify", {"notified_on": TOMORROW}, "fault.in_future"),
        ("survey", {"score_overall": 6}, "fault.at_most"),
        ("survey", {"score_price": None}, "fault.required"),
        ("survey", {"survey_answer": "unreachable"}, "CP.fault.no_answer_no_score"),
    ],
)
def test_days_and_scores_that_cannot_be_are_refused(cast: Cast, at: str, changes: dict[str, Any], fault: str) -> None:
    """P1-4.2b, P1-4.2c, P1-6.1, P4-2.5"""
    paper = at_step(cast, at)
    found = keys(do, step_owner(cast, paper), paper, "complete", now=NOW, **answers(cast, at, **changes))
    assert fault in {key for _, key in found}
    assert getattr(case(paper), next(iter(changes))) is None


def test_what_the_customer_agrees_to_in_writing_is_with_the_case(cast: Cast) -> None:
    """P4-2.3, issue 6, 2: recorded with date, way and file; what he says on the telephone needs none"""
    paper = at_step(cast, "agree")
    given = answers(cast, "agree", consent_way="email")
    assert keys(do, cast.engineer, paper, "complete", now=NOW, **given) == {("consent_way", "CP.fault.consent_file")}
    with writing() as session:
        attach(session, cast.engineer, reload(paper), "客户同意.pdf", pdf(), NOW)
    paper = step(cast, paper, consent_way="email")
    own = case(paper)
    assert (own.consent_on, own.consent_way, own.consent_file) == (NOW.date(), Channel.EMAIL, "客户同意.pdf")
    assert case(step(cast, at_step(cast, "agree"))).consent_file is None


def test_a_plan_says_what_it_rests_on(cast: Cast) -> None:
    """P1-6.3: reasonable, feasible, by standards and the law"""
    paper = at_step(cast, "plan")
    found = keys(do, cast.engineer, paper, "complete", now=NOW, **answers(cast, "plan", basis=" "))
    assert found == {("basis", "fault.required")}


def test_who_cannot_be_reached_is_surveyed_without_scores(cast: Cast) -> None:
    """P4-2.5"""
    nothing = dict.fromkeys(SCORES, None)
    paper = step(cast, at_step(cast, "survey"), survey_answer="unreachable", **nothing)
    assert paper.step == "allocate"


def test_the_handler_works_in_the_department_that_handles_the_case(cast: Cast) -> None:
    """P5-8.1"""
    paper = at_step(cast, "assign")
    found = keys(do, cast.department_head, paper, "complete", now=NOW, handler_id=cast.stranger.id)
    assert found == {("handler_id", "CP.fault.handler_elsewhere")}


def test_the_responsible_person_works_in_the_responsible_department(cast: Cast) -> None:
    """P5-6b"""
    paper = at_step(cast, "responsibility")
    given = answers(cast, "responsibility", responsible_person_id=cast.engineer.id)
    found = keys(do, cast.quality_inspector, paper, "approve", now=NOW, **given)
    assert found == {("responsible_person_id", "CP.fault.person_elsewhere")}


# --- who bears the costs


def test_shares_add_up_to_a_hundred_and_their_amounts_to_the_fen(cast: Cast) -> None:
    """P5-6c"""
    rows = [
        {"bearer": "department", "bearing_department_id": cast.quality.id, "percent": "33.33"},
        {"bearer": "supplier", "bearer_name": "华密橡胶", "percent": "33.33"},
        {"bearer": "customer", "percent": "33.34"},
    ]
    paper = step(cast, at_step(cast, "allocate"), case_cost="100.01", lines={"shares": rows})
    amounts = [share.share_amount for share in shares(paper)]
    assert sum(one for one in amounts if one is not None) == Decimal("100.01")
    assert amounts == [Decimal("33.33"), Decimal("33.33"), Decimal("33.35")]


@pytest.mark.parametrize("parts", [["99.99"], ["50", "50.01"], ["33.33", "33.33", "33.33"], []])
def test_shares_that_are_not_a_hundred_are_refused(cast: Cast, parts: list[str]) -> None:
    """P5-6c"""
    paper = at_step(cast, "allocate")
    rows = [{"bearer": "customer", "percent": one} for one in parts]
    given = {"case_cost": "100", "lines": {"shares": rows}}
    found = {key for field, key in keys(do, cast.finance_officer, paper, "complete", now=NOW, **given)}
    assert found <= {"CP.fault.shares", "fault.no_lines"} and found
    assert shares(paper) == [] and reload(paper).step == "allocate"


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"bearer": "department", "percent": "100"}, ("bearing_department_id", "fault.required")),
        ({"bearer": "supplier", "percent": "100"}, ("bearer_name", "fault.required")),
        ({"bearer": "customer", "percent": "0"}, ("percent", "fault.above")),
        ({"bearer": "customer", "percent": "100.001"}, ("percent", "fault.decimals")),
        ({"bearer": "customer", "percent": "101"}, ("percent", "fault.at_most")),
        ({"bearer": "nobody", "percent": "100"}, ("bearer", "fault.option")),
    ],
)
def test_a_share_says_who_bears_it(cast: Cast, row: dict[str, Any], fault: tuple[str, str]) -> None:
    """P5-6c"""
    paper = at_step(cast, "allocate")
    given = {"case_cost": "100", "lines": {"shares": [row]}}
    assert fault in keys(do, cast.finance_officer, paper, "complete", now=NOW, **given)


def test_shares_are_written_anew_as_a_whole(cast: Cast) -> None:
    paper = at_step(cast, None)
    again = do(cast.customer_service, paper, "reopen", now=NOW, note="复现")
    while again.step != "allocate":
        again = step(cast, again)
    again = step(cast, again, lines={"shares": [{"bearer": "customer", "percent": "100"}]})
    assert [share.bearer for share in shares(paper)] == ["customer"]


def test_another_cost_is_split_by_the_shares_that_stand(cast: Cast) -> None:
    """P5-6c: allocated anew with another cost and no word about the shares"""
    again = do(cast.customer_service, at_step(cast, None), "reopen", now=NOW, note="复现")
    while again.step != "allocate":
        again = step(cast, again)
    do(cast.finance_officer, again, "complete", now=NOW, case_cost="77.77")
    assert sum(share.share_amount or 0 for share in shares(again)) == Decimal("77.77")


# --- who sees and does what

STEPS = {
    "accept": "sales_manager",
    "assign": "department_head",
    "contact": "engineer",
    "responsibility": "quality_inspector",
    "plan": "engineer",
    "plan_consent": "salesperson",
    "execute": "engineer",
    "notify": "customer_service",
    "survey": "customer_service",
    "allocate": "finance_officer",
    "feed_back": "service_administrator",
}


@pytest.mark.parametrize(("at", "login"), STEPS.items())
def test_each_step_is_its_owners_alone(cast: Cast, at: str, login: str) -> None:
    """P5-3"""
    paper = at_step(cast, at)
    moves = {"approve", "complete", "decline", "not_ours", "analyse_again", "disagree", "rework"}
    from tests.complaint_story import people

    may_move = {one for one, person in people(cast).items() if may(person, paper, NOW) & moves}
    assert may_move == {login}


def test_a_stranger_sees_and_does_nothing(cast: Cast) -> None:
    paper = at_step(cast, "verify")
    for who in (cast.stranger, cast.other_head, cast.engineer2, cast.finance_officer, cast.salesperson):
        assert refusal(do, who, paper, "complete", now=NOW).key == "access.not_found"


def test_managers_of_the_department_that_handles_a_case_read_it(cast: Cast) -> None:
    """Sales took it in; the vice president in charge of the handling department does nothing in it himself."""
    before, after = sent_complaint(cast), at_step(cast, "assign")
    with reading() as session:
        assert not may_read(session, cast.vice_president, before, NOW)
        assert may_read(session, cast.vice_president, after, NOW)
        assert not may_read(session, cast.other_head, after, NOW)


def test_whoever_is_told_of_a_case_is_told_once(cast: Cast) -> None:
    at_step(cast, "contact")
    assert told(cast.engineer) == ["waits"]


def test_the_handler_stays_a_reader(cast: Cast) -> None:
    paper = at_step(cast, "allocate")
    assert "comment" in may(cast.engineer, paper, NOW)


def test_a_case_that_is_late_says_so_from_its_first_moment(cast: Cast) -> None:
    """P1-6.1"""
    paper = sent_complaint(cast, received_at=(NOW - timedelta(hours=25)).isoformat())
    assert reload(paper).due_at == NOW - timedelta(hours=1)


def test_moments_are_kept_to_the_minute_of_the_wall_clock(cast: Cast) -> None:
    paper = at_step(cast, "verify", on_the_way={"contact": {"contacted_at": "2026-11-23T08:45:00+08:00"}})
    assert case(paper).contacted_at == datetime.fromisoformat("2026-11-23T08:45:00+08:00")
    assert TODAY == "2026-11-23"
