"""Service income: agreed, recognised, collected in parts, written off with a reason (P8-5, P6-10, P5-5.2b)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from models import Collection, Contract, Customer, Document, IncomeKind, Role, ServiceIncome, State, WriteOff
from services.attachments import attach
from services.calendar import end_of_day
from services.database import reading, writing
from services.documents.income_steps import collected_rightly, written_off_rightly
from services.documents.timeline import timeline
from services.engine.opening import OPENED
from services.errors import Refused
from tests import factories
from tests.complaint_story import at_step as complaint_at
from tests.factories import NOW, Cast
from tests.income_story import (
    answers,
    collect,
    drafted_income,
    income,
    income_form,
    recognised,
    sent_income,
    write_off,
)
from tests.order_story import DONE, PNG, sent_order, signed
from tests.order_story import answers as order_answers
from tests.order_story import at_step as order_at
from tests.story import do, draft, events, faults, inbox, may, open_tasks, refusal, reload, retype

CENTS = st.integers(min_value=1, max_value=150_000).map(lambda fen: Decimal(fen) / 100)


def keys(attempt: Any, *what: Any, **how: Any) -> set[tuple[str, str]]:
    return {(one.field, one.key) for one in faults(attempt, *what, **how)}


def of_order(order: Document) -> Document:
    """The income that the portal opened for an order."""
    with reading() as session:
        return session.exec(select(Document).where(Document.kind == "RV", Document.source_id == order.id)).one()


def test_an_income_is_agreed_recognised_invoiced_and_collected_in_parts(cast: Cast) -> None:
    """P8-5.1, P8-5.2, P8-5.3: department head, accountant, then the cashier as often as it takes"""
    paper = sent_income(cast)
    assert (paper.number, paper.step, paper.amount) == ("RV-202611-0001", "department_head", Decimal("1130.00"))
    assert income(paper).receivable is None, "no claim before it is recognised"
    paper = do(cast.department_head, paper, "approve", now=NOW)
    paper = do(cast.accountant, paper, "complete", now=NOW, **answers("recognise"))
    assert income(paper).receivable == Decimal("1130.00") and [row.document_id for row in inbox(cast.cashier)]
    paper = collect(cast, paper, "1000")
    assert paper.step == "collect" and income(paper).receivable == Decimal("130.00")
    assert refusal(collect, cast, paper, "130.01").key == "RV.refused.above"
    assert income(reload(paper)).collected == Decimal("1000.00"), "nothing is lost"
    paper = collect(cast, paper)
    assert paper.state == State.DONE and income(paper).receivable == 0


def test_what_cannot_be_collected_is_written_off_by_the_head_of_finance_with_a_reason(cast: Cast) -> None:
    """P8-6.1: a part of it, or all that is left; refused, it stays to be collected"""
    paper = do(cast.cashier, recognised(cast), "write_off", now=NOW, note="收不回")
    assert paper.step == "write_off_decision" and "approve" not in may(cast.cashier, paper, NOW)
    paper = do(cast.finance_head, paper, "keep_claim", now=NOW, note="再催一次")
    assert paper.step == "collect"
    assert refusal(write_off, cast, paper, "1130.01").key == "RV.refused.above"
    given_ = answers("write_off_decision", write_off_sum="130", write_off_reason=" ")
    assert ("write_off_reason", "fault.required") in keys(do, cast.finance_head, reload(paper), "approve", **given_)
    paper = do(cast.finance_head, reload(paper), "approve", now=NOW, **answers("write_off_decision"))
    assert paper.step == "collect" and income(paper).receivable == Decimal("1000.00")
    paper = write_off(cast, collect(cast, paper, "400"), "600")
    own = income(paper)
    assert paper.state == State.DONE
    assert (own.collected, own.written_off, own.receivable) == (Decimal("400"), Decimal("730"), 0)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"earned_on": "2026-11-24"}, ("earned_on", "RV.fault.in_future")),
        ({"collect_by": "2026-11-22"}, ("collect_by", "RV.fault.due_before_earned")),
        ({"tax": "1130"}, ("tax", "RV.fault.tax")),
        ({"serves": None}, ("serves", "RV.fault.no_evidence")),
        ({"serves": "SO-202611-0009"}, ("serves", "RV.fault.no_such_paper")),
        ({"serves": "见合同"}, ("serves", "RV.fault.no_such_paper")),
        ({"customer_id": None}, ("customer_id", "fault.required")),
        ({"income_kind": "from_supplier"}, ("supplier_id", "fault.required")),
        ({"income_amount": "0"}, ("income_amount", "fault.above")),
    ],
)
def test_bad_input_is_named_beside_its_field(cast: Cast, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    """P8-5.1, P8-5.4"""
    assert fault in keys(do, cast.clerk, drafted_income(cast, **changes), "submit", now=NOW)


def test_an_income_rests_on_a_paper_of_whoever_pays_or_on_a_file(cast: Cast) -> None:
    """P8-5.4: a number of nothing, of a paper taken back or of somebody else's is no evidence"""
    call = sent_order(cast)
    assert income(sent_income(cast, serves=f" {call.number.lower()} ")).serves == call.number
    with writing() as session:
        other = factories.customer(session, "K009", cast.service, "兰州机务段")
    assert keys(do, cast.clerk, drafted_income(cast, serves=call.number, customer_id=other.id), "submit", now=NOW) == {
        ("serves", "RV.fault.other_payer")
    }
    do(cast.service_clerk, call, "withdraw", now=NOW)
    paper = drafted_income(cast, serves=call.number)
    assert keys(do, cast.clerk, paper, "submit", now=NOW) == {("serves", "RV.fault.no_such_paper")}
    retype(cast.clerk, paper, NOW, serves=None)
    with writing() as session:
        attach(session, cast.clerk, session.get_one(Document, paper.id), "合同.png", PNG, NOW)
    assert do(cast.clerk, reload(paper), "submit", now=NOW).step == "department_head"


def test_it_is_recognised_on_a_day_that_has_come_and_was_earned(cast: Cast) -> None:
    """P8-5.3: true and on time"""
    paper = do(cast.department_head, sent_income(cast), "approve", now=NOW)
    early = answers("recognise", recognised_on="2026-11-22", invoiced_on="2026-11-24")
    assert keys(do, cast.accountant, paper, "complete", now=NOW, **early) == {
        ("recognised_on", "RV.fault.before_earned"),
        ("invoiced_on", "RV.fault.in_future"),
    }


@pytest.mark.parametrize("by", ["engineer", "stranger", "cashier", "administrator"])
def test_who_keeps_no_books_starts_none(cast: Cast, by: str) -> None:
    assert refusal(drafted_income, cast, getattr(cast, by)).key == "draft.may_not_start"


# --- of orders and cases


def paid_visit(cast: Cast, **visit: Any) -> Document:
    """A paid order whose technician is done: 1.5 hours, by the list 425."""
    paper = order_at(cast, "visit", category="paid", category_reason="人为损坏")
    signed(paper, cast.engineer, **visit)
    return do(cast.engineer, paper, "complete", now=DONE, **order_answers(cast, "visit", **visit))


def test_a_paid_order_is_invoiced_the_same_day_and_collected_later(cast: Cast) -> None:
    """P6-10b: straight to the accountant, with the price list behind it; opened by the portal, once"""
    order = paid_visit(cast)
    paper = of_order(order)
    assert (paper.step, paper.amount, paper.department_id) == ("recognise", Decimal("425.00"), order.department_id)
    assert open_tasks(paper)[0].due_at == end_of_day(NOW.date()), "the invoice goes with the voucher, the same day"
    assert income(paper).serves == order.number and [one.actor_id for one in events(paper)] == [None]
    do(cast.service_clerk, order, "complete", now=DONE, **order_answers(cast, "archive"))
    assert of_order(order).id == paper.id
    paper = do(cast.accountant, paper, "complete", now=DONE, **answers("recognise"))
    assert paper.step == "collect" and income(paper).receivable == Decimal("425.00")


def test_what_was_collected_on_the_spot_is_invoiced_after_the_cashier_counted_it(cast: Cast) -> None:
    """P6-10a: what he counted counts; the rest stays to be collected"""
    order = paid_visit(cast, collected_amount="425")
    counted = {"handed_amount": "420", "handed_remark": "少 5 元"}
    order = do(cast.cashier, order, "complete", now=DONE, **counted)
    paper = do(cast.accountant, of_order(order), "complete", now=DONE, **answers("recognise"))
    own = income(paper)
    assert (paper.step, own.collected, own.receivable) == ("collect", Decimal("420.00"), Decimal("5.00"))
    whole = do(cast.cashier, paper, "complete", now=DONE, **answers("collect"))
    assert whole.state == State.DONE


@pytest.mark.parametrize(
    ("changes", "code"),
    [({}, "RV"), ({"visit_result": "unfinished", "unfinished_reason": "缺件", "fee": None}, "SO")],
)
def test_a_customer_who_went_out_of_use_meanwhile_pays_all_the_same(
    cast: Cast, changes: dict[str, Any], code: str
) -> None:
    """P6-10b, P6-9: else the technician could not end his visit"""
    order = order_at(cast, "visit", category="paid", category_reason="人为损坏")
    signed(order, cast.engineer, **changes)
    with writing() as session:
        session.exec(select(Customer)).one().active = False
    do(cast.engineer, order, "complete", now=DONE, **order_answers(cast, "visit", **changes))
    with reading() as session:
        assert [one.kind for one in session.exec(select(Document).where(Document.source_id == order.id))] == [code]


def test_what_an_order_earned_is_not_given_up_by_its_clerk(cast: Cast) -> None:
    """P6-10b, P8-5.3: neither taken back nor cancelled, nor, once the head gave it back, made less without him"""
    order = do(cast.cashier, paid_visit(cast, collected_amount="425"), "complete", now=DONE, handed_amount="420",
               handed_remark="x")  # fmt: skip
    paper = of_order(order)
    assert refusal(do, cast.service_clerk, paper, "withdraw", now=DONE).key == "RV.refused.of_order"
    paper = do(cast.accountant, paper, "ask_again", now=DONE, note="x")
    paper = do(cast.department_head, paper, "return", now=DONE, note="x")
    assert refusal(do, cast.service_clerk, paper, "cancel", now=DONE, note="x").key == "RV.refused.of_order"
    retype(cast.service_clerk, paper, DONE, income_amount="419.99")
    below = keys(do, cast.service_clerk, reload(paper), "submit", now=DONE)
    assert below == {("income_amount", "RV.fault.below_collected")}
    retype(cast.service_clerk, paper, DONE, income_amount="420.00")
    paper = do(cast.service_clerk, reload(paper), "submit", now=DONE)
    assert paper.step == "department_head", "not straight to the accountant: what its clerk typed is agreed to"
    with reading() as session:
        shown = [one.action for one in timeline(session, session.get_one(Document, paper.id))]
    assert shown[0] == OPENED, "what the portal had sent stays in sight"
    paper = do(cast.department_head, paper, "approve", now=DONE)
    paper = do(cast.accountant, paper, "complete", now=DONE, **answers("recognise"))
    assert (paper.state, income(paper).receivable) == (State.DONE, Decimal("0.00"))


def test_a_visit_under_a_contract_is_charged_by_the_contract_and_a_free_one_is_not(cast: Cast) -> None:
    """P6-6, P3-1.1"""
    order_at(cast, None)
    with reading() as session:
        assert session.exec(select(Document).where(Document.kind == "RV")).all() == []
    with writing() as session:
        session.exec(select(Contract)).one().visit_fee = Decimal("300.00")
    later = {"planned_from": DONE.isoformat(), "planned_until": (DONE + timedelta(hours=1)).isoformat()}
    order = order_at(cast, "archive", work_kind="maintenance", on_the_way={"dispatch": later})
    paper = of_order(order)
    assert (paper.amount, income(paper).income_kind) == (Decimal("300.00"), IncomeKind.CONTRACT_FEE)


def test_the_costs_of_a_case_are_recovered_from_the_customer(cast: Cast) -> None:
    """P5-5.2b: started from the case by the business department"""
    case = complaint_at(cast, "recover", on_the_way={"verify": {"verdict": "non_quality"}})
    with writing() as session:
        factories.grant(session, cast.other_head, Role.DEPARTMENT_HEAD, cast.sales)
    form = income_form(cast, income_kind="from_customer", serves=case.number)
    paper = do(cast.salesperson, draft(cast.salesperson, "RV", form, source=case), "submit", now=NOW)
    assert paper.source_id == case.id and income(paper).income_kind == IncomeKind.FROM_CUSTOMER


# --- to the fen


@given(amount=CENTS, steps=st.lists(st.tuples(st.booleans(), CENTS), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_fee_is_collected_receivable_or_written_off_to_the_fen(
    cast: Cast, amount: Decimal, steps: list[tuple[bool, Decimal]]
) -> None:
    """P8-5, issue 7: for any sequence of collections and write-offs, those that are refused included"""
    try:
        with writing() as session:
            paper = factories.document(session, "RV", cast.clerk, amount=amount)
            own = ServiceIncome(
                document_id=paper.id,
                income_kind=IncomeKind.PART_SALE,
                earned_on=NOW.date(),
                collect_by=NOW.date(),
                basis="x",
                income_amount=amount,
                receivable=amount,
            )
            session.add(own)
            session.flush()
            for place, (collects, wanted) in enumerate(steps, start=1):
                _one(session, paper, own, place, collects=collects, wanted=wanted)
                assert own.income_amount == (own.collected or 0) + own.receivable + (own.written_off or 0)
                assert own.receivable >= 0
            raise _Enough
    except _Enough:
        pass


class _Enough(Exception):
    """Ends a transaction of which nothing is to be kept."""


def _one(session: Any, paper: Document, own: ServiceIncome, place: int, *, collects: bool, wanted: Decimal) -> None:
    line: Any = (
        Collection(collected_on=NOW.date(), collected_sum=wanted, collection_reference="1")
        if collects
        else WriteOff(write_off_sum=wanted, write_off_reason="x")
    )
    line.document_id, line.position = paper.id, place
    left = own.receivable
    session.add(line)
    session.flush()
    try:
        (collected_rightly if collects else written_off_rightly)(session, paper, NOW)
    except Refused as refused:
        assert refused.key == "RV.refused.above" and wanted > left
        session.delete(line)
        session.flush()
