"""Drawing another route: what may be changed, what then differs, and who would decide on it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models import Role
from services.database import reading
from services.documents import KINDS
from services.engine.designing import Part, changeable, differences, opened, redrawn
from services.engine.preview import on_trial
from services.routes import Clock, Condition, Of, Outcome, Owner, Route, decision, working_days
from tests.factories import NOW, Cast

TRIP, CLAIM = KINDS["TR"].route, KINDS["EC"].route
HEAD, OFFICE, TRAVEL = TRIP


def changed(route: Route, key: str, **values: Any) -> Route:
    code = "TR" if route == TRIP else "EC"
    drawn, faults = redrawn(KINDS[code].route, route, {key: values})
    assert faults == []
    return drawn


@pytest.mark.parametrize("code", sorted(KINDS))
def test_forms_that_nobody_touches_change_nothing(code: str) -> None:
    route = KINDS[code].route
    typed = {step.key: opened(place, step) for place, step in enumerate(route, start=1)}
    assert redrawn(route, route, typed) == (route, [])
    assert differences(route, route) == []


def test_another_role_and_another_department() -> None:
    drawn = changed(TRIP, "office_director", role="vice_president", of="applicant")
    assert drawn[1].owners == (Owner(Role.VICE_PRESIDENT, Of.APPLICANT),)
    assert [one.part for one in differences(TRIP, drawn)] == [Part.OWNERS]


@pytest.mark.parametrize(
    ("limit", "unit", "clock"),
    [("4", "working_hours", Clock(working_hours=4)), ("24", "hours", Clock(hours=24)), ("", "working_days", None)],
)
def test_another_clock_or_none(limit: str, unit: str, clock: Clock | None) -> None:
    drawn = changed(TRIP, "office_director", limit=limit, unit=unit)
    assert drawn[1].within == clock
    assert [one.part for one in differences(TRIP, drawn)] == [Part.CLOCK]


def test_an_amount_from_which_a_step_is_asked_comes_and_goes_and_other_conditions_stay() -> None:
    travel = CLAIM[3].when
    drawn = changed(CLAIM, "office_director", amount_from="2,000")
    assert drawn[3].when == (*travel, Condition("amount", ">=", "2000.00"))
    assert opened(4, drawn[3])["amount_from"] == "2000.00"
    assert changed(drawn, "office_director", amount_from="") == CLAIM
    assert changed(CLAIM, "finance_head", limit="3")[4].when == CLAIM[4].when


def test_in_another_order_the_paper_still_takes_effect_after_the_last_decision() -> None:
    """P9-2: signed by both"""
    drawn = changed(TRIP, "department_head", place="2")
    assert drawn == changed(TRIP, "office_director", place="1")
    assert [(step.key, step.milestone) for step in drawn] == [
        ("office_director", None),
        ("department_head", "approved"),
        ("travel", None),
    ]
    assert [one.part for one in differences(TRIP, drawn)] == [Part.ORDER, Part.EFFECT]


def test_what_is_typed_wrongly_is_said_beside_its_step_and_changes_nothing() -> None:
    typed = {"office_director": {"limit": "0", "role": "emperor", "place": "", "amount_from": "-1"}}
    drawn, faults = redrawn(TRIP, TRIP, typed)
    assert drawn == TRIP
    assert {(fault.table, fault.field) for fault in faults} == {
        ("office_director", name) for name in ("limit", "role", "place", "amount_from")
    }


def test_a_step_of_a_person_or_of_several_keeps_its_owners() -> None:
    both = replace(HEAD, owners=(Owner(Role.CLERK), Owner(Role.CASHIER)))
    assert not {"role", "of"} & {*changeable(TRAVEL), *changeable(both)}
    drawn, _ = redrawn(TRIP, TRIP, {"travel": {"role": "cashier", "of": "company", "limit": "5"}})
    assert drawn == (HEAD, OFFICE, replace(TRAVEL, within=working_days(5)))


def test_what_comes_what_goes_and_what_is_otherwise_changed_is_told() -> None:
    after = (replace(HEAD, outcomes=(*HEAD.outcomes, Outcome("complete"))), decision(Role.FINANCE_VP), TRAVEL)
    told = [(one.part, (one.after or one.before)[0].key) for one in differences(TRIP, after)]
    assert told == [
        (Part.DROPPED, "office_director"),
        (Part.ADDED, "finance_vp"),
        (Part.OTHER, "department_head"),
    ]


def test_on_trial_a_route_says_who_would_decide(cast: Cast) -> None:
    route = (HEAD, decision(Role.FINANCE_VP, when=(Condition("amount", ">=", "3000.00"),)), OFFICE, TRAVEL)
    with reading() as session:
        small, big, own = (
            [station.people[0].login for station in on_trial(session, "TR", route, who, Decimal(amount), {}, NOW)]
            for who, amount in ((cast.engineer, "100"), (cast.engineer, "3000"), (cast.department_head, "100"))
        )
    assert small == ["department_head", "office_director", "engineer"]
    assert big == ["department_head", "finance_vp", "office_director", "engineer"]
    assert own == ["vice_president", "office_director", "department_head"]


def test_on_trial_conditions_look_at_what_is_chosen(cast: Cast) -> None:
    with reading() as session:
        asked = [
            {station.step for station in on_trial(session, "EC", CLAIM, cast.engineer, None, values, NOW)}
            for values in ({"claim_kind": "travel"}, {"claim_kind": "general"})
        ]
    assert asked[0] - asked[1] == {"vice_president", "office_director", "finance_vp"}
