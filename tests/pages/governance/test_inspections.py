"""The list of inspections due on its page: for whoever watches over budgets (P7-11a)."""

import pytest

from tests.factories import Cast
from tests.governance_story import sent_inspection
from tests.pages.conftest import Visit
from tests.pages.screen import chinese_labels, errors, raw_keys, shown, zh
from tests.story import sent_adjustment


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_group_sees_which_departments_are_due(cast: Cast, visit: Visit, language: str) -> None:
    sent_adjustment(cast)
    paper = sent_inspection(cast)
    app = visit(cast.budget_supervisor, "inspections", language)
    assert not errors(app) and not raw_keys(app)
    assert language == "zh" or not chinese_labels(app)
    assert [one.value for one in app.metric] == ["0", "1"]
    (table,) = app.dataframe
    assert list(table.value.iloc[0])[:2] == [cast.service.name, paper.number]
    assert f"/export/inspections.xlsx?lang={language}" in [one.proto.url for one in app.get("link_button")]


def test_nobody_else_sees_them(cast: Cast, visit: Visit) -> None:
    sent_adjustment(cast)
    app = visit(cast.department_head, "inspections")
    assert zh("inspections.shut") in shown(app) and not app.dataframe
