"""Every stop is on record, though the act that met it is not (P2-5.1a, P7-10)."""

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from models import Basis, BudgetStop, Document, Posting, State
from services.database import reading, writing
from services.documents.drafts import keep
from services.engine import act
from services.errors import Refused
from services.inbox import decide_many
from services.verify import problems
from tests.factories import NOW, Cast
from tests.services.money.test_control import OTHER, issue, post
from tests.story import do, drafted_trip, faults, refusal, reload, sent_trip, trip_form


def stops() -> list[BudgetStop]:
    with reading() as session:
        return list(session.exec(select(BudgetStop).order_by(col(BudgetStop.id))))


def _gone(cast: Cast, *trips: Document) -> None:
    """The heads have signed; then somebody else's trip takes the money."""
    for trip in trips:
        do(cast.department_head, trip, "approve")
    issue(cast, {"202611": "100.00"})


def test_a_sending_that_is_stopped_is_on_record_with_the_lines_numbers(cast: Cast) -> None:
    issue(cast, {"202611": "1799.99"})
    trip = drafted_trip(cast)
    faults(do, cast.engineer, trip, "submit")
    (one,) = stops()
    assert (one.document_id, one.person_id, one.action, one.at) == (trip.id, cast.engineer.id, "submit", NOW)
    assert (one.department_id, one.category, one.month, one.until) == (cast.service.id, OTHER, "202611", "202611")
    figures = (one.basis, one.plan, one.reserved, one.spent, one.asked)
    assert figures == (Basis.MONTH, *map(Decimal, ("1799.99", "0.00", "0.00", "1800.00")))
    assert reload(trip).number is None, "nothing else of the sending is kept"


def test_an_approval_that_is_stopped_is_on_record_under_who_signed(cast: Cast) -> None:
    trip = sent_trip(cast)
    _gone(cast, trip)
    refusal(do, cast.office_director, trip, "approve")
    (one,) = stops()
    assert (one.action, one.person_id, one.document_id) == ("approve", cast.office_director.id, trip.id)
    assert reload(trip).state == State.RUNNING


def test_where_several_are_decided_at_once_each_stop_is_on_record(cast: Cast) -> None:
    first, second = sent_trip(cast), sent_trip(cast, cast.clerk)
    _gone(cast, first, second)
    chosen = [(trip.id, reload(trip).version) for trip in (first, second)]
    with writing() as session:
        results = decide_many(session, cast.office_director, chosen, "approve", note="", now=NOW)
    assert all(why is not None for _, why in results)
    assert [one.document_id for one in stops()] == [first.id, second.id]


def test_what_is_refused_for_another_reason_leaves_nothing(cast: Cast) -> None:
    issue(cast, {"202611": "1800.00"})
    faults(do, cast.engineer, drafted_trip(cast, task=""), "submit")
    trip = sent_trip(cast)
    refusal(do, cast.stranger, trip, "approve")
    assert stops() == []


def test_a_paper_that_was_never_kept_leaves_no_stop(cast: Cast) -> None:
    """Begun and sent in one transaction, it is gone altogether."""
    issue(cast, {"202611": "1.00"})
    with pytest.raises(Refused), writing() as session:
        begun = keep(session, cast.engineer, "TR", trip_form(cast), token="in one go", now=NOW)
        act(session, cast.engineer, begun.id, "submit", now=NOW)
    assert stops() == []


def test_no_stop_is_changed_or_taken_out(cast: Cast) -> None:
    issue(cast, {"202611": "1.00"})
    faults(do, cast.engineer, drafted_trip(cast), "submit")
    for statement in ("UPDATE budgetstop SET asked = 1", "DELETE FROM budgetstop"):
        with pytest.raises(DBAPIError, match="only grows"), writing() as session:
            session.execute(sa.text(statement))
    with reading() as session:
        assert problems(session) == []


def test_a_guard_of_the_list_that_is_missing_shows(cast: Cast) -> None:
    with writing() as session:
        on: Any = {"sqlite": "", "postgresql": " ON budgetstop"}[session.get_bind().dialect.name]
        name = "budgetstop_no_update" if not on else "budgetstop_only_grows"
        session.execute(sa.text(f"DROP TRIGGER {name}{on}"))
    with reading() as session:
        assert f"trigger {name}: missing" in problems(session)


def test_money_that_is_granted_lets_it_pass_and_the_stop_stays_on_record(cast: Cast) -> None:
    issue(cast, {"202611": "1.00"})
    trip = drafted_trip(cast)
    faults(do, cast.engineer, trip, "submit")
    post(cast, Posting.GRANTED, {"202611": "1799.00"})
    do(cast.engineer, trip, "submit")
    assert len(stops()) == 1
