"""The spending page's figures: what money goes to, what trips cost, old advances, slow desks, and who may look."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models import Department, Document, Person, Role
from services.database import reading
from services.errors import Refused
from services.people import standing
from services.reports.spending import (
    Purpose,
    Scope,
    Trips,
    ages,
    behind_purpose,
    behind_step,
    behind_trips,
    departments_of,
    named,
    purposes,
    step_times,
    trips,
)
from services.reports.spending_excel import spending_to_excel
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    LATER,
    claim_at,
    do,
    finished_trip,
    hold,
    move,
    paid_advance,
    paid_claim,
    sent_claim,
    voucher,
)

YEAR = Scope(2026)
MONDAY = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
"""Half past eight in Shanghai."""


def spent(reader: Person, scope: Scope = YEAR) -> dict[str, Purpose]:
    with reading() as session:
        return {one.name: one for one in named(session, purposes(session, reader, scope), "zh")}


def travelled(reader: Person, scope: Scope = YEAR) -> list[Trips]:
    with reading() as session:
        return [one for one in trips(session, reader, scope) if one.trips]


# --- what money is spent on


def test_what_was_spent_stands_by_type_and_month(cast: Cast) -> None:
    """P2-5.2, P8-4.3: the vouchers of the claim, in the month of their days."""
    paid_claim(cast)
    found = spent(cast.finance_head)
    sums = {"城市间交通费": "600.00", "住宿费": "500.00", "业务招待费": "250.00"}
    assert {name: str(found[name].total) for name in sums} == sums
    assert found["住宿费"].months[10] == Decimal("500.00") and not any(found["住宿费"].months[:10])
    assert sum((one.total for one in found.values()), Decimal(0)) == Decimal("1750.00")
    assert list(found)[0] == "城市间交通费", "the most expensive first"


def test_a_claim_under_way_has_spent_nothing(cast: Cast) -> None:
    """P8-4.1"""
    claim_at(cast, "finance_audit")
    assert spent(cast.finance_head) == {}


def test_a_reversed_claim_has_spent_nothing(cast: Cast) -> None:
    claim = paid_claim(cast)
    do(cast.engineer, claim, "reverse", note="重复", now=LATER)
    assert spent(cast.finance_head)["住宿费"].total == Decimal("500.00"), "as long as nobody has agreed"
    do(cast.finance_officer, claim, "approve", now=LATER)
    assert spent(cast.finance_head) == {} and travelled(cast.finance_head) == []


def test_another_year_and_another_department_are_not_in_it(cast: Cast) -> None:
    paid_claim(cast)
    assert spent(cast.finance_head, Scope(2025)) == {}
    assert spent(cast.finance_head, Scope(2026, cast.service2.id)) == {}
    assert spent(cast.finance_head, Scope(2026, cast.service.id)) == spent(cast.finance_head)


def test_the_claim_stands_behind_its_month_and_no_other(cast: Cast) -> None:
    """Every mark answers with the documents behind it."""
    claim = paid_claim(cast)
    with reading() as session:
        key = next(one.key for one in purposes(session, cast.finance_head, YEAR) if one.total == Decimal("500.00"))
        (found,) = behind_purpose(session, cast.finance_head, YEAR, key, 11, BACK)
        assert found.document and (found.document.number, found.figure) == (claim.number, Decimal("500.00"))
        assert behind_purpose(session, cast.finance_head, YEAR, key, 10, BACK) == []
        assert len(behind_purpose(session, cast.finance_head, YEAR, key, None, BACK)) == 1


# --- what trips cost


def test_a_trip_costs_what_its_audited_claims_come_to(cast: Cast) -> None:
    """P2-6.2"""
    paid_claim(cast)
    (november,) = travelled(cast.finance_head)
    assert (november.month, november.trips, november.days, november.cost) == (11, 1, 3, Decimal("1750.00"))
    assert (november.per_trip, november.per_day) == (Decimal("1750.00"), Decimal("583.33"))


def test_two_who_claim_for_a_trip_are_away_twice_as_many_days(cast: Cast) -> None:
    trip = finished_trip(cast, companions=[cast.engineer2.id])
    for who in (cast.engineer, cast.engineer2):
        claim = sent_claim(cast, trip, who, vouchers=[voucher(cast, "local", "100.00")])
        move(cast, claim, until=None, now=BACK)
    (november,) = travelled(cast.finance_head)
    assert (november.trips, november.days, november.cost) == (1, 6, Decimal("800.00"))
    assert november.per_day == Decimal("133.33")


def test_what_the_audit_cut_costs_nothing(cast: Cast) -> None:
    """P8-3.4"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {1: {"audited_amount": "350.00", "audit_reason": "超标准"}}}
    do(cast.finance_officer, claim, "approve", lines=cut)
    assert travelled(cast.finance_head)[0].cost == Decimal("1500.00")


def test_a_trip_whose_claim_is_not_audited_is_not_averaged(cast: Cast) -> None:
    """Open cases never count as closed."""
    claim_at(cast, "finance_audit")
    assert travelled(cast.finance_head) == []


def test_the_trip_stands_behind_its_month(cast: Cast) -> None:
    trip = finished_trip(cast)
    claim = sent_claim(cast, trip)
    move(cast, claim, until="payment", now=BACK)
    with reading() as session:
        (found,) = behind_trips(session, cast.finance_head, YEAR, 11, BACK)
        assert found.document and found.document.number == trip.number
        assert behind_trips(session, cast.finance_head, YEAR, 10, BACK) == []


# --- open advances


def test_advances_stand_by_the_days_they_are_overdue(cast: Cast) -> None:
    """P9-5b"""
    advance = paid_advance(cast)
    with reading() as session:
        sums = {one.days: one.open for one in ages(session, cast.finance_head, YEAR, NOW)}
        assert sums == {0: Decimal("1000.00"), 30: 0, 90: 0, None: 0}
        later = {one.days: one for one in ages(session, cast.finance_head, YEAR, NOW + timedelta(days=60))}
        assert [one.number for one in later[90].advances] == [advance.number] and not later[0].advances
        assert not any(one.open for one in ages(session, cast.other_head, YEAR, NOW))


# --- how long it takes


def test_a_step_takes_the_median_of_its_working_hours(cast: Cast) -> None:
    """Sent on a Saturday: the weekend is nobody's time."""
    times = [timedelta(hours=1), timedelta(hours=2), timedelta(days=1, hours=2)]
    claims = []
    for number, took in enumerate(times):
        trip = finished_trip(cast, (cast.engineer, cast.engineer2, cast.clerk)[number])
        claims.append(_decided(cast, trip, took))
    with reading() as session:
        found = {one.step: one for one in step_times(session, cast.finance_head, YEAR)}
    assert found["clerk"].count == 2, "the clerk's own claim was not for him to check"
    assert found["clerk"].median == pytest.approx(1.5)
    assert list(found)[0] == "clerk"


def _decided(cast: Cast, trip: Document, took: timedelta) -> Document:
    with reading() as session:
        traveller = session.get_one(Person, trip.applicant_id)
    claim = sent_claim(cast, trip, traveller, vouchers=[voucher(cast, "local", "100.00")])
    return claim if traveller.id == cast.clerk.id else do(cast.clerk, claim, "approve", now=MONDAY + took)


def test_the_slowest_claims_stand_behind_a_step(cast: Cast) -> None:
    claim = _decided(cast, finished_trip(cast), timedelta(hours=2))
    with reading() as session:
        (found,) = behind_step(session, cast.finance_head, YEAR, "clerk", BACK)
        assert found.document and (found.document.number, found.figure) == (claim.number, Decimal("2.0"))
        assert behind_step(session, cast.finance_head, YEAR, "payment", BACK) == []


def test_what_still_waits_took_no_time_yet(cast: Cast) -> None:
    """Open cases never count as closed."""
    sent_claim(cast)
    with reading() as session:
        assert step_times(session, cast.finance_head, YEAR) == []


# --- who may look


@pytest.mark.parametrize("login", ["engineer", "clerk", "stranger", "administrator"])
def test_who_is_no_manager_gets_nothing(cast: Cast, login: str) -> None:
    """P2-1.3"""
    paid_claim(cast)
    reader = getattr(cast, login)
    with reading() as session:
        assert departments_of(session, reader) == {}
        for ask in (purposes, trips, step_times):
            with pytest.raises(Refused) as caught:
                ask(session, reader, YEAR)
            assert caught.value.key == "spending.not_yours"
        with pytest.raises(Refused):
            ages(session, reader, YEAR, NOW)
        with pytest.raises(Refused):
            behind_trips(session, reader, YEAR, 11, NOW)
        with pytest.raises(Refused):
            spending_to_excel(session, reader, YEAR, "trips", NOW, language="zh")


def test_a_head_sees_his_department_and_no_other(cast: Cast) -> None:
    """P2-1.3"""
    paid_claim(cast)
    assert spent(cast.department_head) == spent(cast.finance_head)
    assert spent(cast.other_head) == {} and travelled(cast.other_head) == []
    with reading() as session, pytest.raises(Refused):
        purposes(session, cast.other_head, Scope(2026, cast.service.id))


def test_a_vice_president_sees_the_departments_in_his_charge(cast: Cast) -> None:
    with reading() as session:
        own = set(standing(session, cast.vice_president).departments([Role.VICE_PRESIDENT]))
        every = set(session.exec(select(Department.id)))
        assert set(departments_of(session, cast.vice_president)) == own < every
        assert set(departments_of(session, cast.general_manager)) == every


def test_who_may_not_read_the_papers_sees_sums_only(cast: Cast) -> None:
    """P7-10: the supervision group watches money, not people's claims."""
    paid_claim(cast)
    hold(cast.stranger, Role.BUDGET_SUPERVISOR)
    with reading() as session:
        key = purposes(session, cast.stranger, YEAR)[0].key
        (found,) = behind_purpose(session, cast.stranger, YEAR, key, 11, BACK)
    assert found.document is None and found.figure


# --- as Excel


@pytest.mark.parametrize(
    ("part", "first"),
    [("purposes", ["城市间交通费"]), ("trips", ["2026-01", 0, 0]), ("steps", [])],
)
def test_each_table_goes_out_as_excel(cast: Cast, part: str, first: list[object]) -> None:
    paid_claim(cast)
    with reading() as session:
        title, data = spending_to_excel(session, cast.finance_head, YEAR, part, NOW, language="zh")
    page = load_workbook(BytesIO(data)).active
    assert page and title
    row = [cell.value for cell in page[2]]
    assert any(row)
    assert row[: len(first)] == first
