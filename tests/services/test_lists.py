"""Lists: what the filters leave of all a person may see, with count and total of the whole (issue 2)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Person, State
from services.database import reading, writing
from services.documents import KINDS
from services.lists import PAGE, SORTS, Filters, Listing, columns_of, listing
from tests import factories
from tests.factories import NOW, Cast
from tests.story import (
    claim_at,
    do,
    drafted_trip,
    estimate,
    finished_trip,
    paid_claim,
    sent_claim,
    sent_trip,
    voucher,
)


def _listed(who: Person, now: datetime = NOW, **filters: Any) -> Listing:
    with reading() as session:
        return listing(session, who, Filters(**filters), now)


def _numbers(found: Listing) -> list[str | None]:
    return [row["number"] for row in found.rows]


def _days(number: int) -> dict[str, str]:
    return {"starts_on": f"2026-12-{number:02d}", "ends_on": f"2026-12-{number:02d}"}


def _many(cast: Cast, count: int) -> None:
    """Headers alone: enough papers to fill pages with."""
    with writing() as session:
        for number in range(1, count + 1):
            factories.document(
                session,
                "TR",
                cast.engineer,
                number=f"TR-202611-{number:04d}",
                state=State.RUNNING,
                amount=Decimal(number),
                submitted_at=NOW + timedelta(minutes=number),
            )


def test_a_row_reads_as_on_the_paper(cast: Cast) -> None:
    trip = sent_trip(cast)
    (row,) = _listed(cast.department_head, kind="TR").rows
    assert (row["number"], row["state"], row["step"]) == (trip.number, State.RUNNING, "department_head")
    assert (row["title"], row["applicant"], row["department"]) == (trip.title, "王建军", "售后一室")
    assert (row["amount"], row["submitted_at"], row["due_at"]) == (Decimal("1800.00"), NOW, trip.due_at)
    assert (row["starts_on"], row["ends_on"]) == (date(2026, 11, 25), date(2026, 11, 27))


def test_a_list_of_all_kinds_says_the_kind(cast: Cast) -> None:
    sent_claim(cast)
    found = _listed(cast.engineer)
    assert {row["kind"] for row in found.rows} == {"TR", "SR", "EC"}
    assert "kind" in found.columns


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_list_of_one_kind_has_its_own_columns(cast: Cast, code: str) -> None:
    paid_claim(cast)
    found = _listed(cast.general_manager, kind=code)
    assert found.columns == columns_of(KINDS[code])
    for row in found.rows:
        assert set(found.columns) <= set(row)


def test_what_the_kind_knows_stands_beside_it(cast: Cast) -> None:
    trip = finished_trip(cast)
    (row,) = _listed(cast.engineer, kind="TR").rows
    assert (row["number"], row["starts_on"], row["ends_on"]) == (trip.number, date(2026, 11, 25), date(2026, 11, 27))


CUT = {"vouchers": {1: {"audited_amount": "500.00", "audit_reason": "超标准"}}}
"""600.00 were claimed on the first line."""


def test_once_it_is_known_what_is_paid_it_is_what_a_list_shows_sums_and_sorts_by(cast: Cast) -> None:
    """P8-3.4: what was claimed stands beside it"""
    claim = claim_at(cast, "finance_audit")
    other = sent_claim(cast, by=cast.engineer2, vouchers=[voucher(cast, "train", "1400.00")])
    assert _listed(cast.cashier, kind="EC").total == Decimal("3450.00")
    do(cast.finance_officer, claim, "approve", lines=CUT)
    found = _listed(cast.cashier, kind="EC", sort="amount")
    assert [(row["number"], row["amount"], row["claimed"]) for row in found.rows] == [
        (other.number, Decimal("1700.00"), Decimal("1700.00")),
        (claim.number, Decimal("1650.00"), Decimal("1750.00")),
    ]
    assert (found.total, found.columns[6:8]) == (Decimal("3350.00"), ("amount", "claimed"))
    assert _listed(cast.engineer, mine=True).total == Decimal("1800.00") + Decimal("250.00") + Decimal("1650.00")


def test_a_draft_in_its_authors_list_has_no_detail_yet(cast: Cast) -> None:
    drafted_trip(cast)
    (row,) = _listed(cast.engineer, kind="TR").rows
    assert (row["number"], row["starts_on"], row["amount"]) == (None, None, Decimal("1800.00"))
    assert _listed(cast.department_head, kind="TR").count == 0


# --- pages, count and total


def test_fifty_rows_a_page_and_count_and_total_of_the_whole(cast: Cast) -> None:
    _many(cast, 120)
    pages = [_listed(cast.department_head, page=page, sort="number", ascending=True) for page in (1, 2, 3)]
    assert [(len(one.rows), one.count, one.pages, one.page) for one in pages] == [
        (PAGE, 120, 3, 1),
        (PAGE, 120, 3, 2),
        (20, 120, 3, 3),
    ]
    assert {one.total for one in pages} == {Decimal("7260.00")}
    seen = [number for one in pages for number in _numbers(one)]
    assert seen == [f"TR-202611-{number:04d}" for number in range(1, 121)]


@pytest.mark.parametrize(("page", "shown"), [(0, 1), (-5, 1), (99, 3), (10**18, 3), (10**30, 3)])
def test_a_page_that_is_none_is_the_nearest(cast: Cast, page: int, shown: int) -> None:
    _many(cast, 120)
    found = _listed(cast.department_head, page=page)
    assert (found.page, bool(found.rows)) == (shown, True)


@pytest.mark.parametrize("sort", sorted(SORTS))
@pytest.mark.parametrize("ascending", [True, False])
def test_every_order_pages_through_everything_once(cast: Cast, sort: str, ascending: bool) -> None:
    """Also where many rows have the same value, or none."""
    with writing() as session:
        for number in range(1, 76):
            amount = None if number % 3 else Decimal(number % 5)
            factories.document(session, "TR", cast.engineer, number=f"TR-1-{number}", amount=amount)
    pages = [_listed(cast.department_head, sort=sort, ascending=ascending, page=page) for page in (1, 2)]
    seen = [row["id"] for one in pages for row in one.rows]
    assert len(seen) == len(set(seen)) == 75


def test_the_whole_is_all_of_it_for_excel(cast: Cast) -> None:
    """'all' means all"""
    _many(cast, 120)
    with reading() as session:
        found = listing(session, cast.department_head, Filters(kind="TR", page=2), NOW, whole=True)
    assert (len(found.rows), found.count) == (120, 120)


def test_an_empty_list_counts_nothing_and_has_one_page(cast: Cast) -> None:
    found = _listed(cast.engineer)
    assert (found.rows, found.count, found.total, found.page, found.pages) == ([], 0, Decimal("0.00"), 1, 1)


# --- order


def test_the_newest_first_and_ones_own_drafts_before_them(cast: Cast) -> None:
    first, second = sent_trip(cast, **_days(1)), sent_trip(cast, **_days(2))
    do(cast.engineer, drafted_trip(cast, **_days(3)), "submit", now=NOW - timedelta(days=1))
    drafted_trip(cast, **_days(4))
    assert _numbers(_listed(cast.engineer)) == [None, second.number, first.number, "TR-202611-0003"]
    assert _numbers(_listed(cast.engineer, ascending=True)) == ["TR-202611-0003", second.number, first.number, None]


def test_by_amount_the_largest_first_and_what_has_none_last(cast: Cast) -> None:
    for day, amount in ((1, "10"), (2, "1000"), (3, "9.99")):
        sent_trip(cast, estimates=[estimate(cast, "train", amount)], **_days(day))
    drafted_trip(cast, estimates=[])
    found = _listed(cast.engineer, sort="amount")
    assert [row["amount"] for row in found.rows] == [Decimal("1000"), Decimal("10"), Decimal("9.99"), None]
    found = _listed(cast.engineer, sort="amount", ascending=True)
    assert [row["amount"] for row in found.rows] == [Decimal("9.99"), Decimal("10"), Decimal("1000"), None]


# --- filters


def test_each_filter_narrows_and_together_they_narrow_more(cast: Cast) -> None:
    mine = sent_trip(cast, **_days(1))
    others = sent_trip(cast, cast.engineer2, **_days(2))
    rejected = do(cast.department_head, sent_trip(cast, **_days(3)), "reject")
    elsewhere = sent_trip(cast, cast.stranger, **_days(4))
    who = cast.general_manager
    assert set(_numbers(_listed(who))) == {mine.number, others.number, rejected.number, elsewhere.number}
    assert _numbers(_listed(who, states=(State.REJECTED,))) == [rejected.number]
    assert _listed(who, states=(State.REJECTED, State.RUNNING)).count == 4
    assert _numbers(_listed(who, department_id=cast.service2.id)) == [elsewhere.number]
    assert _numbers(_listed(who, text="李海涛")) == [others.number]
    assert _numbers(_listed(who, text="王建军", states=(State.RUNNING,))) == [mine.number]
    assert _listed(who, kind="EC").count == 0
    assert set(_numbers(_listed(cast.engineer, mine=True))) == {mine.number, rejected.number}
    assert _listed(who, mine=True).count == 0


def test_days_are_days_in_the_company_and_both_ends_count(cast: Cast) -> None:
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # where the 24th begins in Shanghai
    for minutes, number in ((-1, "before"), (0, "after")):
        with writing() as session:
            factories.document(
                session, "TR", cast.engineer, number=number, submitted_at=midnight + timedelta(minutes=minutes)
            )
    who = cast.department_head
    assert _numbers(_listed(who, start=date(2026, 11, 24))) == ["after"]
    assert _numbers(_listed(who, end=date(2026, 11, 23))) == ["before"]
    assert _listed(who, start=date(2026, 11, 23), end=date(2026, 11, 24)).count == 2
    assert _listed(who, start=date(2026, 11, 25), end=date(2026, 11, 20)).count == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50%", True),
        ("a_b", True),
        ("O'Neil", True),
        ("%", True),
        ("axb", False),
        ("' OR '1'='1", False),
        ("\x00", True),
    ],
)
def test_text_is_sought_letter_by_letter(cast: Cast, text: str, found: bool) -> None:
    sent_trip(cast, task="50% a_b O'Neil")
    assert bool(_listed(cast.engineer, text=text).count) is found


def test_filters_never_widen_what_one_may_see(cast: Cast) -> None:
    trip = sent_trip(cast)
    drafted_trip(cast)
    for filters in (
        {"text": trip.number},
        {"department_id": cast.service.id},
        {"mine": True},
        {"states": tuple(State)},
        {"kind": "TR"},
    ):
        found = _listed(cast.stranger, **filters)
        assert (found.count, found.total, found.rows) == (0, Decimal("0.00"), [])


def test_the_total_is_of_what_one_sees(cast: Cast) -> None:
    sent_trip(cast, **_days(1))
    sent_trip(cast, cast.stranger, **_days(2))
    assert _listed(cast.other_head).total == Decimal("1800.00")
    assert _listed(cast.general_manager).total == Decimal("3600.00")


def test_a_given_up_draft_is_in_no_list(cast: Cast) -> None:
    do(cast.engineer, drafted_trip(cast), "cancel", note="")
    assert _listed(cast.engineer, states=(State.CANCELLED,)).count == 0


def test_names_read_in_the_readers_language(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link among a kind's columns reads as the name behind it."""
    monkeypatch.setitem(KINDS, "TR", replace(KINDS["TR"], columns=("traveller_id", "starts_on")))
    finished_trip(cast, traveller_id=cast.engineer2.id)
    (row,) = _listed(cast.engineer, kind="TR").rows
    assert row["traveller_id"] == "李海涛"


# --- the address


def test_an_address_says_the_filters_and_reads_back_as_the_same(cast: Cast) -> None:
    filters = Filters(
        kind="TR",
        text="西安 50%",
        states=(State.RUNNING, State.RETURNED),
        department_id=3,
        start=date(2026, 11, 1),
        end=date(2026, 11, 30),
        mine=True,
        sort="amount",
        ascending=True,
        page=4,
    )
    assert Filters.read("TR", filters.query()) == filters
    assert Filters(kind="TR").query() == {}
    assert Filters.read("TR", {}) == Filters(kind="TR")


@pytest.mark.parametrize(
    "query",
    [
        {"state": "running,made_up,,'"},
        {"sort": "password_hash"},
        {"order": "desc; DROP TABLE document"},
        {"page": "-1"},
        {"page": "1e9"},
        {"page": "99999999999999999999"},
        {"page": "٣"},
        {"department": "1 OR 1=1"},
        {"department": "99999999999"},
        {"from": "yesterday", "to": "2026-13-45"},
        {"from": "0001-01-01"},
        {"to": "0001-01-01"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"q": "x" * 100000},
        {"q": "\x00"},
        {"mine": "yes"},
        {"unknown": "1"},
    ],
    ids=str,
)
def test_an_address_that_anyone_may_type_breaks_nothing(cast: Cast, query: dict[str, str]) -> None:
    """STREAMLIT.md 3"""
    sent_trip(cast)
    filters = Filters.read("TR", query)
    with reading() as session:
        found = listing(session, cast.engineer, filters, NOW)
        assert listing(session, cast.stranger, filters, NOW).count == 0
    assert found.count in (0, 1)


_words = st.sampled_from(["q", "state", "department", "from", "to", "mine", "sort", "order", "page", "x"])


@given(st.dictionaries(_words, st.one_of(st.text(), st.dates().map(str), st.integers().map(str))))
def test_whatever_an_address_says_it_is_read_as_filters_and_written_back(query: dict[str, str]) -> None:
    filters = Filters.read("TR", query)
    assert Filters.read("TR", filters.query()) == filters
    assert filters.page >= 1
    assert filters.sort in SORTS


def test_a_list_of_many_reads_each_papers_own_columns(cast: Cast) -> None:
    with writing() as session:
        for number in range(60):
            factories.travel_request(session, cast.engineer, number=f"TR-1-{number:03d}", destinations=f"城{number}")
    found = _listed(cast.engineer, kind="TR", sort="number", ascending=True)
    assert len(found.rows) == PAGE
    assert {row["starts_on"] for row in found.rows} == {date(2026, 11, 25)}
