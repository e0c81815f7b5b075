"""Parts on the technician's page: filled in as they came, chosen from the list (P3-2.4)."""

import pytest

from tests.factories import Cast
from tests.order_story import at_step
from tests.pages.conftest import Visit
from tests.pages.screen import errors, raw_keys, run, shown, zh
from tests.parts_story import received_parts, store


@pytest.mark.parametrize("language", ["zh", "en"])
def test_parts_that_came_are_filled_in_and_another_is_chosen_from_the_list(
    cast: Cast, visit: Visit, language: str
) -> None:
    seal, valve, _ = store()
    paper = at_step(cast, "visit")
    received_parts(cast, serves=paper.number)
    app = visit(cast.engineer, "service_orders", language, number=str(paper.number))
    assert list(app.dataframe[0].value["part_name"]) == [seal.name, valve.name]
    if language == "zh":
        assert zh("SO.proposed.parts") in shown(app)
    assert not raw_keys(app) and not errors(app)
    front = f"doc.{paper.id}.0.table.parts.0.pick"
    place = next(n for n, one in enumerate(app.selectbox(key=front).options) if seal.code in one)
    app.selectbox(key=front).set_value(place)
    app = run(app)
    assert list(app.dataframe[0].value["part_name"]) == [seal.name, valve.name, seal.name]
