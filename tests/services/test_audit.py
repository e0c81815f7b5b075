"""The audit trail: one event an act, each sealed with the one before; whoever alters it is found out (P8-6.1)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from models import Document, Event, State
from services.audit import head, record, verify_chain
from services.database import reading, writing
from services.documents import KINDS
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    approved_trip,
    do,
    drafted_trip,
    estimate,
    events,
    faults,
    paid_claim,
    refusal,
    sent_trip,
    waits_for,
)


def _all() -> list[Event]:
    with reading() as session:
        return list(session.exec(select(Event).order_by(col(Event.sequence))))


def _problems() -> list[str]:
    with reading() as session:
        return verify_chain(session)


# --- one event an act


@pytest.mark.parametrize(
    ("make", "who", "action"),
    [
        (drafted_trip, "engineer", "submit"),
        (sent_trip, "department_head", "approve"),
        (sent_trip, "department_head", "return"),
        (sent_trip, "department_head", "reject"),
        (sent_trip, "engineer", "withdraw"),
        (sent_trip, "clerk", "comment"),
        (approved_trip, "engineer", "cancel"),
    ],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_every_act_leaves_exactly_one_event(
    cast: Cast, make: Callable[[Cast], Document], who: str, action: str
) -> None:
    """Issue 2 point 5"""
    paper = make(cast)
    before = len(_all())
    after = do(getattr(cast, who), paper, action)
    (event,) = _all()[before:]
    assert (event.action, event.actor_id, event.document_id) == (action, getattr(cast, who).id, paper.id)
    assert event.data["state"] == [paper.state.value, after.state.value]
    assert event.data["amount"] == "1800.00"
    assert _problems() == []


def test_a_whole_trip_and_its_claim_leave_a_chain_that_holds(cast: Cast) -> None:
    claim = paid_claim(cast)
    assert claim.state == State.DONE
    trail = _all()
    assert [event.sequence for event in trail] == list(range(1, len(trail) + 1))
    assert [event.previous_hash for event in trail[1:]] == [event.hash for event in trail[:-1]]
    assert _problems() == []


def test_what_was_sent_stands_in_the_trail_as_it_was_sent(cast: Cast) -> None:
    """P1-4.4a: a full record, also of what was changed later"""
    trip = do(cast.department_head, sent_trip(cast), "return")
    first = events(trip)[0].data["content"]
    assert (first["destinations"], first["estimates"][0]) == ("西安", estimate(cast, "train", "1000.00"))


def test_a_refused_act_leaves_none(cast: Cast) -> None:
    trip = sent_trip(cast)
    before = len(_all())
    refusal(do, cast.engineer, trip, "approve")
    refusal(do, cast.stranger, trip, "comment")
    faults(do, cast.department_head, trip, "reject", note="")
    faults(do, cast.engineer, drafted_trip(cast, estimates=[]), "submit")
    assert len(_all()) == before
    assert _problems() == []


def test_an_act_that_fails_of_ours_leaves_none(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: what failed halfway did not happen."""
    trip = sent_trip(cast)
    before = len(_all())

    def broken(*_: Any) -> None:
        raise RuntimeError("the effect failed")

    monkeypatch.setitem(KINDS["TR"].guards, "approve", broken)  # type: ignore[index]
    with pytest.raises(RuntimeError):
        do(cast.department_head, trip, "approve")
    assert len(_all()) == before
    assert waits_for(cast.department_head, trip)


# --- tampering

ALTERATIONS = {
    "at": "'2020-01-01 00:00:00'",
    "actor_id": "2",
    "on_behalf_of_id": "2",
    "role": "'general_manager'",
    "document_id": "NULL",
    "subject": "'somebody'",
    "action": "'reject'",
    "step": "'office_director'",
    "note": "'something else'",
    "data": """'{"amount": "1.00"}'""",
    "previous_hash": "'" + "0" * 63 + "1'",
    "hash": "'" + "f" * 64 + "'",
    "sequence": "99",
}


def _past_the_triggers(*statements: str) -> None:
    """What somebody with full power over the database can do."""
    with writing() as session:
        if session.get_bind().dialect.name == "sqlite":
            for act in ("update", "delete"):
                session.execute(sa.text(f"DROP TRIGGER event_no_{act}"))
        else:
            session.execute(sa.text("DROP TRIGGER event_only_grows ON event"))
        for statement in statements:
            session.connection().exec_driver_sql(statement)


def test_every_column_is_sealed(cast: Cast) -> None:
    """A column without a line here has no test: say how it would be altered."""
    assert set(ALTERATIONS) | {"id"} == set(Event.model_fields)


@pytest.mark.parametrize("column", sorted(ALTERATIONS))
def test_an_event_altered_in_any_column_is_found(cast: Cast, column: str) -> None:
    do(cast.office_director, do(cast.department_head, sent_trip(cast), "approve"), "approve")
    _past_the_triggers(f"UPDATE event SET {column} = {ALTERATIONS[column]} WHERE sequence = 2")
    assert _problems()


def test_events_told_in_another_order_are_found(cast: Cast) -> None:
    """A timeline reads by id: two that change places tell another story."""
    do(cast.office_director, do(cast.department_head, sent_trip(cast), "approve"), "approve")
    second, third = (event.id for event in _all()[1:3])
    _past_the_triggers(
        f"UPDATE event SET id = 999999 WHERE id = {second}",
        f"UPDATE event SET id = {second} WHERE id = {third}",
        f"UPDATE event SET id = {third} WHERE id = 999999",
    )
    assert _problems()


@pytest.mark.parametrize("which", [1, 2, 3])
def test_a_removed_event_is_found_wherever_it_stood(cast: Cast, which: int) -> None:
    do(cast.office_director, do(cast.department_head, sent_trip(cast), "approve"), "approve")
    _past_the_triggers(f"DELETE FROM event WHERE sequence = {which}")
    assert _problems()


def test_an_event_slipped_in_at_the_end_is_found(cast: Cast) -> None:
    sent_trip(cast)
    columns = "at, actor_id, document_id, subject, action, note, data, previous_hash"
    _past_the_triggers(
        f"INSERT INTO event (sequence, hash, {columns}) SELECT 2, 'x', {columns} FROM event WHERE sequence = 1"
    )
    assert len(_problems()) >= 2


def test_a_head_that_was_set_back_or_removed_is_found(cast: Cast) -> None:
    sent_trip(cast)
    for statement in ("UPDATE chainhead SET sequence = 0", "DELETE FROM chainhead"):
        with writing() as session:
            session.connection().exec_driver_sql(statement)
        assert _problems()


def test_an_empty_trail_is_whole(cast: Cast) -> None:
    assert _problems() == []
    with reading() as session:
        assert head(session) == {"sequence": 0, "hash": "0" * 64}


# --- the seal


def test_a_moment_is_sealed_as_the_moment_it_is(database: str) -> None:
    """The same moment in another time zone, and fractions of a second."""
    shanghai = timezone(timedelta(hours=8))
    with writing() as session:
        record(session, now=datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=shanghai), action="test")
        record(session, now=datetime(2026, 11, 23, 1, 0, tzinfo=UTC), action="test")
    assert _problems() == []


@pytest.mark.parametrize(
    "data",
    [
        {"z": 1, "a": [1, 2, {"b": None}]},
        {"text": "出差 “西安” \\ \" ' \n \u2028"},
        {"yes": True, "no": False, "nothing": None},
        {"1": 1, "number": 10**15},
        {},
    ],
    ids=str,
)
def test_what_is_sealed_reads_back_as_it_was_sealed(database: str, data: dict[str, Any]) -> None:
    """JSONB keeps neither the order of keys nor how they were written."""
    with writing() as session:
        record(session, now=NOW, action="test", data=data)
    assert _problems() == []
    assert _all()[0].data == data


def test_events_of_one_transaction_follow_each_other(database: str) -> None:
    with writing() as session:
        for number in range(5):
            record(session, now=NOW, action="test", note=str(number))
    assert [event.note for event in _all()] == list("01234")
    assert _problems() == []


def test_what_is_rolled_back_leaves_no_gap(database: str) -> None:
    def fail(session: Session) -> None:
        record(session, now=NOW, action="test")
        raise RuntimeError

    with pytest.raises(RuntimeError), writing() as session:
        fail(session)
    with writing() as session:
        with pytest.raises(RuntimeError), session.begin_nested():
            fail(session)
        record(session, now=NOW, action="test", note="kept")
    assert [(event.sequence, event.note) for event in _all()] == [(1, "kept")]
    assert _problems() == []


def test_the_head_is_the_last_event(cast: Cast) -> None:
    do(cast.department_head, sent_trip(cast), "approve", now=BACK)
    with reading() as session:
        assert head(session) == {"sequence": 2, "hash": _all()[-1].hash}


def test_a_float_is_refused_for_no_database_gives_it_back_as_it_was(session: Session) -> None:
    with pytest.raises(TypeError):
        record(session, now=NOW, action="test", data={"changed": {"amount": ["1.00", 1.1]}})
