"""Changing a setting: an administrator proposes, the general manager lets a rule hold (P6-5)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from models import Event, Notice, Person, Role, Setting
from services.database import reading, writing
from services.engine.versions import VersionState
from services.errors import Invalid, Refused
from services.routes import Of, decision
from services.setting_changes import (
    approve_change,
    change,
    count_waiting_settings,
    decline_change,
    settings_for,
    withdraw_change,
)
from services.settings import setting
from services.worker import one_day
from tests import factories
from tests.factories import NOW, Cast
from tests.story import asked, decree, sent_trip, told, travels_by, waits_for

TODAY = NOW.date()
LIMIT = "claim.major_amount"
REASON = "物价上涨"


def changed(by: Person, key: str = LIMIT, raw: Any = "8000", *, valid_from: date = TODAY, note: str = REASON) -> int:
    with writing() as session:
        return change(session, by, key, raw, valid_from=valid_from, note=note, now=NOW).id


def approved(by: Person, id: int, *, later: timedelta = timedelta(0)) -> None:
    with writing() as session:
        approve_change(session, by, id, NOW + later)


def holds(key: str = LIMIT, at: timedelta = timedelta(0)) -> Any:
    with reading() as session:
        return setting(session, key, NOW + at)


def states(by: Person, key: str = LIMIT) -> list[VersionState]:
    with reading() as session:
        shown = next(one for one in settings_for(session, by, NOW) if one.key == key)
        return [one.state for one in shown.rows]


def test_a_limit_holds_once_the_general_manager_approved_it(cast: Cast) -> None:
    """P6-5"""
    id = changed(cast.administrator)
    assert holds() == Decimal("5000.00")
    assert states(cast.administrator) == [VersionState.WAITING]
    approved(cast.general_manager, id)
    assert holds() == Decimal("8000.00")
    assert states(cast.general_manager) == [VersionState.IN_FORCE]


def test_it_holds_from_its_day_and_never_before_the_approval(cast: Cast) -> None:
    """P6-5"""
    soon = changed(cast.administrator, valid_from=TODAY + timedelta(days=7))
    approved(cast.general_manager, soon)
    assert states(cast.administrator) == [VersionState.COMING]
    assert (holds(), holds(at=timedelta(days=7))) == (Decimal("5000.00"), Decimal("8000.00"))
    late = changed(cast.administrator, "claim.daily_allowance", "120")
    approved(cast.general_manager, late, later=timedelta(days=2))
    assert holds("claim.daily_allowance", timedelta(days=1)) == Decimal("100.00")
    assert holds("claim.daily_allowance", timedelta(days=2)) == Decimal("120.00")


def test_how_the_portal_behaves_changes_at_once(cast: Cast) -> None:
    changed(cast.administrator, "session.idle_minutes", "45")
    assert holds("session.idle_minutes") == 45


def test_everybody_concerned_is_told_and_the_trail_says_who(cast: Cast) -> None:
    approved(cast.general_manager, changed(cast.administrator))
    with reading() as session:
        told = [(notice.person_id, notice.key) for notice in session.exec(select(Notice))]
        trail = [(event.action, event.role, event.subject) for event in session.exec(select(Event))]
    assert told == [(cast.general_manager.id, "setting_proposed"), (cast.administrator.id, "setting_approved")]
    assert trail[-2:] == [
        ("settings.proposed", Role.ADMINISTRATOR, LIMIT),
        ("settings.approved", Role.GENERAL_MANAGER, LIMIT),
    ]


def test_what_is_declined_or_withdrawn_never_holds_and_is_kept(cast: Cast) -> None:
    first = _waiting(cast)
    with writing() as session:
        decline_change(session, cast.general_manager, first, "暂不调整", NOW)
    second = _waiting(cast)
    with writing() as session:
        withdraw_change(session, cast.administrator, second, NOW)
    assert states(cast.administrator) == [VersionState.DECLINED, VersionState.DECLINED]
    assert holds(at=timedelta(days=30)) == Decimal("5000.00")


def test_only_an_administrator_proposes(cast: Cast) -> None:
    for person in (cast.general_manager, cast.finance_head, cast.engineer, cast.stranger):
        with pytest.raises(Refused, match=r"settings\.administrators_only"):
            changed(person)


def test_only_the_general_manager_decides_and_never_as_administrator(cast: Cast) -> None:
    """P6-5; an administrator decides nothing, whatever role he holds besides"""
    id = _waiting(cast)
    for person in (cast.administrator, cast.finance_head, cast.stranger):
        with pytest.raises(Refused, match=r"settings\.general_manager_only"):
            approved(person, id)
    with writing() as session:
        factories.grant(session, cast.administrator, Role.GENERAL_MANAGER)
    with pytest.raises(Refused, match=r"settings\.general_manager_only"):
        approved(cast.administrator, id)
    assert holds() == Decimal("5000.00")


def test_others_see_no_settings(cast: Cast) -> None:
    for person in (cast.engineer, cast.finance_head, cast.stranger):
        with reading() as session, pytest.raises(Refused, match=r"settings\.shut"):
            settings_for(session, person, NOW)


@pytest.mark.parametrize(
    ("key", "raw", "fault"),
    [
        (LIMIT, "0", "fault.above"),
        (LIMIT, "8000.005", "fault.decimals"),
        (LIMIT, "100000001", "fault.at_most"),
        (LIMIT, "many", "fault.number"),
        (LIMIT, "", "fault.required"),
        ("session.idle_minutes", "1", "fault.at_least"),
        ("session.idle_minutes", "2.5", "fault.whole"),
        ("clock.remind_percent", "100", "fault.at_most"),
        ("hours.working", "08:30-12", "fault.hours"),
        ("hours.working", "08:30-12:00, 11:00-13:00", "fault.hours"),
        ("hours.working", "18:00-08:30", "fault.hours"),
        ("hours.working", "25:00-26:00", "fault.hours"),
        ("deputy.general_manager", 999, "fault.option"),
        ("company.name", "长" * 61, "fault.too_long"),
        ("company.name", " \u200b ", "fault.required"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_nothing_is_stored(cast: Cast, key: str, raw: Any, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        changed(cast.administrator, key, raw)
    assert [one.key for one in refused.value.faults] == [fault]
    assert _rows(key) == []


def test_somebody_who_left_stands_in_for_nobody(cast: Cast) -> None:
    with writing() as session:
        session.get_one(Person, cast.vice_president.id).active = False
    with pytest.raises(Invalid):
        changed(cast.administrator, "deputy.general_manager", cast.vice_president.id)


def test_no_day_that_is_past_no_change_that_is_none_no_second_proposal(cast: Cast) -> None:
    with pytest.raises(Refused, match=r"routes\.in_past"):
        changed(cast.administrator, valid_from=TODAY - timedelta(days=1))
    with pytest.raises(Refused, match=r"settings\.unchanged"):
        changed(cast.administrator, raw="5,000.00")
    with pytest.raises(Refused, match=r"action\.needs_note"):
        changed(cast.administrator, note=" \u200b ")
    with pytest.raises(Refused, match=r"routes\.note_too_long"):
        changed(cast.administrator, note="长" * 501)
    _waiting(cast)
    with pytest.raises(Refused, match=r"settings\.another_waits"):
        changed(cast.administrator, raw="9000")
    assert len(_rows(LIMIT)) == 1


def test_what_is_settled_is_settled(cast: Cast) -> None:
    id = changed(cast.administrator)
    approved(cast.general_manager, id)
    for act in (approve_change, withdraw_change):
        by = cast.general_manager if act is approve_change else cast.administrator
        with writing() as session, pytest.raises(Refused, match=r"settings\.settled"):
            act(session, by, id, NOW)


def test_what_is_not_shown_cannot_be_changed(cast: Cast) -> None:
    """Whether a portal is a demonstration is no setting of anybody's."""
    with pytest.raises(Refused, match=r"settings\.unknown"):
        changed(cast.administrator, "demo.enabled", True)
    with pytest.raises(Refused, match=r"settings\.unknown"):
        changed(cast.administrator, "made.up", "1")


def test_the_general_manager_sees_how_many_wait(cast: Cast) -> None:
    _waiting(cast)
    changed(cast.administrator, "session.idle_minutes", "45")
    with reading() as session:
        assert count_waiting_settings(session) == 1


def _waiting(cast: Cast) -> int:
    return changed(cast.administrator)


def _rows(key: str) -> list[Setting]:
    with reading() as session:
        return list(session.exec(select(Setting).where(Setting.key == key)))


def test_what_waits_for_a_deputy_goes_to_whoever_is_named_after_him(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, or on the day from which it holds."""
    key = "deputy.department_head"
    decree(key, cast.engineer.id)
    travels_by(monkeypatch, "TR", decision(Role.CLERK, of=Of.APPLICANT))
    trip = sent_trip(cast, cast.clerk)
    assert asked(trip) == {"engineer"}
    approved(cast.general_manager, changed(cast.administrator, key, cast.engineer2.id))
    assert asked(trip) == {"engineer2"} and not waits_for(cast.engineer, trip)
    tomorrow = TODAY + timedelta(days=1)
    approved(cast.general_manager, changed(cast.administrator, key, cast.stranger.id, valid_from=tomorrow))
    one_day(NOW)
    assert asked(trip) == {"engineer2"}
    one_day(NOW + timedelta(days=1))
    assert asked(trip) == {"stranger"}
    assert told(cast.stranger) == ["waits"]
