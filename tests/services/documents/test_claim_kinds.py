"""The three kinds of claims: what each asks for, and whom it goes to (P9-4c, P8-3.3, P9-5b)."""

import pytest

from models import State
from services.database import reading, writing
from services.documents.drafts import blank
from services.prints.render import render
from tests.factories import Cast, expense_type
from tests.services.test_prints import Paper
from tests.story import (
    BACK,
    claim_form,
    decree,
    detail,
    do,
    draft,
    drafted_general,
    faults,
    finished_trip,
    move,
    sent_claim,
    sent_general,
    signed,
    voucher,
)


def test_a_claim_that_begins_from_nothing_is_a_general_one(cast: Cast) -> None:
    trip = finished_trip(cast)
    with reading() as session:
        assert blank(session, cast.engineer, "EC", BACK)["claim_kind"] == "general"
        assert blank(session, cast.engineer, "EC", BACK, trip.id)["claim_kind"] == "travel"


def test_a_general_claim_knows_nothing_of_a_trip(cast: Cast) -> None:
    """P8-3.3: whatever was typed before its kind was changed is not kept"""
    trip = finished_trip(cast)
    form = claim_form(cast, trip, cast.engineer, claim_kind="general", vouchers=[voucher(cast, "local", "80.00")])
    own = detail(do(cast.engineer, draft(cast.engineer, "EC", form, source=trip, now=BACK), "submit"))
    assert (own.trip_id, own.starts_on, own.origin, own.allowance_days) == (None, None, None, 0)


def test_a_general_claim_may_be_for_any_day_that_is_past(cast: Cast) -> None:
    rows = [voucher(cast, "local", "80.00", spent_on="2026-11-08")]
    assert sent_general(cast, vouchers=rows).state == State.RUNNING
    rows = [voucher(cast, "local", "80.00", spent_on="2026-11-29")]
    (fault,) = faults(sent_general, cast, vouchers=rows)
    assert fault.key == "EC.fault.in_future"


@pytest.mark.parametrize("field", ["trip_id", "origin", "destinations", "starts_on", "ends_on"])
def test_a_travel_claim_has_to_say_all_of_its_trip(cast: Cast, field: str) -> None:
    """P9-4b"""
    found = faults(sent_claim, cast, **{field: None})
    assert (field, "fault.required") in {(one.field, one.key) for one in found}


def test_what_is_no_travel_cost_stands_on_other_claims(cast: Cast) -> None:
    """P9-4, P8-3"""
    with writing() as session:
        cast.expense["tools"] = expense_type(session, "TOOLS", "工具", "Tools", for_trips=False)
    rows = [voucher(cast, "local", "20.00"), voucher(cast, "tools", "80.00")]
    assert sent_general(cast, vouchers=rows).state == State.RUNNING
    (fault,) = faults(sent_claim, cast, vouchers=rows)
    assert (fault.line, fault.field, fault.key) == (2, "expense_type_id", "EC.fault.not_for_trips")


def test_a_general_claim_goes_to_clerk_head_and_audit(cast: Cast) -> None:
    """P8-3.3, P8-3.4: ordinary claims by the department head"""
    claim = move(cast, sent_general(cast), until="payment", now=BACK)
    assert signed(claim) == ["clerk", "department_head", "finance_audit"]


@pytest.mark.parametrize(
    ("amount", "asked"), [("4999.99", False), ("5000.00", True), ("5000.01", True)], ids=["below", "at", "above"]
)
def test_from_the_major_amount_on_the_head_of_finance_signs_a_general_claim(
    cast: Cast, amount: str, asked: bool
) -> None:
    """P8-3.3: one rule, from 5,000.00 on"""
    claim = move(cast, sent_general(cast, amount=amount), until="payment", now=BACK)
    major = ["finance_head"] if asked else []
    assert signed(claim) == ["clerk", "department_head", *major, "finance_audit"]


def test_the_major_amount_of_a_general_claim_is_the_same_setting(cast: Cast) -> None:
    """P8-3.3"""
    decree("claim.major_amount", "120.00")
    assert "finance_head" in signed(move(cast, sent_general(cast), until="payment", now=BACK))


@pytest.mark.parametrize(("language", "title"), [("zh", "费用报销单"), ("en", "Expense Claim")])
def test_a_general_claim_prints_under_its_own_title_and_without_a_trip(cast: Cast, language: str, title: str) -> None:
    """P6-7"""
    claim = sent_general(cast, purpose="购买密封胶")
    with reading() as session:
        pdf = render(session, cast.engineer, claim, "claim", language=language, base_url="https://x.example", now=BACK)
    paper = Paper(pdf)
    assert paper.says(title, "购买密封胶", cast.engineer.name, "120.00") and paper.outside() == []
    assert not paper.holds("出差人", "差旅", "起止地点", "Traveller", "Travel Expense", "Route")


def test_nobody_claims_general_costs_for_another(cast: Cast) -> None:
    claim = drafted_general(cast, traveller_id=cast.engineer2.id)
    (fault,) = faults(do, cast.engineer, claim, "submit")
    assert (fault.field, fault.key) == ("traveller_id", "fault.option")
