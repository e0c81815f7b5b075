"""The inbox: what waits for whom, and several decided together."""

from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest
from time_machine import Traveller

from models import Document, State
from services.database import writing
from services.settings import put
from tests.factories import NOW, Cast
from tests.governance_story import sent_training
from tests.pages import screen
from tests.pages.conftest import Visit
from tests.pages.screen import (
    address,
    buttons,
    chips,
    errors,
    follow,
    go,
    menu_words,
    open_row,
    pages,
    press,
    rows,
    run,
    shown,
    tell_rows,
    told,
    turn,
    type_in,
    zh,
)
from tests.services.money.test_control import issue, spent
from tests.story import claim_at, depute, do, events, reload, sent_trip


def tick(app: AppTest, *papers: Document) -> AppTest:
    return screen.tick(app, *(str(paper.number) for paper in papers))


def decided(paper: Document) -> list[str]:
    return [event.action for event in events(paper) if event.action in ("approve", "return", "reject")]


@pytest.mark.parametrize(
    "role",
    [
        "engineer", "clerk", "vice_president", "office_director", "finance_officer", "cashier", "general_manager",
        "administrator", "stranger", "other_head",
    ],
)  # fmt: skip
def test_what_waits_for_another_is_in_nobody_elses_inbox(cast: Cast, visit: Visit, role: str) -> None:
    sent_trip(cast)
    app = visit(getattr(cast, role), "inbox")
    assert [one.value for one in app.info] == [zh("inbox.empty")]
    assert "西安" not in shown(app) and not rows(app)


def test_a_row_says_enough_to_decide(cast: Cast, visit: Visit) -> None:
    """P9-2"""
    trip = sent_trip(cast)
    app = visit(cast.department_head, "inbox")
    for said in (trip.number, "更换 3 台制动单元", "王建军", "售后一室", "1,800.00"):
        assert str(said) in shown(app)
    assert buttons(app, "inbox.") == [], "nothing is ticked: nothing is decided"


def test_a_row_says_what_is_left_of_the_budget_after_it_and_what_it_lacks(cast: Cast, visit: Visit) -> None:
    """P2-5.1a: most is decided without opening a paper."""
    issue(cast, {"202611": "2000.00"})
    sent_trip(cast)
    app = visit(cast.department_head, "inbox")
    assert zh("inbox.budget_left", amount="¥ 200.00") in shown(app)
    spent(cast, "202611", "300.00")
    assert zh("inbox.budget_lacks", amount="¥ 100.00") in shown(run(app))


@pytest.mark.parametrize(
    ("role", "step"),
    [
        ("clerk", "clerk"),
        ("vice_president", "vice_president"),
        ("finance_officer", "finance_audit"),
        ("cashier", "payment"),
    ],
)
def test_a_claim_waits_for_whoever_is_next(cast: Cast, visit: Visit, role: str, step: str) -> None:
    """P9-4c"""
    claim = claim_at(cast, step)
    app = visit(getattr(cast, role), "inbox")
    assert str(claim.number) in shown(app)
    assert rows(app)[0].get("tick") != (step == "payment"), "work is not ticked off from a list"
    assert bool(buttons(tick(app, claim), "inbox.")) != (step == "payment")


def test_several_are_approved_together(cast: Cast, visit: Visit) -> None:
    trips = [sent_trip(cast), sent_trip(cast, cast.engineer2)]
    app = tick(visit(cast.department_head, "inbox"), *trips)
    assert "3,600.00" in shown(app), "the sum of what is ticked"
    app = press(type_in(app, note="同意"), "inbox.approve")
    assert [reload(trip).step for trip in trips] == ["office_director"] * 2
    assert [events(trip)[-1].note for trip in trips] == ["同意"] * 2
    assert told(app) == [zh("inbox.told", count=2)]
    assert zh("menu.inbox") in menu_words()


@pytest.mark.parametrize("action", ["return", "reject"])
def test_several_are_not_given_back_without_a_reason(cast: Cast, visit: Visit, action: str) -> None:
    trips = [sent_trip(cast), sent_trip(cast, cast.engineer2)]
    app = press(tick(visit(cast.department_head, "inbox"), *trips), f"inbox.{action}")
    numbers = zh("word.comma").join(str(trip.number) for trip in trips)
    assert errors(app) == [zh("inbox.refused", numbers=numbers, why=zh("action.needs_note"))]
    assert [decided(trip) for trip in trips] == [[], []]
    press(type_in(app, note="请合并出差"), f"inbox.{action}")
    assert [decided(trip) for trip in trips] == [[action], [action]]


def test_one_that_somebody_was_quicker_with_does_not_hold_up_the_rest(cast: Cast, visit: Visit) -> None:
    first, second = sent_trip(cast), sent_trip(cast, cast.engineer2)
    depute(cast.department_head, cast.clerk)
    app = type_in(tick(visit(cast.department_head, "inbox"), first, second), note="同意两项")
    do(cast.clerk, first, "return", note="不必去")
    app = press(app, "inbox.approve")
    (said,) = errors(app)
    assert str(first.number) in said and "陈晓芸" in said
    assert (reload(first).state, reload(second).step) == (State.RETURNED, "office_director")


def test_when_all_are_gone_he_is_still_told(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = tick(visit(cast.department_head, "inbox"), trip)
    do(cast.engineer, trip, "withdraw")
    app = press(app, "inbox.approve")
    assert "王建军" in errors(app)[0]
    assert reload(trip).state == State.WITHDRAWN
    assert [one.value for one in app.info] == [zh("inbox.empty")]


def test_a_double_click_decides_once(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = tick(visit(cast.department_head, "inbox"), trip)
    app.button(key="inbox.approve").click()
    clicked = app._tree.get_widget_states()
    for _ in range(2):
        app._run(clicked)
        assert not app.exception
    assert decided(trip) == ["approve"]


def test_forged_ticks_give_nobody_a_right(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    for who in (cast.stranger, cast.engineer, cast.clerk, cast.administrator):
        app = visit(who, "inbox")
        app.session_state["inbox.pressed"] = ("approve", ((trip.id, trip.version),))
        app = run(app)
        assert len(errors(app)) == 1 and decided(trip) == []
        if who == cast.stranger:
            for word in ("西安", "制动", "王建军"):
                assert word not in shown(app)


def test_a_deputy_sees_for_whom_he_decides(cast: Cast, visit: Visit) -> None:
    sent_trip(cast)
    depute(cast.department_head, cast.engineer2)
    assert zh("inbox.for", name="赵国强") in shown(visit(cast.engineer2, "inbox"))


def test_the_inbox_is_searched_and_sorted(cast: Cast, visit: Visit) -> None:
    from decimal import Decimal

    from tests.story import estimate

    sent_trip(cast, destinations="西安")
    sent_trip(cast, cast.engineer2, destinations="兰州", estimates=[estimate(cast, "train", str(Decimal(9000)))])
    app = visit(cast.department_head, "inbox")
    app.text_input(key="inbox.search").set_value("兰州")
    app = run(app)
    assert "兰州" in shown(app) and "西安" not in shown(app)
    app.text_input(key="inbox.search").set_value("%")
    assert [one.value for one in run(app).info] == [zh("inbox.empty")]
    app.text_input(key="inbox.search").set_value("")
    app = run(app)
    app = follow(app, zh("column.amount"))
    assert ["兰州" in row["cells"][0]["text"] for row in rows(app)] == [True, False]
    assert address(app) == ("inbox", {"sort": "amount"})


def test_the_inbox_is_narrowed_down_to_an_area_and_the_address_says_so(cast: Cast, visit: Visit) -> None:
    """A word that is typed and not sent yet is not lost by it; on the way back from a paper all is as it was."""
    sent_trip(cast)
    assert not chips(visit(cast.department_head, "inbox")), "there is but one area"
    sent_training(cast)
    app = visit(cast.department_head, "inbox")
    assert chips(app) == [f"{zh('inbox.all')} 2"] and len(rows(app)) == 2
    app.text_input(key="inbox.search").set_value("西安")
    app = follow(app, f"{zh('area.expenses')} 1")
    assert address(app) == ("inbox", {"area": "expenses", "q": "西安"})
    assert chips(app) == [f"{zh('area.expenses')} 1"] and len(rows(app)) == 1
    app = visit(cast.department_head, "inbox", area="governance")
    assert len(rows(app)) == 1 and "西安" not in shown(app)
    app = press(tell_rows(app, {"ticked": [rows(app)[0]["id"]]}), "inbox.approve")
    assert "西安" in shown(app), "where nothing waits any more the rest is shown"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"area": "x"}, {"area": "' OR 1=1"}, {"sort": "password_hash"}, {"page": "9" * 9}, {"page": "-1"}, {"q": "%"},
    ],
)  # fmt: skip
def test_nonsense_in_the_address_breaks_nothing(cast: Cast, visit: Visit, nonsense: dict[str, str]) -> None:
    sent_trip(cast)
    assert ("西安" in shown(visit(cast.department_head, "inbox", **nonsense))) != ("q" in nonsense)


def test_what_is_late_and_what_is_due_today_is_counted(cast: Cast, visit: Visit, clock: Traveller) -> None:
    sent_trip(cast)
    clock.move_to(NOW + timedelta(days=1))
    assert zh("inbox.due_today", count=1) in shown(visit(cast.department_head, "inbox"))
    clock.move_to(NOW + timedelta(days=4))
    assert zh("inbox.late", count=1) in shown(visit(cast.department_head, "inbox"))


def test_a_long_inbox_has_pages(cast: Cast, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """All means all: every number says the same, and what is not on this page is on another."""
    monkeypatch.setattr("pages.inbox.SHOWN", 2)
    for by in (cast.engineer, cast.engineer2, cast.clerk):
        sent_trip(cast, by)
    app = visit(cast.department_head, "inbox")
    assert len(_ticks(app)) == 2
    app = turn(app, pages(app)["href"] + "?page=2")
    assert address(app) == ("inbox", {"page": "2"})
    assert len(_ticks(app)) == 1 and "陈晓芸" in shown(app)
    home = go(app, "home")
    assert {metric.label: metric.value for metric in home.metric}[zh("home.waiting")] == "3"


def test_the_demonstrations_banner_is_on_top_only_there(cast: Cast, visit: Visit) -> None:
    assert zh("demo.badge") not in shown(visit(cast.engineer, "inbox"))
    with writing() as session:
        put(session, "demo.enabled", True, now=NOW)
    assert zh("demo.badge") in shown(visit(cast.engineer, "inbox"))


@pytest.mark.parametrize("ticked", [[10**9], ["1"], [None], {"1": 1}, "all", 7, [[1]], [True, 1.0], None])
def test_ticks_that_no_row_offers_choose_nothing(cast: Cast, visit: Visit, ticked: object) -> None:
    sent_trip(cast)
    app = visit(cast.department_head, "inbox")
    for said in ({"ticked": ticked}, ticked):
        app = tell_rows(app, said)
        assert buttons(app, "inbox.") == []


def test_a_row_leads_to_its_paper(cast: Cast, visit: Visit) -> None:
    trip = sent_trip(cast)
    app = open_row(visit(cast.department_head, "inbox"), 0)
    assert address(app) == ("travel_requests", {"number": trip.number}) and buttons(app, "do.")


def _ticks(app: AppTest) -> list[int]:
    return [row["id"] for row in rows(app) if row.get("tick")]
