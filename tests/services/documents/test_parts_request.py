"""Parts request: what a site needs, from stock or bought, until it is there (P3-2.2, P3-2.4a, P3-2.4b, P6-3)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from models import BudgetCategory, Document, PartSource, RequestedPart, State
from services.database import reading, writing
from services.documents.marks import marks_of
from services.money import ledger
from services.money.ledger import BudgetLine
from services.money.postings import expire_one, expired
from services.prints.render import render
from tests.complaint_story import sent_complaint
from tests.factories import NOW, Cast
from tests.parts_story import (
    TODAY,
    drafted_parts,
    ordered_parts,
    part_line,
    parts_form,
    received_parts,
    sent_parts,
    shipped_from_stock,
    store,
)
from tests.story import (
    asked,
    detail,
    do,
    draft,
    faults,
    issued,
    may,
    move,
    open_tasks,
    refusal,
    reload,
    sent_general,
    voucher,
)


def lines_of(paper: Document) -> list[RequestedPart]:
    with reading() as session:
        found = select(RequestedPart).where(RequestedPart.document_id == paper.id)
        return list(session.exec(found.order_by(col(RequestedPart.position))))


def reserved(paper: Document) -> Decimal:
    with reading() as session:
        return sum((share.amount for share in ledger.reserved_for(session, paper.id)), Decimal("0.00"))


def keys(found: list[Any]) -> list[tuple[str, int | None]]:
    return [(one.key, one.line) for one in found]


def test_a_request_goes_from_the_store_to_purchasing_and_to_the_site(cast: Cast) -> None:
    """P3-2.4a, P3-2.4b, P6-3"""
    paper = sent_parts(cast)
    assert (paper.amount, asked(paper)) == (Decimal("732.00"), {"production_engineer"})
    seal, valve = lines_of(paper)
    assert (seal.part_name, seal.part_model, seal.unit_price, seal.source) == (
        "皮碗",
        "PW-178",
        Decimal("46.00"),
        PartSource.STOCK,
    )
    assert valve.source == PartSource.PURCHASE and valve.supplier_id == store()[2].id
    assert paper.due_at == open_tasks(paper)[0].due_at and f"{paper.due_at:%Y-%m-%d}" == "2026-11-30"
    paper = do(cast.production_engineer, paper, "complete", now=NOW, shipped_on=TODAY, waybill="SF1001")
    assert asked(paper) == {"purchaser"} and reserved(paper) == 0
    order = {"ordered_on": TODAY, "lines": {"lines": {2: {"ordered_price": "600.00", "expected_on": "2026-11-28"}}}}
    paper = do(cast.purchaser, paper, "complete", now=NOW, **order)
    assert reserved(paper) == detail(paper).ordered_amount == Decimal("600.00"), "stock costs nothing of it"
    paper = do(cast.purchaser, paper, "complete", now=NOW, bought_shipped_on=TODAY, bought_waybill="SF1002")
    assert asked(paper) == {"engineer"}
    paper = do(cast.engineer, paper, "complete", now=NOW, received_on=TODAY)
    assert paper.state == State.DONE
    with reading() as session:
        assert render(session, cast.engineer, paper, "request", base_url="", now=NOW).startswith(b"%PDF")


def test_what_the_store_has_is_not_bought(cast: Cast) -> None:
    """P3-2.4a"""
    paper = shipped_from_stock(cast, lines=[part_line(store()[0])])
    assert asked(paper) == {"engineer"} and reserved(paper) == 0


def test_production_passes_on_what_the_store_has_run_out_of(cast: Cast) -> None:
    paper = sent_parts(cast, lines=[part_line(store()[0])])
    passed = {"lines": {"lines": {1: {"source": "purchase"}}}}
    assert keys(faults(do, cast.production_engineer, paper, "complete", now=NOW, waybill="SF1", **passed)) == [
        ("PR.fault.nothing_from_stock", None)
    ]
    paper = do(cast.production_engineer, paper, "complete", now=NOW, **passed)
    assert asked(paper) == {"purchaser"}


def test_the_head_decides_from_the_large_amount_on(cast: Cast) -> None:
    assert asked(sent_parts(cast, lines=[part_line("主控板", 1, "9999.99")])) == {"production_engineer"}
    paper = sent_parts(cast, lines=[part_line("主控板", 1, "10000.00")])
    assert asked(paper) == {"department_head"}
    assert asked(do(cast.department_head, paper, "approve", now=NOW)) == {"production_engineer"}


def test_what_is_wrong_with_its_lines_is_said_beside_each(cast: Cast) -> None:
    """P3-2.4b: material, quantity, model, arrival time; a part of no list is named and priced, and marked."""
    seal, _, _ = store()
    wrong = [
        part_line(seal, 0),
        part_line(seal, needed_on="2026-11-22"),
        part_line("", price="5.00"),
        part_line("专用工装", price=None),
    ]
    found = faults(do, cast.engineer, drafted_parts(cast, lines=wrong), "submit", now=NOW)
    assert keys(found) == [
        ("fault.at_least", 1),
        ("PR.fault.no_part", 3),
        ("PR.fault.no_price", 4),
        ("PR.fault.needed_in_past", 2),
    ]
    paper = sent_parts(cast, lines=[part_line("专用工装", price="80.00")])
    with reading() as session:
        assert [one.key for one in marks_of(session, [("PR", paper.id)], NOW)[paper.id]] == ["PR.mark.off_list"]
    assert [one.off_list for one in lines_of(paper)] == [True]


def test_a_case_that_is_named_exists_in_whatever_spacing(cast: Cast) -> None:
    """P4-2.4"""
    case = sent_complaint(cast)
    assert faults(do, cast.engineer, drafted_parts(cast, serves="CP-202611-9999"), "submit", now=NOW)[0].key == (
        "fault.no_such_case"
    )
    assert detail(sent_parts(cast, serves=f" {case.number.lower()} ")).serves == case.number


def test_what_has_not_happened_is_not_recorded(cast: Cast) -> None:
    """P3-2.4a"""
    paper, tomorrow = sent_parts(cast), (NOW + timedelta(days=1)).date().isoformat()
    maker = cast.production_engineer
    assert keys(faults(do, maker, paper, "complete", now=NOW)) == [("PR.fault.stock_not_shipped", None)] * 2
    late = {"shipped_on": tomorrow, "waybill": "SF1"}
    assert keys(faults(do, maker, paper, "complete", now=NOW, **late)) == [("PR.fault.in_future", None)]
    paper = do(maker, paper, "complete", now=NOW, shipped_on=TODAY, waybill="SF1")
    dear = {"ordered_on": TODAY, "lines": {"lines": {2: {"ordered_price": "640.01"}}}}
    assert keys(faults(do, cast.purchaser, paper, "complete", now=NOW, **dear)) == [("PR.fault.above_estimate", 2)]


def test_nobody_else_ships_orders_or_receives(cast: Cast) -> None:
    paper = sent_parts(cast)
    for person in (cast.purchaser, cast.warehouse, cast.engineer, cast.department_head):
        assert refusal(do, person, paper, "complete", now=NOW).key == "action.not_allowed"
    assert refusal(do, cast.stranger, paper, "complete", now=NOW).key == "access.not_found"
    paper = ordered_parts(cast)
    assert "complete" not in may(cast.production_engineer, paper, NOW)


def test_what_has_been_shipped_is_not_taken_back(cast: Cast) -> None:
    paper = sent_parts(cast)
    returned = do(cast.production_engineer, paper, "return", now=NOW, note="写清型号")
    assert returned.state == State.RETURNED
    paper = shipped_from_stock(cast)
    assert refusal(do, cast.engineer, paper, "withdraw", now=NOW).key == "PR.refused.shipped"
    assert refusal(do, cast.purchaser, paper, "return", now=NOW, note="超预算").key == "PR.refused.shipped"


def test_an_order_that_the_budget_does_not_hold_is_stopped_and_may_be_asked_for(cast: Cast) -> None:
    """P2-5.1a, P2-4.1"""
    issued(cast, BudgetLine("202611", cast.service.id, BudgetCategory.MATERIALS, Decimal("639.99")))
    found = faults(do, cast.engineer, drafted_parts(cast), "submit", now=NOW)
    assert [(one.field, one.line, one.facts["missing"]) for one in found] == [("unit_price", 2, Decimal("0.01"))]
    seal = store()[0]
    paper = sent_parts(cast, lines=[part_line(seal, 20)])
    paper = do(cast.production_engineer, paper, "complete", now=NOW, lines={"lines": {1: {"source": "purchase"}}})
    refused = refusal(do, cast.purchaser, paper, "complete", now=NOW, ordered_on=TODAY)
    assert refused.key == "budget_control.over.month" and reserved(paper) == 0
    assert reload(paper).step == "parts_order"


def test_an_order_that_is_given_up_frees_its_money(cast: Cast) -> None:
    seal, valve, _ = store()
    paper = sent_parts(cast, lines=[part_line(valve)])
    paper = do(cast.production_engineer, paper, "complete", now=NOW)
    paper = do(cast.purchaser, paper, "complete", now=NOW, ordered_on=TODAY)
    assert reserved(paper) == Decimal("1280.00")
    do(cast.engineer, paper, "cancel", now=NOW)
    assert reserved(paper) == 0


def test_the_claim_that_names_it_spends_and_frees_what_was_reserved(cast: Cast) -> None:
    """DOCUMENTS.md, what posts to the ledger; P9-3.2a: not above what was ordered."""
    paper = received_parts(cast)
    line = voucher(cast, "materials", "640.01", request_id=paper.id, invoice_number="25432000000000000099")
    facts = {"amount": "640.01", "vouchers": [line]}
    assert [one.key for one in faults(sent_general, cast, **facts)] == ["EC.fault.above_request"]
    claim = sent_general(cast, amount="640.00", vouchers=[line | {"amount": "640.00"}])
    assert refusal(do, cast.engineer, ordered_parts(cast), "cancel", now=NOW).key == "PR.refused.shipped"
    move(cast, claim, until="payment")
    assert reserved(paper) == 0
    with reading() as session:
        assert ledger.spent_by(session, claim.id) == Decimal("640.00")


def test_what_nobody_claims_lapses(cast: Cast) -> None:
    paper = received_parts(cast)
    for days, freed in ((29, "0.00"), (30, "640.00")):
        at = NOW + timedelta(days=days)
        with writing() as session:
            assert expire_one(session, session.get_one(Document, paper.id), at) == Decimal(freed)
    with reading() as session:
        assert expired(session, NOW + timedelta(days=60)) == []


def test_a_draft_keeps_what_was_typed(cast: Cast) -> None:
    paper = draft(cast.engineer, "PR", parts_form(cast, site=""))
    assert paper.draft and len(paper.draft["lines"]) == 2
