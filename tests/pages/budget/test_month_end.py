"""The month-end page: where each month stands, what is missing, and the way into its papers."""

from decimal import Decimal

import pytest
from sqlmodel import select

from models import BudgetCategory, Document, State
from services.database import reading
from services.money.ledger import BudgetLine
from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, buttons, press, raw_keys, shown, zh
from tests.story import booked_entry, issued


def _october(cast: Cast) -> None:
    issued(cast, BudgetLine("202610", cast.service.id, BudgetCategory.SALARIES, Decimal("8000.00")))
    booked_entry(cast)


def test_a_clerk_sees_what_is_missing_and_begins_the_settlement(cast: Cast, visit: Visit) -> None:
    """P2-2.2, P8-4.4"""
    _october(cast)
    app = visit(cast.clerk, "month_end", department=str(cast.service.id), month="202610")
    assert zh("month_end.stands.late") in shown(app) and zh("settlement_item.claims") in shown(app)
    app = press(app, "month_end.begin")
    with reading() as session:
        paper = session.exec(select(Document).where(Document.kind == "MS")).one()
    assert paper.state == State.DRAFT
    assert address(app) == ("settlements", {"edit": str(paper.id)})


def test_one_click_prepares_the_months_entries(cast: Cast, visit: Visit) -> None:
    _october(cast)
    query = {"department": str(cast.service.id), "month": "202611"}
    app = press(visit(cast.clerk, "month_end", **query), "month_end.prepare")
    with reading() as session:
        drafts = session.exec(select(Document).where(Document.kind == "CE", Document.state == State.DRAFT)).all()
    assert [one.amount for one in drafts] == [Decimal("8000.00")]
    assert "month_end.prepare" not in buttons(app, "")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_reads_well_for_who_may_only_look(cast: Cast, visit: Visit, language: str) -> None:
    _october(cast)
    query = {"department": str(cast.service.id), "month": "202610"}
    app = visit(cast.general_manager, "month_end", language, **query)
    assert not raw_keys(app) and "month_end.begin" not in buttons(app, "")


def test_whoever_follows_no_department_sees_nothing(cast: Cast, visit: Visit) -> None:
    _october(cast)
    app = visit(cast.engineer, "month_end")
    assert [one.value for one in app.warning] == [zh("month_end.not_yours")] and not app.dataframe
