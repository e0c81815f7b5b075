"""Supplier scorecard: answers and solutions in time, rating, money claimed and borne (P3-2.3b)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models import Person, Role
from services.database import reading, writing
from services.reports.suppliers import Score, scorecard, scorecard_to_excel
from tests import factories
from tests.factories import NOW, Cast
from tests.parts_story import ANSWERED, SENT, SOLVED, sent_notice, solved_notice, springs
from tests.story import do


@pytest.fixture(autouse=True)
def quality_head(cast: Cast) -> Person:
    """Who heads the department of purchasing and production."""
    with writing() as session:
        head = factories.person(session, "quality_head", cast.quality, "蒋志刚")
        factories.grant(session, head, Role.DEPARTMENT_HEAD, cast.quality)
        return head


def scores(reader: Person, days: int = 0, year: int = 2026) -> dict[str, Score]:
    with reading() as session:
        return {one.supplier: one for one in scorecard(session, reader, year, NOW + timedelta(days=days))}


def test_a_supplier_is_measured_by_his_notices(cast: Cast) -> None:
    """P3-2.3b"""
    solved_notice(cast)
    late = do(cast.purchaser, sent_notice(cast), "complete", now=NOW, **SENT)
    late_days = {"answered_on": "2026-11-30", "accepted_amount": "0.00"}
    late = do(cast.purchaser, late, "complete", now=NOW + timedelta(days=9), **ANSWERED | late_days)
    late_days = {"solved_on": "2026-12-02", "rating": 1}
    do(cast.purchaser, late, "complete", now=NOW + timedelta(days=9), **SOLVED | late_days)
    sent_notice(cast)  # not sent to him yet: it does not count
    found = scores(cast.purchaser, days=9)["海曙气动"]
    assert (found.notices, found.open, found.answered, found.solved) == (2, 2, 50, 50)
    assert (found.rating, found.claimed, found.accepted) == (Decimal("2.5"), Decimal("6000.00"), Decimal("2000.00"))
    assert scores(cast.purchaser, year=2025) == {}


def test_what_is_open_past_its_day_is_late_and_before_it_unknown(cast: Cast) -> None:
    paper = sent_notice(cast, cast.production_engineer, supplier_id=springs().id)
    do(cast.production_engineer, paper, "complete", now=NOW, **SENT)
    fresh, old = scores(cast.purchaser)["澄北弹簧"], scores(cast.purchaser, days=8)["澄北弹簧"]
    assert (fresh.answered, fresh.solved, fresh.rating) == (None, None, None)
    assert (old.answered, old.solved) == (0, 0)


def test_whoever_may_not_read_notices_has_an_empty_card(cast: Cast) -> None:
    solved_notice(cast)
    assert scores(cast.engineer) == {} and scores(cast.stranger) == {}
    with reading() as session:
        assert scorecard_to_excel(session, cast.purchaser, 2026, NOW, language="zh")[:2] == b"PK"
