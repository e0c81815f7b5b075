"""Each control rule finds what it is for, and nothing beside it (P8-3.2, P9)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from models import Document, Person, SpendingRequest, State
from services import controls
from services.controls import RULES
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import check
from services.documents.warned import explained
from services.errors import Fault, Warned
from services.settings import SETTINGS
from services.texts import has_text, languages, text
from tests import factories
from tests.factories import Cast
from tests.services.documents.test_travel_request import said
from tests.story import (
    BACK,
    LATER,
    claim_at,
    claim_form,
    decree,
    do,
    draft,
    drafted_claim,
    faults,
    finished_trip,
    refusal,
    reload,
    retype,
    sent_claim,
    voucher,
)


def _found(claim: Document, by: Person, now: Any = BACK) -> tuple[list[Fault], list[Warned]]:
    """What the author of a claim is told while he types."""
    with reading() as session:
        paper = reload(claim)
        filled, found = check(session, by, "EC", paper.draft or {}, now, paper)
        warned = list(controls.warnings(filled))
    for fault in (*found, *(one.fault for one in warned)):
        said(fault)
    return found, warned


def _rules(found: Iterable[Warned]) -> list[str]:
    return [one.mark.partition(":")[0] for one in found]


def _warned(cast: Cast, rows: list[dict[str, Any]], now: Any = BACK, **changes: Any) -> list[str]:
    """The rules that warn of a claim with these vouchers, where nothing blocks."""
    claim = drafted_claim(cast, vouchers=rows, **changes)
    found, warned = _found(claim, cast.engineer, now)
    assert found == []
    return _rules(warned)


def _blocked(cast: Cast, rows: list[dict[str, Any]], now: Any = BACK, **changes: Any) -> list[tuple[int | None, str]]:
    found, _ = _found(drafted_claim(cast, vouchers=rows, **changes), cast.engineer, now)
    return [(fault.line, fault.key) for fault in found]


def _finance_reads(cast: Cast, claim: Document, reader: Person | None = None) -> list[str]:
    with reading() as session:
        return _rules(controls.watched(session, reader or cast.finance_officer, reload(claim), BACK))


def _second_trip(cast: Cast, **days: str) -> Document:
    return finished_trip(cast, **({"starts_on": "2026-11-23", "ends_on": "2026-11-23"} | days))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_explained_and_its_parameters_wait_for_the_general_manager(rule: Any) -> None:
    """P6-5: limits and control settings"""
    assert all(has_text(language, rule.key) for language in languages())
    assert text("zh", rule.key) != text("en", rule.key)
    assert all(SETTINGS[key].rule for key in rule.settings)


def test_an_ordinary_claim_meets_no_rule(cast: Cast) -> None:
    claim = sent_claim(cast)
    assert _finance_reads(cast, claim) == []


@pytest.mark.parametrize(
    ("day", "until", "met"),
    [
        ("2026-11-23", None, "blocks"),
        ("2026-11-24", None, "warns"),
        ("2026-11-25", None, ""),
        ("2026-11-27", None, ""),
        ("2026-11-28", None, "warns"),
        ("2026-11-29", None, "blocks"),
        ("2026-11-25", "2026-11-27", ""),
        ("2026-11-26", "2026-11-28", "warns"),
        ("2026-11-26", "2026-11-29", "blocks"),
    ],
)
def test_travel_and_stay_lie_on_the_trip(cast: Cast, day: str, until: str | None, met: str) -> None:
    """P9-4b: the trip was from the 25th to the 27th; a day before and after needs a reason, more is refused"""
    row = voucher(cast, "lodging", "20.00", spent_on=day, until=until)
    found, warned = _found(drafted_claim(cast, vouchers=[row]), cast.engineer, LATER)
    assert [fault.key for fault in found] == (["control.outside_trip.found"] if met == "blocks" else [])
    assert _rules(warned) == (["outside_trip"] if met == "warns" else [])


def test_the_days_beyond_a_trip_are_a_setting(cast: Cast) -> None:
    decree("control.days_outside_trip", 2)
    assert _warned(cast, [voucher(cast, "local", "5.00", spent_on="2026-11-23")]) == ["outside_trip"]


def test_the_same_amount_on_the_same_day_is_asked_about(cast: Cast) -> None:
    """P8-3.2: one expense with two receipts"""
    twice = [voucher(cast, "local", "35.00"), voucher(cast, "local", "35.00", invoice_number="77")]
    assert _warned(cast, twice) == ["same_again"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"description": "车站至酒店"}, {"description": "酒店至现场"}),
        ({"seller": "甲公司"}, {"seller": "乙公司"}),
        ({"origin": "株洲", "destination": "西安"}, {"origin": "西安", "destination": "株洲"}),
        ({"spent_on": "2026-11-25"}, {"spent_on": "2026-11-26"}),
        ({"amount": "35.00"}, {"amount": "35.01"}),
    ],
)
def test_two_lines_that_say_something_different_are_no_pair(cast: Cast, first: Any, second: Any) -> None:
    assert _warned(cast, [voucher(cast, "local", "35.00") | one for one in (first, second)]) == []


def test_the_same_amount_on_another_claim_of_his_is_asked_about_but_not_on_a_colleagues(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    row = voucher(cast, "local", "35.00", spent_on="2026-11-25")
    sent_claim(cast, trip, cast.engineer2, vouchers=[row])
    claim = sent_claim(cast, trip, vouchers=[row])
    assert claim.state == State.RUNNING
    second = drafted_claim(cast, _second_trip(cast), vouchers=[row | {"spent_on": "2026-11-24"}])
    retype(cast.engineer, second, vouchers=[row | {"spent_on": "2026-11-25"}])
    found, warned = _found(second, cast.engineer)
    (again,) = [one for one in warned if one.mark.startswith("same_again")]
    assert again.fault.facts["number"] == claim.number


def limit(cast: Cast, expense: str, amount: str, per: str, **more: Any) -> dict[str, Any]:
    return {
        "expense_type_id": cast.expense[expense].id,
        "amount": amount,
        "per": per,
        "tier": None,
        "grade": None,
    } | more


@pytest.mark.parametrize(("amount", "met"), [("900.00", []), ("900.01", ["over_limit"])])
def test_a_night_costs_up_to_the_limit_of_its_city_and_grade(cast: Cast, amount: str, met: list[str]) -> None:
    """P9-1: two nights in a city of the second tier, by staff; at the limit nothing is said, a fen above is."""
    decree("claim.cities", [{"city": "西安", "tier": "second"}])
    limits = [("second", "staff", "450.00"), ("first", "staff", "550.00"), ("second", "manager", "600.00")]
    decree(
        "claim.limits",
        [limit(cast, "lodging", most, "night", tier=tier, grade=grade) for tier, grade, most in limits],
    )
    row = voucher(cast, "lodging", amount, spent_on="2026-11-25", until="2026-11-27")
    assert _warned(cast, [row]) == met


def test_meals_of_a_day_are_added_up_and_those_of_another_day_are_not(cast: Cast) -> None:
    decree("claim.limits", [limit(cast, "meals", "100.00", "day")])
    first = voucher(cast, "meals", "60.00", spent_on="2026-11-25", description="午餐")
    other_day = voucher(cast, "meals", "50.00", spent_on="2026-11-26", description="晚餐", invoice_number="71")
    same_day = voucher(cast, "meals", "50.00", spent_on="2026-11-25", description="晚餐", invoice_number="72")
    assert "over_limit" not in _warned(cast, [first, other_day])
    claim = _found(drafted_claim(cast, _second_trip(cast), vouchers=[first, same_day]), cast.engineer)
    assert "over_limit" in _rules(claim[1])


def test_a_receipt_of_another_type_has_no_limit_and_an_unlisted_city_is_of_the_third_tier(cast: Cast) -> None:
    decree("claim.limits", [limit(cast, "lodging", "100.00", "voucher", tier="third")])
    assert _warned(cast, [voucher(cast, "local", "500.00")]) == []
    claim = drafted_claim(
        cast, _second_trip(cast), vouchers=[voucher(cast, "lodging", "100.01", spent_on="2026-11-23")]
    )
    assert "over_limit" in _rules(_found(claim, cast.engineer)[1])


def test_nobody_claims_for_two_trips_on_one_day(cast: Cast) -> None:
    trip = finished_trip(cast)
    sent_claim(cast, trip)
    other = drafted_claim(cast, _second_trip(cast))
    with writing() as session:  # its trip was recorded with other days than it was asked for
        session.get_one(factories.TravelRequest, other.source_id).returned_on = date(2026, 11, 25)
    retype(cast.engineer, other, ends_on="2026-11-25", vouchers=[voucher(cast, "local", "5.00", spent_on="2026-11-23")])
    found, _ = _found(other, cast.engineer)
    assert [fault.key for fault in found] == ["control.overlapping_trips.found"]


def _stay(cast: Cast, first: str, until: str, seller: str | None, amount: str = "300.00") -> dict[str, Any]:
    return voucher(cast, "lodging", amount, spent_on=first, until=until, seller=seller)


@pytest.mark.parametrize(
    ("first", "second", "met"),
    [
        (("2026-11-25", "2026-11-27", "甲宾馆"), ("2026-11-26", "2026-11-27", "乙宾馆"), True),
        (("2026-11-25", "2026-11-26", "甲宾馆"), ("2026-11-26", "2026-11-27", "乙宾馆"), False),
        (("2026-11-25", "2026-11-27", "甲宾馆"), ("2026-11-25", "2026-11-27", "甲 宾馆"), False),
        (("2026-11-25", "2026-11-27", "甲宾馆"), ("2026-11-25", "2026-11-27", None), False),
    ],
)
def test_nobody_sleeps_in_two_hotels_in_one_night(cast: Cast, first: Any, second: Any, met: bool) -> None:
    """Moving on the next morning is none; nor are two rooms of one hotel, or a host nobody knows."""
    rows = [_stay(cast, *first), _stay(cast, *second, "310.00")]
    assert _blocked(cast, rows) == ([(2, "control.two_hotels.same_claim")] if met else [])


@pytest.mark.parametrize(("days", "met"), [(3, True), (2, False), (0, False)])
def test_allowance_and_meals_are_not_for_one_day(cast: Cast, days: int, met: bool) -> None:
    """Three days of travel: with two of allowance, one day's meals are open."""
    rows = [voucher(cast, "meals", "30.00"), voucher(cast, "meals", "40.00")]
    assert _warned(cast, rows, allowance_days=days) == (["allowance_and_meal"] if met else [])


def _table(cast: Cast, amount: str, day: str = "2026-11-26") -> list[dict[str, Any]]:
    """A dinner for three, as its request has recorded."""
    return [voucher(cast, "entertainment", amount, spent_on=day)]


def _were_at_table(claim: Document, heads: int | None) -> None:
    with writing() as session:
        for line in (reload(claim).draft or {})["vouchers"]:
            session.get_one(SpendingRequest, line["request_id"]).spent_headcount = heads


@pytest.mark.parametrize(("amount", "met"), [("600.00", []), ("600.01", ["dear_per_head"])])
def test_entertainment_costs_up_to_so_much_a_head(cast: Cast, amount: str, met: list[str]) -> None:
    assert _warned(cast, _table(cast, amount)) == met


def test_entertainment_without_its_people_is_refused(cast: Cast) -> None:
    """P9-3.2b"""
    claim = drafted_claim(cast, vouchers=_table(cast, "60.00"))
    _were_at_table(claim, None)
    found, _ = _found(claim, cast.engineer)
    assert [(fault.line, fault.key) for fault in found] == [(1, "control.guests_missing.found")]


def test_what_one_table_cost_is_added_up(cast: Cast) -> None:
    """Two receipts of one occasion, each below the limit"""
    claim = drafted_claim(cast, vouchers=_table(cast, "900.00"))
    (row,) = (reload(claim).draft or {})["vouchers"]
    halves = [row | {"amount": amount, "invoice_number": amount} for amount in ("450.00", "449.00")]
    retype(cast.engineer, claim, vouchers=halves)
    _, warned = _found(claim, cast.engineer)
    assert _rules(warned) == ["dear_per_head"]


def test_a_table_on_a_day_off_is_asked_about_and_on_a_make_up_day_it_is_not(cast: Cast) -> None:
    rows = _table(cast, "60.00", "2026-11-28")
    claim = drafted_claim(cast, vouchers=rows)  # the Saturday after the trip
    _, warned = _found(claim, cast.engineer)
    assert _rules(warned) == ["outside_trip", "day_off"]
    with writing() as session:
        factories.calendar_day(session, date(2026, 11, 28), True)
    _, warned = _found(claim, cast.engineer)
    assert _rules(warned) == ["outside_trip"]


@pytest.mark.parametrize(
    ("after", "warns", "blocks"), [(30, False, False), (31, True, False), (90, True, False), (91, False, True)]
)
def test_a_claim_is_made_in_time(cast: Cast, after: int, warns: bool, blocks: bool) -> None:
    """Thirty days after the return a reason is needed, after ninety it is too late."""
    now = BACK + timedelta(days=after - 1)
    found, warned = _found(drafted_claim(cast, vouchers=[voucher(cast, "local", "5.00")]), cast.engineer, now)
    assert _rules(warned) == (["too_old"] if warns else [])
    assert [fault.key for fault in found] == (["control.too_old.found"] if blocks else [])


def test_a_claim_on_its_way_gets_no_older(cast: Cast) -> None:
    claim = do(cast.clerk, sent_claim(cast), "return")
    _, warned = _found(claim, cast.engineer, BACK + timedelta(days=60))
    assert warned == []


def _two_claims(cast: Cast, first: str, second: str, later: timedelta = timedelta(0)) -> Document:
    """Two claims of one man: the second is returned."""
    sent_claim(cast, finished_trip(cast), vouchers=[voucher(cast, "train", first)], allowance_days=0)
    trip = _second_trip(cast)
    rows = [voucher(cast, "train", second, spent_on="2026-11-23")]
    form = claim_form(cast, trip, cast.engineer, vouchers=rows, allowance_days=0)
    claim = draft(cast.engineer, "EC", form, source=trip, now=BACK + later)
    return do(cast.engineer, claim, "submit", now=BACK + later)


@pytest.mark.parametrize(
    ("first", "second", "days", "met"),
    [
        ("4500.00", "4999.99", 0, True),
        ("4499.99", "4999.99", 0, False),
        ("5000.00", "4999.99", 0, False),
        ("4500.00", "4500.00", 7, True),
        ("4500.00", "4600.00", 8, False),
    ],
)
def test_claims_just_below_the_major_amount_are_told_to_finance_alone(
    cast: Cast, first: str, second: str, days: int, met: bool
) -> None:
    """P8-3.3: whoever claims would learn how to stay below it"""
    claim = _two_claims(cast, first, second, timedelta(days=days))
    assert _finance_reads(cast, claim) == (["just_below_major"] if met else [])
    for reader in (cast.engineer, cast.clerk, cast.department_head, cast.general_manager):
        assert _finance_reads(cast, claim, reader) == []


@pytest.mark.parametrize(
    ("expense", "seller", "first", "second", "met"),
    [
        ("local", "出租汽车公司", ("144031900", "00012345"), ("144031900", "00012346"), True),
        ("meals", "湘味楼", (None, "25432000000012345679"), (None, "25432000000012345678"), True),
        ("meals", "湘味楼", (None, "25432000000012345679"), (None, "25432000000012345681"), False),
        ("local", "出租汽车公司", ("144031900", "00012345"), ("144031901", "00012346"), False),
        ("train", "铁路电子客票", (None, "25432000000012345678"), (None, "25432000000012345679"), False),
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_consecutive_invoices_of_one_seller_are_told_to_finance(
    cast: Cast, expense: str, seller: str, first: Any, second: Any, met: bool, apart: bool
) -> None:
    """On one claim or on two; tickets bought in one go are numbered so"""
    one, other = (
        voucher(cast, expense, amount, seller=seller, invoice_code=code, invoice_number=number)
        for amount, (code, number) in (("31.00", first), ("32.00", second))
    )
    if apart:
        sent_claim(cast, finished_trip(cast, cast.engineer2), cast.engineer2, vouchers=[one], allowance_days=0)
    claim = sent_claim(cast, vouchers=[other] if apart else [one, other], allowance_days=0)
    assert _finance_reads(cast, claim) == (["consecutive_numbers"] if met else [])


@pytest.mark.parametrize(
    ("expense", "typed", "met"),
    [
        ("lodging", {"buyer_name": "岚峰轨道装备有限公司"}, None),
        ("lodging", {"buyer_name": " 岚峰轨道装备（有限）公司"}, None),
        ("lodging", {}, None),
        ("lodging", {"buyer_name": "某某商贸有限公司"}, "found"),
        ("lodging", {"buyer_tax_no": "91320400ma0lf0q000"}, None),
        ("lodging", {"buyer_tax_no": "91320400MA0LF0Q001"}, "number"),
        ("train", {"buyer_name": "王建军"}, None),
        ("local", {"buyer_name": "王建军"}, None),
    ],
)
def test_invoices_are_made_out_to_the_company(cast: Cast, expense: str, typed: Any, met: str | None) -> None:
    decree("company.tax_title", "岚峰轨道装备(有限)公司" if "（" in str(typed) else "岚峰轨道装备有限公司")
    decree("company.tax_number", "91320400MA0LF0Q000")
    found = _blocked(cast, [voucher(cast, expense, "20.00", **typed)])
    assert found == ([(1, f"control.buyer_is_company.{met}")] if met else [])


def test_where_the_company_has_no_title_yet_no_buyer_is_wrong(cast: Cast) -> None:
    assert _blocked(cast, [voucher(cast, "lodging", "20.00", buyer_name="某某商贸有限公司")]) == []


def test_what_warns_is_sent_once_its_author_has_said_why(cast: Cast) -> None:
    """P8-3.2: the reason is kept with the paper and read by whoever signs it"""
    claim = drafted_claim(cast, vouchers=_table(cast, "900.00"))
    (fault,) = faults(do, cast.engineer, claim, "submit")
    assert (fault.field, fault.key) == ("reasons", "fault.reason_needed")
    _, (warned,) = _found(claim, cast.engineer)
    retype(cast.engineer, claim, reasons={warned.mark: " \u200b "})
    assert faults(do, cast.engineer, claim, "submit")
    retype(cast.engineer, claim, reasons={warned.mark: "客户总工到场", "made:up": "x"})
    claim = do(cast.engineer, claim, "submit")
    assert _read_by(cast.clerk, claim) == [("dear_per_head", "客户总工到场")]


def test_a_reason_holds_for_what_it_was_given_for(cast: Cast) -> None:
    claim = drafted_claim(cast, vouchers=_table(cast, "900.00"))
    _, (warned,) = _found(claim, cast.engineer)
    retype(cast.engineer, claim, reasons={warned.mark: "客户总工到场"})
    _were_at_table(claim, 2)
    assert [fault.key for fault in faults(do, cast.engineer, claim, "submit")] == ["fault.reason_needed"]


def test_another_reason_is_another_paper(cast: Cast) -> None:
    """Whoever signed it with the first reason signs it anew."""
    claim = drafted_claim(cast, vouchers=_table(cast, "900.00"))
    _, (warned,) = _found(claim, cast.engineer)
    retype(cast.engineer, claim, reasons={warned.mark: "客户总工到场"})
    do(cast.clerk, do(cast.engineer, claim, "submit"), "approve")
    do(cast.department_head, claim, "return")
    retype(cast.engineer, claim, reasons={warned.mark: "别的原因"})
    assert do(cast.engineer, claim, "submit").step == "clerk"


def test_reasons_stay_with_a_paper_that_is_over(cast: Cast) -> None:
    claim = drafted_claim(cast, vouchers=_table(cast, "900.00"))
    _, (warned,) = _found(claim, cast.engineer)
    retype(cast.engineer, claim, reasons={warned.mark: "客户总工到场"})
    do(cast.engineer, claim, "submit")
    do(cast.clerk, claim, "approve")
    claim = do(cast.department_head, claim, "reject")
    assert _read_by(cast.department_head, claim) == [("dear_per_head", "客户总工到场")]
    with reading() as session:
        (one,) = explained(session, cast.clerk, claim, KINDS["EC"], LATER)
    assert [str(fact) for fact in one.warned.fault.facts.values()] == ["300.00", "200.00"]


def test_what_blocks_by_now_is_not_approved_and_not_paid(cast: Cast) -> None:
    """P8-3.2: the controls run at each approval and before payment"""
    rows = [voucher(cast, "lodging", "20.00", buyer_name="旧名称有限公司")]
    for step, who, act in (("department_head", cast.department_head, "approve"), ("payment", cast.cashier, "complete")):
        start = {"department_head": "2026-11-25", "payment": "2026-11-23"}[step]
        trip = finished_trip(cast, starts_on=start, ends_on=start)
        day = [row | {"spent_on": start} for row in rows]
        claim = claim_at(cast, step, trip=trip, vouchers=day)
        decree("company.tax_title", "新名称有限公司", LATER)
        paid = {"paid_on": "2026-12-01", "payment_reference": "1"} if act == "complete" else {}
        refused = refusal(do, who, claim, act, now=LATER, **paid)
        assert refused.key == "control.buyer_is_company.found"
        assert reload(claim).step == step


def _read_by(reader: Person, claim: Document) -> list[tuple[str, str | None]]:
    with reading() as session:
        found = explained(session, reader, reload(claim), KINDS["EC"], BACK)
    return [(one.warned.mark.partition(":")[0], one.reason) for one in found]
