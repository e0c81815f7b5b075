"""Service orders: called in, dispatched, carried out and archived (P6-6, P6-8, P6-9, P3-1.1, P5-8.1)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select

from models import CategoryBasis, Document, OrderPart, Person, ServiceCategory, State, Warranty, WorkKind
from services.attachments.signature import to_sign
from services.database import reading
from services.documents.drafts import check
from services.documents.order_category import propose
from services.documents.order_form import figures
from services.documents.order_steps import facts
from services.warranty import Cover
from tests.factories import NOW, Cast
from tests.order_story import (
    DONE,
    FROM,
    UNTIL,
    VISIT,
    answers,
    at_step,
    drafted_order,
    order,
    order_form,
    sent_order,
    signed,
    step,
)
from tests.parts_story import store
from tests.services.test_prints import Paper, printed
from tests.story import do, events, faults, inbox, may, open_tasks, refusal, reload, told


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str]]:
    return {(one.field, one.key) for one in faults(attempt, *what, **how)}


# --- taking in


def test_a_call_is_registered_and_waits_to_be_dispatched(cast: Cast) -> None:
    """P6-8a, P3-1.1: what is known of the serial number is filled in, the category proposed from the warranty"""
    paper = sent_order(cast, product_id=None, serial=" zd2511-0001 ")
    own = order(paper)
    assert paper.number == "SO-202611-0001" and paper.step == "dispatch"
    assert paper.title.startswith("西安地铁 制动单元 ZD-200 2 号制动缸漏风")
    assert paper.department_id == cast.service.id, "the paper of those who look after the customer"
    assert (own.serial, own.warranty, own.contract_number) == ("ZD2511-0001", Warranty.RUNNING, "FW-2026-001")
    assert own.category == own.proposed_category == ServiceCategory.FREE
    assert own.proposed_because == CategoryBasis.WARRANTY
    for who in (cast.dispatcher, cast.sales_manager):
        assert [row.document_id for row in inbox(who)] == [paper.id]


@pytest.mark.parametrize(
    ("work", "state", "contract", "category"),
    [
        (WorkKind.REPAIR, Warranty.RUNNING, None, ServiceCategory.FREE),
        (WorkKind.REPAIR, Warranty.RUNNING, "FW-1", ServiceCategory.FREE),
        (WorkKind.REPAIR, Warranty.OVER, "FW-1", ServiceCategory.CONTRACT),
        (WorkKind.REPAIR, Warranty.OVER, None, ServiceCategory.PAID),
        (WorkKind.REPLACEMENT, Warranty.UNKNOWN, None, ServiceCategory.PAID),
        (WorkKind.MAINTENANCE, Warranty.RUNNING, "FW-1", ServiceCategory.CONTRACT),
        (WorkKind.MAINTENANCE, Warranty.RUNNING, None, ServiceCategory.PAID),
        (WorkKind.ADMINISTRATION, Warranty.RUNNING, "FW-1", ServiceCategory.ADMINISTRATION),
    ],
)
def test_the_category_follows_from_work_warranty_and_contract(
    work: WorkKind, state: Warranty, contract: str | None, category: ServiceCategory
) -> None:
    """P6-6, P3-1.1"""
    assert propose(work, Cover(state), contract).category == category


def test_name_and_telephone_are_taken_from_the_customers_file(cast: Cast) -> None:
    """P6-8a: in under a minute; what is in no file has to be asked"""
    own = order(sent_order(cast, contact=None, contact_phone=None))
    assert (own.contact, own.contact_phone, own.address) == ("李工", "029-1111", "西安市未央区车辆段")


def test_what_is_known_is_said_while_the_caller_speaks(cast: Cast) -> None:
    """P6-8a: the proposal with its reason; what there was before is in test_customer_history.py"""
    with reading() as session:
        filled, _ = check(session, cast.service_clerk, "SO", order_form(cast), NOW)
        said = dict(figures(filled))
    assert said["SO.figure.category"] == ServiceCategory.FREE
    assert said["SO.figure.because"] == CategoryBasis.WARRANTY


def test_another_category_needs_a_reason_and_the_dispatchers_agreement(cast: Cast) -> None:
    """P6-6"""
    paper = drafted_order(cast, category="paid")
    assert keys(do, cast.service_clerk, paper, "submit", now=NOW) == {("category_reason", "SO.fault.category")}
    paper = sent_order(cast, category="paid", category_reason="人为损坏")
    (row,) = inbox(cast.dispatcher)
    assert [mark.key for mark in row.marks] == ["SO.mark.other_category"]
    agreed = step(cast, paper)
    assert order(agreed).category == ServiceCategory.PAID
    other = step(cast, sent_order(cast, category="paid", category_reason="人为损坏"), category="free", **_later())
    assert order(other).category == ServiceCategory.FREE and order(other).category_reason is None
    without = sent_order(cast)
    given = answers(cast, "dispatch", category="paid", **_later(6))
    assert ("category_reason", "SO.fault.category") in keys(do, cast.dispatcher, without, "complete", now=NOW, **given)


@pytest.mark.parametrize("by", ["engineer", "department_head", "dispatcher", "stranger", "administrator"])
def test_nobody_else_takes_calls_in(cast: Cast, by: str) -> None:
    assert refusal(drafted_order, cast, getattr(cast, by)).key == "draft.may_not_start"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"received_at": (NOW + timedelta(minutes=5)).isoformat()}, ("received_at", "fault.received_in_future")),
        ({"serial": "X-1", "product_id": None}, ("product_id", "fault.required")),
        ({"address": " "}, ("address", "fault.required")),
        ({"bought_on": "2026-11-24"}, ("bought_on", "fault.in_future")),
        ({"work_kind": "party"}, ("work_kind", "fault.option")),
        ({"fault": "\u200b"}, ("fault", "fault.required")),
    ],
)
def test_bad_input_is_named_beside_its_field(cast: Cast, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    """P6-8a: name, address, telephone and model"""
    paper = drafted_order(cast, **changes)
    assert fault in keys(do, cast.service_clerk, paper, "submit", now=NOW)
    assert reload(paper).number is None


# --- dispatch


def _later(hours: int = 3) -> dict[str, Any]:
    """Planned after another visit."""
    begins = UNTIL + timedelta(hours=hours - 3)
    return {"planned_from": begins.isoformat(), "planned_until": (begins + timedelta(hours=2)).isoformat()}


def test_the_branch_manager_may_send_somebody_as_the_dispatcher_may(cast: Cast) -> None:
    """P5-8.1, P6-8b"""
    paper = do(cast.sales_manager, sent_order(cast), "complete", now=NOW, **answers(cast, "dispatch"))
    assert paper.step == "visit" and order(paper).visit_on == NOW.date()
    assert [task.person_id for task in open_tasks(paper)] == [cast.engineer.id]
    assert "complete" not in may(cast.dispatcher, paper, NOW)


def test_a_call_is_to_be_dispatched_sooner_where_more_is_at_stake(cast: Cast) -> None:
    """P6-8b: [8] working hours from the call, [1] where it is critical"""
    assert sent_order(cast).due_at == NOW + timedelta(hours=23, minutes=50), "08:50 the next morning"
    assert sent_order(cast, urgency="critical").due_at == NOW + timedelta(minutes=50)


def test_nobody_is_sent_to_two_places_at_once(cast: Cast) -> None:
    """Issue 7: refused in words, nothing lost; back to back is no overlap, nor is another technician's time"""
    first = at_step(cast, "visit")
    second = sent_order(cast)
    (fault,) = faults(do, cast.dispatcher, second, "complete", now=NOW, **answers(cast, "dispatch"))
    assert fault.key == "SO.fault.double_booked" and fault.facts["number"] == first.number
    other = answers(cast, "dispatch", technician_id=cast.engineer2.id)
    assert do(cast.dispatcher, second, "complete", now=NOW, **other).step == "visit"
    assert step(cast, sent_order(cast), **_later()).step == "visit"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"planned_until": FROM.isoformat()}, ("planned_until", "SO.fault.ends_before")),
        ({"planned_from": (NOW - timedelta(days=1)).isoformat(), "planned_until": NOW.isoformat()},
         ("planned_until", "SO.fault.planned_in_past")),
        ({"planned_until": (FROM + timedelta(days=32)).isoformat()}, ("planned_until", "SO.fault.too_long")),
        ({"technician_id": None}, ("technician_id", "fault.required")),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused(cast: Cast, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    given = answers(cast, "dispatch", **changes)
    assert fault in keys(do, cast.dispatcher, sent_order(cast), "complete", now=NOW, **given)


def test_only_service_staff_is_sent(cast: Cast) -> None:
    given = answers(cast, "dispatch", technician_id=cast.cashier.id)
    found = keys(do, cast.dispatcher, sent_order(cast), "complete", now=NOW, **given)
    assert found == {("technician_id", "fault.option")}


# --- the visit and the archive


def test_a_warranty_call_from_the_register_to_the_archive(cast: Cast) -> None:
    """P6-9a, P6-9b, P3-1.1"""
    paper = at_step(cast, None)
    own = order(paper)
    assert paper.state == State.DONE and own.archived_as == "2026-11-03"
    assert (own.work_hours, own.signed_by) == (Decimal("1.50"), "李工")
    with reading() as session:
        (part,) = session.exec(select(OrderPart).where(col(OrderPart.document_id) == paper.id))
    assert (part.part_name, part.quantity, part.listed) == ("密封圈", 2, False)


def test_a_part_typed_by_code_or_as_listed_is_the_listed_one_and_another_is_marked(cast: Cast) -> None:
    """P3-2.4: so that the list's price is found for it"""
    seal, valve, _ = store()
    typed = [("p1301 ", None), ("皮碗", "pw-178"), ("皮碗", "PW-999")]
    parts = [{"part_name": name, "part_model": model, "quantity": 1, "unit_price": None} for name, model in typed]
    paper = at_step(cast, "archive", on_the_way={"visit": {"lines": {"parts": parts}}})
    with reading() as session:
        used = session.exec(
            select(OrderPart).where(col(OrderPart.document_id) == paper.id).order_by(col(OrderPart.position))
        )
        found = [(one.part_name, one.part_model, one.listed) for one in used]
    assert found == [(valve.name, valve.model, True), (seal.name, seal.model, True), ("皮碗", "PW-999", False)]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"signed_by": None}, ("signed_by", "fault.required")),
        ({}, ("signed_by", "SO.fault.not_signed")),
        ({"work_hours": "24.5"}, ("work_hours", "fault.at_most")),
        ({"work_hours": "0"}, ("work_hours", "SO.fault.no_hours")),
        ({"worked_on": "2026-11-24"}, ("worked_on", "fault.in_future")),
        ({"worked_on": "2026-11-22"}, ("worked_on", "SO.fault.before_call")),
        ({"visit_result": "unfinished"}, ("unfinished_reason", "fault.required")),
        ({"lines": {"parts": [{"part_name": "密封圈", "quantity": 0}]}}, ("quantity", "fault.at_least")),
    ],
)
def test_a_visit_that_cannot_be_is_refused(cast: Cast, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    """P6-9a: done, the customer signs"""
    paper = at_step(cast, "visit")
    assert fault in keys(do, cast.engineer, paper, "complete", now=DONE, **answers(cast, "visit", **changes))
    assert reload(paper).step == "visit"


def test_a_day_has_twenty_four_hours_over_all_orders(cast: Cast) -> None:
    at_step(cast, "archive", on_the_way={"visit": {"work_hours": "20"}})
    second = step(cast, sent_order(cast), **_later())
    assert keys(signed, second, cast.engineer, work_hours="4.01") == {("work_hours", "SO.fault.hours")}
    signed(second, cast.engineer, work_hours="4")
    given, later = answers(cast, "visit", work_hours="4.01"), DONE + timedelta(hours=2)
    assert ("work_hours", "SO.fault.hours") in keys(do, cast.engineer, second, "complete", now=later, **given)
    assert do(cast.engineer, second, "complete", now=later, **(given | {"work_hours": "4"})).step == "archive"


def test_a_technician_hands_back_what_he_cannot_do_and_it_is_dispatched_anew(cast: Cast) -> None:
    paper = do(cast.engineer, at_step(cast, "visit"), "hand_back", now=NOW, note="另有紧急任务")
    assert paper.step == "dispatch" and order(paper).dispatched_at is None
    again = answers(cast, "dispatch", technician_id=cast.engineer2.id)
    paper = do(cast.dispatcher, paper, "complete", now=NOW, **again)
    assert may(cast.engineer, paper, NOW) == {"comment"} and "complete" in may(cast.engineer2, paper, NOW)


def test_a_call_that_the_customer_takes_back_is_cancelled_until_it_is_carried_out(cast: Cast) -> None:
    paper = at_step(cast, "visit")
    assert "cancel" in may(cast.service_clerk, paper, NOW)
    assert "cancel" not in may(cast.service_clerk, step(cast, paper), NOW)


# --- money on site, and what follows from a visit


def paid_order(cast: Cast, **visit: Any) -> Document:
    """A paid call at its visit, with the answers to it: 1.5 hours and two seals of 30 yuan, by the list 485."""
    paper = at_step(cast, "visit", category="paid", category_reason="人为损坏")
    parts = [{"part_name": "密封圈", "part_model": None, "quantity": 2, "unit_price": "30"}]
    given = answers(cast, "visit", lines={"parts": parts}, **visit)
    signed(paper, cast.engineer, **given)
    return do(cast.engineer, paper, "complete", now=DONE, **given)


def test_a_low_fee_is_collected_on_the_spot_and_handed_to_the_cashier(cast: Cast) -> None:
    """P6-10a, P6-3: by the price list; the cashier counts, and a difference needs a word and is shown"""
    paper = paid_order(cast, collected_amount="485")
    assert paper.step == "hand_over" and order(paper).fee == Decimal("485.00")
    given = {"handed_amount": "480", "handed_remark": None}
    assert keys(do, cast.cashier, paper, "complete", now=DONE, **given) == {("handed_remark", "SO.fault.difference")}
    paper = do(cast.cashier, paper, "complete", now=DONE, **(given | {"handed_remark": "少 5 元，客户下次补"}))
    assert paper.step == "archive"
    with reading() as session:
        paper = session.get_one(Document, paper.id)
        assert facts(session, paper) == [("SO.fact.difference", Decimal("-5.00"))]


def test_what_is_not_collected_goes_straight_to_the_archive(cast: Cast) -> None:
    """P6-10b"""
    assert paid_order(cast).step == "archive"


@pytest.mark.parametrize(
    ("visit", "fault"),
    [
        ({"collected_amount": "486"}, ("collected_amount", "SO.fault.collected_above")),
        ({"work_hours": "2", "collected_amount": "10"}, ("collected_amount", "SO.fault.above_spot")),
        ({"fee": "300"}, ("fee_reason", "SO.fault.other_fee")),
        ({"fee": "-1"}, ("fee", "fault.at_least")),
    ],
)
def test_money_that_cannot_be_is_refused(cast: Cast, visit: dict[str, Any], fault: tuple[str, str]) -> None:
    """P6-10a: never more than the fee, and only a fee of up to [500]"""
    assert fault in keys(paid_order, cast, **visit)


def test_collected_money_without_a_fee_is_refused(cast: Cast) -> None:
    """P6-6: warranty service is free"""
    paper = at_step(cast, "visit")
    refused = ("collected_amount", "SO.fault.no_fee")
    assert keys(signed, paper, cast.engineer, collected_amount="100") == {refused}
    signed(paper, cast.engineer)
    given = answers(cast, "visit", collected_amount="100")
    assert refused in keys(do, cast.engineer, paper, "complete", now=DONE, **given)


def test_an_unfinished_visit_opens_the_next_one_linked_to_it(cast: Cast) -> None:
    """P6-9a: once, in the name of who took the call in; the trail says that the portal did it"""
    paper = at_step(cast, "visit", category="paid", category_reason="人为损坏")
    unfinished = {"visit_result": "unfinished", "unfinished_reason": "缺活塞", "signed_by": None}
    paper = do(cast.engineer, paper, "complete", now=DONE, **answers(cast, "visit", **unfinished))
    with reading() as session:
        (after,) = session.exec(select(Document).where(Document.kind == "SO", Document.source_id == paper.id))
    assert (after.step, after.applicant_id) == ("dispatch", cast.service_clerk.id)
    assert order(after).fault == "SO-202611-0001: 缺活塞" and order(after).category == ServiceCategory.PAID
    assert [(one.action, one.actor_id) for one in events(after)] == [("opened", None)]
    assert order(paper).fee is None, "paid with the visit that ends it"
    assert {row.document_id for row in inbox(cast.dispatcher)} == {after.id}


def test_the_dispatcher_takes_a_visit_back_and_plans_it_anew(cast: Cast) -> None:
    """P5-8.1: whoever was to go is told"""
    paper = at_step(cast, "visit")
    paper = do(cast.dispatcher, paper, "call_back", now=NOW)
    assert paper.step == "dispatch" and paper.approved_at is None and order(paper).visit_on is None
    assert "called_back" in told(cast.engineer)
    paper = do(
        cast.sales_manager, paper, "complete", now=NOW, **answers(cast, "dispatch", technician_id=cast.engineer2.id)
    )
    assert [task.person_id for task in open_tasks(paper)] == [cast.engineer2.id]
    assert refusal(do, cast.service_clerk, paper, "call_back", now=NOW).key == "action.not_allowed"


# --- the voucher and its signature


def test_the_customer_signs_on_the_screen_and_only_the_technician_hands_him_the_phone(cast: Cast) -> None:
    """P6-9a: before the visit is planned, after it is done, and for anybody else there is nothing to sign"""
    paper = at_step(cast, "visit")
    for by in (cast.dispatcher, cast.service_clerk, cast.stranger):
        assert refusal(signed, paper, by).key in ("attachment.not_now", "access.not_found")
    first = signed(paper, cast.engineer)
    assert order(paper).signature_id == first.id
    paper = do(cast.engineer, paper, "complete", now=DONE, **answers(cast, "visit"))
    assert paper.step == "archive" and refusal(signed, paper, cast.engineer).key == "attachment.not_now"


MORE_PARTS = {"parts": [*VISIT["lines"]["parts"], {"part_name": "活塞", "quantity": 1}]}


@pytest.mark.parametrize(
    "change", [{"work_hours": "3"}, {"work_done": "另换活塞"}, {"lines": MORE_PARTS}, {"signed_by": "王工"}]
)
def test_what_is_changed_after_the_customer_signed_is_signed_anew(cast: Cast, change: dict[str, Any]) -> None:
    """P6-9a: his signature covers the hours, the parts and all else that he saw, and nothing else"""
    paper = at_step(cast, "visit")
    first = signed(paper, cast.engineer)
    given = answers(cast, "visit", **change)
    refused = keys(do, cast.engineer, paper, "complete", now=DONE, **given)
    assert refused == {("signed_by", "SO.fault.signed_otherwise")} and reload(paper).step == "visit"
    assert order(paper).work_hours == Decimal("1.50"), "what was signed stands"
    with reading() as session:
        typed = session.get_one(Document, paper.id)
        assert to_sign(session, cast.engineer, typed, DONE, answers(cast, "visit")) == (True, [])
        assert to_sign(session, cast.engineer, typed, DONE, given) == (False, [])
    signed(paper, cast.engineer, **given)
    paper = do(cast.engineer, paper, "complete", now=DONE, **given)
    assert paper.step == "archive" and order(paper).signature_id == first.id
    signings = [one for one in events(paper) if one.action == "customer_sign"]
    assert [one.actor_id for one in signings] == [cast.engineer.id] * 2
    assert signings[0].data["signed_content"] != signings[1].data["signed_content"]


def test_the_customer_sees_what_it_comes_to_before_he_signs_and_pays(cast: Cast) -> None:
    """P6-10a: by the price list with the parts that are typed, and what was agreed otherwise"""
    paper = at_step(cast, "visit", category="paid", category_reason="人为损坏")
    parts = [{"part_name": "密封圈", "part_model": None, "quantity": 2, "unit_price": "30"}]
    given = answers(cast, "visit", lines={"parts": parts})
    listed = ("SO.fact.listed_fee", Decimal("485.00"))
    with reading() as session:
        typed = session.get_one(Document, paper.id)
        assert to_sign(session, cast.engineer, typed, DONE, given) == (False, [listed])
        assert to_sign(session, cast.engineer, typed, DONE, given | {"fee": "400"}) == (
            False,
            [listed, ("SO.fact.agreed_fee", Decimal("400.00"))],
        )
        assert to_sign(session, cast.engineer, typed, DONE, given | {"work_hours": "x"}) == (False, [])


def test_nobody_signs_what_is_not_filled_in(cast: Cast) -> None:
    """P6-9a: nor what could not be ended as it stands"""
    paper = at_step(cast, "visit")
    assert keys(signed, paper, cast.engineer, work_hours=None) == {("work_hours", "fault.required")}
    assert keys(signed, paper, cast.engineer, signed_by=None) == {("signed_by", "fault.required")}
    assert order(paper).signature_id is None and order(paper).work_hours is None


def test_a_visit_that_goes_on_after_all_keeps_no_signature_of_its_end(cast: Cast) -> None:
    """P6-9a: the customer had signed that it was solved"""
    paper = at_step(cast, "visit")
    signed(paper, cast.engineer)
    unfinished = answers(cast, "visit", visit_result="unfinished", unfinished_reason="缺活塞")
    assert order(do(cast.engineer, paper, "complete", now=DONE, **unfinished)).signature_id is None


def test_a_new_plan_asks_for_a_new_signature(cast: Cast) -> None:
    paper = at_step(cast, "visit")
    signed(paper, cast.engineer)
    do(cast.dispatcher, paper, "call_back", now=NOW)
    own = order(paper)
    assert (own.signature_id, own.signed_content, own.work_hours) == (None, None, None)
    with reading() as session:
        assert session.exec(select(OrderPart).where(col(OrderPart.document_id) == paper.id)).all() == []


def test_the_voucher_is_printed_before_the_visit_and_after_it(cast: Cast) -> None:
    """P6-8b, P6-7: with room to write, then with what was done and the signature on it"""
    paper = at_step(cast, "visit")
    for language in ("zh", "en"):
        before = voucher(paper, cast.engineer, language)
        before.says("SO-202611-0001", "西安地铁", "ZD2511-0001", "2 号制动缸漏风", "王建军")
        assert not before.outside() and len(before.pages) == 1
    after = voucher(step(cast, paper), cast.engineer)
    after.says("更换密封圈，保压 10 分钟正常", "密封圈", "李工")
    assert not after.outside() and len(after.pages) == 1


def voucher(paper: Document, by: Person, language: str = "zh") -> Paper:
    with reading() as session:
        return printed(session, by, session.get_one(Document, paper.id), "voucher", language)
