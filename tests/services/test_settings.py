"""Settings: declared with a default, changed with a history; a rule waits for the general manager (P6-5)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models import Setting
from services.database import reading, writing
from services.settings import SETTINGS, put, setting
from tests import factories
from tests.factories import NOW
from tests.story import decree


def _now(key: str, moment: Any = NOW) -> Any:
    with reading() as session:
        return setting(session, key, moment)


@pytest.mark.parametrize("key", sorted(SETTINGS))
def test_every_setting_has_a_default_that_can_be_read(database: str, key: str) -> None:
    assert _now(key) == SETTINGS[key].read(SETTINGS[key].default)


def test_the_limits_of_the_policies(database: str) -> None:
    """P8-3.3, and the figures of DOCUMENTS.md"""
    assert _now("claim.major_amount") == Decimal("5000.00")
    assert _now("claim.daily_allowance") == Decimal("100.00")
    assert (_now("session.idle_minutes"), _now("session.absolute_hours")) == (30, 10)


def test_the_newest_that_has_begun_holds_and_the_older_is_remembered(database: str) -> None:
    decree("claim.major_amount", "3000.00", now=NOW)
    decree("claim.major_amount", "4000.00", now=NOW + timedelta(days=1))
    assert _now("claim.major_amount", NOW - timedelta(seconds=1)) == Decimal("5000.00")
    assert _now("claim.major_amount") == Decimal("3000.00")
    assert _now("claim.major_amount", NOW + timedelta(days=2)) == Decimal("4000.00")


def test_of_two_that_began_in_the_same_moment_the_later_written_holds(database: str) -> None:
    decree("claim.major_amount", "3000.00")
    decree("claim.major_amount", "4000.00")
    assert _now("claim.major_amount") == Decimal("4000.00")


@pytest.mark.parametrize("approved", [None, NOW + timedelta(hours=1)])
def test_what_nobody_has_approved_does_not_hold(database: str, approved: Any) -> None:
    """P6-5: a changed limit holds only after the general manager approved it"""
    with writing() as session:
        factories.setting(session, "claim.major_amount", "999999.00", approved_at=approved)
    assert _now("claim.major_amount") == Decimal("5000.00")


@pytest.mark.parametrize("key", ["claim.major_amount", "claim.daily_allowance", "hours.working"])
def test_a_limit_of_the_policies_is_a_rule(key: str) -> None:
    """P6-5"""
    assert SETTINGS[key].rule


def test_an_unknown_key_is_an_error_of_ours(database: str) -> None:
    with pytest.raises(KeyError):
        _now("made.up")
    with writing() as session:
        with pytest.raises(KeyError):
            put(session, "made.up", 1, now=NOW)
        assert session.get(Setting, 1) is None


def test_money_is_read_as_money(database: str) -> None:
    decree("claim.daily_allowance", "80.50")
    assert _now("claim.daily_allowance") == Decimal("80.50")
    assert isinstance(_now("claim.daily_allowance"), Decimal)
