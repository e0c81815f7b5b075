"""The timeline: what happened to a paper, told to whoever may read it (P1-4.4a, P4-2.4)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models import Document, Role
from services.attachments import attach
from services.database import reading, writing
from services.documents.timeline import Entry, held_now, open_now, timeline
from tests.factories import NOW, Cast
from tests.services.engine.test_claim import PDF
from tests.story import (
    approved_trip,
    claim_at,
    depute,
    do,
    drafted_trip,
    estimate,
    finished_trip,
    hold,
    reload,
    retype,
    sent_trip,
)


def _told(paper: Document) -> list[Entry]:
    with reading() as session:
        return timeline(session, reload(paper))


def test_it_says_who_did_what_in_which_role_and_how_long_it_had_waited(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve", note="同意", now=NOW + timedelta(hours=3))
    entry = _told(trip)[-1]
    assert (entry.action, entry.actor, entry.role, entry.step) == (
        "approve",
        "赵国强",
        "department_head",
        "department_head",
    )
    assert (entry.note, entry.at, entry.took) == ("同意", NOW + timedelta(hours=3), timedelta(hours=3))


def test_it_says_for_whom_a_deputy_signed(cast: Cast) -> None:
    depute(cast.department_head, cast.engineer2)
    entry = _told(do(cast.engineer2, sent_trip(cast), "approve"))[-1]
    assert (entry.actor, entry.for_name) == ("李海涛", "赵国强")


def test_it_keeps_every_round(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return", note="补充")
    trip = do(cast.engineer, trip, "submit")
    trip = do(cast.engineer, trip, "withdraw")
    trip = do(cast.engineer, trip, "submit")
    assert [entry.action for entry in _told(trip)] == ["submit", "return", "submit", "withdraw", "submit"]


def test_what_an_author_gathered_before_sending_is_his_own(cast: Cast) -> None:
    trip = drafted_trip(cast)
    with writing() as session:
        attach(session, cast.engineer, trip, "草稿.pdf", PDF, NOW)
    trip = do(cast.engineer, trip, "submit")
    assert [entry.action for entry in _told(trip)] == ["submit"]


def test_a_draft_has_no_history(cast: Cast) -> None:
    assert _told(drafted_trip(cast)) == []


def test_what_is_open_names_everybody_who_may_take_it(cast: Cast) -> None:
    hold(cast.clerk, Role.OFFICE_DIRECTOR)
    trip = do(cast.department_head, sent_trip(cast), "approve")
    with reading() as session:
        (waiting,) = open_now(session, reload(trip))
    assert (waiting.step, waiting.decides, waiting.role) == ("office_director", True, Role.OFFICE_DIRECTOR)
    assert set(waiting.people) == {"郑雅琴", "陈晓芸"}
    assert waiting.opened_at == NOW and waiting.due_at


def test_what_is_open_names_the_deputies_of_the_day(cast: Cast) -> None:
    """Issue 3 point 6: on the paper as in the preview"""
    trip = sent_trip(cast)
    depute(cast.department_head, cast.engineer2)
    depute(cast.department_head, cast.clerk, ends_on=NOW.date() - timedelta(days=1))
    with reading() as session:
        (waiting,) = open_now(session, trip, NOW)
    assert (waiting.people, waiting.deputies) == ((cast.department_head.name,), (cast.engineer2.name,))


def test_work_that_waits_for_one_person_names_him(cast: Cast) -> None:
    with reading() as session:
        (waiting,) = open_now(session, approved_trip(cast))
    assert (waiting.step, waiting.decides, waiting.people) == ("travel", False, ("王建军",))


def test_who_asked_a_colleague_first_still_stands_on_the_way(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "ask_before", person=cast.engineer2.id, note="可行吗")
    with reading() as session:
        assert [one.people for one in open_now(session, trip)] == [(cast.engineer2.name,)]
        assert [one.people for one in held_now(session, trip)] == [(cast.department_head.name,)]
    trip = do(cast.engineer2, trip, "approve")
    with reading() as session:
        assert held_now(session, trip) == []


def test_nothing_is_open_on_a_paper_that_has_ended(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "reject")
    with reading() as session:
        assert open_now(session, trip) == []


def test_an_audit_cut_can_be_read_in_it(cast: Cast) -> None:
    """P8-3.4, P6-5 in small: who changed what"""
    claim = claim_at(cast, "finance_audit")
    cut = {"vouchers": {2: {"audited_amount": "360", "audit_reason": "超出住宿标准"}}}
    claim = do(cast.finance_officer, claim, "approve", lines=cut)
    assert _told(claim)[-1].data["changed"] == {
        "vouchers.2.audited_amount": [None, "360.00"],
        "vouchers.2.audit_reason": [None, "超出住宿标准"],
    }


def _changes(entry: Entry) -> list[tuple[Any, ...]]:
    return [(one.table, one.line, one.field, one.before, one.after) for one in entry.changes]


def test_it_says_what_a_step_filled_in(cast: Cast) -> None:
    """Issue 2: with what changed"""
    trip = finished_trip(cast)
    assert _changes(_told(trip)[-1]) == [
        (None, None, "departed_on", None, date(2026, 11, 25)),
        (None, None, "returned_on", None, date(2026, 11, 27)),
    ]


def test_it_says_which_voucher_was_cut_and_why(cast: Cast) -> None:
    """P8-3.4"""
    cut = {"vouchers": {4: {"audited_amount": "60.00", "audit_reason": "无票"}}}
    claim = do(cast.finance_officer, claim_at(cast, "finance_audit"), "approve", lines=cut)
    assert _changes(_told(claim)[-1]) == [
        ("vouchers", 4, "audited_amount", None, Decimal("60.00")),
        ("vouchers", 4, "audit_reason", None, "无票"),
    ]


def test_a_paper_sent_again_as_it_was_says_of_no_change(cast: Cast) -> None:
    """A form offers blank lines, and what is typed as 900 is kept as 900.00."""
    blank = {"expense_type_id": None, "amount": None, "note": None}
    trip = sent_trip(cast, estimates=[estimate(cast, "train", "900"), blank, blank], serves="")
    told = _told(do(cast.engineer, do(cast.engineer, trip, "withdraw"), "submit"))
    assert [entry.action for entry in told] == ["submit", "withdraw", "submit"]
    assert [_changes(entry) for entry in told] == [[], [], []]


def test_it_says_what_was_changed_before_a_paper_was_sent_again(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    estimates = [estimate(cast, "train", "900.00")]
    retype(cast.engineer, trip, destinations="兰州", ends_on="2026-11-28", estimates=estimates)
    told = _told(do(cast.engineer, trip, "submit"))
    assert _changes(told[0]) == _changes(told[1]) == []
    assert _changes(told[2]) == [
        (None, None, "destinations", "西安", "兰州"),
        (None, None, "ends_on", date(2026, 11, 27), date(2026, 11, 28)),
        (None, None, "estimates", 2, 1),
    ]
    assert _changes(_told(do(cast.department_head, trip, "approve"))[-1]) == []
