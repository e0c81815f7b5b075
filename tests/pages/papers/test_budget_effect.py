"""What a paper does to the budget, seen while typing and before deciding; and the way out of a stop (P2-5.1a)."""

from tests.factories import Cast
from tests.pages.conftest import Visit
from tests.pages.screen import address, errors, press, raw_keys, run, shown, zh
from tests.services.money.test_closing import close
from tests.services.money.test_control import issue
from tests.story import (
    BACK,
    do,
    drafted_trip,
    finished_trip,
    granted_outside,
    move,
    outside_form,
    reload,
    sent_claim,
    sent_trip,
)


def test_while_typing_what_is_left_is_seen_before_and_after(cast: Cast, visit: Visit) -> None:
    issue(cast, {"202611": "5000.00"})
    trip = drafted_trip(cast)
    app = visit(cast.engineer, "travel_requests", edit=str(trip.id))
    assert not errors(app) and not raw_keys(app)
    seen = shown(app)
    assert zh("budget_control.heading") in seen
    assert all(figure in seen for figure in ("5,000.00", "1,800.00", "3,200.00"))
    assert zh("start.OB") not in [one.label for one in app.button]


def test_without_a_budget_nothing_is_said_of_it(cast: Cast, visit: Visit) -> None:
    app = visit(cast.engineer, "travel_requests", edit=str(drafted_trip(cast).id))
    assert zh("budget_control.heading") not in shown(app)


def test_a_stop_opens_the_request_filled_in_and_after_the_grant_the_paper_is_sent(cast: Cast, visit: Visit) -> None:
    """P2-4.1"""
    issue(cast, {"202611": "1000.00"})
    trip = drafted_trip(cast)
    app = run(visit(cast.engineer, "travel_requests", edit=str(trip.id)))
    assert "800.00" in shown(app)
    path, query = address(press(app, f"{trip.client_token}.outside"))
    assert (path, query["from"]) == ("budget_requests", str(trip.id))
    app = visit(cast.engineer, "budget_requests", new="asking", **{"from": str(trip.id)})
    assert not errors(app) and not raw_keys(app)
    amount = next(one for one in app.text_input if (one.key or "").endswith(".outside_amount"))
    assert amount.value == "800.00"
    form = outside_form(for_id=trip.id, outside_amount="800.00")
    granted_outside(cast, **form)
    app = visit(cast.engineer, "travel_requests", edit=str(trip.id))
    press(app, f"{trip.client_token}.send")
    assert reload(trip).step == "department_head"


def test_whoever_decides_sees_the_whole_line_first(cast: Cast, visit: Visit) -> None:
    """P2-5.1a: plan, reserved, spent, left, this paper, left after"""
    issue(cast, {"202611": "3000.00"})
    first, trip = sent_trip(cast, cast.clerk), sent_trip(cast)
    move(cast, first, until="travel")
    app = visit(cast.department_head, "travel_requests", number=str(trip.number))
    assert not errors(app) and not raw_keys(app)
    seen = shown(app)
    assert all(figure in seen for figure in ("3,000.00", "1,800.00", "1,200.00", "-600.00"))
    assert zh("control.blocks") in seen, "it cannot get its money as it is"


def test_once_it_has_its_money_the_lines_are_not_shown_any_more(cast: Cast, visit: Visit) -> None:
    issue(cast, {"202611": "3000.00"})
    trip = move(cast, sent_trip(cast), until="travel")
    assert zh("budget_control.heading") not in shown(
        visit(cast.department_head, "travel_requests", number=str(trip.number))
    )


def test_its_author_finds_the_way_out_on_a_paper_that_was_stopped_on_its_way(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    do(cast.department_head, trip, "approve")
    issue(cast, {"202611": "1.00"})
    app = visit(cast.engineer, "travel_requests", number=str(trip.number))
    assert zh("start.OB") in [one.label for one in app.button]
    app = visit(cast.office_director, "travel_requests", number=str(trip.number))
    assert zh("start.OB") not in [one.label for one in app.button]


def test_a_posting_that_came_too_late_for_its_month_says_so(cast: Cast, visit: Visit) -> None:
    """P2-2.4"""
    claim = sent_claim(cast, finished_trip(cast))
    close(cast, "202611")
    claim = move(cast, claim, until="payment", now=BACK)
    seen = shown(visit(cast.finance_officer, "expense_claims", number=str(claim.number)))
    assert zh("ledger.moved", month="2026-12", meant="2026-11") in seen
