"""Before it is sent, and on its way: who will decide, in which order (issue 2; P2-4.2)."""

from typing import Any

from models import Role
from services.database import reading, writing
from services.documents.drafts import check
from services.engine.preview import Station, preview, route_ahead
from services.routes import as_data, decision, working_days
from tests import factories
from tests.factories import NOW, Cast
from tests.story import (
    BACK,
    claim_at,
    claim_form,
    do,
    drafted_trip,
    finished_trip,
    hold,
    move,
    reload,
    sent_claim,
    sent_trip,
    signed,
    trip_form,
    voucher,
)


def _previewed(cast: Cast, code: str, raw: dict[str, Any], by: Any = None) -> list[Station]:
    with reading() as session:
        by = by or cast.engineer
        now = NOW if code == "TR" else BACK
        filled, _ = check(session, by, code, raw, now)
        return preview(session, by, filled, code, now)


def _said(stations: list[Station]) -> list[tuple[str, tuple[str, ...]]]:
    return [(station.step, tuple(person.login for person in station.people)) for station in stations]


def test_the_route_is_known_before_a_request_is_sent(cast: Cast) -> None:
    """P9-2"""
    stations = _previewed(cast, "TR", trip_form(cast))
    assert _said(stations) == [
        ("department_head", ("department_head",)),
        ("office_director", ("office_director",)),
        ("travel", ("engineer",)),
    ]
    assert [station.decides for station in stations] == [True, True, False]
    assert stations[0].within == working_days(1)


def test_an_empty_form_has_a_route_already(cast: Cast) -> None:
    assert [station.step for station in _previewed(cast, "TR", {})][:2] == ["department_head", "office_director"]


def test_a_step_appears_when_the_amount_asks_for_it(cast: Cast) -> None:
    """P8-3.3"""
    trip = finished_trip(cast)
    small = claim_form(cast, trip, cast.engineer)
    large = small | {"vouchers": [voucher(cast, "lodging", "4700.00")]}
    assert "finance_head" not in [station.step for station in _previewed(cast, "EC", small)]
    assert "finance_head" in [station.step for station in _previewed(cast, "EC", large)]


def test_who_stands_in_is_named_with_whom_he_stands_in_for(cast: Cast) -> None:
    form = trip_form(cast, traveller_id=cast.department_head.id)
    first = _previewed(cast, "TR", form, cast.department_head)[0]
    assert (first.role, first.instead_of) == (Role.VICE_PRESIDENT, Role.DEPARTMENT_HEAD)
    assert [person.login for person in first.people] == ["vice_president"]


def test_a_companion_who_would_decide_is_passed_over_as_soon_as_he_is_typed_in(cast: Cast) -> None:
    form = trip_form(cast, companions=[cast.department_head.id])
    assert _said(_previewed(cast, "TR", form))[0] == ("department_head", ("vice_president",))


def test_a_role_that_nobody_holds_is_said_on_its_station(cast: Cast) -> None:
    with writing() as session:
        session.merge(cast.office_director).active = False
    stations = _previewed(cast, "TR", trip_form(cast))
    assert [station.problem.key if station.problem else None for station in stations] == [
        None,
        "engine.nobody_holds",
        None,
    ]


def test_what_is_foretold_is_what_happens(cast: Cast) -> None:
    """Also where one person holds two of the roles."""
    hold(cast.clerk, Role.FINANCE_VP)
    hold(cast.vice_president, Role.OFFICE_DIRECTOR)
    trip = finished_trip(cast)
    foretold = _said(_previewed(cast, "EC", claim_form(cast, trip, cast.engineer)))
    claim, happened = sent_claim(cast, trip), []
    while claim.step != "payment":
        with reading() as session:
            ahead = _said(route_ahead(session, reload(claim), BACK))
        happened.append((claim.step, ahead))
        claim = move(cast, claim, until=ahead[0][0])
    for place, (step, ahead) in enumerate(happened):
        assert step == foretold[place][0]
        assert [one[0] for one in ahead] == [one[0] for one in foretold[place + 1 :]]
    assert signed(claim) == [step for step, _ in foretold[:-1]]


def test_a_returned_paper_is_foretold_the_route_it_keeps(cast: Cast) -> None:
    trip = do(cast.department_head, sent_trip(cast), "return")
    with writing() as session:
        steps = as_data((decision(Role.FINANCE_VP, milestone="approved"),))
        facts = {"shipped": False, "approved_at": NOW, "valid_from": NOW, "steps": steps}
        factories.route_version(session, "TR", 2, **facts)
    with reading() as session:
        filled, _ = check(session, cast.engineer, "TR", trip_form(cast), NOW, reload(trip))
        stations = preview(session, cast.engineer, filled, "TR", NOW)
    assert [station.step for station in stations] == ["department_head", "office_director", "travel"]


def test_the_route_ahead_is_what_follows_the_open_step(cast: Cast) -> None:
    claim = claim_at(cast, "office_director")
    with reading() as session:
        ahead = route_ahead(session, reload(claim), BACK)
    assert [station.step for station in ahead] == ["finance_vp", "finance_audit", "payment"]


def test_nothing_lies_ahead_of_a_paper_that_does_not_run(cast: Cast) -> None:
    returned = do(cast.department_head, sent_trip(cast), "return")
    for paper in (returned, drafted_trip(cast)):
        with reading() as session:
            assert route_ahead(session, reload(paper), NOW) == []
