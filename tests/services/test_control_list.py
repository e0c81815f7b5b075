"""The control list: stops, warnings and decisions of a period with their reasons, for those who supervise (P7-10)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest

from models import BudgetCategory, Document, Posting, Response, Role
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import check
from services.reports.control_list import Entry, Scope, Sort, control_list, control_to_excel, open_to, sums
from tests import factories
from tests.factories import NOW, Cast
from tests.services.money.test_control import MATERIALS, OTHER, controls, issue, post
from tests.story import (
    do,
    drafted_trip,
    estimate,
    faults,
    granted_outside,
    move,
    refusal,
    retype,
    sent_entry,
    sent_outside,
    sent_trip,
)

PERIOD = Scope(date(2026, 11, 1), date(2026, 11, 30))


def listed(reader: object, scope: Scope = PERIOD) -> list[Entry]:
    with reading() as session:
        return control_list(session, reader, scope)  # type: ignore[arg-type]


def stop(cast: Cast) -> Document:
    issue(cast, {"202611": "1000.00"})
    trip = drafted_trip(cast)
    faults(do, cast.engineer, trip, "submit")
    return trip


def warning(cast: Cast, reason: str = "客户急修") -> Document:
    """A trip that would overspend materials, which are only warned of."""
    controls((MATERIALS, Response.WARN, Response.WARN))
    issue(cast, {"202612": "1.00"}, BudgetCategory.TRAINING)
    lines = [estimate(cast, "materials", "50.00")]
    trip = drafted_trip(cast, cast.clerk, estimates=lines)
    with reading() as session:
        filled, _ = check(session, cast.clerk, "TR", trip.draft or {}, NOW, trip)
        warn = KINDS["TR"].warnings
        assert warn
        (warned,) = warn(filled)
    retype(cast.clerk, trip, reasons={warned.mark: reason})
    return do(cast.clerk, trip, "submit")


def test_stops_warnings_and_decisions_stand_in_it_with_their_numbers_and_reasons(cast: Cast) -> None:
    """P7-10, P2-5.1a, P2-5.3"""
    stopped, warned = stop(cast), warning(cast)
    request = move(cast, sent_outside(cast), until="general_manager")
    do(
        cast.general_manager,
        request,
        "approve",
        note="年底前补回",
        granted_amount="300.00",
        now=NOW + timedelta(hours=1),
    )
    found = listed(cast.finance_head)
    (first,) = (one for one in found if one.sort == Sort.STOP)
    assert (first.document_id, first.number, first.who, first.category) == (stopped.id, "", cast.engineer.name, OTHER)
    assert (first.asked, first.left, first.until) == (Decimal("1800.00"), Decimal("1000.00"), "202611")
    (second,) = (one for one in found if one.sort == Sort.WARNING)
    assert (second.document_id, second.reason, second.category) == (warned.id, "客户急修", MATERIALS)
    assert (second.asked, second.left) == (Decimal("50.00"), Decimal("0.00"))
    decisions = [(one.who, one.what.key, one.asked, one.reason) for one in found if one.sort == Sort.DECISION]
    assert decisions[0] == (cast.general_manager.name, "action.approve", Decimal("300.00"), "年底前补回")
    assert {who for who, *_ in decisions} == {
        cast.general_manager.name,
        cast.finance_vp.name,
        cast.department_head.name,
    }
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert sums(found)[Sort.STOP] == (1, Decimal("1800.00"))


def test_a_warning_stays_though_its_paper_is_sent_again_with_less(cast: Cast) -> None:
    """P7-10: every warning of a period; what was sent again without one takes nothing out of the list"""
    trip = do(cast.department_head, warning(cast), "return", note="太多")
    post(cast, Posting.GRANTED, {"202611": "100.00"}, MATERIALS)
    do(cast.clerk, trip, "submit", now=NOW + timedelta(hours=2))
    (one,) = (one for one in listed(cast.finance_head) if one.sort == Sort.WARNING)
    assert (one.document_id, one.asked, one.reason, one.who) == (
        trip.id, Decimal("50.00"), "客户急修", cast.clerk.name
    )  # fmt: skip


def test_what_goes_beyond_only_when_it_is_signed_stands_in_it_under_the_signer(cast: Cast) -> None:
    """P7-10: two trips for which there was enough when each was sent; the second takes what is not there any more"""
    controls((MATERIALS, Response.WARN, Response.WARN))
    issue(cast, {"202611": "60.00"}, MATERIALS)
    first, second = (
        sent_trip(cast, who, estimates=[estimate(cast, "materials", "50.00")]) for who in (cast.engineer, cast.clerk)
    )
    for trip in (first, second):
        move(cast, trip, until="travel")
    (one,) = listed(cast.finance_head)
    assert (one.sort, one.document_id, one.who) == (Sort.WARNING, second.id, cast.office_director.name)
    assert (one.asked, one.left, one.reason) == (Decimal("50.00"), Decimal("10.00"), "")


def test_a_cost_that_is_booked_though_the_money_went_meanwhile_stands_in_it(cast: Cast) -> None:
    """P2-5.3: what has arisen already is booked all the same, and whoever signs answers for it"""
    issue(cast, {"202610": "8000.00"}, BudgetCategory.SALARIES)
    entry = sent_entry(cast)
    assert listed(cast.finance_head) == []
    post(cast, Posting.ADJUSTED, {"202610": "-0.01"}, BudgetCategory.SALARIES)
    move(cast, entry)
    (one,) = listed(cast.finance_head)
    assert (one.sort, one.document_id, one.who) == (Sort.WARNING, entry.id, cast.finance_head.name)
    assert (one.asked, one.left) == (Decimal("8000.00"), Decimal("7999.99"))


def test_a_request_that_was_turned_down_stands_in_it_with_the_reason(cast: Cast) -> None:
    request = move(cast, sent_outside(cast), until="finance_vp")
    do(cast.finance_vp, request, "reject", note="先从培训费调剂")
    (one,) = (one for one in listed(cast.finance_vp) if one.what.key == "action.reject")
    assert (one.reason, one.asked) == ("先从培训费调剂", Decimal("500.00"))


def test_it_is_narrowed_down_to_a_period_a_sort_a_department_and_a_category(cast: Cast) -> None:
    stop(cast)
    granted_outside(cast)
    everything = listed(cast.cashier)
    assert len(everything) == 4
    assert listed(cast.cashier, replace(PERIOD, last=date(2026, 11, 22))) == []
    assert listed(cast.cashier, replace(PERIOD, first=date(2026, 11, 24))) == []
    assert len(listed(cast.cashier, Scope(NOW.date(), NOW.date()))) == 4, "both days are in it"
    assert len(listed(cast.cashier, replace(PERIOD, sort=Sort.STOP))) == 1
    assert listed(cast.cashier, replace(PERIOD, department_id=cast.service2.id)) == []
    assert listed(cast.cashier, replace(PERIOD, category=MATERIALS)) == []


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ({}, Scope(date(2026, 1, 1), date(2026, 11, 23))),
        ({"from": "2026-02-30", "to": "soon", "sort": "x", "department": "1x", "category": "fun"}, None),
        ({"from": "2026-11-01", "sort": "stop"}, Scope(date(2026, 11, 1), date(2026, 11, 23), Sort.STOP)),
        (
            {"department": "7", "category": "other", "from": "1500-01-01"},
            Scope(date(2026, 1, 1), date(2026, 11, 23), None, 7, OTHER),
        ),
        ({"department": "99999999999999"}, None),
    ],
)  # fmt: skip
def test_an_address_is_read_as_far_as_it_makes_sense(typed: dict[str, str], read: Scope | None) -> None:
    assert Scope.read(typed, NOW) == (read or Scope(date(2026, 1, 1), date(2026, 11, 23)))


@pytest.mark.parametrize(
    "login", ["engineer", "clerk", "department_head", "vice_president", "stranger", "administrator"]
)
def test_it_is_for_the_supervisors_finance_and_the_general_manager(cast: Cast, login: str) -> None:
    stop(cast)
    assert refusal(listed, getattr(cast, login)).key == "control_list.shut"


def test_a_supervisor_reads_the_list_and_opens_what_he_may_read(cast: Cast) -> None:
    """P7-10"""
    with writing() as session:
        supervisor = factories.person(session, "supervisor", cast.management)
        factories.grant(session, supervisor, Role.BUDGET_SUPERVISOR)
    stop(cast)
    warned, request = warning(cast), granted_outside(cast)
    found = listed(supervisor)
    with reading() as session:
        assert open_to(session, supervisor, found, NOW) == {request.id}
        assert open_to(session, cast.finance_head, found, NOW) == {request.id, warned.id}, "a draft is its author's"


def test_the_excel_file_holds_the_list(cast: Cast) -> None:
    stop(cast)
    warning(cast, "=1+1")
    with reading() as session:
        for language, head in (("zh", "预算类别"), ("en", "Category")):
            data = control_to_excel(session, cast.finance_head, PERIOD, language=language)
            lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(BytesIO(data)).active.iter_rows()]  # type: ignore[union-attr]
            heads = next(line for line in lines if head in line)
            row = next(line for line in lines if 1800 in line)
            assert row[heads.index(head)] in ("其他", "Other"), row
            assert any("=1+1" in line for line in lines)
        with pytest.raises(Exception, match="control_list.shut"):
            control_to_excel(session, cast.engineer, PERIOD, language="zh")
