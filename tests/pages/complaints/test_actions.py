"""Corrective actions on the screen: planned in a table, ticked line by line, and chased on a page of their own."""

import pytest

from tests.action_story import carried_out, measure, sent_action, taken_on
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, edit_table, errors, pick_row, press_named, raw_keys, run, shown, zh
from tests.services.documents.test_corrective_action import measures
from tests.story import reload


def test_the_head_plans_measures_and_their_owner_ticks_them(cast: Cast, visit: Visit) -> None:
    """P7-11b"""
    paper = sent_action(cast, known_cause="选型未考虑低温")
    app = visit(cast.department_head, "corrective_actions", number=paper.number)
    line = {"measure": "改图", "owner_id": f"{cast.engineer.name} {cast.service.name}", "due_on": "2026-12-01"}
    app = press_named(edit_table(app, "table.measures", {0: line}), zh("action.approve.take_on"))
    assert reload(paper).step == "carry_out" and measures(paper)[0].owner_id == cast.engineer.id
    app = visit(cast.engineer, "corrective_actions", number=paper.number)
    assert zh("CX.fill.measures") in shown(app)
    app = press_named(edit_table(app, "measures", {0: {"evidence": "更改单 118"}}), zh("action.complete.carry_out"))
    assert reload(paper).step == "verify_effect" and measures(paper)[0].evidence == "更改单 118"
    assert not raw_keys(app) and not errors(app)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_open_is_chased_by_owner(cast: Cast, visit: Visit, language: str) -> None:
    taken_on(cast, measure(cast.production_engineer), measure(cast.engineer))
    carried_out(cast)
    app = visit(cast.quality_inspector, "open_actions", language=language)
    assert "CX-202611-0001" in shown(app) and "CX-202611-0002" in shown(app)
    assert not raw_keys(app) and not errors(app)
    app.selectbox(key="open_actions.owner").set_value(cast.engineer.name)
    app = run(app)
    assert cast.engineer.name in shown(app) and "CX-202611-0002" not in shown(app)
    assert address(pick_row(app, 0)) == ("corrective_actions", {"number": "CX-202611-0001"})
