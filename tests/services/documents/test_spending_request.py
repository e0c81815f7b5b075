"""Spending request: agreed by both before it is spent, by phone if need be, and recorded the same day (P9-3.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models import Document, SpendingRequest, State
from services.database import reading
from services.documents import KINDS
from services.documents.drafts import blank
from services.documents.marks import marks_of
from services.documents.spending_request import spending_types, those_who_sign
from services.errors import Fault
from services.lists import Filters, listing
from services.verify import problems
from tests.factories import NOW, Cast
from tests.story import (
    ON_SITE,
    RECORD,
    agreed_request,
    approved_trip,
    asked,
    decree,
    depute,
    detail,
    do,
    draft,
    drafted_request,
    events,
    faults,
    inbox,
    may,
    may_all,
    move,
    open_tasks,
    refusal,
    reload,
    repair_request,
    request_form,
    retype,
    sent_report,
    sent_request,
    sent_trip,
    waits_for,
)

CALL = ON_SITE - timedelta(hours=1)


def _faults(cast: Cast, **changes: Any) -> list[tuple[str, str]]:
    found: list[Fault] = faults(sent_request, cast, **changes)
    return [(fault.field, fault.key) for fault in found]


def _by_phone(cast: Cast, *people: Any, at: datetime = CALL) -> dict[str, Any]:
    return {"phone_people": [person.id for person in people], "phone_at": at.isoformat()}


def _marks(request: Document, now: datetime) -> list[str]:
    with reading() as session:
        return [mark.key for mark in marks_of(session, [("SR", request.id)], now).get(request.id, [])]


def _record_faults(cast: Cast, request: Document, **changes: Any) -> list[tuple[str, str]]:
    found = faults(do, cast.engineer, request, "complete", **(RECORD | changes))
    return [(fault.field, fault.key) for fault in found]


# --- asking


def test_both_are_asked_at_once_and_agree_in_any_order(cast: Cast) -> None:
    """P9-3.2a"""
    request = sent_request(cast)
    assert (request.number or "").startswith("SR-202611-")
    assert asked(request) == {"department_head", "vice_president"}
    do(cast.vice_president, request, "approve")
    assert (reload(request).step, reload(request).approved_at) == ("agreement", None)
    agreed = do(cast.department_head, request, "approve")
    assert (agreed.state, agreed.step, agreed.approved_at) == (State.RUNNING, "record", ON_SITE)


@pytest.mark.parametrize("action", ["return", "reject"])
def test_one_of_them_alone_can_say_no(cast: Cast, action: str) -> None:
    """P9-3.2a"""
    request = sent_request(cast)
    do(cast.vice_president, request, "approve")
    assert do(cast.department_head, request, action).approved_at is None


def test_nobody_else_agrees_for_them(cast: Cast) -> None:
    request = sent_request(cast)
    for person in (cast.engineer, cast.clerk, cast.finance_vp, cast.other_head):
        assert "approve" not in may(person, request)
    assert refusal(do, cast.stranger, request, "approve").key == "access.not_found"


def test_it_opens_from_the_trip_with_what_is_known(cast: Cast) -> None:
    trip = approved_trip(cast)
    with reading() as session:
        form = blank(session, cast.engineer, "SR", ON_SITE, trip.id)
    assert (form["trip_id"], form["planned_on"], form["invoice"]) == (trip.id, "2026-11-26", True)


def test_it_is_offered_to_the_crew_of_a_signed_trip_more_than_once(cast: Cast) -> None:
    waiting, trip = sent_trip(cast, cast.clerk), approved_trip(cast, companions=[cast.engineer2.id])
    (follow_up,) = (one for one in KINDS["TR"].follow_ups if one.kind == "SR")
    with reading() as session:
        crew = (cast.engineer, cast.engineer2, cast.department_head)
        assert [follow_up.offered(session, one, trip, ON_SITE) for one in crew] == [True, True, False]
        assert not follow_up.offered(session, cast.clerk, waiting, ON_SITE)
    assert follow_up.several


def test_without_a_trip_it_names_the_complaint(cast: Cast) -> None:
    alone = draft(cast.engineer, "SR", request_form(cast, None), now=ON_SITE)
    assert do(cast.engineer, alone, "submit").state == State.RUNNING
    unnamed = draft(cast.engineer, "SR", request_form(cast, None, serves=None), now=ON_SITE)
    assert [one.field for one in faults(do, cast.engineer, unnamed, "submit")] == ["serves"]


def test_what_it_is_booked_on_follows_from_its_kind(cast: Cast) -> None:
    with reading() as session:
        offered = {one.label_en: one.under for one in spending_types(session, cast.engineer, NOW)}
    assert offered == {"Entertainment": "entertainment", "Repair materials": "repair", "Gifts": "gift"}
    trip = approved_trip(cast)
    for other in ("gift", "train"):
        found = _faults(cast, trip=trip, expense_type_id=cast.expense[other].id)
        assert found == [("expense_type_id", "fault.option")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"asked_amount": None}, ("asked_amount", "fault.required")),
        ({"asked_amount": "0"}, ("asked_amount", "fault.above")),
        ({"asked_amount": "1.005"}, ("asked_amount", "fault.decimals")),
        ({"matter": " \u200b"}, ("matter", "fault.required")),
        ({"planned_on": "2026-11-25"}, ("planned_on", "SR.fault.planned_in_past")),
        ({"guests": None}, ("guests", "fault.required")),
        ({"headcount": None}, ("headcount", "fault.required")),
        ({"headcount": 0}, ("headcount", "fault.at_least")),
        ({"spending": "bribe"}, ("spending", "fault.option")),
        ({"trip_id": 999_999}, ("trip_id", "fault.option")),
    ],
)
def test_what_is_missing_or_wrong_is_said_beside_its_field(
    cast: Cast, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert expected in _faults(cast, **changes)


def test_without_an_invoice_it_says_why_and_how_it_is_accounted_for(cast: Cast) -> None:
    """P9-3.2c"""
    assert _faults(cast, invoice=False) == [
        ("no_invoice_reason", "fault.required"),
        ("no_invoice_handling", "fault.required"),
    ]


def test_a_gift_without_an_invoice_shows_it_everywhere(cast: Cast) -> None:
    """P9-3.2c"""
    handling = {"no_invoice_reason": "农户自产", "no_invoice_handling": "附收据，两人签字"}
    gift = {"spending": "gift", "expense_type_id": cast.expense["gift"].id}
    request = sent_request(cast, invoice=False, **handling, **gift)
    assert _marks(request, ON_SITE) == ["SR.mark.no_invoice"]
    (waiting,) = inbox(cast.department_head, ON_SITE)
    assert [mark.key for mark in waiting.marks] == ["SR.mark.no_invoice"]
    with reading() as session:
        (row,) = listing(session, cast.engineer, Filters(kind="SR"), ON_SITE).rows
    assert row["title"].startswith("[无发票，不得税前扣除] ")


# --- repair


def test_repair_money_before_both_agreed_to_a_repair_is_refused(cast: Cast) -> None:
    """P9-3.1"""
    trip = approved_trip(cast)
    repair = repair_request(cast)
    refused = [("spending", "SR.fault.repair_not_cleared")]
    assert _faults(cast, trip=trip, **repair) == refused
    report = sent_report(cast, trip)
    do(cast.department_head, report, "approve")
    assert _faults(cast, trip=trip, **repair) == refused, "one signature clears nothing"
    do(cast.vice_president, report, "approve")
    assert sent_request(cast, trip, **repair).state == State.RUNNING


def test_a_report_without_a_repair_clears_none(cast: Cast) -> None:
    """P9-3.1"""
    trip = approved_trip(cast)
    move(cast, sent_report(cast, trip, repair=False, proposal=None))
    assert _faults(cast, trip=trip, **repair_request(cast)) == [("spending", "SR.fault.repair_not_cleared")]


def test_the_report_of_another_trip_clears_none(cast: Cast) -> None:
    """P9-3.1"""
    move(cast, sent_report(cast, approved_trip(cast, starts_on="2026-11-25", ends_on="2026-11-25")))
    other = approved_trip(cast, starts_on="2026-11-26", ends_on="2026-11-27")
    assert _faults(cast, trip=other, **repair_request(cast)) == [("spending", "SR.fault.repair_not_cleared")]


def test_the_report_that_cleared_a_repair_is_not_undone_under_its_money(cast: Cast) -> None:
    """P9-3.1"""
    trip = approved_trip(cast)
    report = move(cast, sent_report(cast, trip))
    request = sent_request(cast, trip, **repair_request(cast))
    refused = refusal(do, cast.engineer, report, "reverse", note="误报")
    assert (refused.key, refused.facts) == ("FR.refused.repair_asked", {"number": request.number})
    do(cast.department_head, request, "reject")
    assert do(cast.engineer, report, "reverse", note="误报").state == State.REVERSING


def test_a_trip_under_a_standing_request_is_not_cancelled(cast: Cast) -> None:
    trip = approved_trip(cast)
    request = sent_request(cast, trip)
    refused = refusal(do, cast.engineer, trip, "cancel", now=ON_SITE)
    assert (refused.key, refused.facts) == ("TR.refused.stands_under", {"number": request.number})


# --- by phone


def test_only_those_who_sign_can_have_agreed_by_phone(cast: Cast) -> None:
    """P9-3.2a"""
    with reading() as session:
        named = {one.value for one in those_who_sign(session, cast.engineer, NOW)}
    assert named == {cast.department_head.id, cast.vice_president.id}
    assert _faults(cast, **_by_phone(cast, cast.office_director)) == [("phone_people", "fault.option")]


def test_for_a_heads_own_request_those_who_stand_in_are_meant(cast: Cast) -> None:
    with reading() as session:
        named = {one.value for one in those_who_sign(session, cast.department_head, NOW)}
    assert named == {cast.vice_president.id, cast.general_manager.id}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"phone_at": CALL.isoformat()}, ("phone_people", "fault.required")),
        ({"phone_at": (ON_SITE + timedelta(minutes=1)).isoformat()}, ("phone_at", "SR.fault.call_in_future")),
        ({"phone_at": "yesterday"}, ("phone_at", "fault.date")),
    ],
)
def test_a_call_is_told_whole(cast: Cast, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    trip = approved_trip(cast)
    assert expected in _faults(cast, trip=trip, **changes)
    assert ("phone_at", "fault.required") in _faults(cast, trip=trip, phone_people=[cast.department_head.id])


def test_a_call_confirmed_within_24_hours_leaves_no_mark(cast: Cast) -> None:
    """P9-3.2a"""
    request = sent_request(cast, **_by_phone(cast, cast.department_head))
    assert _marks(request, ON_SITE) == ["SR.mark.call_open"]
    do(cast.department_head, request, "approve", now=CALL + timedelta(hours=24))
    assert _marks(request, CALL + timedelta(hours=30)) == []


def test_a_call_that_nobody_confirms_in_time_is_broken_until_it_is_confirmed_late(cast: Cast) -> None:
    """P9-3.2a: 24 hours by the clock, not of work"""
    request = sent_request(cast, **_by_phone(cast, cast.department_head, cast.vice_president))
    late = CALL + timedelta(hours=24, seconds=1)
    do(cast.department_head, request, "approve", now=CALL + timedelta(hours=2))
    assert _marks(request, CALL + timedelta(hours=24)) == ["SR.mark.call_open"]
    assert _marks(request, late) == ["SR.mark.call_broken"]
    assert [mark.key for mark in inbox(cast.vice_president, late)[0].marks] == ["SR.mark.call_broken"]
    do(cast.vice_president, request, "approve", now=late)
    assert _marks(request, late) == ["SR.mark.call_late"]


def test_the_hours_are_a_setting_and_hold_from_the_call(cast: Cast) -> None:
    decree("request.phone_hours", 2, now=NOW)
    request = sent_request(cast, **_by_phone(cast, cast.department_head))
    decree("request.phone_hours", 48, now=ON_SITE)
    assert _marks(request, CALL + timedelta(hours=3)) == ["SR.mark.call_broken"]


def test_a_deputy_confirms_for_him_who_was_called(cast: Cast) -> None:
    depute(cast.department_head, cast.clerk)
    request = sent_request(cast, **_by_phone(cast, cast.department_head))
    do(cast.clerk, request, "approve")
    assert _marks(request, CALL + timedelta(hours=30)) == []


def test_a_call_may_be_recorded_after_sending_and_takes_no_signature_away(cast: Cast) -> None:
    """P9-3.2a"""
    request = sent_request(cast)
    do(cast.vice_president, request, "approve")
    request = do(cast.engineer, request, "supplement", **_by_phone(cast, cast.department_head))
    own: SpendingRequest = detail(request)
    assert (own.phone_people, own.phone_at) == ([cast.department_head.id], CALL)
    assert events(request)[-1].data["changed"]["phone_people"] == [[], [cast.department_head.id]]
    assert do(cast.department_head, request, "approve").step == "record"
    with reading() as session:
        assert list(problems(session)) == []


def test_a_call_recorded_later_is_checked_like_the_rest(cast: Cast) -> None:
    request = sent_request(cast)
    for person, key in ((cast.office_director, "fault.option"), (cast.engineer, "fault.option")):
        assert [one.key for one in faults(do, cast.engineer, request, "supplement", **_by_phone(cast, person))] == [key]
    future = _by_phone(cast, cast.department_head, at=ON_SITE + timedelta(hours=1))
    assert [one.field for one in faults(do, cast.engineer, request, "supplement", **future)] == ["phone_at"]
    assert detail(request).phone_people == []


def test_only_its_author_records_a_call_and_only_until_both_have_agreed(cast: Cast) -> None:
    request = sent_request(cast)
    for person in (cast.department_head, cast.clerk, cast.engineer2):
        assert "supplement" not in may_all(person, request)
    assert "supplement" in may_all(cast.engineer, request)
    move(cast, request, until="record")
    assert "supplement" not in may_all(cast.engineer, request)
    assert "supplement" not in may_all(cast.engineer, sent_trip(cast, starts_on="2026-12-01", ends_on="2026-12-02"))


def test_nothing_but_the_call_can_be_said_later(cast: Cast) -> None:
    request = sent_request(cast)
    do(cast.engineer, request, "supplement", asked_amount="9999.00", **_by_phone(cast, cast.department_head))
    assert detail(request).asked_amount == 300


def test_what_both_agreed_to_by_phone_may_have_been_spent_before_it_is_sent(cast: Cast) -> None:
    """P9-3.2a"""
    trip, yesterday = approved_trip(cast), ON_SITE - timedelta(days=1)
    both = (cast.department_head, cast.vice_president)
    planned = {"planned_on": yesterday.date().isoformat()}
    assert _faults(cast, trip=trip, **planned, **_by_phone(cast, both[0], at=yesterday)) == [
        ("planned_on", "SR.fault.planned_in_past")
    ]
    assert _faults(cast, trip=trip, **planned, **_by_phone(cast, *both)) == [
        ("planned_on", "SR.fault.planned_before_call")
    ]
    request = agreed_request(cast, trip, **planned, **_by_phone(cast, *both, at=yesterday))
    done = do(cast.engineer, request, "complete", **(RECORD | {"spent_on": yesterday.date().isoformat()}))
    assert done.state == State.DONE


# --- what really happened


def test_the_record_is_due_by_the_end_of_the_day_of_spending(cast: Cast) -> None:
    """P9-3.2b"""
    (task,) = open_tasks(agreed_request(cast, planned_on="2026-11-28"))
    assert (task.person_id, task.due_at) == (cast.engineer.id, datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC))


def test_where_the_day_is_past_the_record_is_due_today(cast: Cast) -> None:
    request = sent_request(cast)
    do(cast.department_head, request, "approve", now=ON_SITE + timedelta(days=1))
    do(cast.vice_president, request, "approve", now=ON_SITE + timedelta(days=1))
    (task,) = open_tasks(request)
    assert task.due_at == datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC)


def test_what_happened_is_recorded(cast: Cast) -> None:
    """P9-3.2b"""
    request = do(cast.engineer, agreed_request(cast), "complete", **RECORD)
    own: SpendingRequest = detail(request)
    assert (request.state, str(own.spent_amount), own.spent_headcount) == (State.DONE, "250.00", 3)
    assert not waits_for(cast.engineer, request)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"spent_on": "2026-11-27"}, ("spent_on", "SR.fault.spent_in_future")),
        ({"spent_on": "2026-11-25"}, ("spent_on", "SR.fault.spent_before_agreed")),
        ({"spent_amount": "300.01"}, ("spent_amount", "SR.fault.above_agreed")),
        ({"spent_amount": "0"}, ("spent_amount", "SR.fault.nothing_spent")),
        ({"spent_amount": "-1"}, ("spent_amount", "fault.at_least")),
        ({"spent_place": None}, ("spent_place", "fault.required")),
        ({"spent_matter": None}, ("spent_matter", "fault.required")),
        ({"spent_guests": None}, ("spent_guests", "fault.required")),
        ({"spent_headcount": None}, ("spent_headcount", "fault.required")),
    ],
)
def test_a_record_that_cannot_be_is_refused(cast: Cast, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    """P9-3.2b"""
    assert _record_faults(cast, agreed_request(cast), **changes) == [expected]


def test_a_tolerance_may_be_allowed(cast: Cast) -> None:
    decree("request.tolerance", "20.00", now=NOW)
    request = agreed_request(cast)
    assert _record_faults(cast, request, spent_amount="320.01") == [("spent_amount", "SR.fault.above_agreed")]
    assert do(cast.engineer, request, "complete", **(RECORD | {"spent_amount": "320.00"})).state == State.DONE


def test_for_a_repair_nobody_has_to_be_named(cast: Cast) -> None:
    trip = approved_trip(cast)
    move(cast, sent_report(cast, trip))
    request = agreed_request(cast, trip, **repair_request(cast))
    record = RECORD | {"spent_guests": None, "spent_headcount": None}
    assert do(cast.engineer, request, "complete", **record).state == State.DONE


def test_only_the_applicant_records(cast: Cast) -> None:
    request = agreed_request(cast)
    for person in (cast.engineer2, cast.clerk, cast.department_head):
        assert "complete" not in may(person, request)


def test_what_is_not_spent_is_cancelled(cast: Cast) -> None:
    request = do(cast.engineer, agreed_request(cast), "cancel", note="客户取消")
    assert request.state == State.CANCELLED


def test_another_amount_is_agreed_to_anew(cast: Cast) -> None:
    """P9-3.2a"""
    request = sent_request(cast)
    do(cast.vice_president, request, "approve")
    do(cast.department_head, request, "return")
    retype(cast.engineer, request, now=ON_SITE, asked_amount="500.00")
    do(cast.engineer, request, "submit")
    assert asked(reload(request)) == {"department_head", "vice_president"}


def test_a_draft_is_kept_as_typed(cast: Cast) -> None:
    drafted = drafted_request(cast, **_by_phone(cast, cast.department_head))
    assert (drafted.title, str(drafted.amount)) == ("与检修车间工作餐，商定复测安排", "300.00")
    assert drafted.draft and drafted.draft["phone_at"] == CALL.isoformat()
