"""A table that nobody types into is shown in the form as it would be sent."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.documents import KINDS
from services.documents.kind import Lines, Section
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import shown, zh
from tests.story import drafted_trip


@pytest.mark.parametrize(("count", "total"), [(1, "¥ 300.00"), (15, "¥ 4,500.00")])
def test_the_form_shows_drawn_lines_with_their_number_and_sum(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, visit: Visit, count: int, total: str
) -> None:
    _draw(cast, monkeypatch, count)
    app = visit(cast.engineer, "travel_requests", edit=str(drafted_trip(cast).id))
    said = shown(app)
    assert total in said and zh("TR.count.estimates", count=count) in said
    assert not [table for table in app.dataframe if str(table.key).endswith(".estimates")]


def test_the_form_says_where_there_is_nothing_to_draw(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, visit: Visit
) -> None:
    _draw(cast, monkeypatch, 0)
    app = visit(cast.engineer, "travel_requests", edit=str(drafted_trip(cast).id))
    assert zh("fault.nothing_drawn") in shown(app)


def _draw(cast: Cast, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """For this test a trip's estimate is drawn: so many lines of 300 yuan."""
    line = {"expense_type_id": cast.expense["train"].id, "amount": Decimal("300.00"), "note": None}

    def drawn(item: Any) -> Any:
        return replace(item, drawn=lambda filled: [dict(line)] * count) if isinstance(item, Lines) else item

    trip = KINDS["TR"]
    sections = tuple(Section(one.key, *(drawn(item) for item in one.items)) for one in trip.sections)
    monkeypatch.setitem(KINDS, "TR", replace(trip, sections=sections))
