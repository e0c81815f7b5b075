"""The cost report's page: for managers, with its filters in the address, in both languages."""

import pytest
from sqlmodel import select

from models import Event
from services.database import reading
from services.reports.costs import SENT
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import buttons, chinese_labels, errors, press, raw_keys, shown, told, zh
from tests.story import booked_entry


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_manager_reads_his_departments_costs(cast: Cast, visit: Visit, language: str) -> None:
    """P8-4.3"""
    booked_entry(cast)
    app = visit(cast.department_head, "costs", language, year="2026")
    assert not raw_keys(app) and not errors(app)
    assert language == "zh" or not chinese_labels(app)
    assert "8,000" in shown(app) or "8000" in shown(app)
    assert "costs.send" not in buttons(app)


def test_finance_sends_the_result(cast: Cast, visit: Visit) -> None:
    booked_entry(cast)
    app = press(visit(cast.finance_officer, "costs"), "costs.send")
    assert told(app)
    with reading() as session:
        assert session.exec(select(Event).where(Event.action == SENT)).one().actor_id == cast.finance_officer.id


def test_whoever_is_no_manager_is_shown_nothing(cast: Cast, visit: Visit) -> None:
    booked_entry(cast)
    for query in ({}, {"department": str(cast.service2.id)}):
        app = visit(cast.engineer if not query else cast.department_head, "costs", **query)
        assert [one.value for one in app.warning] == [zh("costs.not_yours")] and not app.dataframe
