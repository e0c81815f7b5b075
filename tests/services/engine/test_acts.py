"""What may be done with a paper, and what it leaves behind (P2-4.2)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models import Role, State
from services.attachments import attach, remove
from services.database import reading, writing
from services.documents.drafts import drafts_of, typed
from services.engine.acts import LONGEST_NOTE
from services.lists import Filters, listing
from services.routes import Of, Owner, decision, work
from tests.factories import NOW, Cast
from tests.services.engine.test_claim import PDF
from tests.story import (
    BACK,
    approved_trip,
    asked,
    claim_at,
    detail,
    do,
    drafted_claim,
    drafted_trip,
    estimate,
    events,
    faults,
    finished_trip,
    may,
    move,
    open_tasks,
    paid_claim,
    refusal,
    reload,
    retype,
    sent_claim,
    sent_trip,
    signed,
    tasks,
    travels_by,
    voucher,
    waits_for,
)

# --- draft, send, withdraw, send again


def test_only_its_author_may_do_anything_with_a_draft(cast: Cast) -> None:
    trip = drafted_trip(cast)
    assert may(cast.engineer, trip) == {"submit", "cancel"}
    for person in (cast.engineer2, cast.department_head, cast.general_manager, cast.administrator):
        assert may(person, trip) == set()
        assert refusal(do, person, trip, "submit").key == "access.not_found"


def test_a_sent_request_can_be_withdrawn_changed_and_sent_again_under_its_number(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.engineer, trip, "withdraw")
    assert (trip.state, trip.step, trip.number) == (State.WITHDRAWN, None, "TR-202611-0001")
    assert open_tasks(trip) == [] and signed(trip) == [] and trip.due_at is None
    assert not waits_for(cast.office_director, trip)
    retype(cast.engineer, trip, destinations="洛阳")
    trip = do(cast.engineer, trip, "submit")
    assert (trip.number, trip.round, trip.step) == ("TR-202611-0001", 2, "department_head")
    assert trip.title.startswith("洛阳")


def test_every_signature_is_asked_anew_after_a_withdrawal_though_nothing_was_changed(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.engineer, do(cast.engineer, trip, "withdraw"), "submit")
    assert asked(trip) == {"department_head"}
    assert signed(move(cast, trip, until="travel")) == ["department_head", "office_director"]


def test_what_is_approved_can_no_longer_be_withdrawn(cast: Cast) -> None:
    trip = approved_trip(cast)
    assert "withdraw" not in may(cast.engineer, trip)
    assert refusal(do, cast.engineer, trip, "withdraw").key == "action.not_allowed"


def test_an_audited_claim_can_no_longer_be_withdrawn(cast: Cast) -> None:
    claim = claim_at(cast, "finance_audit")
    assert "withdraw" in may(cast.engineer, claim)
    assert "withdraw" not in may(cast.engineer, do(cast.finance_officer, claim, "approve"))


def test_only_its_author_withdraws(cast: Cast) -> None:
    trip = sent_trip(cast, companions=[cast.engineer2.id])
    for person in (cast.engineer2, cast.department_head, cast.general_manager):
        assert "withdraw" not in may(person, trip)


def test_a_paper_is_not_sent_twice(cast: Cast) -> None:
    trip = sent_trip(cast)
    assert refusal(do, cast.engineer, trip, "submit").key == "action.not_allowed"
    assert len(tasks(trip)) == 1


def test_a_running_paper_cannot_be_typed_in(cast: Cast) -> None:
    """P7-7 in small: what others read and sign is not changed under their hands."""
    trip = sent_trip(cast)
    assert refusal(retype, cast.engineer, trip, task="anders").key == "draft.not_editable"


# --- return


def test_a_return_gives_the_paper_back_to_its_author_with_the_reason(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return", note="请写明现场联系人")
    assert (trip.state, trip.step, trip.due_at) == (State.RETURNED, None, None)
    assert may(cast.engineer, trip) == {"submit", "cancel", "comment"}
    event = events(trip)[-1]
    assert (event.action, event.note, event.data["to"]) == ("return", "请写明现场联系人", "applicant")
    assert detail(trip).destinations == "西安"


def test_returned_and_sent_again_unchanged_it_goes_on_where_it_was_returned(cast: Cast) -> None:
    """P9-4c: those who signed the very same paper are not asked again"""
    claim = do(cast.office_director, claim_at(cast, "office_director"), "return")
    claim = do(cast.engineer, claim, "submit")
    assert (claim.step, signed(claim)) == ("office_director", ["clerk", "department_head", "vice_president"])
    assert events(claim)[-1].data["resumed_at"] == "office_director"
    assert signed(move(cast, claim, until="finance_audit")) == [
        "clerk", "department_head", "vice_president", "office_director", "finance_vp",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"purpose": "另一件事"}, {"bank_account": "6222 0000 1111"}], ids=["text", "account"]
)
def test_returned_and_changed_it_goes_back_to_all_who_had_signed(cast: Cast, change: dict[str, str]) -> None:
    """P9-4c, P2-4.2: nobody's signature stands under what he has not read"""
    claim = do(cast.office_director, claim_at(cast, "office_director"), "return")
    retype(cast.engineer, claim, BACK, **change)
    claim = do(cast.engineer, claim, "submit")
    assert (claim.step, signed(claim)) == ("clerk", [])


def test_a_changed_line_is_a_change(cast: Cast) -> None:
    claim = do(cast.vice_president, claim_at(cast, "vice_president"), "return")
    lines = (reload(claim).draft or {})["vouchers"]
    lines[0]["seller"] = "中国铁路"
    retype(cast.engineer, claim, BACK, vouchers=lines)
    assert do(cast.engineer, claim, "submit").step == "clerk"


def test_changed_there_and_back_is_unchanged(cast: Cast) -> None:
    claim = do(cast.vice_president, claim_at(cast, "vice_president"), "return")
    purpose = detail(claim).purpose
    retype(cast.engineer, claim, BACK, purpose="x")
    retype(cast.engineer, claim, BACK, purpose=f" {purpose} ")
    assert do(cast.engineer, claim, "submit").step == "vice_president"


def test_another_file_under_a_returned_paper_is_a_change(cast: Cast) -> None:
    """P8-3.2: the receipts are part of what was signed"""
    claim = drafted_claim(cast)
    with writing() as session:
        receipt = attach(session, cast.engineer, claim, "票.pdf", PDF, BACK)
    claim = move(cast, do(cast.engineer, claim, "submit"), until="vice_president")
    claim = do(cast.vice_president, claim, "return")
    with writing() as session:
        remove(session, cast.engineer, receipt.id, BACK)
        attach(session, cast.engineer, claim, "票.pdf", PDF + b"\n%other", BACK)
    assert do(cast.engineer, claim, "submit").step == "clerk"


def test_a_file_that_a_signer_added_is_none(cast: Cast) -> None:
    claim = claim_at(cast, "department_head")
    with writing() as session:
        attach(session, cast.department_head, claim, "附件.pdf", PDF, BACK)
    claim = do(cast.vice_president, do(cast.department_head, claim, "approve"), "return")
    assert do(cast.engineer, claim, "submit").step == "vice_president"


def test_a_paper_returned_twice_goes_on_where_it_was_returned_last(cast: Cast) -> None:
    claim = do(cast.finance_vp, claim_at(cast, "finance_vp"), "return")
    claim = do(cast.engineer, claim, "submit")
    claim = do(cast.finance_vp, claim, "return", to="department_head")
    claim = do(cast.department_head, claim, "return")
    claim = do(cast.engineer, claim, "submit")
    assert (claim.step, signed(claim)) == ("department_head", ["clerk"])


def test_a_return_to_an_earlier_step_asks_that_one_and_all_after_it_again(cast: Cast) -> None:
    claim = do(cast.finance_vp, claim_at(cast, "finance_vp"), "return", to="department_head")
    assert (claim.state, claim.step, signed(claim)) == (State.RUNNING, "department_head", ["clerk"])
    assert asked(claim) == {"department_head"}
    assert signed(move(cast, claim, until="finance_audit"))[-1] == "finance_vp"


@pytest.mark.parametrize("to", ["finance_vp", "finance_audit", "payment", "finance_head", "nowhere", "", "applicant"])
def test_a_return_goes_only_to_a_step_that_has_signed(cast: Cast, to: str) -> None:
    claim = claim_at(cast, "office_director")
    if to in ("", "applicant"):
        assert do(cast.office_director, claim, "return", to=to).state == State.RETURNED
    else:
        assert refusal(do, cast.office_director, claim, "return", to=to).key == "action.no_such_step"
        assert reload(claim).step == "office_director"


def test_who_returned_a_paper_decides_on_it_again(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    trip = do(cast.engineer, trip, "submit")
    assert do(cast.department_head, trip, "approve").step == "office_director"


@pytest.mark.parametrize("action", ["return", "reject"])
@pytest.mark.parametrize("note", ["", "  \n ", "\u200b\u2060", "\x00"])
def test_a_return_and_a_rejection_need_a_reason_that_can_be_read(cast: Cast, action: str, note: str) -> None:
    trip = sent_trip(cast)
    (fault,) = faults(do, cast.department_head, trip, action, note=note)
    assert (fault.field, fault.key) == ("note", "action.needs_note")
    assert reload(trip).state == State.RUNNING


def test_a_remark_has_a_longest_length(cast: Cast) -> None:
    trip = sent_trip(cast)
    (fault,) = faults(do, cast.department_head, trip, "approve", note="好" * (LONGEST_NOTE + 1))
    assert (fault.field, fault.key) == ("note", "fault.too_long")
    assert do(cast.department_head, trip, "approve", note="好" * LONGEST_NOTE).step == "office_director"


def test_a_remark_keeps_its_lines_and_loses_what_nobody_sees(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve", note=" 同意\n第二行\x00\u202e ")
    assert events(trip)[-1].note == "同意\n第二行"


# --- reject


def test_a_rejection_ends_the_paper(cast: Cast) -> None:
    trip = do(cast.office_director, move(cast, sent_trip(cast), until="office_director"), "reject", note="改用视频")
    assert (trip.state, trip.step, trip.closed_at) == (State.REJECTED, None, NOW)
    assert open_tasks(trip) == []
    assert may(cast.engineer, trip) == {"comment"}
    assert refusal(do, cast.engineer, trip, "submit").key == "action.not_allowed"


def test_the_clerk_checks_and_returns_and_does_not_reject(cast: Cast) -> None:
    """P9-4c"""
    claim = sent_claim(cast)
    assert may(cast.clerk, claim) == {"approve", "return", "comment"}
    assert refusal(do, cast.clerk, claim, "reject").key == "action.not_allowed"


# --- cancel


def test_a_draft_that_was_never_sent_goes_away_without_a_reason_or_a_trace(cast: Cast) -> None:
    trip = do(cast.engineer, drafted_trip(cast), "cancel", note="")
    assert (trip.state, events(trip)) == (State.CANCELLED, [])
    with reading() as session:
        assert drafts_of(session, cast.engineer) == []
        assert listing(session, cast.engineer, Filters(), NOW).count == 0


def test_a_returned_paper_can_be_given_up_with_a_reason(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    (fault,) = faults(do, cast.engineer, trip, "cancel", note="")
    assert fault.key == "action.needs_note"
    trip = do(cast.engineer, trip, "cancel", note="客户改期")
    assert (trip.state, trip.number) == (State.CANCELLED, "TR-202611-0001")
    assert may(cast.engineer, trip) == {"comment"}


def test_a_running_paper_is_withdrawn_before_it_is_given_up(cast: Cast) -> None:
    assert "cancel" not in may(cast.engineer, sent_trip(cast))


def test_an_open_trip_can_be_cancelled_by_its_author_alone(cast: Cast) -> None:
    trip = approved_trip(cast, companions=[cast.engineer2.id])
    for person in (cast.engineer2, cast.department_head, cast.general_manager):
        assert "cancel" not in may(person, trip)
    trip = do(cast.engineer, trip, "cancel")
    assert (trip.state, open_tasks(trip)) == (State.CANCELLED, [])


def test_a_trip_that_is_over_is_not_cancelled(cast: Cast) -> None:
    assert "cancel" not in may(cast.engineer, finished_trip(cast))


def test_an_approved_claim_is_not_cancelled(cast: Cast) -> None:
    assert "cancel" not in may(cast.engineer, claim_at(cast, "payment"))


def _trip_with_reports(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route on which work remains after the return, so that a trip is still open while it is claimed."""
    back = {"fields": ("departed_on", "returned_on"), "required": ("departed_on", "returned_on")}
    travels_by(
        monkeypatch,
        "TR",
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, milestone="approved"),
        work("travel", Owner(person="traveller_id"), **back),
        work("report", Owner(person="traveller_id")),
    )


def test_a_trip_with_a_claim_is_not_cancelled(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its money is on the way."""
    _trip_with_reports(cast, monkeypatch)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    trip = do(cast.engineer, trip, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-27")
    claim = sent_claim(cast, trip, vouchers=[voucher(cast, "lodging", "500.00")])
    refused = refusal(do, cast.engineer, trip, "cancel", now=BACK)
    assert (refused.key, refused.facts) == ("TR.refused.stands_under", {"number": claim.number})
    do(cast.engineer, claim, "withdraw")
    assert do(cast.engineer, trip, "cancel", now=BACK).state == State.CANCELLED


def test_a_trip_is_not_undone_under_its_claim(cast: Cast) -> None:
    """P9-2, P9-4: a claim stands on a trip that was approved; it is undone first, also where it is sent meanwhile."""
    trip = finished_trip(cast)
    do(cast.engineer, trip, "reverse", now=BACK, note="填错了")
    claim = sent_claim(cast, trip, vouchers=[voucher(cast, "lodging", "500.00")])
    refused = refusal(do, cast.office_director, trip, "approve", now=BACK)
    assert (refused.key, refused.facts) == ("TR.refused.stands_under", {"number": claim.number})
    do(cast.engineer, trip, "withdraw", now=BACK)
    assert refusal(do, cast.engineer, trip, "reverse", now=BACK, note="填错了").key == "TR.refused.stands_under"
    do(cast.engineer, claim, "withdraw")
    do(cast.engineer, trip, "reverse", now=BACK, note="填错了")


def test_a_claim_counts_for_the_trip_it_names_wherever_it_was_started(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim begun from one trip and turned to another keeps that other one from being cancelled."""
    _trip_with_reports(cast, monkeypatch)
    first = do(cast.department_head, sent_trip(cast, starts_on="2026-11-23", ends_on="2026-11-24"), "approve")
    first = do(cast.engineer, first, "complete", now=BACK, departed_on="2026-11-23", returned_on="2026-11-24")
    second = do(cast.department_head, sent_trip(cast), "approve")
    second = do(cast.engineer, second, "complete", now=BACK, departed_on="2026-11-25", returned_on="2026-11-27")
    claim = drafted_claim(cast, first, vouchers=[voucher(cast, "lodging", "500.00")])
    retype(cast.engineer, claim, BACK, trip_id=second.id, starts_on="2026-11-25", ends_on="2026-11-27")
    claim = do(cast.engineer, claim, "submit")
    assert refusal(do, cast.engineer, second, "cancel", now=BACK).key == "TR.refused.stands_under"
    assert do(cast.engineer, first, "cancel", now=BACK).state == State.CANCELLED


# --- comment


def test_whoever_may_read_a_sent_paper_may_comment_and_nothing_is_decided_by_it(cast: Cast) -> None:
    trip = sent_trip(cast)
    before = trip.version
    for person in (cast.engineer, cast.clerk, cast.office_director, cast.general_manager):
        trip = do(person, trip, "comment", note="请带上合格证")
    assert (trip.version, trip.step, len(tasks(trip))) == (before, "department_head", 1)
    assert [event.action for event in events(trip)] == ["submit"] + ["comment"] * 4


def test_a_comment_says_something(cast: Cast) -> None:
    (fault,) = faults(do, cast.clerk, sent_trip(cast), "comment", note=" ")
    assert (fault.field, fault.key) == ("note", "action.needs_words")


def test_who_may_not_read_may_not_comment(cast: Cast) -> None:
    assert refusal(do, cast.stranger, sent_trip(cast), "comment").key == "access.not_found"


def test_a_paper_that_has_ended_can_still_be_commented(cast: Cast) -> None:
    claim = do(cast.engineer, paid_claim(cast), "comment", note="已收到")
    assert claim.state == State.DONE


# --- fill in


def test_what_a_work_step_requires_must_be_filled_in(cast: Cast) -> None:
    trip = approved_trip(cast)
    found = {(fault.field, fault.key) for fault in faults(do, cast.engineer, trip, "complete", now=BACK)}
    assert found == {("departed_on", "fault.required"), ("returned_on", "fault.required")}
    found = {
        (fault.field, fault.key)
        for fault in faults(
            do, cast.engineer, trip, "complete", now=BACK, departed_on="gestern", returned_on="2026-11-27"
        )
    }
    assert found == {("departed_on", "fault.date")}
    assert detail(trip).returned_on is None


def test_what_is_not_asked_is_not_written(cast: Cast) -> None:
    trip = approved_trip(cast)
    days = {"departed_on": "2026-11-25", "returned_on": "2026-11-27"}
    trip = do(
        cast.engineer,
        trip,
        "complete",
        now=BACK,
        destinations="巴黎",
        task="",
        lines={"estimates": {1: {"amount": "1"}}},
        **days,
    )
    assert detail(trip).destinations == "西安"
    assert trip.amount == Decimal("1800.00")


def test_what_was_filled_in_before_stays_unless_something_else_is_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that is asked again, or decided from the inbox, does not wipe what stands there."""
    travels_by(
        monkeypatch,
        "TR",
        work("note_it", Owner(Role.CLERK, Of.APPLICANT), fields=("departed_on",)),
        decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT, fields=("departed_on", "returned_on")),
        decision(Role.OFFICE_DIRECTOR),
    )
    trip = do(cast.clerk, sent_trip(cast), "complete", departed_on="2026-11-25")
    trip = do(cast.department_head, trip, "approve", returned_on="2026-11-27")
    assert (str(detail(trip).departed_on), str(detail(trip).returned_on)) == ("2026-11-25", "2026-11-27")
    trip = do(cast.office_director, trip, "return", to="department_head")
    trip = do(cast.department_head, trip, "approve", departed_on=None)
    assert (detail(trip).departed_on, str(detail(trip).returned_on)) == (None, "2026-11-27")


def test_the_trail_says_what_was_filled_in(cast: Cast) -> None:
    trip = finished_trip(cast)
    assert events(trip)[-1].data["changed"] == {
        "departed_on": [None, "2026-11-25"],
        "returned_on": [None, "2026-11-27"],
    }


# --- the form after a return


def test_the_form_of_a_returned_paper_opens_with_what_was_sent(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    with reading() as session:
        form = typed(session, reload(trip))
    assert (form["destinations"], form["starts_on"]) == ("西安", "2026-11-25")
    assert form["estimates"][0] == estimate(cast, "train", "1000.00")


def test_what_was_sent_stays_readable_while_its_author_types_something_else(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    trip = retype(cast.engineer, trip, destinations="成都", estimates=[])
    assert (trip.title, trip.amount, detail(trip).destinations) == (
        "西安 更换 3 台制动单元并跟车试验",
        Decimal("1800.00"),
        "西安",
    )


def test_times_are_those_of_the_act(cast: Cast) -> None:
    trip = sent_trip(cast)
    later = NOW + timedelta(minutes=90)
    trip = do(cast.department_head, trip, "approve", now=later)
    first, second = tasks(trip)
    assert (first.opened_at, first.closed_at, second.opened_at) == (NOW, later, later)
    assert events(trip)[-1].at == later
