"""How another route comes to hold: proposed by an administrator, approved by the general manager (P6-5)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from models import Event, Grant, Person, Role, RouteVersion
from services.database import reading, writing
from services.documents import KINDS
from services.engine.versions import (
    VersionState,
    approve,
    current_route,
    decline,
    propose,
    versions,
    waiting_kinds,
    withdraw_proposal,
)
from services.errors import Refused
from services.routes import Of, Route, as_data, decision, working_days
from tests.factories import NOW, Cast
from tests.services.engine.test_together import together
from tests.story import do, hold, refusal, sent_trip

TOMORROW = date(2026, 11, 24)
MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
"""The 24th begins in Shanghai."""
HEAD, OFFICE, TRAVEL = KINDS["TR"].route
LONGER: Route = (HEAD, decision(Role.OFFICE_DIRECTOR, within=working_days(3), milestone="approved"), TRAVEL)
WITH_FINANCE: Route = (HEAD, decision(Role.FINANCE_HEAD), OFFICE, TRAVEL)
REASON = "主任常在外地"


def proposed(cast: Cast, route: Route = LONGER, by: Person | None = None, **changes: Any) -> RouteVersion:
    facts = {"valid_from": TOMORROW, "note": REASON, "now": NOW} | changes
    with writing() as session:
        return propose(session, by or cast.administrator, facts.pop("kind", "TR"), as_data(route), **facts)


def approved(cast: Cast, version: RouteVersion, now: datetime = NOW) -> RouteVersion:
    return _settle(approve, cast.general_manager, version.id, now)


def _settle(settle: Callable[..., RouteVersion], who: Person, *what: Any) -> RouteVersion:
    with writing() as session:
        return settle(session, who, *what)


def holding(now: datetime) -> Route:
    with reading() as session:
        return current_route(session, "TR", now)


def states(cast: Cast, now: datetime) -> list[tuple[int | None, VersionState]]:
    with reading() as session:
        return [
            (one.row.number if one.row else None, one.state) for one in versions(session, cast.administrator, "TR", now)
        ]


# --- what becomes of a proposal


def test_a_proposal_changes_nothing_before_the_general_manager_approves_it(cast: Cast) -> None:
    """P6-5: the rules change with the general manager's approval"""
    version = proposed(cast)
    assert holding(MIDNIGHT) == KINDS["TR"].route
    approved(cast, version)
    assert holding(MIDNIGHT - timedelta(seconds=1)) == KINDS["TR"].route
    assert holding(MIDNIGHT) == LONGER


def test_a_route_from_today_holds_at_once(cast: Cast) -> None:
    approved(cast, proposed(cast, valid_from=NOW.date()))
    assert holding(NOW) == LONGER


def test_approved_after_its_day_a_version_holds_from_its_approval(cast: Cast) -> None:
    late = MIDNIGHT + timedelta(days=3)
    version = approved(cast, proposed(cast), late)
    assert version.valid_from == late
    assert holding(late - timedelta(seconds=1)) == KINDS["TR"].route
    assert holding(late) == LONGER


def test_a_running_paper_keeps_its_route_and_the_next_takes_the_new_one(cast: Cast) -> None:
    trip = sent_trip(cast)
    approved(cast, proposed(cast, WITH_FINANCE, valid_from=NOW))
    assert do(cast.department_head, trip, "approve").step == "office_director"
    assert do(cast.department_head, sent_trip(cast, cast.engineer2), "approve").step == "finance_head"


def test_what_was_declined_or_withdrawn_never_holds(cast: Cast) -> None:
    _settle(decline, cast.general_manager, proposed(cast).id, "不需要", NOW)
    _settle(withdraw_proposal, cast.administrator, proposed(cast).id, NOW)
    assert holding(MIDNIGHT) == KINDS["TR"].route
    assert states(cast, MIDNIGHT) == [(2, "declined"), (1, "declined"), (None, "in_force")]


def test_a_declined_version_does_not_hold_though_it_was_marked_as_approved(cast: Cast) -> None:
    version = approved(cast, proposed(cast))
    with writing() as session:
        session.get_one(RouteVersion, version.id).declined_at = NOW
    assert holding(MIDNIGHT) == KINDS["TR"].route


def test_the_way_back_to_the_declared_route_is_a_proposal_like_any_other(cast: Cast) -> None:
    approved(cast, proposed(cast, valid_from=NOW))
    approved(cast, proposed(cast, KINDS["TR"].route))
    assert holding(NOW) == LONGER
    assert holding(MIDNIGHT) == KINDS["TR"].route


def test_the_list_says_what_became_of_each_version(cast: Cast) -> None:
    assert states(cast, NOW) == [(None, "in_force")]
    sent_trip(cast)
    assert states(cast, NOW) == [(1, "in_force")]
    approved(cast, proposed(cast))
    assert states(cast, NOW) == [(2, "coming"), (1, "in_force")]
    proposed(cast, WITH_FINANCE)
    assert states(cast, MIDNIGHT) == [(3, "waiting"), (2, "in_force"), (1, "past")]
    with reading() as session:
        assert waiting_kinds(session) == ["TR"]


# --- what is refused


@pytest.mark.parametrize("role", ["general_manager", "department_head", "engineer"])
def test_only_an_administrator_proposes(cast: Cast, role: str) -> None:
    assert refusal(proposed, cast, by=getattr(cast, role)).key == "routes.administrators_only"


@pytest.mark.parametrize("role", ["administrator", "vice_president", "engineer"])
def test_only_the_general_manager_decides(cast: Cast, role: str) -> None:
    """P6-5"""
    version, who = proposed(cast), getattr(cast, role)
    assert refusal(_settle, approve, who, version.id, NOW).key == "routes.general_manager_only"
    assert refusal(_settle, decline, who, version.id, REASON, NOW).key == "routes.general_manager_only"


def test_nobody_approves_his_own_proposal_nor_any_as_an_administrator(cast: Cast) -> None:
    version = proposed(cast)
    hold(cast.administrator, Role.GENERAL_MANAGER)
    assert refusal(_settle, approve, cast.administrator, version.id, NOW).key == "routes.general_manager_only"
    with writing() as session:
        session.exec(select(Grant).where(Grant.role == Role.ADMINISTRATOR)).one().ended_at = NOW
    assert refusal(_settle, approve, cast.administrator, version.id, NOW).key == "routes.own_proposal"


def test_only_its_author_withdraws_a_proposal(cast: Cast) -> None:
    version = proposed(cast)
    hold(cast.clerk, Role.ADMINISTRATOR)
    assert refusal(_settle, withdraw_proposal, cast.clerk, version.id, NOW).key == "routes.not_yours"
    assert refusal(_settle, withdraw_proposal, cast.engineer, version.id, NOW).key == "routes.administrators_only"


@pytest.mark.parametrize("valid_from", [date(2026, 11, 22), NOW - timedelta(seconds=1)])
def test_a_route_does_not_begin_in_the_past(cast: Cast, valid_from: Any) -> None:
    assert refusal(proposed, cast, valid_from=valid_from).key == "routes.in_past"


def test_a_proposal_has_its_reason_and_so_has_a_no(cast: Cast) -> None:
    assert refusal(proposed, cast, note="  ").key == "action.needs_note"
    assert refusal(_settle, decline, cast.general_manager, proposed(cast).id, "\u200b", NOW).key == "action.needs_note"


def test_a_reason_that_is_too_long_is_refused_and_not_cut(cast: Cast) -> None:
    assert refusal(proposed, cast, note="长" * 501).key == "routes.note_too_long"
    version = proposed(cast, note="长" * 500)
    assert len(version.note) == 500
    refused = refusal(_settle, decline, cast.general_manager, version.id, "长" * 501, NOW)
    assert (refused.key, refused.facts) == ("routes.note_too_long", {"most": 500})


def test_the_versions_of_a_route_are_for_those_who_propose_and_decide(cast: Cast) -> None:
    proposed(cast)
    with reading() as session:
        assert versions(session, cast.general_manager, "TR", NOW) == versions(session, cast.administrator, "TR", NOW)
        assert refusal(versions, session, cast.department_head, "TR", NOW).key == "routes.shut"


def test_what_holds_already_is_not_proposed(cast: Cast) -> None:
    assert refusal(proposed, cast, KINDS["TR"].route).key == "routes.unchanged"
    approved(cast, proposed(cast))
    assert refusal(proposed, cast, LONGER).key == "routes.unchanged"


def test_one_proposal_of_a_kind_waits_at_a_time(cast: Cast) -> None:
    proposed(cast)
    assert refusal(proposed, cast, WITH_FINANCE).key == "routes.another_waits"
    claim = KINDS["EC"].route
    proposed(cast, (claim[0], decision(Role.DEPARTMENT_HEAD, of=Of.APPLICANT), *claim[2:]), kind="EC")


def test_what_is_no_route_of_no_kind_is_refused(cast: Cast) -> None:
    assert refusal(proposed, cast, kind="XX").key == "routes.unknown"
    with writing() as session:
        facts = {"valid_from": TOMORROW, "note": REASON, "now": NOW}
        refused = refusal(propose, session, cast.administrator, "TR", [{"owners": "nobody"}], **facts)
    assert refused.key == "routes.unreadable"


def test_what_is_settled_is_not_settled_again(cast: Cast) -> None:
    version = approved(cast, proposed(cast))
    assert refusal(_settle, decline, cast.general_manager, version.id, REASON, NOW).key == "routes.settled"
    assert refusal(_settle, withdraw_proposal, cast.administrator, version.id, NOW).key == "routes.settled"
    sent_trip(cast)
    with reading() as session:
        shipped = session.exec(select(RouteVersion.id).where(col(RouteVersion.shipped))).one()
    assert refusal(_settle, approve, cast.general_manager, shipped, NOW).key == "routes.unknown"


# --- the trail, and several at once


def test_each_act_is_one_event(cast: Cast) -> None:
    _settle(withdraw_proposal, cast.administrator, proposed(cast).id, NOW)
    _settle(decline, cast.general_manager, proposed(cast).id, "不需要", NOW)
    approved(cast, proposed(cast))
    with reading() as session:
        trail = session.exec(select(Event).where(Event.subject == "TR").order_by(col(Event.sequence))).all()
    assert [event.action.removeprefix("routes.") for event in trail] == [
        "proposed", "withdrawn", "proposed", "declined", "proposed", "approved",
    ]  # fmt: skip
    assert [event.data["number"] for event in trail] == [1, 1, 2, 2, 3, 3]
    assert [event.note for event in trail] == [REASON, "", REASON, "不需要", REASON, ""]


def test_of_several_who_propose_in_the_same_instant_one_does(cast: Cast) -> None:
    results = together(*[lambda: proposed(cast)] * 4)
    assert sorted(_said(one) for one in results) == ["1", *["routes.another_waits"] * 3]


def test_a_proposal_and_the_first_paper_do_not_take_the_same_number(cast: Cast) -> None:
    results = together(lambda: proposed(cast), lambda: sent_trip(cast))
    assert not [one for one in results if isinstance(one, Exception)]
    assert sorted(number for number, _ in states(cast, NOW) if number) == [1, 2]


def test_of_yes_and_no_in_the_same_instant_one_stands(cast: Cast) -> None:
    id = proposed(cast).id
    results = together(
        lambda: _settle(approve, cast.general_manager, id, NOW),
        lambda: _settle(decline, cast.general_manager, id, REASON, NOW),
    )
    assert sorted(_said(one) for one in results) == ["1", "routes.settled"]


def _said(result: Any) -> str:
    return result.key if isinstance(result, Refused) else str(result.number)
