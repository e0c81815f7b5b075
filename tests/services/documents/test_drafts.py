"""Drafts: kept as typed, their author's alone, one for each form."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models import Document, Role, State
from services.database import reading, writing
from services.documents import KINDS
from services.documents.drafts import blank, check, drafts_of, keep, typed
from services.documents.papers import LONGEST_KEPT
from services.errors import Refused
from tests.factories import NOW, Cast
from tests.story import (
    asked,
    do,
    draft,
    drafted_claim,
    drafted_trip,
    finished_trip,
    hold,
    inbox,
    may,
    refusal,
    reload,
    retype,
    sent_trip,
    trip_form,
)


def test_a_draft_is_kept_as_typed_valid_or_not(cast: Cast) -> None:
    """Issue 2: drafts kept by themselves"""
    nonsense = {"starts_on": "soon", "estimates": [{"expense_type_id": None, "amount": "1,2x"}], "task": ""}
    trip = drafted_trip(cast, **nonsense)
    with reading() as session:
        form = typed(session, reload(trip))
    assert (form["starts_on"], form["task"]) == ("soon", "")
    assert form["estimates"] == [{"expense_type_id": None, "amount": "1,2x"}]


def test_an_empty_form_is_a_draft_too(cast: Cast) -> None:
    trip = draft(cast.engineer, "TR", {})
    assert (trip.title, trip.amount, trip.state) == ("", None, State.DRAFT)


def test_a_draft_shows_title_and_sum_as_far_as_they_are_known(cast: Cast) -> None:
    trip = drafted_trip(cast, task="")
    assert (trip.title, trip.amount) == ("西安", Decimal("1800.00"))


@pytest.mark.parametrize("amount", ["9" * 30, "-5", "NaN", "1e400", "100000000", "0.001"])
def test_an_amount_beyond_all_sense_does_not_break_a_draft(cast: Cast, amount: str) -> None:
    rows = [{"expense_type_id": cast.expense["train"].id, "amount": amount}] * 500
    trip = drafted_trip(cast, estimates=rows)
    assert trip.amount is None or trip.amount <= Decimal("100000000000")


@pytest.mark.parametrize(
    "value",
    ["a\x00b", "\ud800", float("nan"), date(2026, 11, 25), Decimal("1.5"), b"bytes", {"a": [1]}, ["\x00"], 10**40],
    ids=["nul", "half-a-pair", "nan", "date", "decimal", "bytes", "dict", "list", "huge"],
)
@pytest.mark.parametrize("where", ["field", "line"])
def test_whatever_a_browser_sends_is_kept_or_left_out_and_breaks_nothing(cast: Cast, where: str, value: Any) -> None:
    raw = trip_form(cast, task=value) if where == "field" else trip_form(cast, estimates=[{"note": value}])
    kept = draft(cast.engineer, "TR", raw)
    assert reload(kept).draft is not None


@pytest.mark.parametrize("rows", [None, 5, "x", {"a": 1}, [None], [1, "x"], [[]]])
def test_lines_that_are_none_are_left_out(cast: Cast, rows: Any) -> None:
    kept = draft(cast.engineer, "TR", trip_form(cast, estimates=rows))
    assert (reload(kept).draft or {})["estimates"] == []


def test_a_forged_field_is_not_carried_along(cast: Cast) -> None:
    """STREAMLIT.md 3"""
    forged = {"state": "done", "departed_on": "2026-11-24", "applicant_id": 1, "number": "TR-1", "allowance_rate": "9"}
    trip = draft(cast.engineer, "TR", trip_form(cast, **forged))
    assert set(reload(trip).draft or {}) == {*KINDS["TR"].fields, "estimates"} - {"changes_id"}
    trip = do(cast.engineer, trip, "submit")
    assert (trip.applicant_id, trip.number, trip.state) == (cast.engineer.id, "TR-202611-0001", State.RUNNING)


def test_a_forged_column_is_not_carried_along(cast: Cast) -> None:
    rows = [{"expense_type_id": cast.expense["train"].id, "amount": "1", "id": 7, "document_id": 1, "position": 9}]
    trip = drafted_trip(cast, estimates=rows)
    assert (reload(trip).draft or {})["estimates"] == [{"expense_type_id": cast.expense["train"].id, "amount": "1"}]


def test_more_lines_than_a_paper_holds_are_said_and_not_stored(cast: Cast) -> None:
    rows = [{"expense_type_id": cast.expense["train"].id, "amount": "1"}] * 2000
    trip = drafted_trip(cast, estimates=rows)
    assert len((reload(trip).draft or {})["estimates"]) == KINDS["TR"].lines("estimates").most + 1
    assert refusal(do, cast.engineer, trip, "submit").faults[0].key == "fault.too_many_lines"  # type: ignore[attr-defined]


def test_the_same_form_kept_again_is_the_same_draft(cast: Cast) -> None:
    first = draft(cast.engineer, "TR", trip_form(cast), token="form-1")
    again = draft(cast.engineer, "TR", trip_form(cast, task="etwas anderes"), token="form-1")
    assert (again.id, again.version) == (first.id, first.version + 1)


def test_a_stranger_with_a_stolen_token_changes_nothing(cast: Cast) -> None:
    trip = drafted_trip(cast)
    for person in (cast.stranger, cast.department_head, cast.general_manager, cast.administrator):
        refused = refusal(draft, person, "TR", trip_form(cast, task="mine"), token=trip.client_token)
        assert (refused.key, refused.facts) == ("access.not_found", {"number": ""})
    assert (reload(trip).draft or {})["task"] == "更换 3 台制动单元并跟车试验"


def test_a_stolen_token_of_a_sent_paper_tells_nothing(cast: Cast) -> None:
    trip = sent_trip(cast)
    refused = refusal(draft, cast.stranger, "EC", {}, token=trip.client_token)
    assert (refused.key, refused.facts) == ("access.not_found", {"number": ""})


def test_a_token_does_not_turn_one_kind_into_another(cast: Cast) -> None:
    trip = drafted_trip(cast)
    assert refusal(draft, cast.engineer, "EC", {}, token=trip.client_token).key == "draft.not_yours"


@pytest.mark.parametrize("person", ["department_head", "general_manager", "administrator", "stranger", "engineer2"])
def test_a_draft_is_seen_by_its_author_alone(cast: Cast, person: str) -> None:
    trip = drafted_trip(cast, companions=[cast.engineer2.id])
    someone = getattr(cast, person)
    assert may(someone, trip) == set()
    assert inbox(someone) == []
    with reading() as session:
        assert drafts_of(session, someone) == []
        assert [one.id for one in drafts_of(session, cast.engineer)] == [trip.id]


def test_drafts_are_listed_newest_first_until_they_are_sent(cast: Cast) -> None:
    one, two, three = (drafted_trip(cast, estimates=[]) for _ in range(3))
    do(cast.engineer, two, "cancel", note="")
    with reading() as session:
        assert [paper.id for paper in drafts_of(session, cast.engineer)] == [three.id, one.id]


def test_an_administrator_without_another_role_starts_nothing(cast: Cast) -> None:
    assert refusal(draft, cast.administrator, "TR", {}).key == "draft.may_not_start"
    with pytest.raises(Refused), reading() as session:
        blank(session, cast.administrator, "TR", NOW)
    hold(cast.administrator, Role.ENGINEER, cast.office)
    assert draft(cast.administrator, "TR", {}).state == State.DRAFT


def test_a_disabled_person_starts_nothing(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.engineer).active = False
    with reading() as session:
        engineer = session.get_one(type(cast.engineer), cast.engineer.id)
    assert refusal(draft, engineer, "TR", {}).key == "draft.may_not_start"


def test_a_new_request_opens_with_today_and_the_applicant_himself(cast: Cast) -> None:
    """Issue 2: today's date proposed"""
    with reading() as session:
        form = blank(session, cast.engineer, "TR", NOW)
    assert (form["traveller_id"], form["starts_on"], form["ends_on"]) == (cast.engineer.id, "2026-11-23", "2026-11-25")


@pytest.mark.parametrize("source", ["draft", "missing", "strangers"])
def test_a_claim_cannot_be_started_from_just_any_paper(cast: Cast, source: str) -> None:
    if source == "draft":
        paper, key = drafted_trip(cast), "draft.not_offered"
    elif source == "strangers":
        paper, key = finished_trip(cast, traveller_id=cast.engineer2.id), "access.not_found"
    else:
        paper, key = Document(id=999, kind="TR", client_token="", applicant_id=0, created_by_id=0, department_id=0,
                              created_at=NOW), "access.not_found"  # fmt: skip
    person = cast.stranger if source == "strangers" else cast.engineer
    assert refusal(draft, person, "EC", {}, source=paper).key == key


def test_a_claim_remembers_the_trip_it_was_started_from(cast: Cast) -> None:
    trip = finished_trip(cast)
    assert drafted_claim(cast, trip).source_id == trip.id


def test_keeping_a_returned_paper_changes_neither_its_title_nor_its_amount(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    after = retype(cast.engineer, trip, destinations="成都", estimates=[])
    assert (after.title, after.amount, after.version) == (trip.title, trip.amount, trip.version + 1)


def test_checking_while_typing_stores_nothing(cast: Cast) -> None:
    with writing() as session:
        filled, faults = check(session, cast.engineer, "TR", trip_form(cast, task=""), NOW)
        assert {fault.field for fault in faults} == {"task"}
        assert filled.values["destinations"] == "西安"
        assert not session.new and not session.dirty


def test_whoever_is_no_longer_the_author_keeps_nothing(cast: Cast) -> None:
    """A right is asked at every call."""
    trip = sent_trip(cast)
    with pytest.raises(Refused), writing() as session:
        keep(session, cast.engineer, "TR", {}, token=trip.client_token, now=NOW)
    assert reload(trip).draft is None


def test_a_text_of_megabytes_is_not_kept_and_is_said_to_be_too_long(cast: Cast) -> None:
    draft = drafted_trip(cast, task="长" * 3_000_000, companions=list(range(100_000)))
    assert len(draft.draft["task"]) == LONGEST_KEPT < 50_000 and len(draft.draft["companions"]) <= 500
    with reading() as session:
        _, found = check(session, cast.engineer, "TR", draft.draft, NOW, draft)
    assert ("task", "fault.too_long") in {(fault.field, fault.key) for fault in found}


def test_a_title_is_one_line_whatever_field_it_comes_from(cast: Cast) -> None:
    trip = sent_trip(cast, task="更换油缸\n\n    # 并调试")
    draft = drafted_trip(cast, task="更换油缸\n\n    # 并调试", starts_on="2026-12-20", ends_on="2026-12-20")
    for paper in (trip, draft):
        assert "\n" not in paper.title and "  " not in paper.title


@pytest.mark.parametrize("kept_again", [True, False])
def test_a_draft_is_sent_from_the_department_its_author_works_in_by_then(cast: Cast, kept_again: bool) -> None:
    trip = drafted_trip(cast)
    with writing() as session:
        session.merge(cast.engineer).department_id = cast.service2.id
    if kept_again:
        trip = retype(cast.engineer, trip, task="跟车试验")
        assert trip.department_id == cast.service2.id
    trip = do(cast.engineer, trip, "submit")
    assert trip.department_id == cast.service2.id and asked(trip) == {"other_head"}
    with writing() as session:
        session.merge(cast.engineer).department_id = cast.service.id
    trip = do(cast.engineer, do(cast.other_head, trip, "return"), "submit")
    assert trip.department_id == cast.service2.id, "once sent, it belongs there"
