"""Whom to ask and whom to visit next, on the screen: a click begins it."""

import pytest

from tests.care_story import survey_form
from tests.complaint_story import at_step
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, go, pick_row, raw_keys, shown, zh
from tests.services.documents.test_satisfaction_survey import due


@pytest.mark.parametrize("language", ["zh", "en"])
def test_cases_and_customers_that_are_due_read_as_words(cast: Cast, visit: Visit, language: str) -> None:
    """P3-1.5, P4-2.5"""
    case = at_step(cast, "survey")
    app = visit(cast.customer_service, "contacts_due", language=language)
    assert str(case.number) in shown(app) and "西安地铁" in shown(app)
    assert not raw_keys(app) and not errors(app)
    assert zh("due_list.nothing") in shown(visit(cast.engineer, "contacts_due"))


def test_a_click_begins_a_survey_of_that_customer(cast: Cast, visit: Visit) -> None:
    customer = survey_form(cast)["customer_id"]
    assert due(cast)[0].customer_id == customer
    app = pick_row(visit(cast.customer_service, "contacts_due"), 0)
    path, query = address(app)
    assert path == "satisfaction_surveys" and query["customer_id"] == str(customer)
    app = go(app, "satisfaction_surveys", **query)
    assert app.selectbox(key=f"{query['new']}.customer_id").value == customer
    odd = go(app, "satisfaction_surveys", new="odd", customer_id="x'", survey_kind="9")
    assert odd.selectbox(key="odd.customer_id").value is None and not errors(odd)
