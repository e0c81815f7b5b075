"""Missing parts and the supplier scorecard in the browser (P3-2.2, P3-2.3b)."""

from models import Role
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import errors, shown, zh
from tests.parts_story import sent_parts
from tests.story import hold


def test_a_site_that_waits_for_parts_is_seen_with_whose_turn_it_is(cast: Cast, visit: Visit) -> None:
    assert zh("missing.none") in shown(visit(cast.purchaser, "missing_parts"))
    sent_parts(cast)
    app = visit(cast.purchaser, "missing_parts")
    seen = shown(app)
    assert "皮碗 PW-178" in seen and zh("role.production_engineer") in seen and not errors(app)
    assert zh("missing.none") in shown(visit(cast.stranger, "missing_parts"))


def test_a_year_without_notices_says_so(cast: Cast, visit: Visit) -> None:
    hold(cast.engineer2, Role.PURCHASER)
    assert zh("scorecard.none") in shown(visit(cast.engineer2, "suppliers"))
