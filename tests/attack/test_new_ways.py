"""Somebody tries what came later: acts beside the route, handing over, deputies by setting, changes of the rules."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from models import Person, Role, State
from services.accounts import grant_role, hand_over
from services.attachments import attach, remove
from services.database import writing
from services.engine.reminders import remind_one
from services.errors import Invalid, Refused
from services.routes import Of, Owner, decision, work
from services.setting_changes import approve_change, change
from tests.factories import NOW, Cast
from tests.services.engine.test_claim import PDF
from tests.story import (
    BACK,
    asked,
    claim_at,
    decree,
    depute,
    detail,
    do,
    drafted_claim,
    drafted_trip,
    faults,
    finished_trip,
    hold,
    inbox,
    may,
    may_all,
    move,
    open_tasks,
    refusal,
    reload,
    retype,
    sent_claim,
    sent_trip,
    travels_by,
    voucher,
    waits_for,
)

MINUTE = timedelta(minutes=1)


def test_receipts_exchanged_while_it_was_returned_cannot_be_taken_back_under_old_signatures(cast: Cast) -> None:
    """P8-3.2: the accomplice returns it, the author changes the files, the accomplice takes his return back."""
    claim = drafted_claim(cast)
    with writing() as session:
        receipt = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = move(cast, do(cast.engineer, claim, "submit"), until="finance_vp", now=BACK)
    claim = do(cast.finance_vp, claim, "return")
    with writing() as session:
        remove(session, cast.engineer, receipt.id, BACK + MINUTE)
        attach(session, cast.engineer, claim, "票.pdf", PDF + b"\n%other", BACK + MINUTE)
    assert "take_back" not in may_all(cast.finance_vp, claim)


def test_a_claim_sent_anew_shows_no_sum_of_an_audit_before(cast: Cast) -> None:
    """P8-3.4: audited at 1,000, taken back, returned, sent again over 9,300: nobody reads 1,000 in his inbox"""
    claim = claim_at(cast, "finance_audit", vouchers=[voucher(cast, "lodging", "1000.00")])
    claim = do(cast.finance_officer, claim, "approve")
    claim = do(cast.finance_officer, claim, "take_back", note="看错了")
    do(cast.finance_officer, claim, "return")
    retype(cast.engineer, claim, BACK, vouchers=[voucher(cast, "lodging", "9000.00")])
    claim = do(cast.engineer, claim, "submit")
    assert detail(claim).audited_amount is None
    assert [row.amount for row in inbox(cast.clerk, BACK)] == [Decimal("9300.00")]


def test_an_administrator_decides_nothing_as_the_deputy_that_a_setting_names(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    decree("deputy.department_head", cast.administrator.id)
    travels_by(monkeypatch, "TR", decision(Role.CLERK, of=Of.APPLICANT))
    trip = sent_trip(cast, cast.clerk)
    assert asked(trip) == {"vice_president"}
    assert may(cast.administrator, trip) == set()


def test_nobody_becomes_administrator_and_answers_what_he_was_asked(cast: Cast) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "ask_before", person=cast.engineer2.id, note="请看")
    with writing() as session:
        grant_role(session, cast.administrator, cast.engineer2.id, Role.ADMINISTRATOR, None, NOW)
    assert "approve" not in may(cast.engineer2, trip)
    assert waits_for(cast.department_head, trip)


def _handed(cast: Cast, leaving: Person, successor: Person) -> None:
    with writing() as session:
        hand_over(session, cast.administrator, leaving.id, successor.id, NOW)


def test_who_looked_after_a_paper_does_not_decide_on_it_once_another_does(cast: Cast) -> None:
    """He typed and sent it for a colleague who left; that he hands it on makes it no stranger's."""
    trip = do(cast.engineer, sent_trip(cast), "withdraw")
    _handed(cast, cast.engineer, cast.office_director)
    retype(cast.office_director, trip, task="更换 30 台制动单元")
    trip = do(cast.office_director, trip, "submit")
    _handed(cast, cast.office_director, cast.engineer2)
    trip = do(cast.department_head, trip, "approve")
    assert asked(trip) == {"vice_president"}
    assert "approve" not in may(cast.office_director, trip)
    assert not waits_for(cast.office_director, trip)


def test_a_deputy_does_not_sign_more_than_his_limit_by_writing_it_in_himself(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, line_fields={"estimates": ("amount",)})
    travels_by(monkeypatch, "TR", changes, work("end", Owner(person="applicant")))
    depute(cast.department_head, cast.engineer2, amount_limit=Decimal("2000.00"))
    trip = sent_trip(cast)
    with pytest.raises(Refused):
        do(cast.engineer2, trip, "approve", lines={"estimates": {1: {"amount": "90000.00"}}})
    assert (reload(trip).amount, reload(trip).step) == (Decimal("1800.00"), "department_head")


@pytest.mark.parametrize("count", [1, 7, 8, 10])
def test_hours_that_can_be_proposed_can_be_approved(cast: Cast, count: int) -> None:
    typed = ",".join(f"{hour}:00-{hour}:1{hour % 10}" for hour in range(count))
    try:
        with writing() as session:
            row = change(session, cast.administrator, "hours.working", typed, valid_from=NOW.date(), note="x", now=NOW)
    except Invalid:
        assert count > 7
        return
    with writing() as session:
        approve_change(session, cast.general_manager, row.id, NOW)
    assert count <= 7


def test_a_change_in_the_first_year_of_all_is_in_the_past(cast: Cast) -> None:
    with writing() as session, pytest.raises(Refused) as caught:
        change(session, cast.administrator, "claim.major_amount", "1", valid_from=date(1, 1, 1), note="x", now=NOW)
    assert caught.value.key == "routes.in_past"


@pytest.mark.parametrize("mention", [["x"], [2**70], [-1], [0], [None]])
def test_a_remark_to_somebody_made_up_is_refused(cast: Cast, mention: list) -> None:
    trip = sent_trip(cast)
    assert refusal(do, cast.engineer, trip, "comment", note="x", mention=mention).key == "fault.summary"


@pytest.mark.parametrize("key", ["deputy.department_head", "deputy.general_manager"])
def test_no_setting_names_an_administrator_as_a_deputy(cast: Cast, key: str) -> None:
    with writing() as session, pytest.raises(Refused):
        change(session, cast.administrator, key, cast.administrator.id, valid_from=NOW.date(), note="x", now=NOW)


def test_who_was_told_of_a_late_trip_does_not_travel_on_it(cast: Cast) -> None:
    """He reads it as the role above; his own days are his."""
    hold(cast.general_manager, Role.DEPARTMENT_HEAD, cast.management)
    trip = sent_trip(cast)
    with writing() as session:
        remind_one(session, open_tasks(trip)[0].id, NOW + timedelta(days=8))
    own = drafted_trip(cast, cast.vice_president)
    move(cast, trip, until="travel")
    assert do(cast.vice_president, own, "submit").state == State.RUNNING


def test_an_administrator_who_works_as_an_engineer_does_not_decide_where_engineers_do(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(cast.administrator, Role.ENGINEER, cast.service)
    travels_by(
        monkeypatch, "TR", decision(Role.ENGINEER, of=Of.APPLICANT), work("end", Owner(Role.ENGINEER, Of.APPLICANT))
    )
    trip = sent_trip(cast, cast.clerk)
    assert asked(trip) == {"engineer", "engineer2"}
    assert may(cast.administrator, trip) == set()
    trip = do(cast.engineer, trip, "approve")
    assert "complete" in may(cast.administrator, trip)


def test_a_rejection_is_not_taken_back_once_another_claim_took_its_place(cast: Cast) -> None:
    """P8-3.2: one trip, one claim; one invoice, one claim"""
    trip = finished_trip(cast)
    rows = [voucher(cast, "lodging", "500.00", invoice_number="25432000001234567890")]
    first = do(
        cast.department_head,
        move(cast, sent_claim(cast, trip, vouchers=rows), until="department_head", now=BACK),
        "reject",
    )
    second = sent_claim(cast, trip, vouchers=rows)
    found = {fault.key for fault in faults(do, cast.department_head, first, "take_back", note="看错了")}
    assert "EC.fault.claimed_already" in found and "control.duplicate_invoice.found" in found
    assert (reload(first).state, reload(second).state) == (State.REJECTED, State.RUNNING)


def test_a_rejection_is_not_taken_back_once_the_trip_was_undone(cast: Cast) -> None:
    trip = finished_trip(cast)
    sent = sent_claim(cast, trip, vouchers=[voucher(cast, "lodging", "500.00")])
    claim = do(cast.department_head, move(cast, sent, until="department_head", now=BACK), "reject")
    trip = do(cast.engineer, trip, "reverse", note="没去", now=BACK)
    trip = do(cast.office_director, trip, "approve", now=BACK)
    assert trip.state == State.REVERSED
    assert [fault.field for fault in faults(do, cast.department_head, claim, "take_back", note="看错了")] == ["trip_id"]
