"""Lines that nobody types: drawn from other papers while their author has the paper, then as they were sent."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models import Document, TravelEstimate
from services.database import reading
from services.documents import KINDS
from services.documents.drafts import check
from services.documents.kind import Lines, Section, lines_of
from services.documents.timeline import timeline
from services.verify import problems
from tests.factories import NOW, Cast
from tests.story import asked, do, drafted_trip, events, faults, reload, retype, sent_trip, signed

Rows = list[dict[str, Any]]


@pytest.fixture
def found(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rows]:
    """What other papers say: for these tests a trip's estimate is drawn from it."""
    rows: Rows = [_row(cast, "300.00"), _row(cast, "200.00")]
    trip = KINDS["TR"]

    def drawn(item: Any) -> Any:
        if not isinstance(item, Lines):
            return item
        return replace(item, least=1, drawn=lambda filled: [dict(row) for row in rows])

    sections = tuple(Section(one.key, *(drawn(item) for item in one.items)) for one in trip.sections)
    monkeypatch.setitem(KINDS, "TR", replace(trip, sections=sections))
    yield rows


def test_what_is_typed_into_them_does_not_count(cast: Cast, found: Rows) -> None:
    trip = sent_trip(cast, estimates=[_row(cast, "9999.00")])
    assert _amounts(trip) == [Decimal("300.00"), Decimal("200.00")]
    assert trip.amount == Decimal("500.00")


def test_a_draft_is_drawn_anew_each_time_it_is_opened(cast: Cast, found: Rows) -> None:
    trip = drafted_trip(cast)
    found.append(_row(cast, "50.00"))
    with reading() as session:
        filled, wrong = check(session, cast.engineer, "TR", reload(trip).draft or {}, NOW, reload(trip))
    assert (len(filled.lines["estimates"]), wrong) == (3, [])


def test_once_sent_they_stay_as_they_were(cast: Cast, found: Rows) -> None:
    trip = sent_trip(cast)
    found.clear()
    do(cast.department_head, trip, "approve")
    do(cast.office_director, trip, "approve")
    assert _amounts(trip) == [Decimal("300.00"), Decimal("200.00")]
    with reading() as session:
        assert list(problems(session)) == []


def test_returned_and_sent_again_they_are_drawn_anew_and_signed_anew_if_they_differ(cast: Cast, found: Rows) -> None:
    trip = do(cast.department_head, sent_trip(cast), "approve")
    do(cast.office_director, trip, "return")
    do(cast.engineer, trip, "submit")
    assert (signed(trip), asked(trip)) == (["department_head"], {"office_director"})
    do(cast.office_director, trip, "return")
    found.append(_row(cast, "80.00"))
    do(cast.engineer, trip, "submit")
    assert _amounts(trip)[-1] == Decimal("80.00")
    assert (signed(trip), asked(trip)) == ([], {"department_head"})


def test_withdrawn_and_sent_again_they_are_drawn_anew(cast: Cast, found: Rows) -> None:
    trip = do(cast.engineer, sent_trip(cast), "withdraw")
    found[0] = _row(cast, "310.00")
    retype(cast.engineer, trip, task="更换 2 台")
    do(cast.engineer, trip, "submit")
    assert _amounts(trip) == [Decimal("310.00"), Decimal("200.00")]


def test_what_was_drawn_stands_in_the_trail(cast: Cast, found: Rows) -> None:
    trip = do(cast.engineer, sent_trip(cast), "withdraw")
    found.append(_row(cast, "80.00"))
    do(cast.engineer, trip, "submit")
    assert [line["amount"] for line in events(trip)[-1].data["content"]["estimates"]] == ["300.00", "200.00", "80.00"]
    with reading() as session:
        changes = timeline(session, reload(trip))[-1].changes
    assert [(one.field, one.before, one.after) for one in changes] == [("estimates", 2, 3)]


def test_with_nothing_to_draw_the_paper_is_not_sent(cast: Cast, found: Rows) -> None:
    found.clear()
    wrong = faults(do, cast.engineer, drafted_trip(cast), "submit")
    assert [(one.field, one.key) for one in wrong][0] == ("estimates", "fault.nothing_drawn")


def _row(cast: Cast, amount: str) -> dict[str, Any]:
    return {"expense_type_id": cast.expense["train"].id, "amount": Decimal(amount), "note": None}


def _amounts(trip: Document) -> list[Decimal]:
    with reading() as session:
        rows: list[TravelEstimate] = lines_of(session, reload(trip), KINDS["TR"].tables[0])
        return [row.amount for row in rows]
