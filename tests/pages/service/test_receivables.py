"""The page of receivables and income."""

import pytest

from tests.factories import Cast
from tests.income_story import recognised
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, pick_row, raw_keys, shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_shows_who_owes_what_and_opens_the_paper(cast: Cast, visit: Visit, language: str) -> None:
    """P6-10b"""
    paper = recognised(cast)
    app = visit(cast.accountant, "receivables", language=language)
    assert str(paper.number) in shown(app) and "西安地铁" in shown(app)
    assert not raw_keys(app) and not errors(app)
    assert address(pick_row(app, 0)) == ("service_income", {"number": paper.number})
